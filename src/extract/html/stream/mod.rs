//! HTML read without building its tree.
//!
//! Text and its blocks follow from which elements are open, so the stack of open elements is kept as the HTML Standard keeps it
//! (§13.2.6), and elements are told to [`Blocks`] as they open and close. That gives what walking through the tree would give as long as
//! the tree has everything in the order of the source. Where the standard moves things – text out of tables, blocks out of
//! formatting elements – and where it has rules of its own – SVG, templates, frames – the page is declined and read by its tree.
//! The tests hold both readings against each other.

mod end;
mod stack;
mod start;

use std::ops::Range;

use memchr::memchr;

use super::blocks::{Attributes, Blocks, Readable, Sort, is_button, is_directive, link_attribute};
use super::names::Name;
use super::scan::{Declined, Key, RawAttribute, Reference, Scanner, Token, blank};
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
#[derive(Debug, Clone, Copy)]
enum Formatting {
    Marker,
    Element { name: Name, id: u32 },
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

fn is_table_body(name: Name) -> bool {
    matches!(name, Name::TBODY | Name::TFOOT | Name::THEAD)
}
