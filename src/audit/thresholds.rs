//! From figures to a verdict, for a build server.

use std::str::FromStr;

use serde::Serialize;

use super::{AuditError, Benchmark, Clean, EntryScore};
use crate::dictionary::Severity;

/// Figures that must hold. Shares are between 0 and 1; those of benchmarks hold for each benchmark by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    /// Most false alarms in clean text.
    pub rates: Vec<RateLimit>,
    /// Least share of correct alarms.
    pub precision: Option<f64>,
    /// Least share of corrected edits.
    pub recall: Option<f64>,
    /// Greatest share of sentences without an error that have a finding.
    pub flagged: Option<f64>,
    /// Least share of right findings of each rule that has enough of them.
    pub rule_precision: Option<f64>,
    /// How many findings of a rule are enough.
    pub rule_hits: u64,
}

/// Most false alarms of one severity and graver ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// The severity.
    pub severity: Severity,
    /// Findings per 100,000 characters.
    pub most: f64,
}

impl FromStr for RateLimit {
    type Err = String;

    /// Reads `error=0.5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("{text:?} is not of the form error=0.5; levels are serious, error and advice");
        let (level, most) = text.split_once('=').ok_or_else(fail)?;
        let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == level.trim()).ok_or_else(fail)?;
        let most = most.trim().parse::<f64>().ok().filter(|most| most.is_finite() && *most >= 0.0).ok_or_else(fail)?;
        Ok(RateLimit { severity, most })
    }
}

/// What became of one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Its name, as on the command line.
    pub threshold: String,
    /// What was measured: the clean text, or the name of a benchmark.
    pub of: String,
    /// The figure that must hold.
    pub limit: f64,
    /// The figure measured; absent where there was nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// Whether it holds. What could not be measured does not, but no alarm is never a wrong one.
    pub holds: bool,
}

impl Thresholds {
    /// Refuses thresholds for what an audit does not measure: of clean text or benchmarks that there are not, or below
    /// the least `severity` that is reported.
    pub fn check(&self, clean: bool, benchmarks: bool, severity: Severity) -> Result<(), AuditError> {
        let fail = |message: String| Err(AuditError::Threshold(message));
        if !clean && !self.rates.is_empty() {
            return fail("--max-rate needs --clean".into());
        }
        let typed =
            [("--min-precision", self.precision), ("--min-recall", self.recall), ("--max-flagged", self.flagged)];
        for (name, limit) in typed {
            let Some(limit) = limit else { continue };
            if !benchmarks {
                return fail(format!("{name} needs --benchmark"));
            }
            if !(0.0..=1.0).contains(&limit) {
                return fail(format!("{name} {limit}: must be a share between 0 and 1"));
            }
        }
        if let Some(limit) = self.rule_precision.filter(|limit| !(0.0..=1.0).contains(limit)) {
            return fail(format!("--min-rule-precision {limit}: must be a share between 0 and 1"));
        }
        match self.rates.iter().find(|limit| limit.severity < severity) {
            Some(limit) => {
                let (level, least) = (limit.severity.as_str(), severity.as_str());
                fail(format!("--max-rate {level}: findings below {least} are not reported; use --severity {level}"))
            }
            None => Ok(()),
        }
    }

    /// The rules that do not hold: right too seldom, with enough findings to say so.
    pub(super) fn entries(&self, entries: &[EntryScore]) -> Vec<Outcome> {
        let Some(least) = self.rule_precision else { return Vec::new() };
        entries
            .iter()
            .filter(|entry| entry.hits >= self.rule_hits.max(1))
            .filter(|entry| entry.precision.is_some_and(|precision| precision < least))
            .map(|entry| Outcome {
                threshold: "min-rule-precision".to_owned(),
                of: entry.rule.clone(),
                limit: least,
                measured: entry.precision,
                holds: false,
            })
            .collect()
    }

    /// Compares the thresholds with what was measured.
    pub fn outcomes(&self, clean: Option<&Clean>, benchmarks: &[Benchmark]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for RateLimit { severity, most } in &self.rates {
            let measured = clean
                .filter(|clean| clean.characters > 0)
                .and_then(|clean| clean.severities.iter().find(|rate| rate.severity == *severity))
                .map(|rate| rate.rate_and_graver);
            outcomes.push(Outcome {
                threshold: format!("max-rate {}", severity.as_str()),
                of: "clean text".to_owned(),
                limit: *most,
                measured,
                holds: measured.is_some_and(|measured| measured <= *most),
            });
        }
        for benchmark in benchmarks {
            let mut add =
                |threshold: &str, limit: Option<f64>, measured: Option<f64>, holds: fn(f64, f64) -> bool, none| {
                    if let Some(limit) = limit {
                        outcomes.push(Outcome {
                            threshold: threshold.to_owned(),
                            of: benchmark.file.clone(),
                            limit,
                            measured,
                            holds: measured.map_or(none, |measured| holds(measured, limit)),
                        });
                    }
                };
            add("min-precision", self.precision, benchmark.scores.precision, |share, least| share >= least, true);
            add("min-recall", self.recall, benchmark.scores.recall, |share, least| share >= least, false);
            add("max-flagged", self.flagged, benchmark.sentences.flagged_share, |share, most| share <= most, false);
        }
        outcomes
    }
}
