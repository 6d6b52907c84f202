//! Entries as data. The build script uses this file too: it compiles the embedded packs ahead of time.

use serde::{Deserialize, Serialize};

use crate::document::Scope;

/// How grave an error is, as inspectors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 建议: a recommendation.
    Advice,
    /// 一般差错: an ordinary error.
    Error,
    /// 严重表述错误: one of these fails a site.
    Serious,
}

impl Severity {
    /// All levels, the gravest first.
    pub const ALL: [Severity; 3] = [Severity::Serious, Severity::Error, Severity::Advice];

    /// The name used on the command line and in machine-readable reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Serious => "serious",
            Severity::Error => "error",
            Severity::Advice => "advice",
        }
    }

    /// The name that editors read.
    pub fn label(self) -> &'static str {
        match self {
            Severity::Serious => "严重",
            Severity::Error => "差错",
            Severity::Advice => "建议",
        }
    }
}

/// One dictionary file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pack {
    /// Prefix of the ids of its entries.
    pub id: String,
    /// Title in Chinese.
    pub title: String,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Longer texts in which no rule may find anything, such as an agency's own names.
    pub allow: Vec<String>,
    /// Globs of rule ids that this pack switches off in the packs before it.
    pub off: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `pack/right-form`.
    pub id: String,
    /// What it looks for.
    pub rule: Rule,
    /// Right forms, the best first; templates for patterns.
    pub right: Vec<String>,
    /// One Chinese sentence; `{wrong}` and `{right}` stand for the text found and the first right form.
    pub reason: String,
    /// Where the right form can be looked up.
    pub source: String,
    /// How grave the error is.
    pub severity: Severity,
    /// Taxonomy id.
    pub category: String,
    /// Whether it runs when not asked for.
    pub enabled: bool,
    /// First date (ISO 8601) on which the wrong form is wrong.
    pub from: Option<String>,
    /// Last such date.
    pub to: Option<String>,
    /// Scopes it is limited to; empty means all.
    pub scopes: Vec<Scope>,
    /// Contexts that excuse a hit.
    pub guards: Guards,
    /// Texts in which it must be found.
    pub found: Vec<FoundExample>,
    /// Texts in which it must not.
    pub clean: Vec<String>,
    /// Where the entry stands.
    pub at: Location,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// File, relative to the dictionary's folder.
    pub file: String,
    /// Line from 1.
    pub line: u32,
}

/// A text in which an entry must find something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundExample {
    /// The text.
    pub text: String,
    /// The text after the first suggestion has been applied, if the entry states it.
    pub corrected: Option<String>,
}

/// What an entry looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// Listed wrong forms.
    Term(Term),
    /// A regular expression.
    Pattern(Pattern),
}

impl Rule {
    /// Name of the kind, as in dictionaries and reports.
    pub fn kind(&self) -> &'static str {
        match self {
            Rule::Term(_) => "term",
            Rule::Pattern(_) => "pattern",
        }
    }
}

/// Listed wrong forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Wrong forms, literal.
    pub wrong: Vec<String>,
    /// Whether a hit must agree with the segmentation of its clause into words.
    pub word_boundary: bool,
}

/// Contexts that excuse a hit. All are literal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// Longer spans in which what is found is legitimate.
    pub allow: Vec<String>,
    /// One of these must stand directly before, if there are any.
    pub before: Vec<String>,
    /// One of these must stand directly after, if there are any.
    pub after: Vec<String>,
    /// None of these may stand directly before.
    pub not_before: Vec<String>,
    /// None of these may stand directly after.
    pub not_after: Vec<String>,
}

/// A regular expression on folded text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Syntax of the `regex` crate; a group named `hit` marks what is reported.
    pub expression: String,
    /// Name of the validator that decides about each match.
    pub validator: Option<String>,
    /// Whether reports must not show the text found.
    pub mask: bool,
    /// What the engine knows of the expression; worked out ahead of time for embedded packs.
    pub facts: Option<PatternFacts>,
}

/// What follows from an expression alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternFacts {
    /// Literals of which every match contains at least one; `None` if there is no such set.
    pub literals: Option<Vec<String>>,
    /// Longest possible match in bytes; `None` if there is no longest.
    pub longest: Option<u32>,
}
