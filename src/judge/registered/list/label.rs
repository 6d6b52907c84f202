//! Labels of lists: which run a label stands for, its noun, and its numeral.

use std::ops::Range;

use super::compare::{Finding, doubt};
use super::run::{Is, Item, Run};
use super::text::{self, Separator, is_quote};
use super::{Enumeration, Found};

/// Bytes between a label and its list.
const REACH: usize = 150;

/// The label of a list beside a run.
#[derive(Debug)]
pub(super) struct Attached {
    /// Index into the list's labels.
    pub(super) label: usize,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Whether nothing else can be meant.
    pub(super) sure: bool,
    /// Whether the label stands after the run.
    pub(super) follows: bool,
    /// Items between the label and the run that are no members.
    pub(super) items: Vec<Range<usize>>,
}

/// The value of a Chinese numeral of one character.
pub(super) fn numeral(character: char) -> Option<usize> {
    "一二三四五六七八九十"
        .chars()
        .position(|one| one == character)
        .map(|at| at + 1)
        .or((character == '两').then_some(2))
}

/// The label that is attached to a run, if one is; the surest.
pub(super) fn attached(text: &str, list: &Enumeration, run: &Run, found: &Found) -> Option<Attached> {
    let span = run.span();
    let near = found.labels.iter().filter_map(|(label, number)| {
        if label.end <= span.start && span.start - label.end <= REACH {
            introduced(text, list, label, span.start, *number)
        } else if span.end <= label.start && label.start - span.end <= REACH {
            concluded(text, list, span.end, label, *number)
        } else {
            None
        }
    });
    near.min_by_key(|attached| (!attached.sure, attached.items.len()))
}

/// A label before the run: “四个意识”，即政治意识、…
fn introduced(text: &str, list: &Enumeration, span: &Range<usize>, to: usize, label: usize) -> Option<Attached> {
    let from = span.end;
    let between = &text[from..to];
    let (sure, at) = text::opener(between, list.noun.as_deref());
    let sure = sure?;
    let rest = &between[at..];
    if rest.is_empty() {
        return Some(Attached { label, span: span.clone(), sure, follows: false, items: Vec::new() });
    }
    let (separator, end) = text::trailing(rest);
    let items = text::split_items(text, from + at..from + at + end)?;
    let fits = separator == Separator::List && items.iter().all(|item| list.is_in_form(&text[item.clone()]));
    fits.then_some(Attached { label, span: span.clone(), sure, follows: false, items })
}

/// A label after the run: 政治意识、…“四个意识”.
fn concluded(text: &str, list: &Enumeration, from: usize, span: &Range<usize>, label: usize) -> Option<Attached> {
    let between = &text[from..span.start];
    let (sure, end) = text::connector(between);
    let rest = &between[..end];
    if rest.is_empty() {
        return Some(Attached { label, span: span.clone(), sure, follows: true, items: Vec::new() });
    }
    let (separator, at) = text::leading(rest);
    let items = text::split_items(text, from + at..from + end)?;
    let fits = separator == Separator::List && items.iter().all(|item| list.is_in_form(&text[item.clone()]));
    fits.then_some(Attached { label, span: span.clone(), sure, follows: true, items })
}

/// The run with the items between it and its label.
pub(super) fn with_items(mut run: Run, attached: &Attached) -> Run {
    let items = attached.items.iter().map(|span| Item { span: span.clone(), is: Is::Foreign });
    if attached.follows {
        run.items.extend(items);
    } else {
        run.items.splice(0..0, items);
    }
    let gaps = std::iter::repeat_n(Separator::List, attached.items.len());
    if attached.follows {
        run.gaps.extend(gaps);
    } else {
        run.gaps.splice(0..0, gaps);
    }
    run
}

/// Labels that are followed by the noun of another label: “五位一体”战略布局.
pub(super) fn wrong_nouns<'a>(
    text: &'a str,
    date: &'a str,
    list: &'a Enumeration,
    found: &'a Found,
    lists: &'a [Enumeration],
) -> impl Iterator<Item = Finding> + 'a {
    found.labels.iter().filter_map(move |(span, label)| {
        let right = list.noun.as_deref().filter(|_| list.holds(date))?;
        let after = text[span.end..].trim_start_matches(is_quote);
        let noun = after.strip_prefix('的').unwrap_or(after);
        let wrong = list.wrong_nouns.iter().find(|wrong| noun.starts_with(wrong.as_str()))?;
        // “五位一体”“四个全面”总体布局: the noun may belong to the label before.
        let before = text[..span.start].trim_end_matches(text::is_mark);
        let before = before.strip_suffix(['和', '与', '及']).unwrap_or(before).trim_end_matches(text::is_mark);
        let joint = before.len() < span.start
            && lists.iter().any(|other| {
                other.noun.as_deref() == Some(wrong)
                    && other.labels.iter().any(|other| before.ends_with(other.as_str()))
            });
        let start = text.len() - noun.len();
        (!joint).then(|| Finding {
            span: start..start + wrong.len(),
            suggestion: right.to_owned(),
            reason: format!("“{}”应与“{right}”搭配，此处误作“{wrong}”。", list.labels[*label]),
            outdated: false,
            doubt: doubt(0, 1),
        })
    })
}

/// A complete list whose label has another numeral: 政治意识、大局意识、核心意识、看齐意识“五个意识”.
pub(super) fn wrong_count(text: &str, list: &Enumeration, run: &Run, lists: &[Enumeration]) -> Option<Finding> {
    let is_free = |edge: Option<super::run::Edge>| edge.is_none_or(|edge| edge.separator != Separator::List);
    if run.items.len() != list.members.len() || !is_free(run.left_edge(text)) || !is_free(run.right_edge(text)) {
        return None;
    }
    let span = run.span();
    let named = list.labels.iter().filter(|label| list.is_counted_by(label)).filter_map(|label| {
        let tail = label.strip_prefix(|first| numeral(first) == Some(list.members.len()))?;
        (tail.chars().count() >= 2).then_some((label, tail))
    });
    for (label, tail) in named {
        let after = text[span.end..].find(tail).map(|at| span.end + at);
        let before = text[..span.start].rfind(tail);
        for at in [after, before].into_iter().flatten() {
            let Some(wrong) = text[..at].chars().next_back() else { continue };
            let start = at - wrong.len_utf8();
            let end = at + tail.len();
            if numeral(wrong).is_none_or(|count| count == list.members.len())
                || text[..start].ends_with(|before| before == '第' || numeral(before).is_some())
                || start.abs_diff(span.end).min(end.abs_diff(span.start)) > REACH
            {
                continue;
            }
            let adjoins = if start >= span.end {
                let between = &text[span.end..start];
                !between.contains('等') && text::connector(between).1 == 0
            } else {
                let between = &text[end..span.start];
                let (found, used) = text::opener(between, list.noun.as_deref());
                found.is_some() && used == between.len()
            };
            let written = &text[start..end];
            let registered = lists.iter().any(|other| other.labels.iter().any(|label| label == written));
            if adjoins && !registered {
                return Some(Finding {
                    span: start..end,
                    suggestion: label.clone(),
                    reason: format!("{}，此处误作“{written}”。", list.statement(Some(label))),
                    outdated: false,
                    doubt: doubt(0, 1),
                });
            }
        }
    }
    None
}
