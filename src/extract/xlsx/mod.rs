//! Excel workbooks: SpreadsheetML (ECMA-376 Part 1 §18, transitional and strict).
//!
//! Every sheet is read, hidden ones too: what a published workbook hides is published all the same. Numbers are no
//! text, except whole ones as long as the numbers of telephones, identity cards and accounts. Cells are taken as they
//! come and never laid out on a grid: a file of two cells may claim seventeen thousand million.

mod plain;

use std::iter::Peekable;

use plain::{Plain, Scan};

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
            Err(notice) => return Extracted::refused(notice),
        };
        let mut builder = DocumentBuilder::new();
        let (main, properties) = opc.start("xl/workbook.xml");
        if let Some(properties) = properties {
            opc.properties(&mut builder, &properties, "xlsx");
        }
        let mut book = Book { opc, builder, cells: 0, exhausted: false, dangling: 0, pictures };
        match main.to_ascii_lowercase().ends_with(".bin") {
            true => xlsb::read(&mut book, &main),
            false => book.read(&main),
        }
        let Book { mut opc, builder, dangling, .. } = book;
        if dangling > 0 {
            let message =
                format!("有 {dangling} 个单元格的文字不在文件中（共享字符串缺失），没有检查。请重新取得原文件");
            opc.notices.error(Code::Corrupt, message);
        }
        Extracted {
            document: builder.finish(),
            notices: opc.notices.into_vec(),
            inner: opc.inner,
            ..Extracted::default()
        }
    }
}

/// The shared string table (ECMA-376 Part 1 §18.4): cells refer to its items by number, all over the table and a million times, so
/// that finding one must not touch more memory than it has to.
struct Strings<'t> {
    /// Decoded text of the part.
    text: &'t str,
    part: u16,
    items: Vec<Item>,
    /// Pieces of the items that are not one stretch of text.
    pieces: Vec<Piece>,
}

/// An item of the table.
#[derive(Debug, Clone, Copy)]
struct Item {
    /// Where it begins, in bytes of the text or in [`Strings::pieces`].
    start: u32,
    /// How long it is, twice, and one more if it is made of pieces.
    length: u32,
}

impl Strings<'_> {
    /// The item with this number, as one piece or as several; `room` is where one can be put.
    fn get<'p>(&'p self, index: usize, room: &'p mut [Piece; 1]) -> Option<&'p [Piece]> {
        let Item { start, length } = *self.items.get(index)?;
        let (start, length, pieces) = (start as usize, (length / 2) as usize, length % 2 == 1);
        if pieces {
            return self.pieces.get(start..start + length);
        }
        *room = [Piece::literal(start, start + length)];
        Some(room)
    }

    /// Adds the item that the pieces from `first` on are.
    fn end_item(&mut self, first: usize) {
        let item = match self.pieces[first..] {
            [Piece { span, means: None }] => {
                self.pieces.pop();
                Item { start: span.start as u32, length: 2 * span.len() as u32 }
            }
            ref pieces => Item { start: first as u32, length: 2 * pieces.len() as u32 + 1 },
        };
        self.items.push(item);
    }
}

/// A workbook being read.
pub(super) struct Book<'s> {
    pub(super) opc: Opc<'s>,
    pub(super) builder: DocumentBuilder,
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
    /// The table of shared strings.
    Table,
    Row,
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

impl CellKind {
    /// What the attribute `t` of a cell says.
    fn new(value: &str) -> Self {
        match value {
            "s" => CellKind::Shared,
            "str" | "inlineStr" => CellKind::Text,
            "n" => CellKind::Number,
            _ => CellKind::Other,
        }
    }
}

/// Where a cell stands.
#[derive(Clone, Copy)]
struct CellAt {
    /// Number of the sheet, from 0.
    table: u16,
    /// Row and column, from 1.
    row: u32,
    column: u32,
}

impl Book<'_> {
    fn read(&mut self, main: &str) {
        let Some(bytes) = self.opc.load(main) else { return };
        let text = self.opc.decode(main, &bytes);
        let relationships = self.opc.relationships(main).unwrap_or_default();
        let shared = self.load_strings(main, &relationships);
        let strings = shared.as_ref().map(|(name, bytes)| (name, self.opc.decode(name, bytes)));
        let strings = strings.as_ref().and_then(|(name, text)| self.shared_strings(name, text));
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
                        self.opc.notices.error(Code::Corrupt, message);
                        break;
                    }
                    rooted = true;
                }
                Node::Start(element) if (element.ns, element.name) == (Ns::Sheet, "sheet") => {
                    if u64::from(sheets) >= limit {
                        let message = format!(
                            "工作表超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽"
                        );
                        self.opc.notices.error(Code::Limit, message);
                        break;
                    }
                    let pieces = unescaped(&text, element.pieces(&text, "name"));
                    let name = joined(&text, &pieces);
                    let sheet = self.builder.add_name(&name);
                    let at = At { text: &text, part, sheet };
                    self.block(at, Scope::SheetName, Place::Sheet { sheet }, None, &pieces);
                    self.sheet(&element, (&name, sheet, sheets), &relationships, strings.as_ref());
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
        if pieces.is_empty() || !self.opc.room(&self.builder, pieces.iter().map(Piece::len).sum()) {
            return;
        }
        match pieces {
            [Piece { span, means: None }] => {
                self.builder.block(scope, place, cell, (at.part, span.start), &at.text[span.range()]);
            }
            _ => {
                self.builder.open(scope, place, cell);
                push(&mut self.builder, at.part, at.text, pieces);
                self.builder.close();
            }
        }
    }

    /// Name and bytes of the part with the shared strings; `None` if the workbook has none or it cannot be read.
    fn load_strings(&mut self, main: &str, relationships: &[Relationship]) -> Option<(String, Vec<u8>)> {
        if let Some(one) = relationships.iter().find(|one| one.kind == "sharedStrings") {
            return Some((one.target.clone(), self.opc.load(&one.target)?));
        }
        let folder = main.rsplit_once('/').map_or("xl", |(folder, _)| folder);
        let name = format!("{folder}/sharedStrings.xml");
        let bytes = self.opc.load_optional(&name)??;
        Some((name, bytes))
    }

    /// Reads the shared strings in `text`, the part `name`.
    fn shared_strings<'t>(&mut self, name: &str, text: &'t str) -> Option<Strings<'t>> {
        let part = self.opc.take(&mut self.builder, name)?;
        // Lengths are stored in 31 bits.
        if text.len() > (u32::MAX / 2) as usize {
            let message = format!("部件 {name} 超过 2 GiB，没有检查。请拆分文件后再检查");
            self.opc.notices.error(Code::Limit, message);
            return None;
        }
        let mut strings = Strings { text, part, items: Vec::new(), pieces: Vec::new() };
        // Where the pieces of the open item begin.
        let mut first = 0;
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        let mut frames = Vec::new();
        let mut qualified = "sst";
        loop {
            if frames == [Frame::Table] {
                plain_strings(&mut xml, qualified, &mut strings, &mut first);
            }
            match xml.next() {
                Node::Start(element) => frames.push(match (element.ns, element.name) {
                    (Ns::Sheet, "sst") => {
                        qualified = element.qualified();
                        Frame::Table
                    }
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
                    unescape_into(text, piece, &mut strings.pieces);
                }
                Node::Text(_) => {}
                Node::End => {
                    if frames.pop() == Some(Frame::Item) {
                        strings.end_item(first);
                        first = strings.pieces.len();
                    }
                }
                Node::Done => break,
            }
        }
        self.opc.finish(name, &xml);
        Some(strings)
    }

    /// Reads a sheet with its comments and drawings.
    fn sheet(
        &mut self,
        element: &Element<'_>,
        (name, sheet, table): (&str, u16, u16),
        relationships: &[Relationship],
        strings: Option<&Strings<'_>>,
    ) {
        let id = element.value("id").unwrap_or_default();
        let Some(one) = relationships.iter().find(|one| one.id == id) else {
            self.opc.notices.error(Code::Corrupt, format!("找不到工作表“{name}”的内容，没有检查。请重新取得原文件"));
            return;
        };
        let part_name = one.target.clone();
        let Some(bytes) = self.opc.load(&part_name) else { return };
        let text = self.opc.decode(&part_name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, &part_name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        self.cells(&mut xml, At { text: &text, part, sheet }, table, strings);
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
            self.opc.notices.error(Code::Limit, message);
            return false;
        }
        self.cells += 1;
        true
    }

    /// Reads the cells, header and footer of a worksheet (ECMA-376 Part 1 §18.3).
    fn cells<'t>(&mut self, xml: &mut Xml<'t>, at: At<'t>, table: u16, strings: Option<&Strings<'_>>) {
        let mut frames: Vec<Frame> = Vec::new();
        // The name of the rows as it is written, with their prefix.
        let mut qualified = "row";
        let mut pieces: Vec<Piece> = Vec::new();
        let mut kind = CellKind::Number;
        // Row and column of the current cell, from 1.
        let mut cell = CellAt { table, row: 0, column: 0 };
        loop {
            // Within a row, cells follow and further rows.
            if frames.last() == Some(&Frame::Row) && !self.plain_rows(xml, at, &mut cell, qualified, strings) {
                return;
            }
            match xml.next() {
                Node::Start(element) if element.ns != Ns::Sheet => frames.push(Frame::Other),
                Node::Start(element) => frames.push(match (element.name, frames.last()) {
                    ("row", _) => {
                        cell.begin_row(element.number("r"));
                        qualified = element.qualified();
                        // Rows in cells and rows are in no sound file; the general reader knows what ends where.
                        let nested = frames.iter().any(|frame| matches!(frame, Frame::Cell | Frame::Row));
                        if nested { Frame::Other } else { Frame::Row }
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
                                ("t", value) => kind = CellKind::new(value),
                                _ => {}
                            }
                        }
                        cell.begin(place);
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
                    Some(Frame::Cell) => self.cell(at, kind, cell, &pieces, strings),
                    Some(Frame::Header(scope)) => self.header(at, scope, &pieces),
                    _ => {}
                },
                Node::Done => {
                    // What stood before the XML broke off.
                    match frames.iter().find(|frame| matches!(frame, Frame::Cell | Frame::Header(_))) {
                        Some(Frame::Cell) => self.cell(at, kind, cell, &pieces, strings),
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

    /// Reads the cells and rows that follow, as far as they are written plainly. `false` if no more cells may be read.
    fn plain_rows<'t>(
        &mut self,
        xml: &mut Xml<'t>,
        at: At<'t>,
        cell: &mut CellAt,
        qualified: &'t str,
        strings: Option<&Strings<'_>>,
    ) -> bool {
        // A cell holds two levels of elements.
        let Some((base, rest)) = xml.rest(3).filter(|_| !xml.declares()) else { return true };
        let mut scan = Scan::new(rest, qualified);
        while let Some(item) = scan.cell_or_row() {
            let (kind, value) = match item {
                Plain::Row(number) => {
                    cell.begin_row(number);
                    continue;
                }
                Plain::Cell(plain) => {
                    if !self.next_cell() {
                        return false;
                    }
                    cell.begin(plain.place);
                    (plain.kind, plain.value)
                }
            };
            if value.is_empty() {
                continue;
            }
            let piece = Piece::literal(base + value.start, base + value.end);
            if rest.as_bytes()[value].contains(&b'_') {
                let mut pieces = Vec::new();
                unescape_into(at.text, piece, &mut pieces);
                self.cell(at, kind, *cell, &pieces, strings);
            } else {
                self.cell(at, kind, *cell, &[piece], strings);
            }
        }
        xml.pass(scan.at);
        true
    }

    fn cell(&mut self, at: At<'_>, kind: CellKind, cell: CellAt, pieces: &[Piece], strings: Option<&Strings<'_>>) {
        let CellAt { table, row, column } = cell;
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
                let index: Option<usize> = match pieces {
                    [piece] if piece.means.is_none() => at.text[piece.span.range()].trim().parse().ok(),
                    _ => joined(at.text, pieces).trim().parse().ok(),
                };
                let mut room = [Piece::literal(0, 0)];
                let found = strings.and_then(|strings| Some((strings, strings.get(index?, &mut room)?)));
                match found {
                    Some((strings, pieces)) => {
                        let at = At { text: strings.text, part: strings.part, ..at };
                        self.block(at, Scope::Cell, place, cell, pieces);
                    }
                    None if pieces.is_empty() => {}
                    None => self.dangling += 1,
                }
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

impl CellAt {
    fn begin_row(&mut self, number: Option<u32>) {
        self.row = number.unwrap_or_else(|| self.row.saturating_add(1));
        self.column = 0;
    }

    /// A cell begins that says itself where it stands, or stands behind the one before.
    fn begin(&mut self, place: Option<(u32, u32)>) {
        (self.row, self.column) = place.unwrap_or((self.row.max(1), self.column.saturating_add(1)));
    }
}

/// Reads the shared strings that follow, as far as they are written plainly.
fn plain_strings(xml: &mut Xml<'_>, qualified: &str, strings: &mut Strings<'_>, first: &mut usize) {
    let Some((base, rest)) = xml.rest(2) else { return };
    let mut scan = Scan::new(rest, qualified);
    while let Some(value) = scan.shared_string() {
        if !value.is_empty() {
            unescape_into(strings.text, Piece::literal(base + value.start, base + value.end), &mut strings.pieces);
        }
        strings.end_item(*first);
        *first = strings.pieces.len();
    }
    xml.pass(scan.at);
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
mod tests;
