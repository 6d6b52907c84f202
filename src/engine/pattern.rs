//! Regular expressions, run only around the literals they require.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::{Captures, Regex, RegexBuilder};

use super::prefilter::facts;
use super::screen::Screen;
use crate::dictionary::{Pattern, PatternFacts};
use crate::document::{Folded as FoldedMark, Span};
use crate::normalise::Folded;

/// Compiled size of one expression, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// A pattern entry, compiled when it first may match.
pub(crate) struct CompiledPattern {
    entry: usize,
    expression: String,
    regex: OnceLock<Option<Regex>>,
    /// Says whether there is a match without the expression being compiled, if the build script has seen to it.
    screen: OnceLock<Option<Screen>>,
    /// Longest possible match in bytes, if there is one.
    longest: Option<usize>,
}

/// One match.
pub(crate) struct PatternMatch<'m, 't> {
    /// Index of the entry in the dictionary.
    pub(crate) entry: usize,
    /// Index of the block.
    pub(crate) block: usize,
    /// Offset of the block in the folded text.
    pub(crate) offset: usize,
    /// Folded text of the block.
    pub(crate) text: &'t str,
    /// The groups; positions count from the start of the block.
    pub(crate) captures: &'m Captures<'t>,
}

impl CompiledPattern {
    /// Checks the expression; gives what follows from it.
    pub(super) fn new(entry: usize, pattern: &Pattern) -> Result<(Self, Cow<'_, PatternFacts>), String> {
        let facts = match &pattern.facts {
            Some(facts) => Cow::Borrowed(facts),
            None => Cow::Owned(facts(&pattern.expression)?),
        };
        let compiled = CompiledPattern {
            entry,
            expression: pattern.expression.clone(),
            regex: OnceLock::new(),
            screen: OnceLock::new(),
            longest: facts.longest.map(|longest| longest as usize),
        };
        Ok((compiled, facts))
    }

    pub(super) fn entry(&self) -> usize {
        self.entry
    }

    fn regex(&self) -> Option<&Regex> {
        // The syntax was checked; only the size limit could still refuse it, and `dict` tests compile every pattern.
        self.regex.get_or_init(|| RegexBuilder::new(&self.expression).size_limit(SIZE_LIMIT).build().ok()).as_ref()
    }

    /// Whether there is a match in `haystack` from `at` on; `None` if the expression does not compile.
    fn is_match_at(&self, haystack: &str, at: usize) -> Option<bool> {
        if self.regex.get().is_none()
            && let Some(found) = self.screen().and_then(|screen| screen.is_match_at(haystack, at))
        {
            return Some(found);
        }
        self.regex().map(|regex| regex.is_match_at(haystack, at))
    }

    /// Whether a match may begin right at `at`. Most texts are no beginning of a match after a few bytes.
    fn may_begin_at(&self, haystack: &str, at: usize) -> Option<bool> {
        match self.screen().and_then(|screen| screen.is_match_from(haystack, at)) {
            Some(found) => Some(found),
            None => self.is_match_at(haystack, at),
        }
    }

    fn screen(&self) -> Option<&Screen> {
        self.screen.get_or_init(|| Screen::of(&self.expression)).as_ref()
    }

    /// Whether the expression compiles within the size limit.
    pub(super) fn compiles(&self) -> bool {
        self.regex().is_some()
    }

    /// Runs around literals, given in order, each with how many bytes a match that has it there may have before and behind it.
    pub(super) fn run_around<'t>(
        &self,
        folded: &'t Folded<'_>,
        literals: impl Iterator<Item = (Span<FoldedMark>, [usize; 2])>,
        enter: &impl Fn(usize, &str) -> bool,
        visit: &mut impl FnMut(PatternMatch<'_, 't>),
    ) {
        let mut block = 0;
        let mut entered = false;
        // End of what has been searched in that block, as an offset into the folded text.
        let mut done = 0;
        for (literal, [before, after]) in literals {
            // Literals come in order: most are in the block of the one before.
            let same = folded.blocks().get(block).is_some_and(|span| literal.start < span.end);
            let index = if same { block } else { block_from(folded.blocks(), block, literal.start) };
            let span = folded.blocks()[index];
            if index != block || !entered {
                (block, entered) = (index, true);
                let enters = enter(self.entry, &folded.text()[span.range()]);
                done = if enters { span.start } else { span.end };
            }
            if literal.end <= done {
                continue;
            }
            done = match self.longest {
                Some(longest) => {
                    let text = folded.text();
                    let first = floor(text, literal.start.saturating_sub(before).max(span.start)).max(done);
                    let last = ceil(text, literal.end.saturating_add(after).min(span.end), span.end);
                    let at = first - span.start;
                    let near = &text[span.start..last];
                    let may_match = match before {
                        0 if done <= literal.start => self.may_begin_at(near, at),
                        _ => self.is_match_at(near, at),
                    };
                    if may_match != Some(true) {
                        continue;
                    }
                    // A match that does not have this literal where it must may reach further, so that is left to others.
                    let from = floor(text, literal.end.saturating_sub(longest).max(span.start));
                    let to = ceil(text, (literal.start + longest).min(span.end), span.end);
                    self.run(folded, index, from.max(done), to, literal.end, visit)
                }
                // A match may reach anywhere, so the block is searched once, as a whole.
                None => {
                    self.run(folded, index, done, span.end, span.end, visit);
                    span.end
                }
            };
        }
    }

    pub(super) fn run_everywhere<'t>(
        &self,
        folded: &'t Folded<'_>,
        enter: &impl Fn(usize, &str) -> bool,
        visit: &mut impl FnMut(PatternMatch<'_, 't>),
    ) {
        for (index, span) in folded.blocks().iter().enumerate() {
            if !enter(self.entry, &folded.text()[span.range()]) {
                continue;
            }
            self.run(folded, index, span.start, span.end, span.end, visit);
        }
    }

    /// Searches `from..to` of the folded text, which lies in block `index`, for matches that begin before `limit`. Gives
    /// where the search may go on.
    fn run<'t>(
        &self,
        folded: &'t Folded<'_>,
        index: usize,
        from: usize,
        to: usize,
        limit: usize,
        visit: &mut impl FnMut(PatternMatch<'_, 't>),
    ) -> usize {
        let span = folded.blocks()[index];
        let text = &folded.text()[span.range()];
        // The haystack begins with the block, so that assertions see what stands before.
        let haystack = &text[..to - span.start];
        let mut at = from - span.start;
        while at <= haystack.len() {
            // Most places hold no match, and finding none costs no memory.
            match self.is_match_at(haystack, at) {
                Some(true) => {}
                Some(false) => break,
                None => return to,
            }
            let Some(regex) = self.regex() else { return to };
            let Some(captures) = regex.captures_at(haystack, at) else { break };
            let Some(whole) = captures.get(0) else { break };
            if whole.start() + span.start >= limit {
                break;
            }
            visit(PatternMatch { entry: self.entry, block: index, offset: span.start, text, captures: &captures });
            at = whole.end().max(at + 1);
            while !haystack.is_char_boundary(at.min(haystack.len())) {
                at += 1;
            }
        }
        (at + span.start).max(from)
    }
}

/// The block, not before the one `from`, that the place `at` is in. Literals come in order, so that the next one is near.
fn block_from(blocks: &[Span<FoldedMark>], mut from: usize, at: usize) -> usize {
    let mut step = 1;
    while blocks.get(from + step).is_some_and(|block| block.start <= at) {
        from += step;
        step *= 2;
    }
    let rest = &blocks[from..blocks.len().min(from + step)];
    from + rest.partition_point(|block| block.start <= at).saturating_sub(1)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The next character border at or after `at`, and one character more so that assertions at the end see it.
fn ceil(text: &str, mut at: usize, end: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    match text[at..end].chars().next() {
        Some(next) => at + next.len_utf8(),
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_from_any_one_before_them() {
        let starts = [0, 1, 5, 6, 20, 21, 22, 40, 41, 60, 75, 76, 90];
        let blocks: Vec<Span<FoldedMark>> =
            starts.array_windows().map(|&[start, next]: &[usize; 2]| Span::new(start, next - 1)).collect();
        for at in 0..90 {
            let expected = blocks.partition_point(|block| block.start <= at) - 1;
            for from in 0..=expected {
                assert_eq!(block_from(&blocks, from, at), expected, "{at} from {from}");
            }
        }
    }
}
