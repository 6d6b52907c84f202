//! Near-misses against a brute force over every form and every stretch of the text.

use super::*;
use crate::document::{Document, DocumentBuilder, Place, Scope};
use crate::engine::forms::{cuts, edits};
use proptest::prelude::*;

fn document(text: &str) -> Document {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    builder.open(Scope::Body, Place::Text { node: None }, None);
    builder.literal(part, 0, text);
    builder.close();
    builder.finish()
}

/// What the one pass over the text would hand to the index.
fn hits(index: &NearIndex, text: &str) -> Vec<AskedHit> {
    let mut hits = Vec::new();
    for asked in index.asks() {
        for (start, _) in text.char_indices() {
            if text[start..].starts_with(asked.literal) {
                hits.push(AskedHit { tag: asked.tag, span: Span::new(start, start + asked.literal.len()) });
            }
        }
    }
    hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
    hits
}

fn find(forms: &[String], text: &str) -> (NearIndex, NearHits) {
    let index = NearIndex::new(forms.iter().map(|form| (form.as_str(), Some(0))), []);
    let document = document(text);
    let folded = Folded::new(&document);
    assert_eq!(folded.text().trim_end_matches('\n'), text, "the alphabet folds to itself");
    let hits = hits(&index, text);
    let found = index.find(&folded, &hits, false);
    (index, found)
}

/// Optimal string alignment distance, from every start in `text` at once: of each pair of places in the text the distance of
/// what is between them from `form`.
fn distances(form: &[char], text: &[char], most: usize) -> Vec<(usize, usize, usize)> {
    let mut all = Vec::new();
    for start in 0..text.len() {
        let window = &text[start..text.len().min(start + form.len() + most)];
        // rows[i][j]: distance of form[..i] from window[..j].
        let mut rows: Vec<Vec<usize>> = vec![(0..=window.len()).collect()];
        for i in 1..=form.len() {
            let mut row = vec![i];
            for j in 1..=window.len() {
                let mut least = rows[i - 1][j - 1] + usize::from(form[i - 1] != window[j - 1]);
                least = least.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
                if i > 1 && j > 1 && form[i - 1] == window[j - 2] && form[i - 2] == window[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                row.push(least);
            }
            rows.push(row);
        }
        for (length, &distance) in rows[form.len()].iter().enumerate().filter(|&(length, _)| length > 0) {
            if distance <= most {
                all.push((start, start + length, distance));
            }
        }
    }
    all
}

/// The text of the span after all differences have been undone.
fn corrected(text: &str, near: &Near) -> String {
    let mut right = String::new();
    let mut at = near.span.start;
    for (place, difference) in &near.differences {
        assert!((at..=near.span.end).contains(place), "differences are in order and inside: {near:?} of {text}");
        right.push_str(&text[at..*place]);
        at = *place;
        let mut leave_out = |wrong: &str| {
            assert!(text[at..].starts_with(wrong), "{difference:?} is at {place}: {near:?} of {text}");
            at += wrong.len();
        };
        match difference {
            Difference::Slip(Edit::Exchanged(old, new)) => {
                assert_ne!(old, new);
                leave_out(old.encode_utf8(&mut [0; 4]));
                right.push(*new);
            }
            Difference::Slip(Edit::Dropped(new)) => right.push(*new),
            Difference::Slip(Edit::Doubled(old) | Edit::Inserted(old)) => leave_out(old.encode_utf8(&mut [0; 4])),
            Difference::Slip(Edit::Swapped(one, two)) => {
                leave_out(&format!("{one}{two}"));
                right.extend([*two, *one]);
            }
            Difference::Slip(Edit::Misheard(..)) => panic!("forms are not compared by words: {near:?} of {text}"),
            Difference::MissingWord(word) => right.push_str(word),
            Difference::SurplusWord(word) | Difference::RepeatedWord(word) => leave_out(word),
        }
    }
    right + &text[at..near.span.end]
}

/// What must hold of everything that is reported.
fn check_reported(index: &NearIndex, found: &NearHits, text: &str) {
    for near in &found.near {
        let form: String = index.form(near.form).text.iter().collect();
        assert_eq!(corrected(text, near), form, "{near:?} of {text}");
        assert!((1..=edits(form.chars().count())).contains(&near.differences.len()), "{near:?} of {text}");
    }
    for &(form, span) in &found.exact {
        assert!(text[span.range()].chars().eq(index.form(form).text.iter().copied()), "{span:?} of {text}");
    }
    // Each place and form is named once.
    let mut named: Vec<_> = found.near.iter().map(|near| (near.span.start, near.span.end, near.form)).collect();
    let length = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named.len(), length, "{:?} of {text}", found.near);
}

/// Whether the form must be found at two swaps across both cuts around a piece of two characters: nothing of it is then
/// left whole, which the index allows for.
fn wholly_spoiled(form: &[char], window: &[char]) -> bool {
    let cuts = cuts(form, edits(form.len()) + 1);
    let [_, first, second, _] = cuts[..] else { return false };
    let mut swapped = form.to_vec();
    swapped.swap(first - 1, first);
    swapped.swap(second - 1, second);
    second - first == 2 && swapped == window
}

/// Every stretch of the text that is near a form must be reported, or one that shares text with it and is as near.
fn check_complete(index: &NearIndex, found: &NearHits, text: &str) {
    let characters: Vec<char> = text.chars().collect();
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for (number, form) in index.forms.iter().enumerate() {
        for (start, end, distance) in distances(&form.text, &characters, edits(form.text.len())) {
            let span = Span::new(offsets[start], offsets[end]);
            let reported = found.exact.iter().any(|&(one, place)| {
                one == number && if distance == 0 { place == span } else { place.overlaps(&span) }
            }) || found
                .near
                .iter()
                .any(|near| near.form == number && near.span.overlaps(&span) && near.differences.len() <= distance);
            assert!(
                reported || wholly_spoiled(&form.text, &characters[start..end]),
                "{:?} is {distance} from {:?} in {text}: {:?}",
                &text[span.range()],
                form.text.iter().collect::<String>(),
                found.near
            );
        }
    }
}

/// Everything that is one edit away from `form`, at `at`.
fn edited(form: &[char], kind: usize, at: usize, other: char) -> Vec<char> {
    let mut text = form.to_vec();
    let at = at % text.len();
    match kind % 5 {
        0 => text[at] = other,
        1 => _ = text.remove(at),
        2 => text.insert(at, other),
        3 => text.insert(at, text[at]),
        _ => {
            let next = (at + 1) % text.len();
            text.swap(at, next);
        }
    }
    text
}

/// Forms and a text of pieces of them with edits planted, both of the characters of `alphabet`.
fn scene(alphabet: &'static str) -> impl Strategy<Value = (Vec<String>, String)> {
    let characters: Vec<char> = alphabet.chars().collect();
    let character = prop::sample::select(characters);
    let form = prop::collection::vec(character.clone(), 4..=20);
    let planted = prop::collection::vec((any::<u8>(), any::<u8>(), character.clone()), 0..=2);
    let stretch = (any::<prop::sample::Index>(), planted, prop::collection::vec(character, 0..6));
    (prop::collection::vec(form, 1..=40), prop::collection::vec(stretch, 0..6)).prop_map(|(forms, stretches)| {
        let mut text = String::new();
        for (which, planted, between) in stretches {
            let mut form = forms[which.index(forms.len())].clone();
            for (kind, at, other) in planted {
                form = edited(&form, kind.into(), at.into(), other);
            }
            text.extend(form);
            text.extend(between);
        }
        (forms.into_iter().map(|form| form.into_iter().collect()).collect(), text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn finds_what_a_brute_force_finds((forms, text) in scene("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")) {
        let (index, found) = find(&forms, &text);
        check_reported(&index, &found, &text);
        check_complete(&index, &found, &text);
    }

    /// Few characters: everything repeats itself, and one place is near many forms in many ways.
    #[test]
    fn finds_what_a_brute_force_finds_where_all_is_alike((forms, text) in scene("甲乙丙，")) {
        let (index, found) = find(&forms, &text);
        check_reported(&index, &found, &text);
        check_complete(&index, &found, &text);
    }
}

/// The readings of a whole text as one form, without their places.
fn differences(form: &str, text: &str) -> Vec<Vec<Difference>> {
    let (_, found) = find(&[form.to_owned()], text);
    let whole = found.near.into_iter().filter(|near| near.span == Span::new(0, text.len()));
    whole.map(|near| near.differences.into_iter().map(|(_, difference)| difference).collect()).collect()
}

/// Which piece of the form was seen first does not matter.
#[test]
fn a_repeated_character_is_called_so_wherever_the_form_is_cut() {
    for form in ["甲乙丙丁", "甲乙丙丁戊己庚", "甲乙丙丁戊己庚辛壬癸子丑"] {
        let characters: Vec<char> = form.chars().collect();
        // Beside what is doubled at its ends the form stands whole.
        for at in 1..characters.len() - 1 {
            let text: String = edited(&characters, 3, at, '，').into_iter().collect();
            let doubled = Difference::Slip(Edit::Doubled(characters[at]));
            assert_eq!(differences(form, &text), [[doubled]], "{text}");
        }
    }
}

/// A word left out of a long form, or put into it, is one difference wherever it stands: two characters and more
/// are left on each of its sides.
#[test]
fn a_word_left_out_or_put_in_is_one_difference() {
    let form = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳";
    let characters: Vec<char> = form.chars().collect();
    for length in 2..=WORD {
        for at in 2..=characters.len() - 2 {
            let (before, after): (String, String) =
                (characters[..at].iter().collect(), characters[at..].iter().collect());
            let word = &"东西南北"[..length * 3];
            let text = format!("{before}{word}{after}");
            assert_eq!(differences(form, &text), [[Difference::SurplusWord(word.into())]], "{text}");
            if at + length + 2 <= characters.len() {
                let text: String = characters[..at].iter().chain(&characters[at + length..]).collect();
                let word = characters[at..at + length].iter().collect();
                assert_eq!(differences(form, &text), [[Difference::MissingWord(word)]], "{text}");
            }
        }
    }
}

/// What `likely` leaves out for speed may not be what one character alone tells from a form.
#[test]
fn all_of_a_form_but_one_character_is_recognised() {
    let agree = |form: &str, text: &str| {
        let [form, text]: [Vec<char>; 2] = [form, text].map(|side| side.chars().collect());
        let same = form.iter().zip(&text).take_while(|(one, two)| one == two).count();
        nearly_all((&[], &[], 0), (&form, &text, same))
    };
    for (form, text, expected) in [
        ("甲乙丙丁", "甲丙丁外面", true),
        ("甲乙丙丁", "甲外丙丁外", true),
        ("甲乙丙丁", "甲乙乙丙丁", true),
        ("甲乙丙丁", "甲丙乙丁外", true),
        ("甲乙丙丁", "乙丙丁外", true),
        ("甲乙丙丁", "甲乙丙", true),
        ("甲乙丙丁", "甲乙丙外", true),
        ("甲乙丙丁", "甲乙外面丙丁", false),
        ("甲乙丙丁", "甲乙外面", false),
        ("甲乙丙丁", "外面", false),
        ("甲乙", "", false),
        ("甲", "", true),
    ] {
        assert_eq!(agree(form, text), expected, "{form} {text}");
    }
    let wrong = ([].as_slice(), [].as_slice(), 0);
    let both: [char; 2] = ['甲', '乙'];
    assert!(!nearly_all((&both, &['外'], 0), (&both, &['外'], 0)));
    assert!(nearly_all(wrong, (&both, &['乙'], 0)));
}
