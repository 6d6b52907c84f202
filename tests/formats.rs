//! One made-up sentence with two errors, saved in every format: both are found in each, at a place that a person can go to.
//!
//! `tests/formats/expected.tsv` is the table; `scripts/make-fixtures` builds the files.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The two errors: rule and wrong text.
const ERRORS: [(&str, &str); 2] = [("names/中华人民共和国", "中华人民共合国"), ("typos/部署", "布署")];

/// A row: the file, where in it (behind the `!`), and what the place of the first and of the second error must hold.
struct Row {
    file: String,
    inside: String,
    places: [Value; 2],
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

fn rows() -> Vec<Row> {
    let table = fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|line| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_else(|| panic!("four columns: {line}"));
        let (file, inside) = (next().to_owned(), next().to_owned());
        let places = [next(), next()].map(|text| serde_json::from_str(text).unwrap_or_else(|_| panic!("JSON: {line}")));
        Row { file, inside, places }
    })
    .collect()
}

/// Whether `actual` holds all that `expected` does: objects with at least its members, lists and numbers alike. Numbers with
/// fractions are those of pages, where layout programs differ by a little.
fn holds(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| actual.get(key).is_some_and(|actual| holds(actual, value)))
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(actual, value)| holds(actual, value))
        }
        (Value::Number(actual), Value::Number(expected)) => {
            actual == expected || (actual.as_f64().unwrap() - expected.as_f64().unwrap()).abs() < 0.5 && actual.is_f64()
        }
        _ => actual == expected,
    }
}

/// The text of a finding, without the ends of lines in it.
fn spelled(record: &Value) -> String {
    record["text"].as_str().unwrap_or_default().replace(['\r', '\n'], "")
}

/// What `check` says about a file, record by record.
fn check(file: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["check", "--isolated", "--format", "jsonl", file])
        .current_dir(folder())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn both_errors_are_found_in_every_format() {
    let rows = rows();
    let mut failures = Vec::new();
    for file in rows.iter().map(|row| &row.file).collect::<BTreeSet<_>>() {
        let records = check(file);
        for notice in records.iter().filter(|record| record["type"] == "notice" && record["level"] == "error") {
            failures.push(format!("{file}: {notice}"));
        }
        for row in rows.iter().filter(|row| row.file == *file) {
            let path = if row.inside.is_empty() { file.clone() } else { format!("{file}!{}", row.inside) };
            for ((rule, text), place) in ERRORS.iter().zip(&row.places) {
                let found: Vec<&Value> = records
                    .iter()
                    .filter(|record| record["type"] == "finding" && record["path"] == *path && record["rule"] == *rule)
                    .collect();
                if !found.iter().any(|record| spelled(record) == *text && holds(&record["location"], place)) {
                    let places: Vec<String> = found.iter().map(|record| record["location"].to_string()).collect();
                    failures.push(format!("{path}: {text} is not at {place}, but at [{}]", places.join(", ")));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_fixture_has_a_row() {
    let table = fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let listed: BTreeSet<&str> =
        table.lines().filter_map(|line| line.trim_start_matches("# ").split('\t').next()).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_fixture = !matches!(name.as_str(), "expected.tsv" | "README.md");
        assert!(!is_fixture || listed.contains(name.as_str()), "tests/formats/expected.tsv has no row for {name}");
    }
}
