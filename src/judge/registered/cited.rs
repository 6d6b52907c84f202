//! Titles in 《》 that are, taken whole, one slip away from a registered one: 《安全生产发》, 《中华人民共和国国民法典》,
//! 《中华人民共和国献血》.
//!
//! Elsewhere a near-miss must be new text (`near.rs`, `attested.rs`). Between the marks of a title it need not be: they say
//! where the title begins and ends, so that nothing else can be meant. The same holds for a line that is nothing but a title
//! with the name of the state before it.

use std::sync::OnceLock;

use super::near::{Setting, evidence, with_reason};
use super::title_table::{TitleTable, titles};
use super::weigh::weigh;
use super::{Kind, Scene};
use crate::dictionary::{Entries, RuleKind, STATE};
use crate::document::{Folded as FoldedMark, Span};
use crate::engine::{Asked, AskedHit, Difference, Edit, Near};
use crate::judge::Candidate;
use crate::normalise::{folded, is_han};

/// Marks of titles, opening and closing.
const MARKS: [(char, char); 3] = [('《', '》'), ('〈', '〉'), ('<', '>')];

/// Characters of the longest title that is compared.
const LONGEST: usize = 48;

/// Titles that are proposed for one that is amiss; of more, none is likely.
const MOST: usize = 3;

/// What follows the title of a law in that of a text about it.
const SUBORDINATE: [&str; 4] = ["实施细则", "实施条例", "实施办法", "实施规定"];

/// Registered titles, compared with those that documents cite.
pub(super) struct Cited {
    /// Entries of laws whose slips are reported, in order.
    reported: Vec<usize>,
    /// The titles as they stand in the registries, once the first one was seen in a document.
    index: OnceLock<Index>,
    embedded: bool,
}

/// The titles of the embedded registries, see `title_table.rs`.
static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/titles.bin"));

/// A title without the name of the state.
struct Title {
    text: Vec<char>,
    owner: Option<usize>,
    /// Whether the registries have it with the name of the state, and without.
    stated: bool,
    plain: bool,
}

/// Titles in order of their length and text, and of their length and text read backwards.
struct Index {
    titles: Vec<Title>,
    backwards: Vec<u32>,
    /// [`key`] of each, in both orders: a search among the titles themselves would go from one place of memory to the next.
    keys: Vec<u64>,
    backward_keys: Vec<u64>,
    /// Where those of each length begin, in both orders.
    lengths: Vec<u32>,
}

/// A number that comes in the order of length and text: the length and what the text begins with, as many characters as there
/// is room for. What is missing is `rest`.
fn key<'c>(length: usize, text: impl IntoIterator<Item = &'c char>, rest: u64) -> u64 {
    /// Bits of a character.
    const BITS: u32 = 21;
    let characters = text.into_iter().map(|&character| u64::from(character)).chain([rest; 2]).take(2);
    characters.fold(length as u64, |key, character| key << BITS | character)
}

/// What stands for any character that may follow: the last of all.
const ANY: u64 = (1 << 21) - 1;

impl Index {
    /// Where among `keys` are those of this length that begin like `text`, as far as keys tell.
    fn alike<'c>(
        &self,
        keys: &[u64],
        length: usize,
        text: impl IntoIterator<Item = &'c char> + Clone,
    ) -> std::ops::Range<usize> {
        let place = |length: usize| self.lengths.get(length).map_or(keys.len(), |&first| first as usize);
        let (start, end) = (place(length), place(length + 1));
        let (least, most) = (key(length, text.clone(), 0), key(length, text, ANY));
        let first = start + keys[start..end].partition_point(|&key| key < least);
        first..first + keys[first..end].partition_point(|&key| key <= most)
    }

    /// Takes titles with their owners; `reports` says which owners' slips are reported.
    fn new(table: TitleTable, reports: impl Fn(usize) -> bool) -> Self {
        let mut titles: Vec<Title> = Vec::with_capacity(table.backwards.len());
        let groups = table.rows.chunk_by(|one, two| one.text == two.text);
        // Of several owners the first one is told.
        titles.extend(groups.map(|rows| Title {
            text: rows[0].text.chars().collect(),
            owner: rows.iter().filter_map(|row| row.owner).find(|&owner| reports(owner)),
            stated: rows.iter().any(|row| row.stated),
            plain: rows.iter().any(|row| !row.stated),
        }));
        let keys = titles.iter().map(|title| key(title.text.len(), &title.text, 0)).collect();
        let backward_keys = table.backwards.iter().map(|&index| {
            let text = &titles[index as usize].text;
            key(text.len(), text.iter().rev(), 0)
        });
        let backward_keys = backward_keys.collect();
        let longest = titles.last().map_or(0, |title| title.text.len());
        let first = |length: usize| titles.partition_point(|title| title.text.len() < length) as u32;
        let lengths = (0..=longest).map(first).collect();
        Index { titles, backwards: table.backwards, keys, backward_keys, lengths }
    }

    fn is_known(&self, text: &[char]) -> bool {
        let alike = self.alike(&self.keys, text.len(), text);
        self.titles[alike].binary_search_by(|title| title.text.as_slice().cmp(text)).is_ok()
    }

    /// Calls `visit` for every title at one edit from `text`; for some of them more than once.
    fn near(&self, text: &[char], mut visit: impl FnMut(&Title, usize, Edit)) {
        // One edit leaves the first half whole or what follows the character behind it; two characters that are swapped
        // leave nothing.
        let half = if text.len() < 3 { 0 } else { text.len() / 2 };
        let (head, tail) = (&text[..half], &text[(half + 1).min(text.len() - 1)..]);
        let of = |&index: &u32| &*self.titles[index as usize].text;
        for length in text.len() - 1..=text.len() + 1 {
            let heads = &self.titles[self.alike(&self.keys, length, head)];
            let first = heads.partition_point(|title| title.text.as_slice() < head);
            let heads = heads[first..].iter().take_while(|title| title.text.starts_with(head));
            let tails = &self.backwards[self.alike(&self.backward_keys, length, tail.iter().rev())];
            let first = tails.partition_point(|index| of(index).iter().rev().lt(tail.iter().rev()));
            let tails = tails[first..].iter().take_while(|index| of(index).ends_with(tail));
            for title in heads.chain(tails.map(|&index| &self.titles[index as usize])) {
                if let Some((at, edit)) = one_edit(text, &title.text) {
                    visit(title, at, edit);
                }
            }
        }
    }
}

/// The one edit by which `text` differs from `form`, and at which of its characters it is.
fn one_edit(text: &[char], form: &[char]) -> Option<(usize, Edit)> {
    if text.len().abs_diff(form.len()) > 1 {
        return None;
    }
    let at = text.iter().zip(form).take_while(|(one, two)| one == two).count();
    let edit = if form.len() > text.len() {
        (text[at..] == form[at + 1..]).then(|| Edit::Dropped(form[at]))
    } else if form.len() < text.len() {
        let repeats = at > 0 && text[at - 1] == text[at];
        let edit = if repeats { Edit::Doubled(text[at]) } else { Edit::Inserted(text[at]) };
        (text[at + 1..] == form[at..]).then_some(edit)
    } else if at == text.len() {
        None
    } else if text[at + 1..] == form[at + 1..] {
        Some(Edit::Exchanged(text[at], form[at]))
    } else {
        let swapped = text[at..at + 2] == [form[at + 1], form[at]] && text[at + 2..] == form[at + 2..];
        swapped.then(|| Edit::Swapped(text[at], text[at + 1]))
    };
    edit.map(|edit| (at, edit))
}

impl Cited {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool, embedded: bool) -> Self {
        let reported = entries.indices_of(RuleKind::Law).filter(|&index| reports(index)).collect();
        Cited { reported, index: OnceLock::new(), embedded }
    }

    fn index(&self, entries: &Entries) -> &Index {
        self.index.get_or_init(|| {
            let compiled = if self.embedded { postcard::from_bytes(TABLE).ok() } else { None };
            let table = compiled.unwrap_or_else(|| TitleTable::new(titles(entries.registered()), folded));
            Index::new(table, |owner| self.reported.binary_search(&owner).is_ok())
        })
    }

    /// Judges the text at `span`, which is all of a title.
    fn title(&self, scene: &Scene<'_>, block: usize, span: Span<FoldedMark>, candidates: &mut Vec<Candidate>) {
        let text = &scene.folded.text()[span.range()];
        let index = self.index(scene.entries);
        let stated = text.starts_with(STATE) && text.len() > STATE.len();
        let core = &text[if stated { STATE.len() } else { 0 }..];
        let characters: Vec<char> = core.chars().collect();
        if index.is_known(&characters) {
            return;
        }
        let start = span.end - core.len();
        let state = if stated { STATE } else { "" };
        let mut found: Vec<(f64, u8, usize, String, String)> = Vec::new();
        index.near(&characters, |title, at, edit| {
            let Some(owner) = title.owner.filter(|_| if stated { title.stated } else { title.plain || title.stated })
            else {
                return;
            };
            // What the state's name ends in may be what is written twice.
            let edit = match edit {
                Edit::Inserted(one) if at == 0 && state.ends_with(one) => Edit::Doubled(one),
                edit => edit,
            };
            let place = start + characters[..at].iter().map(|character| character.len_utf8()).sum::<usize>();
            let near =
                Near { form: 0, span: Span::new(start, span.end), differences: vec![(place, Difference::Slip(edit))] };
            let setting = Setting { fixed: false, cited: Some(state.chars().count()) };
            let Some(evidence) = evidence(scene.folded, &title.text, &near, setting) else { return };
            let Some((confidence, _)) = weigh(&evidence) else { return };
            let right: String = state.chars().chain(title.text.iter().copied()).collect();
            let reason = with_reason(text, &right, &near.differences);
            found.push((evidence.gain - evidence.slip.doubt(), confidence, owner, right, reason));
        });
        found.sort_by(|one, two| two.0.total_cmp(&one.0).then_with(|| one.3.cmp(&two.3)));
        found.dedup_by(|one, two| one.3 == two.3);
        let suggestions: Vec<String> = found.iter().map(|(.., right, _)| right.clone()).take(MOST).collect();
        if let Some((_, confidence, entry, _, reason)) = found.into_iter().next() {
            candidates.push(Candidate {
                entry,
                block,
                span,
                reason: Some(reason),
                suggestions,
                severity: None,
                confidence: Some(confidence),
            });
        }
    }
}

impl Kind for Cited {
    fn asks(&self) -> Vec<Asked<'_>> {
        Vec::new()
    }

    fn judge(&self, scene: &Scene<'_>, _hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if self.reported.is_empty() {
            return;
        }
        let text = scene.folded.text();
        let mut judge = |block: usize, start: usize, end: usize| {
            for length in subjects(&text[start..end]) {
                self.title(scene, block, Span::new(start, start + length), candidates);
            }
        };
        for title in scene.titles() {
            for (start, end) in innermost(&text[title.outer.range()]) {
                judge(title.block, title.outer.start + start, title.outer.start + end);
            }
        }
        for (block, span) in scene.folded.blocks().iter().enumerate() {
            let line = text[span.range()].trim_start();
            if line.starts_with(STATE) {
                let start = span.end - line.len();
                let line = line.trim_end();
                if line.chars().take(LONGEST + 1).count() <= LONGEST && line.chars().all(is_han) {
                    judge(block, start, start + line.len());
                }
            }
        }
    }
}

/// Bytes of what may be a law's title at the beginning of a title: all of it, or what it is about.
fn subjects(title: &str) -> impl Iterator<Item = usize> {
    let subject = SUBORDINATE.iter().find_map(|kind| title.strip_suffix(kind)).map(str::len);
    std::iter::once(title.len()).chain(subject).filter(|&length| length > 0)
}

/// Places between marks of titles with no such mark in them, in bytes, and not longer than a title may be.
fn innermost(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char)> = None;
    for (at, character) in text.char_indices() {
        if let Some((_, closing)) = MARKS.iter().find(|(opening, _)| *opening == character) {
            open = Some((at + character.len_utf8(), *closing));
        } else if MARKS.iter().any(|(_, closing)| *closing == character)
            && let Some((start, closing)) = open.take()
            && closing == character
            && (1..=LONGEST).contains(&text[start..at].chars().take(LONGEST + 1).count())
        {
            found.push((start, at));
        }
    }
    found
}

#[cfg(test)]
#[path = "cited_tests.rs"]
mod tests;
