//! Numerals and ranges.

use super::{Candidate, Validator, Verdict, first_chars, is_han_digit};

/// A range whose first value lost its % or 万, 亿 (GB/T 15835—2011, 5.1.3: 不写为15～30%). Groups `a`, `s`, `b`, `u`.
pub(super) struct ShortRange;

impl Validator for ShortRange {
    fn name(&self) -> &'static str {
        "short-range"
    }

    fn about(&self) -> &'static str {
        "range of numbers whose first value lacks the unit of the second"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        let joined = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '—' | '～' | '~' | '/' | '第' | '表' | '图' | ',')
        };
        let (Some(a), Some(b)) = (candidate.number::<f64>("a"), candidate.number::<f64>("b")) else {
            return Verdict::Fine;
        };
        let bracketed = before.ends_with(['(', '（']) && candidate.after().starts_with([')', '）']);
        if before.ends_with(joined) || a >= b || bracketed {
            return Verdict::Fine;
        }
        let sign = match candidate.group("s") {
            "—" | "至" => candidate.group("s"),
            _ => "～",
        };
        let unit = candidate.group("u");
        Verdict::replace([format!("{}{unit}{sign}{}{unit}", candidate.group("a"), candidate.group("b"))])
    }
}

/// Two neighbouring numbers as an estimate with 、 between them (GB/T 15835—2011, 5.2.1). Groups `a`, `b`, one Han or
/// ASCII digit each. Enumerations (第三、四个) and numbered headings (一、三年来) are fine.
pub(super) struct ApproximatePair;

impl Validator for ApproximatePair {
    fn name(&self) -> &'static str {
        "approximate-pair"
    }

    fn about(&self) -> &'static str {
        "neighbouring numbers with 、 that are an estimate, not an enumeration"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let value = |group: &str| {
            let c = candidate.group(group).chars().next()?;
            c.to_digit(10).or_else(|| "一二三四五六七八九".chars().position(|d| d == c).map(|at| at as u32 + 1))
        };
        let (Some(a), Some(b)) = (value("a"), value("b")) else {
            return Verdict::Fine;
        };
        let before = candidate.before();
        let enumerates = before.is_empty()
            || before.ends_with(|c: char| {
                c.is_ascii_alphanumeric()
                    || is_han_digit(c)
                    || "十百千万亿第、前后头末上下各条款项附表图。；：;:.)）,，".contains(c)
            });
        let class = first_chars(candidate.after(), 2);
        let ordinal =
            ["年级", "年生", "次会", "天干", "个五", "年期", "年制", "年中", "人称", "次产", "次分"].contains(&class);
        if enumerates || ordinal || b != a + 1 {
            return Verdict::Fine;
        }
        let han = |value: u32| "一二三四五六七八九".chars().nth(value as usize - 1).unwrap_or('一');
        Verdict::replace([format!("{}{}", han(a), han(b))])
    }
}

/// Figures joined to 十, 百 or 千: 5千多元 (GB/T 15835—2011, 5.3: only 万 and 亿 may follow figures). Groups `n` (figures, a
/// point allowed) and `k`. Units such as 千克 are kept out by the pattern.
pub(super) struct MixedNumeral;

impl Validator for MixedNumeral {
    fn name(&self) -> &'static str {
        "mixed-numeral"
    }

    fn about(&self) -> &'static str {
        "figures joined to 十, 百 or 千, written out in figures"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let zeros = match candidate.group("k") {
            "十" => 1,
            "百" => 2,
            "千" => 3,
            _ => return Verdict::Fine,
        };
        if candidate
            .before()
            .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '-' | '/' | '、'))
        {
            return Verdict::Fine;
        }
        let (whole, fraction) = candidate.group("n").split_once('.').unwrap_or((candidate.group("n"), ""));
        if fraction.len() > zeros || whole.is_empty() || whole.len() > 4 {
            return Verdict::Fine;
        }
        let number = format!("{whole}{fraction:0<zeros$}");
        let number = number.trim_start_matches('0');
        let (Some(group), true) = (candidate.captures.name("k"), !number.is_empty()) else {
            return Verdict::Fine;
        };
        let Some(start) = candidate.captures.name("hit").or(candidate.captures.get(0)) else {
            return Verdict::Fine;
        };
        let tail = candidate.hit_text().get(group.end().saturating_sub(start.start())..).unwrap_or("");
        Verdict::replace([format!("{number}{tail}")])
    }
}

/// A fraction in two scripts: 三分之1 (GB/T 15835—2011, 5.3). Groups `p` (denominator and 分之) and `n` (figures).
pub(super) struct MixedFraction;

impl Validator for MixedFraction {
    fn name(&self) -> &'static str {
        "mixed-fraction"
    }

    fn about(&self) -> &'static str {
        "fraction with a Chinese denominator and a numerator in figures"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let (part, figures) = (candidate.group("p"), candidate.group("n"));
        if candidate.after().starts_with(|c: char| c.is_ascii_digit()) {
            return Verdict::Fine;
        }
        let han = figures.parse::<u32>().ok().and_then(han_number);
        match (part, han) {
            ("百分之", Some(han)) => Verdict::replace([format!("{figures}%"), format!("{part}{han}")]),
            ("百分之", None) => Verdict::replace([format!("{figures}%")]),
            ("千分之", _) => Verdict::replace([format!("{figures}‰")]),
            (_, Some(han)) => Verdict::replace([format!("{part}{han}")]),
            (_, None) => Verdict::wrong(),
        }
    }
}

/// A number from 1 to 99 in Chinese.
pub(super) fn han_number(value: u32) -> Option<String> {
    let digit = |value: u32| "一二三四五六七八九".chars().nth(value as usize - 1);
    match value {
        1..=9 => digit(value).map(String::from),
        10..=99 => {
            let mut text = if value < 20 { String::new() } else { digit(value / 10)?.to_string() };
            text.push('十');
            if !value.is_multiple_of(10) {
                text.push(digit(value % 10)?);
            }
            Some(text)
        }
        _ => None,
    }
}
