//! Findings in sentences whose correction is known.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::{Alignment, AuditError, MOST_EDITS, rate, read, share, spread};
use crate::dictionary::{Rule, Severity};
use crate::judge::{Context, Finding, Location, without_long_numbers};
use crate::linter::{Checked, Linter};
use crate::source::{Level, Notice, Source};

/// Most characters of a sentence of a benchmark; alignments of longer texts would take too much memory.
const LONGEST: usize = 10_000;

/// A benchmark: pairs of sentences.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// Its name.
    pub file: String,
    /// Its pairs, in order.
    pub pairs: Vec<Pair>,
}

/// A sentence and its correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Line of the file, from 1.
    pub line: usize,
    /// The sentence; most benchmarks have many without an error.
    pub wrong: String,
    /// The sentence as it should be.
    pub right: String,
    /// What else stands in the line, by column.
    pub further: Vec<String>,
}

impl Pairs {
    /// Reads tab-separated lines: the sentence, its correction, anything.
    pub fn load(path: &Path) -> Result<Self, AuditError> {
        Self::parse(&path.display().to_string(), &read(path)?)
    }

    /// Reads the text of a benchmark called `file`. Blank lines are left out, and so are lines without a tab that start
    /// with `#`.
    pub fn parse(file: &str, text: &str) -> Result<Self, AuditError> {
        let mut pairs = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || (line.starts_with('#') && !line.contains('\t')) {
                continue;
            }
            let fail = |message: String| AuditError::Line { file: file.to_owned(), line: index + 1, message };
            let mut cells = line.split('\t').map(str::to_owned);
            let (Some(wrong), Some(right)) = (cells.next(), cells.next()) else {
                return Err(fail("must be: the sentence, a tab, its correction".to_owned()));
            };
            if wrong.trim().is_empty() || right.trim().is_empty() {
                return Err(fail("the sentence and its correction must not be empty".to_owned()));
            }
            if wrong.chars().count().max(right.chars().count()) > LONGEST {
                return Err(fail(format!("longer than {LONGEST} characters; divide it into sentences")));
            }
            pairs.push(Pair { line: index + 1, wrong, right, further: cells.collect() });
        }
        if pairs.is_empty() {
            return Err(AuditError::Empty(file.to_owned()));
        }
        Ok(Pairs { file: file.to_owned(), pairs })
    }
}

/// What the rules find in a benchmark.
#[derive(Debug, Clone, Serialize)]
pub struct Benchmark {
    /// Its name.
    pub file: String,
    /// By sentence.
    pub sentences: Sentences,
    /// By alarm and by edit.
    pub scores: Scores,
    /// By kind of rule, that with the most alarms first.
    pub kinds: Vec<KindScores>,
    /// By rule, that with the most false alarms first.
    pub rules: Vec<RuleScores>,
    /// By what stands in the column that was asked for, in alphabetical order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Sentences that could not be checked.
    pub notices: Vec<Notice>,
}

/// Sentences, by whether they hold an error and what became of them. Shares are between 0 and 1, and absent where there
/// is no sentence of the sort.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sentences {
    /// With an error.
    pub with_error: u64,
    /// Of these, with at least one finding.
    pub with_error_flagged: u64,
    /// Of these, right once the first suggestion of every finding has been applied.
    pub fully_corrected: u64,
    /// Share of the sentences with an error that are fully corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_share: Option<f64>,
    /// Without an error.
    pub without_error: u64,
    /// Of these, with at least one finding.
    pub without_error_flagged: u64,
    /// Share of the sentences without an error that have a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged_share: Option<f64>,
    /// Characters of all corrections.
    pub right_characters: u64,
    /// Findings in all corrections.
    pub right_findings: u64,
    /// The same per 100,000 characters.
    pub right_rate: f64,
}

/// What alarms are worth. An alarm is a finding in the sentence, whether that holds an error or not. Shares are between
/// 0 and 1, and absent where there is nothing to take a share of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Findings.
    pub alarms: u64,
    /// Alarms whose first suggestion makes every edit in their place good and changes nothing else.
    pub correct: u64,
    /// Alarms in whose place there is an edit; the correct ones among them.
    pub detected: u64,
    /// The other alarms.
    pub false_alarms: u64,
    /// Edits between sentences and corrections.
    pub edits: u64,
    /// Edits that correct alarms make good.
    pub edits_corrected: u64,
    /// Correct alarms among all alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Alarms at an edit among all alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection_precision: Option<f64>,
    /// Corrected edits among all edits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
}

/// Scores of one kind of rule; recall is its part of all edits.
#[derive(Debug, Clone, Serialize)]
pub struct KindScores {
    /// Which one.
    pub kind: &'static str,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// Findings in corrections.
    pub right_findings: u64,
}

/// Scores of one rule; recall is its part of all edits.
#[derive(Debug, Clone, Serialize)]
pub struct RuleScores {
    /// Its id.
    pub rule: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// Findings in corrections.
    pub right_findings: u64,
    /// Some of its alarms that are not correct, evenly spread.
    pub samples: Vec<BenchmarkSample>,
}

/// Scores of the lines that agree in a column.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// What stands there.
    pub group: String,
    /// Sentences of the group.
    pub sentences: u64,
    /// Their scores.
    #[serde(flatten)]
    pub scores: Scores,
}

/// An alarm that is not correct.
#[derive(Debug, Clone, Serialize)]
pub struct BenchmarkSample {
    /// Line of the benchmark.
    pub line: usize,
    /// What it is worth.
    pub verdict: Verdict,
    /// The text found.
    pub text: String,
    /// The first suggestion, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The text around it.
    pub context: Context,
    /// The sentence as it should be, with long numbers hidden; absent for rules that mask what they find.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
}

/// What one alarm is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its suggestion is right.
    Correct,
    /// There is an error, but the suggestion does not correct it.
    Detected,
    /// There is no error.
    False,
}

/// Checks every sentence of a benchmark, and its correction. `group` is the column (from 1) by whose text lines are
/// grouped as well; of each rule at most `samples` alarms are kept that are not correct.
pub fn benchmark(
    linter: &Linter,
    pairs: &Pairs,
    group: Option<usize>,
    samples: usize,
) -> Result<Benchmark, AuditError> {
    let source = |pair: &Pair, text: &str| {
        let mut source = Source::new(format!("{}:{}", pairs.file, pair.line), text);
        source.declared_charset = Some("utf-8".to_owned());
        source
    };
    let wrong: Vec<Source> = pairs.pairs.iter().map(|pair| source(pair, &pair.wrong)).collect();
    let differing = pairs.pairs.iter().filter(|pair| pair.wrong != pair.right);
    let right: Vec<Source> = differing.map(|pair| source(pair, &pair.right)).collect();
    let mut checked_right = linter.check_texts(&right).into_iter();

    let masks = |rule: &str| {
        let entry = linter.dictionary().get(rule);
        entry.is_some_and(|entry| matches!(&entry.rule, Rule::Pattern(pattern) if pattern.mask))
    };
    let mut totals = Totals::default();
    for (pair, checked) in pairs.pairs.iter().zip(linter.check_texts(&wrong)) {
        let wrong = totals.side(checked);
        let right =
            if pair.wrong == pair.right { None } else { Some(totals.side(checked_right.next().unwrap_or_default())) };
        let group = group.map(|column| match column {
            1 => pair.wrong.as_str(),
            2 => pair.right.as_str(),
            column => column.checked_sub(3).and_then(|index| pair.further.get(index)).map_or("", String::as_str),
        });
        let marked = mark(pair, &wrong.findings).ok_or_else(|| AuditError::Line {
            file: pairs.file.clone(),
            line: pair.line,
            message: format!("more than {MOST_EDITS} edits apart; the one is no correction of the other"),
        })?;
        totals.add(pair, (&wrong, right.as_ref()), group, &marked, masks);
    }
    Ok(totals.finish(pairs, samples))
}

/// What was found in one text.
struct Side {
    findings: Vec<Finding>,
    characters: u64,
}

/// What the findings of one sentence are worth.
struct Marked {
    edits: usize,
    /// By finding: its verdict, and the edits that it makes good.
    verdicts: Vec<(Verdict, usize)>,
    fully_corrected: bool,
}

/// Marks `findings` in their order; `None` if sentence and correction have nothing in common. Each correct suggestion is
/// applied before the next finding is looked at: of two that delete one half each of a doubled character, the second is
/// wrong.
fn mark(pair: &Pair, findings: &[Finding]) -> Option<Marked> {
    if pair.wrong == pair.right {
        let verdicts = vec![(Verdict::False, 0); findings.len()];
        return Some(Marked { edits: 0, verdicts, fully_corrected: false });
    }
    let changes: Vec<(Range<usize>, Option<Vec<char>>)> = findings
        .iter()
        .map(|finding| (characters(&pair.wrong, &finding.location), finding.suggestions.first()))
        .map(|(span, suggestion)| (span, suggestion.map(|text| text.chars().collect())))
        .collect();
    let right: Vec<char> = pair.right.chars().collect();
    let mut alignment = Alignment::new(&pair.wrong, &pair.right)?;
    let edits = alignment.edits();
    let mut verdicts = Vec::with_capacity(changes.len());
    // By how much what follows has moved, as characters that came and characters that went.
    let (mut came, mut went) = (0, 0);
    for (span, suggestion) in &changes {
        let moved = |at: usize| (at + came).saturating_sub(went);
        let span = moved(span.start)..moved(span.end);
        let resolved = suggestion.as_ref().and_then(|text| Some((text, alignment.resolves(span.clone(), text)?)));
        verdicts.push(match resolved {
            Some((text, resolved)) => {
                came += text.len();
                went += span.len();
                let mut after = alignment.wrong().to_vec();
                after.splice(span, text.iter().copied());
                alignment = Alignment::of(after, right.clone())?;
                (Verdict::Correct, resolved)
            }
            None if alignment.touches(span) => (Verdict::Detected, 0),
            None => (Verdict::False, 0),
        });
    }
    let mut corrected: Vec<char> = pair.wrong.chars().collect();
    for (span, suggestion) in changes.into_iter().rev() {
        if let Some(text) = suggestion
            && span.end <= corrected.len()
        {
            corrected.splice(span, text);
        }
    }
    Some(Marked { edits, verdicts, fully_corrected: corrected == right })
}

/// The characters of `sentence` at a place in it.
fn characters(sentence: &str, location: &Location) -> Range<usize> {
    let Location::Text { start, end, .. } = location else { return 0..0 };
    let before = |byte: usize| sentence.get(..byte).unwrap_or(sentence).chars().count();
    before(start.byte)..before(end.byte)
}

/// Counts of alarms.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    alarms: u64,
    correct: u64,
    detected: u64,
    edits_corrected: u64,
    right_findings: u64,
}

impl Tally {
    fn add(&mut self, (verdict, edits): (Verdict, usize)) {
        self.alarms += 1;
        self.correct += u64::from(verdict == Verdict::Correct);
        self.detected += u64::from(verdict != Verdict::False);
        self.edits_corrected += edits as u64;
    }

    fn scores(self, edits: u64) -> Scores {
        let Tally { alarms, correct, detected, edits_corrected, .. } = self;
        let precision = share(correct, alarms);
        let recall = share(edits_corrected, edits);
        let f1 = match (precision, recall) {
            (Some(precision), Some(recall)) if precision + recall > 0.0 => {
                Some(2.0 * precision * recall / (precision + recall))
            }
            (Some(_), Some(_)) => Some(0.0),
            _ => None,
        };
        Scores {
            alarms,
            correct,
            detected,
            false_alarms: alarms - detected,
            edits,
            edits_corrected,
            precision,
            detection_precision: share(detected, alarms),
            recall,
            f1,
        }
    }
}

/// Everything that is counted while a benchmark runs.
#[derive(Default)]
struct Totals {
    sentences: Sentences,
    edits: u64,
    all: Tally,
    kinds: BTreeMap<&'static str, Tally>,
    rules: BTreeMap<String, RuleTotals>,
    groups: BTreeMap<String, GroupTotals>,
    notices: Vec<Notice>,
}

struct RuleTotals {
    kind: &'static str,
    severity: Severity,
    tally: Tally,
    samples: Vec<BenchmarkSample>,
}

#[derive(Default)]
struct GroupTotals {
    sentences: u64,
    edits: u64,
    tally: Tally,
}

impl Totals {
    /// What was found in a text; notices that it was not read in full are kept.
    fn side(&mut self, checked: Checked) -> Side {
        self.notices.extend(checked.notices.into_iter().filter(|notice| notice.level == Level::Error));
        Side { findings: checked.findings, characters: checked.characters as u64 }
    }

    /// `right` is absent where the sentence is right as it is.
    fn add(
        &mut self,
        pair: &Pair,
        (wrong, right): (&Side, Option<&Side>),
        group: Option<&str>,
        marked: &Marked,
        masks: impl Fn(&str) -> bool,
    ) {
        let flagged = u64::from(!wrong.findings.is_empty());
        let sentences = &mut self.sentences;
        if right.is_some() {
            sentences.with_error += 1;
            sentences.with_error_flagged += flagged;
            sentences.fully_corrected += u64::from(marked.fully_corrected);
        } else {
            sentences.without_error += 1;
            sentences.without_error_flagged += flagged;
        }
        self.edits += marked.edits as u64;

        let mut group = group.map(|group| self.groups.entry(group.to_owned()).or_default());
        if let Some(group) = &mut group {
            group.sentences += 1;
            group.edits += marked.edits as u64;
        }
        for (finding, &verdict) in wrong.findings.iter().zip(&marked.verdicts) {
            self.all.add(verdict);
            self.kinds.entry(finding.kind).or_default().add(verdict);
            if let Some(group) = &mut group {
                group.tally.add(verdict);
            }
            let rule = rule_totals(&mut self.rules, finding);
            rule.tally.add(verdict);
            if verdict.0 != Verdict::Correct {
                rule.samples.push(BenchmarkSample {
                    line: pair.line,
                    verdict: verdict.0,
                    text: finding.text.clone(),
                    suggestion: finding.suggestions.first().cloned(),
                    context: finding.context.clone(),
                    right: (!masks(&finding.rule)).then(|| without_long_numbers(&pair.right)),
                });
            }
        }

        let right = right.unwrap_or(wrong);
        self.sentences.right_characters += right.characters;
        self.sentences.right_findings += right.findings.len() as u64;
        for finding in &right.findings {
            self.kinds.entry(finding.kind).or_default().right_findings += 1;
            rule_totals(&mut self.rules, finding).tally.right_findings += 1;
        }
    }

    fn finish(self, pairs: &Pairs, samples: usize) -> Benchmark {
        let edits = self.edits;
        let mut sentences = self.sentences;
        sentences.corrected_share = share(sentences.fully_corrected, sentences.with_error);
        sentences.flagged_share = share(sentences.without_error_flagged, sentences.without_error);
        sentences.right_rate = rate(sentences.right_findings, sentences.right_characters);
        let kinds = self.kinds.into_iter();
        let mut kinds: Vec<KindScores> = kinds
            .map(|(kind, tally)| KindScores { kind, scores: tally.scores(edits), right_findings: tally.right_findings })
            .collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.scores.alarms));
        let rules = self.rules.into_iter();
        let mut rules: Vec<RuleScores> = rules
            .map(|(rule, totals)| RuleScores {
                rule,
                kind: totals.kind,
                severity: totals.severity,
                scores: totals.tally.scores(edits),
                right_findings: totals.tally.right_findings,
                samples: spread(&totals.samples, samples),
            })
            .collect();
        // The map gave them by id, and the sort is stable.
        rules.sort_by_key(|rule| {
            let scores = &rule.scores;
            std::cmp::Reverse((scores.false_alarms, scores.alarms - scores.correct, scores.alarms))
        });
        let groups = self.groups.into_iter();
        let groups = groups
            .map(|(group, totals)| Group {
                group,
                sentences: totals.sentences,
                scores: totals.tally.scores(totals.edits),
            })
            .collect();
        let scores = self.all.scores(edits);
        Benchmark { file: pairs.file.clone(), sentences, scores, kinds, rules, groups, notices: self.notices }
    }
}

fn rule_totals<'t>(rules: &'t mut BTreeMap<String, RuleTotals>, finding: &Finding) -> &'t mut RuleTotals {
    rules.entry(finding.rule.clone()).or_insert_with(|| RuleTotals {
        kind: finding.kind,
        severity: finding.severity,
        tally: Tally::default(),
        samples: Vec::new(),
    })
}
