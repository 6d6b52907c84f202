//! What the first stage of the literal pass looks at: windows of text, their hashes and the places of these in a filter. The
//! build script fills filters with this file, too.

/// Bytes of text that the filter looks at: the window that begins where a character does.
pub(crate) const WINDOW: usize = 6;

/// Bytes of the table of what short literals begin with.
pub(crate) const SHORTS: usize = 1 << 13;

/// Least and greatest base-2 logarithm of the number of words of a filter.
pub(crate) const LOGS: std::ops::RangeInclusive<u32> = 9..=22;

/// Multiplier of the hash of first characters.
pub(crate) const SHORT_MULTIPLIER: u32 = 0x9E37_79B1;

/// Bytes by which longer ones of the short literals are known: a character more than the first, or part of it.
pub(crate) const HEAD: usize = 4;

/// Multiplier of the hash of the first [`HEAD`] bytes.
pub(crate) const HEAD_MULTIPLIER: u32 = 0x85EB_CA77;

/// Hash of the six bytes at the low end of `window`, read as a little-endian number.
#[inline]
pub(crate) fn window_hash(window: u64, multipliers: [u32; 2]) -> u32 {
    // The last byte of each character tells most, so it has to reach every bit: it comes lowest.
    let window = window.swap_bytes() >> 16;
    (window as u32).wrapping_mul(multipliers[0]).wrapping_add(((window >> 24) as u32).wrapping_mul(multipliers[1]))
}

/// The word that a hash belongs to, and its two bits there.
#[inline]
pub(crate) fn filter_place(hash: u32, log: u32) -> (usize, u32) {
    ((hash >> (32 - log)) as usize, 1 << (hash >> 8 & 31) | 1 << (hash >> 3 & 31))
}

/// The bit of the character that stands at the low end of `window` in the table of shorts.
#[inline]
pub(crate) fn short_place(window: u64) -> (usize, u32) {
    // As much of the character as three bytes hold; what follows it must not count.
    let kept = match window as u8 {
        0..=0x7F => 0xFF,
        0x80..=0xDF => 0xFFFF,
        _ => 0xFF_FFFF,
    };
    let hash = (window as u32 & kept).wrapping_mul(SHORT_MULTIPLIER);
    ((hash >> 21) as usize, hash >> 16 & 31)
}

/// The bit of the [`HEAD`] bytes at the low end of `window` in the table of shorts.
#[inline]
pub(crate) fn head_place(window: u64) -> (usize, u32) {
    let hash = (window as u32).wrapping_mul(HEAD_MULTIPLIER);
    ((hash >> 21) as usize, hash >> 16 & 31)
}

/// Sets of rows – the 64 characters of three bytes that have the first two in common – that are told apart by one division
/// of their last bytes.
pub(crate) const HALVES: usize = 8;

/// Which of the [`HALVES`] the rows belong to whose characters begin with `lead`, `0xE0..=0xEF`. Unified ideographs have a half
/// for each first byte; the others share two.
pub(crate) const fn half(lead: u8) -> usize {
    match lead {
        0xE4..=0xE9 => lead as usize - 0xE2,
        0xE3 | 0xEF => 1,
        _ => 0,
    }
}

/// Eight bytes of `text` from `at` on as a little-endian number, with zeros beyond its end.
#[inline]
pub(crate) fn load(text: &[u8], at: usize) -> u64 {
    if let Some(&bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        return u64::from_le_bytes(bytes);
    }
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}
