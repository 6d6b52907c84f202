//! Shapes of a slide ([MS-PPT] §2.5.13): their names, their texts, and which of them make a table.

use super::super::office_art::{Atom, kind as art, properties, property, utf16_to_nul};
use super::kind;
use super::text::Words;
use crate::document::Scope;

/// Type of a shape that is a line.
const LINE: u16 = 20;

/// What a shape shows.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) name: Option<String>,
    pub(super) placeholder: Option<Placeholder>,
    pub(super) words: Vec<Words>,
    /// Text drawn as WordArt.
    pub(super) word_art: Option<String>,
    /// Alternative text.
    pub(super) description: Option<String>,
    /// Table, row and column, from 1, if it is the cell of a table of the drawing.
    pub(super) cell: Option<(u32, u32, u32)>,
}

/// What a placeholder is for ([MS-PPT] §2.13.22, PlaceholderEnum).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placeholder(u8);

impl Placeholder {
    pub(super) fn scope(self) -> Option<Scope> {
        Some(match self.0 {
            0x01 | 0x03 | 0x0D | 0x0F | 0x11 => Scope::Title,
            0x04 | 0x10 => Scope::Heading,
            0x0A => Scope::Header,
            0x07..=0x09 => Scope::Footer,
            _ => return None,
        })
    }
}

/// A group of shapes.
#[derive(Debug)]
struct Group {
    end: usize,
    name: Option<String>,
    grid: Option<Grid>,
}

/// Edges of the cells of a table.
#[derive(Debug)]
struct Grid {
    table: u32,
    tops: Vec<i32>,
    lefts: Vec<i32>,
}

/// The shapes of a drawing in their order, those of groups where the group stands. One without a name is called after its place
/// among the objects of the drawing.
pub(super) fn shapes(drawing: &[u8]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut tables = 0u32;
    // Objects that a person can select, groups being one; in the order in which the Tab key goes through them.
    let mut objects = 0u32;
    let mut at = 0;
    while let Some(atom) = Atom::at(drawing, at) {
        while groups.last().is_some_and(|group| group.end <= at) {
            groups.pop();
        }
        at = if atom.is_container() { at + 8 } else { atom.end() };
        match atom.kind {
            art::GROUP => groups.push(Group { end: atom.end(), name: None, grid: None }),
            art::SHAPE => {
                at = atom.end();
                let facts = Facts::of(&atom);
                // One that was taken away is still there.
                if facts.deleted {
                    continue;
                }
                let mut shape = facts.shape;
                // The first group is the drawing itself; its own shape is none.
                let is_object = groups.len() == if facts.is_group { 2 } else { 1 };
                objects += u32::from(is_object);
                if is_object && shape.name.is_none() {
                    shape.name = Some(format!("#{objects}"));
                }
                if facts.is_group {
                    if let Some(group) = groups.last_mut() {
                        group.name.clone_from(&shape.name);
                        if facts.is_table {
                            tables += 1;
                            group.grid = Some(grid(&drawing[at..group.end.max(at)], tables));
                        }
                    }
                } else if let Some(grid) = groups.last().and_then(|group| group.grid.as_ref())
                    && let Some((left, top)) = facts.corner
                {
                    let index =
                        |edges: &[i32], edge: i32| edges.binary_search(&edge).map_or(0, |index| index as u32 + 1);
                    shape.cell = Some((grid.table, index(&grid.tops, top), index(&grid.lefts, left)))
                        .filter(|&(_, row, column)| row > 0 && column > 0);
                }
                // What has no name of its own is called after its group.
                if shape.name.is_none() || shape.cell.is_some() {
                    let around = groups.iter().rev().find_map(|group| group.name.clone());
                    shape.name = around.or(shape.name);
                }
                shapes.push(shape);
            }
            _ => {}
        }
    }
    shapes
}

/// Where the cells of a table begin, by the boxes of the shapes in `group`.
fn grid(group: &[u8], table: u32) -> Grid {
    let (mut tops, mut lefts) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(atom) = Atom::at(group, at) {
        at = atom.end();
        if atom.kind == art::SHAPE {
            let facts = Facts::of(&atom);
            if let Some((left, top)) = facts.corner.filter(|_| !facts.is_line && !facts.deleted) {
                lefts.push(left);
                tops.push(top);
            }
        }
    }
    for edges in [&mut tops, &mut lefts] {
        edges.sort_unstable();
        edges.dedup();
    }
    Grid { table, tops, lefts }
}

/// What the records of a shape say.
#[derive(Debug, Default)]
struct Facts {
    shape: Shape,
    deleted: bool,
    is_group: bool,
    is_table: bool,
    is_line: bool,
    /// Left and top edge within its group.
    corner: Option<(i32, i32)>,
}

impl Facts {
    fn of(atom: &Atom<'_>) -> Self {
        let mut facts = Facts::default();
        for part in atom.children() {
            match part.kind {
                art::SHAPE_FACTS => {
                    let flags = part.content.get(4).copied().unwrap_or_default();
                    facts.is_group = flags & 1 != 0;
                    facts.deleted = flags & 8 != 0;
                    facts.is_line = part.instance == LINE;
                }
                art::PROPERTIES | art::FURTHER_PROPERTIES => facts.properties(&part),
                art::CHILD_ANCHOR => {
                    facts.corner = part.content.first_chunk::<8>().map(|edges| {
                        let [left, top] = [0, 4]
                            .map(|at| i32::from_le_bytes([edges[at], edges[at + 1], edges[at + 2], edges[at + 3]]));
                        (left, top)
                    });
                }
                art::CLIENT_DATA => {
                    let placeholder = part.children().find(|inner| inner.kind == kind::PLACEHOLDER);
                    facts.shape.placeholder =
                        placeholder.and_then(|atom| atom.content.get(4).copied()).map(Placeholder);
                }
                art::TEXT_BOX => facts.shape.words.extend(Words::read(part.children())),
                _ => {}
            }
        }
        facts
    }

    fn properties(&mut self, atom: &Atom<'_>) {
        for (id, value, data) in properties(atom) {
            let text = || Some(utf16_to_nul(data)).filter(|text| !text.trim().is_empty());
            match id {
                property::WORD_ART => self.shape.word_art = text(),
                property::NAME => self.shape.name = text(),
                property::DESCRIPTION => self.shape.description = text(),
                property::TABLE => self.is_table = value & 1 != 0,
                _ => {}
            }
        }
    }
}
