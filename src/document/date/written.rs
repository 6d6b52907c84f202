//! Reads dates as people write them.

use jiff::civil::Date;

/// A date read from the beginning of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'t> {
    /// The day.
    pub(super) date: Date,
    /// Whether it is written with 年月日, as official papers do.
    pub(super) spelt: bool,
    /// What follows.
    pub(super) rest: &'t str,
}

/// The day, if the calendar has it and a document can bear it.
pub(super) fn day(year: u32, month: u32, day: u32) -> Option<Date> {
    if !(1900..2200).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Reads the date that `text` begins with: `2021年3月5日`, also with spaces or full-width figures, `二〇二一年三月五日`,
/// `2021-03-05`, `2021/3/5`, `2021.3.5`. A date that runs on into further figures is none.
pub(super) fn read(text: &str) -> Option<Written<'_>> {
    // Nearly every call ends here.
    text.starts_with(|c: char| figure(c).is_some() || han(c).is_some()).then_some(())?;
    let (year, rest) = figures(text, 4, 4).or_else(|| han_year(text))?;
    let rest = rest.trim_start();
    let separator = rest.chars().next()?;
    if separator == '年' {
        let (month, rest) = small(rest[separator.len_utf8()..].trim_start())?;
        let (date_day, rest) = small(rest.trim_start().strip_prefix('月')?.trim_start())?;
        let rest = rest.trim_start().strip_prefix('日')?;
        return Some(Written { date: day(year, month, date_day)?, spelt: true, rest });
    }
    if !matches!(separator, '-' | '/' | '.' | '－') {
        return None;
    }
    let (month, rest) = figures(&rest[separator.len_utf8()..], 1, 2)?;
    let (date_day, rest) = figures(rest.strip_prefix(separator)?, 1, 2)?;
    Some(Written { date: day(year, month, date_day)?, spelt: false, rest })
}

/// The dates in `text`, each with its offset (bytes).
pub(super) fn all(text: &str) -> impl Iterator<Item = (usize, Written<'_>)> {
    let mut end = 0;
    let mut before = None;
    text.char_indices().filter_map(move |(at, c)| {
        let begins = at >= end && before.is_none_or(|before| figure(before).is_none() && han(before).is_none());
        before = Some(c);
        let written = begins.then(|| read(&text[at..])).flatten()?;
        end = text.len() - written.rest.len();
        Some((at, written))
    })
}

/// The value of a figure, full-width ones included.
fn figure(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// A number of `least` to `most` figures at the beginning of `text` that no further figure follows.
fn figures(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let mut value = 0;
    let mut count = 0;
    let mut rest = text;
    while let Some((c, digit)) = rest.chars().next().and_then(|c| Some((c, figure(c)?))) {
        count += 1;
        if count > most {
            return None;
        }
        value = value * 10 + digit;
        rest = &rest[c.len_utf8()..];
    }
    (count >= least).then_some((value, rest))
}

/// A Chinese digit. For the zero, papers have 〇, 零 and many a look-alike.
fn han_digit(c: char) -> Option<u32> {
    match c {
        '〇' | '零' | '○' | '◯' | 'О' | 'O' | 'Ｏ' => Some(0),
        '一' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

/// A Chinese numeral with which a year, month or day can begin.
fn han(c: char) -> Option<u32> {
    if c == '十' { Some(10) } else { han_digit(c).filter(|&digit| digit > 0) }
}

/// Four Chinese digits: 二〇二一. A zero may also be a figure: 二0二一.
fn han_year(text: &str) -> Option<(u32, &str)> {
    let mut value = 0;
    let mut chars = text.chars();
    for _ in 0..4 {
        let c = chars.next()?;
        value = value * 10 + han_digit(c).or_else(|| (figure(c) == Some(0)).then_some(0))?;
    }
    Some((value, chars.as_str()))
}

/// A number below 100, in figures or Chinese: 5, 05, 五, 十, 十二, 二十, 二十一.
fn small(text: &str) -> Option<(u32, &str)> {
    if let Some(found) = figures(text, 1, 2) {
        return Some(found);
    }
    let mut value = 0;
    let mut rest = text;
    while let Some((c, number)) = rest.chars().next().and_then(|c| Some((c, han(c)?))) {
        value = match (value, number) {
            (0, number) => number,
            (1..=9, 10) => value * 10,
            (10.., 1..=9) if value % 10 == 0 => value + number,
            _ => return None,
        };
        rest = &rest[c.len_utf8()..];
    }
    (value > 0).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2021年3月5日", Some("2021-03-05 ")),
            ("2021 年 03 月 05 日印发", Some("2021-03-05 印发")),
            ("２０２１年３月５日", Some("2021-03-05 ")),
            ("二〇二一年三月五日", Some("2021-03-05 ")),
            ("二○二一年十二月三十一日", Some("2021-12-31 ")),
            ("二零二一年十月二十日", Some("2021-10-20 ")),
            ("二O二一年十一月二十一日", Some("2021-11-21 ")),
            ("二0二一年十一月十日", Some("2021-11-10 ")),
            ("一九九八年八月八日", Some("1998-08-08 ")),
            ("2021-3-5 09:30", Some("2021-03-05  09:30")),
            ("2021/03/05", Some("2021-03-05 ")),
            ("2021.3.5", Some("2021-03-05 ")),
            ("2021-03/05", None),
            ("2021年2月30日", None),
            ("2021年3月", None),
            ("2021年3月5至8日", None),
            ("2021-03-055", None),
            ("12021-03-05", None),
            ("二〇二一年三十月五日", None),
            ("年月日", None),
            ("", None),
        ] {
            let read = read(text).map(|written| format!("{} {}", written.date, written.rest));
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_found_whole() {
        let found = |text: &str| all(text).map(|(at, written)| (at, written.date.to_string())).collect::<Vec<_>>();
        assert_eq!(
            found("(1999年4月3日通过 2002-03-24修订)"),
            [(1, "1999-04-03".to_owned()), (23, "2002-03-24".to_owned())]
        );
        assert_eq!(found("编号12021-03-05"), []);
        assert_eq!(found("第12021年3月5日"), []);
    }
}
