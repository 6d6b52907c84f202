//! GitHub Actions workflow commands (docs.github.com, “Workflow commands for GitHub Actions”), escaped as
//! `actions/toolkit` does.
//!
//! Serious errors become `error`, ordinary ones `warning`, advice `notice`, as in SARIF; notices become `error` where
//! something was not read, else `warning`. Lines and columns count from 1, columns in characters; `endColumn` is the
//! last column of the hit, and columns are left out where a hit spans lines, as GitHub asks for. Documents have no lines:
//! their annotations belong to the file, and the message begins with the place. GitHub shows the first ten annotations
//! of each level for a step; the log has all of them.

use std::borrow::Cow;
use std::io::{self, Write};

use super::wording::{Gravity, Target, alert, level_label, outermost};
use super::{Piecewise, Summary};
use crate::judge::Finding;
use crate::source::Notice;

/// Workflow commands, one a line.
pub(super) struct Github;

impl Piecewise for Github {
    fn finding(&self, finding: &Finding, _: bool, out: &mut dyn Write) -> io::Result<()> {
        let target = Target::of(finding);
        write!(out, "::{} file={}", command(finding.severity.into()), property(target.file))?;
        if let Some((start, end)) = target.span {
            write!(out, ",line={}", start.line)?;
            if start.line == end.line {
                let last = end.column.saturating_sub(1).max(start.column);
                write!(out, ",col={},endLine={},endColumn={last}", start.column, end.line)?;
            } else {
                write!(out, ",endLine={}", end.line)?;
            }
        }
        let title = format!("{}[{}]", finding.severity.label(), finding.rule);
        writeln!(out, ",title={}::{}", property(&title), data(&alert(finding, &target)))
    }

    fn notice(&self, notice: &Notice, _: bool, out: &mut dyn Write) -> io::Result<()> {
        let (file, inner) = outermost(&notice.path);
        write!(out, "::{} ", command(notice.level.into()))?;
        if !file.is_empty() {
            write!(out, "file={},", property(file))?;
        }
        let title = format!("{}[{}]", level_label(notice.level), notice.code.as_str());
        let message = match inner {
            Some(inner) => Cow::Owned(format!("{inner}：{}", notice.message)),
            None => Cow::Borrowed(&notice.message),
        };
        writeln!(out, "title={}::{}", property(&title), data(&message))
    }

    fn end(&self, _: &Summary, _: bool, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn command(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
        Gravity::Note => "notice",
    }
}

/// Escapes what follows the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
