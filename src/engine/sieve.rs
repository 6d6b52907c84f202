//! Which places of a text may be one slip away from attested wording: what rules out nearly all of them, step by step for
//! many places at once, so that no step waits for memory or for a guess about the one before.
//!
//! 1. Characters become codes, and 3-grams that reference text does not have become bits (`simd`).
//! 2. The characters around a suspect place must stand to each other as in forms: next to each other, or with one between them.
//! 3. Three of four neighbouring characters must leave a gap that some form fills (a Bloom filter, whose words are asked for
//!    long before they are looked at).

use super::attested::{GAPS, LINKS, Needs};
use super::evidence;
use super::filter::Filter;
use super::homophones::{MISHEARD, SEEMING, SOUNDS, Trials};
use super::ngram::{gap_key, pair_key, shape_key, sound_key};
use super::slip::sound_groups;
use super::wording::{LINK_MULTIPLIERS, LINK_SHIFT, link};
use crate::document::{Folded as FoldedMark, Span};
use crate::simd::{self, BEYOND, Grams, LinkHash, Linked, ROOM};

/// Characters that are sifted together: their tables stay in the fastest caches.
const CHUNK: usize = 4096;

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
/// All of these.
const ALL_MISSPELT: u32 = 0b11_1111 << MISSPELT;
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

/// What is known around 64 neighbouring places, a bit for each: all of them are decided together.
struct Around {
    /// Han characters, from the fourth before the place to the fourth behind it.
    han: [u64; 9],
    /// The character before the place equals its own; its own equals the next one.
    doubled: [u64; 2],
    /// Of the four 3-grams from the second character before the place on, those that are unseen.
    unseen: [u64; 4],
    /// Those that are seen.
    seen: [u64; 4],
    /// How neighbouring characters stand in forms, from the third and second before the place to the second and third behind it.
    linked: [Linked; PAIRS],
}

/// Pairs of neighbouring characters around a place.
const PAIRS: usize = 6;

/// The first character of the first of these pairs, from the place on.
const FIRST_PAIR: isize = -3;

/// The 64 bits that begin `by` bits behind the first one of the second number.
#[inline]
fn shifted(three: [u64; 3], by: isize) -> u64 {
    let [before, this, next] = three;
    match by {
        0 => this,
        1.. => this >> by | next << (64 - by),
        _ => this << -by | before >> (64 + by),
    }
}

impl Around {
    /// The places from the third code on of the word of 3-grams that `three` has in its middle, `links` likewise.
    fn new(three: [Grams; 3], links: [Linked; 3]) -> Self {
        let grams = |of: fn(&Grams) -> u64, by: isize| shifted(three.each_ref().map(of), by);
        let link = |of: fn(&Linked) -> u64, by: isize| shifted(links.each_ref().map(of), by);
        let unseen = [0, 1, 2, 3].map(|by| grams(|grams| grams.unseen, by));
        let telling = [0, 1, 2, 3].map(|by| grams(|grams| grams.telling, by));
        let from_fourth = [-2, -1, 0, 1, 2, 3, 4, 5, 6];
        Around {
            han: from_fourth.map(|by| grams(|grams| grams.han, by)),
            doubled: [1, 2].map(|by| grams(|grams| grams.doubled, by)),
            unseen,
            seen: [0, 1, 2, 3].map(|gram| telling[gram] & !unseen[gram]),
            linked: std::array::from_fn(|pair| {
                let by = pair as isize + FIRST_PAIR + 2;
                Linked {
                    adjacent: link(|link| link.adjacent, by),
                    adjacent_sure: link(|link| link.adjacent_sure, by),
                    apart: link(|link| link.apart, by),
                    apart_sure: link(|link| link.apart_sure, by),
                }
            }),
        }
    }

    /// Places with an unseen 3-gram across their left border.
    fn border(&self) -> u64 {
        self.unseen[0] | self.unseen[1]
    }

    /// Places of which at least two of the first three 3-grams, which hold its character, are unseen.
    fn two_of_three(&self) -> u64 {
        let [one, two, three, _] = self.unseen;
        (one & two) | (three & (one | two))
    }

    /// Places of which at least two of all four are unseen, which hold its character or the next one.
    fn two_of_four(&self) -> u64 {
        let [one, two, three, four] = self.unseen;
        self.two_of_three() | (four & (one | two | three))
    }

    /// Places of which none of the first three, or of all, is seen.
    fn none_seen(&self, all: bool) -> u64 {
        let [one, two, three, four] = self.seen;
        !(one | two | three | if all { four } else { 0 })
    }

    /// Places of which one of the first three, or of all, is unseen.
    fn any_unseen(&self, all: bool) -> u64 {
        let [one, two, three, four] = self.unseen;
        one | two | three | if all { four } else { 0 }
    }

    /// Those of `places` around which a window has Han characters alone, and neighbours that stand to each other as in a form,
    /// or in a `sure` one.
    #[inline]
    fn whole<const WINDOW: usize>(&self, places: u64, sure: u64) -> u64 {
        let mut whole = places;
        for (at, han) in self.han.iter().enumerate() {
            if NEEDED[WINDOW] >> at & 1 != 0 {
                whole &= han;
            }
        }
        let [adjacent, apart] = const { neighbours(WINDOW) };
        for (pair, linked) in self.linked.iter().enumerate() {
            if adjacent >> pair & 1 != 0 {
                whole &= linked.adjacent & (linked.adjacent_sure | !sure);
            }
            if apart >> pair & 1 != 0 {
                whole &= linked.apart & (linked.apart_sure | !sure);
            }
        }
        whole
    }
}

/// Calls `visit` with the number of each set bit.
#[inline]
fn each(mut bits: u64, mut visit: impl FnMut(usize)) {
    while bits != 0 {
        visit(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// A window of four characters of a form around an edit, as the text has it: where the three characters of its key stand,
/// from the edit on, and which of the four is the one to be filled in.
#[derive(Clone, Copy)]
struct Window {
    key: [isize; 3],
    gap: usize,
}

/// What is said of a character of a form that the text has not.
const MISSING: isize = isize::MAX;

/// The four characters of the form as places in the text, from the edit on.
const fn four(window: usize) -> [isize; 4] {
    let (kind, offset) = kind_of(window as u32);
    let offset = offset as usize;
    let mut four = [MISSING; 4];
    let mut place = 0;
    while place < 4 {
        let plain = place as isize - offset as isize;
        four[place] = match kind {
            EXCHANGED | DROPPED if place == offset => MISSING,
            DROPPED if place > offset => plain - 1,
            SURPLUS if place >= offset => plain + 1,
            SWAPPED if place == offset => 1,
            SWAPPED if place == offset + 1 => 0,
            _ => plain,
        };
        place += 1;
    }
    four
}

/// Neighbours in the text that must be neighbours in a form, and those that must have one character between them there: one
/// bit for each of [`PAIRS`].
const fn neighbours(window: usize) -> [u8; 2] {
    let four = four(window);
    let mut pairs = [0; 2];
    let mut apart = 1;
    while apart <= 2 {
        let mut place = 0;
        while place + apart < 4 {
            let (one, two) = (four[place], four[place + apart]);
            if one != MISSING && two == one + 1 {
                pairs[apart - 1] |= 1 << (one - FIRST_PAIR);
            }
            place += 1;
        }
        apart += 1;
    }
    pairs
}

/// The windows in the order of the bits of [`Suspect::hits`].
const ALL_WINDOWS: [Window; WINDOWS] = {
    let mut all = [Window { key: [0; 3], gap: 0 }; WINDOWS];
    let mut bit = 0;
    while bit < WINDOWS {
        let (kind, offset) = kind_of(bit as u32);
        let (offset, four) = (offset as usize, four(bit));
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

/// Kind and offset of a window by its bit.
const fn kind_of(bit: u32) -> (u32, u32) {
    match bit {
        0..DROPPED => (EXCHANGED, bit),
        DROPPED..SURPLUS => (DROPPED, bit - DROPPED),
        SURPLUS..SWAPPED => (SURPLUS, bit - SURPLUS + 1),
        _ => (SWAPPED, bit - SWAPPED),
    }
}

/// For each window the characters that must be Han, as bits from the fourth before the place on.
const NEEDED: [u16; WINDOWS] = {
    let mut needed = [0; WINDOWS];
    let mut bit = 0;
    while bit < WINDOWS {
        let (kind, offset) = kind_of(bit as u32);
        needed[bit] = match kind {
            EXCHANGED => 0b1111 << (4 - offset) & !0b10000,
            DROPPED => 0b111 << (4 - offset),
            SURPLUS => 0b11111 << (4 - offset) & !0b10000,
            _ => 0b1111 << (4 - offset),
        };
        bit += 1;
    }
    needed
};

/// What is being looked up in one filter.
#[derive(Default)]
struct Lookups {
    /// The keys and room for more: most of the time is spent on noting them.
    keys: Vec<u64>,
    /// How many keys there are.
    number: usize,
    /// For each key the suspect, and in the lowest [`BIT`] bits the bit that it has if the filter holds the key.
    wanted: Vec<u32>,
    /// For each key, 64 to a number, whether the filter holds it.
    held: Vec<u64>,
}

/// Bits of what is wanted that name a bit of [`Suspect::hits`].
const BIT: u32 = 5;

impl Lookups {
    /// Makes room for so many keys more.
    fn reserve(&mut self, number: usize) {
        if self.keys.len() < self.number + number {
            let room = (self.number + number).next_power_of_two();
            self.keys.resize(room, 0);
            self.wanted.resize(room, 0);
        }
    }

    /// Notes a key, for which there must be room.
    #[inline]
    fn add(&mut self, key: u64, suspect: u32, bit: u32) {
        if let (Some(slot), Some(wanted)) = (self.keys.get_mut(self.number), self.wanted.get_mut(self.number)) {
            (*slot, *wanted) = (key, suspect << BIT | bit);
            self.number += 1;
        }
    }

    /// Looks all of them up and calls `visit` with key, suspect and bit of those that `filter` holds; then there are none.
    fn held(&mut self, path: simd::Path, filter: &Filter<'_>, mut visit: impl FnMut(u64, u32, u32)) {
        evidence::held(path, filter, &self.keys[..self.number], &mut self.held);
        for (&held, first) in self.held.iter().zip((0..).step_by(64)) {
            let mut held = held;
            while held != 0 {
                let index = first + held.trailing_zeros() as usize;
                held &= held - 1;
                let wanted = self.wanted[index];
                visit(self.keys[index], wanted >> BIT, wanted & ((1 << BIT) - 1));
            }
        }
        self.number = 0;
    }
}

/// The filters: gaps of all forms, gaps of sure ones, sounds and shapes that make a word, words that sound like others.
static FILTERS: [&Filter<'static>; 5] = [GAPS.filter(false), GAPS.filter(true), &SOUNDS, &SEEMING, &MISHEARD];

/// Filters that tell of gaps: these are looked at again, for what fills them.
const OF_GAPS: usize = 2;

/// The filter that tells of sounds: what sounds so is tried.
const OF_SOUNDS: usize = 2;

/// The characters of some blocks, reused from chunk to chunk.
#[derive(Default)]
pub(super) struct Sieve {
    /// Codes of the characters, with a border after each block and more of them at both ends.
    codes: Vec<u32>,
    /// Where each block begins, and one past the border of the last.
    starts: Vec<usize>,
    /// What is known of the 3-grams that begin with each code.
    grams: Vec<Grams>,
    /// How the pairs that begin with each code stand in forms.
    linked: Vec<Linked>,
    suspects: Vec<Suspect>,
    /// What is to be looked up, by filter.
    lookups: [Lookups; FILTERS.len()],
    /// Keys of gaps that some form fills.
    filled: Vec<u64>,
    trials: Trials,
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
        self.linked.clear();
        self.linked.resize(self.grams.len(), Linked::default());
        link_up(path, &self.codes[..end + BEYOND + 64], &mut self.linked);
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
    /// place. Of mere wording, that which may show what `needs` asks for.
    pub(super) fn sift(&mut self, needs: &Needs) {
        self.suspects.clear();
        self.filled.clear();
        self.trials.clear();
        for word in 0..self.grams.len() - 1 {
            let around = self.grams.get(word.wrapping_sub(1)).copied().unwrap_or_default();
            let links = self.linked.get(word.wrapping_sub(1)).copied().unwrap_or_default();
            let links = [links, self.linked[word], self.linked[word + 1]];
            let around = Around::new([around, self.grams[word], self.grams[word + 1]], links);
            if around.border() != 0 {
                self.weigh(word * 64 + 2, &around, needs);
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
                } else if number == OF_SOUNDS {
                    self.trials.sound(key, suspect);
                }
            });
        }
        for &key in &self.filled {
            let (bytes, at) = GAPS.filling_byte(key);
            simd::prefetch(bytes, at);
        }
        self.try_misspelt(path, needs.misspelt.new.unwrap_or(0).max(2));
        self.suspects.retain(|suspect| suspect.hits != 0);
    }

    /// Leaves of the places that may be misspelt those where some character has at least `least` seen 3-grams.
    fn try_misspelt(&mut self, path: simd::Path, least: u8) {
        let (codes, suspects, trials) = (&self.codes, &mut self.suspects, &mut self.trials);
        let around = |suspect: &Suspect| {
            let around = codes.get(suspect.at - 2..).and_then(|codes| codes.first_chunk());
            around.copied().unwrap_or_default()
        };
        for (suspect, place) in suspects.iter().zip(0..) {
            let looks = |bit: u32| suspect.hits >> (MISSPELT + bit) & 1 != 0;
            let (before, after) = (looks(LOOKS_BEFORE), looks(LOOKS_AFTER));
            if before || after {
                trials.look(place, around(suspect), before, after);
            }
        }
        let mut left = vec![0u64; suspects.len().div_ceil(64)];
        let around = |place: u32| around(&suspects[place as usize]);
        trials.seen(path, least, around, |place| left[place as usize / 64] |= 1 << (place % 64));
        for (index, suspect) in suspects.iter_mut().enumerate() {
            if left[index / 64] >> (index % 64) & 1 == 0 {
                suspect.hits &= !ALL_MISSPELT;
            }
        }
    }

    /// What was left.
    pub(super) fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// Notes what is to be looked up for the 64 places from `first` on.
    ///
    /// New text are 3-grams of which enough are unseen, or some and none is seen: a border leaves fewer to tell by.
    fn weigh(&mut self, first: usize, around: &Around, needs: &Needs) {
        let border = around.border();
        let [here, after] = [around.han[4], around.han[5]];
        let [before_same, after_same] = around.doubled;
        let all_new = around.none_seen(false);
        let two = around.two_of_three();
        let exchanged = border & here & (two | (around.any_unseen(false) & all_new));
        let all_if = |holds: bool| if holds { !0u64 } else { 0 };
        let partly = all_if(needs.partly());
        let sure = !(partly | all_new);
        // Of two equal characters the second is the one too many. Anything put in, not only a character written twice, counts
        // in what is sure.
        let surplus = exchanged & (before_same | !after_same);
        let surplus_sure = sure | !before_same;
        let (four, none_of_four) = (around.two_of_four(), around.none_seen(true));
        let swapped = border & (four | (around.any_unseen(true) & none_of_four)) & !after_same;
        let swapped_sure = !(partly | none_of_four);
        // Only between Han characters are there three 3-grams that tell.
        let misspelt = match needs.misspelt.new {
            Some(least) => exchanged & all_new & two & (all_if(least < 3) | (around.han[3] & around.han[5])),
            None => 0,
        };
        let misheard = border & four & none_of_four & here & after & all_if(needs.misheard.new.is_some());

        // Every window at every place, and two sides with two sounds each.
        self.lookups.iter_mut().for_each(|lookups| lookups.reserve(64 * WINDOWS.max(4)));
        let codes = &self.codes;
        let mut windows = [
            around.whole::<0>(exchanged, sure),
            around.whole::<1>(exchanged, sure),
            around.whole::<2>(exchanged, sure),
            around.whole::<3>(exchanged, sure),
            around.whole::<4>(border, !0),
            around.whole::<5>(border, !0),
            around.whole::<6>(border, !0),
            around.whole::<7>(border, !0),
            around.whole::<8>(surplus, surplus_sure),
            around.whole::<9>(surplus, surplus_sure),
            around.whole::<10>(surplus, surplus_sure),
            around.whole::<11>(swapped, swapped_sure),
            around.whole::<12>(swapped, swapped_sure),
            around.whole::<13>(swapped, swapped_sure),
        ];
        // Those that are no neighbours in the text are looked up one by one.
        let mut linked = |of: &[usize], sure: u64, plain: u8, certain: u8, one: isize, two: isize| {
            let any = of.iter().fold(0, |any, &window| any | windows[window]);
            let mut holds = 0;
            each(any, |bit| {
                let at = |offset: isize| codes[(first + bit).wrapping_add_signed(offset)];
                let wanted = if sure >> bit & 1 != 0 { certain } else { plain };
                holds |= u64::from(LINKS.of(at(one), at(two)) & wanted != 0) << bit;
            });
            of.iter().for_each(|&window| windows[window] &= holds);
        };
        let (adjacent, apart) = ((link::ADJACENT, link::ADJACENT_SURE), (link::APART, link::APART_SURE));
        linked(&[0], sure, apart.0, apart.1, 1, 3);
        linked(&[1, 2], sure, apart.0, apart.1, -1, 1);
        linked(&[3], sure, apart.0, apart.1, -3, -1);
        linked(&[8, 9, 10], surplus_sure, adjacent.0, adjacent.1, -1, 1);
        linked(&[11, 12, 13], swapped_sure, adjacent.0, adjacent.1, 1, 0);
        linked(&[11, 12], swapped_sure, adjacent.0, adjacent.1, 0, 2);
        linked(&[12, 13], swapped_sure, adjacent.0, adjacent.1, -1, 1);

        let mut numbers = [0; 64];
        each(windows.iter().fold(misspelt | misheard, |any, places| any | places), |bit| {
            let is = |places: u64| places >> bit & 1 != 0;
            numbers[bit] = self.suspects.len() as u32;
            self.suspects.push(Suspect {
                at: first + bit,
                hits: 0,
                sure: is(sure),
                surplus_sure: is(surplus_sure),
                swapped_sure: is(swapped_sure),
                all_new: is(all_new),
            });
        });
        for (window, (&places, bit)) in windows.iter().zip(0u32..).enumerate() {
            let Window { key, gap } = ALL_WINDOWS[window];
            let sure = match kind_of(bit).0 {
                EXCHANGED => sure,
                DROPPED => !0,
                SURPLUS => surplus_sure,
                _ => swapped_sure,
            };
            let [all, certain, ..] = &mut self.lookups;
            each(places, |place| {
                let code = |offset: isize| codes[(first + place).wrapping_add_signed(offset)];
                let lookups = if sure >> place & 1 != 0 { &mut *certain } else { &mut *all };
                lookups.add(gap_key(key.map(code), gap), numbers[place], bit);
            });
        }
        let [_, _, sounding, seeming, mishearing] = &mut self.lookups;
        each(misspelt, |bit| {
            let [before, here, after] = [first + bit - 1, first + bit, first + bit + 1].map(|at| codes[at]);
            let sides = [(before, true, SOUNDS_BEFORE, LOOKS_BEFORE), (after, false, SOUNDS_AFTER, LOOKS_AFTER)];
            let mut sounding_like = sound_groups(here);
            let groups = [sounding_like.next(), sounding_like.next()];
            for (known, first, sounds, looks) in sides.into_iter().filter(|&(known, ..)| known != 0) {
                for (sound, group) in sounds.into_iter().zip(groups.into_iter().flatten()) {
                    sounding.add(sound_key(known, first, group), numbers[bit], MISSPELT + sound);
                }
                seeming.add(shape_key(known, first, here), numbers[bit], MISSPELT + looks);
            }
        });
        each(misheard, |bit| {
            mishearing.add(pair_key(codes[first + bit], codes[first + bit + 1]), numbers[bit], MISHEARD_AT);
        });
    }
}

/// How the pairs that begin one after another in `codes` stand in forms, 64 to a number of `out`; there must be 65 codes from the
/// first of each number on.
fn link_up(path: simd::Path, codes: &[u32], out: &mut [Linked]) {
    let hash = LinkHash { multipliers: LINK_MULTIPLIERS, shift: LINK_SHIFT };
    let done = simd::linked(path, LINKS.bytes(), hash, codes, out);
    for (linked, codes) in out[done..].iter_mut().zip(codes[done * 64..].windows(65).step_by(64)) {
        for (bit, &[one, two]) in codes.array_windows().enumerate() {
            let links = LINKS.of(one, two);
            let is = |link: u8| u64::from(links & link != 0) << bit;
            linked.adjacent |= is(link::ADJACENT);
            linked.adjacent_sure |= is(link::ADJACENT_SURE);
            linked.apart |= is(link::APART);
            linked.apart_sure |= is(link::APART_SURE);
        }
    }
}

/// The key of a window by its bit in [`Suspect::hits`], and the code that must fill its gap, if it is known.
pub(super) fn window(codes: &[u32], at: usize, bit: u32) -> (u64, Option<u32>) {
    let Window { key, gap } = ALL_WINDOWS[bit as usize];
    let code = |offset: isize| codes[at.wrapping_add_signed(offset)];
    let (kind, offset) = kind_of(bit);
    let first = match (kind, offset as isize) {
        // Of the two that are swapped, the second may be the first of the window.
        (SWAPPED, 0) => Some(code(1)),
        (SURPLUS | SWAPPED, offset) => Some(code(-offset)),
        _ => None,
    };
    (gap_key(key.map(code), gap), first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::code;
    use proptest::prelude::*;

    proptest! {
        /// Every path says the same of the same pairs.
        #[test]
        fn pairs_are_linked_alike_on_every_path(text in "([国中家人民政府因地制宜的a，〇㐀]{0,40}|[一-鿿]{0,60}){0,8}") {
            let mut codes: Vec<u32> = text.chars().map(code).collect();
            let number = codes.len() / 64 + 1;
            codes.resize(number * 64 + 1, 0);
            for &path in simd::paths() {
                let mut linked = vec![Linked::default(); number];
                link_up(path, &codes, &mut linked);
                for (at, &[one, two]) in codes.array_windows().enumerate() {
                    let links = LINKS.of(one, two);
                    let Linked { adjacent, adjacent_sure, apart, apart_sure } = linked[at / 64];
                    for (bits, link) in [
                        (adjacent, link::ADJACENT),
                        (adjacent_sure, link::ADJACENT_SURE),
                        (apart, link::APART),
                        (apart_sure, link::APART_SURE),
                    ] {
                        prop_assert_eq!(bits >> (at % 64) & 1 != 0, links & link != 0, "{:?} {}", path, at);
                    }
                }
            }
        }
    }

    /// The windows of each kind, as places in the text.
    #[test]
    fn windows_of_a_form_are_found_in_the_text() {
        assert_eq!(four(EXCHANGED as usize + 1), [-1, MISSING, 1, 2]);
        assert_eq!(four(DROPPED as usize + 1), [-1, MISSING, 0, 1]);
        assert_eq!(four(SURPLUS as usize), [-1, 1, 2, 3]);
        assert_eq!(four(SWAPPED as usize), [1, 0, 2, 3]);
        // Neighbours from the third before the place on; then those that have one between them in the form.
        assert_eq!(neighbours(EXCHANGED as usize), [0b11_0000, 0]);
        assert_eq!(neighbours(DROPPED as usize + 1), [0b00_1000, 0b00_0100]);
        assert_eq!(neighbours(SWAPPED as usize), [0b10_0000, 0b01_0000]);
    }
}
