//! Plain text: paragraphs of one or more lines.

use std::ops::Range;

use super::paragraph::is_border;
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{DocumentBuilder, Place, Scope};
use crate::source::{Kind, Source};

/// Plain text.
pub(super) struct PlainText;

impl Format for PlainText {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn extract<'b>(&self, source: &'b Source, _options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, notices) = decode_source(source, false);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        paragraphs(&mut builder, part, 0, &decoded.text);
        Extracted {
            document: builder.finish(),
            notices: notices.into_vec(),
            decoded: Some(decoded),
            ..Extracted::default()
        }
    }
}

/// Adds the paragraphs of `text`, which begins at byte `base` of the part.
pub(super) fn paragraphs(builder: &mut DocumentBuilder, part: u16, base: usize, text: &str) {
    // No more paragraphs than lines, and one line feed more than the text has, if it ends without one.
    builder.reserve(text.len() + 1, memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
    each_paragraph(text, |paragraph| {
        let place = (part, base + paragraph.start);
        builder.block(Scope::Body, Place::Text { node: None }, None, place, &text[paragraph]);
    });
}

/// Where the paragraphs of `text` stand in it, without the white space that they begin with.
pub(super) fn paragraphs_of(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    each_paragraph(text, |paragraph| found.push(paragraph));
    found
}

/// Goes through the paragraphs of `text`, as [`paragraphs_of`] gives them.
fn each_paragraph(text: &str, mut found: impl FnMut(Range<usize>)) {
    let mut start = 0;
    let mut open = false;
    let mut at = 0;
    let mut flush = |start: usize, end: usize| {
        let content = &text[start..end];
        found(end - content.trim_start().len()..end);
    };
    while at < text.len() {
        let rest = &text[at..];
        let length = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let line = &rest[..length];
        let ending = match &rest.as_bytes()[length..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let is_blank = is_blank(line);
        if open && (is_blank || is_border(&text[start..at], line)) {
            flush(start, at);
            open = false;
        }
        if !open && !is_blank {
            start = at;
            open = true;
        }
        at += length + ending;
    }
    if open {
        flush(start, text.len());
    }
}

/// Whether `line` is nothing but white space.
fn is_blank(line: &str) -> bool {
    match line.as_bytes().first() {
        // Most lines begin with a letter, a digit or an ideograph, which are no white space.
        Some(b'!'..=b'~' | 0xE4..=0xE9) => false,
        _ => line.trim().is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_stay_inside_and_items_begin_anew() {
        let source = Source::new("a.txt", "　　关于布\r\n署工作的通知\r\n\r\n一、要求\n二、措施\n");
        let extracted = PlainText.extract(&source, &ExtractOptions::default());
        let document = &extracted.document;
        let blocks: Vec<&str> = document.blocks.iter().map(|block| &document.text[block.span.range()]).collect();
        assert_eq!(blocks, ["关于布\r\n署工作的通知", "一、要求", "二、措施"]);
        let text = &extracted.decoded.unwrap().text;
        for block in &document.blocks {
            let origins = document.map.origins(block.span);
            assert_eq!(origins.len(), 1);
            assert_eq!(&text[origins[0].span.range()], &document.text[block.span.range()]);
        }
    }
}
