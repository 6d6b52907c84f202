//! Word boundaries: does a hit agree with how its clause divides into words?
//!
//! 布署 in “发布|署名” is no misspelling of 部署. The clause is divided by its cheapest path through a lattice of known
//! words (unigram model, Viterbi). A hit through which that path cuts is kept only if the clause reads better with the
//! right form in its place: the noisy-channel comparison P(clause with right form) · P(slip) against P(clause as it is).
//! It runs only around candidates.

use std::ops::Range;

use super::lexicon::Words;
use super::wording::FormHash;
use crate::normalise::is_han;
use crate::simd::prefetch;

include!(concat!(env!("OUT_DIR"), "/lexicon.rs"));

static LEXICON: Words<'static> = Words::new(include_bytes!(concat!(env!("OUT_DIR"), "/lexicon.bin")));

/// Cost of a slip, in 1/256 nat (3.0 nats): of 4,726 slips planted into official text 99.9 % are kept, of 432 natural
/// coincidences across word boundaries three survive, all of them real errors (`docs/quality.md`).
const SLIP_COST: u64 = 768;

/// The same where the right form is one character (ln 10): 目的|的.
const SHORT_SLIP_COST: u64 = 590;

/// Characters of context on each side of a hit; more does not change the path through it.
const CONTEXT: usize = 16;

/// Cheapest division of `text` into words: what it costs, and where it is divided, if somebody wants to know. No word may
/// cut into `whole`: it lies inside, outside, or – where `whole` has two or more characters – contains all of it.
fn divide(text: &[u32], whole: Option<&Range<usize>>, boundaries: Option<&mut Vec<usize>>) -> u64 {
    const UNREACHED: u64 = u64::MAX;
    /// Characters of nearly all clauses: their tables need no allocation.
    const USUAL: usize = 127;
    let mut usual = [(UNREACHED, 0); USUAL + 1];
    let mut long = Vec::new();
    let best = if text.len() <= USUAL {
        &mut usual[..=text.len()]
    } else {
        long.resize(text.len() + 1, (UNREACHED, 0));
        &mut long[..]
    };
    best[0].0 = 0;
    ask_for(text);
    let cuts = |start: usize, end: usize| {
        whole.is_some_and(|whole| {
            let touches = start < whole.end && whole.start < end;
            let inside = whole.start <= start && end <= whole.end;
            let contains = start <= whole.start && whole.end <= end;
            touches && !inside && !(contains && whole.len() > 1)
        })
    };
    for start in 0..text.len() {
        let cost = best[start].0;
        if cost == UNREACHED {
            continue;
        }
        let mut relax = |end: usize, word: u64| {
            if cost + word < best[end].0 && !cuts(start, end) {
                best[end] = (cost + word, start);
            }
        };
        relax(start + 1, UNKNOWN_COST);
        words(FormHash::EMPTY, &text[start..], |length, word| relax(start + length, word));
    }
    if let Some(boundaries) = boundaries {
        let mut at = text.len();
        while at > 0 {
            boundaries.push(at);
            at = best[at].1;
        }
        boundaries.push(0);
        boundaries.reverse();
    }
    best[text.len()].0
}

/// Codes of the Han characters before the byte `at` of `text`, the nearest first, as far as the context goes.
fn before(text: &str, at: usize) -> impl Iterator<Item = u32> {
    text[..at].chars().rev().take(CONTEXT).take_while(|&c| is_han(c)).map(u32::from)
}

/// Those from there on.
fn after(text: &str, at: usize) -> impl Iterator<Item = u32> {
    text[at..].chars().take(CONTEXT).take_while(|&c| is_han(c)).map(u32::from)
}

/// The clause around `start..end` of `text` with `middle` in its place: codes of the Han characters before and behind it,
/// as far as the context goes, and where the middle stands among them.
fn clause(text: &str, start: usize, end: usize, middle: &str) -> (Vec<u32>, Range<usize>) {
    let mut codes: Vec<u32> = Vec::with_capacity(2 * CONTEXT + middle.len() / 3 + 1);
    codes.extend(before(text, start));
    codes.reverse();
    let first = codes.len();
    codes.extend(middle.chars().map(u32::from));
    let last = codes.len();
    codes.extend(after(text, end));
    (codes, first..last)
}

/// What a word of two characters costs that is frequent enough to be meant, in 1/256 nat.
pub(super) fn common(word: [u32; 2]) -> Option<u16> {
    cost(word).filter(|&cost| cost <= COMMON_COST)
}

/// Whether two characters are a word, however rare.
pub(super) fn is_word(word: [u32; 2]) -> bool {
    cost(word).is_some()
}

fn cost(word: [u32; 2]) -> Option<u16> {
    LEXICON.get(FormHash::of(word.into_iter()))?.cost
}

/// Whether a hit at `start..end` of `text` reads as words of its own, given the forms that would be right there.
///
/// Hits that are not wholly Han always do: the model knows no other words.
pub(crate) fn agrees(text: &str, start: usize, end: usize, right: &[String]) -> bool {
    let hit = &text[start..end];
    if !hit.chars().all(is_han) {
        return true;
    }
    let (as_it_is, place) = clause(text, start, end, hit);
    let mut boundaries = Vec::new();
    let cost = divide(&as_it_is, None, Some(&mut boundaries));
    let inside = |at: usize| boundaries.binary_search(&at).is_ok();
    if inside(place.start) && inside(place.end) {
        return true;
    }
    right.iter().any(|right| {
        let (corrected, place) = clause(text, start, end, right);
        let slip = if place.len() > 1 { SLIP_COST } else { SHORT_SLIP_COST };
        divide(&corrected, Some(&place), None) + slip < cost
    })
}

/// By how much the clause reads better with `right` in the place of `start..end` of `text`, in 1/256 nat: the difference
/// of the costs of its cheapest divisions into words.
pub(crate) fn gain(text: &str, start: usize, end: usize, right: &str) -> i64 {
    let context = Context::new(text, start, end);
    context.cost(&text[start..end]) as i64 - context.cost(right) as i64
}

/// The clause around a place, in which different texts may stand: what it costs to divide is worked out once. All of it is of a
/// known size, so that nothing is allocated for the thousands of places of a long text.
struct Context {
    /// The cheapest division of all before the place.
    before: u64,
    /// Words that begin before the place and may go on in it: what stands of them before it, and the cheapest division of all
    /// before them.
    open: [(FormHash, u64); CONTEXT],
    /// How many of these there are.
    opened: usize,
    /// Codes behind the place.
    after: [u32; CONTEXT],
    /// How many of these there are.
    length: usize,
    /// The cheapest division of what is left from each of them on, and of nothing.
    rest: [u64; CONTEXT + 1],
}

impl Context {
    fn new(text: &str, start: usize, end: usize) -> Self {
        let mut codes = [0; CONTEXT];
        let mut first = CONTEXT;
        for code in before(text, start) {
            first -= 1;
            codes[first] = code;
        }
        let codes = &codes[first..];
        let (mut behind, mut length) = ([0; CONTEXT], 0);
        for code in after(text, end) {
            behind[length] = code;
            length += 1;
        }
        ask_for(codes);
        ask_for(&behind[..length]);
        let (mut open, mut opened) = ([(FormHash::EMPTY, 0); CONTEXT], 0);
        let mut best = [u64::MAX; CONTEXT + 1];
        best[0] = 0;
        for at in 0..codes.len() {
            let cost = best[at];
            best[at + 1] = best[at + 1].min(cost + UNKNOWN_COST);
            let end = words(FormHash::EMPTY, &codes[at..], |length, word| {
                best[at + length] = best[at + length].min(cost + word);
            });
            if let Some(word) = end {
                open[opened] = (word, cost);
                opened += 1;
            }
        }
        let mut rest = [0; CONTEXT + 1];
        for at in (0..length).rev() {
            let mut best = rest[at + 1] + UNKNOWN_COST;
            words(FormHash::EMPTY, &behind[at..length], |length, word| best = best.min(word + rest[at + length]));
            rest[at] = best;
        }
        Context { before: best[codes.len()], open, opened, after: behind, length, rest }
    }

    /// The cheapest division of the clause with `middle` in the place.
    fn cost(&self, middle: &str) -> u64 {
        /// Characters of nearly all forms: their tables need no allocation.
        const USUAL: usize = 16;
        let number = middle.chars().count();
        let (mut usual, mut long) = (([0; USUAL], [0; USUAL + 1]), (Vec::new(), Vec::new()));
        let (codes, best) = if number <= USUAL {
            (&mut usual.0[..number], &mut usual.1[..=number])
        } else {
            long.0.resize(number, 0);
            long.1.resize(number + 1, 0);
            (&mut long.0[..], &mut long.1[..])
        };
        codes.iter_mut().zip(middle.chars()).for_each(|(code, character)| *code = character.into());
        ask_for(codes);
        best.fill(u64::MAX);
        best[0] = self.before;
        let mut whole = u64::MAX;
        let mut go_on = |best: &mut [u64], at: usize, word: FormHash, cost: u64| {
            let end = words(word, &codes[at..], |length, word| {
                best[at + length] = best[at + length].min(cost + word);
            });
            if let Some(word) = end {
                let after = &self.after[..self.length];
                words(word, after, |length, word| whole = whole.min(cost + word + self.rest[length]));
            }
        };
        self.open[..self.opened].iter().for_each(|&(word, cost)| go_on(best, 0, word, cost));
        for at in 0..number {
            let cost = best[at];
            best[at + 1] = best[at + 1].min(cost + UNKNOWN_COST);
            go_on(best, at, FormHash::EMPTY, cost);
        }
        whole.min(best[number] + self.rest[0])
    }
}

/// Calls `visit` with length and cost of each word that `text` begins with if `word` stands before it, of one more character at
/// least. Gives what stands in the text and may go on behind it.
fn words(mut word: FormHash, text: &[u32], mut visit: impl FnMut(usize, u64)) -> Option<FormHash> {
    for (&code, length) in text.iter().zip(1..) {
        word = word.with(code);
        let known = LEXICON.get(word)?;
        if let Some(cost) = known.cost {
            visit(length, cost.into());
        }
        if !known.longer {
            return None;
        }
    }
    Some(word)
}

/// Asks for what will be looked up of a text, so that waiting for memory overlaps: every character, and every two.
fn ask_for(text: &[u32]) {
    for (at, &first) in text.iter().enumerate() {
        let one = FormHash::EMPTY.with(first);
        let two = text.get(at + 1).map(|&second| one.with(second));
        for word in std::iter::once(one).chain(two) {
            let (bytes, at) = LEXICON.byte(word);
            prefetch(bytes, at);
        }
    }
}

/// How a clause divides into words as it is, and with a right form in its place.
pub(crate) struct Reading {
    /// Characters of the clause that the form would stand for.
    place: Range<usize>,
    /// Borders of the words of the clause as it is, and of the corrected one.
    words: [Vec<usize>; 2],
    gain: i64,
}

impl Reading {
    /// Reads the clause around `start..end` of `text`, in whose place `right` would stand.
    pub(crate) fn new(text: &str, start: usize, end: usize, right: &str) -> Self {
        let (as_it_is, place) = clause(text, start, end, &text[start..end]);
        let (corrected, _) = clause(text, start, end, right);
        let mut words = [Vec::new(), Vec::new()];
        let [one, two] = &mut words;
        let gain = divide(&as_it_is, None, Some(one)) as i64 - divide(&corrected, None, Some(two)) as i64;
        Reading { place, words, gain }
    }

    /// By how much the clause reads better with the right form: the same as [`gain`].
    pub(crate) fn gain(&self) -> i64 {
        self.gain
    }

    /// Whether a word is broken because the character at `at` of the right form is missing: in the corrected clause it is in
    /// a word of two characters and more, and nothing of what is left of that is part of a word in the clause as it is.
    pub(crate) fn breaks_word(&self, at: usize) -> bool {
        let [words, corrected] = &self.words;
        let at = self.place.start + at;
        let next = corrected.partition_point(|&boundary| boundary <= at);
        let (Some(&from), Some(&to)) = (corrected.get(next.saturating_sub(1)), corrected.get(next)) else {
            return false;
        };
        let to = to - 1;
        let mut left = words.windows(2).filter(|word| word[0] < to && from < word[1]).peekable();
        left.peek().is_some() && left.all(|word| word[1] - word[0] == 1)
    }

    /// Whether a word of the clause as it is goes across a border of the place.
    pub(crate) fn cuts_word(&self) -> bool {
        [self.place.start, self.place.end].iter().any(|border| self.words[0].binary_search(border).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hits_across_word_boundaries_are_dropped() {
        for (text, wrong, right, expected) in [
            ("发布署名文章", "布署", "部署", false),
            ("按照要求全面布署工作", "布署", "部署", true),
            ("向常务委员会报告工作", "会报", "汇报", false),
            ("为了实现这一目的的活动", "的的", "的", false),
            ("这是群众关心的的问题", "的的", "的", true),
            ("各级攻府应当加强领导", "攻府", "政府", true),
            ("与有关健康的知识", "关健", "关键", false),
            ("这是工作的关健环节", "关健", "关键", true),
        ] {
            let start = text.find(wrong).unwrap();
            assert_eq!(agrees(text, start, start + wrong.len(), &[right.to_owned()]), expected, "{text}");
        }
    }

    proptest! {
        /// What is worked out once for both texts is what dividing each of them gives.
        #[test]
        fn the_gain_is_the_difference_of_two_divisions(
            before in "[国中家人民政府的工作报告，]{0,20}",
            found in "[国中家人民政府会]{1,5}",
            right in "[国中家人民政府会]{0,20}",
            after in "[国中家人民政府的工作报告，]{0,20}",
        ) {
            let text = format!("{before}{found}{after}");
            let (start, end) = (before.len(), before.len() + found.len());
            let cost = |middle: &str| divide(&clause(&text, start, end, middle).0, None, None) as i64;
            prop_assert_eq!(gain(&text, start, end, &right), cost(&found) - cost(&right));
        }
    }

    #[test]
    fn a_missing_character_breaks_a_word_or_not() {
        // Text, what stands for the form, the form, its character that is missing.
        for (text, found, right, missing, expected) in [
            ("坚持以近平新时代思想为指导", "近平新时代思想", "习近平新时代思想", "习", true),
            ("加强保护和系统治，持续推进", "保护和系统治", "保护和系统治理", "理", true),
            ("加强环境保护工作", "环境保护", "环境保护部", "部", false),
        ] {
            let start = text.find(found).unwrap();
            let at = right.chars().position(|one| missing.contains(one)).unwrap();
            let reading = Reading::new(text, start, start + found.len(), right);
            assert_eq!(reading.breaks_word(at), expected, "{text}");
        }
    }

    #[test]
    fn words_go_across_a_border_or_not() {
        for (text, found, expected) in [
            ("建立健全深化改革的机制", "全深化改革", true),
            ("建立健全深化改革的机制", "深化改革", false),
            ("深化改革", "深化改革", false),
            ("，深化改革，", "深化改革", false),
            ("推进深化改革开放", "深化改", true),
        ] {
            let start = text.find(found).unwrap();
            let reading = Reading::new(text, start, start + found.len(), found);
            assert_eq!(reading.cuts_word(), expected, "{text} {found}");
        }
    }
}
