//! Doubts about attested wording with slips planted into it.

use std::sync::LazyLock;

use super::super::ngram::code;
use super::*;
use proptest::prelude::*;

/// The idioms that are looked for, with their characters.
static IDIOMS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let rows = include_str!("../../dictionaries/attested/idioms.tsv").lines().filter(|row| !row.starts_with('#'));
    let forms = rows.skip(1).flat_map(|row| row.split('\t').take(2)).flat_map(|cell| cell.split('|'));
    let idioms: Vec<Vec<char>> = forms.map(|form| form.chars().collect()).collect();
    idioms
        .into_iter()
        .filter(|form| (4..=LONGEST).contains(&form.len()) && form.iter().all(|&c| code(c) != 0))
        .collect()
});

/// Nothing is asked for.
const ANYTHING: Needs = {
    let need = Need { new: Some(0), partly: Some(0) };
    Needs {
        exchanged: need,
        misspelt: need,
        misheard: need,
        dropped: need,
        doubled: need,
        inserted: need,
        swapped: need,
    }
};

/// What the default levels ask for.
const STRICT: Needs = {
    const fn new(least: u8) -> Need {
        Need { new: Some(least), partly: None }
    }
    Needs {
        exchanged: new(2),
        misspelt: new(3),
        misheard: Need { new: None, partly: None },
        dropped: Need { new: None, partly: None },
        doubled: Need { new: Some(1), partly: Some(1) },
        inserted: Need { new: None, partly: None },
        swapped: new(2),
    }
};

fn doubts(text: &str) -> Vec<Doubt> {
    doubts_with(text, &ANYTHING)
}

fn doubts_with(text: &str, needs: &Needs) -> Vec<Doubt> {
    let mut characters = Characters::default();
    let mut doubts = Vec::new();
    characters.doubts(text, &[Span::new(0, text.len())], needs, |_, doubt| doubts.push(doubt));
    doubts
}

/// What is left out for the sake of needs is what does not meet them, and nothing else.
fn check_needs(text: &str) {
    let meets = |doubt: &Doubt| {
        let need = match doubt.edit {
            Edit::Exchanged(..) if doubt.form.chars().count() == 2 => STRICT.misspelt,
            Edit::Exchanged(..) => STRICT.exchanged,
            Edit::Dropped(_) => STRICT.dropped,
            Edit::Doubled(_) => STRICT.doubled,
            Edit::Inserted(_) => STRICT.inserted,
            Edit::Swapped(..) => STRICT.swapped,
            Edit::Misheard(..) => STRICT.misheard,
        };
        doubt.attestation.sure() || need.is_met(doubt.novelty)
    };
    // A character written twice is looked for where all is new, though it might count where it is not.
    let owed = |doubt: &Doubt| {
        let new = doubt.novelty.unseen == doubt.novelty.of;
        meets(doubt) && (new || doubt.attestation.sure() || !matches!(doubt.edit, Edit::Doubled(_)))
    };
    let (all, found) = (doubts(text), doubts_with(text, &STRICT));
    for doubt in &found {
        assert!(all.contains(doubt) && meets(doubt), "{doubt:?} of {text}");
    }
    for doubt in all.iter().filter(|doubt| owed(doubt)) {
        assert!(found.contains(doubt), "{doubt:?} of {text}");
    }
}

/// The text between `start` and `end` of the doubt after its edit has been undone.
fn corrected(text: &[char], doubt: &Doubt) -> String {
    let (before, rest) = (&text[doubt.start..doubt.at], &text[doubt.at..doubt.end]);
    let found: &[char] = &rest[..doubt.edit.width()];
    let right = match doubt.edit {
        Edit::Exchanged(old, new) => {
            assert_eq!(found, [old], "{doubt:?}");
            assert_ne!(old, new, "{doubt:?}");
            vec![new]
        }
        Edit::Dropped(new) => vec![new],
        Edit::Doubled(old) => {
            assert_eq!(found, [old], "{doubt:?}");
            assert_eq!(text[doubt.at - 1], old, "{doubt:?}");
            vec![]
        }
        Edit::Inserted(old) => {
            assert_eq!(found, [old], "{doubt:?}");
            assert_ne!(doubt.at.checked_sub(1).map(|before| text[before]), Some(old), "{doubt:?}");
            vec![]
        }
        Edit::Misheard(old, new) => {
            assert_eq!(found, old, "{doubt:?}");
            new.to_vec()
        }
        Edit::Swapped(one, two) => {
            assert_eq!(found, [one, two], "{doubt:?}");
            vec![two, one]
        }
    };
    before.iter().chain(&right).chain(&rest[doubt.edit.width()..]).collect()
}

/// What must hold of every doubt, whatever the text.
fn check(text: &str) {
    let characters: Vec<char> = text.chars().collect();
    for doubt in doubts(text) {
        assert!(doubt.start <= doubt.at && doubt.at + doubt.edit.width() <= doubt.end, "{doubt:?} of {text}");
        assert!(doubt.end <= characters.len(), "{doubt:?} of {text}");
        assert_eq!(corrected(&characters, &doubt), doubt.form, "{doubt:?} of {text}");
        match doubt.form.chars().count() {
            2 => assert_eq!(doubt.attestation, Attestation::WORD, "{doubt:?} of {text}"),
            _ => assert_eq!(attestation(&doubt.form), Some(doubt.attestation), "{doubt:?} of {text}"),
        }
        let Novelty { unseen, of, seen_after, of_after } = doubt.novelty;
        assert!(0 < unseen && unseen <= of && of <= 4, "{doubt:?} of {text}");
        assert!(seen_after <= of_after && of_after <= 4, "{doubt:?} of {text}");
    }
}

/// Characters of reference text and of idioms that could stand for this one.
fn others(right: char) -> Vec<char> {
    static USED: LazyLock<Vec<char>> = LazyLock::new(|| {
        let used: std::collections::BTreeSet<char> = IDIOMS.iter().flatten().copied().collect();
        used.into_iter().collect()
    });
    let like = |other: char| other != right && (alike(right, other).is_some() || typed_alike(right, other));
    USED.iter().copied().filter(|&other| like(other)).collect()
}

/// The form with one slip at `at`; `None` if there is none of this kind.
fn slipped(form: &[char], kind: u8, at: usize, which: usize) -> Option<Vec<char>> {
    let mut text = form.to_vec();
    match kind % 5 {
        0 => {
            let others = others(form[at]);
            text[at] = *others.get(which.checked_rem(others.len())?)?;
        }
        1 => _ = text.remove(at),
        2 => text.insert(at, form[at]),
        3 => text.insert(at, form[(at + which) % form.len()]),
        _ => text.swap(at, (at + 1) % form.len()),
    }
    Some(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_doubt_is_what_it_says(
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<prop::sample::Index>(), any::<u16>(), 0..6usize), 1..4),
    ) {
        let mut text = String::new();
        for (idiom, kind, at, which, between) in picks {
            let idiom = idiom.get(&IDIOMS);
            let Some(slipped) = slipped(idiom, kind, at.index(idiom.len()), which.into()) else { continue };
            text.extend(slipped);
            text.push_str(["，", "", "的", "。1", "工作𠮷", "要求做到"][between]);
        }
        check(&text);
        check_needs(&text);
    }

    #[test]
    fn any_text_has_sound_doubts(text in "[一-三国法家院政府务规定工作a，。𠮷 ]{0,60}") {
        check(&text);
        check_needs(&text);
    }
}

/// Frequent wording with a character exchanged, doubled, left out or swapped: most of it counts by default only if it is wholly new.
#[test]
fn needs_leave_out_what_does_not_meet_them() {
    let rows = include_str!("../../dictionaries/attested/wording.tsv").lines().filter(|row| !row.starts_with('#'));
    let forms: Vec<Vec<char>> =
        rows.filter_map(|row| row.split('\t').next()).map(|form| form.chars().collect()).collect();
    for (number, form) in forms.iter().enumerate().step_by(101) {
        let beside: String = forms[(number * 7 + 11) % forms.len()].iter().collect();
        for kind in 0..5 {
            let Some(wrong) = slipped(form, kind, number % form.len(), number) else { continue };
            let wrong: String = wrong.into_iter().collect();
            check_needs(&format!("{beside}{wrong}，{wrong}{beside}。"));
        }
    }
}

/// Counts of unseen and of seen 3-grams that begin in `first..=last`.
fn counts(text: &[char], first: isize, last: isize) -> (usize, usize) {
    let at = |index: isize| usize::try_from(index).ok().and_then(|index| text.get(index)).map_or(0, |&one| code(one));
    let grams = (first..=last).map(|start| [at(start), at(start + 1), at(start + 2)]);
    let telling: Vec<[u32; 3]> = grams.filter(|&gram| !says_nothing(gram)).collect();
    let seen = telling.iter().filter(|&&gram| seen(gram)).count();
    (telling.len() - seen, seen)
}

fn suspect((unseen, seen): (usize, usize), least: usize) -> bool {
    unseen >= least || (unseen > 0 && seen == 0)
}

/// Every idiom with every slip that the module's first lines promise to see: where the 3-grams around the slip are unseen and
/// the idiom has some that are seen, the idiom is named.
#[test]
fn idioms_are_named_wherever_their_slips_are_new() {
    let mut tried = [0; 5];
    let mut missed: Vec<String> = Vec::new();
    // Every third one keeps the test short.
    for idiom in IDIOMS.iter().step_by(3) {
        let right: String = idiom.iter().collect();
        for kind in [0, 1, 2, 4] {
            for place in 0..idiom.len() {
                let ends = place == 0 || place + 1 == idiom.len();
                let at = match kind {
                    // The form stands whole beside what is doubled at its end.
                    2 if ends => continue,
                    4 if place + 1 == idiom.len() || idiom[place] == idiom[place + 1] => continue,
                    // Of two equal characters the second one is too many.
                    2 => place + 2,
                    _ => place + 1,
                };
                let Some(wrong) = slipped(idiom, kind, place, place * 7) else { continue };
                let text: Vec<char> = ['，'].into_iter().chain(wrong).chain(['，']).collect();
                let from = at as isize;
                let new = match kind {
                    1 => suspect(counts(&text, from - 2, from - 1), 2),
                    4 => suspect(counts(&text, from - 2, from + 1), 3),
                    _ => suspect(counts(&text, from - 2, from), 2),
                };
                if !new {
                    continue;
                }
                if kind == 0 {
                    let (old, new) = (text[at], idiom[place]);
                    let (_, seen) = counts(&text, from - 2, from);
                    // A slip of the keyboard, which counts for Wubi alone, must be wholly new.
                    if alike(old, new).is_none() && (seen > 0 || !typed_alike(old, new)) {
                        continue;
                    }
                    let mut after = text.clone();
                    after[at] = new;
                    if counts(&after, from - 2, from).1 == 0 {
                        continue;
                    }
                }
                tried[kind as usize] += 1;
                let text: String = text.iter().collect();
                if !doubts(&text).iter().any(|doubt| doubt.form == right) {
                    missed.push(format!("{text} {right}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} missed of {tried:?}: {:?}", missed.len(), &missed[..missed.len().min(20)]);
    assert!(tried.iter().enumerate().all(|(kind, &count)| kind == 3 || count > 2000), "{tried:?}");
}

#[test]
fn attested_wording_raises_no_doubt() {
    for text in ["应当向社会公布监督检查结果，接受社会监督。", "各地要因地制宜发展产业。", "", "，", "的", "a", "𠮷"]
    {
        assert_eq!(doubts(text), [], "{text}");
    }
}
