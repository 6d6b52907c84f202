//! HTML read without building its tree.
//!
//! Text and its blocks follow from which elements are open, so the stack of open elements is kept as the HTML Standard keeps it
//! (§13.2.6), and elements are told to [`Blocks`] as they open and close. That gives what walking through the tree would give as long as
//! the tree has everything in the order of the source. Where the standard moves things – text out of tables, blocks out of
//! formatting elements – and where it has rules of its own – SVG, templates, frames – the page is declined and read by its tree.
//! The tests hold both readings against each other.

use std::ops::Range;

use memchr::memchr;

use super::blocks::{Attributes, Blocks, Readable, Sort, is_button, is_directive, link_attribute};
use super::names::{Name, Traits};
use super::scan::{Declined, Key, RawAttribute, Reference, Scanner, Token, blank};
use super::tree;
use crate::document::{Document, DocumentBuilder};
use crate::source::Limits;

/// The insertion modes of the standard, less those of what is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Initial,
    BeforeHtml,
    BeforeHead,
    InHead,
    InHeadNoscript,
    AfterHead,
    InBody,
    InTable,
    InCaption,
    InColumnGroup,
    InTableBody,
    InRow,
    InCell,
    AfterBody,
    AfterAfterBody,
}

/// An element on the stack of open elements.
#[derive(Debug, Clone, Copy)]
struct Open {
    name: Name,
    id: u32,
    /// Depth in the tree, from 1. An element that was taken out of the middle of the stack still contains those above it.
    depth: usize,
}

/// An entry in the list of active formatting elements.
#[derive(Debug, Clone)]
enum Formatting {
    Marker,
    Element { name: Name, id: u32, written: Range<usize> },
}

/// Whether a table ends a paragraph that is open.
#[derive(Debug, Clone)]
enum Quirks {
    Known(bool),
    /// As this document type declaration says.
    Declared(Range<usize>),
}

/// What became of a tag.
enum Step {
    Done,
    /// It is looked at again in the mode that was set.
    Again,
}

type Outcome = Result<Step, Declined>;

/// Reads a page, if that can be done without its tree.
pub(super) fn read(source: &str, limits: &Limits) -> Result<Document, Declined> {
    if memchr(0, source.as_bytes()).is_some() {
        return Err(Declined("a NUL"));
    }
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    let blocks = Blocks::new(&mut builder, part, 0, false);
    let mut reader = Reader {
        scanner: Scanner::new(source),
        blocks,
        limits,
        mode: Mode::Initial,
        stack: Vec::new(),
        formatting: Vec::new(),
        form: None,
        paragraphs: 0,
        ids: 0,
        tags: 0,
        ignore_line_feed: false,
        current: None,
        quirks: Quirks::Known(true),
    };
    reader.run()?;
    reader.blocks.finish();
    Ok(builder.finish())
}

struct Reader<'b, 's> {
    scanner: Scanner<'s>,
    blocks: Blocks<'b, 's>,
    limits: &'b Limits,
    mode: Mode,
    stack: Vec<Open>,
    formatting: Vec<Formatting>,
    /// The form element pointer.
    form: Option<u32>,
    /// How many `<p>` are open.
    paragraphs: u32,
    ids: u32,
    /// Start tags so far.
    tags: u64,
    /// Whether a line feed that comes next is dropped.
    ignore_line_feed: bool,
    /// Name of the start tag that is being looked at.
    current: Option<Name>,
    quirks: Quirks,
}

impl<'s> Reader<'_, 's> {
    fn run(&mut self) -> Result<(), Declined> {
        loop {
            let token = self.scanner.next()?;
            let ignore_line_feed = std::mem::take(&mut self.ignore_line_feed);
            match token {
                Token::Text(text) => self.text(text, ignore_line_feed)?,
                Token::Start(name) => {
                    self.tags += 1;
                    let name = self.blocks.names.name(self.scanner.slice(name));
                    self.current = Some(name);
                    while let Step::Again = self.start(name)? {}
                    self.current = None;
                }
                Token::End(name) => {
                    let name = self.blocks.names.name(self.scanner.slice(name));
                    while let Step::Again = self.end(name)? {}
                }
                Token::Comment(content, all) => self.comment(content, all)?,
                Token::Doctype(declaration) => {
                    if self.mode == Mode::Initial {
                        self.quirks = Quirks::Declared(declaration);
                        self.mode = Mode::BeforeHtml;
                    }
                }
                Token::Eof => return Ok(()),
            }
        }
    }

    // § Text and comments

    fn text(&mut self, mut text: Range<usize>, ignore_line_feed: bool) -> Result<(), Declined> {
        if ignore_line_feed {
            text.start = self.without_line_feed(text.clone())?;
            if text.is_empty() {
                return Ok(());
            }
        }
        match self.mode {
            Mode::InBody | Mode::InCell | Mode::InCaption => self.body_text(text),
            Mode::AfterBody | Mode::AfterAfterBody => {
                if self.begin_of_text(&text)?.is_some() {
                    self.mode = Mode::InBody;
                }
                self.body_text(text)
            }
            Mode::InTable | Mode::InTableBody | Mode::InRow | Mode::InColumnGroup => match self.begin_of_text(&text)? {
                None => Ok(()),
                Some(_) => Err(Declined("text between the cells of a table")),
            },
            _ => {
                let Some(start) = self.begin_of_text(&text)? else { return Ok(()) };
                if self.mode == Mode::Initial {
                    self.mode = Mode::BeforeHtml;
                }
                self.ensure_body()?;
                self.body_text(start..text.end)
            }
        }
    }

    /// Where a text begins whose first character, a line feed, is dropped.
    fn without_line_feed(&self, text: Range<usize>) -> Result<usize, Declined> {
        let rest = self.scanner.slice(text.clone()).as_bytes();
        match rest {
            [b'\r', b'\n', ..] => Ok(text.start + 2),
            [b'\r' | b'\n', ..] => Ok(text.start + 1),
            [b'&', ..] if !matches!(self.scanner.first_reference(text.start), Reference::Character(..)) => {
                Err(Declined("a rare character reference"))
            }
            _ => Ok(text.start),
        }
    }

    /// Where `text` begins, white space left out; `None` if there is nothing else.
    fn begin_of_text(&self, text: &Range<usize>) -> Result<Option<usize>, Declined> {
        let bytes = self.scanner.slice(text.clone()).as_bytes();
        let start = blank(bytes);
        match bytes.get(start) {
            None => Ok(None),
            // A reference to white space counts as white space too.
            Some(b'&') => match self.scanner.first_reference(text.start + start) {
                Reference::Character(_, character) if character.is_ascii_whitespace() => {
                    Err(Declined("a rare character reference"))
                }
                Reference::Other => Err(Declined("a rare character reference")),
                _ => Ok(Some(text.start + start)),
            },
            Some(_) => Ok(Some(text.start + start)),
        }
    }

    /// Opens what must be open around text: `<html>`, `<body>`.
    fn ensure_body(&mut self) -> Result<(), Declined> {
        if self.mode == Mode::BeforeHtml {
            self.insert_made_up(Name::HTML)?;
            self.mode = Mode::BeforeHead;
        }
        if self.mode == Mode::BeforeHead {
            self.insert_made_up(Name::HEAD)?;
            self.mode = Mode::InHead;
        }
        if self.mode == Mode::InHeadNoscript {
            self.pop();
        }
        self.pop();
        self.insert_made_up(Name::BODY)?;
        self.mode = Mode::InBody;
        Ok(())
    }

    fn body_text(&mut self, text: Range<usize>) -> Result<(), Declined> {
        self.reconstruct()?;
        let blocks = &mut self.blocks;
        // White space between blocks is most of what stands between tags.
        if !blocks.is_open() && blank(self.scanner.slice(text.clone()).as_bytes()) == text.len() {
            return Ok(());
        }
        self.scanner.pieces(text, false, |piece, aligned| blocks.text(piece, aligned))
    }

    fn comment(&mut self, content: Range<usize>, all: Range<usize>) -> Result<(), Declined> {
        let comment = self.scanner.slice(content);
        if is_directive(comment.trim()) {
            // Where the tree has it elsewhere than the source, or where its text is not as written.
            let moved = matches!(self.mode, Mode::AfterHead | Mode::AfterBody | Mode::AfterAfterBody);
            if moved || comment.contains('\r') {
                return Err(Declined("a suppression comment in a rare place"));
            }
            self.blocks.comment(comment, all);
        }
        Ok(())
    }

    // § The stack of open elements

    fn insert(&mut self, name: Name) -> Result<(), Declined> {
        let attributes = self.attributes(name);
        self.push(name, attributes)
    }

    fn insert_made_up(&mut self, name: Name) -> Result<(), Declined> {
        self.push(name, None)
    }

    fn push(&mut self, name: Name, attributes: Option<Box<Attributes<'s>>>) -> Result<(), Declined> {
        self.blocks.open(name, true, attributes, (false, false));
        self.ids += 1;
        let depth = self.blocks.depth();
        self.stack.push(Open { name, id: self.ids, depth });
        self.paragraphs += u32::from(name == Name::P);
        // The tree's reader ignores tags beyond the limits.
        if depth as u64 + 2 >= self.limits.html_depth {
            return Err(Declined("too deep"));
        }
        if u64::from(self.blocks.elements()) > self.tags * 2 + self.limits.html_elements {
            return Err(Declined("too many elements"));
        }
        Ok(())
    }

    /// Inserts an element that has no content.
    fn insert_void(&mut self, name: Name) {
        let attributes = self.attributes(name);
        self.blocks.open(name, true, attributes, (false, false));
        self.blocks.close();
    }

    fn pop(&mut self) {
        if let Some(open) = self.stack.pop() {
            self.paragraphs -= u32::from(open.name == Name::P);
        }
        let depth = self.stack.last().map_or(0, |open| open.depth);
        while self.blocks.depth() > depth {
            self.blocks.close();
        }
    }

    fn truncate(&mut self, length: usize) {
        while self.stack.len() > length {
            self.pop();
        }
    }

    /// Takes an element out of the stack; what stands above it stays open.
    fn remove(&mut self, index: usize) {
        if index + 1 == self.stack.len() {
            self.pop();
        } else if index < self.stack.len() {
            let open = self.stack.remove(index);
            self.paragraphs -= u32::from(open.name == Name::P);
        }
    }

    fn current_is(&self, test: impl Fn(Name) -> bool) -> bool {
        self.stack.last().is_some_and(|open| test(open.name))
    }

    /// Whether an element that passes `test` is in the scope that elements of `bound` end.
    fn in_scope_of(&self, bound: impl Fn(Name) -> bool, test: impl Fn(&Open) -> bool) -> bool {
        self.stack.iter().rev().find_map(|open| if test(open) { Some(true) } else { bound(open.name).then_some(false) })
            == Some(true)
    }

    fn in_scope(&self, name: Name) -> bool {
        self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.name == name)
    }

    fn in_table_scope(&self, test: impl Fn(Name) -> bool) -> bool {
        self.in_scope_of(|bound| matches!(bound, Name::HTML | Name::TABLE), |open| test(open.name))
    }

    fn pop_until(&mut self, test: impl Fn(Name) -> bool) {
        while let Some(open) = self.stack.last().copied() {
            self.pop();
            if test(open.name) {
                break;
            }
        }
    }

    fn pop_until_current(&mut self, test: impl Fn(Name) -> bool) {
        while self.stack.last().is_some_and(|open| !test(open.name) && open.name != Name::HTML) {
            self.pop();
        }
    }

    fn generate_implied_end_tags(&mut self, except: Option<Name>) {
        while self.current_is(|name| name.is(Traits::IMPLIED_END) && Some(name) != except) {
            self.pop();
        }
    }

    fn close_paragraph(&mut self) {
        self.generate_implied_end_tags(Some(Name::P));
        self.pop_until(|name| name == Name::P);
    }

    fn paragraph_in_button_scope(&self) -> bool {
        self.paragraphs > 0
            && self.in_scope_of(|bound| bound.is(Traits::SCOPE) || bound == Name::BUTTON, |open| open.name == Name::P)
    }

    fn close_paragraph_in_button_scope(&mut self) {
        if self.paragraph_in_button_scope() {
            self.close_paragraph();
        }
    }

    // § The list of active formatting elements

    fn is_open(&self, id: u32) -> bool {
        self.stack.iter().rev().any(|open| open.id == id)
    }

    fn reconstruct(&mut self) -> Result<(), Declined> {
        let settled = |entry: &Formatting| match entry {
            Formatting::Marker => true,
            Formatting::Element { id, .. } => self.is_open(*id),
        };
        if self.formatting.last().is_none_or(settled) {
            return Ok(());
        }
        let first = self.formatting.iter().rposition(settled).map_or(0, |last| last + 1);
        for index in first..self.formatting.len() {
            let Formatting::Element { name, .. } = self.formatting[index] else { continue };
            if Some(name) == self.current && !self.scanner.attributes.is_empty() {
                return Err(Declined("an element opened anew before one of its name"));
            }
            self.insert_made_up(name)?;
            if let Formatting::Element { id, .. } = &mut self.formatting[index] {
                *id = self.ids;
            }
        }
        Ok(())
    }

    fn insert_formatting(&mut self, name: Name) -> Result<(), Declined> {
        /// Of equal elements the list keeps so many.
        const EQUAL: usize = 3;
        let same = |entry: &&Formatting| matches!(entry, Formatting::Element { name: other, .. } if *other == name);
        let listed = self.formatting.iter().rev().take_while(|entry| !matches!(entry, Formatting::Marker));
        if listed.filter(same).count() >= EQUAL {
            return Err(Declined("many nested formatting elements"));
        }
        let written = self.scanner.written.clone();
        self.insert(name)?;
        self.formatting.push(Formatting::Element { name, id: self.ids, written });
        Ok(())
    }

    fn clear_formatting_to_marker(&mut self) {
        while let Some(Formatting::Element { .. }) = self.formatting.pop() {}
    }

    /// Index in the list and id of the last element called `name` after the last marker.
    fn listed(&self, name: Name) -> Option<(usize, u32)> {
        for (index, entry) in self.formatting.iter().enumerate().rev() {
            match entry {
                Formatting::Marker => return None,
                Formatting::Element { name: other, id, .. } if *other == name => return Some((index, *id)),
                Formatting::Element { .. } => {}
            }
        }
        None
    }

    /// The adoption agency algorithm, as far as nothing is adopted.
    fn close_formatting(&mut self, name: Name) -> Result<(), Declined> {
        if let Some(open) = self.stack.last()
            && open.name == name
            && !self.formatting.iter().any(|entry| matches!(entry, Formatting::Element { id, .. } if *id == open.id))
        {
            self.pop();
            return Ok(());
        }
        let Some((index, id)) = self.listed(name) else {
            self.close_any(name);
            return Ok(());
        };
        let Some(position) = self.stack.iter().rposition(|open| open.id == id) else {
            self.formatting.remove(index);
            return Ok(());
        };
        if self.stack[position..].iter().any(|open| open.name.is(Traits::SCOPE)) {
            return Ok(());
        }
        if self.stack[position..].iter().any(|open| open.name.is(Traits::SPECIAL)) {
            return Err(Declined("a block inside a formatting element that ends first"));
        }
        self.truncate(position);
        self.formatting.remove(index);
        Ok(())
    }

    /// Any other end tag in the body.
    fn close_any(&mut self, name: Name) {
        for index in (0..self.stack.len()).rev() {
            let open = self.stack[index].name;
            if open == name {
                self.generate_implied_end_tags(Some(name));
                self.truncate(index);
                return;
            }
            if open.is(Traits::SPECIAL) {
                return;
            }
        }
    }

    // § Start tags

    fn start(&mut self, name: Name) -> Outcome {
        match self.mode {
            Mode::InBody => self.start_in_body(name),
            Mode::InCell => match name {
                Name::CAPTION
                | Name::COL
                | Name::COLGROUP
                | Name::TBODY
                | Name::TD
                | Name::TFOOT
                | Name::TH
                | Name::THEAD
                | Name::TR => {
                    if self.in_table_scope(|name| matches!(name, Name::TD | Name::TH)) {
                        self.close_cell();
                        return Ok(Step::Again);
                    }
                    Ok(Step::Done)
                }
                _ => self.start_in_body(name),
            },
            Mode::InRow => match name {
                Name::TD | Name::TH => {
                    self.pop_until_current(|name| name == Name::TR);
                    self.insert(name)?;
                    self.mode = Mode::InCell;
                    self.formatting.push(Formatting::Marker);
                    Ok(Step::Done)
                }
                Name::CAPTION
                | Name::COL
                | Name::COLGROUP
                | Name::TBODY
                | Name::TFOOT
                | Name::THEAD
                | Name::TR => Ok(self.close_row()),
                _ => self.start_in_table(name),
            },
            Mode::InTableBody => match name {
                Name::TR => {
                    self.pop_until_current(is_table_body);
                    self.insert(name)?;
                    self.mode = Mode::InRow;
                    Ok(Step::Done)
                }
                Name::TD | Name::TH => {
                    self.pop_until_current(is_table_body);
                    self.insert_made_up(Name::TR)?;
                    self.mode = Mode::InRow;
                    Ok(Step::Again)
                }
                Name::CAPTION | Name::COL | Name::COLGROUP | Name::TBODY | Name::TFOOT | Name::THEAD => {
                    Ok(self.close_table_body())
                }
                _ => self.start_in_table(name),
            },
            Mode::InTable => self.start_in_table(name),
            Mode::InCaption => match name {
                Name::CAPTION
                | Name::COL
                | Name::COLGROUP
                | Name::TBODY
                | Name::TD
                | Name::TFOOT
                | Name::TH
                | Name::THEAD
                | Name::TR => Ok(if self.close_caption() { Step::Again } else { Step::Done }),
                _ => self.start_in_body(name),
            },
            Mode::InColumnGroup => match name {
                Name::HTML => Ok(Step::Done),
                Name::COL => {
                    self.insert_void(name);
                    Ok(Step::Done)
                }
                Name::TEMPLATE => Err(Declined("a template")),
                _ => Ok(self.close_column_group()),
            },
            Mode::Initial => {
                self.mode = Mode::BeforeHtml;
                Ok(Step::Again)
            }
            Mode::BeforeHtml => {
                self.mode = Mode::BeforeHead;
                if name == Name::HTML {
                    self.insert(name)?;
                    return Ok(Step::Done);
                }
                self.insert_made_up(Name::HTML)?;
                Ok(Step::Again)
            }
            Mode::BeforeHead => {
                match name {
                    Name::HTML => return Ok(Step::Done),
                    Name::HEAD => {
                        self.insert(name)?;
                        self.mode = Mode::InHead;
                        return Ok(Step::Done);
                    }
                    _ => self.insert_made_up(Name::HEAD)?,
                }
                self.mode = Mode::InHead;
                Ok(Step::Again)
            }
            Mode::InHead => match name {
                Name::HTML | Name::HEAD => Ok(Step::Done),
                Name::NOSCRIPT => {
                    self.insert(name)?;
                    self.mode = Mode::InHeadNoscript;
                    Ok(Step::Done)
                }
                _ if belongs_in_head(name) => self.start_in_head(name),
                _ => {
                    self.mode = Mode::AfterHead;
                    Ok(Step::Again)
                }
            },
            Mode::InHeadNoscript => match name {
                Name::HTML | Name::HEAD | Name::NOSCRIPT => Ok(Step::Done),
                Name::BASEFONT | Name::BGSOUND | Name::LINK | Name::META | Name::NOFRAMES | Name::STYLE => {
                    self.start_in_head(name)
                }
                _ => {
                    self.pop();
                    self.mode = Mode::InHead;
                    Ok(Step::Again)
                }
            },
            // The head stays open here: elements that come late still go into it.
            Mode::AfterHead => match name {
                Name::HTML | Name::HEAD => Ok(Step::Done),
                Name::BODY => {
                    self.pop();
                    self.insert(name)?;
                    self.mode = Mode::InBody;
                    Ok(Step::Done)
                }
                Name::FRAMESET => Err(Declined("frames")),
                _ if belongs_in_head(name) => self.start_in_head(name),
                _ => {
                    self.ensure_body()?;
                    Ok(Step::Again)
                }
            },
            Mode::AfterBody | Mode::AfterAfterBody => {
                if name == Name::HTML {
                    return Ok(Step::Done);
                }
                self.mode = Mode::InBody;
                Ok(Step::Again)
            }
        }
    }

    fn start_in_head(&mut self, name: Name) -> Outcome {
        match name {
            Name::TEMPLATE => return Err(Declined("a template")),
            Name::SCRIPT => {
                self.insert(name)?;
                self.scanner.script()?;
                self.pop();
            }
            Name::STYLE | Name::NOFRAMES => self.raw_text(name)?,
            Name::TITLE => self.escapable_text(name)?,
            _ => self.insert_void(name),
        }
        Ok(Step::Done)
    }

    /// An element whose content is no text for people.
    fn raw_text(&mut self, name: Name) -> Result<(), Declined> {
        self.insert(name)?;
        let spelt = self.blocks.names.text(name);
        self.scanner.raw_text(&spelt)?;
        self.pop();
        Ok(())
    }

    /// An element whose content is text without elements.
    fn escapable_text(&mut self, name: Name) -> Result<(), Declined> {
        self.insert(name)?;
        let spelt = self.blocks.names.text(name);
        let mut text = self.scanner.raw_text(&spelt)?;
        if name == Name::TEXTAREA && !text.is_empty() {
            text.start = self.without_line_feed(text.clone())?;
        }
        let blocks = &mut self.blocks;
        self.scanner.pieces(text, true, |piece, aligned| blocks.text(piece, aligned))?;
        self.pop();
        Ok(())
    }

    fn start_in_table(&mut self, name: Name) -> Outcome {
        match name {
            Name::CAPTION => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.formatting.push(Formatting::Marker);
                self.insert(name)?;
                self.mode = Mode::InCaption;
            }
            Name::COLGROUP => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert(name)?;
                self.mode = Mode::InColumnGroup;
            }
            Name::COL => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert_made_up(Name::COLGROUP)?;
                self.mode = Mode::InColumnGroup;
                return Ok(Step::Again);
            }
            Name::TBODY | Name::TFOOT | Name::THEAD => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert(name)?;
                self.mode = Mode::InTableBody;
            }
            Name::TD | Name::TH | Name::TR => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert_made_up(Name::TBODY)?;
                self.mode = Mode::InTableBody;
                return Ok(Step::Again);
            }
            Name::TABLE => {
                if self.in_table_scope(|name| name == Name::TABLE) {
                    self.pop_until(|name| name == Name::TABLE);
                    self.reset_mode();
                    return Ok(Step::Again);
                }
            }
            Name::STYLE | Name::SCRIPT | Name::TEMPLATE => return self.start_in_head(name),
            Name::INPUT => {
                let hidden = self.attribute(Key::Type).is_some_and(|raw| {
                    self.scanner.value(raw).eq_ignore_ascii_case("hidden")
                });
                if !hidden {
                    return Err(Declined("an element between the cells of a table"));
                }
                self.insert_void(name);
            }
            Name::FORM => {
                if self.form.is_none() {
                    self.insert_void(name);
                    self.ids += 1;
                    self.form = Some(self.ids);
                }
            }
            _ => return Err(Declined("an element between the cells of a table")),
        }
        Ok(Step::Done)
    }

    fn start_in_body(&mut self, name: Name) -> Outcome {
        if name.is(Traits::ENDS_PARAGRAPH) {
            self.close_paragraph_in_button_scope();
            self.insert(name)?;
            return Ok(Step::Done);
        }
        match name {
            Name::HTML
            | Name::BODY
            | Name::CAPTION
            | Name::COL
            | Name::COLGROUP
            | Name::FRAME
            | Name::HEAD
            | Name::TBODY
            | Name::TD
            | Name::TFOOT
            | Name::TH
            | Name::THEAD
            | Name::TR => {}
            Name::A => {
                if let Some((_, id)) = self.listed(Name::A) {
                    self.close_formatting(Name::A)?;
                    self.formatting.retain(|entry| !matches!(entry, Formatting::Element { id: other, .. } if *other == id));
                    if let Some(index) = self.stack.iter().rposition(|open| open.id == id) {
                        self.remove(index);
                    }
                }
                self.reconstruct()?;
                self.insert_formatting(name)?;
            }
            Name::NOBR => {
                self.reconstruct()?;
                if self.in_scope(Name::NOBR) {
                    self.close_formatting(Name::NOBR)?;
                    self.reconstruct()?;
                }
                self.insert_formatting(name)?;
            }
            _ if name.is(Traits::FORMATTING) => {
                self.reconstruct()?;
                self.insert_formatting(name)?;
            }
            Name::AREA | Name::BR | Name::EMBED | Name::IMG | Name::KEYGEN | Name::WBR => {
                self.reconstruct()?;
                self.insert_void(name);
            }
            Name::PARAM | Name::SOURCE | Name::TRACK => self.insert_void(name),
            Name::INPUT => {
                if self.in_scope(Name::SELECT) {
                    self.pop_until(|name| name == Name::SELECT);
                }
                self.reconstruct()?;
                self.insert_void(name);
            }
            Name::HR => {
                self.close_paragraph_in_button_scope();
                if self.in_scope(Name::SELECT) {
                    self.generate_implied_end_tags(None);
                }
                self.insert_void(name);
            }
            _ if name.is(Traits::HEADING) => {
                self.close_paragraph_in_button_scope();
                if self.current_is(|name| name.is(Traits::HEADING)) {
                    self.pop();
                }
                self.insert(name)?;
            }
            Name::PRE | Name::LISTING => {
                self.close_paragraph_in_button_scope();
                self.insert(name)?;
                self.ignore_line_feed = true;
            }
            Name::FORM => {
                if self.form.is_none() {
                    self.close_paragraph_in_button_scope();
                    self.insert(name)?;
                    self.form = Some(self.ids);
                }
            }
            Name::LI | Name::DD | Name::DT => self.start_item(name)?,
            Name::TABLE => {
                if self.paragraph_in_button_scope() && !self.quirks() {
                    self.close_paragraph();
                }
                self.insert(name)?;
                self.mode = Mode::InTable;
            }
            Name::BUTTON => {
                if self.in_scope(Name::BUTTON) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|name| name == Name::BUTTON);
                }
                self.reconstruct()?;
                self.insert(name)?;
            }
            Name::APPLET | Name::MARQUEE | Name::OBJECT => {
                self.reconstruct()?;
                self.insert(name)?;
                self.formatting.push(Formatting::Marker);
            }
            Name::TEXTAREA => self.escapable_text(name)?,
            Name::IFRAME | Name::NOEMBED => self.raw_text(name)?,
            Name::SELECT => {
                if self.in_scope(Name::SELECT) {
                    self.pop_until(|name| name == Name::SELECT);
                } else {
                    self.reconstruct()?;
                    self.insert(name)?;
                }
            }
            Name::OPTION | Name::OPTGROUP => {
                if self.in_scope(Name::SELECT) {
                    self.generate_implied_end_tags((name == Name::OPTION).then_some(Name::OPTGROUP));
                } else if self.current_is(|name| name == Name::OPTION) {
                    self.pop();
                }
                self.reconstruct()?;
                self.insert(name)?;
            }
            Name::RB | Name::RTC | Name::RP | Name::RT => {
                if self.in_scope(Name::RUBY) {
                    self.generate_implied_end_tags(matches!(name, Name::RP | Name::RT).then_some(Name::RTC));
                }
                self.insert(name)?;
            }
            Name::FRAMESET => return Err(Declined("frames")),
            // `<image>` becomes another element, and so the tree loses track of its attributes.
            Name::IMAGE => return Err(Declined("an image by its wrong name")),
            Name::PLAINTEXT | Name::XMP => return Err(Declined("an obsolete element of raw text")),
            Name::MATH | Name::SVG => return Err(Declined("SVG or MathML")),
            _ if belongs_in_head(name) => return self.start_in_head(name),
            _ => {
                self.reconstruct()?;
                self.insert(name)?;
            }
        }
        Ok(Step::Done)
    }

    fn start_item(&mut self, name: Name) -> Result<(), Declined> {
        let closes = |open: Name| if name == Name::LI { open == name } else { matches!(open, Name::DD | Name::DT) };
        let mut found = None;
        for open in self.stack.iter().rev() {
            if closes(open.name) {
                found = Some(open.name);
                break;
            }
            if open.name.is(Traits::SPECIAL) && !matches!(open.name, Name::ADDRESS | Name::DIV | Name::P) {
                break;
            }
        }
        if let Some(found) = found {
            self.generate_implied_end_tags(Some(found));
            self.pop_until(|name| name == found);
        }
        self.close_paragraph_in_button_scope();
        self.insert(name)
    }

    /// Whether the page is in quirks mode. Few pages hang on it, so the declaration is looked at only for them.
    fn quirks(&mut self) -> bool {
        if let Quirks::Declared(declaration) = &self.quirks {
            let page = tree::parse(self.scanner.slice(declaration.clone()), self.limits);
            self.quirks = Quirks::Known(page.quirks());
        }
        matches!(self.quirks, Quirks::Known(true))
    }

    // § End tags

    fn end(&mut self, name: Name) -> Outcome {
        match self.mode {
            Mode::InBody => self.end_in_body(name),
            Mode::InCell => match name {
                Name::TD | Name::TH => {
                    if self.in_table_scope(|open| open == name) {
                        self.generate_implied_end_tags(None);
                        self.pop_until(|open| open == name);
                        self.clear_formatting_to_marker();
                        self.mode = Mode::InRow;
                    }
                    Ok(Step::Done)
                }
                Name::BODY | Name::CAPTION | Name::COL | Name::COLGROUP | Name::HTML => Ok(Step::Done),
                Name::TABLE | Name::TBODY | Name::TFOOT | Name::THEAD | Name::TR => {
                    if self.in_table_scope(|open| open == name) {
                        self.close_cell();
                        return Ok(Step::Again);
                    }
                    Ok(Step::Done)
                }
                _ => self.end_in_body(name),
            },
            Mode::InRow => match name {
                Name::TR => {
                    self.close_row();
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(self.close_row()),
                Name::TBODY | Name::TFOOT | Name::THEAD => {
                    if self.in_table_scope(|open| open == name) {
                        return Ok(self.close_row());
                    }
                    Ok(Step::Done)
                }
                Name::BODY | Name::CAPTION | Name::COL | Name::COLGROUP | Name::HTML | Name::TD | Name::TH => {
                    Ok(Step::Done)
                }
                _ => self.end_in_table(name),
            },
            Mode::InTableBody => match name {
                Name::TBODY | Name::TFOOT | Name::THEAD => {
                    if self.in_table_scope(|open| open == name) {
                        self.pop_until_current(is_table_body);
                        self.pop();
                        self.mode = Mode::InTable;
                    }
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(self.close_table_body()),
                Name::BODY
                | Name::CAPTION
                | Name::COL
                | Name::COLGROUP
                | Name::HTML
                | Name::TD
                | Name::TH
                | Name::TR => Ok(Step::Done),
                _ => self.end_in_table(name),
            },
            Mode::InTable => self.end_in_table(name),
            Mode::InCaption => match name {
                Name::CAPTION => {
                    self.close_caption();
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(if self.close_caption() { Step::Again } else { Step::Done }),
                Name::BODY
                | Name::COL
                | Name::COLGROUP
                | Name::HTML
                | Name::TBODY
                | Name::TD
                | Name::TFOOT
                | Name::TH
                | Name::THEAD
                | Name::TR => Ok(Step::Done),
                _ => self.end_in_body(name),
            },
            Mode::InColumnGroup => match name {
                Name::COLGROUP => {
                    self.close_column_group();
                    Ok(Step::Done)
                }
                Name::COL | Name::TEMPLATE => Ok(Step::Done),
                _ => Ok(self.close_column_group()),
            },
            mode => self.end_outside_body(mode, name),
        }
    }

    fn end_outside_body(&mut self, mode: Mode, name: Name) -> Outcome {
        let opens = matches!(name, Name::BODY | Name::HTML | Name::BR);
        match mode {
            Mode::Initial => {
                self.mode = Mode::BeforeHtml;
                return Ok(Step::Again);
            }
            Mode::BeforeHtml if opens || name == Name::HEAD => {
                self.insert_made_up(Name::HTML)?;
                self.mode = Mode::BeforeHead;
                return Ok(Step::Again);
            }
            Mode::BeforeHead if opens || name == Name::HEAD => {
                self.insert_made_up(Name::HEAD)?;
                self.mode = Mode::InHead;
                return Ok(Step::Again);
            }
            Mode::InHead if opens || name == Name::HEAD => {
                self.mode = Mode::AfterHead;
                return Ok(if name == Name::HEAD { Step::Done } else { Step::Again });
            }
            Mode::InHeadNoscript if matches!(name, Name::NOSCRIPT | Name::BR) => {
                self.pop();
                self.mode = Mode::InHead;
                return Ok(if name == Name::BR { Step::Again } else { Step::Done });
            }
            Mode::AfterHead if opens => {
                self.ensure_body()?;
                return Ok(Step::Again);
            }
            Mode::AfterBody if name == Name::HTML => self.mode = Mode::AfterAfterBody,
            Mode::AfterBody | Mode::AfterAfterBody => {
                self.mode = Mode::InBody;
                return Ok(Step::Again);
            }
            _ => {}
        }
        Ok(Step::Done)
    }

    fn end_in_table(&mut self, name: Name) -> Outcome {
        match name {
            Name::TABLE => {
                if self.in_table_scope(|open| open == Name::TABLE) {
                    self.pop_until(|open| open == Name::TABLE);
                    self.reset_mode();
                }
                Ok(Step::Done)
            }
            Name::BODY
            | Name::CAPTION
            | Name::COL
            | Name::COLGROUP
            | Name::HTML
            | Name::TBODY
            | Name::TD
            | Name::TFOOT
            | Name::TH
            | Name::THEAD
            | Name::TR => Ok(Step::Done),
            // Both leave an element, which would go in front of the table.
            Name::P | Name::BR => Err(Declined("an element between the cells of a table")),
            _ => self.end_in_body(name),
        }
    }

    fn end_in_body(&mut self, name: Name) -> Outcome {
        match name {
            Name::P => {
                if !self.paragraph_in_button_scope() {
                    self.insert_made_up(Name::P)?;
                }
                self.close_paragraph();
            }
            _ if name.is(Traits::FORMATTING) => self.close_formatting(name)?,
            _ if name.is(Traits::CLOSED_IN_SCOPE) => {
                if self.in_scope(name) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open == name);
                }
            }
            Name::BODY => {
                if self.in_scope(Name::BODY) {
                    self.mode = Mode::AfterBody;
                }
            }
            Name::HTML => {
                if self.in_scope(Name::BODY) {
                    self.mode = Mode::AfterBody;
                    return Ok(Step::Again);
                }
            }
            Name::FORM => {
                if let Some(id) = self.form.take()
                    && self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.id == id)
                {
                    self.generate_implied_end_tags(None);
                    if let Some(index) = self.stack.iter().rposition(|open| open.id == id) {
                        self.remove(index);
                    }
                }
            }
            Name::LI | Name::DD | Name::DT => {
                let bound =
                    |bound: Name| bound.is(Traits::SCOPE) || (name == Name::LI && matches!(bound, Name::OL | Name::UL));
                if self.in_scope_of(bound, |open| open.name == name) {
                    self.generate_implied_end_tags(Some(name));
                    self.pop_until(|open| open == name);
                }
            }
            _ if name.is(Traits::HEADING) => {
                if self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.name.is(Traits::HEADING)) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open.is(Traits::HEADING));
                }
            }
            Name::APPLET | Name::MARQUEE | Name::OBJECT => {
                if self.in_scope(name) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open == name);
                    self.clear_formatting_to_marker();
                }
            }
            Name::BR => {
                self.reconstruct()?;
                self.insert_void(name);
            }
            // No template is ever open.
            Name::TEMPLATE => {}
            _ => self.close_any(name),
        }
        Ok(Step::Done)
    }

    fn close_cell(&mut self) {
        self.generate_implied_end_tags(None);
        self.pop_until(|name| matches!(name, Name::TD | Name::TH));
        self.clear_formatting_to_marker();
        self.mode = Mode::InRow;
    }

    fn close_row(&mut self) -> Step {
        if !self.in_table_scope(|name| name == Name::TR) {
            return Step::Done;
        }
        self.pop_until_current(|name| name == Name::TR);
        self.pop();
        self.mode = Mode::InTableBody;
        Step::Again
    }

    fn close_table_body(&mut self) -> Step {
        if !self.in_table_scope(|name| matches!(name, Name::TABLE | Name::TBODY | Name::TFOOT)) {
            return Step::Done;
        }
        self.pop_until_current(is_table_body);
        self.pop();
        self.mode = Mode::InTable;
        Step::Again
    }

    fn close_caption(&mut self) -> bool {
        let closes = self.in_table_scope(|name| name == Name::CAPTION);
        if closes {
            self.generate_implied_end_tags(None);
            self.pop_until(|name| name == Name::CAPTION);
            self.clear_formatting_to_marker();
            self.mode = Mode::InTable;
        }
        closes
    }

    fn close_column_group(&mut self) -> Step {
        if !self.current_is(|name| name == Name::COLGROUP) {
            return Step::Done;
        }
        self.pop();
        self.mode = Mode::InTable;
        Step::Again
    }

    fn reset_mode(&mut self) {
        let mode = |open: &Open| {
            Some(match open.name {
                Name::TD | Name::TH => Mode::InCell,
                Name::TR => Mode::InRow,
                name if is_table_body(name) => Mode::InTableBody,
                Name::CAPTION => Mode::InCaption,
                Name::COLGROUP => Mode::InColumnGroup,
                Name::TABLE => Mode::InTable,
                Name::BODY => Mode::InBody,
                _ => return None,
            })
        };
        self.mode = self.stack.iter().rev().find_map(mode).unwrap_or(Mode::InBody);
    }

    // § Attributes

    fn attribute(&self, key: Key) -> Option<&RawAttribute> {
        self.scanner.attributes.iter().find(|raw| raw.key == key)
    }

    /// What matters of the last start tag's attributes, if it is that of an element called `name`.
    fn attributes(&self, name: Name) -> Option<Box<Attributes<'s>>> {
        let scanner = &self.scanner;
        if scanner.attributes.is_empty() {
            return None;
        }
        let mut attributes = Attributes::default();
        for raw in &scanner.attributes {
            let sort = match raw.key {
                Key::Title | Key::Alt | Key::AriaLabel | Key::Placeholder => Sort::Shown,
                Key::Value if name == Name::INPUT => Sort::Value,
                Key::Content if name == Name::META => Sort::Content,
                Key::Type if name == Name::INPUT => {
                    attributes.button = is_button(&scanner.value(raw));
                    continue;
                }
                Key::Colspan if matches!(name, Name::TD | Name::TH) => {
                    attributes.colspan = Some(scanner.value(raw));
                    continue;
                }
                Key::Href | Key::Src | Key::Data => {
                    let wanted = match raw.key {
                        Key::Href => "href",
                        Key::Src => "src",
                        _ => "data",
                    };
                    if link_attribute(name) == Some(wanted) {
                        attributes.link = Some(scanner.value(raw));
                    }
                    continue;
                }
                _ => continue,
            };
            let value = scanner.value(raw);
            let segments = scanner.value_segments(raw, &value);
            attributes.readable.push(Readable { sort, value, segments });
        }
        if name == Name::META
            && let Some(content) = self.attribute(Key::Content)
        {
            let named = self.attribute(Key::Name).or_else(|| self.attribute(Key::Property));
            let named = named.map_or(String::new(), |raw| scanner.value(raw).to_ascii_lowercase());
            attributes.meta = Some((named, scanner.value(content)));
        }
        Some(Box::new(attributes))
    }
}

fn belongs_in_head(name: Name) -> bool {
    matches!(
        name,
        Name::BASE
            | Name::BASEFONT
            | Name::BGSOUND
            | Name::LINK
            | Name::META
            | Name::NOFRAMES
            | Name::SCRIPT
            | Name::STYLE
            | Name::TEMPLATE
            | Name::TITLE
    )
}

fn is_table_body(name: Name) -> bool {
    matches!(name, Name::TBODY | Name::TFOOT | Name::THEAD)
}
