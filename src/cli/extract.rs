//! `zhengming extract`: the text as the linter sees it, with places.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;
use zhengming::document::{Document, DocumentDate, Scope};
use zhengming::extract::{ExtractOptions, extract, unpack};
use zhengming::judge::{Location, block_locations};
use zhengming::normalise::Folded;
use zhengming::source::{Budget, Held, Level, Limits, Opened, Outer, Refusal, Visitor};
use zhengming::{Notice, Source};

use super::args::{ExtractArgs, ExtractFormat};
use super::error::CliError;
use super::files::{extract_options, load_config, read_stdin, write_result};
use super::{CLEAN, FAILED};

pub(super) fn run(args: &ExtractArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let options = extract_options(&config, &args.reading)?;
    let opened = open(args, &options.limits)?;
    let budget = Budget::new(&options.limits);
    let mut failed = false;
    write_result(None, |out| {
        let mut showing = Showing { options: &options, args, depth: 0, out, failed: false, error: None };
        match &opened {
            Opened::Source(source) => showing.show(source, &budget)?,
            Opened::Container(kind, path) => {
                let name = args.path.display().to_string();
                showing.unpack(&Outer { name: &name, kind: *kind, held: Held::File(path), date: None }, &budget)?;
            }
        }
        failed = showing.failed;
        Ok(())
    })?;
    Ok(if failed { FAILED } else { CLEAN })
}

/// Shows sources, each entry of a container and each file inside a document under its name.
struct Showing<'s> {
    options: &'s ExtractOptions,
    args: &'s ExtractArgs,
    depth: u64,
    out: &'s mut dyn Write,
    /// Whether something could not be read.
    failed: bool,
    /// Why nothing more could be written.
    error: Option<io::Error>,
}

impl Showing<'_> {
    fn show(&mut self, source: &Source, budget: &Budget) -> io::Result<()> {
        if let Some(outer) = Outer::of(source) {
            return self.unpack(&outer, budget);
        }
        let (inner, date) = show_document(source, self.options, self.args, &mut self.failed, self.out)?;
        if !inner.is_empty() && self.depth >= self.options.limits.archive_depth {
            return self.say(&[Refusal::too_deep(&self.options.limits).notice(&source.name)]);
        }
        self.depth += 1;
        for mut one in inner {
            if let Err(refusal) = budget.take(one.bytes.len(), &self.options.limits) {
                self.say(&[refusal.notice(&source.name)])?;
                break;
            }
            one.date = one.date.or_else(|| date.clone());
            self.head(&one.name)?;
            self.show(&one, budget)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn unpack(&mut self, outer: &Outer<'_>, budget: &Budget) -> io::Result<()> {
        if self.depth >= self.options.limits.archive_depth {
            return self.say(&[Refusal::too_deep(&self.options.limits).notice(outer.name)]);
        }
        self.depth += 1;
        let notices = unpack(outer, self.options, budget, false, self);
        self.depth -= 1;
        match self.error.take() {
            Some(error) => Err(error),
            None => self.say(&notices),
        }
    }

    fn say(&mut self, notices: &[Notice]) -> io::Result<()> {
        self.failed |= notices.iter().any(|notice| notice.level == Level::Error);
        write_notices(self.args.format, notices, self.out)
    }

    fn head(&mut self, name: &str) -> io::Result<()> {
        if matches!(self.args.format, ExtractFormat::Human) { writeln!(self.out, "== {name}") } else { Ok(()) }
    }

    fn flow(&mut self, written: io::Result<()>) -> ControlFlow<()> {
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Visitor for Showing<'_> {
    fn entry(&mut self, _position: usize, source: Source, budget: &Budget) -> ControlFlow<()> {
        let written = self.head(&source.name).and_then(|()| self.show(&source, budget));
        self.flow(written)
    }

    fn refused(&mut self, _position: usize, name: String, refusal: Refusal) -> ControlFlow<()> {
        let written = self.head(&name).and_then(|()| self.say(&[refusal.notice(&name)]));
        self.flow(written)
    }
}

/// Shows a document; gives the files inside of it, and the date that they have of it.
fn show_document(
    source: &Source,
    options: &ExtractOptions,
    args: &ExtractArgs,
    failed: &mut bool,
    out: &mut dyn Write,
) -> io::Result<(Vec<Source>, Option<DocumentDate>)> {
    let extracted = extract(source, options);
    let document = &extracted.document;
    write_document(source, document, args.format, out)?;
    let folded = Folded::new(document);
    let locations = block_locations(source, document, extracted.decoded.as_ref());
    for ((block, span), location) in document.blocks.iter().zip(folded.blocks()).zip(locations) {
        let text = if args.folded { &folded.text()[span.range()] } else { &document.text[block.span.range()] };
        match args.format {
            ExtractFormat::Human => {
                let text = text.replace(['\r', '\n'], "⏎");
                writeln!(out, "{}\t{}\t{text}", location.label(), block.scope.label())?;
            }
            ExtractFormat::Jsonl => {
                serde_json::to_writer(&mut *out, &Shown { path: &source.name, scope: block.scope, location, text })?;
                writeln!(out)?;
            }
        }
    }
    write_notices(args.format, &extracted.notices, out)?;
    *failed |= extracted.notices.iter().any(|notice| notice.level == Level::Error);
    let date = document.date.as_ref().map(|date| DocumentDate { date: date.date.clone(), from: "holder".to_owned() });
    Ok((extracted.inner, date))
}

/// Says what the document says about itself, as far as it is known.
fn write_document(source: &Source, document: &Document, format: ExtractFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ExtractFormat::Human => match &document.date {
            Some(date) => writeln!(out, "[date] {}（{}）", date.date, date.from),
            None => Ok(()),
        },
        ExtractFormat::Jsonl => {
            let (title, publisher) = (document.metadata.title.as_deref(), document.metadata.source.as_deref());
            let about = About { kind: "document", path: &source.name, title, publisher, date: document.date.as_ref() };
            serde_json::to_writer(&mut *out, &about)?;
            writeln!(out)
        }
    }
}

fn write_notices(format: ExtractFormat, notices: &[Notice], out: &mut dyn Write) -> io::Result<()> {
    for notice in notices {
        match format {
            ExtractFormat::Human => writeln!(out, "[{}] {}", notice.code.as_str(), notice.message)?,
            ExtractFormat::Jsonl => {
                serde_json::to_writer(&mut *out, notice)?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

/// A document as it is shown.
#[derive(Serialize)]
struct About<'d> {
    #[serde(rename = "type")]
    kind: &'static str,
    path: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'d DocumentDate>,
}

/// A block as it is shown.
#[derive(Serialize)]
struct Shown<'d> {
    path: &'d str,
    scope: Scope,
    location: Location,
    text: &'d str,
}

fn open(args: &ExtractArgs, limits: &Limits) -> Result<Opened, CliError> {
    if args.path.as_os_str() == "-" {
        return Ok(Opened::Source(Source::new(args.stdin_name.clone(), read_stdin()?)));
    }
    let fail = |error: std::io::Error| CliError::Usage(format!("cannot read {}: {error}", args.path.display()));
    Opened::new(&args.path, &args.path.display().to_string(), limits).map_err(fail)?.ok_or_else(|| {
        CliError::Usage(format!(
            "{} has more than {} bytes, the limit; raise it with --limit file-size=…",
            args.path.display(),
            limits.file_size
        ))
    })
}
