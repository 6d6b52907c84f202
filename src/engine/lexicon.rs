//! Words and what they cost, by all their beginnings: one look-up for each character that is read.
//!
//! The build script writes the table with this file, too.

use super::filter::scaled;
use super::wording::FormHash;

/// Bytes of a slot: 32 bits of the hash, the cost, and whether a longer word begins so.
const SLOT: usize = 8;

/// The cost of what is only the beginning of words.
const NO_WORD: u16 = u16::MAX;

/// A beginning of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// −ln P in 1/256 nat, if it is a word.
    pub(crate) cost: Option<u16>,
    /// Whether a longer word begins so.
    pub(crate) longer: bool,
}

/// Words as they stand in memory.
pub(crate) struct Words<'b> {
    slots: &'b [u8],
}

#[inline]
fn place(hash: FormHash, slots: usize) -> (usize, u32) {
    let hash = hash.finished();
    (scaled(hash, slots), (hash as u32).max(1))
}

impl<'b> Words<'b> {
    pub(crate) const fn new(slots: &'b [u8]) -> Self {
        Words { slots }
    }

    /// The memory that is looked at first for the text with this hash, and the byte of it.
    #[inline]
    #[allow(dead_code, reason = "the build script looks nothing up")]
    pub(crate) fn byte(&self, text: FormHash) -> (&'b [u8], usize) {
        (self.slots, place(text, self.slots.len() / SLOT).0 * SLOT)
    }

    /// What is known of the text with this hash; `None` if no word begins so.
    #[inline]
    pub(crate) fn get(&self, text: FormHash) -> Option<Beginning> {
        let slots = self.slots.as_chunks::<SLOT>().0;
        let (mut slot, mark) = place(text, slots.len());
        loop {
            let [a, b, c, d, cost @ .., longer, _] = *slots.get(slot)?;
            match u32::from_le_bytes([a, b, c, d]) {
                0 => return None,
                found if found == mark => {
                    let cost = u16::from_le_bytes(cost);
                    return Some(Beginning { cost: (cost != NO_WORD).then_some(cost), longer: longer != 0 });
                }
                _ => slot = (slot + 1) % slots.len(),
            }
        }
    }
}

/// Writes the table of words and their costs.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) fn words<'w>(costs: impl Iterator<Item = (&'w str, u16)>) -> Vec<u8> {
    let mut beginnings: std::collections::BTreeMap<&str, (u16, bool)> = std::collections::BTreeMap::new();
    for (word, cost) in costs {
        beginnings.entry(word).or_insert((NO_WORD, false)).0 = cost.min(NO_WORD - 1);
        for (end, _) in word.char_indices().skip(1) {
            beginnings.entry(&word[..end]).or_insert((NO_WORD, false)).1 = true;
        }
    }
    let slots = beginnings.len() * 8 / 5 + 1;
    let mut table = vec![[0u8; SLOT]; slots];
    for (text, (cost, longer)) in beginnings {
        let (mut slot, mark) = place(FormHash::of(text.chars().map(u32::from)), slots);
        while table[slot][..4] != [0; 4] {
            slot = (slot + 1) % slots;
        }
        let ([a, b, c, d], [e, f]) = (mark.to_le_bytes(), cost.to_le_bytes());
        table[slot] = [a, b, c, d, e, f, u8::from(longer), 0];
    }
    table.into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginnings() {
        let bytes = words([("中国", 5), ("中国人", 9), ("人民", 3)].into_iter());
        let read = Words::new(&bytes);
        let get = |text: &str| read.get(FormHash::of(text.chars().map(u32::from)));
        assert_eq!(get("中"), Some(Beginning { cost: None, longer: true }));
        assert_eq!(get("中国"), Some(Beginning { cost: Some(5), longer: true }));
        assert_eq!(get("中国人"), Some(Beginning { cost: Some(9), longer: false }));
        assert_eq!(get("国"), None);
        assert_eq!(Words::new(&[]).get(FormHash::EMPTY), None);
    }
}
