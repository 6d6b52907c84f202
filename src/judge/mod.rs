//! From hits to findings: contexts, longer allowed spans, word boundaries, validators, dates, quotation, overlaps,
//! suppressions – and the place of what remains.

mod anchor;
mod finding;
mod fingerprint;
mod place;
mod quotation;
mod recognised;
mod registered;
mod suppress;
pub mod validate;
mod verify;

use std::collections::BTreeMap;

use crate::dictionary::{Dictionary, Entries, Entry, Guards, Rule, RuleKind, RuleSelection, Severity};
use crate::document::{Document, Folded as FoldedMark, Span, Text};
use crate::engine::{AllowedSpan, CompileError, Matcher, PatternMatch, TermHit, agrees, index};
use crate::normalise::Folded;
use crate::source::{DecodedText, Notice, Source};

pub use finding::{Anchor, Context, Finding, Inside, Location, PagePart, TextPoint};
pub use place::block_locations;
pub(crate) use place::without_long_numbers;
pub(crate) use verify::example;
pub use verify::verify;

use quotation::Tables;
use registered::Registered;
use validate::{Glance, Verdict};

/// Characters of context on each side of a finding.
pub(crate) const CONTEXT: usize = 24;

/// Decides which hits are findings.
pub struct Judge {
    dictionary: Dictionary,
    matcher: Matcher,
    registered: Registered,
    options: JudgeOptions,
    /// Of entries whose validator can say at a glance that all of a block is fine, in order, what says so.
    glances: Vec<(usize, Glance)>,
}

/// What judging depends on besides document and dictionary.
#[derive(Debug, Clone)]
pub struct JudgeOptions {
    /// Which rules run.
    pub selection: RuleSelection,
    /// The least severity that is reported.
    pub severity: Severity,
    /// The date (ISO 8601) of the check; “today” for what is outdated.
    pub as_of: String,
    /// The date by which documents without one are judged.
    pub undated: String,
    /// Whether names that were right when the document was written, but are not today, are reported as well.
    pub outdated: bool,
}

impl JudgeOptions {
    /// Whether `entry` takes part at all.
    fn runs(&self, entry: &Entry) -> bool {
        self.selection.selects(entry) && entry.severity >= self.severity
    }

    /// The same for the entry with this index, without reading it.
    fn takes(&self, entries: &Entries, index: usize) -> bool {
        let facts = entries.facts(index);
        facts.severity >= self.severity && self.selection.takes(facts.enabled, facts.profile, || entries.id(index))
    }
}

/// A hit that passed everything but overlaps and suppressions.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) entry: usize,
    pub(crate) block: usize,
    pub(crate) span: Span<FoldedMark>,
    /// Right forms for this very hit.
    pub(crate) suggestions: Vec<String>,
    /// The reason a validator gave for this very hit.
    pub(crate) reason: Option<String>,
    /// How grave this very hit is, if not as grave as the entry.
    pub(crate) severity: Option<Severity>,
    /// How sure it is, in percent, where evidence was weighed.
    pub(crate) confidence: Option<u8>,
}

impl Candidate {
    fn severity(&self, entries: &Entries) -> Severity {
        self.severity.unwrap_or_else(|| entries.facts(self.entry).severity)
    }
}

impl Judge {
    /// Compiles the rules that `options` select.
    pub fn new(dictionary: Dictionary, options: JudgeOptions) -> Result<Self, Vec<CompileError>> {
        let entries = dictionary.entries();
        let unknown = entries.of(RuleKind::Pattern).filter_map(|(_, entry)| match &entry.rule {
            Rule::Pattern(pattern) => {
                let name = pattern.validator.as_deref()?;
                validate::find(name).is_none().then(|| CompileError {
                    id: entry.id.clone(),
                    message: format!("there is no validator called {name:?}"),
                })
            }
            _ => None,
        });
        let unknown: Vec<CompileError> = unknown.collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let runs: Vec<bool> = (0..entries.len()).map(|index| options.takes(entries, index)).collect();
        let selected = |index: usize| runs[index];
        // The embedded dictionary alone is compiled already.
        let embedded = || {
            let registered = Registered::new(entries, selected, true);
            let matcher = Matcher::embedded(&dictionary, selected, &registered.asks(), &registered.sets())?;
            Some((registered, matcher))
        };
        let compiled = if dictionary.is_embedded() && index::is_compiled() { embedded() } else { None };
        let (registered, matcher) = match compiled {
            Some(compiled) => compiled,
            None => {
                let registered = Registered::new(entries, selected, false);
                let matcher = Matcher::new(&dictionary, selected, &registered.asks())?;
                (registered, matcher)
            }
        };
        let glances = entries.of(RuleKind::Pattern).filter_map(|(index, entry)| match &entry.rule {
            Rule::Pattern(pattern) => {
                let validator = validate::find(pattern.validator.as_deref()?)?;
                Some((index, validator.glance(&pattern.expression)?))
            }
            _ => None,
        });
        let glances = glances.collect();
        Ok(Judge { dictionary, matcher, registered, options, glances })
    }

    /// Whether the literals were compiled ahead.
    #[cfg(test)]
    pub(crate) fn is_compiled_ahead(&self) -> bool {
        self.registered.sets().iter().any(|sets| !sets.is_empty())
    }

    /// The dictionary in use.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The date by which documents without one are judged.
    pub fn as_of(&self) -> &str {
        &self.options.as_of
    }

    /// Whether `entry` takes part, by selection and severity.
    pub fn runs(&self, entry: &Entry) -> bool {
        self.options.runs(entry)
    }

    /// Judges one document. `decoded` is the text that the document's source map points into, where it is one text.
    pub fn judge(
        &self,
        source: &Source,
        document: &Document,
        decoded: Option<&DecodedText<'_>>,
    ) -> (Vec<Finding>, Vec<Notice>) {
        let (findings, _, notices) = self.judge_located(source, document, decoded);
        (findings, notices)
    }

    /// [`judge`](Self::judge), with the text that each finding is about.
    pub(crate) fn judge_located(
        &self,
        source: &Source,
        document: &Document,
        decoded: Option<&DecodedText<'_>>,
    ) -> (Vec<Finding>, Vec<Span<Text>>, Vec<Notice>) {
        let folded = Folded::new(document);
        let candidates = resolve_overlaps(self.candidates(document, &folded), self.dictionary.entries());
        let (candidates, notices) = suppress::apply(source, document, decoded, &folded, candidates, self);
        let findings = place::findings(source, document, decoded, &folded, &candidates, self.dictionary.entries());
        let spans = candidates.iter().map(|candidate| folded.to_text(candidate.span)).collect();
        (findings, spans, notices)
    }

    /// Hits that hold in their context, in order of position.
    pub(crate) fn candidates(&self, document: &Document, folded: &Folded<'_>) -> Vec<Candidate> {
        let mut hits = self.matcher.scan(folded);
        let allowed = Allowed::new(std::mem::take(&mut hits.allowed));
        let tables = Tables::new(document, folded);
        let mut candidates = Vec::new();
        for hit in &hits.terms {
            if let Some(candidate) = self.judge_term(document, folded, &allowed, hit) {
                candidates.push(candidate);
            }
        }
        let enter = |entry: usize, text: &str| {
            let at = self.glances.binary_search_by_key(&entry, |&(entry, _)| entry);
            at.is_err() || at.is_ok_and(|at| self.glances[at].1(text))
        };
        let judge = |found: PatternMatch<'_, '_>| self.judge_pattern(document, &allowed, &found);
        candidates.extend(self.matcher.patterns(folded, &mut hits, enter, judge));
        self.registered.judge(
            &registered::Scene {
                document,
                folded,
                entries: self.dictionary.entries(),
                as_of: &self.options.as_of,
                undated: &self.options.undated,
                outdated: self.options.outdated,
                titles: std::sync::OnceLock::new(),
            },
            &hits.asked,
            &mut candidates,
        );
        // What is said about a wrong form holds for all that is found in it.
        let mentioned: Vec<Span<FoldedMark>> = candidates
            .iter()
            .filter(|candidate| {
                let block = folded.blocks()[candidate.block];
                let hit = candidate.span.start - block.start..candidate.span.end - block.start;
                let entry = &self.dictionary.entries()[candidate.entry];
                let rights = if candidate.suggestions.is_empty() { &entry.right } else { &candidate.suggestions };
                quotation::is_mention(&folded.text()[block.range()], hit, rights)
            })
            .map(|candidate| candidate.span)
            .collect();
        candidates.retain(|candidate| {
            let entry = &self.dictionary.entries()[candidate.entry];
            let excused = entry.rule.is_registered() && allowed.covers(candidate.entry, candidate.span);
            !excused
                && candidate.severity(self.dictionary.entries()) >= self.options.severity
                && !mentioned.iter().any(|mention| mention.overlaps(&candidate.span))
                && !tables.lists_errors(document, candidate.block)
        });
        recognised::weigh(document, folded, &mut candidates, self.dictionary.entries());
        candidates.sort_by_key(|candidate| (candidate.span.start, candidate.span.end, candidate.entry));
        candidates
    }

    /// Whether the entry applies to this document at all.
    fn applies(&self, entry: &Entry, document: &Document, block: usize) -> bool {
        let date = document.date.as_ref().map_or(self.options.undated.as_str(), |date| date.date.as_str());
        let in_time =
            entry.from.as_deref().is_none_or(|from| from <= date) && entry.to.as_deref().is_none_or(|to| date <= to);
        in_time && (entry.scopes.is_empty() || entry.scopes.contains(&document.blocks[block].scope))
    }

    fn judge_term(
        &self,
        document: &Document,
        folded: &Folded<'_>,
        allowed: &Allowed,
        hit: &TermHit,
    ) -> Option<Candidate> {
        let entry = &self.dictionary.entries()[hit.entry];
        let Rule::Term(term) = &entry.rule else { return None };
        let block = folded.block_index(hit.span.start);
        let span = folded.blocks()[block];
        let text = &folded.text()[span.range()];
        let (start, end) = (hit.span.start - span.start, hit.span.end - span.start);
        let holds = self.applies(entry, document, block)
            && context_holds(&entry.guards, &text[..start], &text[end..])
            && !allowed.covers(hit.entry, hit.span)
            && (!term.word_boundary || agrees(text, start, end, &entry.right));
        holds.then(|| Candidate {
            entry: hit.entry,
            block,
            span: hit.span,
            suggestions: entry.right.clone(),
            reason: None,
            severity: None,
            confidence: None,
        })
    }

    fn judge_pattern(&self, document: &Document, allowed: &Allowed, found: &PatternMatch<'_, '_>) -> Option<Candidate> {
        let entry = &self.dictionary.entries()[found.entry];
        let Rule::Pattern(pattern) = &entry.rule else { return None };
        let hit = found.captures.name("hit").or_else(|| found.captures.get(0))?;
        let span = Span::new(found.offset + hit.start(), found.offset + hit.end());
        let holds = !hit.is_empty()
            && self.applies(entry, document, found.block)
            && context_holds(&entry.guards, &found.text[..hit.start()], &found.text[hit.end()..])
            && !allowed.covers(found.entry, span);
        if !holds {
            return None;
        }
        let mut suggestions: Vec<String> = entry
            .right
            .iter()
            .map(|template| {
                let mut text = String::new();
                found.captures.expand(template, &mut text);
                text
            })
            .collect();
        let mut reason = None;
        if let Some(validator) = pattern.validator.as_deref().and_then(validate::find) {
            let candidate = validate::Candidate {
                captures: found.captures,
                text: found.text,
                hit: hit.range(),
                date: document.date.as_ref().map(|date| date.date.as_str()),
            };
            match validator.check(&candidate) {
                Verdict::Fine => return None,
                Verdict::Wrong { suggestions: own, reason: why } => {
                    if !own.is_empty() {
                        suggestions = own;
                    }
                    reason = why;
                }
            }
        }
        Some(Candidate {
            entry: found.entry,
            block: found.block,
            span,
            suggestions,
            reason,
            severity: None,
            confidence: None,
        })
    }
}

/// Whether what stands around a hit is what the entry asks for.
fn context_holds(guards: &Guards, before: &str, after: &str) -> bool {
    let ends = |list: &[String]| list.iter().any(|text| before.ends_with(text.as_str()));
    let starts = |list: &[String]| list.iter().any(|text| after.starts_with(text.as_str()));
    (guards.before.is_empty() || ends(&guards.before))
        && (guards.after.is_empty() || starts(&guards.after))
        && !ends(&guards.not_before)
        && !starts(&guards.not_after)
}

/// Spans in which wrong forms are legitimate, by where they start.
struct Allowed {
    spans: Vec<AllowedSpan>,
    longest: usize,
}

impl Allowed {
    fn new(mut spans: Vec<AllowedSpan>) -> Self {
        spans.sort_by_key(|allowed| allowed.span.start);
        let longest = spans.iter().map(|allowed| allowed.span.len()).max().unwrap_or(0);
        Allowed { spans, longest }
    }

    fn covers(&self, entry: usize, span: Span<FoldedMark>) -> bool {
        let first = self.spans.partition_point(|allowed| allowed.span.start + self.longest < span.end);
        self.spans[first..]
            .iter()
            .take_while(|allowed| allowed.span.start <= span.start)
            .any(|allowed| allowed.entry.is_none_or(|excused| excused == entry) && allowed.span.contains(&span))
    }
}

/// Of candidates that share text, the gravest stays; among equals the longest, then what is certain before what was weighed,
/// then the first, then by id.
pub(crate) fn resolve_overlaps(mut candidates: Vec<Candidate>, entries: &Entries) -> Vec<Candidate> {
    candidates.sort_by(|one, two| {
        (two.severity(entries), two.span.len())
            .cmp(&(one.severity(entries), one.span.len()))
            .then_with(|| one.confidence.is_some().cmp(&two.confidence.is_some()))
            .then_with(|| one.span.start.cmp(&two.span.start))
            .then_with(|| entries.id(one.entry).cmp(entries.id(two.entry)))
    });
    let mut kept: BTreeMap<usize, Candidate> = BTreeMap::new();
    for candidate in candidates {
        let before = kept.range(..candidate.span.end).next_back();
        if before.is_none_or(|(_, other)| !other.span.overlaps(&candidate.span)) {
            kept.insert(candidate.span.start, candidate);
        }
    }
    kept.into_values().collect()
}

/// The reason an editor reads.
fn message(entry: &Entry, candidate: &Candidate, wrong: &str) -> String {
    let reason = candidate.reason.as_deref().unwrap_or(&entry.reason);
    let right = candidate.suggestions.first().map_or("", String::as_str);
    reason.replace("{wrong}", wrong).replace("{right}", right)
}
