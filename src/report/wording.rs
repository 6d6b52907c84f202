//! What several renderers say in the same words: right forms, and places inside a file.

use std::borrow::Cow;

use crate::dictionary::Severity;
use crate::judge::{Finding, Location, TextPoint};
use crate::source::Level;

/// A finding's place for consumers that know files and lines only.
pub(super) struct Target<'f> {
    /// The file on disk; for members of archives the outermost archive.
    pub(super) file: &'f str,
    /// First character and one past the last, where the file itself is text.
    pub(super) span: Option<(TextPoint, TextPoint)>,
    /// Where inside the file, for what has no lines of its own: `附件/通知.docx 第3段第12字`.
    pub(super) inside: Option<String>,
}

impl<'f> Target<'f> {
    pub(super) fn of(finding: &'f Finding) -> Self {
        let (file, inner) = outermost(&finding.path);
        let label = || finding.location.label();
        let (span, inside) = match (&finding.location, inner) {
            (Location::Text { start, end, .. }, None) => (Some((*start, *end)), None),
            (_, None) => (None, Some(label())),
            (_, Some(inner)) => (None, Some(format!("{} {}", inner, label()))),
        };
        Target { file, span, inside }
    }
}

/// Splits a name chain into the file on disk and the chain inside it.
pub(crate) fn outermost(path: &str) -> (&str, Option<&str>) {
    match links(path).next() {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    }
}

/// The members of a name chain, from the outside in.
pub(crate) fn members(path: &str) -> impl Iterator<Item = &str> {
    let borders = links(path).map(Some).chain([None]);
    borders.scan(0, move |start, border| {
        let member = &path[*start..border.unwrap_or(path.len())];
        *start = border.map_or(path.len(), |at| at + 1);
        Some(member)
    })
}

/// Where a name chain enters an archive. A `!` in a file's own name does not count: what stands before it must end like
/// the name of a file.
fn links(path: &str) -> impl Iterator<Item = usize> {
    path.match_indices('!').map(|(at, _)| at).filter(|&at| {
        let extension =
            path[..at].rsplit(['/', '!']).next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
        extension.is_some_and(|extension| {
            (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// The right forms, short enough for a label: `应为：甲 或 乙`.
pub(super) fn right_forms(finding: &Finding) -> Option<String> {
    let first = finding.suggestions.first()?;
    let (delete, write) = verbs(finding);
    Some(if first.is_empty() { delete.to_owned() } else { format!("{write}：{}", finding.suggestions.join(" 或 ")) })
}

/// A recommendation must not sound like the correction of an error.
fn verbs(finding: &Finding) -> (&'static str, &'static str) {
    if finding.severity == Severity::Advice { ("宜删去", "宜用") } else { ("应删去", "应为") }
}

/// The message in one line, with the right forms added if the message does not say what they are.
pub(crate) fn sentence(finding: &Finding) -> String {
    let message = &finding.message;
    let named =
        |right: &String| ["应为", "宜用", "推荐使用"].iter().any(|verb| message.contains(&format!("{verb}“{right}”")));
    let (delete, write) = verbs(finding);
    let said = match finding.suggestions.first() {
        None => String::new(),
        Some(right) if named(right) => String::new(),
        Some(right) if right.is_empty() => format!("{delete}。"),
        Some(_) => format!("{write}“{}”。", finding.suggestions.join("”或“")),
    };
    visible(&format!("{message}{said}"))
}

/// All that a consumer shows which knows a file and perhaps a line: the place inside the file and the words around the
/// hit too, where the file cannot be looked at by line.
pub(super) fn alert(finding: &Finding, target: &Target<'_>) -> String {
    match &target.inside {
        Some(inside) => format!("{}：{}原文：{}", visible(inside), sentence(finding), quotation(finding)),
        None => sentence(finding),
    }
}

/// The first suggestion, where the hit stands in the file as it was read: with markup, entities or line breaks in between, an
/// editor has to decide what becomes of them.
pub(super) fn replacement(finding: &Finding, start: TextPoint, end: TextPoint) -> Option<&str> {
    let right = finding.suggestions.first()?;
    let as_read = start.line == end.line && end.column - start.column == finding.text.chars().count();
    (as_read && !right.contains(['<', '&'])).then_some(right)
}

/// The text found between its neighbours, in one line: `要求【布署】工作`.
fn quotation(finding: &Finding) -> String {
    let context = &finding.context;
    visible(&format!("{}【{}】{}", context.before, finding.text, context.after))
}

/// Text on one line and without characters that a terminal would act upon: line breaks become `⏎`, tabs blanks, other
/// controls `�`; what has no width of its own and joins nothing goes.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push('⏎'),
            '\t' => shown.push(' '),
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => {}
            '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => shown.push('\u{FFFD}'),
            character if character.is_control() => shown.push('\u{FFFD}'),
            character => shown.push(character),
        }
    }
    shown
}

/// Replaces what XML 1.0 cannot hold, not even escaped (production 2, `Char`).
pub(crate) fn legal(text: &str) -> Cow<'_, str> {
    let illegal =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.contains(illegal) { Cow::Owned(text.replace(illegal, "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

/// A level of code hosts and build servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    Error,
    Warning,
    Note,
}

impl From<Severity> for Gravity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Serious => Gravity::Error,
            Severity::Error => Gravity::Warning,
            Severity::Advice => Gravity::Note,
        }
    }
}

impl From<Level> for Gravity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Gravity::Error,
            Level::Warning => Gravity::Warning,
        }
    }
}

/// The name of a notice's level that editors read.
pub(super) fn level_label(level: Level) -> &'static str {
    match level {
        Level::Error => "错误",
        Level::Warning => "警告",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_act_upon_the_terminal() {
        assert_eq!(
            visible("甲\r\n乙\n丙\t丁\u{1B}[31m戊\u{202E}己\u{200B}庚"),
            "甲⏎乙⏎丙 丁\u{FFFD}[31m戊\u{FFFD}己庚"
        );
    }

    #[test]
    fn chains_are_told_from_exclamation_marks() {
        let split = |path| members(path).collect::<Vec<_>>();
        assert_eq!(split("a/b.html"), ["a/b.html"]);
        assert_eq!(split("a.zip!b/c.ZIP!附件.docx"), ["a.zip", "b/c.ZIP", "附件.docx"]);
        assert_eq!(split("重要!.html"), ["重要!.html"]);
        assert_eq!(split("第1.附件!通知.html"), ["第1.附件!通知.html"]);
        assert_eq!(split("包.zip!重要!.html"), ["包.zip", "重要!.html"]);
        assert_eq!(outermost("a.zip!b.zip!c.docx"), ("a.zip", Some("b.zip!c.docx")));
        assert_eq!(outermost(""), ("", None));
    }
}
