//! `zhengming check`.

use std::io::{IsTerminal, stderr, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zhengming::config::{Config, ContentConfig, LimitsConfig, Profile, RulesConfig};
use zhengming::report::{Format, Style, render};
use zhengming::source::{Input, walk};
use zhengming::{Linter, Notice, Options, Progress, Report, Severity, Source};

use super::args::{CheckArgs, ColorArg, FormatArg, ProfileArg, SeverityArg};
use super::error::CliError;
use super::files::{content_config, extract_options, load_config, read_stdin, write_result};
use super::{CLEAN, FAILED, FINDINGS};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let extract = extract_options(&config, &args.reading)?;
    let settings = settings(config, args)?;
    if args.show_config {
        let shown = Config { limits: LimitsConfig::all(&extract.limits), ..settings };
        let text = toml::to_string(&shown).map_err(|error| CliError::Usage(error.to_string()))?;
        write_result(args.output.as_deref(), |out| out.write_all(text.as_bytes()))?;
        return Ok(CLEAN);
    }
    let options = Options {
        dictionaries: settings.dictionaries,
        only: args.rule.clone(),
        enable: [settings.rules.enable, settings.profile.unwrap_or_default().enables()].concat(),
        skip: settings.rules.skip,
        severity: settings.severity.unwrap_or(Severity::Advice),
        as_of: settings.as_of.unwrap_or_else(today),
        outdated: settings.outdated.unwrap_or(false),
        content: extract.content,
        limits: extract.limits,
        jobs: settings.jobs.unwrap_or(0),
    };
    let linter = Linter::new(options)?;
    let report = check(&linter, args)?;
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
    let unreadable = report.summary.unreadable > 0 && !settings.allow_unreadable.unwrap_or(false);
    Ok(if unreadable {
        FAILED
    } else if report.findings.is_empty() {
        CLEAN
    } else {
        FINDINGS
    })
}

/// The configuration with the arguments laid on top.
fn settings(config: Config, args: &CheckArgs) -> Result<Config, CliError> {
    if let Some(date) = &args.as_of
        && date.parse::<jiff::civil::Date>().is_err()
    {
        return Err(CliError::Usage(format!("--as-of {date}: not a date of the form 2024-03-01")));
    }
    let typed = Config {
        extends: None,
        severity: args.severity.map(|level| match level {
            SeverityArg::Serious => Severity::Serious,
            SeverityArg::Error => Severity::Error,
            SeverityArg::Advice => Severity::Advice,
        }),
        dictionaries: args.dictionary.clone(),
        as_of: args.as_of.clone(),
        outdated: args.outdated.then_some(true),
        profile: args.profile.map(|profile| match profile {
            ProfileArg::Default => Profile::Default,
            ProfileArg::Thorough => Profile::Thorough,
            ProfileArg::Broad => Profile::Broad,
        }),
        jobs: args.jobs,
        allow_unreadable: args.allow_unreadable.then_some(true),
        rules: RulesConfig { enable: args.enable.clone(), skip: args.skip.clone() },
        content: ContentConfig::default(),
        limits: LimitsConfig::default(),
    };
    let content = content_config(&config, &args.reading);
    Ok(Config { content, ..config.under(typed) })
}

fn check(linter: &Linter, args: &CheckArgs) -> Result<Report, CliError> {
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
    let mut report = if inputs.is_empty() && stdin == 1 && notices.is_empty() {
        Report::default()
    } else {
        check_files(linter, &inputs, notices, args)
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

fn check_files(linter: &Linter, inputs: &[Input], notices: Vec<Notice>, args: &CheckArgs) -> Report {
    if args.quiet || !stderr().is_terminal() {
        return linter.check_inputs(inputs, notices, &());
    }
    let bar = Bar(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {wide_msg}") {
        bar.0.set_style(style);
    }
    let report = linter.check_inputs(inputs, notices, &bar);
    bar.0.finish_and_clear();
    report
}

/// A bar that shows up once work has lasted a while.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn total(&self, files: usize) {
        self.0.inc_length(files as u64);
    }

    fn done(&self, name: &str) {
        if self.0.is_hidden() && self.0.elapsed() > Duration::from_millis(500) {
            self.0.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        self.0.set_message(name.to_owned());
        self.0.inc(1);
    }
}

fn format(format: FormatArg) -> Format {
    match format {
        FormatArg::Human => Format::Human,
        FormatArg::Json => Format::Json,
        FormatArg::Jsonl => Format::Jsonl,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Github => Format::Github,
        FormatArg::Checkstyle => Format::Checkstyle,
    }
}

/// Today's date in local time, ISO 8601.
fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// Columns of the terminal, if it says.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
