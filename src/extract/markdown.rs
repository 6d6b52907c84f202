//! Markdown (CommonMark with GitHub's tables, footnotes and strikethrough): prose only, code skipped.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::html::{self, align};
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{CellIndex, DocumentBuilder, DocumentDate, Origin, Place, Scope, Span};
use crate::source::{Kind, Limits, Source};

/// Markdown.
pub(super) struct Markdown;

/// Stands for inline code, so that the words around it do not join.
const OBJECT: &str = "\u{FFFC}";

impl Format for Markdown {
    fn kind(&self) -> Kind {
        Kind::Markdown
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, notices) = decode_source(source, false);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let mut walker = Walker {
            source: &decoded.text,
            builder: &mut builder,
            part,
            limits: &options.limits,
            scopes: vec![Scope::Body],
            cell: None,
            tables: 0,
            deferred: Vec::new(),
            images: 0,
            skipped: 0,
            front_matter: false,
            html: None,
        };
        let extensions = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        for (event, range) in Parser::new_ext(&decoded.text, extensions).into_offset_iter() {
            walker.event(event, range);
        }
        walker.close_block();
        Extracted {
            document: builder.finish(),
            notices: notices.into_vec(),
            decoded: Some(decoded),
            ..Extracted::default()
        }
    }
}

struct Walker<'s, 'b> {
    source: &'s str,
    builder: &'b mut DocumentBuilder,
    part: u16,
    limits: &'s Limits,
    scopes: Vec<Scope>,
    cell: Option<CellIndex>,
    tables: u32,
    /// Alternative texts and titles, added after the block that they interrupt.
    deferred: Vec<(usize, String)>,
    images: usize,
    skipped: usize,
    front_matter: bool,
    html: Option<Range<usize>>,
}

impl Walker<'_, '_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, &range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, range.start),
            Event::SoftBreak | Event::HardBreak if self.builder.is_open() => {
                self.builder.replaced(self.part, Span::new(range.start, range.end), "\n");
            }
            Event::Code(_) if self.builder.is_open() => {
                self.builder.replaced(self.part, Span::new(range.start, range.end), OBJECT);
            }
            // An HTML block comes line by line; its lines are read together.
            Event::Html(_) => match &mut self.html {
                Some(html) => html.end = range.end,
                None => self.html = Some(range),
            },
            Event::InlineHtml(raw) => {
                if let Some(comment) = raw.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"))
                    && comment.trim().starts_with("zhengming-")
                {
                    let origin = Origin { part: self.part, span: Span::new(range.start, range.end) };
                    self.builder.directive(comment.trim(), origin);
                }
            }
            Event::Rule => self.close_block(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Heading { .. } => self.enter(Scope::Heading),
            Tag::FootnoteDefinition(_) => self.enter(Scope::Footnote),
            Tag::Paragraph | Tag::Item | Tag::BlockQuote(_) | Tag::List(_) => self.close_block(),
            Tag::CodeBlock(_) => {
                self.close_block();
                self.skipped += 1;
            }
            Tag::HtmlBlock => {
                self.close_block();
                self.html = None;
            }
            Tag::Table(_) => {
                self.close_block();
                self.cell = Some(CellIndex { table: self.tables, row: 0, column: 0 });
                self.tables += 1;
            }
            Tag::TableCell => self.enter(Scope::Cell),
            Tag::Link { title, dest_url, .. } => {
                self.builder.link(&dest_url);
                self.title(&title, range);
            }
            Tag::Image { title, .. } => {
                self.images += 1;
                self.title(&title, range);
            }
            Tag::MetadataBlock(_) => {
                self.close_block();
                self.front_matter = true;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::FootnoteDefinition => self.leave(),
            TagEnd::Paragraph | TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::List(_) => self.close_block(),
            TagEnd::CodeBlock => self.skipped -= 1,
            TagEnd::HtmlBlock => {
                if let Some(range) = self.html.take() {
                    html::fragment(self.builder, self.part, range.start, &self.source[range], self.limits);
                }
            }
            TagEnd::TableCell => {
                self.leave();
                if let Some(cell) = &mut self.cell {
                    cell.column += 1;
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(cell) = &mut self.cell {
                    *cell = CellIndex { row: cell.row + 1, column: 0, ..*cell };
                }
            }
            TagEnd::Table => self.cell = None,
            TagEnd::Image => self.images -= 1,
            TagEnd::MetadataBlock(_) => self.front_matter = false,
            _ => {}
        }
    }

    fn enter(&mut self, scope: Scope) {
        self.close_block();
        self.scopes.push(scope);
    }

    fn leave(&mut self) {
        self.close_block();
        self.scopes.pop();
    }

    fn text(&mut self, text: &str, start: usize) {
        if self.skipped > 0 {
            return;
        }
        if self.front_matter {
            return self.front_matter(text, start);
        }
        if self.images > 0 {
            // Inside an image's brackets: its alternative text.
            return self.deferred.push((start, text.to_owned()));
        }
        if !self.builder.is_open() {
            let scope = self.scopes.last().copied().unwrap_or(Scope::Body);
            self.builder.open(scope, Place::Text { node: None }, self.cell);
        }
        self.push(text, start);
    }

    fn push(&mut self, text: &str, start: usize) {
        let mut at = 0;
        for segment in align(self.source, start, text) {
            let piece = &text[at..at + segment.length];
            if segment.literal {
                self.builder.literal(self.part, segment.start, piece);
            } else {
                self.builder.replaced(self.part, Span::new(segment.start, segment.end), piece);
            }
            at += segment.length;
        }
    }

    /// The title of an inline link or image, which ends the source of the whole: `[text](target "title")`.
    fn title(&mut self, title: &str, range: &Range<usize>) {
        let start = self.source.get(range.clone()).and_then(|raw| {
            let inner = raw.trim_end().strip_suffix(')')?.trim_end();
            let body = inner.strip_suffix(['"', '\'', ')'])?;
            let opening = if inner.ends_with(')') { '(' } else { inner.chars().next_back()? };
            let start = body.rfind(opening)? + 1;
            (body[start..] == *title || body[start..].contains(['&', '\\'])).then_some(range.start + start)
        });
        if let (Some(start), false) = (start, title.is_empty()) {
            self.deferred.push((start, title.to_owned()));
        }
    }

    /// Title, description and date of a YAML front matter.
    fn front_matter(&mut self, text: &str, start: usize) {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some((key, value)) = line.split_once(':') {
                let blank = value.len() - value.trim_start().len();
                let offset = start + at + key.len() + 1 + blank;
                let value = value.trim();
                let scope = match key.trim() {
                    "title" => Some(Scope::Title),
                    "description" | "summary" | "keywords" => Some(Scope::Meta),
                    "date" => {
                        let date = DocumentDate::parse(value.trim_matches(['"', '\'']), "front matter date");
                        self.builder.metadata().published = date;
                        None
                    }
                    _ => None,
                };
                if let Some(scope) = scope {
                    if scope == Scope::Title {
                        self.builder.metadata().title = Some(value.trim_matches(['"', '\'']).to_owned());
                    }
                    self.builder.open(scope, Place::Text { node: None }, None);
                    self.push(value, offset);
                    self.builder.close();
                }
            }
            at += line.len();
        }
    }

    fn close_block(&mut self) {
        self.builder.close();
        for (start, text) in std::mem::take(&mut self.deferred) {
            self.builder.open(Scope::Alt, Place::Text { node: None }, self.cell);
            self.push(&text, start);
            self.builder.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_without_code_and_with_exact_places() {
        let source = Source::new(
            "a.md",
            "---\ntitle: 通知\ndate: 2021-03-04\n---\n# 标题 `x`\n\n中华人**名**共和国布\n署`布署`&#x7F72;[链接](a.docx \"提示\")\n\n```\n布署\n```\n\n| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n\n<div>布<b>署</b></div>\n\n![图](x.png)\n",
        );
        let extracted = Markdown.extract(&source, &ExtractOptions::default());
        let document = &extracted.document;
        let blocks: Vec<(&str, Scope)> =
            document.blocks.iter().map(|block| (&document.text[block.span.range()], block.scope)).collect();
        assert_eq!(
            blocks,
            [
                ("通知", Scope::Title),
                ("标题 \u{FFFC}", Scope::Heading),
                ("中华人名共和国布\n署\u{FFFC}署链接", Scope::Body),
                ("提示", Scope::Alt),
                ("甲", Scope::Cell),
                ("乙", Scope::Cell),
                ("一", Scope::Cell),
                ("二", Scope::Cell),
                ("布署", Scope::Body),
                ("图", Scope::Alt),
            ]
        );
        assert_eq!(document.metadata.published.as_ref().unwrap().date, "2021-03-04");
        assert_eq!(document.links, ["a.docx"]);
        assert_eq!(document.blocks[7].cell, Some(CellIndex { table: 0, row: 1, column: 1 }));
    }
}
