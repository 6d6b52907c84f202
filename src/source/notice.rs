//! Messages about sources that could not be read, or not in full.

use serde::{Deserialize, Serialize};

/// What could not be done with a source. Nothing is skipped without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
