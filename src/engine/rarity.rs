//! How rare characters and pairs of neighbouring characters are in official text.

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
