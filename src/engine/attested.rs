//! Wording that reference text has never seen, one slip away from wording that it has.
//!
//! A character is suspect when the 3-grams around it are unseen (`evidence`). Only there the text is compared with the
//! attested forms – idioms, long words, frequent n-grams – at one edit. A wrong or missing character is a gap in a window
//! of four characters of the form: the other three say what fills it (`wording`), and of what does, what is like the
//! character that was found is tried. The cost does not depend on how many forms there are.

use std::ops::Range;

use super::evidence::seen;
use super::homophones;
use super::ngram::says_nothing;
use super::sieve::{DROPPED, EXCHANGED, MISHEARD_AT, MISSPELT, SURPLUS, SWAPPED, Sieve, Suspect, window};
use super::slip::{alike, typed_alike};
use super::wording::{FormHash, Forms, Gaps, Links};
use crate::document::{Folded as FoldedMark, Span};

static FORMS: Forms<'static> = Forms::new(
    include_bytes!(concat!(env!("OUT_DIR"), "/forms.filter")),
    include_bytes!(concat!(env!("OUT_DIR"), "/forms.bin")),
);

pub(super) static GAPS: Gaps<'static> = Gaps::new(
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.filter")),
    include_bytes!(concat!(env!("OUT_DIR"), "/sure.filter")),
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.at")),
    include_bytes!(concat!(env!("OUT_DIR"), "/gaps.bin")),
);

/// How pairs of characters stand in the forms.
pub(super) static LINKS: Links<'static> = Links::new(include_bytes!(concat!(env!("OUT_DIR"), "/links.bin")));

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

    /// Whether it is more than wording.
    pub(crate) fn sure(self) -> bool {
        self.idiom() || self.registered()
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
        let (seen_before, of) = Self::count(before, old, after);
        let (seen_after, of_after) = Self::count(before, new, after);
        Novelty { unseen: of - seen_before, of, seen_after, of_after }
    }

    /// The same if at least so many 3-grams of the corrected text are seen.
    fn with(before: [u32; 2], old: &[u32], new: &[u32], after: [u32; 2], least: u8) -> Option<Novelty> {
        let (seen_after, of_after) = Self::count_from(before, new, after, least)?;
        let (seen_before, of) = Self::count(before, old, after);
        Some(Novelty { unseen: of - seen_before, of, seen_after, of_after })
    }

    /// How many 3-grams across `middle` are seen, and how many there are.
    fn count(before: [u32; 2], middle: &[u32], after: [u32; 2]) -> (u8, u8) {
        Self::count_from(before, middle, after, 0).unwrap_or_default()
    }

    /// The same if at least `least` of them are seen; it is given up as soon as they cannot be.
    fn count_from(before: [u32; 2], middle: &[u32], after: [u32; 2], least: u8) -> Option<(u8, u8)> {
        let mut codes = [0; 2 + 8 + 2];
        let middle = &middle[..middle.len().min(8)];
        codes[..2].copy_from_slice(&before);
        codes[2..2 + middle.len()].copy_from_slice(middle);
        codes[2 + middle.len()..4 + middle.len()].copy_from_slice(&after);
        let grams = codes[..4 + middle.len()].array_windows::<3>();
        let mut left = grams.len() as u8;
        let mut counts = (0, 0);
        for &gram in grams {
            left -= 1;
            if !says_nothing(gram) {
                counts.0 += u8::from(seen(gram));
                counts.1 += 1;
            }
            if counts.0 + left < least {
                return None;
            }
        }
        Some(counts)
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

/// How many 3-grams of the corrected text must be seen, so that an edit may count; `None` if it never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Need {
    /// Where all of the text around the edit is new.
    pub(crate) new: Option<u8>,
    /// Where only part of it is.
    pub(crate) partly: Option<u8>,
}

impl Need {
    /// Where the text is only partly new, or wholly.
    fn least(self, novelty: Novelty) -> Option<u8> {
        if novelty.unseen == novelty.of { self.new } else { self.partly }
    }

    pub(crate) fn is_met(self, novelty: Novelty) -> bool {
        self.least(novelty).is_some_and(|least| novelty.seen_after >= least)
    }
}

/// What an edit in mere wording – in a form that is neither an idiom nor registered – must show at least: what shows less is
/// not looked for. More may be asked of it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// One character for another.
    pub(crate) exchanged: Need,
    /// The same in a word of two characters.
    pub(crate) misspelt: Need,
    pub(crate) misheard: Need,
    pub(crate) dropped: Need,
    pub(crate) doubled: Need,
    pub(crate) inserted: Need,
    pub(crate) swapped: Need,
}

impl Needs {
    /// Whether anything counts where the text is only partly new. A character written twice does not: as the last 3-gram
    /// across it is one of the right text as well, it is looked for where the text is wholly new.
    pub(super) fn partly(&self) -> bool {
        self.exchanged.partly.is_some() || self.swapped.partly.is_some()
    }
}

/// What is known of `text` as an attested form.
pub(crate) fn attestation(text: &str) -> Option<Attestation> {
    FORMS.get(FormHash::of(text.chars().map(u32::from))).map(Attestation)
}

/// The characters of some blocks, reused.
#[derive(Default)]
pub(crate) struct Characters {
    sieve: Sieve,
    /// What fills the gaps of one place.
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
    /// Calls `visit` with the block's number and every attested form at one edit from its text at a suspect place, block after
    /// block. Of mere wording, only edits that show what `needs` asks for.
    pub(crate) fn doubts(
        &mut self,
        text: &str,
        blocks: &[Span<FoldedMark>],
        needs: &Needs,
        mut visit: impl FnMut(usize, Doubt),
    ) {
        let mut first = 0;
        while first < blocks.len() {
            let number = self.sieve.read(text, &blocks[first..]);
            self.sieve.sift(needs);
            let mut block = 0;
            for &suspect in self.sieve.suspects() {
                block = self.sieve.block_of(suspect.at, block);
                let place = Place { codes: self.sieve.codes(), start: self.sieve.start(block), at: suspect.at, needs };
                place.doubts(suspect, &mut self.tries, |doubt| visit(first + block, doubt));
            }
            first += number.max(1);
        }
    }
}

/// A suspect place.
#[derive(Clone, Copy)]
struct Place<'c> {
    codes: &'c [u32],
    /// Where its block begins.
    start: usize,
    at: usize,
    needs: &'c Needs,
}

impl Place<'_> {
    fn doubts(&self, suspect: Suspect, tries: &mut Vec<Try>, mut visit: impl FnMut(Doubt)) {
        let visit = &mut visit;
        let hits = |kind: u32, number: u32| suspect.hits >> kind & ((1 << number) - 1);
        if hits(EXCHANGED, 4) != 0 {
            self.exchanged(hits(EXCHANGED, 4), suspect, tries, visit);
        }
        if hits(MISSPELT, 6) != 0 {
            self.misspelt(hits(MISSPELT, 6), visit);
        }
        if hits(SURPLUS, 3) != 0 {
            self.surplus(hits(SURPLUS, 3), suspect.surplus_sure, visit);
        }
        if hits(DROPPED, 4) != 0 && self.at > self.start {
            self.dropped(hits(DROPPED, 4), tries, visit);
        }
        if hits(MISHEARD_AT, 1) != 0 {
            self.misheard(visit);
        }
        if hits(SWAPPED, 3) != 0 {
            self.swapped(hits(SWAPPED, 3), suspect.swapped_sure, visit);
        }
    }

    /// The code so many characters from the place.
    fn code(&self, offset: isize) -> u32 {
        self.at.checked_add_signed(offset).and_then(|at| self.codes.get(at)).copied().unwrap_or(0)
    }

    /// The two codes before the place.
    fn before(&self) -> [u32; 2] {
        [self.code(-2), self.code(-1)]
    }

    /// The two codes from so many characters behind the place on.
    fn after(&self, offset: isize) -> [u32; 2] {
        [self.code(offset), self.code(offset + 1)]
    }

    /// Notes what fills the gaps of the windows of `kind` that `hits` names.
    fn fillings(&self, kind: u32, mut hits: u32, sure: bool, tries: &mut Vec<Try>) {
        tries.clear();
        while hits != 0 {
            let offset = hits.trailing_zeros();
            hits &= hits - 1;
            let (key, _) = window(self.codes, self.at, kind + offset);
            for filling in GAPS.fillings(key).filter(|filling| filling.sure || !sure) {
                let (any, sure) = (1 << offset, u8::from(filling.sure) << offset);
                match tries.iter_mut().find(|one| one.code == filling.code) {
                    Some(one) => {
                        one.any |= any;
                        one.sure |= sure;
                    }
                    None => tries.push(Try { code: filling.code, any, sure }),
                }
            }
        }
    }

    fn exchanged(&self, hits: u32, suspect: Suspect, tries: &mut Vec<Try>, visit: &mut impl FnMut(Doubt)) {
        let old = self.code(0);
        let Some(wrong) = char::from_u32(old) else { return };
        self.fillings(EXCHANGED, hits, suspect.sure, tries);
        for &Try { code, any, sure } in &*tries {
            let Some(new) = char::from_u32(code).filter(|_| code != old) else { continue };
            let hits = match alike(wrong, new) {
                Some(_) => any,
                // A slip of the hand says little about what was meant: what it made must be wholly new, and the form sure.
                None if sure != 0 && suspect.all_new && typed_alike(wrong, new) => sure,
                None => 0,
            };
            if hits == 0 {
                continue;
            }
            let Some(novelty) = Novelty::with(self.before(), &[old], &[code], self.after(1), 1) else { continue };
            let certain = !self.needs.exchanged.is_met(novelty);
            let hits = if certain { hits & sure } else { hits };
            if hits == 0 {
                continue;
            }
            let at = self.at;
            self.forms(hits, certain, at + 1, &[code], |start, end, value| {
                visit(self.doubt(start, end, at + 1, &[new], value, Edit::Exchanged(wrong, new), novelty));
            });
        }
    }

    /// A character for another of like sound or shape, in a word of two characters that need not be part of a form: what
    /// stands around it must be wholly new, and seen with the right one.
    fn misspelt(&self, hits: u32, visit: &mut impl FnMut(Doubt)) {
        let old = self.code(0);
        let (Some(wrong), Some(least)) = (char::from_u32(old), self.needs.misspelt.new) else { return };
        let (before, after) = (self.code(-1), self.code(1));
        homophones::candidates(old, before, after, hits, |code| {
            let Some(new) = char::from_u32(code) else { return };
            if let Some(novelty) = Novelty::with(self.before(), &[old], &[code], self.after(1), least.max(2))
                && let Some(first) = homophones::in_word(code, before, after)
            {
                let start = if first { self.at } else { self.at - 1 };
                let edit = Edit::Exchanged(wrong, new);
                visit(self.doubt(start, start + 2, self.at + 1, &[new], Attestation::WORD, edit, novelty));
            }
        });
    }

    /// A word of two characters for another of the same sounds.
    fn misheard(&self, visit: &mut impl FnMut(Doubt)) {
        let old = self.after(0);
        let ([Some(one), Some(two)], Some(least)) = (old.map(char::from_u32), self.needs.misheard.new) else { return };
        for new in homophones::sounding(old) {
            let [Some(first), Some(second)] = new.map(char::from_u32) else { continue };
            if let Some(novelty) = Novelty::with(self.before(), &old, &new, self.after(2), least.max(2)) {
                let edit = Edit::Misheard([one, two], [first, second]);
                let end = self.at + 2;
                visit(self.doubt(self.at, end, end, &[first, second], Attestation::WORD, edit, novelty));
            }
        }
    }

    fn dropped(&self, hits: u32, tries: &mut Vec<Try>, visit: &mut impl FnMut(Doubt)) {
        self.fillings(DROPPED, hits, true, tries);
        for &Try { code, sure, .. } in &*tries {
            let Some(new) = char::from_u32(code) else { continue };
            let novelty = Novelty::of(self.before(), &[], &[code], self.after(0));
            let certain = !self.needs.dropped.is_met(novelty);
            self.forms(sure, certain, self.at, &[code], |start, end, value| {
                visit(self.doubt(start, end, self.at, &[new], value, Edit::Dropped(new), novelty));
            });
        }
    }

    fn surplus(&self, hits: u32, sure: bool, visit: &mut impl FnMut(Doubt)) {
        let Some(character) = char::from_u32(self.code(0)) else { return };
        let doubled = self.code(-1) == self.code(0);
        let edit = if doubled { Edit::Doubled(character) } else { Edit::Inserted(character) };
        let novelty = Novelty::of(self.before(), &[self.code(0)], &[], self.after(1));
        let need = if doubled { self.needs.doubled } else { self.needs.inserted };
        let certain = !need.is_met(novelty);
        let sure = sure || certain;
        // The windows begin with the offset of one.
        let hits = self.filled(SURPLUS, hits, sure) << 1;
        if hits != 0 {
            self.forms(hits, certain, self.at + 1, &[], |start, end, value| {
                visit(self.doubt(start, end, self.at + 1, &[], value, edit, novelty));
            });
        }
    }

    fn swapped(&self, hits: u32, sure: bool, visit: &mut impl FnMut(Doubt)) {
        let [one, two] = self.after(0);
        let (Some(first), Some(second)) = (char::from_u32(one), char::from_u32(two)) else { return };
        let novelty = Novelty::of(self.before(), &[one, two], &[two, one], self.after(2));
        let certain = !self.needs.swapped.is_met(novelty);
        let hits = self.filled(SWAPPED, hits, sure || certain);
        if hits != 0 {
            let edit = Edit::Swapped(first, second);
            self.forms(hits, certain, self.at + 2, &[two, one], |start, end, value| {
                visit(self.doubt(start, end, self.at + 2, &[second, first], value, edit, novelty));
            });
        }
    }

    /// Which of the windows of `kind` that `hits` names some form has as they are – a sure one, if it says so.
    fn filled(&self, kind: u32, hits: u32, sure: bool) -> u8 {
        let filled = |offset: u32| {
            let (key, first) = window(self.codes, self.at, kind + offset);
            GAPS.fillings(key).any(|filling| Some(filling.code) == first && (filling.sure || !sure))
        };
        (0..4)
            .filter(|&offset| hits >> offset & 1 != 0 && filled(offset))
            .fold(0, |filled, offset| filled | 1 << offset)
    }

    #[allow(clippy::too_many_arguments)]
    fn doubt(
        &self,
        start: usize,
        end: usize,
        last: usize,
        new: &[char],
        attestation: Attestation,
        edit: Edit,
        novelty: Novelty,
    ) -> Doubt {
        let text = |range: Range<usize>| self.codes[range].iter().filter_map(|&code| char::from_u32(code));
        let form = text(start..self.at).chain(new.iter().copied()).chain(text(last..end)).collect();
        let [start, end, at] = [start, end, self.at].map(|place| place - self.start);
        Doubt { start, end, at, edit, form, attestation, novelty }
    }

    /// All forms – idioms and registered ones alone, if `certain` – that the text becomes when its characters up to `last` are
    /// replaced by `new`. `hits` are the offsets in windows of four characters of a form at which the edit is, as bits. Calls
    /// `visit(start, end, attestation)`.
    fn forms(
        &self,
        hits: u8,
        certain: bool,
        last: usize,
        new: &[u32],
        mut visit: impl FnMut(usize, usize, Attestation),
    ) {
        let starts = (0..4).filter(|offset| hits >> offset & 1 != 0);
        // A form that begins before the earliest window holds that window whole; two characters end it one place sooner.
        let furthest = if new.len() > 1 { 2 } else { 3 };
        let earlier = (hits >> furthest & 1 != 0).then_some(furthest + 1..=LONGEST - SHORTEST).into_iter().flatten();
        for start in starts.chain(earlier).map_while(|offset| self.at.checked_sub(offset)) {
            let head = &self.codes[start..self.at];
            if head.first() == Some(&0) {
                break;
            }
            let mut form = head.iter().chain(new).fold(FormHash::EMPTY, |form, &code| form.with(code));
            let mut length = head.len() + new.len();
            let mut end = last;
            loop {
                if length >= SHORTEST
                    && let Some(known) = FORMS.get(form).map(Attestation)
                    && (known.sure() || !certain)
                {
                    visit(start, end, known);
                }
                let next = self.codes.get(end).copied().unwrap_or(0);
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

#[cfg(test)]
#[path = "attested_tests.rs"]
mod tests;
