//! The compiled form: one run of bytes, the same in memory and in a file.
//!
//! All numbers are little-endian. A header of [`HEADER`] bytes is followed by five arrays, each from a multiple of
//! [`ALIGNMENT`] bytes on:
//!
//! | array | holds |
//! |---|---|
//! | filter | words of 32 bits, of which each anchor has set two bits |
//! | shorts | one bit for each hash of what a literal shorter than a window begins with: its first character, or four bytes if it has them; absent without such |
//! | marks | one bit for each hash of the anchor of such a literal; absent without such |
//! | slots | open addressing by the hash of an anchor: tag and place in the pool, `u64::MAX` if empty |
//! | pool | what is anchored: groups of literals, up to one that is marked as the last |
//!
//! A group: its length in bytes; the bytes before the anchor, the mark of the last group and the number of its literals; their
//! indices; their bytes one after another, in ascending order, filled up to a multiple of four.

use std::ops::Range;

use crate::simd::{LOGS, SHORTS, WINDOW};

/// Bytes of the header.
pub(super) const HEADER: usize = 64;

/// Arrays begin at multiples of so many bytes.
pub(super) const ALIGNMENT: usize = 64;

/// Says what the bytes are, and in which version of the format.
const MAGIC: [u8; 8] = *b"zmlit\0\0\x03";

/// An empty slot.
pub(super) const EMPTY: u64 = u64::MAX;

/// Bytes of the marks, a power of two.
pub(super) const MARKS: usize = 1 << 11;

/// Byte and bit of the mark for an anchor with this hash.
#[inline]
pub(super) fn mark_of(hash: u64) -> (usize, u32) {
    ((hash >> 3) as usize % MARKS, hash as u32 & 7)
}

/// Most bytes that may stand before an anchor.
pub(super) const MOST_BEFORE: usize = (1 << 12) - 1;

/// Most literals of one group; more of the same shape are several groups.
pub(super) const MOST_MEMBERS: usize = (1 << 19) - 1;

/// Why bytes are no compiled literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// They do not begin like compiled literals of this version.
    #[error("no compiled literals, or those of another version")]
    Format,
    /// They are cut short, or longer than they say.
    #[error("compiled literals of the wrong size")]
    Size,
    /// They were changed.
    #[error("compiled literals with a wrong checksum")]
    Checksum,
    /// They contradict themselves.
    #[error("compiled literals that contradict themselves")]
    Content,
}

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// One more than the greatest index of a literal.
    pub(super) literals: u32,
    /// Base-2 logarithm of the number of words of the filter.
    pub(super) log: u32,
    pub(super) multipliers: [u32; 2],
    /// Bit *n* says that there are literals of *n* bytes, for those shorter than a window.
    pub(super) short_lengths: u32,
    /// What the hashes of anchors were made with.
    pub(super) seed: u32,
    pub(super) slots: u32,
    /// Bytes of the pool.
    pub(super) pool: u32,
    /// Length of the longest literal in bytes.
    pub(super) longest: u32,
    /// Bytes of all literals together.
    pub(super) total: u32,
}

/// Where the arrays are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) filter: Range<usize>,
    pub(super) shorts: Range<usize>,
    pub(super) marks: Range<usize>,
    pub(super) slots: Range<usize>,
    pub(super) pool: Range<usize>,
}

impl Header {
    /// Where the arrays are; `None` if their sizes cannot be.
    pub(super) fn layout(&self) -> Option<Layout> {
        if !LOGS.contains(&self.log) || self.short_lengths >> WINDOW != 0 || self.short_lengths & 1 != 0 {
            return None;
        }
        let mut end = HEADER;
        let mut array = |bytes: usize| {
            let start = end.checked_next_multiple_of(ALIGNMENT)?;
            end = start.checked_add(bytes)?;
            Some(start..end)
        };
        Some(Layout {
            filter: array(4 << self.log)?,
            shorts: array(if self.short_lengths == 0 { 0 } else { SHORTS })?,
            marks: array(if self.short_lengths == 0 { 0 } else { MARKS })?,
            slots: array((self.slots as usize).checked_mul(8)?)?,
            pool: array(self.pool as usize)?,
        })
    }

    /// Writes the header of `bytes`, the rest of which is in place.
    pub(super) fn write(&self, bytes: &mut [u8]) {
        let fields = [
            self.literals,
            self.log,
            self.multipliers[0],
            self.multipliers[1],
            self.short_lengths,
            self.seed,
            self.slots,
            self.pool,
            self.longest,
            self.total,
        ];
        bytes[..8].copy_from_slice(&MAGIC);
        for (slot, field) in bytes[16..].chunks_exact_mut(4).zip(fields) {
            slot.copy_from_slice(&field.to_le_bytes());
        }
        let sum = checksum(&bytes[16..]);
        bytes[8..16].copy_from_slice(&sum.to_le_bytes());
    }

    /// Reads and checks the header of `bytes` and their checksum.
    pub(super) fn read(bytes: &[u8]) -> Result<(Header, Layout), LoadError> {
        let read = Header::read_unsummed(bytes)?;
        match u64_at(bytes, 8) == Some(checksum(&bytes[16..])) {
            true => Ok(read),
            false => Err(LoadError::Checksum),
        }
    }

    /// The same without the checksum.
    pub(super) fn read_unsummed(bytes: &[u8]) -> Result<(Header, Layout), LoadError> {
        if bytes.get(..8) != Some(&MAGIC[..]) {
            return Err(LoadError::Format);
        }
        if bytes.len() < HEADER {
            return Err(LoadError::Size);
        }
        let field = |index: usize| u32_at(bytes, 16 + 4 * index).unwrap_or_default();
        let header = Header {
            literals: field(0),
            log: field(1),
            multipliers: [field(2), field(3)],
            short_lengths: field(4),
            seed: field(5),
            slots: field(6),
            pool: field(7),
            longest: field(8),
            total: field(9),
        };
        let layout = header.layout().ok_or(LoadError::Content)?;
        if layout.pool.end != bytes.len() {
            return Err(LoadError::Size);
        }
        Ok((header, layout))
    }
}

/// A group of literals of one length with their anchor at the same place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'p> {
    /// Bytes of each literal.
    pub(super) length: usize,
    /// Bytes before the anchor.
    pub(super) before: usize,
    /// Whether nothing more is anchored there.
    pub(super) last: bool,
    /// Their indices, four bytes each.
    ids: &'p [u8],
    /// Their bytes, one after another.
    bytes: &'p [u8],
    /// Where the next group begins in the pool.
    pub(super) next: usize,
}

impl<'p> Group<'p> {
    /// The group at byte `at` of the pool.
    #[inline]
    pub(super) fn read(pool: &'p [u8], at: usize) -> Option<Self> {
        let length = u32_at(pool, at)? as usize;
        let shape = u32_at(pool, at.checked_add(4)?)?;
        let members = shape as usize & MOST_MEMBERS;
        let ids_end = at + 8 + 4 * members;
        let end = ids_end.checked_add(length.checked_mul(members)?)?;
        Some(Group {
            length,
            before: (shape >> 20) as usize,
            last: shape >> 19 & 1 == 1,
            ids: pool.get(at + 8..ids_end)?,
            bytes: pool.get(ids_end..end)?,
            next: end.checked_next_multiple_of(4)?,
        })
    }

    /// Appends a group to `pool`.
    pub(super) fn write<'l>(
        pool: &mut Vec<u8>,
        length: usize,
        before: usize,
        last: bool,
        members: impl ExactSizeIterator<Item = (u32, &'l [u8])> + Clone,
    ) {
        let shape = (before as u32) << 20 | u32::from(last) << 19 | members.len() as u32;
        pool.extend_from_slice(&(length as u32).to_le_bytes());
        pool.extend_from_slice(&shape.to_le_bytes());
        members.clone().for_each(|(index, _)| pool.extend_from_slice(&index.to_le_bytes()));
        members.for_each(|(_, bytes)| pool.extend_from_slice(bytes));
        pool.resize(pool.len().next_multiple_of(4), 0);
    }

    /// Number of literals.
    #[inline]
    pub(super) fn members(&self) -> usize {
        self.ids.len() / 4
    }

    /// Index and bytes of literal number `member`.
    #[inline]
    pub(super) fn member(&self, member: usize) -> Option<(u32, &'p [u8])> {
        Some((u32_at(self.ids, 4 * member)?, self.bytes.get(member * self.length..(member + 1) * self.length)?))
    }

    /// The index of the literal that reads `text`, which is as long as all of them.
    #[inline]
    pub(super) fn find(&self, text: &[u8]) -> Option<u32> {
        if self.ids.len() == 4 {
            return if equal(text, self.bytes) { u32_at(self.ids, 0) } else { None };
        }
        let (mut low, mut high) = (0, self.members());
        while low < high {
            let middle = low.midpoint(high);
            let (index, bytes) = self.member(middle)?;
            match bytes.cmp(text) {
                std::cmp::Ordering::Equal => return Some(index),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// Whether two runs of bytes of one length are equal. Most of those that meet here have six to twenty bytes, for which
/// calling the library's comparison would take longer.
#[inline]
fn equal(one: &[u8], two: &[u8]) -> bool {
    fn ends<const N: usize>(one: &[u8], two: &[u8]) -> Option<bool> {
        let (first, last) = (one.first_chunk::<N>()?, one.last_chunk::<N>()?);
        Some(first == two.first_chunk()? && last == two.last_chunk()?)
    }
    match one.len() {
        17.. => one == two,
        8.. => ends::<8>(one, two).unwrap_or(false),
        4.. => ends::<4>(one, two).unwrap_or(false),
        _ => one == two,
    }
}

/// Two multiplications, so that both halves depend on every byte of the key.
fn mixed(key: u64) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let product = key.wrapping_mul(MULTIPLIER);
    (product ^ product >> 32).wrapping_mul(MULTIPLIER)
}

/// The hash of the anchor at the low end of `window`, which has `length` bytes if that is less than a window.
#[inline]
pub(super) fn anchor_hash(window: u64, length: usize, seed: u32) -> u64 {
    let length = length.min(WINDOW);
    mixed((window & ((1 << (8 * length)) - 1) | (length as u64) << 48) ^ u64::from(seed) << 51)
}

/// The first slot for `hash` among `slots`.
#[inline]
pub(super) fn slot_of(hash: u64, slots: u32) -> usize {
    // The tag is the low half, this the high one.
    (((hash >> 32) * u64::from(slots)) >> 32) as usize
}

/// The number at byte `at`.
#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|&chunk| u32::from_le_bytes(chunk))
}

/// The number at byte `at`.
#[inline]
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|&chunk| u64::from_le_bytes(chunk))
}

/// Sum by which damage is noticed; eight independent lanes, so that it runs at the speed of memory. It is no defence against
/// somebody who means it.
fn checksum(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let mut lanes = [1, 2, 3, 4, 5, 6, 7, bytes.len() as u64];
    let blocks = bytes.chunks_exact(64);
    let rest = blocks.remainder();
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            *lane = step(*lane, u64_at(word, 0).unwrap_or_default());
        }
    }
    let sum = rest.iter().fold(MULTIPLIER, |sum, &byte| step(sum, u64::from(byte)));
    let sum = lanes.iter().fold(sum, |sum, &lane| step(sum, lane));
    sum ^ sum >> 32
}
