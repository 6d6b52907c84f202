//! `zhengming check`.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use zhengming::config::{Config, LimitsConfig};
use zhengming::report::{Format, Style, render};
use zhengming::source::walk;
use zhengming::{Linter, Report, Source};

use super::args::{CheckArgs, ColorArg, FormatArg};
use super::checking::{Checking, checking};
use super::error::CliError;
use super::files::{read_stdin, write_result};
use super::ledger::Recorder;
use super::progress::with_progress;
use super::{CLEAN, FAILED, FINDINGS};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CliError> {
    let Checking { settings, options } = checking(&args.checking)?;
    if args.show_config {
        let shown = Config { limits: LimitsConfig::all(&options.limits), ..settings };
        let text = toml::to_string(&shown).map_err(|error| CliError::Usage(error.to_string()))?;
        write_result(args.output.as_deref(), |out| out.write_all(text.as_bytes()))?;
        return Ok(CLEAN);
    }
    let binary = matches!(args.format, FormatArg::Xlsx) && args.output.is_none();
    if binary && stdout().is_terminal() {
        return Err(CliError::Usage("this format is not for a terminal; give --output FILE".into()));
    }
    let linter = Linter::new(options)?;
    let mut recorder = Recorder::begin(args.ledger.as_deref(), &settings, args.quiet)?;
    let report = check(&linter, args, recorder.as_mut())?;
    if let Some(recorder) = recorder {
        recorder.finish(&report, &linter)?;
    }
    let colour = match args.color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            args.output.is_none()
                && stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let width = (args.output.is_none() && stdout().is_terminal()).then(terminal_width).flatten();
    let style = Style { colour, width };
    write_result(args.output.as_deref(), |out| render(&report, linter.dictionary(), format(args.format), style, out))?;
    // The program ends here; taking the dictionary apart would take longer than a small document.
    std::mem::forget(linter);
    let unreadable = report.summary.unreadable > 0 && !settings.allow_unreadable.unwrap_or(false);
    Ok(if unreadable {
        FAILED
    } else if report.findings.is_empty() {
        CLEAN
    } else {
        FINDINGS
    })
}

fn check(linter: &Linter, args: &CheckArgs, recorder: Option<&mut Recorder>) -> Result<Report, CliError> {
    let stdin = args.paths.iter().filter(|path| path.as_os_str() == "-").count();
    let list_from_stdin = args.files_from.as_deref() == Some(Path::new("-"));
    if stdin > 1 || (stdin == 1 && list_from_stdin) {
        return Err(CliError::Usage("standard input can be read only once".into()));
    }
    let mut paths: Vec<PathBuf> = args.paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
    if let Some(list) = &args.files_from {
        paths.extend(listed(list)?);
    } else if args.paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let (inputs, notices) = walk(&paths);
    if let Some(recorder) = recorder {
        recorder.inputs(&paths, &inputs);
    }
    let mut report = if inputs.is_empty() && stdin == 1 && notices.is_empty() {
        linter.report()
    } else {
        with_progress(args.quiet, |progress| linter.check_inputs(&inputs, notices, progress))
    };
    if stdin == 1 {
        let started = std::time::Instant::now();
        let source = Source::new(args.stdin_name.clone(), read_stdin()?);
        report.collect(linter.check_source(&source));
        report.summary.seconds += started.elapsed().as_secs_f64();
    }
    Ok(report)
}

/// Paths listed in a file.
fn listed(list: &Path) -> Result<Vec<PathBuf>, CliError> {
    let bytes = if list.as_os_str() == "-" {
        read_stdin()?
    } else {
        std::fs::read(list)
            .map_err(|error| CliError::Usage(format!("cannot read the list {}: {error}", list.display())))?
    };
    let text =
        String::from_utf8(bytes).map_err(|_| CliError::Usage(format!("the list {} is not UTF-8", list.display())))?;
    let separator: &[char] = if text.contains('\0') { &['\0'] } else { &['\n', '\r'] };
    let paths = text.trim_start_matches('\u{FEFF}').split(separator).filter(|line| !line.trim().is_empty());
    Ok(paths.map(PathBuf::from).collect())
}

fn format(format: FormatArg) -> Format {
    match format {
        FormatArg::Human => Format::Human,
        FormatArg::Json => Format::Json,
        FormatArg::Jsonl => Format::Jsonl,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Github => Format::Github,
        FormatArg::Checkstyle => Format::Checkstyle,
        FormatArg::Html => Format::Html,
        FormatArg::Xlsx => Format::Xlsx,
        FormatArg::Csv => Format::Csv,
        FormatArg::Junit => Format::Junit,
        FormatArg::Rdjson => Format::Rdjson,
        FormatArg::Gitlab => Format::Gitlab,
    }
}

/// Columns of the terminal, if it says.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
