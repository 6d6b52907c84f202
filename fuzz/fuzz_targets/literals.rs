//! The literal engine: on every path, compiled and loaded, what an overlapping automaton finds; and compiled forms that were
//! tampered with, which may find anything but must do no harm.

#![no_main]

use aho_corasick::AhoCorasick;
use zhengming::literals::{LiteralScan, Occurrence};
use zhengming_fuzz::fuzz_target;

fn found(scan: &LiteralScan, text: &str) -> Vec<Occurrence> {
    let mut found = Vec::new();
    scan.scan(text, |occurrence| found.push(occurrence));
    found.sort_unstable();
    found
}

fuzz_target!(|data: &[u8]| {
    let input = String::from_utf8_lossy(&data[..data.len().min(4096)]);
    // The text is the last line. All of them are in it once more, so that most inputs have something to find.
    let mut literals: Vec<&str> = input.split('\n').collect();
    let last = literals.pop().unwrap_or_default();
    literals.retain(|literal| !literal.is_empty());
    literals.sort_unstable();
    literals.dedup();
    let text = format!("{last}{}{last}", literals.concat());

    let automaton = AhoCorasick::new(&literals).expect("a small automaton");
    let mut expected: Vec<Occurrence> = automaton
        .find_overlapping_iter(&text)
        .map(|hit| Occurrence { start: hit.start(), end: hit.end(), literal: hit.pattern().as_u32() })
        .collect();
    expected.sort_unstable();
    let compiled = LiteralScan::new(literals.iter().copied());
    for path in LiteralScan::paths() {
        let loaded = LiteralScan::from_bytes(compiled.to_bytes().to_vec()).expect("what was compiled loads");
        assert_eq!(found(&loaded.with_path(path), &text), expected, "{path}: {literals:?}");
    }

    let mut bytes = compiled.to_bytes().to_vec();
    for change in data.chunks_exact(3).take(16) {
        let at = usize::from(change[0]) << 8 | usize::from(change[1]);
        let length = bytes.len();
        bytes[length - 1 - at % length] ^= change[2];
    }
    for bytes in [bytes, data.to_vec()] {
        if let Ok(scan) = LiteralScan::from_bytes(bytes) {
            for hit in found(&scan, &text) {
                assert!(text.get(hit.start..hit.end).is_some_and(|found| !found.is_empty()), "{hit:?}");
            }
        }
    }
});
