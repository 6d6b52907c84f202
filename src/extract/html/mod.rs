//! HTML pages: blocks with scopes, inline elements joined, attributes that people read, metadata, links.

mod align;
mod blocks;
mod names;
mod scan;
mod stream;
mod tree;
mod xhtml;

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{Html as Tree, Selector};

use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{Document, DocumentBuilder, Scope};
use crate::source::{Code, Kind, Limits, Notices, Source};

pub(super) use align::align;
use blocks::Blocks;

/// CSS selectors (Selectors Level 4, as far as the scraper crate goes) with the text they were written as.
#[derive(Debug, Clone, Default)]
pub struct Selectors(Vec<(String, Selector)>);

impl Selectors {
    /// Parses selectors; the error says which one cannot be read.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let parse = |text: &String| match Selector::parse(text) {
            Ok(selector) => Ok((text.clone(), selector)),
            Err(error) => Err(format!("cannot read the selector {text:?}: {error}")),
        };
        texts.iter().map(parse).collect::<Result<_, _>>().map(Selectors)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn matches(&self, html: &Tree) -> HashSet<NodeId> {
        self.0.iter().flat_map(|(_, selector)| html.select(selector).map(|element| element.id())).collect()
    }
}

/// Which parts of a page are its content.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Only these elements, if any are given. The title and metadata are always read.
    pub select: Selectors,
    /// Without these elements.
    pub exclude: Selectors,
}

/// HTML and XHTML pages.
pub(super) struct Html;

impl Format for Html {
    fn kind(&self) -> Kind {
        Kind::Html
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, true);
        let selectors = !options.content.select.is_empty() || !options.content.exclude.is_empty();
        let rewritten = xhtml::as_html(&decoded.text);
        let text = rewritten.as_deref().unwrap_or(&decoded.text);
        let streamed = if selectors { None } else { stream::read(text, &options.limits).ok() };
        let mut document = streamed.unwrap_or_else(|| from_tree(text, options, &mut notices));
        if document.metadata.title.is_none() {
            let title = document.blocks.iter().find(|block| block.scope == Scope::Title);
            document.metadata.title = title.map(|block| document.text[block.span.range()].to_owned());
        }
        Extracted { document, notices: notices.into_vec(), decoded: Some(decoded), ..Extracted::default() }
    }
}

/// Reads a page by its tree: what the selectors need, and pages whose text stands elsewhere in the tree than in the source.
fn from_tree(text: &str, options: &ExtractOptions, notices: &mut Notices<'_>) -> Document {
    let page = tree::parse(text, &options.limits);
    if page.too_deep {
        let message = format!(
            "元素嵌套超过 {} 层，更深的标签按文字所在的外层处理，文字仍已检查。可用 --limit html-depth=… 放宽",
            options.limits.html_depth
        );
        notices.warning(Code::Limit, message);
    }
    if page.too_many {
        let message = format!(
            "没有闭合的标签太多，规则要求补出的元素超过 {} 个，此后的标签不再处理，文字仍已检查。可用 --limit html-elements=… 放宽",
            options.limits.html_elements
        );
        notices.warning(Code::Limit, message);
    }
    let selected = options.content.select.matches(&page.html);
    if selected.is_empty() && !options.content.select.is_empty() {
        let message = "没有元素符合 --select 的选择器，已检查整个页面。请核对选择器";
        notices.warning(Code::Selector, message);
    }
    let excluded = options.content.exclude.matches(&page.html);
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    page.walk(Blocks::new(&mut builder, part, 0, !selected.is_empty()), &selected, &excluded);
    builder.finish()
}

/// Reads a piece of HTML that stands alone, such as a string in a database export.
pub(super) fn piece(text: &str, limits: &Limits) -> Document {
    stream::read(text, limits).unwrap_or_else(|_| {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        fragment(&mut builder, part, 0, text, limits);
        builder.finish()
    })
}

/// Adds the blocks of a piece of HTML that stands at byte `base` of `part`, as in Markdown.
pub(super) fn fragment(builder: &mut DocumentBuilder, part: u16, base: usize, source: &str, limits: &Limits) {
    let page = tree::parse(source, limits);
    page.walk(Blocks::new(builder, part, base, false), &HashSet::new(), &HashSet::new());
}

#[cfg(test)]
mod tests;
