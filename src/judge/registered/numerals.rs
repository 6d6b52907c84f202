//! Numbers as citations write them, 第一百二十条, 第120条, 第一二〇条, and the years that a text names.

/// The whole number that `text` begins with, and its bytes. `None` if there is none, it is malformed or above 9999.
pub(super) fn number(text: &str) -> Option<(u32, usize)> {
    let figures = text.bytes().take_while(u8::is_ascii_digit).count();
    if figures > 0 {
        return (figures <= 4).then(|| text[..figures].parse().ok()).flatten().map(|value| (value, figures));
    }
    let length: usize = text.chars().take_while(|&c| digit(c).is_some() || unit(c).is_some()).map(char::len_utf8).sum();
    han(&text[..length]).map(|value| (value, length))
}

fn digit(character: char) -> Option<u32> {
    "零一二三四五六七八九".chars().zip(0..).find(|&(han, _)| han == character).map(|(_, value)| value).or(
        match character {
            '〇' | '○' => Some(0),
            '两' => Some(2),
            _ => None,
        },
    )
}

fn unit(character: char) -> Option<u32> {
    match character {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

/// A number that is wholly Chinese numerals.
fn han(text: &str) -> Option<u32> {
    let count = text.chars().count();
    if count == 0 || count > 9 {
        return None;
    }
    if count > 1 && text.chars().all(|character| unit(character).is_none()) {
        let digits = text.chars().filter_map(digit);
        return (count <= 4).then(|| digits.fold(0, |value, digit| value * 10 + digit));
    }
    let (mut total, mut pending, mut last) = (0, None, u32::MAX);
    for character in text.chars() {
        if let Some(unit) = unit(character) {
            // Units fall from left to right; only 十 may begin a number.
            let digit = match pending.take() {
                Some(digit) if digit > 0 => digit,
                _ if unit == 10 => 1,
                _ => return None,
            };
            if unit >= last {
                return None;
            }
            total += digit * unit;
            last = unit;
        } else {
            let value = digit(character)?;
            if pending.is_some_and(|digit| digit > 0) {
                return None;
            }
            pending = Some(value);
        }
    }
    Some(total + pending.unwrap_or(0))
}

/// The years that a text names, with 年 after them or in a date like 2018-03-17.
pub(super) fn years(text: &str) -> impl Iterator<Item = u32> {
    text.char_indices().filter_map(move |(at, _)| {
        let alone = !text[..at].ends_with(|character: char| character.is_ascii_digit());
        let (year, length) = year(&text[at..]).filter(|_| alone)?;
        let followed = text[at + length..].starts_with(['年', '-', '—', '－', '～', '.', '/', '至']);
        followed.then_some(year)
    })
}

/// The year that `text` begins with, in figures or Chinese digits, and its bytes.
pub(super) fn year(text: &str) -> Option<(u32, usize)> {
    let figures = text.bytes().take_while(u8::is_ascii_digit).count();
    let (value, length) = if figures == 4 {
        (text[..4].parse().ok()?, 4)
    } else if figures > 0 {
        return None;
    } else {
        let length: usize = text.chars().take(4).map(char::len_utf8).sum();
        let digits: Vec<u32> = text[..length].chars().map_while(digit).collect();
        if digits.len() != 4 {
            return None;
        }
        (digits.iter().fold(0, |value, digit| value * 10 + digit), length)
    };
    (1900..2200).contains(&value).then_some((value, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_figures_and_characters() {
        for (text, expected) in [
            ("一条", Some(1)),
            ("十条", Some(10)),
            ("十二条", Some(12)),
            ("二十条", Some(20)),
            ("一百零三条", Some(103)),
            ("一百一十条", Some(110)),
            ("一千二百六十条", Some(1260)),
            ("一千零二十", Some(1020)),
            ("一二〇条", Some(120)),
            ("120条", Some(120)),
            ("12345条", None),
            ("十二三条", None),
            ("百条", None),
            ("条", None),
            ("", None),
        ] {
            assert_eq!(number(text).map(|(value, _)| value), expected, "{text}");
        }
        assert_eq!(number("一百零三条").map(|(_, length)| length), Some("一百零三".len()));
        assert_eq!(year("二〇二一年"), Some((2021, 12)));
        assert_eq!(year("1999年"), Some((1999, 4)));
        assert_eq!(year("19991"), None);
        assert_eq!(year("第三"), None);
        assert_eq!(years("从1999年到二〇〇三年，2012—2015年，12019年").collect::<Vec<_>>(), [1999, 2003, 2012, 2015]);
    }
}
