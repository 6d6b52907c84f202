//! Documents made of strings that stand in binary records.
//!
//! There is no text around such strings that a place could point into. The decoded text of the part is therefore what was
//! read of it, in the order of reading; the source map leads from blocks to there, and the places of blocks say where a
//! person finds them.

use super::Extracted;
use super::objects::{Inside, Object};
use super::room::Room;
use crate::document::{CellIndex, DocumentBuilder, Place, Scope};
use crate::source::{Code, Limits, Notices, Source};

/// A document being written, and what is to be said about its source.
pub(super) struct Transcript<'s> {
    pub(super) builder: DocumentBuilder,
    pub(super) notices: Notices<'s>,
    pub(super) limits: &'s Limits,
    path: &'s str,
    part: u16,
    /// Bytes read so far: where the next string stands in the decoded text.
    at: usize,
    room: Room,
    /// Files found inside.
    inside: Inside<'s>,
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
            notices: Notices::new(path),
            limits,
            path,
            part,
            at: 0,
            room: Room::new(limits),
            inside: Inside::new(path, limits),
            unknown: 0,
        }
    }

    /// Index of the part that strings are read from.
    pub(super) fn part(&self) -> u16 {
        self.part
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

    /// Whether `more` bytes of text fit into the document; says so where they do not.
    fn room(&mut self, more: usize) -> bool {
        self.room.holds(self.builder.len().max(self.at), more, &mut self.notices)
    }

    /// Takes in an embedded object.
    pub(super) fn object(&mut self, object: Object) {
        self.unknown += u64::from(object == Object::Unknown);
        let number = self.inside.files.len() + 1;
        self.inside.files.extend(object.source(self.path, number));
    }

    /// Takes in a file found inside, with the name by which people know it.
    pub(super) fn file(&mut self, name: &str, bytes: Vec<u8>) -> &mut Source {
        self.inside.add(name, bytes)
    }

    /// [`file`](Self::file), unless there are as many as may be; `false` then.
    pub(super) fn file_if_room(&mut self, name: &str, bytes: &[u8]) -> bool {
        let full = self.inside.is_full(&mut self.notices);
        if !full {
            self.inside.add(name, bytes.to_vec());
        }
        !full
    }

    /// Hands over what was read.
    pub(super) fn finish(mut self) -> Extracted<'static> {
        if self.unknown > 0 {
            let message = format!("嵌有 {} 个无法识别的对象，其内容没有检查。请取出后另行检查", self.unknown);
            self.notices.warning(Code::Skipped, message);
        }
        let (document, notices) = (self.builder.finish(), self.notices.into_vec());
        Extracted { document, notices, inner: self.inside.files, ..Extracted::default() }
    }
}

/// `text` without control characters other than white space: they are marks of the format and show nothing.
pub(super) fn without_controls(text: &str) -> std::borrow::Cow<'_, str> {
    let is_mark =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{B}' | '\u{C}');
    if text.contains(is_mark) { text.replace(is_mark, "").into() } else { text.into() }
}
