//! Documents made of strings that stand in binary records.
//!
//! There is no text around such strings that a place could point into. The decoded text of the part is therefore what was
//! read of it, in the order of reading; the source map leads from blocks to there, and the places of blocks say where a
//! person finds them.

use super::Extracted;
use super::objects::Object;
use crate::document::{CellIndex, DocumentBuilder, Place, Scope};
use crate::source::{Code, Limits, Notice, Source, human_size};

/// A document being written, and what is to be said about its source.
pub(super) struct Transcript<'s> {
    pub(super) builder: DocumentBuilder,
    pub(super) notices: Vec<Notice>,
    pub(super) limits: &'s Limits,
    path: &'s str,
    part: u16,
    /// Bytes read so far: where the next string stands in the decoded text.
    at: usize,
    /// The limit of text was reached.
    full: bool,
    /// Files found inside.
    inner: Vec<Source>,
    /// Embedded objects of programs that are not known.
    unknown: u64,
}

impl<'s> Transcript<'s> {
    /// A document of the stream `part` of the source `path`.
    pub(super) fn new(path: &'s str, part: &str, limits: &'s Limits) -> Self {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part(part);
        Transcript {
            builder,
            notices: Vec::new(),
            limits,
            path,
            part,
            at: 0,
            full: false,
            inner: Vec::new(),
            unknown: 0,
        }
    }

    /// Index of the part that strings are read from.
    pub(super) fn part(&self) -> u16 {
        self.part
    }

    /// The source was not read in full. The same thing is said once.
    pub(super) fn error(&mut self, code: Code, message: impl Into<String>) {
        self.say(Notice::error(self.path, code, message));
    }

    /// Something about the source deserves a look. The same thing is said once.
    pub(super) fn warning(&mut self, code: Code, message: impl Into<String>) {
        self.say(Notice::warning(self.path, code, message));
    }

    fn say(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Takes `text` into the decoded text without showing it; gives where it stands, for [`shared`](Self::shared).
    pub(super) fn store(&mut self, text: &str) -> usize {
        let at = self.at;
        self.at += text.len();
        at
    }

    /// A block of a string of its own.
    pub(super) fn block(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>, text: &str) {
        if !text.trim().is_empty() && self.room(text.len()) {
            let at = self.store(text);
            self.push(scope, place, cell, at, text);
        }
    }

    /// A block of a string that was stored at `at`, and that other blocks may show as well.
    pub(super) fn shared(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>, at: usize, text: &str) {
        if !text.trim().is_empty() && self.room(text.len()) {
            self.push(scope, place, cell, at, text);
        }
    }

    fn push(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>, at: usize, text: &str) {
        self.builder.open(scope, place, cell);
        self.builder.literal(self.part, at, text);
        self.builder.close();
    }

    /// Whether `more` bytes of text fit into the document; says so where they do not. Cells that share a long string could
    /// otherwise multiply a small file beyond memory.
    fn room(&mut self, more: usize) -> bool {
        let limit = self.limits.entry_size.min(u64::from(u32::MAX / 4));
        let used = self.builder.len().max(self.at) as u64;
        if !self.full && used + more as u64 <= limit {
            return true;
        }
        if !self.full {
            self.full = true;
            let size = human_size(limit);
            let message = format!("文字总量超过上限 {size}，没有读完。确认文件可信后可用 --limit entry-size=… 放宽");
            self.error(Code::Limit, message);
        }
        false
    }

    /// Takes in an embedded object.
    pub(super) fn object(&mut self, object: Object) {
        self.unknown += u64::from(object == Object::Unknown);
        let number = self.inner.len() + 1;
        self.inner.extend(object.source(self.path, number));
    }

    /// Takes in a file found inside, with the name by which people know it.
    pub(super) fn file(&mut self, name: &str, bytes: Vec<u8>) -> &mut Source {
        // What would end the name of a source is no part of one.
        let name = name.rsplit(['\\', '/']).next().unwrap_or(name).replace('!', "！");
        self.inner.push(Source::new(format!("{}!{}", self.path, name.trim()), bytes));
        let last = self.inner.len() - 1;
        &mut self.inner[last]
    }

    /// Hands over what was read.
    pub(super) fn finish(mut self) -> Extracted<'static> {
        if self.unknown > 0 {
            let message = format!("嵌有 {} 个无法识别的对象，其内容没有检查。请取出后另行检查", self.unknown);
            self.warning(Code::Skipped, message);
        }
        let (document, notices) = (self.builder.finish(), self.notices);
        Extracted { document, notices, inner: self.inner, ..Extracted::default() }
    }
}

/// `text` without control characters other than white space: they are marks of the format and show nothing.
pub(super) fn without_controls(text: &str) -> std::borrow::Cow<'_, str> {
    let is_mark =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{B}' | '\u{C}');
    if text.contains(is_mark) { text.replace(is_mark, "").into() } else { text.into() }
}
