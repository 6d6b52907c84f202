//! An audit for a maintainer of dictionaries: at a terminal, as Markdown for `docs/quality.md`, as JSON.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{Audit, Benchmark, BenchmarkSample, Clean, EntryScore, Outcome, Scores, Sentences, Verdict};
use crate::judge::{Context, Finding, Location};
use crate::report::{grouped, visible};
use crate::source::{Level, Notice};

/// Formats an audit can be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Human,
    /// Tables and lists in Markdown (GitHub's dialect).
    Markdown,
    /// One JSON object.
    Json,
}

/// Writes `audit` in `format`.
pub fn render(audit: &Audit, format: Format, out: &mut dyn Write) -> io::Result<()> {
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, audit)?;
        return writeln!(out);
    }
    let mut page = Page { markdown: format == Format::Markdown, begun: false, out };
    if let Some(clean) = &audit.clean {
        page.clean(clean)?;
    }
    for benchmark in &audit.benchmarks {
        page.benchmark(benchmark)?;
    }
    // One source of figures is shown with its rules already.
    if audit.benchmarks.len() + usize::from(audit.clean.is_some()) > 1 {
        page.entries(&audit.entries)?;
    }
    if !audit.thresholds.is_empty() {
        page.thresholds(&audit.thresholds)?;
    }
    Ok(())
}

impl Outcome {
    /// The outcome in one line.
    pub fn sentence(&self) -> String {
        let Outcome { threshold, of, limit, .. } = self;
        let figure =
            |value: f64| if threshold.starts_with("max-rate") { format!("{value:.2}") } else { percent(value) };
        let verdict = if self.holds { "holds" } else { "does not hold" };
        match self.measured {
            // A limit is shown as it was typed: rounded, 0.004 and 0 would look alike.
            Some(measured) => format!("{threshold} {limit} {verdict} for {of}: {}", figure(measured)),
            None => format!("{threshold} {limit} {verdict} for {of}: nothing to measure"),
        }
    }
}

/// Text, or text in Markdown; blocks are separated by blank lines.
struct Page<'o> {
    markdown: bool,
    begun: bool,
    out: &'o mut dyn Write,
}

impl Page<'_> {
    fn clean(&mut self, clean: &Clean) -> io::Result<()> {
        self.heading("Clean text")?;
        let unread = match clean.unreadable {
            0 => String::new(),
            count => format!(" Sources that were not read, or not in full: {}.", grouped(count)),
        };
        self.paragraph(&format!(
            "Documents: {}; characters: {}. False alarms: {} ({:.2} per 100,000 characters); known true errors: {}.{unread}",
            grouped(clean.documents),
            grouped(clean.characters),
            grouped(clean.findings),
            clean.rate,
            grouped(clean.known),
        ))?;
        let mut table = Table::new(
            &["severity"],
            &["findings", "per 100,000", "with graver ones", "per 100,000", "known true errors"],
        );
        for one in &clean.severities {
            table.row([
                one.severity.as_str().to_owned(),
                grouped(one.findings),
                format!("{:.2}", one.rate),
                grouped(one.findings_and_graver),
                format!("{:.2}", one.rate_and_graver),
                grouped(one.known),
            ]);
        }
        self.table(&table)?;
        if clean.findings + clean.known > 0 {
            let figures = ["findings", "per 100,000", "known true errors"];
            let mut table = Table::new(&["kind"], &figures);
            for one in &clean.kinds {
                let figures = [grouped(one.findings), format!("{:.2}", one.rate), grouped(one.known)];
                table.row([one.kind.to_owned()].into_iter().chain(figures));
            }
            self.table(&table)?;
            let mut table = Table::new(&["rule", "kind", "severity"], &figures);
            for one in &clean.rules {
                let names = [visible(&one.rule), one.kind.to_owned(), one.severity.as_str().to_owned()];
                table.row(names.into_iter().chain([
                    grouped(one.findings),
                    format!("{:.2}", one.rate),
                    grouped(one.known),
                ]));
            }
            self.table(&table)?;
        }
        if clean.rules.iter().any(|rule| !rule.samples.is_empty()) {
            self.label("False alarms")?;
            for rule in &clean.rules {
                self.items(&rule.rule, rule.samples.iter().map(finding_sample))?;
            }
        }
        if !clean.known_found.is_empty() {
            self.label("Known true errors")?;
            let mut table = Table::new(&["rule", "text", "note"], &["findings"]);
            for one in &clean.known_found {
                let line = &one.line;
                table.row([line.rule.clone(), line.text.clone(), line.note.clone(), grouped(one.findings)]);
            }
            self.table(&table)?;
        }
        if !clean.known_unmatched.is_empty() {
            self.label("Lines of the list of known errors that accepted nothing")?;
            let mut table = Table::new(&["line", "path", "text", "rule", "why"], &[]);
            for one in &clean.known_unmatched {
                let line = &one.line;
                let place = [line.line.to_string(), line.path.clone(), line.text.clone(), line.rule.clone()];
                table.row(place.into_iter().chain([one.why.label().to_owned()]));
            }
            self.table(&table)?;
        }
        self.notices(&clean.notices)
    }

    fn benchmark(&mut self, benchmark: &Benchmark) -> io::Result<()> {
        let Benchmark { sentences, scores, .. } = benchmark;
        self.heading(&format!("Benchmark {}", benchmark.file))?;
        self.paragraph(&format!(
            "Sentences with an error: {}, with {} edits; without: {}. Alarms: {}, of which correct: {}, at an error but with \
             another correction or none: {}, false: {}.",
            grouped(sentences.with_error),
            grouped(scores.edits),
            grouped(sentences.without_error),
            grouped(scores.alarms),
            grouped(scores.correct),
            grouped(scores.detected - scores.correct),
            grouped(scores.false_alarms),
        ))?;
        let mut table = Table::new(&["measure"], &["share", "of"]);
        let mut measure = |name: &str, value: Option<f64>, part: u64, whole: u64| {
            table.row([name.to_owned(), optional(value), format!("{} / {}", grouped(part), grouped(whole))]);
        };
        measure("precision: correct alarms", scores.precision, scores.correct, scores.alarms);
        measure("detection precision: alarms at an error", scores.detection_precision, scores.detected, scores.alarms);
        measure("recall: corrected edits", scores.recall, scores.edits_corrected, scores.edits);
        let Sentences { fully_corrected, with_error, without_error, without_error_flagged, .. } = *sentences;
        measure("sentences with an error, fully corrected", sentences.corrected_share, fully_corrected, with_error);
        let flagged = super::share(sentences.with_error_flagged, with_error);
        measure("sentences with an error, flagged", flagged, sentences.with_error_flagged, with_error);
        let share = sentences.flagged_share;
        measure("sentences without an error, flagged", share, without_error_flagged, without_error);
        self.table(&table)?;
        self.paragraph(&format!(
            "Findings in the corrections of all sentences: {} in {} characters ({:.2} per 100,000). F1: {}.",
            grouped(sentences.right_findings),
            grouped(sentences.right_characters),
            sentences.right_rate,
            optional(scores.f1),
        ))?;

        let figures = ["alarms", "correct", "other correction", "false", "precision", "recall"];
        let row = |scores: &Scores| {
            let other = scores.detected - scores.correct;
            let counts = [scores.alarms, scores.correct, other, scores.false_alarms].map(grouped);
            counts.into_iter().chain([optional(scores.precision), optional(scores.recall)])
        };
        if !benchmark.groups.is_empty() {
            let mut table = Table::new(&["group"], &["sentences", "edits"]);
            table.figures(&figures);
            for one in &benchmark.groups {
                let size = [visible(&one.group), grouped(one.sentences), grouped(one.scores.edits)];
                table.row(size.into_iter().chain(row(&one.scores)));
            }
            self.table(&table)?;
        }
        if !benchmark.rules.is_empty() {
            let mut table = Table::new(&["kind"], &figures);
            table.figures(&["in corrections"]);
            for one in &benchmark.kinds {
                let figures = row(&one.scores).chain([grouped(one.right_findings)]);
                table.row([one.kind.to_owned()].into_iter().chain(figures));
            }
            self.table(&table)?;
            let mut table = Table::new(&["rule", "kind", "severity"], &figures);
            table.figures(&["in corrections"]);
            for one in &benchmark.rules {
                let names = [visible(&one.rule), one.kind.to_owned(), one.severity.as_str().to_owned()];
                table.row(names.into_iter().chain(row(&one.scores)).chain([grouped(one.right_findings)]));
            }
            self.table(&table)?;
        }
        if benchmark.rules.iter().any(|rule| !rule.samples.is_empty()) {
            self.label("Alarms that are not correct")?;
            for rule in &benchmark.rules {
                self.items(&rule.rule, rule.samples.iter().map(benchmark_sample))?;
            }
        }
        self.notices(&benchmark.notices)
    }

    fn entries(&mut self, entries: &[EntryScore]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.heading("Rules over all measured text")?;
        let mut table = Table::new(&["rule"], &["hits", "right", "wrong", "precision"]);
        for one in entries {
            let figures = [grouped(one.hits), grouped(one.right), grouped(one.wrong), optional(one.precision)];
            table.row([visible(&one.rule)].into_iter().chain(figures));
        }
        self.table(&table)
    }

    fn thresholds(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        self.heading("Thresholds")?;
        self.list(outcomes.iter().map(Outcome::sentence))
    }

    fn notices(&mut self, notices: &[Notice]) -> io::Result<()> {
        if notices.is_empty() {
            return Ok(());
        }
        self.label("Notices")?;
        self.list(notices.iter().map(|notice| {
            let level = match notice.level {
                Level::Error => "error",
                Level::Warning => "warning",
            };
            let path = if notice.path.is_empty() { String::new() } else { format!(" {}:", visible(&notice.path)) };
            format!("{level} [{}]{path} {}", notice.code.as_str(), visible(&notice.message))
        }))
    }

    /// A blank line, unless nothing stands before it.
    fn block(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) { writeln!(self.out) } else { Ok(()) }
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        self.block()?;
        let text = visible(text);
        if self.markdown {
            writeln!(self.out, "## {}", escaped(&text))
        } else {
            writeln!(self.out, "{text}\n{}", "=".repeat(text.width()))
        }
    }

    fn label(&mut self, text: &str) -> io::Result<()> {
        self.block()?;
        if self.markdown { writeln!(self.out, "### {text}") } else { writeln!(self.out, "{text}:") }
    }

    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        self.block()?;
        writeln!(self.out, "{text}")
    }

    /// Items under the rule that they are about; nothing if there are none.
    fn items(&mut self, rule: &str, items: impl ExactSizeIterator<Item = String>) -> io::Result<()> {
        if items.len() == 0 {
            return Ok(());
        }
        let rule = visible(rule);
        self.paragraph(&if self.markdown { format!("**{}**", escaped(&rule)) } else { format!("  {rule}") })?;
        self.list(items)
    }

    fn list(&mut self, items: impl Iterator<Item = String>) -> io::Result<()> {
        if self.markdown {
            writeln!(self.out)?;
        }
        for item in items {
            if self.markdown { writeln!(self.out, "- {}", escaped(&item))? } else { writeln!(self.out, "    {item}")? }
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> io::Result<()> {
        self.block()?;
        if self.markdown { table.markdown(self.out) } else { table.plain(self.out) }
    }
}

/// A sample with its place, the text found between its neighbours, and the suggestion.
fn finding_sample(finding: &Finding) -> String {
    let place = match &finding.location {
        Location::Text { start, .. } => format!("{}:{}:{}", finding.path, start.line, start.column),
        location => format!("{} {}", finding.path, location.label()),
    };
    let suggestion = finding.suggestions.first().map(String::as_str);
    format!("{}: {}", visible(&place), marked(&finding.text, suggestion, &finding.context))
}

fn benchmark_sample(sample: &BenchmarkSample) -> String {
    let verdict = match sample.verdict {
        Verdict::Correct => "correct",
        Verdict::Detected => "other correction",
        Verdict::False => "false",
    };
    let shown = marked(&sample.text, sample.suggestion.as_deref(), &sample.context);
    let right = match &sample.right {
        Some(right) if sample.verdict == Verdict::Detected => format!("; right: {}", visible(right)),
        _ => String::new(),
    };
    format!("line {}, {verdict}: {shown}{right}", sample.line)
}

/// `切实做好【布署】工作 → 部署`.
fn marked(text: &str, suggestion: Option<&str>, context: &Context) -> String {
    let correction = match suggestion {
        None => String::new(),
        Some("") => " → (delete)".to_owned(),
        Some(right) => format!(" → {right}"),
    };
    visible(&format!("{}【{text}】{}{correction}", context.before, context.after))
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn optional(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), percent)
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&') {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// Rows under a head: names at the left, figures at the right.
struct Table {
    head: Vec<String>,
    names: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(names: &[&str], figures: &[&str]) -> Self {
        let mut table = Table { head: Vec::new(), names: names.len(), rows: Vec::new() };
        table.figures(names);
        table.figures(figures);
        table
    }

    fn figures(&mut self, titles: &[&str]) {
        self.head.extend(titles.iter().map(|title| (*title).to_owned()));
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |", cells.join(" | "))
        };
        writeln!(out, "{}", line(&self.head))?;
        let rule: String =
            (0..self.head.len()).map(|column| if column < self.names { "---|" } else { "---:|" }).collect();
        writeln!(out, "|{rule}")?;
        for row in &self.rows {
            writeln!(out, "{}", line(row))?;
        }
        Ok(())
    }

    fn plain(&self, out: &mut dyn Write) -> io::Result<()> {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| {
            lines().filter_map(|cells| cells.get(column)).map(|cell| cell.width()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        for cells in lines() {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let fill = " ".repeat(width.saturating_sub(cell.width()));
                line.push_str("  ");
                if column < self.names {
                    line.push_str(cell);
                    line.push_str(&fill);
                } else {
                    line.push_str(&fill);
                    line.push_str(cell);
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
