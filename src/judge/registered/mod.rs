//! Rules of registries: what is almost a right form, what is not right at the document's date, enumerations, citations,
//! people and their posts.
//!
//! Each kind of rule says which literals the one pass over the text shall look for, and then judges a document by where
//! they stand.

mod attested;
mod cited;
mod law;
mod law_table;
mod list;
mod name;
mod near;
mod numerals;
mod person;
#[cfg(test)]
mod tests;
mod title_table;
mod titles;
mod weigh;

use std::sync::OnceLock;

use rayon::prelude::*;

use super::Candidate;
use crate::dictionary::{Entries, STATE};
use crate::document::Document;
use crate::engine::index::Set;
use crate::engine::{Asked, AskedHit};
use crate::normalise::Folded;

/// What rules see of a document.
pub(super) struct Scene<'d> {
    pub(super) document: &'d Document,
    pub(super) folded: &'d Folded<'d>,
    pub(super) entries: &'d Entries,
    /// The date (ISO 8601) of the check; “today” for what is outdated.
    pub(super) as_of: &'d str,
    /// The date by which a document without one is judged.
    pub(super) undated: &'d str,
    /// Whether what was right when the document was written, but is not today, is reported.
    pub(super) outdated: bool,
    /// [`titles`](Scene::titles) once somebody has asked for them.
    pub(super) titles: OnceLock<Vec<titles::Title>>,
}

impl Scene<'_> {
    /// The date (ISO 8601) by which the document is judged.
    pub(super) fn date(&self) -> &str {
        self.document.date.as_ref().map_or(self.undated, |date| date.date.as_str())
    }

    /// The titles in 《》, in order of position.
    pub(super) fn titles(&self) -> &[titles::Title] {
        self.titles.get_or_init(|| titles::titles(self.folded))
    }
}

/// Where a form with the name of the state begins whose telling part `right` is to stand from `start` of `text` on: if that
/// name, or the part of it that is missing, stands before it and the `whole` is known, `right` becomes the whole.
fn with_state(text: &str, start: usize, right: &mut String, known: impl Fn(&str) -> bool) -> usize {
    for missing in [STATE, &STATE[..STATE.len() - "和国".len()]] {
        if text[..start].ends_with(missing) {
            let whole = format!("{missing}{right}");
            if known(&whole) {
                *right = whole;
                return start - missing.len();
            }
        }
    }
    start
}

/// Whether the title brackets 《》 or 〈〉 stand around `start..end` of `text`, with at most the name of the state before it in
/// them, and how many characters of that name there are.
fn in_title(text: &str, start: usize, end: usize) -> Option<usize> {
    let closes = text[end..].chars().next()?;
    let opening = match closes {
        '》' => '《',
        '〉' => '〈',
        '>' => '<',
        _ => return None,
    };
    let before = &text[..start];
    let states = [STATE, &STATE[..STATE.len() - "和国".len()], ""];
    let state = states.into_iter().find(|state| before.ends_with(state))?;
    let before = before.strip_suffix(state)?;
    before.ends_with(opening).then(|| state.chars().count())
}

/// Whether the entry with this index gives findings.
type Reports<'r> = dyn Fn(usize) -> bool + Sync + 'r;

/// One kind of rule.
pub(super) trait Kind: Send + Sync {
    /// The literals that [`judge`](Kind::judge) wants to see.
    fn asks(&self) -> Vec<Asked<'_>>;

    /// Sets of compiled literals that it wants to see as well, and the tags of their occurrences, if it was told that there are
    /// any.
    fn sets(&self) -> Vec<(Set, u32)> {
        Vec::new()
    }

    /// Judges one document, given all occurrences of the literals, in no particular order.
    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>);
}

/// All kinds, compiled.
pub(super) struct Registered {
    kinds: Vec<Box<dyn Kind>>,
}

impl Registered {
    /// Compiles the registries among `entries`. All of them are evidence of what is right; only those for which
    /// `reports` holds give findings. `embedded` says that they are the embedded ones and nothing else, what was compiled
    /// of which ahead is used as it is.
    pub(super) fn new(entries: &Entries, reports: impl Fn(usize) -> bool + Sync, embedded: bool) -> Self {
        let reports: &Reports<'_> = &reports;
        /// Place among the kinds: of findings that are equal in all that decides, the first one is told.
        const NEAR: usize = 4;
        // Near-misses take as long as all the others together.
        let (near, mut kinds) = rayon::join(
            || near::NearMisses::new(entries, reports, embedded),
            || -> Vec<Box<dyn Kind>> {
                vec![
                    Box::new(list::Lists::new(entries, reports)),
                    Box::new(name::Names::new(entries, reports, embedded)),
                    Box::new(law::Citations::new(entries, reports, embedded)),
                    Box::new(person::People::new(entries, reports)),
                    Box::new(cited::Cited::new(entries, reports, embedded)),
                    Box::new(attested::Attested::new(entries, reports)),
                ]
            },
        );
        kinds.insert(NEAR, Box::new(near));
        Registered { kinds }
    }

    /// The literals of each kind.
    pub(super) fn asks(&self) -> Vec<Vec<Asked<'_>>> {
        self.kinds.iter().map(|kind| kind.asks()).collect()
    }

    /// The sets of compiled literals of each kind.
    pub(super) fn sets(&self) -> Vec<Vec<(Set, u32)>> {
        self.kinds.iter().map(|kind| kind.sets()).collect()
    }

    /// Judges a document; `hits` are those of each kind.
    pub(super) fn judge(&self, scene: &Scene<'_>, hits: &[Vec<AskedHit>], candidates: &mut Vec<Candidate>) {
        if !scene.folded.is_long() {
            self.kinds.iter().zip(hits).for_each(|(kind, hits)| kind.judge(scene, hits, candidates));
            return;
        }
        let judged = self.kinds.par_iter().zip(hits).map(|(kind, hits)| {
            let mut candidates = Vec::new();
            kind.judge(scene, hits, &mut candidates);
            candidates
        });
        candidates.par_extend(judged.flatten());
    }
}
