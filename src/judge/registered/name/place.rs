//! Places: under a superior that they never belonged to, and by names that they no longer have.
//!
//! The registry's thousands of rows stay one sorted text that the build script made, with the literals to look for beside it.

use super::Scene;
use super::context::{Around, Period, Written, day, free_before};
use crate::dictionary::{Entries, RuleKind, Severity};
use crate::document::Span;
use crate::engine::index::Set;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
use crate::normalise::is_han;

/// One place to a line, sorted by name: name, superiors, year from, year to, successors, former superiors; lists are
/// separated by bars.
static TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/places.txt"));

/// Where each line begins, four bytes each, little endian.
static STARTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/places.at"));

/// The superiors of all rows, and the names all of whose rows have ended; one to a line.
static SUPERIORS: &str = include_str!(concat!(env!("OUT_DIR"), "/places.superiors"));
static FORMER_NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/places.former"));

/// What hits point at; the rest of the tag is unused, since the text says which place it is.
const SUPERIOR: u32 = 0;
const FORMER: u32 = 1;

/// A row of the registry.
#[derive(Debug, Clone, Copy)]
struct Row<'t> {
    name: &'t str,
    superior: &'t str,
    to: Option<u32>,
    from: Option<u32>,
    successor: &'t str,
    former: &'t str,
}

impl<'t> Row<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut cell = || cells.next();
        let (name, superior) = (cell()?, cell()?);
        let from = cell()?.parse().ok();
        let to = cell()?.parse().ok();
        Some(Row { name, superior, from, to, successor: cell()?, former: cell()? })
    }

    fn province(&self) -> &'t str {
        self.superior.split('|').next().unwrap_or_default()
    }

    fn prefecture(&self) -> Option<&'t str> {
        self.superior.split('|').nth(1)
    }

    fn holds_in(&self, year: u32) -> bool {
        self.from.is_none_or(|from| from <= year) && self.to.is_none_or(|to| year <= to)
    }
}

/// All rows of a name.
fn rows(name: &str) -> impl Iterator<Item = Row<'static>> {
    let starts = STARTS.as_chunks().0;
    let rest = |start: &[u8; 4]| TABLE.get(u32::from_le_bytes(*start) as usize..).unwrap_or_default();
    // Nothing that a name holds comes before the tab.
    let first = starts.partition_point(|start| rest(start).split_once('\t').is_some_and(|(own, _)| own < name));
    let name = name.to_owned();
    let lines = starts[first..].iter().map(rest).map(|rest| rest.split('\n').next().unwrap_or(rest));
    lines.filter_map(Row::parse).take_while(move |row| row.name == name)
}

/// The longest name that `text` begins with, no shorter than two characters.
fn name_at(text: &str) -> Option<&str> {
    const ENDS: &str = "市县区州盟旗省";
    let ends = text.char_indices().take(15).take_while(|&(_, c)| is_han(c)).filter(|&(_, c)| ENDS.contains(c));
    let ends: Vec<usize> = ends.map(|(at, c)| at + c.len_utf8()).collect();
    ends.into_iter().rev().map(|end| &text[..end]).find(|name| rows(name).next().is_some())
}

/// What is judged by the registry of places.
pub(super) struct Places {
    /// Entries that say so: 隶属 and 更名, if they report.
    affiliation: Option<usize>,
    renamed: Option<usize>,
}

impl Places {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let find = |id: &str| {
            let mut names = entries.indices_of(RuleKind::Name);
            names.find(|&index| entries.id(index) == id).filter(|&index| reports(index))
        };
        Places { affiliation: find("places-registry/隶属"), renamed: find("places-registry/更名") }
    }

    /// The names to look for, as the sets that the build script compiled.
    pub(super) fn sets(&self) -> Vec<(Set, u32)> {
        let affiliation = self.affiliation.map(|_| (Set::Superiors, SUPERIOR));
        affiliation.into_iter().chain(self.renamed.map(|_| (Set::FormerPlaces, FORMER))).collect()
    }

    /// The names to look for.
    pub(super) fn asks(&self) -> Vec<Asked<'static>> {
        let of = |set: Set| if set == Set::Superiors { SUPERIORS } else { FORMER_NAMES };
        let names = self.sets().into_iter().flat_map(|(set, tag)| of(set).lines().map(move |name| (name, tag)));
        names.map(|(literal, tag)| Asked { literal, tag }).collect()
    }

    pub(super) fn judge(
        &self,
        scene: &Scene<'_>,
        written: &Written,
        hits: &[AskedHit],
        candidates: &mut Vec<Candidate>,
    ) {
        for hit in hits {
            let around = Around::new(scene, hit.span);
            let found = match (hit.tag, self.affiliation, self.renamed) {
                (SUPERIOR, Some(entry), _) => affiliation(scene, entry, hit, &around),
                (FORMER, _, Some(entry)) => renamed(scene, written, entry, hit, &around),
                _ => None,
            };
            candidates.extend(found);
        }
    }
}

/// Words of a sentence in which places stand together without belonging together.
const JOINED: [&str; 9] = ["援", "对口", "协作", "商会", "驻", "飞地", "合作区", "结对", "共建"];

/// 广东省苏州市: a place directly after the name of one that it does not belong to.
fn affiliation(scene: &Scene<'_>, entry: usize, hit: &AskedHit, around: &Around<'_>) -> Option<Candidate> {
    let superior = &around.text[around.hit.clone()];
    let lower = name_at(around.after())?;
    let end = around.hit.end + lower.len();
    let last = lower.chars().next_back()?;
    if !word_ends(last, &around.text[end..]) {
        return None;
    }
    // Between two Chinese characters a blank folds away, but there it separates.
    let span = Span::new(hit.span.start, hit.span.start + superior.len() + lower.len());
    let original = scene.folded.to_text(span);
    if original.end - original.start != superior.len() + lower.len() {
        return None;
    }
    if JOINED.iter().any(|word| around.text[around.sentence()].contains(word)) {
        return None;
    }
    let rows: Vec<Row<'_>> = rows(lower).collect();
    if rows.iter().any(|row| belongs(row, superior)) {
        return None;
    }
    let province = rows.first()?.province();
    if province.is_empty() || rows.iter().any(|row| row.province() != province) {
        // A name that several places have, or a province by itself.
        return None;
    }
    let right = if superiors_of(superior).is_empty() {
        format!("{province}{lower}")
    } else {
        // Cities beside each other may be an enumeration, and what a province administers may be listed with neighbours.
        let prefecture = rows.first()?.prefecture()?;
        if rows.iter().any(|row| row.prefecture() != Some(prefecture)) {
            return None;
        }
        format!("{prefecture}{lower}")
    };
    let above = right.strip_suffix(lower).unwrap_or(&right).to_owned();
    Some(Candidate {
        entry,
        block: around.block,
        span,
        reason: Some(format!("“{lower}”属“{above}”，不属“{superior}”，请核对。")),
        suggestions: vec![right],
        severity: None,
        confidence: None,
    })
}

/// Superiors of the place that is called so.
fn superiors_of(name: &str) -> Vec<&'static str> {
    rows(name).map(|row| row.superior).filter(|superior| !superior.is_empty()).collect()
}

/// Whether the place is, or ever was, under `superior`.
fn belongs(row: &Row<'_>, superior: &str) -> bool {
    let stem: String = superior.chars().take(2).collect();
    let is = |name: &str| !name.is_empty() && (name == superior || name.starts_with(&stem));
    // Chongqing was of Sichuan until 1997, Hainan of Guangdong until 1988.
    let once = (superior == "四川省" && row.province() == "重庆市")
        || (superior == "广东省" && row.province() == "海南省")
        || (superior == "河北省" && matches!(row.province(), "天津市" | "北京市"));
    once
        || row.superior.split('|').any(is)
        || row.former.split('|').any(is)
        // Under what its superior was called before or after.
        || row.prefecture().is_some_and(|prefecture| {
            rows(prefecture).any(|above| above.successor.split('|').any(is))
                || rows(superior).any(|above| above.successor.split('|').any(|next| next == prefecture))
        })
        // A place of the same name may have been elsewhere before it was renamed.
        || row.successor.split('|').filter(|next| !next.is_empty()).any(|next| {
            rows(next).any(|next| next.superior.split('|').any(is))
        })
}

/// Words around a former name that speak of its time, or that make it the name of something else.
const PAST: [&str; 21] = [
    "籍",
    "出生",
    "生于",
    "故居",
    "遗址",
    "旧址",
    "出土",
    "战役",
    "起义",
    "县志",
    "市志",
    "古代",
    "民国",
    "清代",
    "清朝",
    "明代",
    "抗日",
    "烈士",
    "红军",
    "地下党",
    "解放前",
];

/// What follows a place in the name of a dish, a school, a firm, a street.
const PRODUCTS: [&str; 30] = [
    "小吃",
    "豆瓣",
    "农民画",
    "路",
    "街",
    "大道",
    "巷",
    "村",
    "镇",
    "乡",
    "站",
    "桥",
    "机场",
    "高速",
    "港",
    "话",
    "菜",
    "酒",
    "茶",
    "米",
    "柚",
    "杨梅",
    "桃",
    "枣",
    "羊",
    "猪",
    "鸭",
    "鸡",
    "戏",
    "剧",
];

/// 高要市 after 2015.
fn renamed(
    scene: &Scene<'_>,
    written: &Written,
    entry: usize,
    hit: &AskedHit,
    around: &Around<'_>,
) -> Option<Candidate> {
    let name = &around.text[around.hit.clone()];
    let (before, after) = (around.before(), around.after());
    let at = |date: &str| day(date).map(|day| day / 10000);
    let mut rows: Vec<Row<'_>> = rows(name).collect();
    // Of several places the one that is meant may be said by what stands before.
    let led_by = |row: &Row<'_>| row.superior.split('|').any(|above| !above.is_empty() && before.ends_with(above));
    if rows.iter().any(led_by) {
        rows.retain(led_by);
    }
    let gone = |year: u32| {
        rows.iter().all(|row| !row.holds_in(year)) && rows.iter().any(|row| row.to.is_some_and(|to| to < year))
    };
    let (date, today) = (at(scene.date())?, at(scene.as_of)?);
    let outdated = !gone(date);
    if outdated && !(scene.outdated && gone(today)) {
        return None;
    }
    // A name that several places gave up at different times does not say what became of it.
    let row = rows.first()?;
    if row.successor.is_empty()
        || rows.iter().any(|other| other.successor != row.successor || other.superior != row.superior)
    {
        return None;
    }
    let led = led_by(row);
    let last = name.chars().next_back()?;
    if !(led || free_before(before)) || !place_ends(last, name, after, led) {
        return None;
    }
    let to = row.to?;
    let valid = Period { first: row.from.unwrap_or(0) * 10000, last: to * 10000 + 1231 };
    let sentence = &around.text[around.sentence()];
    let historic = around.in_title()
        || around.cites_document(&valid)
        || around.speaks_of(&valid)
        || PAST.iter().any(|word| sentence.contains(word))
        || row.successor.split('|').any(|next| sentence.contains(next) && !name.contains(next))
        || written.in_time(scene, around.block, &valid);
    if historic {
        return None;
    }
    let suggestions: Vec<String> = row.successor.split('|').map(str::to_owned).collect();
    let names = suggestions.iter().map(|name| format!("“{name}”")).collect::<String>();
    let past = if outdated { "成文时正确，" } else { "" };
    Some(Candidate {
        entry,
        block: around.block,
        span: hit.span,
        suggestions,
        reason: Some(format!("{past}“{name}”已于{to}年撤销，现为{names}。")),
        severity: outdated.then_some(Severity::Advice),
        confidence: scene.document.date.is_none().then_some(60),
    })
}

/// Whether the name ends where the hit ends: 即墨市|场, 吐鲁番地区 as a landscape, 郫县豆瓣.
fn place_ends(last: char, name: &str, after: &str, led: bool) -> bool {
    if PRODUCTS.iter().any(|product| after.starts_with(product)) {
        return false;
    }
    let run: usize = after.chars().take_while(|&c| is_han(c)).take(12).map(char::len_utf8).sum();
    let firm = [
        "公司",
        "银行",
        "集团",
        "中学",
        "小学",
        "学校",
        "医院",
        "大学",
        "学院",
        "合作社",
        "厂",
        "信用社",
        "水库",
        "商会",
    ];
    if firm.iter().any(|firm| after[..run].contains(firm)) {
        return false;
    }
    if !word_ends(last, after) {
        return false;
    }
    // 地区 is also any region; only an organ or the province before it makes it the unit.
    !name.ends_with("地区")
        || led
        || ["行署", "行政公署", "地委", "中级", "公安", "人民", "教育局", "财政局"]
            .iter()
            .any(|organ| after.starts_with(organ))
}

/// Whether the last character of a place's name makes no other word with what follows: 即墨市|场, 下城区|别.
fn word_ends(last: char, after: &str) -> bool {
    let joins = match last {
        '市' => "场民区级容郊内值井面镇",
        '县' => "级城域区际里志内",
        '区' => "别域分块间内位划",
        _ => "级",
    };
    after.starts_with("民政") || after.chars().next().is_none_or(|next| !joins.contains(next))
}
