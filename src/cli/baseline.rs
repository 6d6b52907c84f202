//! `zhengming check --baseline`.

use std::path::{Path, PathBuf};

use zhengming::baseline::Baseline;
use zhengming::{Linter, Report};

use super::checking::current_folder;
use super::error::CliError;
use super::files::write_result;

/// A baseline and the file it is kept in.
pub(super) struct Known {
    path: PathBuf,
    baseline: Baseline,
    exists: bool,
}

impl Known {
    /// Reads the baseline, if one was named.
    pub(super) fn load(path: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(path) = path else { return Ok(None) };
        let usage = |error: &dyn std::fmt::Display| CliError::Usage(format!("baseline {}: {error}", path.display()));
        let folder = current_folder().join(path.parent().unwrap_or(Path::new("")));
        let (baseline, exists) = match std::fs::read_to_string(path) {
            Ok(text) => (Baseline::parse(&text, &folder).map_err(|error| usage(&error))?, true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Baseline::new(&folder), false),
            Err(error) => return Err(usage(&error)),
        };
        Ok(Some(Known { path: path.to_owned(), baseline, exists }))
    }

    /// Takes what is known out of `report`; with `write`, after all of it has become known.
    pub(super) fn apply(mut self, report: &mut Report, linter: &Linter, write: bool) -> Result<(), CliError> {
        let current = current_folder();
        let runs = |rule: &str| linter.dictionary().get(rule).is_none_or(|entry| linter.runs(entry));
        let exists = |path: &Path| path.exists();
        if write {
            self.baseline.update(report, &current, runs, exists);
            let text = self.baseline.to_text();
            write_result(Some(&self.path), |out| out.write_all(text.as_bytes()))?;
            anstream::eprintln!("{}: {} known findings", self.path.display(), self.baseline.len());
        } else if !self.exists {
            let message = format!("there is no baseline {}; --write-baseline makes one", self.path.display());
            return Err(CliError::Usage(message));
        }
        self.baseline.apply(report, &current, runs, exists);
        Ok(())
    }
}
