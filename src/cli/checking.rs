//! From arguments and configuration to the options of a linter, for every sub-command that checks.

use std::path::PathBuf;

use zhengming::channel::Channels;
use zhengming::config::{Config, ContentConfig, LimitsConfig, Profile, RulesConfig};
use zhengming::{Options, Severity};

use super::args::{CheckingArgs, ProfileArg, SeverityArg};
use super::error::CliError;
use super::files::{content_config, extract_options, load_config, worker_command};

/// The configuration with the arguments laid on top, and the options that follow from it.
pub(super) struct Checking {
    pub(super) settings: Config,
    pub(super) options: Options,
}

pub(super) fn checking(args: &CheckingArgs) -> Result<Checking, CliError> {
    let config = load_config(&args.config)?;
    let extract = extract_options(&config, &args.reading)?;
    let settings = settings(config, args)?;
    let profile = settings.profile.unwrap_or_default();
    // What is typed or configured goes before what the profile says.
    let undated = settings.as_of.is_none().then(|| profile.undated().map(str::to_owned)).flatten();
    let options = Options {
        dictionaries: settings.dictionaries.clone(),
        only: args.rule.clone(),
        enable: [settings.rules.enable.clone(), profile.enables()].concat(),
        skip: settings.rules.skip.clone(),
        severity: settings.severity.unwrap_or(Severity::Advice),
        tiers: profile.tiers(),
        as_of: settings.as_of.clone().unwrap_or_else(today),
        undated,
        outdated: settings.outdated.unwrap_or(false),
        content: extract.content,
        limits: extract.limits,
        worker: worker_command(),
        ocr: extract.ocr.as_deref().cloned(),
        jobs: settings.jobs.unwrap_or(0),
        channels: Channels::new(settings.channel.clone(), &current_folder())?,
    };
    Ok(Checking { settings, options })
}

fn settings(config: Config, args: &CheckingArgs) -> Result<Config, CliError> {
    if let Some(date) = &args.as_of
        && date.parse::<jiff::civil::Date>().is_err()
    {
        return Err(CliError::Usage(format!("--as-of {date}: not a date of the form 2024-03-01")));
    }
    let typed = Config {
        extends: None,
        severity: args.severity.map(SeverityArg::into),
        dictionaries: args.dictionary.clone(),
        as_of: args.as_of.clone(),
        outdated: args.outdated.then_some(true),
        profile: args.profile.map(|profile| match profile {
            ProfileArg::Gov => Profile::Gov,
            ProfileArg::Strict => Profile::Strict,
            ProfileArg::Archive => Profile::Archive,
            ProfileArg::Ocr => Profile::Ocr,
            ProfileArg::Minimal => Profile::Minimal,
            ProfileArg::Thorough => Profile::Thorough,
            ProfileArg::Broad => Profile::Broad,
        }),
        ocr: args.reading.ocr.then_some(true),
        jobs: args.jobs,
        allow_unreadable: args.allow_unreadable.then_some(true),
        rules: RulesConfig { enable: args.enable.clone(), skip: args.skip.clone() },
        content: ContentConfig::default(),
        limits: LimitsConfig::default(),
        channel: Vec::new(),
    };
    let content = content_config(&config, &args.reading);
    Ok(Config { content, ..config.under(typed) })
}

/// The working directory; names are relative to it.
pub(super) fn current_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// Today's date in local time, ISO 8601.
pub(super) fn today() -> String {
    jiff::Zoned::now().date().to_string()
}
