//! Files of Excel, PowerPoint and Outlook before 2007, as the command line reads them: through the worker process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use zhengming::Source;
use zhengming::document::Place;
use zhengming::extract::{ExtractOptions, Extracted, extract};
use zhengming::source::{Kind, Level, Limits};
use zhengming::worker::{WorkerCommand, Workers};

fn options() -> ExtractOptions {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_zhengming"));
    let workers = Arc::new(Workers::new(WorkerCommand { program, arguments: vec!["worker".into()] }));
    ExtractOptions {
        limits: Limits { seconds: 20, ..Limits::default() },
        workers: Some(workers),
        ..ExtractOptions::default()
    }
}

/// Files of these kinds in the repository, and outside it where there are any.
fn files() -> Vec<(PathBuf, Source)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outside = root.join("../shared/data/documents");
    if !outside.exists() {
        eprintln!("skipped: documents outside the repository, which are not there");
    }
    let folders = ["derived", "xls", "ppt", "msg", "hostile"].map(|name| outside.join(name));
    let mut files: Vec<PathBuf> = std::iter::once(root.join("tests/formats"))
        .chain(folders)
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    let sources = files.into_iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = Source::new(name, fs::read(&path).unwrap());
        (path, source)
    });
    sources.filter(|(_, source)| matches!(source.kind(), Kind::Xls | Kind::Ppt | Kind::Msg)).collect()
}

/// The text of a document with that of the files inside it.
fn text(extracted: &Extracted<'_>, options: &ExtractOptions) -> String {
    let inner = extracted.inner.iter().map(|source| text(&extract(source, options), options));
    std::iter::once(extracted.document.text.clone()).chain(inner).collect()
}

#[test]
fn every_file_is_read_or_noticed() {
    let options = options();
    for (path, source) in files() {
        let extracted = extract(&source, &options);
        let failed = extracted.notices.iter().any(|notice| notice.level == Level::Error);
        let is_hostile = path.components().any(|step| step.as_os_str() == "hostile");
        assert!(failed || !is_hostile, "{} was made to be damaged and is not noticed", path.display());
        assert!(!failed || is_hostile, "{}: {:?}", path.display(), extracted.notices);
        // The worker changes nothing.
        let here = extract(&source, &ExtractOptions { workers: None, ..options.clone() });
        assert_eq!(format!("{:?}", extracted.document), format!("{:?}", here.document), "{}", path.display());
        assert_eq!(extracted.notices, here.notices, "{}", path.display());
    }
}

#[test]
fn what_is_known_to_be_in_a_file_is_found() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/documents/MANIFEST.tsv");
    let Ok(table) = fs::read_to_string(table) else {
        eprintln!("skipped: there is no list of documents outside the repository");
        return;
    };
    let options = options();
    let expected: HashMap<&str, &str> = table
        .lines()
        .filter_map(|line| Some((line.split('\t').next()?, line.split('\t').nth(6)?)))
        .filter(|(_, snippet)| !snippet.is_empty())
        .collect();
    for (path, source) in files() {
        let Some((_, snippet)) = expected.iter().find(|(name, _)| path.ends_with(name)) else { continue };
        assert!(text(&extract(&source, &options), &options).contains(snippet), "{}: {snippet}", path.display());
    }
}

/// Converts files with LibreOffice, all at once since it starts slowly; where the results are, or `None` if it is not installed.
fn converted(files: &[PathBuf], target: &str, folder: &Path) -> Option<()> {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let mut command = Command::new("soffice");
    command.args(["--headless", &profile, "--convert-to", target, "--outdir"]).arg(folder).args(files);
    if command.output().is_err() {
        eprintln!("skipped: LibreOffice (soffice) is not installed");
        return None;
    }
    Some(())
}

/// The blocks of a document by place, without those that only one format has.
fn blocks(extracted: &Extracted<'_>) -> Vec<(String, String)> {
    let document = &extracted.document;
    let mut blocks: Vec<(String, String)> = document
        .blocks
        .iter()
        .filter(|block| !matches!(block.place, Place::Property { .. }))
        .map(|block| {
            let place = match &block.place {
                Place::Cell { sheet, row, column } => {
                    format!("{} {row} {column} {:?}", document.names[usize::from(*sheet)], block.scope)
                }
                Place::Sheet { sheet } => format!("{} {:?}", document.names[usize::from(*sheet)], block.scope),
                // Other formats have other names and numbers for shapes.
                Place::Shape { slide, on, .. } => format!("{slide} {on:?}"),
                other => format!("{other:?}"),
            };
            (place, document.text[block.span.range()].trim().to_owned())
        })
        .collect();
    blocks.sort();
    blocks
}

/// LibreOffice saves what it has read as xlsx and odp; what is read of that is found in the original as well, at the same place.
#[test]
fn libreoffice_finds_no_more() {
    let folder = std::env::temp_dir().join(format!("zhengming-office97-{}", std::process::id()));
    let options = options();
    for (kind, target) in [(Kind::Xls, "xlsx"), (Kind::Ppt, "odp")] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        let sound = files().into_iter().filter(|(path, source)| {
            source.kind() == kind && !path.components().any(|step| step.as_os_str() == "hostile")
        });
        // Names may be alike in different folders.
        let sound: Vec<(PathBuf, Source)> = sound
            .enumerate()
            .map(|(index, (path, source))| {
                let extension = path.extension().unwrap().to_str().unwrap();
                let copy = folder.join(format!("{index}.{extension}"));
                fs::copy(&path, &copy).unwrap();
                (copy, source)
            })
            .collect();
        let paths: Vec<PathBuf> = sound.iter().map(|(path, _)| path.clone()).collect();
        if converted(&paths, target, &folder).is_none() {
            return;
        }
        for (path, source) in &sound {
            let Ok(bytes) = fs::read(path.with_extension(target)) else {
                eprintln!("{}: LibreOffice cannot read it", source.name);
                continue;
            };
            let ours = blocks(&extract(source, &options));
            let saved = Source::new(format!("a.{target}"), bytes);
            let theirs = extract(&saved, &options);
            let missing: Vec<(String, String)> = blocks(&theirs)
                .into_iter()
                // Fields that it fills in: numbers of pages, dates.
                .filter(|(_, text)| text.chars().any(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character)))
                .filter(|block| !ours.contains(block))
                .collect();
            assert!(missing.is_empty(), "{}: {missing:?}\nare not in {ours:?}", source.name);
        }
    }
    fs::remove_dir_all(folder).unwrap();
}
