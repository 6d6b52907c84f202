//! Names: of institutions, meetings and places, each right between its dates.
//!
//! A name that is spelled right may be wrong all the same: the ministry was abolished before the page was written, the
//! meeting never took place, the city lies in another province. Most old names in official text are legitimate, because
//! the text speaks of their time; `context` knows how text says so.

mod context;
mod cues;
mod dated;
mod local;
mod meeting;
mod place;
#[cfg(test)]
mod tests;

use super::{Kind, Scene};
use crate::dictionary::{Entries, Entry, Rule};
use crate::document::{Folded, Span};
use crate::engine::index::Set;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;

use context::{Period, Written, day};
use dated::Dated;
use local::Local;
use meeting::Meetings;
use place::Places;

/// The upper bits of a tag say which part of this module asked.
const PART_BITS: u32 = 28;

/// The part that is about places.
const PLACES: u32 = 3;

pub(super) struct Names {
    dated: Dated,
    local: Local,
    meetings: Meetings,
    places: Places,
    /// Whether the names of places are compiled ahead.
    embedded: bool,
}

impl Names {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool, embedded: bool) -> Self {
        Names {
            dated: Dated::new(entries, reports),
            local: Local::new(entries, reports),
            meetings: Meetings::new(entries, reports),
            places: Places::new(entries, reports),
            embedded,
        }
    }
}

impl Kind for Names {
    fn asks(&self) -> Vec<Asked<'_>> {
        let places = if self.embedded { Vec::new() } else { self.places.asks() };
        let parts = [self.dated.asks(), self.local.asks(), self.meetings.asks(), places];
        let mut asked = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        for (part, literals) in (0u32..).zip(parts) {
            asked.extend(literals.into_iter().map(|one| Asked { tag: part << PART_BITS | one.tag, ..one }));
        }
        asked
    }

    fn sets(&self) -> Vec<(Set, u32)> {
        let sets = if self.embedded { self.places.sets() } else { Vec::new() };
        sets.into_iter().map(|(set, tag)| (set, PLACES << PART_BITS | tag)).collect()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if hits.is_empty() {
            return;
        }
        let mut parts: [Vec<AskedHit>; 4] = Default::default();
        for hit in hits {
            if let Some(part) = parts.get_mut((hit.tag >> PART_BITS) as usize) {
                part.push(AskedHit { tag: hit.tag & ((1 << PART_BITS) - 1), span: hit.span });
            }
        }
        for part in &mut parts {
            outermost(part);
        }
        let written = Written::default();
        self.dated.judge(scene, &written, &parts[0], candidates);
        self.local.judge(scene, &written, &parts[1], candidates);
        self.meetings.judge(scene, &parts[2], candidates);
        self.places.judge(scene, &written, &parts[3], candidates);
    }
}

/// Drops hits inside others: of 中华人民共和国国土资源部 the whole counts, not the end.
fn outermost(hits: &mut Vec<AskedHit>) {
    hits.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    let mut kept: Option<Span<Folded>> = None;
    hits.retain(|hit| {
        // One name may be looked for in two capacities.
        let outer = kept.is_none_or(|kept| hit.span == kept || hit.span.end > kept.end);
        if outer {
            kept = Some(hit.span);
        }
        outer
    });
}

/// The dates between which an entry's form is right.
fn validity(entry: &Entry) -> Period {
    Period {
        first: entry.from.as_deref().and_then(day).unwrap_or(0),
        last: entry.to.as_deref().and_then(day).unwrap_or(Period::OPEN),
    }
}

/// The name that an entry is about, if it is of an institution.
fn institution(entry: &Entry) -> Option<&crate::dictionary::Name> {
    match &entry.rule {
        Rule::Name(name) if name.held.is_none() && name.superior.is_empty() => Some(name),
        _ => None,
    }
}
