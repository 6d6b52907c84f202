//! `zhengming ledger list`.

use zhengming::ledger::{Entry, Ledger};

use super::args::{ListArgs, ViewFormat};
use super::{filter, shown};
use crate::cli::CLEAN;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;

pub(super) fn run(args: &ListArgs) -> Result<u8, CliError> {
    let ledger = Ledger::open(&args.ledger)?;
    let filter = filter(&args.filter)?;
    let mut failed = None;
    write_result(None, |out| {
        let mut count = 0_u64;
        let listed = ledger.for_each(&filter, &today(), |entry: Entry| {
            count += 1;
            match args.format {
                ViewFormat::Human => shown::entry(&entry, out)?,
                ViewFormat::Jsonl => shown::json("finding", &entry, out)?,
            }
            Ok::<(), CliError>(())
        });
        match listed {
            Ok(()) if args.format == ViewFormat::Human => writeln!(out, "共 {count} 处"),
            Ok(()) => Ok(()),
            Err(CliError::Output(error)) => Err(error),
            Err(error) => {
                failed = Some(error);
                Ok(())
            }
        }
    })?;
    failed.map_or(Ok(CLEAN), Err)
}
