//! Builds a [`Document`] in reading order.

use std::collections::HashSet;

use super::{Block, CellIndex, Decoded, Directive, Document, Origin, Part, Place, Scope, SegmentKind, Span};

/// Collects text, blocks and source map together, so that they cannot disagree.
///
/// Text is pushed between [`open`](Self::open) and [`close`](Self::close). A block that ends up without any text other
/// than white space leaves no trace.
#[derive(Debug, Default)]
pub struct DocumentBuilder {
    document: Document,
    open: Option<Open>,
    links: HashSet<String>,
}

#[derive(Debug)]
struct Open {
    start: usize,
    scope: Scope,
    place: Place,
    cell: Option<CellIndex>,
}

impl DocumentBuilder {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on with a document that was finished.
    pub fn resume(document: Document) -> Self {
        let links = document.links.iter().cloned().collect();
        DocumentBuilder { document, open: None, links }
    }

    /// The part that glyphs of pages belong to: the file itself.
    pub fn text_part(&mut self) -> u16 {
        match self.document.parts.iter().position(|part| part.name.is_empty()) {
            Some(index) => index as u16,
            None => self.add_part(""),
        }
    }

    /// Places on pages are in pixels: the file is a picture.
    pub fn areas_in_pixels(&mut self) {
        self.document.areas.pixels = true;
    }

    /// Registers a text that the source map will point into; gives its index.
    pub fn add_part(&mut self, name: &str) -> u16 {
        self.document.parts.push(Part { name: name.to_owned() });
        (self.document.parts.len() - 1) as u16
    }

    /// Registers a name that places refer to, such as a sheet's; gives its index.
    pub fn add_name(&mut self, name: &str) -> u16 {
        self.document.names.push(name.to_owned());
        (self.document.names.len() - 1) as u16
    }

    /// Opens a block; an open one is closed first.
    pub fn open(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>) {
        self.close();
        self.open = Some(Open { start: self.document.text.len(), scope, place, cell });
    }

    /// Whether a block is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Length of the text so far, in bytes.
    pub fn len(&self) -> usize {
        self.document.text.len()
    }

    /// Whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        self.document.text.is_empty()
    }

    /// The text of the open block so far.
    pub fn block_text(&self) -> &str {
        self.open.as_ref().map_or("", |open| &self.document.text[open.start..])
    }

    /// Text that is a literal copy of the source at `source` (offset in the decoded text of `part`).
    pub fn literal(&mut self, part: u16, source: usize, text: &str) {
        self.document.map.push(text.len(), part, Span::new(source, source + text.len()), SegmentKind::Literal);
        self.document.text.push_str(text);
    }

    /// Text that stands for the source range as a whole.
    pub fn replaced(&mut self, part: u16, source: Span<Decoded>, text: &str) {
        self.document.map.push(text.len(), part, source, SegmentKind::Replaced);
        self.document.text.push_str(text);
    }

    /// Text that the extractor puts in at a point of the source.
    pub fn inserted(&mut self, part: u16, source: usize, text: &str) {
        self.document.map.push(text.len(), part, Span::new(source, source), SegmentKind::Inserted);
        self.document.text.push_str(text);
    }

    /// Closes the open block, if any: trailing white space is dropped, an empty block vanishes.
    pub fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let length = self.document.text[open.start..].trim_end().len();
        if length == 0 {
            self.document.text.truncate(open.start);
            self.document.map.truncate(open.start);
            return;
        }
        let end = open.start + length;
        self.document.text.truncate(end);
        self.document.map.truncate(end);
        self.document.blocks.push(Block {
            span: Span::new(open.start, end),
            scope: open.scope,
            place: open.place,
            cell: open.cell,
        });
        self.document.map.push(1, 0, Span::new(0, 0), SegmentKind::Inserted);
        self.document.text.push('\n');
    }

    /// Makes room for `text` further bytes of text in `blocks` literal blocks, where it is known how many there may be: what a long
    /// text needs is then not moved when it grows.
    pub fn reserve(&mut self, text: usize, blocks: usize) {
        self.document.text.reserve(text);
        self.document.blocks.reserve(blocks);
        self.document.map.reserve(2 * blocks);
    }

    /// A whole block whose text is a literal copy of the source: [`open`](Self::open), [`literal`](Self::literal) and
    /// [`close`](Self::close) in one, for formats that have very many.
    pub fn block(
        &mut self,
        scope: Scope,
        place: Place,
        cell: Option<CellIndex>,
        (part, source): (u16, usize),
        text: &str,
    ) {
        self.close();
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let start = self.document.text.len();
        let span = Span::new(start, start + text.len());
        self.document.map.push(text.len(), part, Span::new(source, source + text.len()), SegmentKind::Literal);
        self.document.map.push(1, 0, Span::new(0, 0), SegmentKind::Inserted);
        self.document.text.push_str(text);
        self.document.text.push('\n');
        self.document.blocks.push(Block { span, scope, place, cell });
    }

    /// Records a suppression comment at the current end of the text.
    pub fn directive(&mut self, text: &str, origin: Origin) {
        let at = self.document.text.len();
        self.document.directives.push(Directive { text: text.to_owned(), at, origin });
    }

    /// Records a hyperlink; one that is already there is not repeated.
    pub fn link(&mut self, target: &str) {
        if !self.links.contains(target) {
            self.links.insert(target.to_owned());
            self.document.links.push(target.to_owned());
        }
    }

    /// What the document says about itself.
    pub fn metadata(&mut self) -> &mut super::Metadata {
        &mut self.document.metadata
    }

    /// A glyph of a page-based format: its text, and where it stands.
    pub fn glyph(&mut self, part: u16, text: &str, area: super::Area) {
        let at = self.document.areas.push(text.len(), area);
        self.literal(part, at, text);
    }

    /// Text that is put in between the glyphs of a page-based format.
    pub fn between(&mut self, part: u16, text: &str) {
        let at = self.document.areas.len();
        self.inserted(part, at, text);
    }

    /// The outline that HTML blocks refer to.
    pub fn outline(&mut self) -> &mut super::Outline {
        &mut self.document.outline
    }

    /// Closes the last block and hands the document over.
    pub fn finish(mut self) -> Document {
        self.close();
        self.document
    }
}
