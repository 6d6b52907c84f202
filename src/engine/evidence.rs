//! What reference text attests: the 3-grams it has, as a filter that says “never seen” without error and “seen” with a
//! doubt of about 0.1 %. All that is no Han character counts as one and the same border.

use super::filter::{Filter, Place};
use super::ngram::{key, says_nothing};
use crate::simd::prefetch;

/// As `scripts/build_evidence.rs` writes it.
static TRIGRAMS: Filter<'static> = Filter::new(include_bytes!("../../dictionaries/attested/trigrams.filter"));

/// Whether reference text has these three codes next to each other, or they say nothing.
pub(crate) fn seen(codes: [u32; 3]) -> bool {
    says_nothing(codes) || TRIGRAMS.contains(key(codes))
}

/// 3-grams that are looked up together, so that waiting for memory overlaps.
pub(crate) const BATCH: usize = 64;

/// Of up to [`BATCH`] 3-grams that begin one after another in `codes`, as bits: which say something and are unseen, and which
/// say something.
pub(crate) fn unseen(codes: &[u32]) -> (u64, u64) {
    let mut places = [Place::default(); BATCH];
    for (place, &gram) in places.iter_mut().zip(codes.array_windows()) {
        *place = TRIGRAMS.place(key(gram));
        prefetch(TRIGRAMS.bytes(), place.byte);
    }
    let (mut unseen, mut telling) = (0, 0);
    // No branch: which are worth it is harder to foresee than to look all of them up.
    for ((bit, &gram), &place) in codes.array_windows().enumerate().zip(&places) {
        let tells = !says_nothing(gram);
        telling |= u64::from(tells) << bit;
        unseen |= u64::from(tells & !TRIGRAMS.holds(place)) << bit;
    }
    (unseen, telling)
}
