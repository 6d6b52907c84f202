//! What all results of a run depend on.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Stamp;
use crate::linter::Options;

/// A hash of program, dictionaries and options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of runs of the program with hash `program` under `options`. The date by which documents without one are judged is
    /// not part of it: results that depend on it say so themselves.
    pub fn new(options: &Options, program: &[u8; 32]) -> io::Result<Self> {
        let Options {
            dictionaries,
            only,
            tiers,
            undated,
            enable,
            skip,
            severity,
            as_of,
            outdated,
            content,
            limits,
            worker: _,
            ocr,
            jobs: _,
            channels: _,
        } = options;
        let mut hash = Sha256::new();
        hash.update(program);
        // With `outdated`, everything is judged by that date besides.
        let as_of = outdated.then_some(as_of);
        let told = format!(
            "{only:?}{tiers:?}{undated:?}{enable:?}{skip:?}{severity:?}{outdated:?}{as_of:?}{content:?}{limits:?}{ocr:?}"
        );
        hash.update((told.len() as u64).to_le_bytes());
        hash.update(told);
        for folder in dictionaries {
            for file in files(folder)? {
                let name = file.strip_prefix(folder).unwrap_or(&file).as_os_str().as_encoded_bytes();
                let bytes = std::fs::read(&file)?;
                for part in [name, &bytes] {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part);
                }
            }
            hash.update([0xFF]);
        }
        Ok(Key(hash.finalize().into()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What files of a cache under this key are called.
    pub(super) fn short(&self) -> String {
        self.0[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The files below `folder`, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// The SHA-256 of a program's file: the same program gives the same results.
pub fn program_hash(program: &Path) -> io::Result<[u8; 32]> {
    file_hash(program)
}

/// The same, from a note in the folder of a cache if the program's file is the one that the note was made of, by size, times and
/// identity on disk.
pub fn known_program_hash(folder: &Path, program: &Path) -> io::Result<[u8; 32]> {
    let note = folder.join("program");
    let stamp = Stamp::of(program);
    let path = program.as_os_str().as_encoded_bytes();
    if let Some(stamp) = &stamp
        && let Ok(bytes) = std::fs::read(&note)
        && let Some((crc, told)) = bytes.split_first_chunk::<4>()
        && u32::from_le_bytes(*crc) == crc32fast::hash(told)
        && let Ok(Noted { path: noted, stamp: then, hash }) = postcard::from_bytes(told)
        && noted == path
        && then == *stamp
    {
        return Ok(hash);
    }
    let hash = file_hash(program)?;
    if let Some(stamp) = stamp
        && let Ok(told) = postcard::to_allocvec(&Noted { path, stamp, hash })
    {
        // Without the note, the next run takes a little longer.
        let part = folder.join(format!("program.{}.part", std::process::id()));
        let bytes = [&crc32fast::hash(&told).to_le_bytes(), told.as_slice()].concat();
        let _ = std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&part, bytes))
            .and_then(|()| std::fs::rename(&part, &note));
    }
    Ok(hash)
}

/// What was known of a program.
#[derive(Serialize, Deserialize)]
struct Noted<'n> {
    path: &'n [u8],
    stamp: Stamp,
    hash: [u8; 32],
}

/// The SHA-256 of a file, of whatever size.
pub(crate) fn file_hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}
