//! The command line: one sub-command per file over the library.

mod args;
mod check;
mod checking;
mod dict;
mod dict_import;
mod dict_list;
mod dict_new;
mod error;
mod explain;
mod extract;
mod files;
mod fix;
mod ledger;
mod progress;
mod shell;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use error::CliError;

/// Nothing found at or above the threshold.
const CLEAN: u8 = 0;
/// Findings.
const FINDINGS: u8 = 1;
/// Misuse, or something could not be checked.
const FAILED: u8 = 2;

/// Parses the arguments and runs the sub-command.
pub(crate) fn run() -> ExitCode {
    let args = Args::parse();
    let result = match args.command {
        Command::Check(args) => check::run(&args),
        Command::Fix(args) => fix::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Dict(args) => dict::run(&args.command),
        Command::Ledger(args) => ledger::run(&args.command),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
        Command::Worker => zhengming::worker::serve().map(|()| CLEAN).map_err(CliError::Output),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        // Whoever read our output has seen enough, as with `| head`.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(CLEAN),
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(FAILED)
        }
    }
}
