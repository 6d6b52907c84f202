//! What the surroundings of a name say about the time it belongs to.

use std::cell::OnceCell;
use std::ops::Range;

use memchr::memmem;

use crate::document::{Folded as FoldedMark, Span};
use crate::judge::registered::Scene;
use crate::normalise::is_han;

/// A day as a number that compares like a date: 20180317.
pub(super) type Day = u32;

/// The first and the last day of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Period {
    /// The last day of what has not ended.
    pub(super) const OPEN: Day = 99_991_231;

    pub(super) fn contains(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    pub(super) fn overlaps(&self, other: &Period) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The number of an ISO 8601 date; `None` if it is none.
pub(super) fn day(date: &str) -> Option<Day> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    Some(parts.next()?? * 10000 + parts.next()?? * 100 + parts.next()??)
}

/// Days from one date to another, months counted as 30 days and years as 360.
pub(super) fn days_between(one: Day, two: Day) -> i64 {
    let count = |day: Day| i64::from(day / 10000) * 360 + i64::from(day / 100 % 100) * 30 + i64::from(day % 100);
    count(two) - count(one)
}

/// `2018年3月` of the day after `day`, given the last day on which something held.
pub(super) fn month_after(day: Day) -> String {
    let date = jiff::civil::Date::new((day / 10000) as i16, (day / 100 % 100) as i8, (day % 100) as i8);
    let next = date.and_then(jiff::civil::Date::tomorrow);
    next.map_or_else(
        |_| format!("{}年{}月", day / 10000, day / 100 % 100),
        |next| format!("{}年{}月", next.year(), next.month()),
    )
}

/// A date as the text states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) period: Period,
    /// Whether it begins a time that goes on: 2015年以来.
    pub(super) open: bool,
}

/// Dates in `text` that state at least a year, in order.
pub(super) fn dates(text: &str) -> Vec<Stated> {
    let mut found = Vec::new();
    let mut at = 0;
    // What begins a year is rare.
    while let Some(next) = text[at..].find(['1', '2', '一', '二']) {
        at += next;
        let rest = &text[at..];
        if let Some((year, length)) = year(rest)
            && !text[..at].ends_with(|c: char| c.is_ascii_digit() || chinese_digit(c).is_some())
            && let Some((length, period)) = rest_of_date(rest, length, year)
        {
            let end = at + length;
            let after = &text[end..];
            let open = ["以来", "起", "至今", "之后", "以后", "后，"].iter().any(|word| after.starts_with(word));
            found.push(Stated { start: at, end, period, open });
            at = end;
            continue;
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    found
}

fn chinese_digit(character: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|digit| digit == character)
        .or_else(|| matches!(character, '○' | '零' | 'O').then_some(0))
        .map(|value| value as u32)
}

/// A year of the 20th or 21st century at the beginning of `text`, and its length in bytes.
fn year(text: &str) -> Option<(u32, usize)> {
    let mut value = 0;
    let mut length = 0;
    for (index, character) in text.chars().take(4).enumerate() {
        let digit = character.to_digit(10).or_else(|| chinese_digit(character))?;
        if index == 0 && !(1..=2).contains(&digit) {
            return None;
        }
        value = value * 10 + digit;
        length += character.len_utf8();
    }
    (1900..2100).contains(&value).then_some((value, length))
}

/// What follows the year: its mark, and the month and day if they are stated.
fn rest_of_date(text: &str, length: usize, year: u32) -> Option<(usize, Period)> {
    let whole = Period { first: year * 10000 + 101, last: year * 10000 + 1231 };
    let rest = &text[length..];
    let mark = rest.chars().next()?;
    match mark {
        '年' => {
            let (month, month_length) = small_number(&rest[mark.len_utf8()..]);
            let after = &rest[mark.len_utf8() + month_length..];
            if !(1..=12).contains(&month) || !after.starts_with('月') {
                return Some((length + mark.len_utf8(), whole));
            }
            let end = length + mark.len_utf8() + month_length + '月'.len_utf8();
            let base = year * 10000 + month * 100;
            let (number, number_length) = small_number(&text[end..]);
            if (1..=31).contains(&number) && text[end + number_length..].starts_with('日') {
                return Some((
                    end + number_length + '日'.len_utf8(),
                    Period { first: base + number, last: base + number },
                ));
            }
            Some((end, Period { first: base + 1, last: base + 31 }))
        }
        '.' | '-' | '/' | '．' => {
            let (month, month_length) = small_number(&rest[mark.len_utf8()..]);
            let end = length + mark.len_utf8() + month_length;
            if (1..=12).contains(&month) {
                Some((end, Period { first: year * 10000 + month * 100 + 1, last: year * 10000 + month * 100 + 31 }))
            } else {
                (mark == '-').then_some((length, whole))
            }
        }
        '—' | '–' | '~' | '～' | '至' | '〕' | ']' | '］' | ')' | '）' | '】' | '、' => {
            Some((length, whole))
        }
        _ => None,
    }
}

/// A number of one or two digits, or a Chinese number up to 31, and its length in bytes; 0 if there is none.
fn small_number(text: &str) -> (u32, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return if digits <= 2 { (text[..digits].parse().unwrap_or(0), digits) } else { (0, 0) };
    }
    chinese_number(text)
}

/// A Chinese number below 100 at the beginning of `text`, and its length in bytes; 0 if there is none.
pub(super) fn chinese_number(text: &str) -> (u32, usize) {
    let (mut value, mut length) = (0, 0);
    for character in text.chars() {
        match (character, chinese_digit(character)) {
            ('十', _) => value = value.max(1) * 10,
            (_, Some(digit)) if digit > 0 && value % 10 == 0 => value += digit,
            _ => break,
        }
        length += character.len_utf8();
    }
    if value < 100 { (value, length) } else { (0, 0) }
}

/// The Chinese numeral of a number below 100.
pub(super) fn chinese_numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10 % 10, number % 10);
    let tens = match tens {
        0 => String::new(),
        1 => "十".to_owned(),
        tens => format!("{}十", DIGITS[tens as usize]),
    };
    format!("{tens}{}", DIGITS[ones as usize])
}

/// Words that make a sentence speak of the time of the old name, or of the change itself.
const HISTORY: [&str; 45] = [
    "更名",
    "改名",
    "改称",
    "撤销",
    "不再保留",
    "划入",
    "划转",
    "并入",
    "组建",
    "历史沿革",
    "沿革",
    "前身",
    "挂牌",
    "机构改革",
    "时任",
    "曾任",
    "历任",
    "当时的",
    "转隶",
    "加挂",
    "牌子",
    "职责整合",
    "改组为",
    "合并组建",
    "合并为",
    "改为",
    "改制",
    "整合",
    "世纪",
    "年代",
    "当年",
    "早年",
    "曾经",
    "昔日",
    "历史上",
    "初期",
    "逝世",
    "退休",
    "离休",
    "简历",
    "履历",
    "建国初",
    "曾在",
    "曾获",
    "曾被",
];

/// The surroundings of a hit.
pub(super) struct Around<'t> {
    pub(super) block: usize,
    /// Text of the block.
    pub(super) text: &'t str,
    /// The hit in it.
    pub(super) hit: Range<usize>,
}

impl<'t> Around<'t> {
    pub(super) fn new(scene: &'t Scene<'_>, span: Span<FoldedMark>) -> Self {
        let block = scene.folded.block_index(span.start);
        let within = scene.folded.blocks()[block];
        Around {
            block,
            text: &scene.folded.text()[within.range()],
            hit: span.start - within.start..span.end - within.start,
        }
    }

    pub(super) fn before(&self) -> &'t str {
        &self.text[..self.hit.start]
    }

    pub(super) fn after(&self) -> &'t str {
        &self.text[self.hit.end..]
    }

    /// The sentence that holds the hit.
    pub(super) fn sentence(&self) -> Range<usize> {
        let ends = |c: char| matches!(c, '。' | '！' | '？' | '；' | ';');
        let start =
            self.before().rfind(ends).map_or(0, |at| at + self.text[at..].chars().next().map_or(1, char::len_utf8));
        let end = self.after().find(ends).map_or(self.text.len(), |at| self.hit.end + at);
        start..end
    }

    /// The clause before the hit, without what an earlier comma ended.
    pub(super) fn clause_before(&self) -> &'t str {
        let ends = |c: char| matches!(c, '。' | '！' | '？' | '；' | ';' | '，' | ',' | '：' | ':' | '（' | '(');
        let before = self.before();
        before.rfind(ends).map_or(before, |at| &before[at + before[at..].chars().next().map_or(1, char::len_utf8)..])
    }

    /// Whether the hit stands in a title between 《 and 》.
    pub(super) fn in_title(&self) -> bool {
        let before = self.before();
        match (before.rfind('《'), before.rfind('》')) {
            (Some(open), close) => close.is_none_or(|close| close < open) && self.after().contains('》'),
            _ => false,
        }
    }

    /// Whether the text speaks of a time at which a name held that holds for `valid`.
    pub(super) fn speaks_of(&self, valid: &Period) -> bool {
        let sentence = self.sentence();
        let text = &self.text[sentence.clone()];
        if HISTORY.iter().any(|cue| text.contains(cue)) || self.named_as_former() {
            return true;
        }
        let stated = dates(&self.text[..sentence.end]);
        if stated.iter().any(|date| date.start >= sentence.start && !date.open && date.period.overlaps(valid)) {
            return true;
        }
        // A paragraph that tells of a year goes on in it until it names another.
        let last = stated.iter().rev().find(|date| date.end <= self.hit.start);
        last.is_some_and(|date| !date.open && date.period.overlaps(valid))
    }

    /// Whether the name, or the enumeration that it stands in, is called a former one: 原国土资源部、农业部.
    fn named_as_former(&self) -> bool {
        /// 原 begins a word with these.
        const WORDS: &str = "因则有来件料文始告本理油子意先址定值野状创审判生价标型装种产著作谅";
        let clause = self.clause_before();
        let near: usize = clause.chars().rev().take(60).map(char::len_utf8).sum();
        let near = &clause[clause.len() - near..];
        let former = near.char_indices().filter(|&(_, c)| c == '原').any(|(at, c)| {
            let before = near[..at].chars().next_back();
            let next = near[at + c.len_utf8()..].chars().next();
            !matches!(before, Some('中' | '高' | '平' | '草' | '太' | '还' | '复' | '病' | '抗'))
                && next.is_none_or(|next| !WORDS.contains(next))
        });
        former
            || ["前", "旧称", "旧", "老", "曾称", "原为", "曾为", "原名", "曾名", "称"]
                .iter()
                .any(|cue| clause.trim_end_matches(['“', '‘', '"']).ends_with(cue))
            || ["（现", "(现", "（今", "(今", "（已", "（后", "(后", "（前", "（2", "（1", "（原", "时期", "时代"]
                .iter()
                .any(|cue| self.after().trim_start_matches(['”', '’', '"']).starts_with(cue))
    }

    /// Whether the name belongs to the reference to a document: 国土资源部令第42号, 农业部关于印发《…》的通知.
    pub(super) fn cites_document(&self, valid: &Period) -> bool {
        const ISSUED: [&str; 22] = [
            "发布", "印发", "颁布", "出台", "下发", "公布", "令", "公告", "联合", "修订", "制定", "编制", "批准",
            "批复", "认定", "关于", "授予", "命名", "颁发", "下达", "核发", "评为",
        ];
        let after = self.after();
        let near: usize = after.chars().take(60).map(char::len_utf8).sum();
        let near = &after[..near];
        let near = near.split(['。', '；', '，', '！', '？']).next().unwrap_or(near);
        if ["令", "公告", "通告", "第", "〔", "[", "［", "发〔", "办公厅〔"].iter().any(|mark| near.starts_with(mark))
        {
            return true;
        }
        let Some(title) = near.find(['《', '〔']) else {
            // 国土资源部 农业部令: heads of joint documents.
            return near
                .split_whitespace()
                .next_back()
                .is_some_and(|last| last.ends_with('令') || last.contains("令第"));
        };
        // A document that states a later year was not issued under the name.
        let later = dates(after)
            .iter()
            .take_while(|date| date.start < near.len() + 60)
            .any(|date| date.period.first > valid.last);
        !later && (title == 0 || ISSUED.iter().any(|word| near[..title].contains(word)))
    }
}

/// Whether nothing that belongs to the same word stands before the hit: punctuation, the beginning, a word that takes a
/// name after it.
pub(super) fn free_before(before: &str) -> bool {
    const FREE: &str = "由经报向对和与及或按据受在从为给是将请归同到于了自依交送至被把让使以并但而则均也又已就含照过获需须应等属入往赴随遵因如后时下上中内日月年度出问访来";
    before.chars().next_back().is_none_or(|last| !is_han(last) || FREE.contains(last))
        || [
            "国家", "我国", "中央", "全国", "学习", "贯彻", "落实", "包括", "会同", "通过", "联合", "配合", "协助",
            "根据",
        ]
        .iter()
        .any(|word| before.ends_with(word))
}

/// Characters that make another word with the last character of a name: 环境保护部|门.
pub(super) fn free_after(last: char, after: &str) -> bool {
    let Some(next) = after.chars().next() else { return true };
    let joins = match last {
        '部' => "门队分长级件位署落族属委首头直",
        '局' => "部面势限域促",
        '会' => "议员长场同计谈见",
        '办' => "公法理事学案",
        '委' => "员托派任",
        '署' => "名",
        '院' => "校士",
        '区' => "别域分",
        '组' => "织成合长",
        '社' => "会区",
        _ => "",
    };
    !joins.contains(next)
}

/// Whether the name goes on as the name of something else: 国家林业局昆明勘察设计院.
pub(super) fn goes_on(after: &str) -> bool {
    const ENDINGS: [&str; 38] = [
        "研究院",
        "设计院",
        "研究所",
        "中心",
        "总站",
        "大学",
        "学院",
        "医院",
        "学校",
        "中学",
        "小学",
        "集团",
        "公司",
        "协会",
        "学会",
        "实验室",
        "基地",
        "出版社",
        "专员办",
        "办事处",
        "分局",
        "监管局",
        "督察局",
        "总队",
        "支队",
        "大队",
        "杂志社",
        "报社",
        "银行",
        "信用社",
        "合作社",
        "工厂",
        "基金会",
        "俱乐部",
        "勘测院",
        "司",
        "处",
        "局",
    ];
    const STOPS: [&str; 38] = [
        "的", "在", "对", "关于", "印发", "发布", "和", "与", "及", "等", "为", "是", "将", "要求", "批准", "备案",
        "规定", "负责", "会同", "应当", "可以", "组织", "制定", "审批", "同意", "召开", "提出", "牵头", "副", "局长",
        "部长", "主任", "工作", "报告", "确定", "公布", "核定", "部署",
    ];
    let run: usize = after.chars().take_while(|&c| is_han(c)).take(20).map(char::len_utf8).sum();
    let run = &after[..run];
    let stop = STOPS.iter().filter_map(|stop| run.find(stop)).min().unwrap_or(run.len());
    let run = &run[..stop];
    !run.starts_with("办公厅") && ENDINGS.iter().any(|ending| run.ends_with(ending))
}

/// Dates at which parts of a document were written, as it says itself: the date below a letter or order that is quoted in
/// full, the number above it, the line of promulgation below a statute's title.
#[derive(Default)]
pub(super) struct Written {
    stated: OnceCell<Vec<Dateline>>,
}

struct Dateline {
    block: usize,
    period: Period,
    /// Whether it dates what stands above it, rather than what follows.
    closing: bool,
    /// Whether the block is nothing but the date.
    alone: bool,
}

impl Written {
    /// Whether what surrounds `block` was written in `valid`.
    pub(super) fn in_time(&self, scene: &Scene<'_>, block: usize, valid: &Period) -> bool {
        let lines = self.stated.get_or_init(|| datelines(scene));
        let at = lines.partition_point(|line| line.block < block);
        // What follows a statute's day of effect still belongs to the statute.
        let below = lines[at..].iter().find(|line| line.closing).or(lines.iter().rfind(|line| line.closing));
        if let Some(line) = below {
            // A day below the text says more than the year of the number above it.
            let signed = line.alone && line.period.last - line.period.first < 100;
            if signed || line.period.overlaps(valid) {
                return line.period.overlaps(valid);
            }
        }
        // A statute keeps the names of the day on which it was first issued through its later amendments.
        let mut next = None;
        for line in lines[..at].iter().rev().filter(|line| !line.closing) {
            if next.is_some_and(|next| next - line.block > HEAD_GAP) {
                break;
            }
            if line.period.overlaps(valid) {
                return true;
            }
            next = Some(line.block);
        }
        false
    }
}

/// Blocks that may stand between the lines of one head.
const HEAD_GAP: usize = 3;

/// Words of lines that say how a statute came about.
const PROMULGATED: [&str; 8] = ["通过", "公布", "发布", "令", "批准", "修正", "修订", "修改"];

fn datelines(scene: &Scene<'_>) -> Vec<Dateline> {
    let mut lines = Vec::new();
    let from = memmem::Finder::new("起");
    for (index, span) in scene.folded.blocks().iter().enumerate() {
        // Statutes list all their amendments in one line, but a longer paragraph is prose.
        if span.len() > 3000 || scene.document.blocks[index].cell.is_some() {
            continue;
        }
        let text = scene.folded.text()[span.range()].trim();
        let bare = text.trim_matches(['（', '）', '(', ')', ' ']);
        let in_force = from.find_iter(text.as_bytes()).any(|at| {
            let after = &text[at + '起'.len_utf8()..];
            ["施行", "实施", "执行"].iter().any(|word| after.starts_with(word))
        });
        let number = text.len() <= 90 && text.ends_with('号') && text.contains(['〔', '[', '［']);
        let starts = bare.starts_with(['1', '2', '一', '二']);
        if !in_force && !number && !starts {
            continue;
        }
        let stated = dates(bare);
        let first = stated.first().filter(|date| date.start == 0);
        let alone = first.is_some_and(|date| date.end == bare.len());
        let promulgated = first.is_some() && PROMULGATED.iter().any(|word| bare.contains(word));
        if alone || in_force {
            let dates = stated.iter().map(|date| Dateline { block: index, period: date.period, closing: true, alone });
            lines.extend(dates.take(1));
        } else if promulgated || number {
            lines.extend(stated.iter().map(|date| Dateline {
                block: index,
                period: date.period,
                closing: false,
                alone,
            }));
        }
    }
    lines
}
