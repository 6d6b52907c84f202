//! A fast hash of 64 bits that is the same in every version and on every machine, because ledgers keep it. Not for secrets.

/// Odd, with bits spread evenly: the golden ratio in 64 bits.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hash of `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hash = (bytes.len() as u64).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = step(hash, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = step(hash, u64::from_le_bytes(last));
    // The finaliser of SplitMix64.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

fn step(hash: u64, word: u64) -> u64 {
    let mixed = (hash ^ word).wrapping_mul(FACTOR);
    mixed ^ mixed.rotate_right(32)
}

#[cfg(test)]
mod tests {
    use super::digest;

    /// Ledgers hold these numbers: a change here makes every sentence unknown.
    #[test]
    fn hashes_never_change() {
        for (text, expected) in [("", EMPTY), ("要求各级政府抓好落实", SENTENCE)] {
            assert_eq!(digest(text.as_bytes()), expected, "{text}");
        }
        assert_ne!(digest(b"a"), digest(b"a\0"));
    }

    const EMPTY: u64 = 0x0000000000000000;
    const SENTENCE: u64 = 0x273625E70DDA9331;
}
