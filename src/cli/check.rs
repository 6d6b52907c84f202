//! `zhengming check`.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use zhengming::config::{Config, LimitsConfig};
use zhengming::dictionary::Dictionary;
use zhengming::report::{Format, Live, Style, render};
use zhengming::source::{Code, walk};
use zhengming::{Linter, Report, Run, Source};

use super::args::{CheckArgs, ColorArg, FormatArg};
use super::baseline::Known;
use super::checking::{Checking, checking};
use super::error::CliError;
use super::files::{Output, read_stdin, write_result};
use super::git::{Staged, among, changed_since};
use super::ledger::Recorder;
use super::progress::with_progress;
use super::session::{INTERRUPTED, Session, stop_in_order};
use super::{CLEAN, FAILED, FINDINGS};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CliError> {
    let Checking { settings, mut options } = checking(&args.checking)?;
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
    let paths = paths(args)?;
    let session = Session::open(&args.cache, &mut options, &paths, settings.as_of.is_some())?;
    // Where there are results under these rules and settings, they were usable, and may not be needed at all.
    let known_to_work = session.as_ref().is_some_and(|session| session.cache().knows_any());
    let linter = if known_to_work { Linter::deferred(options)? } else { Linter::new(options)? };
    let run = Run { cache: session.as_ref().map(Session::cache), stop: Some(stop_in_order()), ..Run::default() };
    let recorder = Recorder::begin(args.ledger.as_deref(), &settings, args.quiet)?;
    let known = Known::load(args.baseline.as_deref())?;
    let (format, style) = (format(args.format), style(args));
    // What a baseline knows is taken out at the end.
    let live = if known.is_some() { None } else { Live::new(format, style) };
    let mut writer = Writer { live, output: None, failed: None, recorder, args };
    let mut report = check(&linter, &paths, &run, &mut writer)?;
    if let Some(error) = linter.trouble() {
        return Err(CliError::Usage(error.to_string()));
    }
    if let Some(session) = session {
        session.finish(report.summary.interrupted);
    }
    writer.record(&report, &linter)?;
    if let Some(known) = known {
        known.apply(&mut report, &linter, args.write_baseline)?;
    }
    writer.finish(&mut report, &linter, format, style)?;
    let unreadable = report.summary.unreadable > 0 && !settings.allow_unreadable.unwrap_or(false);
    let counts = report.summary.findings;
    let status = if report.summary.interrupted {
        INTERRUPTED
    } else if unreadable {
        FAILED
    } else if counts.serious + counts.error + counts.advice == 0 {
        CLEAN
    } else {
        FINDINGS
    };
    // The program ends here; taking all of it apart would take longer than a small document.
    std::mem::forget((linter, report));
    Ok(status)
}

/// Writes the report and the ledger: while they come about, where the format allows that.
struct Writer<'w> {
    args: &'w CheckArgs,
    live: Option<Live>,
    recorder: Option<Recorder>,
    output: Option<Output>,
    /// Why writing failed; nothing more is written then.
    failed: Option<CliError>,
}

impl Writer<'_> {
    /// Writes what was added to `report`, and takes it out.
    fn part(&mut self, report: &mut Report) {
        let Some(live) = &mut self.live else { return };
        if let Some(recorder) = &mut self.recorder {
            recorder.part(report);
        }
        if self.failed.is_none() {
            let written = match &mut self.output {
                Some(output) => output.write(|out| live.write(report, out)),
                None => Output::open(self.args.output.as_deref())
                    .and_then(|output| self.output.insert(output).write(|out| live.write(report, out))),
            };
            self.failed = written.err();
        }
        // What could not be written is not kept either.
        report.findings.clear();
        report.notices.clear();
        report.sources.clear();
    }

    /// Writes the ledger, if one was named.
    fn record(&mut self, report: &Report, linter: &Linter) -> Result<(), CliError> {
        let Some(mut recorder) = self.recorder.take() else { return Ok(()) };
        // Whatever was taken out of the report was noted then.
        recorder.part(report);
        recorder.finish(report, linter)
    }

    fn finish(mut self, report: &mut Report, linter: &Linter, format: Format, style: Style) -> Result<(), CliError> {
        self.part(report);
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut output = match self.output {
            Some(output) => output,
            None => Output::open(self.args.output.as_deref())?,
        };
        match self.live {
            Some(live) => output.write(|out| live.finish(report, out))?,
            None => {
                let empty = Dictionary::default();
                let dictionary = if format.names_rules() { linter.dictionary() } else { &empty };
                output.write(|out| render(report, dictionary, format, style, out))?;
            }
        }
        output.finish()
    }
}

/// How the report looks.
fn style(args: &CheckArgs) -> Style {
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
    Style { colour, width }
}

/// What was typed or listed, less standard input.
fn paths(args: &CheckArgs) -> Result<Vec<PathBuf>, CliError> {
    let stdin = stdin(args);
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
    Ok(paths)
}

/// How often standard input is named.
fn stdin(args: &CheckArgs) -> usize {
    args.paths.iter().filter(|path| path.as_os_str() == "-").count()
}

fn check(linter: &Linter, paths: &[PathBuf], run: &Run<'_>, writer: &mut Writer<'_>) -> Result<Report, CliError> {
    let args = writer.args;
    let stdin = stdin(args);
    let (mut inputs, mut notices) = walk(paths);
    let staged = if args.staged { Some(Staged::list()?) } else { None };
    if let Some(revision) = &args.changed_since {
        let changed = changed_since(revision)?;
        inputs = among(inputs, |path| changed.contains(path));
    }
    if let Some(staged) = &staged {
        inputs = staged.inputs(paths, inputs);
        // What is staged need not be on the disk.
        notices.retain(|notice| notice.code != Code::Missing);
    }
    let run = &match &staged {
        // What the cache knows of is on the disk.
        Some(staged) => Run { files: staged, cache: None, ..*run },
        None => *run,
    };
    if let Some(recorder) = &mut writer.recorder {
        recorder.inputs(paths, &inputs);
    }
    let mut report = if inputs.is_empty() && stdin == 1 && notices.is_empty() {
        linter.report()
    } else {
        with_progress(args.quiet, |progress| {
            let run = Run { progress, ..*run };
            linter.run_through(&inputs, notices, &run, &mut |report| writer.part(report))
        })
    };
    if stdin == 1 {
        let started = std::time::Instant::now();
        let source = Source::new(args.stdin_name.clone(), read_stdin()?);
        report.collect(linter.check_source(&source));
        report.summary.seconds += started.elapsed().as_secs_f64();
    }
    // As above.
    std::mem::forget(inputs);
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
