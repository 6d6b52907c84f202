//! Near-misses of 2,000 right forms through the literal engine: throughput, and equality with a brute force that compares every
//! form with every place of the text.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use cpu_time::ThreadTime;
use zhengming::Source;
use zhengming::dictionary::Dictionary;
use zhengming::extract::{ExtractOptions, extract};
use zhengming::literals::FormScan;
use zhengming::normalise::Folded;

use super::ROUNDS;

/// Forms that are looked for.
const FORMS: usize = 2_000;

/// Characters of text that the brute force reads.
const BRUTE: usize = 30_000;

/// From this length in characters on, two edits are allowed for.
const LONG: usize = 14;

/// Right forms of the embedded registries.
fn forms() -> Vec<String> {
    let dictionary = Dictionary::embedded();
    let registered = dictionary.entries().iter().filter(|entry| entry.rule.is_registered());
    let han = |form: &&String| form.chars().all(|one| ('\u{4E00}'..='\u{9FFF}').contains(&one));
    let forms: BTreeSet<&String> = registered
        .flat_map(|entry| &entry.right)
        .filter(han)
        .filter(|form| (6..=30).contains(&form.chars().count()) && !form.starts_with("中华人民共和国"))
        .collect();
    let step = (forms.len() / FORMS).max(1);
    forms.into_iter().step_by(step).take(FORMS).cloned().collect()
}

/// A text with a slip in every other form, each in a sentence of official text.
fn planted(text: &str, forms: &[String]) -> String {
    let mut planted = String::new();
    let mut state = 1u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut length = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut form: Vec<char> = forms[draw(forms.len())].chars().collect();
        let at = draw(form.len() - 1);
        match draw(5) {
            0 => form[at] = ['的', '务', '公', '全'][draw(4)],
            1 => _ = form.remove(at),
            2 => form.insert(at, form[at]),
            3 => form.swap(at, at + 1),
            _ => {}
        }
        planted.push_str(line);
        let letters = form.len();
        planted.extend(form);
        planted.push('\n');
        length += line.chars().count() + letters + 1;
        if length > BRUTE {
            break;
        }
    }
    planted
}

/// Of every form the ends, in characters, at which some text within its edits ends (optimal string alignment with a free
/// beginning), and how many edits that takes.
fn brute(forms: &[String], text: &[char]) -> BTreeMap<String, BTreeMap<usize, usize>> {
    let mut all = BTreeMap::new();
    for form in forms {
        let letters: Vec<char> = form.chars().collect();
        let most = edits(letters.len());
        let mut columns = [(0..=letters.len()).collect::<Vec<usize>>(), Vec::new(), vec![0; letters.len() + 1]];
        columns[1] = columns[0].clone();
        let mut ends = BTreeMap::new();
        for (at, &found) in text.iter().enumerate() {
            let [before, last, next] = &mut columns;
            if found == '\n' {
                *before = (0..=letters.len()).collect();
                last.clone_from(before);
                continue;
            }
            for (i, &right) in (1..).zip(&letters) {
                let mut least = (last[i - 1] + usize::from(right != found)).min(last[i] + 1).min(next[i - 1] + 1);
                let swapped = i > 1 && at > 0 && letters[i - 2] == found && text[at - 1] == right;
                if swapped {
                    least = least.min(before[i - 2] + 1);
                }
                next[i] = least;
            }
            if next[letters.len()] <= most {
                ends.insert(at + 1, next[letters.len()]);
            }
            columns.rotate_left(1);
            columns[2][0] = 0;
        }
        if !ends.is_empty() {
            all.insert(form.clone(), ends);
        }
    }
    all
}

fn edits(length: usize) -> usize {
    if length < LONG { 1 } else { 2 }
}

/// Compares what is found with the brute force: of every form that ends somewhere within its edits, a place with no more edits is
/// found that ends near by; and at every place that is found as many edits lead to the form. Near by is twice as many characters
/// as there may be edits: what one reading takes for missing stands behind what the better one has too many (暂行行规定).
fn compare(scan: &FormScan, forms: &[String], text: &str) -> usize {
    let source = Source::new("a.txt", text.as_bytes());
    let extracted = extract(&source, &ExtractOptions::default());
    let folded = Folded::new(&extracted.document);
    let text = folded.text();
    let characters: Vec<char> = text.chars().collect();
    let expected = brute(forms, &characters);
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut found: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for place in scan.find(&folded, false) {
        let end = places.binary_search(&place.bytes.end).unwrap();
        if !place.word {
            let least = expected.get(&place.form).and_then(|ends| ends.get(&end)).copied();
            assert!(least.is_some_and(|least| least <= place.edits), "{place:?} takes {least:?}");
        }
        found.entry(place.form).or_default().push((end, place.edits));
    }
    let mut compared = 0;
    for (form, ends) in &expected {
        let near = 2 * edits(form.chars().count());
        for (end, least) in ends {
            let places = found.get(form).map_or(&[][..], Vec::as_slice);
            assert!(
                places.iter().any(|(place, edits)| edits <= least && place.abs_diff(*end) <= near),
                "{form} ends at {end}: {}",
                characters[end.saturating_sub(40)..*end].iter().collect::<String>()
            );
            compared += 1;
        }
    }
    compared
}

/// Measures the search for near-misses.
pub(crate) fn near(text: &str) {
    let forms = forms();
    let scan = FormScan::new(forms.iter().map(String::as_str));
    let compared = compare(&scan, &forms, &planted(text, &forms));
    let source = Source::new("a.txt", text.as_bytes());
    let extracted = extract(&source, &ExtractOptions::default());
    let folded = Folded::new(&extracted.document);
    println!("### near-misses: {} forms; {compared} ends found by brute force are found\n", forms.len());
    println!("| | GB/s, median | 10 % to 90 % | places |\n|---|---:|---:|---:|");
    for (name, likely) in [("all of them", false), ("without what is hardly ever a slip", true)] {
        let places = scan.find(&folded, likely).len();
        let mut speeds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = ThreadTime::now();
                black_box(scan.find(black_box(&folded), likely));
                folded.text().len() as f64 / start.elapsed().as_secs_f64() / 1e9
            })
            .collect();
        speeds.sort_by(f64::total_cmp);
        let (low, high) = (speeds[ROUNDS / 10], speeds[ROUNDS - 1 - ROUNDS / 10]);
        println!("| {name} | {:.3} | {low:.3}–{high:.3} | {places} |", speeds[ROUNDS / 2]);
    }
    println!();
}
