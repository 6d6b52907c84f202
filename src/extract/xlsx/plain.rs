//! Rows, cells and shared strings as nearly all programs write them, read without a tokenizer: most of a workbook is a million
//! times the same few tags.
//!
//! What is written in any other way – blanks around an equals sign, a reference, a comment, an element in between – is left
//! where it stands for the general reader, which gives the same for what is plain (a property test compares the two).

use std::ops::Range;

use memchr::memchr2;

use super::{CellKind, reference};

/// What stands next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plain {
    /// The row before ends, and one with this number begins.
    Row(Option<u32>),
    /// A whole cell.
    Cell(Cell),
}

/// A cell as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Row and column, from 1, if the cell gives them.
    pub(super) place: Option<(u32, u32)>,
    pub(super) kind: CellKind,
    /// Its value, in bytes of the text that is scanned.
    pub(super) value: Range<usize>,
}

/// Goes over markup whose elements have the prefix `prefix`.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    text: &'t str,
    /// The prefix with its colon, or nothing.
    prefix: &'t [u8],
    /// End of the last item that was given, in bytes of the text. What was passed are whole elements, as many ends as starts.
    pub(super) at: usize,
}

impl<'t> Scan<'t> {
    /// Begins with `text`; `qualified` is the name of an element with the prefix of all others.
    pub(super) fn new(text: &'t str, qualified: &'t str) -> Self {
        let prefix = qualified.bytes().position(|byte| byte == b':').map_or(0, |colon| colon + 1);
        Scan { text, prefix: &qualified.as_bytes()[..prefix], at: 0 }
    }

    /// The next cell or row within a row; `None` if something else stands there.
    pub(super) fn cell_or_row(&mut self) -> Option<Plain> {
        let start = self.blanks(self.at);
        let (item, end) = match self.start(start, b"c") {
            Some(attributes) => self.cell(attributes)?,
            None => self.row(start)?,
        };
        self.at = end;
        Some(item)
    }

    /// The text of the next shared string that is not made of runs, in bytes of the text that is scanned.
    pub(super) fn shared_string(&mut self) -> Option<Range<usize>> {
        let item = self.start(self.blanks(self.at), b"si")?;
        let (inside, empty) = self.attributes(item, |_, _| {})?;
        if empty {
            return None;
        }
        let text = self.start(self.blanks(inside), b"t")?;
        let (value, end) = self.leaf(text, b"t")?;
        self.at = self.end(self.blanks(end), b"si")?;
        Some(value)
    }

    fn cell(&self, attributes: usize) -> Option<(Plain, usize)> {
        let mut cell = Cell { place: None, kind: CellKind::Number, value: 0..0 };
        let (mut at, empty) = self.attributes(attributes, |name, value| match name {
            b"r" => cell.place = reference(value),
            b"t" => cell.kind = CellKind::new(value),
            _ => {}
        })?;
        if empty {
            return Some((Plain::Cell(cell), at));
        }
        at = self.blanks(at);
        if let Some(formula) = self.start(at, b"f") {
            at = self.blanks(self.leaf(formula, b"f")?.1);
        }
        if let Some(value) = self.start(at, b"v") {
            (cell.value, at) = self.leaf(value, b"v")?;
            at = self.blanks(at);
        } else if let Some(inline) = self.start(at, b"is") {
            let (inside, empty) = self.attributes(inline, |_, _| {})?;
            let text = self.start(self.blanks(inside), b"t").filter(|_| !empty)?;
            (cell.value, at) = self.leaf(text, b"t")?;
            cell.kind = CellKind::Text;
            at = self.blanks(self.end(self.blanks(at), b"is")?);
        }
        Some((Plain::Cell(cell), self.end(at, b"c")?))
    }

    fn row(&self, at: usize) -> Option<(Plain, usize)> {
        let start = self.blanks(self.end(at, b"row")?);
        let mut number = None;
        let (end, empty) = self.attributes(self.start(start, b"row")?, |name, value| {
            if name == b"r" {
                number = number.or(Some(value));
            }
        })?;
        // An empty row ends itself.
        if empty { None } else { Some((Plain::Row(number.and_then(|value| value.trim().parse().ok())), end)) }
    }

    /// The text of an element that holds nothing else, and where the element ends.
    fn leaf(&self, attributes: usize, name: &[u8]) -> Option<(Range<usize>, usize)> {
        let (start, empty) = self.attributes(attributes, |_, _| {})?;
        if empty {
            return Some((start..start, start));
        }
        let rest = &self.text.as_bytes()[start..];
        // Values are too short for a search by vectors to pay, texts may be long.
        let head = rest.iter().take(16).position(|byte| matches!(byte, b'<' | b'&'));
        let end = start + head.or_else(|| memchr2(b'<', b'&', rest))?;
        Some((start..end, self.end(end, name)?))
    }

    /// Reads attributes and the end of their tag: where it ends, and whether the element is empty.
    fn attributes(&self, mut at: usize, mut each: impl FnMut(&'t [u8], &'t str)) -> Option<(usize, bool)> {
        let bytes = self.text.as_bytes();
        loop {
            at = self.blanks(at);
            match *bytes.get(at)? {
                b'>' => return Some((at + 1, false)),
                b'/' => return (bytes.get(at + 1) == Some(&b'>')).then_some((at + 2, true)),
                _ => {}
            }
            let name = at;
            while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':') {
                at += 1;
            }
            let name = &bytes[name..at];
            // Declarations of prefixes are for the general reader, and so is any prefix but the one of `xml:space`.
            let local = name.strip_prefix(b"xml:").unwrap_or(name);
            if local.is_empty() || local.starts_with(b"xmlns") || local.contains(&b':') {
                return None;
            }
            let (b'=', &quote @ (b'"' | b'\'')) = (*bytes.get(at)?, bytes.get(at + 1)?) else { return None };
            let start = at + 2;
            let length = bytes[start..].iter().position(|&byte| byte == quote)?;
            at = start + length + 1;
            each(local, &self.text[start..start + length]);
        }
    }

    /// Where the attributes of the element `name` begin, if its tag stands at `at`.
    fn start(&self, at: usize, name: &[u8]) -> Option<usize> {
        let at = self.name(self.same(at, b"<")?, name)?;
        matches!(self.text.as_bytes().get(at)?, b' ' | b'\t' | b'\n' | b'\r' | b'>' | b'/').then_some(at)
    }

    /// Where the end tag of `name` ends, if it stands at `at`.
    fn end(&self, at: usize, name: &[u8]) -> Option<usize> {
        self.same(self.name(self.same(at, b"</")?, name)?, b">")
    }

    fn name(&self, at: usize, name: &[u8]) -> Option<usize> {
        self.same(self.same(at, self.prefix)?, name)
    }

    /// Where `expected` ends, if it stands at `at`.
    #[inline(always)]
    fn same(&self, at: usize, expected: &[u8]) -> Option<usize> {
        // It is too short for a call that compares memory to pay.
        let bytes = self.text.as_bytes();
        let same = expected.iter().enumerate().all(|(step, byte)| bytes.get(at + step) == Some(byte));
        same.then_some(at + expected.len())
    }

    fn blanks(&self, mut at: usize) -> usize {
        while matches!(self.text.as_bytes().get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }
}
