//! Enumerations: a wrong, missing, surplus or misplaced member, a count that disagrees with its label, a label with the
//! wrong noun.
//!
//! A list is found by its members ([`run`]) and by what stands beside them ([`label`]). Prose mentions two or three
//! members of most lists freely, so an enumeration counts as meant only if its label is attached to it, or if all
//! members but one stand in a row ([`compare`]).

mod compare;
mod label;
mod run;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Kind, Scene};
use crate::dictionary::{Entry, Rule, Severity};
use crate::document::{Scope, Span};
use crate::engine::{Asked, AskedHit};
use crate::judge::{Candidate, quotation};
use crate::normalise::fold_str;
use compare::Finding;
use run::Run;

/// A registered list.
#[derive(Debug)]
struct Enumeration {
    /// Index of its entry.
    entry: usize,
    reports: bool,
    labels: Vec<String>,
    members: Vec<Member>,
    ordered: bool,
    noun: Option<String>,
    wrong_nouns: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    scopes: Vec<Scope>,
    /// Bytes that may stand between two members of one enumeration: two items and their separators.
    reach: usize,
}

#[derive(Debug)]
struct Member {
    /// As it is suggested.
    text: String,
    /// Without quotation marks and separators, which writers set differently.
    core: Vec<char>,
}

impl Enumeration {
    fn new(index: usize, entry: &Entry, list: &crate::dictionary::List, reports: bool) -> Self {
        let members: Vec<Member> = list
            .members
            .iter()
            .map(|member| {
                let text = fold_str(member);
                let core = text.chars().filter(|&character| !text::is_mark(character)).collect();
                Member { text, core }
            })
            .collect();
        let longest = members.iter().map(|member| member.text.len()).max().unwrap_or(0);
        Enumeration {
            entry: index,
            reports,
            labels: list.labels.iter().map(|label| fold_str(label)).collect(),
            members,
            ordered: list.ordered,
            noun: list.noun.as_deref().map(fold_str),
            wrong_nouns: list.wrong_nouns.iter().map(|noun| fold_str(noun)).collect(),
            from: entry.from.clone(),
            to: entry.to.clone(),
            scopes: entry.scopes.clone(),
            reach: 2 * longest + 60,
        }
    }

    /// Whether it is the right list on a day.
    fn holds(&self, date: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= date) && self.to.as_deref().is_none_or(|to| date <= to)
    }

    /// Characters of its shortest member.
    fn shortest(&self) -> usize {
        self.members.iter().map(|member| member.core.len()).min().unwrap_or(0)
    }

    /// Whether its members are hardly ever enumerated for another purpose.
    fn is_distinctive(&self) -> bool {
        self.members.len() >= 4 && (self.shortest() >= 3 || self.members.len() >= 5)
    }

    /// Whether `label` says how many members there are: 四个意识, 三严三实, 五位一体.
    fn is_counted_by(&self, label: &str) -> bool {
        let numerals: Vec<usize> = label.chars().filter_map(label::numeral).collect();
        let begins = label.chars().next().and_then(label::numeral);
        begins.is_some_and(|first| first == self.members.len() || numerals.iter().sum::<usize>() == self.members.len())
    }

    fn shares_label(&self, other: &Enumeration) -> bool {
        self.labels.iter().any(|label| other.labels.contains(label))
    }

    /// Whether all its members belong to `other` as well.
    fn is_part_of(&self, other: &Enumeration) -> bool {
        self.members.iter().all(|member| other.members.iter().any(|one| one.core == member.core))
    }

    /// What all members begin with and end with.
    fn common(&self) -> (Option<char>, Option<char>) {
        let common = |end: fn(&[char]) -> Option<&char>| {
            let first = self.members.first().and_then(|member| end(&member.core));
            first.filter(|first| self.members.iter().all(|member| end(&member.core) == Some(first))).copied()
        };
        (common(<[char]>::first), common(<[char]>::last))
    }

    /// Whether its members are all as long, and begin or end alike: 政治意识, 大局意识.
    fn is_uniform(&self) -> bool {
        let (first, last) = self.common();
        (first.is_some() || last.is_some())
            && self.members.iter().all(|member| member.core.len() == self.members[0].core.len())
    }

    /// Whether an item looks like a member: as long as one, and with what all members begin or end with.
    fn is_in_form(&self, item: &str) -> bool {
        let item: Vec<char> = item.chars().filter(|&character| !text::is_mark(character)).collect();
        let lengths = || self.members.iter().map(|member| member.core.len());
        let fits = lengths().min().is_some_and(|least| least <= item.len() + 1)
            && lengths().max().is_some_and(|most| item.len() <= most + 1);
        let (first, last) = self.common();
        fits && first.is_none_or(|first| item.first() == Some(&first))
            && last.is_none_or(|last| item.last() == Some(&last))
            && (first.is_some() || last.is_some() || lengths().any(|length| length == item.len()))
    }
}

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
    pub(super) fn new(entries: &[Entry], reports: &dyn Fn(usize) -> bool) -> Self {
        let lists: Vec<Enumeration> = entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| match &entry.rule {
                Rule::List(list) => Some(Enumeration::new(index, entry, list, reports(index))),
                _ => None,
            })
            .collect();
        let mut literals: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        // Where none reports, none is evidence either.
        let asked = if lists.iter().any(|list| list.reports) { &lists[..] } else { &[] };
        for (index, list) in asked.iter().enumerate() {
            // Single characters stand everywhere; such lists are known by their labels only.
            let members = if list.shortest() < 2 { &[] } else { &list.members[..] };
            for (number, member) in members.iter().enumerate() {
                let probe = member.text.trim_start_matches(text::is_mark);
                let probe = probe.split(text::is_mark).next().unwrap_or(probe);
                literals.entry(probe.to_owned()).or_default().push(Use::Member(index, number));
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
        let excused = exact.iter().any(|(other, whole)| {
            let other = &self.lists[*other];
            let rival = !counted || other.shares_label(list);
            rival && (within(whole) || (overlaps(whole) && !other.is_part_of(list)))
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
    for &wanted in &member.core[text[probe.clone()].chars().count()..] {
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
    fn asks(&self) -> Vec<Asked> {
        (0u32..).zip(&self.literals).map(|(tag, (literal, _))| Asked { literal: literal.clone(), tag }).collect()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        let mut hits: Vec<(usize, AskedHit)> =
            hits.iter().map(|hit| (scene.folded.block_index(hit.span.start), *hit)).collect();
        hits.sort_unstable_by_key(|(block, hit)| (*block, hit.span.start, hit.span.end, hit.tag));
        let date = scene.date();
        for hits in hits.chunk_by(|one, two| one.0 == two.0) {
            let block = hits[0].0;
            let span = scene.folded.blocks()[block];
            let place = Place {
                text: &scene.folded.text()[span.range()],
                scope: scene.document.blocks[block].scope,
                date,
                today: if scene.outdated { date.max(scene.as_of) } else { date },
            };
            let local = hits.iter().map(|(_, hit)| (hit.tag, hit.span.start - span.start..hit.span.end - span.start));
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
