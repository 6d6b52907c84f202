//! XML that is neither a page nor part of a package: text of elements with the path to them, attributes that people read, HTML in
//! feeds. Only the predefined entities are resolved, and no DTD is read.
//!
//! Which elements are paragraphs follows from where text stands: the outermost element that holds text of its own is a block, and
//! elements inside it are its inline markup unless their names say that they are blocks too.

use std::collections::HashMap;

use super::ooxml::{Element, Node, Piece, Xml, is_blank};
use super::written::{Target, Written};
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{DocumentBuilder, NodeIndex, Place, Scope};
use crate::source::{Code, Kind, Source};

/// Any XML.
pub(super) struct XmlDocument;

/// Attributes whose values people read, whatever they hold; of others only those with Chinese characters.
const READABLE: [&str; 10] =
    ["title", "alt", "label", "description", "desc", "summary", "caption", "tooltip", "text", "placeholder"];

/// Elements that are inline markup wherever they stand.
const INLINE: [&str; 16] = [
    "b", "i", "u", "em", "strong", "span", "font", "a", "sub", "sup", "emphasis", "phrase", "small", "mark", "code",
    "link",
];

/// Elements that are blocks also between text.
const BLOCK: [&str; 22] = [
    "p", "para", "div", "li", "td", "th", "tr", "table", "ul", "ol", "item", "entry", "section", "title", "head",
    "row", "cell", "h1", "h2", "h3", "dd", "dt",
];

/// Elements that hold a title.
const TITLES: [&str; 6] = ["title", "subtitle", "headline", "heading", "标题", "副标题"];

impl Format for XmlDocument {
    fn kind(&self) -> Kind {
        Kind::Xml
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, true);
        let text = &*decoded.text;
        let depth = options.limits.xml_depth;
        let own_text = elements_with_text(text, depth);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let mut xml = Xml::new(text, depth);
        let mut reader = Reader {
            text,
            part,
            builder,
            options,
            frames: Vec::new(),
            roots: Vec::new(),
            written: Written::default(),
            blocks: 0,
            tables: 0,
            titled: false,
        };
        let mut number = 0;
        loop {
            match xml.next() {
                Node::Start(element) => {
                    reader.start(&element, own_text.get(number).copied().unwrap_or_default());
                    number += 1;
                }
                Node::Text(piece) => reader.text(piece),
                Node::End => reader.end(),
                Node::Done => break,
            }
            if reader.blocks > options.limits.cells {
                let limit = options.limits.cells;
                let message =
                    format!("XML 中的文字超过上限 {limit} 项，没有读完。确认文件可信后可用 --limit cells=… 放宽");
                notices.error(Code::Limit, message);
                break;
            }
        }
        reader.flush();
        xml.report("", &mut notices);
        Extracted {
            document: reader.builder.finish(),
            notices: notices.into_vec(),
            decoded: Some(decoded),
            ..Extracted::default()
        }
    }
}

/// For each element in the order of their start tags, whether it holds text of its own.
fn elements_with_text(text: &str, depth: u64) -> Vec<bool> {
    let mut xml = Xml::new(text, depth);
    let (mut all, mut open) = (Vec::new(), Vec::new());
    loop {
        match xml.next() {
            Node::Start(_) => {
                open.push(all.len());
                all.push(false);
            }
            Node::Text(piece) => {
                if let Some(&number) = open.last()
                    && !is_blank(text, &[piece])
                    && let Some(has_text) = all.get_mut(number)
                {
                    *has_text = true;
                }
            }
            Node::End => _ = open.pop(),
            Node::Done => return all,
        }
    }
}

/// An open element.
struct Frame<'t> {
    name: &'t str,
    ordinal: u32,
    node: Option<NodeIndex>,
    /// How many children of each name there were.
    children: HashMap<&'t str, u32>,
}

struct Reader<'t> {
    text: &'t str,
    part: u16,
    builder: DocumentBuilder,
    options: &'t ExtractOptions,
    frames: Vec<Frame<'t>>,
    /// How many elements are open in each element that is a block, itself included.
    roots: Vec<usize>,
    /// The text of the innermost block so far.
    written: Written,
    blocks: u64,
    tables: u32,
    /// The title of the whole was met.
    titled: bool,
}

impl<'t> Reader<'t> {
    fn start(&mut self, element: &Element<'t>, has_text: bool) {
        let name = element.qualified();
        let ordinal = self.frames.last_mut().map_or(1, |parent| {
            let count = parent.children.entry(name).or_default();
            *count += 1;
            *count
        });
        let depth = self.frames.len();
        let is = |names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(element.name));
        if self.roots.is_empty() {
            match (has_text, is(&INLINE)) {
                (true, true) if depth > 0 => self.roots.push(depth),
                (true, _) => self.roots.push(depth + 1),
                _ => {}
            }
        } else if is(&BLOCK) {
            self.flush();
            self.roots.push(depth + 1);
        } else if element.name.eq_ignore_ascii_case("br") {
            let at = element.span.start;
            self.written.meaning(crate::document::Span::new(at, at), '\n');
        }
        self.frames.push(Frame { name, ordinal, node: None, children: HashMap::new() });
        self.attributes(element);
    }

    fn text(&mut self, piece: Piece) {
        if self.roots.is_empty() {
            return;
        }
        match piece.means {
            None => self.written.literal(piece.span.start, &self.text[piece.span.range()]),
            Some(character) => self.written.meaning(piece.span, character),
        }
    }

    fn end(&mut self) {
        if self.roots.last() == Some(&self.frames.len()) {
            self.flush();
            self.roots.pop();
        }
        self.frames.pop();
    }

    /// Closes the block that is open.
    fn flush(&mut self) {
        let root = self.roots.last().copied().unwrap_or(0);
        let written = std::mem::take(&mut self.written);
        if written.as_str().trim().is_empty() {
            return;
        }
        let name = self.frames.get(root.wrapping_sub(1)).map_or("", |frame| frame.name);
        let name = name.rsplit(':').next().unwrap_or(name);
        let scope = match TITLES.iter().any(|title| title.eq_ignore_ascii_case(name)) {
            // The first title near the root is that of the whole: `/rss/channel/title`, `/feed/title`.
            true if !self.titled && root <= 3 => {
                self.titled = true;
                self.builder.metadata().title = Some(written.as_str().trim().to_owned());
                Scope::Title
            }
            true => Scope::Heading,
            false => Scope::Body,
        };
        if let Some(node) = self.node(root) {
            self.add(&written, scope, Place::Path { node });
        }
    }

    fn add(&mut self, written: &Written, scope: Scope, place: Place) {
        self.blocks += 1;
        let (part, limits) = (self.part, &self.options.limits);
        written.read(&mut self.builder, Target { part, scope, place, cell: None, tables: &mut self.tables, limits });
    }

    /// Adds the attributes of the element that was opened last.
    fn attributes(&mut self, element: &Element<'t>) {
        for (name, value) in element.qualified_attributes() {
            let local = name.rsplit(':').next().unwrap_or(name);
            let is_readable = READABLE.iter().any(|one| one.eq_ignore_ascii_case(local)) || value.chars().any(is_han);
            if !is_readable || value.trim().is_empty() || name.starts_with("xmlns") {
                continue;
            }
            let mut written = Written::default();
            for piece in Element::value_pieces(self.text, value) {
                match piece.means {
                    None => written.literal(piece.span.start, &self.text[piece.span.range()]),
                    Some(character) => written.meaning(piece.span, character),
                }
            }
            let parent = self.node(self.frames.len());
            let node = self.builder.outline().add(parent, format!("@{name}"), 0);
            self.add(&written, Scope::Alt, Place::Path { node });
        }
    }

    /// The innermost of the `depth` outer elements, in the outline.
    fn node(&mut self, depth: usize) -> Option<NodeIndex> {
        let mut parent = None;
        for frame in self.frames.iter_mut().take(depth) {
            if frame.node.is_none() {
                frame.node = Some(self.builder.outline().add(parent, frame.name.to_owned(), frame.ordinal));
            }
            parent = frame.node;
        }
        parent
    }
}

/// Whether a character is Chinese: the unified ideographs of the basic plane.
fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Document, SegmentKind};
    use crate::source::Notice;

    fn read(text: &str) -> (Document, Vec<Notice>) {
        let source = Source::new("a.xml", text);
        let extracted = XmlDocument.extract(&source, &ExtractOptions::default());
        for block in &extracted.document.blocks {
            for (span, origin, kind) in extracted.document.map.stretches(block.span) {
                if kind == SegmentKind::Literal {
                    assert_eq!(&extracted.document.text[span.range()], &text[origin.span.range()]);
                }
            }
        }
        (extracted.document, extracted.notices)
    }

    fn blocks(document: &Document) -> Vec<(String, Scope, &str)> {
        let path = |place: &Place| match *place {
            Place::Path { node } => document.outline.xpath(node),
            _ => unreachable!("only paths"),
        };
        let blocks = document.blocks.iter();
        blocks.map(|block| (path(&block.place), block.scope, &document.text[block.span.range()])).collect()
    }

    fn owned<'t>(expected: &[(&str, Scope, &'t str)]) -> Vec<(String, Scope, &'t str)> {
        expected.iter().map(|&(path, scope, text)| (path.to_owned(), scope, text)).collect()
    }

    #[test]
    fn a_feed() {
        let (document, notices) = read(
            "<?xml version=\"1.0\"?><rss xmlns:content=\"x\"><channel><title>某站</title><item><title>甲 &amp; 乙</title>\
             <description><![CDATA[<p>布<b>署</b></p><p>丙</p>]]></description></item><item>\
             <content:encoded>&lt;p&gt;丁&lt;/p&gt;</content:encoded></item></channel></rss>",
        );
        let expected = [
            ("/rss/channel[1]/title[1]", Scope::Title, "某站"),
            ("/rss/channel[1]/item[1]/title[1]", Scope::Heading, "甲 & 乙"),
            ("/rss/channel[1]/item[1]/description[1]", Scope::Body, "布署"),
            ("/rss/channel[1]/item[1]/description[1]", Scope::Body, "丙"),
            ("/rss/channel[1]/item[2]/content:encoded[1]", Scope::Body, "丁"),
        ];
        assert_eq!((blocks(&document), notices), (owned(&expected), vec![]));
        assert_eq!(document.metadata.title.as_deref(), Some("某站"));
    }

    #[test]
    fn mixed_content_is_one_text_and_blocks_part_it() {
        let (document, _) = read(
            "<doc><p>布<x>署</x>工作</p><p><b>认</b><i>真</i></p><body>前<p>中</p>后<br/>续</body><a><n>一</n><n>二</n></a></doc>",
        );
        let texts: Vec<_> = blocks(&document).into_iter().map(|(path, _, text)| (path, text)).collect();
        let expected = [
            ("/doc/p[1]", "布署工作"),
            ("/doc/p[2]", "认真"),
            ("/doc/body[1]", "前"),
            ("/doc/body[1]/p[1]", "中"),
            ("/doc/body[1]", "后\n续"),
            ("/doc/a[1]/n[1]", "一"),
            ("/doc/a[1]/n[2]", "二"),
        ];
        assert_eq!(texts, expected.map(|(path, text)| (path.to_owned(), text)));
    }

    #[test]
    fn attributes_that_people_read() {
        let (document, _) = read("<r id='x' title='a&lt;b' 名称='布&#x7F72;' href='http://a.cn'><c alt=''/></r>");
        let expected = [("/r/@title", Scope::Alt, "a<b"), ("/r/@名称", Scope::Alt, "布署")];
        assert_eq!(blocks(&document), owned(&expected));
    }

    #[test]
    fn entities_stay_inert_and_damage_is_said() {
        let laughs = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>甲&a;&x;</d>";
        let (document, notices) = read(laughs);
        assert_eq!(blocks(&document), owned(&[("/d", Scope::Body, "甲")]));
        assert_eq!(notices[0].code, Code::Corrupt);
        let (document, notices) = read("<d><p>甲</p><p>乙");
        assert_eq!(blocks(&document).len(), 2);
        assert_eq!(notices[0].code, Code::Corrupt);
        let deep = format!("{}甲{}", "<d>".repeat(600), "</d>".repeat(600));
        assert!(read(&deep).1[0].message.contains("xml-depth"));
    }

    proptest! {
        #[test]
        fn any_nesting_is_read(text in "(<(a|b|p|br/|title)>|</(a|b|p)>|甲|&amp;|&x;| |<!\\[CDATA\\[|\\]\\]>){0,30}") {
            read(&format!("<r>{text}</r>"));
        }
    }
}
