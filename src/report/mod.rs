//! Reports: what was found and what could not be read, and one renderer for each format.

mod checkstyle;
pub(crate) mod csv;
mod github;
mod gitlab;
pub(crate) mod html;
mod human;
mod json;
mod junit;
mod rdjson;
pub(crate) mod register;
mod sarif;
#[cfg(test)]
mod tests;
mod wording;
pub(crate) mod xlsx;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::channel::Channels;
use crate::dictionary::{Dictionary, Severity};
use crate::document::DocumentDate;
use crate::judge::Finding;
use crate::linter::Checked;
use crate::source::{Code, Level, Notice};
use crate::spool::Spool;

pub(crate) use human::grouped;
pub use wording::visible;
pub(crate) use wording::{legal, members, outermost, sentence};

/// Everything a run gives. Rendering adds nothing to it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Findings in order of source and place.
    pub findings: Vec<Finding>,
    /// Notices in order of source.
    pub notices: Vec<Notice>,
    /// Documents and what could not be read, in the order of the run.
    pub sources: Vec<SourceRecord>,
    /// The date (ISO 8601) by which documents without one were judged; empty if none was given.
    pub as_of: String,
    /// Sites and accounts that the sources belong to.
    pub channels: Arc<Channels>,
    /// Counts.
    pub summary: Summary,
}

/// What a run knows about one source, whether or not anything was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRecord {
    /// Name chain.
    pub path: String,
    /// The first page that links to it.
    pub page: Option<String>,
    /// Title of the document, if it has one.
    pub title: Option<String>,
    /// Date of the document, if it states one.
    pub date: Option<DocumentDate>,
    /// Hash of the text.
    pub digest: u64,
    /// Characters of text that were checked.
    pub characters: u64,
    /// Whether it was read as a document, at least in part.
    pub document: bool,
    /// Whether it was not read, or not in full.
    pub unreadable: bool,
}

/// Counts over a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Sources that were to be read: documents, and files that turned out unreadable.
    pub sources: u64,
    /// Documents whose text was checked, at least in part.
    pub checked: u64,
    /// Sources not read, or not in full.
    pub unreadable: u64,
    /// Characters of text that were checked.
    pub characters: u64,
    /// Findings by severity.
    pub findings: Counts,
    /// Findings that a baseline knows; they are neither counted nor reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<u64>,
    /// Whether the run was stopped before its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Wall-clock time of the run, in seconds.
    pub seconds: f64,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// 严重.
    pub serious: u64,
    /// 差错.
    pub error: u64,
    /// 建议.
    pub advice: u64,
}

impl Report {
    /// Adds what one source gave. `document` says whether it was read as a document, at least in part.
    pub fn add(&mut self, document: bool, characters: usize, findings: Vec<Finding>, notices: Vec<Notice>) {
        let failed = notices.iter().any(|notice| notice.level == Level::Error);
        self.summary.sources += u64::from(document || failed);
        self.summary.checked += u64::from(document);
        self.summary.unreadable += u64::from(failed);
        self.summary.characters += characters as u64;
        for finding in &findings {
            *match finding.severity {
                Severity::Serious => &mut self.summary.findings.serious,
                Severity::Error => &mut self.summary.findings.error,
                Severity::Advice => &mut self.summary.findings.advice,
            } += 1;
        }
        self.findings.extend(findings);
        self.notices.extend(notices);
    }
}

impl Summary {
    /// Takes back one finding.
    pub(crate) fn discount(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Serious => &mut self.findings.serious,
            Severity::Error => &mut self.findings.error,
            Severity::Advice => &mut self.findings.advice,
        };
        *count = count.saturating_sub(1);
    }
}

impl Report {
    /// Notes that the run was stopped before `left` files that it had met were begun.
    pub fn interrupt(&mut self, left: u64) {
        self.summary.interrupted = true;
        let message = format!(
            "检查被中断，还有 {left} 个文件没有检查，本次结果不完整。用了 --cache 时，加上 --resume 再运行一次可以接着检查"
        );
        self.notices.push(Notice::error("", Code::Interrupted, message));
    }
}

impl Report {
    /// Adds what was looked at, in this order, and one notice for all files that were passed over.
    pub fn collect(&mut self, checked: impl IntoIterator<Item = Checked>) {
        let mut passed_over = PassedOver::default();
        for one in checked {
            passed_over.see(&one);
            self.take(one);
        }
        self.notices.extend(passed_over.notice());
    }

    /// Adds one thing that was looked at, unless it was only passed over.
    pub(crate) fn take(&mut self, one: Checked) {
        let unreadable = one.notices.iter().any(|notice| notice.level == Level::Error);
        if one.document || unreadable {
            self.sources.push(SourceRecord {
                path: one.name,
                page: one.page,
                title: one.title,
                date: one.date,
                digest: one.digest,
                characters: one.characters as u64,
                document: one.document,
                unreadable,
            });
        }
        self.add(one.document, one.characters, one.findings, one.notices);
    }
}

/// Files without readable text, by their labels.
#[derive(Debug, Default)]
pub(crate) struct PassedOver(BTreeMap<&'static str, u64>);

impl PassedOver {
    pub(crate) fn see(&mut self, one: &Checked) {
        if let Some(label) = one.passed_over {
            *self.0.entry(label).or_default() += 1;
        }
    }

    /// One notice for all of them.
    pub(crate) fn notice(&self) -> Option<Notice> {
        if self.0.is_empty() {
            return None;
        }
        let kinds: Vec<String> = self.0.iter().map(|(label, count)| format!("{label} {count} 个")).collect();
        let message =
            format!("没有可读文字的文件未检查：{}。图片中的文字可加 --ocr 识别，或另行核对", kinds.join("，"));
        Some(Notice::warning("", Code::Skipped, message))
    }
}

/// Formats a report can be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// One JSON object a line: findings, notices, summary.
    Jsonl,
    /// SARIF 2.1.0 (OASIS).
    Sarif,
    /// GitHub Actions workflow commands.
    Github,
    /// Checkstyle XML.
    Checkstyle,
    /// A page for reading, filtering and printing.
    Html,
    /// A workbook to file and to hand out.
    Xlsx,
    /// The same as comma-separated values.
    Csv,
    /// JUnit XML.
    Junit,
    /// Reviewdog Diagnostic Format.
    Rdjson,
    /// GitLab Code Quality.
    Gitlab,
}

/// How a report is rendered, apart from its format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: Option<usize>,
}

impl Format {
    /// Whether what this format says of a finding takes the dictionary.
    pub fn names_rules(self) -> bool {
        matches!(self, Format::Html | Format::Xlsx | Format::Csv | Format::Sarif)
    }
}

/// One renderer.
trait Renderer {
    fn render(&self, report: &Report, dictionary: &Dictionary, style: Style, out: &mut dyn Write) -> io::Result<()>;
}

/// A renderer of a format that says one thing after another: all findings, then all notices.
trait Piecewise {
    /// What comes before all.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One finding; `first` if it is the first.
    fn finding(&self, finding: &Finding, first: bool, out: &mut dyn Write) -> io::Result<()>;

    /// What comes between findings and notices.
    fn between(&self, _any_findings: bool, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One notice; `first` if it is the first.
    fn notice(&self, notice: &Notice, first: bool, out: &mut dyn Write) -> io::Result<()>;

    /// What comes after all.
    fn end(&self, summary: &Summary, any_notices: bool, out: &mut dyn Write) -> io::Result<()>;
}

/// The renderer of `format`, if it is piecewise.
fn piecewise(format: Format, style: Style) -> Option<Box<dyn Piecewise>> {
    Some(match format {
        Format::Human => Box::new(human::Page::new(style)),
        Format::Json => Box::new(json::Json),
        Format::Jsonl => Box::new(json::JsonLines),
        Format::Github => Box::new(github::Github),
        _ => return None,
    })
}

/// Writes `report` in `format`. `dictionary` is the one that the report was made with; formats that do not
/// [name rules](Format::names_rules) do not look at it.
pub fn render(
    report: &Report,
    dictionary: &Dictionary,
    format: Format,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer: &dyn Renderer = match format {
        Format::Human | Format::Json | Format::Jsonl | Format::Github => {
            return match piecewise(format, style) {
                Some(renderer) => render_piecewise(&*renderer, report, out),
                None => Ok(()),
            };
        }
        Format::Sarif => &sarif::Sarif,
        Format::Checkstyle => &checkstyle::Checkstyle,
        Format::Html => &html::Html,
        Format::Xlsx => &xlsx::Xlsx,
        Format::Csv => &csv::Csv,
        Format::Junit => &junit::Junit,
        Format::Rdjson => &rdjson::Rdjson,
        Format::Gitlab => &gitlab::Gitlab,
    };
    renderer.render(report, dictionary, style, out)
}

fn render_piecewise(renderer: &dyn Piecewise, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    renderer.begin(out)?;
    for (index, finding) in report.findings.iter().enumerate() {
        renderer.finding(finding, index == 0, out)?;
    }
    renderer.between(!report.findings.is_empty(), out)?;
    for (index, notice) in report.notices.iter().enumerate() {
        renderer.notice(notice, index == 0, out)?;
    }
    renderer.end(&report.summary, !report.notices.is_empty(), out)
}

/// Writes a report while it comes about, the same as [`render`] does of all of it, without keeping what was written.
pub struct Live {
    renderer: Box<dyn Piecewise>,
    begun: bool,
    findings: bool,
    notices: bool,
    /// Notices as they will be written.
    waiting: Spool,
}

impl Live {
    /// What writes `format`; `None` if that format takes all of a report at once.
    pub fn new(format: Format, style: Style) -> Option<Self> {
        let renderer = piecewise(format, style)?;
        Some(Live { renderer, begun: false, findings: false, notices: false, waiting: Spool::default() })
    }

    /// Writes what was added to `report` and takes it out.
    pub fn write(&mut self, report: &mut Report, out: &mut dyn Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            self.renderer.begin(out)?;
        }
        for finding in report.findings.drain(..) {
            self.renderer.finding(&finding, !std::mem::replace(&mut self.findings, true), out)?;
        }
        let mut written = Vec::new();
        for notice in report.notices.drain(..) {
            written.clear();
            self.renderer.notice(&notice, !std::mem::replace(&mut self.notices, true), &mut written)?;
            self.waiting.put(&written);
        }
        report.sources.clear();
        Ok(())
    }

    /// Writes the rest of `report`, and its end.
    pub fn finish(mut self, report: &mut Report, out: &mut dyn Write) -> io::Result<()> {
        self.write(report, out)?;
        self.renderer.between(self.findings, out)?;
        self.waiting.copy_to(out)?;
        self.renderer.end(&report.summary, self.notices, out)
    }
}
