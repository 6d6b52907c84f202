//! Text that stands in a file in another way of writing – escaped, quoted, doubled – with the way back for every character.

use std::ops::Range;

use super::html;
use super::text::paragraphs_of;
use crate::document::{CellIndex, Decoded, DocumentBuilder, Origin, Place, Scope, SegmentKind, Span};
use crate::source::Limits;

/// A text, and where in the decoded text of its part each stretch of it is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    text: String,
    runs: Vec<Run>,
}

/// A stretch; ends where the next one begins.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: usize,
    source: Span<Decoded>,
    /// The same bytes; else the source as a whole means the text.
    literal: bool,
}

/// Where blocks made of such a text belong.
pub(super) struct Target<'a> {
    pub(super) part: u16,
    pub(super) scope: Scope,
    pub(super) place: Place,
    pub(super) cell: Option<CellIndex>,
    /// Tables of the document so far.
    pub(super) tables: &'a mut u32,
    pub(super) limits: &'a Limits,
}

impl Written {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Empties it for another text.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.runs.clear();
    }

    /// Adds what stands literally at byte `source` of the part.
    pub(super) fn literal(&mut self, source: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.literal && last.source.end == source => {
                last.source = Span::new(last.source.start, source + text.len());
            }
            _ => {
                let source = Span::new(source, source + text.len());
                self.runs.push(Run { at: self.text.len(), source, literal: true });
            }
        }
        self.text.push_str(text);
    }

    /// Adds a character that `source` means.
    pub(super) fn meaning(&mut self, source: Span<Decoded>, character: char) {
        self.runs.push(Run { at: self.text.len(), source, literal: false });
        self.text.push(character);
    }

    /// Adds blocks: those of HTML if the text plainly is markup, else its paragraphs.
    pub(super) fn read(&self, builder: &mut DocumentBuilder, target: Target<'_>) {
        if is_markup(&self.text) {
            return self.read_html(builder, target);
        }
        for paragraph in paragraphs_of(&self.text) {
            builder.open(target.scope, target.place.clone(), target.cell);
            self.push(builder, target.part, paragraph);
            builder.close();
        }
    }

    /// Adds the blocks of the HTML that the text is.
    fn read_html(&self, builder: &mut DocumentBuilder, target: Target<'_>) {
        let place = target.place;
        let page = html::piece(&self.text, target.limits);
        let mut directives = page.directives.iter().peekable();
        let mut tables = 0;
        for block in &page.blocks {
            while let Some(directive) = directives.next_if(|directive| directive.at <= block.span.start) {
                let origin = Origin { part: target.part, span: self.source(directive.origin.span.range()) };
                builder.directive(&directive.text, origin);
            }
            let cell = block.cell.map(|cell| {
                tables = tables.max(cell.table + 1);
                CellIndex { table: *target.tables + cell.table, ..cell }
            });
            let scope = if block.scope == Scope::Body { target.scope } else { block.scope };
            builder.open(scope, place.clone(), cell.or(target.cell));
            for (text, origin, kind) in page.map.stretches(block.span) {
                match kind {
                    SegmentKind::Literal => self.push(builder, target.part, origin.span.range()),
                    SegmentKind::Replaced => {
                        builder.replaced(target.part, self.source(origin.span.range()), &page.text[text.range()]);
                    }
                    SegmentKind::Inserted => {
                        let at = self.source(origin.span.range()).start;
                        builder.inserted(target.part, at, &page.text[text.range()]);
                    }
                }
            }
            builder.close();
        }
        *target.tables += tables;
        for link in &page.links {
            builder.link(link);
        }
    }

    /// Pushes a range of the text into the open block.
    pub(super) fn push(&self, builder: &mut DocumentBuilder, part: u16, range: Range<usize>) {
        let first = self.runs.partition_point(|run| run.at <= range.start).saturating_sub(1);
        for (index, run) in self.runs.iter().enumerate().skip(first) {
            if run.at >= range.end {
                break;
            }
            let end = self.runs.get(index + 1).map_or(self.text.len(), |next| next.at);
            let (start, end) = (run.at.max(range.start), end.min(range.end));
            if run.literal {
                builder.literal(part, run.source.start + start - run.at, &self.text[start..end]);
            } else {
                builder.replaced(part, run.source, &self.text[start..end]);
            }
        }
    }

    /// The source of a range of the text, from its first character to its last; an empty range gives an empty span.
    pub(super) fn source(&self, range: Range<usize>) -> Span<Decoded> {
        let at = |offset: usize, is_end: bool| {
            // The end of a range belongs to the run before it.
            let after = self.runs.partition_point(|run| run.at < offset || !is_end && run.at == offset);
            let Some(run) = after.checked_sub(1).and_then(|index| self.runs.get(index)) else {
                return self.runs.first().map_or(0, |run| run.source.start);
            };
            match run.literal {
                true => run.source.start + (offset - run.at).min(run.source.len()),
                false if is_end => run.source.end,
                false => run.source.start,
            }
        };
        let start = at(range.start, false);
        if range.is_empty() { Span::new(start, start) } else { Span::new(start, at(range.end, true)) }
    }
}

/// Elements whose tags say that a string is HTML; what merely holds `<` does not have them.
const TAGS: [&str; 30] = [
    "p",
    "div",
    "span",
    "br",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "a",
    "img",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "h1",
    "h2",
    "h3",
    "h4",
    "font",
    "section",
    "article",
    "blockquote",
    "center",
    "html",
    "body",
];

/// Whether a string plainly is HTML: it has a tag of a usual element.
pub(super) fn is_markup(text: &str) -> bool {
    memchr::memchr_iter(b'<', text.as_bytes()).any(|open| {
        let inside = &text[open + 1..];
        let inside = inside.strip_prefix('/').unwrap_or(inside);
        let length = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = &inside[..length];
        let after = inside.as_bytes().get(length);
        TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
            && matches!(after, Some(b'>' | b'/' | b' ' | b'\n' | b'\t' | b'\r'))
            && inside[length..].contains('>')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_told_from_signs_of_comparison() {
        for text in ["<p>甲</p>", "甲<br/>乙", "<P class=\"x\">甲", "甲</div>", "<a href='x'>甲</a>"] {
            assert!(is_markup(text), "{text}");
        }
        for text in ["a<b", "甲<乙>丙", "若 x < p > y", "<通知>", "<http://a.cn>", "<p", "List<String>"] {
            assert!(!is_markup(text), "{text}");
        }
    }

    #[test]
    fn html_in_an_escaped_text_leads_back_to_what_is_written() {
        // `<p>布\u7f72&amp;</p>` as JSON has it; the string begins at byte 10.
        let mut written = Written::default();
        written.literal(10, "<p>布");
        written.meaning(Span::new(16, 22), '署');
        written.literal(22, "&amp;</p>");
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let (limits, mut tables) = (Limits::default(), 0);
        let place = Place::Text { node: None };
        let target = Target { part, scope: Scope::Body, place, cell: None, tables: &mut tables, limits: &limits };
        written.read(&mut builder, target);
        let document = builder.finish();
        assert_eq!(document.text, "布署&\n");
        let spans: Vec<_> =
            document.map.stretches(document.blocks[0].span).map(|(_, origin, _)| origin.span.range()).collect();
        assert_eq!(spans, [13..16, 16..22, 22..27]);
    }
}
