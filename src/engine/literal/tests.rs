use super::*;
use aho_corasick::AhoCorasick;
use proptest::prelude::*;

fn in_order(scan: &LiteralScan, text: &str) -> Vec<Occurrence> {
    let mut found = Vec::new();
    scan.scan(text, |occurrence| found.push(occurrence));
    found
}

fn found(scan: &LiteralScan, text: &str) -> Vec<Occurrence> {
    let mut found = in_order(scan, text);
    found.sort();
    found
}

fn reference(literals: &[String], text: &str) -> Vec<Occurrence> {
    let automaton = AhoCorasick::new(literals).unwrap();
    let hits = automaton.find_overlapping_iter(text);
    let mut found: Vec<Occurrence> =
        hits.map(|hit| Occurrence { start: hit.start(), end: hit.end(), literal: hit.pattern().as_u32() }).collect();
    found.sort();
    found
}

fn compiled(literals: &[String]) -> LiteralScan {
    LiteralScan::new(literals.iter().map(String::as_str))
}

/// Every path finds what an overlapping automaton finds: compiled and loaded, in one piece and in chunks of `chunk` bytes,
/// alone and with the automaton taking over stretches of `chunk` bytes; always in the same order.
fn check(literals: &[String], text: &str, chunk: usize) -> Result<(), TestCaseError> {
    let expected = reference(literals, text);
    let mut scan = compiled(literals);
    let mut loaded = LiteralScan::from_bytes(scan.to_bytes().to_vec()).unwrap();
    loaded.chunk = chunk;
    let order = in_order(&scan, text);
    let mut sorted = order.clone();
    sorted.sort();
    prop_assert_eq!(&sorted, &expected);
    for &path in simd::paths() {
        (scan.path, loaded.path) = (path, path);
        prop_assert_eq!(&in_order(&scan, text), &order, "{:?}", path);
        loaded.fallback = Fallback::new(0, 0);
        prop_assert_eq!(&in_order(&loaded, text), &order, "{:?}, chunks of {}", path, chunk);
        loaded.fallback = Fallback::impatient(chunk);
        prop_assert_eq!(&in_order(&loaded, text), &order, "{:?}, stretches of {}", path, chunk);
    }
    Ok(())
}

fn strings(strings: &[&str]) -> Vec<String> {
    strings.iter().map(|&string| string.to_owned()).collect()
}

#[test]
fn a_hash_hit_on_a_longer_literal_does_not_hide_a_shorter_one() {
    let literals = strings(&["布署", "全面布署", "署工", "面布署工"]);
    check(&literals, "全面布署工作", 4).unwrap();
    assert_eq!(reference(&literals, "全面布署工作").len(), 4);
}

#[test]
fn of_equal_literals_the_last_is_found_and_empty_ones_never() {
    let scan = compiled(&strings(&["布署", "", "布署", "安"]));
    let hits: Vec<u32> = found(&scan, "布署安全").iter().map(|hit| hit.literal).collect();
    assert_eq!(hits, [2, 3]);
    assert_eq!(scan.literals(), 4);
    assert!(found(&compiled(&[]), "布署安全").is_empty());
    assert!(found(&compiled(&strings(&[""])), "布署安全").is_empty());
}

#[test]
fn literals_of_any_length_are_found() {
    // Longer than what may stand before an anchor, than a chunk, and than 16 bits count. The reference would take minutes.
    let long = "国".repeat(30_000) + "囯";
    let literals = vec![long.clone(), long[3..].to_owned(), "国囯".to_owned(), "国囯国".to_owned()];
    let text = format!("国{long}国");
    let hit = |start: usize, end: usize, literal: u32| Occurrence { start, end, literal };
    let end = 3 + long.len();
    let expected = [hit(3, end, 0), hit(6, end, 1), hit(end - 6, end, 2), hit(end - 6, end + 3, 3)];
    let mut scan = compiled(&literals);
    for &path in simd::paths() {
        scan.path = path;
        assert_eq!(found(&scan, &text), expected, "{path:?}");
    }
    scan.fallback = Fallback::impatient(1000);
    assert_eq!(found(&scan, &text), expected);
    let short = vec!["国".repeat(1500) + "囯", "国囯国".to_owned()];
    check(&short, &format!("{}囯国", "国".repeat(3000)), 1000).unwrap();
}

#[test]
fn many_literals_of_one_shape_are_found() {
    let literals: Vec<String> =
        ('\u{4E00}'..'\u{5600}').flat_map(|last| [format!("囯厶{last}"), format!("囯厶囯厶{last}")]).collect();
    let text: String = ('\u{4E00}'..'\u{5700}').map(|last| format!("囯厶囯厶{last}")).collect();
    check(&literals, &text, 777).unwrap();
}

#[test]
fn an_automaton_takes_over_where_comparing_takes_too_long() {
    // Two characters make four pairs, so that nothing is rare: every literal would have to be compared at every fourth place.
    let mut state = 1u64;
    let mut draw = |length: usize| -> String {
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if state >> 63 == 1 { '甲' } else { '乙' }
            })
            .collect()
    };
    let literals: Vec<String> = (0..300).map(|number| draw(14 + number % 20)).collect();
    let text = draw(100_000);
    let scan = compiled(&literals);
    assert_eq!(found(&scan, &text), reference(&literals, &text));
    assert!(format!("{scan:?}").contains("built: true"), "{scan:?}");
    assert_eq!(found(&scan, &text), reference(&literals, &text));
}

#[test]
fn damage_is_noticed() {
    let bytes = compiled(&strings(&["布署", "攻府工作", "年"])).to_bytes().to_vec();
    assert!(LiteralScan::from_bytes(bytes.clone()).is_ok());
    assert_eq!(LiteralScan::from_bytes(Vec::new()).unwrap_err(), LoadError::Format);
    assert_eq!(LiteralScan::from_bytes(bytes[..40].to_vec()).unwrap_err(), LoadError::Size);
    for at in (0..bytes.len()).step_by(7).chain(0..128) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(LiteralScan::from_bytes(damaged).is_err(), "byte {at}");
        assert!(LiteralScan::from_bytes(bytes[..at].to_vec()).is_err(), "cut at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn finds_what_an_overlapping_automaton_finds(
        literals in prop::collection::hash_set("[甲乙丙a0é𠮷，]{1,4}", 0..24),
        text in "[甲乙丙a0é𠮷，]{0,120}",
        chunk in 1usize..200,
    ) {
        check(&literals.into_iter().collect::<Vec<_>>(), &text, chunk)?;
    }

    #[test]
    fn so_it_does_in_runs_of_chinese(
        literals in prop::collection::hash_set("[国囯国中]{1,3}|[甲乙国]{2,9}|年|2", 1..40),
        text in "([国囯中甲乙]{1,60}[年2a，é𠮷\n]{0,2}){0,8}",
        chunk in 1usize..300,
    ) {
        check(&literals.into_iter().collect::<Vec<_>>(), &text, chunk)?;
    }

    /// Text made of the literals themselves, whole, cut and run together.
    #[test]
    fn so_it_does_where_everything_is_a_candidate(
        literals in prop::collection::vec("[甲乙]{1,8}|[ab]{1,9}|[甲a𠮷é]{1,6}", 1..60),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9), 0..60),
        chunk in 1usize..300,
    ) {
        let mut literals = literals;
        literals.sort();
        literals.dedup();
        let text: String = picks
            .iter()
            .flat_map(|(pick, length)| pick.get(&literals).chars().take(*length).collect::<Vec<_>>())
            .collect();
        check(&literals, &text, chunk)?;
    }

    /// Bytes that were made up, with the right checksum, do no harm.
    #[test]
    fn what_was_made_up_is_followed_nowhere(
        literals in prop::collection::hash_set("[甲乙丙a0é𠮷]{1,5}", 1..24),
        text in "[甲乙丙a0é𠮷]{0,120}",
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..200),
        eager in any::<bool>(),
    ) {
        let mut bytes = compiled(&literals.into_iter().collect::<Vec<_>>()).to_bytes().to_vec();
        let (header, layout) = Header::read(&bytes).unwrap();
        for (at, value) in changes {
            // What the filter says is never followed, so slots and pool are changed.
            let at = layout.slots.start + at.index(bytes.len() - layout.slots.start);
            bytes[at] = value;
        }
        header.write(&mut bytes);
        let mut scan = LiteralScan::from_bytes(bytes).unwrap();
        if eager {
            scan.fallback = Fallback::impatient(50);
        }
        for hit in found(&scan, &text) {
            prop_assert!(text.get(hit.start..hit.end).is_some_and(|text| !text.is_empty()));
            prop_assert!((hit.literal as usize) < scan.literals());
        }
    }
}

proptest! {
    #[test]
    fn borders_are_those_of_characters(text in "[a中é𠀀]{0,4}") {
        let window = load(text.as_bytes(), 0);
        for at in 0..WINDOW {
            let is_border = text.is_char_boundary(at) || at >= text.len();
            prop_assert_eq!(borders(window) >> at & 1 == 1, is_border, "{} at {}", text, at);
        }
    }
}
