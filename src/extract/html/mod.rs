//! HTML pages: blocks with scopes, inline elements joined, attributes that people read, metadata, links.

mod align;
mod tree;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use html5ever::LocalName;
use scraper::node::{Element, Node};
use scraper::{Html as Tree, Selector};

use super::paragraph::is_border;
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{CellIndex, Decoded, DocumentBuilder, DocumentDate, NodeIndex, Origin, Place, Scope, Span};
use crate::source::{Code, Kind, Limits, Notice, Source};

use align::Aligned;
pub(super) use align::align;
use tree::{Page, ReadableAttribute};

/// CSS selectors (Selectors Level 4, as far as the scraper crate goes) with the text they were written as.
#[derive(Debug, Clone, Default)]
pub struct Selectors(Vec<(String, Selector)>);

impl Selectors {
    /// Parses selectors; the error says which one cannot be read.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let parse = |text: &String| match Selector::parse(text) {
            Ok(selector) => Ok((text.clone(), selector)),
            Err(error) => Err(format!("cannot read the selector {text:?}: {error}")),
        };
        texts.iter().map(parse).collect::<Result<_, _>>().map(Selectors)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn matches(&self, html: &Tree) -> HashSet<NodeId> {
        self.0.iter().flat_map(|(_, selector)| html.select(selector).map(|element| element.id())).collect()
    }
}

/// Which parts of a page are its content.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Only these elements, if any are given. The title and metadata are always read.
    pub select: Selectors,
    /// Without these elements.
    pub exclude: Selectors,
}

/// HTML and XHTML pages.
pub(super) struct Html;

impl Format for Html {
    fn kind(&self) -> Kind {
        Kind::Html
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, true);
        let page = tree::parse(&decoded.text, &options.limits);
        if page.too_deep {
            let message = format!(
                "元素嵌套超过 {} 层，更深的标签按文字所在的外层处理，文字仍已检查。可用 --limit html-depth=… 放宽",
                options.limits.html_depth
            );
            notices.push(Notice::warning(&source.name, Code::Limit, message));
        }
        if page.too_many {
            let message = format!(
                "没有闭合的标签太多，规则要求补出的元素超过 {} 个，此后的标签不再处理，文字仍已检查。可用 --limit html-elements=… 放宽",
                options.limits.html_elements
            );
            notices.push(Notice::warning(&source.name, Code::Limit, message));
        }
        let selected = options.content.select.matches(&page.html);
        if selected.is_empty() && !options.content.select.is_empty() {
            let message = "没有元素符合 --select 的选择器，已检查整个页面。请核对选择器";
            notices.push(Notice::warning(&source.name, Code::Selector, message));
        }
        let excluded = options.content.exclude.matches(&page.html);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        Walker::new(&page, &mut builder, part, 0, selected, excluded).walk();
        let mut document = builder.finish();
        if document.metadata.title.is_none() {
            let title = document.blocks.iter().find(|block| block.scope == Scope::Title);
            document.metadata.title = title.map(|block| document.text[block.span.range()].to_owned());
        }
        Extracted { document, notices, decoded: Some(decoded) }
    }
}

/// Adds the blocks of a piece of HTML that stands at byte `base` of `part`, as in Markdown.
pub(super) fn fragment(builder: &mut DocumentBuilder, part: u16, base: usize, source: &str, limits: &Limits) {
    let page = tree::parse(source, limits);
    Walker::new(&page, builder, part, base, HashSet::new(), HashSet::new()).walk();
}

/// Elements that begin and end a block.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "head"
            | "body"
            | "title"
            | "address"
            | "article"
            | "aside"
            | "blockquote"
            | "button"
            | "caption"
            | "center"
            | "col"
            | "colgroup"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "frameset"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "marquee"
            | "menu"
            | "nav"
            | "noscript"
            | "object"
            | "ol"
            | "optgroup"
            | "option"
            | "p"
            | "plaintext"
            | "pre"
            | "search"
            | "section"
            | "select"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "textarea"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "xmp"
    )
}

/// Elements whose content is not text for people.
fn is_skipped(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "iframe" | "noembed" | "noframes")
}

/// How many children of each name an element has so far. Most have few names; many go into a map, lest the search for
/// them take quadratic time.
#[derive(Default)]
struct Children {
    few: Vec<(LocalName, u32)>,
    many: HashMap<LocalName, u32>,
}

impl Children {
    /// The ordinal of the next child called `name`, from 1.
    fn next(&mut self, name: &LocalName) -> u32 {
        const FEW: usize = 16;
        let count = match self.few.iter().position(|(child, _)| child == name) {
            Some(index) => &mut self.few[index].1,
            None if self.few.len() < FEW => {
                self.few.push((name.clone(), 0));
                let last = self.few.len() - 1;
                &mut self.few[last].1
            }
            None => self.many.entry(name.clone()).or_default(),
        };
        *count += 1;
        *count
    }
}

/// An open element.
struct Frame {
    name: LocalName,
    block: bool,
    ordinal: u32,
    /// Children so far by name, for `:nth-of-type`.
    children: Children,
    /// Index in the outline once something below it was reported there.
    node: Option<NodeIndex>,
    scope: Scope,
    preformatted: bool,
    skipped: bool,
    cell: Option<CellIndex>,
    /// Of a table: its number, current row and next column.
    table: Option<(u32, u32, u32)>,
}

/// White space or a line break that matters only if text follows in the same block.
enum Pending {
    None,
    Space(Range<usize>),
    Break,
}

struct Walker<'p, 'b> {
    page: &'p Page,
    builder: &'b mut DocumentBuilder,
    part: u16,
    /// Where the page's text begins in the part.
    base: usize,
    frames: Vec<Frame>,
    pending: Pending,
    /// Attribute texts, added after the block that they interrupt.
    deferred: Vec<(Scope, NodeIndex, Option<CellIndex>, &'p ReadableAttribute)>,
    tables: u32,
    selected: HashSet<NodeId>,
    excluded: HashSet<NodeId>,
    select_depth: usize,
    exclude_depth: usize,
    metadata: HashMap<String, String>,
}

impl<'p, 'b> Walker<'p, 'b> {
    fn new(
        page: &'p Page,
        builder: &'b mut DocumentBuilder,
        part: u16,
        base: usize,
        selected: HashSet<NodeId>,
        excluded: HashSet<NodeId>,
    ) -> Self {
        Walker {
            page,
            builder,
            part,
            base,
            frames: Vec::new(),
            pending: Pending::None,
            deferred: Vec::new(),
            tables: 0,
            selected,
            excluded,
            select_depth: 0,
            exclude_depth: 0,
            metadata: HashMap::new(),
        }
    }

    fn walk(&mut self) {
        let page = self.page;
        // The iterator keeps no call stack, so nesting cannot exhaust ours.
        for edge in page.html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => self.open(node.id(), element),
                    Node::Text(_) => self.text(node.id()),
                    Node::Comment(comment) => self.comment(node.id(), comment),
                    _ => {}
                },
                Edge::Close(node) => {
                    if node.value().is_element() {
                        self.close(node.id());
                    }
                }
            }
        }
        self.close_block();
        self.finish_metadata();
    }

    fn open(&mut self, id: NodeId, element: &'p Element) {
        let name = element.name.local.clone();
        let html = &*element.name.ns == "http://www.w3.org/1999/xhtml";
        self.select_depth += usize::from(self.selected.contains(&id));
        self.exclude_depth += usize::from(self.excluded.contains(&id));
        let block = html && is_block(&name);
        if block {
            self.close_block();
        }
        let frame = self.frame(name.clone(), block, html, element);
        self.frames.push(frame);
        match &*name {
            "br" => self.line_break(),
            "meta" => self.meta(id, element),
            "a" | "area" => self.link(element.attr("href")),
            "embed" | "iframe" => self.link(element.attr("src")),
            "object" => self.link(element.attr("data")),
            _ => {}
        }
        if &*name != "meta" && self.included() {
            let button = matches!(element.attr("type"), Some("button" | "submit" | "reset"));
            for attribute in page_attributes(self.page, id) {
                if attribute.name != "value" || button {
                    self.defer(Scope::Alt, attribute);
                }
            }
        }
    }

    fn frame(&mut self, name: LocalName, block: bool, html: bool, element: &Element) -> Frame {
        let ordinal = self.frames.last_mut().map_or(1, |parent| parent.children.next(&name));
        let parent = self.frames.last();
        let mut scope = parent.map_or(Scope::Body, |parent| parent.scope);
        let mut cell = parent.and_then(|parent| parent.cell);
        let mut table = None;
        match &*name {
            "title" if html => scope = Scope::Title,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => scope = Scope::Heading,
            "caption" | "figcaption" => scope = Scope::Caption,
            "header" => scope = Scope::Header,
            "footer" => scope = Scope::Footer,
            "table" => {
                table = Some((self.tables, 0, 0));
                self.tables += 1;
            }
            "tr" => {
                if let Some(open) = self.frames.iter_mut().rev().find_map(|frame| frame.table.as_mut()) {
                    open.1 += 1;
                    open.2 = 0;
                }
            }
            "td" | "th" => {
                scope = Scope::Cell;
                if let Some(open) = self.frames.iter_mut().rev().find_map(|frame| frame.table.as_mut()) {
                    cell = Some(CellIndex { table: open.0, row: open.1.saturating_sub(1), column: open.2 });
                    let span = element.attr("colspan").and_then(|span| span.trim().parse().ok()).unwrap_or(1u32);
                    open.2 = open.2.saturating_add(span.clamp(1, 1000));
                }
            }
            _ => {}
        }
        let parent = self.frames.last();
        Frame {
            preformatted: parent.is_some_and(|parent| parent.preformatted)
                || matches!(&*name, "pre" | "textarea" | "listing" | "xmp"),
            skipped: parent.is_some_and(|parent| parent.skipped) || is_skipped(&name),
            name,
            block,
            ordinal,
            children: Children::default(),
            node: None,
            scope,
            cell,
            table,
        }
    }

    fn close(&mut self, id: NodeId) {
        self.select_depth -= usize::from(self.selected.contains(&id));
        self.exclude_depth -= usize::from(self.excluded.contains(&id));
        if self.frames.last().is_some_and(|frame| frame.block) {
            self.close_block();
        }
        self.frames.pop();
    }

    /// Whether text at this point is part of what is checked.
    fn included(&self) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let selected = self.selected.is_empty() || self.select_depth > 0 || frame.scope == Scope::Title;
        selected && self.exclude_depth == 0 && !frame.skipped
    }

    /// Outline index of the open element at `depth`; its ancestors are added as needed.
    fn outline_node(&mut self, depth: usize) -> NodeIndex {
        let mut parent = None;
        for frame in &mut self.frames[..=depth] {
            let node = match frame.node {
                Some(node) => node,
                None => self.builder.outline().add(parent, &frame.name, frame.ordinal),
            };
            frame.node = Some(node);
            parent = Some(node);
        }
        parent.unwrap_or_else(|| self.builder.outline().add(None, "html", 1))
    }

    fn open_block(&mut self) {
        let depth = self.frames.iter().rposition(|frame| frame.block).unwrap_or(0);
        let node = self.outline_node(depth);
        let (scope, cell) = self.frames.get(depth).map_or((Scope::Body, None), |frame| (frame.scope, frame.cell));
        self.builder.open(scope, Place::Text { node: Some(node) }, cell);
    }

    fn close_block(&mut self) {
        self.builder.close();
        self.pending = Pending::None;
        for (scope, node, cell, attribute) in std::mem::take(&mut self.deferred) {
            self.builder.open(scope, Place::Text { node: Some(node) }, cell);
            self.push_segments(&attribute.value, &attribute.segments);
            self.builder.close();
        }
    }

    fn defer(&mut self, scope: Scope, attribute: &'p ReadableAttribute) {
        if attribute.value.trim().is_empty() {
            return;
        }
        let node = self.outline_node(self.frames.len() - 1);
        let cell = self.frames.last().and_then(|frame| frame.cell);
        self.deferred.push((scope, node, cell, attribute));
        if !self.builder.is_open() {
            self.close_block();
        }
    }

    fn line_break(&mut self) {
        if !self.included() || !self.builder.is_open() {
            return;
        }
        if matches!(self.pending, Pending::Break) {
            self.close_block();
        } else {
            self.pending = Pending::Break;
        }
    }

    fn text(&mut self, id: NodeId) {
        if !self.included() {
            return;
        }
        let page = self.page;
        let Some(ranges) = page.text_nodes.get(&id) else { return };
        let preformatted = self.frames.last().is_some_and(|frame| frame.preformatted);
        for range in ranges {
            for (piece, aligned) in page.segments(range) {
                let text = &page.text[piece];
                if preformatted {
                    self.preformatted(text, aligned);
                } else {
                    self.flowing(text, aligned);
                }
            }
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
        let collapsible = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0C');
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let blank = rest.len() - rest.trim_start_matches(collapsible).len();
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
            let length = rest.find(collapsible).unwrap_or(rest.len());
            let word = &rest[..length];
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

    fn push_segments(&mut self, text: &str, segments: &[Aligned]) {
        let mut at = 0;
        for &segment in segments {
            self.push(&text[at..at + segment.length], segment, 0);
            at += segment.length;
        }
    }

    /// A range of the page's text as a range of the part.
    fn source(&self, start: usize, end: usize) -> Span<Decoded> {
        Span::new(self.base + start, self.base + end)
    }

    fn comment(&mut self, id: NodeId, comment: &str) {
        let text = comment.trim();
        if text.starts_with("zhengming-") {
            let range = self.page.comments.get(&id).cloned().unwrap_or(0..0);
            self.builder.directive(text, Origin { part: self.part, span: self.source(range.start, range.end) });
        }
    }

    fn link(&mut self, target: Option<&str>) {
        if let Some(target) = target {
            self.builder.link(target);
        }
    }

    fn meta(&mut self, id: NodeId, element: &Element) {
        let name = element.attr("name").or_else(|| element.attr("property")).unwrap_or_default().to_ascii_lowercase();
        let Some(content) = element.attr("content") else { return };
        if self.exclude_depth == 0
            && matches!(&*name, "description" | "keywords" | "articletitle" | "og:title" | "og:description")
        {
            for attribute in page_attributes(self.page, id) {
                if attribute.name == "content" {
                    self.defer(Scope::Meta, attribute);
                }
            }
        }
        self.metadata.entry(name).or_insert_with(|| content.trim().to_owned());
    }

    fn finish_metadata(&mut self) {
        let take =
            |names: &[&str]| names.iter().find_map(|name| self.metadata.get(*name).filter(|value| !value.is_empty()));
        let title = take(&["articletitle", "og:title"]).cloned();
        let source = take(&["contentsource", "source"]).cloned();
        let dates = [
            "pubdate",
            "publishdate",
            "publish_date",
            "firstpublishedtime",
            "article:published_time",
            "date",
            "dc.date",
        ];
        let published = dates.iter().find_map(|name| {
            let label = if *name == "pubdate" { "PubDate" } else { name };
            DocumentDate::parse(self.metadata.get(*name)?, &format!("meta {label}"))
        });
        let metadata = self.builder.metadata();
        // A piece of HTML in Markdown leaves alone what the front matter says.
        metadata.title = metadata.title.take().or(title);
        metadata.source = metadata.source.take().or(source);
        metadata.published = metadata.published.take().or(published);
    }
}

fn page_attributes(page: &Page, id: NodeId) -> &[ReadableAttribute] {
    page.attributes.get(&id).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
