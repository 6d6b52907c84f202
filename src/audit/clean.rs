//! Findings in text that is believed correct.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Known, KnownLine, rate, spread};
use crate::dictionary::Severity;
use crate::judge::Finding;
use crate::linter::{Linter, Progress};
use crate::report::Report;
use crate::source::{Input, Notice};

/// What the rules say about text that is believed correct. Rates are per 100,000 characters; `findings` never count
/// known true errors.
#[derive(Debug, Clone, Serialize)]
pub struct Clean {
    /// Documents whose text was checked.
    pub documents: u64,
    /// Sources not read, or not in full.
    pub unreadable: u64,
    /// Characters that were checked.
    pub characters: u64,
    /// Findings that count as false alarms.
    pub findings: u64,
    /// Findings that are known true errors.
    pub known: u64,
    /// False alarms per 100,000 characters.
    pub rate: f64,
    /// The same by severity, the gravest first.
    pub severities: Vec<SeverityRate>,
    /// The same by kind of rule, the most frequent first.
    pub kinds: Vec<KindRate>,
    /// The same by rule, the most frequent first.
    pub rules: Vec<RuleRate>,
    /// Known true errors that were found, in the order of the list.
    pub known_found: Vec<KnownCount>,
    /// Lines of the list of known errors that accepted nothing.
    pub known_unmatched: Vec<Unmatched>,
    /// What could not be read, and warnings.
    pub notices: Vec<Notice>,
}

/// False alarms of one severity.
#[derive(Debug, Clone, Serialize)]
pub struct SeverityRate {
    /// Which one.
    pub severity: Severity,
    /// Findings of it.
    pub findings: u64,
    /// Per 100,000 characters.
    pub rate: f64,
    /// Findings of it and graver ones.
    pub findings_and_graver: u64,
    /// Per 100,000 characters.
    pub rate_and_graver: f64,
    /// Known true errors of it.
    pub known: u64,
}

/// False alarms of one kind of rule.
#[derive(Debug, Clone, Serialize)]
pub struct KindRate {
    /// Which one.
    pub kind: &'static str,
    /// Findings of it.
    pub findings: u64,
    /// Per 100,000 characters.
    pub rate: f64,
    /// Known true errors of it.
    pub known: u64,
}

/// False alarms of one rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleRate {
    /// Its id.
    pub rule: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// Its findings.
    pub findings: u64,
    /// Per 100,000 characters.
    pub rate: f64,
    /// Known true errors that it found.
    pub known: u64,
    /// Some of its findings, evenly spread over the text.
    pub samples: Vec<Finding>,
}

/// A known true error with the number of times it was found.
#[derive(Debug, Clone, Serialize)]
pub struct KnownCount {
    /// The line of the list.
    #[serde(flatten)]
    pub line: KnownLine,
    /// Findings that it accepted.
    pub findings: u64,
}

/// A line of the list that accepted nothing.
#[derive(Debug, Clone, Serialize)]
pub struct Unmatched {
    /// The line.
    #[serde(flatten)]
    pub line: KnownLine,
    /// Why.
    pub why: Why,
}

/// Why a line accepted nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No source of this name was checked.
    SourceNotChecked,
    /// There is no rule of this id.
    NoSuchRule,
    /// The rule did not run, by selection or severity.
    RuleNotRun,
    /// The text was checked and nothing like it was found: the line is stale.
    NotFound,
}

impl Why {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Why::SourceNotChecked => "no such file among those checked",
            Why::NoSuchRule => "no such rule",
            Why::RuleNotRun => "the rule did not run",
            Why::NotFound => "stale: not found",
        }
    }
}

/// Checks `inputs`, which are believed correct, and keeps at most `samples` findings of each rule. `notices` are those
/// of the search for the inputs.
pub fn clean(
    linter: &Linter,
    inputs: &[Input],
    notices: Vec<Notice>,
    known: &Known,
    samples: usize,
    progress: &dyn Progress,
) -> Clean {
    let checked = linter.check_files(inputs, progress);
    let names: Vec<String> = checked.iter().filter(|one| one.document).map(|one| one.name.clone()).collect();
    let mut report = Report::default();
    for notice in notices {
        report.add(false, 0, Vec::new(), vec![notice]);
    }
    report.collect(checked);
    let characters = report.summary.characters;

    let mut accepted = vec![0u64; known.lines.len()];
    let mut severities: BTreeMap<Severity, Count> = BTreeMap::new();
    let mut kinds: BTreeMap<&'static str, Count> = BTreeMap::new();
    let mut rules: BTreeMap<String, (Count, &'static str, Severity, Vec<Finding>)> = BTreeMap::new();
    let mut total = Count::default();
    for finding in report.findings {
        let line = known.accepts(&finding);
        if let Some(line) = line {
            accepted[line] += 1;
        }
        let rule = rules.entry(finding.rule.clone()).or_insert_with(|| {
            let (kind, severity) = (finding.kind, finding.severity);
            (Count::default(), kind, severity, Vec::new())
        });
        for count in [
            &mut total,
            severities.entry(finding.severity).or_default(),
            kinds.entry(finding.kind).or_default(),
            &mut rule.0,
        ] {
            count.add(line.is_some());
        }
        if line.is_none() {
            rule.3.push(finding);
        }
    }

    let mut graver = 0;
    let severities = Severity::ALL.map(|severity| {
        let Count { findings, known } = severities.get(&severity).copied().unwrap_or_default();
        graver += findings;
        SeverityRate {
            severity,
            findings,
            rate: rate(findings, characters),
            findings_and_graver: graver,
            rate_and_graver: rate(graver, characters),
            known,
        }
    });
    let mut kinds: Vec<KindRate> = kinds
        .into_iter()
        .map(|(kind, Count { findings, known })| KindRate { kind, findings, rate: rate(findings, characters), known })
        .collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.findings));
    let mut rules: Vec<RuleRate> = rules
        .into_iter()
        .map(|(rule, (Count { findings, known }, kind, severity, all))| RuleRate {
            rule,
            kind,
            severity,
            findings,
            rate: rate(findings, characters),
            known,
            samples: spread(&all, samples),
        })
        .collect();
    // The map gave them by id, and the sort is stable.
    rules.sort_by_key(|rule| std::cmp::Reverse((rule.findings, rule.known)));

    let mut known_found = Vec::new();
    let mut known_unmatched = Vec::new();
    for (line, findings) in known.lines.iter().cloned().zip(accepted) {
        if findings > 0 {
            known_found.push(KnownCount { line, findings });
        } else {
            let why = why_unmatched(linter, &names, &line);
            known_unmatched.push(Unmatched { line, why });
        }
    }
    Clean {
        documents: report.summary.checked,
        unreadable: report.summary.unreadable,
        characters,
        findings: total.findings,
        known: total.known,
        rate: rate(total.findings, characters),
        severities: severities.to_vec(),
        kinds,
        rules,
        known_found,
        known_unmatched,
        notices: report.notices,
    }
}

/// The nearest reason why `line` accepted nothing in the documents called `names`.
fn why_unmatched(linter: &Linter, names: &[String], line: &KnownLine) -> Why {
    if !names.iter().any(|name| line.is_about(name)) {
        return Why::SourceNotChecked;
    }
    if line.rule.is_empty() {
        return Why::NotFound;
    }
    match linter.dictionary().get(&line.rule) {
        None => Why::NoSuchRule,
        Some(entry) if !linter.runs(entry) => Why::RuleNotRun,
        Some(_) => Why::NotFound,
    }
}

/// Findings, known true errors apart.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    findings: u64,
    known: u64,
}

impl Count {
    fn add(&mut self, known: bool) {
        *if known { &mut self.known } else { &mut self.findings } += 1;
    }
}
