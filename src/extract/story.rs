//! What documents share that are a run of characters with marks in it (doc, rtf): paragraphs on their way to blocks, and
//! tables. A row of such a table is known at its end only, so the blocks of a table wait until it is complete; then the columns
//! of its grid are counted as a reader of the table would.

use std::mem;

use crate::document::{CellIndex, Decoded, DocumentBuilder, Place, Scope, Span, TablePlace};

/// Tables nested deeper than anybody does are placed by the outer ones.
pub(super) const DEEPEST: u32 = 8;
/// Edges of cells that are closer to each other are one, in twips (1/20 point).
const SAME_EDGE: i32 = 20;

/// What a text is and where its blocks are to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Part of the document.
    pub(super) part: u16,
    /// What its paragraphs are; those of the body are told apart further.
    pub(super) scope: Scope,
    /// Number of the text box that it is.
    pub(super) text_box: Option<u32>,
    /// Number of the note or comment that it is.
    pub(super) note: Option<u32>,
}

/// A block to be.
#[derive(Debug)]
pub(super) struct Pending {
    scope: Scope,
    paragraph: u32,
    /// Its way into tables, until their columns are known.
    steps: Vec<Step>,
    table: Vec<TablePlace>,
    cell: Option<CellIndex>,
    text: String,
    segments: Vec<Segment>,
}

/// A stretch of a block's text.
#[derive(Debug, Clone, Copy)]
struct Segment {
    /// Bytes of [`Pending::text`].
    length: usize,
    /// Where it stands in the text of the part.
    source: Span<Decoded>,
    /// Whether it is spelt there.
    literal: bool,
}

impl Pending {
    /// A paragraph of what is called `scope` outside tables.
    pub(super) fn new(scope: Scope, (paragraph, steps): (u32, Vec<Step>)) -> Self {
        let scope = if scope == Scope::Body && !steps.is_empty() { Scope::Cell } else { scope };
        Pending { scope, paragraph, steps, table: Vec::new(), cell: None, text: String::new(), segments: Vec::new() }
    }

    /// Adds a character; `literal` if the source spells it.
    pub(super) fn push(&mut self, value: char, source: Span<Decoded>, literal: bool) {
        let length = value.len_utf8();
        self.text.push(value);
        match self.segments.last_mut() {
            Some(last) if literal && last.literal && last.source.end == source.start => {
                last.length += length;
                last.source.end = source.end;
            }
            _ => self.segments.push(Segment { length, source, literal }),
        }
    }

    /// Bytes of text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is nothing to read in it.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether it stands in a table, so that it has to wait for its columns.
    pub(super) fn waits(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Puts the block into the document.
    pub(super) fn emit(self, builder: &mut DocumentBuilder, frame: Frame) {
        let Pending { scope, paragraph, table, cell, text, segments, .. } = self;
        let Frame { part, text_box, note, .. } = frame;
        builder.open(scope, Place::Paragraph { part, paragraph, table, text_box, note }, cell);
        let mut start = 0;
        for Segment { length, source, literal } in segments {
            let Some(text) = text.get(start..start + length) else { break };
            if literal {
                builder.literal(part, source.start, text);
            } else {
                builder.replaced(part, source, text);
            }
            start += length;
        }
        builder.close();
    }
}

/// A paragraph's way into nested tables, before columns are known.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Among the tables of its context, from 1.
    number: u32,
    /// Among the tables of the document, from 0.
    index: u32,
    /// Which of the tables that wait.
    grid: usize,
    /// Rows before this one.
    row: u32,
    /// Cells before this one in the row.
    cell: u32,
}

/// An open table; paragraphs and tables are counted in its current cell.
#[derive(Debug)]
struct Open {
    step: Step,
    counts: Counts,
}

/// What has been met in the body of a part or in a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    paragraphs: u32,
    tables: u32,
}

/// Open tables, and blocks that wait for their end.
#[derive(Debug, Default)]
pub(super) struct Tables {
    body: Counts,
    open: Vec<Open>,
    /// Edges of the cells of each row, for each table that waits.
    grids: Vec<Vec<Vec<i32>>>,
    waiting: Vec<Pending>,
}

impl Tables {
    /// Goes to where tables are nested `depth` deep; `tables` counts those of the document. Gives the blocks whose columns
    /// are known now.
    pub(super) fn enter(&mut self, depth: u32, tables: &mut u32) -> Vec<Pending> {
        let depth = depth.min(DEEPEST) as usize;
        self.open.truncate(depth);
        let done = if depth == 0 { self.finish() } else { Vec::new() };
        while self.open.len() < depth {
            let counts = self.counts();
            counts.tables = counts.tables.saturating_add(1);
            let step = Step { number: counts.tables, index: *tables, grid: self.grids.len(), row: 0, cell: 0 };
            *tables = tables.saturating_add(1);
            self.grids.push(Vec::new());
            self.open.push(Open { step, counts: Counts::default() });
        }
        done
    }

    /// Counts a paragraph: its number, and its way into tables.
    pub(super) fn paragraph(&mut self) -> (u32, Vec<Step>) {
        let counts = self.counts();
        counts.paragraphs = counts.paragraphs.saturating_add(1);
        (counts.paragraphs, self.open.iter().map(|open| open.step.clone()).collect())
    }

    /// Where something stands that hangs on the paragraph to come, outside tables.
    pub(super) fn beside(&mut self) -> (u32, Vec<Step>) {
        (self.counts().paragraphs.saturating_add(1), Vec::new())
    }

    /// The current cell ends.
    pub(super) fn end_cell(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.step.cell = open.step.cell.saturating_add(1);
            open.counts = Counts::default();
        }
    }

    /// The current row ends; `edges` are those of its cells, if they are known.
    pub(super) fn end_row(&mut self, edges: Vec<i32>) {
        if let Some(open) = self.open.last_mut() {
            open.step.row = open.step.row.saturating_add(1);
            open.step.cell = 0;
            open.counts = Counts::default();
            if let Some(grid) = self.grids.get_mut(open.step.grid) {
                grid.push(edges);
            }
        }
    }

    /// Takes a block of an open table.
    pub(super) fn wait(&mut self, pending: Pending) {
        self.waiting.push(pending);
    }

    /// All tables end: their blocks, placed.
    pub(super) fn finish(&mut self) -> Vec<Pending> {
        self.open.clear();
        let grids = mem::take(&mut self.grids);
        if grids.is_empty() {
            return Vec::new();
        }
        let edges: Vec<Vec<i32>> = grids.iter().map(|rows| edges(rows)).collect();
        let mut waiting = mem::take(&mut self.waiting);
        for pending in &mut waiting {
            for step in mem::take(&mut pending.steps) {
                let left = grids.get(step.grid).and_then(|rows| rows.get(step.row as usize)).and_then(|row| {
                    // The last edge is the end of the last cell.
                    row.get(step.cell as usize).filter(|_| (step.cell as usize) + 1 < row.len())
                });
                let column = match (left, edges.get(step.grid)) {
                    (Some(&left), Some(edges)) => edges.partition_point(|&edge| edge <= left + SAME_EDGE) as u32,
                    _ => step.cell.saturating_add(1),
                };
                let (row, column) = (step.row.saturating_add(1), column.max(1));
                pending.table.push(TablePlace { table: step.number, row, column });
                pending.cell = Some(CellIndex { table: step.index, row: row - 1, column: column - 1 });
            }
        }
        waiting
    }

    fn counts(&mut self) -> &mut Counts {
        match self.open.last_mut() {
            Some(open) => &mut open.counts,
            None => &mut self.body,
        }
    }
}

/// The edges of all cells of a table, from left to right.
fn edges(rows: &[Vec<i32>]) -> Vec<i32> {
    let mut all: Vec<i32> = rows.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let mut edges: Vec<i32> = Vec::new();
    for edge in all {
        if edges.last().is_none_or(|last| edge - last > SAME_EDGE) {
            edges.push(edge);
        }
    }
    edges
}
