//! Subtitles: SubRip (`.srt`) and WebVTT (W3C). A cue is a block; its lines are one text, so that a word cut by a line end is whole,
//! but for lines that begin with a dash, which another person speaks.

use super::written::Written;
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{DocumentBuilder, Place, Scope, Span};
use crate::source::{Code, Kind, Source};

/// SubRip and WebVTT.
pub(super) struct Subtitles;

impl Format for Subtitles {
    fn kind(&self) -> Kind {
        Kind::Subtitles
    }

    fn extract<'b>(&self, source: &'b Source, _options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, false);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let text = &*decoded.text;
        let mut cues = 0u32;
        let mut stray = None;
        let mut at = 0;
        while at < text.len() {
            let group = group(text, &mut at);
            let Some(first) = group.first() else { continue };
            // The times stand on the first line, or on the second behind a number or name.
            let times = group.iter().take(2).position(|&(start, end)| text[start..end].contains("-->"));
            let Some(times) = times else {
                let line = &text[first.0..first.1];
                let known = ["WEBVTT", "NOTE", "STYLE", "REGION", "X-TIMESTAMP-MAP"];
                if !known.iter().any(|name| line.starts_with(name)) {
                    // What belongs to no cue is shown to nobody, unless a blank line stands inside one.
                    stray.get_or_insert(first.0);
                    cue(&mut builder, part, text, &group, &Place::Cue { number: cues, start: 0 });
                }
                continue;
            };
            cues = cues.saturating_add(1);
            let number = text[first.0..first.1].trim().parse().ok().filter(|_| times == 1).unwrap_or(cues);
            let start = milliseconds(&text[group[times].0..group[times].1]);
            cue(&mut builder, part, text, &group[times + 1..], &Place::Cue { number, start });
        }
        if let Some(at) = stray {
            let line = text[..at].bytes().filter(|&byte| byte == b'\n').count() + 1;
            let message = format!("第 {line} 行起有不属于任何一条字幕的文字，已按普通文字检查。请核对字幕文件");
            notices.warning(Code::Corrupt, message);
        }
        Extracted {
            document: builder.finish(),
            notices: notices.into_vec(),
            decoded: Some(decoded),
            ..Extracted::default()
        }
    }
}

/// The lines up to the next blank one, without their ends.
fn group(text: &str, at: &mut usize) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    while *at < text.len() {
        let start = *at;
        let rest = &text.as_bytes()[start..];
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let ending = if rest[length..].starts_with(b"\r\n") { 2 } else { usize::from(length < rest.len()) };
        *at = start + length + ending;
        if text[start..start + length].trim().is_empty() {
            break;
        }
        lines.push((start, start + length));
    }
    lines
}

/// Milliseconds of the first time of a line such as `00:01:02,500 --> 00:01:04,000`; hours may be missing in WebVTT.
fn milliseconds(line: &str) -> u64 {
    let time = line.split("-->").next().unwrap_or_default().trim();
    let (clock, fraction) = time.split_once([',', '.']).unwrap_or((time, "0"));
    let seconds = clock
        .split(':')
        .fold(0u64, |sum, part| sum.saturating_mul(60).saturating_add(part.trim().parse::<u32>().unwrap_or(0).into()));
    seconds.saturating_mul(1000).saturating_add(fraction.trim().parse::<u16>().unwrap_or(0).into())
}

/// Adds the lines of a cue.
fn cue(builder: &mut DocumentBuilder, part: u16, text: &str, lines: &[(usize, usize)], place: &Place) {
    let mut written = Written::default();
    let mut flush = |written: &mut Written| {
        let indent = written.as_str().len() - written.as_str().trim_start().len();
        builder.open(Scope::Body, place.clone(), None);
        written.push(builder, part, indent..written.as_str().len());
        builder.close();
        written.clear();
    };
    for &(start, end) in lines {
        let spoken = text[start..end].trim_start().starts_with(['-', '－', '—', '–']);
        if spoken {
            flush(&mut written);
        } else if !written.as_str().is_empty() {
            written.meaning(Span::new(start, start), '\n');
        }
        line(&mut written, text, start, end);
    }
    flush(&mut written);
}

/// Adds a line without its markup: tags `<…>`, and overrides `{\…}` that SubRip has from another format.
fn line(written: &mut Written, text: &str, start: usize, end: usize) {
    let mut at = start;
    while at < end {
        let rest = &text[at..end];
        let plain = rest.find(['<', '{', '&']).unwrap_or(rest.len());
        written.literal(at, &rest[..plain]);
        at += plain;
        let rest = &text[at..end];
        let Some(first) = rest.bytes().next() else { break };
        let markup = match first {
            b'<' if rest[1..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '/') => rest.find('>'),
            b'{' if rest[1..].starts_with('\\') => rest.find('}'),
            _ => None,
        };
        if let Some(length) = markup {
            at += length + 1;
        } else if let Some((name, character)) = ENTITIES.iter().find(|(name, _)| rest.starts_with(name)) {
            written.meaning(Span::new(at, at + name.len()), *character);
            at += name.len();
        } else {
            written.literal(at, &rest[..1]);
            at += 1;
        }
    }
}

/// What WebVTT escapes.
const ENTITIES: [(&str, char); 6] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&nbsp;", '\u{A0}'), ("&lrm;", '\u{200E}'), ("&rlm;", '\u{200F}')];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Notice;

    fn read(text: &str) -> (Vec<(u32, u64, String)>, Vec<Notice>) {
        let source = Source::new("a.srt", text);
        let extracted = Subtitles.extract(&source, &ExtractOptions::default());
        let document = extracted.document;
        for block in &document.blocks {
            for (span, origin, kind) in document.map.stretches(block.span) {
                if kind == crate::document::SegmentKind::Literal {
                    assert_eq!(&document.text[span.range()], &text[origin.span.range()]);
                }
            }
        }
        let of = |place: &Place| match *place {
            Place::Cue { number, start } => (number, start),
            _ => unreachable!("only cues"),
        };
        let blocks = document.blocks.iter().map(|block| {
            let (number, start) = of(&block.place);
            (number, start, document.text[block.span.range()].to_owned())
        });
        (blocks.collect(), extracted.notices)
    }

    #[test]
    fn subrip() {
        let (cues, notices) = read(
            "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>认真布</i>\r\n署工作\r\n\r\n7\r\n01:02:03,045 --> 01:02:04,000\r\n{\\an8}- 甲 < 乙\r\n- 丙\r\n",
        );
        let expected = [(1, 1000, "认真布\n署工作"), (7, 3_723_045, "- 甲 < 乙"), (7, 3_723_045, "- 丙")];
        assert_eq!(cues, expected.map(|(number, start, text)| (number, start, text.to_owned())));
        assert_eq!(notices, []);
    }

    #[test]
    fn webvtt() {
        let (cues, notices) = read(
            "WEBVTT 标题\n\nNOTE 布署\n\nSTYLE\n::cue {}\n\nintro\n00:01.500 --> 00:02.000 align:start\n<v 主持人>甲&amp;<00:01.700>乙</v>\n\n00:03.000 --> 00:04.000\n丙\n",
        );
        let expected = [(1, 1500, "甲&乙"), (2, 3000, "丙")];
        assert_eq!(cues, expected.map(|(number, start, text)| (number, start, text.to_owned())));
        assert_eq!(notices, []);
    }

    #[test]
    fn text_outside_of_cues_is_read_and_said() {
        let (cues, notices) = read("1\n00:00:01,000 --> 00:00:02,000\n甲\n\n乙\n");
        assert_eq!(cues.iter().map(|(.., text)| text.as_str()).collect::<Vec<_>>(), ["甲", "乙"]);
        assert!(notices[0].message.contains("第 5 行"), "{notices:?}");
    }
}
