//! Identity of findings across edits of a document.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// Characters of folded text on each side that belong to the identity.
pub(super) const NEIGHBOURS: usize = 8;

/// Hands out fingerprints for one document. They depend on the rule, the folded text and its folded neighbours, and on
/// no position; repeats are numbered in order.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    seen: HashMap<[u8; 32], u32>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, as 32 hexadecimal digits.
    pub(super) fn next(&mut self, rule: &str, before: &str, text: &str, after: &str) -> String {
        let digest = |repeat: u32| -> [u8; 32] {
            let mut hash = Sha256::new();
            for part in [rule, before, text, after] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
            hash.update(repeat.to_le_bytes());
            hash.finalize().into()
        };
        let repeat = self.seen.entry(digest(0)).or_insert(0);
        *repeat += 1;
        digest(*repeat)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_numbered_and_neighbours_count() {
        let mut one = Fingerprints::default();
        let mut two = Fingerprints::default();
        let first = one.next("t/部署", "要求", "布署", "工作");
        let second = one.next("t/部署", "要求", "布署", "工作");
        let other = one.next("t/部署", "全面", "布署", "工作");
        assert!(first != second && second != other && first != other);
        assert_eq!(two.next("t/部署", "全面", "布署", "工作"), other);
        assert_eq!(two.next("t/部署", "要求", "布署", "工作"), first);
    }
}
