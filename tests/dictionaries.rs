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
