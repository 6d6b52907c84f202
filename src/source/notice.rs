//! Messages about sources that could not be read, or not in full.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// What could not be done with a source. Nothing is skipped without one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Notice {
    /// Name chain of the source (`outer.zip!inner/附件.docx`).
    pub path: String,
    /// How much was lost.
    pub level: Level,
    /// What happened.
    pub code: Code,
    /// What happened and what to do, in Chinese.
    pub message: String,
}

/// How much was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The source was read, but something about it deserves a look.
    Warning,
    /// The source was not read, or not in full: it must not count as clean.
    Error,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// There is no such file or folder.
    Missing,
    /// The file system refused.
    Unreadable,
    /// The file holds no bytes.
    Empty,
    /// The document holds no text.
    NoText,
    /// A format that is not read.
    Unsupported,
    /// Damaged.
    Corrupt,
    /// Protected by a password.
    Encrypted,
    /// A limit was reached.
    Limit,
    /// The declared character encoding is wrong, or some bytes are not text in any.
    Charset,
    /// Files without readable text were passed over.
    Skipped,
    /// A page links to a file that is not there.
    Link,
    /// A content selector matched nothing.
    Selector,
    /// A suppression comment is unused, unknown or lacks its reason.
    Suppression,
    /// A baseline holds what is no longer found.
    Baseline,
    /// The run was stopped before its end.
    Interrupted,
    /// Text was recognised in pictures, and may be wrong.
    Ocr,
    /// Reading or judging failed unexpectedly.
    Internal,
}

impl Code {
    /// The name used in machine-readable reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Missing => "missing",
            Code::Unreadable => "unreadable",
            Code::Empty => "empty",
            Code::NoText => "no-text",
            Code::Unsupported => "unsupported",
            Code::Corrupt => "corrupt",
            Code::Encrypted => "encrypted",
            Code::Limit => "limit",
            Code::Charset => "charset",
            Code::Skipped => "skipped",
            Code::Link => "link",
            Code::Selector => "selector",
            Code::Suppression => "suppression",
            Code::Baseline => "baseline",
            Code::Interrupted => "interrupted",
            Code::Ocr => "ocr",
            Code::Internal => "internal",
        }
    }
}

impl Notice {
    /// The source was not read, or not in full.
    pub fn error(path: &str, code: Code, message: impl Into<String>) -> Self {
        Notice { path: path.to_owned(), level: Level::Error, code, message: message.into() }
    }

    /// The source was read, but something about it deserves a look.
    pub fn warning(path: &str, code: Code, message: impl Into<String>) -> Self {
        Notice { path: path.to_owned(), level: Level::Warning, code, message: message.into() }
    }
}

/// What is to be said about one source, in the order in which it was met. The same thing is said once.
#[derive(Debug)]
pub(crate) struct Notices<'s> {
    path: &'s str,
    said: Vec<Notice>,
    /// All that was said: a damaged file may give cause for tens of thousands of notices.
    known: HashSet<Notice>,
}

impl<'s> Notices<'s> {
    /// Nothing yet about the source whose name chain is `path`.
    pub(crate) fn new(path: &'s str) -> Self {
        Notices { path, said: Vec::new(), known: HashSet::new() }
    }

    /// The name chain of the source.
    pub(crate) fn path(&self) -> &'s str {
        self.path
    }

    /// The source was not read in full.
    pub(crate) fn error(&mut self, code: Code, message: impl Into<String>) {
        self.say(Notice::error(self.path, code, message));
    }

    /// Something about the source deserves a look.
    pub(crate) fn warning(&mut self, code: Code, message: impl Into<String>) {
        self.say(Notice::warning(self.path, code, message));
    }

    fn say(&mut self, notice: Notice) {
        if self.known.insert(notice.clone()) {
            self.said.push(notice);
        }
    }

    /// All of it.
    pub(crate) fn into_vec(self) -> Vec<Notice> {
        self.said
    }
}
