//! `zhengming ledger compare`.

use std::io::{self, Write};

use serde::Serialize;
use zhengming::ledger::{Comparison, Ledger, Output, State};

use super::args::{CompareArgs, CompareFormat};
use super::shown;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;
use crate::cli::{CLEAN, FINDINGS};

pub(super) fn run(args: &CompareArgs) -> Result<u8, CliError> {
    let ledger = Ledger::open(&args.ledger)?;
    let today = today();
    let comparison = ledger.compare(args.from, args.to, &today)?;
    let output = match args.format {
        CompareFormat::Human | CompareFormat::Jsonl => None,
        CompareFormat::Xlsx => Some(Output::Xlsx),
        CompareFormat::Csv => Some(Output::Csv),
        CompareFormat::Html => Some(Output::Html),
        CompareFormat::Docx => Some(Output::Docx),
    };
    let binary = matches!(output, Some(Output::Xlsx | Output::Docx));
    if binary && args.output.is_none() && io::IsTerminal::is_terminal(&io::stdout()) {
        return Err(CliError::Usage("this format is not for a terminal; give --output FILE".into()));
    }
    let mut failed = None;
    write_result(args.output.as_deref(), |out| match output {
        None if args.format == CompareFormat::Jsonl => jsonl(&comparison, out),
        None => human(&comparison, out),
        Some(output) => match ledger.export_comparison(&comparison, &today, output, out) {
            Ok(written) => written,
            Err(error) => {
                let message = error.to_string();
                failed = Some(error);
                Err(io::Error::other(message))
            }
        },
    })
    .map_err(|error| failed.map_or(error, CliError::from))?;
    let due = comparison.entries.iter().any(|entry| entry.state.is_due());
    Ok(if due { FINDINGS } else { CLEAN })
}

fn jsonl(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Summary {
        from: i64,
        to: i64,
        /// Findings of the earlier run, and those of them that nobody accepted.
        before: u64,
        due: u64,
        done: u64,
        states: std::collections::BTreeMap<&'static str, u64>,
    }
    for entry in &comparison.entries {
        shown::json("finding", entry, out)?;
    }
    let summary = Summary {
        from: comparison.from.id,
        to: comparison.to.id,
        before: comparison.before,
        due: comparison.due,
        done: comparison.done(),
        states: State::ALL.iter().map(|&state| (state.as_str(), comparison.count(state))).collect(),
    };
    shown::json("comparison", &summary, out)
}

fn human(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let Comparison { from, to, entries, before, due } = comparison;
    let time = |time: &str| time.get(..16).unwrap_or(time).replace('T', " ");
    writeln!(out, "复查：第{}次（{}）→ 第{}次（{}）", from.id, time(&from.started), to.id, time(&to.started))?;
    for state in State::ALL {
        let mut of_state = entries.iter().filter(|entry| entry.state == state).peekable();
        if of_state.peek().is_none() {
            continue;
        }
        writeln!(out, "\n{}（{}）", state.label(), comparison.count(state))?;
        of_state.try_for_each(|entry| shown::entry(entry, out))?;
    }
    let counts: Vec<String> = State::ALL
        .iter()
        .map(|&state| (state, comparison.count(state)))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{} {count}", state.label()))
        .collect();
    let rate = if *due == 0 { "—".to_owned() } else { format!("{}/{due}", comparison.done()) };
    writeln!(
        out,
        "\n上次问题 {before} 处；{}。整改率 {rate}",
        if counts.is_empty() { "没有问题".to_owned() } else { counts.join("，") }
    )
}
