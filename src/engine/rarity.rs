//! How rare characters and pairs of neighbouring characters are in official text.

use std::sync::LazyLock;

use super::ngram::{UNSEEN_PAIR, pair_slot};

include!(concat!(env!("OUT_DIR"), "/characters.rs"));

/// How rare a character is in official text: −ln of its share, in 1/16 nat.
pub(super) fn rarity(character: char) -> u32 {
    match character {
        '\u{4E00}'..='\u{9FFF}' => u32::from(RARITY[(u32::from(character) - 0x4E00) as usize]),
        '0'..='9' => 85,
        '，' | '、' | '。' => 55,
        '\0'..='\u{7F}' => 110,
        _ => 80,
    }
}

/// Pairs of reference text, see `scripts/build_evidence.rs`.
static SEEN_PAIRS: &[u8] = include_bytes!("../../dictionaries/attested/pairs.sketch");

/// How unlikely it is to meet the pair in official text, in steps that say nothing but which of two is rarer: what reference
/// text has comes before what it has not.
pub(super) fn pair_novelty(one: char, two: char) -> u32 {
    let slot = pair_slot(one, two);
    let level = SEEN_PAIRS.get(slot / 2).map_or(UNSEEN_PAIR, |pair| pair >> (slot % 2 * 4) & 0xF);
    // Pairs of frequent characters are met more often, among the unseen ones as well.
    u32::from(level) << 10 | (rarity(one) + rarity(two))
}

/// The share of the pair among all pairs of official text, roughly.
pub(super) fn pair_frequency(one: char, two: char) -> f32 {
    /// By the upper bits of the novelty.
    static FREQUENCIES: LazyLock<Vec<f32>> = LazyLock::new(|| {
        // A level is 0.8 nat; what tells two pairs of one level apart is less than half of that.
        (0..1u16 << 10).map(|novelty| (-4.0 - 0.8 * f32::from(novelty) / 64.0).exp()).collect()
    });
    FREQUENCIES[(pair_novelty(one, two) >> 4) as usize]
}
