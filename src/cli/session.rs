//! A run that can be interrupted and gone on with: the cache, and Ctrl-C.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use zhengming::Options;
use zhengming::cache::{Cache, Key, Trust, Unfinished, known_program_hash, program_hash};

use super::args::CacheArgs;
use super::error::CliError;

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);
/// Exit status of a run that was interrupted, as shells have it: 128 and the number of SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

/// Lets Ctrl-C end the run in order: what was begun is finished, and what is done is reported. A second one ends it at once.
pub(super) fn stop_in_order() -> &'static AtomicBool {
    // Where no handler can be set, Ctrl-C does what it always does.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        anstream::eprintln!("interrupted: finishing the files that were begun (once more to stop at once)");
    });
    &STOP
}

/// A run with a cache.
pub(super) struct Session {
    cache: Cache,
    folder: PathBuf,
    key: Key,
    paths: Vec<PathBuf>,
}

impl Session {
    /// Opens the cache that `args` name, if any, for a run over `paths`. A run that is resumed is judged by the date of the
    /// one that was interrupted; so `options` are changed. `dated` says whether a date was given.
    pub(super) fn open(
        args: &CacheArgs,
        options: &mut Options,
        paths: &[PathBuf],
        dated: bool,
    ) -> Result<Option<Self>, CliError> {
        let Some(folder) = args.cache.clone() else { return Ok(None) };
        if options.ocr.is_some() {
            // What is recognised depends on a program of others and its data.
            return Err(CliError::Usage("--cache keeps no results of --ocr; run them apart".into()));
        }
        let usage = |what: &str, error: std::io::Error| CliError::Usage(format!("{what}: {error}"));
        let program = std::env::current_exe()
            .and_then(|program| match args.cache_verify {
                true => program_hash(&program),
                false => known_program_hash(&folder, &program),
            })
            .map_err(|error| usage("cannot read the program itself for the cache", error))?;
        let key =
            Key::new(options, &program).map_err(|error| usage("cannot read a dictionary for the cache", error))?;
        let paths = paths.to_vec();
        if args.resume {
            let unfinished = Unfinished::find(&folder, &key, &paths).ok_or_else(|| {
                CliError::Usage(format!(
                    "--resume: {} knows no interrupted run over these paths with these settings, dictionaries and version; \
                     run without --resume",
                    folder.display()
                ))
            })?;
            if dated && unfinished.as_of != options.as_of {
                let message = format!("--resume: the interrupted run was judged as of {}", unfinished.as_of);
                return Err(CliError::Usage(message));
            }
            options.as_of = unfinished.as_of;
        }
        let trust = if args.cache_verify { Trust::Contents } else { Trust::Metadata };
        let cache = Cache::open(&folder, key.clone(), trust)?;
        Unfinished { as_of: options.as_of.clone() }.begin(&folder, &key, &paths)?;
        Ok(Some(Session { cache, folder, key, paths }))
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Keeps what was done. A cache that cannot be written costs the next run time, and this one nothing.
    pub(super) fn finish(self, interrupted: bool) {
        if self.cache.is_damaged() {
            let folder = self.folder.display();
            anstream::eprintln!("warning: part of the cache in {folder} was damaged; it was left out and is made anew");
        }
        match self.cache.finish() {
            Ok(()) if !interrupted => Unfinished::end(&self.folder, &self.key, &self.paths),
            Ok(()) => {}
            Err(error) => anstream::eprintln!("warning: the results of this run were not kept: {error}"),
        }
    }
}
