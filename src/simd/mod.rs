//! Inner loops over text for every kind of processor: the first stage of the literal pass, the search for characters
//! that fold, and 3-grams. The one module that holds `unsafe` code.
//!
//! Everything that is exported is safe to call with any arguments. The vector paths are chosen when the program runs and
//! give exactly what [`portable`] gives, which the tests compare; `Path` lets them be told apart.

#![allow(unsafe_code)]

use std::sync::OnceLock;

/// What the first stage asks about each character of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter<'f> {
    /// Words of 32 bits, a power of two of them; those of a window that matters have both of its bits.
    words: &'f [u8],
    /// Base-2 logarithm of the number of words.
    log: u32,
    /// One bit for each hash of what a short literal begins with: of a character, or of four bytes if it has as many.
    shorts: Option<&'f [u8; SHORTS]>,
    multipliers: [u32; 2],
}

/// Set in a candidate whose window is in the filter.
pub(crate) const LONG: u32 = 1 << 31;
/// Set in a candidate with which a short literal may begin.
pub(crate) const SHORT: u32 = 1 << 30;
/// The place of a candidate, relative to where the search began.
pub(crate) const PLACE: u32 = SHORT - 1;

/// Bytes by which a step may go beyond the end it was given; so many candidates more it may find.
pub(crate) const OVERSHOOT: usize = 64;

impl<'f> Filter<'f> {
    /// A filter over `words`; `None` if their number does not go with `log`.
    pub(crate) fn new(
        words: &'f [u8],
        log: u32,
        shorts: Option<&'f [u8; SHORTS]>,
        multipliers: [u32; 2],
    ) -> Option<Self> {
        (LOGS.contains(&log) && words.len() == 4 << log).then_some(Filter { words, log, shorts, multipliers })
    }
}

/// Which instructions are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Path {
    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Path::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => "AVX-512",
        }
    }
}

/// The paths that this processor can take, the fastest last.
pub(crate) fn paths() -> &'static [Path] {
    static PATHS: OnceLock<Vec<Path>> = OnceLock::new();
    PATHS.get_or_init(|| {
        #[allow(unused_mut)]
        let mut paths = vec![Path::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                paths.push(Path::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vbmi2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
            {
                paths.push(Path::Avx512);
            }
        }
        paths
    })
}

/// The fastest path.
pub(crate) fn best() -> Path {
    paths().last().copied().unwrap_or(Path::Portable)
}

/// Finds the characters of `text` that begin at `from..to` (`from` must begin one) and pass the filter. Their places
/// relative to `from`, with [`LONG`] and [`SHORT`], are written to `out`. Gives their number and the place of the first
/// character that was not looked at, which lies at `to` or up to [`OVERSHOOT`] bytes behind it.
///
/// `out` must have room for [`OVERSHOOT`] more than there are bytes, of which there may be [`PLACE`] at most.
pub(crate) fn candidates(
    path: Path,
    filter: &Filter<'_>,
    text: &[u8],
    from: usize,
    to: usize,
    out: &mut [u32],
) -> (usize, usize) {
    let to = to.min(text.len());
    let room = out.len().saturating_sub(OVERSHOOT).min((PLACE as usize) - OVERSHOOT);
    assert!(from <= to && to - from <= room, "room for {} of {} bytes", room, to.saturating_sub(from));
    let (found, at) = match path {
        Path::Portable => (0, from),
        // SAFETY: the processor has what this path needs, for `paths` lists it; `out` has room, as was asserted.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if paths().contains(&path) => unsafe {
            match filter.shorts {
                None => x86::avx2::<false>(filter, text, from, to, out),
                Some(_) => x86::avx2::<true>(filter, text, from, to, out),
            }
        },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if paths().contains(&path) => unsafe {
            match filter.shorts {
                None => x86::avx512::<false>(filter, text, from, to, out),
                Some(_) => x86::avx512::<true>(filter, text, from, to, out),
            }
        },
        #[cfg(target_arch = "x86_64")]
        _ => (0, from),
    };
    // What vectors do not reach, the end of the text at least.
    portable(filter, text, from, at, to, out, found)
}

/// The same without vectors, from `at` on, with `found` candidates known.
fn portable(
    filter: &Filter<'_>,
    text: &[u8],
    from: usize,
    mut at: usize,
    to: usize,
    out: &mut [u32],
    mut found: usize,
) -> (usize, usize) {
    while at < to {
        let window = load(text, at);
        let mut candidate = look(filter, window);
        if candidate != 0 {
            candidate |= (at - from) as u32;
            if let Some(slot) = out.get_mut(found) {
                *slot = candidate;
                found += 1;
            }
        }
        at += match window as u8 {
            0xE0..=0xEF => 3,
            0..=0xBF => 1,
            0xC0..=0xDF => 2,
            _ => 4,
        };
    }
    (found, at)
}

/// What the filter says about the character at the low end of `window`.
#[inline(always)]
fn look(filter: &Filter<'_>, window: u64) -> u32 {
    let (place, bits) = filter_place(window_hash(window, filter.multipliers), filter.log);
    let word =
        filter.words.get(4 * place..).and_then(|rest| rest.first_chunk()).map_or(0, |&word| u32::from_le_bytes(word));
    let mut candidate = if word & bits == bits { LONG } else { 0 };
    if let Some(shorts) = filter.shorts {
        let is_set = |(place, bit): (usize, u32)| {
            let word = shorts.get(4 * place..).and_then(|rest| rest.first_chunk());
            word.map_or(0, |&word| u32::from_le_bytes(word)) >> bit & 1
        };
        candidate |= (is_set(short_place(window)) | is_set(head_place(window))) * SHORT;
    }
    candidate
}

/// One bit for each character of the Basic Multilingual Plane.
pub(crate) type Plane = [u64; 1024];

/// A set of characters, in the forms in which the paths look for them.
#[derive(Debug)]
pub(crate) struct Members {
    /// The set itself, without characters beyond the plane, which all belong to it.
    plane: Plane,
    /// What must be asked of a character, by the six low bits of its first byte `0xC0..=0xFF`: [`SURE`] if it is taken as it
    /// is, else the half of its row by a bit for two of them ([`half`]) and [`UPPER`] for the second one.
    leads: [u8; 64],
    /// Characters of one byte below this are taken as they are.
    below: u8,
    /// For two halves each: which groups of columns have members, by the second byte of the characters.
    rows: [[u8; 128]; HALVES / 2],
    /// For two halves each: the group of a column, one bit, by the third byte.
    columns: [[u8; 128]; HALVES / 2],
}

/// Set in [`Members::leads`] where characters are taken without a further question.
const SURE: u8 = 1 << 7;
/// Set in [`Members::leads`] for the second half of two.
const UPPER: u8 = 1 << 6;

impl Members {
    /// The set of the characters in `plane` and all beyond it. `columns` divides the 64 last bytes of characters of each half
    /// into eight groups: any division gives the same members, but the fewer frequent characters share row and group with
    /// one, the faster they are found.
    pub(crate) fn new(plane: Plane, columns: &[[u8; 64]; HALVES]) -> Self {
        let mut members = Members {
            leads: [0; 64],
            below: (0..0x80).rev().find(|&code| holds(&plane, code)).map_or(0, |last| last as u8 + 1),
            rows: [[0; 128]; HALVES / 2],
            columns: [[0; 128]; HALVES / 2],
            plane,
        };
        for (lead, class) in (0xC0..=0xFFu8).zip(&mut members.leads) {
            *class = match lead {
                0xC0..=0xDF if members.plane[usize::from(lead & 0x1F)] == 0 => 0,
                0xE0..=0xEF => 1 << (half(lead) / 2) | if half(lead) % 2 == 1 { UPPER } else { 0 },
                _ => SURE,
            };
        }
        for (half, groups) in columns.iter().enumerate() {
            for (column, group) in groups.iter().enumerate() {
                members.columns[half / 2][half % 2 * 64 + column] = 1 << (group & 7);
            }
        }
        for (row, &word) in members.plane.iter().enumerate().filter(|&(_, &word)| word != 0) {
            let half = half(0xE0 | (row >> 6) as u8);
            for column in (0..64).filter(|column| word >> column & 1 == 1) {
                members.rows[half / 2][half % 2 * 64 + row % 64] |= members.columns[half / 2][half % 2 * 64 + column];
            }
        }
        members
    }

    /// Whether `character` is one of them.
    #[inline]
    pub(crate) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        code >= 0x1_0000 || holds(&self.plane, code)
    }
}

/// Finds the characters of `text` that begin at `from..to` (`from` must begin one) and are members.
/// Their places relative to `from` are written to `out`; what is given and what `out` must hold is as with [`candidates`].
pub(crate) fn members(
    path: Path,
    members: &Members,
    text: &[u8],
    from: usize,
    to: usize,
    out: &mut [u32],
) -> (usize, usize) {
    let to = to.min(text.len());
    let room = out.len().saturating_sub(OVERSHOOT).min((PLACE as usize) - OVERSHOOT);
    assert!(from <= to && to - from <= room, "room for {} of {} bytes", room, to.saturating_sub(from));
    let plane = &members.plane;
    let (mut found, mut at) = match path {
        // SAFETY: the processor has what this path needs, for `paths` lists it; `out` has room, as was asserted, and no suspect is
        // among the last four bytes of the text.
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if paths().contains(&path) => unsafe {
            let (suspects, at) = x86::suspects_avx512(members, text, from, to, out);
            (x86::kept_avx512(plane, text, from, suspects, out), at)
        },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if paths().contains(&path) => unsafe { x86::members_avx2(plane, text, from, to, out) },
        _ => (0, from),
    };
    while at < to {
        let (is_member, length) = is_member(plane, load(text, at));
        if is_member && let Some(slot) = out.get_mut(found) {
            *slot = (at - from) as u32;
            found += 1;
        }
        at += length;
    }
    (found, at)
}

/// Whether the character at the low end of `window` is in `plane` or beyond it, and its length in bytes.
#[inline(always)]
fn is_member(plane: &Plane, window: u64) -> (bool, usize) {
    let window = window as u32;
    let lead = window & 0xFF;
    let of_three = (window & 0x0F) << 12 | (window >> 2 & 0xFC0) | window >> 16 & 0x3F;
    let of_two = (window & 0x1F) << 6 | window >> 8 & 0x3F;
    let (code, length) = match lead {
        0..=0xBF => (lead, 1),
        0xC0..=0xDF => (of_two, 2),
        0xE0..=0xEF => (of_three, 3),
        _ => return (true, 4),
    };
    (holds(plane, code), length)
}

/// Whether a plane has the bit of a character.
#[inline(always)]
fn holds(plane: &Plane, code: u32) -> bool {
    plane[(code >> 6) as usize] >> (code & 63) & 1 == 1
}

/// Which of eight numbers are equal to those at the same places, a bit for each.
#[inline(always)]
pub(crate) fn equal_lanes(one: &[u16; 8], two: &[u16; 8]) -> u32 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{
            _mm_cmpeq_epi16, _mm_loadu_si128, _mm_movemask_epi8, _mm_packs_epi16, _mm_setzero_si128,
        };
        // SAFETY: SSE2 is part of every x86-64, and either array has the sixteen bytes that a load without alignment reads.
        let equal = unsafe {
            let equal = _mm_cmpeq_epi16(_mm_loadu_si128(one.as_ptr().cast()), _mm_loadu_si128(two.as_ptr().cast()));
            _mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128()))
        };
        equal.cast_unsigned()
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    equal_lanes_portable(one, two)
}

#[cfg(any(test, not(all(target_arch = "x86_64", not(miri)))))]
fn equal_lanes_portable(one: &[u16; 8], two: &[u16; 8]) -> u32 {
    one.iter().zip(two).rev().fold(0, |bits, (one, two)| bits << 1 | u32::from(one == two))
}

/// Tells the processor that `items[at]` will be needed soon: the line of the cache in which it begins. No such item, no harm.
#[inline(always)]
pub(crate) fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint that never faults and changes no memory; `wrapping_add` makes no claim about the
        // address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(items.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (items, at);
}

mod grams;
mod window;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use grams::{BEYOND, Grams, LinkHash, Linked, ROOM, codes, grams, held, linked};
pub(crate) use window::{
    HALVES, HEAD, LOGS, SHORTS, WINDOW, filter_place, half, head_place, load, short_place, window_hash,
};
#[cfg(target_arch = "x86_64")]
use window::{HEAD_MULTIPLIER, SHORT_MULTIPLIER};

#[cfg(test)]
mod tests;
