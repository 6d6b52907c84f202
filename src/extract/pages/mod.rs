//! What the page-based formats share: glyphs with their places on pages, and how they become lines, cells and paragraphs.
//!
//! A format fills in [`Contents`] for each page; `layout` finds lines and cells of ruled tables, `flow` joins lines to
//! paragraphs over the ends of lines, columns and pages, `trouble` says which pages were not read in full.

pub(super) mod flow;
pub(super) mod layout;
pub(super) mod path;
pub(super) mod trouble;

use std::rc::Rc;

use hayro_font::kurbo::{Affine, Point, Rect};

use self::path::Rule;

/// Share of a page from which on a picture may hold text.
pub(super) const LARGE: f64 = 0.02;
/// Pictures of a page that are taken out of the file.
pub(super) const PICTURES: usize = 32;

/// Ruled lines of a page that are kept; a page with more is a drawing.
pub(super) const RULES: usize = 4000;

/// What a character code shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::extract) enum Shown {
    /// One character.
    Char(char),
    /// Several, such as a ligature.
    Text(Rc<str>),
    /// Nothing says what it is.
    Unknown,
}

/// What a page shows of one character code.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Glyph {
    pub(in crate::extract) shown: Shown,
    /// Box on the page, in points from its top left corner.
    pub(in crate::extract) bounds: Rect,
    /// Unit vector along the line.
    pub(in crate::extract) along: (f64, f64),
    /// Point of the baseline at which the glyph begins.
    pub(in crate::extract) origin: Point,
    /// Height of an em on the page, in points.
    pub(in crate::extract) size: f64,
    /// What marked content says about it.
    pub(in crate::extract) role: Role,
}

/// What a glyph is beside running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::extract) enum Role {
    /// Text.
    Text,
    /// Marked as belonging to the page, not to the text: running heads, page numbers.
    Pagination,
    /// Reviewer's comment.
    Comment,
}

/// What a reviewer's note says, its characters side by side in the box of the annotation: no one knows where they would stand.
pub(in crate::extract) fn note(text: &str, bounds: Rect) -> impl Iterator<Item = Glyph> {
    let count = text.chars().count().max(1) as f64;
    text.chars().enumerate().map(move |(index, character)| {
        let left = bounds.x0 + bounds.width() * index as f64 / count;
        let bounds = Rect::new(left, bounds.y0, left + bounds.width() / count, bounds.y1);
        Glyph {
            shown: Shown::Char(character),
            bounds,
            along: (1.0, 0.0),
            origin: Point::new(bounds.x0, bounds.y1),
            size: bounds.width(),
            role: Role::Comment,
        }
    })
}

/// Everything of interest on a page.
#[derive(Debug, Default)]
pub(in crate::extract) struct Contents {
    pub(in crate::extract) glyphs: Vec<Glyph>,
    pub(in crate::extract) rules: Vec<Rule>,
    /// Share of the page that pictures cover; overlaps count twice.
    pub(in crate::extract) pictures: f64,
    /// Where large pictures stand, and by what name the format knows them: OFD.
    pub(in crate::extract) drawn: Vec<(Affine, String)>,
    /// Whether large pictures were left out, because there are too many.
    pub(in crate::extract) crowded: bool,
    /// Curves and lines that were painted: text that was turned into outlines gives thousands.
    pub(in crate::extract) strokes: usize,
    /// Whether a content stream could not be decoded.
    pub(in crate::extract) damaged: bool,
    /// Whether text in hidden layers was left out.
    pub(in crate::extract) hidden: bool,
}

/// What is left of the limits of a document.
#[derive(Debug)]
pub(in crate::extract) struct Allowance {
    pub(in crate::extract) operations: u64,
    pub(in crate::extract) glyphs: u64,
    /// Largest decoded content stream.
    pub(in crate::extract) content: u64,
    /// The limit that was reached.
    pub(in crate::extract) reached: Option<&'static str>,
}

impl Allowance {
    /// Uses up one operation; `false` if a limit has been reached.
    pub(in crate::extract) fn spend(&mut self) -> bool {
        if self.operations == 0 {
            self.reached = Some("operations");
        }
        self.operations = self.operations.saturating_sub(1);
        self.reached.is_none()
    }
}
