//! Zip archives as sources of further sources, within limits. Entry names are labels only: nothing is written to disk.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use encoding_rs::GB18030;
use zip::ZipArchive;
use zip::result::ZipError;

use super::limits::{Limits, RATIO_FROM, human_size};
use super::notice::{Code, Notice};

/// How much may still be unpacked of one input file, over all its nested archives.
#[derive(Debug)]
pub struct Budget {
    unpacked: u64,
}

impl Budget {
    /// A fresh budget for one input file.
    pub fn new(limits: &Limits) -> Self {
        Budget { unpacked: limits.unpacked_size }
    }

    /// Takes `size` bytes that were unpacked by another means; fails if that is more than may still be.
    pub fn take(&mut self, size: usize, limits: &Limits) -> Result<(), Refusal> {
        self.unpacked = self.unpacked.saturating_sub(size as u64);
        if self.is_spent() { Err(Refusal::too_much(limits)) } else { Ok(()) }
    }

    /// Whether nothing more may be unpacked.
    pub fn is_spent(&self) -> bool {
        self.unpacked == 0
    }
}

/// Why an entry could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Kind of the refusal.
    pub code: Code,
    /// In Chinese, with what to do.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Refusal { code, message: message.into() }
    }

    /// More was unpacked than may be.
    fn too_much(limits: &Limits) -> Self {
        let message = format!(
            "解压总量超过上限 {}，没有读完。确认文件可信后可用 --limit unpacked-size=… 放宽",
            human_size(limits.unpacked_size)
        );
        Refusal::new(Code::Limit, message)
    }

    /// Files inside files are nested too deep.
    pub fn too_deep(limits: &Limits) -> Self {
        let depth = limits.archive_depth;
        let message =
            format!("压缩包或内嵌文件嵌套超过 {depth} 层，里面的文件没有读取。可用 --limit archive-depth=… 放宽");
        Refusal::new(Code::Limit, message)
    }

    /// An archive has more entries than are read.
    pub fn too_many(entries: usize, limits: &Limits) -> Self {
        let limit = limits.archive_entries;
        let message =
            format!("压缩包有 {entries} 个文件，超过上限 {limit}，只读取了前面的。可用 --limit archive-entries=… 放宽");
        Refusal::new(Code::Limit, message)
    }

    /// As a notice about `path`: the source was not read in full.
    pub fn notice(self, path: &str) -> Notice {
        Notice::error(path, self.code, self.message)
    }
}

/// An opened zip archive.
pub struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
}

impl<'b> Package<'b> {
    /// Opens the archive; fails if its directory cannot be read.
    pub fn open(bytes: &'b [u8]) -> Result<Self, Refusal> {
        ZipArchive::new(Cursor::new(bytes)).map(|archive| Package { archive }).map_err(|error| refusal(&error))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.archive.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.archive.is_empty()
    }

    /// Names of all entries, as the zip library reads them; names that it cannot read are left out.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.archive.file_names().filter_map(Result::ok)
    }

    /// Name of entry `index`: UTF-8 where it is that, else GB18030. `None` for folders and hidden files.
    pub fn name(&mut self, index: usize) -> Option<String> {
        let entry = self.archive.by_index_raw(index).ok()?;
        if entry.is_dir() {
            return None;
        }
        let raw = entry.name_raw();
        let name = match std::str::from_utf8(raw) {
            Ok(name) => name.to_owned(),
            Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
        };
        let name = name.replace('\\', "/");
        let hidden = name.split('/').any(|part| part.starts_with('.') && !part.trim_matches('.').is_empty());
        (!name.ends_with('/') && !hidden && !name.starts_with("__MACOSX/")).then_some(name)
    }

    /// Indices of the entries to read within the limits, and what to say if that is not all of them.
    pub fn entries(&self, limits: &Limits) -> (std::ops::Range<usize>, Option<Refusal>) {
        let limit = usize::try_from(limits.archive_entries).unwrap_or(usize::MAX);
        let refusal = (self.len() > limit).then(|| Refusal::too_many(self.len(), limits));
        (0..self.len().min(limit), refusal)
    }

    /// Reads entry `index` within the limits.
    pub fn read(&mut self, index: usize, limits: &Limits, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
        let entry = self.archive.by_index(index).map_err(|error| refusal(&error))?;
        read_entry(entry, limits, budget)
    }

    /// Reads the entry called `name`, if there is one.
    pub fn read_named(&mut self, name: &str, limits: &Limits, budget: &mut Budget) -> Option<Result<Vec<u8>, Refusal>> {
        let index = self.archive.index_for_name(name)?;
        Some(self.read(index, limits, budget))
    }
}

/// What to say about an archive. The library's own words are English and say little to an editor.
fn refusal(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            Refusal::new(Code::Encrypted, "有密码保护，无法检查。请提供未加密的文件")
        }
        ZipError::UnsupportedArchive(_) => {
            Refusal::new(Code::Unsupported, "压缩方式不受支持。请用常见方式（deflate）重新压缩")
        }
        _ => Refusal::new(Code::Corrupt, "压缩包已损坏或不完整。请重新取得原文件"),
    }
}

fn read_entry(entry: impl Read + EntrySize, limits: &Limits, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    const CHUNK: u64 = 1 << 20;
    let packed = entry.packed().max(1);
    let mut entry = entry;
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len() as u64;
        let got = entry
            .by_ref()
            .take(CHUNK)
            .read_to_end(&mut bytes)
            .map_err(|_| Refusal::new(Code::Corrupt, "解压失败，文件可能已损坏。请重新取得原文件"))?;
        let read = bytes.len() as u64;
        budget.unpacked = budget.unpacked.saturating_sub(read - before);
        let over = |name: &str, what: String| {
            let message = format!("{what}，没有读完。确认文件可信后可用 --limit {name}=… 放宽");
            Err(Refusal::new(Code::Limit, message))
        };
        if budget.is_spent() {
            return Err(Refusal::too_much(limits));
        }
        if read > limits.entry_size {
            return over("entry-size", format!("解压后超过单个文件上限 {}", human_size(limits.entry_size)));
        }
        if read > RATIO_FROM && read / packed > limits.ratio {
            return over("ratio", format!("压缩比超过上限 {}:1，疑似压缩炸弹", limits.ratio));
        }
        if got == 0 {
            return Ok(bytes);
        }
    }
}

trait EntrySize {
    fn packed(&self) -> u64;
}

impl<R: Read + ?Sized> EntrySize for zip::read::ZipFile<'_, R> {
    fn packed(&self) -> u64 {
        self.compressed_size()
    }
}
