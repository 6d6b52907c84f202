//! PDF through the worker process, as the command line reads it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use zhengming::extract::{ExtractOptions, extract};
use zhengming::source::{Code, Level, Limits};
use zhengming::worker::{WorkerCommand, Workers};
use zhengming::{Linter, Options, Source};

fn workers() -> Arc<Workers> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_zhengming"));
    Arc::new(Workers::new(WorkerCommand { program, arguments: vec!["worker".into()] }))
}

/// A PDF whose pages show the given contents with F1, a font in UCS-2.
fn pdf(contents: &[&str]) -> Vec<u8> {
    pdf_with(
        "/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/SimSun\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>]",
        "",
        contents,
    )
}

/// A PDF with a font that its own map explains, as every reader understands it.
fn mapped_pdf(content: &str, text: &str) -> Vec<u8> {
    let characters: String =
        text.encode_utf16().map(|unit| format!("1 beginbfchar <{unit:04X}> <{unit:04X}> endbfchar\n")).collect();
    let map = format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n{characters}endcmap end end"
    );
    pdf_with(
        "/Encoding/Identity-H/ToUnicode 90 0 R/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/SimSun\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000>>]",
        &format!("90 0 obj\n<</Length {}>>\nstream\n{map}\nendstream\nendobj\n", map.len()),
        &[content],
    )
}

fn pdf_with(font: &str, objects: &str, contents: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..contents.len()).map(|index| format!("{} 0 R", 4 + 2 * index)).collect();
    let mut text = format!(
        "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
         2 0 obj\n<</Type/Pages/Count {}/Kids[{}]/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>>>\nendobj\n\
         3 0 obj\n<</Type/Font/Subtype/Type0/BaseFont/SimSun{font}>>\nendobj\n{objects}",
        contents.len(),
        kids.join(" ")
    );
    for (index, content) in contents.iter().enumerate() {
        let number = 4 + 2 * index;
        text += &format!(
            "{number} 0 obj\n<</Type/Page/Parent 2 0 R/Contents {} 0 R>>\nendobj\n\
             {} 0 obj\n<</Length {}>>\nstream\n{content}\nendstream\nendobj\n",
            number + 1,
            number + 1,
            content.len()
        );
    }
    text += "trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n";
    text.into_bytes()
}

fn line(y: u32, text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("BT /F1 16 Tf 90 {y} Td <{units}> Tj ET\n")
}

/// Documents outside the repository, where there are any.
fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/documents");
    let mut found: Vec<PathBuf> = ["derived", "pdf", "hostile"]
        .iter()
        .filter_map(|name| std::fs::read_dir(folder.join(name)).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
        .collect();
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: there is no {}", folder.display());
    }
    found
}

#[test]
fn a_worker_reads_what_this_process_reads() {
    let content = line(700, "关于布署工作的通知");
    let mut sources = vec![Source::new("a.pdf", pdf(&[&content, &content])), Source::new("b.pdf", "%PDF-1.7 nothing")];
    // What takes limits of memory to end is left to the test of limits.
    let tame = |path: &PathBuf| !path.to_string_lossy().contains("content_140MB");
    sources.extend(
        documents()
            .iter()
            .filter(|path| tame(path))
            .map(|path| Source::new(path.display().to_string(), std::fs::read(path).unwrap())),
    );
    let isolated = ExtractOptions { workers: Some(workers()), ..ExtractOptions::default() };
    for source in &sources {
        let (here, there) = (extract(source, &ExtractOptions::default()), extract(source, &isolated));
        assert_eq!(format!("{:?}", here.document), format!("{:?}", there.document), "{}", source.name);
        assert_eq!(here.notices, there.notices, "{}", source.name);
    }
}

#[test]
fn findings_have_pages_and_boxes() {
    let content = line(700, "要求各级攻府抓好落实。");
    let options = Options {
        worker: Some(WorkerCommand {
            program: env!("CARGO_BIN_EXE_zhengming").into(),
            arguments: vec!["worker".into()],
        }),
        ..Options::default()
    };
    let checked = Linter::new(options).unwrap().check_source(&Source::new("a.pdf", pdf(&["", &content])));
    assert_eq!(checked[0].notices, []);
    assert_eq!(checked[0].findings.len(), 1);
    let location = serde_json::to_value(&checked[0].findings[0].location).unwrap();
    assert_eq!(location["page"], 2);
    let edges: Vec<f64> = location["box"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
    // 攻府 are the fifth and sixth character of sixteen points; the baseline is 100 from above.
    assert_eq!((edges[0], edges[2]), (154.0, 186.0));
    assert!(edges[1] < 90.0 && edges[3] > 100.0 && edges[3] < 104.0, "{edges:?}");
}

#[test]
fn limits_of_time_and_memory_hold() {
    // Each operator saves and restores; there are many of them, and little else.
    let busy = "q Q ".repeat(8 << 20);
    let source = Source::new("a.pdf", pdf(&[&busy]));
    let workers = workers();
    let read = |change: fn(&mut Limits)| {
        let mut limits = Limits { operations: u64::MAX, stream_size: u64::MAX, ..Limits::default() };
        change(&mut limits);
        extract(&source, &ExtractOptions { limits, workers: Some(Arc::clone(&workers)), ..ExtractOptions::default() })
            .notices
    };
    let notices = read(|limits| limits.memory = 100 << 20);
    assert_eq!((notices.len(), notices[0].code, notices[0].level), (1, Code::Limit, Level::Error), "{notices:?}");
    assert!(notices[0].message.contains("--limit memory="), "{}", notices[0].message);
    let notices = read(|limits| limits.seconds = 0);
    assert_eq!((notices.len(), notices[0].code, notices[0].level), (1, Code::Limit, Level::Error), "{notices:?}");
    assert!(notices[0].message.contains("--limit seconds="), "{}", notices[0].message);
    // The next file has a worker again.
    let good = Source::new("b.pdf", pdf(&[&line(700, "通知")]));
    let options = ExtractOptions { workers: Some(workers), ..ExtractOptions::default() };
    assert_eq!(extract(&good, &options).document.text, "通知\n");
}

#[test]
fn a_program_that_is_no_worker_is_noticed() {
    let program = if cfg!(windows) { "cmd" } else { "true" };
    let workers = Arc::new(Workers::new(WorkerCommand { program: program.into(), arguments: Vec::new() }));
    let options = ExtractOptions { workers: Some(workers), ..ExtractOptions::default() };
    let notices = extract(&Source::new("a.pdf", pdf(&[&line(700, "通知")])), &options).notices;
    assert_eq!((notices[0].code, notices[0].level), (Code::Internal, Level::Error));
}

#[test]
fn hostile_files_end_in_a_notice() {
    let options = ExtractOptions { workers: Some(workers()), ..ExtractOptions::default() };
    for path in documents().iter().filter(|path| path.to_string_lossy().contains("hostile")) {
        let source = Source::new(path.display().to_string(), std::fs::read(path).unwrap());
        let extracted = extract(&source, &options);
        let said = !extracted.notices.is_empty() || !extracted.document.blocks.is_empty();
        assert!(said, "{}", path.display());
        let internal = extracted.notices.iter().any(|notice| notice.code == Code::Internal);
        assert!(!internal, "{}: {:?}", path.display(), extracted.notices);
    }
}

/// Letters, digits and Chinese characters, compatibility forms made alike, counted.
fn counted(text: &str) -> HashMap<char, usize> {
    use unicode_normalization::UnicodeNormalization;
    let mut counts = HashMap::new();
    for character in text.nfkc().filter(|character| character.is_alphanumeric()) {
        *counts.entry(character).or_default() += 1;
    }
    counts
}

#[test]
fn characters_are_those_of_pdftotext() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        eprintln!("skipped: pdftotext is not installed");
        return;
    }
    let folder = std::env::temp_dir().join(format!("zhengming-pdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let own = folder.join("own.pdf");
    let text = "国务院办公厅2026年通知各省、自治区、直辖市人民政府";
    std::fs::write(&own, mapped_pdf(&line(700, text), text)).unwrap();
    let (mut alike, mut all, mut poor) = (0, 0, Vec::new());
    let options = ExtractOptions { workers: Some(workers()), ..ExtractOptions::default() };
    for path in documents().into_iter().filter(|path| !path.to_string_lossy().contains("hostile")).chain([own]) {
        let Ok(output) = Command::new("pdftotext").args(["-raw", "-enc", "UTF-8"]).arg(&path).arg("-").output() else {
            continue;
        };
        let source = Source::new("a.pdf", std::fs::read(&path).unwrap());
        let extracted = extract(&source, &options);
        // What nothing explains is said here and guessed there.
        if extracted.notices.iter().any(|notice| matches!(notice.code, Code::Charset | Code::NoText)) {
            continue;
        }
        let (here, there) = (counted(&extracted.document.text), counted(&String::from_utf8_lossy(&output.stdout)));
        let common: usize = there.iter().map(|(character, count)| *count.min(here.get(character).unwrap_or(&0))).sum();
        let total: usize = there.values().sum();
        if total == 0 {
            continue;
        }
        all += 1;
        if common * 100 >= total * 98 {
            alike += 1;
        } else {
            poor.push(format!("{}: {common} of {total}", path.display()));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(all > 0 && alike * 100 >= all * 95, "{alike} of {all}: {poor:?}");
}
