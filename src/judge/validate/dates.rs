//! Dates, weekdays and years.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use memchr::memmem;

use super::{Candidate, Glance, Validator, Verdict, is_han_digit, last_chars};

/// Whether all that `expression` matches has month and day in figures around 月, as groups `m` and `d`.
fn has_month_and_day(expression: &str) -> bool {
    ["(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日", "(?<m>[0-9]{1,2}) ?月 ?(?<d>[0-9]{1,2}) ?日"]
        .iter()
        .any(|date| expression.contains(date))
}

/// The figures on both sides of each 月, of which one or none stand there, and what stands before them.
fn months(block: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    static MONTH: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("月"));
    let is_figure = |c: char| c.is_ascii_digit();
    MONTH.find_iter(block.as_bytes()).map(move |at| {
        let (before, after) =
            (block[..at].trim_end_matches(' '), block[at + '月'.len_utf8()..].trim_start_matches(' '));
        let head = before.trim_end_matches(is_figure);
        (head, &before[head.len()..], &after[..after.len() - after.trim_start_matches(is_figure).len()])
    })
}

/// A date in figures that the calendar does not have. Groups `y` (four digits, optional), `m`, `d`. Days of the lunar
/// calendar and durations (3年2月30日) are fine.
pub(super) struct CalendarDate;

impl Validator for CalendarDate {
    fn name(&self) -> &'static str {
        "calendar-date"
    }

    fn about(&self) -> &'static str {
        "y年m月d日 that the Gregorian calendar does not have"
    }

    fn glance(&self, expression: &str) -> Option<Glance> {
        has_month_and_day(expression).then_some(|block| {
            months(block).any(|(_, month, day)| {
                let days = match month.parse::<u8>() {
                    Ok(1 | 3 | 5 | 7 | 8 | 10 | 12) => 31,
                    Ok(4 | 6 | 9 | 11) => 30,
                    // Whether there is one day more depends on the year.
                    Ok(2) => 28,
                    _ => 0,
                };
                !month.is_empty() && !day.is_empty() && !day.parse().is_ok_and(|day: u8| (1..=days).contains(&day))
            })
        })
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        let joined = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '年' | '-' | '/' | ','));
        if joined || ["农历", "阴历", "旧历", "藏历", "夏历"].iter().any(|word| last_chars(before, 8).contains(word))
        {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        // Without its year, 29 February is possible.
        let year = candidate.number::<i16>("y").unwrap_or(2000);
        if Date::new(year, month, day).is_ok() {
            return Verdict::Fine;
        }
        let reason = match Date::new(year, month, 1) {
            Err(_) => format!("没有{month}月，请核对日期。"),
            Ok(first) => {
                let year = if candidate.group("y").is_empty() { String::new() } else { format!("{year}年") };
                format!("{year}{month}月只有{}天，没有{day}日，请核对日期。", first.days_in_month())
            }
        };
        Verdict::Wrong { suggestions: Vec::new(), reason: Some(reason) }
    }
}

/// The same for yyyy-mm-dd and its kin (GB/T 7408). Such strings are often no dates at all (standards, versions), so only
/// a real month with a day just beyond its end counts. Groups `y`, `m`, `d`.
pub(super) struct IsoDate;

impl Validator for IsoDate {
    fn name(&self) -> &'static str {
        "iso-date"
    }

    fn about(&self) -> &'static str {
        "yyyy-mm-dd with a day that its month does not have"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '=' | '〔' | '[');
        let joined = candidate.before_whole().trim_end().ends_with(joins)
            || candidate.after_whole().starts_with(|c: char| joins(c) && !matches!(c, '.' | '-'));
        let (Some(year), Some(month), Some(day)) =
            (candidate.number::<i16>("y"), candidate.number::<i8>("m"), candidate.number::<i8>("d"))
        else {
            return Verdict::Fine;
        };
        let Ok(first) = Date::new(year, month, 1) else {
            return Verdict::Fine;
        };
        let last = first.days_in_month();
        if joined || day <= last || day > 31 {
            return Verdict::Fine;
        }
        let reason = format!("{year}年{month}月只有{last}天，没有{day}日，请核对日期。");
        Verdict::Wrong { suggestions: Vec::new(), reason: Some(reason) }
    }
}

/// A date followed by a day of the week that it was not. Groups `y` (optional), `m`, `d`, and `hit`: 星期三, 周三. Without
/// a year the document's own is taken if the day lies within 90 days of the document, else nothing is said.
pub(super) struct WeekdayOfDate;

impl Validator for WeekdayOfDate {
    fn settles(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        "weekday"
    }

    fn about(&self) -> &'static str {
        "day of the week that does not fit the date before it"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        // A bracket ties the weekday to the date; without one, 至8月31日周一闭馆 speaks of every Monday.
        let bracket = candidate.before().ends_with(['（', '(']);
        if candidate.after().starts_with(['至', '到', '、', '-', '—', '~', '～', '－', '和', '及', '或', '良'])
            || before.ends_with(|c: char| c.is_ascii_digit() || c == '年' || c == '每')
            || (!bracket && before.ends_with(['至', '到', '-', '—', '~', '～', '－']))
            || last_chars(before, 4).contains("农历")
        {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        let date = match candidate.number::<i16>("y") {
            Some(year) => Date::new(year, month, day).ok(),
            None => candidate.document_date().and_then(|document| {
                let date = Date::new(document.year(), month, day).ok()?;
                let near = document.checked_sub(90.days()).ok()?..=document.checked_add(90.days()).ok()?;
                near.contains(&date).then_some(date)
            }),
        };
        let (Some(date), Some(last)) = (date, candidate.hit_text().chars().next_back()) else {
            return Verdict::Fine;
        };
        let right = weekday_name(date);
        // A day that has passed may be one of the coming year, which a notice need not name.
        let passed =
            candidate.number::<i16>("y").is_none() && candidate.document_date().is_some_and(|document| date < document);
        let ahead = passed.then(|| Date::new(date.year() + 1, month, day).ok()).flatten();
        if ahead.is_some_and(|ahead| weekday_name(ahead) == last) {
            return Verdict::Fine;
        }
        if last == right || (last == '天' && right == '日') {
            return Verdict::Fine;
        }
        let stem = candidate.hit_text().trim_end_matches(last);
        Verdict::Wrong {
            suggestions: vec![format!("{stem}{right}")],
            reason: Some(format!(
                "{}年{}月{}日是星期{right}，日期与星期不一致，请核对。",
                date.year(),
                date.month(),
                date.day()
            )),
        }
    }
}

/// A date with padded month or day (GB/T 9704—2012, 7.3.5.4: 月、日不编虚位). Groups `y`, `m`, `d`. Time stamps of a site are
/// fine: beside 发布时间 and the like, or with a clock time behind.
pub(super) struct PaddedDate;

impl Validator for PaddedDate {
    fn name(&self) -> &'static str {
        "padded-date"
    }

    fn about(&self) -> &'static str {
        "y年0m月0d日 that is not a time stamp"
    }

    fn glance(&self, expression: &str) -> Option<Glance> {
        has_month_and_day(expression).then_some(|block| {
            // Of more than two figures some may belong to something else.
            let may_be_padded = |figures: &str| figures.starts_with('0') || figures.len() > 2;
            months(block).any(|(_, month, day)| may_be_padded(month) || may_be_padded(day))
        })
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let stamp = ["时间", "日期", "发布", "更新", "来源", "浏览", "作者", "编辑"]
            .iter()
            .any(|word| last_chars(candidate.before_whole(), 10).contains(word));
        let clock = candidate.after_whole().trim_start().starts_with(|c: char| c.is_ascii_digit());
        let (Some(month), Some(day)) = (candidate.number::<u8>("m"), candidate.number::<u8>("d")) else {
            return Verdict::Fine;
        };
        let padded = candidate.group("m").starts_with('0') || candidate.group("d").starts_with('0');
        if stamp || clock || !padded || month == 0 || day == 0 {
            return Verdict::Fine;
        }
        Verdict::replace([format!("{}年{month}月{day}日", candidate.group("y"))])
    }
}

/// The last character of the name of a day's weekday.
fn weekday_name(date: Date) -> char {
    match date.weekday() {
        Weekday::Monday => '一',
        Weekday::Tuesday => '二',
        Weekday::Wednesday => '三',
        Weekday::Thursday => '四',
        Weekday::Friday => '五',
        Weekday::Saturday => '六',
        Weekday::Sunday => '日',
    }
}

/// A year of two digits in a full date (GB/T 15835—2011, 5.1.4). Group `y`. Durations and years of an era are fine.
pub(super) struct ShortYear;

impl Validator for ShortYear {
    fn name(&self) -> &'static str {
        "short-year"
    }

    fn about(&self) -> &'static str {
        "yy年m月d日 that is neither a duration nor a year of an era"
    }

    fn glance(&self, expression: &str) -> Option<Glance> {
        let is_date = expression.starts_with("(?<hit>(?<y>[0-9]{2})年[0-9]{1,2}月[0-9]{1,2}日");
        is_date.then_some(|block| {
            // A third figure before the two is one of a whole year.
            let is_short = |year: &str| {
                let figures = year.len() - year.trim_end_matches(|c: char| c.is_ascii_digit()).len();
                (1..=2).contains(&figures)
            };
            // More figures before 月 may be a year of which 年 is no part.
            months(block).any(|(head, month, _)| month.len() > 2 || head.strip_suffix('年').is_some_and(is_short))
        })
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const OTHER: &[&str] = &[
            "民国", "光绪", "同治", "咸丰", "道光", "嘉庆", "乾隆", "雍正", "康熙", "顺治", "宣统", "万历", "昭和",
            "大正", "平成", "明治", "徒刑", "刑期", "历时", "为期", "工龄", "年龄", "佛历", "主体",
        ];
        let before = candidate.before();
        let joined = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | ',' | '、'));
        if joined || OTHER.iter().any(|word| last_chars(before, 6).contains(word)) {
            return Verdict::Fine;
        }
        let Some(short) = candidate.number::<i16>("y") else {
            return Verdict::Fine;
        };
        // The century that puts the year nearest before the document; ten years ahead are left for plans.
        let now = candidate.document_date().map_or(2035, |date| date.year() + 10);
        let full = if 2000 + short <= now { 2000 + short } else { 1900 + short };
        Verdict::replace([candidate.hit_text().replacen(candidate.group("y"), &full.to_string(), 1)])
    }
}

/// A range of years that ends before it begins. Groups `a`, `b`. Numbers of standards (GB 2001-1998) are fine.
pub(super) struct YearOrder;

impl Validator for YearOrder {
    fn settles(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        "year-order"
    }

    fn about(&self) -> &'static str {
        "range of years whose end lies before its beginning"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole().trim_end();
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '—')) {
            return Verdict::Fine;
        }
        match (candidate.number::<u16>("a"), candidate.number::<u16>("b")) {
            (Some(a), Some(b)) if a > b => Verdict::wrong(),
            _ => Verdict::Fine,
        }
    }
}

/// A year whose zero is another character: 二○二一 with U+25CB, a letter O, 零 (GB/T 15835—2011, 5.2.5), or 2O21 with
/// letters among figures. Reported is the year without 年.
pub(super) struct ZeroLookalike;

impl Validator for ZeroLookalike {
    fn name(&self) -> &'static str {
        "zero-lookalike"
    }

    fn about(&self) -> &'static str {
        "year written with a circle, a letter or 零 in place of 〇 or 0"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let year = candidate.hit_text();
        if candidate.before_whole().ends_with(|c: char| c.is_ascii_alphanumeric() || is_han_digit(c)) {
            return Verdict::Fine;
        }
        let figures = year.starts_with(|c: char| c.is_ascii_digit());
        let right: String = year
            .chars()
            .map(|c| match c {
                '○' | '◯' | 'O' | 'o' | 'О' | 'о' | 'Ο' | 'ο' | '零' | '0' | '〇' => {
                    if figures {
                        '0'
                    } else {
                        '〇'
                    }
                }
                'l' | 'I' => '1',
                other => other,
            })
            .collect();
        if right == year { Verdict::Fine } else { Verdict::replace([right]) }
    }
}

/// A day that became a name, written with a full stop: 3.15 (GB/T 15835—2011, 5.1.6: 间隔号). Groups `m`, `d`.
pub(super) struct AnniversaryDot;

impl Validator for AnniversaryDot {
    fn name(&self) -> &'static str {
        "anniversary-dot"
    }

    fn about(&self) -> &'static str {
        "month.day used as a name; versions and ratios excepted"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before();
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '~' | '～' | '—')) {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        if Date::new(2000, month, day).is_err() || candidate.group("d").starts_with('0') {
            return Verdict::Fine;
        }
        Verdict::replace([format!("{month}·{day}")])
    }
}
