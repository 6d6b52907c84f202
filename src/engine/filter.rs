//! A set of keys as a blocked Bloom filter: “not in it” is certain, “in it” is wrong once in a few hundred times.
//!
//! All bits of a key lie in one word of 64 (Putze, Sanders and Singler, “Cache-, Hash- and Space-Efficient Bloom
//! Filters”, 2009), so that a look-up reads memory once and has no branch. Text is looked up character by character, and the
//! words of what is frequent stay in the fastest caches. The build script and the tool that counts reference text write
//! filters with this file, too.

/// Bytes of a word.
const WORD: usize = 8;

/// A filter that stands in memory as it was written: words of 64 bits, little endian.
#[derive(Clone, Copy)]
pub(crate) struct Filter<'b> {
    bytes: &'b [u8],
}

impl<'b> Filter<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Filter { bytes }
    }

    /// Whether `key` was written, or looks as if it were.
    #[inline]
    pub(crate) fn contains(&self, key: u64) -> bool {
        self.holds(self.place(key))
    }

    /// Where `key` would be.
    #[inline]
    pub(crate) fn place(&self, key: u64) -> Place {
        let (word, bits) = place(key, self.bytes.len() / WORD);
        Place { byte: word * WORD, bits }
    }

    /// Whether what has this place was written, or looks as if it were.
    #[inline]
    pub(crate) fn holds(&self, place: Place) -> bool {
        match self.bytes.get(place.byte..).and_then(|bytes| bytes.first_chunk()) {
            Some(&bytes) => u64::from_le_bytes(bytes) & place.bits == place.bits,
            None => false,
        }
    }

    /// All of it.
    pub(crate) const fn bytes(&self) -> &'b [u8] {
        self.bytes
    }
}

/// Where a key would be in a filter.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// First byte of the word.
    pub(crate) byte: usize,
    bits: u64,
}

/// A place among so many by the upper bits of a hash (Lemire, “Fast Random Integer Generation in an Interval”, 2019).
#[inline]
pub(crate) fn scaled(hash: u64, number: usize) -> usize {
    ((u128::from(hash) * number as u128) >> 64) as usize
}

/// The word of `words` that a key belongs to, and its bits there. Two multiplications are all that it takes: keys are
/// looked up more often than anything else is done.
#[inline]
fn place(key: u64, words: usize) -> (usize, u64) {
    let hash = (key ^ key >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let word = scaled(hash, words);
    // The high bits chose the word; the low ones are mixed with them once more.
    let rest = (hash ^ hash >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let bit = |at: u32| 1u64 << (rest >> (58 - 6 * at) & 63);
    (word, bit(0) | bit(1) | bit(2) | bit(3) | bit(4))
}

/// Writes a filter of distinct `keys` with so many bits for each.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) fn filter(keys: &[u64], bits: usize) -> Vec<u8> {
    let words = (keys.len() * bits).div_ceil(64).max(1);
    let mut filter = vec![0u64; words];
    for &key in keys {
        let (word, bits) = place(key, words);
        filter[word] |= bits;
    }
    filter.into_iter().flat_map(u64::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_found_and_little_else() {
        let keys: Vec<u64> = (0..100_000).map(|number| number * 3).collect();
        let bytes = filter(&keys, 20);
        let read = Filter::new(&bytes);
        assert!(keys.iter().all(|&key| read.contains(key)));
        let wrong = keys.iter().filter(|&&key| read.contains(key + 1)).count();
        assert!(wrong < 300, "{wrong} of 100,000");
        assert!(!Filter::new(&[]).contains(7));
    }
}
