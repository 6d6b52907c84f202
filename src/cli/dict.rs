//! `zhengming dict`: instruments for maintainers of dictionaries.

use zhengming::Linter;
use zhengming::audit::{self, Audit, Format, Known, Pairs, Thresholds};
use zhengming::dictionary::{Dictionary, DictionaryError, pages as dictionary_pages};
use zhengming::source::walk;

use super::args::{AuditArgs, AuditFormat, DictCommand, PagesArgs, VerifyArgs};
use super::checking::{Checking, checking};
use super::error::CliError;
use super::files::write_result;
use super::progress::with_progress;
use super::{CLEAN, FAILED, FINDINGS, dict_import, dict_list, dict_new};

/// A day before all others: as of it no name has ended and no law is repealed.
const UNDATED: &str = "0001-01-01";

pub(super) fn run(command: &DictCommand) -> Result<u8, CliError> {
    match command {
        DictCommand::Audit(args) => measure(args),
        DictCommand::Verify(args) => verify(args),
        DictCommand::List(args) => dict_list::run(args),
        DictCommand::Import(args) => dict_import::run(args),
        DictCommand::New(args) => dict_new::run(args),
        DictCommand::Pages(args) => pages(args),
    }
}

fn measure(args: &AuditArgs) -> Result<u8, CliError> {
    let Checking { settings, options } = checking(&args.checking)?;
    let thresholds = Thresholds {
        rates: args.max_rate.clone(),
        precision: args.min_precision,
        recall: args.min_recall,
        flagged: args.max_flagged,
        rule_precision: args.min_rule_precision,
        rule_hits: args.min_rule_hits,
    };
    thresholds.check(!args.clean.is_empty(), !args.benchmark.is_empty(), options.severity)?;
    // Everything typed is looked at before the work begins, which may take minutes.
    let known = args.known.as_deref().map(Known::load).transpose()?.unwrap_or_default();
    let benchmarks = args.benchmark.iter().map(|path| Pairs::load(path)).collect::<Result<Vec<Pairs>, _>>()?;

    let clean = if args.clean.is_empty() {
        None
    } else {
        let linter = Linter::new(options.clone())?;
        let (inputs, notices) = walk(&args.clean);
        let audited = with_progress(args.quiet, |progress| {
            audit::clean(&linter, &inputs, notices, &known, args.samples, progress)
        });
        Some(audited)
    };
    let benchmarks = if benchmarks.is_empty() {
        Vec::new()
    } else {
        // Sentences of a benchmark state no date and are of many years: what was right in any of them is no slip.
        let as_of = settings.as_of.clone().unwrap_or_else(|| UNDATED.to_owned());
        let linter = Linter::new(zhengming::Options { as_of, ..options })?;
        let column = args.group_column.map(usize::from);
        benchmarks
            .iter()
            .map(|pairs| audit::benchmark(&linter, pairs, column, args.samples))
            .collect::<Result<Vec<_>, _>>()?
    };
    let measured = Audit::new(clean, benchmarks, &thresholds);
    let format = match args.format {
        AuditFormat::Human => Format::Human,
        AuditFormat::Markdown => Format::Markdown,
        AuditFormat::Json => Format::Json,
    };
    write_result(args.output.as_deref(), |out| audit::render(&measured, format, out))?;

    let mut status = CLEAN;
    for outcome in measured.thresholds.iter().filter(|outcome| !outcome.holds) {
        status = FINDINGS;
        if args.output.is_some() {
            anstream::eprintln!("{}", outcome.sentence());
        }
    }
    if let Some(clean) = &measured.clean
        && clean.documents == 0
    {
        return Err(CliError::Usage("--clean: there is no document that can be checked".into()));
    }
    let unreadable = measured.clean.as_ref().map_or(0, |clean| clean.unreadable)
        + measured.benchmarks.iter().map(|one| one.notices.len() as u64).sum::<u64>();
    if unreadable > 0 && !settings.allow_unreadable.unwrap_or(false) {
        if args.output.is_some() {
            anstream::eprintln!("error: {unreadable} sources or sentences could not be checked; see the notices");
        }
        status = FAILED;
    }
    Ok(status)
}

fn verify(args: &VerifyArgs) -> Result<u8, CliError> {
    let verified =
        if args.folders.is_empty() { audit::verify_embedded() } else { audit::verify_folders(&args.folders) };
    match verified {
        Ok(verified) => {
            let text = format!("no problem; files: {}, entries: {}\n", verified.packs, verified.entries);
            write_result(None, |out| out.write_all(text.as_bytes()))?;
            Ok(CLEAN)
        }
        Err(DictionaryError::Problems(problems)) => {
            write_result(None, |out| problems.iter().try_for_each(|problem| writeln!(out, "{problem}")))?;
            anstream::eprintln!("problems: {}", problems.len());
            Ok(FINDINGS)
        }
        Err(error) => Err(CliError::Linter(error.into())),
    }
}

/// Writes a page about each embedded dictionary, and one that lists them.
fn pages(args: &PagesArgs) -> Result<u8, CliError> {
    let usage = |path: &std::path::Path, error: std::io::Error| {
        CliError::Usage(format!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(&args.folder).map_err(|error| usage(&args.folder, error))?;
    for (name, text) in dictionary_pages(&Dictionary::embedded()) {
        let path = args.folder.join(name);
        write_result(Some(&path), |out| out.write_all(text.as_bytes()))?;
    }
    Ok(CLEAN)
}
