//! Matching: one pass over the folded text finds every literal of every rule – wrong forms, the longer spans that excuse
//! them, and the literals that patterns require. Patterns then run only around their literals.

mod attested;
mod evidence;
mod filter;
mod form_scan;
mod forms;
mod frequency;
mod gate;
mod homophones;
pub(crate) mod index;
mod lexicon;
pub(crate) mod literal;
mod near;
mod ngram;
mod pattern;
mod prefilter;
mod rarity;
mod screen;
mod segment;
mod sieve;
mod slip;
mod wording;

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use crate::dictionary::{Dictionary, PatternFacts, Required, Rule, RuleKind};
use crate::document::{Folded as FoldedMark, Span};
use crate::normalise::{Folded, folded};
use crate::simd::prefetch;
use gate::Gates;
use index::{Purpose, Set};
use literal::{LiteralScan, Occurrence};

pub(crate) use attested::{Attestation, Characters, Doubt, Edit, Need, Needs, Novelty, attestation};
pub use form_scan::{FormPlace, FormScan};
pub(crate) use forms::LONGEST as LONGEST_FORM;
pub(crate) use near::{Difference, Near, NearHits, NearIndex, TELLING};
pub(crate) use ngram::code;
pub(crate) use pattern::{CompiledPattern, PatternMatch};
pub(crate) use segment::{Reading, agrees, gain};
use wording::FormHasher;

pub(crate) use slip::{Likeness, likeness, looks_like};

/// A wrong form at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TermHit {
    /// Index of the entry in the dictionary.
    pub(crate) entry: usize,
    pub(crate) span: Span<FoldedMark>,
}

/// A span in which a wrong form is legitimate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllowedSpan {
    /// The entry it excuses; all of them if `None`.
    pub(crate) entry: Option<usize>,
    pub(crate) span: Span<FoldedMark>,
}

/// What the one pass found.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    pub(crate) terms: Vec<TermHit>,
    pub(crate) allowed: Vec<AllowedSpan>,
    /// Where patterns have to look.
    windows: Vec<Window>,
    /// Literals that rules of registries asked for, by asker.
    pub(crate) asked: Vec<Vec<AskedHit>>,
}

/// A literal around which a pattern has to look.
#[derive(Debug, Clone, Copy)]
struct Window {
    pattern: u16,
    /// The gate that it passed.
    gate: u32,
    literal: Span<FoldedMark>,
}

impl Hits {
    /// These hits and those of the text behind.
    fn and(mut self, mut behind: Hits) -> Hits {
        self.terms.append(&mut behind.terms);
        self.allowed.append(&mut behind.allowed);
        self.windows.append(&mut behind.windows);
        self.asked.iter_mut().zip(&mut behind.asked).for_each(|(hits, more)| hits.append(more));
        self
    }
}

/// A literal that a rule of a registry looks for. What it means is the asker's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked<'l> {
    pub(crate) literal: &'l str,
    /// Handed back with every occurrence.
    pub(crate) tag: u32,
}

/// An occurrence of an asked literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AskedHit {
    pub(crate) tag: u32,
    pub(crate) span: Span<FoldedMark>,
}

/// A problem with an entry that only compiling it shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {message}")]
pub struct CompileError {
    /// Id of the entry.
    pub id: String,
    /// What is wrong.
    pub message: String,
}

/// All selected rules, ready to run.
pub(crate) struct Matcher {
    literals: LiteralScan,
    /// What each literal is for.
    uses: Uses,
    patterns: Vec<CompiledPattern>,
    /// What must stand beside the literals of patterns.
    gates: Gates,
    /// Patterns without a required literal; they run on every block.
    unfiltered: Vec<usize>,
    /// Number of askers.
    askers: usize,
}

/// What a literal is for. Eight bytes, as those of all literals are to stay at hand.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// A wrong form of the entry.
    Wrong(u32),
    /// A wrong form of the entry is legitimate in it.
    Allow(u32),
    /// Those of all entries are.
    AllowAll,
    /// The pattern requires it, if what stands beside it passes the gate.
    Prefilter(u16, u32),
    /// The asker wants to see it, with this tag.
    Asked(u16, u32),
    /// Several things: their number is further on at this place, and they behind it.
    Several(u32),
    /// So many uses follow.
    Number(u32),
}

/// What each literal is for.
struct Uses {
    /// By literal; further uses of literals with several behind.
    uses: Vec<Use>,
}

impl Uses {
    /// Takes the number of literals, and uses with the number of theirs.
    fn new(literals: usize, uses: &[(u32, Use)]) -> Self {
        let grouped = Grouped::new(literals, uses);
        let mut all = Vec::with_capacity(literals);
        let mut further = Vec::new();
        for literal in 0..literals as u32 {
            all.push(match grouped.of(literal) {
                &[only] => only,
                several => {
                    let first = (literals + further.len()) as u32;
                    further.push(Use::Number(several.len() as u32));
                    further.extend_from_slice(several);
                    Use::Several(first)
                }
            });
        }
        all.append(&mut further);
        Uses { uses: all }
    }

    /// Says that a literal will be asked about soon.
    #[inline]
    fn expect(&self, literal: u32) {
        prefetch(&self.uses, literal as usize);
    }

    /// What a literal is for.
    #[inline]
    fn of(&self, literal: u32) -> &[Use] {
        match &self.uses[literal as usize] {
            &Use::Several(at) => match &self.uses[at as usize..] {
                [Use::Number(number), uses @ ..] => &uses[..*number as usize],
                _ => &[],
            },
            only => std::slice::from_ref(only),
        }
    }
}

/// Literals by what they read like, and what they are for.
#[derive(Default)]
struct Literals<'l> {
    numbers: HashMap<Cow<'l, str>, u32, FormHasher>,
    uses: Vec<(u32, Use)>,
}

impl<'l> Literals<'l> {
    fn add(&mut self, literal: Cow<'l, str>, usage: Use) {
        let folded = match literal {
            Cow::Borrowed(literal) => folded(literal),
            Cow::Owned(literal) => Cow::Owned(folded(&literal).into_owned()),
        };
        if !folded.is_empty() {
            let next = self.numbers.len() as u32;
            self.uses.push((*self.numbers.entry(folded).or_insert(next), usage));
        }
    }

    /// The literals by their numbers, and the uses of each.
    fn grouped(self) -> (Vec<Cow<'l, str>>, Uses) {
        let uses = Uses::new(self.numbers.len(), &self.uses);
        let mut literals = vec![Cow::Borrowed(""); self.numbers.len()];
        self.numbers.into_iter().for_each(|(literal, number)| literals[number as usize] = literal);
        (literals, uses)
    }
}

/// Items of numbered groups, those of one group together.
struct Grouped<T> {
    items: Vec<T>,
    /// Where the items of each group begin, and the end of the last.
    at: Vec<u32>,
}

impl<T: Copy> Grouped<T> {
    /// Takes the number of groups, and items with the number of theirs; within a group they keep their order.
    fn new(groups: usize, items: &[(u32, T)]) -> Self {
        let mut at = vec![0u32; groups + 1];
        items.iter().for_each(|&(group, _)| at[group as usize + 1] += 1);
        (1..at.len()).for_each(|group| at[group] += at[group - 1]);
        // Which item comes to each place: counted, not sorted, for there are tens of thousands at each start.
        let mut next = at.clone();
        let mut order = vec![0u32; items.len()];
        for (&(group, _), item) in items.iter().zip(0u32..) {
            let place = &mut next[group as usize];
            order[*place as usize] = item;
            *place += 1;
        }
        Grouped { items: order.into_iter().map(|item| items[item as usize].1).collect(), at }
    }

    /// Says that a group will be expected soon.
    #[inline]
    fn approach(&self, group: u32) {
        prefetch(&self.at, group as usize);
    }

    /// Says that the items of a group will be asked for soon.
    #[inline]
    fn expect(&self, group: u32) {
        if let Some(&at) = self.at.get(group as usize) {
            prefetch(&self.items, at as usize);
        }
    }

    /// The items of a group.
    fn of(&self, group: u32) -> &[T] {
        let at = |group: u32| self.at[group as usize] as usize;
        &self.items[at(group)..at(group + 1)]
    }
}

impl Matcher {
    /// Compiles the entries of `dictionary` for which `selected` holds, and looks for the literals of `askers` besides.
    pub(crate) fn new(
        dictionary: &Dictionary,
        selected: impl Fn(usize) -> bool,
        askers: &[Vec<Asked<'_>>],
    ) -> Result<Self, Vec<CompileError>> {
        let mut literals = Literals::default();
        let mut patterns = Vec::new();
        let mut gates = Gates::default();
        let mut unfiltered = Vec::new();
        let mut errors = Vec::new();
        let entries = dictionary.entries();
        for index in (0..entries.len()).filter(|&index| selected(index)) {
            let entry = &entries[index];
            entry.guards.allow.iter().for_each(|allow| literals.add(allow.into(), Use::Allow(index as u32)));
            match &entry.rule {
                Rule::Term(term) => {
                    term.wrong.iter().for_each(|wrong| literals.add(wrong.into(), Use::Wrong(index as u32)));
                }
                Rule::Pattern(pattern) => match CompiledPattern::new(index, pattern) {
                    Ok((compiled, facts)) => {
                        let Ok(number) = u16::try_from(patterns.len()) else {
                            let message =
                                format!("there are {} patterns already, and no room for more", patterns.len());
                            errors.push(CompileError { id: entry.id.clone(), message });
                            continue;
                        };
                        let gate = gates.add(&facts);
                        let usage = |required: &Required| Use::Prefilter(number, gate + u32::from(required.gate));
                        match facts {
                            Cow::Borrowed(PatternFacts { literals: Some(required), .. }) => {
                                required.iter().for_each(|one| literals.add(one.text.as_str().into(), usage(one)));
                            }
                            Cow::Owned(PatternFacts { literals: Some(required), .. }) => {
                                required.iter().for_each(|one| literals.add(one.text.clone().into(), usage(one)));
                            }
                            _ => unfiltered.push(patterns.len()),
                        }
                        patterns.push(compiled);
                    }
                    Err(message) => errors.push(CompileError { id: entry.id.clone(), message }),
                },
                _ => {}
            }
        }
        dictionary.allow().iter().for_each(|allow| literals.add(allow.into(), Use::AllowAll));
        for (asker, asked) in (0u16..).zip(askers) {
            asked.iter().for_each(|asked| literals.add(asked.literal.into(), Use::Asked(asker, asked.tag)));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (literals, uses) = literals.grouped();
        let literals = LiteralScan::new(literals.iter().map(AsRef::as_ref));
        Ok(Matcher { literals, uses, patterns, gates, unfiltered, askers: askers.len() })
    }

    /// The same for the embedded dictionary and nothing else: the literals are compiled already. `sets` says for each asker which
    /// sets of them it wants to see, and with what tag. `None` if a literal is not among them.
    pub(crate) fn embedded(
        dictionary: &Dictionary,
        selected: impl Fn(usize) -> bool,
        askers: &[Vec<Asked<'_>>],
        sets: &[Vec<(Set, u32)>],
    ) -> Option<Self> {
        let literals = index::literals()?;
        let entries = dictionary.entries();
        let mut patterns = Vec::new();
        let mut gates = Gates::default();
        let mut unfiltered = Vec::new();
        // By entry, in order, with the first of its gates.
        let mut pattern_at: Vec<(usize, (u16, u32))> = Vec::new();
        for (entry, pattern) in entries.of(RuleKind::Pattern).filter(|&(entry, _)| selected(entry)) {
            let Rule::Pattern(pattern) = &pattern.rule else { continue };
            let (compiled, facts) = CompiledPattern::new(entry, pattern).ok()?;
            match facts.literals {
                Some(_) => pattern_at.push((entry, (u16::try_from(patterns.len()).ok()?, gates.add(&facts)))),
                None => unfiltered.push(patterns.len()),
            }
            patterns.push(compiled);
        }
        let pattern = |entry: usize, gate: u32| {
            let at = pattern_at.binary_search_by_key(&entry, |&(entry, _)| entry).ok()?;
            let (pattern, first) = pattern_at[at].1;
            Some(Use::Prefilter(pattern, first + gate))
        };
        let mut uses: Vec<(u32, Use)> = Vec::new();
        for row in index::uses() {
            let usage = match row.purpose {
                Purpose::AllowAll => Some(Use::AllowAll),
                Purpose::Superior | Purpose::FormerPlace => None,
                _ if !selected(row.entry) => None,
                Purpose::Wrong => Some(Use::Wrong(row.entry as u32)),
                Purpose::Allow => Some(Use::Allow(row.entry as u32)),
                Purpose::Prefilter(gate) => Some(pattern(row.entry, gate)?),
            };
            uses.extend(usage.map(|usage| (row.literal, usage)));
        }
        for ((asker, asked), sets) in (0u16..).zip(askers).zip(sets) {
            for asked in asked {
                let literal = folded(asked.literal);
                if !literal.is_empty() {
                    uses.push((literals.index_of(&literal)?, Use::Asked(asker, asked.tag)));
                }
            }
            for &(set, tag) in sets {
                let purpose = match set {
                    Set::Pieces => {
                        uses.extend((0..near::compiled_pieces()?).map(|piece| (piece, Use::Asked(asker, piece))));
                        continue;
                    }
                    Set::Superiors => Purpose::Superior,
                    Set::FormerPlaces => Purpose::FormerPlace,
                };
                let rows = index::uses().filter(|row| row.purpose == purpose);
                uses.extend(rows.map(|row| (row.literal, Use::Asked(asker, tag))));
            }
        }
        let uses = Uses::new(literals.literals(), &uses);
        Some(Matcher { literals, uses, patterns, gates, unfiltered, askers: askers.len() })
    }

    /// Whether the pattern of entry `entry`, if it is one, compiles within the size limit.
    pub(crate) fn compiles(&self, entry: usize) -> bool {
        self.patterns.iter().filter(|pattern| pattern.entry() == entry).all(CompiledPattern::compiles)
    }

    /// The one pass over the text.
    pub(crate) fn scan(&self, folded: &Folded<'_>) -> Hits {
        // No literal holds a line feed, so none is cut where blocks are divided.
        let portions = folded.by_portion(|blocks| match &folded.blocks()[blocks] {
            [first, .., last] => self.scan_text(folded.text(), first.start, last.end),
            [only] => self.scan_text(folded.text(), only.start, only.end),
            [] => self.scan_text("", 0, 0),
        });
        portions.into_iter().reduce(Hits::and).unwrap_or_default()
    }

    fn scan_text(&self, text: &str, start: usize, end: usize) -> Hits {
        /// Occurrences that wait for what they are for, which lies anywhere in a large table, so that waiting overlaps.
        const WAITING: usize = 32;
        // Room for what most documents have, so that it need not be copied as it grows.
        let usual = (end - start) / 256;
        let asked = (0..self.askers).map(|_| Vec::with_capacity(usual));
        let mut hits = Hits { asked: asked.collect(), windows: Vec::with_capacity(usual), ..Hits::default() };
        let mut waiting = [Occurrence { start: 0, end: 0, literal: 0 }; WAITING];
        let mut count = 0;
        self.literals.scan(&text[start..end], |found| {
            self.uses.expect(found.literal);
            waiting[count] = found;
            count += 1;
            if count == WAITING {
                waiting.iter().for_each(|found| self.hand_out(text, start, found, &mut hits));
                count = 0;
            }
        });
        waiting[..count].iter().for_each(|found| self.hand_out(text, start, found, &mut hits));
        hits
    }

    /// Adds an occurrence to what it is for. Its place counts from `offset` of the text on.
    #[inline]
    fn hand_out(&self, text: &str, offset: usize, found: &Occurrence, hits: &mut Hits) {
        let span = Span::new(offset + found.start, offset + found.end);
        for &usage in self.uses.of(found.literal) {
            match usage {
                Use::Wrong(entry) => hits.terms.push(TermHit { entry: entry as usize, span }),
                Use::Allow(entry) => hits.allowed.push(AllowedSpan { entry: Some(entry as usize), span }),
                Use::AllowAll => hits.allowed.push(AllowedSpan { entry: None, span }),
                Use::Prefilter(pattern, gate) => {
                    if self.gates.admits(gate, text, span.start, span.end) {
                        hits.windows.push(Window { pattern, gate, literal: span });
                    }
                }
                Use::Asked(asker, tag) => hits.asked[usize::from(asker)].push(AskedHit { tag, span }),
                // They are among no others.
                Use::Several(_) | Use::Number(_) => {}
            }
        }
    }

    /// Runs the patterns around the literals that `hits` found, in the blocks for which `enter` (entry, text of the
    /// block) holds, and gives what `judge` makes of the matches, in order of patterns and places.
    pub(crate) fn patterns<T: Send>(
        &self,
        folded: &Folded<'_>,
        hits: &mut Hits,
        enter: impl Fn(usize, &str) -> bool + Sync,
        judge: impl Fn(PatternMatch<'_, '_>) -> Option<T> + Sync,
    ) -> Vec<T> {
        // Literals come in order of what anchors them, which is nearly that of their places.
        hits.windows.sort_by_key(|window| (window.pattern, window.literal.start));
        let around = |windows: &[Window]| {
            let mut judged = Vec::new();
            if let Some(&Window { pattern, .. }) = windows.first() {
                let literals = windows.iter().map(|window| (window.literal, self.gates.longest(window.gate)));
                let pattern = &self.patterns[usize::from(pattern)];
                pattern.run_around(folded, literals, &enter, &mut |found| judged.extend(judge(found)));
            }
            judged
        };
        let everywhere = |&pattern: &usize| {
            let mut judged = Vec::new();
            self.patterns[pattern].run_everywhere(folded, &enter, &mut |found| judged.extend(judge(found)));
            judged
        };
        let of_pattern = |one: &Window, two: &Window| one.pattern == two.pattern;
        if folded.is_long() {
            let windows = hits.windows.par_chunk_by(of_pattern).map(around);
            windows.chain(self.unfiltered.par_iter().map(everywhere)).flatten().collect()
        } else {
            let windows = hits.windows.chunk_by(of_pattern).map(around);
            windows.chain(self.unfiltered.iter().map(everywhere)).flatten().collect()
        }
    }
}
