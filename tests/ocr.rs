//! Pictures through an installed Tesseract, as the command line reads them; skipped with a message where it is not installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn is_installed() -> bool {
    let listed = Command::new("tesseract").arg("--list-langs").output();
    let known =
        listed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line == "chi_sim"));
    if !known {
        eprintln!("skipped: Tesseract with chi_sim is not installed");
    }
    known
}

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["check", "--isolated", "--format", "jsonl"])
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ocr"))
        .output()
        .unwrap()
}

fn records(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The error that recognition is sure of in every picture, and its box; layouts differ by a little between versions.
#[test]
fn pictures_and_pages_that_are_pictures_are_read() {
    if !is_installed() {
        return;
    }
    for (file, expected) in [
        ("scan.png", [729.0, 139.0, 769.0, 165.0]),
        ("scan.pdf", [262.4, 50.0, 276.8, 59.4]),
        ("scan-bits.pdf", [262.4, 50.0, 276.8, 59.4]),
        ("scan-inline.pdf", [262.4, 50.0, 276.8, 59.4]),
        ("scan.ofd", [262.4, 50.0, 276.8, 59.4]),
    ] {
        let output = check(&["--ocr", file]);
        let records = records(&output);
        let found = records.iter().find(|record| record["rule"] == "typos/部署");
        let found = found.unwrap_or_else(|| panic!("{file}: {records:?}"));
        assert_eq!(
            (found["text"].as_str(), found["ocr"].as_bool(), found["severity"].as_str()),
            (Some("布署"), Some(true), Some("error"))
        );
        assert_eq!(found["location"]["page"], 1, "{file}");
        let edges = found["location"]["box"].as_array().unwrap();
        let near = edges.iter().zip(expected).all(|(edge, expected)| (edge.as_f64().unwrap() - expected).abs() < 12.0);
        assert!(near, "{file}: {edges:?}");
        assert!(records.iter().any(|record| record["code"] == "ocr"), "{file}");
        assert_eq!(output.status.code(), Some(1), "{file}");
    }
}

#[test]
fn without_ocr_they_are_noticed() {
    for (file, code) in [("scan.png", "unsupported"), ("scan.pdf", "no-text"), ("scan.ofd", "no-text")] {
        let output = check(&[file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        let notice = records(&output).into_iter().find(|record| record["type"] == "notice").unwrap();
        assert_eq!(notice["code"], code);
        assert!(notice["message"].as_str().unwrap().contains("--ocr"), "{notice}");
    }
}

#[test]
fn a_missing_program_is_said_before_anything_is_read() {
    let output = check(&["--ocr", "--ocr-program", "/nowhere/tesseract", "scan.png"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("apt-get install tesseract-ocr tesseract-ocr-chi-sim"), "{said}");
}
