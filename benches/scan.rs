//! Whole checks by format, start-up, and the literal pass against its peers in the same process.
//!
//! `cargo bench` reads the official documents of `../shared/data/clean` where they are, else a text of the same kind made
//! of the dictionaries' own examples. Figures and how to compare with ripgrep: `docs/performance.md`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
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

/// A folder with a dictionary of `count` further right forms: first and second halves of the embedded registries' long forms,
/// put together anew, so that they are made of the same words and stand in the way of the same text.
fn recombined(count: usize) -> PathBuf {
    let dictionary = Dictionary::embedded();
    let registered = dictionary.entries().iter().filter(|entry| entry.rule.is_registered());
    let rights: Vec<&String> = registered.flat_map(|entry| &entry.right).collect();
    let mut known: HashSet<String> = rights.iter().map(|right| (*right).clone()).collect();
    let han = |form: &[char]| form.iter().all(|one| ('\u{4E00}'..='\u{9FFF}').contains(one));
    let long: Vec<Vec<char>> = rights
        .iter()
        .map(|right| right.chars().collect())
        .filter(|form: &Vec<char>| (8..=30).contains(&form.len()) && han(form))
        .collect();
    let mut pack = "# id: recombined\n# title: 合成名称\n# kind: phrase\n# source: 合成\n# severity: error\n\
                    # category: law-name\nright\n"
        .to_owned();
    // Knuth's generator: the same forms every time.
    let mut state: u64 = 1;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut made = 0;
    while made < count {
        let (one, two) = (&long[draw(long.len())], &long[draw(long.len())]);
        let form: String = one[..one.len() / 2].iter().chain(&two[two.len() / 2..]).collect();
        if known.insert(form.clone()) {
            pack.push_str(&form);
            pack.push('\n');
            made += 1;
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recombined-{count}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("recombined.tsv"), pack).unwrap();
    folder
}

/// Right forms of the embedded registries.
fn right_forms() -> usize {
    let dictionary = Dictionary::embedded();
    dictionary.entries().iter().filter(|entry| entry.rule.is_registered()).map(|entry| entry.right.len()).sum()
}

fn selected(only: &[&str], dictionaries: Vec<PathBuf>) -> Linter {
    let only = only.iter().map(|&glob| glob.to_owned()).collect();
    Linter::new(Options { jobs: 1, only, dictionaries, ..Options::default() }).unwrap()
}

/// Near-misses with so many times the right forms of the embedded registries; of the other rules one term runs. The cost of a
/// byte must hardly depend on the number of forms.
#[divan::bench(args = [1, 10], sample_count = 20)]
fn near_misses(bencher: Bencher<'_, '_>, times: usize) {
    let dictionaries = if times > 1 { vec![recombined((times - 1) * right_forms())] } else { Vec::new() };
    let linter = selected(&["typos/部署"], dictionaries);
    let source = source("txt");
    bencher.counter(BytesCount::new(TEXT.len())).bench_local(|| linter.check_source(black_box(&source)));
}

/// What the search for attested wording adds to one term and the near-misses.
#[divan::bench(args = ["one term", "attested/strict", "attested/*"], sample_count = 20)]
fn attested(bencher: Bencher<'_, '_>, levels: &str) {
    let linter = selected(&["typos/部署", if levels == "one term" { "typos/部署" } else { levels }], Vec::new());
    let source = source("txt");
    bencher.counter(BytesCount::new(TEXT.len())).bench_local(|| linter.check_source(black_box(&source)));
}

/// Loading the embedded dictionaries from their compiled form.
#[divan::bench]
fn dictionaries_load() -> Dictionary {
    Dictionary::embedded()
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
            _ => None,
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
