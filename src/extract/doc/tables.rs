//! Tables of a story. A row of a table in a compound document is known at its end only, so the blocks of a table wait until
//! it is complete; then the columns of its grid are counted as a reader of the table would.

use std::mem;

use super::stories::Pending;
use crate::document::{CellIndex, TablePlace};

/// Tables nested deeper than anybody does are placed by the outer ones.
pub(super) const DEEPEST: u32 = 8;
/// Edges of cells that are closer to each other are one, in twips (1/20 point).
const SAME_EDGE: i32 = 20;

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
