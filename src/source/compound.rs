//! Compound files ([MS-CFB], "OLE2"): the file system inside a file in which Office 97–2003, WPS and Outlook store their
//! streams. Read-only, and tolerant: what is damaged is told, and what can still be reached is read.
//!
//! Nothing is copied when a file is opened but its directory; the allocation table is read where it stands.

use std::collections::HashSet;

use super::container::Refusal;
use super::notice::Code;

/// First bytes of every compound file.
pub(crate) const SIGNATURE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Sector numbers from here on have a meaning of their own (end of chain, free, …).
const SPECIAL: u32 = 0xFFFF_FFFA;
/// No entry of the directory.
const NO_ENTRY: u32 = 0xFFFF_FFFF;
/// Size of an entry of the directory, in bytes.
const ENTRY: usize = 128;
/// Size of a sector of the mini stream, in bytes.
const MINI_SECTOR: usize = 64;

/// What an entry of the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A folder.
    Storage,
    /// A file.
    Stream,
    /// The folder that holds all others.
    Root,
}

/// An entry of the directory ([MS-CFB] §2.6.1).
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its name, without the folders it is in.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: EntryKind,
    /// Length of a stream as the directory has it, in bytes.
    pub(crate) length: u64,
    start: u32,
    left: u32,
    right: u32,
    child: u32,
}

/// Number of an entry in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntryId(u32);

/// A compound file opened for reading.
#[derive(Debug)]
pub(crate) struct CompoundFile<'b> {
    bytes: &'b [u8],
    /// Size of a sector, in bytes: 512 or 4096.
    sector: usize,
    /// Sectors of the allocation table, in order.
    table: Vec<u32>,
    /// Streams shorter than this stand in the mini stream.
    cutoff: u64,
    /// First sector of the mini stream's allocation table.
    mini_start: u32,
    /// The mini stream and its allocation table, once they were needed.
    mini: Option<(Vec<u8>, Vec<u32>)>,
    entries: Vec<Option<Entry>>,
    damaged: bool,
    /// Bytes that may still be read. Sound streams share no sectors, so that all of them together are no longer than the
    /// file; a hostile directory could have the same sectors read over and over.
    left: u64,
}

impl<'b> CompoundFile<'b> {
    /// Reads header and directory; fails if there is none.
    pub(crate) fn open(bytes: &'b [u8]) -> Result<Self, Refusal> {
        let corrupt = || Refusal::new(Code::Corrupt, "文件已损坏或不完整，没有检查。请重新取得原文件");
        if !bytes.starts_with(SIGNATURE) || bytes.len() < 512 {
            return Err(corrupt());
        }
        // Version 4 has sectors of 4096 bytes; whatever else is said, 512 is what is meant.
        let sector = if u16_at(bytes, 30) == Some(12) { 4096 } else { 512 };
        let number = |at| u32_at(bytes, at).unwrap_or(NO_ENTRY);
        let mut file = CompoundFile {
            bytes,
            sector,
            table: Vec::new(),
            // The standard knows one value only.
            cutoff: 4096,
            mini_start: number(60),
            mini: None,
            entries: Vec::new(),
            damaged: false,
            left: (bytes.len() as u64).saturating_mul(4).saturating_add(1 << 20),
        };
        file.find_table(number(68));
        let directory = file.chain(number(48), None);
        let directory = directory.as_chunks::<ENTRY>().0;
        file.entries = directory.iter().map(|raw| entry(raw, sector)).collect();
        if !file.entries.first().is_some_and(|entry| entry.as_ref().is_some_and(|one| one.kind == EntryKind::Root)) {
            return Err(corrupt());
        }
        file.damaged |= file.has_loose_ends();
        Ok(file)
    }

    /// Whether the directory leads to entries that are none.
    fn has_loose_ends(&self) -> bool {
        let mut seen = HashSet::new();
        let mut waiting = vec![0];
        while let Some(next) = waiting.pop() {
            let Some(entry) = self.entry(EntryId(next)) else { return true };
            // Writers leave anything in what a stream has no use for.
            let child = if entry.kind == EntryKind::Stream { NO_ENTRY } else { entry.child };
            let links = [entry.left, entry.right, child].into_iter();
            waiting.extend(links.filter(|&link| link != NO_ENTRY && seen.insert(link)));
        }
        false
    }

    /// Whether something was out of order so far, so that what was read may not be all.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The root storage.
    pub(crate) fn root(&self) -> EntryId {
        EntryId(0)
    }

    /// The entry called `id`.
    pub(crate) fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)?.as_ref()
    }

    /// What is directly inside a storage, in the order of the directory.
    pub(crate) fn children(&self, storage: EntryId) -> Vec<EntryId> {
        let Some(entry) = self.entry(storage) else { return Vec::new() };
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = vec![entry.child];
        while let Some(next) = waiting.pop() {
            let id = EntryId(next);
            let Some(entry) = self.entry(id).filter(|entry| entry.kind != EntryKind::Root) else { continue };
            if seen.insert(next) {
                found.push(id);
                waiting.extend([entry.left, entry.right]);
            }
        }
        found.sort_by_key(|id| id.0);
        found
    }

    /// The entry called `name` directly inside `storage`; case does not matter ([MS-CFB] §2.6.4).
    pub(crate) fn child(&self, storage: EntryId, name: &str) -> Option<EntryId> {
        self.children(storage)
            .into_iter()
            .find(|&id| self.entry(id).is_some_and(|entry| entry.name.eq_ignore_ascii_case(name)))
    }

    /// What is in the root. Where links of the directory are broken, all there is.
    fn reachable(&self) -> Vec<EntryId> {
        let found = self.children(self.root());
        if found.len() > 1 { found } else { (1..self.entries.len() as u32).map(EntryId).collect() }
    }

    /// Names of what is in the root.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.reachable().into_iter().filter_map(|id| Some(&*self.entry(id)?.name))
    }

    /// The stream called `name` in the root.
    pub(crate) fn stream(&self, name: &str) -> Option<EntryId> {
        let named = |entry: &Entry| entry.kind == EntryKind::Stream && entry.name.eq_ignore_ascii_case(name);
        self.reachable().into_iter().find(|&id| self.entry(id).is_some_and(named))
    }

    /// What is in `storage`, as a compound file of its own; `None` if it is more than any object is made of.
    pub(crate) fn extract(&mut self, storage: EntryId) -> Option<Vec<u8>> {
        const ENTRIES: usize = 5000;
        if storage == self.root() {
            return Some(self.bytes.to_vec());
        }
        let mut streams: Vec<(String, Vec<u8>)> = Vec::new();
        let mut seen = HashSet::from([storage]);
        let mut waiting = vec![(storage, String::new())];
        while let Some((folder, path)) = waiting.pop() {
            for id in self.children(folder) {
                if !seen.insert(id) {
                    continue;
                }
                let Some(entry) = self.entry(id) else { continue };
                let (path, kind) = (format!("{path}{}", entry.name.replace('/', "_")), entry.kind);
                if seen.len() > ENTRIES {
                    return None;
                }
                match kind {
                    EntryKind::Stream => streams.push((path, self.read(id))),
                    _ => waiting.push((id, path + "/")),
                }
            }
        }
        let streams: Vec<Stream<'_>> = streams.iter().map(|(path, bytes)| (&**path, &**bytes)).collect();
        Some(write(&streams))
    }

    /// The bytes of a stream. Shorter than its length if the file is damaged, which [`is_damaged`](Self::is_damaged)
    /// then says.
    pub(crate) fn read(&mut self, stream: EntryId) -> Vec<u8> {
        let Some(entry) = self.entry(stream) else { return Vec::new() };
        let (start, length) = (entry.start, entry.length);
        if entry.kind != EntryKind::Stream || length == 0 {
            return Vec::new();
        }
        let bytes = if length < self.cutoff { self.mini_chain(start, length) } else { self.chain(start, Some(length)) };
        if (bytes.len() as u64) < length {
            self.damaged = true;
        }
        bytes
    }

    /// Finds the sectors of the allocation table: 109 are named in the header, the others in a chain of sectors.
    fn find_table(&mut self, first: u32) {
        let most = self.bytes.len() / self.sector + 1;
        let named = |bytes: &[u8]| -> Vec<u32> {
            bytes.as_chunks::<4>().0.iter().map(|raw| u32::from_le_bytes(*raw)).collect()
        };
        self.table = self.bytes.get(76..512).map(named).unwrap_or_default();
        let mut next = first;
        let mut steps = 0;
        while next < SPECIAL && steps < most {
            let Some(sector) = self.sector_at(next) else { break };
            let mut more = named(sector);
            next = more.pop().unwrap_or(NO_ENTRY);
            self.table.extend(more);
            steps += 1;
        }
        while self.table.last().is_some_and(|&sector| sector >= SPECIAL) {
            self.table.pop();
        }
    }

    /// Bytes of sector `number`; the last one of a file may be cut short.
    fn sector_at(&self, number: u32) -> Option<&'b [u8]> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// The sector after `number`.
    fn after(&self, number: u32) -> Option<u32> {
        let per = self.sector / 4;
        let table = self.sector_at(*self.table.get(number as usize / per)?)?;
        u32_at(table, number as usize % per * 4)
    }

    /// The bytes of a chain of sectors, at most `length` of them if it is known.
    fn chain(&mut self, start: u32, length: Option<u64>) -> Vec<u8> {
        let most = length.unwrap_or(u64::MAX).min(self.left);
        let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(most).min(self.bytes.len() as u64) as usize);
        let mut steps = self.bytes.len() / self.sector + 1;
        let mut next = start;
        while next < SPECIAL && (bytes.len() as u64) < most {
            let Some(sector) = self.sector_at(next).filter(|_| steps > 0) else {
                self.damaged = true;
                break;
            };
            steps -= 1;
            bytes.extend_from_slice(sector);
            next = match self.after(next) {
                Some(next) => next,
                None => {
                    self.damaged |= length.is_none_or(|length| (bytes.len() as u64) < length);
                    break;
                }
            };
        }
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        self.left -= (bytes.len() as u64).min(self.left);
        bytes
    }

    /// The bytes of a chain of sectors of the mini stream.
    fn mini_chain(&mut self, start: u32, length: u64) -> Vec<u8> {
        if self.mini.is_none() {
            let root = self.entry(self.root()).map(|entry| (entry.start, entry.length));
            let stream = root.map(|(start, length)| self.chain(start, Some(length))).unwrap_or_default();
            let table = self.chain(self.mini_start, None);
            let table = table.as_chunks::<4>().0.iter().map(|raw| u32::from_le_bytes(*raw)).collect();
            self.mini = Some((stream, table));
        }
        let Some((stream, table)) = &self.mini else { return Vec::new() };
        let mut bytes = Vec::with_capacity(length.min(self.cutoff) as usize);
        let mut next = start;
        while next < SPECIAL && (bytes.len() as u64) < length.min(self.left) {
            let at = next as usize * MINI_SECTOR;
            let sector = stream.get(at..stream.len().min(at + MINI_SECTOR));
            // Right behind the stream is nothing: a chain that stays there would never end.
            let Some(sector) = sector.filter(|sector| !sector.is_empty()) else { break };
            bytes.extend_from_slice(sector);
            next = table.get(next as usize).copied().unwrap_or(NO_ENTRY);
        }
        bytes.truncate(length as usize);
        self.left -= (bytes.len() as u64).min(self.left);
        bytes
    }
}

/// Reads an entry of the directory; `None` if it is unused or makes no sense.
fn entry(raw: &[u8; ENTRY], sector: usize) -> Option<Entry> {
    // A name is at most 32 units of 16 bits.
    if u16_at(raw, 64).is_none_or(|length| length > 64) {
        return None;
    }
    let kind = match raw[66] {
        1 => EntryKind::Storage,
        2 => EntryKind::Stream,
        5 => EntryKind::Root,
        _ => return None,
    };
    // The length counts bytes, the final zero included; the name ends at the first zero whatever it says.
    let units: Vec<u16> = raw[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let name = String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default());
    let number = |at| u32_at(raw, at).unwrap_or(NO_ENTRY);
    let (low, high) = (u64::from(number(120)), u64::from(number(124)));
    // Writers of version 3 leave anything in the upper half.
    let length = if sector == 512 { low } else { low | high << 32 };
    Some(Entry { name, kind, length, start: number(116), left: number(68), right: number(72), child: number(76) })
}

/// The 16-bit number at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The 32-bit number at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A stream to be written: its path, with `/` between folders, and its bytes.
pub type Stream<'b> = (&'b str, &'b [u8]);

/// An entry of the directory to be written.
struct Node<'b> {
    name: &'b str,
    kind: u8,
    parent: usize,
    data: &'b [u8],
}

/// Writes a compound file of version 4 with `streams`; folders are made as needed.
pub fn write(streams: &[Stream<'_>]) -> Vec<u8> {
    const SECTOR: usize = 4096;
    const END: u32 = 0xFFFF_FFFE;
    const TABLE_SECTOR: u32 = 0xFFFF_FFFD;
    let mut nodes = vec![Node { name: "Root Entry", kind: 5, parent: 0, data: &[] }];
    for (path, data) in streams {
        let mut parent = 0;
        let mut steps = path.split('/').peekable();
        while let Some(name) = steps.next() {
            let last = steps.peek().is_none();
            let known = (1..nodes.len()).find(|&at| nodes[at].parent == parent && nodes[at].name == name);
            parent = known.unwrap_or_else(|| {
                let (kind, data) = if last { (2, *data) } else { (1, &[][..]) };
                nodes.push(Node { name, kind, parent, data });
                nodes.len() - 1
            });
        }
    }
    let mut sectors: Vec<u8> = Vec::new();
    let mut table: Vec<u32> = Vec::new();
    let mut put = |data: &[u8]| -> u32 {
        if data.is_empty() {
            return END;
        }
        let start = table.len() as u32;
        sectors.extend_from_slice(data);
        sectors.resize(sectors.len().next_multiple_of(SECTOR), 0);
        let count = data.len().div_ceil(SECTOR) as u32;
        table.extend((1..count).map(|step| start + step).chain([END]));
        start
    };
    let (mut mini, mut mini_table): (Vec<u8>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut starts = vec![END; nodes.len()];
    for (node, start) in nodes.iter().zip(&mut starts).skip(1) {
        if node.data.len() >= SECTOR {
            *start = put(node.data);
        } else if !node.data.is_empty() {
            *start = mini_table.len() as u32;
            mini.extend_from_slice(node.data);
            mini.resize(mini.len().next_multiple_of(MINI_SECTOR), 0);
            let count = node.data.len().div_ceil(MINI_SECTOR) as u32;
            mini_table.extend((1..count).map(|step| *start + step).chain([END]));
        }
    }
    starts[0] = put(&mini);
    let mini_bytes: Vec<u8> = mini_table.iter().flat_map(|next| next.to_le_bytes()).collect();
    let mini_start = put(&mini_bytes);
    let mut directory = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let mut raw = [0u8; ENTRY];
        let units: Vec<u16> = node.name.encode_utf16().take(31).collect();
        for (slot, unit) in raw.as_chunks_mut::<2>().0.iter_mut().zip(&units) {
            *slot = unit.to_le_bytes();
        }
        raw[64..66].copy_from_slice(&(units.len() as u16 * 2 + 2).to_le_bytes());
        raw[66..68].copy_from_slice(&[node.kind, 1]);
        // A tree that is a list: each entry has the next one of its folder to the right.
        let child = (1..nodes.len()).find(|&at| nodes[at].parent == index);
        let right = (index + 1..nodes.len()).find(|&at| index > 0 && nodes[at].parent == node.parent);
        let link = |to: Option<usize>| to.map_or(NO_ENTRY, |at| at as u32).to_le_bytes();
        raw[68..72].copy_from_slice(&link(None));
        raw[72..76].copy_from_slice(&link(right));
        raw[76..80].copy_from_slice(&link(child));
        raw[116..120].copy_from_slice(&starts[index].to_le_bytes());
        let size = if index == 0 { mini.len() } else { node.data.len() } as u64;
        raw[120..128].copy_from_slice(&size.to_le_bytes());
        directory.extend_from_slice(&raw);
    }
    let directory_start = put(&directory);
    let first = table.len();
    let mut count = 0;
    while (first + count).div_ceil(SECTOR / 4) > count {
        count += 1;
    }
    table.extend(std::iter::repeat_n(TABLE_SECTOR, count));
    table.resize(table.len().next_multiple_of(SECTOR / 4), NO_ENTRY);
    let mut file = vec![0u8; SECTOR];
    let mut set = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, SIGNATURE);
    // Versions, byte order, sizes of sectors as powers of two.
    for (at, number) in [(24, 0x3Eu16), (26, 4), (28, 0xFFFE), (30, 12), (32, 6)] {
        set(at, &number.to_le_bytes());
    }
    let directory_sectors = directory.len().div_ceil(SECTOR) as u32;
    let mini_sectors = mini_bytes.len().div_ceil(SECTOR) as u32;
    for (at, number) in [
        (40, directory_sectors),
        (44, count as u32),
        (48, directory_start),
        (56, SECTOR as u32),
        (60, mini_start),
        (64, mini_sectors),
        (68, END),
    ] {
        set(at, &number.to_le_bytes());
    }
    // Sectors of 4096 bytes need no further list of table sectors up to 400 MB, which is more than a file may have.
    for index in 0..109 {
        let sector = if index < count { (first + index) as u32 } else { NO_ENTRY };
        set(76 + index * 4, &sector.to_le_bytes());
    }
    file.extend_from_slice(&sectors);
    file.extend(table.iter().flat_map(|next| next.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn streams_are_found_by_name_and_read_whole() {
        let long: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        let bytes = write(&[("WordDocument", &long), ("a", b"short"), ("Pool/_1/Inner", &long[..5000])]);
        let mut file = CompoundFile::open(&bytes).unwrap();
        let stream = file.stream("worddocument").unwrap();
        assert_eq!(file.read(stream), long);
        let short = file.stream("a").unwrap();
        assert_eq!(file.read(short), b"short");
        assert!(file.stream("Inner").is_none(), "it is not in the root");
        let pool = file.child(file.root(), "Pool").unwrap();
        let object = file.children(pool)[0];
        let inner = file.child(object, "Inner").unwrap();
        assert_eq!(file.read(inner), &long[..5000]);
        assert!(!file.is_damaged());
    }

    #[test]
    fn what_is_cut_off_is_told() {
        let long = vec![7; 100_000];
        let mut bytes = write(&[("a", &long)]);
        // The first sector of the stream is followed by itself.
        let at = bytes.len() - 4096;
        bytes[at..at + 4].copy_from_slice(&0u32.to_le_bytes());
        let mut file = CompoundFile::open(&bytes).unwrap();
        let stream = file.stream("a").unwrap();
        assert!(file.read(stream).len() <= long.len());
        assert!(CompoundFile::open(&bytes[..1000]).is_err());
        assert!(CompoundFile::open(SIGNATURE).is_err());
    }

    #[test]
    fn a_short_stream_that_stays_behind_the_others_ends() {
        let mut bytes = write(&[("a", b"x")]);
        let start = |bytes: &[u8], at: usize| (u32_at(bytes, at).unwrap() as usize + 1) * 4096;
        let (directory, table) = (start(&bytes, 48), start(&bytes, 60));
        // All short streams together are as long as the root says.
        let sectors = u32_at(&bytes, directory + 120).unwrap().div_ceil(64);
        bytes[directory + 120..directory + 124].copy_from_slice(&(sectors * 64).to_le_bytes());
        bytes[directory + 128 + 116..directory + 128 + 120].copy_from_slice(&sectors.to_le_bytes());
        let entry = table + sectors as usize * 4;
        bytes[entry..entry + 4].copy_from_slice(&sectors.to_le_bytes());
        let mut file = CompoundFile::open(&bytes).unwrap();
        let stream = file.stream("a").unwrap();
        assert_eq!(file.read(stream), b"");
        assert!(file.is_damaged());
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_multiply(edits in prop::collection::vec((0usize..60_000, any::<u8>()), 1..40)) {
            let mut bytes = write(&[("a", &[1; 5000]), ("b/c", &[2; 300]), ("b/d", &[3; 100])]);
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            if let Ok(mut file) = CompoundFile::open(&bytes) {
                let mut total = 0;
                let mut waiting = file.children(file.root());
                for _ in 0..100 {
                    let Some(next) = waiting.pop() else { break };
                    total += file.read(next).len();
                    waiting.extend(file.children(next));
                }
                prop_assert!(total <= bytes.len() * 4 + (1 << 20));
            }
        }
    }
}
