//! Runs the examples of entries: each must find what it says and leave alone what it says.

use super::{Candidate, Judge, JudgeOptions};
use crate::dictionary::{Dictionary, Entry, Problem, RuleSelection, Severity};
use crate::document::{Document, DocumentBuilder, DocumentDate, Place, Scope};
use crate::normalise::Folded;

/// Checks the entries for which `chosen` holds. Entries that are off by default are checked as well. Gives all
/// problems, with file and line.
pub fn verify(dictionary: &Dictionary, chosen: impl Fn(&Entry) -> bool) -> Vec<Problem> {
    let problem = |entry: &Entry, message: String| Problem {
        file: entry.at.file.clone(),
        line: entry.at.line,
        entry: Some(entry.id.clone()),
        message,
    };
    let everything = RuleSelection::new(&["*".to_owned()], &[], &[]).unwrap_or_default();
    let options = JudgeOptions {
        selection: everything,
        severity: Severity::Advice,
        as_of: String::new(),
        undated: String::new(),
        outdated: false,
    };
    let judge = match Judge::new(dictionary.clone(), options) {
        Ok(judge) => judge,
        Err(errors) => {
            let place = |error: &crate::engine::CompileError| match dictionary.get(&error.id) {
                Some(entry) => problem(entry, error.message.clone()),
                None => Problem { file: String::new(), line: 0, entry: None, message: error.to_string() },
            };
            return errors.iter().map(place).collect();
        }
    };
    let mut problems = Vec::new();
    for (index, entry) in dictionary.entries().iter().enumerate().filter(|(_, entry)| chosen(entry)) {
        if !judge.matcher.compiles(index) {
            problems
                .push(problem(entry, "the pattern is too large; write it with smaller classes or repetitions".into()));
            continue;
        }
        for example in &entry.found {
            let hits = run(&judge, index, entry, &example.text);
            let Some((_, folded)) = hits.first() else {
                problems.push(problem(entry, format!("must be found, but is not: {:?}", example.text)));
                continue;
            };
            if let Some(corrected) = &example.corrected {
                let mut fixed = folded.clone();
                for (hit, _) in hits.iter().rev() {
                    if let Some(right) = hit.suggestions.first() {
                        fixed.replace_range(hit.span.range(), right);
                    }
                }
                let fixed = fixed.trim_end();
                if fixed != crate::normalise::fold_str(corrected) {
                    problems.push(problem(entry, format!("{:?} becomes {fixed:?}, not {corrected:?}", example.text)));
                }
            }
        }
        for text in &entry.clean {
            if let Some((hit, folded)) = run(&judge, index, entry, text).first() {
                let found = &folded[hit.span.range()];
                problems.push(problem(entry, format!("must not be found, but {found:?} is, in {text:?}")));
            }
        }
    }
    problems
}

/// What the entry finds in `text`, with the folded text.
fn run(judge: &Judge, index: usize, entry: &Entry, text: &str) -> Vec<(Candidate, String)> {
    let document = example(entry, text);
    let folded = Folded::new(&document);
    let candidates = judge.candidates(&document, &folded).into_iter().filter(|candidate| candidate.entry == index);
    candidates.map(|candidate| (candidate, folded.text().to_owned())).collect()
}

/// An example as a document of one block, in a scope and at a date at which the entry applies.
pub(crate) fn example(entry: &Entry, text: &str) -> Document {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    let scope = entry.scopes.first().copied().unwrap_or(Scope::Body);
    builder.open(scope, Place::Text { node: None }, None);
    builder.literal(part, 0, text);
    let mut document = builder.finish();
    let date = entry.from.as_ref().or(entry.to.as_ref());
    document.date = date.map(|date| DocumentDate { date: date.clone(), from: "example".into() });
    document
}
