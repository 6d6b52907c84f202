//! Audits of dictionaries: what the rules say about text that is believed correct, and about sentences whose correction
//! is known.
//!
//! [`clean()`] counts every finding in correct text as a false alarm, except those that a list of [`Known`] true errors
//! names. [`benchmark()`] compares findings with pairs of a wrong and a right sentence, edit by edit. [`Thresholds`] turn
//! the figures into a verdict, and [`render`] writes them. [`verify_folders`] runs the examples of dictionaries.

mod align;
mod benchmark;
mod clean;
mod cross;
mod entries;
mod known;
mod render;
#[cfg(test)]
mod tests;
mod thresholds;
mod verify;

use std::path::Path;

use serde::Serialize;

pub use align::{Alignment, MOST_EDITS};
pub use benchmark::{
    Benchmark, BenchmarkSample, Group, KindScores, Pair, Pairs, RuleScores, Scores, Sentences, Verdict, benchmark,
};
pub use clean::{Clean, KindRate, KnownCount, RuleRate, SeverityRate, Unmatched, Why, clean};
pub use cross::contradictions;
pub use entries::EntryScore;
pub use known::{Known, KnownLine};
pub use render::{Format, render};
pub use thresholds::{Outcome, RateLimit, Thresholds};
pub use verify::{Verified, verify_embedded, verify_folders};

/// Characters that rates refer to.
pub const RATE_BASE: f64 = 100_000.0;

/// What an audit measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Audit {
    /// In correct text, if there was some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Clean>,
    /// By benchmark, in the order given.
    pub benchmarks: Vec<Benchmark>,
    /// What each rule is worth over all of it.
    pub entries: Vec<EntryScore>,
    /// What the thresholds say.
    pub thresholds: Vec<Outcome>,
}

impl Audit {
    /// Puts what was measured together and compares it with `thresholds`.
    pub fn new(clean: Option<Clean>, benchmarks: Vec<Benchmark>, thresholds: &Thresholds) -> Self {
        let entries = entries::entries(clean.as_ref(), &benchmarks);
        let mut outcomes = thresholds.outcomes(clean.as_ref(), &benchmarks);
        outcomes.extend(thresholds.entries(&entries));
        Audit { clean, benchmarks, entries, thresholds: outcomes }
    }
}

/// Why an audit cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A list could not be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A line of a list is not what it must be.
    #[error("{file}:{line}: {message}")]
    Line {
        /// Which file.
        file: String,
        /// Line from 1.
        line: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// A benchmark without sentences.
    #[error("{0} holds no pair of a wrong and a right sentence")]
    Empty(String),
    /// A threshold for something that the audit does not measure.
    #[error("{0}")]
    Threshold(String),
}

/// The text of a list; it must be UTF-8.
fn read(path: &Path) -> Result<String, AuditError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| AuditError::Unreadable { path: path.display().to_string(), error })?;
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

/// A share of a whole; `None` where there is no whole.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Per [`RATE_BASE`] characters; 0 where there is no text.
fn rate(count: u64, characters: u64) -> f64 {
    share(count, characters).unwrap_or_default() * RATE_BASE
}

/// At most `count` of `all`, evenly spread, so that one document does not give every sample.
fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    let taken = count.min(all.len());
    (0..taken).map(|index| all[index * all.len() / taken].clone()).collect()
}
