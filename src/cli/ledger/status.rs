//! `zhengming ledger status`.

use serde::Serialize;
use zhengming::Severity;
use zhengming::ledger::{Entry, Filter, Ledger, RunRecord, State};

use super::args::{StatusArgs, ViewFormat};
use super::shown;
use crate::cli::CLEAN;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;

/// Runs that are shown.
const RUNS: usize = 10;

/// Findings of one state or one channel, by severity.
#[derive(Debug, Clone, Default, Serialize)]
struct Count {
    name: String,
    serious: u64,
    error: u64,
    advice: u64,
}

impl Count {
    fn add(&mut self, severity: Severity) {
        *match severity {
            Severity::Serious => &mut self.serious,
            Severity::Error => &mut self.error,
            Severity::Advice => &mut self.advice,
        } += 1;
    }

    fn row(&self, label: &str) -> Vec<String> {
        let sum = self.serious + self.error + self.advice;
        let mut row = vec![label.to_owned()];
        row.extend([self.serious, self.error, self.advice, sum].map(|count| count.to_string()));
        row
    }
}

#[derive(Serialize)]
struct Status {
    states: Vec<Count>,
    /// What is due.
    channels: Vec<Count>,
    runs: Vec<RunRecord>,
}

pub(super) fn run(args: &StatusArgs) -> Result<u8, CliError> {
    let ledger = Ledger::open(&args.ledger)?;
    let runs = ledger.runs()?;
    let mut states: Vec<Count> =
        State::ALL.iter().map(|state| Count { name: state.as_str().to_owned(), ..Count::default() }).collect();
    let mut channels: Vec<Count> = Vec::new();
    ledger.for_each(&Filter::default(), &today(), |entry: Entry| {
        if let Some(count) = states.iter_mut().find(|count| count.name == entry.state.as_str()) {
            count.add(entry.severity);
        }
        if entry.state.is_due() {
            let index = channels.iter().position(|count| count.name == entry.channel).unwrap_or_else(|| {
                channels.push(Count { name: entry.channel.clone(), ..Count::default() });
                channels.len() - 1
            });
            channels[index].add(entry.severity);
        }
        Ok::<(), CliError>(())
    })?;
    let status = Status { states, channels, runs };
    write_result(None, |out| {
        if args.format == ViewFormat::Jsonl {
            return shown::json("status", &status, out);
        }
        let head = |name: &str| -> Vec<String> {
            [name, "严重", "差错", "建议", "合计"].iter().map(|&cell| cell.to_owned()).collect()
        };
        let mut rows = vec![head("状态")];
        rows.extend(status.states.iter().zip(State::ALL).map(|(count, state)| count.row(state.label())));
        shown::table(&rows, out)?;
        if status.channels.iter().any(|count| !count.name.is_empty()) {
            writeln!(out)?;
            let mut rows = vec![head("待处理，按网站/账号")];
            rows.extend(status.channels.iter().map(|count| {
                count.row(&if count.name.is_empty() {
                    "（未登记）".into()
                } else {
                    zhengming::report::visible(&count.name)
                })
            }));
            shown::table(&rows, out)?;
        }
        writeln!(out)?;
        let mut rows: Vec<Vec<String>> =
            vec![["检查", "时间", "文件", "未能检查", "字数", "严重", "差错", "建议"].map(str::to_owned).to_vec()];
        for run in status.runs.iter().rev().take(RUNS).rev() {
            let time = run.started.get(..16).unwrap_or(&run.started).replace('T', " ");
            let [serious, error, advice] = run.findings;
            let counts = [run.checked, run.unreadable, run.characters, serious, error, advice];
            let mut row = vec![format!("第{}次", run.id), time];
            row.extend(counts.map(|count| count.to_string()));
            rows.push(row);
        }
        shown::table(&rows, out)?;
        if status.runs.len() > RUNS {
            writeln!(out, "（更早的 {} 次未列出）", status.runs.len() - RUNS)?;
        }
        Ok(())
    })?;
    Ok(CLEAN)
}
