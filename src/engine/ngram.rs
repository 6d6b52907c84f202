//! Keys of 3-grams. The tool that counts reference text uses this file too.

use crate::normalise::is_han;

/// The code by which `character` counts in an n-gram: its own if it is a Han character, else that of a border.
pub(crate) fn code(character: char) -> u32 {
    if is_han(character) { character as u32 } else { 0 }
}

/// The key of three neighbouring codes.
#[inline]
pub(crate) fn key(codes: [u32; 3]) -> u64 {
    codes.iter().fold(0, |key, &code| key << 21 | u64::from(code))
}

/// The codes that have this [`key`].
#[inline]
#[allow(dead_code, reason = "the build script and the tool that counts have no use for it")]
pub(crate) fn codes(key: u64) -> [u32; 3] {
    [42, 21, 0].map(|shift| (key >> shift & 0x1F_FFFF) as u32)
}

/// Whether three codes are not worth counting: one character between borders, or a border between two characters.
#[inline]
pub(crate) fn says_nothing(codes: [u32; 3]) -> bool {
    codes[1] == 0 || (codes[0] == 0 && codes[2] == 0)
}

/// The key of a gap at place `at` of four neighbouring characters, by the other three. No form has characters beyond the
/// Basic Multilingual Plane; all of those count as one.
#[inline]
pub(crate) fn gap_key(others: [u32; 3], at: usize) -> u64 {
    others.iter().fold(0, |key, &code| key << 16 | u64::from(code.min(0xFFFF))) << 2 | at as u64
}

/// The key of a word of two characters of which one is known, the first if `first`, and the other sounds like `group`.
#[inline]
pub(crate) fn sound_key(known: u32, first: bool, group: u16) -> u64 {
    u64::from(first) << 40 | u64::from(known) << 16 | u64::from(group)
}

/// The key of a word of two characters of which one is known, the first if `first`, and the other looks like `seeming`.
#[inline]
pub(crate) fn shape_key(known: u32, first: bool, seeming: u32) -> u64 {
    u64::from(first) << 42 | u64::from(known) << 21 | u64::from(seeming)
}

/// The key of two neighbouring characters.
#[inline]
pub(crate) fn pair_key(one: u32, two: u32) -> u64 {
    u64::from(one) << 21 | u64::from(two)
}

/// Slots of the table of pairs, a power of two; two to a byte, the even one in the low half.
pub(crate) const PAIR_SLOTS: usize = 1 << 19;

/// What the table of pairs has for a pair that was not seen.
pub(crate) const UNSEEN_PAIR: u8 = 15;

/// The slot of two neighbouring characters. Others may have the same one; it tells of the most frequent of them.
pub(crate) fn pair_slot(one: char, two: char) -> usize {
    let hash = (one as u32).wrapping_mul(0x9E37_79B1).wrapping_add((two as u32).wrapping_mul(0x85EB_CA77));
    (hash >> (32 - PAIR_SLOTS.ilog2())) as usize
}
