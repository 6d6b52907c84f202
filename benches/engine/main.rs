//! The literal engine against its peers: in one process, interleaved, by the processor time of the thread.
//!
//! ```sh
//! cargo bench --bench engine                          # everything
//! cargo bench --bench engine -- 10000 frequent        # only what these words name
//! ZHENGMING_HYPERSCAN=libhs.so.5 cargo bench --bench engine
//! ```
//!
//! Text is that of the official documents in `../shared/data/clean` (or in the folder `ZHENGMING_TEXT`) where they are, else
//! sentences put together from the word list. Engine *e* reads in round *r* a slice of the text that no other engine reads at
//! the time, so that all see the same text but none finds it in a cache. Every engine must find the same. What is said are
//! medians of gigabytes (10⁹ bytes) in a second; how patterns are made: `patterns.rs`.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod hyperscan;
mod near;
mod patterns;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use cpu_time::ThreadTime;
use daachorse::CharwiseDoubleArrayAhoCorasickBuilder;
use zhengming::Source;
use zhengming::document::Document;
use zhengming::extract::{ExtractOptions, extract};
use zhengming::literals::LiteralScan;
use zhengming::normalise::Folded;

use patterns::Patterns;

/// Bytes that an engine reads in one round.
const SLICE: usize = 2 << 20;

/// Most bytes of text.
const SIZE: usize = 40 << 20;

/// Rounds of each table.
const ROUNDS: usize = 15;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let patterns = Patterns::new();
    let (texts, origin) = official(&patterns);
    let text = texts.concat();
    println!("Text: {} bytes, {origin}.\n", text.len());
    for count in [1_000, 10_000, 100_000] {
        if is_wanted(&count.to_string()) {
            table(&format!("{count} wrong expressions"), &patterns.wrong(count), &text);
        }
    }
    if is_wanted("mixed") {
        let mut mixed = patterns.wrong(9_000);
        mixed.extend(patterns.words(5_000, 1_000));
        mixed.sort_unstable();
        mixed.dedup();
        table("mixed: 9000 wrong expressions and 1000 ordinary words", &mixed, &text);
    }
    let frequent = patterns.words(0, 10_000);
    if is_wanted("frequent") {
        table("frequent: the 10000 most frequent words", &frequent, &text);
    }
    if is_wanted("worst") {
        let wrong = patterns.wrong(10_000);
        table("worst 1: text of nothing but the 10000 wrong expressions", &wrong, &patterns.shuffled(&wrong, 8 << 20));
        let runs: Vec<String> = (1..=400).map(|length| "甲".repeat(length) + "乙").collect();
        table("worst 2: 甲乙, 甲甲乙, …, to 401 characters, in a text of 甲", &runs, &"甲".repeat(3 << 20));
        let family: Vec<String> = (0x4E00..0x4E00 + 20_000)
            .filter_map(char::from_u32)
            .map(|last| format!("人民政府{last}{last}"))
            .chain((3..300).map(|length| "人民政府".repeat(length) + "丁"))
            .collect();
        table("worst 3: 20000 that begin alike, in a text of their beginnings", &family, &"人民政府".repeat(700_000));
        let two = ["甲".to_owned(), "乙".to_owned()];
        let text = patterns.shuffled(&two, 8 << 20);
        let pieces: Vec<String> = (0..1000)
            .map(|number| text.chars().skip(1000 * number).take(16 + number % 20).collect::<String>() + "甲乙甲甲乙")
            .collect();
        table("worst 4: 1000 literals of two characters, in a text of the same two", &pieces, &text);
    }
    if is_wanted("near") {
        near::near(&text);
    }
    if is_wanted("load") {
        load(&patterns);
    }
    if is_wanted("folding") {
        folding(&patterns, &texts, &text);
    }
}

/// Time to compile and to load.
fn load(patterns: &Patterns) {
    println!(
        "| literals | compile | size | load | aho-corasick builds | daachorse builds |\n|---:|---:|---:|---:|---:|---:|"
    );
    for count in [1_000, 10_000, 30_000, 100_000] {
        let literals = patterns.wrong(count);
        let compiled = LiteralScan::new(literals.iter().map(String::as_str)).to_bytes().to_vec();
        let compile = median(9, || LiteralScan::new(literals.iter().map(String::as_str)));
        let mut copies: Vec<Vec<u8>> = (0..9).map(|_| compiled.clone()).collect();
        let load = median(9, || LiteralScan::from_bytes(copies.pop().unwrap()).unwrap());
        let aho = median(3, || AhoCorasick::new(&literals).unwrap());
        let daachorse = median(3, || daachorse(&literals));
        println!(
            "| {count} | {:.1} ms | {:.2} MB | {:.2} ms | {:.0} ms | {:.0} ms |",
            compile * 1e3,
            compiled.len() as f64 / 1e6,
            load * 1e3,
            aho * 1e3,
            daachorse * 1e3
        );
    }
    println!();
}

/// What folding adds to the pass over its text: document by document, as most are checked, and for all of them as one text, where
/// memory that is touched for the first time counts as well.
fn folding(patterns: &Patterns, texts: &[String], whole: &str) {
    let extracted = |text: &str| extract(&Source::new("a.txt", text.as_bytes()), &ExtractOptions::default()).document;
    let documents: Vec<Document> = texts.iter().map(|text| extracted(text)).collect();
    folding_of(patterns, &format!("{} documents one by one", texts.len()), &documents);
    folding_of(patterns, "the same as one text", &[extracted(whole)]);
}

fn folding_of(patterns: &Patterns, name: &str, documents: &[Document]) {
    let folded: Vec<Folded<'_>> = documents.iter().map(Folded::new).collect();
    let edited = documents.iter().zip(&folded).flat_map(|(document, folded)| {
        let spans = document.blocks.iter().zip(folded.blocks());
        spans.filter(|(block, span)| document.text[block.span.range()] != folded.text()[span.range()])
    });
    let paragraphs: usize = documents.iter().map(|document| document.blocks.len()).sum();
    println!("### folding, {name}: {} of {paragraphs} paragraphs change\n", edited.count());
    println!("| literals | folding, GB/s | pass, GB/s | folding in the time of both |\n|---:|---:|---:|---:|");
    let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
    for count in [1_000, 10_000, 100_000] {
        let literals = patterns.wrong(count);
        let scan = LiteralScan::new(literals.iter().map(String::as_str));
        let (mut folds, mut scans) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let fold = |document| Folded::new(black_box(document)).text().len();
            folds.push(median(1, || documents.iter().map(fold).sum::<usize>()));
            let pass = |folded: &Folded<'_>| scan.scan(black_box(folded.text()), |found| _ = black_box(found));
            scans.push(median(1, || folded.iter().for_each(pass)));
        }
        folds.sort_by(f64::total_cmp);
        scans.sort_by(f64::total_cmp);
        let (fold, scan) = (folds[ROUNDS / 2], scans[ROUNDS / 2]);
        let speed = |seconds: f64| bytes as f64 / seconds / 1e9;
        println!("| {count} | {:.2} | {:.2} | {:.0} % |", speed(fold), speed(scan), 100.0 * fold / (fold + scan));
    }
    println!();
}

/// Median of the seconds that `run` takes.
fn median<T>(rounds: usize, mut run: impl FnMut() -> T) -> f64 {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = ThreadTime::now();
            let result = run();
            let time = start.elapsed();
            drop(result);
            time
        })
        .collect();
    times.sort();
    times[rounds / 2].as_secs_f64()
}

fn daachorse(literals: &[String]) -> daachorse::CharwiseDoubleArrayAhoCorasick<u32> {
    CharwiseDoubleArrayAhoCorasickBuilder::new()
        .build_with_values(literals.iter().map(String::as_str).zip(0..))
        .unwrap()
}

/// Number of occurrences and a sum that tells which they are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    count: u64,
    sum: u64,
}

impl Found {
    pub(crate) fn add(&mut self, start: usize, end: usize, literal: u32) {
        self.count += 1;
        let it = (start as u64) << 40 ^ (end as u64) << 20 ^ u64::from(literal);
        self.sum = self.sum.wrapping_add(it.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
}

struct Engine<'l> {
    name: String,
    run: Box<dyn Fn(&str) -> Found + 'l>,
    /// Gigabytes in a second, one for each round.
    speeds: Vec<f64>,
}

fn engines<'l>(literals: &'l [String]) -> Vec<Engine<'l>> {
    let mut engines: Vec<Engine<'l>> = Vec::new();
    let mut add = |name: &str, run: Box<dyn Fn(&str) -> Found + 'l>| {
        engines.push(Engine { name: name.to_owned(), run, speeds: Vec::new() });
    };
    let best = LiteralScan::new(literals.iter().map(String::as_str));
    for path in LiteralScan::paths() {
        let scan = LiteralScan::from_bytes(best.to_bytes().to_vec()).unwrap().with_path(path);
        add(
            &format!("zhengming, {path}"),
            Box::new(move |text| {
                let mut found = Found::default();
                scan.scan(text, |it| found.add(it.start, it.end, it.literal));
                found
            }),
        );
    }
    let aho = |kind| {
        let automaton = AhoCorasick::builder().kind(Some(kind)).build(literals).unwrap();
        Box::new(move |text: &str| {
            let mut found = Found::default();
            automaton.find_overlapping_iter(text).for_each(|it| found.add(it.start(), it.end(), it.pattern().as_u32()));
            found
        })
    };
    add("aho-corasick, contiguous NFA", aho(AhoCorasickKind::ContiguousNFA));
    if literals.len() <= 20_000 {
        // Of 100,000 it would take half a gigabyte, and be slower than the NFA.
        add("aho-corasick, DFA", aho(AhoCorasickKind::DFA));
    }
    let automaton = daachorse(literals);
    add(
        "daachorse, charwise",
        Box::new(move |text| {
            let mut found = Found::default();
            automaton.find_overlapping_iter(text).for_each(|it| found.add(it.start(), it.end(), it.value()));
            found
        }),
    );
    if let Some(database) = hyperscan::Database::new(literals) {
        add("hyperscan, literals", Box::new(move |text| database.scan(text)));
    }
    engines
}

/// Measures all engines and prints a table.
fn table(title: &str, literals: &[String], text: &str) {
    let mut engines = engines(literals);
    let slices = slices(text);
    // Once before, so that what is made when needed is there, and so that the results can be compared.
    let expected = slices.iter().map(|slice| (engines[0].run)(slice)).collect::<Vec<_>>();
    for engine in &engines[1..] {
        // Those that are slow by design need not read everything.
        for (slice, expected) in slices.iter().zip(&expected).take(4) {
            assert_eq!((engine.run)(slice), *expected, "{title}: {}", engine.name);
        }
    }
    let begun = Instant::now();
    for round in 0..ROUNDS {
        for (number, engine) in engines.iter_mut().enumerate() {
            let slice = slices[(round + 5 * number) % slices.len()];
            let start = ThreadTime::now();
            black_box((engine.run)(black_box(slice)));
            engine.speeds.push(slice.len() as f64 / start.elapsed().as_secs_f64() / 1e9);
        }
    }
    let matches: u64 = expected.iter().map(|found| found.count).sum();
    println!("### {title}\n");
    println!(
        "{} literals, {matches} occurrences in {} bytes ({:.0} s)\n",
        literals.len(),
        text.len(),
        begun.elapsed().as_secs_f64()
    );
    let medians: Vec<f64> = engines
        .iter_mut()
        .map(|engine| {
            engine.speeds.sort_by(f64::total_cmp);
            engine.speeds[ROUNDS / 2]
        })
        .collect();
    let own = LiteralScan::paths().count();
    let ours = medians[own - 1];
    println!("| engine | GB/s, median | 10 % to 90 % | zhengming is faster by |\n|---|---:|---:|---:|");
    for (number, (engine, median)) in engines.iter().zip(&medians).enumerate() {
        let (low, high) = (engine.speeds[ROUNDS / 10], engine.speeds[ROUNDS - 1 - ROUNDS / 10]);
        let factor = if number < own { String::new() } else { format!("{:.1}", ours / median) };
        println!("| {} | {median:.3} | {low:.3}–{high:.3} | {factor} |", engine.name);
    }
    println!();
}

fn slices(text: &str) -> Vec<&str> {
    let mut slices = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (slice, after) = rest.split_at(rest.ceil_char_boundary(SLICE.min(rest.len())));
        rest = after;
        if slice.len() >= SLICE || slices.is_empty() {
            slices.push(slice);
        }
    }
    slices
}

/// Official text, document by document, and what it is.
fn official(patterns: &Patterns) -> (Vec<String>, String) {
    let folder = std::env::var_os("ZHENGMING_TEXT")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/clean"), PathBuf::from);
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "txt") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut texts: Vec<String> = Vec::new();
    let mut length = 0;
    for file in &files {
        if length < SIZE {
            texts.push(std::fs::read_to_string(file).unwrap());
            length += texts.last().map_or(0, String::len);
        }
    }
    if length >= 4 * SLICE {
        let what = format!("{} official documents", texts.len());
        return (texts, what);
    }
    let sentences = patterns.sentences(16 << 20);
    let texts = sentences.split_inclusive('\n').collect::<Vec<_>>();
    let texts = texts.chunks(texts.len().div_ceil(1000).max(1)).map(<[&str]>::concat).collect();
    (texts, "sentences put together from the word list".to_owned())
}
