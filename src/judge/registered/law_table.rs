//! What the registries of laws know, by the form in which titles are compared. The build script makes the table of the embedded
//! registries with this file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dictionary::{Entry, Rule};

/// Laws and documents by what they are cited by, with the indices of their entries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LawTable {
    /// By title, in order.
    titles: Vec<(String, Vec<usize>)>,
    /// By title without the issuing body, in order: 关于…的通知.
    subjects: Vec<(String, Vec<usize>)>,
    /// Document numbers as they are written, in order of the entries.
    pub(super) numbers: Vec<(String, usize)>,
    /// The last day (ISO 8601) that each registry speaks of, by file: until then it is taken to be complete.
    known_until: Vec<(String, String)>,
}

impl LawTable {
    /// Takes entries with their indices; those that are no laws are passed over. `fold` folds titles.
    pub(super) fn new<'e>(
        entries: impl IntoIterator<Item = (usize, &'e Entry)>,
        fold: impl Fn(&'e str) -> Cow<'e, str>,
    ) -> Self {
        let mut titles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut subjects: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut known_until: BTreeMap<&str, &str> = BTreeMap::new();
        let mut numbers = Vec::new();
        for (index, entry) in entries {
            let Rule::Law(law) = &entry.rule else { continue };
            for title in entry.right.iter().chain(&law.short) {
                let key = key(&fold(title));
                if let Some(subject) = subject(&key) {
                    subjects.entry(subject.to_owned()).or_default().push(index);
                }
                let known = titles.entry(key).or_default();
                if !known.contains(&index) {
                    known.push(index);
                }
            }
            numbers.extend(law.number.clone().map(|number| (number, index)));
            let dates = law.articles.iter().map(|(date, _)| date).chain(&law.date).chain(&entry.from);
            if let Some(last) = dates.max() {
                let until = known_until.entry(&entry.at.file).or_default();
                *until = last.as_str().max(*until);
            }
        }
        LawTable {
            titles: titles.into_iter().collect(),
            subjects: subjects.into_iter().collect(),
            numbers,
            known_until: known_until.into_iter().map(|(file, day)| (file.to_owned(), day.to_owned())).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.titles.is_empty()
    }

    /// The entries of a title in the form of [`key`].
    pub(super) fn title(&self, key: &str) -> Option<&[usize]> {
        look_up(&self.titles, key).map(Vec::as_slice)
    }

    /// The entries whose titles go on so behind the issuing body.
    pub(super) fn subject(&self, key: &str) -> Option<&[usize]> {
        look_up(&self.subjects, key).map(Vec::as_slice)
    }

    /// The last day that the registry in a file speaks of.
    pub(super) fn known_until(&self, file: &str) -> Option<&str> {
        look_up(&self.known_until, file).map(String::as_str)
    }
}

fn look_up<'t, T>(table: &'t [(String, T)], key: &str) -> Option<&'t T> {
    let at = table.binary_search_by(|(one, _)| one.as_str().cmp(key)).ok()?;
    Some(&table[at].1)
}

/// The form in which titles are compared: without blanks and without the country's name before it; brackets, title marks
/// and quotation marks of one kind.
pub(crate) fn key(title: &str) -> String {
    let plain: String = title
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| match character {
            '(' => '（',
            ')' => '）',
            '《' | '<' => '〈',
            '》' | '>' => '〉',
            '"' | '”' | '＂' => '“',
            _ => character,
        })
        .collect();
    match plain.strip_prefix("中华人民共和国") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => plain,
    }
}

/// What follows the issuing body in the title of a document.
pub(super) fn subject(key: &str) -> Option<&str> {
    let at = key.find("关于").filter(|&at| at > 0)?;
    let body = &key[..at];
    // A 〈 before it would be the inside of another title.
    (body.chars().count() <= 24 && !body.contains('〈')).then(|| &key[at..])
}
