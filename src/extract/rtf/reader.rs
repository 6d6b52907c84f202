//! From tokens to blocks: a state for each open group, and a flow for each text that is being read.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::tokens::{TokenKind, Tokens};
use crate::document::{Document, DocumentBuilder, DocumentDate, Place, Scope, Span};
use crate::extract::docx::scope_by_name;
use crate::extract::objects::{Object, in_stream};
use crate::extract::story::{Frame, Pending, Tables};
use crate::source::{Limits, Source, by_charset, by_codepage, decode, first_character};

/// What the text of a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    /// Text of the flow that is read last.
    Text,
    /// Nothing in it counts.
    Skip,
    /// It is no text itself, but groups in it may be.
    Silent,
    /// What `\upr` says for readers without Unicode; the group `\ud` inside stands for all of it.
    Twice,
    /// Fonts.
    Fonts,
    /// Styles.
    Styles,
    /// The information group.
    Info,
    /// A document property.
    Property(&'static str),
    /// A date of the information group.
    Date(&'static str),
    /// Name of a shape's property.
    ShapeName,
    /// Value of a shape's property.
    ShapeValue,
    /// Properties of a row of a nested table.
    Row,
    /// The bytes of an object, in hexadecimal digits.
    Object,
}

/// What holds inside a group.
#[derive(Debug, Clone, Copy)]
struct State {
    destination: Destination,
    /// What [`Destination::Twice`] stands in for.
    outer: Destination,
    /// Whether a flow ends with the group.
    flow: bool,
    /// Encoding of text in bytes.
    encoding: &'static Encoding,
    /// Whether the text is East Asian, whatever its font is said to be.
    eastern: bool,
    /// Bytes after each `\u` that are there for older readers.
    fallback: u32,
    hidden: bool,
    deleted: bool,
    in_table: bool,
    depth: u32,
    scope: Option<Scope>,
    style: Option<Scope>,
}

/// A text being read: the document itself, a header, a note, a text box.
#[derive(Debug)]
struct Flow {
    frame: Frame,
    tables: Tables,
    /// The open paragraph: its characters, as they come.
    text: Vec<(char, Range<usize>, bool)>,
    /// Blocks of what hangs on the open paragraph.
    hanging: Vec<(Frame, Pending)>,
    /// Edges of the cells of rows, by depth.
    edges: Vec<Vec<i32>>,
}

impl Flow {
    fn new(frame: Frame) -> Self {
        Flow { frame, tables: Tables::default(), text: Vec::new(), hanging: Vec::new(), edges: Vec::new() }
    }
}

/// A document property: what it is called and where its text stands.
#[derive(Debug, Default)]
struct Collected {
    text: Vec<(char, Range<usize>, bool)>,
}

/// What was found in a file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) document: Document,
    /// Whether groups were open at the end.
    pub(super) unclosed: bool,
    pub(super) too_deep: bool,
    /// Whether there was more text than a document may have.
    pub(super) full: bool,
    /// Bytes that are no character.
    pub(super) replaced: usize,
    /// Whether hidden text was left out.
    pub(super) hidden: bool,
    /// Objects met.
    pub(super) objects: Vec<Object>,
    /// Objects beyond the limit.
    pub(super) objects_lost: usize,
}

/// An RTF file being read.
pub(super) struct Reader<'b> {
    tokens: Tokens<'b>,
    depth_limit: u64,
    text_limit: u64,
    states: Vec<State>,
    /// Groups open beyond the limit.
    deeper: u64,
    flows: Vec<Flow>,
    /// Blocks of headers, notes and comments, which come after the text.
    later: Vec<(Frame, Pending)>,
    builder: DocumentBuilder,
    /// Bytes of text so far, with those that wait.
    length: u64,
    /// Bytes of text that are not characters yet, where each stands, and whether the file itself spells it.
    raw: Vec<u8>,
    raw_places: Vec<(Range<usize>, bool)>,
    raw_encoding: &'static Encoding,
    /// Bytes to be passed over after `\u`.
    skip: u32,
    /// The first half of a character beyond the basic plane.
    surrogate: Option<(u16, Range<usize>)>,
    /// A group has begun and nothing in it was read yet; then `\*` was.
    fresh: bool,
    starred: bool,
    document_encoding: &'static Encoding,
    /// Whether that is what the bytes look like, because the file does not say.
    guessed: bool,
    fonts: HashMap<i32, Option<&'static Encoding>>,
    default_font: i32,
    font: i32,
    styles: HashMap<i32, Scope>,
    style: i32,
    /// Text of the group that is collected: a style's name, a property.
    collected: Collected,
    shape_name: String,
    date: [u32; 3],
    /// Hexadecimal digits of the object being read.
    object: Vec<u8>,
    object_limit: u64,
    parts: HashMap<String, u16>,
    counts: HashMap<&'static str, u32>,
    found: Found,
}

impl<'b> Reader<'b> {
    pub(super) fn new(source: &'b Source, limits: &Limits) -> Self {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("document");
        let guessed = guess(&source.bytes);
        let document_encoding = guessed.unwrap_or(WINDOWS_1252);
        let state = State {
            destination: Destination::Text,
            outer: Destination::Text,
            flow: false,
            encoding: document_encoding,
            eastern: false,
            fallback: 1,
            hidden: false,
            deleted: false,
            in_table: false,
            depth: 0,
            scope: None,
            style: None,
        };
        Reader {
            tokens: Tokens::new(&source.bytes, beginning(&source.bytes)),
            depth_limit: limits.rtf_depth,
            text_limit: limits.entry_size.min(u64::from(u32::MAX / 4)),
            states: vec![state],
            deeper: 0,
            flows: vec![Flow::new(Frame { part, scope: Scope::Body, text_box: None, note: None })],
            later: Vec::new(),
            builder,
            length: 0,
            raw: Vec::new(),
            raw_places: Vec::new(),
            raw_encoding: WINDOWS_1252,
            skip: 0,
            surrogate: None,
            fresh: false,
            starred: false,
            document_encoding,
            guessed: guessed.is_some(),
            fonts: HashMap::new(),
            default_font: 0,
            font: 0,
            styles: HashMap::new(),
            style: 0,
            collected: Collected::default(),
            shape_name: String::new(),
            date: [0; 3],
            object: Vec::new(),
            object_limit: limits.archive_entries,
            parts: HashMap::new(),
            counts: HashMap::new(),
            found: Found {
                document: Document::default(),
                unclosed: false,
                too_deep: false,
                full: false,
                replaced: 0,
                hidden: false,
                objects: Vec::new(),
                objects_lost: 0,
            },
        }
    }

    /// Reads to the end of the outermost group; gives what stands behind it.
    pub(super) fn read(&mut self) -> &'b [u8] {
        while let Some(token) = self.tokens.next() {
            if self.deeper > 0 {
                match token.kind {
                    TokenKind::Open => self.deeper += 1,
                    TokenKind::Close => self.deeper -= 1,
                    _ => {}
                }
                continue;
            }
            match token.kind {
                TokenKind::Open => self.open(),
                TokenKind::Close => {
                    self.close();
                    if self.states.len() == 1 {
                        return self.tokens.rest();
                    }
                }
                TokenKind::Word(name, number) => self.word(name, number, token.bytes),
                TokenKind::Symbol(symbol) => self.symbol(symbol, token.bytes),
                TokenKind::Hex(byte) => {
                    self.fresh = false;
                    self.byte(byte, token.bytes, false);
                }
                // Pictures are long.
                TokenKind::Text(text) if self.skip == 0 && !self.collects() && !self.is_object() => {
                    self.fresh &= text.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0));
                }
                TokenKind::Text(text) => {
                    for (at, &byte) in (token.bytes.start..).zip(text) {
                        if !matches!(byte, b'\r' | b'\n' | 0) {
                            self.fresh = false;
                            self.byte(byte, at..at + 1, true);
                        }
                    }
                }
                TokenKind::Binary => self.skip = self.skip.saturating_sub(1),
            }
        }
        self.found.unclosed = true;
        &[]
    }

    /// Ends what is open and hands over what was found.
    pub(super) fn finish(mut self) -> Found {
        self.flush(true);
        while self.states.len() > 1 {
            self.close();
        }
        while let Some(flow) = self.flows.last() {
            if !flow.text.is_empty() || !flow.hanging.is_empty() {
                self.end_paragraph();
            }
            self.end_flow();
        }
        let mut later = mem::take(&mut self.later);
        // Parts are numbered as they are met; within one the order is that of the file.
        later.sort_by_key(|(frame, _)| frame.part);
        for (frame, pending) in later {
            pending.emit(&mut self.builder, frame);
        }
        self.found.document = self.builder.finish();
        self.found
    }

    fn state(&self) -> State {
        // The first one is never removed.
        self.states[self.states.len() - 1]
    }

    fn state_mut(&mut self) -> &mut State {
        let last = self.states.len() - 1;
        &mut self.states[last]
    }

    fn open(&mut self) {
        self.skip = 0;
        if self.states.len() as u64 > self.depth_limit {
            self.found.too_deep = true;
            self.deeper = 1;
            return;
        }
        self.states.push(State { flow: false, ..self.state() });
        if self.state().destination == Destination::Styles {
            // The style that is every paragraph's has no number.
            self.style = 0;
            self.collected.text.clear();
        }
        self.fresh = true;
        self.starred = false;
    }

    fn close(&mut self) {
        self.skip = 0;
        self.fresh = false;
        let Some(state) = self.states.pop() else { return };
        let outside = self.state();
        if self.states.len() == 1 || state.flow || state.destination != outside.destination {
            // What ends here takes its last bytes along.
            self.states.push(state);
            self.flush(true);
            self.states.pop();
        }
        if state.flow {
            // The last paragraph of a flow needs no mark.
            let open = self.flows.last().is_some_and(|flow| !flow.text.is_empty() || !flow.hanging.is_empty());
            if open {
                self.states.push(state);
                self.end_paragraph();
                self.states.pop();
            }
            self.end_flow();
        }
        if state.destination != outside.destination {
            self.end_destination(state.destination);
        }
    }

    /// The group of a destination ends.
    fn end_destination(&mut self, destination: Destination) {
        let text: String = self.collected.text.iter().map(|(value, ..)| value).collect();
        match destination {
            Destination::Property(name) => self.property(name),
            Destination::Date(name) => {
                let [year, month, day] = self.date;
                let date = DocumentDate::parse(&format!("{year:04}-{month:02}-{day:02}"), &format!("rtf {name}"));
                // Programs that know no date write one of long ago.
                let date = date.filter(|_| year >= 1980);
                let saved = &mut self.builder.metadata().saved;
                if date.as_ref().map(|date| &date.date) > saved.as_ref().map(|date| &date.date) {
                    *saved = date;
                }
            }
            Destination::Object => {
                let digits = mem::take(&mut self.object);
                if self.found.objects.len() as u64 >= self.object_limit {
                    self.found.objects_lost += 1;
                    return;
                }
                let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
                self.found.objects.push(in_stream(&bytes));
            }
            Destination::ShapeName => self.shape_name = text.trim().to_owned(),
            Destination::ShapeValue => {
                let text = mem::take(&mut self.collected.text);
                let scope = match &*self.shape_name {
                    "wzDescription" => Scope::Alt,
                    // The text of WordArt, which is how watermarks are made.
                    "gtextUNICODE" => self.flows.last().map_or(Scope::Body, |flow| flow.frame.scope),
                    _ => return,
                };
                if let Some(flow) = self.flows.last_mut() {
                    let mut pending = Pending::new(scope, flow.tables.beside());
                    for (value, bytes, literal) in text {
                        pending.push(value, Span::new(bytes.start, bytes.end), literal);
                    }
                    if !pending.is_blank() {
                        flow.hanging.push((flow.frame, pending));
                    }
                }
            }
            _ => {}
        }
        self.collected.text.clear();
    }

    fn property(&mut self, name: &'static str) {
        let collected = mem::take(&mut self.collected.text);
        let text: String = collected.iter().map(|(value, ..)| value).collect();
        if text.trim().is_empty() {
            return;
        }
        let part = self.part("info");
        let scope = if name == "title" { Scope::Title } else { Scope::Meta };
        if scope == Scope::Title {
            self.builder.metadata().title = Some(text.trim().to_owned());
        }
        self.builder.open(scope, Place::Property { part, name: name.into() }, None);
        for (value, bytes, literal) in collected {
            let mut buffer = [0; 4];
            let text = &*value.encode_utf8(&mut buffer);
            if literal {
                self.builder.literal(part, bytes.start, text);
            } else {
                self.builder.replaced(part, Span::new(bytes.start, bytes.end), text);
            }
        }
        self.builder.close();
    }

    /// The part called `name`, which is registered when it is first met.
    fn part(&mut self, name: &str) -> u16 {
        if let Some(&part) = self.parts.get(name) {
            return part;
        }
        // The document counts parts in 16 bits.
        if self.parts.len() >= 60_000 {
            return 0;
        }
        let part = self.builder.add_part(name);
        self.parts.insert(name.to_owned(), part);
        part
    }

    /// The next number of what is called `name`.
    fn count(&mut self, name: &'static str) -> u32 {
        let count = self.counts.entry(name).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// A byte of text.
    fn byte(&mut self, byte: u8, bytes: Range<usize>, spelt: bool) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if self.is_object() {
            self.object.extend(char::from(byte).to_digit(16).map(|digit| digit as u8));
            return;
        }
        if !self.collects() {
            return;
        }
        let State { mut encoding, eastern, .. } = self.state();
        if eastern && encoding.is_single_byte() {
            encoding = self.document_encoding;
        }
        // A half of a character is completed in the encoding in which it began.
        if encoding != self.raw_encoding && !self.raw.is_empty() {
            self.flush(true);
        }
        self.raw_encoding = encoding;
        if byte < 0x80 && self.raw.is_empty() {
            self.character(char::from(byte), bytes, spelt);
            return;
        }
        self.raw.push(byte);
        self.raw_places.push((bytes, spelt));
        self.flush(false);
    }

    /// Whether the current group holds the bytes of an object.
    fn is_object(&self) -> bool {
        self.state().destination == Destination::Object
    }

    /// Whether the text of the current group is of interest.
    fn collects(&self) -> bool {
        !matches!(
            self.state().destination,
            Destination::Skip
                | Destination::Silent
                | Destination::Twice
                | Destination::Fonts
                | Destination::Info
                | Destination::Date(_)
                | Destination::Row
                | Destination::Object
        )
    }

    /// Makes characters of bytes; half a character may wait unless this is the end.
    fn flush(&mut self, end: bool) {
        while !self.raw.is_empty() {
            let (value, length) = match first_character(self.raw_encoding, &self.raw) {
                Some(found) => found,
                None if self.raw.len() < 4 && !end && begins(self.raw_encoding, &self.raw) => return,
                None => {
                    self.found.replaced += 1;
                    (char::REPLACEMENT_CHARACTER, 1)
                }
            };
            let places: Vec<(Range<usize>, bool)> = self.raw_places.drain(..length).collect();
            self.raw.drain(..length);
            let (Some((first, spelt)), Some((last, _))) = (places.first(), places.last()) else { return };
            let literal = *spelt && length == 1 && value.is_ascii();
            self.character(value, first.start..last.end, literal);
        }
    }

    /// A character of text.
    fn character(&mut self, value: char, bytes: Range<usize>, literal: bool) {
        if let Some((_, lone)) = self.surrogate.take() {
            self.found.replaced += 1;
            self.put(char::REPLACEMENT_CHARACTER, lone, false);
        }
        self.put(value, bytes, literal);
    }

    fn put(&mut self, value: char, bytes: Range<usize>, literal: bool) {
        let state = self.state();
        if self.length >= self.text_limit {
            self.found.full = true;
            return;
        }
        match state.destination {
            Destination::Text => {
                if state.deleted {
                    return;
                }
                if state.hidden {
                    self.found.hidden |= !value.is_whitespace();
                    return;
                }
                self.length += value.len_utf8() as u64;
                if let Some(flow) = self.flows.last_mut() {
                    flow.text.push((value, bytes, literal));
                }
            }
            Destination::Styles if value == ';' => {
                let text: String = self.collected.text.drain(..).map(|(value, ..)| value).collect();
                // Aliases follow the name, after a comma.
                let scope = self.state().scope.or_else(|| text.split(',').find_map(scope_by_name));
                if let Some(scope) = scope {
                    self.styles.insert(self.style, scope);
                }
            }
            Destination::Styles | Destination::Property(_) | Destination::ShapeName | Destination::ShapeValue => {
                self.length += value.len_utf8() as u64;
                self.collected.text.push((value, bytes, literal));
            }
            _ => {}
        }
    }

    /// Something that stands for a character.
    fn means(&mut self, value: char, bytes: Range<usize>) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.collects() {
            self.flush(true);
            self.character(value, bytes, false);
        }
    }

    fn symbol(&mut self, symbol: u8, bytes: Range<usize>) {
        let fresh = mem::take(&mut self.fresh);
        match symbol {
            b'*' => {
                self.fresh = fresh;
                self.starred = fresh;
            }
            b'\\' | b'{' | b'}' => self.means(char::from(symbol), bytes),
            b'~' => self.means('\u{A0}', bytes),
            b'_' => self.means('-', bytes),
            b'-' => self.means('\u{AD}', bytes),
            b'\r' | b'\n' => self.paragraph_mark(),
            _ => {}
        }
    }

    fn word(&mut self, name: &str, number: Option<i32>, bytes: Range<usize>) {
        let fresh = mem::take(&mut self.fresh);
        let starred = mem::take(&mut self.starred);
        if name == "u" {
            return self.unicode(number.unwrap_or_default(), bytes);
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if fresh && self.begin(name, starred) {
            return;
        }
        match self.state().destination {
            Destination::Skip => {}
            Destination::Fonts => self.font_word(name, number.unwrap_or_default()),
            Destination::Twice => {
                if name == "ud" {
                    let outer = self.state().outer;
                    self.state_mut().destination = outer;
                }
            }
            Destination::Date(_) => {
                let slot = ["yr", "mo", "dy"].iter().position(|word| *word == name);
                if let Some(slot) = slot {
                    self.date[slot] = number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
                }
            }
            _ => self.control(name, number, bytes),
        }
    }

    /// The first word of a group may say what it is; whether it did.
    fn begin(&mut self, name: &str, starred: bool) -> bool {
        let current = self.state().destination;
        if matches!(current, Destination::Skip | Destination::Twice) {
            if current == Destination::Twice && name == "ud" {
                let outer = self.state().outer;
                self.state_mut().destination = outer;
            }
            return true;
        }
        if let Some((kind, scope)) = story(name) {
            self.begin_flow(kind, scope);
            return true;
        }
        let destination = match name {
            "fonttbl" => Destination::Fonts,
            "stylesheet" => Destination::Styles,
            "info" => Destination::Info,
            "title" | "subject" | "keywords" | "doccomm" if current == Destination::Info => {
                self.collected.text.clear();
                Destination::Property(match name {
                    "title" => "title",
                    "subject" => "subject",
                    "keywords" => "keywords",
                    _ => "doccomm",
                })
            }
            "creatim" | "revtim" if current == Destination::Info => {
                self.date = [0; 3];
                Destination::Date(if name == "creatim" { "creatim" } else { "revtim" })
            }
            "upr" => {
                let outer = current;
                self.state_mut().outer = outer;
                Destination::Twice
            }
            // Pictures and shapes, whose properties hold text.
            "pict" | "shppict" | "picprop" | "shp" | "shpinst" | "shpgrp" | "sp" | "do" | "moMath" | "moMathPara"
            | "background" | "object" => Destination::Silent,
            "sn" => {
                self.collected.text.clear();
                Destination::ShapeName
            }
            "sv" => {
                self.collected.text.clear();
                Destination::ShapeValue
            }
            // What an object looks like in the text; a run of a formula.
            "result" | "mr" => Destination::Text,
            "nesttableprops" => Destination::Row,
            "objdata" => {
                self.object.clear();
                Destination::Object
            }
            // Said again for older readers, numbers that Word computes, instructions, marks of the index, data.
            "nonshppict" | "shprslt" | "nonesttables" | "pntext" | "listtext" | "fldinst" | "xe" | "tc" | "tcn"
            | "rxe" | "bxe" | "txe" | "colortbl" | "filetbl" | "revtbl" | "ftnsep" | "ftnsepc" | "ftncn"
            | "aftnsep" | "aftnsepc" | "aftncn" | "template" | "bkmkstart" | "bkmkend" | "objclass" | "objname"
            | "mmathPict" | "mmathPr" | "private" | "listtable" | "listoverridetable" | "atnid" | "atnauthor"
            | "author" | "operator" | "manager" | "company" | "category" | "comment" | "hlinkbase" | "printim"
            | "buptim" | "version" | "formfield" | "datafield" => Destination::Skip,
            // Style by style, paragraphs and characters alike.
            "cs" | "ts" | "ds" if current == Destination::Styles => Destination::Skip,
            // These are text whatever a reader knows.
            "ud" | "fldrslt" => return true,
            _ if starred => Destination::Skip,
            _ => return false,
        };
        self.flush(true);
        self.state_mut().destination = destination;
        true
    }

    /// A text of its own begins: a header, a note, a text box.
    fn begin_flow(&mut self, kind: &'static str, scope: Option<Scope>) {
        self.flush(true);
        let outer = self.flows.last().map(|flow| flow.frame);
        let outer = outer.unwrap_or(Frame { part: 0, scope: Scope::Body, text_box: None, note: None });
        let frame = match scope {
            // A text box belongs to what its anchor stands in.
            None => Frame { text_box: Some(self.count("text box")), ..outer },
            Some(scope @ (Scope::Header | Scope::Footer)) => {
                let number = self.count(kind);
                Frame { part: self.part(&format!("{kind}{number}")), scope, text_box: None, note: None }
            }
            Some(scope) => {
                let note = Some(self.count(kind));
                Frame { part: self.part(kind), scope, text_box: None, note }
            }
        };
        self.flows.push(Flow::new(frame));
        let encoding = self.encoding_of(self.default_font);
        let state = self.state_mut();
        state.destination = Destination::Text;
        state.flow = true;
        state.encoding = encoding;
        (state.hidden, state.deleted, state.in_table, state.depth) = (false, false, false, 0);
        (state.scope, state.style) = (None, None);
    }

    /// The flow that was read last ends.
    fn end_flow(&mut self) {
        let Some(mut flow) = self.flows.pop() else { return };
        let rest = flow.tables.finish();
        let frame = flow.frame;
        let blocks = rest.into_iter().map(|pending| (frame, pending));
        match self.flows.last_mut() {
            None => {
                for (frame, pending) in blocks {
                    pending.emit(&mut self.builder, frame);
                }
            }
            // A text box hangs on the paragraph of its anchor, all others come later.
            Some(outer) if outer.frame.part == frame.part => outer.hanging.extend(blocks),
            Some(_) => self.later.extend(blocks),
        }
    }

    /// Hands a block over to the document, or to what its flow belongs to.
    fn emit(&mut self, frame: Frame, pending: Pending) {
        let count = self.flows.len();
        if count < 2 {
            pending.emit(&mut self.builder, frame);
        } else if self.flows[count - 2].frame.part == frame.part {
            self.flows[count - 2].hanging.push((frame, pending));
        } else {
            self.later.push((frame, pending));
        }
    }

    /// The open paragraph ends here, in the body or in a cell, as its properties say.
    fn end_paragraph(&mut self) {
        let state = self.state();
        self.end_paragraph_at(if state.in_table { state.depth.max(1) } else { 0 });
    }

    fn end_paragraph_at(&mut self, depth: u32) {
        self.flush(true);
        let state = self.state();
        let Some(flow) = self.flows.last_mut() else { return };
        let frame = flow.frame;
        let tables = self.counts.entry("table").or_default();
        let mut blocks: Vec<(Frame, Pending)> =
            flow.tables.enter(depth, tables).into_iter().map(|pending| (frame, pending)).collect();
        let scope = match frame.scope {
            Scope::Body if depth == 0 => state.scope.or(state.style).unwrap_or(Scope::Body),
            scope => scope,
        };
        let mut pending = Pending::new(scope, flow.tables.paragraph());
        for (value, bytes, literal) in flow.text.drain(..) {
            pending.push(value, Span::new(bytes.start, bytes.end), literal);
        }
        let hanging = mem::take(&mut flow.hanging);
        if !pending.is_blank() {
            if pending.waits() {
                flow.tables.wait(pending);
            } else {
                blocks.push((frame, pending));
            }
        }
        blocks.extend(hanging);
        for (frame, pending) in blocks {
            self.emit(frame, pending);
        }
    }

    fn paragraph_mark(&mut self) {
        if self.state().destination == Destination::Text {
            self.end_paragraph();
        }
    }

    fn unicode(&mut self, number: i32, bytes: Range<usize>) {
        let state = self.state();
        self.skip = state.fallback;
        if !self.collects() {
            return;
        }
        self.flush(true);
        // A number of 16 bits, with or without a sign.
        let unit = (number & 0xFFFF) as u16;
        match (unit, self.surrogate.take()) {
            (0xD800..=0xDBFF, _) => self.surrogate = Some((unit, bytes)),
            (0xDC00..=0xDFFF, Some((first, start))) => {
                let value = char::decode_utf16([first, unit]).next().and_then(Result::ok);
                self.put(value.unwrap_or(char::REPLACEMENT_CHARACTER), start.start..bytes.end, false);
            }
            (_, lone) => {
                self.surrogate = lone;
                match char::from_u32(u32::from(unit)) {
                    // Symbol fonts have their characters here.
                    Some('\u{F000}'..='\u{F0FF}' | '\0') => {}
                    Some(value) => self.character(value, bytes, false),
                    None => {
                        self.found.replaced += 1;
                        self.character(char::REPLACEMENT_CHARACTER, bytes, false);
                    }
                }
            }
        }
    }

    fn encoding_of(&self, font: i32) -> &'static Encoding {
        self.fonts.get(&font).copied().flatten().unwrap_or(self.document_encoding)
    }

    /// A word inside the table of fonts.
    fn font_word(&mut self, name: &str, number: i32) {
        let encoding = match name {
            "f" => {
                self.font = number;
                None
            }
            // Programs that do not say what the file is written in say nothing true about its fonts either.
            "fcharset" if number == 0 && self.guessed => None,
            "fcharset" => by_charset(number as u8),
            "cpg" => u16::try_from(number).ok().and_then(by_codepage),
            _ => return,
        };
        // A hostile table could have any number of fonts.
        if self.fonts.len() < 65_536 {
            let known = self.fonts.entry(self.font).or_default();
            *known = encoding.or(*known);
        }
    }

    /// A word that is no destination.
    fn control(&mut self, name: &str, number: Option<i32>, bytes: Range<usize>) {
        let on = number != Some(0);
        let value = number.unwrap_or_default();
        match name {
            "par" | "sect" => self.paragraph_mark(),
            "cell" | "nestcell" => {
                if self.state().destination == Destination::Text {
                    let depth = self.state().depth;
                    self.end_paragraph_at(if name == "cell" { 1 } else { depth.max(2) });
                    if let Some(flow) = self.flows.last_mut() {
                        flow.tables.end_cell();
                    }
                }
            }
            "row" => self.end_row(1),
            "nestrow" => self.end_row(self.state().depth.max(2)),
            "trowd" => _ = self.edges().map(Vec::clear),
            "trleft" => _ = self.edges().map(|edges| edges.insert(0, value)),
            "cellx" => {
                if let Some(edges) = self.edges().filter(|edges| edges.len() < 1024) {
                    if edges.is_empty() {
                        edges.push(0);
                    }
                    edges.push(value);
                }
            }
            "pard" => {
                let state = self.state_mut();
                (state.in_table, state.depth, state.scope, state.style) = (false, 0, None, None);
            }
            "intbl" => self.state_mut().in_table = true,
            "itap" => {
                let state = self.state_mut();
                state.depth = u32::try_from(value).unwrap_or_default();
                state.in_table |= value > 0;
            }
            "outlinelevel" => self.state_mut().scope = (0..9).contains(&value).then_some(Scope::Heading),
            "s" => {
                self.style = value;
                self.state_mut().style = self.styles.get(&value).copied();
            }
            "plain" => {
                let encoding = self.encoding_of(self.default_font);
                let state = self.state_mut();
                (state.hidden, state.deleted, state.encoding) = (false, false, encoding);
            }
            "v" => self.state_mut().hidden = on,
            "deleted" => self.state_mut().deleted = on,
            "f" => self.state_mut().encoding = self.encoding_of(value),
            "dbch" => self.state_mut().eastern = true,
            "loch" | "hich" => self.state_mut().eastern = false,
            "uc" => self.state_mut().fallback = u32::try_from(value).unwrap_or_default().min(16),
            "deff" => self.default_font = value,
            "ansicpg" => {
                if let Some(encoding) = u16::try_from(value).ok().and_then(by_codepage) {
                    self.document_encoding = if encoding == encoding_rs::UTF_16LE { UTF_8 } else { encoding };
                    self.state_mut().encoding = self.document_encoding;
                }
            }
            "mac" => {
                self.document_encoding = encoding_rs::MACINTOSH;
                self.state_mut().encoding = self.document_encoding;
            }
            "ftnalt" => self.turn_into_endnote(),
            _ => {
                if let Some(character) = meaning(name) {
                    self.means(character, bytes);
                }
            }
        }
    }

    /// The footnote being read turns out to be an endnote.
    fn turn_into_endnote(&mut self) {
        let footnotes = self.parts.get("footnotes").copied();
        if self.flows.last().is_some_and(|flow| Some(flow.frame.part) == footnotes && flow.text.is_empty()) {
            if let Some(count) = self.counts.get_mut("footnotes") {
                *count = count.saturating_sub(1);
            }
            let (part, note) = (self.part("endnotes"), self.count("endnotes"));
            if let Some(flow) = self.flows.last_mut() {
                (flow.frame.part, flow.frame.note) = (part, Some(note));
            }
        }
    }

    /// Edges of the cells of the row that is described: of a nested one inside its own group.
    fn edges(&mut self) -> Option<&mut Vec<i32>> {
        let index = usize::from(self.state().destination == Destination::Row);
        let flow = self.flows.last_mut()?;
        flow.edges.resize(2, Vec::new());
        flow.edges.get_mut(index)
    }

    fn end_row(&mut self, depth: u32) {
        if !matches!(self.state().destination, Destination::Text | Destination::Row) {
            return;
        }
        // Text after the last cell belongs to none; it is read all the same.
        if self.flows.last().is_some_and(|flow| !flow.text.is_empty()) {
            self.end_paragraph_at(depth);
        }
        let Some(flow) = self.flows.last_mut() else { return };
        let tables = self.counts.entry("table").or_default();
        // This closes no table, since the row is in one.
        flow.tables.enter(depth, tables);
        let edges = flow.edges.get(usize::from(depth > 1)).cloned().unwrap_or_default();
        flow.tables.end_row(edges);
    }
}

/// The story that a destination begins: its part, and its scope; a text box has that of its surroundings.
fn story(name: &str) -> Option<(&'static str, Option<Scope>)> {
    Some(match name {
        "header" | "headerl" | "headerr" | "headerf" => ("header", Some(Scope::Header)),
        "footer" | "footerl" | "footerr" | "footerf" => ("footer", Some(Scope::Footer)),
        "footnote" => ("footnotes", Some(Scope::Footnote)),
        "annotation" => ("comments", Some(Scope::Comment)),
        "shptxt" | "dptxbxtext" => ("", None),
        _ => return None,
    })
}

/// The character that a control word stands for.
fn meaning(name: &str) -> Option<char> {
    Some(match name {
        "tab" => '\t',
        "line" | "page" | "column" | "lbr" | "softline" | "softpage" => '\n',
        "emdash" => '—',
        "endash" => '–',
        "lquote" => '‘',
        "rquote" => '’',
        "ldblquote" => '“',
        "rdblquote" => '”',
        "bullet" => '•',
        "emspace" => '\u{2003}',
        "enspace" => '\u{2002}',
        "qmspace" => '\u{2005}',
        "zwj" => '\u{200D}',
        "zwnj" => '\u{200C}',
        "zwbo" => '\u{200B}',
        _ => return None,
    })
}

/// Where the outermost group begins: a byte order mark or blanks may stand before it.
fn beginning(bytes: &[u8]) -> usize {
    const HEAD: usize = 1024;
    memchr::memmem::find(&bytes[..bytes.len().min(HEAD)], b"{\\rtf").unwrap_or_default()
}

/// The encoding that the bytes of a file are in that does not say so; `None` if it does, or if nothing but Western European
/// speaks for itself.
fn guess(bytes: &[u8]) -> Option<&'static Encoding> {
    const HEAD: usize = 4096;
    const ENOUGH: usize = 1 << 16;
    if memchr::memmem::find(&bytes[..bytes.len().min(HEAD)], b"\\ansicpg").is_some() {
        return None;
    }
    let mut text: Vec<u8> = Vec::new();
    for token in Tokens::new(bytes, beginning(bytes)) {
        match token.kind {
            TokenKind::Hex(byte) => text.push(byte),
            TokenKind::Text(run) => text.extend(run.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'))),
            _ => {}
        }
        if text.len() >= ENOUGH {
            break;
        }
    }
    if text.is_ascii() {
        return None;
    }
    let found = decode(&text, None, false).encoding;
    (!found.is_single_byte() && found.is_ascii_compatible()).then_some(found)
}

/// Whether `bytes` may be the beginning of a character of more bytes.
fn begins(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding.is_single_byte() {
        return false;
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = [0; 32];
    let (_, _, _, malformed) = decoder.decode_to_utf8(bytes, &mut text, false);
    !malformed
}
