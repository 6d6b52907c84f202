//! A run against its list: what is amiss, whether that list can be meant, and how the run reads when corrected.

use std::ops::Range;

use super::label::Attached;
use super::run::{Is, Run};
use super::text::{self, Separator, is_quote, is_stop};
use super::{Enumeration, Found, Place};

/// What is to be reported; offsets in the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) span: Range<usize>,
    pub(super) suggestion: String,
    pub(super) reason: String,
    /// Whether it was right until another list took its place.
    pub(super) outdated: bool,
    /// How much speaks against its list being meant; see [`doubt`].
    pub(super) doubt: usize,
}

/// Orders findings that explain one place: first by how sure the list is meant (0 to 2), then by what is amiss.
pub(super) fn doubt(evidence: usize, amiss: usize) -> usize {
    evidence * 64 + amiss.min(63)
}

/// How a run departs from its list.
#[derive(Debug, Default)]
struct Departure {
    /// Members that are not there.
    missing: Vec<usize>,
    /// Items that should not be there: no members, or members for the second time.
    surplus: Vec<usize>,
    /// Items with a slip.
    slips: Vec<usize>,
    /// Items that stand in the wrong place.
    displaced: usize,
}

impl Departure {
    fn new(list: &Enumeration, run: &Run) -> Self {
        let mut surplus = Vec::new();
        let mut doubled: Option<(usize, usize)> = None;
        for (index, item) in run.items.iter().enumerate() {
            let Some(member) = item.is.member() else {
                surplus.push(index);
                continue;
            };
            if let Some(first) = run.items[..index].iter().position(|other| other.is.member() == Some(member)) {
                doubled = doubled.or(Some((first, index)));
                surplus.push(index);
            }
        }
        let missing = run.missing(list);
        // Of two equal items the one that is out of place, or stands in the place of a missing one, is surplus.
        if let ([only], Some((first, second))) = (&surplus[..], doubled)
            && *only == second
            && misplaced(list, run, &missing, first) < misplaced(list, run, &missing, second)
        {
            surplus = vec![first];
        }
        let slips = (0..run.items.len()).filter(|&index| matches!(run.items[index].is, Is::Slip(_))).collect();
        let sequence: Vec<usize> = run
            .items
            .iter()
            .enumerate()
            .filter(|(index, _)| !surplus.contains(index))
            .filter_map(|(_, item)| item.is.member())
            .collect();
        let displaced = if list.ordered { displaced(&sequence) } else { 0 };
        Departure { missing, surplus, slips, displaced }
    }

    fn amiss(&self) -> usize {
        self.missing.len().max(self.surplus.len()) + self.slips.len() + self.displaced
    }
}

/// Displaced items if item `surplus` gave way to the missing member, if one is missing, or went away.
fn misplaced(list: &Enumeration, run: &Run, missing: &[usize], surplus: usize) -> usize {
    let sequence: Vec<usize> = run
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| if index == surplus { missing.first().copied() } else { item.is.member() })
        .collect();
    if list.ordered { displaced(&sequence) } else { 0 }
}

/// Items that must move for the rest to ascend.
fn displaced(sequence: &[usize]) -> usize {
    let mut longest: Vec<usize> = Vec::with_capacity(sequence.len());
    for (index, value) in sequence.iter().enumerate() {
        let before = (0..index).filter(|&before| sequence[before] < *value).map(|before| longest[before]).max();
        longest.push(before.unwrap_or(0) + 1);
    }
    sequence.len() - longest.iter().max().unwrap_or(&0)
}

/// Whether one more item stands at either end, joined as the others are: then the enumeration is a longer one.
fn goes_on(text: &str, run: &Run) -> (bool, bool) {
    let clauses = run.gaps.contains(&Separator::Clause);
    let goes_on = |edge: Option<super::run::Edge>| {
        edge.is_some_and(|edge| edge.separator == Separator::List || (clauses && edge.separator == Separator::Clause))
    };
    (goes_on(run.left_edge(text)), goes_on(run.right_edge(text)))
}

/// Judges a run that is not the list as it should be.
pub(super) fn judge(
    place: &Place<'_>,
    list: &Enumeration,
    run: &Run,
    attached: Option<&Attached>,
    found: &Found,
) -> Option<Finding> {
    let text = place.text;
    let count = list.members.len();
    let departure = Departure::new(list, run);
    let present = count - departure.missing.len();
    let span = run.span();
    let (left, right) = goes_on(text, run);
    let (left, right) = match attached {
        Some(attached) if attached.follows => (left, false),
        Some(_) => (false, right),
        None => (left, right),
    };
    let whole = !left && !right;
    let after = &text[span.end..];
    let open = text::is_open(after);
    let closed = after.trim_start_matches(is_quote).chars().next().is_none_or(is_stop)
        || attached.is_some_and(|attached| attached.follows);
    let sure = attached.is_some_and(|attached| attached.sure);
    let holds = list.holds(place.date);
    let interior = |index: usize| {
        index > 0
            && index + 1 < run.items.len()
            && run.gaps[index - 1] == Separator::List
            && run.gaps[index] == Separator::List
    };
    let in_form = |item: usize| list.is_in_form(&text[run.items[item].span.clone()]);
    let sentence = text::sentence_start(text, span.start)..text::sentence_end(text, span.end);
    let labelled = attached.is_some()
        || found.labels.iter().any(|(label, _)| sentence.start <= label.start && label.end <= sentence.end);
    let elsewhere = |member: usize| {
        found.members.iter().any(|(place, number)| {
            let outside = place.end <= span.start || span.end <= place.start;
            // 和平共处五项原则 names one of its members.
            let named = found.labels.iter().any(|(label, _)| label.start <= place.start && place.end <= label.end);
            *number == member && outside && !named && sentence.start <= place.start && place.end <= sentence.end
        })
    };
    let counted = attached.is_some_and(|attached| list.is_counted_by(&list.labels[attached.label]));
    let repeated = run.repeated().is_some();
    // Three members are too few to tell a list from prose, unless two lists have them in this order.
    let known_by_three = count == 3 && list.nested && list.shortest() >= 3 && run.is_plain_list() && whole;
    let write = Writer { text, list, run, attached, departure: &departure };
    let slots = (departure.missing.len(), departure.surplus.len(), departure.slips.len(), departure.displaced);
    match slots {
        (0, 0, 1, 0) => {
            let exists = list.from.as_deref().is_none_or(|from| from <= place.date);
            (exists && (count >= 4 || labelled)).then(|| write.slip(departure.slips[0]))
        }
        (0, 0, 0, moved) if moved > 0 => {
            let meant = if labelled {
                count <= 6 || moved <= 2
            } else {
                moved == 1 && ((count >= 4 && (whole || list.is_distinctive())) || known_by_three)
            };
            (meant && holds).then(|| write.whole("此处顺序有误"))
        }
        (1, 1, 0, 0) => {
            let (item, member) = (departure.surplus[0], departure.missing[0]);
            let fits = !list.ordered || misplaced(list, run, &departure.missing, item) == 0;
            let doubled = run.items[item].is != Is::Foreign;
            let meant = if attached.is_some() && count >= 3 {
                doubled || in_form(item)
            } else {
                count >= 4 && (repeated || (interior(item) && (doubled || (list.is_distinctive() && in_form(item)))))
            };
            (fits && meant && holds && !elsewhere(member)).then(|| write.substitution(item, member, doubled))
        }
        (missing, 0, 0, 0) if missing > 0 => {
            let ends = departure.missing.contains(&0) || departure.missing.contains(&(count - 1));
            let meant = if attached.is_some() {
                let enough =
                    if sure && counted { present >= 2.max(count.div_ceil(2)) } else { missing == 1 && present >= 2 };
                enough && count >= 3 && closed
            } else {
                // The first members of a list, or the last, are often all that is at issue: 民主决策、民主管理和民主监督.
                let inside = list.ordered && !ends && (closed || list.shortest() >= 3);
                list.is_distinctive() && missing == 1 && run.is_plain_list() && (inside || (labelled && closed))
            };
            let meant = meant && whole;
            let meant = meant && holds && !open && !departure.missing.iter().any(|&member| elsewhere(member));
            meant.then(|| write.missing())
        }
        (0, 1, 0, 0) => {
            let item = departure.surplus[0];
            let doubled = run.items[item].is != Is::Foreign;
            let meant = if attached.is_some() {
                (counted && in_form(item)) || doubled
            } else {
                // Local wording adds to a list: 老有所养、老有所助、老有所医…
                repeated || (count >= 4 && interior(item) && doubled)
            };
            (meant && holds).then(|| write.surplus(item, doubled))
        }
        (missing, surplus, slips, moved) => {
            // With its label attached even more may be amiss.
            let meant = sure
                && counted
                && holds
                && !open
                && whole
                && closed
                && present - slips >= 2.max(count.div_ceil(2))
                && surplus <= 1
                && missing.max(surplus) + slips + moved <= 3
                && departure.surplus.iter().all(|&item| in_form(item))
                && !departure.missing.iter().any(|&member| elsewhere(member));
            (meant && missing + surplus + slips + moved > 0).then(|| write.whole("此处列举有误"))
        }
    }
}

/// A complete list in which a member is said twice running.
pub(super) fn doubled(text: &str, list: &Enumeration, run: &Run, attached: Option<&Attached>) -> Option<Finding> {
    run.repeated()?;
    let departure = Departure::new(list, run);
    let [item] = departure.surplus[..] else { return None };
    Some(Writer { text, list, run, attached, departure: &departure }.surplus(item, true))
}

/// A complete list with more items than its label counts.
pub(super) fn surplus(text: &str, list: &Enumeration, run: Run, attached: &Attached) -> Option<Finding> {
    let mut run = super::label::with_items(run, attached);
    run.take_far_edge(text, list, attached.follows);
    let departure = Departure::new(list, &run);
    let [item] = departure.surplus[..] else { return None };
    let span = run.items[item].span.clone();
    let doubled = run.items[item].is != Is::Foreign;
    let closed = attached.follows || text[run.span().end..].chars().next().is_none_or(is_stop);
    let meant = list.is_counted_by(&list.labels[attached.label])
        && run.is_plain_list()
        && closed
        && (doubled || list.is_in_form(&text[span]));
    let write = Writer { text, list, run: &run, attached: Some(attached), departure: &departure };
    meant.then(|| write.surplus(item, doubled))
}

/// An old list in a text that is younger than its end.
pub(super) fn outdated(
    place: &Place<'_>,
    list: &Enumeration,
    successor: &Enumeration,
    whole: &Range<usize>,
    to: &str,
) -> Option<Finding> {
    const PAST: [&str; 22] = [
        "曾",
        "当时",
        "当年",
        "那时",
        "原",
        "时任",
        "旧",
        "以往",
        "此前",
        "过去",
        "以来",
        "期间",
        "时期",
        "历史",
        "提出",
        "首次",
        "先后",
        "演变",
        "发展为",
        "调整为",
        "修改为",
        "改为",
    ];
    let text = place.text;
    let sentence = &text[text::sentence_start(text, whole.start)..text::sentence_end(text, whole.end)];
    let outside = sentence.replace(&text[whole.clone()], "");
    let year: Option<u32> = to.get(..4).and_then(|year| year.parse().ok());
    let years = outside.match_indices('年').filter_map(|(at, _)| {
        let digits = outside[..at].rfind(|character: char| !character.is_ascii_digit());
        let start = digits.map_or(0, |found| found + outside[found..].chars().next().map_or(1, char::len_utf8));
        outside[start..at].parse::<u32>().ok()
    });
    let dated = years.into_iter().any(|named| named > 1000 && year.is_some_and(|year| named <= year));
    let titled = text[..whole.start].rfind('《') > text[..whole.start].rfind('》');
    if dated || titled || PAST.iter().any(|cue| outside.contains(cue)) {
        return None;
    }
    let differing: Vec<(&super::Member, &super::Member)> =
        list.members.iter().zip(&successor.members).filter(|(old, new)| old.core != new.core).collect();
    // From the old to the new.
    if differing.iter().any(|(_, new)| outside.contains(&new.text)) {
        return None;
    }
    let same_length = list.members.len() == successor.members.len();
    let (span, suggestion) = match &differing[..] {
        [(old, new)] if same_length => {
            let at = text[whole.clone()].find(&old.text)?;
            (whole.start + at..whole.start + at + old.text.len(), new.text.clone())
        }
        _ => (whole.clone(), successor.names()),
    };
    let since = successor.from.as_deref().map(chinese_date);
    let reason = format!(
        "{}{}，此处为此前的表述。",
        since.map_or(String::new(), |since| format!("自{since}起，")),
        successor.statement(successor.labels.iter().find(|label| list.labels.contains(label)))
    );
    Some(Finding { span, suggestion, reason, outdated: true, doubt: doubt(1, 1) })
}

fn chinese_date(date: &str) -> String {
    let mut parts = date.split('-').map(|part| part.trim_start_matches('0'));
    let mut next = || parts.next().unwrap_or_default();
    format!("{}年{}月{}日", next(), next(), next())
}

/// Puts findings into words.
struct Writer<'w> {
    text: &'w str,
    list: &'w Enumeration,
    run: &'w Run,
    attached: Option<&'w Attached>,
    departure: &'w Departure,
}

impl Writer<'_> {
    fn finding(&self, span: Range<usize>, suggestion: String, what: &str) -> Finding {
        let label = self.attached.map(|attached| &self.list.labels[attached.label]);
        let evidence = match self.attached {
            Some(attached) => usize::from(!attached.sure),
            None => 2,
        };
        Finding {
            span,
            suggestion,
            reason: format!("{}，{what}。", self.list.statement(label)),
            outdated: false,
            doubt: doubt(evidence, self.departure.amiss()),
        }
    }

    fn item(&self, item: usize) -> &str {
        &self.text[self.run.items[item].span.clone()]
    }

    /// A member as the text has it, if it is there in other words.
    fn name(&self, member: usize) -> &str {
        let variant = self.run.items.iter().position(|item| item.is == Is::Variant(member));
        variant.map_or(self.list.members[member].text.as_str(), |item| self.item(item))
    }

    fn slip(&self, item: usize) -> Finding {
        let member = self.run.items[item].is.member().unwrap_or_default();
        let right = &self.list.members[member].text;
        let what = format!("此处“{}”应为“{right}”", self.item(item));
        self.finding(self.run.items[item].span.clone(), right.clone(), &what)
    }

    fn substitution(&self, item: usize, member: usize, doubled: bool) -> Finding {
        let right = &self.list.members[member].text;
        let what = if doubled {
            format!("此处“{}”重复，漏“{right}”", self.item(item))
        } else {
            format!("此处“{}”应为“{right}”", self.item(item))
        };
        self.finding(self.run.items[item].span.clone(), right.clone(), &what)
    }

    fn surplus(&self, item: usize, doubled: bool) -> Finding {
        let what = if doubled {
            format!("此处“{}”重复", self.item(item))
        } else {
            format!("此处多“{}”", self.item(item))
        };
        self.whole(&what)
    }

    /// The run in the right order with the right members.
    fn whole(&self, what: &str) -> Finding {
        self.finding(self.run.span(), self.corrected(), what)
    }

    fn missing(&self) -> Finding {
        let names: Vec<String> =
            self.departure.missing.iter().map(|&member| format!("“{}”", self.list.members[member].text)).collect();
        let what = format!("此处漏{}", names.join(""));
        let items = &self.run.items;
        let whole = (self.run.span(), self.corrected());
        let (span, suggestion) = match self.departure.missing[..] {
            [member] if self.list.ordered => {
                let before = items.iter().take_while(|item| item.is.member() < Some(member)).count();
                let right = &self.list.members[member].text;
                if before == 0 {
                    (items[0].span.clone(), format!("{right}{}{}", self.separator(), self.item(0)))
                } else if before == items.len() {
                    whole
                } else {
                    let span = items[0].span.start..items[before - 1].span.end;
                    let suggestion = format!("{}{}{right}", &self.text[span.clone()], self.separator());
                    (span, suggestion)
                }
            }
            _ => whole,
        };
        self.finding(span, suggestion, &what)
    }

    /// What stands between item `index` and the next, with the quotation marks of either.
    fn gap(&self, index: usize) -> &str {
        &self.text[self.run.items[index].span.end..self.run.items[index + 1].span.start]
    }

    /// What the run puts between its members, except before the last.
    fn separator(&self) -> String {
        let plain = |gap: &&str| gap.chars().all(text::is_mark);
        let gaps = || (0..self.run.items.len() - 1).map(|index| self.gap(index));
        if let Some(gap) = gaps().find(plain) {
            return gap.to_owned();
        }
        // 甲和乙: the quotation marks around the conjunction, and the usual mark.
        let gap = gaps().next().unwrap_or_default();
        let quotes = |gap: &str| gap.chars().filter(|&character| is_quote(character)).collect::<Vec<char>>();
        match quotes(gap)[..] {
            [close, open] => format!("{close}、{open}"),
            _ => "、".to_owned(),
        }
    }

    /// All members in the run's own separators and quotation marks.
    fn corrected(&self) -> String {
        let items = self.run.items.len();
        let members = self.list.members.len();
        let mut order: Vec<usize> = (0..members).collect();
        if !self.list.ordered {
            // The order of the text, with what is missing at the end.
            let place = |member: usize| self.run.items.iter().position(|item| item.is.member() == Some(member));
            order.sort_by_key(|&member| (place(member).unwrap_or(usize::MAX), member));
        }
        let separator = self.separator();
        let mut text = String::new();
        for (index, &member) in order.iter().enumerate() {
            if index > 0 {
                text.push_str(match index {
                    _ if items == members => self.gap(index - 1),
                    _ if index + 1 == members => self.gap(items - 2),
                    _ => &separator,
                });
            }
            text.push_str(self.name(member));
        }
        text
    }
}
