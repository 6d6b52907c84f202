//! From elements and text in tree order to the blocks of a document.
//!
//! Both readers of HTML – the one that builds the tree and the one that does without – call the same functions here, so what
//! counts as a block, how white space collapses and what becomes of attributes is decided once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::align::Aligned;
use super::names::{Name, Names, Traits};
use crate::document::{CellIndex, Decoded, DocumentBuilder, DocumentDate, NodeIndex, Origin, Place, Scope, Span};
use crate::extract::paragraph::is_border;

/// An attribute value that people read.
#[derive(Debug, Clone)]
pub(super) struct Readable<'s> {
    pub(super) sort: Sort,
    pub(super) value: Cow<'s, str>,
    pub(super) segments: Segments,
}

/// Where a value came from.
#[derive(Debug, Clone)]
pub(super) enum Segments {
    /// All of it stands at this byte of the source.
    Literal(usize),
    /// In pieces, whose lengths add up to its own.
    Pieces(Vec<Aligned>),
}

/// When people read an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Always: `title`, `alt`, `aria-label`, `placeholder`.
    Shown,
    /// `value`, if the element is a button.
    Value,
    /// `content` of `<meta>`, if it describes the page.
    Content,
}

impl Sort {
    /// What the attribute `name` of the element `tag` is, if people read it.
    pub(super) fn of(tag: &str, name: &str) -> Option<Sort> {
        match name {
            "title" | "alt" | "aria-label" | "placeholder" => Some(Sort::Shown),
            "content" if tag == "meta" => Some(Sort::Content),
            "value" if tag == "input" => Some(Sort::Value),
            _ => None,
        }
    }
}

/// What matters of a start tag beside its name.
#[derive(Debug, Default)]
pub(super) struct Attributes<'s> {
    /// In the order in which they are written.
    pub(super) readable: Vec<Readable<'s>>,
    /// Target of the link, for the elements of [`link_attribute`].
    pub(super) link: Option<Cow<'s, str>>,
    /// `colspan` of a cell, as written.
    pub(super) colspan: Option<Cow<'s, str>>,
    /// Whether `type` makes it a button.
    pub(super) button: bool,
    /// Of `<meta>`: `name` or `property` (empty if there is neither) and `content`.
    pub(super) meta: Option<(String, Cow<'s, str>)>,
}

/// The attribute that holds the target of a link.
pub(super) fn link_attribute(name: Name) -> Option<&'static str> {
    match name {
        Name::A | Name::AREA => Some("href"),
        Name::EMBED | Name::IFRAME => Some("src"),
        Name::OBJECT => Some("data"),
        _ => None,
    }
}

/// Whether `type="{value}"` makes an `<input>` a button.
pub(super) fn is_button(value: &str) -> bool {
    matches!(value, "button" | "submit" | "reset")
}

/// Names of `<meta>` whose content is kept as metadata.
const METADATA: [&str; 11] = [
    "articletitle",
    "og:title",
    "contentsource",
    "source",
    "pubdate",
    "publishdate",
    "publish_date",
    "firstpublishedtime",
    "article:published_time",
    "date",
    "dc.date",
];

/// How many children of each name the open elements have so far. All open elements share one stack: only the innermost adds to
/// its own part, which lies on top. Most elements have few names among their children; what goes beyond goes into a map, lest
/// the search take quadratic time.
#[derive(Debug, Default)]
struct Children {
    few: Vec<(Name, u32)>,
    many: HashMap<(u32, Name), u32>,
}

impl Children {
    /// The ordinal, from 1, of the next child called `name` of the element with number `parent`, whose part of the stack begins
    /// at `start`.
    fn next(&mut self, parent: u32, start: usize, name: Name) -> u32 {
        const FEW: usize = 16;
        let count = match self.few[start..].iter().position(|(child, _)| *child == name) {
            Some(index) => &mut self.few[start + index].1,
            None if self.few.len() - start < FEW => {
                self.few.push((name, 0));
                let last = self.few.len() - 1;
                &mut self.few[last].1
            }
            None => self.many.entry((parent, name)).or_default(),
        };
        *count += 1;
        *count
    }
}

/// An open element.
#[derive(Debug)]
struct Frame {
    name: Name,
    /// Number of the element in the page.
    number: u32,
    ordinal: u32,
    /// Where its part of [`Children::few`] begins.
    children: usize,
    /// Index in the outline once something below it was reported there.
    node: Option<NodeIndex>,
    scope: Scope,
    cell: Option<CellIndex>,
    block: bool,
    preformatted: bool,
    skipped: bool,
    selected: bool,
    excluded: bool,
    /// Whether text at this point is part of what is checked.
    included: bool,
    /// Depth of the innermost block.
    block_at: usize,
    /// Index of the innermost table in [`Blocks::tables`].
    table: Option<usize>,
}

/// A table that was opened: its current row, from 1, and next column.
#[derive(Debug, Clone, Copy, Default)]
struct Table {
    row: u32,
    column: u32,
}

/// White space or a line break that matters only if text follows in the same block.
#[derive(Debug)]
enum Pending {
    None,
    Space(Range<usize>),
    Break,
}

/// Makes blocks of what it is told.
#[derive(Debug)]
pub(super) struct Blocks<'b, 's> {
    builder: &'b mut DocumentBuilder,
    pub(super) names: Names,
    part: u16,
    /// Where the page's text begins in the part.
    base: usize,
    frames: Vec<Frame>,
    children: Children,
    pending: Pending,
    /// Attribute texts, added after the block that they interrupt.
    deferred: Vec<(Scope, NodeIndex, Option<CellIndex>, Readable<'s>)>,
    tables: Vec<Table>,
    /// Elements opened so far.
    elements: u32,
    /// Whether only selected elements count.
    selecting: bool,
    metadata: Vec<(&'static str, String)>,
}

impl<'b, 's> Blocks<'b, 's> {
    /// Adds to `builder` what stands at byte `base` of `part`. With `selecting`, only the text of selected elements counts.
    pub(super) fn new(builder: &'b mut DocumentBuilder, part: u16, base: usize, selecting: bool) -> Self {
        Blocks {
            builder,
            names: Names::default(),
            part,
            base,
            frames: Vec::new(),
            children: Children::default(),
            pending: Pending::None,
            deferred: Vec::new(),
            tables: Vec::new(),
            elements: 0,
            selecting,
            metadata: Vec::new(),
        }
    }

    /// Number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Number of elements opened so far.
    pub(super) fn elements(&self) -> u32 {
        self.elements
    }

    /// Whether a block is open, so that white space may matter.
    pub(super) fn is_open(&self) -> bool {
        self.builder.is_open()
    }

    /// Opens an element. `html` says whether it is of HTML's namespace, `marked` whether it is selected and whether it is
    /// excluded.
    pub(super) fn open(
        &mut self,
        name: Name,
        html: bool,
        attributes: Option<Box<Attributes<'s>>>,
        marked: (bool, bool),
    ) {
        if html && name.is(Traits::BLOCK) {
            self.close_block();
        }
        let colspan = attributes.as_ref().and_then(|attributes| attributes.colspan.as_deref());
        let frame = self.frame(name, html, colspan, marked);
        let included = frame.included;
        self.frames.push(frame);
        if name == Name::BR {
            self.line_break();
        }
        let Some(attributes) = attributes else { return };
        if let Some(link) = &attributes.link {
            self.builder.link(link);
        }
        if name == Name::META {
            self.meta(*attributes);
        } else if included {
            for readable in attributes.readable {
                if readable.sort == Sort::Shown || attributes.button {
                    self.defer(Scope::Alt, readable);
                }
            }
        }
    }

    fn frame(&mut self, name: Name, html: bool, colspan: Option<&str>, (selected, excluded): (bool, bool)) -> Frame {
        let parent = self.frames.last();
        let ordinal = parent.map_or(1, |parent| self.children.next(parent.number, parent.children, name));
        let number = self.elements;
        self.elements += 1;
        let block = html && name.is(Traits::BLOCK);
        let mut frame = Frame {
            name,
            number,
            ordinal,
            children: self.children.few.len(),
            node: None,
            scope: parent.map_or(Scope::Body, |parent| parent.scope),
            cell: parent.and_then(|parent| parent.cell),
            block,
            preformatted: name.is(Traits::PREFORMATTED) || parent.is_some_and(|parent| parent.preformatted),
            skipped: name.is(Traits::SKIPPED) || parent.is_some_and(|parent| parent.skipped),
            selected: selected || parent.is_some_and(|parent| parent.selected),
            excluded: excluded || parent.is_some_and(|parent| parent.excluded),
            included: true,
            block_at: if block { self.frames.len() } else { parent.map_or(0, |parent| parent.block_at) },
            table: parent.and_then(|parent| parent.table),
        };
        match name {
            Name::TITLE if html => frame.scope = Scope::Title,
            Name::CAPTION | Name::FIGCAPTION => frame.scope = Scope::Caption,
            Name::HEADER => frame.scope = Scope::Header,
            Name::FOOTER => frame.scope = Scope::Footer,
            Name::TABLE => {
                frame.table = Some(self.tables.len());
                self.tables.push(Table::default());
            }
            Name::TR => {
                if let Some(table) = frame.table.and_then(|index| self.tables.get_mut(index)) {
                    table.row += 1;
                    table.column = 0;
                }
            }
            Name::TD | Name::TH => {
                frame.scope = Scope::Cell;
                if let Some((index, table)) =
                    frame.table.and_then(|index| Some((index as u32, self.tables.get_mut(index)?)))
                {
                    let column = table.column;
                    frame.cell = Some(CellIndex { table: index, row: table.row.saturating_sub(1), column });
                    let span = colspan.and_then(|span| span.trim().parse().ok()).unwrap_or(1u32);
                    table.column = column.saturating_add(span.clamp(1, 1000));
                }
            }
            name if name.is(Traits::HEADING) => frame.scope = Scope::Heading,
            _ => {}
        }
        let selected = !self.selecting || frame.selected || frame.scope == Scope::Title;
        frame.included = selected && !frame.excluded && !frame.skipped;
        frame
    }

    /// Closes the innermost element.
    pub(super) fn close(&mut self) {
        if self.frames.last().is_some_and(|frame| frame.block) {
            self.close_block();
        }
        if let Some(frame) = self.frames.pop() {
            self.children.few.truncate(frame.children);
        }
    }

    /// Outline index of the open element at `depth`; its ancestors are added as needed.
    fn outline_node(&mut self, depth: usize) -> NodeIndex {
        let known = self.frames[..=depth].iter().rposition(|frame| frame.node.is_some());
        let mut parent = known.and_then(|known| self.frames[known].node);
        for frame in &mut self.frames[known.map_or(0, |known| known + 1)..=depth] {
            let node = self.builder.outline().add(parent, self.names.text(frame.name), frame.ordinal);
            frame.node = Some(node);
            parent = Some(node);
        }
        parent.unwrap_or_else(|| self.builder.outline().add(None, "html", 1))
    }

    fn open_block(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let depth = frame.block_at;
        let (scope, cell) = (self.frames[depth].scope, self.frames[depth].cell);
        let node = self.outline_node(depth);
        self.builder.open(scope, Place::Text { node: Some(node) }, cell);
    }

    fn close_block(&mut self) {
        self.builder.close();
        self.pending = Pending::None;
        if self.deferred.is_empty() {
            return;
        }
        let mut deferred = std::mem::take(&mut self.deferred);
        for (scope, node, cell, readable) in deferred.drain(..) {
            self.builder.open(scope, Place::Text { node: Some(node) }, cell);
            match readable.segments {
                Segments::Literal(start) => self.builder.literal(self.part, self.base + start, &readable.value),
                Segments::Pieces(pieces) => {
                    let mut at = 0;
                    for segment in pieces {
                        self.push(&readable.value[at..at + segment.length], segment, 0);
                        at += segment.length;
                    }
                }
            }
            self.builder.close();
        }
        self.deferred = deferred;
    }

    fn defer(&mut self, scope: Scope, readable: Readable<'s>) {
        if readable.value.trim().is_empty() {
            return;
        }
        let node = self.outline_node(self.frames.len() - 1);
        let cell = self.frames.last().and_then(|frame| frame.cell);
        self.deferred.push((scope, node, cell, readable));
        if !self.builder.is_open() {
            self.close_block();
        }
    }

    fn line_break(&mut self) {
        if !self.frames.last().is_some_and(|frame| frame.included) || !self.builder.is_open() {
            return;
        }
        if matches!(self.pending, Pending::Break) {
            self.close_block();
        } else {
            self.pending = Pending::Break;
        }
    }

    /// Text of the innermost element.
    pub(super) fn text(&mut self, text: &str, aligned: Aligned) {
        match self.frames.last() {
            Some(frame) if frame.included && frame.preformatted => self.preformatted(text, aligned),
            Some(frame) if frame.included => self.flowing(text, aligned),
            _ => {}
        }
    }

    /// Text in which white space is as written: a blank line or an indent begins a new block.
    fn preformatted(&mut self, text: &str, aligned: Aligned) {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0
                && self.builder.is_open()
                && (line.trim().is_empty() || is_border(self.builder.block_text(), line))
            {
                self.close_block();
            }
            let indent = if self.builder.is_open() { 0 } else { line.len() - line.trim_start().len() };
            if indent < line.len() {
                if !self.builder.is_open() {
                    self.open_block();
                }
                self.push(&line[indent..], aligned, at + indent);
            }
            at += line.len();
        }
    }

    /// Text in which runs of white space count as one blank.
    fn flowing(&mut self, text: &str, aligned: Aligned) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let blank = bytes[at..].iter().take_while(|byte| collapses(**byte)).count();
            if blank > 0 {
                if self.builder.is_open() && matches!(self.pending, Pending::None) {
                    let (start, end) = if aligned.literal {
                        (aligned.start + at, aligned.start + at + blank)
                    } else {
                        (aligned.start, aligned.end)
                    };
                    self.pending = Pending::Space(start..end);
                }
                at += blank;
                continue;
            }
            let length = word_length(&bytes[at..]);
            let word = &text[at..at + length];
            let source = if aligned.literal { aligned.start + at } else { aligned.start };
            match std::mem::replace(&mut self.pending, Pending::None) {
                Pending::None => {}
                Pending::Space(range) => {
                    self.builder.replaced(self.part, self.source(range.start, range.end), " ");
                }
                Pending::Break if is_border(self.builder.block_text(), word) => self.close_block(),
                Pending::Break => self.builder.inserted(self.part, self.base + source, "\n"),
            }
            if !self.builder.is_open() {
                self.open_block();
            }
            self.push(word, aligned, at);
            at += length;
        }
    }

    /// Adds `text`, which stands `at` bytes into the text of `aligned`.
    fn push(&mut self, text: &str, aligned: Aligned, at: usize) {
        if aligned.literal {
            self.builder.literal(self.part, self.base + aligned.start + at, text);
        } else {
            self.builder.replaced(self.part, self.source(aligned.start, aligned.end), text);
        }
    }

    /// A range of the page's text as a range of the part.
    fn source(&self, start: usize, end: usize) -> Span<Decoded> {
        Span::new(self.base + start, self.base + end)
    }

    /// A comment and where it stands.
    pub(super) fn comment(&mut self, comment: &str, range: Range<usize>) {
        let text = comment.trim();
        if is_directive(text) {
            self.builder.directive(text, Origin { part: self.part, span: self.source(range.start, range.end) });
        }
    }

    fn meta(&mut self, attributes: Attributes<'s>) {
        let Some((name, content)) = attributes.meta else { return };
        if self.frames.last().is_some_and(|frame| !frame.excluded)
            && matches!(&*name, "description" | "keywords" | "articletitle" | "og:title" | "og:description")
        {
            for readable in attributes.readable {
                if readable.sort == Sort::Content {
                    self.defer(Scope::Meta, readable);
                }
            }
        }
        if let Some(name) = METADATA.into_iter().find(|known| *known == name)
            && !self.metadata.iter().any(|(known, _)| *known == name)
        {
            self.metadata.push((name, content.trim().to_owned()));
        }
    }

    /// Closes what is open and hands the metadata over.
    pub(super) fn finish(mut self) {
        while !self.frames.is_empty() {
            self.close();
        }
        self.close_block();
        let find = |name: &str| self.metadata.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let take = |names: &[&str]| names.iter().find_map(|name| find(name).filter(|value| !value.is_empty()).cloned());
        let title = take(&["articletitle", "og:title"]);
        let source = take(&["contentsource", "source"]);
        let published = METADATA[4..].iter().find_map(|name| {
            let label = if *name == "pubdate" { "PubDate" } else { name };
            DocumentDate::parse(find(name)?, &format!("meta {label}"))
        });
        let metadata = self.builder.metadata();
        // A piece of HTML in Markdown leaves alone what the front matter says.
        metadata.title = metadata.title.take().or(title);
        metadata.source = metadata.source.take().or(source);
        metadata.published = metadata.published.take().or(published);
    }
}

/// Whether a comment, trimmed, is one of this program's.
pub(super) fn is_directive(comment: &str) -> bool {
    comment.starts_with("zhengming-")
}

/// White space of HTML, runs of which count as one blank.
pub(super) fn collapses(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0C')
}

/// Length of the beginning of `bytes` that holds no white space of HTML.
fn word_length(bytes: &[u8]) -> usize {
    /// Bytes looked at in one step, which the compiler makes a few vector instructions of.
    const STEP: usize = 16;
    let mut at = 0;
    while let Some(step) = bytes.get(at..at + STEP) {
        if step.iter().fold(false, |found, byte| found | (*byte <= b' '))
            && let Some(found) = step.iter().position(|byte| collapses(*byte))
        {
            return at + found;
        }
        at += STEP;
    }
    bytes[at..].iter().position(|byte| collapses(*byte)).map_or(bytes.len(), |found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_many_names_are_counted() {
        let mut children = Children::default();
        let mut names = Names::default();
        let names: Vec<Name> = (0..20).map(|index| names.name(&format!("z{index}"))).collect();
        for ordinal in 1..4 {
            assert!(names.iter().all(|name| children.next(7, 0, *name) == ordinal));
        }
        assert_eq!(children.next(8, children.few.len(), names[19]), 1);
    }

    #[test]
    fn words_end_at_white_space() {
        for length in 0..40 {
            let word = "\x0B".repeat(length);
            assert_eq!(word_length(word.as_bytes()), length);
            assert_eq!(word_length(format!("{word}\x0C国").as_bytes()), length);
        }
    }
}
