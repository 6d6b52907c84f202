//! Bytes that are put by for later: in memory while they are few, then in a temporary file, so that memory does not grow with
//! what a run finds.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes that are kept in memory before they are written.
const MEMORY: usize = 4 << 20;

/// What was put by.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    /// The end of what was put by.
    memory: Vec<u8>,
    /// What is not in `memory`, which follows it.
    file: Option<Temporary>,
    written: u64,
    /// There can be no file; all of it stays in memory.
    failed: bool,
}

impl Spool {
    /// Puts `bytes` by and says where.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> u64 {
        let at = self.written + self.memory.len() as u64;
        self.memory.extend_from_slice(bytes);
        if self.memory.len() >= MEMORY && !self.failed {
            // A disk that is full costs memory, and no result.
            self.failed = self.write_out().is_err();
        }
        at
    }

    /// Takes back what was put by at `at`.
    pub(crate) fn get(&mut self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        if let Some(start) = at.checked_sub(self.written) {
            let start = usize::try_from(start).map_err(|_| missing())?;
            return Ok(self.memory.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(missing)?.to_vec());
        }
        let file = &mut self.file.as_mut().ok_or_else(missing)?.file;
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Copies all of it to `out`.
    pub(crate) fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(temporary) = &mut self.file {
            temporary.file.seek(SeekFrom::Start(0))?;
            io::copy(&mut (&temporary.file).take(self.written), out)?;
        }
        out.write_all(&self.memory)
    }

    fn write_out(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(Temporary::new()?),
        };
        // From where the last complete write ended.
        file.file.seek(SeekFrom::Start(self.written))?;
        file.file.write_all(&self.memory)?;
        self.written += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }
}

/// A file that only this process sees, as far as the system allows, and that is gone afterwards.
#[derive(Debug)]
struct Temporary {
    file: File,
    /// Where it is to be removed at the end; nowhere if that was done at once.
    path: Option<PathBuf>,
}

impl Temporary {
    fn new() -> io::Result<Self> {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let name = format!("zhengming-{}-{nanos}.spool", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // Findings quote documents that may not be for everybody.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // FILE_FLAG_DELETE_ON_CLOSE
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0400_0000);
        let file = options.open(&path)?;
        // A file that has lost its name while it is open is not left behind even by a run that is killed.
        let gone = cfg!(windows) || (cfg!(unix) && std::fs::remove_file(&path).is_ok());
        let path = if gone { None } else { Some(path) };
        Ok(Temporary { file, path })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_by_comes_back_from_memory_and_from_the_file() {
        let mut spool = Spool::default();
        let piece = |number: usize| format!("{number} ").repeat(number % 700);
        let places: Vec<u64> = (0..9000).map(|number| spool.put(piece(number).as_bytes())).collect();
        assert!(spool.written > 0 && !spool.memory.is_empty());
        for (number, at) in places.iter().enumerate().rev().step_by(7) {
            assert_eq!(spool.get(*at, piece(number).len()).unwrap(), piece(number).as_bytes());
        }
        // Writing goes on at the end, wherever was read.
        let at = spool.put(&vec![b'x'; 2 * MEMORY]);
        assert_eq!(spool.get(at, 2).unwrap(), b"xx");
        assert!(spool.get(at, 2 * MEMORY + 1).is_err());
        let mut all = Vec::new();
        spool.copy_to(&mut all).unwrap();
        let expected: String = (0..9000).map(piece).collect();
        assert!(all.starts_with(expected.as_bytes()) && all.len() == expected.len() + 2 * MEMORY);
    }

    #[test]
    fn without_a_file_it_stays_in_memory() {
        let mut spool = Spool { failed: true, ..Spool::default() };
        let at = spool.put(&vec![1; 2 * MEMORY]);
        let after = spool.put(b"end");
        assert_eq!((spool.get(after, 3).unwrap(), spool.get(at, 1).unwrap()), (b"end".to_vec(), vec![1]));
    }
}
