//! All occurrences of many literals in one pass.
//!
//! A wrong form holds at least one pair of neighbouring characters that correct text almost never has. Each literal is
//! anchored on the rarest six bytes in it that begin where a character does: two Chinese characters. The pass goes through
//! three stages:
//!
//! 1. For each character of the text a filter says whether any literal may be anchored there: two bits of one word of a table
//!    (a blocked Bloom filter: Putze, Sanders and Singler, “Cache-, hash- and space-efficient Bloom filters”, 2007), by
//!    vector instructions (`simd.rs`).
//! 2. The few places that pass are looked up in a hash table, a batch at a time, so that waiting for memory overlaps.
//! 3. What is anchored there is compared with the text.
//!
//! Literals shorter than six bytes have a filter of their own, by their first four bytes or their first character.
//!
//! The result is exactly that of an overlapping Aho-Corasick automaton (property-tested against the `aho-corasick` crate),
//! at a multiple of its speed on Chinese text (`docs/performance.md`). Where text or literals are such that comparing would
//! take longer than an automaton does, an automaton takes over (`fallback.rs`).

mod compile;
mod fallback;
mod layout;

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use self::fallback::{Automaton, Fallback};
use self::layout::{EMPTY, Group, Header, Layout, anchor_hash, mark_of, slot_of, u64_at};
use crate::simd::{self, Filter, LONG, OVERSHOOT, PLACE, Path, SHORT, WINDOW, load, prefetch};

pub use layout::LoadError;

/// Bytes of text that go through the stages together.
const CHUNK: usize = 1 << 14;

/// Candidates that are looked up together.
const BATCH: usize = 128;

/// What a search needs besides the text, kept from one text to the next: most texts are short.
#[derive(Default)]
struct Room {
    candidates: Vec<u32>,
    /// Places whose literals are to be compared: byte and place in the pool.
    found: Vec<(usize, usize)>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// An occurrence of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Index of the literal.
    pub literal: u32,
}

/// A set of literals, ready to be searched for.
pub struct LiteralScan {
    /// All of it, see `layout.rs`.
    bytes: Cow<'static, [u8]>,
    header: Header,
    layout: Layout,
    fallback: Fallback,
    path: Path,
    /// Bytes of text that go through the stages together.
    chunk: usize,
}

impl std::fmt::Debug for LiteralScan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LiteralScan")
            .field("header", &self.header)
            .field("fallback", &self.fallback)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The arrays of a scan, sliced once.
#[derive(Clone, Copy)]
struct Arrays<'s> {
    filter: Filter<'s>,
    marks: &'s [u8],
    slots: &'s [u8],
    pool: &'s [u8],
}

/// What was found and what it cost.
struct Work<'t, V> {
    text: &'t [u8],
    visit: V,
    /// Time spent, roughly in nanoseconds.
    spent: u64,
    /// Places whose literals are to be compared: byte and place in the pool.
    found: Vec<(usize, usize)>,
}

impl LiteralScan {
    /// Prepares `literals`, whose indices the occurrences will name. Empty ones are never found; of equal ones the last is.
    pub fn new<'l>(literals: impl IntoIterator<Item = &'l str>) -> Self {
        let bytes = compile::compile(literals);
        match Header::read(&bytes) {
            Ok((header, layout)) => LiteralScan::assembled(Cow::Owned(bytes), header, layout),
            // What was compiled has a header.
            Err(_) => unreachable!("compiled literals have a header"),
        }
    }

    fn assembled(bytes: Cow<'static, [u8]>, header: Header, layout: Layout) -> Self {
        let fallback = Fallback::new(header.total as usize, header.longest as usize);
        LiteralScan { bytes, header, layout, fallback, path: simd::best(), chunk: CHUNK }
    }

    /// The compiled form, for [`from_bytes`](Self::from_bytes). It is the same on every machine.
    pub fn to_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes compiled literals as they are, without parsing or copying. Best aligned to 64 bytes, but any will do.
    ///
    /// Damage is found by a checksum. Even bytes that somebody made up to deceive it can only make a search find nothing, or
    /// find what was made up: every place that they name is checked when it is followed.
    ///
    /// # Errors
    ///
    /// Bytes that [`to_bytes`](Self::to_bytes) did not give, or that were changed since.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, LoadError> {
        let bytes = bytes.into();
        let (header, layout) = Header::read(&bytes)?;
        Ok(LiteralScan::assembled(bytes, header, layout))
    }

    /// Takes literals that are part of the program, which need no checksum: what damages them damages everything.
    pub(crate) fn embedded(bytes: &'static [u8]) -> Option<Self> {
        let (header, layout) = Header::read_unsummed(bytes).ok()?;
        Some(LiteralScan::assembled(Cow::Borrowed(bytes), header, layout))
    }

    /// The index of a literal.
    pub(crate) fn index_of(&self, literal: &str) -> Option<u32> {
        let arrays = self.arrays()?;
        let (_, before) = compile::anchor(literal);
        let hash = anchor_hash(load(literal.as_bytes(), before), literal.len() - before, self.header.seed);
        let mut found = Vec::new();
        self.look_up(&arrays, hash, before, &mut found);
        let mut at = found.first()?.1;
        loop {
            let group = Group::read(arrays.pool, at)?;
            let same = (group.before, group.length) == (before, literal.len());
            if let Some(index) = group.find(literal.as_bytes()).filter(|_| same) {
                return Some(index);
            }
            if group.last {
                return None;
            }
            at = group.next;
        }
    }

    /// Names of the ways in which this processor can search, the fastest last. All find the same.
    pub fn paths() -> impl Iterator<Item = &'static str> {
        simd::paths().iter().map(Path::name)
    }

    /// The same literals, searched for in the way that is called `name`, if there is one: for tests and comparisons.
    #[must_use]
    pub fn with_path(mut self, name: &str) -> Self {
        self.path = simd::paths().iter().copied().find(|path| path.name() == name).unwrap_or(self.path);
        self
    }

    /// One more than the greatest index that an occurrence can name.
    pub fn literals(&self) -> usize {
        self.header.literals as usize
    }

    fn arrays(&self) -> Option<Arrays<'_>> {
        let shorts = self.bytes.get(self.layout.shorts.clone())?.first_chunk();
        let words = self.bytes.get(self.layout.filter.clone())?;
        Some(Arrays {
            filter: Filter::new(words, self.header.log, shorts, self.header.multipliers)?,
            marks: self.bytes.get(self.layout.marks.clone())?,
            slots: self.bytes.get(self.layout.slots.clone())?,
            pool: self.bytes.get(self.layout.pool.clone())?,
        })
    }

    /// Calls `visit` for every occurrence of every literal in `text`, overlapping ones included, in order of their anchors. The
    /// order depends on nothing but text and literals.
    pub fn scan(&self, text: &str, visit: impl FnMut(Occurrence)) {
        let Some(arrays) = self.arrays() else { return };
        // Who is called for an occurrence may search as well, and then finds no room but makes its own.
        let Room { mut candidates, found } = ROOM.take();
        candidates.resize(candidates.len().max(text.len().min(self.chunk) + OVERSHOOT), 0);
        let mut work = Work { text: text.as_bytes(), visit, spent: 0, found };
        let mut guard = self.fallback.guard();
        let mut at = 0;
        while at < text.len() {
            let (count, next) =
                simd::candidates(self.path, &arrays.filter, work.text, at, at + self.chunk, &mut candidates);
            let limit = self.fallback.limit(next - at);
            at = match self.compare(&arrays, at, &candidates[..count], limit, &mut work) {
                None => {
                    self.fallback.count(next - at, work.spent);
                    guard.calm();
                    next
                }
                Some((tedious, automaton)) => {
                    let end = guard.reach(text, tedious);
                    automaton.scan(text, &(tedious..end), self.header.longest as usize, &mut work.visit);
                    end
                }
            };
        }
        ROOM.set(Room { candidates, found: work.found });
    }

    /// Compares what is anchored at `candidates`, places of characters behind `from`. If that takes longer than `limit`, gives
    /// the place of the first one that was not compared, and the automaton that can go on from there.
    fn compare(
        &self,
        arrays: &Arrays<'_>,
        from: usize,
        candidates: &[u32],
        mut limit: u64,
        work: &mut Work<'_, impl FnMut(Occurrence)>,
    ) -> Option<(usize, &Automaton)> {
        work.found.clear();
        let mut hashes = [0; BATCH];
        for batch in candidates.chunks(BATCH) {
            for (hash, &candidate) in hashes.iter_mut().zip(batch) {
                *hash = anchor_hash(load(work.text, from + (candidate & PLACE) as usize), WINDOW, self.header.seed);
                prefetch(arrays.slots, 8 * slot_of(*hash, self.header.slots));
            }
            for (&hash, &candidate) in hashes.iter().zip(batch) {
                let place = from + (candidate & PLACE) as usize;
                if candidate & LONG != 0 {
                    self.look_up(arrays, hash, place, &mut work.found);
                }
                if candidate & SHORT != 0 {
                    let window = load(work.text, place);
                    // A literal ends where a character does: of most lengths there is none to look up.
                    let mut lengths = self.header.short_lengths & borders(window);
                    while lengths != 0 {
                        let hash = anchor_hash(window, lengths.trailing_zeros() as usize, self.header.seed);
                        lengths &= lengths - 1;
                        // Of these lengths hardly more than one is that of a literal.
                        let (byte, bit) = mark_of(hash);
                        if arrays.marks.get(byte).is_some_and(|marks| marks >> bit & 1 != 0) {
                            self.look_up(arrays, hash, place, &mut work.found);
                        }
                    }
                }
            }
        }
        work.spent = 4 * candidates.len() as u64;
        let mut previous = usize::MAX;
        for &(place, mut group_at) in &work.found {
            // A place is compared in full or not at all, so that nothing is found twice.
            if work.spent > limit && place != previous {
                match self.fallback.automaton(arrays.pool, self.header.literals) {
                    Some(automaton) => return Some((place, automaton)),
                    None => limit = u64::MAX,
                }
            }
            previous = place;
            while let Some(group) = Group::read(arrays.pool, group_at) {
                work.spent += 4 + (group.length as u64 >> 4);
                if let Some(start) = place.checked_sub(group.before)
                    && let Some(literal) = work.text.get(start..start + group.length).and_then(|text| group.find(text))
                {
                    let found = Occurrence { start, end: start + group.length, literal };
                    if self.is_sound(work.text, found) {
                        (work.visit)(found);
                    }
                }
                if group.last {
                    break;
                }
                group_at = group.next;
            }
        }
        None
    }

    /// Whether an occurrence is of a literal and consists of characters: always, but for bytes that were made up.
    #[inline]
    fn is_sound(&self, text: &[u8], found: Occurrence) -> bool {
        let is_border = |at: usize| text.get(at).is_none_or(|&byte| byte & 0xC0 != 0x80);
        found.start < found.end
            && is_border(found.start)
            && is_border(found.end)
            && found.literal < self.header.literals
    }

    /// Adds to `found` what is anchored at `place` by an anchor with this hash.
    #[inline]
    fn look_up(&self, arrays: &Arrays<'_>, hash: u64, place: usize, found: &mut Vec<(usize, usize)>) {
        let mut slot = slot_of(hash, self.header.slots);
        // One slot is empty; if none is, the search ends where it began.
        for _ in 0..self.header.slots {
            let Some(entry) = u64_at(arrays.slots, 8 * slot) else { return };
            if entry == EMPTY {
                return;
            }
            if entry >> 32 == hash & 0xFFFF_FFFF {
                let at = 4 * (entry as u32 as usize);
                prefetch(arrays.pool, at);
                found.push((place, at));
                return;
            }
            slot += 1;
            if slot == self.header.slots as usize {
                slot = 0;
            }
        }
    }

    /// Every literal with an index below `limit`, with its index and the bytes before its anchor.
    fn all(pool: &[u8], limit: u32) -> impl Iterator<Item = (&str, u32, usize)> {
        let mut at = 0;
        let groups = std::iter::from_fn(move || {
            let group = Group::read(pool, at)?;
            at = group.next;
            Some(group)
        });
        groups.flat_map(move |group| {
            (0..group.members()).filter_map(move |member| {
                let (index, bytes) =
                    group.member(member).filter(|&(index, bytes)| index < limit && !bytes.is_empty())?;
                Some((std::str::from_utf8(bytes).ok()?, index, group.before))
            })
        })
    }
}

/// A bit for each of the first bytes of a text, set where a character begins or the text has ended.
#[inline]
fn borders(window: u64) -> u32 {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    // The other bytes of a character begin with the bits 10. A bit of each byte comes together in the highest one.
    let inside = window >> 7 & !(window >> 6) & LOWEST;
    !(inside.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// The characters that hold `range`, widened by `reach` bytes on both sides.
fn around(text: &str, range: &Range<usize>, reach: usize) -> Range<usize> {
    let start = text.floor_char_boundary(range.start.saturating_sub(reach));
    start..text.ceil_char_boundary(range.end.saturating_add(reach).min(text.len()))
}

#[cfg(test)]
mod tests;
