//! Wording that reference text has never seen, one slip away from wording that it has.
//!
//! A character is suspect when the 3-grams around it are unseen (`evidence`). Only there the text is compared with the
//! attested forms – idioms, long words, frequent n-grams – at one edit: a filter of everything that a form may look like
//! with one character exchanged, left out or swapped says whether looking is worth while, and two transducers, of the
//! forms and of the forms read backwards, say which form it is. The cost does not depend on how many forms there are.

use std::sync::LazyLock;

use fst::raw::{Fst, Node, Output};
use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable as _, Filter as _, FilterRef as _};

use super::evidence::{Familiar, seen};
use super::ngram::{code, says_nothing, shortened, window_key, window_sounding, window_without};
use super::slip::{keys_like, shapes_like, sound_groups, sounding};

/// A filter of the build script of this very version.
type Edits = LazyLock<BinaryFuse8Ref<'static>>;

fn filter(bytes: &'static [u8]) -> BinaryFuse8Ref<'static> {
    let (descriptor, fingerprints) = bytes.split_at(BinaryFuse8::DESCRIPTOR_LEN);
    BinaryFuse8Ref::from_dma(descriptor, fingerprints)
}

/// What all forms may look like.
static EDITS: Edits = LazyLock::new(|| filter(include_bytes!(concat!(env!("OUT_DIR"), "/edits.fuse"))));

/// What idioms and registered forms may look like: small enough for the fast caches.
static SURE: Edits = LazyLock::new(|| filter(include_bytes!(concat!(env!("OUT_DIR"), "/sure_edits.fuse"))));

/// Transducers of the forms and of the forms backwards. The bytes come from the build script of this very version, so
/// they cannot fail to load.
static FORMS: LazyLock<[Option<Fst<&'static [u8]>>; 2]> = LazyLock::new(|| {
    [
        Fst::new(&include_bytes!(concat!(env!("OUT_DIR"), "/wording.fst"))[..]).ok(),
        Fst::new(&include_bytes!(concat!(env!("OUT_DIR"), "/gnidrow.fst"))[..]).ok(),
    ]
});

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
}

impl Edit {
    /// Characters of the text that it concerns.
    pub(crate) fn width(self) -> usize {
        match self {
            Edit::Dropped(_) => 0,
            Edit::Exchanged(..) | Edit::Doubled(_) | Edit::Inserted(_) => 1,
            Edit::Swapped(..) => 2,
        }
    }
}

/// What kind of form it is, and how often reference text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attestation(u64);

impl Attestation {
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
    pub(crate) fn count(self) -> u64 {
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
            let windows = codes[..4 + middle.len()].windows(3).map(|window| [window[0], window[1], window[2]]);
            let telling: Vec<[u32; 3]> = windows.filter(|&window| !super::ngram::says_nothing(window)).collect();
            (telling.iter().filter(|&&window| seen(window)).count() as u8, telling.len() as u8)
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
    let [Some(forms), _] = &*FORMS else { return None };
    forms.get(text.as_bytes()).map(|output| Attestation(output.value()))
}

/// The characters of one block, reused from block to block.
#[derive(Default)]
pub(crate) struct Characters {
    familiar: Familiar,
    codes: Vec<u32>,
    /// What reference text says about the 3-grams, from the one that begins two before the first character.
    known: Vec<Known>,
}

/// What reference text says about a 3-gram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Seen,
    Unseen,
    /// It is not worth counting.
    Nothing,
}

impl Characters {
    /// Takes over the characters of `text`, and looks up its 3-grams.
    pub(crate) fn read(&mut self, text: &str) {
        self.codes.clear();
        self.known.clear();
        self.codes.extend([0, 0]);
        let (mut first, mut second) = (0, 0);
        for third in text.chars().map(code).chain([0, 0]) {
            let codes = [first, second, third];
            self.codes.push(third);
            self.known.push(if says_nothing(codes) {
                Known::Nothing
            } else if self.familiar.seen(codes) {
                Known::Seen
            } else {
                Known::Unseen
            });
            (first, second) = (second, third);
        }
    }

    /// Number of characters.
    fn len(&self) -> usize {
        self.codes.len() - 4
    }

    /// The code of the character at `at`, which may lie up to two outside.
    fn at(&self, at: isize) -> u32 {
        self.codes[(at + 2) as usize]
    }

    /// How many of the 3-grams that begin in `first..=last` (relative to characters) are unseen, and how many seen.
    fn count(&self, first: isize, last: isize) -> (usize, usize) {
        let last = ((last + 2) as usize).min(self.known.len().saturating_sub(1));
        let known = &self.known[((first + 2) as usize).min(last)..=last];
        let of = |what: Known| known.iter().filter(|&&one| one == what).count();
        (of(Known::Unseen), of(Known::Seen))
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

    /// Four codes from `start` on, if all but that at `except` are Han characters.
    fn window(&self, start: isize, except: Option<usize>) -> Option<[u32; 4]> {
        let start = usize::try_from(start).ok()?;
        let window: [u32; 4] = self.codes.get(start + 2..start + 6)?.try_into().ok()?;
        let whole = window.iter().enumerate().all(|(index, &code)| code != 0 || except == Some(index));
        whole.then_some(window)
    }

    /// Calls `visit` for every attested form at one edit from the text at a suspect place. Where the text around a place
    /// is only partly new, all forms are tried if `partly`, else idioms and registered ones.
    pub(crate) fn doubts(&self, partly: bool, mut visit: impl FnMut(Doubt)) {
        let length = self.len();
        for at in 0..=length {
            // Most text is seen: this is the only test that most characters get.
            if self.known[at] != Known::Unseen && self.known[at + 1] != Known::Unseen {
                continue;
            }
            let place = at as isize;
            // A border at the edit leaves fewer 3-grams to tell by; those must then all be unseen.
            let new = |(unseen, seen): (usize, usize), least: usize| unseen >= least || (unseen > 0 && seen == 0);
            let around = self.count(place - 2, place);
            if self.codes[at + 2] != 0 && new(around, 2) {
                let edits = if partly || around.1 == 0 { &EDITS } else { &SURE };
                self.exchanged(at, edits, around.1 == 0, &mut visit);
                self.surplus(at, edits, &mut visit);
            }
            let across = self.count(place - 2, place - 1);
            if at > 0 && across.0 > 0 {
                self.dropped(at, &mut visit);
            }
            let across = self.count(place - 2, place + 1);
            if at + 1 < length && new(across, 2) {
                let edits = if partly || new(across, 3) { &EDITS } else { &SURE };
                self.swapped(at, edits, &mut visit);
            }
        }
    }

    fn exchanged(&self, at: usize, edits: &Edits, all_new: bool, visit: &mut impl FnMut(Doubt)) {
        let old = self.codes[at + 2];
        let windows: [Option<[u32; 4]>; 4] =
            std::array::from_fn(|offset| self.window(at as isize - offset as isize, Some(offset)));
        // The windows, as bits by offset, that a key of some form fits.
        let holds = |among: u8, edits: &Edits, key: &dyn Fn([u32; 4], usize) -> u64| {
            let hits = windows.iter().enumerate().map(|(offset, window)| {
                let hit = among >> offset & 1 != 0 && window.is_some_and(|window| edits.contains(&key(window, offset)));
                u8::from(hit) << offset
            });
            hits.fold(0, |all, hit| all | hit)
        };
        let any = holds(0b1111, edits, &window_without);
        if any == 0 {
            return;
        }
        let wrong = char::from_u32(old).unwrap_or_default();
        let mut tried = [0; 64];
        let mut count = 0;
        let mut attempt = |code: u32, among: u8| {
            if code == old || tried[..count].contains(&code) {
                return;
            }
            let hits = holds(among, edits, &|mut window, offset| {
                window[offset] = code;
                window_key(window)
            });
            let Some(new) = char::from_u32(code).filter(|_| hits != 0) else { return };
            if count < tried.len() {
                tried[count] = code;
                count += 1;
            }
            let novelty = Novelty::of(self.before(at), &[old], &[code], self.after(at + 1));
            if novelty.seen_after == 0 {
                return;
            }
            // A form that begins before the earliest window holds that window whole.
            let starts = (0..4).filter(|offset| hits >> offset & 1 != 0).map(|offset| at - offset);
            let earlier = (hits >> 3 & 1 != 0).then(|| at.saturating_sub(LONGEST - 4)..at - 3);
            for start in starts.chain(earlier.into_iter().flatten()) {
                self.forms(start, at, at + 1, &[new], |end, value| {
                    let edit = Edit::Exchanged(wrong, new);
                    visit(self.doubt(start, end, at..at + 1, &[new], value, edit, novelty));
                });
            }
        };
        for group in sound_groups(old) {
            let among = holds(any, &EDITS, &|window, offset| window_sounding(window, offset, group));
            if among != 0 {
                sounding(group).for_each(|code| attempt(code, among));
            }
        }
        shapes_like(old).for_each(|code| attempt(code, any));
        // A slip of the hand says little about what was meant: what it made must be wholly new, and the form sure.
        if all_new {
            let sure = holds(any, &SURE, &window_without);
            if sure != 0 {
                keys_like(old).for_each(|code| attempt(code, sure));
            }
        }
    }

    fn dropped(&self, at: usize, visit: &mut impl FnMut(Doubt)) {
        let hits = bits(0..4, |offset| {
            // Three characters of the text, of a form whose character at `offset` is missing.
            let start = at as isize - offset;
            let Some(rest) = usize::try_from(start).ok().and_then(|start| self.codes.get(start + 2..start + 5)) else {
                return false;
            };
            let mut window = [0; 4];
            let places = (0..4).filter(|&place| place != offset as usize);
            places.zip(rest).for_each(|(place, &code)| window[place] = code);
            !rest.contains(&0) && SURE.contains(&shortened(window, offset as usize))
        });
        if hits != 0 {
            self.search(at, at, hits, &Replacement::Any, |start, end, new, value| {
                let novelty = Novelty::of(self.before(at), &[], &[new[0] as u32], self.after(at));
                visit(self.doubt(start, end, at..at, new, value, Edit::Dropped(new[0]), novelty));
            });
        }
    }

    fn surplus(&self, at: usize, edits: &Edits, visit: &mut impl FnMut(Doubt)) {
        let Some(character) = char::from_u32(self.codes[at + 2]) else { return };
        let doubled = self.codes[at + 1] == self.codes[at + 2];
        // Of two equal characters the second is the one too many.
        if !doubled && self.codes[at + 2] == self.codes[at + 3] {
            return;
        }
        // Anything put in, not only a character written twice, counts in what is sure.
        let edits = if doubled { edits } else { &SURE };
        let hits = bits(1..4, |offset| {
            let start = at as isize - offset;
            let Some(text) = usize::try_from(start).ok().and_then(|start| self.codes.get(start + 2..start + 7)) else {
                return false;
            };
            let mut window = [0; 4];
            let kept = text.iter().enumerate().filter(|&(index, _)| index != offset as usize);
            kept.zip(&mut window).for_each(|((_, &code), slot)| *slot = code);
            !window.contains(&0) && edits.contains(&window_key(window))
        });
        if hits != 0 {
            let edit = if doubled { Edit::Doubled(character) } else { Edit::Inserted(character) };
            self.search(at, at + 1, hits, &Replacement::These(&[]), |start, end, new, value| {
                let novelty = Novelty::of(self.before(at), &[self.codes[at + 2]], &[], self.after(at + 1));
                visit(self.doubt(start, end, at..at + 1, new, value, edit, novelty));
            });
        }
    }

    fn swapped(&self, at: usize, edits: &Edits, visit: &mut impl FnMut(Doubt)) {
        let [one, two] = [self.codes[at + 2], self.codes[at + 3]];
        if one == two || one == 0 || two == 0 {
            return;
        }
        let hits = bits(0..3, |offset| {
            let Some(mut window) = self.window(at as isize - offset, None) else { return false };
            window.swap(offset as usize, offset as usize + 1);
            edits.contains(&window_key(window))
        });
        let (Some(first), Some(second)) = (char::from_u32(one), char::from_u32(two)) else { return };
        if hits != 0 {
            self.search(at, at + 2, hits, &Replacement::These(&[second, first]), |start, end, new, value| {
                let novelty = Novelty::of(self.before(at), &[one, two], &[two, one], self.after(at + 2));
                visit(self.doubt(start, end, at..at + 2, new, value, Edit::Swapped(first, second), novelty));
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
        value: u64,
        edit: Edit,
        novelty: Novelty,
    ) -> Doubt {
        let text = |range: std::ops::Range<usize>| {
            self.codes[range.start + 2..range.end + 2].iter().filter_map(|&code| char::from_u32(code))
        };
        let form = text(start..old.start).chain(new.iter().copied()).chain(text(old.end..end)).collect();
        Doubt { start, end, at: old.start, edit, form, attestation: Attestation(value), novelty }
    }

    /// The forms that begin at `start` and read as the text does but for its characters `first..last`, which are replaced
    /// by `new`. Calls `visit(end, value)`.
    fn forms(&self, start: usize, first: usize, last: usize, new: &[char], mut visit: impl FnMut(usize, u64)) {
        let [Some(forwards), _] = &*FORMS else { return };
        let new = new.iter().map(|&character| character as u32);
        let mut at = Some(Walk::new(forwards));
        for code in self.codes[start + 2..first + 2].iter().copied().chain(new) {
            at = at.and_then(|walk| walk.step(forwards, code));
        }
        if let Some(walk) = at {
            self.finish(forwards, walk, last, 1, &mut visit);
        }
    }

    /// All forms that the text becomes when its characters `first..last` are replaced. `hits` are the offsets in windows of
    /// four characters of a form at which the edit is, as bits. Of a form whose replaced character is not known two
    /// neighbours on one side must be as in the text. Calls `visit(start, end, replacement, value)`.
    fn search(
        &self,
        first: usize,
        last: usize,
        hits: u8,
        replacement: &Replacement<'_>,
        mut visit: impl FnMut(usize, usize, &[char], u64),
    ) {
        let [Some(forwards), Some(backwards)] = &*FORMS else { return };
        let any = matches!(replacement, Replacement::Any);
        let has = |offset: usize| hits >> offset & 1 != 0;
        // A form that begins before the earliest window that fits holds that window whole.
        let furthest = if hits == 0 { 0 } else { hits.ilog2() as usize };
        let known = if any { 2 } else { 0 };
        let starts = (known..4).filter(|&offset| has(offset));
        let earlier = (furthest + 1..LONGEST - 3).filter(|_| furthest >= known.max(2));
        for start in starts.chain(earlier).filter_map(|offset| first.checked_sub(offset)) {
            let Some(walk) = walk(forwards, Walk::new(forwards), &self.codes[start + 2..first + 2]) else { continue };
            branch(forwards, walk, replacement, None, &mut |new, walk| {
                self.finish(forwards, walk, last, 1, &mut |end, value| visit(start, end, new, value));
            });
        }
        // Backwards, for the forms that have fewer known characters before the edit.
        if any && (has(0) || has(1)) {
            for end in (last + known..=last + LONGEST - 4).take_while(|&end| end <= self.len()) {
                let Some(walk) = self.walk_back(backwards, end, last) else { continue };
                branch(backwards, walk, replacement, None, &mut |new, walk| {
                    self.finish(backwards, walk, first, -1, &mut |start, value| {
                        if first - start < known {
                            visit(start, end, new, value);
                        }
                    });
                });
            }
        }
    }

    /// From character `end` back to `last`, in the transducer of forms read backwards.
    fn walk_back<'f>(&self, fst: &'f Fst<&'static [u8]>, end: usize, last: usize) -> Option<Walk<'f>> {
        let codes = self.codes[last + 2..end + 2].iter().rev();
        codes.copied().try_fold(Walk::new(fst), |walk, code| walk.step(fst, code))
    }

    /// Goes on from character `at` in the direction `step` while the text agrees; calls `visit` at each end of a form.
    fn finish<'f>(
        &self,
        fst: &'f Fst<&'static [u8]>,
        mut walk: Walk<'f>,
        at: usize,
        step: isize,
        visit: &mut dyn FnMut(usize, u64),
    ) {
        let mut at = at as isize;
        loop {
            if walk.node.is_final() {
                visit(at as usize, walk.output.cat(walk.node.final_output()).value());
            }
            let next = if step > 0 { at } else { at - 1 };
            if next < 0 || next >= self.len() as isize {
                return;
            }
            match walk.step(fst, self.at(next)) {
                Some(further) => walk = further,
                None => return,
            }
            at += step;
        }
    }
}

/// The offsets for which `holds`, as bits.
fn bits(offsets: std::ops::Range<usize>, holds: impl Fn(isize) -> bool) -> u8 {
    offsets.map(|offset| u8::from(holds(offset as isize)) << offset).fold(0, |all, bit| all | bit)
}

/// What the characters at an edit are replaced by.
enum Replacement<'r> {
    /// Any one character but the one that is there.
    Any,
    /// These characters.
    These(&'r [char]),
}

/// A place in a transducer.
#[derive(Clone, Copy)]
struct Walk<'f> {
    node: Node<'f>,
    output: Output,
}

impl<'f> Walk<'f> {
    fn new(fst: &'f Fst<&'static [u8]>) -> Self {
        Walk { node: fst.root(), output: Output::zero() }
    }

    /// Across the character with this code.
    fn step(self, fst: &'f Fst<&'static [u8]>, code: u32) -> Option<Self> {
        let character = char::from_u32(code).filter(|_| code != 0)?;
        let mut walk = self;
        for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
            let transition = walk.node.transition(walk.node.find_input(byte)?);
            walk = Walk { node: fst.node(transition.addr), output: walk.output.cat(transition.out) };
        }
        Some(walk)
    }

    /// Calls `visit` for each character that leads on.
    fn each(self, fst: &'f Fst<&'static [u8]>, visit: &mut dyn FnMut(char, Self)) {
        let next = |walk: Walk<'f>, transition: fst::raw::Transition| Walk {
            node: fst.node(transition.addr),
            output: walk.output.cat(transition.out),
        };
        // Forms are unified ideographs: three bytes each.
        for one in self.node.transitions() {
            let first = next(self, one);
            for two in first.node.transitions() {
                let second = next(first, two);
                for three in second.node.transitions() {
                    let bytes = [one.inp, two.inp, three.inp];
                    if let Some(character) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
                        visit(character, next(second, three));
                    }
                }
            }
        }
    }
}

fn walk<'f>(fst: &'f Fst<&'static [u8]>, mut walk: Walk<'f>, codes: &[u32]) -> Option<Walk<'f>> {
    for &code in codes {
        walk = walk.step(fst, code)?;
    }
    Some(walk)
}

fn branch<'f>(
    fst: &'f Fst<&'static [u8]>,
    from: Walk<'f>,
    replacement: &Replacement<'_>,
    old: Option<u32>,
    visit: &mut dyn FnMut(&[char], Walk<'f>),
) {
    match replacement {
        Replacement::Any => from.each(fst, &mut |character, walk| {
            if old != Some(character as u32) {
                visit(&[character], walk);
            }
        }),
        Replacement::These(characters) => {
            let codes: Vec<u32> = characters.iter().map(|&character| character as u32).collect();
            if let Some(walk) = walk(fst, from, &codes) {
                visit(characters, walk);
            }
        }
    }
}

#[cfg(test)]
#[path = "attested_tests.rs"]
mod tests;
