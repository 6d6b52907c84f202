//! Words of two characters that a slip of the ear or the eye turns into something else.
//!
//! Whoever types by sound picks a wrong character, or a wrong word of the same syllables: 会议 becomes 悔意. The words are
//! those of the lexicon that are frequent enough to be meant.

use super::evidence;
use super::filter::Filter;
use super::ngram::{self, pair_key, says_nothing, sound_key};
use super::segment::{common, is_word};
use super::sieve::{LOOKS_AFTER, LOOKS_BEFORE, SOUNDS_AFTER, SOUNDS_BEFORE};
use super::slip::{WORDS_AT, shapes_like, sound_groups, syllables};
use super::wording::Gaps;
use crate::simd;

/// The pairs of characters that are a common word.
static PAIRS: Filter<'static> = Filter::new(include_bytes!(concat!(env!("OUT_DIR"), "/word_pairs.filter")));

/// Common words of which one character is known and how the other one sounds: the other one.
static SOUNDING: Gaps<'static> = Gaps::new(
    SOUNDS.bytes(),
    &[],
    include_bytes!(concat!(env!("OUT_DIR"), "/word_sounds.at")),
    include_bytes!(concat!(env!("OUT_DIR"), "/word_sounds.bin")),
);

/// The keys of [`SOUNDING`].
pub(super) static SOUNDS: Filter<'static> =
    Filter::new(include_bytes!(concat!(env!("OUT_DIR"), "/word_sounds.filter")));

/// Common words of which one character is known and what the other one looks like.
pub(super) static SEEMING: Filter<'static> =
    Filter::new(include_bytes!(concat!(env!("OUT_DIR"), "/word_shapes.filter")));

/// Words of two characters, rare ones too, that sound like a common word of two other characters.
pub(super) static MISHEARD: Filter<'static> = Filter::new(include_bytes!(concat!(env!("OUT_DIR"), "/misheard.filter")));

/// Syllables and characters of the words, 16 bits each from the highest on, as sorted numbers of 64 bits, little endian.
static SAME_SOUND: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/homophones.bin"));

/// Characters that may have been meant in words of two characters, tried for many places at once: of a hundred places that the
/// filters let pass one is left.
#[derive(Default)]
pub(super) struct Trials {
    /// Keys of [`SOUNDING`], and the place that each is asked for.
    sounding: Vec<(u64, u32)>,
    /// The first 3-gram with each character that is tried, which its last code is.
    keys: Vec<u64>,
    /// For each of them its place, and in the lowest bits [`Trial::words`].
    of: Vec<u32>,
    tried: Vec<Trial>,
    grams: Vec<u64>,
    held: Vec<u64>,
}

/// A character in a place.
#[derive(Clone, Copy)]
struct Trial {
    place: u32,
    code: u32,
    /// Its 3-grams that are seen.
    seen: u8,
    /// Which neighbours it may make a word with that is still to be looked up, as bits: [`BEFORE`], [`AFTER`]. None if it is known
    /// to make one.
    words: u8,
}

const BEFORE: u8 = 1;
const AFTER: u8 = 2;

/// Bits of [`Trial::words`].
const WORDS: u32 = 2;

impl Trials {
    pub(super) fn clear(&mut self) {
        self.sounding.clear();
        self.keys.clear();
        self.of.clear();
    }

    /// At this place, what sounds as `key` says is to be tried.
    pub(super) fn sound(&mut self, key: u64, place: u32) {
        // It is read when all are known.
        let (bytes, at) = SOUNDING.bucket_byte(key);
        simd::prefetch(bytes, at);
        self.sounding.push((key, place));
    }

    /// At this place, what looks like the code in the middle of `around` and makes a word with the character before it or after it,
    /// as far as these matter, is to be tried.
    pub(super) fn look(&mut self, place: u32, around: [u32; 5], before: bool, after: bool) {
        let [first, second, old, ..] = around;
        let gram = ngram::key([first, second, 0]);
        self.keys.extend(shapes_like(old).map(|code| gram | u64::from(code)));
        let words = if before { BEFORE } else { 0 } | if after { AFTER } else { 0 };
        self.of.resize(self.keys.len(), place << WORDS | u32::from(words));
    }

    /// Calls `visit` with the places where reference text has at least `least` of the 3-grams across some character that was to
    /// be tried; `around` gives the place's own code in the middle of two on each side. It may be called for one place more than
    /// once.
    pub(super) fn seen(
        &mut self,
        path: simd::Path,
        least: u8,
        around: impl Fn(u32) -> [u32; 5],
        mut visit: impl FnMut(u32),
    ) {
        for &(key, _) in &self.sounding {
            let (bytes, at) = SOUNDING.filling_byte(key);
            simd::prefetch(bytes, at);
        }
        for &(key, place) in &self.sounding {
            let [first, second, ..] = around(place);
            let gram = ngram::key([first, second, 0]);
            self.keys.extend(SOUNDING.fillings(key).map(|filling| gram | u64::from(filling.code)));
            self.of.resize(self.keys.len(), place << WORDS);
        }
        // Most are done with after the first 3-gram, if all three are asked for.
        evidence::seen_of(path, &self.keys, &mut self.held);
        self.tried.clear();
        for (first, &held) in (0..).step_by(64).zip(&self.held) {
            let known = self.keys.len() - first;
            let all = if known < 64 { (1 << known) - 1 } else { !0 };
            let mut left = if least > 2 { held } else { all };
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let (key, of) = (self.keys[first + bit as usize], self.of[first + bit as usize]);
                let tells = !says_nothing(ngram::codes(key));
                let seen = u8::from(tells) & (held >> bit & 1) as u8;
                let [.., code] = ngram::codes(key);
                self.tried.push(Trial { place: of >> WORDS, code, seen, words: (of & ((1 << WORDS) - 1)) as u8 });
            }
        }
        for (at, left) in [(1, 1), (2, 0)] {
            let gram = |trial: &Trial| {
                let [_, before, _, after, last] = around(trial.place);
                let codes = [before, trial.code, after, last];
                [codes[at - 1], codes[at], codes[at + 1]]
            };
            self.tried.retain(|trial| trial.seen + left + 1 >= least);
            self.grams.clear();
            self.grams.extend(self.tried.iter().map(|trial| ngram::key(gram(trial))));
            evidence::seen_of(path, &self.grams, &mut self.held);
            for (index, trial) in self.tried.iter_mut().enumerate() {
                let held = self.held[index / 64] >> (index % 64) & 1 != 0;
                trial.seen += u8::from(held && !says_nothing(gram(trial)));
            }
        }
        let counts = |&Trial { place, code, seen, words }: &Trial| {
            let [_, before, old, after, _] = around(place);
            let word = |one: u32, two: u32| PAIRS.contains(pair_key(one, two));
            let known =
                words == 0 || (words & BEFORE != 0 && word(before, code)) || (words & AFTER != 0 && word(code, after));
            seen >= least && known && code != old
        };
        self.tried.iter().filter(|&trial| counts(trial)).for_each(|trial| visit(trial.place));
    }
}

/// Calls `visit` for each character that may sound like one of the syllables or look like `old` and make a word with the one
/// `before` it or `after` it, given which of these the filters let pass (`sieve::MISSPELT`). Characters may be named more than
/// once, and in vain: [`in_word`] knows.
pub(super) fn candidates(old: u32, before: u32, after: u32, hits: u32, mut visit: impl FnMut(u32)) {
    let hit = |bit: u32| hits >> bit & 1 != 0;
    for (group, (sounds_before, sounds_after)) in sound_groups(old).zip(SOUNDS_BEFORE.into_iter().zip(SOUNDS_AFTER)) {
        let beside = |known: u32, first: bool, hit: bool| {
            let known = hit.then(|| SOUNDING.fillings(sound_key(known, first, group)));
            known.into_iter().flatten().map(|filling| filling.code).peekable()
        };
        // Both are in the order of codes.
        let mut lasts = beside(before, true, hit(sounds_before));
        let mut firsts = beside(after, false, hit(sounds_after));
        while let Some(code) = match (lasts.peek(), firsts.peek()) {
            (Some(&last), Some(&first)) => Some(last.min(first)),
            (last, first) => last.or(first).copied(),
        } {
            lasts.next_if_eq(&code);
            firsts.next_if_eq(&code);
            if code != old {
                visit(code);
            }
        }
    }
    let (looks_before, looks_after) = (hit(LOOKS_BEFORE), hit(LOOKS_AFTER));
    if looks_before || looks_after {
        let word = |one: u32, two: u32| PAIRS.contains(pair_key(one, two));
        shapes_like(old)
            .filter(|&code| code != old)
            .filter(|&code| (looks_before && word(before, code)) || (looks_after && word(code, after)))
            .for_each(visit);
    }
}

/// Whether the character makes a common word with the one `before` it (`false`) or `after` it (`true`): of two words the more
/// frequent one.
pub(super) fn in_word(code: u32, before: u32, after: u32) -> Option<bool> {
    let word = |pair: [u32; 2]| if pair.contains(&0) { None } else { common(pair) };
    let (last, first) = (word([before, code]), word([code, after]));
    (last.is_some() || first.is_some()).then(|| first.is_some_and(|first| last.is_none_or(|last| first < last)))
}

/// The words, other ones in both characters, that sound like the word of these two; none if they are no word.
pub(super) fn sounding(word: [u32; 2]) -> impl Iterator<Item = [u32; 2]> {
    // Who picks a wrong word picks a word, rare as it may be.
    let known = is_word(word);
    let firsts = syllables(word[0]).iter().filter(move |_| known);
    let sounds = firsts.flat_map(move |&one| syllables(word[1]).iter().map(move |&two| [one, two]));
    let words = sounds.flat_map(move |[one, two]| {
        let at = |sound: u16| WORDS_AT.get(usize::from(sound)).map_or(0, |&at| at as usize);
        let words = SAME_SOUND.as_chunks().0.get(at(one)..at(one + 1)).unwrap_or_default();
        let prefix = u64::from(one) << 48 | u64::from(two) << 32;
        let first = words.partition_point(|&word| u64::from_le_bytes(word) < prefix);
        let words = words[first..].iter().map(|&word| u64::from_le_bytes(word));
        words.take_while(move |word| word >> 32 == prefix >> 32)
    });
    words
        .map(|pair| [(pair >> 16 & 0xFFFF) as u32, (pair & 0xFFFF) as u32])
        .filter(move |other| other[0] != word[0] && other[1] != word[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All filters pass.
    const ALL: u32 = 0b11_1111;

    fn code(character: char) -> u32 {
        character.into()
    }

    #[test]
    fn words_that_sound_alike_are_told() {
        let words = |text: &str| {
            let codes: Vec<u32> = text.chars().map(u32::from).collect();
            sounding([codes[0], codes[1]]).collect::<Vec<_>>()
        };
        assert!(words("悔意").contains(&[code('会'), code('议')]));
        assert!(!words("悔意").contains(&[code('悔'), code('意')]));
        // No word, nothing that was picked instead of one.
        assert!(words("悔议").is_empty());
    }

    #[test]
    fn characters_are_tried_where_they_make_a_word() {
        let tried = |old: char, before: char, after: char| {
            let mut tried = Vec::new();
            let (before, after) = (code(before), code(after));
            candidates(code(old), before, after, ALL, |code| {
                tried.extend(in_word(code, before, after).map(|first| (code, first)));
            });
            tried
        };
        assert!(tried('暑', '部', '工').contains(&(code('署'), false)));
        assert!(tried('水', '级', '府').iter().all(|&(code, _)| code != '政' as u32), "neither sound nor shape");
        assert!(tried('末', '\0', '来').contains(&(code('未'), true)));
    }
}
