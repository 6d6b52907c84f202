//! HTML parsed once, by the HTML5 rules, with positions.
//!
//! html5gum tokenizes and knows where it is in the source; html5ever's tree builder decides where everything belongs;
//! scraper's tree holds the result, so that its selectors work on it. Between tokenizer and tree builder, text is
//! aligned with the source; between tree builder and tree, each text node learns which of that text it received. What
//! the tree builder moves, delays or drops (foster parenting, text in tables, the line feed after `<pre>`) moves,
//! delays or drops the positions with it.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::ops::Range;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, Namespace, QualName};
use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State, Tokenizer};
use scraper::node::{Element, Node};
use scraper::{Html, HtmlTreeSink};

use super::align::{Aligned, align};
use super::blocks::{Attributes, Blocks, Readable, Segments, Sort, is_button, link_attribute};
use super::names::Name;
use crate::source::Limits;

/// Attributes kept of one tag; a page with more of them is hostile.
const MAX_ATTRIBUTES: usize = 1000;

/// A parsed page.
pub(super) struct Page {
    /// The tree.
    pub(super) html: Html,
    /// All decoded text in source order; text nodes refer to it.
    text: String,
    /// Where `text` came from, in its order.
    segments: Vec<(usize, Aligned)>,
    /// Which ranges of `text` make up a text node.
    text_nodes: HashMap<NodeId, Vec<Range<usize>>>,
    /// Source ranges of comments.
    comments: HashMap<NodeId, Range<usize>>,
    /// Attributes that hold readable text, by element.
    attributes: HashMap<NodeId, Vec<Readable<'static>>>,
    /// Whether start tags were ignored because of the depth limit.
    pub(super) too_deep: bool,
    /// Whether tags were ignored because of the limit on elements.
    pub(super) too_many: bool,
}

impl Page {
    /// Makes blocks of the tree. The text of `excluded` elements does not count.
    pub(super) fn walk(
        mut self,
        mut blocks: Blocks<'_, 'static>,
        selected: &HashSet<NodeId>,
        excluded: &HashSet<NodeId>,
    ) {
        let mut attributes = std::mem::take(&mut self.attributes);
        // The iterator keeps no call stack, so nesting cannot exhaust ours.
        for edge in self.html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        let name = blocks.names.exact(&element.name.local);
                        let html = &*element.name.ns == "http://www.w3.org/1999/xhtml";
                        let readable = attributes.remove(&node.id()).unwrap_or_default();
                        let marked = (selected.contains(&node.id()), excluded.contains(&node.id()));
                        blocks.open(name, html, Some(Box::new(attributes_of(name, element, readable))), marked);
                    }
                    Node::Text(_) => self.text_of(node.id(), &mut blocks),
                    Node::Comment(comment) => {
                        blocks.comment(comment, self.comments.get(&node.id()).cloned().unwrap_or(0..0));
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    if node.value().is_element() {
                        blocks.close();
                    }
                }
            }
        }
        blocks.finish();
    }

    /// Whether the page is in quirks mode.
    pub(super) fn quirks(&self) -> bool {
        self.html.quirks_mode == QuirksMode::Quirks
    }

    fn text_of(&self, id: NodeId, blocks: &mut Blocks<'_, 'static>) {
        for range in self.text_nodes.get(&id).into_iter().flatten() {
            for (piece, aligned) in self.segments(range) {
                blocks.text(&self.text[piece], aligned);
            }
        }
    }

    /// The segments of a range of [`Page::text`].
    fn segments(&self, range: &Range<usize>) -> impl Iterator<Item = (Range<usize>, Aligned)> {
        let first = self.segments.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
        let range = range.clone();
        self.segments[first..].iter().map_while(move |&(start, aligned)| {
            let end = start + aligned.length;
            if start >= range.end {
                return None;
            }
            let (from, to) = (start.max(range.start), end.min(range.end));
            let mut part = aligned;
            part.length = to.saturating_sub(from);
            if aligned.literal {
                part.start = aligned.start + (from - start);
                part.end = part.start + part.length;
            }
            Some((from..to.max(from), part))
        })
    }
}

/// What matters of an element's attributes, less the `readable` ones.
fn attributes_of(name: Name, element: &Element, readable: Vec<Readable<'static>>) -> Attributes<'static> {
    let owned = |name: &str| element.attr(name).map(|value| Cow::Owned(value.to_owned()));
    let mut attributes = Attributes { readable, ..Attributes::default() };
    attributes.link = link_attribute(name).and_then(owned);
    match name {
        Name::INPUT => attributes.button = element.attr("type").is_some_and(is_button),
        Name::TD | Name::TH => attributes.colspan = owned("colspan"),
        Name::META => {
            let name = element.attr("name").or_else(|| element.attr("property")).unwrap_or_default();
            attributes.meta = owned("content").map(|content| (name.to_ascii_lowercase(), content));
        }
        _ => {}
    }
    attributes
}

/// Parses `source`. Start tags nested deeper than `depth` are ignored, their text is kept: the tree builder takes time
/// quadratic in depth, and browsers cut off at 512 as well. Once the tree builder has made up more elements than the limit
/// allows, tags are ignored but for those of raw text, whose content is no text for people.
pub(super) fn parse(source: &str, limits: &Limits) -> Page {
    let sink = Sink {
        tree: HtmlTreeSink::new(Html::new_document()),
        state: RefCell::new(Positions::default()),
        depth: Cell::new(0),
    };
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new(sink, options);
    let mut tokenizer = Tokenizer::new_with_emitter(
        source,
        Bridge {
            inner: CallbackEmitter::new(Feeder {
                source,
                builder: &builder,
                depth_limit: limits.html_depth,
                spare_elements: limits.html_elements,
                tags: 0,
                tag: None,
                keep_attribute: false,
                seen: HashSet::new(),
                next_state: None,
                end: 0,
            }),
        },
    );
    // The emitter gives no tokens of its own, so the first call runs to the end.
    let end = tokenizer.next();
    debug_assert!(end.is_none());
    let sink = builder.sink;
    let state = sink.state.into_inner();
    Page {
        html: sink.tree.finish(),
        text: state.text,
        segments: state.segments,
        text_nodes: state.text_nodes,
        comments: state.comments,
        attributes: state.attributes,
        too_deep: state.too_deep,
        too_many: state.too_many,
    }
}

/// What the tree cannot hold itself.
#[derive(Default)]
struct Positions {
    text: String,
    segments: Vec<(usize, Aligned)>,
    /// Offset in `text` up to which nodes have received theirs.
    given: usize,
    text_nodes: HashMap<NodeId, Vec<Range<usize>>>,
    pending_comment: Option<Range<usize>>,
    comments: HashMap<NodeId, Range<usize>>,
    pending_attributes: Option<(LocalName, Vec<Readable<'static>>)>,
    attributes: HashMap<NodeId, Vec<Readable<'static>>>,
    depths: HashMap<NodeId, u64>,
    /// Elements created so far.
    elements: u64,
    too_deep: bool,
    too_many: bool,
}

/// scraper's tree sink, with an eye on what goes where.
struct Sink {
    tree: HtmlTreeSink,
    state: RefCell<Positions>,
    /// Depth of the element that the next one would go into, as far as appending and popping tell.
    depth: Cell<u64>,
}

impl Sink {
    /// Notes which text the node received that now ends with `text`.
    fn received(&self, node: Option<NodeId>, text: &str) {
        let Some(node) = node else { return };
        let mut state = self.state.borrow_mut();
        let given = state.given;
        // What lies between was dropped by the tree builder: white space where none may stand.
        let rest = &state.text[given..];
        let found = if rest.starts_with(text) { Some(0) } else { rest.find(text) };
        let Some(found) = found else { return };
        let range = given + found..given + found + text.len();
        state.given = range.end;
        let ranges = state.text_nodes.entry(node).or_default();
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }

    fn placed(&self, parent: NodeId, child: &NodeOrText<NodeId>) {
        if let NodeOrText::AppendNode(id) = child {
            let mut state = self.state.borrow_mut();
            let depth = state.depths.get(&parent).copied().unwrap_or(0) + 1;
            state.depths.insert(*id, depth);
            self.depth.set(depth);
        }
    }
}

impl TreeSink for Sink {
    type Handle = NodeId;
    type Output = Self;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.tree.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.tree.elem_name(target)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        let local = name.local.clone();
        let id = self.tree.create_element(name, attributes, flags);
        let mut state = self.state.borrow_mut();
        state.elements += 1;
        // Elements that the tree builder makes up have other names or come later, without positions of their own.
        if state.pending_attributes.as_ref().is_some_and(|(name, _)| *name == local)
            && let Some((_, attributes)) = state.pending_attributes.take()
        {
            state.attributes.insert(id, attributes);
        }
        id
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        let id = self.tree.create_comment(text);
        let mut state = self.state.borrow_mut();
        if let Some(range) = state.pending_comment.take() {
            state.comments.insert(id, range);
        }
        id
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.tree.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.placed(*parent, &child);
        if let NodeOrText::AppendText(text) = &child {
            let text = text.clone();
            self.tree.append(parent, child);
            let node = self.tree.0.borrow().tree.get(*parent).and_then(|node| node.last_child()).map(|node| node.id());
            self.received(node, &text);
        } else {
            self.tree.append(parent, child);
        }
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        let parent = self.tree.0.borrow().tree.get(*sibling).and_then(|node| node.parent()).map(|node| node.id());
        if let Some(parent) = parent {
            self.placed(parent, &child);
        }
        if let NodeOrText::AppendText(text) = &child {
            let text = text.clone();
            self.tree.append_before_sibling(sibling, child);
            let node =
                self.tree.0.borrow().tree.get(*sibling).and_then(|node| node.prev_sibling()).map(|node| node.id());
            self.received(node.filter(|_| parent.is_some()), &text);
        } else {
            self.tree.append_before_sibling(sibling, child);
        }
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        let has_parent = self.tree.0.borrow().tree.get(*element).is_some_and(|node| node.parent().is_some());
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.tree.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.tree.get_template_contents(target)
    }

    fn same_node(&self, one: &NodeId, two: &NodeId) -> bool {
        one == two
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.tree.set_quirks_mode(mode);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.tree.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.tree.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.tree.reparent_children(node, new_parent);
    }

    fn pop(&self, node: &NodeId) {
        let depth = self.state.borrow().depths.get(node).copied().unwrap_or(1);
        self.depth.set(depth.saturating_sub(1));
    }
}

/// Turns the tokenizer's events into tokens for the tree builder and keeps their positions.
struct Feeder<'a> {
    source: &'a str,
    builder: &'a TreeBuilder<NodeId, Sink>,
    depth_limit: u64,
    /// Elements that may be made up without a tag.
    spare_elements: u64,
    /// Start tags handed on so far.
    tags: u64,
    tag: Option<Tag>,
    keep_attribute: bool,
    seen: HashSet<Vec<u8>>,
    next_state: Option<State>,
    /// End of the last token that was not text: where the text that follows begins.
    end: usize,
}

impl Feeder<'_> {
    fn send(&mut self, token: Token) {
        self.next_state = match self.builder.process_token(token, 1) {
            TokenSinkResult::Continue => self.next_state.take(),
            TokenSinkResult::Script(_) => Some(State::Data),
            TokenSinkResult::Plaintext => Some(State::PlainText),
            TokenSinkResult::RawData(RawKind::Rcdata) => Some(State::RcData),
            TokenSinkResult::RawData(RawKind::Rawtext) => Some(State::RawText),
            TokenSinkResult::RawData(_) => Some(State::ScriptData),
            TokenSinkResult::EncodingIndicator(_) => self.next_state.take(),
        };
    }

    fn text(&mut self, value: &[u8]) {
        let value = String::from_utf8_lossy(value);
        {
            // Where the tree builder keeps a NUL, it keeps it as U+FFFD.
            let value = value.replace('\0', "\u{FFFD}");
            let mut state = self.builder.sink.state.borrow_mut();
            // Whatever earlier text has not reached a node by now was dropped for good.
            state.given = state.text.len();
            let mut at = state.text.len();
            for aligned in align(self.source, self.end, &value) {
                state.segments.push((at, aligned));
                at += aligned.length;
            }
            state.text.push_str(&value);
        }
        for (index, piece) in value.split('\0').enumerate() {
            if index > 0 {
                self.send(Token::NullCharacterToken);
            }
            if !piece.is_empty() {
                self.send(Token::CharacterTokens(StrTendril::from_slice(piece)));
            }
        }
    }

    /// Whether the tree builder has made up too many elements to be given this tag.
    fn exhausted(&self, name: &LocalName) -> bool {
        let mut state = self.builder.sink.state.borrow_mut();
        let raw =
            matches!(&**name, "script" | "style" | "iframe" | "noembed" | "noframes" | "textarea" | "title" | "xmp");
        let exhausted = state.elements > self.tags * 2 + self.spare_elements;
        state.too_many |= exhausted;
        exhausted && !raw
    }

    fn start_tag(&mut self, tag: Tag) {
        if self.exhausted(&tag.name) {
            return;
        }
        self.tags += 1;
        let sink = &self.builder.sink;
        if sink.depth.get() >= self.depth_limit {
            sink.state.borrow_mut().too_deep = true;
            return;
        }
        self.send(Token::TagToken(tag));
        self.builder.sink.state.borrow_mut().pending_attributes = None;
    }
}

fn local_name(bytes: &[u8]) -> LocalName {
    LocalName::from(&*String::from_utf8_lossy(bytes))
}

fn tendril(bytes: &[u8]) -> StrTendril {
    StrTendril::from_slice(&String::from_utf8_lossy(bytes))
}

impl Callback<Infallible, usize> for Feeder<'_> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: Span<usize>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.seen.clear();
                self.tag = Some(Tag {
                    kind: TagKind::StartTag,
                    name: local_name(name),
                    self_closing: false,
                    attrs: Vec::new(),
                    had_duplicate_attributes: false,
                });
            }
            CallbackEvent::AttributeName { name } => {
                let tag = self.tag.as_mut()?;
                self.keep_attribute = tag.attrs.len() < MAX_ATTRIBUTES && self.seen.insert(name.to_vec());
                if self.keep_attribute {
                    tag.attrs.push(Attribute {
                        name: QualName::new(None, Namespace::default(), local_name(name)),
                        value: StrTendril::new(),
                    });
                }
            }
            CallbackEvent::AttributeValue { value } => {
                let tag = self.tag.as_mut()?;
                let attribute = tag.attrs.last_mut().filter(|_| self.keep_attribute)?;
                attribute.value = tendril(value);
                if let Some(sort) = Sort::of(&tag.name, &attribute.name.local) {
                    let readable = Readable {
                        sort,
                        value: Cow::Owned(attribute.value.to_string()),
                        segments: Segments::Pieces(align(self.source, span.start, &attribute.value)),
                    };
                    let mut state = self.builder.sink.state.borrow_mut();
                    let pending = state.pending_attributes.get_or_insert_with(|| (tag.name.clone(), Vec::new()));
                    pending.1.push(readable);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                self.end = span.end;
                if let Some(mut tag) = self.tag.take() {
                    tag.self_closing = self_closing;
                    self.start_tag(tag);
                }
            }
            CallbackEvent::EndTag { name } => {
                self.end = span.end;
                self.builder.sink.state.borrow_mut().pending_attributes = None;
                let name = local_name(name);
                if self.exhausted(&name) {
                    return None;
                }
                self.send(Token::TagToken(Tag {
                    kind: TagKind::EndTag,
                    name,
                    self_closing: false,
                    attrs: Vec::new(),
                    had_duplicate_attributes: false,
                }));
            }
            CallbackEvent::String { value } => self.text(value),
            CallbackEvent::Comment { value } => {
                self.end = span.end;
                self.builder.sink.state.borrow_mut().pending_comment = Some(span.start..span.end);
                self.send(Token::CommentToken(tendril(value)));
            }
            CallbackEvent::Doctype { name, public_identifier, system_identifier, force_quirks } => {
                self.end = span.end;
                self.send(Token::DoctypeToken(Doctype {
                    name: Some(name).filter(|name| !name.is_empty()).map(tendril),
                    public_id: public_identifier.map(tendril),
                    system_id: system_identifier.map(tendril),
                    force_quirks,
                }));
            }
            CallbackEvent::Error(_) => {}
        }
        None
    }
}

/// Lets the tree builder steer the tokenizer: raw text in `<script>`, CDATA in SVG.
struct Bridge<'a> {
    inner: CallbackEmitter<Feeder<'a>, Infallible, usize>,
}

impl ForwardingEmitter for Bridge<'_> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut self.inner
    }

    fn emit_eof(&mut self) {
        self.inner.emit_eof();
        let builder = self.inner.callback_mut().builder;
        let _ = builder.process_token(Token::EOFToken, 1);
        builder.end();
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let _ = self.inner.emit_current_tag();
        self.inner.callback_mut().next_state.take()
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.inner.callback_mut().builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}
