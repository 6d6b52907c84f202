//! How rare characters and pairs of neighbouring characters are in official text.

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

/// How rare a pair of neighbouring characters is, in 1/16 nat: as rare as both together, unless it is known to be more
/// frequent.
pub(super) fn pair_rarity(one: char, two: char) -> u32 {
    let apart = rarity(one) + rarity(two);
    let (Ok(first), Ok(second)) = (u16::try_from(one as u32), u16::try_from(two as u32)) else { return apart };
    let mut slot =
        (one as u32).wrapping_mul(0x9E37).wrapping_add((two as u32).wrapping_mul(0x79B9)) as usize % PAIRS.len();
    while PAIRS[slot].0 != 0 {
        if (PAIRS[slot].0, PAIRS[slot].1) == (first, second) {
            return apart.min(u32::from(PAIRS[slot].2));
        }
        slot = (slot + 1) % PAIRS.len();
    }
    apart
}

/// Pairs of reference text, see `scripts/build_evidence.rs`.
static SEEN_PAIRS: &[u8] = include_bytes!("../../dictionaries/attested/pairs.sketch");

/// How unlikely it is to meet the pair in official text, in steps that say nothing but which of two is rarer. Finer than
/// [`pair_rarity`] for rare pairs, and coarser for frequent ones: what reference text has comes before what it has not.
pub(super) fn pair_novelty(one: char, two: char) -> u32 {
    let slot = pair_slot(one, two);
    let level = SEEN_PAIRS.get(slot / 2).map_or(UNSEEN_PAIR, |pair| pair >> (slot % 2 * 4) & 0xF);
    // Pairs of frequent characters are met more often, among the unseen ones as well.
    u32::from(level) << 10 | (rarity(one) + rarity(two))
}
