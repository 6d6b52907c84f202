//! Excel workbooks before 2007, and those of WPS: records in a stream of a compound file ([MS-XLS]).
//!
//! Read as [`xlsx`](super::xlsx) reads its own: all sheets, hidden ones too; numbers only as long as those of telephones and
//! identity cards. Excel 5 and 95 wrote the same records with texts in a code page; what Excel 2 to 4 wrote needs no compound
//! file.

mod record;
mod sheet;
#[cfg(test)]
mod tests;

use self::record::{Biff, Length, Record, Records, StringReader, kind};
use self::sheet::Sheet;
pub(super) use self::sheet::{is_long_number, rk};
use super::objects::in_storage;
use super::ole::Ole;
use super::transcript::{Transcript, without_controls};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{CellIndex, Place, Scope};
use crate::source::{Code, EntryKind, Kind, SIGNATURE, Source};

/// Excel workbook before 2007.
pub(super) struct Xls;

impl Format for Xls {
    fn kind(&self) -> Kind {
        Kind::Xls
    }

    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        if !source.bytes.starts_with(SIGNATURE) {
            let out = Transcript::new(&source.name, "", &options.limits);
            let book = Book::new(out);
            return book.read(&source.bytes).finish();
        }
        let mut ole = match Ole::open(source, &options.limits) {
            Ok(ole) => ole,
            Err(notice) => return Extracted::refused(notice),
        };
        // A file for old and new versions has both streams.
        let found = ["Workbook", "Book"].into_iter().find_map(|name| Some((name, ole.stream(name)?)));
        let Some((name, stream)) = found else {
            ole.notices.error(Code::Corrupt, "找不到工作簿的内容，没有检查。请重新取得原文件");
            return Extracted { notices: ole.notices.into_vec(), ..Extracted::default() };
        };
        let mut out = Transcript::new(&source.name, name, &options.limits);
        ole.properties(&mut out.builder, "xls");
        if options.pictures {
            ole.unread_pictures(&[name], "xlsx");
        }
        let mut out = Book::new(out).read(&stream);
        for id in ole.file.children(ole.file.root()) {
            // Embedded objects are called so; there are other folders, such as those of macros and pivot tables.
            let is_object = |name: &str| name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("MBD"));
            if ole.file.entry(id).is_some_and(|entry| entry.kind == EntryKind::Storage && is_object(&entry.name)) {
                out.object(in_storage(&mut ole.file, id));
            }
        }
        let mut extracted = out.finish();
        extracted.notices.splice(..0, ole.notices.into_vec());
        extracted
    }
}

/// The shared string table ([MS-XLS] §2.4.265): cells refer to its items by number.
#[derive(Default)]
struct Strings {
    text: String,
    /// Where each string ends in `text`.
    ends: Vec<usize>,
    /// Where `text` stands in the decoded text of the stream.
    base: usize,
}

impl Strings {
    /// String `index`, and where it stands in the decoded text of the stream.
    fn get(&self, index: usize) -> Option<(usize, &str)> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        Some((self.base + start, &self.text[start..end]))
    }
}

/// A sheet as the workbook lists it.
struct Listed {
    /// Where its records begin in the stream.
    offset: usize,
    name: String,
    /// Whether it is a module of program text.
    is_module: bool,
}

/// A workbook being read.
struct Book<'s> {
    out: Transcript<'s>,
    reader: StringReader,
    strings: Strings,
    /// Cells read so far.
    cells: u64,
    /// The limit of cells was reached.
    exhausted: bool,
    /// Cells whose shared string is missing.
    dangling: u64,
    /// Strings that are not there in full.
    broken: u64,
    /// Text boxes of Excel 5 and 95.
    unread_boxes: u64,
}

impl<'s> Book<'s> {
    fn new(out: Transcript<'s>) -> Self {
        Book {
            out,
            reader: StringReader::new(Biff::Eight),
            strings: Strings::default(),
            cells: 0,
            exhausted: false,
            dangling: 0,
            broken: 0,
            unread_boxes: 0,
        }
    }

    /// Reads the stream of a workbook, or of a single sheet.
    fn read(mut self, stream: &[u8]) -> Transcript<'s> {
        let mut records = Records::new(stream);
        let first = records.next().and_then(|record| Some((Biff::of(record.kind, record.data())?, contents(&record))));
        match first {
            None => self.out.notices.error(Code::Corrupt, "不是 Excel 工作簿，或已损坏，没有检查。请重新取得原文件"),
            Some((biff, contents)) => {
                self.reader.biff = biff;
                match contents {
                    Contents::Globals => self.workbook(stream, records),
                    Contents::Workspace => self.workspace(stream, records),
                    Contents::Sheet => {
                        self.sheet("Sheet1", stream, 0);
                    }
                }
            }
        }
        self.conclude()
    }

    /// Says what was not read.
    fn conclude(mut self) -> Transcript<'s> {
        let Book { dangling, broken, unread_boxes, .. } = self;
        if dangling > 0 {
            let message =
                format!("有 {dangling} 个单元格的文字不在文件中（共享字符串缺失），没有检查。请重新取得原文件");
            self.out.notices.error(Code::Corrupt, message);
        }
        if broken > 0 {
            let message = format!("文件已损坏：有 {broken} 处文字不完整，没有检查。请重新取得原文件");
            self.out.notices.error(Code::Corrupt, message);
        }
        if self.reader.undecodable > 0 {
            let message = format!(
                "有 {} 处文字不合文件声明的代码页，这些位置没有检查。请用 Excel 或 WPS 另存为 xlsx 后再检查",
                self.reader.undecodable
            );
            self.out.notices.error(Code::Charset, message);
        }
        if unread_boxes > 0 {
            let message = format!(
                "有 {unread_boxes} 个 Excel 5.0/95 的文本框，其文字没有检查。请用 Excel 或 WPS 另存为 xlsx 后再检查"
            );
            self.out.notices.error(Code::Unsupported, message);
        }
        self.out
    }

    /// Reads a workbook: first what is common to its sheets, then the sheets in their order.
    fn workbook(&mut self, stream: &[u8], mut records: Records<'_>) {
        // Names and sheets are counted in 16 bits.
        let limit = self.out.limits.archive_entries.min(u64::from(u16::MAX) / 4) as usize;
        let mut listed = Vec::new();
        loop {
            let Some(record) = records.next() else {
                self.cut();
                break;
            };
            match record.kind {
                kind::EOF => break,
                kind::FILE_PASS => {
                    self.out.notices.error(Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查");
                    return;
                }
                kind::CODE_PAGE => self.code_page(&record),
                kind::BOUND_SHEET if listed.len() <= limit => listed.extend(self.listed(&record)),
                kind::SST => self.shared_strings(&record),
                _ => {}
            }
        }
        let is_sheet = |offset: usize| {
            let mut records = Records::new(stream.get(offset..).unwrap_or_default());
            records.single().is_some_and(|(record_kind, data)| Biff::of(record_kind, data).is_some())
        };
        if listed.iter().any(|one| !is_sheet(one.offset)) {
            // Some writers count wrongly; then the sheets are taken as they follow one another.
            let starts = starts(stream, records.position());
            if starts.len() >= listed.len() {
                listed.iter_mut().zip(starts).for_each(|(one, start)| one.offset = start);
            }
        }
        let mut offsets: Vec<usize> = listed.iter().map(|one| one.offset).collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut read = vec![false; offsets.len()];
        for (table, one) in listed.iter().enumerate() {
            if table >= limit {
                let message =
                    format!("工作表超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽");
                self.out.notices.error(Code::Limit, message);
                break;
            }
            if one.is_module {
                continue;
            }
            // A sheet ends where the next begins at the latest, and none is read twice: so no list of sheets, whatever it
            // says, makes the stream longer than it is.
            let Ok(index) = offsets.binary_search(&one.offset) else { continue };
            let end = offsets.get(index + 1).copied().unwrap_or(stream.len());
            if std::mem::replace(&mut read[index], true) || !is_sheet(one.offset) {
                let message = format!("找不到工作表“{}”的内容，没有检查。请重新取得原文件", one.name);
                self.out.notices.error(Code::Corrupt, message);
                let sheet = self.out.builder.add_name(&one.name);
                self.out.block(Scope::SheetName, Place::Sheet { sheet }, None, &one.name);
                continue;
            }
            self.sheet(&one.name, &stream[one.offset..end.min(stream.len())], table as u32);
        }
    }

    /// Reads a workbook of Excel 4: sheets one after another, each after a record with its name.
    fn workspace<'b>(&mut self, stream: &'b [u8], mut records: Records<'b>) {
        let mut table = 0u32;
        let limit = self.out.limits.archive_entries.min(u64::from(u16::MAX) / 4);
        while let Some(record) = records.next() {
            match record.kind {
                kind::EOF => return,
                kind::FILE_PASS => {
                    self.out.notices.error(Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查");
                    return;
                }
                kind::CODE_PAGE => self.code_page(&record),
                kind::SHEET_HEADER_4 if u64::from(table) < limit => {
                    let mut cursor = record.cursor();
                    let name = cursor.skip(4).and_then(|()| self.reader.string(&mut cursor, Length::Short));
                    let start = records.position();
                    let length = self.sheet(&name.unwrap_or_default(), &stream[start..], table);
                    records = Records::new(stream);
                    records.go_to(start + length);
                    table += 1;
                }
                _ => {}
            }
        }
        self.cut();
    }

    fn cut(&mut self) {
        self.out.notices.error(Code::Corrupt, "文件不完整，只检查了还能读出的部分。请重新取得原文件");
    }

    fn code_page(&mut self, record: &Record<'_, '_>) {
        self.reader.code_page = record.cursor().u16();
    }

    fn listed(&mut self, record: &Record<'_, '_>) -> Option<Listed> {
        let mut cursor = record.cursor();
        let offset = cursor.u32()? as usize;
        let _state = cursor.u8()?;
        let is_module = cursor.u8()? == 6;
        let name = self.reader.string(&mut cursor, Length::Short);
        let name = self.text(name)?;
        Some(Listed { offset, name, is_module })
    }

    /// Reads the shared strings.
    fn shared_strings(&mut self, record: &Record<'_, '_>) {
        let mut cursor = record.cursor();
        let Some(count) = cursor.u32().and_then(|_| cursor.u32()) else { return };
        let mut strings = Strings::default();
        for _ in 0..count {
            // The number of strings is often wrong, but a string that was begun has to be there.
            if cursor.is_done() {
                break;
            }
            let Some(text) = self.reader.string(&mut cursor, Length::Long) else {
                self.broken += 1;
                break;
            };
            strings.text.push_str(&without_controls(&text));
            strings.ends.push(strings.text.len());
        }
        strings.base = self.out.store(&strings.text);
        self.strings = strings;
    }

    /// Reads a sheet from its first record on, with the name by which people know it; gives how long its records are.
    fn sheet(&mut self, name: &str, stream: &[u8], table: u32) -> usize {
        let sheet = self.out.builder.add_name(name);
        self.out.block(Scope::SheetName, Place::Sheet { sheet }, None, name);
        Sheet::new(self, sheet, table).read(stream)
    }

    /// A string without marks of the format; one that is not there is counted.
    fn text(&mut self, text: Option<String>) -> Option<String> {
        self.broken += u64::from(text.is_none());
        text.map(|text| without_controls(&text).into_owned())
    }

    /// Whether one more cell may be read; says so the first time that it may not.
    fn next_cell(&mut self) -> bool {
        if self.exhausted {
            return false;
        }
        if self.cells >= self.out.limits.cells {
            self.exhausted = true;
            let limit = self.out.limits.cells;
            let message = format!("单元格超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit cells=… 放宽");
            self.out.notices.error(Code::Limit, message);
            return false;
        }
        self.cells += 1;
        true
    }

    /// A cell that shows shared string `index`.
    fn shared(&mut self, place: Place, cell: CellIndex, index: usize) {
        match self.strings.get(index) {
            Some((at, text)) => self.out.shared(Scope::Cell, place, Some(cell), at, text),
            None => self.dangling += 1,
        }
    }
}

/// What follows a BOF record ([MS-XLS] §2.4.21).
enum Contents {
    Globals,
    /// Workbook of Excel 4.
    Workspace,
    Sheet,
}

fn contents(record: &Record<'_, '_>) -> Contents {
    match (record.kind, record.data().get(2..4)) {
        (kind::BOF, Some([5, 0])) => Contents::Globals,
        (kind::BOF_4, Some([0, 1])) => Contents::Workspace,
        _ => Contents::Sheet,
    }
}

/// Where the sheets begin that follow one another from `from` on.
fn starts(stream: &[u8], from: usize) -> Vec<usize> {
    let mut records = Records::new(stream);
    records.go_to(from);
    let mut starts = Vec::new();
    let mut depth = 0u32;
    loop {
        let start = records.position();
        let Some(record) = records.next() else { return starts };
        if Biff::of(record.kind, record.data()).is_some() {
            if depth == 0 {
                starts.push(start);
            }
            depth += 1;
        } else if record.kind == kind::EOF {
            depth = depth.saturating_sub(1);
        }
    }
}
