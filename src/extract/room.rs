//! How much text a document may have.

use crate::source::{Code, Limits, Notices, human_size};

/// The text that still fits into a document. Strings and pieces that are referred to again and again could otherwise multiply a
/// small file beyond memory.
#[derive(Debug)]
pub(super) struct Room {
    limit: u64,
    full: bool,
}

impl Room {
    /// As much as `limits` and the width of offsets allow.
    pub(super) fn new(limits: &Limits) -> Self {
        Room { limit: limits.entry_size.min(u64::from(u32::MAX / 4)), full: false }
    }

    /// Whether `more` bytes fit besides those that are `used`; says so the first time that they do not.
    pub(super) fn holds(&mut self, used: usize, more: usize, notices: &mut Notices<'_>) -> bool {
        if used as u64 + more as u64 <= self.limit {
            return true;
        }
        if !self.full {
            self.full = true;
            let size = human_size(self.limit);
            let message = format!("文字总量超过上限 {size}，没有读完。确认文件可信后可用 --limit entry-size=… 放宽");
            notices.error(Code::Limit, message);
        }
        false
    }
}
