//! Dates as documents write them.

use super::DocumentDate;

impl DocumentDate {
    /// Reads the date that `value` begins with: `2019-02-27 15:09:45`, `2019/2/27`, `2019.2.27`, `20190227`,
    /// `2019年2月27日`. `None` if there is none or no such day.
    pub fn parse(value: &str, from: &str) -> Option<DocumentDate> {
        let value = value.trim();
        let (year, rest) = number(value, 4)?;
        let compact = rest.len() >= 4 && rest.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        let (month, day) = if compact {
            (rest[..2].parse().ok()?, rest[2..4].parse().ok()?)
        } else {
            let (month, rest) = number(rest.strip_prefix(['-', '/', '.', '年'])?, 2)?;
            let (day, _) = number(rest.strip_prefix(['-', '/', '.', '月'])?, 2)?;
            (month, day)
        };
        let date =
            jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
                .ok()?;
        (1900..2200).contains(&year).then(|| DocumentDate { date: date.to_string(), from: from.to_owned() })
    }
}

/// The number of at most `digits` digits that `text` begins with, and the rest.
fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(digits).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_the_forms_that_pages_use() {
        for (value, expected) in [
            ("2019-02-27 15:09:45", Some("2019-02-27")),
            (" 2019/2/7", Some("2019-02-07")),
            ("2019年12月7日", Some("2019-12-07")),
            ("20190227093000", Some("2019-02-27")),
            ("2019-02-30", None),
            ("0001-01-01", None),
            ("二〇一九年", None),
            ("", None),
        ] {
            assert_eq!(DocumentDate::parse(value, "x").map(|date| date.date).as_deref(), expected, "{value}");
        }
    }
}
