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

impl Report {
    /// Adds what was looked at, in this order, and one notice for all files that were passed over.
    pub fn collect(&mut self, checked: impl IntoIterator<Item = Checked>) {
        let mut passed_over: BTreeMap<&'static str, u64> = BTreeMap::new();
        for one in checked {
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
            if let Some(label) = one.passed_over {
                *passed_over.entry(label).or_default() += 1;
            }
        }
        if !passed_over.is_empty() {
            let kinds: Vec<String> = passed_over.iter().map(|(label, count)| format!("{label} {count} 个")).collect();
            let message =
                format!("没有可读文字的文件未检查：{}。图片中的文字可加 --ocr 识别，或另行核对", kinds.join("，"));
            self.notices.push(Notice::warning("", Code::Skipped, message));
        }
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

/// One renderer.
trait Renderer {
    fn render(&self, report: &Report, dictionary: &Dictionary, style: Style, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes `report` in `format`.
pub fn render(
    report: &Report,
    dictionary: &Dictionary,
    format: Format,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer: &dyn Renderer = match format {
        Format::Human => &human::Human,
        Format::Json => &json::Json,
        Format::Jsonl => &json::JsonLines,
        Format::Sarif => &sarif::Sarif,
        Format::Github => &github::Github,
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
