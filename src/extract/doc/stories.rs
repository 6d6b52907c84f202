//! The texts of a document: character by character, paragraph by paragraph, into blocks.
//!
//! What the source map points into is the text of a part: all its characters in UTF-8, those that mark paragraphs, cells and
//! fields included.

use std::collections::BTreeSet;
use std::ops::Range;

use super::fib::{Fib, Table};
use super::pieces::{Character, Pieces};
use super::properties::{Property, Runs, short, sprms};
use super::styles::{Styles, level_scope};
use crate::document::{DocumentBuilder, Scope, Span};
use crate::extract::ole::Ole;
use crate::extract::story::{Frame, Pending, Tables};
use crate::source::{u16_at, u32_at};

/// What the properties of a character say.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    deleted: bool,
    hidden: bool,
    special: bool,
    symbol: bool,
}

/// What the properties of a paragraph say.
#[derive(Debug, Default)]
struct Shape {
    style: u16,
    scope: Option<Scope>,
    in_table: bool,
    depth: u32,
    row_end: bool,
    inner_row_end: bool,
    inner_cell_end: bool,
    edges: Vec<i32>,
}

/// A document being read.
pub(super) struct Reader<'a, 's> {
    pub(super) ole: &'a mut Ole<'s>,
    pub(super) builder: DocumentBuilder,
    pub(super) old: bool,
    /// The document stream.
    pub(super) stream: &'a [u8],
    /// The stream of what finds no room elsewhere.
    pub(super) data: &'a [u8],
    pub(super) pieces: &'a Pieces<'a>,
    characters: Runs,
    paragraphs: Runs,
    styles: Styles,
    /// Character positions at which sections end.
    sections: BTreeSet<u32>,
    /// Tables met so far.
    tables: u32,
    /// Whether hidden text was left out.
    pub(super) hidden: bool,
    /// Characters that are none.
    pub(super) replaced: usize,
    /// Characters, and those among them that no text of Word has.
    pub(super) count: usize,
    pub(super) odd: usize,
}

impl<'a, 's> Reader<'a, 's> {
    /// Reads what tells the look of the text. `tables` is the table stream.
    pub(super) fn new(
        ole: &'a mut Ole<'s>,
        builder: DocumentBuilder,
        fib: &Fib<'_>,
        streams: [&'a [u8]; 3],
        pieces: &'a Pieces<'a>,
    ) -> Self {
        let [stream, tables, data] = streams;
        let find = |table| slice(fib, tables, table);
        let sections = find(Table::Sections);
        let count = sections.len().saturating_sub(4) / 16;
        Reader {
            ole,
            builder,
            old: fib.old,
            stream,
            data,
            pieces,
            characters: Runs::new(fib, stream, tables, Table::CharacterPages),
            paragraphs: Runs::new(fib, stream, tables, Table::ParagraphPages),
            styles: Styles::new(find(Table::Styles), fib.old),
            sections: (1..=count).filter_map(|index| u32_at(sections, index * 4)).collect(),
            tables: 0,
            hidden: false,
            replaced: 0,
            count: 0,
            odd: 0,
        }
    }

    /// Reads the text at `positions`. `at` is where it begins in the text of its part, in bytes; gives where it ends.
    pub(super) fn text(&mut self, positions: Range<u32>, frame: Frame, mut at: usize) -> usize {
        let pieces = self.pieces;
        let instructions = self.instructions(positions.clone());
        let mut instructions = instructions.iter().peekable();
        let mut paragraph: Vec<(Character, usize)> = Vec::new();
        let mut tables = Tables::default();
        for character in pieces.characters(positions) {
            self.count += 1;
            self.odd += usize::from(matches!(character.value, '\0' | '\u{f}'..='\u{12}' | '\u{16}'..='\u{1d}'));
            let ends = match character.value {
                '\r' | '\u{7}' => true,
                // A page break inside a paragraph has the same code.
                '\u{c}' => self.sections.contains(&(character.position + 1)),
                _ => false,
            };
            if ends {
                self.paragraph(&paragraph, Some(character), frame, &mut tables);
                paragraph.clear();
            } else {
                while instructions.next_if(|range| range.end <= character.position).is_some() {}
                if instructions.peek().is_none_or(|range| character.position < range.start) {
                    paragraph.push((character, at));
                }
            }
            at += character.value.len_utf8();
        }
        if !paragraph.is_empty() {
            self.paragraph(&paragraph, None, frame, &mut tables);
        }
        for pending in tables.finish() {
            pending.emit(&mut self.builder, frame);
        }
        at
    }

    /// Where fields are that show something else: their instructions ([MS-DOC] §2.8.25). A field that does not end hides
    /// nothing.
    fn instructions(&self, positions: Range<u32>) -> Vec<Range<u32>> {
        let mut open: Vec<(u32, Option<u32>)> = Vec::new();
        let mut found: Vec<Range<u32>> = Vec::new();
        for character in self.pieces.characters(positions) {
            match character.value {
                '\u{13}' => open.push((character.position, None)),
                '\u{14}' => {
                    if let Some((_, separator)) = open.last_mut() {
                        separator.get_or_insert(character.position);
                    }
                }
                '\u{15}' => {
                    if let Some((start, separator)) = open.pop() {
                        let range = start..separator.unwrap_or(character.position);
                        // Fields inside an instruction come before it in order of their ends.
                        while found.last().is_some_and(|last| last.start >= range.start && last.end <= range.end) {
                            found.pop();
                        }
                        found.push(range);
                    }
                }
                _ => {}
            }
        }
        found.sort_by_key(|range| range.start);
        found
    }

    /// Takes in a paragraph: its characters, and the mark that ends it.
    fn paragraph(
        &mut self,
        characters: &[(Character, usize)],
        mark: Option<Character>,
        frame: Frame,
        tables: &mut Tables,
    ) {
        let shape = mark.map(|mark| self.shape(mark)).unwrap_or_default();
        let cell_mark = mark.is_some_and(|mark| mark.value == '\u{7}');
        let depth = if shape.depth == 0 && shape.in_table { 1 } else { shape.depth };
        for pending in tables.enter(depth, &mut self.tables) {
            pending.emit(&mut self.builder, frame);
        }
        // The mark of a row has no text; if it has, something is wrong, and the text is read.
        if !(shape.row_end || shape.inner_row_end) || !characters.is_empty() {
            let scope = match frame.scope {
                Scope::Body => shape.scope.or(self.styles.get(shape.style).scope).unwrap_or(Scope::Body),
                scope => scope,
            };
            // What stands in a table is a cell, whatever its style is called.
            let scope = if frame.scope == Scope::Body && depth > 0 { Scope::Body } else { scope };
            let mut pending = Pending::new(scope, tables.paragraph());
            self.fill(&mut pending, characters, shape.style);
            if !pending.is_blank() && self.ole.room(&self.builder, pending.len()) {
                if pending.waits() {
                    tables.wait(pending);
                } else {
                    pending.emit(&mut self.builder, frame);
                }
            }
        }
        if shape.row_end || shape.inner_row_end {
            tables.end_row(shape.edges);
        } else if cell_mark || shape.inner_cell_end {
            tables.end_cell();
        }
    }

    /// Puts the characters of a paragraph that a reader sees into its block.
    fn fill(&mut self, pending: &mut Pending, characters: &[(Character, usize)], style: u16) {
        // Stretches of text look alike, so properties are read once for each.
        let mut look = Look::default();
        let mut known: (u32, Range<u32>) = (u32::MAX, 0..0);
        for &(character, at) in characters {
            if character.piece != known.0 || !known.1.contains(&character.at) {
                let (end, grpprl) = self.characters.characters(self.stream, character.at);
                look = self.look(grpprl, character.piece, style);
                known = (character.piece, character.at..end);
            }
            if look.deleted {
                continue;
            }
            let (value, another) = match character.value {
                '\t' => ('\t', false),
                '\u{b}' | '\u{c}' | '\u{e}' => ('\n', true),
                '\u{1e}' => ('-', true),
                '\u{1f}' => ('\u{AD}', true),
                // Marks of notes, pictures, fields.
                '\0'..' ' => continue,
                '(' if look.special && look.symbol => continue,
                value => (value, false),
            };
            if look.hidden {
                self.hidden |= !value.is_whitespace();
                continue;
            }
            self.replaced += usize::from(value == char::REPLACEMENT_CHARACTER);
            let length = if another { 1 } else { value.len_utf8() };
            pending.push(value, Span::new(at, at + length), !another);
        }
    }

    /// What properties say about a character of `piece` in a paragraph of `style`.
    fn look(&self, grpprl: &[u8], piece: u32, style: u16) -> Look {
        let by_style = self.styles.get(style).hidden.unwrap_or_default();
        let mut look = Look { hidden: by_style, ..Look::default() };
        let mut base = by_style;
        let mut apply = |property: Property, operand: &[u8]| {
            let value = operand.first().copied().unwrap_or_default();
            // 128 is as the style says, 129 the opposite.
            let toggled = |base: bool| if value < 128 { value != 0 } else { base != (value == 129) };
            match property {
                Property::Deleted => look.deleted = toggled(false),
                Property::Hidden => look.hidden = toggled(base),
                Property::Special => look.special = toggled(false),
                Property::Symbol => look.symbol = true,
                Property::Plain => look.hidden = by_style,
                Property::CharacterStyle => {
                    let style = u16_at(operand, 0).map(|index| self.styles.get(index));
                    base = style.and_then(|style| style.hidden).unwrap_or(by_style);
                    look.hidden = base;
                }
                _ => {}
            }
        };
        for sprm in sprms(grpprl, self.old) {
            apply(sprm.property, sprm.operand);
        }
        self.modified(piece, &mut apply);
        look
    }

    /// What properties say about the paragraph that `mark` ends.
    fn shape(&self, mark: Character) -> Shape {
        let (style, grpprl) = self.paragraphs.paragraph(self.stream, mark.at).unwrap_or_default();
        let mut shape = Shape { style, ..Shape::default() };
        for sprm in sprms(grpprl, self.old) {
            if sprm.property == Property::Elsewhere {
                let at = u32_at(sprm.operand, 0).map_or(usize::MAX, |at| at as usize);
                let length = u16_at(self.data, at).map_or(0, usize::from);
                let more = at.checked_add(2).and_then(|start| self.data.get(start..start.checked_add(length)?));
                for sprm in sprms(more.unwrap_or_default(), self.old) {
                    shape.apply(sprm.property, sprm.operand);
                }
            } else {
                shape.apply(sprm.property, sprm.operand);
            }
        }
        self.modified(mark.piece, &mut |property, operand| shape.apply(property, operand));
        shape
    }

    /// Applies the properties that belong to a piece as a whole.
    fn modified(&self, piece: u32, apply: &mut impl FnMut(Property, &[u8])) {
        match self.pieces.piece(piece).map(|piece| piece.modifier) {
            None | Some(0) => {}
            Some(modifier) if modifier & 1 == 0 => {
                let (property, value) = short(modifier);
                apply(property, &[value]);
            }
            Some(modifier) => {
                for sprm in sprms(self.pieces.grpprl(modifier >> 1), self.old) {
                    apply(sprm.property, sprm.operand);
                }
            }
        }
    }
}

impl Shape {
    fn apply(&mut self, property: Property, operand: &[u8]) {
        let value = operand.first().copied().unwrap_or_default();
        match property {
            Property::ParagraphStyle => self.style = u16_at(operand, 0).unwrap_or(u16::from(value)),
            Property::OutlineLevel => self.scope = Some(level_scope(value)),
            Property::InTable => self.in_table = value != 0,
            Property::RowEnd => self.row_end = value != 0,
            Property::Depth => self.depth = u32_at(operand, 0).unwrap_or_default(),
            Property::InnerCellEnd => self.inner_cell_end = value != 0,
            Property::InnerRowEnd => self.inner_row_end = value != 0,
            Property::Cells => {
                let edges = operand.get(1..).unwrap_or_default().as_chunks::<2>().0;
                let edges = edges.iter().take(usize::from(value) + 1);
                self.edges = edges.map(|edge| i32::from(i16::from_le_bytes(*edge))).collect();
            }
            _ => {}
        }
    }
}

/// The bytes of `table` in the table stream.
pub(super) fn slice<'t>(fib: &Fib<'_>, tables: &'t [u8], table: Table) -> &'t [u8] {
    fib.find(table).and_then(|range| tables.get(range.start..range.end.min(tables.len()))).unwrap_or_default()
}
