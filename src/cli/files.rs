//! What several sub-commands need: settings, standard input, where results go.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zhengming::config::{Config, ContentConfig, discover};
use zhengming::extract::{Content, ExtractOptions, Selectors};
use zhengming::ocr::Ocr;
use zhengming::source::Limits;
use zhengming::worker::{WorkerCommand, Workers};

use super::args::{ConfigArgs, ReadingArgs};
use super::error::CliError;

/// The settings of the configuration file in force, or none.
pub(super) fn load_config(args: &ConfigArgs) -> Result<Config, CliError> {
    if args.isolated {
        return Ok(Config::default());
    }
    let found = match &args.config {
        Some(path) => Some(path.clone()),
        None => std::env::current_dir().ok().and_then(|folder| discover(&folder)),
    };
    Ok(found.map_or_else(|| Ok(Config::default()), |path| Config::load(&path))?)
}

/// How sources are read, by settings and arguments together.
pub(super) fn extract_options(config: &Config, args: &ReadingArgs) -> Result<ExtractOptions, CliError> {
    let mut limits = config.limits.over(Limits::default());
    for assignment in &args.limit {
        limits.set(assignment).map_err(|message| CliError::Usage(format!("--limit {assignment}: {message}")))?;
    }
    let ContentConfig { select, exclude } = content_config(config, args);
    let selectors = |texts: &[String]| Selectors::parse(texts).map_err(CliError::Usage);
    let content = Content { select: selectors(&select)?, exclude: selectors(&exclude)? };
    let workers = worker_command().map(|command| Arc::new(Workers::new(command)));
    // Which program runs is for the command line alone to say: a configuration may lie in the folder that is checked.
    let ocr = match args.ocr || config.ocr.unwrap_or(false) {
        true => {
            Some(Arc::new(Ocr::find(args.ocr_program.as_deref()).map_err(|error| CliError::Usage(error.to_string()))?))
        }
        false => None,
    };
    Ok(ExtractOptions { limits, content, workers, pictures: ocr.is_some(), ocr })
}

/// How this program starts itself as a worker.
pub(super) fn worker_command() -> Option<WorkerCommand> {
    // A program that does not know where it is reads in its own process.
    let program = std::env::current_exe().ok()?;
    Some(WorkerCommand { program, arguments: vec!["worker".into()] })
}

/// The selectors in force. What is typed replaces what is configured: selectors of one site rarely fit another.
pub(super) fn content_config(config: &Config, args: &ReadingArgs) -> ContentConfig {
    let chosen = |configured: &[String], typed: &[String]| if typed.is_empty() { configured } else { typed }.to_vec();
    ContentConfig {
        select: chosen(&config.content.select, &args.select),
        exclude: chosen(&config.content.exclude, &args.exclude),
    }
}

/// All of standard input.
pub(super) fn read_stdin() -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::Usage(format!("cannot read standard input: {error}")))?;
    Ok(bytes)
}

/// Writes a result to `path` – completely or not at all – or to standard output.
pub(super) fn write_result(
    path: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut output = Output::open(path)?;
    output.write(write)?;
    output.finish()
}

/// Where a result goes.
pub(super) struct Output {
    /// For messages; none for standard output.
    path: Option<PathBuf>,
    out: Box<dyn Write>,
    /// What becomes of a file that is written beside the one it replaces.
    part: Option<Part>,
}

/// A file that will replace another one, and is gone if it does not.
struct Part {
    path: PathBuf,
    target: PathBuf,
    done: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Output {
    /// Opens `path`, or standard output. A file is replaced when all is written. What is no ordinary file, such as `/dev/null` or
    /// a pipe, is written to as it stands: a file put in its place would take it from everybody else.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else {
            return Ok(Output { path: None, out: Box::new(BufWriter::new(io::stdout().lock())), part: None });
        };
        let usage = |error: io::Error| cannot_write(path, &error);
        let open = |file: File, part| Output { path: Some(path.to_owned()), out: Box::new(BufWriter::new(file)), part };
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Ok(open(File::options().write(true).open(path).map_err(usage)?, None));
        }
        // The file behind a link is replaced, not the link.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = target.with_file_name(name);
        let file = File::create(&part).map_err(usage)?;
        Ok(open(file, Some(Part { path: part, target, done: false })))
    }

    /// Writes the next piece.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
        write(&mut *self.out).map_err(|error| self.failed(error))
    }

    /// Writes the end.
    pub(super) fn finish(mut self) -> Result<(), CliError> {
        let flushed = self.out.flush();
        let replaced = flushed.and_then(|()| match &mut self.part {
            Some(part) => {
                std::fs::rename(&part.path, &part.target)?;
                part.done = true;
                Ok(())
            }
            None => Ok(()),
        });
        replaced.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> CliError {
        match &self.path {
            Some(path) => cannot_write(path, &error),
            None => CliError::Output(error),
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> CliError {
    CliError::Usage(format!("cannot write {}: {error}", path.display()))
}
