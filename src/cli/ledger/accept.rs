//! `zhengming ledger accept`.

use zhengming::ledger::{Acceptance, Ledger};

use super::args::AcceptArgs;
use super::shown;
use crate::cli::CLEAN;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;

pub(super) fn run(args: &AcceptArgs) -> Result<u8, CliError> {
    let mut ledger = Ledger::open(&args.ledger)?;
    let today = today();
    if args.withdraw {
        ledger.withdraw(&args.ids)?;
    } else {
        let said = |text: &Option<String>, flag: &str| {
            let text = text.as_deref().unwrap_or_default().trim();
            if text.is_empty() {
                Err(CliError::Usage(format!("{flag} must not be empty")))
            } else {
                Ok(text.to_owned())
            }
        };
        if let Some(date) = args.until.as_deref().filter(|date| date.parse::<jiff::civil::Date>().is_err()) {
            return Err(CliError::Usage(format!("--until {date}: not a date of the form 2026-03-01")));
        }
        let acceptance = Acceptance {
            reason: said(&args.reason, "--reason")?,
            person: said(&args.by, "--by")?,
            since: today.clone(),
            until: args.until.clone(),
        };
        ledger.accept(&args.ids, &acceptance)?;
    }
    let entries = args.ids.iter().map(|&id| ledger.entry(id, &today)).collect::<Result<Vec<_>, _>>()?;
    write_result(None, |out| entries.iter().try_for_each(|entry| shown::entry(entry, out)))?;
    Ok(CLEAN)
}
