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

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::document::DocumentDate;
use crate::linter::Checked;
use crate::source::Input;

pub(crate) use key::file_hash;
pub use key::{Key, program_hash};
use record::{Record, Results};
pub(crate) use stamp::Stamp;

/// First bytes of every file of a cache.
const MAGIC: &[u8] = b"zhengming cache 1\n";
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
    known: HashMap<Vec<u8>, Record>,
    /// Journals that interrupted runs left, and what in the cache could not be read.
    orphans: Vec<PathBuf>,
    damaged: AtomicBool,
    journal: Mutex<Journal>,
    today: u32,
    /// A result was used that has not been marked so for long.
    stale: AtomicBool,
}

/// New records of this run.
#[derive(Debug, Default)]
struct Journal {
    file: Option<(File, PathBuf)>,
    pending: Vec<u8>,
    since: Option<Instant>,
    fresh: HashMap<Vec<u8>, Record>,
    used: std::collections::HashSet<Vec<u8>>,
    failed: Option<io::Error>,
}

/// What the cache knows of a file.
pub(crate) enum Known {
    /// Its results.
    Results(Vec<Checked>),
    /// Results that hold if the file has this SHA-256.
    IfHash([u8; 32]),
    Nothing,
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
            known: HashMap::new(),
            orphans: Vec::new(),
            damaged: AtomicBool::new(false),
            journal: Mutex::default(),
            today: today(),
            stale: AtomicBool::new(false),
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
        let (records, whole) = read_records(&bytes, &self.key);
        // The last record of a journal may be cut where a run was killed; nothing is lost by that.
        if !whole && !journal {
            self.damaged.store(true, Ordering::Relaxed);
        }
        for record in records {
            self.known.insert(record.place.clone(), record);
        }
    }

    /// What is known of `input`, with a date that was known of it from outside. `as_of` is the date by which documents without
    /// one are judged.
    pub(crate) fn get(&self, place: &[u8], stamp: Option<&Stamp>, as_of: &str) -> Known {
        let Some(record) = self.known.get(place) else { return Known::Nothing };
        if record.as_of.as_ref().is_some_and(|then| then != as_of) {
            return Known::Nothing;
        }
        let same = self.trust == Trust::Metadata && record.stamp.is_some() && record.stamp.as_ref() == stamp;
        if !same {
            return Known::IfHash(record.content);
        }
        match self.results(place) {
            Some(results) => Known::Results(results),
            None => Known::Nothing,
        }
    }

    /// The results at `place`, whatever the file is now.
    pub(crate) fn results(&self, place: &[u8]) -> Option<Vec<Checked>> {
        let record = self.known.get(place)?;
        let Some(results) = Results::read(&record.results) else {
            self.damaged.store(true, Ordering::Relaxed);
            return None;
        };
        if record.day + MARKED <= self.today {
            self.stale.store(true, Ordering::Relaxed);
            let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.used.insert(place.to_owned());
        }
        Some(results)
    }

    /// The file at `place` has the contents that are known, under a new stamp.
    pub(crate) fn touch(&self, place: &[u8], stamp: Option<Stamp>) {
        if let Some(record) = self.known.get(place)
            && record.stamp != stamp
        {
            self.add(Record { stamp, day: self.today, ..record.clone() });
        }
    }

    /// Keeps the results of a file.
    pub(crate) fn put(
        &self,
        place: Vec<u8>,
        stamp: Option<Stamp>,
        content: [u8; 32],
        as_of: Option<&str>,
        checked: &[Checked],
    ) {
        let Some(results) = Results::write(checked) else { return };
        let as_of = as_of.map(str::to_owned);
        self.add(Record { place, stamp, content, as_of, day: self.today, results });
    }

    fn add(&self, record: Record) {
        let Some(bytes) = record.framed() else { return };
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.pending.extend_from_slice(&bytes);
        journal.fresh.insert(record.place.clone(), record);
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
        if journal.fresh.is_empty()
            && self.orphans.is_empty()
            && !self.stale.load(Ordering::Relaxed)
            && !self.is_damaged()
        {
            return written.map_err(failed);
        }
        let lock =
            File::create(self.folder.join("lock")).and_then(|file| file.lock().map(|()| file)).map_err(failed)?;
        // Another run may have ended meanwhile; its results are as good as these.
        let mut all: HashMap<Vec<u8>, Record> = HashMap::new();
        for path in std::iter::once(self.main()).chain(self.orphans.iter().cloned()) {
            let bytes = std::fs::read(&path).unwrap_or_default();
            for record in read_records(&bytes, &self.key).0 {
                all.insert(record.place.clone(), record);
            }
        }
        for place in &journal.used {
            if let Some(record) = all.get_mut(place) {
                record.day = self.today;
            }
        }
        all.extend(std::mem::take(&mut journal.fresh));
        let mut records: Vec<Record> = all.into_values().filter(|record| record.day + KEPT > self.today).collect();
        records.sort_by(|one, two| one.place.cmp(&two.place));
        let mut bytes = header(&self.key);
        for record in &records {
            bytes.extend(record.framed().unwrap_or_default());
        }
        let part = self.folder.join(format!("{}.{}.part", self.key.short(), std::process::id()));
        let replaced = File::create(&part)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&part, self.main()));
        if let Err(error) = replaced {
            let _ = std::fs::remove_file(&part);
            return Err(failed(error));
        }
        let own = journal.file.take().map(|(_, path)| path);
        for path in self.orphans.iter().chain(&own) {
            let _ = std::fs::remove_file(path);
        }
        drop(lock);
        Ok(())
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

/// What the results of a file stand under: all they depend on besides contents and key.
pub(crate) fn place(input: &Input, date: Option<&DocumentDate>) -> Vec<u8> {
    let root = input.root.as_ref().map(|root| root.as_os_str().as_encoded_bytes());
    postcard::to_allocvec(&(&input.name, input.path.as_os_str().as_encoded_bytes(), input.named, root, date))
        .unwrap_or_default()
}

/// The SHA-256 of a file's contents.
pub(crate) fn content_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn header(key: &Key) -> Vec<u8> {
    [MAGIC, key.bytes()].concat()
}

/// The records of a file, and whether all of it could be read.
fn read_records(bytes: &[u8], key: &Key) -> (Vec<Record>, bool) {
    let mut records = Vec::new();
    if bytes.is_empty() {
        return (records, true);
    }
    let Some(mut rest) = bytes.strip_prefix(header(key).as_slice()) else { return (records, false) };
    while !rest.is_empty() {
        match Record::unframed(rest) {
            Some((record, after)) => {
                records.push(record);
                rest = after;
            }
            None => return (records, false),
        }
    }
    (records, true)
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
