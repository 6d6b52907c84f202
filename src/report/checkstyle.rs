//! Checkstyle XML as Checkstyle's own `XMLLogger` writes it, in the form of version 4.3 that build servers read.
//!
//! Entries are grouped by file on disk, in the order in which files first occur; `line` and `column` count from 1,
//! columns in characters. Documents and members of archives have no lines of their own: their entries stand at line 1,
//! where every consumer accepts them, and the message begins with the place. Notices are entries too, because a file
//! that was not read must not look clean.

use std::collections::HashMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::wording::{Gravity, Target, alert, legal, outermost};
use super::{Dictionary, Renderer, Report, Style};
use crate::judge::Finding;
use crate::source::Notice;

/// One XML document.
pub(super) struct Checkstyle;

/// An `error` element, whatever its severity.
struct Entry {
    line: usize,
    column: Option<usize>,
    gravity: Gravity,
    message: String,
    source: String,
}

impl Renderer for Checkstyle {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer.write_event(Event::Start(BytesStart::new("checkstyle").with_attributes([("version", "4.3")])))?;
        for (name, entries) in by_file(report) {
            let file = BytesStart::new("file").with_attributes([("name", legal(name).as_ref())]);
            writer.write_event(Event::Start(file))?;
            for entry in entries {
                writer.write_event(Event::Empty(element(&entry)))?;
            }
            writer.write_event(Event::End(BytesEnd::new("file")))?;
        }
        writer.write_event(Event::End(BytesEnd::new("checkstyle")))?;
        writer.write_event(Event::Text(BytesText::new("\n")))
    }
}

/// Entries by file on disk.
fn by_file(report: &Report) -> Vec<(&str, Vec<Entry>)> {
    let findings = report.findings.iter().map(of_finding);
    let notices = report.notices.iter().map(of_notice);
    let mut files: Vec<(&str, Vec<Entry>)> = Vec::new();
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    for (file, entry) in findings.chain(notices) {
        let index = *indexes.entry(file).or_insert(files.len());
        if index == files.len() {
            files.push((file, Vec::new()));
        }
        files[index].1.push(entry);
    }
    files
}

fn of_finding(finding: &Finding) -> (&str, Entry) {
    let target = Target::of(finding);
    let entry = Entry {
        line: target.span.map_or(1, |(start, _)| start.line),
        column: target.span.map(|(start, _)| start.column),
        gravity: finding.severity.into(),
        message: alert(finding, &target),
        source: format!("zhengming.{}", finding.rule),
    };
    (target.file, entry)
}

fn of_notice(notice: &Notice) -> (&str, Entry) {
    let (file, inner) = outermost(&notice.path);
    let message = inner.map_or_else(|| notice.message.clone(), |inner| format!("{inner}：{}", notice.message));
    let source = format!("zhengming.notice.{}", notice.code.as_str());
    let entry = Entry { line: 1, column: None, gravity: notice.level.into(), message, source };
    // What concerns the whole run belongs to the folder it ran in.
    (if file.is_empty() { "." } else { file }, entry)
}

fn element(entry: &Entry) -> BytesStart<'static> {
    let severity = match entry.gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
        Gravity::Note => "info",
    };
    let mut element = BytesStart::new("error");
    element.push_attribute(("line", entry.line.to_string().as_str()));
    if let Some(column) = entry.column {
        element.push_attribute(("column", column.to_string().as_str()));
    }
    element.push_attribute(("severity", severity));
    element.push_attribute(("message", legal(&entry.message).as_ref()));
    element.push_attribute(("source", legal(&entry.source).as_ref()));
    element
}
