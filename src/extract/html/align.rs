//! Which source bytes a decoded string came from.
//!
//! The tokenizer hands over decoded text and where in the source it began. Between the two lie character references,
//! normalised line endings and NULs; everything else is literal. Aligning them gives segments whose literal parts are
//! byte for byte equal to the source.

use html5gum::{Token, Tokenizer};

/// A stretch of decoded text and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) struct Aligned {
    /// Bytes of decoded text.
    pub(in crate::extract) length: usize,
    /// Source range.
    pub(in crate::extract) start: usize,
    pub(in crate::extract) end: usize,
    /// Whether the two are equal byte for byte.
    pub(in crate::extract) literal: bool,
}

/// How far to look for the next byte that agrees again after markup that left no text, such as `</>` or `<![CDATA[`.
const RESYNC: usize = 64;

/// Aligns `decoded` with the source from `start` on. The lengths of the segments add up to that of `decoded`.
pub(in crate::extract) fn align(source: &str, start: usize, decoded: &str) -> Vec<Aligned> {
    let mut segments: Vec<Aligned> = Vec::new();
    let mut push = |segment: Aligned| match segments.last_mut() {
        Some(last) if last.literal && segment.literal && last.end == segment.start => {
            last.length += segment.length;
            last.end = segment.end;
        }
        _ if segment.length == 0 => {}
        _ => segments.push(segment),
    };
    let (mut at, mut done) = (start, 0);
    while done < decoded.len() {
        let rest = &decoded[done..];
        let from = &source[at.min(source.len())..];
        let same = equal_prefix(from, rest);
        if same > 0 {
            push(Aligned { length: same, start: at, end: at + same, literal: true });
            at += same;
            done += same;
            continue;
        }
        if let Some((taken, length)) = replacement(from, rest) {
            push(Aligned { length, start: at, end: at + taken, literal: false });
            at += taken;
            done += length;
        } else if let Some(skip) = resync(from, rest) {
            at += skip;
        } else {
            // Should the two part for good, the rest stands for one point of the source rather than a wrong range.
            push(Aligned { length: rest.len(), start: at, end: at, literal: false });
            done = decoded.len();
        }
    }
    segments
}

/// What the tokenizer reads differently: source and decoded lengths.
fn replacement(source: &str, decoded: &str) -> Option<(usize, usize)> {
    match source.as_bytes() {
        [b'&', ..] => reference(source, decoded),
        [b'\r', b'\n', ..] if decoded.starts_with('\n') => Some((2, 1)),
        [b'\r', ..] if decoded.starts_with('\n') => Some((1, 1)),
        [0, ..] if decoded.starts_with('\u{FFFD}') => Some((1, '\u{FFFD}'.len_utf8())),
        _ => None,
    }
}

/// Length of the common beginning that is certainly literal: it ends before `&` unless that stays as it is.
fn equal_prefix(source: &str, decoded: &str) -> usize {
    let same = source.bytes().zip(decoded.bytes()).take_while(|(one, two)| one == two).count();
    let mut same =
        (0..=same).rev().find(|&at| source.is_char_boundary(at) && decoded.is_char_boundary(at)).unwrap_or(0);
    // `&amp;` begins with a literal `&` as far as bytes go.
    let mut search = 0;
    while let Some(found) = source[search..same].find('&') {
        let at = search + found;
        if reference(&source[at..], &decoded[at..]).is_some() {
            same = at;
            break;
        }
        search = at + 1;
    }
    same
}

/// If `source` begins with a character reference that reads as `decoded` begins: source and decoded lengths.
fn reference(source: &str, decoded: &str) -> Option<(usize, usize)> {
    let body = &source[1..];
    let name = |text: &str, test: fn(&u8) -> bool| text.bytes().take(40).take_while(test).count();
    let length = if let Some(number) = body.strip_prefix('#') {
        match number.strip_prefix(['x', 'X']) {
            Some(hex) => 2 + name(hex, u8::is_ascii_hexdigit),
            None => 1 + name(number, u8::is_ascii_digit),
        }
    } else {
        name(body, u8::is_ascii_alphanumeric)
    };
    let end = 1 + length + usize::from(body[length..].starts_with(';'));
    let candidate = &source[..end];
    // Raw text keeps references as they are; decoded text that reads so comes from `&amp;amp;`.
    if decoded.starts_with(candidate) && !source[end..].starts_with(&candidate[1..]) {
        return None;
    }
    let mut text = String::new();
    for token in Tokenizer::new(candidate) {
        if let Ok(Token::String(string)) = token {
            text.push_str(&String::from_utf8_lossy(&string));
        }
    }
    (text != candidate && !text.is_empty() && decoded.starts_with(&text)).then_some((end, text.len()))
}

/// How many source bytes to skip until the two agree again: markup that leaves no text and ends no text either.
fn resync(source: &str, decoded: &str) -> Option<usize> {
    if let Some(markup) = ["</>", "<![CDATA[", "]]>"].iter().find(|markup| source.starts_with(**markup)) {
        return Some(markup.len());
    }
    // A longer probe is surer, but a character reference may follow soon.
    [4, 2, 1].into_iter().find_map(|characters| {
        let probe: String = decoded.chars().take(characters).collect();
        (1..source.len().min(RESYNC)).find(|&skip| {
            source.is_char_boundary(skip)
                && (source[skip..].starts_with(&probe) || replacement(&source[skip..], decoded).is_some())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, decoded: &str) -> Vec<(String, usize, bool)> {
        align(source, 0, decoded)
            .iter()
            .map(|one| (source[one.start..one.end].to_owned(), one.length, one.literal))
            .collect()
    }

    #[test]
    fn references_line_endings_and_literal_text() {
        let segment = |text: &str, length, literal| (text.to_owned(), length, literal);
        assert_eq!(
            shown("布&#x7F72;工作", "布署工作"),
            [segment("布", 3, true), segment("&#x7F72;", 3, false), segment("工作", 6, true)]
        );
        assert_eq!(shown("a&amp;b", "a&b"), [segment("a", 1, true), segment("&amp;", 1, false), segment("b", 1, true)]);
        assert_eq!(shown("A & B &c=1", "A & B &c=1"), [segment("A & B &c=1", 10, true)]);
        assert_eq!(shown("&amp;x", "&amp;x"), [segment("&amp;x", 6, true)]);
        assert_eq!(shown("&amp;amp;", "&amp;"), [segment("&amp;", 1, false), segment("amp;", 4, true)]);
        assert_eq!(shown("a\r\nb", "a\nb"), [segment("a", 1, true), segment("\r\n", 1, false), segment("b", 1, true)]);
        assert_eq!(shown("甲</>乙", "甲乙"), [segment("甲", 3, true), segment("乙", 3, true)]);
        assert_eq!(shown("&ldquo;是&nbsp;", "“是\u{A0}").len(), 3);
        assert_eq!(shown("x", "yz"), [segment("", 2, false)]);
    }
}
