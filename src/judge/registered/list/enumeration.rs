//! A registered list and what can be said of it without a text.

use super::label::numeral;
use super::text;
use crate::dictionary::{Entry, List};
use crate::document::Scope;
use crate::normalise::fold_str;

/// A registered list.
#[derive(Debug)]
pub(super) struct Enumeration {
    /// Index of its entry.
    pub(super) entry: usize,
    pub(super) reports: bool,
    pub(super) labels: Vec<String>,
    pub(super) members: Vec<Member>,
    pub(super) ordered: bool,
    pub(super) noun: Option<String>,
    pub(super) wrong_nouns: Vec<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) scopes: Vec<Scope>,
    /// Whether its members belong, in this order, to a longer list as well.
    pub(super) nested: bool,
    /// Bytes that may stand between two members of one enumeration: two items and their separators.
    pub(super) reach: usize,
}

#[derive(Debug)]
pub(super) struct Member {
    /// As it is suggested.
    pub(super) text: String,
    /// Without quotation marks and separators, which writers set differently.
    pub(super) core: Vec<char>,
}

impl Enumeration {
    pub(super) fn new(index: usize, entry: &Entry, list: &List, reports: bool) -> Self {
        let members: Vec<Member> = list
            .members
            .iter()
            .map(|member| {
                let text = fold_str(member);
                let core = text.chars().filter(|&character| !text::is_mark(character)).collect();
                Member { text, core }
            })
            .collect();
        let longest = members.iter().map(|member| member.text.len()).max().unwrap_or(0);
        Enumeration {
            entry: index,
            reports,
            labels: list.labels.iter().map(|label| fold_str(label)).collect(),
            members,
            ordered: list.ordered,
            noun: list.noun.as_deref().map(fold_str),
            wrong_nouns: list.wrong_nouns.iter().map(|noun| fold_str(noun)).collect(),
            from: entry.from.clone(),
            to: entry.to.clone(),
            scopes: entry.scopes.clone(),
            nested: false,
            reach: 2 * longest + 60,
        }
    }

    /// Whether it is the right list on a day.
    pub(super) fn holds(&self, date: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= date) && self.to.as_deref().is_none_or(|to| date <= to)
    }

    /// Characters of its shortest member.
    pub(super) fn shortest(&self) -> usize {
        self.members.iter().map(|member| member.core.len()).min().unwrap_or(0)
    }

    /// Whether its members are hardly ever enumerated for another purpose.
    pub(super) fn is_distinctive(&self) -> bool {
        self.members.len() >= 4 && (self.shortest() >= 3 || self.members.len() >= 5)
    }

    /// Whether `label` says how many members there are: 四个意识, 三严三实, 五位一体.
    pub(super) fn is_counted_by(&self, label: &str) -> bool {
        let numerals: Vec<usize> = label.chars().filter_map(numeral).collect();
        let begins = label.chars().next().and_then(numeral);
        begins.is_some_and(|first| first == self.members.len() || numerals.iter().sum::<usize>() == self.members.len())
    }

    pub(super) fn shares_label(&self, other: &Enumeration) -> bool {
        self.labels.iter().any(|label| other.labels.contains(label))
    }

    /// Whether all its members belong to `other` as well.
    pub(super) fn is_part_of(&self, other: &Enumeration) -> bool {
        self.members.iter().all(|member| other.members.iter().any(|one| one.core == member.core))
    }

    /// What all members begin with and end with.
    fn common(&self) -> (Option<char>, Option<char>) {
        let common = |end: fn(&[char]) -> Option<&char>| {
            let first = self.members.first().and_then(|member| end(&member.core));
            first.filter(|first| self.members.iter().all(|member| end(&member.core) == Some(first))).copied()
        };
        (common(<[char]>::first), common(<[char]>::last))
    }

    /// Whether its members are all as long, and begin or end alike: 政治意识, 大局意识.
    pub(super) fn is_uniform(&self) -> bool {
        let (first, last) = self.common();
        (first.is_some() || last.is_some())
            && self.members.iter().all(|member| member.core.len() == self.members[0].core.len())
    }

    /// Whether `other` is longer and has all its members in this order.
    pub(super) fn is_nested_in(&self, other: &Enumeration) -> bool {
        let mut rest = other.members.iter();
        other.members.len() > self.members.len()
            && self.members.iter().all(|member| rest.any(|one| one.core == member.core))
    }

    /// Whether an item looks like a member: as long as one, and with what all members begin or end with.
    pub(super) fn is_in_form(&self, item: &str) -> bool {
        let item: Vec<char> = item.chars().filter(|&character| !text::is_mark(character)).collect();
        let lengths = || self.members.iter().map(|member| member.core.len());
        let fits = lengths().min().is_some_and(|least| least <= item.len() + 1)
            && lengths().max().is_some_and(|most| item.len() <= most + 1);
        let (first, last) = self.common();
        fits && first.is_none_or(|first| item.first() == Some(&first))
            && last.is_none_or(|last| item.last() == Some(&last))
            && (first.is_some() || last.is_some() || lengths().any(|length| length == item.len()))
    }

    /// All members.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.members.iter().map(|member| member.text.as_str()).collect();
        names.join(if names.iter().any(|name| name.contains(['、', '，'])) { "；" } else { "、" })
    }

    /// What the list is, as the beginning of a sentence for the editor.
    pub(super) fn statement(&self, label: Option<&String>) -> String {
        match label.or(self.labels.first()) {
            Some(label) => format!("“{label}”为{}", self.names()),
            None => format!("规范表述为“{}”", self.names()),
        }
    }
}
