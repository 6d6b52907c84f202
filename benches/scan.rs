//! Whole checks by format, start-up, and the literal pass against its peers in the same process.
//!
//! `cargo bench` reads the official documents of `../shared/data/clean` where they are, else a text of the same kind made
//! of the dictionaries' own examples. Figures and how to compare with ripgrep: `docs/performance.md`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use zhengming::dictionary::{Dictionary, Rule};
use zhengming::extract::{ExtractOptions, extract};
use zhengming::normalise::{Folded, fold_str};
use zhengming::{Linter, Options, Source};

fn main() {
    divan::main();
}

/// Bytes of text that each benchmark reads.
const SIZE: usize = 4 << 20;

/// Official text, one paragraph a line.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/clean");
    let mut text = String::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "txt") && text.len() < SIZE {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let dictionary = Dictionary::embedded();
    let examples: Vec<&String> = dictionary.entries().iter().flat_map(|entry| &entry.clean).collect();
    while text.len() < SIZE {
        for (index, example) in examples.iter().enumerate() {
            text.push_str(example);
            text.push_str(if index % 5 == 4 { "。\n" } else { "，" });
        }
    }
    let mut end = SIZE;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
});

static LINTER: LazyLock<Linter> = LazyLock::new(|| Linter::new(Options { jobs: 1, ..Options::default() }).unwrap());

fn page(charset: &str) -> String {
    let mut page = format!(
        "<!DOCTYPE html><html><head><meta charset={charset}><title>通知</title></head><body><div class=\"content\">\n"
    );
    for line in TEXT.lines() {
        page.push_str("<p style=\"text-indent: 2em\">");
        page.push_str(&line.replace('&', "&amp;").replace('<', "&lt;"));
        page.push_str("</p>\n");
    }
    page + "</div></body></html>"
}

fn package(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;")
}

fn source(format: &str) -> Source {
    match format {
        "txt" => Source::new("a.txt", TEXT.as_bytes()),
        "md" => Source::new("a.md", TEXT.replace('\n', "\n\n")),
        "html" => Source::new("a.html", page("utf-8")),
        "html-gbk" => Source::new("a.html", encoding_rs::GB18030.encode(&page("gbk")).0.into_owned()),
        "docx" => {
            let paragraphs: String =
                TEXT.lines().map(|line| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escaped(line))).collect();
            let document = format!(
                "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{paragraphs}</w:body></w:document>"
            );
            Source::new(
                "a.docx",
                package(&[("[Content_Types].xml", "<Types/>".into()), ("word/document.xml", document)]),
            )
        }
        _ => {
            let rows: String = TEXT
                .lines()
                .enumerate()
                .map(|(row, line)| {
                    format!(
                        "<row r=\"{0}\"><c r=\"A{0}\" t=\"inlineStr\"><is><t>{1}</t></is></c></row>",
                        row + 1,
                        escaped(line)
                    )
                })
                .collect();
            let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
            let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            let book = format!(
                "<workbook {main} xmlns:r=\"{relations}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            );
            let links = format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            );
            let sheet = format!("<worksheet {main}><sheetData>{rows}</sheetData></worksheet>");
            Source::new(
                "a.xlsx",
                package(&[
                    ("[Content_Types].xml", "<Types/>".into()),
                    ("xl/workbook.xml", book),
                    ("xl/_rels/workbook.xml.rels", links),
                    ("xl/worksheets/sheet1.xml", sheet),
                ]),
            )
        }
    }
}

/// A whole check: decode, extract, fold, match, judge. Bytes are those of the text.
#[divan::bench(args = ["txt", "md", "html", "html-gbk", "docx", "xlsx"])]
fn check(bencher: Bencher<'_, '_>, format: &str) {
    let source = source(format);
    assert!(LINTER.check_source(&source)[0].characters > SIZE / 4);
    bencher.counter(BytesCount::new(TEXT.len())).bench(|| LINTER.check_source(black_box(&source)));
}

/// Decoding and extraction alone.
#[divan::bench(args = ["txt", "md", "html", "html-gbk", "docx", "xlsx"])]
fn extraction(bencher: Bencher<'_, '_>, format: &str) {
    let source = source(format);
    bencher
        .counter(BytesCount::new(TEXT.len()))
        .bench(|| extract(black_box(&source), &ExtractOptions::default()).document.text.len());
}

/// Folding alone.
#[divan::bench]
fn folding(bencher: Bencher<'_, '_>) {
    let source = source("txt");
    let extracted = extract(&source, &ExtractOptions::default());
    bencher.counter(BytesCount::new(TEXT.len())).bench(|| Folded::new(black_box(&extracted.document)).text().len());
}

/// Setting up a linter with all embedded dictionaries: what a start costs.
#[divan::bench]
fn start_up() -> Linter {
    Linter::new(Options { jobs: 1, ..Options::default() }).unwrap()
}

/// Wrong forms of all terms, as the peers get them.
fn literals() -> Vec<String> {
    let dictionary = Dictionary::embedded();
    let mut literals: Vec<String> = dictionary
        .entries()
        .iter()
        .filter_map(|entry| match &entry.rule {
            Rule::Term(term) => Some(&term.wrong),
            Rule::Pattern(_) => None,
        })
        .flatten()
        .map(|wrong| fold_str(wrong))
        .collect();
    literals.sort();
    literals.dedup();
    literals
}

/// Peers on the wrong forms alone: no extraction, folding, patterns, judging or places.
#[divan::bench(args = ["contiguous NFA", "DFA"])]
fn aho_corasick_alone(bencher: Bencher<'_, '_>, kind: &str) {
    let kind =
        if kind == "DFA" { aho_corasick::AhoCorasickKind::DFA } else { aho_corasick::AhoCorasickKind::ContiguousNFA };
    let automaton = aho_corasick::AhoCorasick::builder().kind(Some(kind)).build(literals()).unwrap();
    bencher.counter(BytesCount::new(TEXT.len())).bench(|| automaton.find_overlapping_iter(black_box(&*TEXT)).count());
}
