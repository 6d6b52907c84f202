//! Findings in clean text that somebody has looked at and found to be true errors.

use std::path::Path;

use serde::Serialize;

use super::{AuditError, read};
use crate::judge::Finding;
use crate::report::visible;

/// A list of known true errors.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The list's lines, in order.
    pub lines: Vec<KnownLine>,
}

/// One line of the list: it accepts every finding with this text, in these files and by this rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownLine {
    /// Line of the file, from 1.
    pub line: usize,
    /// The last parts of the name of the source; empty for any.
    pub path: String,
    /// The text found, as reports show it: on one line, masked by privacy rules.
    pub text: String,
    /// Id of the rule; empty for any.
    pub rule: String,
    /// Why the finding is true.
    pub note: String,
}

impl Known {
    /// Reads a list: tab-separated path, text, rule and note, of which only the text must not be empty. Lines that start
    /// with `#` are comments.
    pub fn load(path: &Path) -> Result<Self, AuditError> {
        Self::parse(&path.display().to_string(), &read(path)?)
    }

    /// Reads the text of a list called `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, AuditError> {
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
            let cell = |column: usize| cells.get(column).copied().unwrap_or_default().to_owned();
            let known = KnownLine { line: index + 1, path: cell(0), text: cell(1), rule: cell(2), note: cell(3) };
            if known.text.is_empty() || cells.len() > 4 {
                let message = "must be: end of the path or nothing, text found, rule or nothing, note; between tabs";
                return Err(AuditError::Line { file: file.to_owned(), line: index + 1, message: message.to_owned() });
            }
            lines.push(known);
        }
        Ok(Known { lines })
    }

    /// The first line that accepts `finding`, by its index.
    pub(super) fn accepts(&self, finding: &Finding) -> Option<usize> {
        let text = visible(&finding.text);
        self.lines.iter().position(|known| {
            // Blanks at the ends of a cell are not kept, so they cannot tell two findings apart.
            known.text == text.trim()
                && (known.rule.is_empty() || known.rule == finding.rule)
                && known.is_about(&finding.path)
        })
    }
}

impl KnownLine {
    /// Whether the line speaks of the source called `name`.
    pub(super) fn is_about(&self, name: &str) -> bool {
        let Some(rest) = name.strip_suffix(self.path.as_str()) else { return false };
        self.path.is_empty() || rest.is_empty() || rest.ends_with(['/', '!'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_bad_ones_named() {
        let known = Known::parse("known.tsv", "# 说明\n\na/b.txt\t末来\ttypos/未来\t旧排印\n\t循私舞弊\n").unwrap();
        assert_eq!(known.lines.len(), 2);
        assert_eq!(known.lines[0].note, "旧排印");
        assert_eq!((known.lines[1].line, known.lines[1].path.as_str(), known.lines[1].rule.as_str()), (4, "", ""));
        for text in ["只有一列\n", "a.txt\t\ttypos/未来\n", "a\tb\tc\td\te\n"] {
            let error = Known::parse("known.tsv", text).unwrap_err().to_string();
            assert!(error.starts_with("known.tsv:1: "), "{error}");
        }
    }

    #[test]
    fn paths_match_by_whole_parts() {
        let line = |path: &str| KnownLine {
            line: 1,
            path: path.to_owned(),
            text: "末来".to_owned(),
            rule: String::new(),
            note: String::new(),
        };
        for (path, name, expected) in [
            ("", "a/b.txt", true),
            ("b.txt", "a/b.txt", true),
            ("b.txt", "a.zip!b.txt", true),
            ("a/b.txt", "a/b.txt", true),
            (".txt", "a/b.txt", false),
            ("c.txt", "a/b.txt", false),
        ] {
            assert_eq!(line(path).is_about(name), expected, "{path} {name}");
        }
    }
}
