//! Results of earlier runs, so that a run over an archive reads only what changed.
//!
//! A result depends on the bytes of the file, its name (dates stand in paths), what a page told about it (its date), and the
//! key of the cache: program, dictionaries and options. A file whose size, times and identity on disk are those of an earlier
//! run is taken as unchanged without being read; [`Trust::Contents`] reads it and compares its SHA-256 all the same.
//!
//! One file holds the results under one key: a header, then records, each with its length and CRC. While a run goes on, new
//! records are appended to a journal of its own, so that what was done survives an interruption and two runs at once do not
//! disturb each other; at the end they are put together in a new file that replaces the old one. A record that does not hold
//! what its CRC says, and all that follows it, is left out and said so: a damaged cache costs time and never a finding.
//!
//! Who can write to the folder of the cache can make the program say anything.

mod key;
mod record;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::document::DocumentDate;
use crate::linter::Linker;
use crate::source::Input;

pub(crate) use key::file_hash;
pub use key::{Key, known_program_hash, program_hash};
use record::{Framed, Record};
pub(crate) use record::{Place, read_findings, read_results, write_findings, write_results};
pub(crate) use stamp::Stamp;

/// First bytes of every file of a cache.
const MAGIC: &[u8] = b"zhengming cache 2\n";
/// Longest record, in bytes; a larger length is damage.
const LONGEST: u32 = 256 << 20;
/// How long records may wait before they are on disk.
const FLUSH: Duration = Duration::from_secs(1);
/// Bytes of records that wait.
const PENDING: usize = 256 << 10;
/// Days after which a result that nothing asked for is dropped.
const KEPT: u32 = 60;
/// Days after which a result that was used is marked so again.
const MARKED: u32 = 7;

/// What counts as an unchanged file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// The same size, times and identity on disk.
    #[default]
    Metadata,
    /// The same contents, which are read.
    Contents,
}

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The folder cannot be made or written to.
    #[error("cannot use {} as a cache: {error}", path.display())]
    Folder {
        /// The folder or a file in it.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Results of earlier runs under one key, and those of this run.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    key: Key,
    trust: Trust,
    /// What the files of the cache hold.
    held: Vec<Vec<u8>>,
    /// Where in them the last record of each place begins.
    known: HashMap<Place, At, ByItself>,
    /// Journals that interrupted runs left, and what in the cache could not be read.
    orphans: Vec<PathBuf>,
    damaged: AtomicBool,
    /// A record is whole and still says nothing: whoever wrote it was no program like this one.
    foreign: AtomicBool,
    journal: Mutex<Journal>,
    today: u32,
}

/// Where a record begins.
#[derive(Debug, Clone, Copy)]
struct At {
    file: usize,
    start: usize,
}

/// Hashes places, which are hashes.
#[derive(Debug, Clone, Copy, Default)]
struct ByItself;

impl BuildHasher for ByItself {
    type Hasher = Own;

    fn build_hasher(&self) -> Own {
        Own(0)
    }
}

/// The hash that a place is.
struct Own(u64);

impl Hasher for Own {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= crate::digest::digest(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// New records of this run.
#[derive(Debug, Default)]
struct Journal {
    file: Option<(File, PathBuf)>,
    pending: Vec<u8>,
    since: Option<Instant>,
    /// Whether there were any.
    wrote: bool,
    /// Places whose records were used and have not been marked so for long.
    used: Vec<Place>,
    failed: Option<io::Error>,
}

/// What the cache knows of a file.
pub(crate) enum Known<'c> {
    /// Its results.
    Results(Found<'c>),
    /// Results that hold if the file has this SHA-256.
    IfHash([u8; 32]),
    Nothing,
}

/// Results that the cache has.
pub(crate) struct Found<'c> {
    /// Links that lead out of the file.
    pub(crate) linkers: Vec<Linker>,
    /// For [`read_results`].
    pub(crate) results: &'c [u8],
}

impl Cache {
    /// Opens the cache in `folder`, which is made if there is none.
    pub fn open(folder: &Path, key: Key, trust: Trust) -> Result<Self, CacheError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| CacheError::Folder { path, error }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let mut cache = Cache {
            folder: folder.to_owned(),
            key,
            trust,
            held: Vec::new(),
            known: HashMap::default(),
            orphans: Vec::new(),
            damaged: AtomicBool::new(false),
            foreign: AtomicBool::new(false),
            journal: Mutex::default(),
            today: today(),
        };
        let main = cache.main();
        cache.load(&main);
        let prefix = format!("{}.", cache.key.short());
        let mut journals: Vec<PathBuf> = std::fs::read_dir(folder)
            .map_err(failed(folder))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&prefix) && name.ends_with(".journal")
            })
            .collect();
        journals.sort();
        for journal in journals {
            cache.load(&journal);
            // Whoever writes a journal holds its lock.
            let free = File::open(&journal).is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
            if free {
                cache.orphans.push(journal);
            }
        }
        Ok(cache)
    }

    fn main(&self) -> PathBuf {
        self.folder.join(format!("{}.cache", self.key.short()))
    }

    /// Whether something in the cache could not be read, and is done anew.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Whether results of an earlier run are there: under the same key, so that rules and settings were usable.
    pub fn knows_any(&self) -> bool {
        !self.known.is_empty()
    }

    fn load(&mut self, path: &Path) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.damaged.store(true, Ordering::Relaxed);
                }
                return;
            }
        };
        let journal = path.extension().is_some_and(|extension| extension == "journal");
        let file = self.held.len();
        let mut records = Records::new(&bytes, &self.key);
        while let Some((start, framed)) = records.next() {
            self.known.insert(framed.place, At { file, start });
        }
        // The last record of a journal may be cut where a run was killed; nothing is lost by that.
        if !records.is_whole() && !journal {
            self.damaged.store(true, Ordering::Relaxed);
        }
        self.held.push(bytes);
    }

    /// The record of `place`.
    fn record(&self, place: Place) -> Option<(Record<'_>, u32)> {
        let At { file, start } = *self.known.get(&place)?;
        let framed = Framed::trusted(self.held.get(file)?.get(start..)?)?;
        let record = Record::read(framed.record);
        if record.is_none() {
            self.damage();
        }
        Some((record?, framed.day))
    }

    /// What is known at `place`. `as_of` is the date by which documents without one are judged.
    pub(crate) fn get(&self, place: Place, stamp: Option<&Stamp>, as_of: &str) -> Known<'_> {
        let Some((record, day)) = self.record(place) else { return Known::Nothing };
        if record.as_of.is_some_and(|then| then != as_of) {
            return Known::Nothing;
        }
        let same = self.trust == Trust::Metadata && record.stamp.is_some() && record.stamp.as_ref() == stamp;
        if !same {
            return Known::IfHash(record.content);
        }
        match self.found(place, &record, day) {
            Some(found) => Known::Results(found),
            None => Known::Nothing,
        }
    }

    /// The results at `place`, whatever the file is now.
    pub(crate) fn results(&self, place: Place) -> Option<Found<'_>> {
        let (record, day) = self.record(place)?;
        self.found(place, &record, day)
    }

    fn found<'c>(&'c self, place: Place, record: &Record<'c>, day: u32) -> Option<Found<'c>> {
        let linkers = if record.linkers.is_empty() {
            Vec::new()
        } else {
            postcard::from_bytes(record.linkers).map_err(|_| self.damage()).ok()?
        };
        if day + MARKED <= self.today {
            self.journal.lock().unwrap_or_else(PoisonError::into_inner).used.push(place);
        }
        Some(Found { linkers, results: record.results })
    }

    /// Notes that the cache holds what this program has not written; it is begun anew then.
    pub(crate) fn damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
        self.foreign.store(true, Ordering::Relaxed);
    }

    /// The file at `place` has the contents that are known, under a new stamp.
    pub(crate) fn touch(&self, place: Place, stamp: Option<Stamp>) {
        if let Some((record, _)) = self.record(place)
            && record.stamp != stamp
        {
            self.add(place, &Record { stamp, ..record });
        }
    }

    /// Keeps the results of a file, as [`write_results`] gives them.
    pub(crate) fn put(
        &self,
        place: Place,
        stamp: Option<Stamp>,
        content: [u8; 32],
        as_of: Option<&str>,
        linkers: &[Linker],
        results: &[u8],
    ) {
        let linkers = if linkers.is_empty() { Ok(Vec::new()) } else { postcard::to_allocvec(linkers) };
        let Ok(linkers) = linkers else { return };
        self.add(place, &Record { stamp, content, as_of, linkers: &linkers, results });
    }

    fn add(&self, place: Place, record: &Record<'_>) {
        let Some(bytes) = record.framed(place, self.today) else { return };
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.pending.extend_from_slice(&bytes);
        journal.wrote = true;
        let since = *journal.since.get_or_insert_with(Instant::now);
        if journal.pending.len() >= PENDING || since.elapsed() >= FLUSH {
            let written = journal.flush(&self.folder, &self.key);
            journal.failed = written.err().or(journal.failed.take());
        }
    }

    /// Puts the results of this run where the next one finds them. The error says why they are lost; the run is not.
    pub fn finish(self) -> Result<(), CacheError> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error| CacheError::Folder { path: self.folder.clone(), error };
        let written = journal.flush(&self.folder, &self.key);
        if !journal.wrote && self.orphans.is_empty() && journal.used.is_empty() && !self.is_damaged() {
            return written.map_err(failed);
        }
        let lock =
            File::create(self.folder.join("lock")).and_then(|file| file.lock().map(|()| file)).map_err(failed)?;
        // Another run may have ended meanwhile; its results are as good as these, which are in the journal.
        let own = journal.file.take().map(|(_, path)| path);
        let held: Vec<Vec<u8>> = std::iter::once(self.main())
            .chain(self.orphans.iter().chain(&own).cloned())
            .map(|path| std::fs::read(path).unwrap_or_default())
            .collect();
        let mut all: HashMap<Place, Framed<'_>, ByItself> = HashMap::default();
        for bytes in held.iter().filter(|_| !self.foreign.load(Ordering::Relaxed)) {
            let mut records = Records::new(bytes, &self.key);
            while let Some((_, framed)) = records.next() {
                all.insert(framed.place, framed);
            }
        }
        let used: HashSet<Place, ByItself> = journal.used.drain(..).collect();
        let is_used = |framed: &Framed<'_>| framed.day < self.today && used.contains(&framed.place);
        let mut records: Vec<Framed<'_>> =
            all.into_values().filter(|framed| framed.day + KEPT > self.today || is_used(framed)).collect();
        records.sort_by_key(|framed| framed.place);
        let mut bytes = header(&self.key);
        for framed in &records {
            if is_used(framed) {
                bytes.extend(framed.used(self.today));
            } else {
                bytes.extend_from_slice(framed.whole);
            }
        }
        let part = self.folder.join(format!("{}.{}.part", self.key.short(), std::process::id()));
        let replaced = File::create(&part)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&part, self.main()));
        if let Err(error) = replaced {
            let _ = std::fs::remove_file(&part);
            return Err(failed(error));
        }
        for path in self.orphans.iter().chain(&own) {
            let _ = std::fs::remove_file(path);
        }
        drop(lock);
        // What could not be written to the journal is not in the new file either.
        written.map_err(failed)
    }
}

impl Journal {
    fn flush(&mut self, folder: &Path, key: &Key) -> io::Result<()> {
        self.since = None;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let (file, _) = match &mut self.file {
            Some(file) => file,
            None => {
                let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
                let path = folder.join(format!("{}.{}-{nanos}.journal", key.short(), std::process::id()));
                let mut file = File::create_new(&path)?;
                file.lock()?;
                file.write_all(&header(key))?;
                self.file.insert((file, path))
            }
        };
        file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }
}

/// What the results of a file stand under: all they depend on besides contents and key. `date` is what was known of it from
/// outside.
pub(crate) fn place(input: &Input, date: Option<&DocumentDate>) -> Place {
    let mut hash = Sha256::new();
    let root = input.root.as_ref().map(|root| root.as_os_str().as_encoded_bytes());
    let parts = [
        Some(input.name.as_bytes()),
        Some(input.path.as_os_str().as_encoded_bytes()),
        root,
        date.map(|date| date.date.as_bytes()),
        date.map(|date| date.from.as_bytes()),
    ];
    hash.update([u8::from(input.named)]);
    for part in parts {
        // With its length, so that what ends one part does not begin the next; all ones for none.
        hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
        hash.update(part.unwrap_or_default());
    }
    let hash: [u8; 32] = hash.finalize().into();
    Place(*hash.first_chunk().unwrap_or(&[0; 16]))
}

/// The SHA-256 of a file's contents.
pub(crate) fn content_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn header(key: &Key) -> Vec<u8> {
    [MAGIC, key.bytes()].concat()
}

/// The records of a file, in order, each with the place where it begins.
struct Records<'b> {
    bytes: &'b [u8],
    /// Where the next one begins; `None` after what could not be read.
    next: Option<usize>,
}

impl<'b> Records<'b> {
    fn new(bytes: &'b [u8], key: &Key) -> Self {
        let header = header(key);
        let next = bytes.starts_with(&header).then_some(header.len());
        Records { bytes, next: if bytes.is_empty() { Some(0) } else { next } }
    }

    fn next(&mut self) -> Option<(usize, Framed<'b>)> {
        let start = self.next.filter(|start| *start < self.bytes.len())?;
        let framed = self.bytes.get(start..).and_then(Framed::first);
        self.next = framed.map(|framed| start + framed.whole.len());
        Some((start, framed?))
    }

    /// Whether all of the file could be read, after the last record.
    fn is_whole(&self) -> bool {
        self.next.is_some()
    }
}

/// Days since 1970.
fn today() -> u32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    u32::try_from(seconds / 86_400).unwrap_or(0)
}

/// A run that was not finished, in the folder of its cache: what it must go on with to end as it would have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unfinished {
    /// The date by which documents without one are judged.
    pub as_of: String,
}

impl Unfinished {
    fn path(folder: &Path, key: &Key, paths: &[PathBuf]) -> PathBuf {
        let mut hash = Sha256::new();
        for path in paths {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let name: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        folder.join(format!("{}.{name}.run", key.short()))
    }

    /// The run over `paths` that was not finished.
    pub fn find(folder: &Path, key: &Key, paths: &[PathBuf]) -> Option<Self> {
        let mut text = String::new();
        File::open(Self::path(folder, key, paths)).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Notes that a run over `paths` has begun.
    pub fn begin(&self, folder: &Path, key: &Key, paths: &[PathBuf]) -> Result<(), CacheError> {
        let path = Self::path(folder, key, paths);
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, serde_json::to_vec(self).unwrap_or_default()));
        written.map_err(|error| CacheError::Folder { path, error })
    }

    /// Notes that the run over `paths` is finished.
    pub fn end(folder: &Path, key: &Key, paths: &[PathBuf]) {
        let _ = std::fs::remove_file(Self::path(folder, key, paths));
    }
}
