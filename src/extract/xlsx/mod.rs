//! Excel workbooks: SpreadsheetML (ECMA-376 Part 1 §18, transitional and strict).
//!
//! Every sheet is read, hidden ones too: what a published workbook hides is published all the same. Numbers are no
//! text, except whole ones as long as the numbers of telephones, identity cards and accounts. Cells are taken as they
//! come and never laid out on a grid: a file of two cells may claim seventeen thousand million.

use std::iter::Peekable;
use std::mem;

use super::ooxml::{Element, Node, Ns, Opc, Piece, Relationship, Xml, drawing_text, is_blank, joined, push};
use super::{ExtractOptions, Extracted, Format, xlsb};
use crate::document::{CellIndex, Decoded, DocumentBuilder, Place, Scope, Span};
use crate::source::{Code, Kind, Source};

/// Excel workbook.
pub(super) struct Xlsx;

impl Format for Xlsx {
    fn kind(&self) -> Kind {
        Kind::Xlsx
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let pictures = options.pictures;
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted { notices: vec![notice], ..Extracted::default() },
        };
        let mut builder = DocumentBuilder::new();
        let (main, properties) = opc.start("xl/workbook.xml");
        if let Some(properties) = properties {
            opc.properties(&mut builder, &properties, "xlsx");
        }
        let mut book = Book { opc, builder, strings: None, cells: 0, exhausted: false, dangling: 0, pictures };
        match main.to_ascii_lowercase().ends_with(".bin") {
            true => xlsb::read(&mut book, &main),
            false => book.read(&main),
        }
        let Book { mut opc, builder, dangling, .. } = book;
        if dangling > 0 {
            let message =
                format!("有 {dangling} 个单元格的文字不在文件中（共享字符串缺失），没有检查。请重新取得原文件");
            opc.error(Code::Corrupt, message);
        }
        Extracted { document: builder.finish(), notices: opc.notices, inner: opc.inner, ..Extracted::default() }
    }
}

/// The shared string table (ECMA-376 Part 1 §18.4): cells refer to its items by number.
struct Strings {
    /// Decoded text of the part.
    text: String,
    part: u16,
    pieces: Vec<Piece>,
    /// Where the pieces of each item end.
    ends: Vec<usize>,
}

impl Strings {
    fn get(&self, index: usize) -> Option<&[Piece]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        Some(&self.pieces[start..end])
    }
}

/// A workbook being read.
pub(super) struct Book<'s> {
    pub(super) opc: Opc<'s>,
    pub(super) builder: DocumentBuilder,
    strings: Option<Strings>,
    /// Cells read so far.
    cells: u64,
    /// The limit of cells was reached.
    exhausted: bool,
    /// Cells whose shared string is missing.
    pub(super) dangling: u64,
    /// Pictures are to be given.
    pub(super) pictures: bool,
}

/// What is being read, and where its blocks belong.
#[derive(Clone, Copy)]
struct At<'t> {
    text: &'t str,
    part: u16,
    /// Index of the sheet's name.
    sheet: u16,
}

/// What the end of an element means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Other,
    Cell,
    Value,
    Text,
    Item,
    Header(Scope),
}

/// What the value of a cell is (ECMA-376 Part 1 §18.18.11, ST_CellType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellKind {
    Shared,
    Text,
    Number,
    /// Truth values, errors, dates.
    Other,
}

impl Book<'_> {
    fn read(&mut self, main: &str) {
        let Some(bytes) = self.opc.load(main) else { return };
        let text = self.opc.decode(main, &bytes);
        let relationships = self.opc.relationships(main).unwrap_or_default();
        self.strings = self.shared_strings(main, &relationships);
        let Some(part) = self.opc.take(&mut self.builder, main) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        // Names and sheets are counted in 16 bits; the parts of the package are limited anyway.
        let limit = self.opc.limits.archive_entries.min(u64::from(u16::MAX) / 4);
        let mut rooted = false;
        let mut sheets = 0u16;
        loop {
            match xml.next() {
                Node::Start(element) if !rooted => {
                    if (element.ns, element.name) != (Ns::Sheet, "workbook") {
                        let message =
                            format!("部件 {main} 不是 Excel 工作簿，没有检查。请用 Excel 或 WPS 另存为 xlsx 后再检查");
                        self.opc.error(Code::Corrupt, message);
                        break;
                    }
                    rooted = true;
                }
                Node::Start(element) if (element.ns, element.name) == (Ns::Sheet, "sheet") => {
                    if u64::from(sheets) >= limit {
                        let message = format!(
                            "工作表超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽"
                        );
                        self.opc.error(Code::Limit, message);
                        break;
                    }
                    let pieces = unescaped(&text, element.pieces(&text, "name"));
                    let name = joined(&text, &pieces);
                    let sheet = self.builder.add_name(&name);
                    let at = At { text: &text, part, sheet };
                    self.block(at, Scope::SheetName, Place::Sheet { sheet }, None, &pieces);
                    self.sheet(&element, &name, sheet, sheets, &relationships);
                    sheets += 1;
                }
                Node::Start(element) if element.name == "extLst" => xml.skip(),
                Node::Done => break,
                _ => {}
            }
        }
        self.opc.finish(main, &xml);
    }

    fn block(&mut self, at: At<'_>, scope: Scope, place: Place, cell: Option<CellIndex>, pieces: &[Piece]) {
        if !pieces.is_empty() && self.opc.room(&self.builder, pieces.iter().map(Piece::len).sum()) {
            self.builder.open(scope, place, cell);
            push(&mut self.builder, at.part, at.text, pieces);
            self.builder.close();
        }
    }

    /// Reads the shared strings; `None` if the workbook has none or they cannot be read.
    fn shared_strings(&mut self, main: &str, relationships: &[Relationship]) -> Option<Strings> {
        let (name, bytes) = match relationships.iter().find(|one| one.kind == "sharedStrings") {
            Some(one) => (one.target.clone(), self.opc.load(&one.target)?),
            None => {
                let folder = main.rsplit_once('/').map_or("xl", |(folder, _)| folder);
                let name = format!("{folder}/sharedStrings.xml");
                let bytes = self.opc.load_optional(&name)??;
                (name, bytes)
            }
        };
        let text = self.opc.decode(&name, &bytes).into_owned();
        drop(bytes);
        let part = self.opc.take(&mut self.builder, &name)?;
        let (mut pieces, mut ends) = (Vec::new(), Vec::new());
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut frames = Vec::new();
        loop {
            match xml.next() {
                Node::Start(element) => frames.push(match (element.ns, element.name) {
                    (Ns::Sheet, "si") => Frame::Item,
                    (Ns::Sheet, "t") => Frame::Text,
                    // Readings of the text, not the text.
                    (Ns::Sheet, "rPh") => {
                        xml.skip();
                        continue;
                    }
                    _ => Frame::Other,
                }),
                Node::Text(piece) if frames.last() == Some(&Frame::Text) => {
                    unescape_into(&text, piece, &mut pieces);
                }
                Node::Text(_) => {}
                Node::End => {
                    if frames.pop() == Some(Frame::Item) {
                        ends.push(pieces.len());
                    }
                }
                Node::Done => break,
            }
        }
        self.opc.finish(&name, &xml);
        Some(Strings { text, part, pieces, ends })
    }

    /// Reads a sheet with its comments and drawings.
    fn sheet(&mut self, element: &Element<'_>, name: &str, sheet: u16, table: u16, relationships: &[Relationship]) {
        let id = element.value("id").unwrap_or_default();
        let Some(one) = relationships.iter().find(|one| one.id == id) else {
            self.opc.error(Code::Corrupt, format!("找不到工作表“{name}”的内容，没有检查。请重新取得原文件"));
            return;
        };
        let part_name = one.target.clone();
        let Some(bytes) = self.opc.load(&part_name) else { return };
        let text = self.opc.decode(&part_name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, &part_name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        self.cells(&mut xml, At { text: &text, part, sheet }, table);
        self.opc.finish(&part_name, &xml);
        drop(text);
        drop(bytes);
        self.opc.embedded(&part_name, self.pictures);
        let related = self.opc.relationships(&part_name).unwrap_or_default();
        let mut threaded = false;
        for target in targets(&related, &["threadedComment"]) {
            threaded |= self.threaded_comments(&target, sheet);
        }
        for target in targets(&related, &["comments"]) {
            self.comments(&target, sheet, threaded);
        }
        self.drawings(&related, sheet);
    }

    /// Reads the drawings that the relationships of a sheet name, with their charts and diagrams.
    pub(super) fn drawings(&mut self, related: &[Relationship], sheet: u16) {
        for drawing in targets(related, &["drawing"]) {
            self.drawing(&drawing, sheet);
            self.opc.embedded(&drawing, self.pictures);
            let related = self.opc.relationships(&drawing).unwrap_or_default();
            for target in targets(&related, &["chart", "chartEx", "diagramData"]) {
                self.drawing(&target, sheet);
            }
        }
    }

    /// Whether one more cell may be read; says so where it may not.
    pub(super) fn next_cell(&mut self) -> bool {
        if self.exhausted || self.cells >= self.opc.limits.cells {
            self.exhausted = true;
            let limit = self.opc.limits.cells;
            let message = format!("单元格超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit cells=… 放宽");
            self.opc.error(Code::Limit, message);
            return false;
        }
        self.cells += 1;
        true
    }

    /// Reads the cells, header and footer of a worksheet (ECMA-376 Part 1 §18.3).
    fn cells(&mut self, xml: &mut Xml<'_>, at: At<'_>, table: u16) {
        let mut frames: Vec<Frame> = Vec::new();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut kind = CellKind::Number;
        // Row and column of the current cell, from 1.
        let (mut row, mut column) = (0u32, 0u32);
        loop {
            match xml.next() {
                Node::Start(element) if element.ns != Ns::Sheet => frames.push(Frame::Other),
                Node::Start(element) => frames.push(match (element.name, frames.last()) {
                    ("row", _) => {
                        row = element.number("r").unwrap_or_else(|| row.saturating_add(1));
                        column = 0;
                        Frame::Other
                    }
                    ("c", _) => {
                        if !self.next_cell() {
                            return;
                        }
                        let mut place = None;
                        kind = CellKind::Number;
                        for (key, value) in element.attributes() {
                            match (key, value) {
                                ("r", value) => place = reference(value),
                                ("t", "s") => kind = CellKind::Shared,
                                ("t", "str" | "inlineStr") => kind = CellKind::Text,
                                ("t", "n") => kind = CellKind::Number,
                                ("t", _) => kind = CellKind::Other,
                                _ => {}
                            }
                        }
                        (row, column) = place.unwrap_or((row.max(1), column.saturating_add(1)));
                        pieces.clear();
                        Frame::Cell
                    }
                    ("v", Some(Frame::Cell)) => Frame::Value,
                    ("t", _) => {
                        kind = CellKind::Text;
                        Frame::Text
                    }
                    ("oddHeader" | "evenHeader" | "firstHeader", _) => {
                        pieces.clear();
                        Frame::Header(Scope::Header)
                    }
                    ("oddFooter" | "evenFooter" | "firstFooter", _) => {
                        pieces.clear();
                        Frame::Header(Scope::Footer)
                    }
                    ("dataValidation", _) => {
                        self.validation(at, &element);
                        Frame::Other
                    }
                    ("f" | "formula1" | "formula2" | "rPh" | "extLst", _) => {
                        xml.skip();
                        continue;
                    }
                    _ => Frame::Other,
                }),
                Node::Text(piece) => {
                    if matches!(frames.last(), Some(Frame::Value | Frame::Text | Frame::Header(_))) {
                        unescape_into(at.text, piece, &mut pieces);
                    }
                }
                Node::End => match frames.pop() {
                    Some(Frame::Cell) => self.cell(at, kind, table, row, column, &pieces),
                    Some(Frame::Header(scope)) => self.header(at, scope, &pieces),
                    _ => {}
                },
                Node::Done => {
                    // What stood before the XML broke off.
                    match frames.iter().find(|frame| matches!(frame, Frame::Cell | Frame::Header(_))) {
                        Some(Frame::Cell) => self.cell(at, kind, table, row, column, &pieces),
                        Some(&Frame::Header(scope)) => self.header(at, scope, &pieces),
                        _ => {}
                    }
                    return;
                }
            }
        }
    }

    /// Reads what Excel shows beside cells to enter something into, and after a wrong entry (ECMA-376 Part 1 §18.3.1.32).
    fn validation(&mut self, at: At<'_>, element: &Element<'_>) {
        let first = element.raw("sqref").and_then(|all| all.split([' ', ':']).next()).and_then(reference);
        let (row, column) = first.unwrap_or((1, 1));
        for name in ["promptTitle", "prompt", "errorTitle", "error"] {
            let pieces = unescaped(at.text, element.pieces(at.text, name));
            self.comment(at, (row, column), &pieces);
        }
    }

    fn cell(&mut self, at: At<'_>, kind: CellKind, table: u16, row: u32, column: u32, pieces: &[Piece]) {
        let place = Place::Cell { sheet: at.sheet, row, column };
        let cell =
            Some(CellIndex { table: u32::from(table), row: row.saturating_sub(1), column: column.saturating_sub(1) });
        match kind {
            CellKind::Text => self.block(at, Scope::Cell, place, cell, pieces),
            CellKind::Number => {
                if let [piece] = pieces
                    && is_long_number(&at.text[piece.span.range()])
                {
                    self.block(at, Scope::Cell, place, cell, pieces);
                }
            }
            CellKind::Shared => {
                let index = match pieces {
                    [piece] if piece.means.is_none() => at.text[piece.span.range()].trim().parse().ok(),
                    _ => joined(at.text, pieces).trim().parse().ok(),
                };
                // Taken out for the call: the block is made from it and from all the rest.
                let strings = mem::take(&mut self.strings);
                match index
                    .and_then(|index: usize| strings.as_ref().and_then(|strings| Some((strings, strings.get(index)?))))
                {
                    Some((strings, pieces)) => {
                        let at = At { text: &strings.text, part: strings.part, ..at };
                        self.block(at, Scope::Cell, place, cell, pieces);
                    }
                    None if pieces.is_empty() => {}
                    None => self.dangling += 1,
                }
                self.strings = strings;
            }
            CellKind::Other => {}
        }
    }

    /// Reads one header or footer: each of its sections is a block.
    fn header(&mut self, at: At<'_>, scope: Scope, pieces: &[Piece]) {
        for section in header_sections(at.text, pieces) {
            self.block(at, scope, Place::Sheet { sheet: at.sheet }, None, &section);
        }
    }

    /// Reads legacy comments (ECMA-376 Part 1 §18.7). Excel keeps a copy of each thread among them for its older
    /// versions, under an author of its own; it is left out if the thread itself was read.
    fn comments(&mut self, name: &str, sheet: u16, threaded: bool) {
        let Some(bytes) = self.opc.load(name) else { return };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let at = At { text: &text, part, sheet };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut copies: Vec<bool> = Vec::new();
        let mut frames = Vec::new();
        let mut pieces = Vec::new();
        let mut place = (1, 1);
        let mut copy = false;
        loop {
            match xml.next() {
                Node::Start(element) if element.ns != Ns::Sheet => frames.push(Frame::Other),
                Node::Start(element) => frames.push(match element.name {
                    "author" => {
                        pieces.clear();
                        Frame::Value
                    }
                    "comment" => {
                        pieces.clear();
                        place = element.raw("ref").and_then(reference).unwrap_or((1, 1));
                        let author = element.number("authorId").and_then(|id| copies.get(id as usize));
                        copy = threaded && author == Some(&true);
                        Frame::Item
                    }
                    "t" => Frame::Text,
                    "rPh" | "extLst" => {
                        xml.skip();
                        continue;
                    }
                    _ => Frame::Other,
                }),
                Node::Text(piece) => {
                    if matches!(frames.last(), Some(Frame::Text | Frame::Value)) {
                        unescape_into(at.text, piece, &mut pieces);
                    }
                }
                Node::End => match frames.pop() {
                    Some(Frame::Value) => copies.push(joined(at.text, &pieces).starts_with("tc=")),
                    Some(Frame::Item) if !copy => self.comment(at, place, &pieces),
                    _ => {}
                },
                Node::Done => break,
            }
        }
        if frames.contains(&Frame::Item) && !copy {
            self.comment(at, place, &pieces);
        }
        self.opc.finish(name, &xml);
    }

    /// Reads threaded comments ([MS-XLSX] §2.1.17); whether there were any.
    pub(super) fn threaded_comments(&mut self, name: &str, sheet: u16) -> bool {
        let Some(bytes) = self.opc.load(name) else { return false };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return false };
        let at = At { text: &text, part, sheet };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut frames = Vec::new();
        let mut pieces = Vec::new();
        let mut place = (1, 1);
        let mut any = false;
        loop {
            match xml.next() {
                Node::Start(element) => frames.push(match (element.ns, element.name) {
                    (Ns::Threaded, "threadedComment") => {
                        pieces.clear();
                        place = element.raw("ref").and_then(reference).unwrap_or((1, 1));
                        Frame::Item
                    }
                    (Ns::Threaded, "text") => Frame::Text,
                    _ => Frame::Other,
                }),
                Node::Text(piece) if frames.last() == Some(&Frame::Text) => unescape_into(at.text, piece, &mut pieces),
                Node::Text(_) => {}
                Node::End => {
                    if frames.pop() == Some(Frame::Item) {
                        any = true;
                        self.comment(at, place, &pieces);
                    }
                }
                Node::Done => break,
            }
        }
        if frames.contains(&Frame::Item) {
            self.comment(at, place, &pieces);
        }
        self.opc.finish(name, &xml);
        any
    }

    fn comment(&mut self, at: At<'_>, (row, column): (u32, u32), pieces: &[Piece]) {
        if !is_blank(at.text, pieces) {
            self.block(at, Scope::Comment, Place::Cell { sheet: at.sheet, row, column }, None, pieces);
        }
    }

    /// Reads the text of shapes, charts and diagrams on a sheet.
    fn drawing(&mut self, name: &str, sheet: u16) {
        let Some(bytes) = self.opc.load(name) else { return };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let at = At { text: &text, part, sheet };
        drawing_text(&mut xml, |_, pieces| self.block(at, Scope::Body, Place::Sheet { sheet }, None, pieces));
        self.opc.finish(name, &xml);
    }
}

/// The parts that relationships of these kinds lead to, each once, in the order of their numbered names.
pub(super) fn targets(relationships: &[Relationship], kinds: &[&str]) -> Vec<String> {
    let mut targets: Vec<String> =
        relationships.iter().filter(|one| kinds.contains(&&*one.kind)).map(|one| one.target.clone()).collect();
    targets.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    targets.dedup();
    targets
}

/// Row and column, from 1, of a reference such as `C5` (ECMA-376 Part 1 §18.18.62).
fn reference(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let column =
        text[..letters].bytes().fold(0, |sum, byte| sum * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1);
    let row = text[letters..].parse().ok().filter(|&row| row > 0)?;
    Some((row, column))
}

/// Whether a number is as long as those that privacy rules look for: mobile telephones have 11 digits.
fn is_long_number(text: &str) -> bool {
    text.len() >= 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The sections of a header or footer – left, centre, right – without the codes between (ECMA-376 Part 1 §18.3.1.39).
pub(super) fn header_sections(text: &str, pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut characters = characters(text, pieces).peekable();
    let mut sections = Vec::new();
    let mut section: Vec<Piece> = Vec::new();
    while let Some(piece) = characters.next() {
        match meaning(text, &piece) {
            '&' => match characters.next() {
                Some(code) => match meaning(text, &code) {
                    'L' | 'C' | 'R' | 'l' | 'c' | 'r' => sections.push(std::mem::take(&mut section)),
                    '&' => append(&mut section, code),
                    code => pass_code(text, &mut characters, code),
                },
                None => break,
            },
            _ => append(&mut section, piece),
        }
    }
    sections.push(section);
    sections
}

/// The single characters of `pieces` with their places.
fn characters<'t>(text: &'t str, pieces: &'t [Piece]) -> impl Iterator<Item = Piece> + 't {
    pieces.iter().flat_map(move |&piece| {
        let literal = if piece.means.is_none() { &text[piece.span.range()] } else { "" };
        let single = literal.char_indices().map(move |(at, character)| {
            let start = piece.span.start + at;
            Piece { span: Span::new(start, start + character.len_utf8()), means: None }
        });
        single.chain(piece.means.map(|_| piece))
    })
}

/// Adds a piece of one character; literal neighbours are joined.
fn append(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.means.is_none() && piece.means.is_none() && last.span.end == piece.span.start => {
            last.span = Span::new(last.span.start, piece.span.end);
        }
        _ => pieces.push(piece),
    }
}

/// The character that a piece of one character is.
fn meaning(text: &str, piece: &Piece) -> char {
    piece.means.or_else(|| text[piece.span.range()].chars().next()).unwrap_or_default()
}

/// Passes over what belongs to a header code after its letter (ECMA-376 Part 1 §18.3.1.39): a font in quotation marks,
/// a size, a colour, an offset of the page number.
fn pass_code(text: &str, characters: &mut Peekable<impl Iterator<Item = Piece>>, code: char) {
    let mut pass = |test: &dyn Fn(char) -> bool, most: usize| {
        for _ in 0..most {
            if characters.next_if(|piece| test(meaning(text, piece))).is_none() {
                break;
            }
        }
    };
    match code {
        '"' => {
            pass(&|character| character != '"', usize::MAX);
            pass(&|character| character == '"', 1);
        }
        '0'..='9' => pass(&|character| character.is_ascii_digit(), 2),
        // RRGGBB, or a theme colour and its tint.
        'K' => pass(&|character| character.is_ascii_hexdigit() || matches!(character, '+' | '-'), 6),
        _ => {}
    }
}

/// Takes `piece` over into `pieces` with the escapes `_xHHHH_` read as the characters that they stand for (ECMA-376
/// Part 1 §22.9.2.19, ST_Xstring). Control characters among them say nothing and are left out.
fn unescape_into(text: &str, piece: Piece, pieces: &mut Vec<Piece>) {
    let slice = if piece.means.is_none() { &text[piece.span.range()] } else { "" };
    if !slice.contains("_x") {
        pieces.push(piece);
        return;
    }
    let base = piece.span.start;
    let literal = |from: usize, to: usize| Piece { span: Span::<Decoded>::new(base + from, base + to), means: None };
    let mut from = 0;
    let mut search = 0;
    while let Some(found) = slice[search..].find("_x") {
        let start = search + found;
        let digits =
            slice.get(start + 2..start + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.filter(|_| slice.as_bytes().get(start + 6) == Some(&b'_'));
        let Some(character) = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) else {
            search = start + 2;
            continue;
        };
        if from < start {
            pieces.push(literal(from, start));
        }
        if !character.is_control() || character.is_whitespace() {
            pieces.push(Piece::meaning(Span::new(base + start, base + start + 7), character));
        }
        from = start + 7;
        search = from;
    }
    if from < slice.len() {
        pieces.push(literal(from, slice.len()));
    }
}

fn unescaped(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all = Vec::new();
    for piece in pieces {
        unescape_into(text, piece, &mut all);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::ooxml::testing::{assert_places, blocks, codes, package, relationships};
    use super::*;
    use crate::source::{Level, Limits};

    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    fn part(root: &str, content: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<{root} xmlns=\"{MAIN}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">{content}</{root}>"
        )
    }

    /// A workbook of one sheet with these cells and shared strings, and more parts.
    fn workbook(cells: &str, strings: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let book = part("workbook", "<sheets><sheet name='预&#x7B97;表' sheetId='1' r:id='s'/></sheets>");
        let rels =
            relationships(&[("s", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml")]);
        let sheet = part("worksheet", cells);
        let strings = part("sst", strings);
        let mut parts: Vec<(&str, &[u8])> = vec![
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
        ];
        parts.extend(more.iter().map(|(name, content)| (*name, content.as_bytes())));
        package(&parts)
    }

    fn read(bytes: Vec<u8>, limits: Limits) -> Extracted<'static> {
        let source = Source::new("a.xlsx", bytes);
        let extracted = Xlsx.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
        if !extracted.document.blocks.is_empty() {
            assert_places(&source.bytes, &extracted.document);
        }
        Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
    }

    #[test]
    fn cells_of_every_kind() {
        let strings = "<si><t>一般&amp;公共</t></si><si><r><t>按</t></r><r><rPr/><t>装</t></r><rPh><t>アン</t></rPh></si><si><t>甲_x000D__x4E59_</t></si>";
        let cells = "<sheetData><row r='3'><c r='B3' t='s'><v>0</v></c><c t='s'><v>1</v></c><c r='AA3' t='inlineStr'><is><t>内</t><rPh><t>x</t></rPh></is></c></row>\
            <row><c t='str'><f>\"假\"&amp;A1</f><v>结果</v></c><c><v>13800138000</v></c><c t='n'><v>1234567890</v></c><c><v>12345678901.5</v></c>\
            <c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c><c t='s'><v>2</v></c></row><row r='1048576'><c r='XFD1048576' t='s'><v>0</v></c></row></sheetData>";
        let extracted = read(workbook(cells, strings, &[]), Limits::default());
        let expected = [
            (Scope::SheetName, "预算表", None),
            (Scope::Cell, "一般&公共", Some((3, 2))),
            (Scope::Cell, "按装", Some((3, 3))),
            (Scope::Cell, "内", Some((3, 27))),
            (Scope::Cell, "结果", Some((4, 1))),
            (Scope::Cell, "13800138000", Some((4, 2))),
            (Scope::Cell, "甲\r乙", Some((4, 7))),
            (Scope::Cell, "一般&公共", Some((1_048_576, 16_384))),
        ];
        let found: Vec<_> = extracted
            .document
            .blocks
            .iter()
            .zip(blocks(&extracted.document))
            .map(|(block, (scope, text))| {
                let at = match block.place {
                    Place::Cell { row, column, .. } => Some((row, column)),
                    _ => None,
                };
                assert_eq!(block.cell.map(|cell| (cell.row + 1, cell.column + 1)), at);
                (scope, text, at)
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(extracted.document.names, ["预算表"]);
        assert_eq!(extracted.notices, []);
    }

    #[test]
    fn headers_comments_and_drawings() {
        let cells = "<sheetData/><headerFooter><oddHeader>&amp;L&amp;\"宋体,常规\"&amp;12机密&amp;C&amp;KFF0000标&amp;B题&amp;&amp;&amp;R第&amp;P页</oddHeader><oddFooter>&amp;C页脚</oddFooter></headerFooter>";
        let rels = relationships(&[
            ("1", "comments", "../comments1.xml"),
            ("2", "threadedComment", "../threadedComments/threadedComment1.xml"),
            ("3", "drawing", "../drawings/drawing1.xml"),
        ]);
        let comments = part(
            "comments",
            "<authors><author>张三</author><author>tc={0}</author></authors><commentList>\
            <comment ref='B2' authorId='0'><text><r><t>批</t></r><r><t>注</t></r></text></comment><comment ref='C3' authorId='1'><text><t>[线程批注]</t></text></comment></commentList>",
        );
        let threaded = "<ThreadedComments xmlns='http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments'><threadedComment ref='C3'><text>会话</text></threadedComment></ThreadedComments>";
        let drawing =
            "<d xmlns:a='http://purl.oclc.org/ooxml/drawingml/main'><a:p><a:r><a:t>形状</a:t></a:r></a:p></d>";
        let more = [
            ("xl/worksheets/_rels/sheet1.xml.rels", &*rels),
            ("xl/comments1.xml", &*comments),
            ("xl/threadedComments/threadedComment1.xml", threaded),
            ("xl/drawings/drawing1.xml", drawing),
        ];
        let extracted = read(workbook(cells, "", &more), Limits::default());
        let expected = [
            (Scope::SheetName, "预算表"),
            (Scope::Header, "机密"),
            (Scope::Header, "标题&"),
            (Scope::Header, "第页"),
            (Scope::Footer, "页脚"),
            (Scope::Comment, "会话"),
            (Scope::Comment, "批注"),
            (Scope::Body, "形状"),
        ];
        assert_eq!(blocks(&extracted.document), expected);
        assert_eq!(extracted.document.blocks[5].place, Place::Cell { sheet: 0, row: 3, column: 3 });
        assert_eq!(extracted.document.blocks[6].place, Place::Cell { sheet: 0, row: 2, column: 2 });
        assert_eq!(extracted.notices, []);
    }

    #[test]
    fn damage_and_limits_are_said() {
        let cells = "<sheetData><row r='1'><c t='s'><v>0</v></c><c t='s'><v>9</v></c><c t='str'><v>尾</v></c></row></sheetData>";
        let extracted = read(workbook(cells, "<si><t>头</t></si>", &[]), Limits::default());
        assert_eq!(blocks(&extracted.document)[1..], [(Scope::Cell, "头"), (Scope::Cell, "尾")]);
        assert_eq!(codes(&extracted), [Code::Corrupt]);

        let extracted = read(workbook(cells, "<si><t>头</t></si>", &[]), Limits { cells: 1, ..Limits::default() });
        assert_eq!(blocks(&extracted.document)[1..], [(Scope::Cell, "头")]);
        assert!(extracted.notices[0].code == Code::Limit && extracted.notices[0].message.contains("--limit cells="));

        // A short sheet that multiplies a long string must not multiply memory.
        let many = format!("<sheetData>{}</sheetData>", "<c t='s'><v>0</v></c>".repeat(5_000));
        let long = format!("<si><t>{}</t></si>", "长".repeat(10_000));
        let extracted = read(workbook(&many, &long, &[]), Limits { entry_size: 1 << 20, ..Limits::default() });
        assert!(extracted.document.text.len() <= 1 << 20);
        assert_eq!(codes(&extracted), [Code::Limit]);

        let laughs = "<!DOCTYPE x [<!ENTITY a '哈'>]><worksheet xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'><c t='str'><v>笑&a;</v></c></worksheet>";
        let book = part("workbook", "<sheets><sheet name='a' r:id='s'/><sheet name='b' r:id='?'/></sheets>");
        let rels = relationships(&[("s", "worksheet", "/xl/sheet1.xml")]);
        let bytes = package(&[
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
            ("xl/sheet1.xml", laughs.as_bytes()),
        ]);
        let extracted = read(bytes.clone(), Limits::default());
        assert_eq!(
            blocks(&extracted.document),
            [(Scope::SheetName, "a"), (Scope::Cell, "笑"), (Scope::SheetName, "b")]
        );
        assert_eq!(codes(&extracted), [Code::Corrupt, Code::Corrupt]);
        assert!(extracted.notices.iter().all(|notice| notice.level == Level::Error));
        assert_eq!(codes(&read(bytes[..bytes.len() - 30].to_vec(), Limits::default())), [Code::Corrupt]);
    }

    #[test]
    fn references_and_escapes() {
        for (text, expected) in [
            ("A1", Some((1, 1))),
            ("XFD1048576", Some((1_048_576, 16_384))),
            ("c5", Some((5, 3))),
            ("", None),
            ("5", None),
            ("A0", None),
            ("ABCD1", None),
            ("A99999999999", None),
            ("A-1", None),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
        for (text, expected) in [
            ("_x005F_x000D_", "_x000D_"),
            ("a_x0041_b", "aAb"),
            ("_xD83D_", "_xD83D_"),
            ("_x41_", "_x41_"),
            ("_x字字_", "_x字字_"),
            ("a_x0001_b", "ab"),
            ("_x__x4E00_", "_x_一"),
        ] {
            let mut pieces = Vec::new();
            unescape_into(text, Piece { span: Span::new(0, text.len()), means: None }, &mut pieces);
            assert_eq!(joined(text, &pieces), expected, "{text}");
        }
    }
}
