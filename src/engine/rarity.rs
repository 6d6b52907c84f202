//! How rare characters and pairs of neighbouring characters are in official text.

use std::sync::LazyLock;

use super::frequency::{Frequencies, share};

include!(concat!(env!("OUT_DIR"), "/characters.rs"));

/// Counted from the word list and from reference text, see `scripts/build_evidence.rs`.
static OFFICIAL: Frequencies<'static> =
    Frequencies { characters: &RARITY, pairs: include_bytes!("../../dictionaries/attested/pairs.sketch") };

/// [`Frequencies::rarity`] in official text.
pub(super) fn rarity(character: char) -> u32 {
    OFFICIAL.rarity(character)
}

/// [`Frequencies::pair_novelty`] in official text.
pub(super) fn pair_novelty(one: char, two: char) -> u32 {
    OFFICIAL.pair_novelty(one, two)
}

/// The share of the pair among all pairs of official text, roughly.
pub(super) fn pair_frequency(one: char, two: char) -> f32 {
    /// By the upper bits of the novelty.
    static SHARES: LazyLock<Vec<f32>> = LazyLock::new(|| (0..1 << 10).map(|bits| share(bits << 4)).collect());
    SHARES[(pair_novelty(one, two) >> 4) as usize]
}
