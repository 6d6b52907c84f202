//! The tables of a ledger, and how older ones become the present ones.

use rusqlite::{Connection, TransactionBehavior};

use super::LedgerError;

/// `PRAGMA application_id` of ledgers: "ZMLG".
const APPLICATION: i64 = 0x5A4D_4C47;

/// Steps from each version of the tables to the next; never changed once released.
const MIGRATIONS: [&str; 1] = [VERSION_1];

const VERSION_1: &str = "
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One check of sources. Times are local, ISO 8601 with offset.
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,
  finished TEXT NOT NULL,
  version TEXT NOT NULL,
  reading TEXT NOT NULL,          -- what decides which parts of documents are read
  sources INTEGER NOT NULL, checked INTEGER NOT NULL, unreadable INTEGER NOT NULL, characters INTEGER NOT NULL,
  serious INTEGER NOT NULL, error INTEGER NOT NULL, advice INTEGER NOT NULL
);

-- Sites and accounts, by the configuration of the last run that had them.
CREATE TABLE channel (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, person TEXT NOT NULL);

-- Documents. `name` is the name chain, relative to the base of the ledger, or the address where one is known.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,             -- name chain as last reported
  link TEXT NOT NULL,             -- address or name chain, for people
  page TEXT, title TEXT NOT NULL, date TEXT,
  channel INTEGER REFERENCES channel,
  digest INTEGER NOT NULL,        -- of the text when it was last read in full
  last_run INTEGER NOT NULL,      -- last run that it was part of
  read_run INTEGER,               -- last run that read it in full
  gone_run INTEGER                -- run that found it gone
);
CREATE INDEX source_by_channel ON source (channel);

CREATE TABLE rule (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category TEXT NOT NULL);
CREATE TABLE wording (id INTEGER PRIMARY KEY, message TEXT NOT NULL, basis TEXT NOT NULL, UNIQUE (message, basis));

CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source,
  rule INTEGER NOT NULL REFERENCES rule,
  severity INTEGER NOT NULL,      -- 2 serious, 1 error, 0 advice
  position INTEGER NOT NULL,      -- order within the source
  text TEXT NOT NULL,
  rights TEXT NOT NULL,           -- right forms, separated by U+001F; the first is looked up by others
  first_right TEXT,
  wording INTEGER NOT NULL REFERENCES wording,
  place TEXT NOT NULL, scope TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL,
  confidence INTEGER,
  anchor_before TEXT NOT NULL, anchor_after TEXT NOT NULL, sentence TEXT,
  first_run INTEGER NOT NULL REFERENCES run,
  last_run INTEGER,               -- last run that found it; NULL as long as every run since does
  state INTEGER NOT NULL,
  state_run INTEGER NOT NULL REFERENCES run,
  why INTEGER                     -- of unverified ones
);
CREATE INDEX finding_by_source ON finding (source);
CREATE INDEX finding_by_rule ON finding (rule);
CREATE INDEX finding_by_right ON finding (first_right);

-- Changes of state after the first run of a finding.
CREATE TABLE event (
  finding INTEGER NOT NULL REFERENCES finding,
  run INTEGER NOT NULL REFERENCES run,
  state INTEGER NOT NULL,
  why INTEGER,
  PRIMARY KEY (finding, run)
) WITHOUT ROWID;

CREATE TABLE acceptance (
  finding INTEGER PRIMARY KEY REFERENCES finding,
  reason TEXT NOT NULL, person TEXT NOT NULL,
  since TEXT NOT NULL,            -- date
  until TEXT                      -- last date on which it holds
);

-- Notices of each run.
CREATE TABLE notice (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL, link TEXT NOT NULL, channel TEXT NOT NULL, unit TEXT NOT NULL,
  unread INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX notice_by_run ON notice (run);
";

/// Whether the database is a ledger, or new and empty; brings it to the present version.
pub(super) fn prepare(connection: &mut Connection, path: &str) -> Result<(), LedgerError> {
    let fail = |error: rusqlite::Error| LedgerError::of(path, &error);
    let number = |connection: &Connection, pragma: &str| {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).map_err(fail)
    };
    let version = number(connection, "user_version")?;
    let application = number(connection, "application_id")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    if application != APPLICATION && (application != 0 || tables > 0) {
        return Err(LedgerError::NoLedger(path.to_owned()));
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(LedgerError::Newer { path: path.to_owned(), version, known });
    }
    if version == known {
        return Ok(());
    }
    // Together or not at all.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    // Another process may have done it while this one waited.
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or_default()) {
        transaction.execute_batch(step).map_err(fail)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(fail)?;
    transaction.pragma_update(None, "user_version", known).map_err(fail)?;
    transaction.commit().map_err(fail)
}
