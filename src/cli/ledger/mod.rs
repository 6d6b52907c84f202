//! `zhengming ledger`, and the ledger of `zhengming check`.

mod accept;
pub(crate) mod args;
mod compare;
mod export;
mod list;
mod record;
mod shown;
mod similar;
mod status;

use zhengming::ledger::Filter;

use super::args::SeverityArg;
use super::error::CliError;
use args::{FilterArgs, LedgerCommand};

pub(super) use record::Recorder;

pub(super) fn run(command: &LedgerCommand) -> Result<u8, CliError> {
    match command {
        LedgerCommand::Status(args) => status::run(args),
        LedgerCommand::List(args) => list::run(args),
        LedgerCommand::Accept(args) => accept::run(args),
        LedgerCommand::Export(args) => export::run(args),
        LedgerCommand::Compare(args) => compare::run(args),
        LedgerCommand::Similar(args) => similar::run(args),
    }
}

/// What was typed as a filter.
fn filter(args: &FilterArgs) -> Result<Filter, CliError> {
    let glob = |text: &String| {
        let glob = globset::Glob::new(text);
        glob.map(|glob| glob.compile_matcher()).map_err(|error| CliError::Usage(format!("--rule {text}: {error}")))
    };
    Ok(Filter {
        states: args.state.iter().map(|&state| state.into()).collect(),
        severity: args.severity.map(SeverityArg::into),
        rules: args.rule.iter().map(glob).collect::<Result<_, _>>()?,
        channels: args.channel.clone(),
        source: args.source.clone(),
    })
}
