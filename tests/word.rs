//! Word 97–2003 and RTF as the program reads them: against the same document in docx, against other readers where they are
//! installed, and files that are out to break it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Documents outside the repository, if there are any.
fn shared() -> Option<PathBuf> {
    let folder = root().join("../shared/data/documents");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// What the program prints about a file.
fn run(command: &[&str], file: &Path) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_zhengming")).args(command).arg(file).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some(), "{} ends the program", file.display());
    String::from_utf8(output.stdout).unwrap()
}

/// Findings and notices.
fn check(file: &Path) -> Vec<Value> {
    let text = run(&["check", "--isolated", "--format", "jsonl"], file);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Place and text of every block, without what differs by format: numbers of notes, and the order of the parts.
fn blocks(file: &Path) -> Vec<String> {
    let text = run(&["extract"], file);
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with('[') && !line.starts_with("文档属性"))
        .map(str::to_owned)
        .collect();
    for line in &mut lines {
        if let Some(at) = line.find(" 注") {
            let end = line[at + 1..].find(' ').map_or(line.len(), |length| at + 1 + length);
            line.replace_range(at..end, " 注");
        }
    }
    lines.sort();
    lines
}

#[test]
fn a_document_reads_alike_in_docx_doc_and_rtf() {
    let mut stems = vec![root().join("tests/formats/places"), root().join("tests/formats/notice")];
    stems.extend(shared().map(|folder| folder.join("derived/notice")));
    for stem in stems {
        let docx = blocks(&stem.with_extension("docx"));
        assert!(docx.len() > 1);
        for extension in ["doc", "rtf"] {
            assert_eq!(blocks(&stem.with_extension(extension)), docx, "{} {extension}", stem.display());
        }
    }
}

#[test]
fn each_error_is_found_once_and_nothing_in_deleted_or_hidden_text() {
    for extension in ["doc", "rtf"] {
        let records = check(&root().join("tests/formats/places").with_extension(extension));
        let findings = records.iter().filter(|record| record["type"] == "finding");
        let mut scopes: BTreeMap<String, u32> = BTreeMap::new();
        for finding in findings {
            *scopes
                .entry(format!("{} {}", finding["scope"].as_str().unwrap(), finding["text"].as_str().unwrap()))
                .or_default() += 1;
        }
        let expected: BTreeMap<String, u32> = ["中华人民共合国", "布署"]
            .iter()
            .flat_map(|text| {
                [("body", 2), ("cell", 1), ("header", 1), ("footnote", 2), ("comment", 1)]
                    .map(|(scope, count)| (format!("{scope} {text}"), count))
            })
            .collect();
        assert_eq!(scopes, expected, "{extension}");
        let notices: Vec<&Value> = records.iter().filter(|record| record["type"] == "notice").collect();
        assert_eq!((notices.len(), notices[0]["code"].as_str()), (1, Some("skipped")), "{notices:?}");
    }
}

#[test]
fn expected_texts_are_there_and_hostile_files_are_noticed() {
    let Some(folder) = shared() else { return };
    let manifest = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut seen = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (name, snippet) = (columns[0], columns.get(6).copied().unwrap_or_default());
        if ![".doc", ".wps", ".rtf"].iter().any(|extension| name.ends_with(extension)) {
            continue;
        }
        seen += 1;
        let file = folder.join(name);
        if !name.starts_with("hostile/") {
            assert!(run(&["extract"], &file).contains(snippet), "{name} lacks {snippet}");
            continue;
        }
        let records = check(&file);
        let noticed = records.iter().any(|record| record["type"] == "notice");
        // These are whole, whatever they are called.
        let whole = name.ends_with("_as.doc") || name.ends_with("testRTFCorruptListOverride.rtf");
        assert!(noticed || whole, "{name} counts as clean");
    }
    assert!(seen > 10, "the list of documents has changed");
}

/// How many of each Han character, kana, letter and digit there are.
fn counts(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    for character in text.chars().filter(|character| character.is_alphanumeric()) {
        *counts.entry(character).or_default() += 1;
    }
    counts
}

#[test]
fn other_readers_find_nothing_that_is_missing_here() {
    // Others read deleted and hidden text, so that a document with either is no measure.
    let mut files: Vec<PathBuf> = vec![root().join("tests/formats/notice.doc")];
    if let Some(folder) = shared() {
        files.extend(
            ["derived/notice.doc", "doc/HeaderFooterUnicode.doc", "doc/TestChineseProperties.doc", "doc/Word6.doc"]
                .map(|name| folder.join(name)),
        );
    }
    // catdoc is no measure: it prints headers and Chinese text as noise.
    if Command::new("antiword").arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: antiword is not installed");
        return;
    }
    for file in &files {
        let output = Command::new("antiword").args(["-m", "UTF-8.txt", "-w", "0"]).arg(file).output().unwrap();
        let theirs = String::from_utf8_lossy(&output.stdout).into_owned();
        // What is printed around a picture or a note is no text of the document.
        let theirs = counts(&theirs.replace("[pic]", ""));
        let ours = counts(&run(&["extract"], file));
        let total: usize = theirs.values().sum();
        let missing: usize = theirs
            .iter()
            .map(|(character, count)| count.saturating_sub(ours.get(character).copied().unwrap_or_default()))
            .sum();
        assert!(
            missing * 100 <= total.max(100),
            "antiword finds {missing} of {total} characters more in {}",
            file.display()
        );
    }
}
