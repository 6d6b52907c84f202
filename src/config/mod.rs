//! Configuration: `zhengming.toml`, found upward from the working directory, under what the command line says.

mod discover;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::dictionary::{Severity, Tier};
use crate::source::display;

pub use crate::source::LimitsConfig;
pub use discover::{FILE_NAME, discover};

/// What a configuration file may say. Everything is optional; unknown keys are errors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// A file whose settings lie under these; relative to this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<PathBuf>,
    /// The least severity that is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Folders of further dictionaries, relative to this file.
    pub dictionaries: Vec<PathBuf>,
    /// The date by which documents without one are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Whether names that were right when the document was written, but are not today, are reported as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outdated: Option<bool>,
    /// How far wording that reference text does not know is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Whether the text of pictures, and of pages that are pictures, is recognised by an installed Tesseract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocr: Option<bool>,
    /// Worker threads; 0 means one for each core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobs: Option<usize>,
    /// Whether unreadable sources leave the exit status alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_unreadable: Option<bool>,
    /// Which rules run.
    pub rules: RulesConfig,
    /// Which parts of pages count as content.
    pub content: ContentConfig,
    /// Limits; what is not given keeps its default.
    pub limits: LimitsConfig,
    /// Sites and accounts; paths in them are relative to this file. The first that matches counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel: Vec<Channel>,
}

/// A named choice of rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What an inspector calls an error, and rules that are hardly ever wrong.
    #[default]
    #[serde(alias = "default")]
    Gov,
    /// Also recommendations, and wrong characters in frequent wording.
    Strict,
    /// For old pages: as `Gov`, but a document without a date is not judged by today's names and rules.
    Archive,
    /// Also confusions of text recognition.
    Ocr,
    /// Names, fixed expressions and enumerations alone.
    Minimal,
    /// As `Gov`, and wrong characters in frequent wording.
    Thorough,
    /// As `Thorough`, and wrong characters in wording attested a few times.
    Broad,
}

impl Profile {
    /// Globs of the rules that it switches on besides those of its tiers.
    pub fn enables(self) -> Vec<String> {
        let globs: &[&str] = match self {
            Profile::Gov | Profile::Archive | Profile::Ocr | Profile::Minimal => &[],
            Profile::Strict | Profile::Thorough => &["attested/usual*"],
            Profile::Broad => &["attested/usual*", "attested/broad*"],
        };
        globs.iter().map(|&glob| glob.to_owned()).collect()
    }

    /// The entries that it takes in.
    pub fn tiers(self) -> &'static [Tier] {
        match self {
            Profile::Minimal => &[Tier::Minimal],
            Profile::Gov | Profile::Archive | Profile::Thorough | Profile::Broad => &[Tier::Minimal, Tier::Gov],
            Profile::Strict => &[Tier::Minimal, Tier::Gov, Tier::Strict],
            Profile::Ocr => &[Tier::Minimal, Tier::Gov, Tier::Ocr],
        }
    }

    /// The day by which it judges documents without a date, if not by that of the check: a day before all others, as of
    /// which no name has ended, no law is repealed, and no rule with a first day holds yet.
    pub fn undated(self) -> Option<&'static str> {
        (self == Profile::Archive).then_some("0001-01-01")
    }
}

/// Globs of rule ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RulesConfig {
    /// Switched on besides those that run by default.
    pub enable: Vec<String>,
    /// Never run.
    pub skip: Vec<String>,
}

/// CSS selectors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ContentConfig {
    /// Only these elements of a page, besides title and metadata.
    pub select: Vec<String>,
    /// Without these elements.
    pub exclude: Vec<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}: {error}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file does not hold what it should.
    #[error("{path}:{line}: {message}")]
    Invalid {
        /// Which file.
        path: String,
        /// Line from 1.
        line: usize,
        /// What is wrong, with a hint.
        message: String,
    },
    /// `extends` leads in a circle.
    #[error("{0}: `extends` leads back to a file that extends this one")]
    Circle(String),
}

impl Config {
    /// Reads one file and those it extends; the nearer file wins, lists add up.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let mut layers = Vec::new();
        let mut seen = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let key = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.contains(&key) {
                return Err(ConfigError::Circle(path.display().to_string()));
            }
            seen.push(key);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| ConfigError::Unreadable { path: path.display().to_string(), error })?;
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let mut config = Config::parse(&path.display().to_string(), &text)?;
            for dictionary in &mut config.dictionaries {
                *dictionary = folder.join(&*dictionary);
            }
            for text in config.channel.iter_mut().flat_map(|channel| &mut channel.matches) {
                if !text.contains("://") {
                    *text = display(&folder.join(&*text));
                }
            }
            next = config.extends.take().map(|extends| folder.join(extends));
            layers.push(config);
        }
        Ok(layers.into_iter().rev().fold(Config::default(), Config::under))
    }

    /// Reads the text of a file called `path`.
    pub fn parse(path: &str, text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let message = match discover::hint(error.message()) {
                Some(hint) => format!("{}; did you mean {hint:?}?", error.message()),
                None => error.message().to_owned(),
            };
            ConfigError::Invalid { path: path.to_owned(), line, message }
        })?;
        if let Some(date) = config.as_of.as_deref().filter(|date| date.parse::<jiff::civil::Date>().is_err()) {
            let line = text.lines().position(|line| line.trim_start().starts_with("as-of")).map_or(1, |at| at + 1);
            let message = format!("as-of = {date:?} is not a date of the form \"2024-03-01\"");
            return Err(ConfigError::Invalid { path: path.to_owned(), line, message });
        }
        Ok(config)
    }

    /// This configuration with `over` laid on top: what `over` gives wins, lists add up.
    pub fn under(self, over: Config) -> Config {
        let join = |mut one: Vec<String>, two: Vec<String>| {
            one.extend(two);
            one
        };
        Config {
            extends: None,
            severity: over.severity.or(self.severity),
            dictionaries: self.dictionaries.into_iter().chain(over.dictionaries).collect(),
            as_of: over.as_of.or(self.as_of),
            outdated: over.outdated.or(self.outdated),
            profile: over.profile.or(self.profile),
            ocr: over.ocr.or(self.ocr),
            jobs: over.jobs.or(self.jobs),
            allow_unreadable: over.allow_unreadable.or(self.allow_unreadable),
            rules: RulesConfig {
                enable: join(self.rules.enable, over.rules.enable),
                skip: join(self.rules.skip, over.rules.skip),
            },
            content: ContentConfig {
                select: join(self.content.select, over.content.select),
                exclude: join(self.content.exclude, over.content.exclude),
            },
            limits: self.limits.under(over.limits),
            // The nearer file is asked first.
            channel: over.channel.into_iter().chain(self.channel).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Limits;

    #[test]
    fn unknown_keys_are_errors_with_a_hint() {
        for (text, expected) in [
            ("\nseverty = \"error\"\n", "a.toml:2: unknown field `severty`"),
            ("severty = \"error\"\n", "did you mean \"severity\"?"),
            ("[rules]\nskipp = []\n", "did you mean \"skip\"?"),
            ("[limits]\nfile-sise = 3\n", "did you mean \"file-size\"?"),
            ("severity = 'error'\nas-of = 'soon'\n", "a.toml:2: as-of = \"soon\" is not a date"),
            ("severity = \"grave\"\n", "unknown variant `grave`"),
        ] {
            let error = Config::parse("a.toml", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn layers_win_by_nearness_and_lists_add_up() {
        let below =
            Config::parse("b", "severity='advice'\njobs=3\n[rules]\nskip=['a/*']\n[limits]\ncells=10\n").unwrap();
        let above = Config::parse("a", "severity='error'\n[rules]\nskip=['b/*']\n[limits]\nratio=5\n").unwrap();
        let both = below.under(above);
        assert_eq!(both.severity, Some(Severity::Error));
        assert_eq!(both.jobs, Some(3));
        assert_eq!(both.rules.skip, ["a/*", "b/*"]);
        let limits = both.limits.over(Limits::default());
        assert_eq!((limits.cells, limits.ratio, limits.xml_depth), (10, 5, Limits::default().xml_depth));
    }
}
