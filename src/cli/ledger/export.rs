//! `zhengming ledger export`.

use clap::ValueEnum;
use zhengming::ledger::Ledger;

use super::args::{ExportArgs, ExportFormat};
use super::filter;
use crate::cli::CLEAN;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;

pub(super) fn run(args: &ExportArgs) -> Result<u8, CliError> {
    let format = match args.format {
        Some(format) => format,
        None => {
            let extension = args.output.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            ExportFormat::from_str(extension, true).map_err(|_| {
                CliError::Usage(format!(
                    "{}: the extension names no format; use .xlsx, .csv, .html or .docx, or --format",
                    args.output.display()
                ))
            })?
        }
    };
    let ledger = Ledger::open(&args.ledger)?;
    let today = today();
    let entries = ledger.entries(&filter(&args.filter)?, &today)?;
    let mut failed = None;
    write_result(Some(&args.output), |out| match ledger.export(&entries, &today, format.into(), out) {
        Ok(written) => written,
        Err(error) => {
            let message = error.to_string();
            failed = Some(error);
            Err(std::io::Error::other(message))
        }
    })
    .map_err(|error| failed.map_or(error, CliError::from))?;
    Ok(CLEAN)
}
