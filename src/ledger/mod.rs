//! The ledger: every run and what became of every finding, in one SQLite file. An adapter over the library; nothing else
//! knows SQL.
//!
//! A run takes the lock of the file before it reads the first source, and writes in one transaction after the last: a second
//! run is refused at once, and one that is killed leaves the ledger as it was.

mod docx;
mod error;
mod gathered;
mod letter;
pub mod matching;
mod query;
mod record;
mod schema;
mod state;
mod views;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use error::LedgerError;
use gathered::Gathered;
pub use query::{Acceptance, Comparison, Entry, Filter, RunRecord};
pub use record::{Run, Tally};
pub use state::{State, Why};
pub use views::Output;

/// How long a reader waits for a run that is just writing, and a run for readers.
const PATIENCE: Duration = Duration::from_secs(10);
/// KiB of pages that a run keeps in memory, so that readers are shut out only when it ends.
const RUN_CACHE: i64 = 256 * 1024;

/// A ledger that is open.
pub struct Ledger {
    connection: Connection,
    path: String,
}

impl Ledger {
    /// Opens the ledger at `path`, which must exist.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.exists() {
            return Err(LedgerError::Missing(path.display().to_string()));
        }
        Ledger::connect(path, PATIENCE)
    }

    fn connect(path: &Path, patience: Duration) -> Result<Self, LedgerError> {
        let shown = path.display().to_string();
        // Read and write even for reading: what a killed run left behind can only be cleared away then.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(patience)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(connection)
        };
        let mut connection = open().map_err(|error| LedgerError::of(&shown, &error))?;
        schema::prepare(&mut connection, &shown)?;
        Ok(Ledger { connection, path: shown })
    }

    fn fail(&self) -> impl Fn(rusqlite::Error) -> LedgerError {
        |error| LedgerError::of(&self.path, &error)
    }
}

/// A run that has the lock of its ledger. Dropping it leaves the ledger as it was.
pub struct Recording {
    ledger: Ledger,
    /// The working directory, absolute.
    folder: PathBuf,
    gathered: Gathered,
}

impl Recording {
    /// Opens the ledger at `path`, or makes it, and takes its lock. `folder` is the working directory that names of sources
    /// are relative to.
    pub fn begin(path: &Path, folder: &Path) -> Result<Self, LedgerError> {
        let ledger = Ledger::connect(path, Duration::ZERO)?;
        let lock = || -> rusqlite::Result<()> {
            ledger.connection.pragma_update(None, "cache_size", -RUN_CACHE)?;
            ledger.connection.execute_batch("BEGIN IMMEDIATE")?;
            ledger.connection.busy_timeout(PATIENCE)
        };
        lock().map_err(ledger.fail())?;
        Ok(Recording { ledger, folder: folder.to_owned(), gathered: Gathered::default() })
    }
}
