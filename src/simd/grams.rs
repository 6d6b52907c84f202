//! Text as the numbers by which it counts in n-grams, and which of its 3-grams a filter has not.

use super::{OVERSHOOT, Path, paths};

/// Characters that a step of [`codes`] may write behind those it was asked for.
pub(crate) const ROOM: usize = 16;

/// Codes that [`grams`] may read behind the last 3-gram's first one: those of a whole word of 3-grams.
pub(crate) const BEYOND: usize = 66;

/// 64 3-grams that begin one after another, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Grams {
    /// Which say something and are not in the filter.
    pub(crate) unseen: u64,
    /// Which say something.
    pub(crate) telling: u64,
}

/// Writes the codes of the characters of `text` that begin at `from..to` to `out`: the number of a Han character, else 0. Gives
/// how many there are.
///
/// `from` and `to` must be borders of characters. `out` must have room for [`ROOM`] more than there are bytes; what is
/// behind the codes is left in any state.
pub(crate) fn codes(path: Path, text: &str, from: usize, to: usize, out: &mut [u32]) -> usize {
    let to = to.min(text.len());
    assert!(from <= to && out.len() >= to - from + ROOM, "room for {} of {} bytes", out.len(), to.saturating_sub(from));
    let bytes = text.as_bytes();
    let (mut number, mut at) = (0, from);
    while at < to {
        #[cfg(target_arch = "x86_64")]
        if path == Path::Avx512 && paths().contains(&path) {
            // SAFETY: the processor has what this path needs, for `paths` lists it; `out` has room for `ROOM` more numbers
            // than there are bytes between `at` and `to`, as was asserted: no character has less than a byte.
            let (written, next) = unsafe { x86::codes_avx512(bytes, at, to, &mut out[number..]) };
            number += written;
            at = next;
            if at >= to {
                break;
            }
        }
        // What vectors do not reach: the end of the text, and characters beyond the Basic Multilingual Plane.
        let (code, width) = match bytes[at..] {
            [lead, ..] if lead < 0x80 => (0, 1),
            [lead, second, third, ..] if lead & 0xF0 == 0xE0 => {
                let scalar = u32::from(lead & 0x0F) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                (if is_han(scalar) { scalar } else { 0 }, 3)
            }
            _ => {
                let character = text[at..].chars().next().unwrap_or_default();
                let scalar = u32::from(character);
                (if is_han(scalar) { scalar } else { 0 }, character.len_utf8())
            }
        };
        out[number] = code;
        number += 1;
        at += width;
    }
    number
}

#[inline]
fn is_han(scalar: u32) -> bool {
    (0x4E00..0xA000).contains(&scalar) || char::from_u32(scalar).is_some_and(crate::normalise::is_han)
}

/// Looks up the 3-grams that begin one after another in `codes`, 64 to a word: as many words as `out` has and as `codes` go on
/// for, [`BEYOND`] from the first code of each. Gives how many that were; none if the path has no vectors for it.
///
/// `words` are the words of 64 bits of a filter as `engine/filter.rs` writes it.
pub(crate) fn grams(path: Path, words: &[u8], codes: &[u32], out: &mut [Grams]) -> usize {
    let whole = codes.len().saturating_sub(BEYOND - 64) / 64;
    let number = whole.min(out.len());
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if paths().contains(&path) && (8..1 << 34).contains(&words.len()) => {
            // SAFETY: the processor has what this path needs, for `paths` lists it. There are 66 codes for each word, and
            // the filter has at least one word and fewer than 2³¹.
            unsafe { x86::grams_avx512(words, &codes[..(number * 64 + 2).min(codes.len())], &mut out[..number]) };
            number
        }
        _ => 0,
    }
}

const _: () = assert!(ROOM <= OVERSHOOT);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Grams;
    use crate::simd::x86::{NUMBERS, repeated};
    use std::arch::x86_64::*;

    /// Sixteen characters at a time, as in [`avx512`](crate::simd::x86::avx512). Stops before a character beyond the Basic
    /// Multilingual Plane and where fewer than 64 bytes of text are left; gives how many codes were written, and where.
    ///
    /// # Safety
    ///
    /// The processor must have the features below. `out` must have room for 16 more numbers than `to - from`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
    pub(super) unsafe fn codes_avx512(text: &[u8], from: usize, to: usize, out: &mut [u32]) -> (usize, usize) {
        // A character must end in the 64 bytes that were loaded.
        const REACH: u64 = (1 << 61) - 1;
        // SAFETY: reading 64 bytes of arrays of 64.
        let (numbers, picked) = unsafe {
            (
                _mm512_loadu_si512(NUMBERS.as_ptr().cast()),
                _mm512_loadu_si512(const { repeated::<64>([0, 1, 2, 0]) }.as_ptr().cast()),
            )
        };
        let number = |number: u32| _mm512_set1_epi32(number.cast_signed());
        let mut written = 0;
        let mut at = from;
        while at < to && at + 64 <= text.len() {
            // SAFETY: the 64 bytes from `at` on are inside `text`, by the loop's condition.
            let bytes = unsafe { _mm512_loadu_si512(text.as_ptr().add(at).cast()) };
            let mut starts = _mm512_cmpgt_epi8_mask(bytes, _mm512_set1_epi8(-65));
            // What begins at `to` or behind it is not asked for.
            let wanted = to - at;
            let inside = if wanted < 64 { (1u64 << wanted) - 1 } else { !0 };
            let outside = starts & !inside;
            starts &= inside;
            let near = starts & REACH;
            let places = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(near, numbers));
            let four = _mm512_shuffle_epi8(
                _mm512_cvtepu8_epi32(places),
                _mm512_set4_epi32(0x0C0C_0C0C, 0x0808_0808, 0x0404_0404, 0),
            );
            let three = _mm512_maskz_permutexvar_epi8(0x7777_7777_7777_7777, _mm512_add_epi8(four, picked), bytes);
            let lead = _mm512_and_si512(three, number(0xFF));
            let lanes = near.count_ones().min(16);
            let valid = ((1u32 << lanes) - 1) as __mmask16;
            let of_three = _mm512_cmpge_epu32_mask(lead, number(0xE0));
            let beyond = _mm512_mask_cmpge_epu32_mask(valid, lead, number(0xF0));
            let code = _mm512_or_si512(
                _mm512_slli_epi32::<12>(_mm512_and_si512(three, number(0x0F))),
                _mm512_or_si512(
                    _mm512_and_si512(_mm512_srli_epi32::<2>(three), number(0xFC0)),
                    _mm512_and_si512(_mm512_srli_epi32::<16>(three), number(0x3F)),
                ),
            );
            // Whether `first <= code < first + count`, as `normalise::is_han` has it.
            let within =
                |first: u32, count: u32| _mm512_cmplt_epu32_mask(_mm512_sub_epi32(code, number(first)), number(count));
            let han = within(0x4E00, 0x5200) | within(0x3400, 0x19C0) | within(0xF900, 0x200) | within(0x3007, 1);
            // SAFETY: at most one number was written for each byte up to `at`, so there is room for 16 more (see above).
            unsafe {
                _mm512_storeu_si512(out.as_mut_ptr().add(written).cast(), _mm512_maskz_mov_epi32(han & of_three, code));
            }
            let rest = _pdep_u64(!0 << 16, near) | (starts & !REACH) | outside;
            if beyond != 0 {
                let lane = beyond.trailing_zeros();
                written += lane as usize;
                at += _pdep_u64(1 << lane, near).trailing_zeros() as usize;
                break;
            }
            written += lanes as usize;
            // No character has more than four bytes, but the next may begin where these 64 end.
            at += (rest.trailing_zeros() as usize).min(64);
        }
        (written, at)
    }

    /// Looks up sixteen 3-grams at a time.
    ///
    /// # Safety
    ///
    /// The processor must have the features below. `codes` must have two more than 64 for each number of `out`; `words` must
    /// have at least 8 bytes, and fewer than 2³⁴.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
    pub(super) unsafe fn grams_avx512(words: &[u8], codes: &[u32], out: &mut [Grams]) {
        let number = _mm512_set1_epi64((words.len() / 8) as i64);
        let first = _mm512_set1_epi64(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
        let second = _mm512_set1_epi64(0xD6E8_FEB8_6659_FD93_u64.cast_signed());
        let one = _mm512_set1_epi64(1);
        for (word, out) in out.iter_mut().enumerate() {
            let mut grams = Grams::default();
            for step in 0..4 {
                let at = word * 64 + step * 16;
                // SAFETY: 18 codes from `at` on, which are among the 64 · (`word` + 1) + 2 that there are.
                let [one_of, two_of, three_of] =
                    unsafe { [0, 1, 2].map(|offset| _mm512_loadu_si512(codes.as_ptr().add(at + offset).cast())) };
                // The middle one is no border, and neither are both others.
                let tells = _mm512_test_epi32_mask(two_of, two_of) & {
                    let others = _mm512_or_si512(one_of, three_of);
                    _mm512_test_epi32_mask(others, others)
                };
                let mut missing = 0u16;
                for half in 0..2 {
                    let half_of = |all: __m512i| {
                        _mm512_cvtepu32_epi64(if half == 0 {
                            _mm512_castsi512_si256(all)
                        } else {
                            _mm512_extracti64x4_epi64::<1>(all)
                        })
                    };
                    // The rest is `ngram::key` and `filter::place`.
                    let key = _mm512_or_si512(
                        _mm512_slli_epi64::<42>(half_of(one_of)),
                        _mm512_or_si512(_mm512_slli_epi64::<21>(half_of(two_of)), half_of(three_of)),
                    );
                    let hash = _mm512_mullo_epi64(_mm512_xor_si512(key, _mm512_srli_epi64::<29>(key)), first);
                    let high = _mm512_srli_epi64::<32>(hash);
                    // The upper half of the product with the number of words, which has 32 bits.
                    let index = _mm512_srli_epi64::<32>(_mm512_add_epi64(
                        _mm512_mul_epu32(high, number),
                        _mm512_srli_epi64::<32>(_mm512_mul_epu32(hash, number)),
                    ));
                    let rest = _mm512_mullo_epi64(_mm512_xor_si512(hash, high), second);
                    let bits = _mm512_or_si512(
                        _mm512_or_si512(
                            _mm512_rolv_epi64(one, _mm512_srli_epi64::<58>(rest)),
                            _mm512_rolv_epi64(one, _mm512_srli_epi64::<52>(rest)),
                        ),
                        _mm512_or_si512(
                            _mm512_rolv_epi64(one, _mm512_srli_epi64::<46>(rest)),
                            _mm512_or_si512(
                                _mm512_rolv_epi64(one, _mm512_srli_epi64::<40>(rest)),
                                _mm512_rolv_epi64(one, _mm512_srli_epi64::<34>(rest)),
                            ),
                        ),
                    );
                    let wanted = (tells >> (8 * half)) as u8;
                    // SAFETY: an index is less than the number of words.
                    let found = unsafe { _mm512_mask_i64gather_epi64::<8>(bits, wanted, index, words.as_ptr().cast()) };
                    let absent = _mm512_andnot_si512(found, bits);
                    missing |= u16::from(_mm512_test_epi64_mask(absent, absent)) << (8 * half);
                }
                grams.telling |= u64::from(tells) << (16 * step);
                grams.unseen |= u64::from(tells & missing) << (16 * step);
            }
            *out = grams;
        }
    }
}
