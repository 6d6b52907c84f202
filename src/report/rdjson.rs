//! Reviewdog Diagnostic Format, `rdjson` (reviewdog's `proto/rdf/reviewdog.proto`): one `DiagnosticResult`.
//!
//! Lines count from 1, columns in bytes of UTF-8 from 1, ends are exclusive. Documents and members of archives have no lines:
//! their diagnostics have the file alone, and the message begins with the place. Notices are diagnostics too, because a file
//! that was not read must not look clean.

use std::io::{self, Write};

use serde::Serialize;

use super::wording::{Gravity, Target, alert, outermost, replacement};
use super::{Dictionary, Renderer, Report, Style};
use crate::judge::{Finding, TextPoint};
use crate::source::Notice;

/// One JSON object.
pub(super) struct Rdjson;

impl Renderer for Rdjson {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let findings = report.findings.iter().map(Diagnostic::of_finding);
        let notices = report.notices.iter().map(Diagnostic::of_notice);
        let result =
            DiagnosticResult { source: Source { name: "zhengming" }, diagnostics: findings.chain(notices).collect() };
        serde_json::to_writer_pretty(&mut *out, &result)?;
        writeln!(out)
    }
}

#[derive(Serialize)]
struct DiagnosticResult<'r> {
    source: Source,
    diagnostics: Vec<Diagnostic<'r>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'r> {
    message: String,
    location: Location<'r>,
    severity: &'static str,
    code: Code<'r>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'r>>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize, Clone, Copy)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize, Clone, Copy)]
struct Position {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Code<'r> {
    value: &'r str,
}

#[derive(Serialize)]
struct Suggestion<'r> {
    range: Range,
    text: &'r str,
}

impl<'r> Diagnostic<'r> {
    fn of_finding(finding: &'r Finding) -> Self {
        let target = Target::of(finding);
        let range = target.span.map(|(start, end)| Range { start: start.into(), end: end.into() });
        let suggestion = target
            .span
            .and_then(|(start, end)| Some(Suggestion { range: range?, text: replacement(finding, start, end)? }));
        Diagnostic {
            message: alert(finding, &target),
            location: Location { path: target.file, range },
            severity: severity(finding.severity.into()),
            code: Code { value: &finding.rule },
            suggestions: suggestion.into_iter().collect(),
        }
    }

    fn of_notice(notice: &'r Notice) -> Self {
        let (file, inner) = outermost(&notice.path);
        Diagnostic {
            message: inner.map_or_else(|| notice.message.clone(), |inner| format!("{inner}：{}", notice.message)),
            // What concerns the whole run belongs to the folder it ran in.
            location: Location { path: if file.is_empty() { "." } else { file }, range: None },
            severity: severity(notice.level.into()),
            code: Code { value: notice.code.as_str() },
            suggestions: Vec::new(),
        }
    }
}

impl From<TextPoint> for Position {
    fn from(point: TextPoint) -> Self {
        Position { line: point.line, column: point.byte_column }
    }
}

fn severity(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Error => "ERROR",
        Gravity::Warning => "WARNING",
        Gravity::Note => "INFO",
    }
}
