//! What reference text attests: the 3-grams it has, as a filter that says “never seen” without error and “seen” with a
//! doubt of 0.4 %.
//!
//! The filter is a binary fuse filter (Graf and Lemire, “Binary Fuse Filters: Fast and Smaller Than Xor Filters”, 2022)
//! over keys of three neighbouring characters. All that is no Han character counts as one and the same border.

use std::sync::LazyLock;

use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable as _, Filter as _, FilterRef as _};

use super::ngram::{key, says_nothing};

/// Descriptor and fingerprints, as `scripts/build_evidence.rs` writes them.
static TRIGRAMS: &[u8] = include_bytes!("../../dictionaries/attested/trigrams.fuse");

static FILTER: LazyLock<BinaryFuse8Ref<'static>> = LazyLock::new(|| {
    let (descriptor, fingerprints) = TRIGRAMS.split_at(BinaryFuse8::DESCRIPTOR_LEN);
    BinaryFuse8Ref::from_dma(descriptor, fingerprints)
});

/// Whether reference text has these three codes next to each other, or they say nothing.
pub(crate) fn seen(codes: [u32; 3]) -> bool {
    says_nothing(codes) || FILTER.contains(&key(codes))
}
