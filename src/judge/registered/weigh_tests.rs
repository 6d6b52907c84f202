//! One row for each rule of thumb: what is just enough, and what is just not.

use super::*;

const NEW: Novelty = Novelty { unseen: 3, of: 3, seen_after: 3, of_after: 3 };

fn evidence(ground: Ground, slip: Slip, length: usize, gain: f64) -> Evidence {
    Evidence::plain(ground, slip, length, gain, NEW)
}

fn level(evidence: &Evidence) -> Option<Level> {
    weigh(evidence).map(|(_, level)| level)
}

const SOUND: Slip = Slip::Exchanged(Likeness::Sound);
const NEAR_SOUND: Slip = Slip::Exchanged(Likeness::NearSound);
const SHAPE: Slip = Slip::Exchanged(Likeness::Shape);
const KEY: Slip = Slip::Exchanged(Likeness::Key);
const ANY: Slip = Slip::Exchanged(Likeness::None);

/// All slips but the unlikely one.
const SLIPS: [Slip; 10] =
    [Slip::Doubled, Slip::Swapped, SOUND, NEAR_SOUND, SHAPE, KEY, ANY, Slip::Dropped, Slip::Word, Slip::Inserted];

#[test]
fn registered_forms_want_a_gain_that_depends_on_the_slip() {
    // Slip, length, edits, at an edge; the gain that is just not enough, if any is.
    for (slip, length, edits, edge, bar) in [
        (Slip::Doubled, 5, 1, false, Some(1.0)),
        (Slip::Swapped, 5, 1, false, Some(1.0)),
        (SOUND, 5, 1, false, Some(1.0)),
        (NEAR_SOUND, 5, 1, false, Some(1.0)),
        (SHAPE, 5, 1, false, Some(1.0)),
        (KEY, 5, 1, false, Some(8.0)),
        (ANY, 5, 1, false, None),
        (ANY, 20, 1, false, None),
        (Slip::Word, 20, 1, false, None),
        (Slip::Dropped, 5, 1, false, Some(2.5)),
        (Slip::Dropped, 15, 1, false, Some(-5.5)),
        (SOUND, 10, 1, false, Some(-3.0)),
        (Slip::Dropped, 5, 1, true, Some(5.0)),
        (Slip::Dropped, 12, 2, true, Some(5.0)),
        (Slip::Doubled, 10, 1, true, Some(-3.0)),
        (SOUND, 10, 1, true, Some(-3.0)),
        (Slip::Inserted, 5, 1, false, Some(8.0)),
    ] {
        let with = |gain: f64| Evidence { edits, edge, ..evidence(Ground::Registered, slip, length, gain) };
        match bar {
            Some(bar) => {
                assert_eq!(level(&with(bar)), None, "{slip:?} {length} {edits} {edge}");
                assert_eq!(level(&with(bar + 0.1)), Some(Level::Idiom), "{slip:?} {length} {edits} {edge}");
            }
            None => assert_eq!(level(&with(1000.0)), None, "{slip:?} {length} {edits} {edge}"),
        }
    }
}

#[test]
fn what_is_missing_counts_for_more_where_the_form_is_plain_without_it() {
    let partly = Novelty { unseen: 1, of: 2, ..NEW };
    let nothing = Novelty { unseen: 0, of: 2, ..NEW };
    let border = Novelty { unseen: 0, of: 0, ..NEW };
    let inside = Evidence { cut: false, ..evidence(Ground::Registered, Slip::Dropped, 6, 0.0) };
    let edge = Evidence { edge: true, fixed: true, ..inside };
    // What there is, and the gain that is just not enough, if any is.
    for (evidence, bar) in [
        (inside, Some(-12.8)),
        (Evidence { length: 5, ..inside }, Some(2.5)),
        (Evidence { cut: true, ..inside }, Some(1.7)),
        (Evidence { edits: 2, length: 14, ..inside }, Some(2.5)),
        (Evidence { novelty: nothing, length: 8, ..inside }, None),
        (Evidence { novelty: nothing, length: 8, fixed: true, ..inside }, Some(-14.4)),
        (Evidence { novelty: nothing, length: 6, fixed: true, ..inside }, None),
        (edge, Some(5.0)),
        (Evidence { novelty: partly, ..edge }, Some(9.0)),
        (Evidence { novelty: border, length: 8, ..edge }, None),
        (Evidence { broken: true, ..edge }, Some(-3.0)),
        (Evidence { broken: true, novelty: partly, ..edge }, Some(0.0)),
        (Evidence { broken: true, fixed: false, ..edge }, Some(5.0)),
        (Evidence { broken: true, novelty: nothing, length: 8, ..edge }, Some(0.0)),
    ] {
        match bar {
            Some(bar) => {
                assert_eq!(level(&Evidence { gain: bar - 0.1, ..evidence }), None, "{evidence:?}");
                assert_eq!(level(&Evidence { gain: bar + 0.1, ..evidence }), Some(Level::Idiom), "{evidence:?}");
            }
            None => assert_eq!(level(&Evidence { gain: 1000.0, ..evidence }), None, "{evidence:?}"),
        }
    }
}

/// What reference text has all the same is a slip of an expression or a name, not of a title, and never at its edges.
#[test]
fn expressions_need_not_be_new() {
    let novelty = Novelty { unseen: 0, ..NEW };
    for (slip, length, fixed, edge, enough) in [
        (SOUND, 6, true, false, true),
        (SHAPE, 6, true, false, true),
        (Slip::Doubled, 6, true, false, true),
        (SOUND, 5, true, false, false),
        (SOUND, 6, false, false, false),
        (SOUND, 6, true, true, false),
        (Slip::Doubled, 6, true, true, false),
        (KEY, 20, true, false, false),
        (Slip::Swapped, 20, true, false, false),
        (Slip::Inserted, 20, true, false, false),
    ] {
        let evidence = Evidence { novelty, fixed, edge, ..evidence(Ground::Registered, slip, length, 20.0) };
        assert_eq!(level(&evidence), enough.then_some(Level::Idiom), "{slip:?} {length} {fixed} {edge}");
    }
}

#[test]
fn what_stands_alone_between_marks_needs_no_gain() {
    // Slip, length, edits; whether it is enough.
    for (slip, length, edits, enough) in [
        (Slip::Doubled, 6, 1, true),
        (Slip::Doubled, 5, 1, false),
        (Slip::Swapped, 6, 2, true),
        (SOUND, 6, 1, true),
        (SOUND, 5, 1, false),
        (NEAR_SOUND, 6, 1, true),
        (SHAPE, 6, 2, true),
        (KEY, 20, 1, false),
        (ANY, 20, 1, false),
        (Slip::Dropped, 6, 1, true),
        (Slip::Dropped, 12, 2, false),
        (Slip::Dropped, 5, 1, false),
        (Slip::Inserted, 6, 1, true),
        (Slip::Inserted, 12, 2, false),
        (Slip::Word, 10, 1, true),
        (Slip::Word, 9, 1, false),
    ] {
        let quoted = Evidence { edits, quoted: true, ..evidence(Ground::Registered, slip, length, -20.0) };
        assert_eq!(level(&quoted), enough.then_some(Level::Idiom), "{slip:?} {length} {edits}");
        let unseen = Evidence { novelty: Novelty { unseen: 0, ..NEW }, ..quoted };
        let long = enough && length >= 8;
        assert_eq!(level(&unseen), long.then_some(Level::Idiom), "all of it was seen: {slip:?} {length} {edits}");
    }
}

#[test]
fn the_longer_the_form_the_less_must_be_new() {
    for (length, quoted, unseen, of, enough) in [
        (5, false, 2, 3, true),
        (5, false, 0, 3, false),
        (5, false, 1, 1, true),
        (6, false, 1, 3, true),
        (8, false, 0, 3, false),
        (8, true, 0, 3, true),
        (6, true, 1, 3, true),
        (6, true, 0, 3, false),
    ] {
        let novelty = Novelty { unseen, of, ..NEW };
        let evidence = Evidence { novelty, quoted, ..evidence(Ground::Registered, SOUND, length, 20.0) };
        assert_eq!(level(&evidence), enough.then_some(Level::Idiom), "{length} {quoted} {unseen}/{of}");
    }
}

#[test]
fn idioms_want_a_gain_that_depends_on_the_slip() {
    for (slip, bar) in [
        (Slip::Doubled, Some(3.0)),
        (Slip::Swapped, Some(3.0)),
        (SOUND, Some(3.0)),
        (NEAR_SOUND, Some(3.0)),
        (SHAPE, Some(3.0)),
        (KEY, Some(8.0)),
        (ANY, None),
        (Slip::Dropped, Some(5.5)),
        (Slip::Word, None),
        (Slip::Inserted, None),
    ] {
        match bar {
            Some(bar) => {
                assert_eq!(level(&evidence(Ground::Idiom, slip, 4, bar)), None, "{slip:?}");
                assert_eq!(level(&evidence(Ground::Idiom, slip, 4, bar + 0.1)), Some(Level::Idiom), "{slip:?}");
            }
            None => assert_eq!(level(&evidence(Ground::Idiom, slip, 4, 1000.0)), None, "{slip:?}"),
        }
    }
}

#[test]
fn wording_counts_from_the_level_that_its_evidence_allows() {
    use Level::{Broad, Strict, Usual};
    // Slip, whether all is new, 3-grams seen once corrected, gain; the level.
    for (slip, all_new, seen, gain, expected) in [
        (SOUND, true, 2, 8.1, Some(Strict)),
        (SOUND, true, 2, 8.0, Some(Usual)),
        (SOUND, false, 2, 20.0, Some(Usual)),
        (SOUND, true, 2, 5.0, Some(Broad)),
        (SOUND, true, 1, 20.0, Some(Broad)),
        (SOUND, true, 1, 3.0, None),
        (SOUND, true, 0, 20.0, None),
        (NEAR_SOUND, true, 2, 14.1, Some(Strict)),
        (NEAR_SOUND, true, 2, 14.0, Some(Usual)),
        (NEAR_SOUND, false, 2, 20.0, Some(Usual)),
        (NEAR_SOUND, true, 2, 7.0, Some(Broad)),
        (NEAR_SOUND, true, 2, 5.0, None),
        (NEAR_SOUND, true, 1, 20.0, None),
        (SHAPE, true, 2, 8.1, Some(Strict)),
        (SHAPE, true, 2, 8.0, Some(Usual)),
        (SHAPE, false, 2, 20.0, Some(Usual)),
        (SHAPE, true, 2, 5.0, Some(Broad)),
        (SHAPE, true, 2, 3.0, None),
        (SHAPE, true, 1, 20.0, None),
        (KEY, true, 2, 14.1, Some(Usual)),
        (KEY, true, 2, 14.0, Some(Broad)),
        (KEY, true, 2, 8.0, None),
        (KEY, false, 2, 20.0, None),
        (Slip::Doubled, true, 1, 8.1, Some(Strict)),
        (Slip::Doubled, true, 1, 8.0, Some(Usual)),
        (Slip::Doubled, true, 1, 5.0, None),
        (Slip::Doubled, true, 0, 20.0, None),
        (Slip::Doubled, false, 3, 20.0, Some(Strict)),
        (Slip::Swapped, true, 2, 8.1, Some(Strict)),
        (Slip::Swapped, true, 2, 8.0, Some(Usual)),
        (Slip::Swapped, false, 2, 20.0, Some(Usual)),
        (Slip::Swapped, true, 2, 5.0, Some(Broad)),
        (Slip::Swapped, true, 2, 3.0, None),
        (Slip::Swapped, true, 1, 20.0, None),
        (ANY, true, 3, 1000.0, None),
        (Slip::Dropped, true, 3, 1000.0, None),
        (Slip::Inserted, true, 3, 1000.0, None),
        (Slip::Word, true, 3, 1000.0, None),
    ] {
        let novelty = Novelty { unseen: if all_new { 3 } else { 2 }, of: 3, seen_after: seen, of_after: 3 };
        let evidence = Evidence { novelty, ..evidence(Ground::Wording, slip, 4, gain) };
        assert_eq!(level(&evidence), expected, "{slip:?} {all_new} {seen} {gain}");
    }
}

/// What is not looked for is what would not count anyway, at every level.
#[test]
fn what_counts_meets_the_needs() {
    type Kind = (&'static [Slip], usize, fn(&Needs) -> Need);
    let kinds: [Kind; 7] = [
        (&[SOUND, NEAR_SOUND, SHAPE, KEY], 4, |needs| needs.exchanged),
        (&[SOUND, NEAR_SOUND, SHAPE, KEY], 2, |needs| needs.misspelt),
        (&[Slip::Misheard], 2, |needs| needs.misheard),
        (&[Slip::Dropped], 4, |needs| needs.dropped),
        (&[Slip::Doubled], 5, |needs| needs.doubled),
        (&[Slip::Inserted], 5, |needs| needs.inserted),
        (&[Slip::Swapped], 6, |needs| needs.swapped),
    ];
    for deepest in [None, Some(Level::Idiom), Some(Level::Strict), Some(Level::Usual), Some(Level::Broad)] {
        for (slips, length, need) in kinds {
            let need = need(&needs(deepest));
            for (of, unseen, seen_after) in
                (1..=4).flat_map(|of| (1..=of).flat_map(move |unseen| (0..=4).map(move |after| (of, unseen, after))))
            {
                let novelty = Novelty { unseen, of, seen_after, of_after: 4 };
                let counts = slips.iter().any(|&slip| {
                    let evidence = Evidence { novelty, ..evidence(Ground::Wording, slip, length, 1000.0) };
                    level(&evidence).is_some_and(|level| Some(level) <= deepest)
                });
                assert!(!counts || need.is_met(novelty), "{deepest:?} {slips:?} {novelty:?} {need:?}");
            }
        }
    }
    let strict = needs(Some(Level::Strict));
    assert_eq!(strict.misheard, Need::default());
    assert_eq!(strict.misspelt, Need { new: Some(3), partly: None });
}

/// More evidence never makes a finding go away or less sure.
#[test]
fn the_decision_is_monotone() {
    for ground in [Ground::Registered, Ground::Idiom, Ground::Wording] {
        for slip in SLIPS {
            for (quoted, edge, edits) in [(false, false, 1), (false, true, 1), (true, false, 1), (true, true, 2)] {
                let mut surest = None;
                for gain in (-20..120).map(|step| f64::from(step) / 4.0) {
                    let evidence = Evidence { quoted, edge, edits, ..evidence(ground, slip, 12, gain) };
                    let judged = weigh(&evidence).map(|(confidence, level)| (std::cmp::Reverse(level), confidence));
                    assert!(judged >= surest, "{evidence:?}: {judged:?} after {surest:?}");
                    surest = judged;
                }
            }
        }
    }
}

#[test]
fn unlikely_slips_are_none_whatever_speaks_for_them() {
    for ground in [Ground::Registered, Ground::Idiom, Ground::Wording] {
        for quoted in [false, true] {
            let evidence = Evidence { quoted, ..evidence(ground, Slip::Unlikely, 20, 1000.0) };
            assert_eq!(weigh(&evidence), None, "{ground:?} {quoted}");
        }
    }
    for (edit, expected) in [
        (Edit::Exchanged('一', '二'), Slip::Unlikely),
        (Edit::Exchanged('，', '和'), Slip::Unlikely),
        (Edit::Exchanged('和', '、'), Slip::Unlikely),
        (Edit::Exchanged('a', '和'), Slip::Unlikely),
        (Edit::Exchanged('日', '十'), ANY),
        (Edit::Dropped('十'), Slip::Unlikely),
        (Edit::Dropped('、'), Slip::Unlikely),
        (Edit::Dropped('国'), Slip::Dropped),
        (Edit::Doubled('二'), Slip::Unlikely),
        (Edit::Doubled('国'), Slip::Doubled),
        (Edit::Inserted('三'), Slip::Unlikely),
        (Edit::Inserted('，'), Slip::Unlikely),
        (Edit::Inserted('国'), Slip::Inserted),
        (Edit::Swapped('十', '二'), Slip::Unlikely),
        (Edit::Swapped('，', '国'), Slip::Unlikely),
        (Edit::Swapped('家', '国'), Slip::Swapped),
        (Edit::Exchanged('筑', '铸'), SOUND),
        (Edit::Exchanged('明', '民'), NEAR_SOUND),
        (Edit::Exchanged('未', '末'), SHAPE),
        (Edit::Exchanged(key_of('国'), '国'), KEY),
        (Edit::Exchanged('坏', '国'), ANY),
    ] {
        assert_eq!(Slip::of(&Difference::Slip(edit)), expected, "{edit:?}");
    }
    assert_eq!(Slip::of(&Difference::MissingWord("特色".into())), Slip::Word);
    assert_eq!(Slip::of(&Difference::SurplusWord("特色".into())), Slip::Word);
}

#[test]
fn confidence_is_a_percentage_that_grows_with_the_evidence() {
    assert_eq!(weigh(&evidence(Ground::Idiom, SOUND, 4, 1000.0)), Some((95, Level::Idiom)));
    assert_eq!(weigh(&evidence(Ground::Registered, SOUND, 30, 1000.0)), Some((99, Level::Idiom)));
    let quoted = Evidence { quoted: true, ..evidence(Ground::Registered, SOUND, 6, -1000.0) };
    assert_eq!(weigh(&quoted), Some((74, Level::Idiom)));
    let known = Evidence { novelty: Novelty { unseen: 1, ..NEW }, ..quoted };
    assert_eq!(weigh(&known), Some((64, Level::Idiom)));
}

/// Some character that only one key tells from this one.
fn key_of(right: char) -> char {
    ('\u{4E00}'..='\u{9FFF}').find(|&other| likeness(other, right) == Likeness::Key).unwrap()
}

#[test]
fn every_difference_has_its_reason() {
    for (difference, expected) in [
        (Difference::Slip(Edit::Exchanged('筑', '铸')), "“筑”与“铸”同音"),
        (Difference::Slip(Edit::Exchanged('明', '民')), "“明”与“民”音近"),
        (Difference::Slip(Edit::Exchanged('未', '末')), "“未”与“末”形近"),
        (Difference::Slip(Edit::Exchanged('坏', '国')), "“坏”应为“国”"),
        (Difference::Slip(Edit::Dropped('国')), "漏“国”字"),
        (Difference::Slip(Edit::Doubled('国')), "“国”字重复"),
        (Difference::Slip(Edit::Inserted('国')), "多“国”字"),
        (Difference::Slip(Edit::Swapped('家', '国')), "“家国”颠倒"),
        (Difference::MissingWord("特色".into()), "漏“特色”"),
        (Difference::SurplusWord("特色".into()), "多“特色”"),
    ] {
        assert_eq!(reason(&difference), expected);
    }
    let key = key_of('国');
    assert_eq!(reason(&Difference::Slip(Edit::Exchanged(key, '国'))), format!("“{key}”与“国”键位相邻"));
}

/// 海州市城市供水条例 is no slip of 郑州市城市供水管理条例: a missing word does not explain the other place.
#[test]
fn of_several_differences_the_least_plausible_counts() {
    let exchanged = |old, new| Difference::Slip(Edit::Exchanged(old, new));
    for (differences, expected) in [
        (vec![exchanged('筑', '铸'), exchanged('未', '末')], SHAPE),
        (vec![exchanged('筑', '铸'), Difference::Slip(Edit::Dropped('国'))], Slip::Dropped),
        (vec![exchanged('海', '郑'), Difference::Slip(Edit::Dropped('国'))], ANY),
        (vec![exchanged('海', '郑'), Difference::MissingWord("管理".into())], ANY),
        (vec![Difference::SurplusWord("管理".into()), exchanged('海', '郑')], ANY),
        (vec![exchanged('一', '二'), exchanged('海', '郑')], Slip::Unlikely),
        (vec![], Slip::Unlikely),
    ] {
        assert_eq!(Slip::of_all(differences.iter()), expected, "{differences:?}");
    }
}
