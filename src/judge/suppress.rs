//! Suppression comments in pages and Markdown.
//!
//! ```html
//! <!-- zhengming-disable typos/部署 names/* -- 引用原文 -->      from here to the matching enable, or to the end
//! <!-- zhengming-enable typos/部署 names/* -->
//! <!-- zhengming-disable-next typos/部署 -- 引用原文 -->         the next block, or the rest of the one it stands in
//! ```
//!
//! Without rules a comment means all of them. A comment without a reason has no effect and is reported; so is one that
//! suppresses nothing.

use globset::GlobSet;

use super::{Candidate, Judge};
use crate::dictionary::RuleSelection;
use crate::document::{Directive, Document, LineIndex};
use crate::normalise::Folded;
use crate::source::{Code, DecodedText, Notice, Source};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Disable,
    DisableNext,
    Enable,
}

struct Suppression<'d> {
    directive: &'d Directive,
    rules: Option<GlobSet>,
    written: &'d str,
    /// Bytes of [`Document::text`] in which it holds.
    range: std::ops::Range<usize>,
    used: bool,
}

/// Drops suppressed candidates; gives notices about comments that are wrong or of no use.
pub(super) fn apply(
    source: &Source,
    document: &Document,
    decoded: Option<&DecodedText<'_>>,
    folded: &Folded<'_>,
    mut candidates: Vec<Candidate>,
    judge: &Judge,
) -> (Vec<Candidate>, Vec<Notice>) {
    if document.directives.is_empty() {
        return (candidates, Vec::new());
    }
    let lines = decoded.map(|decoded| (LineIndex::new(&decoded.text), &*decoded.text));
    let mut notices = Vec::new();
    let mut notice = |directive: &Directive, what: &str| {
        let line = lines.as_ref().map(|(index, text)| index.position(text, directive.origin.span.start).line);
        let place = line.map(|line| format!("第{line}行：")).unwrap_or_default();
        notices.push(Notice::warning(&source.name, Code::Suppression, format!("{place}{what}")));
    };
    let mut suppressions: Vec<Suppression<'_>> = Vec::new();
    for directive in &document.directives {
        let (head, reason) = match directive.text.split_once("--") {
            Some((head, reason)) => (head.trim(), reason.trim()),
            None => (directive.text.trim(), ""),
        };
        let (name, written) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
        let action = match name {
            "zhengming-disable" => Action::Disable,
            "zhengming-disable-next" => Action::DisableNext,
            "zhengming-enable" => Action::Enable,
            _ => {
                notice(
                    directive,
                    &format!(
                        "不认识的注释指令 {name}。可用的有 zhengming-disable、zhengming-disable-next、zhengming-enable"
                    ),
                );
                continue;
            }
        };
        let globs: Vec<String> =
            written.split([' ', ',', '\t', '\n']).filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
        let rules = if globs.is_empty() {
            None
        } else {
            match RuleSelection::globs(&globs) {
                Ok(rules) => Some(rules),
                Err(error) => {
                    notice(directive, &format!("注释中的规则写法有误（{error}），没有生效"));
                    continue;
                }
            }
        };
        if action == Action::Enable {
            for suppression in &mut suppressions {
                if suppression.range.end == usize::MAX && (globs.is_empty() || suppression.written == written) {
                    suppression.range.end = directive.at;
                }
            }
            continue;
        }
        if reason.is_empty() {
            notice(directive, "注释没有写明理由，没有生效。请在规则后写“-- 理由”");
            continue;
        }
        let end = match action {
            Action::DisableNext => document
                .blocks
                .iter()
                .find(|block| block.span.end > directive.at)
                .map_or(directive.at, |block| block.span.end),
            _ => usize::MAX,
        };
        suppressions.push(Suppression { directive, rules, written, range: directive.at..end, used: false });
    }
    let entries = judge.dictionary.entries();
    candidates.retain(|candidate| {
        let at = folded.to_text(candidate.span).start;
        let id = &entries[candidate.entry].id;
        let mut kept = true;
        for suppression in &mut suppressions {
            if suppression.range.contains(&at) && suppression.rules.as_ref().is_none_or(|rules| rules.is_match(id)) {
                suppression.used = true;
                kept = false;
            }
        }
        kept
    });
    for suppression in suppressions.iter().filter(|suppression| !suppression.used) {
        // A comment for rules that do not run this time may be of use the next time.
        let concerns =
            |rules: &GlobSet| entries.iter().any(|entry| rules.is_match(&entry.id) && judge.options.runs(entry));
        let known = |rules: &GlobSet| entries.iter().any(|entry| rules.is_match(&entry.id));
        match &suppression.rules {
            Some(rules) if !known(rules) => {
                notice(suppression.directive, &format!("注释所指的规则不存在：{}", suppression.written));
            }
            Some(rules) if !concerns(rules) => {}
            _ => notice(suppression.directive, "注释没有抑制任何问题，可以删除"),
        }
    }
    (candidates, notices)
}
