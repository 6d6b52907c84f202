//! What entries of different files say about each other and cannot both be true, and wrong forms that never match.

use std::collections::HashMap;

use crate::dictionary::{Dictionary, Entry, Problem, Rule, RuleSelection, Severity, Term};
use crate::document::{Document, DocumentDate};
use crate::judge::{Judge, JudgeOptions, example, resolve_overlaps};
use crate::normalise::{Folded, fold_str};

/// The date by which forms are judged that have no dates of their own.
const NOW: &str = "2026-01-01";

/// A day on which every name is still right.
const NEVER: &str = "0001-01-01";

/// Problems of the entries for which `chosen` holds: wrong forms that another entry lists as well, right forms that the
/// rules in force call wrong, and wrong forms that are not found where the entry's own example has another one.
pub fn contradictions(dictionary: &Dictionary, chosen: impl Fn(&Entry) -> bool) -> Vec<Problem> {
    let mut problems = listed_twice(dictionary, &chosen);
    let judge = |selection: RuleSelection, severity: Severity| {
        let options = JudgeOptions { selection, severity, as_of: NOW.into(), undated: NOW.into(), outdated: false };
        // What does not compile is reported where the examples are run.
        Judge::new(dictionary.clone(), options).ok()
    };
    if let Some(usual) = judge(RuleSelection::default(), Severity::Error) {
        for entry in dictionary.entries().iter().filter(|entry| chosen(entry)) {
            problems.extend(called_wrong(&usual, entry));
        }
    }
    let everything = RuleSelection::new(&["*".to_owned()], &[], &[]).unwrap_or_default();
    if let Some(all) = judge(everything, Severity::Advice) {
        for (index, entry) in dictionary.entries().iter().enumerate().filter(|(_, entry)| chosen(entry)) {
            if let Rule::Term(term) = &entry.rule {
                problems.extend(never_found(&all, index, entry, term));
            }
        }
    }
    problems
}

fn problem(entry: &Entry, message: String) -> Problem {
    Problem { file: entry.at.file.clone(), line: entry.at.line, entry: Some(entry.id.clone()), message }
}

/// Wrong forms of two entries that hold in any context and at one time.
fn listed_twice(dictionary: &Dictionary, chosen: impl Fn(&Entry) -> bool) -> Vec<Problem> {
    let mut seen: HashMap<String, Vec<&Entry>> = HashMap::new();
    let mut problems = Vec::new();
    for entry in dictionary.entries() {
        let Rule::Term(term) = &entry.rule else { continue };
        if !entry.guards.before.is_empty() || !entry.guards.after.is_empty() || !entry.scopes.is_empty() {
            continue;
        }
        for wrong in &term.wrong {
            let others = seen.entry(fold_str(wrong)).or_default();
            for other in others.iter().filter(|other| (chosen(entry) || chosen(other)) && at_one_time(entry, other)) {
                let (file, line) = (&other.at.file, other.at.line);
                problems.push(problem(entry, format!("{wrong:?} is also a wrong form of {}, {file}:{line}", other.id)));
            }
            others.push(entry);
        }
    }
    problems
}

fn at_one_time(one: &Entry, two: &Entry) -> bool {
    let before = |one: &Entry, two: &Entry| matches!((&one.to, &two.from), (Some(to), Some(from)) if to < from);
    !before(one, two) && !before(two, one)
}

/// Right forms in which the rules in force find something.
fn called_wrong(judge: &Judge, entry: &Entry) -> Vec<Problem> {
    let own: Vec<&str> = if entry.rule.is_registered() {
        // Siblings belong to other rows.
        entry.forms().take(entry.own_forms()).collect()
    } else if matches!(entry.rule, Rule::Term(_)) {
        entry.right.iter().map(String::as_str).collect()
    } else {
        // Templates.
        Vec::new()
    };
    let mut problems = Vec::new();
    for right in own {
        let mut document = example(entry, right);
        if entry.rule.is_registered() {
            // On a day on which the form is right.
            let issued = match &entry.rule {
                Rule::Law(law) => law.date.as_ref(),
                _ => None,
            };
            let date = entry.to.as_ref().or(entry.from.as_ref()).or(issued).map_or(NEVER, String::as_str);
            document.date = Some(DocumentDate { date: date.to_owned(), from: "example".into() });
        }
        let folded = Folded::new(&document);
        let entries = judge.dictionary().entries();
        for hit in resolve_overlaps(judge.candidates(&document, &folded), entries) {
            let found = &folded.text()[hit.span.range()];
            // What a term makes right may itself have been right for a time only.
            if !entry.rule.is_registered() && entries[hit.entry].forms().any(|form| form == found) {
                continue;
            }
            let id = &entries[hit.entry].id;
            problems.push(problem(entry, format!("its right form {right:?} is called wrong by {id}: {found:?}")));
        }
    }
    problems
}

/// Wrong forms that are not found although they stand where another one of the entry is.
fn never_found(judge: &Judge, index: usize, entry: &Entry, term: &Term) -> Vec<Problem> {
    let finds = |document: &Document| {
        let folded = Folded::new(document);
        judge.candidates(document, &folded).iter().any(|candidate| candidate.entry == index)
    };
    let mut problems = Vec::new();
    for wrong in &term.wrong {
        if entry.found.iter().any(|example| example.text.contains(wrong.as_str())) {
            continue;
        }
        let mut tried = None;
        let found = entry.found.iter().any(|one| {
            term.wrong.iter().filter(|other| one.text.contains(other.as_str())).any(|other| {
                let text = one.text.replacen(other.as_str(), wrong, 1);
                let found = finds(&example(entry, &text));
                tried = Some(text);
                found
            })
        });
        if let (false, Some(tried)) = (found, tried) {
            problems.push(problem(entry, format!("the wrong form {wrong:?} is not found in {tried:?}")));
        }
    }
    problems
}
