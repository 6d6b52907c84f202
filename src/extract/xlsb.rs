//! Excel workbooks in the binary form ([MS-XLSB]): the package of an xlsx whose parts of sheets are records.
//!
//! Drawings, charts and threads of comments are XML in it as well, and read as those of an xlsx.

use super::ooxml::{Piece, joined};
use super::transcript::without_controls;
use super::xlsx::{Book, header_sections, targets};
use crate::document::{CellIndex, Place, Scope, Span};
use crate::source::{Code, u32_at};

/// Kinds of records ([MS-XLSB] §2.3).
mod kind {
    pub(super) const ROW: u16 = 0;
    pub(super) const RK: u16 = 2;
    pub(super) const REAL: u16 = 5;
    pub(super) const STRING: u16 = 6;
    pub(super) const SHARED: u16 = 7;
    pub(super) const FORMULA_STRING: u16 = 8;
    pub(super) const FORMULA_NUMBER: u16 = 9;
    pub(super) const SHARED_ITEM: u16 = 19;
    pub(super) const RICH_STRING: u16 = 62;
    pub(super) const VALIDATION: u16 = 64;
    pub(super) const SHEET: u16 = 156;
    pub(super) const HEADER_FOOTER: u16 = 479;
    pub(super) const COMMENT: u16 = 635;
    pub(super) const COMMENT_TEXT: u16 = 637;
}

/// Reads the workbook whose main part is `main`.
pub(super) fn read(book: &mut Book<'_>, main: &str) {
    let Some(bytes) = book.opc.load(main) else { return };
    let relationships = book.opc.relationships(main).unwrap_or_default();
    let mut binary = Binary { book, strings: Strings::default(), part: 0, at: 0 };
    if let Some(target) = targets(&relationships, &["sharedStrings"]).first() {
        binary.shared_strings(target);
    }
    let Some(part) = binary.open(main) else { return };
    // Names and sheets are counted in 16 bits; the parts of the package are limited anyway.
    let limit = binary.book.opc.limits.archive_entries.min(u64::from(u16::MAX) / 4);
    let mut records = Records::new(&bytes);
    let mut table = 0u32;
    let mut at = 0;
    while let Some((kind, data)) = records.next() {
        if kind != kind::SHEET {
            continue;
        }
        if u64::from(table) >= limit {
            let message =
                format!("工作表超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽");
            binary.book.opc.notices.error(Code::Limit, message);
            break;
        }
        let mut cursor = Cursor { data, at: 8 };
        let (id, name) = (cursor.string(), cursor.string());
        let (Some(id), Some(name)) = (id, name) else {
            binary.cut(main);
            continue;
        };
        let sheet = binary.book.builder.add_name(&name);
        (binary.part, binary.at) = (part, at);
        binary.block(Scope::SheetName, Place::Sheet { sheet }, None, &name);
        at = binary.at;
        match relationships.iter().find(|one| one.id == id) {
            Some(one) => binary.sheet(&one.target.clone(), sheet, table),
            None => {
                let message = format!("找不到工作表“{name}”的内容，没有检查。请重新取得原文件");
                binary.book.opc.notices.error(Code::Corrupt, message);
            }
        }
        table += 1;
    }
    if records.cut || table == 0 {
        binary.cut(main);
    }
}

/// The shared strings; where they stand in the decoded text of their part is where they stand in `text`.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<usize>,
    part: u16,
}

/// A workbook being read.
struct Binary<'a, 's> {
    book: &'a mut Book<'s>,
    strings: Strings,
    /// The part being read.
    part: u16,
    /// Bytes of its texts so far: strings in records have no text around them.
    at: usize,
}

impl Binary<'_, '_> {
    /// Begins with a part; `None` if it was read before.
    fn open(&mut self, name: &str) -> Option<u16> {
        let part = self.book.opc.take(&mut self.book.builder, name)?;
        (self.part, self.at) = (part, 0);
        Some(part)
    }

    fn cut(&mut self, name: &str) {
        let message = format!("部件 {name} 已损坏或不完整，只检查了还能读出的部分。请重新取得原文件");
        self.book.opc.notices.error(Code::Corrupt, message);
    }

    fn block(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>, text: &str) {
        let text = without_controls(text);
        if !text.trim().is_empty() && self.book.opc.room(&self.book.builder, text.len()) {
            self.book.builder.open(scope, place, cell);
            self.book.builder.literal(self.part, self.at, &text);
            self.book.builder.close();
            self.at += text.len();
        }
    }

    fn shared_strings(&mut self, name: &str) {
        let Some(bytes) = self.book.opc.load(name) else { return };
        let Some(part) = self.open(name) else { return };
        let mut strings = Strings { part, ..Strings::default() };
        let mut records = Records::new(&bytes);
        while let Some((kind, data)) = records.next() {
            if kind == kind::SHARED_ITEM {
                // A byte of flags stands before the string, runs and readings after it.
                match (Cursor { data, at: 1 }).string() {
                    Some(text) => strings.text.push_str(&without_controls(&text)),
                    None => self.cut(name),
                }
                strings.ends.push(strings.text.len());
            }
        }
        if records.cut {
            self.cut(name);
        }
        self.strings = strings;
    }

    /// Reads a sheet with its comments and drawings.
    fn sheet(&mut self, name: &str, sheet: u16, table: u32) {
        let Some(bytes) = self.book.opc.load(name) else { return };
        if self.open(name).is_none() {
            return;
        }
        let mut records = Records::new(&bytes);
        let mut row = 0u32;
        while let Some((kind, data)) = records.next() {
            let whole = match kind {
                kind::ROW => u32_at(data, 0).map(|number| row = number),
                kind::RK
                | kind::REAL
                | kind::STRING
                | kind::SHARED
                | kind::FORMULA_STRING
                | kind::FORMULA_NUMBER
                | kind::RICH_STRING => {
                    if !self.book.next_cell() {
                        break;
                    }
                    self.cell(kind, data, sheet, table, row)
                }
                kind::HEADER_FOOTER => self.headers(data, sheet),
                kind::VALIDATION => self.validation(data, sheet),
                _ => Some(()),
            };
            if whole.is_none() {
                self.cut(name);
            }
        }
        if records.cut {
            self.cut(name);
        }
        drop(bytes);
        let related = self.book.opc.relationships(name).unwrap_or_default();
        let pictures = self.book.pictures;
        self.book.opc.embedded(name, pictures);
        let mut threaded = false;
        for target in targets(&related, &["threadedComment"]) {
            threaded |= self.book.threaded_comments(&target, sheet);
        }
        for target in targets(&related, &["comments"]) {
            self.comments(&target, sheet, threaded);
        }
        self.book.drawings(&related, sheet);
    }

    /// Reads a cell; `None` if it is not there in full.
    fn cell(&mut self, kind: u16, data: &[u8], sheet: u16, table: u32, row: u32) -> Option<()> {
        let column = u32_at(data, 0)?;
        let place = Place::Cell { sheet, row: row.saturating_add(1), column: column.saturating_add(1) };
        let cell = Some(CellIndex { table, row, column });
        let mut cursor = Cursor { data, at: 8 };
        let number = match kind {
            kind::SHARED => {
                let index = u32_at(data, 8)? as usize;
                let Some(&end) = self.strings.ends.get(index) else {
                    self.book.dangling += 1;
                    return Some(());
                };
                let start = index.checked_sub(1).map_or(0, |previous| self.strings.ends[previous]);
                let text = &self.strings.text[start..end];
                if !text.trim().is_empty() && self.book.opc.room(&self.book.builder, text.len()) {
                    self.book.builder.open(Scope::Cell, place, cell);
                    self.book.builder.literal(self.strings.part, start, text);
                    self.book.builder.close();
                }
                return Some(());
            }
            kind::STRING | kind::FORMULA_STRING | kind::RICH_STRING => {
                cursor.at += usize::from(kind == kind::RICH_STRING);
                let text = cursor.string()?;
                self.block(Scope::Cell, place, cell, &text);
                return Some(());
            }
            kind::RK => super::xls::rk(u32_at(data, 8)?),
            _ => f64::from_bits(u64::from(u32_at(data, 8)?) | u64::from(u32_at(data, 12)?) << 32),
        };
        if super::xls::is_long_number(number) {
            self.block(Scope::Cell, place, cell, &format!("{number:.0}"));
        }
        Some(())
    }

    /// Reads headers and footers ([MS-XLSB] §2.4.44): of all pages, of even ones, of the first one.
    fn headers(&mut self, data: &[u8], sheet: u16) -> Option<()> {
        let mut cursor = Cursor { data, at: 2 };
        for scope in [Scope::Header, Scope::Footer].into_iter().cycle().take(6) {
            let text = cursor.string()?;
            for section in header_sections(&text, &[Piece { span: Span::new(0, text.len()), means: None }]) {
                self.block(scope, Place::Sheet { sheet }, None, &joined(&text, &section));
            }
        }
        Some(())
    }

    /// Reads what Excel shows beside cells to enter something into, and after a wrong entry ([MS-XLSB] §2.4.356).
    fn validation(&mut self, data: &[u8], sheet: u16) -> Option<()> {
        let count = u32_at(data, 4)? as usize;
        let number = |at| u32_at(data, at).unwrap_or_default().saturating_add(1);
        let place = Place::Cell { sheet, row: number(8), column: number(16) };
        let mut cursor = Cursor { data, at: count.checked_mul(16)?.checked_add(8)? };
        for _ in 0..4 {
            let text = cursor.string()?;
            self.block(Scope::Comment, place.clone(), None, &text);
        }
        Some(())
    }

    /// Reads comments. Copies of threads, which have an author of their own, are left out if threads were read.
    fn comments(&mut self, name: &str, sheet: u16, threaded: bool) {
        let Some(bytes) = self.book.opc.load(name) else { return };
        if self.open(name).is_none() {
            return;
        }
        let mut records = Records::new(&bytes);
        let (mut row, mut column) = (1, 1);
        // Authors of copies are called so; a comment names its author by number.
        let mut copies = Vec::new();
        let mut copy = false;
        while let Some((kind, data)) = records.next() {
            match kind {
                AUTHOR => copies.push((Cursor { data, at: 0 }).string().is_some_and(|name| name.starts_with("tc="))),
                kind::COMMENT => {
                    let number = |at| u32_at(data, at).unwrap_or_default().saturating_add(1);
                    (row, column) = (number(4), number(12));
                    let author = u32_at(data, 0).and_then(|author| copies.get(author as usize));
                    copy = threaded && author == Some(&true);
                }
                kind::COMMENT_TEXT if !copy => match (Cursor { data, at: 1 }).string() {
                    Some(text) => self.block(Scope::Comment, Place::Cell { sheet, row, column }, None, &text),
                    None => self.cut(name),
                },
                _ => {}
            }
        }
        if records.cut {
            self.cut(name);
        }
    }
}

/// The author of comments.
const AUTHOR: u16 = 632;

/// Records one after another ([MS-XLSB] §2.1.4).
struct Records<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The part ended inside a record.
    cut: bool,
}

impl<'b> Records<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Records { bytes, at: 0, cut: false }
    }

    fn next(&mut self) -> Option<(u16, &'b [u8])> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let head = self.number(2).and_then(|kind| Some((kind as u16, self.number(4)? as usize)));
        let found = head.and_then(|(kind, size)| Some((kind, self.bytes.get(self.at..self.at.checked_add(size)?)?)));
        match found {
            Some((_, data)) => self.at += data.len(),
            None => {
                self.cut = true;
                self.at = self.bytes.len();
            }
        }
        found
    }

    /// A number in up to `most` bytes of seven bits, the lowest first; the upper bit says that more follow.
    fn number(&mut self, most: u32) -> Option<u32> {
        let mut number = 0;
        for index in 0..most {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u32::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }
}

/// Reads strings in a record.
struct Cursor<'b> {
    data: &'b [u8],
    at: usize,
}

impl Cursor<'_> {
    /// A string in UTF-16 with its length before it; nothing is an empty one. `None` if it is not there in full.
    fn string(&mut self) -> Option<String> {
        let count = u32_at(self.data, self.at)?;
        self.at += 4;
        if count == u32::MAX {
            return Some(String::new());
        }
        let end = self.at.checked_add(usize::try_from(count).ok()?.checked_mul(2)?)?;
        let text = super::office_art::utf16(self.data.get(self.at..end)?);
        self.at = end;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ooxml::testing::{blocks, codes, package, relationships};
    use super::super::xlsx::Xlsx;
    use super::super::{ExtractOptions, Extracted, Format};
    use super::*;
    use crate::source::{Kind, Level, Source};

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = if kind < 0x80 { vec![kind as u8] } else { vec![kind as u8 | 0x80, (kind >> 7) as u8] };
        let size = data.len();
        bytes.extend(if size < 0x80 { vec![size as u8] } else { vec![size as u8 | 0x80, (size >> 7) as u8] });
        [bytes, data.to_vec()].concat()
    }

    fn string(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
        (units.len() as u32).to_le_bytes().into_iter().chain(bytes).collect()
    }

    fn cell(kind: u16, column: u32, rest: &[u8]) -> Vec<u8> {
        record(kind, &[&column.to_le_bytes()[..], &[0; 4], rest].concat())
    }

    fn parts() -> Vec<(&'static str, Vec<u8>)> {
        let main = record(kind::SHEET, &[vec![1, 0, 0, 0, 1, 0, 0, 0], string("s"), string("预算表")].concat());
        let main_rels =
            relationships(&[("s", "worksheet", "worksheets/sheet1.bin"), ("t", "sharedStrings", "sharedStrings.bin")]);
        let shared = [
            record(kind::SHARED_ITEM, &[vec![0], string("一般公共")].concat()),
            record(kind::SHARED_ITEM, &[vec![1], string("按装"), vec![1, 0, 0, 0, 0, 0, 0, 0]].concat()),
        ];
        let sheet = [
            record(kind::ROW, &[2, 0, 0, 0, 0]),
            cell(kind::SHARED, 1, &[0, 0, 0, 0]),
            cell(kind::SHARED, 2, &[1, 0, 0, 0]),
            cell(kind::STRING, 3, &string("内")),
            record(kind::ROW, &[4, 0, 0, 0, 0]),
            cell(kind::FORMULA_STRING, 0, &[string("结果"), vec![0; 6]].concat()),
            cell(kind::RICH_STRING, 1, &[vec![0], string("富")].concat()),
            cell(kind::REAL, 2, &13_800_138_000f64.to_le_bytes()),
            cell(kind::RK, 3, &[2, 0, 0, 0]),
            record(
                kind::VALIDATION,
                &[
                    [0u32, 1, 6, 9, 7, 8].map(u32::to_le_bytes).concat(),
                    string("误"),
                    vec![0xFF; 4],
                    string(""),
                    string("提示"),
                ]
                .concat(),
            ),
            record(
                kind::HEADER_FOOTER,
                &[
                    vec![0, 0],
                    string("&C标&B题"),
                    vec![0xFF; 4],
                    vec![0xFF; 4],
                    vec![0xFF; 4],
                    string(""),
                    string("尾"),
                ]
                .concat(),
            ),
        ];
        let comments = [
            record(AUTHOR, &string("张三")),
            record(kind::COMMENT, &[[0u32, 6, 6, 7, 7].map(u32::to_le_bytes).concat(), vec![0; 16]].concat()),
            record(kind::COMMENT_TEXT, &[vec![0], string("批注")].concat()),
        ];
        let rels =
            relationships(&[("1", "comments", "../comments1.bin"), ("2", "drawing", "../drawings/drawing1.xml")]);
        let drawing =
            "<d xmlns:a='http://purl.oclc.org/ooxml/drawingml/main'><a:p><a:r><a:t>形状</a:t></a:r></a:p></d>";
        vec![
            ("[Content_Types].xml", b"<Types/>".to_vec()),
            ("_rels/.rels", relationships(&[("1", "officeDocument", "xl/workbook.bin")]).into_bytes()),
            ("xl/workbook.bin", main),
            ("xl/_rels/workbook.bin.rels", main_rels.into_bytes()),
            ("xl/sharedStrings.bin", shared.concat()),
            ("xl/worksheets/sheet1.bin", sheet.concat()),
            ("xl/worksheets/_rels/sheet1.bin.rels", rels.into_bytes()),
            ("xl/comments1.bin", comments.concat()),
            ("xl/drawings/drawing1.xml", drawing.as_bytes().to_vec()),
        ]
    }

    fn extract(parts: &[(&str, Vec<u8>)]) -> Extracted<'static> {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, content)| (*name, &**content)).collect();
        let source = Source::new("a.xlsb", package(&parts));
        assert_eq!(source.kind(), Kind::Xlsx);
        let extracted = Xlsx.extract(&source, &ExtractOptions::default());
        Extracted { decoded: None, ..extracted }
    }

    #[test]
    fn cells_headers_comments_and_drawings() {
        let extracted = extract(&parts());
        let expected = [
            (Scope::SheetName, "预算表"),
            (Scope::Cell, "一般公共"),
            (Scope::Cell, "按装"),
            (Scope::Cell, "内"),
            (Scope::Cell, "结果"),
            (Scope::Cell, "富"),
            (Scope::Cell, "13800138000"),
            (Scope::Comment, "误"),
            (Scope::Comment, "提示"),
            (Scope::Header, "标题"),
            (Scope::Footer, "尾"),
            (Scope::Comment, "批注"),
            (Scope::Body, "形状"),
        ];
        assert_eq!(blocks(&extracted.document), expected);
        assert_eq!(extracted.document.blocks[1].place, Place::Cell { sheet: 0, row: 3, column: 2 });
        assert_eq!(extracted.document.blocks[4].place, Place::Cell { sheet: 0, row: 5, column: 1 });
        for index in [7, 8, 11] {
            assert_eq!(extracted.document.blocks[index].place, Place::Cell { sheet: 0, row: 7, column: 8 });
        }
        assert_eq!(extracted.notices, []);
    }

    #[test]
    fn parts_cut_short_are_said() {
        for index in [2, 4, 5, 7] {
            let mut parts = parts();
            parts[index].1.pop();
            let extracted = extract(&parts);
            assert_eq!(extracted.notices[0].level, Level::Error, "{}", parts[index].0);
        }
        let mut missing = parts();
        missing.remove(4);
        assert_eq!(codes(&extract(&missing))[0], Code::Corrupt);
    }
}
