//! Runs: members of one list that stand in a row as an enumeration, and what stands at their ends.

use std::ops::Range;

use super::Enumeration;
use super::text::{self, Gap, Separator, is_slip, is_stop, is_variant};
use crate::engine::agrees;

/// What an item of a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// This member.
    Member(usize),
    /// This member with a slip.
    Slip(usize),
    /// This member in other words, which is nobody's error.
    Variant(usize),
    /// No member.
    Foreign,
}

impl Is {
    pub(super) fn member(self) -> Option<usize> {
        match self {
            Is::Member(member) | Is::Slip(member) | Is::Variant(member) => Some(member),
            Is::Foreign => None,
        }
    }
}

/// One item, as offsets in the block.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) span: Range<usize>,
    pub(super) is: Is,
}

/// Items in a row.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) items: Vec<Item>,
    /// What stands between each item and the next.
    pub(super) gaps: Vec<Separator>,
}

/// An item beside a run that is no member.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) separator: Separator,
    pub(super) item: Range<usize>,
}

impl Run {
    pub(super) fn span(&self) -> Range<usize> {
        match (self.items.first(), self.items.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        }
    }

    /// Whether the list's own separators stand between all items.
    pub(super) fn is_plain_list(&self) -> bool {
        self.gaps.iter().all(|&gap| gap == Separator::List)
    }

    /// Where all members stand in a row as they should, if they do.
    pub(super) fn exact(&self, list: &Enumeration) -> Option<Range<usize>> {
        let window = self.items.windows(list.members.len()).find(|window| {
            let mut members: Vec<Option<usize>> = window
                .iter()
                .map(|item| match item.is {
                    Is::Member(member) => Some(member),
                    _ => None,
                })
                .collect();
            if !list.ordered {
                members.sort_unstable();
            }
            members.into_iter().eq((0..list.members.len()).map(Some))
        })?;
        Some(window[0].span.start..window[window.len() - 1].span.end)
    }

    /// An item that says again what the item before it says.
    pub(super) fn repeated(&self) -> Option<usize> {
        (1..self.items.len()).find(|&index| {
            let member = self.items[index].is.member();
            self.gaps[index - 1] == Separator::List && member.is_some() && self.items[index - 1].is.member() == member
        })
    }

    /// Members of which there is no item.
    pub(super) fn missing(&self, list: &Enumeration) -> Vec<usize> {
        (0..list.members.len())
            .filter(|&member| !self.items.iter().any(|item| item.is.member() == Some(member)))
            .collect()
    }

    /// Recognises members with slips, and in other words, among the items that are none.
    pub(super) fn recognise(&mut self, text: &str, list: &Enumeration) {
        for index in 0..self.items.len() {
            if self.items[index].is != Is::Foreign {
                continue;
            }
            let word = &text[self.items[index].span.clone()];
            let missing = self.missing(list);
            let like = |like: &dyn Fn(&str, &[char]) -> bool| {
                missing.iter().copied().find(|&member| like(word, &list.members[member].core))
            };
            if let Some(member) = like(&is_slip) {
                self.items[index].is = Is::Slip(member);
            } else if let Some(member) = like(&is_variant) {
                self.items[index].is = Is::Variant(member);
            }
        }
    }

    /// Takes the item beside the run in if it is the only missing member with a slip.
    pub(super) fn recognise_edges(&mut self, text: &str, list: &Enumeration) {
        let [member] = self.missing(list)[..] else { return };
        if self.items.iter().any(|item| item.is == Is::Foreign) {
            return;
        }
        let first = !list.ordered || member == 0;
        let last = !list.ordered || member + 1 == list.members.len();
        if first
            && let Some(edge) = self.left_edge(text)
            && let Some(span) = slip_at_end(text, &edge, list, member)
        {
            self.items.insert(0, Item { span, is: Is::Slip(member) });
            self.gaps.insert(0, edge.separator);
        } else if last
            && let Some(edge) = self.right_edge(text)
            && let Some(span) = slip_at_start(text, &edge, list, member)
        {
            self.items.push(Item { span, is: Is::Slip(member) });
            self.gaps.push(edge.separator);
        }
    }

    /// Takes in the item at the end away from the label, if it looks like a member.
    pub(super) fn take_far_edge(&mut self, text: &str, list: &Enumeration, label_follows: bool) {
        let edge = if label_follows { self.left_edge(text) } else { self.right_edge(text) };
        let Some(edge) = edge.filter(|edge| edge.separator == Separator::List) else { return };
        // Before the run the item may begin with the verb that governs the list.
        let item = &text[edge.item.clone()];
        let alone = !label_follows || (list.is_uniform() && list.members[0].core.len() == item.chars().count());
        if alone && list.is_in_form(item) {
            let at = if label_follows { 0 } else { self.items.len() };
            self.items.insert(at, Item { span: edge.item, is: Is::Foreign });
            self.gaps.insert(at.min(self.gaps.len()), edge.separator);
        }
    }

    /// What stands before the run, if a separator stands between.
    pub(super) fn left_edge(&self, text: &str) -> Option<Edge> {
        let (separator, end) = text::trailing(&text[..self.span().start]);
        let start = text[..end].char_indices().rev().take_while(|&(_, character)| !is_stop(character)).last()?.0;
        (separator != Separator::None).then_some(Edge { separator, item: start..end })
    }

    /// What stands after the run, if a separator stands between.
    pub(super) fn right_edge(&self, text: &str) -> Option<Edge> {
        let from = self.span().end;
        let (separator, at) = text::leading(&text[from..]);
        let start = from + at;
        let end = text[start..].find(is_stop).map_or(text.len(), |at| start + at);
        (separator != Separator::None && start < end).then_some(Edge { separator, item: start..end })
    }
}

/// The end of the item that is `member` with a slip. What is before it may be the verb that governs the list.
fn slip_at_end(text: &str, edge: &Edge, list: &Enumeration, member: usize) -> Option<Range<usize>> {
    let right = &list.members[member];
    let item = &text[edge.item.clone()];
    if is_slip(item, &right.core) && (edge.separator == Separator::List || right.core.len() > 2) {
        return Some(edge.item.clone());
    }
    if edge.separator != Separator::List || right.core.len() < 3 {
        return None;
    }
    [right.core.len(), right.core.len() - 1, right.core.len() + 1].into_iter().find_map(|length| {
        let start = item.char_indices().rev().nth(length - 1)?.0;
        let span = edge.item.start + start..edge.item.end;
        let word = &text[span.clone()];
        // The slip may be in the first character only if the word does begin there: 树|立治意识 has lost a character.
        let begins = word.chars().next() == right.core.first().copied()
            || (length <= right.core.len() && agrees(text, span.start, span.end, std::slice::from_ref(&right.text)));
        (begins && is_slip(word, &right.core)).then_some(span)
    })
}

/// The same for the start of the item after the run.
fn slip_at_start(text: &str, edge: &Edge, list: &Enumeration, member: usize) -> Option<Range<usize>> {
    let right = &list.members[member];
    let item = &text[edge.item.clone()];
    if is_slip(item, &right.core) && (edge.separator == Separator::List || right.core.len() > 2) {
        return Some(edge.item.clone());
    }
    if edge.separator != Separator::List {
        return None;
    }
    [right.core.len(), right.core.len() - 1, right.core.len() + 1].into_iter().find_map(|length| {
        let end = item.char_indices().nth(length)?.0;
        let span = edge.item.start..edge.item.start + end;
        let word = &text[span.clone()];
        let closed = item[end..].starts_with(['的', '等']);
        let ends = closed
            || (right.core.len() > 2
                && (word.chars().next_back() == right.core.last().copied()
                    || (length <= right.core.len()
                        && agrees(text, span.start, span.end, std::slice::from_ref(&right.text)))));
        (ends && is_slip(word, &right.core)).then_some(span)
    })
}

/// Divides the members of `list` found in a block into runs; `hits` are in order of position.
pub(super) fn runs(text: &str, list: &Enumeration, hits: &[(Range<usize>, usize)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (span, member) in hits {
        let item = Item { span: span.clone(), is: Is::Member(*member) };
        let extended = runs.last_mut().is_some_and(|run| extend(text, list, run, &item));
        if !extended {
            runs.push(Run { items: vec![item], gaps: Vec::new() });
        }
    }
    runs.retain(|run| run.items.len() > 1);
    runs
}

fn extend(text: &str, list: &Enumeration, run: &mut Run, next: &Item) -> bool {
    let end = run.span().end;
    if next.span.start < end || next.span.start - end > list.reach {
        return false;
    }
    let like_member = |item: &str| list.members.iter().any(|member| is_slip(item, &member.core));
    match text::gap(text, end, next.span.start, like_member) {
        None => false,
        Some(Gap::Separator(separator)) => {
            // After a comma a member that was there before begins a new sentence about it.
            let again = separator != Separator::List && run.items.iter().any(|item| item.is == next.is);
            if !again {
                run.gaps.push(separator);
                run.items.push(next.clone());
            }
            !again
        }
        Some(Gap::Items { items, strong }) => {
            let separator = if strong { Separator::List } else { Separator::Clause };
            for span in items {
                run.gaps.push(separator);
                run.items.push(Item { span, is: Is::Foreign });
            }
            run.gaps.push(separator);
            run.items.push(next.clone());
            true
        }
    }
}
