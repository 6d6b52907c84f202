//! Delimiter-separated values (RFC 4180) as they are published: comma, tab or semicolon, quoted fields over several lines, HTML
//! in fields of database exports.

use super::written::{Target, Written};
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{CellIndex, DocumentBuilder, Place, Scope, Span};
use crate::source::{Code, Kind, Limits, Source, extension};

/// Delimiter-separated values.
pub(super) struct Csv;

/// Records by which the delimiter is chosen.
const SAMPLE: u32 = 50;

impl Format for Csv {
    fn kind(&self) -> Kind {
        Kind::Csv
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, false);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let text = &*decoded.text;
        let (delimiter, start) = match told_delimiter(text) {
            Some((delimiter, start)) => (delimiter, start),
            None => (likely_delimiter(text, &extension(&source.name)), 0),
        };
        let mut fields = Fields::new(text, start, delimiter);
        let (mut field, mut cells, mut tables) = (Written::default(), 0, 1);
        while let Some((row, column)) = fields.next(&mut field) {
            cells += 1;
            if cells > options.limits.cells {
                notices.error(Code::Limit, too_many_cells(&options.limits));
                break;
            }
            if is_number(field.as_str()) {
                continue;
            }
            let cell = Some(CellIndex { table: 0, row: row - 1, column: column - 1 });
            let place = Place::Field { row, column };
            let limits = &options.limits;
            field.read(&mut builder, Target { part, scope: Scope::Cell, place, cell, tables: &mut tables, limits });
        }
        if let Some(at) = fields.unclosed {
            let line = text[..at].bytes().filter(|&byte| byte == b'\n').count() + 1;
            let message = format!("第 {line} 行的引号没有闭合，此后引号按普通文字读取，行列可能有偏差。请核对文件");
            notices.warning(Code::Corrupt, message);
        }
        Extracted {
            document: builder.finish(),
            notices: notices.into_vec(),
            decoded: Some(decoded),
            ..Extracted::default()
        }
    }
}

fn too_many_cells(limits: &Limits) -> String {
    let limit = limits.cells;
    format!("单元格超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit cells=… 放宽")
}

/// Whether there is nothing to read but a number that is no telephone, identity card or account.
fn is_number(text: &str) -> bool {
    text.len() < 11 && text.bytes().all(|byte| byte.is_ascii_digit() || b" .,+-%".contains(&byte))
}

/// The delimiter that a first line `sep=;` names, as Excel writes it, and where the next line begins.
fn told_delimiter(text: &str) -> Option<(u8, usize)> {
    let line = text.lines().next()?;
    let rest = line.get(..4).filter(|head| head.eq_ignore_ascii_case("sep=")).map(|_| &line[4..])?;
    let &[delimiter] = rest.as_bytes() else { return None };
    let after = &text[line.len()..];
    Some((delimiter, text.len() - after.trim_start_matches('\r').trim_start_matches('\n').len()))
}

/// The delimiter that parts most of the first records into equally many fields.
fn likely_delimiter(text: &str, extension: &str) -> u8 {
    let mut best = (0, if extension == "tsv" || extension == "tab" { b'\t' } else { b',' });
    for delimiter in [best.1, b',', b'\t', b';'] {
        let mut fields = Fields::new(text, 0, delimiter);
        let mut field = Written::default();
        let mut widths = Vec::new();
        while let Some((row, column)) = fields.next(&mut field)
            && row <= SAMPLE
        {
            widths.resize(row as usize, 0);
            widths[row as usize - 1] = column;
        }
        let same = |width: u32| widths.iter().filter(|&&other| other == width).count();
        let score = widths.iter().filter(|&&width| width > 1).map(|&width| same(width)).max().unwrap_or(0);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// The fields of a text, one after another.
struct Fields<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
    row: u32,
    column: u32,
    done: bool,
    /// Where a quote stands that never closes; from there on quotes are text.
    unclosed: Option<usize>,
}

impl<'t> Fields<'t> {
    fn new(text: &'t str, at: usize, delimiter: u8) -> Self {
        Fields { text, at, delimiter, row: 1, column: 0, done: at >= text.len(), unclosed: None }
    }

    /// Reads the next field into `field`; gives its record and number, both from 1.
    fn next(&mut self, field: &mut Written) -> Option<(u32, u32)> {
        if self.done {
            return None;
        }
        field.clear();
        self.column += 1;
        let place = (self.row, self.column);
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) == Some(&b'"') && self.unclosed.is_none() {
            self.quoted(field);
        }
        // What follows a closing quote is not allowed, but is text all the same.
        let rest = &self.text[self.at..];
        let length = memchr::memchr3(self.delimiter, b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        field.literal(self.at, &rest[..length]);
        self.at += length;
        match bytes.get(self.at) {
            None => self.done = true,
            Some(&byte) if byte == self.delimiter => self.at += 1,
            Some(&byte) => {
                self.at += if byte == b'\r' && bytes.get(self.at + 1) == Some(&b'\n') { 2 } else { 1 };
                self.row = self.row.saturating_add(1);
                self.column = 0;
                self.done = self.at >= bytes.len();
            }
        }
        Some(place)
    }

    fn quoted(&mut self, field: &mut Written) {
        let opening = self.at;
        let mut at = opening + 1;
        loop {
            let rest = &self.text[at..];
            let Some(length) = memchr::memchr(b'"', rest.as_bytes()) else {
                field.clear();
                self.unclosed = Some(opening);
                return;
            };
            field.literal(at, &rest[..length]);
            at += length + 1;
            if self.text.as_bytes().get(at) != Some(&b'"') {
                break;
            }
            field.meaning(Span::new(at - 1, at + 1), '"');
            at += 1;
        }
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::Document;
    use crate::source::Notice;

    fn read(name: &str, bytes: &[u8]) -> (Document, String, Vec<Notice>) {
        let source = Source::new(name, bytes);
        let extracted = Csv.extract(&source, &ExtractOptions::default());
        (extracted.document, extracted.decoded.unwrap().text.into_owned(), extracted.notices)
    }

    fn cells(document: &Document) -> Vec<(u32, u32, &str)> {
        let of = |block: &crate::document::Block| match block.place {
            Place::Field { row, column } => (row, column),
            _ => unreachable!("only fields"),
        };
        let blocks = document.blocks.iter();
        blocks.map(|block| (of(block).0, of(block).1, &document.text[block.span.range()])).collect()
    }

    #[test]
    fn records_quotes_and_line_ends() {
        let text = "序号,标题,内容\r\n1,甲,\"布\r\n署，\"\"工作\"\"\"\r\n13800000000,,乙\r\n";
        let (document, text, notices) = read("a.csv", text.as_bytes());
        let expected = [
            (1, 1, "序号"),
            (1, 2, "标题"),
            (1, 3, "内容"),
            (2, 2, "甲"),
            (2, 3, "布\r\n署，\"工作\""),
            (3, 1, "13800000000"),
            (3, 3, "乙"),
        ];
        assert_eq!(cells(&document), expected);
        assert_eq!(notices, []);
        let origins = document.map.origins(document.blocks[4].span);
        assert_eq!(origins.len(), 1, "what is written stands in one piece: {origins:?}");
        assert_eq!(&text[origins[0].span.range()], "布\r\n署，\"\"工作\"\"");
    }

    #[test]
    fn delimiters_are_found() {
        for (name, text) in [
            ("a.csv", "甲;乙，1,5\n丙;丁,2,5,6\n"),
            ("a.csv", "甲\t乙\n丙\t丁\n"),
            ("a.tsv", "甲\t乙,丙\n丁,\t戊,\n"),
            ("a.csv", "sep=|\r\n甲|乙\r\n丙|丁\r\n"),
            ("a.csv", "甲,乙\n丙,\"丁;戊;\n己;\"\n"),
        ] {
            let (document, ..) = read(name, text.as_bytes());
            let last = cells(&document).last().map(|&(row, column, _)| (row, column));
            assert_eq!(last, Some((2, 2)), "{text}");
        }
    }

    #[test]
    fn a_quote_that_never_closes_loses_nothing() {
        let (document, _, notices) = read("a.csv", "甲,\"乙\n丙,\"丁\"\"戊\n".as_bytes());
        assert_eq!(cells(&document), [(1, 1, "甲"), (1, 2, "乙\n丙,丁\"\"戊")]);
        assert_eq!(notices, []);
        let (document, _, notices) = read("a.csv", "甲,\"乙\n丙,丁\n".as_bytes());
        assert_eq!(cells(&document), [(1, 1, "甲"), (1, 2, "\"乙"), (2, 1, "丙"), (2, 2, "丁")]);
        assert!(notices[0].message.contains("第 1 行的引号"), "{notices:?}");
    }

    #[test]
    fn fields_with_markup_are_pages() {
        let (document, text, _) =
            read("a.csv", "标题,\"<p class=\"\"x\"\">布<b>署</b></p><p>&#x7532;</p>\"\n".as_bytes());
        assert_eq!(cells(&document), [(1, 1, "标题"), (1, 2, "布署"), (1, 2, "甲")]);
        let origins = document.map.origins(document.blocks[1].span);
        let written: Vec<&str> = origins.iter().map(|origin| &text[origin.span.range()]).collect();
        assert_eq!(written, ["布", "署"]);
        let origins = document.map.origins(document.blocks[2].span);
        assert_eq!(&text[origins[0].span.range()], "&#x7532;");
    }

    #[test]
    fn cells_are_limited() {
        let source = Source::new("a.csv", "甲,乙\n丙,丁\n");
        let limits = Limits { cells: 3, ..Limits::default() };
        let extracted = Csv.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
        assert_eq!(extracted.document.blocks.len(), 3);
        assert!(extracted.notices[0].message.contains("--limit cells="));
    }

    proptest! {
        /// What a writer quotes is read back, and every literal piece stands where the map says.
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec("[甲乙\", \n;]{0,6}", 1..4), 1..6)) {
            let written: Vec<String> = rows.iter().map(|row| {
                let fields: Vec<String> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
                fields.join(",")
            }).collect();
            let text = format!("{}\n", written.join("\n"));
            let mut fields = Fields::new(&text, 0, b',');
            let mut field = Written::default();
            for (row, expected) in rows.iter().enumerate() {
                for (column, expected) in expected.iter().enumerate() {
                    prop_assert_eq!(fields.next(&mut field), Some((row as u32 + 1, column as u32 + 1)));
                    prop_assert_eq!(field.as_str(), expected);
                }
            }
            prop_assert_eq!(fields.next(&mut field), None);
        }

        #[test]
        fn any_text_is_read(text in "[甲\",\n\r;\t<p>&]{0,60}") {
            let (document, source, _) = read("a.csv", text.as_bytes());
            for block in &document.blocks {
                for (text, origin, kind) in document.map.stretches(block.span) {
                    if kind == crate::document::SegmentKind::Literal {
                        prop_assert_eq!(&document.text[text.range()], &source[origin.span.range()]);
                    }
                }
            }
        }
    }
}
