//! The entries of a dictionary. Those of the embedded packs stay in their compiled form until somebody asks for one.

use std::ops::{Index, Range};
use std::sync::OnceLock;

use super::entry::{Entry, Facts, LazyDetails, RuleKind};

/// Facts of each embedded entry, and where it begins in [`COMPILED`].
static FACTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/entries.facts"));

/// The embedded entries one after another, each as `postcard` writes it, followed by its details.
static COMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/entries.bin"));

/// Bytes of a row of [`FACTS`].
const ROW: usize = Facts::BYTES + 4;

/// All entries of a dictionary, in the order of packs and files.
///
/// What decides whether an entry takes part is known of all of them; the rest of an embedded entry is read when it is first
/// asked for.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
struct Slot {
    facts: Facts,
    /// Where it begins in [`COMPILED`], if it comes from there.
    at: u32,
    read: OnceLock<Box<Entry>>,
}

impl Entries {
    /// Those of the packs that come with the program.
    pub(super) fn embedded() -> Self {
        let slot = |row: &[u8; ROW]| {
            let (facts, at) = row.split_first_chunk()?;
            let (facts, at) = (Facts::from_bytes(*facts)?, u32::from_le_bytes(*at.first_chunk()?));
            Some(Slot { facts, at, read: OnceLock::new() })
        };
        Entries { slots: FACTS.as_chunks().0.iter().filter_map(slot).collect() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> EntriesIter<'_> {
        EntriesIter { entries: self, left: 0..self.len() }
    }

    /// The id of an entry.
    pub(crate) fn id(&self, index: usize) -> &str {
        let slot = &self.slots[index];
        match slot.read.get() {
            Some(entry) => &entry.id,
            // It is what an entry begins with.
            None => postcard::take_from_bytes(slot.compiled()).map_or("", |(id, _)| id),
        }
    }

    /// What is known of an entry without reading it.
    pub(crate) fn facts(&self, index: usize) -> Facts {
        self.slots[index].facts
    }

    /// The indices of the entries of a kind.
    pub(crate) fn indices_of(&self, kind: RuleKind) -> impl Iterator<Item = usize> + Clone + '_ {
        self.slots.iter().enumerate().filter(move |(_, slot)| slot.facts.kind == kind).map(|(index, _)| index)
    }

    /// The entries of a kind with their indices.
    pub(crate) fn of(&self, kind: RuleKind) -> impl Iterator<Item = (usize, &Entry)> + Clone {
        self.indices_of(kind).map(|index| (index, &self[index]))
    }

    /// The entries of all kinds that are registered, with their indices.
    pub(crate) fn registered(&self) -> impl Iterator<Item = (usize, &Entry)> + Clone {
        let slots = self.slots.iter().enumerate().filter(|(_, slot)| slot.facts.kind.is_registered());
        slots.map(|(index, slot)| (index, slot.entry()))
    }

    /// Appends an entry.
    pub(super) fn push(&mut self, entry: Entry) {
        self.slots.push(Slot::new(entry));
    }

    /// Puts an entry in the place of another one.
    pub(super) fn replace(&mut self, index: usize, entry: Entry) {
        self.slots[index] = Slot::new(entry);
    }

    /// Switches an entry off.
    pub(super) fn disable(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let mut entry = slot.entry().clone();
        entry.enabled = false;
        *slot = Slot::new(entry);
    }
}

impl Slot {
    fn new(entry: Entry) -> Self {
        Slot { facts: Facts::of(&entry), at: 0, read: OnceLock::from(Box::new(entry)) }
    }

    fn compiled(&self) -> &'static [u8] {
        COMPILED.get(self.at as usize..).unwrap_or_default()
    }

    fn entry(&self) -> &Entry {
        self.read.get_or_init(|| match postcard::take_from_bytes::<Entry>(self.compiled()) {
            Ok((mut entry, details)) => {
                entry.details = LazyDetails::compiled(details);
                entry.guards.fold();
                Box::new(entry)
            }
            Err(_) => unreachable!("the build script wrote the entry with the types of this very version"),
        })
    }
}

impl Index<usize> for Entries {
    type Output = Entry;

    fn index(&self, index: usize) -> &Entry {
        self.slots[index].entry()
    }
}

impl<'e> IntoIterator for &'e Entries {
    type Item = &'e Entry;
    type IntoIter = EntriesIter<'e>;

    fn into_iter(self) -> EntriesIter<'e> {
        self.iter()
    }
}

/// Entries one after another; see [`Entries::iter`].
#[derive(Debug, Clone)]
pub struct EntriesIter<'e> {
    entries: &'e Entries,
    left: Range<usize>,
}

impl<'e> Iterator for EntriesIter<'e> {
    type Item = &'e Entry;

    fn next(&mut self) -> Option<&'e Entry> {
        self.left.next().map(|index| &self.entries[index])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for EntriesIter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_an_entry_is_what_it_says() {
        let entries = Entries::embedded();
        assert!(!entries.is_empty());
        for index in 0..entries.len() {
            let id = entries.id(index).to_owned();
            let entry = &entries[index];
            assert_eq!((id.as_str(), Facts::of(entry)), (entry.id.as_str(), entries.facts(index)));
            assert_eq!(entries.id(index), entry.id);
            assert!(!entry.source.is_empty(), "{id}");
        }
    }
}
