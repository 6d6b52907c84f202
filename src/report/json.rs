//! JSON and JSON Lines: the machine-readable contract (`docs/output.md`).

use std::io::{self, Write};

use serde::Serialize;

use super::{Dictionary, Renderer, Report, Style, Summary};
use crate::judge::Finding;
use crate::source::Notice;

/// A line of JSON Lines, and an element of the arrays in JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'r> {
    Finding(&'r Finding),
    Notice(&'r Notice),
    Summary(&'r Summary),
}

/// One object with three members.
pub(super) struct Json;

impl Renderer for Json {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Whole<'r> {
            findings: Vec<Record<'r>>,
            notices: Vec<Record<'r>>,
            summary: &'r Summary,
        }
        let whole = Whole {
            findings: report.findings.iter().map(Record::Finding).collect(),
            notices: report.notices.iter().map(Record::Notice).collect(),
            summary: &report.summary,
        };
        serde_json::to_writer_pretty(&mut *out, &whole)?;
        writeln!(out)
    }
}

/// One object a line.
pub(super) struct JsonLines;

impl Renderer for JsonLines {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let findings = report.findings.iter().map(Record::Finding);
        let notices = report.notices.iter().map(Record::Notice);
        for record in findings.chain(notices).chain([Record::Summary(&report.summary)]) {
            serde_json::to_writer(&mut *out, &record)?;
            writeln!(out)?;
        }
        Ok(())
    }
}
