//! Which places of a text may be one slip away from attested wording: what rules out nearly all of them, step by step for
//! many places at once, so that no step waits for memory or for a guess about the one before.
//!
//! 1. Characters become codes, and 3-grams that reference text does not have become bits (`simd`).
//! 2. Of a suspect place the pairs of characters on both sides must be pairs of forms.
//! 3. Three of four neighbouring characters must leave a gap that some form fills (a Bloom filter, whose words are asked for
//!    long before they are looked at).

use super::attested::{GAPS, PAIRS};
use super::evidence;
use super::filter::{Filter, Place};
use super::homophones::{MISHEARD, SEEMING, SOUNDS};
use super::ngram::{gap_key, pair_key, shape_key, sound_key};
use super::slip::sound_groups;
use crate::document::{Folded as FoldedMark, Span};
use crate::simd::{self, BEYOND, Grams, ROOM};

/// Characters that are sifted together: their tables stay in the fastest caches.
const CHUNK: usize = 2048;

/// Codes of a border before the first character, so that every window begins in the table.
const LEAD: usize = 4;

/// Kinds of edits whose gaps are looked up, by the first bit of their windows in [`Suspect::hits`].
pub(super) const EXCHANGED: u32 = 0;
pub(super) const DROPPED: u32 = 4;
pub(super) const SURPLUS: u32 = 8;
pub(super) const SWAPPED: u32 = 11;
/// A word of two characters may be misspelt: it sounds so with the character before it, with that behind it (two bits each, one
/// for each of its groups of sounds), looks so with the one or the other.
pub(super) const MISSPELT: u32 = 14;
/// Bits of what may be misspelt, from [`MISSPELT`] on.
pub(super) const SOUNDS_BEFORE: [u32; 2] = [0, 1];
pub(super) const SOUNDS_AFTER: [u32; 2] = [2, 3];
pub(super) const LOOKS_BEFORE: u32 = 4;
pub(super) const LOOKS_AFTER: u32 = 5;
/// Two characters may be a word instead of another.
pub(super) const MISHEARD_AT: u32 = 20;

/// Windows of all kinds.
const WINDOWS: usize = 14;

/// A place that may be one slip away from attested wording.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Suspect {
    /// The character, as an index of the codes.
    pub(super) at: usize,
    /// Windows of four characters of a form that may hold the edit, one bit each: from [`EXCHANGED`] on by the offset of the
    /// edit in the window, from [`DROPPED`] on likewise, from [`SURPLUS`] on by the offset less one, from [`SWAPPED`] on by
    /// the offset of the first of two; and [`MISSPELT`] and [`MISHEARD_AT`].
    pub(super) hits: u32,
    /// Of an exchange: only idioms and registered forms count.
    pub(super) sure: bool,
    /// Of a surplus character: the same.
    pub(super) surplus_sure: bool,
    /// Of two characters in the wrong order: the same.
    pub(super) swapped_sure: bool,
    /// All 3-grams around the character are unseen.
    pub(super) all_new: bool,
}

/// What four 3-grams from the second character before a place on say about it.
mod novelty {
    /// The first three, which hold its character, are new text.
    pub(super) const HERE: u8 = 1;
    /// None of these three is seen.
    pub(super) const ALL_NEW: u8 = 2;
    /// Two of these three and more are unseen.
    pub(super) const TWO: u8 = 4;
    /// One of the two across its left border is unseen.
    pub(super) const BORDER: u8 = 8;
    /// All four, which hold it or the next one, are new text.
    pub(super) const ACROSS: u8 = 16;
    /// Likewise, with three unseen.
    pub(super) const WHOLLY: u8 = 32;
    /// Two of them and more are unseen, and none is seen.
    pub(super) const BOTH: u8 = 64;

    /// Whether so many 3-grams, of which some are seen, are new text. A border leaves fewer to tell by; those must then all be
    /// unseen.
    const fn is_new(unseen: u32, seen: u32, least: u32) -> bool {
        unseen >= least || (unseen > 0 && seen == 0)
    }

    /// By the four that are unseen, and by the four that are seen.
    pub(super) static OF: [[u8; 16]; 16] = {
        let mut all = [[0; 16]; 16];
        let mut index = 0;
        while index < 256 {
            let (unseen, seen) = (index as u32 & 15, index as u32 >> 4);
            let three = ((unseen & 7).count_ones(), (seen & 7).count_ones());
            let four = (unseen.count_ones(), seen.count_ones());
            let mut says = 0;
            if is_new(three.0, three.1, 2) {
                says |= HERE;
            }
            if three.1 == 0 {
                says |= ALL_NEW;
            }
            if three.0 > 1 {
                says |= TWO;
            }
            if unseen & 3 != 0 {
                says |= BORDER;
            }
            if is_new(four.0, four.1, 2) {
                says |= ACROSS;
            }
            if is_new(four.0, four.1, 3) {
                says |= WHOLLY;
            }
            if four.0 > 1 && four.1 == 0 {
                says |= BOTH;
            }
            all[unseen as usize][seen as usize] = says;
            index += 1;
        }
        all
    };
}

/// A window of four characters of a form around an edit, as the text has it: where the three characters of its key stand,
/// from the edit on, and which of the four is the one to be filled in.
#[derive(Clone, Copy)]
struct Window {
    key: [isize; 3],
    gap: usize,
}

/// The windows in the order of the bits of [`Suspect::hits`].
const ALL_WINDOWS: [Window; WINDOWS] = {
    let mut all = [Window { key: [0; 3], gap: 0 }; WINDOWS];
    let mut bit = 0;
    while bit < WINDOWS {
        let (kind, offset) = match bit {
            0..4 => (EXCHANGED, bit),
            4..8 => (DROPPED, bit - 4),
            8..11 => (SURPLUS, bit - 7),
            _ => (SWAPPED, bit - 11),
        };
        // The four characters of the form as places in the text; the one that is not there has none.
        let mut four = [isize::MAX; 4];
        let mut place = 0;
        while place < 4 {
            let plain = place as isize - offset as isize;
            four[place] = match kind {
                EXCHANGED if place == offset => isize::MAX,
                DROPPED if place == offset => isize::MAX,
                DROPPED if place > offset => plain - 1,
                SURPLUS if place >= offset => plain + 1,
                SWAPPED if place == offset => 1,
                SWAPPED if place == offset + 1 => 0,
                _ => plain,
            };
            place += 1;
        }
        // Where all four are there, the first is taken for what fills the gap of the others.
        let gap = if kind == EXCHANGED || kind == DROPPED { offset } else { 0 };
        let (mut place, mut number) = (0, 0);
        while place < 4 {
            if place != gap {
                all[bit].key[number] = four[place];
                number += 1;
            }
            place += 1;
        }
        all[bit].gap = gap;
        bit += 1;
    }
    all
};

/// For each set of Han characters among the nine around a place, from the fourth before it on: the windows that hold nothing else.
static WHOLE: [u16; 512] = {
    let mut table = [0; 512];
    let mut set = 0;
    while set < 512 {
        let mut bit = 0;
        while bit < WINDOWS {
            let (kind, offset) = match bit {
                0..4 => (EXCHANGED, bit),
                4..8 => (DROPPED, bit - 4),
                8..11 => (SURPLUS, bit - 7),
                _ => (SWAPPED, bit - 11),
            };
            let four = 0b1111 << (4 - offset);
            let needed = match kind {
                EXCHANGED => four & !0b10000,
                DROPPED => 0b111 << (4 - offset),
                SURPLUS => 0b11111 << (4 - offset) & !0b10000,
                _ => four,
            };
            if set & needed == needed {
                table[set] |= 1 << bit;
            }
            bit += 1;
        }
        set += 1;
    }
    table
};

/// What is being looked up in one filter.
#[derive(Default)]
struct Lookups {
    keys: Vec<u64>,
    /// For each key the suspect, and in the lowest [`BIT`] bits the bit that it has if the filter holds the key.
    wanted: Vec<u32>,
    /// For each key, 64 to a number, whether the filter holds it.
    held: Vec<u64>,
}

/// Bits of what is wanted that name a bit of [`Suspect::hits`].
const BIT: u32 = 5;

impl Lookups {
    fn add(&mut self, key: u64, suspect: u32, bit: u32) {
        self.keys.push(key);
        self.wanted.push(suspect << BIT | bit);
    }

    /// Looks all of them up and calls `visit` with key, suspect and bit of those that `filter` holds; then there are none.
    fn held(&mut self, path: simd::Path, filter: &Filter<'_>, mut visit: impl FnMut(u64, u32, u32)) {
        self.held.clear();
        self.held.resize(self.keys.len().div_ceil(64), 0);
        let done = simd::held(path, filter.bytes(), &self.keys, &mut self.held);
        for (held, keys) in self.held[done / 64..].iter_mut().zip(self.keys[done..].chunks(64)) {
            // Waiting for memory overlaps.
            let mut places = [Place::default(); 64];
            for (place, &key) in places.iter_mut().zip(keys) {
                *place = filter.place(key);
                simd::prefetch(filter.bytes(), place.byte);
            }
            let hits = places.iter().zip(keys).enumerate();
            *held = hits.fold(0, |held, (bit, (&place, _))| held | u64::from(filter.holds(place)) << bit);
        }
        for (&held, first) in self.held.iter().zip((0..).step_by(64)) {
            let mut held = held;
            while held != 0 {
                let index = first + held.trailing_zeros() as usize;
                held &= held - 1;
                let wanted = self.wanted[index];
                visit(self.keys[index], wanted >> BIT, wanted & ((1 << BIT) - 1));
            }
        }
        self.keys.clear();
        self.wanted.clear();
    }
}

/// The filters: gaps of all forms, gaps of sure ones, sounds and shapes that make a word, words that sound like others.
static FILTERS: [&Filter<'static>; 5] = [GAPS.filter(false), GAPS.filter(true), &SOUNDS, &SEEMING, &MISHEARD];

/// Filters that tell of gaps: these are looked at again, for what fills them.
const OF_GAPS: usize = 2;

/// The characters of some blocks, reused from chunk to chunk.
#[derive(Default)]
pub(super) struct Sieve {
    /// Codes of the characters, with a border after each block and more of them at both ends.
    codes: Vec<u32>,
    /// Where each block begins, and one past the border of the last.
    starts: Vec<usize>,
    /// What is known of the 3-grams that begin with each code.
    grams: Vec<Grams>,
    suspects: Vec<Suspect>,
    /// What is to be looked up, by filter.
    lookups: [Lookups; FILTERS.len()],
    /// Keys of gaps that some form fills.
    filled: Vec<u64>,
}

impl Sieve {
    /// Reads as many of `blocks` of `text` as make a chunk, one at least if there is any. Gives their number.
    pub(super) fn read(&mut self, text: &str, blocks: &[Span<FoldedMark>]) -> usize {
        let path = simd::best();
        self.starts.clear();
        let mut end = LEAD;
        for block in blocks {
            if end > CHUNK {
                break;
            }
            self.starts.push(end);
            // There are at most as many characters as bytes.
            let room = end + block.len() + ROOM + 1;
            if self.codes.len() < room {
                self.codes.resize(room, 0);
            }
            end += simd::codes(path, text, block.start, block.end, &mut self.codes[end..]);
            self.codes[end] = 0;
            end += 1;
        }
        self.starts.push(end);
        self.codes.resize((end + BEYOND + 64).max(self.codes.len()), 0);
        self.codes[end..end + BEYOND + 64].fill(0);
        // Suspect places need the 3-grams of two characters before them, and those across the end of a word.
        self.grams.clear();
        self.grams.resize(end.div_ceil(64) + 1, Grams::default());
        evidence::look_up(path, &self.codes[..end + BEYOND + 64], &mut self.grams);
        self.starts.len() - 1
    }

    /// Codes of all characters, with borders between blocks and at both ends.
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes[..self.starts.last().copied().unwrap_or(0) + LEAD]
    }

    /// Where the characters of a block begin among the codes.
    pub(super) fn start(&self, block: usize) -> usize {
        self.starts[block]
    }

    /// The block of a code, or of the border behind it, if it is not before the one `from`.
    pub(super) fn block_of(&self, at: usize, mut from: usize) -> usize {
        while self.starts.get(from + 1).is_some_and(|&next| next <= at) {
            from += 1;
        }
        from
    }

    /// Sifts the places of the chunk: [`suspects`](Self::suspects) is what may be one slip away from attested wording, in order of
    /// place. Where the
    /// text around a place is only partly new, all forms count if `partly`, else idioms and registered ones.
    pub(super) fn sift(&mut self, partly: bool) {
        self.suspects.clear();
        self.filled.clear();
        for word in 0..self.grams.len() - 1 {
            let [this, next] = [self.grams[word], self.grams[word + 1]];
            let mut suspects = this.unseen | this.unseen >> 1 | next.unseen << 63;
            while suspects != 0 {
                let bit = suspects.trailing_zeros();
                suspects &= suspects - 1;
                let four = |this: u64, next: u64| (this >> bit | next << 1 << (63 - bit)) as u32 & 0xF;
                let unseen = four(this.unseen, next.unseen);
                let seen = four(this.telling, next.telling) & !unseen;
                self.weigh(word * 64 + bit as usize + 2, unseen, seen, partly);
            }
        }
        let path = simd::best();
        for ((lookups, filter), number) in self.lookups.iter_mut().zip(FILTERS).zip(0..) {
            lookups.held(path, filter, |key, suspect, bit| {
                self.suspects[suspect as usize].hits |= 1 << bit;
                if number < OF_GAPS {
                    let (bytes, at) = GAPS.bucket_byte(key);
                    simd::prefetch(bytes, at);
                    self.filled.push(key);
                }
            });
        }
        for &key in &self.filled {
            let (bytes, at) = GAPS.filling_byte(key);
            simd::prefetch(bytes, at);
        }
        self.suspects.retain(|suspect| suspect.hits != 0);
    }

    /// What was left.
    pub(super) fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// Notes the windows of the place `at` that are to be looked up. `unseen` and `seen` are bits of the four 3-grams from the
    /// second character before it on.
    fn weigh(&mut self, at: usize, unseen: u32, seen: u32, partly: bool) {
        let Some(&around) = self.codes.get(at - LEAD..).and_then(|codes| codes.first_chunk::<9>()) else { return };
        let [_, _, two_before, before, here, after, two_after, ..] = around;
        let novelty = novelty::OF[unseen as usize & 15][seen as usize & 15];
        let says = |what: u8| novelty & what != 0;
        let exchanged = (here != 0) & says(novelty::HERE);
        let all_new = says(novelty::ALL_NEW);
        let sure = !(partly | all_new);
        let doubled = before == here;
        // Of two equal characters the second is the one too many. Anything put in, not only a character written twice, counts
        // in what is sure.
        let surplus = exchanged & (doubled | (here != after));
        let surplus_sure = sure | !doubled;
        let swapped = says(novelty::ACROSS) & (here != after);
        let swapped_sure = !(partly | says(novelty::WHOLLY));
        let either = |bits: u16, is: bool| if is { bits } else { 0 };
        let pair = |sure: bool, one: u32, two: u32| PAIRS[usize::from(sure)].contains(one, two);
        // A window has both characters on the one or the other side.
        let wanted = either(
            either(0b0011, pair(sure, after, two_after)) | either(0b1100, pair(sure, two_before, before)),
            exchanged,
        ) | either(
            either(0b0011_0000, pair(true, here, after)) | either(0b1100_0000, pair(true, two_before, before)),
            says(novelty::BORDER),
        ) | either(0b111_0000_0000, surplus & pair(surplus_sure, before, after))
            | either(0b11_1000_0000_0000, swapped & pair(swapped_sure, after, here));
        let han = around.iter().enumerate().fold(0, |set, (index, &code)| set | usize::from(code != 0) << index);
        let mut windows = wanted & WHOLE[han];
        let misspelt = exchanged & all_new & says(novelty::TWO);
        let misheard = says(novelty::BOTH) & (here != 0) & (after != 0);
        if windows == 0 && !misspelt && !misheard {
            return;
        }
        let suspect = self.suspects.len() as u32;
        self.suspects.push(Suspect { at, hits: 0, sure, surplus_sure, swapped_sure, all_new });
        let mut look_up = |bit: u32, filter: usize, key: u64| self.lookups[filter].add(key, suspect, bit);
        if misspelt {
            let sides = [(before, true, SOUNDS_BEFORE, LOOKS_BEFORE), (after, false, SOUNDS_AFTER, LOOKS_AFTER)];
            for (known, first, sounds, looks) in sides.into_iter().filter(|&(known, ..)| known != 0) {
                for (bit, group) in sounds.into_iter().zip(sound_groups(here)) {
                    look_up(MISSPELT + bit, 2, sound_key(known, first, group));
                }
                look_up(MISSPELT + looks, 3, shape_key(known, first, here));
            }
        }
        if misheard {
            look_up(MISHEARD_AT, 4, pair_key(here, after));
        }
        let sure = [sure, true, surplus_sure, swapped_sure];
        while windows != 0 {
            let bit = windows.trailing_zeros();
            windows &= windows - 1;
            let Window { key, gap } = ALL_WINDOWS[bit as usize];
            let code = |offset: isize| around[LEAD.wrapping_add_signed(offset)];
            let sure = sure[[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3][bit as usize & 15]];
            look_up(bit, usize::from(sure), gap_key(key.map(code), gap));
        }
    }
}

/// The key of a window by its bit in [`Suspect::hits`], and the code that must fill its gap, if it is known.
pub(super) fn window(codes: &[u32], at: usize, bit: u32) -> (u64, Option<u32>) {
    let Window { key, gap } = ALL_WINDOWS[bit as usize];
    let code = |offset: isize| codes[at.wrapping_add_signed(offset)];
    let first = match bit {
        SURPLUS..SWAPPED => Some(code(SURPLUS as isize - 1 - bit as isize)),
        // Of the two that are swapped, the second may be the first of the window.
        SWAPPED => Some(code(1)),
        _ if bit > SWAPPED => Some(code(SWAPPED as isize - bit as isize)),
        _ => None,
    };
    (gap_key(key.map(code), gap), first)
}
