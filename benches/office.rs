//! docx and xlsx against unzipping and tokenising their XML alone: `cargo bench --bench office [FILE…]`.
//!
//! Without arguments a docx of about a thousand pages and an xlsx of a million cells are generated. Both sides run in turn in one
//! process; what is printed is the median processor time of each and the ratio. `--write FOLDER` leaves the generated files there, to
//! measure the memory of the program (`/usr/bin/time -v zhengming check FOLDER/big.docx`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::time::Duration;

use cpu_time::ProcessTime;
use quick_xml::Reader;
use quick_xml::events::Event;
use zhengming::Source;
use zhengming::extract::{ExtractOptions, extract};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const ROUNDS: usize = 9;

fn main() {
    // Cargo passes `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut folder = None;
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--write" => folder = arguments.next(),
            path => files.push((path.to_owned(), std::fs::read(path).unwrap())),
        }
    }
    if files.is_empty() {
        files = vec![("big.docx".to_owned(), docx(25_000)), ("big.xlsx".to_owned(), xlsx(100_000, 10))];
    }
    if let Some(folder) = folder {
        for (name, bytes) in &files {
            std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
        }
    }
    println!("{:<32} {:>9} {:>14} {:>14} {:>6}", "file", "XML, MB", "tokenise, ms", "extract, ms", "ratio");
    for (name, bytes) in files {
        let source = Source::new(name, bytes);
        let (mut alone, mut whole) = (Vec::new(), Vec::new());
        let mut size = 0;
        for _ in 0..ROUNDS {
            let start = ProcessTime::now();
            size = tokenise(&source.bytes);
            alone.push(start.elapsed());
            let start = ProcessTime::now();
            let extracted = extract(&source, &ExtractOptions::default());
            whole.push(start.elapsed());
            assert!(!extracted.document.blocks.is_empty());
        }
        let (alone, whole) = (median(alone), median(whole));
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{:<32} {:>9.1} {:>14.1} {:>14.1} {:>6.2}",
            source.name.rsplit('/').next().unwrap_or_default(),
            size as f64 / 1e6,
            milliseconds(alone),
            milliseconds(whole),
            whole.as_secs_f64() / alone.as_secs_f64()
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Unzips and tokenises every XML part; gives their bytes.
fn tokenise(bytes: &[u8]) -> usize {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut size = 0;
    let mut part = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        if !entry.name().unwrap().ends_with(".xml") && !entry.name().unwrap().ends_with(".rels") {
            continue;
        }
        part.clear();
        entry.read_to_end(&mut part).unwrap();
        size += part.len();
        let mut reader = Reader::from_str(std::str::from_utf8(&part).unwrap());
        while !matches!(reader.read_event(), Ok(Event::Eof) | Err(_)) {}
    }
    size
}

/// Text of some length that is not the same twice.
struct Words(u64);

impl Words {
    const TEXT: &str = "为贯彻落实关于档案工作的决策部署切实加强档案安全管理各单位要按照有关法律规定健全责任体系完善工作机制强化监督检查\
        确保各项任务落到实处现将有关事项通知如下";

    fn number(&mut self, below: u64) -> u64 {
        // xorshift64 (Marsaglia 2003): the same files on every machine.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn some(&mut self, least: u64, most: u64) -> String {
        let count = least + self.number(most - least);
        let start = self.number(50) as usize;
        Self::TEXT.chars().cycle().skip(start).take(count as usize).collect()
    }
}

fn package(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>".to_owned();
    for (name, text) in [("[Content_Types].xml", types)].iter().chain(parts) {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn relationships(all: &[(&str, &str, &str)]) -> String {
    let mut text = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>".to_owned();
    for (id, kind, target) in all {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        write!(text, "<Relationship Id='{id}' Type='{base}/{kind}' Target='{target}'/>").unwrap();
    }
    text + "</Relationships>"
}

/// A document of `paragraphs` paragraphs as Word writes them: four runs each, with their properties.
fn docx(paragraphs: usize) -> Vec<u8> {
    let mut words = Words(5);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<w:document \
        xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>"
        .to_owned();
    for _ in 0..paragraphs {
        text += "<w:p w:rsidR=\"00A77B3E\" w:rsidRDefault=\"00A77B3E\"><w:pPr><w:spacing w:line=\"560\" w:lineRule=\"exact\"/>\
            <w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/><w:rPr><w:sz w:val=\"32\"/></w:rPr></w:pPr>";
        for _ in 0..4 {
            write!(
                text,
                "<w:r><w:rPr><w:rFonts w:ascii=\"仿宋_GB2312\" w:eastAsia=\"仿宋_GB2312\" w:hint=\"eastAsia\"/><w:sz w:val=\"32\"/>\
                 <w:szCs w:val=\"32\"/></w:rPr><w:t>{}</w:t></w:r>",
                words.some(3, 15)
            )
            .unwrap();
        }
        text += "</w:p>";
    }
    text += "</w:body></w:document>";
    package(&[
        ("_rels/.rels", relationships(&[("r1", "officeDocument", "word/document.xml")])),
        ("word/document.xml", text),
    ])
}

/// A workbook of one sheet: half of the cells shared strings, half numbers.
fn xlsx(rows: usize, columns: usize) -> Vec<u8> {
    let mut words = Words(7);
    let strings = 2 * rows as u64;
    let mut shared = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">".to_owned();
    for _ in 0..strings {
        write!(shared, "<si><t>{}</t></si>", words.some(4, 20)).unwrap();
    }
    shared += "</sst>";
    let mut sheet =
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>".to_owned();
    for row in 1..=rows {
        write!(sheet, "<row r=\"{row}\" spans=\"1:{columns}\">").unwrap();
        for column in 0..columns {
            let letter = char::from(b'A' + column as u8);
            if column % 2 == 0 {
                write!(sheet, "<c r=\"{letter}{row}\" s=\"1\" t=\"s\"><v>{}</v></c>", words.number(strings)).unwrap();
            } else {
                write!(
                    sheet,
                    "<c r=\"{letter}{row}\" s=\"2\"><v>{}.{:02}</v></c>",
                    words.number(1000),
                    words.number(100)
                )
                .unwrap();
            }
        }
        sheet += "</row>";
    }
    sheet += "</sheetData></worksheet>";
    let book = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
        xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
        <sheet name=\"数据\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    package(&[
        ("_rels/.rels", relationships(&[("r1", "officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", book.to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            relationships(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
            ]),
        ),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}
