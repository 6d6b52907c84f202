//! What reference text attests: the 3-grams it has, as a filter that says “never seen” without error and “seen” with a
//! doubt of about 0.1 %. All that is no Han character counts as one and the same border.

use super::filter::Filter;
use super::ngram::{key, says_nothing};

/// As `scripts/build_evidence.rs` writes it.
static TRIGRAMS: Filter<'static> = Filter::new(include_bytes!("../../dictionaries/attested/trigrams.filter"));

/// Whether reference text has these three codes next to each other, or they say nothing.
pub(crate) fn seen(codes: [u32; 3]) -> bool {
    says_nothing(codes) || counted(codes)
}

/// The same for codes that say something.
#[inline]
pub(crate) fn counted(codes: [u32; 3]) -> bool {
    TRIGRAMS.contains(key(codes))
}
