//! The article numbers that follow a title.

use std::ops::Range;

use super::super::numerals::{number, year};

/// An article that is cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Article {
    /// Where it stands, counted from the end of the title.
    pub(super) range: Range<usize>,
    pub(super) number: u32,
}

/// What follows a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cited {
    pub(super) articles: Vec<Article>,
    /// The year of the version that is meant, if a bracket after the title names it: （2018年修正）.
    pub(super) version: Option<u32>,
}

/// What may join two articles of one law.
const JOINERS: [&str; 18] =
    ["以及", "或者", "以至", "——", "、", "和", "及", "或", "与", "至", "到", "－", "—", "～", "-", "~", "，", ","];

/// Words between a title and its articles that leave no doubt whose articles they are.
const BETWEEN: [&str; 15] = [
    "总则编",
    "物权编",
    "合同编",
    "人格权编",
    "婚姻家庭编",
    "继承编",
    "侵权责任编",
    "总则",
    "附则",
    "中的",
    "中",
    "的",
    "”",
    "’",
    " ",
];

/// Reads the articles in `text`, which begins after a title: 》（以下简称《条例》）第十条、第十二条第二款至第十五条.
pub(super) fn cited(text: &str) -> Cited {
    let mut cited = Cited::default();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if let Some((inside, length)) = bracket(rest) {
            if inside.starts_with('第') {
                read(text, at + (length - inside.len()) / 2, &mut cited.articles);
                if cited.articles.is_empty() {
                    // （第45号）: the number of a decree.
                    at += length;
                    continue;
                }
                return cited;
            }
            cited.version = cited.version.or_else(|| version(inside));
            at += length;
        } else if let Some(word) = BETWEEN.iter().find(|word| rest.starts_with(**word)) {
            at += word.len();
        } else if let Some(length) = division(rest) {
            at += length;
        } else {
            break;
        }
    }
    read(text, at, &mut cited.articles);
    cited
}

/// The content of the bracket that `text` begins with, and the bytes of the whole.
pub(super) fn bracket(text: &str) -> Option<(&str, usize)> {
    let open = text.chars().next().filter(|open| ['（', '('].contains(open))?;
    let mut depth = 0usize;
    for (at, character) in text.char_indices().take(120) {
        match character {
            '（' | '(' => depth += 1,
            '）' | ')' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[open.len_utf8()..at], at + character.len_utf8()));
        }
    }
    None
}

/// The year of a version: 2018年修正, 2018修订, 2021年版.
pub(super) fn version(bracket: &str) -> Option<u32> {
    let (year, length) = year(bracket.trim_start())?;
    let rest = &bracket.trim_start()[length..];
    ["修", "版", "公布", "施行", "制定", "文本"].iter().any(|word| rest.contains(word)).then_some(year)
}

/// 第三编, 第二章 before an article.
fn division(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('第')?;
    let (_, length) = number(rest)?;
    let unit = ["分编", "编", "章", "节"].iter().find(|unit| rest[length..].starts_with(**unit))?;
    Some('第'.len_utf8() + length + unit.len())
}

/// Reads items from `at` on as long as they are joined.
fn read(text: &str, mut at: usize, articles: &mut Vec<Article>) {
    let mut first = true;
    let mut joined = false;
    loop {
        // After an article its own paragraphs may follow directly; another article needs something that joins it.
        let Some((length, numbers, unit)) = item(&text[at..]) else { return };
        if unit == '条' {
            if !first && !joined {
                return;
            }
            articles.extend(
                numbers
                    .iter()
                    .map(|(range, number)| Article { range: at + range.start..at + range.end, number: *number }),
            );
        } else if first {
            return;
        }
        first = false;
        at += length;
        if unit == '条' && text[at..].starts_with('之') {
            // 第一百二十条之一.
            at += number(&text[at + '之'.len_utf8()..]).map_or(0, |(_, length)| '之'.len_utf8() + length);
        }
        match JOINERS.iter().find(|joiner| text[at..].starts_with(**joiner)) {
            Some(joiner) if item(&text[at + joiner.len()..]).is_some() => {
                at += joiner.len();
                joined = true;
            }
            _ => joined = false,
        }
    }
}

type Item = (usize, Vec<(Range<usize>, u32)>, char);

/// One item: 第十二条, 第二、三款, 十二条, （三）项; its bytes, its numbers and its unit.
fn item(text: &str) -> Option<Item> {
    if let Some((inside, length)) = bracket(text) {
        number(inside).filter(|&(_, digits)| digits == inside.len())?;
        let unit = text[length..].chars().next().filter(|unit| ['项', '目'].contains(unit))?;
        return Some((length + unit.len_utf8(), Vec::new(), unit));
    }
    let mut at = if text.starts_with('第') { '第'.len_utf8() } else { 0 };
    let mut numbers = Vec::new();
    let mut start = 0;
    loop {
        // 第（三）项.
        let (value, length) = match bracket(&text[at..]) {
            Some((inside, length)) => (number(inside)?.0, length),
            None => number(&text[at..])?,
        };
        at += length;
        numbers.push((start..at, value));
        if let Some(unit) = text[at..].chars().next().filter(|unit| ['条', '款', '项', '目'].contains(unit)) {
            at += unit.len_utf8();
            if let Some((range, _)) = numbers.last_mut() {
                range.end = at;
            }
            // 条例, 条件, 目标 and the like are words.
            let word = [
                ("条", &["例", "件", "约", "目", "文", "幅"][..]),
                ("项", &["目"]),
                ("款", &["项"]),
                ("目", &["标", "录", "的"]),
            ]
            .iter()
            .any(|(of, nexts)| of.starts_with(unit) && nexts.iter().any(|next| text[at..].starts_with(next)));
            return (!word || text.starts_with('第')).then_some((at, numbers, unit));
        }
        // 第12、13条: the numbers share the unit.
        let joiner = ["、", "和", "及", "至", "-", "—"].iter().find(|joiner| text[at..].starts_with(**joiner))?;
        at += joiner.len();
        start = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        cited(text).articles.iter().map(|article| article.number).collect()
    }

    #[test]
    fn articles_of_one_law() {
        for (text, expected) in [
            ("第十条的规定", &[10][..]),
            ("第十条、第十二条", &[10, 12]),
            ("第十条第二款、第三款和第十二条第（三）项", &[10, 12]),
            ("第十条第一款第（二）、（三）项", &[10]),
            ("第十条至第十五条", &[10, 15]),
            ("第十条、十二条", &[10, 12]),
            ("第10、12条", &[10, 12]),
            ("第一百二十条之一", &[120]),
            ("第一百二十条之一、第一百三十条", &[120, 130]),
            ("第10-15条", &[10, 15]),
            ("（2018年修正）第八十条", &[80]),
            ("（以下简称《条例》）第八十条", &[80]),
            ("（第八十条）", &[80]),
            ("(第八十条)", &[80]),
            ("（主席令第45号）第八十条", &[80]),
            ("（第45号）第八十条", &[80]),
            ("合同编第四百七十条", &[470]),
            ("第三编第一章第四百七十条", &[470]),
            ("的第八条", &[8]),
            ("”第八条", &[8]),
            ("第十条和本条例第九十条", &[10]),
            ("第十条第二十条", &[10]),
            ("第十条，本市第九十条", &[10]),
            ("第十条、第二项目标", &[10]),
            ("和第九十条", &[]),
            ("，第九十条", &[]),
            ("修正案第九十条", &[]),
            ("实施条例第九十条", &[]),
            ("第九十款", &[]),
            ("", &[]),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_reported_is_the_article() {
        let shown = |text: &str| -> Vec<String> {
            cited(text).articles.iter().map(|article| text[article.range.clone()].to_owned()).collect()
        };
        assert_eq!(shown("（2018年修正）第八十条、第九十条第一款"), ["第八十条", "第九十条"]);
        assert_eq!(shown("（第八十条）"), ["第八十条"]);
        assert_eq!(shown("第8、9条"), ["第8", "9条"]);
        assert_eq!(cited("（2018年修正）第八十条").version, Some(2018));
    }
}
