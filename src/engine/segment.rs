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
        let mut word = FormHash::EMPTY;
        for (end, &code) in (start + 1..).zip(&text[start..]) {
            word = word.with(code);
            let Some(known) = LEXICON.get(word) else { break };
            if let Some(cost) = known.cost {
                relax(end, cost.into());
            }
            if !known.longer {
                break;
            }
        }
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

/// The clause around `start..end` of `text` with `middle` in its place: codes of the Han characters before and behind it,
/// as far as the context goes, and where the middle stands among them.
fn clause(text: &str, start: usize, end: usize, middle: &str) -> (Vec<u32>, Range<usize>) {
    let mut codes: Vec<u32> = Vec::with_capacity(2 * CONTEXT + middle.len() / 3 + 1);
    codes.extend(text[..start].chars().rev().take(CONTEXT).take_while(|&c| is_han(c)).map(u32::from));
    codes.reverse();
    let first = codes.len();
    codes.extend(middle.chars().map(u32::from));
    let last = codes.len();
    codes.extend(text[end..].chars().take(CONTEXT).take_while(|&c| is_han(c)).map(u32::from));
    (codes, first..last)
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
    let (as_it_is, _) = clause(text, start, end, &text[start..end]);
    let (corrected, _) = clause(text, start, end, right);
    divide(&as_it_is, None, None) as i64 - divide(&corrected, None, None) as i64
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
}
