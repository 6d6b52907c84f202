//! How much may be unpacked, and what to say when it was too much.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::source::limits::{Limits, RATIO_FROM, human_size};
use crate::source::notice::{Code, Notice};

/// How much may still be unpacked of one input file, over all its nested containers. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget {
    unpacked: Arc<AtomicU64>,
}

impl Budget {
    /// A fresh budget for one input file.
    pub fn new(limits: &Limits) -> Self {
        Budget { unpacked: Arc::new(AtomicU64::new(limits.unpacked_size)) }
    }

    /// Takes `size` bytes that were unpacked; fails if that is more than may still be.
    pub fn take(&self, size: usize, limits: &Limits) -> Result<(), Refusal> {
        let left = self.unpacked.load(Ordering::Relaxed).saturating_sub(size as u64);
        self.unpacked.store(left, Ordering::Relaxed);
        if left == 0 { Err(Refusal::too_much(limits)) } else { Ok(()) }
    }

    /// A budget of which `left` bytes are left.
    pub(crate) fn of(left: u64) -> Self {
        Budget { unpacked: Arc::new(AtomicU64::new(left)) }
    }

    /// Bytes that may still be unpacked.
    pub(crate) fn left(&self) -> u64 {
        self.unpacked.load(Ordering::Relaxed)
    }

    /// Whether nothing more may be unpacked.
    pub fn is_spent(&self) -> bool {
        self.unpacked.load(Ordering::Relaxed) == 0
    }
}

/// Why an entry could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
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
    pub(super) fn too_much(limits: &Limits) -> Self {
        Refusal::over("unpacked-size", &format!("解压总量超过上限 {}", human_size(limits.unpacked_size)))
    }

    /// One entry is larger than may be.
    pub(crate) fn too_large(limits: &Limits) -> Self {
        Refusal::over("entry-size", &format!("解压后超过单个文件上限 {}", human_size(limits.entry_size)))
    }

    /// Much more comes out than went in.
    pub(super) fn too_packed(limits: &Limits) -> Self {
        Refusal::over("ratio", &format!("压缩比超过上限 {}:1，疑似压缩炸弹", limits.ratio))
    }

    fn over(limit: &str, what: &str) -> Self {
        Refusal::new(Code::Limit, format!("{what}，没有读完。确认文件可信后可用 --limit {limit}=… 放宽"))
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

    /// The bytes make no sense.
    pub(super) fn damaged() -> Self {
        Refusal::new(Code::Corrupt, "压缩包已损坏或不完整。请重新取得原文件")
    }

    /// One part of an archive in several.
    pub(super) fn volumes() -> Self {
        let message = "分卷压缩包的一卷，不能单独读取。请把各卷放在一起，用 7-Zip 等工具解压后检查其中的文件";
        Refusal::new(Code::Unsupported, message)
    }

    /// It takes a password.
    pub(super) fn locked() -> Self {
        Refusal::new(Code::Encrypted, "有密码保护，无法检查。请提供未加密的文件")
    }

    /// It takes more memory to unpack than may be used.
    pub(super) fn too_greedy(limits: &Limits) -> Self {
        let limit = human_size(limits.memory);
        Refusal::new(Code::Limit, format!("解压所需内存超过上限 {limit}，没有读取。可用 --limit memory=… 放宽"))
    }

    /// The refusal that `error` carries, however deep.
    pub(super) fn within(error: &(dyn std::error::Error + 'static)) -> Option<Refusal> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(refusal) = error.downcast_ref::<Refusal>() {
                return Some(refusal.clone());
            }
            next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }

    /// As an error of a reader.
    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// As a notice about `path`: the source was not read in full.
    pub fn notice(self, path: &str) -> Notice {
        Notice::error(path, self.code, self.message)
    }
}

/// All bytes of an entry that has `packed` bytes (if that is known), within the limits and the budget (if it counts). Memory
/// for `expected` bytes is taken at once.
pub(super) fn read_entry(
    entry: &mut dyn Read,
    packed: Option<u64>,
    expected: usize,
    limits: &Limits,
    budget: Option<&Budget>,
) -> Result<Vec<u8>, Refusal> {
    const CHUNK: u64 = 1 << 20;
    let mut bytes = Vec::with_capacity(expected);
    loop {
        let before = bytes.len();
        let got = entry.take(CHUNK).read_to_end(&mut bytes).map_err(|error| {
            Refusal::within(&error)
                .unwrap_or_else(|| Refusal::new(Code::Corrupt, "解压失败，文件可能已损坏。请重新取得原文件"))
        })?;
        if let Some(budget) = budget {
            budget.take(bytes.len() - before, limits)?;
        }
        let read = bytes.len() as u64;
        if read > limits.entry_size {
            return Err(Refusal::too_large(limits));
        }
        if packed.is_some_and(|packed| read > RATIO_FROM && read / packed.max(1) > limits.ratio) {
            return Err(Refusal::too_packed(limits));
        }
        if got == 0 {
            return Ok(bytes);
        }
    }
}
