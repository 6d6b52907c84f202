//! How rare characters and pairs of neighbouring characters are, by tables of either. The build script uses this file too.

use super::ngram::{UNSEEN_PAIR, pair_slot};

/// Rarities and the sketch of pairs, as the build script and `scripts/build_evidence.rs` write them.
#[derive(Clone, Copy)]
pub(crate) struct Frequencies<'t> {
    /// Of the unified ideographs in order.
    pub(crate) characters: &'t [u8],
    /// Levels of pairs by slot, two to a byte.
    pub(crate) pairs: &'t [u8],
}

impl Frequencies<'_> {
    /// How rare a character is: −ln of its share, in 1/16 nat.
    #[inline]
    pub(crate) fn rarity(&self, character: char) -> u32 {
        match character {
            '\u{4E00}'..='\u{9FFF}' => {
                self.characters.get((u32::from(character) - 0x4E00) as usize).map_or(0, |&rarity| rarity.into())
            }
            '0'..='9' => 85,
            '，' | '、' | '。' => 55,
            '\0'..='\u{7F}' => 110,
            _ => 80,
        }
    }

    /// How unlikely it is to meet the pair, in steps that say nothing but which of two is rarer: what reference text has comes
    /// before what it has not.
    #[inline]
    pub(crate) fn pair_novelty(&self, one: char, two: char) -> u32 {
        let slot = pair_slot(one, two);
        let level = self.pairs.get(slot / 2).map_or(UNSEEN_PAIR, |pair| pair >> (slot % 2 * 4) & 0xF);
        // Pairs of frequent characters are met more often, among the unseen ones as well.
        u32::from(level) << 10 | (self.rarity(one) + self.rarity(two))
    }
}

/// The share of a pair of this novelty among all pairs, roughly.
pub(crate) fn share(novelty: u32) -> f32 {
    // A level is 0.8 nat; what tells two pairs of one level apart is less than half of that.
    (-4.0 - 0.8 * (novelty >> 4) as f32 / 64.0).exp()
}
