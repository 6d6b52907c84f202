//! Zip archives, and packages of documents that are zip archives.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::Crc;
use lzma_rust2::LzmaReader;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::budget::read_entry;
use super::compressed::{decoder, memory_kib};
use super::{Budget, Container, Enough, ReadSeek, Refusal, Unpacking, entry_name};
use crate::source::limits::Limits;
use crate::source::notice::Code;

/// LZMA in zip archives (APPNOTE §5.8), which the library decodes without a limit of memory.
const LZMA: CompressionMethod = CompressionMethod::LZMA;

/// An opened zip archive.
pub struct Package<'b> {
    archive: ZipArchive<Box<dyn ReadSeek + 'b>>,
}

impl<'b> Package<'b> {
    /// Opens the archive; fails if its directory cannot be read.
    pub fn open(bytes: &'b [u8]) -> Result<Self, Refusal> {
        Package::read_from(Box::new(Cursor::new(bytes)))
    }

    pub(super) fn read_from(input: Box<dyn ReadSeek + 'b>) -> Result<Self, Refusal> {
        ZipArchive::new(input).map(|archive| Package { archive }).map_err(|error| refusal(&error))
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
        if entry.is_dir() { None } else { entry_name(entry.name_raw()) }
    }

    /// Reads entry `index` within the limits.
    pub fn read(&mut self, index: usize, limits: &Limits, budget: &Budget) -> Result<Vec<u8>, Refusal> {
        self.read_counted(index, limits, Some(budget))
    }

    fn read_counted(&mut self, index: usize, limits: &Limits, budget: Option<&Budget>) -> Result<Vec<u8>, Refusal> {
        let entry = self.archive.by_index_raw(index).map_err(|error| refusal(&error))?;
        let (method, packed, size) = (entry.compression(), entry.compressed_size(), entry.size());
        let stated = entry.crc32();
        if entry.encrypted() {
            return Err(Refusal::locked());
        }
        // What an archive claims must not take more memory than it could have packed.
        let expected = size.min(limits.entry_size).min(packed.saturating_mul(limits.ratio)) as usize;
        if !matches!(method, LZMA | CompressionMethod::XZ | CompressionMethod::ZSTD) {
            let known = matches!(
                method,
                CompressionMethod::Stored
                    | CompressionMethod::Deflated
                    | CompressionMethod::Deflate64
                    | CompressionMethod::Bzip2
            );
            if !known {
                return Err(unsupported());
            }
            drop(entry);
            let mut entry = self.archive.by_index(index).map_err(|error| refusal(&error))?;
            return read_entry(&mut entry, Some(packed), expected, limits, budget);
        }
        let mut decoder: Box<dyn Read + '_> = match method {
            LZMA => Box::new(lzma(entry, size, limits)?),
            CompressionMethod::XZ => decoder(Container::Xz, Box::new(entry), limits)?,
            _ => decoder(Container::Zstd, Box::new(entry), limits)?,
        };
        let bytes = read_entry(&mut decoder, Some(packed), expected, limits, budget)?;
        // The library checks the sum of what it decodes itself.
        let mut sum = Crc::new();
        sum.update(&bytes);
        if bytes.len() as u64 == size && sum.sum() == stated { Ok(bytes) } else { Err(Refusal::damaged()) }
    }

    /// Reads the entry called `name`, if there is one.
    pub fn read_named(&mut self, name: &str, limits: &Limits, budget: &Budget) -> Option<Result<Vec<u8>, Refusal>> {
        let index = self.archive.index_for_name(name)?;
        Some(self.read(index, limits, budget))
    }
}

/// An LZMA entry of `size` bytes: version, length of the properties, properties, data (APPNOTE §5.8.8).
fn lzma<R: Read>(mut entry: R, size: u64, limits: &Limits) -> Result<LzmaReader<R>, Refusal> {
    let mut head = [0; 9];
    entry.read_exact(&mut head).map_err(|_| Refusal::damaged())?;
    let [_, _, 5, 0, properties, a, b, c, d] = head else { return Err(Refusal::damaged()) };
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    let needed = lzma_rust2::lzma_get_memory_usage_by_props(dictionary, properties).map_err(|_| Refusal::damaged())?;
    if needed > memory_kib(limits) {
        return Err(Refusal::too_greedy(limits));
    }
    LzmaReader::new_with_props(entry, size, properties, dictionary, None).map_err(|_| Refusal::damaged())
}

/// Hands over the entries.
pub(super) fn read(unpacking: &mut Unpacking<'_>, input: Box<dyn ReadSeek + '_>) -> Result<(), Refusal> {
    let limits = unpacking.limits;
    let mut package = Package::read_from(input)?;
    let (count, limit) = (package.len(), usize::try_from(limits.archive_entries).unwrap_or(usize::MAX));
    if count > limit {
        unpacking.error(Refusal::too_many(count, limits));
    }
    for index in 0..count.min(limit) {
        // Entries whose own header is damaged have no name, but they are there.
        let (name, damaged) = match package.archive.by_index_raw(index) {
            Ok(entry) if entry.is_dir() => (None, false),
            Ok(entry) => (entry_name(entry.name_raw()), false),
            Err(_) => (None, true),
        };
        if damaged {
            unpacking.error(Refusal::new(Code::Corrupt, "压缩包中有文件已损坏，无法读取。请重新取得原文件"));
        }
        let Ok(next) = unpacking.next(name, None) else { break };
        let Some((position, name)) = next else { continue };
        let counted = unpacking.counted.then_some(unpacking.budget);
        let handed = match package.read_counted(index, limits, counted) {
            Ok(bytes) => unpacking.hand_over(position, crate::Source::new(name, bytes), &unpacking.budget.clone()),
            Err(refusal) => unpacking.refuse(position, name, refusal),
        };
        if let Err(Enough) = handed {
            break;
        }
    }
    Ok(())
}

fn unsupported() -> Refusal {
    Refusal::new(Code::Unsupported, "压缩方式不受支持。请用常见方式（deflate）重新压缩")
}

/// What to say about an archive. The library's own words are English and say little to an editor.
fn refusal(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => Refusal::locked(),
        ZipError::UnsupportedArchive(text) if text.contains("multi-disk") || text.contains("Multi-disk") => {
            Refusal::volumes()
        }
        ZipError::UnsupportedArchive(_) => unsupported(),
        _ => Refusal::damaged(),
    }
}
