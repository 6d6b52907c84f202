//! Compiles what is embedded: the dictionary packs, the word list and the folding table. A start then parses nothing.
#![allow(clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, dead_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/dictionary/entry.rs"]
mod entry;
#[path = "src/dictionary/parse.rs"]
mod parse;
#[path = "src/dictionary/registry.rs"]
mod registry;
#[path = "src/document/scope.rs"]
mod scope;

#[path = "src/engine/prefilter.rs"]
mod prefilter;

mod dictionary {
    pub use crate::entry::PatternFacts;
}

mod document {
    pub use crate::scope::Scope;
}

/// Word costs are stored in 1/256 nat: fine enough to compare paths, small enough to keep the transducer compact.
const COST_SCALE: f64 = 256.0;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=dictionaries");
    for source in [
        "src/dictionary/entry.rs",
        "src/dictionary/parse.rs",
        "src/dictionary/registry.rs",
        "src/document/scope.rs",
        "src/engine/prefilter.rs",
    ] {
        println!("cargo::rerun-if-changed={source}");
    }
    let places = places(&root.join("dictionaries/registries").join(PLACES), &out.join("places.txt"));
    packs(&[root.join("dictionaries/packs"), root.join("dictionaries/registries")], places, &out.join("packs.bin"));
    lexicon(&root.join("dictionaries/lexicon/words.tsv"), &out.join("lexicon.fst"), &out.join("lexicon.rs"));
    folding(&root.join("dictionaries/folding/traditional.tsv"), &out.join("folding.rs"));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Files of each folder in the order of their names.
fn pack_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml" || extension == "tsv"))
        .collect();
    files.sort();
    files
}

fn packs(folders: &[PathBuf], places: entry::Pack, out: &Path) {
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| pack_files(folder)).collect();
    files.retain(|path| path.file_name().is_none_or(|name| name != PLACES));
    let mut packs = vec![places];
    let mut problems = Vec::new();
    for path in &files {
        let name = path.file_name().expect("a file has a name").to_string_lossy();
        match parse::parse_pack(&name, &read(path)) {
            Ok(pack) => packs.push(pack),
            Err(found) => problems.extend(found),
        }
    }
    for entry in packs.iter_mut().flat_map(|pack: &mut entry::Pack| &mut pack.entries) {
        if let entry::Rule::Pattern(pattern) = &mut entry.rule {
            match prefilter::facts(&pattern.expression) {
                Ok(facts) => pattern.facts = Some(facts),
                Err(message) => panic!("{}:{}: {}: {message}", entry.at.file, entry.at.line, entry.id),
            }
        }
    }
    problems.extend(parse::check_unique(&packs));
    problems.extend(registry::check_registries(packs.iter().flat_map(|pack: &entry::Pack| &pack.entries)));
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("dictionaries has {} problems:\n{}", lines.len(), lines.join("\n"));
    }
    fs::write(out, postcard::to_stdvec(&packs).expect("packs serialise")).expect("OUT_DIR is writable");
}

/// The registry of places. Its thousands of rows do not become entries: they would cost more at each start than all other
/// rules together. They become one sorted text, and two entries say what is judged by it.
const PLACES: &str = "places.tsv";

fn places(path: &Path, out: &Path) -> entry::Pack {
    let text = if path.exists() { read(path) } else { String::new() };
    let header = |key: &str| {
        let prefix = format!("# {key}:");
        text.lines()
            .find_map(|line| line.strip_prefix(&prefix))
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    let mut lines = rows(&text);
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let mut table: Vec<String> = lines
        .map(|row| {
            let cells: Vec<&str> = row.split('\t').collect();
            let cell = |name: &str| {
                columns
                    .iter()
                    .position(|column| *column == name)
                    .and_then(|at| cells.get(at))
                    .copied()
                    .unwrap_or_default()
            };
            let year = |date: &str| {
                assert!(
                    date.is_empty() || parse::is_iso_date(date),
                    "{}: {date:?} in {row:?} is no date",
                    path.display()
                );
                date.get(..4).unwrap_or_default().to_owned()
            };
            assert!(!cell("right").is_empty(), "{}: no name in {row:?}", path.display());
            let former = cell("note").strip_prefix("曾属").unwrap_or_default().replace('、', "|");
            [cell("right"), cell("superior"), &year(cell("from")), &year(cell("to")), cell("successor"), &former]
                .join("\t")
        })
        .collect();
    // 市区, 郊区, 新区 are names of districts here and there, and words everywhere.
    table.retain(|line| {
        let name = line.split('\t').next().unwrap_or_default();
        !(name.ends_with('区') && name.chars().count() == 2)
    });
    table.sort();
    table.dedup();
    fs::write(out, table.join("\n")).expect("OUT_DIR is writable");
    let rule = |name: &str, reason: &str| entry::Entry {
        id: format!("places-registry/{name}"),
        rule: entry::Rule::Name(entry::Name::default()),
        right: Vec::new(),
        reason: reason.to_owned(),
        source: header("source"),
        severity: entry::Severity::Error,
        category: "geo".to_owned(),
        enabled: true,
        from: None,
        to: None,
        scopes: Vec::new(),
        guards: entry::Guards::default(),
        found: Vec::new(),
        clean: Vec::new(),
        at: entry::Location { file: PLACES.to_owned(), line: 1 },
    };
    entry::Pack {
        id: "places-registry".to_owned(),
        title: header("title"),
        entries: if table.is_empty() {
            Vec::new()
        } else {
            vec![
                rule("隶属", "地名与其上级行政区不符，请核对隶属关系。"),
                rule("更名", "行政区划已经调整，应使用成文时的名称。"),
            ]
        },
        allow: Vec::new(),
        off: Vec::new(),
    }
}

fn lexicon(path: &Path, fst_out: &Path, rust_out: &Path) {
    let text = read(path);
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows(&text) {
        let (word, count) = row.split_once('\t').unwrap_or_else(|| panic!("{}: no tab in {row:?}", path.display()));
        let count: f64 = count.parse().unwrap_or_else(|error| panic!("{}: {row:?}: {error}", path.display()));
        counts.insert(word, count.max(1.0));
    }
    let total: f64 = counts.values().sum();
    let cost = |count: f64| ((total / count).ln() * COST_SCALE).round() as u64;
    let map = fst::Map::from_iter(counts.iter().map(|(word, &count)| (word, cost(count)))).expect("words are sorted");
    fs::write(fst_out, map.as_fst().as_bytes()).expect("OUT_DIR is writable");
    characters(&counts, &rust_out.with_file_name("characters.rs"));
    // A character that is no word costs what one seen half a time would.
    let code = format!(
        "/// Cost of a character that is no word, in 1/{COST_SCALE} nat.\nconst UNKNOWN_COST: u64 = {};\n",
        cost(0.5)
    );
    fs::write(rust_out, code).expect("OUT_DIR is writable");
}

/// How rare each unified ideograph is: −ln of its share among the characters of all words, in 1/16 nat.
fn characters(counts: &BTreeMap<&str, f64>, out: &Path) {
    const FIRST: u32 = 0x4E00;
    let mut shares = vec![0.0; 0xA000 - FIRST as usize];
    let mut total = 0.0;
    for (word, count) in counts {
        for character in word.chars() {
            total += count;
            if let Some(share) = u32::from(character).checked_sub(FIRST).and_then(|at| shares.get_mut(at as usize)) {
                *share += count;
            }
        }
    }
    let rarity: Vec<u8> =
        shares.iter().map(|&share: &f64| ((total / share.max(1.0)).ln() * 16.0).min(255.0) as u8).collect();
    let code = format!(
        "/// Rarity of the characters from U+4E00 on: −ln of their share, in 1/16 nat.\nstatic RARITY: [u8; {}] = {rarity:?};\n",
        rarity.len()
    );
    fs::write(out, code).expect("OUT_DIR is writable");
}

fn folding(path: &Path, out: &Path) {
    let text = read(path);
    let one = |cell: &str| {
        let mut characters = cell.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => character,
            _ => panic!("{}: {cell:?} is not one character", path.display()),
        }
    };
    let pairs: BTreeMap<char, char> = rows(&text)
        .map(|row| row.split_once('\t').unwrap_or_else(|| panic!("{}: no tab in {row:?}", path.display())))
        .map(|(from, to)| (one(from), one(to)))
        .collect();
    let mut code = String::from("/// Traditional characters and their simplified forms, sorted.\n");
    writeln!(code, "static TRADITIONAL: [(char, char); {}] = [", pairs.len()).expect("writing to a string");
    for (from, to) in &pairs {
        assert!(!pairs.contains_key(to), "{}: {to} is both a source and a target", path.display());
        writeln!(code, "    ({from:?}, {to:?}),").expect("writing to a string");
    }
    code.push_str("];\n");
    fs::write(out, code).expect("OUT_DIR is writable");
}
