//! The filter's inner loop, for every kind of processor: the one module that holds `unsafe` code.
//!
//! Everything that is exported is safe to call with any arguments. The vector paths are chosen when the program runs and
//! give exactly what [`portable`] gives, which the tests compare; `Path` lets them be told apart.

#![allow(unsafe_code)]

use std::sync::OnceLock;

/// Bytes of text that the filter looks at: the window that begins where a character does.
pub(super) const WINDOW: usize = 6;

/// What the first stage asks about each character of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter<'f> {
    /// Words of 32 bits, a power of two of them; those of a window that matters have both of its bits.
    words: &'f [u8],
    /// Base-2 logarithm of the number of words.
    log: u32,
    /// One bit for each hash of a character that a short literal begins with.
    shorts: Option<&'f [u8; SHORTS]>,
    multipliers: [u32; 2],
}

/// Bytes of the table of characters with which short literals begin.
pub(super) const SHORTS: usize = 1 << 13;

/// Least and greatest base-2 logarithm of the number of words of a filter.
pub(super) const LOGS: std::ops::RangeInclusive<u32> = 9..=22;

/// Set in a candidate whose window is in the filter.
pub(super) const LONG: u32 = 1 << 31;
/// Set in a candidate with whose character a short literal begins.
pub(super) const SHORT: u32 = 1 << 30;
/// The place of a candidate, relative to where the search began.
pub(super) const PLACE: u32 = SHORT - 1;

/// Bytes by which a step may go beyond the end it was given; so many candidates more it may find.
pub(super) const OVERSHOOT: usize = 64;

/// Multiplier of the hash of first characters.
const SHORT_MULTIPLIER: u32 = 0x9E37_79B1;

impl<'f> Filter<'f> {
    /// A filter over `words`; `None` if their number does not go with `log`.
    pub(super) fn new(
        words: &'f [u8],
        log: u32,
        shorts: Option<&'f [u8; SHORTS]>,
        multipliers: [u32; 2],
    ) -> Option<Self> {
        (LOGS.contains(&log) && words.len() == 4 << log).then_some(Filter { words, log, shorts, multipliers })
    }
}

/// Hash of the six bytes at the low end of `window`, read as a little-endian number.
#[inline]
pub(super) fn window_hash(window: u64, multipliers: [u32; 2]) -> u32 {
    // The last byte of each character tells most, so it has to reach every bit: it comes lowest.
    let window = window.swap_bytes() >> 16;
    (window as u32).wrapping_mul(multipliers[0]).wrapping_add(((window >> 24) as u32).wrapping_mul(multipliers[1]))
}

/// The word that a hash belongs to, and its two bits there.
#[inline]
pub(super) fn filter_place(hash: u32, log: u32) -> (usize, u32) {
    ((hash >> (32 - log)) as usize, 1 << (hash >> 8 & 31) | 1 << (hash >> 3 & 31))
}

/// The bit of the character that stands at the low end of `window` in the table of shorts.
#[inline]
pub(super) fn short_place(window: u64) -> (usize, u32) {
    // As much of the character as three bytes hold; what follows it must not count.
    let kept = match window as u8 {
        0..=0x7F => 0xFF,
        0x80..=0xDF => 0xFFFF,
        _ => 0xFF_FFFF,
    };
    let hash = (window as u32 & kept).wrapping_mul(SHORT_MULTIPLIER);
    ((hash >> 21) as usize, hash >> 16 & 31)
}

/// Eight bytes of `text` from `at` on as a little-endian number, with zeros beyond its end.
#[inline]
pub(super) fn load(text: &[u8], at: usize) -> u64 {
    if let Some(&bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        return u64::from_le_bytes(bytes);
    }
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Which instructions are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Path {
    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
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
pub(super) fn paths() -> &'static [Path] {
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
pub(super) fn best() -> Path {
    paths().last().copied().unwrap_or(Path::Portable)
}

/// Finds the characters of `text` that begin at `from..to` (`from` must begin one) and pass the filter. Their places
/// relative to `from`, with [`LONG`] and [`SHORT`], are written to `out`. Gives their number and the place of the first
/// character that was not looked at, which lies at `to` or up to [`OVERSHOOT`] bytes behind it.
///
/// `out` must have room for [`OVERSHOOT`] more than there are bytes, of which there may be [`PLACE`] at most.
pub(super) fn candidates(
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
        let (place, bit) = short_place(window);
        let word =
            shorts.get(4 * place..).and_then(|rest| rest.first_chunk()).map_or(0, |&word| u32::from_le_bytes(word));
        candidate |= (word >> bit & 1) * SHORT;
    }
    candidate
}

/// Tells the processor that `bytes[at]` will be needed soon. No such byte, no harm.
#[inline(always)]
pub(super) fn prefetch(bytes: &[u8], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint that never faults and changes no memory; `wrapping_add` makes no claim about the
        // address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, at);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Filter, LONG, SHORT, SHORT_MULTIPLIER};

    /// Bytes 0 to 63.
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut at = 0;
        while at < 64 {
            numbers[at] = at as u8;
            at += 1;
        }
        numbers
    };

    const fn repeated<const BYTES: usize>(four: [u8; 4]) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let mut at = 0;
        while at < BYTES {
            bytes[at] = four[at % 4];
            at += 1;
        }
        bytes
    }

    /// Sixteen characters at a time, whatever their lengths: the places of their first bytes are compressed out of the mask
    /// of all first bytes, and the windows picked by them.
    ///
    /// # Safety
    ///
    /// The processor must have the features below. `out` must have room for `OVERSHOOT` more numbers than `to - from`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
    pub(super) unsafe fn avx512<const WITH_SHORTS: bool>(
        filter: &Filter<'_>,
        text: &[u8],
        from: usize,
        to: usize,
        out: &mut [u32],
    ) -> (usize, usize) {
        // A window must end in the 64 bytes that were loaded.
        const REACH: u64 = (1 << 59) - 1;
        // SAFETY: reading 64 bytes of arrays of 64.
        let (numbers, low, high) = unsafe {
            (
                _mm512_loadu_si512(NUMBERS.as_ptr().cast()),
                _mm512_loadu_si512(const { repeated::<64>([5, 4, 3, 2]) }.as_ptr().cast()),
                _mm512_loadu_si512(const { repeated::<64>([2, 1, 0, 0]) }.as_ptr().cast()),
            )
        };
        let first = _mm512_set1_epi32(filter.multipliers[0].cast_signed());
        let second = _mm512_set1_epi32(filter.multipliers[1].cast_signed());
        let shift = _mm_cvtsi32_si128(32 - filter.log.cast_signed());
        let one = _mm512_set1_epi32(1);
        let continuation = _mm512_set1_epi8(-65);
        let mut found = 0;
        let mut at = from;
        while at < to && at + 64 <= text.len() {
            // SAFETY: the 64 bytes from `at` on are inside `text`, by the loop's condition.
            let bytes = unsafe { _mm512_loadu_si512(text.as_ptr().add(at).cast()) };
            // First bytes are all but 10xxxxxx.
            let starts = _mm512_cmpgt_epi8_mask(bytes, continuation);
            let near = starts & REACH;
            let lanes = near.count_ones().min(16);
            let places = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(near, numbers));
            let places = _mm512_cvtepu8_epi32(places);
            // Each place four times, plus what each byte of a number is to be.
            let four = _mm512_shuffle_epi8(places, _mm512_set4_epi32(0x0C0C_0C0C, 0x0808_0808, 0x0404_0404, 0));
            let x = _mm512_permutexvar_epi8(_mm512_add_epi8(four, low), bytes);
            let y = _mm512_maskz_permutexvar_epi8(0x7777_7777_7777_7777, _mm512_add_epi8(four, high), bytes);
            let hash = _mm512_add_epi32(_mm512_mullo_epi32(x, first), _mm512_mullo_epi32(y, second));
            // SAFETY: an index has `log` bits, and the filter has that many words, which `Filter::new` made sure of.
            let words =
                unsafe { _mm512_i32gather_epi32::<4>(_mm512_srl_epi32(hash, shift), filter.words.as_ptr().cast()) };
            let bits = _mm512_or_si512(
                _mm512_rolv_epi32(one, _mm512_srli_epi32::<8>(hash)),
                _mm512_rolv_epi32(one, _mm512_srli_epi32::<3>(hash)),
            );
            let valid = ((1u32 << lanes) - 1) as __mmask16;
            let missing = _mm512_andnot_si512(words, bits);
            let long = _mm512_mask_testn_epi32_mask(valid, missing, missing);
            let mut places = _mm512_add_epi32(places, _mm512_set1_epi32((at - from) as i32));
            let mut hits = long;
            if WITH_SHORTS && let Some(table) = filter.shorts {
                let short = _mm512_and_si512(short_bits_512(bytes, four, table), _mm512_set1_epi32(1));
                let short = _mm512_mask_test_epi32_mask(valid, short, short);
                places = _mm512_mask_or_epi32(places, short, places, _mm512_set1_epi32(SHORT.cast_signed()));
                places = _mm512_mask_or_epi32(places, long, places, _mm512_set1_epi32(LONG.cast_signed()));
                hits |= short;
            } else {
                places = _mm512_or_si512(places, _mm512_set1_epi32(LONG.cast_signed()));
            }
            // SAFETY: at most one number was found for each byte up to `at`, so there is room for 16 more (see above).
            unsafe {
                _mm512_storeu_si512(out.as_mut_ptr().add(found).cast(), _mm512_maskz_compress_epi32(hits, places));
            }
            found += hits.count_ones() as usize;
            // The first start after the last one that was looked at: the seventeenth, or that beyond the reach. No
            // character has more than four bytes, so there is one among the last five.
            let rest = _pdep_u64(!0 << 16, near) | (starts & !REACH);
            at += (rest.trailing_zeros() as usize).min(64);
        }
        (found, at)
    }

    /// In the lowest bit of each number whether the character at that place begins a short literal.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
    fn short_bits_512(bytes: __m512i, four: __m512i, table: &[u8; super::SHORTS]) -> __m512i {
        // SAFETY: reading 64 bytes of an array of 64.
        let picked = unsafe { _mm512_loadu_si512(const { repeated::<64>([0, 1, 2, 0]) }.as_ptr().cast()) };
        let three = _mm512_maskz_permutexvar_epi8(0x7777_7777_7777_7777, _mm512_add_epi8(four, picked), bytes);
        // What follows a character of one or two bytes does not count.
        let lead = _mm512_and_si512(three, _mm512_set1_epi32(0xFF));
        let ascii = _mm512_cmplt_epu32_mask(lead, _mm512_set1_epi32(0x80));
        let two = _mm512_cmplt_epu32_mask(lead, _mm512_set1_epi32(0xE0));
        let kept = _mm512_mask_and_epi32(three, two, three, _mm512_set1_epi32(0xFFFF));
        let kept = _mm512_mask_and_epi32(kept, ascii, three, _mm512_set1_epi32(0xFF));
        let hash = _mm512_mullo_epi32(kept, _mm512_set1_epi32(SHORT_MULTIPLIER.cast_signed()));
        // SAFETY: an index has 11 bits, and the table has that many words of four bytes.
        let words = unsafe { _mm512_i32gather_epi32::<4>(_mm512_srli_epi32::<21>(hash), table.as_ptr().cast()) };
        _mm512_srlv_epi32(words, _mm512_and_si512(_mm512_srli_epi32::<16>(hash), _mm512_set1_epi32(31)))
    }

    /// Eight characters at a time where they have three bytes each, one at a time elsewhere.
    ///
    /// # Safety
    ///
    /// The processor must have AVX2. `out` must have room for `OVERSHOOT` more numbers than `to - from`.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2<const WITH_SHORTS: bool>(
        filter: &Filter<'_>,
        text: &[u8],
        from: usize,
        to: usize,
        out: &mut [u32],
    ) -> (usize, usize) {
        let spread = |four: [i8; 4]| {
            let mut bytes = [0i8; 16];
            for (lane, group) in bytes.chunks_exact_mut(4).enumerate() {
                for (slot, offset) in group.iter_mut().zip(four) {
                    *slot = if offset < 0 { -1 } else { offset + 3 * lane as i8 };
                }
            }
            // SAFETY: reading 16 bytes of an array of 16.
            _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
        };
        let (low, high) = (spread([5, 4, 3, 2]), spread([2, 1, 0, -1]));
        let three = spread([0, 1, 2, -1]);
        let first = _mm256_set1_epi32(filter.multipliers[0].cast_signed());
        let second = _mm256_set1_epi32(filter.multipliers[1].cast_signed());
        let shift = _mm_cvtsi32_si128(32 - filter.log.cast_signed());
        let continuation = _mm256_set1_epi8(-65);
        let (one, five) = (_mm256_set1_epi32(1), _mm256_set1_epi32(31));
        let mut found = 0;
        let mut at = from;
        while at < to && at + 64 <= text.len() {
            // SAFETY: the 32 bytes from `at` on are inside `text`, by the loop's condition.
            let block = unsafe { _mm256_loadu_si256(text.as_ptr().add(at).cast()) };
            let starts = _mm256_movemask_epi8(_mm256_cmpgt_epi8(block, continuation)).cast_unsigned();
            // The ninth character must begin where the eighth ends.
            if starts & 0x1FF_FFFF != 0x124_9249 {
                // One at a time, up to where the eight may begin anew.
                let mut rest = starts & 0xFF_FFFF;
                while rest != 0 {
                    let place = at + rest.trailing_zeros() as usize;
                    let candidate = super::look(filter, super::load(text, place));
                    // SAFETY: at most one number was found for each byte, so there is room (see above).
                    unsafe { *out.get_unchecked_mut(found) = candidate | (place - from) as u32 };
                    found += usize::from(candidate != 0);
                    rest &= rest - 1;
                }
                let next = (starts & !0xFF_FFFF).trailing_zeros() as usize;
                at += next.min(32);
                continue;
            }
            // Four characters to each half.
            // SAFETY: 28 of the 64 bytes from `at` on.
            let bytes = unsafe {
                let start = text.as_ptr().add(at);
                _mm256_inserti128_si256::<1>(
                    _mm256_castsi128_si256(_mm_loadu_si128(start.cast())),
                    _mm_loadu_si128(start.add(12).cast()),
                )
            };
            let x = _mm256_shuffle_epi8(bytes, low);
            let y = _mm256_shuffle_epi8(bytes, high);
            let hash = _mm256_add_epi32(_mm256_mullo_epi32(x, first), _mm256_mullo_epi32(y, second));
            // SAFETY: an index has `log` bits, and the filter has that many words, which `Filter::new` made sure of.
            let words =
                unsafe { _mm256_i32gather_epi32::<4>(filter.words.as_ptr().cast(), _mm256_srl_epi32(hash, shift)) };
            let both = _mm256_and_si256(
                _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<8>(hash), five)),
                _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<3>(hash), five)),
            );
            // In the sign of each number.
            let long = _mm256_slli_epi32::<31>(both);
            let mut hits = _mm256_movemask_ps(_mm256_castsi256_ps(long)).cast_unsigned();
            let longs = hits;
            let mut shorts = 0;
            if WITH_SHORTS && let Some(table) = filter.shorts {
                let code = _mm256_shuffle_epi8(bytes, three);
                let hash = _mm256_mullo_epi32(code, _mm256_set1_epi32(SHORT_MULTIPLIER.cast_signed()));
                // SAFETY: an index has 11 bits, and the table has that many words of four bytes.
                let words =
                    unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), _mm256_srli_epi32::<21>(hash)) };
                let bit = _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<16>(hash), five));
                let bit = _mm256_slli_epi32::<31>(_mm256_and_si256(bit, one));
                shorts = _mm256_movemask_ps(_mm256_castsi256_ps(bit)).cast_unsigned();
                hits |= shorts;
            }
            while hits != 0 {
                let lane = hits.trailing_zeros();
                let flags = (longs >> lane & 1) * LONG | (shorts >> lane & 1) * SHORT;
                // SAFETY: at most one number was found for each byte, so there is room (see above).
                unsafe { *out.get_unchecked_mut(found) = flags | ((at - from) as u32 + 3 * lane) };
                found += 1;
                hits &= hits - 1;
            }
            at += 24;
        }
        (found, at)
    }
}
