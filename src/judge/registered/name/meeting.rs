//! Meetings: sessions that never took place, names put together wrongly, and the wrong year beside a meeting's name.

use std::collections::HashMap;
use std::ops::Range;

use super::context::{Around, Day, Period, chinese_number, chinese_numeral, dates, day, days_between};
use super::cues::{CONGRESS, CONSULTATIVE, LITERALS, ORDINAL_BIG, PEOPLE, PLENARY, PLENARY_WRONG, TERM_BIG};
use crate::dictionary::{Entries, Rule, RuleKind};
use crate::document::Span;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
use crate::judge::registered::Scene;
use crate::normalise::is_han;

/// Bodies that meet in numbered sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Body {
    /// 中央委员会全体会议.
    Committee,
    /// 全国人民代表大会会议.
    People,
    /// 全国政协会议.
    Consultative,
}

/// The entry and the day of the last session that is known.
#[derive(Debug, Clone, Copy)]
struct Last {
    session: u32,
    entry: usize,
    held: Day,
}

/// The registry of meetings.
pub(super) struct Meetings {
    /// Last known session by body and term.
    last: HashMap<(Body, u32), Last>,
    /// Last known term of each body.
    terms: HashMap<Body, u32>,
    /// Last known congress of the Party and its entry.
    congress: Option<(u32, usize, Day)>,
    /// Names under which meetings are known, with all entries that have them.
    names: HashMap<String, Vec<usize>>,
    /// Characters of the longest name.
    longest: usize,
    any: bool,
}

impl Meetings {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let mut meetings = Meetings {
            last: HashMap::new(),
            terms: HashMap::new(),
            congress: None,
            names: HashMap::new(),
            longest: 0,
            any: false,
        };
        for (index, entry) in entries.of(RuleKind::Name) {
            let Rule::Name(name) = &entry.rule else { continue };
            let Some(held) = name.held.as_ref().and_then(|(first, _)| day(first)) else { continue };
            if !reports(index) {
                continue;
            }
            meetings.any = true;
            let Some(right) = entry.right.first() else { continue };
            for form in entry.right.iter().chain(&name.short) {
                meetings.longest = meetings.longest.max(form.chars().count());
                meetings.names.entry(form.clone()).or_default().push(index);
            }
            if let Some((body, term, session)) = session(right) {
                let last = Last { session, entry: index, held };
                let known = meetings.last.entry((body, term)).or_insert(last);
                if known.session < session {
                    *known = last;
                }
                let latest = meetings.terms.entry(body).or_insert(term);
                *latest = term.max(*latest);
            } else if let Some(number) = congress(right)
                && meetings.congress.is_none_or(|(known, ..)| known < number)
            {
                meetings.congress = Some((number, index, held));
            }
        }
        meetings
    }

    pub(super) fn asks(&self) -> Vec<Asked<'static>> {
        if !self.any {
            return Vec::new();
        }
        LITERALS.iter().map(|&(literal, tag)| Asked { literal, tag }).collect()
    }

    pub(super) fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        for hit in hits {
            let around = Around::new(scene, hit.span);
            let found = match hit.tag {
                PLENARY => self.plenary(scene, &around),
                PLENARY_WRONG => self.plenary_wrong(&around),
                PEOPLE => self.people(scene, &around),
                CONSULTATIVE => self.consultative(scene, &around),
                TERM_BIG => self.term_big(&around),
                ORDINAL_BIG => self.ordinal_big(&around),
                CONGRESS => self.party_congress(&around),
                _ => self.held(scene, &around),
            };
            if let Some(found) = found {
                let start = hit.span.start - around.hit.start;
                candidates.push(Candidate {
                    entry: found.entry,
                    block: around.block,
                    span: Span::new(start + found.span.start, start + found.span.end),
                    suggestions: found.suggestion.into_iter().collect(),
                    reason: Some(found.reason),
                    severity: None,
                    confidence: None,
                });
            }
        }
    }

    /// 二十届九中全会: a session of the Central Committee that never was.
    fn plenary(&self, scene: &Scene<'_>, around: &Around<'_>) -> Option<Found> {
        let (session, at) = number_before(around.before())?;
        let rest = around.text[..at].strip_suffix('届')?;
        let (term, start) = number_before(rest)?;
        if !central(&around.text[..start], around.text) {
            return None;
        }
        self.unheld(scene, Body::Committee, term, session).map(|(entry, known)| Found {
            entry,
            span: start..around.hit.end,
            suggestion: None,
            reason: match known {
                Some(known) => format!(
                    "第{}届中央委员会共召开{known}次全体会议，没有{}届{}中全会，请核对届次。",
                    chinese_numeral(term),
                    chinese_numeral(term),
                    chinese_numeral(session)
                ),
                None => format!("截至目前没有第{}届中央委员会，请核对届次。", chinese_numeral(term)),
            },
        })
    }

    /// 二十届四次全会 where the Central Committee is meant.
    fn plenary_wrong(&self, around: &Around<'_>) -> Option<Found> {
        let (session, at) = number_before(around.before())?;
        let rest = around.text[..at].strip_suffix('届')?;
        let (term, start) = number_before(rest)?;
        let before = &around.text[..start];
        // Local committees of the Party have not come to as many terms.
        let latest = *self.terms.get(&Body::Committee)?;
        let known = self.last.get(&(Body::Committee, term))?;
        let led = before.chars().next_back().is_none_or(|last| !is_han(last))
            || ["学习", "贯彻", "落实", "传达", "宣传", "宣讲", "中共", "和"].iter().any(|cue| before.ends_with(cue));
        let means_central = led && term + 2 > latest && session <= known.session;
        // 党的二十届四次全会 is a pattern of its own.
        let other = ["纪委", "纪律检查", "团", "工会", "妇联", "省委", "市委", "县委", "区委", "州委"]
            .iter()
            .any(|body| around.text.contains(body));
        (means_central && !other && !before.ends_with("党的")).then(|| Found {
            entry: known.entry,
            span: start..around.hit.end,
            suggestion: Some(format!("{}届{}中全会", chinese_numeral(term), chinese_numeral(session))),
            reason: "中央委员会全体会议简称“×届×中全会”；“×次全会”用于中央纪委全会和地方党委全会。".to_owned(),
        })
    }

    /// 十四届全国人大七次会议.
    fn people(&self, scene: &Scene<'_>, around: &Around<'_>) -> Option<Found> {
        let (term, start) = number_before(around.before())?;
        let after = around.after();
        let rest = after.strip_prefix('第').unwrap_or(after);
        let (session, length) = chinese_number(rest);
        if length == 0 || !rest[length..].starts_with("次会议") {
            return None;
        }
        let end = around.hit.end + (after.len() - rest.len()) + length + "次会议".len();
        self.unheld(scene, Body::People, term, session).map(|(entry, known)| Found {
            entry,
            span: start..end,
            suggestion: None,
            reason: unheld_reason("全国人民代表大会", term, session, known),
        })
    }

    /// 全国政协十四届七次会议.
    fn consultative(&self, scene: &Scene<'_>, around: &Around<'_>) -> Option<Found> {
        let (term, length) = chinese_number(around.after());
        let rest = around.after()[length..].strip_prefix('届')?;
        let (session, session_length) = chinese_number(rest);
        if length == 0 || session_length == 0 || !rest[session_length..].starts_with("次会议") {
            return None;
        }
        let end = around.hit.end + length + "届".len() + session_length + "次会议".len();
        self.unheld(scene, Body::Consultative, term, session).map(|(entry, known)| Found {
            entry,
            span: around.hit.start..end,
            suggestion: None,
            reason: unheld_reason("全国政协", term, session, known),
        })
    }

    /// 党的二十届大.
    fn term_big(&self, around: &Around<'_>) -> Option<Found> {
        let (number, start) = number_before(around.before())?;
        let known = self.congress?;
        let fits = around.text[..start].ends_with("党的")
            && number <= known.0
            && !around.after().starts_with(['会', '型', '学', '专']);
        fits.then(|| Found {
            entry: known.1,
            span: start..around.hit.end,
            suggestion: Some(format!("{}大", chinese_numeral(number))),
            reason: "党的全国代表大会按“次”计，简称“×大”，如“党的二十大”，不加“届”。".to_owned(),
        })
    }

    /// 党的第二十大, 党的第二十次代表大会.
    fn ordinal_big(&self, around: &Around<'_>) -> Option<Found> {
        let (number, length) = chinese_number(around.after());
        let rest = &around.after()[length..];
        let known = self.congress?;
        let fits = length > 0
            && (7..=known.0).contains(&number)
            && rest.starts_with('大')
            && !rest.starts_with("大会")
            && !rest.starts_with("大类");
        fits.then(|| Found {
            entry: known.1,
            span: around.hit.end - "第".len()..around.hit.end + length + "大".len(),
            suggestion: Some(format!("{}大", chinese_numeral(number))),
            reason: "党的全国代表大会简称“×大”，如“党的二十大”，不加“第”。".to_owned(),
        })
    }

    /// 党的第二十次代表大会 without 全国.
    fn party_congress(&self, around: &Around<'_>) -> Option<Found> {
        let (number, at) = number_before(around.before())?;
        let rest = around.text[..at].strip_suffix('第')?;
        let known = self.congress?;
        // 中国共产党第二十次代表大会 is a pattern of its own; local congresses have not come to as high a number.
        let fits = rest.ends_with("党的") && number + 2 >= known.0 && number <= known.0;
        fits.then(|| Found {
            entry: known.1,
            span: rest.len()..around.hit.end,
            suggestion: Some(format!("第{}次全国代表大会", chinese_numeral(number))),
            reason: "党的全国代表大会全称为“中国共产党第×次全国代表大会”，不漏“全国”。".to_owned(),
        })
    }

    /// 2023年召开的党的二十大, 党的二十大于2023年召开.
    fn held(&self, scene: &Scene<'_>, around: &Around<'_>) -> Option<Found> {
        let before = around.before().trim_end_matches("胜利").trim_end_matches("隆重");
        let near: usize = before.chars().rev().take(30).map(char::len_utf8).sum();
        let offset = before.len() - near;
        let date = dates(&before[offset..]).pop()?;
        let (start, end) = (offset + date.start, offset + date.end);
        // A place may stand between: 2023年在北京召开.
        let between = &before[end..];
        let place =
            between.strip_prefix('在').is_some_and(|place| place.chars().count() <= 6 && place.chars().all(is_han));
        if !between.is_empty() && !place {
            return None;
        }
        let after = around.after();
        let (named, entries) = if let Some(rest) = after.strip_prefix('的') {
            self.name_at(rest)?
        } else {
            let to = before[..start].strip_suffix(['于', '在']).unwrap_or(&before[..start]);
            self.name_ending(to)?
        };
        let held = |index: usize| match &scene.entries[index].rule {
            Rule::Name(name) => name
                .held
                .as_ref()
                .and_then(|(first, last)| Some(Period { first: day(first)? / 100 * 100, last: day(last)? })),
            _ => None,
        };
        let all: Option<Vec<Period>> = entries.iter().map(|&index| held(index)).collect();
        let all = all?;
        // A month beside the year must fit as well; days are left to those who were there.
        let stated = Period { first: date.period.first / 100 * 100, last: date.period.last / 100 * 100 + 31 };
        if all.iter().any(|period| period.overlaps(&stated)) || !self.unique(scene, named, &entries) {
            return None;
        }
        let first = all.first()?.first;
        let right = format!("{}年{}月", first / 10000, first / 100 % 100);
        Some(Found {
            entry: *entries.first()?,
            span: start..end,
            suggestion: None,
            reason: format!("“{named}”于{right}召开，与此处日期不符，请核对。"),
        })
    }

    /// Whether the name can mean no other meeting than those of the registry: it has a number in it.
    fn unique(&self, scene: &Scene<'_>, named: &str, entries: &[usize]) -> bool {
        entries.iter().all(|&index| {
            let right = scene.entries[index].right.first();
            right.is_some_and(|right| session(right).is_some() || congress(right).is_some())
        }) && named.chars().count() > 3
    }

    fn name_at<'t>(&self, text: &'t str) -> Option<(&'t str, Vec<usize>)> {
        let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(self.longest).collect();
        ends.into_iter().rev().find_map(|end| Some((&text[..end], self.names.get(&text[..end])?.clone())))
    }

    fn name_ending<'t>(&self, text: &'t str) -> Option<(&'t str, Vec<usize>)> {
        let mut starts: Vec<usize> = text.char_indices().rev().map(|(at, _)| at).take(self.longest).collect();
        starts.reverse();
        starts.into_iter().find_map(|start| Some((&text[start..], self.names.get(&text[start..])?.clone())))
    }

    /// The entry by which a session does not exist, and how many sessions of the term there were.
    fn unheld(&self, scene: &Scene<'_>, body: Body, term: u32, session: u32) -> Option<(usize, Option<u32>)> {
        let latest = *self.terms.get(&body)?;
        let newest = self.last.get(&(body, latest))?;
        let date = day(scene.date())?;
        if term > latest {
            // Later terms begin in years to come that the registry need not know of.
            let soon = days_between(newest.held, date) < 180 && body == Body::Committee && term > latest + 1;
            return soon.then_some((newest.entry, None));
        }
        let known = self.last.get(&(body, term))?;
        // The term that is not over will see more sessions, and may have by the document's date.
        let over = term < latest;
        let beyond = session > known.session + 2 && days_between(known.held, date) < 360;
        (session > known.session && (over || beyond)).then_some((known.entry, Some(known.session)))
    }
}

struct Found {
    entry: usize,
    /// In the block.
    span: Range<usize>,
    suggestion: Option<String>,
    reason: String,
}

fn unheld_reason(body: &str, term: u32, session: u32, known: Option<u32>) -> String {
    let (term, session) = (chinese_numeral(term), chinese_numeral(session));
    let known = known.unwrap_or_default();
    format!("第{term}届{body}共召开{known}次会议，没有第{session}次会议，请核对届次。")
}

/// The Chinese number that `text` ends in, and where it begins.
fn number_before(text: &str) -> Option<(u32, usize)> {
    let digits = |c: char| "一二三四五六七八九十".contains(c);
    let start = text.char_indices().rev().take_while(|&(_, c)| digits(c)).last()?.0;
    let (number, length) = chinese_number(&text[start..]);
    (number > 0 && start + length == text.len()).then_some((number, start))
}

/// Whether a session with this before it is one of the Central Committee: other parties and organisations have theirs.
fn central(before: &str, block: &str) -> bool {
    const OTHERS: [&str; 14] = [
        "民革",
        "民盟",
        "民建",
        "民进",
        "农工",
        "致公",
        "九三",
        "台盟",
        "共青团",
        "团中央",
        "妇联",
        "工会",
        "工商联",
        "侨联",
    ];
    ["党的", "中共", "中国共产党", "中央"].iter().any(|party| before.ends_with(party))
        || (before.chars().next_back().is_none_or(|last| !is_han(last) || matches!(last, '和' | '及'))
            && block.contains("党的")
            && !OTHERS.iter().any(|other| block.contains(other)))
}

/// Body, term and session of a meeting by its full name.
fn session(right: &str) -> Option<(Body, u32, u32)> {
    let (body, rest, between, end) = if let Some(rest) = right.strip_prefix("中国共产党第") {
        (Body::Committee, rest, "届中央委员会第", "次全体会议")
    } else if let Some(rest) = right.strip_prefix("中国人民政治协商会议第") {
        (Body::Consultative, rest, "届全国委员会第", "次会议")
    } else {
        (Body::People, right.strip_prefix('第')?, "届全国人民代表大会第", "次会议")
    };
    let (term, length) = chinese_number(rest);
    let rest = rest[length..].strip_prefix(between)?;
    let (session, length) = chinese_number(rest);
    (rest[length..] == *end && term > 0 && session > 0).then_some((body, term, session))
}

/// The number of a congress of the Party by its full name.
fn congress(right: &str) -> Option<u32> {
    let rest = right.strip_prefix("中国共产党第")?;
    let (number, length) = chinese_number(rest);
    (rest[length..] == *"次全国代表大会").then_some(number)
}
