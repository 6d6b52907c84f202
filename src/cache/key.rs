//! What all results of a run depend on.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

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
