//! Word boundaries: does a hit agree with how its clause divides into words?
//!
//! 布署 in “发布|署名” is no misspelling of 部署. The clause is divided by its cheapest path through a lattice of known
//! words (unigram model, Viterbi). A hit through which that path cuts is kept only if the clause reads better with the
//! right form in its place: the noisy-channel comparison P(clause with right form) · P(slip) against P(clause as it is).
//! It runs only around candidates.

use std::ops::Range;
use std::sync::LazyLock;

use fst::raw::Fst;

use crate::normalise::is_han;

include!(concat!(env!("OUT_DIR"), "/lexicon.rs"));

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    // The bytes come from the build script of this very version, so they cannot fail to load; an empty list would only
    // mean that no word boundary is known.
    let fst = Fst::new(&include_bytes!(concat!(env!("OUT_DIR"), "/lexicon.fst"))[..]).ok();
    Lexicon { fst }
});

/// Cost of a slip, in 1/256 nat (3.0 nats): of 4,726 slips planted into official text 99.9 % are kept, of 432 natural
/// coincidences across word boundaries three survive, all of them real errors (`docs/quality.md`).
const SLIP_COST: u64 = 768;

/// The same where the right form is one character (ln 10): 目的|的.
const SHORT_SLIP_COST: u64 = 590;

/// Characters of context on each side of a hit; more does not change the path through it.
const CONTEXT: usize = 16;

/// Words and their costs: −ln P in 1/256 nat.
struct Lexicon {
    fst: Option<Fst<&'static [u8]>>,
}

impl Lexicon {
    /// Calls `visit(length in bytes, cost)` for every word that `text` begins with.
    fn prefixes(&self, text: &[u8], mut visit: impl FnMut(usize, u64)) {
        let Some(fst) = &self.fst else { return };
        let mut node = fst.root();
        let mut output = fst::raw::Output::zero();
        for (index, &byte) in text.iter().enumerate() {
            let Some(transition) = node.find_input(byte) else { return };
            let transition = node.transition(transition);
            output = output.cat(transition.out);
            node = fst.node(transition.addr);
            if node.is_final() {
                visit(index + 1, output.cat(node.final_output()).value());
            }
        }
    }
}

/// Cheapest division of `text` into words. No word may cut into `whole`: it lies inside, outside, or – where `whole` has
/// two or more characters – contains all of it.
fn divide(text: &str, whole: Option<&Range<usize>>) -> (u64, Vec<usize>) {
    const UNREACHED: u64 = u64::MAX;
    let mut best: Vec<(u64, usize)> = vec![(UNREACHED, 0); text.len() + 1];
    best[0] = (0, 0);
    let may_contain = whole.is_some_and(|whole| text[whole.clone()].chars().nth(1).is_some());
    let cuts = |start: usize, end: usize| {
        whole.is_some_and(|whole| {
            let touches = start < whole.end && whole.start < end;
            let inside = whole.start <= start && end <= whole.end;
            let contains = start <= whole.start && whole.end <= end;
            touches && !inside && !(contains && may_contain)
        })
    };
    for (at, character) in text.char_indices() {
        let (cost, _) = best[at];
        if cost == UNREACHED {
            continue;
        }
        let mut relax = |end: usize, word: u64| {
            if cost + word < best[end].0 && !cuts(at, end) {
                best[end] = (cost + word, at);
            }
        };
        relax(at + character.len_utf8(), UNKNOWN_COST);
        LEXICON.prefixes(&text.as_bytes()[at..], |length, word| relax(at + length, word));
    }
    let mut boundaries = Vec::new();
    let mut at = text.len();
    while at > 0 {
        boundaries.push(at);
        at = best[at].1;
    }
    boundaries.push(0);
    boundaries.reverse();
    (best[text.len()].0, boundaries)
}

/// Whether a hit at `start..end` of `text` reads as words of its own, given the forms that would be right there.
///
/// Hits that are not wholly Han always do: the model knows no other words.
pub(crate) fn agrees(text: &str, start: usize, end: usize, right: &[String]) -> bool {
    let hit = &text[start..end];
    if !hit.chars().all(is_han) {
        return true;
    }
    let (clause, left) = clause(text, start, end);
    let (as_it_is, boundaries) = divide(clause, None);
    let inside = |at: usize| boundaries.binary_search(&at).is_ok();
    if inside(left) && inside(left + hit.len()) {
        return true;
    }
    right.iter().any(|right| {
        let corrected = corrected(clause, left, hit.len(), right);
        let (cost, _) = divide(&corrected, Some(&(left..left + right.len())));
        let slip = if right.chars().nth(1).is_some() { SLIP_COST } else { SHORT_SLIP_COST };
        cost + slip < as_it_is
    })
}

/// The clause around `start..end` of `text`, and how many bytes of it stand before.
fn clause(text: &str, start: usize, end: usize) -> (&str, usize) {
    let left: usize = text[..start].chars().rev().take(CONTEXT).take_while(|&c| is_han(c)).map(char::len_utf8).sum();
    let rest: usize = text[end..].chars().take(CONTEXT).take_while(|&c| is_han(c)).map(char::len_utf8).sum();
    (&text[start - left..end + rest], left)
}

/// `clause` with `right` in the place of `length` bytes from `left` on.
fn corrected(clause: &str, left: usize, length: usize, right: &str) -> String {
    format!("{}{right}{}", &clause[..left], &clause[left + length..])
}

/// By how much the clause reads better with `right` in the place of `start..end` of `text`, in 1/256 nat.
pub(crate) fn gain(text: &str, start: usize, end: usize, right: &str) -> i64 {
    Reading::new(text, start, end, right).gain()
}

/// How a clause divides into words as it is, and with a right form in its place.
pub(crate) struct Reading<'t> {
    clause: &'t str,
    /// Bytes of the clause before the place.
    left: usize,
    /// Bytes of the place.
    length: usize,
    right: &'t str,
    as_it_is: (u64, Vec<usize>),
    corrected: (u64, Vec<usize>),
}

impl<'t> Reading<'t> {
    /// Reads the clause around `start..end` of `text`, in whose place `right` would stand.
    pub(crate) fn new(text: &'t str, start: usize, end: usize, right: &'t str) -> Self {
        let (clause, left) = clause(text, start, end);
        let length = end - start;
        let as_it_is = divide(clause, None);
        let corrected = divide(&corrected(clause, left, length, right), None);
        Reading { clause, left, length, right, as_it_is, corrected }
    }

    /// By how much the clause reads better with the right form, in 1/256 nat: the difference of the costs of its cheapest
    /// divisions into words.
    pub(crate) fn gain(&self) -> i64 {
        self.as_it_is.0 as i64 - self.corrected.0 as i64
    }

    /// Whether a word is broken because the character at the byte `at` of the right form is missing: in the corrected
    /// clause it is in a word of two characters and more, and nothing of what is left of that is part of a word in the clause
    /// as it is.
    pub(crate) fn breaks_word(&self, at: usize) -> bool {
        let Some(width) = self.right[at..].chars().next().map(char::len_utf8) else { return false };
        let (words, corrected) = (&self.as_it_is.1, &self.corrected.1);
        let at = self.left + at;
        let next = corrected.partition_point(|&boundary| boundary <= at);
        let (Some(&from), Some(&to)) = (corrected.get(next.saturating_sub(1)), corrected.get(next)) else {
            return false;
        };
        let to = to - width;
        let mut left = words.windows(2).filter(|word| word[0] < to && from < word[1]).peekable();
        left.peek().is_some() && left.all(|word| self.clause[word[0]..word[1]].chars().nth(1).is_none())
    }

    /// Whether a word of the clause as it is goes across a border of the place.
    pub(crate) fn cuts_word(&self) -> bool {
        [self.left, self.left + self.length].iter().any(|border| self.as_it_is.1.binary_search(border).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_missing_character_breaks_a_word_or_not() {
        // Text, what stands for the form, the form, its character that is missing.
        for (text, found, right, missing, expected) in [
            ("坚持以近平新时代思想为指导", "近平新时代思想", "习近平新时代思想", "习", true),
            ("加强保护和系统治，持续推进", "保护和系统治", "保护和系统治理", "理", true),
            ("缴纳保护税外", "保护税", "保护税法", "法", false),
            ("加强环境保护工作", "环境保护", "环境保护部", "部", false),
            ("由省、自治区、直辖市人民政府", "省、自治区", "各省、自治区", "各", false),
        ] {
            let start = text.find(found).unwrap();
            let at = right.find(missing).unwrap();
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
