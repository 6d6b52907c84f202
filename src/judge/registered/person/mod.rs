//! People and their posts, from the roster that an agency keeps of its own: a name that is almost the one that belongs to
//! the post beside it, and a post that the person no longer or not yet holds.
//!
//! Every finding has a right form: a name is never reported for being named.

mod slip;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::numerals::years;
use super::{Kind, Scene};
use crate::dictionary::{Entries, Rule, RuleKind};
use crate::document::Span;
use crate::engine::{Asked, AskedHit, agrees};
use crate::judge::Candidate;
use crate::normalise::{fold_str, is_han};

/// Percent for a name beside a post whose organisation is named, and for one beside a post alone.
const WITH_ORGANISATION: u8 = 90;
const WITHOUT_ORGANISATION: u8 = 70;

/// What makes another word of a post when it follows.
const OTHERWISE: [&str; 11] = ["助理", "大会", "会", "团", "处", "制", "室", "办", "级", "联席", "候选"];

/// One row of a roster.
struct Holder {
    entry: usize,
    name: String,
    organisation: String,
    from: Option<String>,
    to: Option<String>,
    reported: bool,
}

impl Holder {
    fn holds_on(&self, date: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= date) && self.to.as_deref().is_none_or(|to| date <= to)
    }
}

/// The people of the rosters.
pub(super) struct People {
    holders: Vec<Holder>,
    /// Posts, one by one: 党组书记、局长 are two.
    posts: Vec<String>,
    /// Those who hold or held each post.
    by_post: Vec<Vec<usize>>,
    names: HashSet<String>,
}

impl People {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let mut people = People { holders: Vec::new(), posts: Vec::new(), by_post: Vec::new(), names: HashSet::new() };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, entry) in entries.of(RuleKind::Person) {
            let Rule::Person(person) = &entry.rule else { continue };
            let Some(name) = entry.right.first().map(|name| fold_str(name)) else { continue };
            // Names of other scripts are not written with one character for another.
            if !(2..=4).contains(&name.chars().count()) || !name.chars().all(is_han) {
                continue;
            }
            let holder = people.holders.len();
            for post in fold_str(&person.post).split('、').filter(|post| !post.is_empty()) {
                let post = *known.entry(post.to_owned()).or_insert_with(|| {
                    people.posts.push(post.to_owned());
                    people.by_post.push(Vec::new());
                    people.posts.len() - 1
                });
                people.by_post[post].push(holder);
            }
            people.names.insert(name.clone());
            people.holders.push(Holder {
                entry: index,
                name,
                organisation: fold_str(&person.organisation),
                from: entry.from.clone(),
                to: entry.to.clone(),
                reported: reports(index),
            });
        }
        people
    }

    /// Whether a name of the roster stands at the beginning (end) of `text`.
    fn is_named(&self, text: &str, side: Side) -> bool {
        (2..=4).any(|count| side.take(text, count).is_some_and(|name| self.names.contains(name)))
    }
}

/// On which side of a post a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// 王建国县长.
    Before,
    /// 县长王建国.
    After,
}

impl Side {
    /// The `count` characters of `text` that are next to the post, if they are all Han.
    fn take(self, text: &str, count: usize) -> Option<&str> {
        let part = match self {
            Side::After => {
                let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
                &text[..end]
            }
            Side::Before => {
                let start = text.char_indices().rev().nth(count - 1).map(|(at, _)| at)?;
                &text[start..]
            }
        };
        (part.chars().count() == count && part.chars().all(is_han)).then_some(part)
    }
}

impl Kind for People {
    fn asks(&self) -> Vec<Asked<'_>> {
        self.posts.iter().zip(0..).map(|(post, tag)| Asked { literal: post, tag }).collect()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        for hit in hits {
            let block = scene.folded.block_index(hit.span.start);
            let around = scene.folded.blocks()[block];
            let text = &scene.folded.text()[around.range()];
            let (start, end) = (hit.span.start - around.start, hit.span.end - around.start);
            let place = Place { text, start, end, post: hit.tag as usize };
            // 副县长 is another post than 县长; 委员会, 代表大会, 主席团 are no posts.
            if text[..start].ends_with('副') || OTHERWISE.iter().any(|word| text[end..].starts_with(word)) {
                continue;
            }
            for side in [Side::After, Side::Before] {
                let found = self.near(&place, side).or_else(|| self.out_of_term(scene, &place, side));
                if let Some(found) = found {
                    candidates.push(Candidate {
                        entry: self.holders[found.holder].entry,
                        block,
                        span: Span::new(around.start + found.start, around.start + found.end),
                        suggestions: found.suggestions,
                        reason: Some(found.reason),
                        severity: None,
                        confidence: found.confidence,
                    });
                }
            }
        }
    }
}

/// A post in the text of a block.
struct Place<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    post: usize,
}

impl<'t> Place<'t> {
    /// The text on one side of the post, without what may stand between it and a name.
    fn beside(&self, side: Side) -> &'t str {
        match side {
            Side::After => self.text[self.end..].trim_start_matches(['：', ':', ' ']),
            Side::Before => self.text[..self.start].trim_end_matches(' '),
        }
    }

    /// Where `name`, which begins (ends) the text on that side, stands in the block.
    fn range(&self, side: Side, name: &str) -> (usize, usize) {
        match side {
            Side::After => {
                let start = self.text.len() - self.beside(side).len();
                (start, start + name.len())
            }
            Side::Before => {
                let end = self.beside(side).len();
                (end - name.len(), end)
            }
        }
    }
}

/// What is to be reported, in bytes of the block.
struct Found {
    holder: usize,
    start: usize,
    end: usize,
    suggestions: Vec<String>,
    reason: String,
    confidence: Option<u8>,
}

impl People {
    /// A name that is almost one of those who hold the post.
    fn near(&self, place: &Place<'_>, side: Side) -> Option<Found> {
        let beside = place.beside(side);
        if self.is_named(beside, side) {
            return None;
        }
        let mut found: Option<Found> = None;
        for &index in &self.by_post[place.post] {
            let holder = &self.holders[index];
            if !holder.reported {
                continue;
            }
            let Some(written) = slip::near(beside, side, &holder.name) else { continue };
            let organisation = organisation(before_post(place, side, written), &holder.organisation);
            if organisation == Organisation::Other {
                continue;
            }
            let (start, end) = place.range(side, written);
            // 全国|人民|代表 reads better than any name.
            if !agrees(place.text, start, end, std::slice::from_ref(&holder.name)) {
                continue;
            }
            match &mut found {
                // Two who held the post and are equally near.
                Some(found) if !found.suggestions.contains(&holder.name) => found.suggestions.push(holder.name.clone()),
                Some(_) => {}
                None => {
                    found = Some(Found {
                        holder: index,
                        start,
                        end,
                        suggestions: vec![holder.name.clone()],
                        reason: format!("名册中{}{}是“{}”。", holder.organisation, self.posts[place.post], holder.name),
                        confidence: Some(if organisation == Organisation::Own {
                            WITH_ORGANISATION
                        } else {
                            WITHOUT_ORGANISATION
                        }),
                    });
                }
            }
        }
        found
    }

    /// A name of the roster beside a post that its holder has left, or does not hold yet.
    fn out_of_term(&self, scene: &Scene<'_>, place: &Place<'_>, side: Side) -> Option<Found> {
        let date = scene.date();
        if date.is_empty() {
            return None;
        }
        let beside = place.beside(side);
        let name =
            (2..=4).rev().find_map(|count| side.take(beside, count).filter(|name| self.names.contains(*name)))?;
        let before = before_post(place, side, name);
        let terms: Vec<usize> = self.by_post[place.post]
            .iter()
            .copied()
            .filter(|&index| self.holders[index].name == name)
            .filter(|&index| organisation(before, &self.holders[index].organisation) != Organisation::Other)
            .collect();
        if terms.is_empty() || terms.iter().any(|&index| self.holders[index].holds_on(date)) {
            return None;
        }
        // The last term that is over, else the first that is to come.
        let over = |index: &usize| self.holders[*index].to.as_deref().is_some_and(|to| to < date);
        let ended = terms.iter().copied().filter(over).max_by_key(|&index| self.holders[index].to.clone());
        let term = ended.or_else(|| terms.iter().copied().min_by_key(|&index| self.holders[index].from.clone()))?;
        let holder = &self.holders[term];
        if !holder.reported
            || names_the_past(place, side, name, &terms.iter().map(|&index| &self.holders[index]).collect::<Vec<_>>())
        {
            return None;
        }
        let post = &self.posts[place.post];
        // A post that several hold at a time, such as 副县长, has no successor.
        let here: Vec<&Holder> = self.by_post[place.post]
            .iter()
            .map(|&index| &self.holders[index])
            .filter(|other| other.organisation == holder.organisation && other.holds_on(date))
            .collect();
        let apart = |one: &Holder, other: &Holder| {
            let before =
                |one: &Holder, other: &Holder| matches!((&one.to, &other.from), (Some(to), Some(from)) if to <= from);
            before(one, other) || before(other, one)
        };
        let successor = match here[..] {
            [other] if other.name != name && apart(holder, other) => Some(other),
            _ => None,
        };
        let own = organisation(before, &holder.organisation) == Organisation::Own;
        if ended.is_none() && !(own && successor.is_some()) {
            return None;
        }
        let joined = |post: &str, name: &str| match side {
            Side::After => format!("{post}{name}"),
            Side::Before => format!("{name}{post}"),
        };
        let now = self.by_post.iter().zip(&self.posts).find_map(|(holders, post)| {
            let mut here = holders.iter().map(|&index| &self.holders[index]);
            here.any(|other| other.name == name && other.organisation == holder.organisation && other.holds_on(date))
                .then_some(post)
        });
        let mut suggestions = Vec::new();
        suggestions.extend(now.map(|now| joined(now, name)));
        suggestions.extend(successor.map(|successor| joined(post, &successor.name)));
        if suggestions.is_empty() {
            suggestions.push(format!("原{}", joined(post, name)));
        }
        let day = |date: &Option<String>| {
            let parsed = date.as_deref().and_then(|date| date.parse::<Date>().ok());
            parsed.map_or_else(String::new, |date| format!("{}年{}月{}日", date.year(), date.month(), date.day()))
        };
        let mut reason = if ended.is_some() {
            format!("名册中{name}任{}{post}到{}为止", holder.organisation, day(&holder.to))
        } else {
            format!("名册中{name}自{}起任{}{post}", day(&holder.from), holder.organisation)
        };
        if let Some(successor) = successor {
            reason.push_str(&format!("，文件日期时的{post}是{}", successor.name));
        }
        if ended.is_some() {
            reason.push_str("；如指任内的事，请写“时任”或“原”");
        }
        reason.push('。');
        let (name_start, name_end) = place.range(side, name);
        Some(Found {
            holder: term,
            start: place.start.min(name_start),
            end: place.end.max(name_end),
            suggestions,
            reason,
            confidence: None,
        })
    }
}

/// What stands before the post, or before the name that stands before it.
fn before_post<'t>(place: &Place<'t>, side: Side, name: &str) -> &'t str {
    match side {
        Side::After => &place.text[..place.start],
        Side::Before => &place.text[..place.range(side, name).0],
    }
}

/// Whose post it is, by what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Organisation {
    /// The one of the roster is named.
    Own,
    /// None is.
    Unsaid,
    /// Another one is.
    Other,
}

/// Reads `before`, which ends at a post, for `expected`.
fn organisation(before: &str, expected: &str) -> Organisation {
    if expected.is_empty() {
        return Organisation::Unsaid;
    }
    const STOPS: [char; 12] = ['，', '。', '；', '：', '！', '？', ',', ';', '“', '”', '（', '）'];
    let clause =
        &before[before.rfind(STOPS).map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8))..];
    // 海州县县长 is also written 海州县长.
    let bare = &expected[..expected.char_indices().next_back().map_or(0, |(at, _)| at)];
    if clause.ends_with(expected) || (bare.chars().count() >= 2 && clause.ends_with(bare)) || clause.contains(expected)
    {
        return Organisation::Own;
    }
    let last = clause.chars().next_back();
    let deictic = |text: &str| ["我", "本"].iter().any(|own| text.ends_with(own));
    // 县政府 of 海州县人民政府: the end of the name, two characters or more.
    let tail = expected.char_indices().skip(1).map(|(at, _)| &expected[at..]).find(|tail| clause.ends_with(tail));
    if let Some(tail) = tail {
        let rest = &clause[..clause.len() - tail.len()];
        if tail.chars().count() >= 2 && !rest.ends_with(is_han) || deictic(rest) {
            return Organisation::Own;
        }
    }
    const KINDS: &str = "县市区省州旗盟局委厅办部会院校处科所站司镇乡村府厂队";
    if last.is_some_and(|last| KINDS.contains(last)) {
        return Organisation::Other;
    }
    // Another county in the clause: 邻水县委书记、县长.
    let other = clause.char_indices().any(|(at, level)| {
        let mut names = clause[..at].chars().rev();
        let (Some(second), Some(first)) = (names.next(), names.next()) else { return false };
        "县市区省州旗".contains(level)
            && is_han(first)
            && is_han(second)
            && !"全我本该各一外、".contains(second)
            && !expected.contains(&format!("{first}{second}{level}"))
    });
    if other { Organisation::Other } else { Organisation::Unsaid }
}

/// Whether the text speaks of the time when the post was held.
fn names_the_past(place: &Place<'_>, side: Side, name: &str, terms: &[&Holder]) -> bool {
    const BEFORE: [&str; 14] =
        ["原", "前", "时任", "曾任", "老", "历任", "首任", "上任", "前任", "离任", "卸任", "已故", "原任", "任"];
    const SENTENCE: [&str; 14] = [
        "时任",
        "曾任",
        "当时",
        "期间",
        "任职",
        "历任",
        "卸任",
        "离任",
        "回忆",
        "免去",
        "辞去",
        "生前",
        "原任",
        "不再担任",
    ];
    const STOPS: [char; 3] = ['。', '！', '？'];
    let (name_start, name_end) = place.range(side, name);
    let (start, end) = (place.start.min(name_start), place.end.max(name_end));
    let (before, after) = (&place.text[..start], &place.text[end..]);
    let expected: Vec<&str> = terms.iter().map(|term| term.organisation.as_str()).collect();
    // 原海州县县长, 原县委副书记、县长.
    let mut lead = before;
    for organisation in expected.iter().filter(|organisation| !organisation.is_empty()) {
        lead = lead.strip_suffix(organisation).unwrap_or(lead);
    }
    let clause = &before[before.rfind(['，', '。', '；', '：', '！', '？']).map_or(0, |at| at + '，'.len_utf8())..];
    let marked = |text: &str| BEFORE.iter().any(|cue| text.ends_with(cue));
    let sentence = &place.text
        [before.rfind(STOPS).map_or(0, |at| at + '。'.len_utf8())..end + after.find(STOPS).unwrap_or(after.len())];
    let year = |date: &Option<String>| date.as_deref().and_then(|date| date.get(..4)?.parse::<u32>().ok());
    let within = |named: u32| {
        terms.iter().any(|term| {
            year(&term.from).is_none_or(|from| from <= named) && year(&term.to).is_none_or(|to| named <= to)
        })
    };
    marked(before)
        || marked(lead)
        || clause.starts_with('原')
        || SENTENCE.iter().any(|cue| sentence.contains(cue))
        || years(sentence).any(within)
}
