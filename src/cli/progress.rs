//! A progress bar on the terminal.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zhengming::Progress;

/// Does `work`, with a bar if there is a terminal to show it on.
pub(super) fn with_progress<T>(quiet: bool, work: impl FnOnce(&dyn Progress) -> T) -> T {
    if quiet || !stderr().is_terminal() {
        return work(&());
    }
    let bar = Bar(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {per_sec} {eta} left {wide_msg}")
    {
        bar.0.set_style(style);
    }
    let result = work(&bar);
    bar.0.finish_and_clear();
    result
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

    fn finished(&self) {
        // Results may go to the same terminal.
        self.0.finish_and_clear();
    }
}
