//! The embedded dictionaries hold what their entries promise.

use zhengming::dictionary::{Dictionary, Rule, Severity};
use zhengming::judge::verify;

#[test]
fn every_example_of_every_entry_holds() {
    let problems = verify(&Dictionary::embedded(), |_| true);
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", shown.len(), shown.join("\n"));
}

#[test]
fn no_entry_calls_wrong_what_another_calls_right() {
    let dictionary = Dictionary::embedded();
    let mut problems = Vec::new();
    for entry in dictionary.entries().iter().filter(|entry| entry.severity > Severity::Advice) {
        let Rule::Term(term) = &entry.rule else { continue };
        for other in dictionary.entries() {
            for right in other.right.iter().filter(|right| term.wrong.contains(right)) {
                problems.push(format!("{} is wrong in {} and right in {}", right, entry.id, other.id));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_embedded_dictionaries_do_not_contradict_each_other() {
    let problems = zhengming::audit::contradictions(&Dictionary::embedded(), |_| true);
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", shown.len(), shown.join("\n"));
}

#[test]
fn pages_are_up_to_date() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/packs");
    let stale: Vec<String> = zhengming::dictionary::pages(&Dictionary::embedded())
        .into_iter()
        .filter(|(name, text)| {
            let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            written.replace("\r\n", "\n") != *text
        })
        .map(|(name, _)| name)
        .collect();
    assert!(stale.is_empty(), "run `zhengming dict pages docs/packs`; not up to date: {}", stale.join(", "));
}

#[test]
fn packs_say_what_they_cover() {
    for pack in Dictionary::embedded().packs() {
        assert!(!pack.title.is_empty() && !pack.header.about.is_empty(), "{} has no title or about", pack.id);
        assert!(!pack.header.source.is_empty(), "{} has no source", pack.id);
    }
}

#[test]
fn what_was_not_verified_is_off() {
    let dictionary = Dictionary::embedded();
    let on: Vec<&str> = dictionary
        .entries()
        .iter()
        .filter(|entry| !entry.verified && entry.enabled)
        .map(|entry| entry.id.as_str())
        .collect();
    assert!(on.is_empty(), "{on:?}");
}
