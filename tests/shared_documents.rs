//! The documents of `../shared/data/documents`, where that folder is: the text that is expected of each is found, and what is hostile
//! ends in a notice within its limits. `cargo test --test shared_documents -- --nocapture` prints a line for each file.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// No file takes longer, whatever it holds: the limit of time of a worker, ten times over by the clock, and start-up.
const LONGEST: Duration = Duration::from_secs(310);

/// Files whose expected text is not in them as text. Each is noticed.
const UNREADABLE: [(&str, &str); 2] =
    [("derived/mupdf_uming_noToUnicode.pdf", "charset"), ("derived/mupdf_wqy_noToUnicode.pdf", "charset")];

/// The file whose expected text stands in a tracked deletion alone: it is no text of the document, and must not be found.
const DELETED: &str = "docx/636.docx";

struct Row {
    file: String,
    hostile: bool,
    expected: String,
}

/// What `extract` says about a file.
struct Outcome {
    /// Text of all blocks, folded for comparison.
    text: String,
    /// Codes of its notices.
    codes: Vec<String>,
    status: Option<i32>,
    time: Duration,
    /// Largest resident memory, in kilobytes, where the system tells.
    memory: Option<u64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/documents")
}

fn rows() -> Option<Vec<Row>> {
    let manifest = std::fs::read_to_string(folder().join("MANIFEST.tsv")).ok()?;
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next()?.split('\t').collect();
    let column = |name: &str| header.iter().position(|one| *one == name).unwrap();
    let (file, kind, expected) = (column("file"), column("kind"), column("expected"));
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let get = |index: usize| columns.get(index).copied().unwrap_or_default();
        Row { file: get(file).to_owned(), hostile: get(kind) == "hostile", expected: folded(get(expected)) }
    };
    Some(lines.map(row).collect())
}

/// Compatibility forms, white space and case do not count.
fn folded(text: &str) -> String {
    text.nfkc().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn extract(file: &str) -> Outcome {
    let program = env!("CARGO_BIN_EXE_zhengming");
    let arguments = ["extract", "--isolated", "--format", "jsonl"];
    let measure = Path::new("/usr/bin/time").is_file();
    let mut command = if measure {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let started = Instant::now();
    let output = command.args(arguments).arg(folder().join(file)).stdin(Stdio::null()).output().unwrap();
    let time = started.elapsed();
    let mut outcome =
        Outcome { text: String::new(), codes: Vec::new(), status: output.status.code(), time, memory: None };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
        if let Some(text) = record["text"].as_str() {
            outcome.text += &folded(text);
        } else if let Some(code) = record["code"].as_str() {
            outcome.codes.push(code.to_owned());
        }
    }
    if measure {
        outcome.memory =
            String::from_utf8_lossy(&output.stderr).lines().last().and_then(|line| line.trim().parse().ok());
    }
    outcome
}

#[test]
fn expected_text_is_found_and_hostile_files_end_in_notices() {
    let Some(rows) = rows() else {
        eprintln!("skipped: ../shared/data/documents is not here");
        return;
    };
    let mut failures = Vec::new();
    let mut table = String::new();
    for row in rows {
        let outcome = extract(&row.file);
        // 0 read, 2 not read in full; anything else is a crash.
        let ended = matches!(outcome.status, Some(0 | 2));
        let found = outcome.text.contains(&row.expected);
        let unreadable = UNREADABLE.iter().find(|(file, _)| *file == row.file);
        let verdict = match (ended, row.hostile || row.expected.is_empty(), found, unreadable) {
            (false, ..) => "CRASH",
            (_, true, ..) => "ended",
            (.., true, _) if row.file == DELETED => "DELETED TEXT",
            _ if row.file == DELETED => "deleted",
            (_, _, true, _) => "found",
            (_, _, _, Some((_, code))) if outcome.codes.iter().any(|one| one == code) => "noticed",
            _ => "MISSING",
        };
        if !verdict.chars().any(char::is_lowercase) || outcome.time > LONGEST {
            failures.push(row.file.clone());
        }
        let memory = outcome.memory.map_or_else(String::new, |kilobytes| format!("{} MB", kilobytes / 1024));
        let (seconds, codes) = (outcome.time.as_secs_f64(), outcome.codes.join(" "));
        writeln!(table, "{verdict:8} {:<90} {seconds:6.2} s {memory:>8}  {codes}", row.file).unwrap();
    }
    eprintln!("{table}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
