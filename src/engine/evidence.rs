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

/// Entries of a [`Familiar`].
const SLOTS: usize = 1 << 14;

/// 3-grams that were looked up a moment ago and are seen. Text repeats itself, so that most of them are found here, in
/// the fastest caches, without asking the filter.
pub(crate) struct Familiar {
    /// Keys by hash; 0 where there is none.
    slots: Box<[u64]>,
}

impl Default for Familiar {
    fn default() -> Self {
        Familiar { slots: vec![0; SLOTS].into_boxed_slice() }
    }
}

impl Familiar {
    /// The same as [`seen`], for codes that say something.
    #[inline]
    pub(crate) fn seen(&mut self, codes: [u32; 3]) -> bool {
        let key = key(codes);
        let slot = &mut self.slots[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.ilog2())) as usize % SLOTS];
        if *slot == key {
            return true;
        }
        let seen = FILTER.contains(&key);
        if seen {
            *slot = key;
        }
        seen
    }
}
