//! `zhengming check --ledger`.

use std::path::{Path, PathBuf};

use zhengming::config::Config;
use zhengming::ledger::{Recording, Run};
use zhengming::source::Input;
use zhengming::{Linter, Report};

use crate::cli::checking::current_folder;
use crate::cli::error::CliError;

/// Keeps a run in a ledger. The ledger is locked from the beginning of the run to its end.
pub(in crate::cli) struct Recorder {
    recording: Recording,
    run: Run,
    quiet: bool,
}

impl Recorder {
    /// Locks the ledger, if one was named.
    pub(in crate::cli) fn begin(path: Option<&Path>, settings: &Config, quiet: bool) -> Result<Option<Self>, CliError> {
        let Some(path) = path else { return Ok(None) };
        let recording = Recording::begin(path, &current_folder())?;
        // Whatever makes pages be read or judged otherwise, so that what it hides does not count as fixed.
        let reading = format!("{:?} {:?}", settings.content, settings.outdated.unwrap_or(false));
        let run = Run { started: now(), reading, ..Run::default() };
        Ok(Some(Recorder { recording, run, quiet }))
    }

    /// Notes what was to be read.
    pub(in crate::cli) fn inputs(&mut self, typed: &[PathBuf], inputs: &[Input]) {
        self.run.roots.extend_from_slice(typed);
        self.run.files.extend(inputs.iter().map(|input| input.name.clone()));
    }

    /// Takes note of what is in `report`, before it is taken out.
    pub(in crate::cli) fn part(&mut self, report: &Report) {
        self.recording.gather(report);
    }

    /// Writes what was found, and says in a line what became of it.
    pub(in crate::cli) fn finish(mut self, report: &Report, linter: &Linter) -> Result<(), CliError> {
        self.run.finished = now();
        // Archives that were not begun say nothing about what is in them.
        if report.summary.interrupted {
            self.run.files.clear();
        }
        let tally = self.recording.finish(&self.run, report, linter)?;
        if !self.quiet {
            let mut parts = vec![format!("新发现 {} 处", tally.new), format!("以前的仍在 {} 处", tally.open)];
            for (count, label) in [
                (tally.back, "再次出现"),
                (tally.fixed, "已整改"),
                (tally.taken_down, "已下线"),
                (tally.unverified, "未核实"),
            ] {
                if count > 0 {
                    parts.push(format!("{label} {count} 处"));
                }
            }
            anstream::eprintln!("台账：第 {} 次检查，{}", tally.run, parts.join("，"));
        }
        Ok(())
    }
}

/// Local time with offset, to the second.
fn now() -> String {
    jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
