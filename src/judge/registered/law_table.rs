//! What the registries of laws know, by the form in which titles are compared. The build script makes the table of the embedded
//! registries with this file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::dictionary::{Entry, Rule};

/// Laws and documents by what they are cited by, with the indices of their entries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LawTable {
    /// By title.
    titles: Rows<Vec<usize>>,
    /// By title without the issuing body: 关于…的通知.
    subjects: Rows<Vec<usize>>,
    /// Document numbers as they are written, in order of the entries.
    pub(super) numbers: Vec<(String, usize)>,
    /// The last day (ISO 8601) that each registry speaks of, by file: until then it is taken to be complete.
    known_until: Rows<String>,
}

/// What texts stand for, in order of the texts.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows<T> {
    rows: Vec<(String, T)>,
    /// What each text begins with, close together: a search among texts would go from one place of memory to the next.
    #[serde(skip)]
    heads: OnceLock<Vec<u64>>,
}

impl<T> Rows<T> {
    fn get(&self, text: &str) -> Option<&T> {
        let heads = self.heads.get_or_init(|| self.rows.iter().map(|(text, _)| head(text)).collect());
        let head = head(text);
        let first = heads.partition_point(|&other| other < head);
        let last = first + heads[first..].partition_point(|&other| other == head);
        let at = self.rows[first..last].binary_search_by(|(one, _)| one.as_str().cmp(text)).ok()?;
        Some(&self.rows[first + at].1)
    }
}

impl<T> FromIterator<(String, T)> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(rows: I) -> Self {
        Rows { rows: rows.into_iter().collect(), heads: OnceLock::new() }
    }
}

/// The first bytes of a text, as a number that comes in the order of texts.
fn head(text: &str) -> u64 {
    let mut head = [0; 8];
    head.iter_mut().zip(text.bytes()).for_each(|(head, byte)| *head = byte);
    u64::from_be_bytes(head)
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
        self.titles.rows.is_empty()
    }

    /// The entries of a title in the form of [`key`].
    pub(super) fn title(&self, key: &str) -> Option<&[usize]> {
        self.titles.get(key).map(Vec::as_slice)
    }

    /// The entries whose titles go on so behind the issuing body.
    pub(super) fn subject(&self, key: &str) -> Option<&[usize]> {
        self.subjects.get(key).map(Vec::as_slice)
    }

    /// The last day that the registry in a file speaks of.
    pub(super) fn known_until(&self, file: &str) -> Option<&str> {
        self.known_until.get(file).map(String::as_str)
    }
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
