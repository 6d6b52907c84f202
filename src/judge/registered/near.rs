//! What is almost a right form.

use super::weigh::{Evidence, Ground, Slip, reason, weigh};
use super::{Kind, Scene};
use crate::dictionary::{Entry, Rule};
use crate::engine::{Asked, AskedHit, Difference, Edit, Near, NearHits, NearIndex, Novelty, code, gain};
use crate::judge::Candidate;
use crate::normalise::Folded;

/// Near-misses of all registered forms.
pub(super) struct NearMisses {
    index: NearIndex,
    reports: Vec<bool>,
}

impl NearMisses {
    pub(super) fn new(entries: &[Entry], reports: &dyn Fn(usize) -> bool) -> Self {
        let mut forms: Vec<(&str, Option<usize>)> = Vec::new();
        for (owner, entry) in entries.iter().enumerate() {
            let (own, right): (&[String], Vec<&String>) = match &entry.rule {
                Rule::Phrase(phrase) => (&[], phrase.accepted.iter().chain(&phrase.siblings).collect()),
                // What local names end in is no whole name.
                Rule::Name(name) if name.local => continue,
                Rule::Name(name) => (&name.short, name.siblings.iter().collect()),
                Rule::Law(law) => (&law.short, law.siblings.iter().collect()),
                Rule::List(_) => (&[], Vec::new()),
                _ => continue,
            };
            forms.extend(entry.right.iter().chain(own).map(|form| (form.as_str(), Some(owner))));
            forms.extend(right.into_iter().map(|form| (form.as_str(), None)));
        }
        NearMisses { index: NearIndex::new(forms), reports: (0..entries.len()).map(reports).collect() }
    }
}

impl Kind for NearMisses {
    fn asks(&self) -> Vec<Asked> {
        self.index.asks()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        let found = self.index.find(scene.folded, hits);
        let mut judged: Vec<(f64, u8, &Near)> = Vec::new();
        for near in &found.near {
            if self.index.is_known(&scene.folded.text()[near.span.range()]) || explained(near, &found) {
                continue;
            }
            let evidence = evidence(scene.folded, &self.index, near);
            if let Some((confidence, _)) = weigh(&evidence) {
                // The fewer the edits the better, then the longer form, then the better clause.
                let score = evidence.length as f64 * 2.0 + evidence.gain - 12.0 * evidence.edits as f64;
                judged.push((score, confidence, near));
            }
        }
        judged.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.2.span.start.cmp(&two.2.span.start)));
        let mut kept: Vec<&Near> = Vec::new();
        for (_, confidence, near) in judged {
            if kept.iter().any(|other| other.span.overlaps(&near.span)) {
                continue;
            }
            kept.push(near);
            let form = self.index.form(near.form);
            let Some(entry) = form.owner.filter(|&owner| self.reports[owner]) else { continue };
            let right: String = form.text.iter().collect();
            let why: Vec<String> = near.differences.iter().map(|(_, difference)| reason(difference)).collect();
            let wrong = &scene.folded.text()[near.span.range()];
            candidates.push(Candidate {
                entry,
                block: scene.folded.block_index(near.span.start),
                span: near.span,
                reason: Some(format!("“{wrong}”应为“{right}”：{}。", why.join("，"))),
                suggestions: vec![right],
                severity: None,
                confidence: Some(confidence),
            });
        }
    }
}

fn evidence(folded: &Folded<'_>, index: &NearIndex, near: &Near) -> Evidence {
    let form = &index.form(near.form).text;
    let block = folded.blocks()[folded.block_index(near.span.start)];
    let text = &folded.text()[block.range()];
    let (start, end) = (near.span.start - block.start, near.span.end - block.start);
    let right: String = form.iter().collect();
    let mut novelty = Novelty::default();
    for (at, difference) in &near.differences {
        let at = at - block.start;
        let codes = |text: &str| text.chars().map(code).collect::<Vec<u32>>();
        let (old, new) = match difference {
            Difference::Slip(Edit::Exchanged(old, new)) => (vec![code(*old)], vec![code(*new)]),
            Difference::Slip(Edit::Dropped(new)) => (vec![], vec![code(*new)]),
            Difference::Slip(Edit::Doubled(old) | Edit::Inserted(old)) => (vec![code(*old)], vec![]),
            Difference::Slip(Edit::Swapped(one, two)) => (vec![code(*one), code(*two)], vec![code(*two), code(*one)]),
            Difference::MissingWord(word) => (vec![], codes(word)),
            Difference::SurplusWord(word) => (codes(word), vec![]),
        };
        let mut before = text[..at].chars().rev().map(code);
        let mut after = text[at..].chars().skip(difference.width()).map(code);
        let nearest = before.next().unwrap_or(0);
        let before = [before.next().unwrap_or(0), nearest];
        let after = [after.next().unwrap_or(0), after.next().unwrap_or(0)];
        novelty = novelty.plus(Novelty::of(before, &old, &new, after));
    }
    let around = (text[..start].chars().next_back(), text[end..].chars().next());
    let quoted = matches!(around, (Some('《'), Some('》')) | (Some('“'), Some('”')) | (Some('〈'), Some('〉')));
    let edge = near.differences.iter().any(|(at, difference)| {
        let width: usize = folded.text()[*at..].chars().take(difference.width()).map(char::len_utf8).sum();
        *at == near.span.start || at + width >= near.span.end
    });
    Evidence {
        ground: Ground::Registered,
        length: form.len(),
        gain: gain(text, start, end, &right) as f64 / 256.0,
        novelty,
        slip: Slip::of_all(near.differences.iter().map(|(_, difference)| difference)),
        edits: near.differences.len(),
        edge,
        quoted,
    }
}

/// Whether a right form covers the places where `near` differs from its form: then the text is explained.
fn explained(near: &Near, found: &NearHits) -> bool {
    let first = near.differences.first().map_or(near.span.start, |(at, _)| *at);
    let last = near.differences.last().map_or(near.span.end, |(at, difference)| {
        // What differs is Han text: three bytes for each character.
        *at + difference.width() * 3
    });
    found.exact.iter().any(|(_, span)| {
        (span.start < first && last < span.end) || (first < last && span.start <= first && last <= span.end)
    })
}
