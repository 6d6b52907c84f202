//! The attested forms – idioms, long words, frequent n-grams and short registered forms – as two tables that answer in one
//! look-up each: is this a form, and what may stand in this gap of a form.
//!
//! Both are hash tables in the form in which they lie in memory; the build script writes them with this file, too.

use super::filter::{Filter, scaled};

/// A hash of all bits of `key` (the finaliser of SplitMix64: Steele, Lea and Flood, “Fast Splittable Pseudorandom Number
/// Generators”, 2014).
#[inline]
fn mixed(key: u64) -> u64 {
    let key = (key ^ key >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let key = (key ^ key >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    key ^ key >> 31
}

/// The hash of a text, character by character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FormHash(u64);

impl FormHash {
    pub(crate) const EMPTY: FormHash = FormHash(0x51_7C_C1_B7_27_22_0A_95);

    #[inline]
    pub(crate) fn with(self, code: u32) -> FormHash {
        FormHash((self.0 ^ u64::from(code)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29))
    }

    /// The hash, mixed well enough to choose a place by it.
    #[inline]
    pub(crate) fn finished(self) -> u64 {
        mixed(self.0)
    }

    /// The hash as a number.
    #[allow(dead_code, reason = "the build script writes with it")]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The hash with these [`bits`](Self::bits).
    pub(crate) fn from_bits(bits: u64) -> Self {
        FormHash(bits)
    }

    pub(crate) fn of(codes: impl Iterator<Item = u32>) -> FormHash {
        codes.fold(FormHash::EMPTY, FormHash::with)
    }
}

/// Hashes what comes from dictionaries, hashes among them. Nobody can choose that to collide.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FormHasher(u64);

impl std::hash::BuildHasher for FormHasher {
    type Hasher = FormHasher;

    fn build_hasher(&self) -> FormHasher {
        FormHasher(0)
    }
}

impl std::hash::Hasher for FormHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mixed(self.0 ^ number);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Bytes of a slot: hash and value.
const SLOT: usize = 12;

/// Values by form. A form is told by its 64-bit hash alone: among a hundred thousand forms a text that is none is taken
/// for one once in 10¹⁴ times.
pub(crate) struct Forms<'b> {
    /// The forms. Most texts that are asked for are none, and this is smaller than the table.
    filter: Filter<'b>,
    slots: &'b [u8],
}

impl<'b> Forms<'b> {
    pub(crate) const fn new(filter: &'b [u8], slots: &'b [u8]) -> Self {
        Forms { filter: Filter::new(filter), slots }
    }

    #[inline]
    pub(crate) fn get(&self, form: FormHash) -> Option<u32> {
        if !self.filter.contains(form.0) {
            return None;
        }
        let slots = self.slots.len() / SLOT;
        let hash = form.finished().max(1);
        let mut slot = scaled(hash, slots);
        loop {
            let bytes: &[u8; SLOT] = self.slots.get(slot * SLOT..)?.first_chunk()?;
            let (found, value) = bytes.split_first_chunk::<8>()?;
            match u64::from_le_bytes(*found) {
                0 => return None,
                found if found == hash => return Some(u32::from_le_bytes(*value.first_chunk()?)),
                _ => slot = (slot + 1) % slots,
            }
        }
    }
}

/// Writes the filter and the table of distinct forms.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) fn forms(values: &[(FormHash, u32)]) -> (Vec<u8>, Vec<u8>) {
    let keys: Vec<u64> = values.iter().map(|(form, _)| form.0).collect();
    (super::filter::filter(&keys, 12), form_table(values))
}

fn form_table(values: &[(FormHash, u32)]) -> Vec<u8> {
    let slots = values.len() * 8 / 5 + 1;
    let mut table = vec![(0u64, 0u32); slots];
    for &(form, value) in values {
        let hash = form.finished().max(1);
        let mut slot = scaled(hash, slots);
        while table[slot].0 != 0 {
            assert_ne!(table[slot].0, hash, "two forms share a hash");
            slot = (slot + 1) % slots;
        }
        table[slot] = (hash, value);
    }
    table.into_iter().flat_map(|(hash, value)| hash.to_le_bytes().into_iter().chain(value.to_le_bytes())).collect()
}

/// Slots of the table of links, as a power of two.
const LINK_SLOTS: u32 = 18;

/// How two characters stand in forms: one bit for each way. “Not so” is certain.
pub(crate) mod link {
    /// One behind the other.
    pub(crate) const ADJACENT: u8 = 1;
    /// The same in an idiom or a registered form.
    pub(crate) const ADJACENT_SURE: u8 = 2;
    /// With one other between them.
    pub(crate) const APART: u8 = 4;
    /// The same in an idiom or a registered form.
    pub(crate) const APART_SURE: u8 = 8;
}

/// How pairs of characters stand in forms. Small enough for the second fastest cache, for this is asked before anything else.
pub(crate) struct Links<'b> {
    /// Two slots to a byte, the even one in the low half; and [`LINK_ROOM`] bytes.
    slots: &'b [u8],
}

/// Bytes behind the slots, so that four can be read from each.
const LINK_ROOM: usize = 3;

/// Bytes of the table of links.
pub(crate) const LINK_BYTES: usize = (1 << (LINK_SLOTS - 1)) + LINK_ROOM;

/// What the codes of a pair are multiplied by for its slot.
pub(crate) const LINK_MULTIPLIERS: [u32; 2] = [0x9E37_79B1, 0x85EB_CA77];

/// Bits by which the sum of both is shifted to the right then.
pub(crate) const LINK_SHIFT: u32 = 32 - LINK_SLOTS;

#[inline]
fn link_slot(one: u32, two: u32) -> usize {
    let [first, second] = LINK_MULTIPLIERS;
    (one.wrapping_mul(first).wrapping_add(two.wrapping_mul(second)) >> LINK_SHIFT) as usize
}

impl<'b> Links<'b> {
    pub(crate) const fn new(slots: &'b [u8; LINK_BYTES]) -> Self {
        Links { slots }
    }

    /// How the second character may stand behind the first one: bits of [`link`].
    #[inline]
    pub(crate) fn of(&self, one: u32, two: u32) -> u8 {
        let slot = link_slot(one, two);
        self.slots.get(slot / 2).map_or(0, |byte| byte >> (slot % 2 * 4) & 15)
    }

    /// All of the table.
    pub(crate) const fn bytes(&self) -> &'b [u8] {
        self.slots
    }
}

/// Writes the table of links of `forms`, each with whether it is an idiom or registered.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) fn links<'f>(forms: impl Iterator<Item = (&'f [u32], bool)>) -> Vec<u8> {
    let mut bytes = vec![0u8; LINK_BYTES];
    for (form, sure) in forms {
        for (apart, plain, certain) in [(1, link::ADJACENT, link::ADJACENT_SURE), (2, link::APART, link::APART_SURE)] {
            for (&one, &two) in form.iter().zip(form.iter().skip(apart)) {
                let slot = link_slot(one, two);
                bytes[slot / 2] |= (plain | if sure { certain } else { 0 }) << (slot % 2 * 4);
            }
        }
    }
    bytes
}

/// A character that a form has in a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Filling {
    pub(crate) code: u32,
    /// Whether the form is an idiom or registered.
    pub(crate) sure: bool,
}

/// What fills the gaps of forms: for each window of four characters of a form and each place in it, the character there, by
/// the other three.
pub(crate) struct Gaps<'b> {
    /// Keys of all gaps.
    all: Filter<'b>,
    /// Keys of the gaps of idioms and registered forms.
    sure: Filter<'b>,
    /// Where the entries of each bucket begin: numbers of 32 bits, one more than there are buckets.
    at: &'b [u8],
    /// Code, sureness and 15 bits of the key, in 32 bits.
    entries: &'b [u8],
}

/// A table of gaps as it is written.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) struct GapBytes {
    pub(crate) all: Vec<u8>,
    pub(crate) sure: Vec<u8>,
    pub(crate) at: Vec<u8>,
    pub(crate) entries: Vec<u8>,
}

const SURE: u32 = 1 << 15;

/// The bucket of a key among so many, and the bits by which its entries know it.
#[inline]
fn bucket(key: u64, buckets: usize) -> (usize, u32) {
    let hash = mixed(key);
    (scaled(hash, buckets), hash as u32 & (SURE - 1))
}

impl<'b> Gaps<'b> {
    pub(crate) const fn new(all: &'b [u8], sure: &'b [u8], at: &'b [u8], entries: &'b [u8]) -> Self {
        Gaps { all: Filter::new(all), sure: Filter::new(sure), at, entries }
    }

    /// The keys of all gaps, or of those of idioms and registered forms.
    #[inline]
    pub(crate) const fn filter(&self, sure: bool) -> &Filter<'b> {
        if sure { &self.sure } else { &self.all }
    }

    /// The memory that says where the fillings of this gap are, and the byte of it.
    #[inline]
    pub(crate) fn bucket_byte(&self, key: u64) -> (&'b [u8], usize) {
        let (bucket, _) = bucket(key, self.buckets());
        (self.at, bucket * 4)
    }

    /// The memory that holds the fillings of this gap, and the byte of it from which on.
    #[inline]
    pub(crate) fn filling_byte(&self, key: u64) -> (&'b [u8], usize) {
        let (bucket, _) = bucket(key, self.buckets());
        (self.entries, self.first(bucket) * 4)
    }

    fn buckets(&self) -> usize {
        (self.at.len() / 4).saturating_sub(1)
    }

    /// Where the entries of a bucket begin.
    #[inline]
    fn first(&self, bucket: usize) -> usize {
        let four = self.at.get(bucket * 4..).and_then(|bytes| bytes.first_chunk());
        four.map_or(0, |&four| u32::from_le_bytes(four)) as usize
    }

    /// What fills the gap. In one of some ten thousand a filling of another gap is among them.
    #[inline]
    pub(crate) fn fillings(&self, key: u64) -> impl Iterator<Item = Filling> {
        let (bucket, mark) = bucket(key, self.buckets());
        let range = self.first(bucket) * 4..self.first(bucket + 1) * 4;
        let entries = self.entries.get(range).unwrap_or_default().as_chunks().0;
        let entries = entries.iter().map(|&four| u32::from_le_bytes(four));
        entries
            .filter(move |entry| entry & (SURE - 1) == mark)
            .map(|entry| Filling { code: entry >> 16, sure: entry & SURE != 0 })
    }
}

/// Writes the table of gaps: keys and what fills them. Codes have 16 bits.
#[allow(dead_code, reason = "the build script writes with it")]
pub(crate) fn gaps(mut fillings: Vec<(u64, Filling)>) -> GapBytes {
    fillings.sort_unstable_by_key(|&(key, filling)| (key, filling.code, !filling.sure));
    // Of two fillings that differ in sureness alone the sure one is first.
    fillings.dedup_by_key(|&mut (key, filling)| (key, filling.code));
    let keys = |sure: bool| {
        let mut keys: Vec<u64> =
            fillings.iter().filter(|(_, filling)| filling.sure || !sure).map(|&(key, _)| key).collect();
        keys.dedup();
        keys
    };
    let (all, sure) = (super::filter::filter(&keys(false), 12), super::filter::filter(&keys(true), 20));
    let buckets = fillings.len() / 3 + 1;
    let mut table: Vec<(usize, u32)> = fillings
        .iter()
        .map(|&(key, filling)| {
            let (bucket, mark) = bucket(key, buckets);
            (bucket, filling.code << 16 | if filling.sure { SURE } else { 0 } | mark)
        })
        .collect();
    table.sort_unstable();
    let at = (0..=buckets).flat_map(|bucket| (table.partition_point(|entry| entry.0 < bucket) as u32).to_le_bytes());
    GapBytes { all, sure, at: at.collect(), entries: table.iter().flat_map(|(_, entry)| entry.to_le_bytes()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_their_values() {
        let form = |text: &str| FormHash::of(text.chars().map(u32::from));
        let (filter, table) = forms(&[(form("因地制宜"), 7), (form("因地制"), 3)]);
        let read = Forms::new(&filter, &table);
        assert_eq!(read.get(form("因地制宜")), Some(7));
        assert_eq!(read.get(form("因地制")), Some(3));
        assert_eq!(read.get(form("因地制谊")), None);
        let (filter, table) = forms(&[]);
        assert_eq!(Forms::new(&filter, &table).get(form("因")), None);
        assert_eq!(Forms::new(&[], &[]).get(form("因")), None);
    }

    #[test]
    fn links_of_forms_are_known() {
        let bytes: [u8; LINK_BYTES] =
            links([(&[1, 2, 3][..], false), (&[7, 8], true), (&[9], true)].into_iter()).try_into().unwrap();
        let read = Links::new(&bytes);
        assert_eq!([read.of(1, 2), read.of(2, 3), read.of(1, 3)], [link::ADJACENT, link::ADJACENT, link::APART]);
        assert_eq!(read.of(7, 8), link::ADJACENT | link::ADJACENT_SURE);
        assert_eq!([read.of(2, 1), read.of(3, 7), read.of(9, 9)], [0; 3]);
    }

    #[test]
    fn gaps_are_filled_by_what_was_there() {
        let filling = |code: char, sure| Filling { code: code.into(), sure };
        let written = gaps(vec![
            (1, filling('甲', false)),
            (1, filling('乙', true)),
            (1, filling('甲', true)),
            (2, filling('丙', false)),
        ]);
        let read = Gaps::new(&written.all, &written.sure, &written.at, &written.entries);
        let mut first: Vec<Filling> = read.fillings(1).collect();
        first.sort();
        assert_eq!(first, [filling('乙', true), filling('甲', true)]);
        assert_eq!(read.fillings(2).collect::<Vec<_>>(), [filling('丙', false)]);
        let may_fill = |key: u64, sure: bool| read.filter(sure).contains(key);
        assert!(may_fill(1, true) && may_fill(2, false) && !may_fill(2, true));
    }
}
