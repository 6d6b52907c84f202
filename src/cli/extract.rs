//! `zhengming extract`: the text as the linter sees it, with places.

use std::io::{self, Write};

use serde::Serialize;
use zhengming::document::{Document, DocumentDate, Scope};
use zhengming::extract::{ExtractOptions, extract};
use zhengming::judge::{Location, block_locations};
use zhengming::normalise::Folded;
use zhengming::source::{Budget, Kind, Level, Limits, Package, Refusal, read_limited};
use zhengming::{Notice, Source};

use super::args::{ExtractArgs, ExtractFormat};
use super::error::CliError;
use super::files::{extract_options, load_config, read_stdin, write_result};
use super::{CLEAN, FAILED};

pub(super) fn run(args: &ExtractArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let options = extract_options(&config, &args.reading)?;
    let source = read(args, &options.limits)?;
    let mut failed = false;
    let mut budget = Budget::new(&options.limits);
    write_result(None, |out| {
        failed = show(&source, &options, args, 0, &mut budget, out)?;
        Ok(())
    })?;
    Ok(if failed { FAILED } else { CLEAN })
}

/// Shows a source, or each entry of an archive under its name; says whether something could not be read.
fn show(
    source: &Source,
    options: &ExtractOptions,
    args: &ExtractArgs,
    depth: u64,
    budget: &mut Budget,
    out: &mut dyn Write,
) -> io::Result<bool> {
    if source.kind() != Kind::Zip {
        return show_document(source, options, args, out);
    }
    if depth >= options.limits.archive_depth {
        write_notices(args.format, &[Refusal::too_deep(&options.limits).notice(&source.name)], out)?;
        return Ok(true);
    }
    let mut package = match Package::open(&source.bytes) {
        Ok(package) => package,
        Err(refusal) => {
            write_notices(args.format, &[refusal.notice(&source.name)], out)?;
            return Ok(true);
        }
    };
    let (entries, refusal) = package.entries(&options.limits);
    let mut failed = refusal.is_some();
    if let Some(refusal) = refusal {
        write_notices(args.format, &[refusal.notice(&source.name)], out)?;
    }
    for index in entries {
        let Some(name) = package.name(index) else { continue };
        let name = format!("{}!{name}", source.name);
        if matches!(args.format, ExtractFormat::Human) {
            writeln!(out, "== {name}")?;
        }
        failed |= match package.read(index, &options.limits, budget) {
            Ok(bytes) => show(&Source::new(name, bytes), options, args, depth + 1, budget, out)?,
            Err(refusal) => {
                write_notices(args.format, &[refusal.notice(&name)], out)?;
                true
            }
        };
    }
    Ok(failed)
}

fn show_document(
    source: &Source,
    options: &ExtractOptions,
    args: &ExtractArgs,
    out: &mut dyn Write,
) -> io::Result<bool> {
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
    Ok(extracted.notices.iter().any(|notice| notice.level == Level::Error))
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

fn read(args: &ExtractArgs, limits: &Limits) -> Result<Source, CliError> {
    if args.path.as_os_str() == "-" {
        return Ok(Source::new(args.stdin_name.clone(), read_stdin()?));
    }
    let fail = |error: std::io::Error| CliError::Usage(format!("cannot read {}: {error}", args.path.display()));
    match read_limited(&args.path, limits.file_size).map_err(fail)? {
        Some(bytes) => Ok(Source::new(args.path.display().to_string(), bytes)),
        None => Err(CliError::Usage(format!(
            "{} has more than {} bytes, the limit; raise it with --limit file-size=…",
            args.path.display(),
            limits.file_size
        ))),
    }
}
