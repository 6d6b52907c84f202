//! JSON and JSON Lines: the machine-readable contract (`docs/output.md`).

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::{Piecewise, Summary};
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

impl Json {
    /// How elements of the two arrays are laid out: what a formatter is like that has come so far.
    fn within(&self) -> io::Result<PrettyFormatter<'static>> {
        let mut formatter = PrettyFormatter::new();
        formatter.begin_object(&mut io::sink())?;
        formatter.begin_object_value(&mut io::sink())?;
        formatter.begin_array(&mut io::sink())?;
        Ok(formatter)
    }

    fn element(&self, record: &Record<'_>, first: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut formatter = self.within()?;
        formatter.begin_array_value(out, first)?;
        record.serialize(&mut Serializer::with_formatter(out, formatter))?;
        Ok(())
    }

    fn end_array(&self, empty: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut formatter = self.within()?;
        if !empty {
            formatter.end_array_value(out)?;
        }
        formatter.end_array(out)
    }
}

impl Piecewise for Json {
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\n  \"findings\": [")
    }

    fn finding(&self, finding: &Finding, first: bool, out: &mut dyn Write) -> io::Result<()> {
        self.element(&Record::Finding(finding), first, out)
    }

    fn between(&self, any_findings: bool, out: &mut dyn Write) -> io::Result<()> {
        self.end_array(!any_findings, out)?;
        write!(out, ",\n  \"notices\": [")
    }

    fn notice(&self, notice: &Notice, first: bool, out: &mut dyn Write) -> io::Result<()> {
        self.element(&Record::Notice(notice), first, out)
    }

    fn end(&self, summary: &Summary, any_notices: bool, out: &mut dyn Write) -> io::Result<()> {
        self.end_array(!any_notices, out)?;
        write!(out, ",\n  \"summary\": ")?;
        let mut formatter = PrettyFormatter::new();
        formatter.begin_object(&mut io::sink())?;
        summary.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
        writeln!(out, "\n}}")
    }
}

/// One object a line.
pub(super) struct JsonLines;

impl JsonLines {
    fn line(record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, record)?;
        writeln!(out)
    }
}

impl Piecewise for JsonLines {
    fn finding(&self, finding: &Finding, _: bool, out: &mut dyn Write) -> io::Result<()> {
        Self::line(&Record::Finding(finding), out)
    }

    fn notice(&self, notice: &Notice, _: bool, out: &mut dyn Write) -> io::Result<()> {
        Self::line(&Record::Notice(notice), out)
    }

    fn end(&self, summary: &Summary, _: bool, out: &mut dyn Write) -> io::Result<()> {
        Self::line(&Record::Summary(summary), out)
    }
}
