//! One sheet of a workbook: its cells, and what lies on it.

use std::collections::{HashMap, HashSet};

use super::super::office_art::{Nested, kind as art, properties, property, utf16_to_nul};
use super::super::ooxml::{Piece, joined};
use super::super::transcript::without_controls;
use super::super::xlsx::header_sections;
use super::Book;
use super::record::{Biff, Cursor, Length, Record, Records, kind};
use crate::document::{CellIndex, Place, Scope, Span};

/// Kind of a text box among the objects of Excel 5 and 95.
const TEXT_BOX_5: u16 = 6;
/// Contents of a sub-stream that is a chart.
const CHART: [u8; 2] = [0x20, 0];

/// A comment, whose text may be that of a drawn object.
struct Comment {
    row: u32,
    column: u32,
    object: u16,
    text: String,
}

/// A sheet being read.
pub(super) struct Sheet<'a, 's> {
    book: &'a mut Book<'s>,
    /// Index of its name.
    sheet: u16,
    table: u32,
    comments: Vec<Comment>,
    /// Texts of drawn objects by the number of the object.
    texts: Vec<(Option<u16>, String)>,
    /// Titles, series and categories of charts.
    charts: Vec<String>,
    /// Texts of the chart that is being read.
    chart: HashSet<String>,
    drawing: Vec<u8>,
    /// The object that was described last.
    object: Option<u16>,
    /// Row and column of a formula whose result is the next string.
    formula: Option<(u16, u16)>,
}

impl<'a, 's> Sheet<'a, 's> {
    pub(super) fn new(book: &'a mut Book<'s>, sheet: u16, table: u32) -> Self {
        Sheet {
            book,
            sheet,
            table,
            comments: Vec::new(),
            texts: Vec::new(),
            charts: Vec::new(),
            chart: HashSet::new(),
            drawing: Vec::new(),
            object: None,
            formula: None,
        }
    }

    /// Reads the records of the sheet, the first of which opens it; gives how long they are.
    pub(super) fn read(mut self, stream: &[u8]) -> usize {
        let mut records = Records::new(stream);
        // Charts lie within sheets: for each level, whether it is one.
        let mut levels: Vec<bool> = Vec::new();
        let mut closed = false;
        while let Some(record) = records.next() {
            if Biff::of(record.kind, record.data()).is_some() {
                levels.push(record.kind == kind::BOF && record.data().get(2..4) == Some(&CHART));
                self.chart.clear();
                continue;
            }
            match record.kind {
                kind::EOF => {
                    levels.pop();
                    if levels.is_empty() {
                        closed = true;
                        break;
                    }
                }
                // Before Excel 5 a workbook had no common part that could say so.
                kind::FILE_PASS => {
                    let message = "文件有打开密码，无法检查。请取消密码后再检查";
                    self.book.out.notices.error(crate::source::Code::Encrypted, message);
                    closed = true;
                    break;
                }
                _ => self.record(&record, levels.last() == Some(&true)),
            }
        }
        let length = records.position();
        if !closed {
            self.book.cut();
        }
        self.finish();
        length
    }

    fn record(&mut self, record: &Record<'_, '_>, in_chart: bool) {
        let biff = self.book.reader.biff;
        match record.kind {
            kind::LABEL_SST => self.cell(record, |sheet, cursor, row, column| {
                let index = cursor.u32()? as usize;
                let (place, cell) = sheet.place(row, column);
                sheet.book.shared(place, cell, index);
                Some(())
            }),
            // What a chart keeps of the cells that it shows.
            kind::LABEL if in_chart => {
                let mut cursor = record.cursor();
                let text = cursor.skip(6).and_then(|()| self.book.reader.string(&mut cursor, Length::Long));
                self.chart_text(text);
            }
            kind::LABEL | kind::RSTRING => {
                self.cell(record, |sheet, cursor, row, column| sheet.label(cursor, row, column, Length::Long));
            }
            kind::LABEL_2 if biff == Biff::Two => self.cell(record, |sheet, cursor, row, column| {
                // One byte more of attributes than an index would take.
                cursor.skip(1)?;
                sheet.label(cursor, row, column, Length::Short)
            }),
            kind::NUMBER if !in_chart => self.cell(record, |sheet, cursor, row, column| {
                let number = cursor.f64()?;
                sheet.number(row, column, number);
                Some(())
            }),
            kind::NUMBER_2 if biff == Biff::Two => self.cell(record, |sheet, cursor, row, column| {
                cursor.skip(1)?;
                let number = cursor.f64()?;
                sheet.number(row, column, number);
                Some(())
            }),
            kind::RK => self.cell(record, |sheet, cursor, row, column| {
                let number = rk(cursor.u32()?);
                sheet.number(row, column, number);
                Some(())
            }),
            kind::MUL_RK => self.numbers(record),
            kind::FORMULA | kind::FORMULA_3 | kind::FORMULA_4 => self.cell(record, |sheet, cursor, row, column| {
                if biff == Biff::Two {
                    cursor.skip(1)?;
                }
                let result = cursor.f64()?;
                match result.to_bits().to_le_bytes() {
                    [0, .., 0xFF, 0xFF] => sheet.formula = Some((row, column)),
                    // Truth values, errors, nothing.
                    [.., 0xFF, 0xFF] => {}
                    _ => sheet.number(row, column, result),
                }
                Some(())
            }),
            kind::STRING | kind::STRING_2 => {
                let Some((row, column)) = self.formula.take() else { return };
                let length = if record.kind == kind::STRING_2 { Length::Short } else { Length::Long };
                self.label(&mut record.cursor(), row, column, length);
            }
            kind::HEADER => self.header(record, Scope::Header),
            kind::FOOTER => self.header(record, Scope::Footer),
            kind::HEADER_FOOTER => self.further_headers(record),
            kind::NOTE => self.note(record),
            kind::DV => self.validation(record),
            kind::OBJ => self.object(record),
            kind::TXO => self.text_object(record),
            kind::MSO_DRAWING => record.chunks.iter().for_each(|chunk| self.drawing.extend_from_slice(chunk)),
            kind::SERIES_TEXT => {
                let mut cursor = record.cursor();
                let text = cursor.skip(2).and_then(|()| self.book.reader.string(&mut cursor, Length::Short));
                self.chart_text(text);
            }
            _ => {}
        }
    }

    fn place(&self, row: u16, column: u16) -> (Place, CellIndex) {
        let (row, column) = (u32::from(row), u32::from(column));
        let place = Place::Cell { sheet: self.sheet, row: row + 1, column: column + 1 };
        (place, CellIndex { table: self.table, row, column })
    }

    /// Reads row, column and format of a cell, then the rest with `read`.
    fn cell(
        &mut self,
        record: &Record<'_, '_>,
        read: impl FnOnce(&mut Self, &mut Cursor<'_, '_>, u16, u16) -> Option<()>,
    ) {
        self.formula = None;
        let mut cursor = record.cursor();
        let head = |cursor: &mut Cursor<'_, '_>| Some((cursor.u16()?, cursor.u16()?, cursor.u16()?));
        match head(&mut cursor) {
            Some((row, column, _)) => {
                if self.book.next_cell() && read(self, &mut cursor, row, column).is_none() {
                    self.book.broken += 1;
                }
            }
            None => self.book.broken += 1,
        }
    }

    /// A cell with a string of its own. One that is not there in full is counted.
    fn label(&mut self, cursor: &mut Cursor<'_, '_>, row: u16, column: u16, length: Length) -> Option<()> {
        let text = self.book.reader.string(cursor, length);
        if let Some(text) = self.book.text(text) {
            let (place, cell) = self.place(row, column);
            self.book.out.block(Scope::Cell, place, Some(cell), &text);
        }
        Some(())
    }

    fn number(&mut self, row: u16, column: u16, number: f64) {
        if is_long_number(number) {
            let (place, cell) = self.place(row, column);
            self.book.out.block(Scope::Cell, place, Some(cell), &format!("{number:.0}"));
        }
    }

    /// Reads numbers side by side ([MS-XLS] §2.4.175).
    fn numbers(&mut self, record: &Record<'_, '_>) {
        self.formula = None;
        let Some((head, rest)) = record.data().split_first_chunk::<4>() else { return self.book.broken += 1 };
        let row = u16::from_le_bytes([head[0], head[1]]);
        let first = u16::from_le_bytes([head[2], head[3]]);
        for (index, entry) in rest.as_chunks::<6>().0.iter().enumerate() {
            if !self.book.next_cell() {
                return;
            }
            let number = rk(u32::from_le_bytes([entry[2], entry[3], entry[4], entry[5]]));
            self.number(row, first.saturating_add(index as u16), number);
        }
    }

    fn header(&mut self, record: &Record<'_, '_>, scope: Scope) {
        if record.data().is_empty() {
            return;
        }
        let length = if self.book.reader.biff < Biff::Eight { Length::Short } else { Length::Long };
        let text = self.book.reader.string(&mut record.cursor(), length);
        self.header_text(text, scope);
    }

    fn header_text(&mut self, text: Option<String>, scope: Scope) {
        let Some(text) = self.book.text(text) else { return };
        for section in header_sections(&text, &[Piece { span: Span::new(0, text.len()), means: None }]) {
            self.book.out.block(scope, Place::Sheet { sheet: self.sheet }, None, &joined(&text, &section));
        }
    }

    /// Reads headers and footers of even and of first pages ([MS-XLS] §2.4.137).
    fn further_headers(&mut self, record: &Record<'_, '_>) {
        let mut cursor = record.cursor();
        if cursor.skip(12 + 16 + 2).is_none() {
            return;
        }
        let mut counts = [0usize; 4];
        for count in &mut counts {
            let Some(number) = cursor.u16() else { return };
            *count = usize::from(number);
        }
        for (count, scope) in counts.into_iter().zip([Scope::Header, Scope::Footer, Scope::Header, Scope::Footer]) {
            if count > 0 {
                let text = self.book.reader.string(&mut cursor, Length::Long);
                self.header_text(text, scope);
            }
        }
    }

    /// Reads a comment ([MS-XLS] §2.4.179); its text is here only before Excel 97.
    fn note(&mut self, record: &Record<'_, '_>) {
        let mut cursor = record.cursor();
        let head = |cursor: &mut Cursor<'_, '_>| Some((cursor.u16()?, cursor.u16()?, cursor.u16()?));
        let Some((row, column, third)) = head(&mut cursor) else { return self.book.broken += 1 };
        if self.book.reader.biff < Biff::Eight {
            // The third number is the length of the whole text, which may go on in further records.
            let bytes = cursor.bytes(usize::from(third).min(record.data().len()));
            let text = self.book.reader.decode(&bytes);
            match self.comments.last_mut() {
                Some(last) if row == u16::MAX => last.text.push_str(&text),
                _ => self.comments.push(Comment {
                    row: u32::from(row) + 1,
                    column: u32::from(column) + 1,
                    object: 0,
                    text,
                }),
            }
            return;
        }
        if let Some(object) = cursor.u16() {
            let (row, column) = (u32::from(row) + 1, u32::from(column) + 1);
            self.comments.push(Comment { row, column, object, text: String::new() });
        }
    }

    /// Reads what Excel shows beside cells to enter something into, and after a wrong entry ([MS-XLS] §2.4.95).
    fn validation(&mut self, record: &Record<'_, '_>) {
        let mut cursor = record.cursor();
        let mut texts = Vec::new();
        if cursor.skip(4).is_none() {
            return self.book.broken += 1;
        }
        for _ in 0..4 {
            let text = self.book.reader.string(&mut cursor, Length::Long);
            // A text that is not there is a zero.
            texts.extend(self.book.text(text));
        }
        // Two formulas stand before the cells.
        let mut first = || {
            for _ in 0..2 {
                let length = cursor.u16()?;
                cursor.skip(2 + usize::from(length))?;
            }
            let _count = cursor.u16()?;
            let row = cursor.u16()?;
            cursor.skip(2)?;
            Some((row, cursor.u16()?))
        };
        let (row, column) = first().unwrap_or_default();
        let place = self.place(row, column).0;
        if let [prompt_title, error_title, prompt, error] = &*texts {
            for text in [prompt_title, prompt, error_title, error] {
                self.book.out.block(Scope::Comment, place.clone(), None, text);
            }
        }
    }

    /// Reads which object comes next ([MS-XLS] §2.4.181).
    fn object(&mut self, record: &Record<'_, '_>) {
        let data = record.data();
        if self.book.reader.biff < Biff::Eight {
            let is_box = data.get(4..6) == Some(&TEXT_BOX_5.to_le_bytes());
            self.book.unread_boxes += u64::from(is_box);
            return;
        }
        self.object = match data.first_chunk::<8>() {
            Some(&[0x15, 0, _, _, _, _, low, high]) => Some(u16::from_le_bytes([low, high])),
            _ => None,
        };
        // Drawings that do not fit into their own record go on here.
        record.chunks.iter().skip(1).for_each(|chunk| self.drawing.extend_from_slice(chunk));
    }

    /// Reads the text of the last object ([MS-XLS] §2.4.329): in the records that continue this one.
    fn text_object(&mut self, record: &Record<'_, '_>) {
        let object = self.object.take();
        let Some(count) = record.data().get(10..12).map(|count| usize::from(u16::from_le_bytes([count[0], count[1]])))
        else {
            return self.book.broken += 1;
        };
        if count == 0 {
            return;
        }
        let mut cursor = record.cursor();
        cursor.next_chunk();
        let text = cursor.u8().and_then(|flags| self.book.reader.characters(&mut cursor, count, flags & 1 != 0));
        if let Some(text) = self.book.text(text) {
            self.texts.push((object, text));
        }
    }

    fn chart_text(&mut self, text: Option<String>) {
        let Some(text) = self.book.text(text) else { return };
        // A chart repeats its categories with each series.
        if self.chart.insert(text.clone()) {
            self.charts.push(text);
        }
    }

    /// Writes what lies on the sheet, after its cells.
    fn finish(self) {
        let Sheet { book, sheet, comments, texts, charts, drawing, .. } = self;
        let out = &mut book.out;
        let by_object: HashMap<u16, usize> =
            texts.iter().enumerate().filter_map(|(index, (id, _))| Some(((*id)?, index))).collect();
        let mut of_comments = HashSet::new();
        for Comment { row, column, object, text } in comments {
            let place = Place::Cell { sheet, row, column };
            let mut shown = text;
            if let Some(&index) = by_object.get(&object) {
                of_comments.insert(index);
                shown.clone_from(&texts[index].1);
            }
            out.block(Scope::Comment, place, None, &without_controls(&shown));
        }
        let place = || Place::Sheet { sheet };
        for (_, (_, text)) in texts.iter().enumerate().filter(|(index, _)| !of_comments.contains(index)) {
            for line in text.split(['\n', '\r']) {
                out.block(Scope::Body, place(), None, line);
            }
        }
        for atom in Nested::new(&drawing) {
            if !matches!(atom.kind, art::PROPERTIES | art::FURTHER_PROPERTIES) {
                continue;
            }
            for (id, _, data) in properties(&atom) {
                let scope = match id {
                    property::WORD_ART => Scope::Body,
                    property::DESCRIPTION => Scope::Alt,
                    _ => continue,
                };
                for line in utf16_to_nul(data).split(['\n', '\r']) {
                    out.block(scope, place(), None, &without_controls(line));
                }
            }
        }
        for text in charts {
            out.block(Scope::Body, place(), None, &text);
        }
    }
}

/// A number in four bytes ([MS-XLS] §2.5.217): an integer, or the upper bits of a floating-point number; perhaps hundredths.
pub(in super::super) fn rk(bits: u32) -> f64 {
    let number = match bits & 2 {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from((bits as i32) >> 2),
    };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

/// Whether a number is whole and as long as those that privacy rules look for; beyond 15 digits Excel keeps no others.
pub(in super::super) fn is_long_number(number: f64) -> bool {
    (1e10..1e15).contains(&number) && number.fract() == 0.0
}
