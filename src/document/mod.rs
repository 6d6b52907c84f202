//! What extraction gives: text in blocks, its metadata, and a source map back to where it came from.

mod area;
mod builder;
mod date;
mod lines;
mod map;
mod outline;
mod scope;
mod span;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use area::{Area, Areas};
pub use builder::DocumentBuilder;
pub use lines::{LineIndex, Position};
pub use map::{Origin, SegmentKind, SourceMap};
pub use outline::{NodeIndex, Outline};
pub use scope::Scope;
pub use span::{Decoded, Folded, Span, Text};

/// Characters of a title that are shown.
const TITLE: usize = 80;

/// The readable text of one source.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Document {
    /// The text of all blocks, each followed by one LF that belongs to none.
    pub text: String,
    /// Paragraphs, headings, cells …, in reading order. Nothing that is matched crosses from one to the next.
    pub blocks: Vec<Block>,
    /// From every range of [`text`](Self::text) to its source.
    pub map: SourceMap,
    /// The texts that the source map points into: the file itself, or the parts of a package.
    pub parts: Vec<Part>,
    /// Names of sheets, slides, …: what [`Place`] refers to by index.
    pub names: Vec<String>,
    /// Where the characters stand on their pages, for page-based formats.
    pub areas: Areas,
    /// What the blocks of HTML, XML and JSON stand in, for paths to them.
    pub outline: Outline,
    /// Title, date, source as the document states them.
    pub metadata: Metadata,
    /// The date by which it is judged: `None` until [`date_from`](Self::date_from) chose one, or if there is none.
    pub date: Option<DocumentDate>,
    /// Index of the first block whose text was recognised in pictures, if any was; all that follow were too.
    pub recognised_from: Option<usize>,
    /// Suppression comments, in text order.
    pub directives: Vec<Directive>,
    /// Hyperlinks as written, in document order, without duplicates.
    pub links: Vec<String>,
}

/// One text that a source map points into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name inside the package (`word/document.xml`); empty when the source is one text.
    pub name: String,
}

/// A paragraph, heading, cell …
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Block {
    /// Its text.
    pub span: Span<Text>,
    /// What it is.
    pub scope: Scope,
    /// Where a person finds it.
    pub place: Place,
    /// Its position in a table, where it stands in one.
    pub cell: Option<CellIndex>,
}

/// Where a block stands, in the terms of its format. Numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A text: the source map says it all. HTML blocks also know their element.
    Text {
        /// Element in the [`Outline`].
        node: Option<NodeIndex>,
    },
    /// A field of delimiter-separated values.
    Field {
        /// Record from 1.
        row: u32,
        /// Field from 1.
        column: u32,
    },
    /// A string in JSON.
    Pointer {
        /// Member or element in the [`Outline`]; `None` if the string is all that its line or file holds. In JSON Lines every
        /// record begins anew.
        node: Option<NodeIndex>,
    },
    /// An element or attribute of an XML document.
    Path {
        /// Element or attribute in the [`Outline`].
        node: NodeIndex,
    },
    /// A cue of subtitles.
    Cue {
        /// Its number as the file has it, else which one it is.
        number: u32,
        /// When it appears, in milliseconds.
        start: u64,
    },
    /// A paragraph of a word-processing document.
    Paragraph {
        /// Index into [`Document::parts`].
        part: u16,
        /// Which paragraph of the part's body, of the table cell or of the text box.
        paragraph: u32,
        /// Table path from the outside in: table number, row, column.
        table: Vec<TablePlace>,
        /// Number of the text box in the part, if inside one.
        text_box: Option<u32>,
        /// Id of the footnote, endnote or comment, as the part numbers them.
        note: Option<u32>,
    },
    /// A spreadsheet cell.
    Cell {
        /// Index of the sheet's name in [`Document::names`].
        sheet: u16,
        /// Row from 1.
        row: u32,
        /// Column from 1.
        column: u32,
    },
    /// A text that belongs to a sheet as a whole: its name, header or footer.
    Sheet {
        /// Index of the sheet's name in [`Document::names`].
        sheet: u16,
    },
    /// A paragraph on a slide.
    Shape {
        /// Which slide, in the order of the presentation.
        slide: u32,
        /// What belongs to the slide and is not drawn on it alone.
        on: Option<Backdrop>,
        /// Index of the shape's name in [`Document::names`], if it stands in a shape that has one.
        shape: Option<u16>,
        /// Which paragraph of the shape, of the table cell, of the chart or of the comment.
        paragraph: u32,
        /// Row and column, if it stands in a table.
        cell: Option<TablePlace>,
    },
    /// Text on pages: [`Document::areas`] says it all.
    Page,
    /// A document property.
    Property {
        /// Index into [`Document::parts`].
        part: u16,
        /// Name of the property, such as `dc:title`.
        name: Cow<'static, str>,
    },
}

/// What a text of a slide stands on, other than the slide itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backdrop {
    /// The page with the speaker's notes.
    Notes,
    /// The master or layout, which several slides may share; the slide is the first of them.
    Master,
}

/// One step of a path into nested tables; all numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePlace {
    /// Which table of the part (or of the outer cell).
    pub table: u32,
    /// Row.
    pub row: u32,
    /// Column, merged columns counted.
    pub column: u32,
}

/// Position of a block in a table of its document; numbers count from 0. Used to find a column's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellIndex {
    /// Which table of the document.
    pub table: u32,
    /// Row.
    pub row: u32,
    /// Column.
    pub column: u32,
}

/// What a document says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Title.
    pub title: Option<String>,
    /// Date of publication, as a page's metadata or a front matter states it.
    pub published: Option<DocumentDate>,
    /// When the file was last saved, as its properties have it.
    pub saved: Option<DocumentDate>,
    /// Who published it, as the page states it (`ContentSource`).
    pub source: Option<String>,
}

/// A date and where it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDate {
    /// ISO 8601 date, `yyyy-mm-dd`.
    #[serde(rename = "value")]
    pub date: String,
    /// Where it was read, such as `meta PubDate`; every value is listed in `docs/output.md`.
    pub from: String,
}

/// A suppression comment as it stands in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Content of the comment.
    pub text: String,
    /// Offset in [`Document::text`] at which it takes effect.
    pub at: usize,
    /// Where the comment itself stands, for messages about it.
    pub origin: Origin,
}

impl Document {
    /// Chooses the date by which the document is judged from what it says itself, from the `name` chain of its source
    /// and from what is known `outside`, such as the date of a page that links to it. The order: `docs/output.md`.
    pub fn date_from(&mut self, name: &str, outside: Option<&DocumentDate>) {
        self.date = date::of(self, name, outside);
    }

    /// What a person calls the document by: its stated title, else its first heading, else its first words. Long numbers are
    /// hidden.
    pub fn title(&self) -> Option<String> {
        self.title_without([])
    }

    /// The same; none, if one of `secrets` stands in it.
    pub(crate) fn title_without<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) -> Option<String> {
        let first = |wanted: fn(Scope) -> bool| {
            let mut blocks = self.blocks.iter().filter(|block| wanted(block.scope));
            blocks.find_map(|block| Some(self.text.get(block.span.range())?.trim()).filter(|text| !text.is_empty()))
        };
        let stated = self.metadata.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        let title = stated
            .or_else(|| first(|scope| matches!(scope, Scope::Title | Scope::Heading)))
            .or_else(|| first(|scope| matches!(scope, Scope::Body | Scope::Cell | Scope::Caption)))?;
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        if secrets.into_iter().any(|secret| bare(title).contains(&bare(secret))) {
            return None;
        }
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = crate::judge::without_long_numbers(&title);
        Some(match title.char_indices().nth(TITLE) {
            Some((at, _)) => format!("{}…", &title[..at]),
            None => title,
        })
    }

    /// The block that holds text offset `offset`.
    pub fn block_at(&self, offset: usize) -> Option<&Block> {
        let index = self.blocks.partition_point(|block| block.span.start <= offset).checked_sub(1)?;
        self.blocks.get(index).filter(|block| offset <= block.span.end)
    }
}
