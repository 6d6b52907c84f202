//! Properties of characters and paragraphs: how they are coded ([MS-DOC] §2.2.5, §2.6), and where they stand – in pages of 512
//! bytes, each for a stretch of the stream ([MS-DOC] §2.9.33, §2.9.175).

use super::fib::{Fib, Table};
use crate::source::{u16_at, u32_at};

/// A property modifier: which property, and its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sprm<'b> {
    /// Which property.
    pub(super) property: Property,
    /// Its operand, for those that matter.
    pub(super) operand: &'b [u8],
}

/// The properties that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    /// Deleted while changes are tracked.
    Deleted,
    /// Hidden.
    Hidden,
    /// The character stands for something else, such as a note's number or a picture.
    Special,
    /// The character is one of a font of symbols.
    Symbol,
    /// Style of characters.
    CharacterStyle,
    /// Back to what the paragraph's style says.
    Plain,
    /// Style of the paragraph.
    ParagraphStyle,
    /// Level in the outline; 9 is body text.
    OutlineLevel,
    /// In a table.
    InTable,
    /// The end of a table row.
    RowEnd,
    /// How deep tables are nested here.
    Depth,
    /// The end of a cell in a nested table.
    InnerCellEnd,
    /// The end of a row of a nested table.
    InnerRowEnd,
    /// Edges of the cells of a row.
    Cells,
    /// Further properties stand in the data stream.
    Elsewhere,
    /// Anything else.
    Other,
}

/// Goes through a list of property modifiers; ends where it makes no sense.
pub(super) fn sprms(grpprl: &[u8], old: bool) -> impl Iterator<Item = Sprm<'_>> {
    let mut rest = grpprl;
    std::iter::from_fn(move || {
        let (property, start, length) = if old { old_sprm(rest)? } else { sprm(rest)? };
        let end = start.checked_add(length)?;
        let operand = rest.get(start..end)?;
        rest = rest.get(end..)?;
        Some(Sprm { property, operand })
    })
}

/// The property at the beginning of `bytes`, and start and length of its operand.
fn sprm(bytes: &[u8]) -> Option<(Property, usize, usize)> {
    let code = u16_at(bytes, 0)?;
    let property = match code {
        0x0800 => Property::Deleted,
        0x083C => Property::Hidden,
        0x0855 => Property::Special,
        0x6A09 => Property::Symbol,
        0x4A30 => Property::CharacterStyle,
        0x2A33 => Property::Plain,
        0x4600 => Property::ParagraphStyle,
        0x2640 => Property::OutlineLevel,
        0x2416 => Property::InTable,
        0x2417 => Property::RowEnd,
        0x6649 => Property::Depth,
        0x244B => Property::InnerCellEnd,
        0x244C => Property::InnerRowEnd,
        0xD608 => Property::Cells,
        0x6645 | 0x6646 => Property::Elsewhere,
        _ => Property::Other,
    };
    // The upper three bits say how long the operand is.
    let (start, length) = match code >> 13 {
        0 | 1 => (2, 1),
        2 | 4 | 5 => (2, 2),
        3 => (2, 4),
        7 => (2, 3),
        _ => match (code, *bytes.get(2)?) {
            (0xD608, _) => (4, usize::from(u16_at(bytes, 2)?).checked_sub(1)?),
            // Too many tab stops for a byte: two lists, each with its own count.
            (0xC615, 255) => {
                let deleted = usize::from(*bytes.get(3)?) * 4;
                let added = usize::from(*bytes.get(4 + deleted)?) * 3;
                (3, 2 + deleted + added)
            }
            (_, length) => (3, usize::from(length)),
        },
    };
    Some((property, start, length))
}

/// The same as Word 6 and 95 code it: one byte, whose operand's length follows from nothing but a table.
fn old_sprm(bytes: &[u8]) -> Option<(Property, usize, usize)> {
    let code = *bytes.first()?;
    let property = match code {
        2 => Property::ParagraphStyle,
        24 => Property::InTable,
        25 => Property::RowEnd,
        65 => Property::Deleted,
        74 => Property::Symbol,
        80 => Property::CharacterStyle,
        83 => Property::Plain,
        92 => Property::Hidden,
        117 => Property::Special,
        188 | 190 => Property::Cells,
        _ => Property::Other,
    };
    let length = match code {
        0 | 83 => 0,
        4..=11
        | 13
        | 14
        | 24
        | 25
        | 29
        | 36
        | 37
        | 44
        | 50
        | 51
        | 65..=67
        | 71
        | 75
        | 85..=92
        | 94
        | 98
        | 100
        | 102
        | 104
        | 117..=119
        | 185
        | 186 => 1,
        2
        | 16..=19
        | 21
        | 22
        | 26..=28
        | 30..=35
        | 38..=43
        | 45..=49
        | 69
        | 72
        | 80
        | 93
        | 96
        | 97
        | 99
        | 101
        | 107
        | 109
        | 110
        | 121..=123
        | 182..=184
        | 189
        | 195
        | 197
        | 198 => 2,
        73 | 95 => 3,
        20 | 70 | 192 | 194 | 196 | 200 => 4,
        193 | 199 => 5,
        187 => 12,
        188 | 190 => return Some((property, 3, usize::from(u16_at(bytes, 1)?).checked_sub(1)?)),
        23 if *bytes.get(1)? == 255 => {
            let deleted = usize::from(*bytes.get(2)?) * 4;
            let added = usize::from(*bytes.get(3 + deleted)?) * 3;
            return Some((property, 2, 2 + deleted + added));
        }
        3 | 12 | 15 | 23 | 52 | 68 | 74 | 81 | 82 | 103 | 105 | 106 | 108 | 120 | 191 => {
            return Some((property, 2, usize::from(*bytes.get(1)?)));
        }
        _ => return None,
    };
    Some((property, 1, length))
}

/// The property that a piece's own modifier means in short form ([MS-DOC] §2.9.213), which numbers them as Word 6 did.
pub(super) fn short(modifier: u16) -> (Property, u8) {
    let bytes = [(modifier >> 1 & 0x7F) as u8, 0, 0, 0, 0];
    let property = old_sprm(&bytes).map_or(Property::Other, |(property, _, _)| property);
    (property, (modifier >> 8) as u8)
}

/// Properties by where the text stands that has them: sorted stretches of the document stream.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// First byte of a stretch, and where its properties stand: 0 is nowhere.
    starts: Vec<(u32, u32)>,
    /// The end of the last one.
    end: u32,
}

/// Size of a page of properties, in bytes.
const PAGE: usize = 512;

impl Runs {
    /// Reads the pages that `table` lists.
    pub(super) fn new(fib: &Fib<'_>, stream: &[u8], tables: &[u8], table: Table) -> Self {
        let mut runs = Runs::default();
        let plc = fib.find(table).and_then(|range| tables.get(range.start..range.end.min(tables.len())));
        let plc = plc.unwrap_or_default();
        let width = if fib.old { 2 } else { 4 };
        let count = plc.len().saturating_sub(4) / (4 + width);
        let entry = match (table, fib.old) {
            (Table::ParagraphPages, false) => 13,
            (Table::ParagraphPages, true) => 7,
            _ => 1,
        };
        let mut seen = std::collections::HashSet::new();
        for index in 0..count {
            let at = (count + 1) * 4 + index * width;
            let number =
                if fib.old { u16_at(plc, at).map(u32::from) } else { u32_at(plc, at).map(|at| at & 0x3F_FFFF) };
            let Some(number) = number.filter(|number| seen.insert(*number)) else { continue };
            let start = number as usize * PAGE;
            let Some(page) = stream.get(start..start + PAGE) else { continue };
            let stretches = usize::from(page[PAGE - 1]);
            for stretch in 0..stretches {
                let offset = page.get((stretches + 1) * 4 + stretch * entry).copied().unwrap_or_default();
                let (Some(from), Some(to)) = (u32_at(page, stretch * 4), u32_at(page, stretch * 4 + 4)) else { break };
                let properties = if offset == 0 { 0 } else { start + usize::from(offset) * 2 };
                if from < to {
                    runs.starts.push((from, properties as u32));
                    runs.end = runs.end.max(to);
                }
            }
        }
        runs.starts.sort_unstable_by_key(|&(from, _)| from);
        runs
    }

    /// The stretch around byte `at` of the document stream: where it ends, and where its properties stand.
    fn around(&self, at: u32) -> Option<(u32, u32)> {
        let index = self.starts.partition_point(|&(from, _)| from <= at).checked_sub(1)?;
        let end = self.starts.get(index + 1).map_or(self.end, |next| next.0);
        (at < end).then(|| (end, self.starts[index].1))
    }

    /// Where the stretch around byte `at` ends, and its character properties.
    pub(super) fn characters<'b>(&self, stream: &'b [u8], at: u32) -> (u32, &'b [u8]) {
        let Some((end, properties)) = self.around(at) else { return (at.saturating_add(1), &[]) };
        let at = properties as usize;
        let length = stream.get(at).copied().filter(|_| at > 0).map_or(0, usize::from);
        (end, stream.get(at + 1..at + 1 + length).unwrap_or_default())
    }

    /// Style and properties of the paragraph whose mark stands at byte `at`.
    pub(super) fn paragraph<'b>(&self, stream: &'b [u8], at: u32) -> Option<(u16, &'b [u8])> {
        let (_, properties) = self.around(at)?;
        let at = properties as usize;
        let words = *stream.get(at).filter(|_| at > 0)?;
        let (start, length) = match words {
            0 => (at + 2, usize::from(*stream.get(at + 1)?) * 2),
            words => (at + 1, usize::from(words) * 2 - 1),
        };
        let all = stream.get(start..stream.len().min(start + length))?;
        Some((u16_at(all, 0)?, all.get(2..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_taken_apart() {
        let list = |bytes: &[u8], old| {
            sprms(bytes, old).map(|sprm| (sprm.property, sprm.operand.to_vec())).collect::<Vec<_>>()
        };
        let grpprl =
            [0x00, 0x08, 1, 0x15, 0xC6, 255, 1, 9, 9, 9, 9, 1, 9, 9, 9, 0x08, 0xD6, 4, 0, 1, 2, 3, 0x3C, 0x08, 0];
        let expected = [
            (Property::Deleted, vec![1]),
            (Property::Other, vec![1, 9, 9, 9, 9, 1, 9, 9, 9]),
            (Property::Cells, vec![1, 2, 3]),
            (Property::Hidden, vec![0]),
        ];
        assert_eq!(list(&grpprl, false), expected);
        assert_eq!(list(&[24, 1, 23, 2, 0, 0, 92, 1], true)[2], (Property::Hidden, vec![1]));
        // Whatever is cut off ends the list.
        for end in 0..grpprl.len() {
            assert!(list(&grpprl[..end], false).len() < 4);
        }
        assert_eq!(short(65 << 1 | 1 << 8), (Property::Deleted, 1));
    }
}
