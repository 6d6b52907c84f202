//! Wording that reference text has never seen, one slip away from wording that it has.
//!
//! A character is suspect when the 3-grams around it are unseen (`evidence`). Only there the text is compared with the
//! attested forms – idioms, long words, frequent n-grams – at one edit. A wrong or missing character is a gap in a window
//! of four characters of the form: the other three say what fills it (`wording`), and of what does, what is like the
//! character that was found is tried. The cost does not depend on how many forms there are.

use super::evidence::{BATCH, seen, unseen};
use super::homophones;
use super::ngram::{code, gap_key, says_nothing};
use super::slip::{alike, typed_alike};
use super::wording::{FormHash, Forms, Gaps, Pairs};

static FORMS: Forms<'static> = Forms::new(include_bytes!(concat!(env!("OUT_DIR"), "/forms.bin")));

static GAPS: Gaps<'static> = Gaps::new(
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.filter")),
    include_bytes!(concat!(env!("OUT_DIR"), "/sure.filter")),
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.at")),
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.bin")),
);

/// Pairs of all forms, and of idioms and registered forms.
static PAIRS: [Pairs<'static>; 2] = [
    Pairs::new(include_bytes!(concat!(env!("OUT_DIR"), "/pairs.bits"))),
    Pairs::new(include_bytes!(concat!(env!("OUT_DIR"), "/sure_pairs.bits"))),
];

/// Shortest form in characters.
const SHORTEST: usize = 4;

/// Longest form in characters that is looked for.
const LONGEST: usize = 12;

/// How the text differs from the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Edit {
    /// One character stands for another: the one found, the right one.
    Exchanged(char, char),
    /// This character is missing.
    Dropped(char),
    /// This character is one too many; it repeats its neighbour.
    Doubled(char),
    /// This character is one too many.
    Inserted(char),
    /// These two stand in the wrong order.
    Swapped(char, char),
    /// A word of two characters stands for another that sounds the same: the one found, the right one.
    Misheard([char; 2], [char; 2]),
}

impl Edit {
    /// Characters of the text that it concerns.
    pub(crate) fn width(self) -> usize {
        match self {
            Edit::Dropped(_) => 0,
            Edit::Exchanged(..) | Edit::Doubled(_) | Edit::Inserted(_) => 1,
            Edit::Swapped(..) | Edit::Misheard(..) => 2,
        }
    }
}

/// What kind of form it is, and how often reference text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attestation(u32);

impl Attestation {
    const WORD: Attestation = Attestation(2);

    /// An idiom.
    pub(crate) fn idiom(self) -> bool {
        self.0 & 1 != 0
    }

    /// A word of a general dictionary.
    pub(crate) fn word(self) -> bool {
        self.0 & 2 != 0
    }

    /// A short form of a registry.
    pub(crate) fn registered(self) -> bool {
        self.0 & 4 != 0
    }

    /// Occurrences as an n-gram of reference text, where they are many enough to be listed.
    pub(crate) fn count(self) -> u32 {
        self.0 >> 3
    }
}

/// Text that is one edit away from attested wording. Positions are characters of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// First character of the text that stands for the form.
    pub(crate) start: usize,
    /// One past the last.
    pub(crate) end: usize,
    /// Where the edit is.
    pub(crate) at: usize,
    pub(crate) edit: Edit,
    /// The attested form.
    pub(crate) form: String,
    pub(crate) attestation: Attestation,
    pub(crate) novelty: Novelty,
}

/// How new the text is around an edit, and how new it would be without it: counts of 3-grams across the edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Novelty {
    /// Unseen in the text as it is.
    pub(crate) unseen: u8,
    /// All of the text as it is.
    pub(crate) of: u8,
    /// Seen in the corrected text.
    pub(crate) seen_after: u8,
    /// All of the corrected text.
    pub(crate) of_after: u8,
}

impl Novelty {
    /// Compares `before` + `old` + `after` with `before` + `new` + `after`, given two codes on each side.
    pub(crate) fn of(before: [u32; 2], old: &[u32], new: &[u32], after: [u32; 2]) -> Novelty {
        let count = |middle: &[u32]| {
            let mut codes = [0; 2 + 8 + 2];
            let middle = &middle[..middle.len().min(8)];
            codes[..2].copy_from_slice(&before);
            codes[2..2 + middle.len()].copy_from_slice(middle);
            codes[2 + middle.len()..4 + middle.len()].copy_from_slice(&after);
            let mut counts = (0, 0);
            for window in codes[..4 + middle.len()].array_windows::<3>() {
                if !says_nothing(*window) {
                    counts.0 += u8::from(seen(*window));
                    counts.1 += 1;
                }
            }
            counts
        };
        let (seen_before, of) = count(old);
        let (seen_after, of_after) = count(new);
        Novelty { unseen: of - seen_before, of, seen_after, of_after }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Novelty) -> Novelty {
        Novelty {
            unseen: self.unseen + other.unseen,
            of: self.of + other.of,
            seen_after: self.seen_after + other.seen_after,
            of_after: self.of_after + other.of_after,
        }
    }
}

/// What is known of `text` as an attested form.
pub(crate) fn attestation(text: &str) -> Option<Attestation> {
    FORMS.get(FormHash::of(text.chars().map(u32::from))).map(Attestation)
}

/// The characters of one block, reused from block to block.
#[derive(Default)]
pub(crate) struct Characters {
    /// Codes, with two of a border at each end.
    codes: Vec<u32>,
    /// One bit for each 3-gram, from the one that begins two before the first character: reference text does not have it.
    unseen: Vec<u64>,
    /// The same: it is worth counting.
    telling: Vec<u64>,
    /// What fills the gap that is looked at.
    tries: Vec<Try>,
}

/// A character that may have been meant.
#[derive(Debug, Clone, Copy)]
struct Try {
    code: u32,
    /// Offsets in windows of four characters at which some form has it, as bits.
    any: u8,
    /// The same for idioms and registered forms.
    sure: u8,
}

impl Characters {
    /// Takes over the characters of `text`, and looks up its 3-grams.
    pub(crate) fn read(&mut self, text: &str) {
        self.decode(text);
        self.unseen.clear();
        self.telling.clear();
        for first in (0..self.codes.len() - 2).step_by(BATCH) {
            let (unseen, telling) = unseen(&self.codes[first..self.codes.len().min(first + BATCH + 2)]);
            self.unseen.push(unseen);
            self.telling.push(telling);
        }
        // Bits are read across the end.
        self.unseen.push(0);
        self.telling.push(0);
    }

    /// The codes of the characters of `text`.
    fn decode(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.codes.clear();
        // There are at most as many characters as bytes.
        self.codes.resize(bytes.len() + 4, 0);
        let (mut at, mut number) = (0, 2);
        while let Some(&lead) = bytes.get(at) {
            let (code, width) = match bytes[at..] {
                // No ASCII character is a Han character; most of those that are take three bytes.
                _ if lead < 0x80 => (0, 1),
                [_, second, third, ..] if lead & 0xF0 == 0xE0 => {
                    let scalar = u32::from(lead & 0x0F) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                    if (0x4E00..0xA000).contains(&scalar) {
                        (scalar, 3)
                    } else {
                        (char::from_u32(scalar).map_or(0, code), 3)
                    }
                }
                _ => {
                    let character = text[at..].chars().next().unwrap_or_default();
                    (code(character), character.len_utf8())
                }
            };
            self.codes[number] = code;
            number += 1;
            at += width;
        }
        self.codes.truncate(number + 2);
        self.codes[number..].fill(0);
    }

    /// Number of characters.
    fn len(&self) -> usize {
        self.codes.len() - 4
    }

    /// How many of the `number` 3-grams whose bits are from `first` on are unseen, and how many seen.
    fn count(&self, first: usize, number: u32) -> (u32, u32) {
        let bits = |set: &[u64]| {
            let (word, bit) = (first / 64, first % 64);
            let low = set.get(word).map_or(0, |word| word >> bit);
            let high = if bit == 0 { 0 } else { set.get(word + 1).map_or(0, |word| word << (64 - bit)) };
            ((low | high) & ((1 << number) - 1)).count_ones()
        };
        let unseen = bits(&self.unseen);
        (unseen, bits(&self.telling) - unseen)
    }

    /// The two codes before `at`.
    fn before(&self, at: usize) -> [u32; 2] {
        [self.codes[at], self.codes[at + 1]]
    }

    /// The two codes from `at` on.
    fn after(&self, at: usize) -> [u32; 2] {
        let code = |at: usize| self.codes.get(at + 2).copied().unwrap_or(0);
        [code(at), code(at + 1)]
    }

    /// `N` codes from `offset` before `at` on, if all but that at `except` are Han characters.
    fn window<const N: usize>(&self, at: usize, offset: usize, except: Option<usize>) -> Option<[u32; N]> {
        let window: [u32; N] = *self.codes.get((at + 2).checked_sub(offset)?..)?.first_chunk()?;
        let whole = window.iter().enumerate().all(|(index, &code)| code != 0 || except == Some(index));
        whole.then_some(window)
    }

    /// Calls `visit` for every attested form at one edit from the text at a suspect place. Where the text around a place
    /// is only partly new, all forms are tried if `partly`, else idioms and registered ones.
    pub(crate) fn doubts(&mut self, partly: bool, mut visit: impl FnMut(Doubt)) {
        for index in 0..self.unseen.len() - 1 {
            // A place has the two 3-grams before and behind it; most text is seen, and this is all that it costs.
            let next = self.unseen[index + 1] << 63;
            let mut suspects = self.unseen[index] | self.unseen[index] >> 1 | next;
            while suspects != 0 {
                let at = index * 64 + suspects.trailing_zeros() as usize;
                suspects &= suspects - 1;
                if at <= self.len() {
                    self.doubt_at(at, partly, &mut visit);
                }
            }
        }
    }

    fn doubt_at(&mut self, at: usize, partly: bool, visit: &mut impl FnMut(Doubt)) {
        // A border at the edit leaves fewer 3-grams to tell by; those must then all be unseen.
        let new = |(unseen, seen): (u32, u32), least: u32| unseen >= least || (unseen > 0 && seen == 0);
        let around = self.count(at, 3);
        if self.codes[at + 2] != 0 && new(around, 2) {
            let all_new = around.1 == 0;
            let sure = !(partly || all_new);
            self.exchanged(at, sure, all_new, visit);
            if all_new && around.0 > 1 {
                self.misspelt(at, visit);
            }
            self.surplus(at, sure, visit);
        }
        if at > 0 && self.count(at, 2).0 > 0 {
            self.dropped(at, visit);
        }
        let across = self.count(at, 4);
        if at + 1 < self.len() && across.0 > 1 && across.1 == 0 {
            self.misheard(at, visit);
        }
        if at + 1 < self.len() && new(across, 2) {
            self.swapped(at, !(partly || new(across, 3)), visit);
        }
    }

    /// Notes what fills the gap at `offset` of a window.
    fn note(&mut self, key: u64, offset: usize, sure: bool) {
        if !GAPS.may_fill(key, sure) {
            return;
        }
        for filling in GAPS.fillings(key).filter(|filling| filling.sure || !sure) {
            let (any, sure) = (1 << offset, u8::from(filling.sure) << offset);
            match self.tries.iter_mut().find(|one| one.code == filling.code) {
                Some(one) => {
                    one.any |= any;
                    one.sure |= sure;
                }
                None => self.tries.push(Try { code: filling.code, any, sure }),
            }
        }
    }

    /// The offsets in windows of four characters at which there may be a gap between the characters before `at` and those
    /// from `next` on: those for which the pair on the one or the other side is one of a form.
    fn gaps(&self, at: usize, next: usize, sure: bool) -> std::ops::Range<usize> {
        let pairs = &PAIRS[usize::from(sure)];
        let ([one, two], [three, four]) = (self.before(at), self.after(next));
        match (pairs.contains(one, two), pairs.contains(three, four)) {
            (false, false) => 0..0,
            (false, true) => 0..2,
            (true, false) => 2..4,
            (true, true) => 0..4,
        }
    }

    fn exchanged(&mut self, at: usize, sure: bool, all_new: bool, visit: &mut impl FnMut(Doubt)) {
        let old = self.codes[at + 2];
        let Some(wrong) = char::from_u32(old) else { return };
        self.tries.clear();
        for offset in self.gaps(at, at + 1, sure) {
            if let Some(window) = self.window::<4>(at, offset, Some(offset)) {
                self.note(gap_key(window, offset), offset, sure);
            }
        }
        for index in 0..self.tries.len() {
            let Try { code, any, sure } = self.tries[index];
            let Some(new) = char::from_u32(code).filter(|_| code != old) else { continue };
            let hits = match alike(wrong, new) {
                Some(_) => any,
                // A slip of the hand says little about what was meant: what it made must be wholly new, and the form sure.
                None if all_new && typed_alike(wrong, new) => sure,
                None => 0,
            };
            if hits == 0 {
                continue;
            }
            let novelty = Novelty::of(self.before(at), &[old], &[code], self.after(at + 1));
            if novelty.seen_after > 0 {
                self.forms(at, hits, at + 1, &[code], |start, end, value| {
                    visit(self.doubt(start, end, at..at + 1, &[new], value, Edit::Exchanged(wrong, new), novelty));
                });
            }
        }
    }

    /// A character for another of like sound or shape, in a word of two characters that need not be part of a form: what
    /// stands around it must be wholly new, and seen with the right one.
    fn misspelt(&self, at: usize, visit: &mut impl FnMut(Doubt)) {
        let old = self.codes[at + 2];
        let Some(wrong) = char::from_u32(old) else { return };
        homophones::in_words(old, self.codes[at + 1], self.codes[at + 3], |code, first| {
            let Some(new) = char::from_u32(code) else { return };
            let novelty = Novelty::of(self.before(at), &[old], &[code], self.after(at + 1));
            if novelty.seen_after > 1 {
                let start = if first { at } else { at - 1 };
                let edit = Edit::Exchanged(wrong, new);
                visit(self.doubt(start, start + 2, at..at + 1, &[new], Attestation::WORD, edit, novelty));
            }
        });
    }

    /// A word of two characters for another of the same sounds.
    fn misheard(&self, at: usize, visit: &mut impl FnMut(Doubt)) {
        let old = [self.codes[at + 2], self.codes[at + 3]];
        let [Some(one), Some(two)] = old.map(char::from_u32) else { return };
        for new in homophones::sounding(old) {
            let [Some(first), Some(second)] = new.map(char::from_u32) else { continue };
            let novelty = Novelty::of(self.before(at), &old, &new, self.after(at + 2));
            if novelty.seen_after > 1 {
                let edit = Edit::Misheard([one, two], [first, second]);
                visit(self.doubt(at, at + 2, at..at + 2, &[first, second], Attestation::WORD, edit, novelty));
            }
        }
    }

    fn dropped(&mut self, at: usize, visit: &mut impl FnMut(Doubt)) {
        self.tries.clear();
        for offset in self.gaps(at, at, true) {
            // Three characters of the text, of a form whose character at `offset` is missing.
            let Some(rest) = self.window::<3>(at, offset, None) else { continue };
            let mut window = [0; 4];
            let places = (0..4).filter(|&place| place != offset);
            places.zip(rest).for_each(|(place, code)| window[place] = code);
            self.note(gap_key(window, offset), offset, true);
        }
        for index in 0..self.tries.len() {
            let Try { code, sure, .. } = self.tries[index];
            let Some(new) = char::from_u32(code) else { continue };
            let novelty = Novelty::of(self.before(at), &[], &[code], self.after(at));
            self.forms(at, sure, at, &[code], |start, end, value| {
                visit(self.doubt(start, end, at..at, &[new], value, Edit::Dropped(new), novelty));
            });
        }
    }

    fn surplus(&self, at: usize, sure: bool, visit: &mut impl FnMut(Doubt)) {
        let Some(character) = char::from_u32(self.codes[at + 2]) else { return };
        let doubled = self.codes[at + 1] == self.codes[at + 2];
        // Of two equal characters the second is the one too many.
        if !doubled && self.codes[at + 2] == self.codes[at + 3] {
            return;
        }
        // Anything put in, not only a character written twice, counts in what is sure.
        let sure = sure || !doubled;
        // Without it its neighbours stand next to each other.
        if !PAIRS[usize::from(sure)].contains(self.codes[at + 1], self.codes[at + 3]) {
            return;
        }
        let hits = offsets(1..4, |offset| {
            let text = self.window::<5>(at, offset, Some(offset))?;
            let mut window = [0; 4];
            let kept = text.iter().enumerate().filter(|&(index, _)| index != offset);
            kept.zip(&mut window).for_each(|((_, &code), slot)| *slot = code);
            Some((window, sure))
        });
        if hits != 0 {
            let edit = if doubled { Edit::Doubled(character) } else { Edit::Inserted(character) };
            let novelty = Novelty::of(self.before(at), &[self.codes[at + 2]], &[], self.after(at + 1));
            self.forms(at, hits, at + 1, &[], |start, end, value| {
                visit(self.doubt(start, end, at..at + 1, &[], value, edit, novelty));
            });
        }
    }

    fn swapped(&self, at: usize, sure: bool, visit: &mut impl FnMut(Doubt)) {
        let [one, two] = [self.codes[at + 2], self.codes[at + 3]];
        if one == two || one == 0 || two == 0 || !PAIRS[usize::from(sure)].contains(two, one) {
            return;
        }
        let hits = offsets(0..3, |offset| {
            let mut window = self.window::<4>(at, offset, None)?;
            window.swap(offset, offset + 1);
            Some((window, sure))
        });
        let (Some(first), Some(second)) = (char::from_u32(one), char::from_u32(two)) else { return };
        if hits != 0 {
            let novelty = Novelty::of(self.before(at), &[one, two], &[two, one], self.after(at + 2));
            self.forms(at, hits, at + 2, &[two, one], |start, end, value| {
                visit(self.doubt(
                    start,
                    end,
                    at..at + 2,
                    &[second, first],
                    value,
                    Edit::Swapped(first, second),
                    novelty,
                ));
            });
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn doubt(
        &self,
        start: usize,
        end: usize,
        old: std::ops::Range<usize>,
        new: &[char],
        attestation: Attestation,
        edit: Edit,
        novelty: Novelty,
    ) -> Doubt {
        let text = |range: std::ops::Range<usize>| {
            self.codes[range.start + 2..range.end + 2].iter().filter_map(|&code| char::from_u32(code))
        };
        let form = text(start..old.start).chain(new.iter().copied()).chain(text(old.end..end)).collect();
        Doubt { start, end, at: old.start, edit, form, attestation, novelty }
    }

    /// All forms that the text becomes when its characters `first..last` are replaced by `new`. `hits` are the offsets in
    /// windows of four characters of a form at which the edit is, as bits. Calls `visit(start, end, attestation)`.
    fn forms(
        &self,
        first: usize,
        hits: u8,
        last: usize,
        new: &[u32],
        mut visit: impl FnMut(usize, usize, Attestation),
    ) {
        let starts = (0..4).filter(|offset| hits >> offset & 1 != 0);
        // A form that begins before the earliest window holds that window whole; two characters end it one place sooner.
        let furthest = if new.len() > 1 { 2 } else { 3 };
        let earlier = (hits >> furthest & 1 != 0).then_some(furthest + 1..=LONGEST - SHORTEST).into_iter().flatten();
        for start in starts.chain(earlier).map_while(|offset| first.checked_sub(offset)) {
            let head = &self.codes[start + 2..first + 2];
            if head.first() == Some(&0) {
                break;
            }
            let mut form = head.iter().chain(new).fold(FormHash::EMPTY, |form, &code| form.with(code));
            let mut length = head.len() + new.len();
            let mut end = last;
            loop {
                if length >= SHORTEST
                    && let Some(value) = FORMS.get(form)
                {
                    visit(start, end, Attestation(value));
                }
                let next = self.codes[end + 2];
                if next == 0 || length == LONGEST {
                    break;
                }
                form = form.with(next);
                length += 1;
                end += 1;
            }
        }
    }
}

/// The offsets, as bits, at which `window` gives four characters that some form has – a sure one, if it says so.
fn offsets(offsets: std::ops::Range<usize>, window: impl Fn(usize) -> Option<([u32; 4], bool)>) -> u8 {
    let hit = |offset: usize| {
        window(offset).is_some_and(|(window, sure)| {
            let key = gap_key(window, 0);
            GAPS.may_fill(key, sure)
                && GAPS.fillings(key).any(|filling| filling.code == window[0] && (filling.sure || !sure))
        })
    };
    offsets.fold(0, |bits, offset| bits | u8::from(hit(offset)) << offset)
}

#[cfg(test)]
#[path = "attested_tests.rs"]
mod tests;
