//! A ledger as what an office files: HTML, XLSX, CSV, and the draft of a report on corrections.

use std::borrow::Cow;
use std::io::{self, Write};

use super::query::Comparison;
use super::{Entry, Ledger, LedgerError, RunRecord, State, letter};
use crate::report::register::{Register, Row, percent};
use crate::report::{csv, grouped, html, xlsx};

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A page for reading, filtering and printing.
    Html,
    /// A workbook.
    Xlsx,
    /// Comma-separated values.
    Csv,
    /// Draft of a report on corrections (整改报告), for Word and WPS.
    Docx,
}

impl Ledger {
    /// Writes `entries` in `output`. Counts of channels are those of the whole ledger, whatever was left out.
    pub fn export(
        &self,
        entries: &[Entry],
        today: &str,
        output: Output,
        out: &mut dyn Write,
    ) -> Result<io::Result<()>, LedgerError> {
        let runs = self.runs()?;
        let all = self.entries(&super::Filter::default(), today)?;
        let mut register = Register {
            title: "文字差错整改台账".to_owned(),
            facts: facts(&runs),
            rows: entries.iter().map(row).collect(),
            remarks: self.remarks()?,
            channels: self.channels(&all)?,
            kept: true,
        };
        for state in State::ALL {
            let count = all.iter().filter(|entry| entry.state == state).count() as u64;
            if count > 0 {
                register.facts.push((state.label(), format!("{} 处", grouped(count))));
            }
        }
        Ok(match output {
            Output::Docx => letter::of_ledger(&register, entries, &runs, today, out),
            output => write(&register, output, out),
        })
    }

    /// Writes a comparison in `output`.
    pub fn export_comparison(
        &self,
        comparison: &Comparison,
        today: &str,
        output: Output,
        out: &mut dyn Write,
    ) -> Result<io::Result<()>, LedgerError> {
        let Comparison { from, to, entries, before, due } = comparison;
        let mut facts = vec![
            ("上次检查", run_label(from)),
            ("本次检查", run_label(to)),
            ("上次问题", format!("{} 处", grouped(*before))),
        ];
        for state in State::ALL {
            let count = comparison.count(state);
            if count > 0 {
                facts.push((state.label(), format!("{} 处", grouped(count))));
            }
        }
        facts.push(("整改率", percent(comparison.done(), *due)));
        let all = self.entries(&super::Filter::default(), today)?;
        let register = Register {
            title: "文字差错复查报告（回头看）".to_owned(),
            facts,
            rows: entries.iter().map(row).collect(),
            remarks: self.remarks()?,
            channels: self.channels(&all)?,
            kept: true,
        };
        Ok(match output {
            Output::Docx => letter::of_comparison(&register, comparison, today, out),
            output => write(&register, output, out),
        })
    }
}

fn write(register: &Register<'_>, output: Output, out: &mut dyn Write) -> io::Result<()> {
    match output {
        Output::Html => html::write(register, out),
        Output::Xlsx => xlsx::write(register, out),
        Output::Csv | Output::Docx => csv::write(register, out),
    }
}

fn facts(runs: &[RunRecord]) -> Vec<(&'static str, String)> {
    let Some(last) = runs.last() else { return Vec::new() };
    vec![
        ("最近检查", run_label(last)),
        ("检查文件", format!("{} 个", grouped(last.checked.unsigned_abs()))),
        ("未能检查", format!("{} 个", grouped(last.unreadable.unsigned_abs()))),
    ]
}

/// `第3次，2026-11-27 12:00`.
pub(super) fn run_label(run: &RunRecord) -> String {
    let time = run.started.get(..16).unwrap_or(&run.started).replace('T', " ");
    format!("第{}次，{time}", run.id)
}

fn row(entry: &Entry) -> Row<'_> {
    let mut state = entry.state.label().to_owned();
    if let Some(accepted) = entry.accepted.as_ref().filter(|_| entry.state == State::Accepted) {
        let until = accepted.until.as_ref().map_or(String::new(), |until| format!("，至 {until}"));
        state = format!("{state}：{}（{}{until}）", accepted.reason, accepted.person);
    } else if let Some(why) = entry.why.filter(|_| entry.state == State::Unverified) {
        state = format!("{state}：{}", why.label());
    }
    Row {
        channel: (&*entry.channel).into(),
        unit: (&*entry.unit).into(),
        person: (&*entry.person).into(),
        category: (&*entry.category).into(),
        severity: entry.severity,
        title: (&*entry.title).into(),
        path: (&*entry.path).into(),
        link: (&*entry.link).into(),
        page: entry.page.as_deref().map(Cow::Borrowed),
        place: entry.place.clone(),
        scope: (&*entry.scope).into(),
        date: entry.date.as_deref().unwrap_or_default().into(),
        before: (&*entry.before).into(),
        text: (&*entry.text).into(),
        after: (&*entry.after).into(),
        suggestions: (&*entry.suggestions).into(),
        message: (&*entry.message).into(),
        basis: (&*entry.source).into(),
        rule: (&*entry.rule).into(),
        confidence: entry.confidence,
        reference: entry.id.to_string(),
        progress: entry.state.progress(),
        state: state.into(),
        first: (&*entry.first_seen).into(),
        last: (&*entry.last_seen).into(),
        done: entry.closed.as_deref().unwrap_or_default().into(),
    }
}
