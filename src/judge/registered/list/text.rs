//! How enumerations are written: separators, quotation marks, what introduces a list after its label and what joins a
//! list to a label that follows it.

use std::ops::Range;

use super::marks::mark;
pub(super) use super::marks::{Separator, is_mark, is_quote};

/// What stands between two members.
#[derive(Debug)]
pub(super) enum Gap {
    /// Nothing but a separator.
    Separator(Separator),
    /// Items that are no members, as offsets in the text. `strong` if only list separators stand around them.
    Items { items: Vec<Range<usize>>, strong: bool },
}

const CONJUNCTIONS: [&str; 6] = ["以及", "和", "与", "及", "暨", "并"];

/// Words that close a list which is not complete.
const REST: [&str; 4] = ["等", "……", "...", "及其他"];

/// What may stand between a label and its list, besides quotation marks and the label's noun. The first group leaves no
/// doubt that the list follows.
const OPENERS: [(&str, bool); 33] = [
    ("的基本内容", false),
    ("的主要内容", false),
    ("的具体内容", false),
    ("的核心内容", false),
    ("的内容", false),
    ("的内涵", false),
    ("指的是", true),
    ("分别是", true),
    ("分别为", true),
    ("具体是", true),
    ("具体为", true),
    ("主要是", true),
    ("也就是", true),
    ("主要指", true),
    ("是指", true),
    ("就是", true),
    ("即为", true),
    ("包括", true),
    ("即", true),
    ("指", true),
    ("是", true),
    ("为", true),
    ("：", true),
    (":", true),
    ("（", true),
    ("(", true),
    ("【", true),
    ("——", true),
    ("—", true),
    ("，", false),
    (",", false),
    ("这", false),
    ("要求", false),
];

/// What may stand between a list and its label, read from the label backwards.
const CONNECTORS: [(&str, bool); 25] = [
    ("为主要内容的", true),
    ("为基本内容的", true),
    ("为核心内容的", true),
    ("为内容的", true),
    ("以下简称", true),
    ("简称为", true),
    ("构成的", true),
    ("组成的", true),
    ("这些", false),
    ("这个", false),
    ("也就是", true),
    ("简称", true),
    ("就是", true),
    ("统称", true),
    ("这", true),
    ("的", false),
    ("等", false),
    ("即", true),
    ("，", false),
    (",", false),
    ("——", true),
    ("—", true),
    ("（", true),
    ("(", true),
    ("：", false),
];

/// Whether a character ends an item.
pub(super) fn is_stop(character: char) -> bool {
    !character.is_alphanumeric()
}

/// The offset at which the sentence around `at` begins.
pub(super) fn sentence_start(text: &str, at: usize) -> usize {
    text[..at]
        .rfind(['。', '！', '？', '!', '?'])
        .map_or(0, |found| found + text[found..].chars().next().map_or(1, char::len_utf8))
}

/// The offset at which the sentence around `at` ends.
pub(super) fn sentence_end(text: &str, at: usize) -> usize {
    text[at..].find(['。', '！', '？', '!', '?']).map_or(text.len(), |found| at + found)
}

/// Separator at the beginning of `text`, and where the rest begins.
pub(super) fn leading(text: &str) -> (Separator, usize) {
    let (mut kind, mut at) = leading_marks(text);
    let conjunction = CONJUNCTIONS.iter().find(|word| {
        // After a mark a single character is more likely the beginning of an item.
        text[at..].starts_with(**word) && (kind == Separator::None || word.chars().nth(1).is_some())
    });
    if let Some(word) = conjunction {
        kind = Separator::List;
        at += word.len();
        at += leading_marks(&text[at..]).1;
    }
    (kind, at)
}

fn leading_marks(text: &str) -> (Separator, usize) {
    let end = text.find(|character| !is_mark(character)).unwrap_or(text.len());
    (separator(&text[..end]), end)
}

/// The surest separator among marks. Quoted items need no other: “甲”“乙”.
fn separator(marks: &str) -> Separator {
    if ["”“", "’‘", "」「", "』『", "\"\""].iter().any(|quotes| marks.contains(quotes)) {
        return Separator::List;
    }
    marks.chars().filter_map(mark).max().unwrap_or(Separator::None)
}

/// Separator at the end of `text`, and where what is before it ends.
pub(super) fn trailing(text: &str) -> (Separator, usize) {
    let (mut kind, mut end) = trailing_marks(text);
    if kind == Separator::None
        && let Some(word) = CONJUNCTIONS.iter().find(|word| text[..end].ends_with(**word))
    {
        end -= word.len();
        kind = Separator::List;
        end = trailing_marks(&text[..end]).1;
    }
    (kind, end)
}

fn trailing_marks(text: &str) -> (Separator, usize) {
    let end = text.trim_end_matches(is_mark).len();
    (separator(&text[end..]), end)
}

/// Reads what stands between two members at `from..to`; `None` if it is not part of an enumeration. `like_member` says
/// whether an item could be a member with a slip.
pub(super) fn gap(text: &str, from: usize, to: usize, like_member: impl Fn(&str) -> bool) -> Option<Gap> {
    let between = &text[from..to];
    let (opening, start) = leading(between);
    if start == between.len() {
        return Some(Gap::Separator(opening));
    }
    let (closing, end) = trailing(&between[start..]);
    let inside = from + start..from + start + end;
    let items = split_items(text, inside)?;
    let strong = opening == Separator::List && closing == Separator::List;
    let only = matches!(&items[..], [only] if like_member(&text[only.clone()]));
    // Without separators on both sides, or with commas, it may be anything but a slip.
    let consistent = (opening == Separator::None) == (closing == Separator::None);
    (strong || (consistent && only)).then_some(Gap::Items { items, strong })
}

/// Divides what stands between list separators; `None` if it holds other punctuation or more than two items.
pub(super) fn split_items(text: &str, inside: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut items = Vec::new();
    let mut at = inside.start;
    for piece in text[inside].split('、') {
        let trimmed = piece.trim_matches(is_quote);
        let start = at + (piece.len() - piece.trim_start_matches(is_quote).len());
        if trimmed.is_empty() || trimmed.chars().any(is_stop) || items.len() == 2 {
            return None;
        }
        items.push(start..start + trimmed.len());
        at += piece.len() + '、'.len_utf8();
    }
    Some(items)
}

/// Whether a list that ends before `after` is left open: 等.
pub(super) fn is_open(after: &str) -> bool {
    let after = after.trim_start_matches(is_quote);
    REST.iter().any(|rest| after.starts_with(rest))
}

/// Reads what introduces a list after its label. Gives whether it leaves no doubt (`None` if it introduces nothing) and
/// where the rest begins.
pub(super) fn opener(text: &str, noun: Option<&str>) -> (Option<bool>, usize) {
    let mut at = 0;
    let mut found = None;
    loop {
        let rest = &text[at..];
        let closed = rest.trim_start_matches(|character| is_quote(character) || character == ' ');
        if closed.len() < rest.len() {
            at += rest.len() - closed.len();
        } else if let Some(noun) = noun.filter(|noun| found.is_none() && rest.starts_with(noun)) {
            at += noun.len();
        } else if let Some((word, sure)) = OPENERS.iter().find(|(word, _)| rest.starts_with(word)) {
            found = Some(found.unwrap_or(false) || *sure);
            at += word.len();
        } else {
            return (found, at);
        }
    }
}

/// Reads what joins a list to a label after it. Gives whether it leaves no doubt and where the rest ends.
pub(super) fn connector(text: &str) -> (bool, usize) {
    let mut end = text.len();
    let mut sure = None;
    loop {
        let rest = &text[..end];
        let open = rest.trim_end_matches(|character| is_quote(character) || character == ' ');
        if open.len() < rest.len() {
            end = open.len();
        } else if let Some((word, certain)) = CONNECTORS.iter().find(|(word, _)| rest.ends_with(word)) {
            sure = Some(sure.unwrap_or(true) && *certain);
            end -= word.len();
        } else {
            return (sure.unwrap_or(true), end);
        }
    }
}

/// Whether two texts differ by one wrong, dropped, added or swapped character (optimal string alignment distance 1).
pub(super) fn is_slip(text: &str, right: &[char]) -> bool {
    let text: Vec<char> = text.chars().filter(|&character| !is_mark(character)).collect();
    let prefix = text.iter().zip(right).take_while(|(one, two)| one == two).count();
    let suffix =
        text[prefix..].iter().rev().zip(right[prefix..].iter().rev()).take_while(|(one, two)| one == two).count();
    let (wrong, right) = (&text[prefix..text.len() - suffix], &right[prefix..right.len() - suffix]);
    match (wrong, right) {
        ([_], [_]) => true,
        ([_], []) | ([], [_]) => text.len() >= 2 && prefix + suffix >= 2,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// Whether one text is the other with two or more characters left out: a member in other words rather than a slip.
pub(super) fn is_variant(text: &str, right: &[char]) -> bool {
    let text: Vec<char> = text.chars().filter(|&character| !is_mark(character)).collect();
    let (short, long) = if text.len() < right.len() { (&text[..], right) } else { (right, &text[..]) };
    let mut rest = long.iter();
    short.len() * 2 >= long.len() && short.iter().all(|character| rest.any(|other| other == character))
}
