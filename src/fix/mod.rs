//! What an editor does with findings: right forms put into texts, and notes put into copies of documents.
//!
//! Everything here goes from bytes to bytes; reading and writing files is left to the caller. Text formats are changed in
//! place, and only where the source map leads to the very characters that are wrong. Documents are never changed: a copy of a
//! Word file gets comments (and tracked changes), one of a workbook cell comments, one of a PDF highlights.

mod comment;
mod diff;
mod docx;
mod edit;
mod package;
mod pdf;
#[cfg(test)]
mod tests;
mod text;
mod xlsx;
mod xml;

use crate::document::{Document, Span, Text};
use crate::judge::Finding;
use crate::source::{DecodedText, Kind, Source};

pub use diff::unified;
pub use text::{TextFix, fix_text};

/// A document that was checked, with everything that leads from its findings back to its bytes.
#[derive(Debug)]
pub struct Located<'b> {
    /// What kind of file it is.
    pub kind: Kind,
    /// The text and its source map.
    pub document: Document,
    /// For formats that are one text: the decoded text that the source map points into.
    pub decoded: Option<DecodedText<'b>>,
    /// Findings in reading order.
    pub findings: Vec<Finding>,
    /// Where each of them stands in the text.
    pub spans: Vec<Span<Text>>,
    /// Whether the suggestion of each is, by its rule, the only way to put it right.
    pub settled: Vec<bool>,
}

/// What became of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The right form stands in the text.
    Fixed,
    /// A copy holds a note at its place.
    Noted,
    /// A copy holds a note at its place, and the change as a suggestion to accept or reject.
    Tracked,
    /// Nothing was done there, for this reason (in Chinese).
    Left(&'static str),
}

/// How far fixing goes.
#[derive(Debug, Clone, Default)]
pub struct FixOptions {
    /// Also what a person should look at first: several suggestions, weighed evidence, recommendations.
    pub all: bool,
    /// In copies of Word documents, changes are tracked besides the comments.
    pub track: bool,
    /// When notes are made, ISO 8601 in UTC, such as `2024-03-01T08:00:00Z`.
    pub now: String,
}

/// Whose notes they are.
const AUTHOR: &str = "正名";

/// Why the one right form of a finding may not be written without a person, if so.
fn refused(finding: &Finding, settled: bool, all: bool) -> Option<&'static str> {
    if finding.suggestions.is_empty() {
        return Some("没有可直接替换的写法，请人工处理");
    }
    if all {
        return None;
    }
    if finding.suggestions.len() > 1 {
        return Some("有几种可能的写法，请人工选择（--unsafe 采用第一种）");
    }
    if finding.severity == crate::Severity::Advice {
        return Some("只是建议，请人工决定（--unsafe 一并修改）");
    }
    if !settled || finding.confidence.is_some() || !matches!(finding.kind, "term" | "pattern") {
        return Some("需要人工核对（--unsafe 一并修改）");
    }
    None
}

/// A copy of a document with notes.
#[derive(Debug)]
pub struct Annotated {
    /// The copy.
    pub bytes: Vec<u8>,
    /// What became of each finding, in their order.
    pub fates: Vec<Fate>,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The format cannot hold notes of this program.
    #[error("这种格式不能加批注，请按报告中的位置修改")]
    Unsupported,
    /// The document is signed.
    #[error("文档有数字签名，批注会使签名失效，没有生成批注副本")]
    Signed,
    /// The document is encrypted.
    #[error("文档有加密或权限限制，不能加批注，请按报告中的位置修改")]
    Encrypted,
    /// The document is not built as expected.
    #[error("文档结构与预期不符（{0}），没有生成批注副本，请按报告中的位置修改")]
    Structure(String),
}

/// Whether documents of this kind get notes in a copy.
pub fn is_annotated(kind: Kind) -> bool {
    matches!(kind, Kind::Docx | Kind::Xlsx | Kind::Pdf)
}

/// Whether documents of this kind are changed in place.
pub fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Html | Kind::Text | Kind::Markdown | Kind::Csv)
}

/// A copy of `source`, which was read as `located`, with a note at each finding. What cannot hold a note of its own is listed
/// in one at the beginning, and is [`Fate::Left`].
pub fn annotate(source: &Source, located: &Located<'_>, options: &FixOptions) -> Result<Annotated, AnnotateError> {
    match located.kind {
        Kind::Docx => docx::annotate(source, located, options),
        Kind::Xlsx => xlsx::annotate(source, located),
        Kind::Pdf => pdf::annotate(source, located, options),
        _ => Err(AnnotateError::Unsupported),
    }
}
