//! Dates in file names and folders, as publishing systems and people put them there.

use std::borrow::Cow;

use jiff::civil::Date;
use percent_encoding::percent_decode_str;

use super::number;
use super::written::{self, day};
use crate::document::DocumentDate;

/// Years that a date of eight figures can have. Other numbers of eight figures are frequent.
const YEARS: std::ops::Range<i16> = 1980..2100;

/// Years that a date with separators can have: old statutes are filed under theirs.
const YEARS_SEPARATED: std::ops::Range<i16> = 1949..2100;

/// The date that the folders of a file give.
#[derive(Debug)]
pub(super) struct Folder {
    /// The date. Of a month its first day: dated rules say from when on something is wrong, so a rule that began within
    /// the month stays silent rather than report what may have been right.
    pub(super) date: DocumentDate,
    /// The last day that is meant: of a month its last. ISO 8601.
    pub(super) last: String,
}

/// The date in the name of the file: `t20210305_123.html`, `P020210305612345678901.docx`, `20210305093012.doc`,
/// `…(2018-11-06).txt`, `…2021年3月5日.docx`. Of several the last counts.
pub(super) fn file_name(name: &str) -> Option<DocumentDate> {
    let path = inner(name);
    let file = path.rsplit('/').next().unwrap_or(&path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    in_name(stem).map(|date| dated(date, "path"))
}

/// The date that the folders of a file give: `2021-03/05`, `2021/03/05`, `2021/3/5`, `2021/0305`, `202103/05`,
/// `20210305`, `2021-03-05`, `2021年3月5日`; failing that, the month: `202103`, `2021-03`, `2021/03`. Only folders that
/// are nothing but a date count, and the innermost first. What encloses an archive tells when it was packed.
pub(super) fn folder(name: &str) -> Option<Folder> {
    let path = inner(name);
    let (folders, _) = path.rsplit_once('/')?;
    if !folders.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let folders: Vec<&str> = folders.split('/').collect();
    let ends = || (1..=folders.len()).rev();
    if let Some(date) = ends().find_map(|end| ending_in_day(&folders[..end])) {
        return Some(Folder { date: dated(date, "path"), last: date.to_string() });
    }
    let month = ends().find_map(|end| ending_in_month(&folders[..end]))?;
    Some(Folder { date: dated(month, "path month"), last: month.last_of_month().to_string() })
}

fn dated(date: Date, from: &str) -> DocumentDate {
    DocumentDate { date: date.to_string(), from: from.to_owned() }
}

/// The path inside the innermost archive, without query and percent-encoding.
fn inner(name: &str) -> Cow<'_, str> {
    let name = name.rsplit('!').next().unwrap_or(name);
    let name = name.split(['?', '#']).next().unwrap_or(name);
    percent_decode_str(name).decode_utf8_lossy()
}

fn compact(year: u32, month: u32, of_month: u32) -> Option<Date> {
    day(year, month, of_month).filter(|date| YEARS.contains(&date.year()))
}

fn in_name(stem: &str) -> Option<Date> {
    if !stem.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Offsets stay the same: both separators are one byte.
    let hyphens = stem.replace('_', "-");
    let separated = written::all(&hyphens).map(|(at, one)| (at, one.date));
    let separated = separated.filter(|(_, date)| YEARS_SEPARATED.contains(&date.year())).last();
    let words = words(stem).filter_map(|(at, word)| Some((at, in_word(word)?))).last();
    separated.max(words).map(|(_, date)| date)
}

/// Runs of ASCII letters and figures, each with its offset (bytes).
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let alphanumeric = |c: char| c.is_ascii_alphanumeric();
        at += text[at..].find(alphanumeric)?;
        let start = at;
        at += text[at..].find(|c| !alphanumeric(c)).unwrap_or(text.len() - at);
        Some((start, &text[start..at]))
    })
}

/// A word that is a date, with letters before it (`t20210305`) or a time of day after it. Words that mix letters and
/// figures otherwise are keys and hashes.
fn in_word(word: &str) -> Option<Date> {
    let figures = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &word[..word.len() - figures.len()];
    let (figures, time) = match figures.split_once(['T', 't']) {
        Some((figures, time)) => (figures, time),
        None => (figures, ""),
    };
    if !figures.bytes().chain(time.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // TRS names attachments and pictures P0 or W0, date, and a running number of twelve figures or so.
    if matches!(letters, "P" | "W" | "p" | "w") && figures.len() >= 15 && figures.starts_with('0') {
        return leading(&figures[1..]);
    }
    match figures.len() {
        8 => leading(figures),
        14 | 17 if is_time(&figures[8..14]) => leading(figures),
        _ => None,
    }
}

/// The date that the first eight of `figures` are.
fn leading(figures: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| figures.get(range)?.parse().ok();
    compact(part(0..4)?, part(4..6)?, part(6..8)?)
}

/// Whether six figures are a time of day.
fn is_time(figures: &str) -> bool {
    let below = |at: usize, bound: u32| {
        figures.get(at..at + 2).and_then(|two| two.parse().ok()).is_some_and(|two: u32| two < bound)
    };
    below(0, 24) && below(2, 60) && below(4, 60)
}

/// The number that `text` is: `least` to `most` figures and nothing else.
fn whole(text: &str, least: usize, most: usize) -> Option<u32> {
    let (value, rest) = number(text, most)?;
    (rest.is_empty() && text.len() >= least).then_some(value)
}

fn ending_in_day(folders: &[&str]) -> Option<Date> {
    let (last, above) = folders.split_last()?;
    if let Some(date) = whole(last, 8, 8).and_then(|_| leading(last)) {
        return Some(date);
    }
    let spelt = last.replace('_', "-");
    if let Some(one) = written::read(&spelt).filter(|one| one.rest.is_empty()) {
        return YEARS_SEPARATED.contains(&one.date.year()).then_some(one.date);
    }
    let (parent, above) = above.split_last()?;
    if let Some(year) = whole(parent, 4, 4)
        && whole(last, 4, 4).is_some()
    {
        return compact(year, last[..2].parse().ok()?, last[2..].parse().ok()?);
    }
    let of_month = whole(last, 1, 2)?;
    if let Some(date) = month(parent).filter(|_| last.len() == 2) {
        return compact(date.0, date.1, of_month);
    }
    compact(whole(above.last()?, 4, 4)?, whole(parent, 1, 2)?, of_month)
}

/// The first day of the month that the path ends in.
fn ending_in_month(folders: &[&str]) -> Option<Date> {
    let (last, above) = folders.split_last()?;
    let (year, month) = match month(last) {
        Some(found) => found,
        None => (whole(above.last()?, 4, 4)?, whole(last, 2, 2)?),
    };
    compact(year, month, 1)
}

/// Year and month: `202103`, `2021-03`, `2021_03`.
fn month(text: &str) -> Option<(u32, u32)> {
    let (year, rest) = number(text, 4)?;
    let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
    (text.len() >= 6).then_some((year, whole(rest, 2, 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_bear_dates() {
        for (name, expected) in [
            ("zwgk/202103/t20210305_123456.html", Some("2021-03-05")),
            ("law/专利代理条例(2018-11-06).txt", Some("2018-11-06")),
            ("law/加强对外合作出版管理的暂行规定(1957-10-12).txt", Some("1957-10-12")),
            ("关于开展检查的通知20210305.docx", Some("2021-03-05")),
            ("20210305附件.docx", Some("2021-03-05")),
            ("通知2021年3月5日.docx", Some("2021-03-05")),
            ("通知_2021_03_05.docx", Some("2021-03-05")),
            ("通知2021.3.5.docx", Some("2021-03-05")),
            ("P020210305612345678901.pdf", Some("2021-03-05")),
            ("W020210305612345678901.docx", Some("2021-03-05")),
            ("20210305093012.doc", Some("2021-03-05")),
            ("20210305093012345.doc", Some("2021-03-05")),
            ("20210305T093012.doc", Some("2021-03-05")),
            ("公示20210301-20210305.docx", Some("2021-03-05")),
            ("content%2020210305.htm", Some("2021-03-05")),
            ("a.zip!x/t20210305_1.html", Some("2021-03-05")),
            ("http://www.example.org/t20210305_1.html?v=20220101", Some("2021-03-05")),
            // Numbers that are no dates.
            ("20210305.zip!x/通知.docx", None),
            ("12345678.docx", None),
            ("20211305.docx", None),
            ("20210230.docx", None),
            ("19010305.docx", None),
            ("20990305.docx", Some("2099-03-05")),
            ("21000305.docx", None),
            ("120210305.docx", None),
            ("202103051.docx", None),
            ("110101198503052345.docx", None),
            ("20210305993012.doc", None),
            ("5f20210305ab.docx", None),
            ("20210305ab.docx", None),
            ("content_5590.htm", None),
            ("2021年工作要点.docx", None),
            ("2021年3月月报.docx", None),
            ("2019-2021规划.docx", None),
            ("", None),
        ] {
            assert_eq!(file_name(name).map(|date| date.date).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn folders_bear_dates() {
        for (name, expected) in [
            ("zhengce/2021-03/05/content_5590.htm", Some("2021-03-05 path")),
            ("a/2021/03/05/x.htm", Some("2021-03-05 path")),
            ("art/2021/3/5/art_1_2.html", Some("2021-03-05 path")),
            ("n1/2021/0305/c1-2.html", Some("2021-03-05 path")),
            ("a/202103/05/x.htm", Some("2021-03-05 path")),
            ("upload/20210305/x.docx", Some("2021-03-05 path")),
            ("upload/2021-03-05/x.docx", Some("2021-03-05 path")),
            ("upload/2021年3月5日/x.docx", Some("2021-03-05 path")),
            ("20240101/art/2021/3/5/art_1_2.html", Some("2021-03-05 path")),
            ("a/202103/x.htm", Some("2021-03-01 path month")),
            ("a/2021-03/x.htm", Some("2021-03-01 path month")),
            ("a/2021/03/x.htm", Some("2021-03-01 path month")),
            // A date with its day, wherever it is, beats a month.
            ("2021-03-05/202104/x.htm", Some("2021-03-05 path")),
            ("backup20240105/x.htm", None),
            ("20240105.zip!a/x.htm", None),
            ("a/2021/3/x.htm", None),
            ("a/2021/x.htm", None),
            ("a/202113/x.htm", None),
            ("a/123456/12/x.htm", None),
            ("20210305.htm", None),
            ("x.htm", None),
        ] {
            let found = folder(name).map(|folder| format!("{} {}", folder.date.date, folder.date.from));
            assert_eq!(found.as_deref(), expected, "{name}");
        }
        assert_eq!(folder("a/202102/x.htm").unwrap().last, "2021-02-28");
    }
}
