//! What reference text attests: the 3-grams it has, as a filter that says “never seen” without error and “seen” with a
//! doubt of about 0.1 %. All that is no Han character counts as one and the same border.

use super::filter::{Filter, Place};
use super::ngram::{key, says_nothing};
use crate::simd::{self, BEYOND, Grams, Path, grams, prefetch};

/// As `scripts/build_evidence.rs` writes it.
static TRIGRAMS: Filter<'static> = Filter::new(include_bytes!("../../dictionaries/attested/trigrams.filter"));

/// Whether reference text has these three codes next to each other, or they say nothing.
pub(crate) fn seen(codes: [u32; 3]) -> bool {
    says_nothing(codes) || TRIGRAMS.contains(key(codes))
}

/// Looks up 3-grams by their keys, as [`held`] does.
pub(super) fn seen_of(path: Path, keys: &[u64], out: &mut Vec<u64>) {
    held(path, &TRIGRAMS, keys, out);
}

/// Looks up `keys` in a filter: of each 64 keys one number of `out`, with a bit for each that the filter holds.
pub(super) fn held(path: Path, filter: &Filter<'_>, keys: &[u64], out: &mut Vec<u64>) {
    let (whole, rest) = keys.as_chunks::<64>();
    out.clear();
    out.resize(whole.len() + usize::from(!rest.is_empty()), 0);
    let done = simd::held(path, filter.bytes(), whole, out);
    for (held, keys) in out[done..].iter_mut().zip(&whole[done..]) {
        *held = held_of(filter, keys);
    }
    if let Some(last) = out.last_mut().filter(|_| !rest.is_empty()) {
        // What is looked up in the place of those that are missing does not matter.
        let mut keys = [0; 64];
        keys[..rest.len()].copy_from_slice(rest);
        if simd::held(path, filter.bytes(), &[keys], std::slice::from_mut(last)) == 0 {
            *last = held_of(filter, &keys);
        }
        *last &= (1 << rest.len()) - 1;
    }
}

/// The same without vectors, for 64 keys.
fn held_of(filter: &Filter<'_>, keys: &[u64; 64]) -> u64 {
    // Waiting for memory overlaps.
    let places = keys.map(|key| {
        let place = filter.place(key);
        prefetch(filter.bytes(), place.byte);
        place
    });
    places.iter().enumerate().fold(0, |held, (bit, &place)| held | u64::from(filter.holds(place)) << bit)
}

/// Looks up the 3-grams that begin one after another in `codes`, 64 to a number of `out`. There must be [`BEYOND`] codes from
/// the first of each number on.
pub(crate) fn look_up(path: Path, codes: &[u32], out: &mut [Grams]) {
    let done = grams(path, TRIGRAMS.bytes(), codes, out);
    for (grams, codes) in out[done..].iter_mut().zip(codes[done * 64..].windows(BEYOND).step_by(64)) {
        *grams = looked_up(codes);
    }
}

/// The same without vectors, for 64 of them.
fn looked_up(codes: &[u32]) -> Grams {
    // Waiting for memory overlaps.
    let mut places = [Place::default(); 64];
    for (place, &gram) in places.iter_mut().zip(codes.array_windows()) {
        *place = TRIGRAMS.place(key(gram));
        prefetch(TRIGRAMS.bytes(), place.byte);
    }
    let mut grams = Grams::default();
    // No branch: which are worth it is harder to foresee than to look all of them up.
    for ((bit, &gram), &place) in codes.array_windows().enumerate().zip(&places) {
        let tells = !says_nothing(gram);
        grams.telling |= u64::from(tells) << bit;
        grams.han |= u64::from(gram[0] != 0) << bit;
        grams.doubled |= u64::from(gram[0] == gram[1]) << bit;
        grams.unseen |= u64::from(tells & !TRIGRAMS.holds(place)) << bit;
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::paths;
    use proptest::prelude::*;

    proptest! {
        /// Every path says the same of the same 3-grams.
        #[test]
        fn grams_are_the_same_on_every_path(text in "([国中家人民政府的a0，〇㐀𠮷]{0,40}|[一-鿿]{0,60}|\\PC{0,20}){0,8}") {
            let mut codes: Vec<u32> = text.chars().map(super::super::ngram::code).collect();
            let number = codes.len().div_ceil(64) + 1;
            codes.resize(number * 64 + BEYOND, 0);
            let expected: Vec<Grams> = codes.windows(BEYOND).step_by(64).map(looked_up).take(number).collect();
            for (gram, at) in codes.array_windows().zip(0..number * 64) {
                prop_assert_eq!(expected[at / 64].telling >> (at % 64) & 1 == 1, !says_nothing(*gram));
                prop_assert_eq!(expected[at / 64].unseen >> (at % 64) & 1 == 1, !seen(*gram));
                prop_assert_eq!(expected[at / 64].han >> (at % 64) & 1 == 1, gram[0] != 0);
                prop_assert_eq!(expected[at / 64].doubled >> (at % 64) & 1 == 1, gram[0] == gram[1]);
            }
            for &path in paths() {
                let mut found = vec![Grams::default(); number];
                look_up(path, &codes, &mut found);
                prop_assert_eq!(&found, &expected, "{:?}", path);
            }
        }

        /// A filter is asked for many keys at once with the same answers.
        #[test]
        fn keys_are_held_on_every_path(mut keys in prop::collection::vec(any::<u64>(), 0..300)) {
            // Keys that are held, too: 3-grams of frequent wording.
            let codes: Vec<u32> = "中华人民共和国人民政府工作报告".chars().map(u32::from).collect();
            keys.extend(codes.array_windows().map(|&gram| key(gram)));
            for &path in paths() {
                let mut found = Vec::new();
                held(path, &TRIGRAMS, &keys, &mut found);
                let bit = |index: usize| found[index / 64] >> (index % 64) & 1 == 1;
                for (index, &key) in keys.iter().enumerate() {
                    prop_assert_eq!(bit(index), TRIGRAMS.contains(key), "{:?}", path);
                }
                prop_assert!((keys.len()..found.len() * 64).all(|index| !bit(index)));
            }
        }
    }
}
