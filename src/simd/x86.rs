//! The vector paths of x86-64.

use std::arch::x86_64::*;

use super::{Filter, HEAD_MULTIPLIER, LONG, Members, Plane, SHORT, SHORT_MULTIPLIER};

/// Bytes 0 to 63.
pub(super) const NUMBERS: [u8; 64] = {
    let mut numbers = [0; 64];
    let mut at = 0;
    while at < 64 {
        numbers[at] = at as u8;
        at += 1;
    }
    numbers
};

pub(super) const fn repeated<const BYTES: usize>(four: [u8; 4]) -> [u8; BYTES] {
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
        let words = unsafe { _mm512_i32gather_epi32::<4>(_mm512_srl_epi32(hash, shift), filter.words.as_ptr().cast()) };
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

/// In the lowest bit of each number whether a short literal may begin at that place.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
fn short_bits_512(bytes: __m512i, four: __m512i, table: &[u8; super::SHORTS]) -> __m512i {
    // SAFETY: reading 64 bytes of an array of 64.
    let picked = unsafe { _mm512_loadu_si512(const { repeated::<64>([0, 1, 2, 3]) }.as_ptr().cast()) };
    let head = _mm512_permutexvar_epi8(_mm512_add_epi8(four, picked), bytes);
    // What follows a character of one or two bytes does not count, nor does the fourth byte.
    let lead = _mm512_and_si512(head, _mm512_set1_epi32(0xFF));
    let ascii = _mm512_cmplt_epu32_mask(lead, _mm512_set1_epi32(0x80));
    let two = _mm512_cmplt_epu32_mask(lead, _mm512_set1_epi32(0xE0));
    let kept = _mm512_and_si512(head, _mm512_set1_epi32(0xFF_FFFF));
    let kept = _mm512_mask_and_epi32(kept, two, head, _mm512_set1_epi32(0xFFFF));
    let kept = _mm512_mask_and_epi32(kept, ascii, head, _mm512_set1_epi32(0xFF));
    let first = short_bits_of_512(_mm512_mullo_epi32(kept, _mm512_set1_epi32(SHORT_MULTIPLIER.cast_signed())), table);
    let whole = short_bits_of_512(_mm512_mullo_epi32(head, _mm512_set1_epi32(HEAD_MULTIPLIER.cast_signed())), table);
    _mm512_or_si512(first, whole)
}

/// In the lowest bit of each number the bit of `table` for a hash.
#[inline]
#[target_feature(enable = "avx512f")]
fn short_bits_of_512(hash: __m512i, table: &[u8; super::SHORTS]) -> __m512i {
    // SAFETY: an index has 11 bits, and the table has that many words of four bytes.
    let words = unsafe { _mm512_i32gather_epi32::<4>(_mm512_srli_epi32::<21>(hash), table.as_ptr().cast()) };
    _mm512_srlv_epi32(words, _mm512_and_si512(_mm512_srli_epi32::<16>(hash), _mm512_set1_epi32(31)))
}

/// Places of eight characters of three bytes each, one to a byte.
const OF_THREE: u64 = 0x1512_0F0C_0906_0300;

/// The places of the first eight set bits of `starts`, one to a byte, 32 for those that there are not; and the other bits.
#[inline(always)]
fn first_eight(mut starts: u32) -> (u64, u32) {
    let mut places = 0;
    for byte in 0..8 {
        places |= u64::from(starts.trailing_zeros()) << (8 * byte);
        starts &= starts.wrapping_sub(1);
    }
    (places, starts)
}

/// The first eight characters of the 64 bytes from `at` on, or fewer if they are long.
pub(super) struct Eight {
    /// The four bytes from the beginning of each.
    pub(super) heads: __m256i,
    /// Their places, one to a byte; 32 for those that there are not.
    pub(super) places: u64,
    /// One bit for each of them.
    pub(super) valid: u32,
    /// Bytes up to the next character.
    pub(super) length: usize,
}

/// # Safety
///
/// `text` must have 64 bytes from `at` on.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn eight(text: &[u8], at: usize) -> Eight {
    // SAFETY: the 32 bytes from `at` on are inside `text`.
    let (start, block) = unsafe {
        let start = text.as_ptr().add(at);
        (start, _mm256_loadu_si256(start.cast()))
    };
    let starts = _mm256_movemask_epi8(_mm256_cmpgt_epi8(block, _mm256_set1_epi8(-65))).cast_unsigned();
    // Eight of three bytes, if the ninth begins where the eighth ends.
    if starts & 0x1FF_FFFF == 0x124_9249 {
        // SAFETY: 28 of the 64 bytes from `at` on.
        let bytes = unsafe {
            _mm256_inserti128_si256::<1>(
                _mm256_castsi128_si256(_mm_loadu_si128(start.cast())),
                _mm_loadu_si128(start.add(12).cast()),
            )
        };
        let spread = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12));
        return Eight { heads: _mm256_shuffle_epi8(bytes, spread), places: OF_THREE, valid: 0xFF, length: 24 };
    }
    let (places, rest) = first_eight(starts);
    let indices = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(places.cast_signed()));
    // SAFETY: a place is at most 32, so that these are among the 64 bytes from `at` on.
    let heads = unsafe { _mm256_i32gather_epi32::<1>(start.cast(), indices) };
    let length = if rest == 0 {
        // Long ones: the next may begin behind the 32 bytes. No character has more than three continuation bytes.
        let behind = text[at + 32..at + 36].iter().take_while(|&&byte| byte & 0xC0 == 0x80).count();
        32 + behind
    } else {
        rest.trailing_zeros() as usize
    };
    Eight { heads, places, valid: (1 << starts.count_ones().min(8)) - 1, length }
}

/// Eight characters at a time; those of three bytes each, as most are, by shuffling, others by gathering.
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
    // The last bytes of a window first, as in `window_hash`.
    let low = _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
    let high = _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 1, 0, -1, 6, 5, 4, -1, 10, 9, 8, -1, 14, 13, 12, -1));
    let first = _mm256_set1_epi32(filter.multipliers[0].cast_signed());
    let second = _mm256_set1_epi32(filter.multipliers[1].cast_signed());
    let shift = _mm_cvtsi32_si128(32 - filter.log.cast_signed());
    let number = |number: u32| _mm256_set1_epi32(number.cast_signed());
    let mut found = 0;
    let mut at = from;
    while at < to && at + 64 <= text.len() {
        // SAFETY: by the loop's condition.
        let Eight { heads, places, valid, length } = unsafe { eight(text, at) };
        // The four bytes that end each window.
        let tails = if places == OF_THREE {
            // SAFETY: 30 of the 64 bytes from `at` on.
            let bytes = unsafe {
                let start = text.as_ptr().add(at + 2);
                _mm256_inserti128_si256::<1>(
                    _mm256_castsi128_si256(_mm_loadu_si128(start.cast())),
                    _mm_loadu_si128(start.add(12).cast()),
                )
            };
            let spread = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12));
            _mm256_shuffle_epi8(bytes, spread)
        } else {
            let indices = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(places.cast_signed()));
            // SAFETY: a place is at most 32, so that these are among the 64 bytes from `at` on.
            unsafe { _mm256_i32gather_epi32::<1>(text.as_ptr().add(at + 2).cast(), indices) }
        };
        let x = _mm256_shuffle_epi8(tails, low);
        let y = _mm256_shuffle_epi8(heads, high);
        let hash = _mm256_add_epi32(_mm256_mullo_epi32(x, first), _mm256_mullo_epi32(y, second));
        // SAFETY: an index has `log` bits, and the filter has that many words, which `Filter::new` made sure of.
        let words = unsafe { _mm256_i32gather_epi32::<4>(filter.words.as_ptr().cast(), _mm256_srl_epi32(hash, shift)) };
        let both = _mm256_and_si256(
            _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<8>(hash), number(31))),
            _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<3>(hash), number(31))),
        );
        let both = _mm256_slli_epi32::<31>(both);
        let mut hits = signs(both);
        let mut flags = _mm256_and_si256(_mm256_srai_epi32::<31>(both), number(LONG));
        if WITH_SHORTS && let Some(table) = filter.shorts {
            // What follows a character of one or two bytes does not count.
            let lead = _mm256_and_si256(heads, number(0xFF));
            let of_one = _mm256_cmpgt_epi32(number(0x80), lead);
            let of_two = _mm256_cmpgt_epi32(number(0xE0), lead);
            let kept = _mm256_blendv_epi8(number(0xFF_FFFF), number(0xFFFF), of_two);
            let kept = _mm256_blendv_epi8(kept, number(0xFF), of_one);
            let first = _mm256_mullo_epi32(_mm256_and_si256(heads, kept), number(SHORT_MULTIPLIER));
            let whole = _mm256_mullo_epi32(heads, number(HEAD_MULTIPLIER));
            let bit = _mm256_or_si256(short_bits_256(first, table), short_bits_256(whole, table));
            let bit = _mm256_slli_epi32::<31>(bit);
            hits |= signs(bit);
            flags = _mm256_or_si256(flags, _mm256_and_si256(_mm256_srai_epi32::<31>(bit), number(SHORT)));
        }
        hits &= valid;
        if hits != 0 {
            // SAFETY: at most one number was found for each byte up to `at`, so there is room for eight more (see above).
            unsafe { store_hits(out, found, hits, places, at - from, flags) };
            found += hits.count_ones() as usize;
        }
        at += length;
    }
    (found, at)
}

/// In the lowest bit of each number the bit of `table` for a hash.
#[inline]
#[target_feature(enable = "avx2")]
fn short_bits_256(hash: __m256i, table: &[u8; super::SHORTS]) -> __m256i {
    // SAFETY: an index has 11 bits, and the table has that many words of four bytes.
    let words = unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), _mm256_srli_epi32::<21>(hash)) };
    _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32::<16>(hash), _mm256_set1_epi32(31)))
}

/// For each set of eight lanes the numbers of those in it, in order.
static LANES: [[u8; 8]; 256] = {
    let mut sets = [[0; 8]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut lane, mut next) = (0, 0);
        while lane < 8 {
            if set >> lane & 1 == 1 {
                sets[set][next] = lane;
                next += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    sets
};

/// Writes, for each lane of `hits` (eight bits), its place (one of `places`, a byte each, behind `base`) and its flags, from
/// `out[found]` on; what is written behind them says nothing.
///
/// # Safety
///
/// `out` must have eight numbers from `found` on, and `hits` no bit above the eighth.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_hits(out: &mut [u32], found: usize, hits: u32, places: u64, base: usize, flags: __m256i) {
    debug_assert!(found + 8 <= out.len() && hits < 256);
    let places = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(places.cast_signed()));
    let places = _mm256_or_si256(_mm256_add_epi32(places, _mm256_set1_epi32(base as i32)), flags);
    let lanes = u64::from_le_bytes(LANES[(hits & 0xFF) as usize]);
    let lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(lanes.cast_signed()));
    // SAFETY: there is room for eight, by what the caller promises.
    unsafe {
        _mm256_storeu_si256(out.as_mut_ptr().add(found).cast(), _mm256_permutevar8x32_epi32(places, lanes));
    }
}

/// The sign bits of eight numbers.
#[inline]
#[target_feature(enable = "avx2")]
fn signs(numbers: __m256i) -> u32 {
    _mm256_movemask_ps(_mm256_castsi256_ps(numbers)).cast_unsigned()
}

/// Finds the characters that may be members: all members, and others whose row and group of columns have one. All 64 places
/// are asked at once, by tables that lie in registers, whatever begins there. Places are relative to `from`, and four bytes of
/// `text` begin at each.
///
/// # Safety
///
/// The processor must have the features below. `out` must have room for `OVERSHOOT` more numbers than `to - from`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
pub(super) unsafe fn suspects_avx512(
    members: &Members,
    text: &[u8],
    from: usize,
    to: usize,
    out: &mut [u32],
) -> (usize, usize) {
    let byte = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    // SAFETY: reading 64 bytes of arrays of 64, and both halves of arrays of 128.
    let (numbers, leads, rows, columns) = unsafe {
        let pair = |table: &[u8; 128]| {
            [_mm512_loadu_si512(table.as_ptr().cast()), _mm512_loadu_si512(table.as_ptr().add(64).cast())]
        };
        (
            _mm512_loadu_si512(NUMBERS.as_ptr().cast()),
            _mm512_loadu_si512(members.leads.as_ptr().cast()),
            [pair(&members.rows[0]), pair(&members.rows[1]), pair(&members.rows[2]), pair(&members.rows[3])],
            [
                pair(&members.columns[0]),
                pair(&members.columns[1]),
                pair(&members.columns[2]),
                pair(&members.columns[3]),
            ],
        )
    };
    let mut found = 0;
    let mut at = from;
    // What begins at the last place goes on behind the 64.
    while at < to && at + 67 <= text.len() {
        // SAFETY: 66 bytes from `at` on are inside `text`, by the loop's condition.
        let [first, second, third] = unsafe {
            [
                _mm512_loadu_si512(text.as_ptr().add(at).cast()),
                _mm512_loadu_si512(text.as_ptr().add(at + 1).cast()),
                _mm512_loadu_si512(text.as_ptr().add(at + 2).cast()),
            ]
        };
        let short = _mm512_cmplt_epu8_mask(first, byte(members.below));
        let lead = _mm512_cmpge_epu8_mask(first, byte(0xC0));
        let class = _mm512_maskz_permutexvar_epi8(lead, first, leads);
        // Bytes that continue a character have their seventh bit free for `UPPER`; the eighth is not looked at. Where they belong to
        // no character of three bytes, nobody asks.
        let upper = _mm512_and_si512(class, byte(super::UPPER));
        let row = _mm512_or_si512(second, upper);
        let column = _mm512_or_si512(third, upper);
        let [mut groups, mut group] = [_mm512_setzero_si512(); 2];
        let mut pair = 0;
        while pair < 4 {
            let asked = _mm512_test_epi8_mask(class, byte(1 << pair));
            let [low, high] = rows[pair];
            groups = _mm512_or_si512(groups, _mm512_maskz_permutex2var_epi8(asked, low, row, high));
            let [low, high] = columns[pair];
            group = _mm512_or_si512(group, _mm512_maskz_permutex2var_epi8(asked, low, column, high));
            pair += 1;
        }
        let mut hits = short | _mm512_movepi8_mask(class) | _mm512_test_epi8_mask(groups, group);
        let left = to - at;
        if left < 64 {
            hits &= (1 << left) - 1;
        }
        let base = _mm256_set1_epi32((at - from) as i32);
        // Whether there is a hit at all is as good as random: what is written for none costs less than a branch.
        loop {
            let places = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(hits, numbers));
            let places = _mm256_add_epi32(_mm256_cvtepu8_epi32(places), base);
            // SAFETY: at most one number was found for each byte before the first of these, so there is room for eight more.
            unsafe {
                _mm256_storeu_si256(out.as_mut_ptr().add(found).cast(), places);
            }
            let number = hits.count_ones().min(8);
            found += number as usize;
            // All but the eight lowest bits.
            hits = _pdep_u64(!0 << 8, hits);
            if hits == 0 {
                break;
            }
        }
        at += left.min(64);
    }
    // The last character may end behind the last place.
    while text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
        at += 1;
    }
    (found, at)
}

/// Keeps of the `found` places in `out`, relative to `from`, those of members, sixteen at a time; gives their number.
///
/// # Safety
///
/// The processor must have the features below. `out` must have room for sixteen numbers more than `found`, and at each place four
/// bytes of `text` must begin.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
pub(super) unsafe fn kept_avx512(plane: &Plane, text: &[u8], from: usize, found: usize, out: &mut [u32]) -> usize {
    let number = |number: u32| _mm512_set1_epi32(number.cast_signed());
    let mut kept = 0;
    let mut next = 0;
    while next < found {
        let valid = ((1u32 << (found - next).min(16)) - 1) as __mmask16;
        // SAFETY: there is room for sixteen numbers behind the last one, and four bytes at each place.
        let (places, three) = unsafe {
            let places = _mm512_loadu_si512(out.as_ptr().add(next).cast());
            let zero = _mm512_setzero_si512();
            (places, _mm512_mask_i32gather_epi32::<1>(zero, valid, places, text.as_ptr().add(from).cast()))
        };
        let lead = _mm512_and_si512(three, number(0xFF));
        let one = _mm512_cmplt_epu32_mask(lead, number(0xC0));
        let two = _mm512_cmplt_epu32_mask(lead, number(0xE0));
        let beyond = _mm512_mask_cmpge_epu32_mask(valid, lead, number(0xF0));
        let mut code = _mm512_or_si512(
            _mm512_slli_epi32::<12>(_mm512_and_si512(three, number(0x0F))),
            _mm512_or_si512(
                _mm512_and_si512(_mm512_srli_epi32::<2>(three), number(0xFC0)),
                _mm512_and_si512(_mm512_srli_epi32::<16>(three), number(0x3F)),
            ),
        );
        let of_two = _mm512_or_si512(
            _mm512_slli_epi32::<6>(_mm512_and_si512(three, number(0x1F))),
            _mm512_and_si512(_mm512_srli_epi32::<8>(three), number(0x3F)),
        );
        code = _mm512_mask_mov_epi32(code, two, of_two);
        code = _mm512_mask_mov_epi32(code, one, lead);
        // SAFETY: a code has 16 bits, and the plane has 2048 words of 32 bits.
        let words = unsafe { _mm512_i32gather_epi32::<4>(_mm512_srli_epi32::<5>(code), plane.as_ptr().cast()) };
        let hits = _mm512_mask_test_epi32_mask(valid, words, _mm512_rolv_epi32(number(1), code)) | beyond;
        // SAFETY: no more are kept than were read, behind which there is room for sixteen.
        unsafe {
            _mm512_storeu_si512(out.as_mut_ptr().add(kept).cast(), _mm512_maskz_compress_epi32(hits, places));
        }
        kept += hits.count_ones() as usize;
        next += 16;
    }
    kept
}

/// Eight characters at a time, as in [`avx2`].
///
/// # Safety
///
/// The processor must have AVX2. `out` must have room for `OVERSHOOT` more numbers than `to - from`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn members_avx2(
    plane: &Plane,
    text: &[u8],
    from: usize,
    to: usize,
    out: &mut [u32],
) -> (usize, usize) {
    let number = |number: u32| _mm256_set1_epi32(number.cast_signed());
    let mut found = 0;
    let mut at = from;
    while at < to && at + 64 <= text.len() {
        // SAFETY: by the loop's condition.
        let Eight { heads, places, valid, length } = unsafe { eight(text, at) };
        let lead = _mm256_and_si256(heads, number(0xFF));
        let continued = |shift: __m256i| _mm256_and_si256(shift, number(0x3F));
        let of_three = _mm256_or_si256(
            _mm256_slli_epi32::<12>(_mm256_and_si256(heads, number(0x0F))),
            _mm256_or_si256(
                _mm256_slli_epi32::<6>(continued(_mm256_srli_epi32::<8>(heads))),
                continued(_mm256_srli_epi32::<16>(heads)),
            ),
        );
        let of_two = _mm256_or_si256(
            _mm256_slli_epi32::<6>(_mm256_and_si256(heads, number(0x1F))),
            continued(_mm256_srli_epi32::<8>(heads)),
        );
        let code = _mm256_blendv_epi8(of_three, of_two, _mm256_cmpgt_epi32(number(0xE0), lead));
        let code = _mm256_blendv_epi8(code, lead, _mm256_cmpgt_epi32(number(0x80), lead));
        // SAFETY: a code has 16 bits, and the plane has 2048 words of 32 bits.
        let words = unsafe { _mm256_i32gather_epi32::<4>(plane.as_ptr().cast(), _mm256_srli_epi32::<5>(code)) };
        let bit = _mm256_srlv_epi32(words, _mm256_and_si256(code, number(31)));
        let beyond = signs(_mm256_cmpgt_epi32(lead, number(0xEF)));
        let hits = (signs(_mm256_slli_epi32::<31>(bit)) | beyond) & valid;
        if hits != 0 {
            // SAFETY: at most one number was found for each byte up to `at`, so there is room for eight more (see above).
            unsafe { store_hits(out, found, hits, places, at - from, _mm256_setzero_si256()) };
            found += hits.count_ones() as usize;
        }
        at += length;
    }
    (found, at)
}
