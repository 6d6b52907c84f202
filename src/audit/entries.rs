//! What each rule is worth over everything that was measured.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Benchmark, Clean, share};

/// Findings of one rule in clean text and benchmarks together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryScore {
    /// Its id.
    pub rule: String,
    /// Findings in all.
    pub hits: u64,
    /// Known true errors of clean text, and alarms at an error of benchmarks.
    pub right: u64,
    /// The others.
    pub wrong: u64,
    /// Right ones among all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
}

/// The rules that found anything, that with the most findings first.
pub(super) fn entries(clean: Option<&Clean>, benchmarks: &[Benchmark]) -> Vec<EntryScore> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for rule in clean.iter().flat_map(|clean| &clean.rules) {
        let count = counts.entry(&rule.rule).or_default();
        count.0 += rule.known;
        count.1 += rule.findings;
    }
    for rule in benchmarks.iter().flat_map(|benchmark| &benchmark.rules) {
        let count = counts.entry(&rule.rule).or_default();
        count.0 += rule.scores.detected;
        count.1 += rule.scores.false_alarms;
    }
    let mut scores: Vec<EntryScore> = counts
        .into_iter()
        .filter(|(_, (right, wrong))| right + wrong > 0)
        .map(|(rule, (right, wrong))| EntryScore {
            rule: rule.to_owned(),
            hits: right + wrong,
            right,
            wrong,
            precision: share(right, right + wrong),
        })
        .collect();
    scores.sort_by_key(|score| std::cmp::Reverse(score.hits));
    scores
}
