//! The file information block ([MS-DOC] §2.5): what version wrote the file, how long each story is, and where in the table
//! stream everything else stands. Word 6 and 95 have a shorter one, and no stream for tables: theirs stand in the document's.

use std::ops::Range;

use crate::source::{u16_at, u32_at};

/// The texts of a document, in the order in which they follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// The document itself.
    Main,
    /// Footnotes.
    Footnotes,
    /// Headers and footers.
    Headers,
    /// What no current version writes; its text is not shown.
    Macros,
    /// Comments.
    Comments,
    /// Endnotes.
    Endnotes,
    /// Text boxes of the document.
    TextBoxes,
    /// Text boxes of headers and footers.
    HeaderTextBoxes,
}

impl Story {
    /// All of them, in order.
    pub(super) const ALL: [Story; 8] = [
        Story::Main,
        Story::Footnotes,
        Story::Headers,
        Story::Macros,
        Story::Comments,
        Story::Endnotes,
        Story::TextBoxes,
        Story::HeaderTextBoxes,
    ];
}

/// What the block points to in the table stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Styles,
    FootnoteTexts,
    CommentTexts,
    Sections,
    Headers,
    CharacterPages,
    ParagraphPages,
    Pieces,
    EndnoteTexts,
    TextBoxes,
    HeaderTextBoxes,
}

/// The file information block.
#[derive(Debug)]
pub(super) struct Fib<'b> {
    bytes: &'b [u8],
    /// Whether Word 6 or 95 wrote the file: one byte is one character position, and properties are coded differently.
    pub(super) old: bool,
    /// Whether there is a password or something like it.
    pub(super) encrypted: bool,
    /// Name of the table stream.
    pub(super) table: &'static str,
    /// Language of the program that wrote it (LCID).
    pub(super) language: u16,
}

/// Why there is no such block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A version before Word 6.
    Ancient,
    /// None at all.
    Damaged,
}

impl<'b> Fib<'b> {
    /// Reads the block at the beginning of the document stream.
    pub(super) fn new(bytes: &'b [u8]) -> Result<Self, Unknown> {
        let number = |at| u16_at(bytes, at).unwrap_or_default();
        let (magic, version, flags) = (number(0), number(2), number(10));
        let old = match (magic, version) {
            // Programs other than Word put all sorts of numbers here.
            (0xA5EC, 0..=0x69) | (0xA5DC, 0x60..) => true,
            (0xA5EC, _) => false,
            (0xA59B | 0xA59C | 0xA5DB | 0xA5DC, _) => return Err(Unknown::Ancient),
            _ => return Err(Unknown::Damaged),
        };
        let table = if flags & 0x0200 != 0 { "1Table" } else { "0Table" };
        Ok(Fib { bytes, old, encrypted: flags & 0x0100 != 0, table, language: number(6) })
    }

    /// Number of character positions of each story.
    pub(super) fn lengths(&self) -> [u32; 8] {
        let start = if self.old { 0x34 } else { 0x4C };
        std::array::from_fn(|index| u32_at(self.bytes, start + index * 4).unwrap_or_default())
    }

    /// Where the text stands if there is no piece table, in bytes of the document stream.
    pub(super) fn text(&self) -> Range<u32> {
        u32_at(self.bytes, 0x18).unwrap_or_default()..u32_at(self.bytes, 0x1C).unwrap_or_default()
    }

    /// Where `table` stands, in bytes of the table stream.
    pub(super) fn find(&self, table: Table) -> Option<Range<usize>> {
        let at = if self.old {
            match table {
                Table::Styles => 0x60,
                Table::FootnoteTexts => 0x70,
                Table::CommentTexts => 0x80,
                Table::Sections => 0x88,
                Table::Headers => 0xB0,
                Table::CharacterPages => 0xB8,
                Table::ParagraphPages => 0xC0,
                Table::Pieces => 0x160,
                Table::EndnoteTexts => 0x1DA,
                Table::TextBoxes | Table::HeaderTextBoxes => return None,
            }
        } else {
            let index = match table {
                Table::Styles => 1,
                Table::FootnoteTexts => 3,
                Table::CommentTexts => 5,
                Table::Sections => 6,
                Table::Headers => 11,
                Table::CharacterPages => 12,
                Table::ParagraphPages => 13,
                Table::Pieces => 33,
                Table::EndnoteTexts => 47,
                Table::TextBoxes => 56,
                Table::HeaderTextBoxes => 58,
            };
            0x9A + index * 8
        };
        let (start, length) = (u32_at(self.bytes, at)? as usize, u32_at(self.bytes, at + 4)? as usize);
        (length > 0).then(|| start..start.saturating_add(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        let block = |magic: u16, version: u16, flags: u16| {
            let mut bytes = vec![0u8; 0x400];
            bytes[..2].copy_from_slice(&magic.to_le_bytes());
            bytes[2..4].copy_from_slice(&version.to_le_bytes());
            bytes[10..12].copy_from_slice(&flags.to_le_bytes());
            bytes
        };
        let eight = block(0xA5EC, 0xC1, 0x0200);
        let fib = Fib::new(&eight).unwrap();
        assert_eq!((fib.old, fib.encrypted, fib.table), (false, false, "1Table"));
        assert!(Fib::new(&block(0xA5EC, 0xC1, 0x0100)).unwrap().encrypted);
        assert!(Fib::new(&block(0xA5DC, 0x68, 0)).unwrap().old);
        assert_eq!(Fib::new(&block(0xA59B, 0x21, 0)).unwrap_err(), Unknown::Ancient);
        assert_eq!(Fib::new(b"PK").unwrap_err(), Unknown::Damaged);
    }
}
