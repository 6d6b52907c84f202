//! All occurrences of many literals in one pass.
//!
//! A wrong form holds at least one pair of neighbouring characters that correct text almost never has. Each literal is
//! anchored on its rarest pair; the pass looks at every pair of the text, asks a bit table whether any literal is
//! anchored there, and only then compares. Comparing is by hash of the whole literal, once for each distinct position and
//! length that the anchor occurs with, so that many literals on one pair cost no more than one.
//!
//! The result is exactly that of an overlapping Aho-Corasick automaton (property-tested against the `aho-corasick` crate),
//! at several times its speed on Chinese text (`docs/performance.md`).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

include!(concat!(env!("OUT_DIR"), "/characters.rs"));

/// Bits of the filter: 64 KiB, so that it stays in a fast cache. With some twenty thousand literals about one pair in
/// thirty passes by chance.
const FILTER_BITS: u32 = 19;

/// An occurrence of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// Index of the literal.
    pub(super) literal: u32,
}

/// Where the anchor stands in a literal: bytes before the pair, and bytes of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    before: u32,
    length: u32,
}

/// A set of literals, ready to be searched for.
pub(super) struct LiteralScan {
    /// One bit for each hash of a pair; those of anchors are set.
    filter: Vec<u64>,
    /// Open addressing by the same hash: anchor pair and its shapes.
    slots: Vec<Slot>,
    shapes: Vec<Shape>,
    /// Index of each literal and where its anchor stands in it.
    literals: HashMap<Box<str>, (u32, u32), BuildHasherDefault<WordHasher>>,
    /// Literals of one character.
    singles: HashMap<char, u32, BuildHasherDefault<WordHasher>>,
    /// One bit for each character of the Basic Multilingual Plane that is a literal by itself.
    single_bits: Vec<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The pair, or 0 for an empty slot.
    pair: u64,
    first: u32,
    count: u32,
}

fn pair_of(first: u32, second: u32) -> u64 {
    // One more than the code, so that no pair is 0.
    (u64::from(first) << 32 | u64::from(second)) + 1
}

fn hash(pair: u64) -> u64 {
    pair.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Hashes by multiplication, eight bytes at a time. The keys come from dictionaries, never from the text that is read, so
/// nobody can choose them to collide.
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = hash(self.0.rotate_left(5) ^ number);
    }

    fn finish(&self) -> u64 {
        // The map looks at the low bits, multiplication mixes the high ones.
        self.0.rotate_left(26)
    }
}

/// How rare a character is in official text: −ln of its share, in 1/16 nat.
fn rarity(character: char) -> u32 {
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

impl LiteralScan {
    /// Prepares `literals`, whose indices the occurrences will name. Empty ones are never found; of equal ones the last is.
    pub(super) fn new<'l>(literals: impl IntoIterator<Item = &'l str>) -> Self {
        let mut anchors: HashMap<u64, Vec<Shape>> = HashMap::new();
        let mut by_text = HashMap::default();
        let mut singles = HashMap::default();
        let mut single_bits = vec![0u64; 1024];
        for (literal, index) in literals.into_iter().zip(0u32..) {
            let characters: Vec<(usize, char)> = literal.char_indices().collect();
            let pairs = characters.windows(2).map(|pair| (pair[0].0, pair[0].1, pair[1].1));
            let Some((before, first, second)) = pairs.max_by_key(|&(_, first, second)| pair_rarity(first, second))
            else {
                if let Some(&(_, character)) = characters.first() {
                    singles.insert(character, index);
                    if let Some(word) = single_bits.get_mut(character as usize >> 6) {
                        *word |= 1 << (character as u32 & 63);
                    }
                }
                continue;
            };
            by_text.insert(Box::from(literal), (index, before as u32));
            let shape = Shape { before: before as u32, length: literal.len() as u32 };
            let shapes = anchors.entry(pair_of(first as u32, second as u32)).or_default();
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        let mut scan = LiteralScan {
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            slots: vec![Slot::default(); (anchors.len() * 2).next_power_of_two().max(2)],
            shapes: Vec::new(),
            literals: by_text,
            singles,
            single_bits,
        };
        for (pair, shapes) in anchors {
            let bit = hash(pair) >> (64 - FILTER_BITS);
            scan.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
            let mut slot = hash(pair) as usize & (scan.slots.len() - 1);
            while scan.slots[slot].pair != 0 {
                slot = (slot + 1) & (scan.slots.len() - 1);
            }
            scan.slots[slot] = Slot { pair, first: scan.shapes.len() as u32, count: shapes.len() as u32 };
            scan.shapes.extend(shapes);
        }
        scan
    }

    /// Calls `visit` for every occurrence of every literal in `text`, overlapping ones included, in order of their anchors.
    pub(super) fn scan(&self, text: &str, mut visit: impl FnMut(Occurrence)) {
        let filter = &self.filter[..1 << (FILTER_BITS - 6)];
        let singles = &self.single_bits[..1024];
        let bytes = text.as_bytes();
        // Nothing precedes the first character; no literal holds this code.
        let mut previous = u32::MAX;
        let mut previous_start = 0;
        let mut at = 0;
        while let Some(&lead) = bytes.get(at) {
            // `text` is valid UTF-8, so the lead byte says how many continuation bytes follow. Chinese comes first.
            let (code, length) = if (0xE0..0xF0).contains(&lead) {
                let [_, second, third, ..] = bytes[at..] else { return };
                (u32::from(lead & 0x0F) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F), 3)
            } else if lead < 0x80 {
                (u32::from(lead), 1)
            } else if lead < 0xE0 {
                let [_, second, ..] = bytes[at..] else { return };
                (u32::from(lead & 0x1F) << 6 | u32::from(second & 0x3F), 2)
            } else {
                let [_, second, third, fourth, ..] = bytes[at..] else { return };
                let high = u32::from(lead & 0x07) << 18 | u32::from(second & 0x3F) << 12;
                (high | u32::from(third & 0x3F) << 6 | u32::from(fourth & 0x3F), 4)
            };
            let pair = pair_of(previous, code);
            let hashed = hash(pair);
            let bit = hashed >> (64 - FILTER_BITS);
            if filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1 {
                self.compare(text, pair, hashed, previous_start, &mut visit);
            }
            if singles.get(code as usize >> 6).is_none_or(|word| word >> (code & 63) & 1 == 1)
                && let Some(&literal) = char::from_u32(code).and_then(|character| self.singles.get(&character))
            {
                visit(Occurrence { start: at, end: at + length, literal });
            }
            previous = code;
            previous_start = at;
            at += length;
        }
    }

    /// Visits the literals that are anchored on `pair`, which stands at byte `at`.
    fn compare(&self, text: &str, pair: u64, hashed: u64, at: usize, visit: &mut impl FnMut(Occurrence)) {
        let mut slot = hashed as usize & (self.slots.len() - 1);
        while self.slots[slot].pair != pair {
            if self.slots[slot].pair == 0 {
                return;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let Slot { first, count, .. } = self.slots[slot];
        for shape in &self.shapes[first as usize..(first + count) as usize] {
            let Some(start) = at.checked_sub(shape.before as usize) else { continue };
            let end = start + shape.length as usize;
            // A literal may also have the shape of another one's anchor; only its own counts, so that it is found once.
            if let Some(&(literal, before)) = text.get(start..end).and_then(|found| self.literals.get(found))
                && before == shape.before
            {
                visit(Occurrence { start, end, literal });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    fn found(literals: &[String], text: &str) -> Vec<Occurrence> {
        let scan = LiteralScan::new(literals.iter().map(String::as_str));
        let mut found = Vec::new();
        scan.scan(text, |occurrence| found.push(occurrence));
        found.sort();
        found
    }

    fn reference(literals: &[String], text: &str) -> Vec<Occurrence> {
        let automaton = AhoCorasick::new(literals).unwrap();
        let hits = automaton.find_overlapping_iter(text);
        let mut found: Vec<Occurrence> = hits
            .map(|hit| Occurrence { start: hit.start(), end: hit.end(), literal: hit.pattern().as_u32() })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_hash_hit_on_a_longer_literal_does_not_hide_a_shorter_one() {
        let literals: Vec<String> = ["布署", "全面布署", "署工", "面布署工"].map(str::to_owned).to_vec();
        assert_eq!(found(&literals, "全面布署工作").len(), 4);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn finds_what_an_overlapping_automaton_finds(
            literals in prop::collection::hash_set("[甲乙丙a0é𠮷，]{1,4}", 0..24),
            text in "[甲乙丙a0é𠮷，]{0,40}",
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            prop_assert_eq!(found(&literals, &text), reference(&literals, &text));
        }
    }
}
