//! Writes compound files ([MS-CFB] version 3): what is embedded in one as a folder becomes a file of its own.

use std::collections::HashMap;

use super::compound::SIGNATURE;

/// Size of a sector, in bytes.
const SECTOR: usize = 512;
/// Size of a sector of the mini stream, in bytes.
const MINI_SECTOR: usize = 64;
/// Streams shorter than this stand in the mini stream.
const CUTOFF: usize = 4096;
/// Sectors of the allocation table that the header names.
const IN_HEADER: usize = 109;
/// Numbers in a sector.
const PER_SECTOR: usize = SECTOR / 4;

/// Marks in the allocation table.
const END: u32 = 0xFFFF_FFFE;
const TABLE: u32 = 0xFFFF_FFFD;
const TABLE_OF_TABLE: u32 = 0xFFFF_FFFC;
const NONE: u32 = 0xFFFF_FFFF;

/// An entry of the directory.
struct Node<'d> {
    name: String,
    /// 1 a folder, 2 a stream, 5 the root.
    kind: u8,
    data: &'d [u8],
    /// The next entry of the same folder.
    next: u32,
    /// The first entry of this folder, and the last one so far.
    child: u32,
    last: u32,
    /// First sector.
    start: u32,
}

impl<'d> Node<'d> {
    fn new(name: &str, kind: u8, data: &'d [u8]) -> Self {
        Node { name: name.to_owned(), kind, data, next: NONE, child: NONE, last: NONE, start: END }
    }
}

/// A compound file with the streams given by path, whose steps are separated by `/`; folders are made as needed.
pub fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut nodes = vec![Node::new("Root Entry", 5, &[])];
    let mut known: HashMap<&str, u32> = HashMap::new();
    for &(path, data) in streams {
        let mut parent = 0u32;
        let steps = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let mut from = 0;
        for end in steps {
            let is_last = end == path.len();
            let found = known.get(&path[..end]).copied().filter(|_| !is_last);
            parent = found.unwrap_or_else(|| {
                let id = nodes.len() as u32;
                nodes.push(Node::new(&path[from..end], if is_last { 2 } else { 1 }, if is_last { data } else { &[] }));
                let folder = &mut nodes[parent as usize];
                let before = std::mem::replace(&mut folder.last, id);
                match before {
                    NONE => folder.child = id,
                    before => nodes[before as usize].next = id,
                }
                known.insert(&path[..end], id);
                id
            });
            from = end + 1;
        }
    }
    let mut file = File::default();
    let (mut mini, mut mini_table) = (Vec::new(), Vec::new());
    for node in &mut nodes {
        if node.data.len() >= CUTOFF {
            node.start = file.put(node.data);
        } else if !node.data.is_empty() {
            node.start = mini_table.len() as u32;
            mini.extend_from_slice(node.data);
            mini.resize(mini.len().next_multiple_of(MINI_SECTOR), 0);
            chain(&mut mini_table, node.data.len().div_ceil(MINI_SECTOR));
        }
    }
    nodes[0].start = file.put(&mini);
    let mini_start = file.put(&bytes(&mini_table));
    let directory: Vec<u8> = nodes.iter().flat_map(|node| entry(node, mini.len())).collect();
    let directory_start = file.put(&directory);
    file.finish(directory_start, mini_start, mini_table.len().div_ceil(PER_SECTOR))
}

/// Sectors and their allocation table.
#[derive(Default)]
struct File {
    sectors: Vec<u8>,
    table: Vec<u32>,
}

impl File {
    /// Adds a stream; gives its first sector.
    fn put(&mut self, data: &[u8]) -> u32 {
        if data.is_empty() {
            return END;
        }
        let start = self.table.len() as u32;
        self.sectors.extend_from_slice(data);
        self.sectors.resize(self.sectors.len().next_multiple_of(SECTOR), 0);
        chain(&mut self.table, data.len().div_ceil(SECTOR));
        start
    }

    /// Adds the allocation table itself and puts the header before all.
    fn finish(mut self, directory_start: u32, mini_start: u32, mini_sectors: usize) -> Vec<u8> {
        let first = self.table.len();
        let further = |count: usize| count.saturating_sub(IN_HEADER).div_ceil(PER_SECTOR - 1);
        let mut count = 0;
        while (first + count + further(count)).div_ceil(PER_SECTOR) > count {
            count += 1;
        }
        let more = further(count);
        self.table.extend(std::iter::repeat_n(TABLE, count));
        self.table.extend(std::iter::repeat_n(TABLE_OF_TABLE, more));
        self.table.resize(count * PER_SECTOR, NONE);
        self.sectors.extend(bytes(&self.table));
        // The sectors that say where those of the table are, beyond the ones that the header names: each ends with the next.
        let numbers: Vec<u32> = (first..first + count).map(|number| number as u32).collect();
        let (named, rest) = numbers.split_at(count.min(IN_HEADER));
        for (index, group) in rest.chunks(PER_SECTOR - 1).enumerate() {
            let mut sector = group.to_vec();
            sector.resize(PER_SECTOR - 1, NONE);
            sector.push(if index + 1 < more { (first + count + index + 1) as u32 } else { END });
            self.sectors.extend(bytes(&sector));
        }
        let mut file = vec![0; SECTOR];
        let mut set = |at: usize, value: &[u8]| file[at..at + value.len()].copy_from_slice(value);
        set(0, SIGNATURE);
        for (at, value) in [(24, 0x3Eu16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
            set(at, &value.to_le_bytes());
        }
        let table_of_table = if more > 0 { (first + count) as u32 } else { END };
        for (at, value) in [
            (44, count as u32),
            (48, directory_start),
            (56, CUTOFF as u32),
            (60, mini_start),
            (64, mini_sectors as u32),
            (68, table_of_table),
            (72, more as u32),
        ] {
            set(at, &value.to_le_bytes());
        }
        for index in 0..IN_HEADER {
            set(76 + index * 4, &named.get(index).copied().unwrap_or(NONE).to_le_bytes());
        }
        file.extend(self.sectors);
        file
    }
}

/// Adds `count` sectors to a table, each leading to the next.
fn chain(table: &mut Vec<u32>, count: usize) {
    let start = table.len() as u32;
    table.extend((1..count as u32).map(|step| start + step).chain([END]));
}

fn bytes(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// An entry of the directory ([MS-CFB] §2.6.1). The tree of a folder is a list: each entry has the next one to its right.
fn entry(node: &Node<'_>, mini: usize) -> [u8; 128] {
    let mut raw = [0; 128];
    let units: Vec<u16> = node.name.encode_utf16().take(31).collect();
    for (slot, unit) in raw.as_chunks_mut::<2>().0.iter_mut().zip(&units) {
        *slot = unit.to_le_bytes();
    }
    let mut set = |at: usize, value: &[u8]| raw[at..at + value.len()].copy_from_slice(value);
    set(64, &(units.len() as u16 * 2 + 2).to_le_bytes());
    set(66, &[node.kind, 1]);
    let size = if node.kind == 5 { mini } else { node.data.len() };
    for (at, value) in [(68, NONE), (72, node.next), (76, node.child), (116, node.start), (120, size as u32)] {
        set(at, &value.to_le_bytes());
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::super::compound::CompoundFile;
    use super::*;

    #[test]
    fn large_files_and_folders_are_read_back() {
        // Larger than the header alone can name sectors for.
        let large: Vec<u8> = (0..9_000_000u32).map(|at| (at / 7) as u8).collect();
        let streams: [(&str, &[u8]); 4] = [("a/b/c", b"deep"), ("a/d", &large), ("e", &large[..5000]), ("f", b"")];
        let bytes = compound(&streams);
        let mut file = CompoundFile::open(&bytes).unwrap();
        let a = file.child(file.root(), "a").unwrap();
        let b = file.child(a, "b").unwrap();
        for (storage, name, expected) in
            [(b, "c", streams[0].1), (a, "d", streams[1].1), (file.root(), "e", streams[2].1), (file.root(), "f", b"")]
        {
            let id = file.child(storage, name).unwrap();
            assert!(file.read(id) == expected, "{name}");
        }
        assert!(!file.is_damaged());
        // A folder taken out is the same again.
        let inner = file.storage(a);
        let mut inner = CompoundFile::open(&inner).unwrap();
        let (b, d) = (inner.child(inner.root(), "b").unwrap(), inner.stream("d").unwrap());
        let c = inner.child(b, "c").unwrap();
        assert!(inner.read(c) == b"deep" && inner.read(d) == large);
    }
}
