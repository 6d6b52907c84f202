//! Enumerations: a wrong, missing, surplus or misplaced member, a count that disagrees with its label, a label with the
//! wrong noun.
//!
//! A list is found by its members ([`run`]) and by what stands beside them ([`label`]). Prose mentions two or three
//! members of most lists freely, so an enumeration counts as meant only if its label is attached to it, or if all
//! members but one stand in a row ([`compare`]).

mod compare;
mod enumeration;
mod label;
mod marks;
mod run;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Kind, Scene};
use crate::dictionary::{Entries, Rule, RuleKind, Severity};
use crate::document::{Scope, Span};
use crate::engine::{Asked, AskedHit};
use crate::judge::{Candidate, quotation};
use compare::Finding;
use enumeration::{Enumeration, Member};
use run::Run;

/// What a literal stands for.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// A member of a list, or what it begins with up to its first quotation mark or separator.
    Member(usize, usize),
    /// A label of a list.
    Label(usize, usize),
}

pub(super) struct Lists {
    lists: Vec<Enumeration>,
    literals: Vec<(String, Vec<Use>)>,
}

/// What was found of one list in one block; offsets in the block.
#[derive(Debug, Default)]
struct Found {
    members: Vec<(Range<usize>, usize)>,
    labels: Vec<(Range<usize>, usize)>,
}

/// One block that is judged.
struct Place<'p> {
    text: &'p str,
    scope: Scope,
    /// The day by which it is judged.
    date: &'p str,
    /// The day by which it is said to be outdated.
    today: &'p str,
}

impl Lists {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let mut lists: Vec<Enumeration> = entries
            .of(RuleKind::List)
            .filter_map(|(index, entry)| match &entry.rule {
                Rule::List(list) => Some(Enumeration::new(index, entry, list, reports(index))),
                _ => None,
            })
            .collect();
        let nested: Vec<bool> = lists.iter().map(|list| lists.iter().any(|other| list.is_nested_in(other))).collect();
        lists.iter_mut().zip(nested).for_each(|(list, nested)| list.nested = nested);
        let mut literals: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        // Where none reports, none is evidence either.
        let asked = if lists.iter().any(|list| list.reports) { &lists[..] } else { &[] };
        for (index, list) in asked.iter().enumerate() {
            // Single characters stand everywhere; such lists are known by their labels only.
            let members = if list.shortest() < 2 { &[] } else { &list.members[..] };
            for (number, member) in members.iter().enumerate() {
                literals.entry(marks::probe(&member.text).to_owned()).or_default().push(Use::Member(index, number));
            }
            for (number, label) in list.labels.iter().enumerate() {
                literals.entry(label.clone()).or_default().push(Use::Label(index, number));
            }
        }
        Lists { lists, literals: literals.into_iter().collect() }
    }

    /// Judges what was found in one block.
    fn judge_block(&self, place: &Place<'_>, found: &BTreeMap<usize, Found>) -> Vec<(usize, Finding)> {
        let mut findings = Vec::new();
        let mut runs: Vec<(usize, Run)> = Vec::new();
        for (&index, found) in found {
            let list = &self.lists[index];
            findings.extend(
                label::wrong_nouns(place.text, place.date, list, found, &self.lists).map(|finding| (index, finding)),
            );
            runs.extend(run::runs(place.text, list, &found.members).into_iter().map(|run| (index, run)));
        }
        let exact: Vec<(usize, Range<usize>)> =
            runs.iter().filter_map(|(index, run)| Some((*index, run.exact(&self.lists[*index])?))).collect();
        let none = Found::default();
        for (index, run) in runs {
            let found = found.get(&index).unwrap_or(&none);
            findings.extend(self.judge_run(place, index, run, found, &exact).map(|finding| (index, finding)));
        }
        findings.retain(|(index, _)| {
            let list = &self.lists[*index];
            list.reports && (list.scopes.is_empty() || list.scopes.contains(&place.scope))
        });
        // Several lists may explain one place; the one with its label and the least amiss is meant.
        findings.sort_by_key(|(index, finding)| (finding.doubt, finding.span.start, self.lists[*index].entry));
        let mut kept: Vec<(usize, Finding)> = Vec::new();
        for (index, finding) in findings {
            let overlaps = |other: &Finding| other.span.start < finding.span.end && finding.span.start < other.span.end;
            if !kept.iter().any(|(_, other)| overlaps(other)) {
                kept.push((index, finding));
            }
        }
        kept
    }

    fn judge_run(
        &self,
        place: &Place<'_>,
        index: usize,
        mut run: Run,
        found: &Found,
        exact: &[(usize, Range<usize>)],
    ) -> Option<Finding> {
        let list = &self.lists[index];
        let attached = label::attached(place.text, list, &run, found);
        if let Some(whole) = run.exact(list) {
            let longer = |(_, other): &(usize, Range<usize>)| {
                other.start <= whole.start && whole.end <= other.end && other.len() > whole.len()
            };
            if exact.iter().any(longer) || is_mentioned(place.text, &run, attached.as_ref()) {
                return None;
            }
            if let Some(finding) = compare::doubled(place.text, list, &run, attached.as_ref()) {
                return Some(finding);
            }
            let surplus = attached.as_ref().filter(|attached| attached.sure);
            return self
                .outdated(place, index, &whole, attached.is_some(), exact)
                .or_else(|| label::wrong_count(place.text, list, &run, &self.lists))
                .or_else(|| compare::surplus(place.text, list, run, surplus?));
        }
        let span = run.span();
        let within = |whole: &Range<usize>| whole.start <= span.start && span.end <= whole.end;
        let overlaps = |whole: &Range<usize>| whole.start < span.end && span.start < whole.end;
        let counted = attached.as_ref().is_some_and(|attached| list.is_counted_by(&list.labels[attached.label]));
        let clauses = run.gaps.contains(&text::Separator::Clause);
        let excused = exact.iter().any(|(other, whole)| {
            let other = &self.lists[*other];
            // A list of its own, and a member of the longer one in the next clause.
            let apart = clauses && attached.is_none() && other.members.len() + 1 == list.members.len();
            let rival = !counted || other.shares_label(list);
            rival && (within(whole) || (overlaps(whole) && (apart || !other.is_part_of(list))))
        });
        if excused {
            return None;
        }
        run.recognise(place.text, list);
        if let Some(attached) = &attached {
            run = label::with_items(run, attached);
            run.recognise(place.text, list);
        }
        run.recognise_edges(place.text, list);
        if let Some(attached) = &attached {
            run.take_far_edge(place.text, list, attached.follows);
            run.recognise(place.text, list);
        }
        compare::judge(place, list, &run, attached.as_ref(), found)
            .filter(|_| !is_mentioned(place.text, &run, attached.as_ref()))
    }

    /// A list that was right until another took its label.
    fn outdated(
        &self,
        place: &Place<'_>,
        index: usize,
        whole: &Range<usize>,
        attached: bool,
        exact: &[(usize, Range<usize>)],
    ) -> Option<Finding> {
        let list = &self.lists[index];
        let to = list.to.as_deref().filter(|&to| to < place.today)?;
        let right_today = |(other, span): &(usize, Range<usize>)| {
            self.lists[*other].holds(place.today) && span.start <= whole.start && whole.end <= span.end
        };
        if (!attached && !list.is_distinctive()) || exact.iter().any(right_today) {
            return None;
        }
        let successor = self
            .lists
            .iter()
            .find(|other| other.holds(place.today) && other.entry != list.entry && other.shares_label(list))?;
        compare::outdated(place, list, successor, whole, to)
    }

    /// Whether hits in one block say anything: a label does, and two members of one list. `seen` is room for lists.
    fn may_tell(&self, hits: &[AskedHit], seen: &mut Vec<usize>) -> bool {
        seen.clear();
        let literals = hits.iter().filter_map(|hit| self.literals.get(hit.tag as usize));
        literals.flat_map(|(_, uses)| uses).any(|usage| match *usage {
            Use::Label(..) => true,
            Use::Member(list, _) => {
                let again = seen.contains(&list);
                seen.push(list);
                again
            }
        })
    }

    /// Sorts hits by block and list.
    fn sort(&self, text: &str, hits: impl Iterator<Item = (u32, Range<usize>)>) -> BTreeMap<usize, Found> {
        let mut found: BTreeMap<usize, Found> = BTreeMap::new();
        let mut members: Vec<(Range<usize>, usize, usize)> = Vec::new();
        for (tag, span) in hits {
            let Some((_, uses)) = self.literals.get(tag as usize) else { continue };
            for usage in uses {
                match *usage {
                    Use::Label(list, label) => found.entry(list).or_default().labels.push((span.clone(), label)),
                    Use::Member(list, number) => {
                        let whole = extent(text, &span, &self.lists[list].members[number]);
                        members.extend(whole.map(|whole| (whole, list, number)));
                    }
                }
            }
        }
        members.sort_by_key(|(span, list, number)| (span.start, std::cmp::Reverse(span.end), *list, *number));
        // What is part of a longer member, of whatever list, does not stand for itself: 永久基本农田 in 耕地和永久基本农田.
        let mut longest = 0..0;
        for (span, list, number) in members {
            if span.end <= longest.end && span != longest {
                continue;
            }
            longest = span.clone();
            found.entry(list).or_default().members.push((span, number));
        }
        for found in found.values_mut() {
            found.labels.sort_by_key(|(span, label)| (span.start, span.end, *label));
        }
        found
    }
}

/// Whether the text speaks about the enumeration as a wrong one. The finding itself may be a part of it only.
fn is_mentioned(text: &str, run: &Run, attached: Option<&label::Attached>) -> bool {
    let span = run.span();
    let start = attached.map_or(span.start, |attached| attached.span.start.min(span.start));
    let start = text[..start].trim_end_matches(text::is_quote).len();
    quotation::is_mention(text, span.clone(), &[]) || quotation::is_mention(text, start..span.end, &[])
}

/// The whole member of which the beginning stands at `probe`, whatever marks it is written with.
fn extent(text: &str, probe: &Range<usize>, member: &Member) -> Option<Range<usize>> {
    let mut end = probe.end;
    let mut rest = text[probe.end..].chars();
    for &wanted in member.core.get(text[probe.clone()].chars().count()..)? {
        loop {
            let next = rest.next()?;
            end += next.len_utf8();
            if next == wanted {
                break;
            }
            if !text::is_mark(next) {
                return None;
            }
        }
    }
    let quoted = member.text.starts_with(text::is_quote);
    let before = text[..probe.start].chars().next_back().filter(|&before| quoted && text::is_quote(before));
    Some(probe.start - before.map_or(0, char::len_utf8)..end)
}

impl Kind for Lists {
    fn asks(&self) -> Vec<Asked<'_>> {
        (0u32..).zip(&self.literals).map(|(tag, (literal, _))| Asked { literal, tag }).collect()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        let mut hits = hits.to_vec();
        hits.sort_unstable_by_key(|hit| (hit.span.start, hit.span.end, hit.tag));
        let date = scene.date();
        let mut seen = Vec::new();
        let mut rest = &hits[..];
        while let Some(first) = rest.first() {
            let block = scene.folded.block_index(first.span.start);
            let span = scene.folded.blocks()[block];
            let next = rest.iter().position(|hit| hit.span.start >= span.end);
            let (hits, others) = rest.split_at(next.unwrap_or(rest.len()).max(1));
            rest = others;
            if !self.may_tell(hits, &mut seen) {
                continue;
            }
            let place = Place {
                text: &scene.folded.text()[span.range()],
                scope: scene.document.blocks[block].scope,
                date,
                today: if scene.outdated { date.max(scene.as_of) } else { date },
            };
            let local = hits.iter().map(|hit| (hit.tag, hit.span.start - span.start..hit.span.end - span.start));
            let found = self.sort(place.text, local);
            for (index, finding) in self.judge_block(&place, &found) {
                candidates.push(Candidate {
                    entry: self.lists[index].entry,
                    block,
                    span: Span::new(span.start + finding.span.start, span.start + finding.span.end),
                    suggestions: vec![finding.suggestion],
                    reason: Some(finding.reason),
                    severity: finding.outdated.then_some(Severity::Error),
                    confidence: None,
                });
            }
        }
    }
}
