//! What can go wrong with a ledger.

use rusqlite::ErrorCode;

/// Why a ledger cannot be used. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Findings on their way to the ledger were lost.
    #[error(
        "findings could not be kept in a temporary file ({0}); the ledger is as it was. Free some disk space and run again"
    )]
    Gathering(String),
    /// There is no such file.
    #[error("there is no ledger {0}; `zhengming check PATH --ledger {0}` makes one")]
    Missing(String),
    /// The file is something else.
    #[error("{0} is not a ledger of zhengming; name another file")]
    NoLedger(String),
    /// A later version of the program wrote it.
    #[error("the ledger {path} has version {version} of the format, this program knows {known}; use a newer program")]
    Newer {
        /// Which file.
        path: String,
        /// Version of the file.
        version: i64,
        /// Latest version known.
        known: i64,
    },
    /// Another process is writing.
    #[error("the ledger {0} is being written by another run; wait until it has ended, or give this run another ledger")]
    Busy(String),
    /// A run that the ledger does not have.
    #[error("the ledger has no run {0}; `zhengming ledger status` lists the runs")]
    NoRun(i64),
    /// There is no run yet, or only one to compare.
    #[error("the ledger has {0} run(s); comparing takes two")]
    TooFewRuns(i64),
    /// A finding that the ledger does not have.
    #[error("the ledger has no finding {0}; `zhengming ledger list` shows the numbers")]
    NoFinding(i64),
    /// The database or the file system refused.
    #[error("cannot use the ledger {path}: {reason}")]
    Database {
        /// Which file.
        path: String,
        /// What SQLite said.
        reason: String,
    },
}

impl LedgerError {
    /// What an error of SQLite means for the ledger at `path`.
    pub(super) fn of(path: &str, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy(path.to_owned()),
            Some(ErrorCode::NotADatabase) => LedgerError::NoLedger(path.to_owned()),
            _ => LedgerError::Database { path: path.to_owned(), reason: error.to_string() },
        }
    }
}
