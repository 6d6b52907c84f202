//! What files of Word, Excel and PowerPoint share: the package (ECMA-376 Part 2), its XML parts, core properties and
//! DrawingML text. OpenDocument and OFD files are packages of XML parts too.
//!
//! XML is read as a flat run of nodes with explicit stacks, never by recursion. Only the five predefined entities and
//! character references are resolved: a package must hold no DTD (ECMA-376 Part 2 §8.1.4), and what a file's own DTD
//! defines is never expanded.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use super::objects::{Object, in_storage};
use super::room::Room;
use crate::document::{Decoded, DocumentBuilder, DocumentDate, Place, Scope, Span};
use crate::source::{Budget, Code, CompoundFile, Limits, Notice, Notices, Package, Source, decode, extension};

/// The namespaces whose elements carry text or structure. Transitional and strict names (ECMA-376 Part 1, Annex A, and
/// Part 4) are one and the same here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// WordprocessingML.
    Word,
    /// SpreadsheetML.
    Sheet,
    /// DrawingML text and shapes.
    Drawing,
    /// DrawingML placed in a word-processing document.
    WordDrawing,
    /// DrawingML charts.
    Chart,
    /// Office Math.
    Math,
    /// VML, the drawing language before DrawingML.
    Vml,
    /// Markup compatibility (ECMA-376 Part 3).
    Compatibility,
    /// Threaded comments of Excel 2019 ([MS-XLSX] §2.6.205).
    Threaded,
    /// Dublin Core elements.
    Dc,
    /// Dublin Core terms.
    DcTerms,
    /// Core properties (ECMA-376 Part 2 §11).
    Core,
    /// PresentationML.
    Slide,
    /// The frame of OpenDocument files (ISO/IEC 26300-1 §3), from here on.
    Office,
    /// OpenDocument text.
    Text,
    /// OpenDocument tables.
    Table,
    /// OpenDocument shapes.
    Draw,
    /// OpenDocument presentations.
    Presentation,
    /// OpenDocument styles.
    Style,
    /// OpenDocument metadata.
    Meta,
    /// What OpenDocument takes from SVG.
    Svg,
    /// The list of files of an OpenDocument package (ISO/IEC 26300-3 §4).
    Manifest,
    /// Anything else.
    Other,
}

impl Ns {
    fn by_uri(uri: &str) -> Self {
        match uri {
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
            | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Ns::Word,
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
            | "http://purl.oclc.org/ooxml/spreadsheetml/main" => Ns::Sheet,
            "http://schemas.openxmlformats.org/drawingml/2006/main" | "http://purl.oclc.org/ooxml/drawingml/main" => {
                Ns::Drawing
            }
            "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
            | "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing" => Ns::WordDrawing,
            "http://schemas.openxmlformats.org/drawingml/2006/chart" | "http://purl.oclc.org/ooxml/drawingml/chart" => {
                Ns::Chart
            }
            "http://schemas.openxmlformats.org/officeDocument/2006/math"
            | "http://purl.oclc.org/ooxml/officeDocument/math" => Ns::Math,
            "urn:schemas-microsoft-com:vml" => Ns::Vml,
            "http://schemas.openxmlformats.org/markup-compatibility/2006" => Ns::Compatibility,
            "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments" => Ns::Threaded,
            "http://purl.org/dc/elements/1.1/" => Ns::Dc,
            "http://purl.org/dc/terms/" => Ns::DcTerms,
            "http://schemas.openxmlformats.org/package/2006/metadata/core-properties" => Ns::Core,
            "http://schemas.openxmlformats.org/presentationml/2006/main"
            | "http://purl.oclc.org/ooxml/presentationml/main" => Ns::Slide,
            _ => match uri.strip_prefix("urn:oasis:names:tc:opendocument:xmlns:") {
                Some("office:1.0") => Ns::Office,
                Some("text:1.0") => Ns::Text,
                Some("table:1.0") => Ns::Table,
                Some("drawing:1.0") => Ns::Draw,
                Some("presentation:1.0") => Ns::Presentation,
                Some("style:1.0") => Ns::Style,
                Some("meta:1.0") => Ns::Meta,
                Some("svg-compatible:1.0") => Ns::Svg,
                Some("manifest:1.0") => Ns::Manifest,
                _ => Ns::Other,
            },
        }
    }

    /// What a prefix means where the file forgot to declare it: its text is to be read all the same.
    fn by_custom(prefix: &str) -> Self {
        match prefix {
            "w" => Ns::Word,
            "x" => Ns::Sheet,
            "a" => Ns::Drawing,
            "wp" => Ns::WordDrawing,
            "c" => Ns::Chart,
            "m" => Ns::Math,
            "v" => Ns::Vml,
            "mc" => Ns::Compatibility,
            "dc" => Ns::Dc,
            "dcterms" => Ns::DcTerms,
            "cp" => Ns::Core,
            "p" => Ns::Slide,
            "office" => Ns::Office,
            "text" => Ns::Text,
            "table" => Ns::Table,
            "draw" => Ns::Draw,
            "presentation" => Ns::Presentation,
            "style" => Ns::Style,
            "meta" => Ns::Meta,
            "svg" => Ns::Svg,
            "manifest" => Ns::Manifest,
            _ => Ns::Other,
        }
    }
}

/// A stretch of text in an XML part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Where it stands, in bytes of the part's decoded text.
    pub(super) span: Span<Decoded>,
    /// The character that the span means, where it does not spell it.
    pub(super) means: Option<char>,
}

impl Piece {
    /// The text of the part from `start` to `end`.
    pub(super) fn literal(start: usize, end: usize) -> Self {
        Piece { span: Span::new(start, end), means: None }
    }

    /// `span` read as `character`.
    pub(super) fn meaning(span: Span<Decoded>, character: char) -> Self {
        Piece { span, means: Some(character) }
    }

    /// Length of the text, in bytes.
    pub(super) fn len(&self) -> usize {
        self.means.map_or(self.span.len(), char::len_utf8)
    }
}

/// Whether there is anything to read in `pieces` of `text`.
pub(super) fn is_blank(text: &str, pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| match piece.means {
        None => text[piece.span.range()].trim().is_empty(),
        Some(character) => character.is_whitespace(),
    })
}

/// The text that `pieces` of `text` make.
pub(super) fn joined(text: &str, pieces: &[Piece]) -> String {
    let mut all = String::new();
    for piece in pieces {
        match piece.means {
            None => all.push_str(&text[piece.span.range()]),
            Some(character) => all.push(character),
        }
    }
    all
}

/// Pushes `pieces` of `text`, the decoded text of `part`.
pub(super) fn push(builder: &mut DocumentBuilder, part: u16, text: &str, pieces: &[Piece]) {
    for piece in pieces {
        match piece.means {
            None => builder.literal(part, piece.span.start, &text[piece.span.range()]),
            Some(character) => builder.replaced(part, piece.span, character.encode_utf8(&mut [0; 4])),
        }
    }
}

/// A start tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'t> {
    /// Namespace of the element.
    pub(super) ns: Ns,
    /// Name without prefix.
    pub(super) name: &'t str,
    /// The tag, in bytes of the part's decoded text.
    pub(super) span: Span<Decoded>,
    /// What stands between `<` and `>`, and where the attributes begin in it.
    tag: &'t str,
    attributes: usize,
}

impl<'t> Element<'t> {
    /// The name as it is written, with its prefix.
    pub(super) fn qualified(&self) -> &'t str {
        &self.tag[..self.attributes]
    }

    /// Attributes as written, names with their prefixes. Malformed ones are passed over.
    pub(super) fn qualified_attributes(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        raw_attributes(self.tag, self.attributes)
    }

    /// Attributes as written: local name and raw value. Malformed ones are passed over.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        raw_attributes(self.tag, self.attributes).map(|(key, value)| (local(key).1, value))
    }

    /// The raw value of the attribute with this local name.
    pub(super) fn raw(&self, name: &str) -> Option<&'t str> {
        self.attributes().find(|&(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of the attribute with this local name.
    pub(super) fn value(&self, name: &str) -> Option<Cow<'t, str>> {
        self.raw(name).map(|raw| unescape(raw).unwrap_or(Cow::Borrowed(raw)))
    }

    /// The value of a `val` attribute as a number.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.raw(name)?.trim().parse().ok()
    }

    /// A toggle such as `<w:vanish/>` (ECMA-376 Part 1 §17.17.4, ST_OnOff): on unless its value says otherwise.
    pub(super) fn is_on(&self) -> bool {
        !matches!(self.raw("val"), Some("0" | "false" | "off"))
    }

    /// The value of an attribute as pieces of the part's text.
    pub(super) fn pieces(&self, text: &str, name: &str) -> Vec<Piece> {
        self.raw(name).map(|raw| Self::value_pieces(text, raw)).unwrap_or_default()
    }

    /// The raw value of an attribute, a slice of `text`, as pieces of it.
    pub(super) fn value_pieces(text: &str, raw: &str) -> Vec<Piece> {
        // The value is a slice of the tag, which is one of the text: its address says where it stands.
        let start = (raw.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < raw.len() {
            let rest = &raw[at..];
            let plain = rest.find('&').unwrap_or(rest.len());
            if plain > 0 {
                pieces.push(Piece::literal(start + at, start + at + plain));
            }
            at += plain;
            let Some(length) = raw[at..].find(';') else { break };
            if let Some(character) = character(&raw[at + 1..at + length]) {
                pieces.push(Piece::meaning(Span::new(start + at, start + at + length + 1), character));
            }
            at += length + 1;
        }
        pieces
    }
}

/// The character that `&reference;` stands for.
fn character(reference: &str) -> Option<char> {
    let Some(number) = reference.strip_prefix('#') else {
        return resolve_predefined_entity(reference).and_then(|text| text.chars().next());
    };
    let code = match number.strip_prefix('x') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16).ok()?,
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    char::from_u32(code).filter(|&character| character != '\0')
}

/// Names and raw values of the attributes in a tag. What is no attribute – without a value, or one without quotes – is passed
/// over. Tags are short and most of a sheet, so this is a plain loop over bytes.
fn raw_attributes(tag: &str, from: usize) -> impl Iterator<Item = (&str, &str)> {
    let bytes = tag.as_bytes();
    let mut at = from;
    std::iter::from_fn(move || {
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let blanks = |mut at: usize| {
            while bytes.get(at).is_some_and(|&byte| is_blank(byte)) {
                at += 1;
            }
            at
        };
        while at < bytes.len() {
            let start = blanks(at);
            at = start;
            while bytes.get(at).is_some_and(|&byte| byte != b'=' && !is_blank(byte)) {
                at += 1;
            }
            let name = start..at;
            let equals = blanks(at);
            if bytes.get(equals) != Some(&b'=') {
                continue;
            }
            at = blanks(equals + 1);
            let Some(&quote @ (b'"' | b'\'')) = bytes.get(at) else { continue };
            at += 1;
            let length = bytes[at..].iter().position(|&byte| byte == quote)?;
            let value = &tag[at..at + length];
            at += length + 1;
            if !name.is_empty() {
                return Some((&tag[name], value));
            }
        }
        None
    })
}

/// Prefix and local part of a qualified name.
fn local(name: &str) -> (&str, &str) {
    // Names are too short for a search by vectors to pay.
    name.bytes().position(|byte| byte == b':').map_or(("", name), |colon| (&name[..colon], &name[colon + 1..]))
}

/// A node of an XML part.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'t> {
    /// A start tag; an empty element is a start and an end.
    Start(Element<'t>),
    /// The end of the element that was started last.
    End,
    /// Character data.
    Text(Piece),
    /// Nothing more can be read.
    Done,
}

/// Reads one XML part node by node. Alternate content (ECMA-376 Part 3 §7.6) is given once: the first choice, or the
/// fallback where there is none.
pub(super) struct Xml<'t> {
    text: &'t str,
    /// Bytes before the reader's first.
    base: usize,
    reader: Reader<&'t [u8]>,
    depth: u64,
    limit: u64,
    /// An empty element was given as a start; its end is due.
    end_due: bool,
    /// The last node was a tag, and not text before the next one.
    tagged: bool,
    bindings: HashMap<&'t str, Vec<Ns>>,
    /// Depth and prefix of every entry in `bindings`, in order.
    bound: Vec<(u64, &'t str)>,
    /// The prefix resolved last: almost always the next one too.
    recent: Option<(&'t str, Ns)>,
    /// Depth of each open `mc:AlternateContent`, and whether a choice was made.
    alternatives: Vec<(u64, bool)>,
    rooted: bool,
    /// Byte at which the XML went wrong.
    broken: Option<usize>,
    too_deep: bool,
    unresolved: usize,
}

impl<'t> Xml<'t> {
    /// Starts reading `text`; elements nested deeper than `limit` are left out.
    pub(super) fn new(text: &'t str, limit: u64) -> Self {
        // The reader drops a byte order mark without counting it.
        let body = text.trim_start_matches('\u{FEFF}');
        Xml {
            text,
            base: text.len() - body.len(),
            reader: Reader::from_str(body),
            depth: 0,
            limit,
            end_due: false,
            tagged: false,
            bindings: HashMap::new(),
            bound: Vec::new(),
            recent: None,
            alternatives: Vec::new(),
            rooted: false,
            broken: None,
            too_deep: false,
            unresolved: 0,
        }
    }

    /// The next node.
    pub(super) fn next(&mut self) -> Node<'t> {
        loop {
            if self.broken.is_some() {
                return Node::Done;
            }
            if self.end_due {
                self.end_due = false;
                self.leave();
                return Node::End;
            }
            let start = self.position();
            let event = self.reader.read_event();
            let end = self.position();
            self.tagged = matches!(event, Ok(Event::Start(_) | Event::End(_) | Event::Empty(_)));
            let (tag, empty) = match event {
                Ok(Event::Start(tag)) => (tag, false),
                Ok(Event::Empty(tag)) => (tag, true),
                Ok(Event::End(_)) => {
                    self.leave();
                    return Node::End;
                }
                Ok(Event::Text(_)) => return Node::Text(Piece::literal(start, end)),
                Ok(Event::CData(_)) => {
                    return Node::Text(Piece::literal(start + "<![CDATA[".len(), end - "]]>".len()));
                }
                Ok(Event::GeneralRef(reference)) => {
                    if let Some(character) = character(&reference) {
                        return Node::Text(Piece::meaning(Span::new(start, end), character));
                    }
                    self.unresolved += 1;
                    continue;
                }
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_)) => continue,
                Ok(Event::Eof) => {
                    // The reader itself does not mind elements that never end.
                    if self.depth > 0 || !self.rooted {
                        self.broken = Some(self.text.len());
                    }
                    return Node::Done;
                }
                Err(_) => {
                    self.broken = Some(self.base + self.reader.error_position() as usize);
                    return Node::Done;
                }
            };
            self.rooted = true;
            self.depth += 1;
            self.end_due = empty;
            if self.depth > self.limit {
                self.too_deep = true;
                self.skip();
                continue;
            }
            let element = self.element(&tag, Span::new(start, end), empty);
            if element.ns == Ns::Compatibility && !self.chosen(&element) {
                self.skip();
                continue;
            }
            return Node::Start(element);
        }
    }

    /// Passes over the content and the end of the element that was started last.
    pub(super) fn skip(&mut self) {
        let outside = self.depth.saturating_sub(1);
        if self.end_due {
            self.end_due = false;
            self.leave();
            return;
        }
        while self.depth > outside {
            match self.reader.read_event() {
                Ok(Event::Start(_)) => self.depth += 1,
                Ok(Event::End(_)) => self.leave(),
                // Both come again when the next node is asked for.
                Ok(Event::Eof) => return,
                Err(_) => {
                    self.broken = Some(self.base + self.reader.error_position() as usize);
                    return;
                }
                Ok(_) => {}
            }
        }
    }

    /// What is still to be read, if a tag was read last and `levels` of elements more may be open: for a loop of the
    /// caller's own over plain markup. [`pass`](Self::pass) says how much of it was read.
    pub(super) fn rest(&self, levels: u64) -> Option<(usize, &'t str)> {
        if !self.tagged || self.broken.is_some() || self.end_due || self.depth + levels > self.limit {
            return None;
        }
        let at = self.position();
        Some((at, self.text.get(at..)?))
    }

    /// Whether the element that is open declares prefixes, which are forgotten at its end.
    pub(super) fn declares(&self) -> bool {
        self.bound.last().is_some_and(|&(depth, _)| depth >= self.depth)
    }

    /// Passes over `length` bytes: whole elements, or ends and starts of elements of the same names in turn.
    pub(super) fn pass(&mut self, length: usize) {
        self.reader.stream().consume(length);
    }

    /// Says what went wrong in `part` of a source; an empty `part` is the whole file.
    pub(super) fn report(&self, part: &str, notices: &mut Notices<'_>) {
        let part = if part.is_empty() { "文件".to_owned() } else { format!("部件 {part} ") };
        if let Some(at) = self.broken {
            let message =
                format!("{part}的 XML 在第 {at} 字节处有错，其后的内容没有检查。请用制作它的软件打开后重新保存");
            notices.error(Code::Corrupt, message);
        }
        if self.too_deep {
            let limit = self.limit;
            let message =
                format!("{part}的元素嵌套超过 {limit} 层，更深处没有检查。确认文件可信后可用 --limit xml-depth=… 放宽");
            notices.error(Code::Limit, message);
        }
        if self.unresolved > 0 {
            let count = self.unresolved;
            let message = format!(
                "{part}中有 {count} 处引用了自定义实体或无效字符，这些位置没有检查。请确认文件来源可信，重新保存后再检查"
            );
            notices.error(Code::Corrupt, message);
        }
    }

    fn position(&self) -> usize {
        self.base + self.reader.buffer_position() as usize
    }

    fn leave(&mut self) {
        while let Some(&(depth, prefix)) = self.bound.last()
            && depth >= self.depth
        {
            self.bound.pop();
            if let Some(stack) = self.bindings.get_mut(prefix) {
                stack.pop();
            }
            self.recent = None;
        }
        if self.alternatives.last().is_some_and(|&(depth, _)| depth >= self.depth) {
            self.alternatives.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn element(&mut self, tag: &BytesStart<'_>, span: Span<Decoded>, empty: bool) -> Element<'t> {
        let inside = &self.text[span.start + 1..span.end - if empty { 2 } else { 1 }];
        let attributes = tag.name().0.len();
        // Few tags hold an x at all, and the search for one byte is the faster.
        if inside.as_bytes()[attributes..].contains(&b'x') && inside[attributes..].contains("xmlns") {
            self.bind(inside, attributes);
        }
        let (prefix, name) = local(&inside[..attributes]);
        Element { ns: self.resolve(prefix), name, span, tag: inside, attributes }
    }

    /// Takes note of the namespaces that a tag declares.
    fn bind(&mut self, tag: &'t str, attributes: usize) {
        for (key, value) in raw_attributes(tag, attributes) {
            let prefix = match local(key) {
                ("xmlns", prefix) => prefix,
                ("", "xmlns") => "",
                _ => continue,
            };
            let ns = Ns::by_uri(&unescape(value).unwrap_or(Cow::Borrowed(value)));
            match self.bindings.entry(prefix) {
                Entry::Occupied(mut stack) => stack.get_mut().push(ns),
                Entry::Vacant(vacant) => _ = vacant.insert(vec![ns]),
            }
            self.bound.push((self.depth, prefix));
            self.recent = None;
        }
    }

    fn resolve(&mut self, prefix: &'t str) -> Ns {
        if let Some((recent, ns)) = self.recent
            && recent.len() == prefix.len()
            && recent.bytes().eq(prefix.bytes())
        {
            return ns;
        }
        let bound = self.bindings.get(prefix).and_then(|stack| stack.last()).copied();
        let ns = bound.unwrap_or_else(|| Ns::by_custom(prefix));
        self.recent = Some((prefix, ns));
        ns
    }

    /// Whether the content of a markup compatibility element is to be read.
    fn chosen(&mut self, element: &Element<'_>) -> bool {
        let depth = self.depth;
        let branch = self.alternatives.last_mut().filter(|(outer, _)| outer + 1 == depth);
        match (element.name, branch) {
            ("AlternateContent", _) => {
                self.alternatives.push((depth, false));
                true
            }
            ("Choice" | "Fallback", Some((_, chosen))) => !std::mem::replace(chosen, true),
            _ => true,
        }
    }
}

/// A relationship of a part (ECMA-376 Part 2 §9.3).
#[derive(Debug)]
pub(super) struct Relationship {
    /// What elements refer to it by.
    pub(super) id: String,
    /// Last step of its type, such as `header`: strict and transitional types agree in it.
    pub(super) kind: String,
    /// Name of the part it leads to.
    pub(super) target: String,
}

/// A package being read, with what has to be said about it.
pub(super) struct Opc<'s> {
    /// Name of the source.
    pub(super) path: &'s str,
    /// Limits in force.
    pub(super) limits: Limits,
    /// What could not be read so far.
    pub(super) notices: Notices<'s>,
    /// Files inside the package that are sources of their own.
    pub(super) inner: Vec<Source>,
    package: Package<'s>,
    /// Entries by name; part names are the same in any case (ECMA-376 Part 2 §9.1.1).
    entries: HashMap<String, usize>,
    /// Parts whose text was taken.
    taken: HashSet<String>,
    budget: Budget,
    room: Room,
}

impl<'s> Opc<'s> {
    /// Opens the package.
    pub(super) fn open(source: &'s Source, limits: &Limits) -> Result<Self, Notice> {
        let mut package = Package::open(&source.bytes).map_err(|refusal| refusal.notice(&source.name))?;
        let mut notices = Notices::new(&source.name);
        let (count, limit) = (package.len(), usize::try_from(limits.archive_entries).unwrap_or(usize::MAX));
        if count > limit {
            let message = format!(
                "文件包内有 {count} 个部件，超过上限 {limit}，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽"
            );
            notices.error(Code::Limit, message);
        }
        let mut entries = HashMap::new();
        for index in 0..count.min(limit) {
            if let Some(name) = package.name(index) {
                entries.entry(key(&name)).or_insert(index);
            }
        }
        let budget = Budget::new(limits);
        Ok(Opc {
            path: &source.name,
            limits: *limits,
            notices,
            inner: Vec::new(),
            package,
            entries,
            taken: HashSet::new(),
            budget,
            room: Room::new(limits),
        })
    }

    /// Names of the parts in `folder` that begin with `stem`, in lower case and in order.
    pub(super) fn named(&self, folder: &str, stem: &str) -> Vec<String> {
        let begins = |name: &&String| {
            name.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with(stem) && rest.ends_with(".xml") && !rest.contains('/'))
        };
        let mut names: Vec<String> = self.entries.keys().filter(begins).cloned().collect();
        names.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        names
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&key(name))
    }

    /// Reads a part that has to be there.
    pub(super) fn load(&mut self, name: &str) -> Option<Vec<u8>> {
        let bytes = self.load_optional(name);
        if bytes.is_none() {
            self.notices.error(Code::Corrupt, format!("缺少部件 {name}，其中的内容没有检查。请重新取得原文件"));
        }
        bytes?
    }

    /// Reads a part; `None` if it is not there, `Some(None)` if it is and cannot be read.
    pub(super) fn load_optional(&mut self, name: &str) -> Option<Option<Vec<u8>>> {
        let read = match self.entries.get(&key(name)) {
            Some(&index) => self.package.read(index, &self.limits, &self.budget),
            // An entry whose own header is damaged has a name in the directory only.
            None => self.package.read_named(name, &self.limits, &self.budget)?,
        };
        Some(match read {
            Ok(bytes) => Some(bytes),
            Err(refusal) => {
                self.notices.error(refusal.code, format!("部件 {name}：{}", refusal.message));
                None
            }
        })
    }

    /// Registers the part `name` with the document; `None` if its text was taken before, which no sound file asks for:
    /// a hostile one could have one part read over and over.
    pub(super) fn take(&mut self, builder: &mut DocumentBuilder, name: &str) -> Option<u16> {
        // The document counts parts in 16 bits.
        if self.taken.len() >= usize::from(u16::MAX) {
            self.notices.error(Code::Limit, "文件包内有文字的部件超过 65535 个，没有读完。请拆分文件后再检查");
            return None;
        }
        if !self.taken.insert(key(name)) {
            self.notices
                .error(Code::Corrupt, format!("部件 {name} 被重复引用，只检查了一次。请用制作它的软件打开后重新保存"));
            return None;
        }
        Some(builder.add_part(name))
    }

    /// Takes the files that `part` refers to out of the package: embedded objects, imported chunks, and pictures if they are
    /// wanted. Each is taken once.
    pub(super) fn embedded(&mut self, part: &str, pictures: bool) {
        let relationships = self.relationships(part).unwrap_or_default();
        for one in relationships {
            let wanted = match &*one.kind {
                "oleObject" | "package" | "aFChunk" => true,
                "image" => pictures,
                _ => false,
            };
            if !wanted || !self.taken.insert(key(&one.target)) {
                continue;
            }
            let Some(bytes) = self.load(&one.target) else { continue };
            // What would end the name of a source is no part of one.
            let mut source = Source::new(format!("{}!{}", self.path, one.target.replace('!', "！")), bytes);
            // Drawings in the languages of Windows hold no text that anything could recognise.
            let extension = extension(&one.target);
            if one.kind == "image" && matches!(&*extension, "emf" | "wmf" | "svg") {
                continue;
            }
            // Word reads a chunk of text as its content type says, in UTF-8 where that says nothing (ECMA-376 Part 1 §11.3.1).
            if one.kind == "aFChunk"
                && matches!(&*extension, "txt" | "htm" | "html")
                && std::str::from_utf8(&source.bytes).is_ok()
            {
                source.declared_charset = Some("utf-8".to_owned());
            }
            if one.kind == "oleObject"
                && let Ok(mut file) = CompoundFile::open(&source.bytes)
            {
                let root = file.root();
                match in_storage(&mut file, root) {
                    Object::Textless => {}
                    Object::Unknown => self.notices.error(
                        Code::Unsupported,
                        format!("部件 {} 是其他程序的对象，其内容没有检查。请取出后另行检查", one.target),
                    ),
                    object => self.inner.extend(object.source(&source.name, self.inner.len() + 1)),
                }
                continue;
            }
            self.inner.push(source);
        }
    }

    /// The text of the part `name`, which was read as `bytes`: UTF-8 or UTF-16 (ECMA-376 Part 2 §8.1.4).
    pub(super) fn decode<'b>(&mut self, name: &str, bytes: &'b [u8]) -> Cow<'b, str> {
        let decoded = decode(bytes, None, true);
        if decoded.replaced > 0 {
            let (count, label) = (decoded.replaced, decoded.encoding.name());
            let message = format!("部件 {name} 中有 {count} 处字节不是 {label} 文字，这些位置没有检查。请重新保存文件");
            self.notices.error(Code::Charset, message);
        }
        decoded.text
    }

    /// Takes over what went wrong in a part.
    pub(super) fn finish(&mut self, part: &str, xml: &Xml<'_>) {
        xml.report(part, &mut self.notices);
    }

    /// Whether `more` bytes of text fit into the document; says so where they do not.
    pub(super) fn room(&mut self, builder: &DocumentBuilder, more: usize) -> bool {
        self.room.holds(builder.len(), more, &mut self.notices)
    }

    /// The relationships of `part` inside the package (of the package itself if empty); `None` if there are none.
    pub(super) fn relationships(&mut self, part: &str) -> Option<Vec<Relationship>> {
        let (folder, file) = part.rsplit_once('/').map_or(("", part), |(folder, file)| (folder, file));
        let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
        let bytes = self.load_optional(&name)??;
        let text = self.decode(&name, &bytes);
        let mut xml = Xml::new(&text, self.limits.xml_depth);
        let mut relationships = Vec::new();
        loop {
            match xml.next() {
                Node::Start(element) if element.name == "Relationship" => {
                    if element.raw("TargetMode") == Some("External") {
                        continue;
                    }
                    let (Some(kind), Some(target)) = (element.value("Type"), element.value("Target")) else { continue };
                    let limit = self.limits.archive_entries;
                    if relationships.len() as u64 >= limit {
                        let message = format!(
                            "部件 {name} 超过 {limit} 项，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽"
                        );
                        self.notices.error(Code::Limit, message);
                        return Some(relationships);
                    }
                    relationships.push(Relationship {
                        id: element.value("Id").unwrap_or_default().into_owned(),
                        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                        target: self.target(folder, &target),
                    });
                }
                Node::Done => break,
                _ => {}
            }
        }
        self.finish(&name, &xml);
        Some(relationships)
    }

    /// The part that `target` in a relationship of a part in `folder` names.
    fn target(&self, folder: &str, target: &str) -> String {
        let plain = resolve(folder, target);
        if !self.entries.contains_key(&key(&plain)) {
            let decoded = resolve(folder, &percent_decode_str(target).decode_utf8_lossy());
            if self.entries.contains_key(&key(&decoded)) {
                return decoded;
            }
        }
        plain
    }

    /// The part that the package is about, and the core properties part if there is one. `usual` is where the former
    /// stands by custom.
    pub(super) fn start(&mut self, usual: &str) -> (String, Option<String>) {
        let relationships = self.relationships("").unwrap_or_default();
        let by_kind = |kind: &str| relationships.iter().find(|one| one.kind == kind).map(|one| one.target.clone());
        let main = by_kind("officeDocument").filter(|name| self.entries.contains_key(&key(name)));
        let properties = by_kind("core-properties")
            .or_else(|| self.entries.contains_key("docprops/core.xml").then(|| "docProps/core.xml".to_owned()));
        (main.unwrap_or_else(|| usual.to_owned()), properties)
    }

    /// Reads the core properties (ECMA-376 Part 2 §11.1), or those of an OpenDocument file (ISO/IEC 26300-1 §4.3). `format` names the file type in [`DocumentDate::from`].
    pub(super) fn properties(&mut self, builder: &mut DocumentBuilder, name: &str, format: &str) {
        let Some(bytes) = self.load(name) else { return };
        let text = self.decode(name, &bytes);
        let Some(part) = self.take(builder, name) else { return };
        let mut xml = Xml::new(&text, self.limits.xml_depth);
        let mut pieces = Vec::new();
        let mut property = None;
        loop {
            match xml.next() {
                Node::Start(element) => {
                    property = match (element.ns, element.name) {
                        (Ns::Dc, "title") => Some("dc:title"),
                        (Ns::Dc, "subject") => Some("dc:subject"),
                        (Ns::Dc, "description") => Some("dc:description"),
                        (Ns::Core, "keywords") => Some("cp:keywords"),
                        (Ns::DcTerms, "created") => Some("dcterms:created"),
                        (Ns::DcTerms, "modified") => Some("dcterms:modified"),
                        (Ns::Meta, "keyword") => Some("meta:keyword"),
                        (Ns::Meta, "creation-date") => Some("meta:creation-date"),
                        (Ns::Dc, "date") => Some("dc:date"),
                        _ => None,
                    };
                    pieces.clear();
                }
                Node::Text(piece) if property.is_some() => pieces.push(piece),
                Node::Text(_) => {}
                Node::End => {
                    let Some(property) = property.take() else { continue };
                    let value = joined(&text, &pieces);
                    if property.starts_with("dcterms:") || property.ends_with("date") {
                        // The later of the two: a file made from a template keeps the day on which that was made.
                        let date = DocumentDate::parse(&value, &format!("{format} {property}"));
                        let saved = &mut builder.metadata().saved;
                        if date.as_ref().map(|date| &date.date) > saved.as_ref().map(|date| &date.date) {
                            *saved = date;
                        }
                        continue;
                    }
                    let scope = if property == "dc:title" { Scope::Title } else { Scope::Meta };
                    if scope == Scope::Title && !value.trim().is_empty() {
                        builder.metadata().title = Some(value.trim().to_owned());
                    }
                    builder.open(scope, Place::Property { part, name: property.into() }, None);
                    push(builder, part, &text, &pieces);
                    builder.close();
                }
                Node::Done => break,
            }
        }
        self.finish(name, &xml);
    }
}

fn key(name: &str) -> String {
    name.trim_start_matches('/').to_ascii_lowercase()
}

/// The part name that `target` gives, seen from a part in `folder`.
pub(super) fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}

/// Reads the paragraphs of DrawingML text (ECMA-376 Part 1 §21.1.2): shapes of a sheet, charts with their category and
/// series names, diagrams, comments of presentations. `paragraph` gets the number of each, from 1, and its text.
pub(super) fn drawing_text(xml: &mut Xml<'_>, mut paragraph: impl FnMut(u32, &[Piece])) {
    #[derive(Clone, Copy, PartialEq)]
    enum Frame {
        Other,
        Paragraph,
        Names,
        Name,
        Text,
    }
    let mut frames: Vec<Frame> = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut names, mut number) = (0u32, 0u32);
    loop {
        match xml.next() {
            Node::Start(element) => {
                let frame = match (element.ns, element.name) {
                    (Ns::Drawing, "p") => Frame::Paragraph,
                    (Ns::Drawing, "t") => Frame::Text,
                    (Ns::Chart, "strCache") => Frame::Names,
                    (Ns::Chart, "v") if names > 0 => Frame::Name,
                    // A comment of a presentation, before those were made of DrawingML.
                    (Ns::Slide, "text") => Frame::Name,
                    (Ns::Drawing, "br") => {
                        pieces.push(Piece::meaning(element.span, '\n'));
                        Frame::Other
                    }
                    _ => Frame::Other,
                };
                match frame {
                    Frame::Paragraph | Frame::Name => pieces.clear(),
                    Frame::Names => names += 1,
                    Frame::Other | Frame::Text => {}
                }
                frames.push(frame);
            }
            Node::Text(piece) => {
                if matches!(frames.last(), Some(Frame::Text | Frame::Name)) {
                    pieces.push(piece);
                }
            }
            Node::End => match frames.pop() {
                Some(Frame::Paragraph | Frame::Name) => {
                    number += 1;
                    paragraph(number, &pieces);
                    pieces.clear();
                }
                Some(Frame::Names) => names -= 1,
                _ => {}
            },
            Node::Done => break,
        }
    }
    // What stood before the XML broke off.
    if !pieces.is_empty() {
        paragraph(number + 1, &pieces);
    }
}

#[cfg(test)]
pub(super) mod testing {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::document::Document;
    use crate::extract::Extracted;

    /// A package of the parts given by name and content.
    pub(in crate::extract) fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Relationships given by id, last step of the type, and target.
    pub(in crate::extract) fn relationships(all: &[(&str, &str, &str)]) -> String {
        let all: String = all
            .iter()
            .map(|(id, kind, target)| {
                format!("<Relationship Id=\"{id}\" Type=\"http://x/{kind}\" Target=\"{target}\"/>")
            })
            .collect();
        let uri = "http://schemas.openxmlformats.org/package/2006/relationships";
        format!("<?xml version=\"1.0\"?><Relationships xmlns=\"{uri}\">{all}</Relationships>")
    }

    /// The blocks of a document: scope and text.
    pub(in crate::extract) fn blocks(document: &Document) -> Vec<(Scope, &str)> {
        document.blocks.iter().map(|block| (block.scope, &document.text[block.span.range()])).collect()
    }

    /// Level and code of every notice.
    pub(in crate::extract) fn codes(extracted: &Extracted<'_>) -> Vec<Code> {
        extracted.notices.iter().map(|notice| notice.code).collect()
    }

    /// Checks that every character of every block leads to its place in the part that it came from: to itself, to a
    /// reference or escape that means it, or to an element that stands for it.
    pub(in crate::extract) fn assert_places(bytes: &[u8], document: &Document) {
        let limits = Limits::default();
        let mut package = Package::open(bytes).unwrap();
        let texts: Vec<String> = document
            .parts
            .iter()
            .map(|part| {
                let raw = package.read_named(&part.name, &limits, &Budget::new(&limits)).unwrap().unwrap();
                decode(&raw, None, true).text.into_owned()
            })
            .collect();
        for block in &document.blocks {
            for (at, character) in document.text[block.span.range()].char_indices() {
                let start = block.span.start + at;
                let origins = document.map.origins(Span::new(start, start + character.len_utf8()));
                assert_eq!(origins.len(), 1, "{block:?} {character:?}");
                let source = &texts[usize::from(origins[0].part)][origins[0].span.range()];
                let element = || source.starts_with('<') && source.ends_with('>') && "\t\n -\u{AD}".contains(character);
                let reference = || {
                    source.strip_prefix('&').and_then(|rest| rest.strip_suffix(';')).and_then(super::character)
                        == Some(character)
                };
                let escape = || source == format!("_x{:04X}_", u32::from(character));
                // A run of white space is one blank in OpenDocument text.
                let blank = character == ' ' && !source.is_empty() && source.trim().is_empty();
                let literal = source.chars().eq([character]) || blank;
                assert!(literal || element() || reference() || escape(), "{block:?} {character:?} is not {source:?}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(xml: &str) -> (Vec<String>, Xml<'_>) {
        let mut reader = Xml::new(xml, 8);
        let mut all = Vec::new();
        loop {
            match reader.next() {
                Node::Text(piece) => all.push(joined(xml, &[piece])),
                Node::Done => return (all, reader),
                _ => {}
            }
        }
    }

    #[test]
    fn attributes_are_read_as_they_are_written() {
        let read = |tag: &'static str| raw_attributes(tag, 1).collect::<Vec<_>>();
        assert_eq!(read("c r=\"A1\" t='s'"), [("r", "A1"), ("t", "s")]);
        assert_eq!(read("c\n a = \"1>2\"b='' x:c=\"'\""), [("a", "1>2"), ("b", ""), ("x:c", "'")]);
        // What is malformed costs itself alone.
        assert_eq!(read("c flag a=1 b=\"3\" =\"2\" c=\"4"), [("b", "3")]);
        assert_eq!(read("c"), []);
    }

    #[test]
    fn nodes_stand_where_they_say() {
        let xml = "\u{FEFF}<?xml version='1.0'?><!-- x --><a b='1&amp;2'>布<i/>&#x7F72;<![CDATA[<工>]]>&lt;作</a>";
        let (all, reader) = texts(xml);
        assert_eq!(all, ["布", "署", "<工>", "<", "作"]);
        assert_eq!((reader.broken, reader.too_deep, reader.unresolved), (None, false, 0));
        let mut reader = Xml::new(xml, 8);
        let Node::Start(element) = reader.next() else { panic!() };
        assert_eq!(&xml[element.span.range()], "<a b='1&amp;2'>");
        let pieces = element.pieces(xml, "b");
        assert_eq!(pieces.iter().map(|piece| &xml[piece.span.range()]).collect::<Vec<_>>(), ["1", "&amp;", "2"]);
        assert_eq!(joined(xml, &pieces), "1&2");
    }

    #[test]
    fn what_goes_wrong_is_known_and_what_stood_before_is_kept() {
        for (xml, expected, broken) in [
            ("<a>一<b>二</b>", &["一", "二"][..], true),
            ("<a>一</b>二</a>", &["一"], true),
            ("<a>一<b", &["一"], true),
            ("<a>一 & 二</a>", &["一 "], true),
            ("not xml", &["not xml"], true),
            ("", &[], true),
            ("<a>一</a>", &["一"], false),
        ] {
            let (all, reader) = texts(xml);
            assert_eq!(all, expected, "{xml}");
            assert_eq!(reader.broken.is_some(), broken, "{xml}");
        }
    }

    #[test]
    fn entities_of_the_file_itself_are_never_expanded() {
        let (all, reader) =
            texts("<!DOCTYPE a [<!ENTITY e '工'><!ENTITY f SYSTEM 'file:///etc/passwd'>]><a>甲&e;乙&f;&#0;丙</a>");
        assert_eq!(all, ["甲", "乙", "丙"]);
        assert_eq!(reader.unresolved, 3);
    }

    #[test]
    fn elements_too_deep_are_left_out_and_what_follows_is_read() {
        let xml = format!("<a>{}深{}浅</a>", "<b>".repeat(100_000), "</b>".repeat(100_000));
        let (all, reader) = texts(&xml);
        assert_eq!(all, ["浅"]);
        assert!(reader.too_deep && reader.broken.is_none());
    }

    #[test]
    fn alternate_content_counts_once_and_prefixes_are_scoped() {
        let mc = "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'";
        let alternate = "<mc:AlternateContent><mc:Choice>一</mc:Choice><mc:Choice>二</mc:Choice><mc:Fallback>三</mc:Fallback></mc:AlternateContent>";
        let only = "<mc:AlternateContent><mc:Fallback>四<mc:AlternateContent/></mc:Fallback></mc:AlternateContent>";
        assert_eq!(texts(&format!("<a {mc}>{alternate}{only}</a>")).0, ["一", "四"]);
        let xml = "<p:a xmlns:p='http://purl.oclc.org/ooxml/wordprocessingml/main'><p:b xmlns:p='x'><p:c/></p:b><p:d/><w:e/></p:a>";
        let mut reader = Xml::new(xml, 8);
        let mut names = Vec::new();
        loop {
            match reader.next() {
                Node::Start(element) => names.push((element.name, element.ns)),
                Node::Done => break,
                _ => {}
            }
        }
        let expected = [("a", Ns::Word), ("b", Ns::Other), ("c", Ns::Other), ("d", Ns::Word), ("e", Ns::Word)];
        assert_eq!(names, expected);
    }

    #[test]
    fn targets_of_relationships() {
        for (folder, target, expected) in [
            ("word", "header1.xml", "word/header1.xml"),
            ("xl/worksheets", "../comments1.xml", "xl/comments1.xml"),
            ("xl", "/xl/./styles.xml", "xl/styles.xml"),
            ("", "word\\document.xml", "word/document.xml"),
            ("a", "../../../b", "b"),
        ] {
            assert_eq!(resolve(folder, target), expected);
        }
    }

    proptest! {
        #[test]
        fn no_xml_panics(xml in "[<>/&;#xa=\"'!\\[\\]?\\- 字:mcAlternateContent]{0,60}") {
            let (_, reader) = texts(&xml);
            reader.report("p", &mut Notices::new("a.docx"));
        }
    }
}
