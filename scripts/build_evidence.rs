//! Counts reference text: `dictionaries/attested/trigrams.filter` (the 3-grams it has, as a blocked Bloom filter),
//! `dictionaries/attested/wording.tsv` (its frequent 4- to 6-grams) and `dictionaries/attested/pairs.sketch` (how frequent
//! pairs of neighbouring characters are, roughly: by this the literal pass chooses where to look).
//!
//! ```sh
//! cargo run --release --example build_evidence -- REFERENCE-FOLDER dictionaries/attested
//! ```
//!
//! The folder's `.txt` files are official documents that were proofread; nothing that is used for measuring may be in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, dead_code, missing_docs)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use zhengming::normalise::fold_str;

mod normalise {
    pub(crate) use zhengming::normalise::is_han;
}

#[path = "../src/engine/filter.rs"]
mod filter;
#[path = "../src/engine/ngram.rs"]
mod ngram;

/// Least number of occurrences of an n-gram that is listed, by its length.
const LEAST: [(usize, u32); 3] = [(4, 10), (5, 20), (6, 20)];

/// Bits of the filter for each 3-gram: one unseen 3-gram in some eight hundred looks seen.
const BITS: usize = 20;

/// Least number of documents it must be in.
const DOCUMENTS: u32 = 3;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [reference, out] = arguments.as_slice() else { panic!("usage: build_evidence REFERENCE-FOLDER OUT-FOLDER") };
    let mut files = Vec::new();
    collect(Path::new(reference), &mut files);
    files.sort();
    assert!(!files.is_empty(), "{reference} holds no .txt file");

    let mut trigrams: HashSet<u64> = HashSet::new();
    let mut counts: HashMap<Vec<char>, (u32, u32, usize)> = HashMap::new();
    let mut pairs: HashMap<(char, char), u32> = HashMap::new();
    let mut characters = 0;
    for (number, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).expect("reference text is UTF-8");
        for line in text.lines() {
            let line: Vec<char> = fold_str(line).chars().collect();
            characters += line.len();
            line.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_default() += 1);
            let codes: Vec<u32> =
                std::iter::once(0).chain(line.iter().map(|&c| ngram::code(c))).chain(std::iter::once(0)).collect();
            for window in codes.windows(3) {
                let codes = [window[0], window[1], window[2]];
                if !ngram::says_nothing(codes) {
                    trigrams.insert(ngram::key(codes));
                }
            }
            for &(length, _) in &LEAST {
                for window in line.windows(length).filter(|window| window.iter().all(|&c| ngram::code(c) != 0)) {
                    let (count, documents, last) = counts.entry(window.to_vec()).or_insert((0, 0, usize::MAX));
                    *count += 1;
                    if *last != number {
                        *last = number;
                        *documents += 1;
                    }
                }
            }
        }
    }

    // The most frequent pair of a slot is told.
    let mut sketch = vec![ngram::UNSEEN_PAIR << 4 | ngram::UNSEEN_PAIR; ngram::PAIR_SLOTS / 2];
    for (&(one, two), &count) in &pairs {
        let slot = ngram::pair_slot(one, two);
        let level = ngram::pair_level(f64::from(count) / characters as f64);
        let shift = slot % 2 * 4;
        if level < sketch[slot / 2] >> shift & 0xF {
            sketch[slot / 2] = sketch[slot / 2] & !(0xF << shift) | level << shift;
        }
    }
    fs::write(Path::new(out).join("pairs.sketch"), &sketch).expect("the folder is writable");

    let mut keys: Vec<u64> = trigrams.into_iter().collect();
    keys.sort_unstable();
    let bytes = filter::filter(&keys, BITS);
    fs::write(Path::new(out).join("trigrams.filter"), &bytes).expect("the folder is writable");

    let least: HashMap<usize, u32> = LEAST.into_iter().collect();
    let frequent: BTreeMap<String, u32> = counts
        .into_iter()
        .filter(|(gram, (count, documents, _))| *count >= least[&gram.len()] && *documents >= DOCUMENTS)
        .map(|(gram, (count, _, _))| (gram.into_iter().collect(), count))
        .collect();
    let mut table = String::from(
        "# Frequent wording of official documents: n-gram, occurrences. Made by scripts/build_evidence.rs; do not edit.\n",
    );
    for (gram, count) in &frequent {
        writeln!(table, "{gram}\t{count}").expect("writing to a string");
    }
    fs::write(Path::new(out).join("wording.tsv"), table).expect("the folder is writable");
    println!(
        "{} documents, {characters} characters: {} 3-grams in {} bytes, {} n-grams",
        files.len(),
        keys.len(),
        bytes.len(),
        frequent.len()
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
}
