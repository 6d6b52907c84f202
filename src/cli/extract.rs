//! `zhengming extract`: the text as the linter sees it, with places.

use std::io::Write;

use serde::Serialize;
use zhengming::document::Scope;
use zhengming::extract::extract;
use zhengming::judge::{Location, block_locations};
use zhengming::normalise::Folded;
use zhengming::source::{Level, Limits};
use zhengming::{Notice, Source};

use super::args::{ExtractArgs, ExtractFormat};
use super::error::CliError;
use super::files::{extract_options, load_config, read_stdin, write_result};
use super::{CLEAN, FAILED};

pub(super) fn run(args: &ExtractArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let options = extract_options(&config, &args.reading)?;
    let source = read(args, &options.limits)?;
    let extracted = extract(&source, &options);
    let document = &extracted.document;
    let folded = Folded::new(document);
    let locations = block_locations(&source, document, extracted.decoded.as_ref());
    let blocks: Vec<Shown<'_>> = document
        .blocks
        .iter()
        .zip(folded.blocks())
        .zip(locations)
        .map(|((block, span), location)| Shown {
            scope: block.scope,
            location,
            text: if args.folded { &folded.text()[span.range()] } else { &document.text[block.span.range()] },
        })
        .collect();
    write_result(None, |out| write(args.format, &blocks, &extracted.notices, out))?;
    let failed = extracted.notices.iter().any(|notice| notice.level == Level::Error);
    Ok(if failed { FAILED } else { CLEAN })
}

/// A block as it is shown.
#[derive(Serialize)]
struct Shown<'d> {
    scope: Scope,
    location: Location,
    text: &'d str,
}

fn read(args: &ExtractArgs, limits: &Limits) -> Result<Source, CliError> {
    if args.path.as_os_str() == "-" {
        return Ok(Source::new(args.stdin_name.clone(), read_stdin()?));
    }
    let fail = |error: std::io::Error| CliError::Usage(format!("cannot read {}: {error}", args.path.display()));
    let size = std::fs::metadata(&args.path).map_err(fail)?.len();
    if size > limits.file_size {
        return Err(CliError::Usage(format!(
            "{} has {size} bytes, more than the limit; raise it with --limit file-size={size}",
            args.path.display()
        )));
    }
    Ok(Source::new(args.path.display().to_string(), std::fs::read(&args.path).map_err(fail)?))
}

fn write(format: ExtractFormat, blocks: &[Shown<'_>], notices: &[Notice], out: &mut dyn Write) -> std::io::Result<()> {
    for block in blocks {
        match format {
            ExtractFormat::Human => {
                let text = block.text.replace('\n', "⏎");
                writeln!(out, "{}\t{}\t{text}", block.location.label(), block.scope.label())?;
            }
            ExtractFormat::Jsonl => {
                serde_json::to_writer(&mut *out, block)?;
                writeln!(out)?;
            }
        }
    }
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
