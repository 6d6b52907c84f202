use super::*;
use aho_corasick::AhoCorasick;
use proptest::prelude::*;

fn found(scan: &LiteralScan, path: Path, text: &str) -> Vec<Occurrence> {
    let mut found = Vec::new();
    scan.scan_by(path, text, |occurrence| found.push(occurrence));
    found.sort();
    found
}

fn reference(literals: &[String], text: &str) -> Vec<Occurrence> {
    let automaton = AhoCorasick::new(literals).unwrap();
    let hits = automaton.find_overlapping_iter(text);
    let mut found: Vec<Occurrence> = hits
        .map(|hit| Occurrence { start: hit.start(), end: hit.end(), literal: hit.pattern().as_u32() })
        .collect();
    found.sort();
    found
}

/// Every path, compiled and loaded, finds what an overlapping automaton finds.
fn check(literals: &[String], text: &str) -> Result<(), TestCaseError> {
    let expected = reference(literals, text);
    let scan = LiteralScan::new(literals.iter().map(String::as_str));
    let loaded = LiteralScan::from_bytes(scan.to_bytes().to_vec()).unwrap();
    for &path in simd::paths() {
        prop_assert_eq!(&found(&scan, path, text), &expected, "{:?}", path);
        prop_assert_eq!(&found(&loaded, path, text), &expected, "{:?}, loaded", path);
    }
    Ok(())
}

#[test]
fn a_hash_hit_on_a_longer_literal_does_not_hide_a_shorter_one() {
    let literals: Vec<String> = ["布署", "全面布署", "署工", "面布署工"].map(str::to_owned).to_vec();
    check(&literals, "全面布署工作").unwrap();
    assert_eq!(reference(&literals, "全面布署工作").len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn finds_what_an_overlapping_automaton_finds(
        literals in prop::collection::hash_set("[甲乙丙a0é𠮷，]{1,4}", 0..24),
        text in "[甲乙丙a0é𠮷，]{0,120}",
    ) {
        check(&literals.into_iter().collect::<Vec<_>>(), &text)?;
    }
}
