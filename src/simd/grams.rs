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
    /// Whose first code is a Han character.
    pub(crate) han: u64,
    /// Whose first two codes are equal.
    pub(crate) doubled: u64,
}

/// How 64 pairs of neighbouring codes that begin one after another stand in forms, as bits (`engine/wording.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Linked {
    /// Which stand next to each other in a form.
    pub(crate) adjacent: u64,
    /// Which do so in an idiom or a registered form.
    pub(crate) adjacent_sure: u64,
    /// Which have one other between them in a form.
    pub(crate) apart: u64,
    /// Which do so in an idiom or a registered form.
    pub(crate) apart_sure: u64,
}

/// The slot of a pair of codes: the sum of each by its multiplier, shifted by so many bits to the right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkHash {
    pub(crate) multipliers: [u32; 2],
    pub(crate) shift: u32,
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
        let (written, next) = match path {
            // SAFETY: the processor has what this path needs, for `paths` lists it; `out` has room for `ROOM` more numbers
            // than there are bytes between `at` and `to`, as was asserted: no character has less than a byte.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 if paths().contains(&path) => unsafe { x86::codes_avx512(bytes, at, to, &mut out[number..]) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 if paths().contains(&path) => unsafe { x86::codes_avx2(bytes, at, to, &mut out[number..]) },
            _ => (0, at),
        };
        number += written;
        at = next;
        if at >= to {
            break;
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
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if paths().contains(&path) && (8..1 << 34).contains(&words.len()) => {
            // SAFETY: as above.
            unsafe { x86::grams_avx2(words, &codes[..(number * 64 + 2).min(codes.len())], &mut out[..number]) };
            number
        }
        _ => 0,
    }
}

/// Looks up `keys` in a filter as `engine/filter.rs` writes it, given by its words of 64 bits: of each 64 keys one number of
/// `out`, with a bit for each key that the filter holds. Gives how many numbers that are; none if the path has no vectors for it.
pub(crate) fn held(path: Path, words: &[u8], keys: &[[u64; 64]], out: &mut [u64]) -> usize {
    let number = keys.len().min(out.len());
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if paths().contains(&path) && (8..1 << 34).contains(&words.len()) => {
            // SAFETY: the processor has what this path needs, for `paths` lists it; the filter has at least one word and fewer
            // than 2³¹.
            unsafe { x86::held_avx512(words, keys, &mut out[..number]) };
            number
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if paths().contains(&path) && (8..1 << 34).contains(&words.len()) => {
            // SAFETY: as above.
            unsafe { x86::held_avx2(words, keys, &mut out[..number]) };
            number
        }
        _ => 0,
    }
}

/// Looks up the pairs of codes that begin one after another in `codes`, 64 to a word: as many words as `out` has and as `codes`
/// go on for, 65 from the first code of each. Gives how many that were; none if the path has no vectors for it.
///
/// `table` has half a byte for each slot, the even one in the low half, and three bytes behind them.
pub(crate) fn linked(path: Path, table: &[u8], hash: LinkHash, codes: &[u32], out: &mut [Linked]) -> usize {
    let number = (codes.len().saturating_sub(1) / 64).min(out.len());
    let whole = (1..32).contains(&hash.shift) && table.len() == (1 << (31 - hash.shift)) + 3;
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if paths().contains(&path) && whole && number > 0 => {
            // SAFETY: the processor has what this path needs, for `paths` lists it. There are 65 codes for each word, and the
            // table has four bytes from the byte of each slot on.
            unsafe { x86::linked_avx512(table, hash, &codes[..number * 64 + 1], &mut out[..number]) };
            number
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if paths().contains(&path) && whole && number > 0 => {
            // SAFETY: as above.
            unsafe { x86::linked_avx2(table, hash, &codes[..number * 64 + 1], &mut out[..number]) };
            number
        }
        _ => 0,
    }
}

const _: () = assert!(ROOM <= OVERSHOOT);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Grams, LinkHash, Linked};
    use crate::simd::x86::{Eight, NUMBERS, eight, repeated};
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

    /// Sixteen pairs at a time.
    ///
    /// # Safety
    ///
    /// The processor must have the features below; there must be 64 codes for each number of `out` and one more, and
    /// four bytes from half of each slot of `hash` on in `table`.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
    pub(super) unsafe fn linked_avx512(table: &[u8], hash: LinkHash, codes: &[u32], out: &mut [Linked]) {
        let LinkHash { multipliers: [first, second], shift } = hash;
        let number = |number: u32| _mm512_set1_epi32(number.cast_signed());
        for (word, out) in out.iter_mut().enumerate() {
            let mut masks = [0u64; 4];
            for step in 0..4 {
                let at = word * 64 + step * 16;
                // SAFETY: both vectors end at code `64 * word + 65` at the latest.
                let (one, two) = unsafe {
                    (
                        _mm512_loadu_si512(codes.as_ptr().add(at).cast()),
                        _mm512_loadu_si512(codes.as_ptr().add(at + 1).cast()),
                    )
                };
                let sum =
                    _mm512_add_epi32(_mm512_mullo_epi32(one, number(first)), _mm512_mullo_epi32(two, number(second)));
                let slot = _mm512_srl_epi32(sum, _mm_cvtsi32_si128(shift.cast_signed()));
                // SAFETY: a slot has fewer bits than there are half bytes; three more bytes are behind the last one.
                let four = unsafe { _mm512_i32gather_epi32::<1>(_mm512_srli_epi32::<1>(slot), table.as_ptr().cast()) };
                let half = _mm512_srlv_epi32(four, _mm512_slli_epi32::<2>(_mm512_and_si512(slot, number(1))));
                for (bit, mask) in masks.iter_mut().enumerate() {
                    *mask |= u64::from(_mm512_test_epi32_mask(half, number(1 << bit))) << (16 * step);
                }
            }
            let [adjacent, adjacent_sure, apart, apart_sure] = masks;
            *out = Linked { adjacent, adjacent_sure, apart, apart_sure };
        }
    }

    /// What a look-up needs besides keys.
    struct Words<'w> {
        words: &'w [u8],
        number: __m512i,
        multipliers: [__m512i; 2],
        one: __m512i,
    }

    impl<'w> Words<'w> {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
        fn new(words: &'w [u8]) -> Self {
            Words {
                words,
                number: _mm512_set1_epi64((words.len() / 8) as i64),
                multipliers: [
                    _mm512_set1_epi64(0x9E37_79B9_7F4A_7C15_u64.cast_signed()),
                    _mm512_set1_epi64(0xD6E8_FEB8_6659_FD93_u64.cast_signed()),
                ],
                one: _mm512_set1_epi64(1),
            }
        }

        /// Which of the `wanted` ones of eight keys the filter has not, as `filter::place` says.
        ///
        /// # Safety
        ///
        /// There must be at least one word and fewer than 2³¹.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
        unsafe fn absent(&self, key: __m512i, wanted: u8) -> u8 {
            let hash = _mm512_mullo_epi64(_mm512_xor_si512(key, _mm512_srli_epi64::<29>(key)), self.multipliers[0]);
            let high = _mm512_srli_epi64::<32>(hash);
            // The upper half of the product with the number of words, which has 32 bits.
            let index = _mm512_srli_epi64::<32>(_mm512_add_epi64(
                _mm512_mul_epu32(high, self.number),
                _mm512_srli_epi64::<32>(_mm512_mul_epu32(hash, self.number)),
            ));
            let rest = _mm512_mullo_epi64(_mm512_xor_si512(hash, high), self.multipliers[1]);
            let bits = _mm512_or_si512(
                _mm512_or_si512(
                    _mm512_rolv_epi64(self.one, _mm512_srli_epi64::<58>(rest)),
                    _mm512_rolv_epi64(self.one, _mm512_srli_epi64::<52>(rest)),
                ),
                _mm512_or_si512(
                    _mm512_rolv_epi64(self.one, _mm512_srli_epi64::<46>(rest)),
                    _mm512_or_si512(
                        _mm512_rolv_epi64(self.one, _mm512_srli_epi64::<40>(rest)),
                        _mm512_rolv_epi64(self.one, _mm512_srli_epi64::<34>(rest)),
                    ),
                ),
            );
            // SAFETY: an index is less than the number of words.
            let found = unsafe { _mm512_mask_i64gather_epi64::<8>(bits, wanted, index, self.words.as_ptr().cast()) };
            let absent = _mm512_andnot_si512(found, bits);
            _mm512_test_epi64_mask(absent, absent)
        }
    }

    /// Looks up eight keys at a time.
    ///
    /// # Safety
    ///
    /// The processor must have the features below; `words` must have at least 8 bytes, and fewer than 2³⁴.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
    pub(super) unsafe fn held_avx512(words: &[u8], keys: &[[u64; 64]], out: &mut [u64]) {
        let words = Words::new(words);
        for (keys, out) in keys.iter().zip(out) {
            *out = 0;
            for (step, keys) in keys.as_chunks::<8>().0.iter().enumerate() {
                // SAFETY: reading 64 bytes of an array of 64; the words are as many as the caller promises.
                let absent = unsafe { words.absent(_mm512_loadu_si512(keys.as_ptr().cast()), !0) };
                *out |= u64::from(!absent) << (8 * step);
            }
        }
    }

    /// Looks up sixteen 3-grams at a time.
    ///
    /// # Safety
    ///
    /// The processor must have the features below. `codes` must have two more than 64 for each number of `out`; `words` must
    /// have at least 8 bytes, and fewer than 2³⁴.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
    pub(super) unsafe fn grams_avx512(words: &[u8], codes: &[u32], out: &mut [Grams]) {
        let words = Words::new(words);
        for (word, out) in out.iter_mut().enumerate() {
            let mut grams = Grams::default();
            for step in 0..4 {
                let at = word * 64 + step * 16;
                // SAFETY: 18 codes from `at` on, which are among the 64 · (`word` + 1) + 2 that there are.
                let (one_of, two_of, three_of) = unsafe {
                    let from = codes.as_ptr().add(at);
                    (
                        _mm512_loadu_si512(from.cast()),
                        _mm512_loadu_si512(from.add(1).cast()),
                        _mm512_loadu_si512(from.add(2).cast()),
                    )
                };
                // The middle one is no border, and neither are both others.
                let tells = _mm512_test_epi32_mask(two_of, two_of) & {
                    let others = _mm512_or_si512(one_of, three_of);
                    _mm512_test_epi32_mask(others, others)
                };
                // SAFETY: the words are as many as the caller promises.
                let (low, high) = unsafe {
                    (
                        words.absent(keys(lower(one_of), lower(two_of), lower(three_of)), tells as u8),
                        words.absent(keys(upper(one_of), upper(two_of), upper(three_of)), (tells >> 8) as u8),
                    )
                };
                let missing = u16::from(low) | u16::from(high) << 8;
                grams.telling |= u64::from(tells) << (16 * step);
                grams.han |= u64::from(_mm512_test_epi32_mask(one_of, one_of)) << (16 * step);
                grams.doubled |= u64::from(_mm512_cmpeq_epi32_mask(one_of, two_of)) << (16 * step);
                grams.unseen |= u64::from(tells & missing) << (16 * step);
            }
            *out = grams;
        }
    }

    /// The first eight of sixteen numbers.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn lower(all: __m512i) -> __m512i {
        _mm512_cvtepu32_epi64(_mm512_castsi512_si256(all))
    }

    /// The last eight of sixteen numbers.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn upper(all: __m512i) -> __m512i {
        _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64::<1>(all))
    }

    /// The keys of eight 3-grams, as `ngram::key` has them.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn keys(one: __m512i, two: __m512i, three: __m512i) -> __m512i {
        let both = _mm512_or_si512(_mm512_slli_epi64::<42>(one), _mm512_slli_epi64::<21>(two));
        _mm512_or_si512(both, three)
    }

    /// The same as [`codes_avx512`], eight characters at a time; stops before eight characters of which one is beyond the Basic
    /// Multilingual Plane.
    ///
    /// # Safety
    ///
    /// The processor must have AVX2. `out` must have room for 16 more numbers than `to - from`.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn codes_avx2(text: &[u8], from: usize, to: usize, out: &mut [u32]) -> (usize, usize) {
        let number = |number: u32| _mm256_set1_epi32(number.cast_signed());
        // Whether each number is less than another one, without a sign.
        let below =
            |numbers: __m256i, end: u32| _mm256_cmpeq_epi32(_mm256_min_epu32(numbers, number(end - 1)), numbers);
        let (mut written, mut at) = (0, from);
        while at < to && at + 64 <= text.len() {
            // SAFETY: by the loop's condition.
            let Eight { heads, places, valid, length } = unsafe { eight(text, at) };
            let lead = _mm256_and_si256(heads, number(0xFF));
            let short = below(lead, 0xE0);
            let beyond = signs(_mm256_andnot_si256(below(lead, 0xF0), number(!0)));
            if beyond & valid != 0 {
                break;
            }
            let code = _mm256_or_si256(
                _mm256_slli_epi32::<12>(_mm256_and_si256(heads, number(0x0F))),
                _mm256_or_si256(
                    _mm256_and_si256(_mm256_srli_epi32::<2>(heads), number(0xFC0)),
                    _mm256_and_si256(_mm256_srli_epi32::<16>(heads), number(0x3F)),
                ),
            );
            // As `normalise::is_han` has it.
            let within = |first: u32, count: u32| below(_mm256_sub_epi32(code, number(first)), count);
            let han = _mm256_or_si256(
                _mm256_or_si256(within(0x4E00, 0x5200), within(0x3400, 0x19C0)),
                _mm256_or_si256(within(0xF900, 0x200), within(0x3007, 1)),
            );
            let code = _mm256_and_si256(code, _mm256_andnot_si256(short, han));
            // SAFETY: at most one number was written for each byte up to `at`, so there is room for 16 more (see above).
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(written).cast(), code) };
            if at + length > to {
                // What begins at `to` or behind it is not asked for.
                written += places
                    .to_le_bytes()
                    .into_iter()
                    .filter(|&place| at + usize::from(place) < to)
                    .count()
                    .min(valid.count_ones() as usize);
                return (written, to);
            }
            written += valid.count_ones() as usize;
            at += length;
        }
        (written, at)
    }

    /// The sign of each of eight numbers.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn signs(numbers: __m256i) -> u32 {
        _mm256_movemask_ps(_mm256_castsi256_ps(numbers)).cast_unsigned()
    }

    /// What a look-up of four keys needs besides them.
    struct HalfWords<'w> {
        words: &'w [u8],
        number: __m256i,
        multipliers: [__m256i; 2],
        one: __m256i,
    }

    impl<'w> HalfWords<'w> {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn new(words: &'w [u8]) -> Self {
            HalfWords {
                words,
                number: _mm256_set1_epi64x((words.len() / 8) as i64),
                multipliers: [
                    _mm256_set1_epi64x(0x9E37_79B9_7F4A_7C15_u64.cast_signed()),
                    _mm256_set1_epi64x(0xD6E8_FEB8_6659_FD93_u64.cast_signed()),
                ],
                one: _mm256_set1_epi64x(1),
            }
        }

        /// Which of four keys the filter has not, as `filter::place` says.
        ///
        /// # Safety
        ///
        /// There must be at least one word and fewer than 2³¹.
        #[inline]
        #[target_feature(enable = "avx2")]
        unsafe fn absent(&self, key: __m256i) -> u32 {
            let hash = product(_mm256_xor_si256(key, _mm256_srli_epi64::<29>(key)), self.multipliers[0]);
            let high = _mm256_srli_epi64::<32>(hash);
            // The upper half of the product with the number of words, which has 32 bits.
            let index = _mm256_srli_epi64::<32>(_mm256_add_epi64(
                _mm256_mul_epu32(high, self.number),
                _mm256_srli_epi64::<32>(_mm256_mul_epu32(hash, self.number)),
            ));
            let rest = product(_mm256_xor_si256(hash, high), self.multipliers[1]);
            let bit = |shifted: __m256i| _mm256_sllv_epi64(self.one, _mm256_and_si256(shifted, _mm256_set1_epi64x(63)));
            let bits = _mm256_or_si256(
                _mm256_or_si256(bit(_mm256_srli_epi64::<58>(rest)), bit(_mm256_srli_epi64::<52>(rest))),
                _mm256_or_si256(
                    bit(_mm256_srli_epi64::<46>(rest)),
                    _mm256_or_si256(bit(_mm256_srli_epi64::<40>(rest)), bit(_mm256_srli_epi64::<34>(rest))),
                ),
            );
            // SAFETY: an index is less than the number of words.
            let found = unsafe { _mm256_i64gather_epi64::<8>(self.words.as_ptr().cast(), index) };
            let present = _mm256_cmpeq_epi64(_mm256_andnot_si256(found, bits), _mm256_setzero_si256());
            !_mm256_movemask_pd(_mm256_castsi256_pd(present)).cast_unsigned() & 15
        }
    }

    /// The lower halves of four products.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn product(one: __m256i, two: __m256i) -> __m256i {
        let crossed = _mm256_add_epi64(
            _mm256_mul_epu32(_mm256_srli_epi64::<32>(one), two),
            _mm256_mul_epu32(one, _mm256_srli_epi64::<32>(two)),
        );
        _mm256_add_epi64(_mm256_mul_epu32(one, two), _mm256_slli_epi64::<32>(crossed))
    }

    /// Looks up four keys at a time.
    ///
    /// # Safety
    ///
    /// The processor must have AVX2; `words` must have at least 8 bytes, and fewer than 2³⁴.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn held_avx2(words: &[u8], keys: &[[u64; 64]], out: &mut [u64]) {
        let words = HalfWords::new(words);
        for (keys, out) in keys.iter().zip(out) {
            *out = 0;
            for (step, keys) in keys.as_chunks::<4>().0.iter().enumerate() {
                // SAFETY: reading 32 bytes of an array of 32; the words are as many as the caller promises.
                let absent = unsafe { words.absent(_mm256_loadu_si256(keys.as_ptr().cast())) };
                *out |= u64::from(!absent & 15) << (4 * step);
            }
        }
    }

    /// Looks up four 3-grams at a time.
    ///
    /// # Safety
    ///
    /// The processor must have AVX2; `words` must have at least 8 bytes, and fewer than 2³⁴; there must be 64 codes for each
    /// number of `out` and two more.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn grams_avx2(words: &[u8], codes: &[u32], out: &mut [Grams]) {
        let words = HalfWords::new(words);
        let zero = _mm256_setzero_si256();
        for (word, out) in out.iter_mut().enumerate() {
            let mut grams = Grams::default();
            for step in 0..16 {
                let at = word * 64 + step * 4;
                // SAFETY: six codes from `at` on, which are among the 64 · (`word` + 1) + 2 that there are.
                let [one, two, three] = unsafe {
                    let from = codes.as_ptr().add(at);
                    [from, from.add(1), from.add(2)].map(|from| _mm256_cvtepu32_epi64(_mm_loadu_si128(from.cast())))
                };
                let lanes = |lanes: __m256i| u64::from(_mm256_movemask_pd(_mm256_castsi256_pd(lanes)).cast_unsigned());
                let is_border = |codes: __m256i| lanes(_mm256_cmpeq_epi64(codes, zero));
                // The middle one is no border, and neither are both others.
                let tells = !(is_border(two) | is_border(_mm256_or_si256(one, three))) & 15;
                let key =
                    _mm256_or_si256(_mm256_slli_epi64::<42>(one), _mm256_or_si256(_mm256_slli_epi64::<21>(two), three));
                // SAFETY: the words are as many as the caller promises.
                let absent = u64::from(unsafe { words.absent(key) });
                grams.telling |= tells << (4 * step);
                grams.han |= (!is_border(one) & 15) << (4 * step);
                grams.doubled |= lanes(_mm256_cmpeq_epi64(one, two)) << (4 * step);
                grams.unseen |= (tells & absent) << (4 * step);
            }
            *out = grams;
        }
    }

    /// Eight pairs at a time.
    ///
    /// # Safety
    ///
    /// The processor must have AVX2; there must be 64 codes for each number of `out` and one more, and four bytes from half of
    /// each slot of `hash` on in `table`.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn linked_avx2(table: &[u8], hash: LinkHash, codes: &[u32], out: &mut [Linked]) {
        let LinkHash { multipliers: [first, second], shift } = hash;
        let number = |number: u32| _mm256_set1_epi32(number.cast_signed());
        for (word, out) in out.iter_mut().enumerate() {
            let mut masks = [0u64; 4];
            for step in 0..8 {
                let at = word * 64 + step * 8;
                // SAFETY: both vectors end at code `64 * word + 65` at the latest.
                let (one, two) = unsafe {
                    (
                        _mm256_loadu_si256(codes.as_ptr().add(at).cast()),
                        _mm256_loadu_si256(codes.as_ptr().add(at + 1).cast()),
                    )
                };
                let sum =
                    _mm256_add_epi32(_mm256_mullo_epi32(one, number(first)), _mm256_mullo_epi32(two, number(second)));
                let slot = _mm256_srl_epi32(sum, _mm_cvtsi32_si128(shift.cast_signed()));
                // SAFETY: a slot has fewer bits than there are half bytes; three more bytes are behind the last one.
                let four = unsafe { _mm256_i32gather_epi32::<1>(table.as_ptr().cast(), _mm256_srli_epi32::<1>(slot)) };
                let half = _mm256_srlv_epi32(four, _mm256_slli_epi32::<2>(_mm256_and_si256(slot, number(1))));
                for (mask, lanes) in masks.iter_mut().zip([
                    _mm256_slli_epi32::<31>(half),
                    _mm256_slli_epi32::<30>(half),
                    _mm256_slli_epi32::<29>(half),
                    _mm256_slli_epi32::<28>(half),
                ]) {
                    *mask |= u64::from(signs(lanes)) << (8 * step);
                }
            }
            let [adjacent, adjacent_sure, apart, apart_sure] = masks;
            *out = Linked { adjacent, adjacent_sure, apart, apart_sure };
        }
    }
}
