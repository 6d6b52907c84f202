//! JSON (RFC 8259) and JSON Lines, as databases and content management systems export them: every string value with its JSON
//! Pointer, escapes led back to the bytes that write them, HTML in strings read as HTML. Names of members are not text.

use std::borrow::Cow;

use super::text::paragraphs;
use super::written::{Target, Written};
use super::{ExtractOptions, Extracted, Format, decode_source};
use crate::document::{DocumentBuilder, DocumentDate, LineIndex, NodeIndex, Place, Scope, Span};
use crate::source::{Code, Kind, Source, extension};

/// JSON and JSON Lines.
pub(super) struct Json;

/// Names of members that hold a title.
const TITLES: [&str; 8] = ["title", "subtitle", "headline", "articletitle", "doctitle", "标题", "副标题", "文章标题"];

/// Names of members that hold the date of publication.
const DATES: [&str; 8] =
    ["pubdate", "publishdate", "publish_date", "publishtime", "publish_time", "pub_date", "datepublished", "发布日期"];

impl Format for Json {
    fn kind(&self) -> Kind {
        Kind::Json
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let (decoded, mut notices) = decode_source(source, false);
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let mut reader = Reader {
            text: &decoded.text,
            at: 0,
            part,
            builder,
            options,
            steps: Vec::new(),
            strings: 0,
            tables: 0,
            records: 0,
            date: None,
            string: Written::default(),
            too_deep: false,
            wrong: Vec::new(),
        };
        let lines = matches!(&*extension(&source.name), "jsonl" | "ndjson");
        let whole = reader.read(lines);
        let Reader { mut builder, wrong, too_deep, records, date, .. } = reader;
        // What one of many records says of itself says nothing of the others.
        if records == 1 {
            builder.metadata().published = date;
        }
        if let Some(&at) = wrong.first() {
            let position = LineIndex::new(&decoded.text).position(&decoded.text, at);
            let rest = if lines || wrong.len() > 1 { "有错的各行" } else { "其后的内容" };
            let message = format!(
                "JSON 在第 {} 行第 {} 列有错，{rest}按普通文字读取，其中转义的文字没有检查。请重新导出",
                position.line, position.column
            );
            notices.error(Code::Corrupt, message);
        }
        if too_deep {
            let limit = options.limits.json_depth;
            let message =
                format!("JSON 嵌套超过 {limit} 层，更深处没有检查。确认文件可信后可用 --limit json-depth=… 放宽");
            notices.error(Code::Limit, message);
        }
        if !whole {
            let limit = options.limits.cells;
            let message =
                format!("JSON 中的文字超过上限 {limit} 项，没有读完。确认文件可信后可用 --limit cells=… 放宽");
            notices.error(Code::Limit, message);
        }
        let notices = notices.into_vec();
        Extracted { document: builder.finish(), notices, decoded: Some(decoded), ..Extracted::default() }
    }
}

/// Where in the data the reader is: what is open, from the outside in.
struct Step {
    /// Name of the current member as it is written, without quotes; `None` in an array.
    name: Option<Span<crate::document::Decoded>>,
    /// Number of the current element, from 1.
    element: u32,
    /// The current member or element in the outline, once a string below it was read.
    node: Option<NodeIndex>,
}

/// The text is no JSON at this byte.
struct Wrong(usize);

/// What comes next.
enum Next {
    Value,
    /// Behind a value.
    End,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    part: u16,
    builder: DocumentBuilder,
    options: &'t ExtractOptions,
    steps: Vec<Step>,
    strings: u64,
    tables: u32,
    records: u64,
    date: Option<DocumentDate>,
    string: Written,
    too_deep: bool,
    /// Where it was no JSON.
    wrong: Vec<usize>,
}

impl Reader<'_> {
    /// Reads one value after another; `false` if there are more strings than the limit allows. Where the text is no JSON, it
    /// goes on with the next line if each line is a record of its own, and is read as plain text otherwise.
    fn read(&mut self, mut lines: bool) -> bool {
        loop {
            self.blank();
            if self.at >= self.text.len() {
                return true;
            }
            let start = self.at;
            self.steps.clear();
            match self.record() {
                Ok(true) => self.records += 1,
                Ok(false) => return false,
                Err(Wrong(at)) => {
                    lines |= self.records > 1 && self.text[start..at].lines().count() < 2;
                    let rest = &self.text[at..];
                    let length =
                        if lines { memchr::memchr(b'\n', rest.as_bytes()) } else { None }.unwrap_or(rest.len());
                    // A few places show what is wrong.
                    if self.wrong.len() < 2 {
                        self.wrong.push(at);
                    }
                    self.builder.close();
                    paragraphs(&mut self.builder, self.part, at, &rest[..length]);
                    self.at = at + length;
                }
            }
        }
    }

    /// Reads one value with all that is in it.
    fn record(&mut self) -> Result<bool, Wrong> {
        let mut next = Next::Value;
        loop {
            self.blank();
            let byte = self.text.as_bytes().get(self.at).copied();
            match next {
                Next::Value => match byte {
                    Some(b'{' | b'[') if self.steps.len() as u64 >= self.options.limits.json_depth => {
                        self.too_deep = true;
                        self.skip_nested()?;
                        next = Next::End;
                    }
                    Some(b'{') => {
                        self.at += 1;
                        self.blank();
                        if self.take(b'}') {
                            next = Next::End;
                        } else {
                            let name = Some(self.name()?);
                            self.steps.push(Step { name, element: 0, node: None });
                        }
                    }
                    Some(b'[') => {
                        self.at += 1;
                        self.blank();
                        if self.take(b']') {
                            next = Next::End;
                        } else {
                            self.steps.push(Step { name: None, element: 1, node: None });
                        }
                    }
                    Some(b'"') => {
                        if self.strings >= self.options.limits.cells {
                            return Ok(false);
                        }
                        self.strings += 1;
                        self.string()?;
                        self.add();
                        next = Next::End;
                    }
                    _ => {
                        self.scalar()?;
                        next = Next::End;
                    }
                },
                Next::End => {
                    let Some(step) = self.steps.last() else { return Ok(true) };
                    let in_object = step.name.is_some();
                    match byte {
                        Some(b',') => {
                            self.at += 1;
                            self.blank();
                            let name = if in_object { Some(self.name()?) } else { None };
                            if let Some(step) = self.steps.last_mut() {
                                let element = step.element.saturating_add(u32::from(name.is_none()));
                                *step = Step { name, element, node: None };
                            }
                            next = Next::Value;
                        }
                        Some(b'}') if in_object => {
                            self.at += 1;
                            self.steps.pop();
                        }
                        Some(b']') if !in_object => {
                            self.at += 1;
                            self.steps.pop();
                        }
                        _ => return Err(Wrong(self.at)),
                    }
                }
            }
        }
    }

    /// Passes white space, and the separator of JSON text sequences (RFC 7464).
    fn blank(&mut self) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x1E);
        self.at += self.text.as_bytes()[self.at..].iter().take_while(|byte| blank(byte)).count();
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    /// Reads the name of a member and the colon; gives where the name stands.
    fn name(&mut self) -> Result<Span<crate::document::Decoded>, Wrong> {
        let start = self.at;
        if !self.take(b'"') {
            return Err(Wrong(start));
        }
        let end = self.string_end(start)?;
        self.at = end + 1;
        self.blank();
        if self.take(b':') { Ok(Span::new(start + 1, end)) } else { Err(Wrong(self.at)) }
    }

    /// Where the quote stands that closes the string which is open.
    fn string_end(&self, opening: usize) -> Result<usize, Wrong> {
        let mut at = opening + 1;
        while let Some(length) = memchr::memchr2(b'"', b'\\', self.text.as_bytes().get(at..).unwrap_or_default()) {
            at += length;
            if self.text.as_bytes()[at] == b'"' {
                return Ok(at);
            }
            at += 2;
        }
        Err(Wrong(opening))
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<(), Wrong> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &self.text[self.at..self.at + length];
        let is_number =
            word.starts_with(|first: char| first.is_ascii_digit() || first == '-') && word.parse::<f64>().is_ok();
        if !is_number && !matches!(word, "true" | "false" | "null") {
            return Err(Wrong(self.at));
        }
        self.at += length;
        Ok(())
    }

    /// Passes over an array or object with all that is in it.
    fn skip_nested(&mut self) -> Result<(), Wrong> {
        let opening = self.at;
        let mut depth = 0u64;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => self.at = self.string_end(self.at)?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Wrong(opening))
    }

    /// Reads the string that begins here into [`string`](Self::string).
    fn string(&mut self) -> Result<(), Wrong> {
        self.string.clear();
        let end = self.string_end(self.at)?;
        let mut at = self.at + 1;
        while at < end {
            let plain = memchr::memchr(b'\\', &self.text.as_bytes()[at..end]).unwrap_or(end - at);
            self.string.literal(at, &self.text[at..at + plain]);
            at += plain;
            if at < end {
                let (character, length) = escape(&self.text[at..end]).ok_or(Wrong(at))?;
                self.string.meaning(Span::new(at, at + length), character);
                at += length;
            }
        }
        self.at = end + 1;
        Ok(())
    }

    /// Adds the string that was read last.
    fn add(&mut self) {
        let text = self.string.as_str();
        let name = self.steps.last().and_then(|step| step.name).map(|span| &self.text[span.range()]);
        let is_one_of =
            |names: &[&str]| name.is_some_and(|name| names.iter().any(|one| one.eq_ignore_ascii_case(name)));
        if self.steps.len() == 1 && self.date.is_none() && is_one_of(&DATES) {
            self.date = DocumentDate::parse(text, &format!("json {}", name.unwrap_or_default()));
        }
        // A picture, not a text.
        let is_data = text.get(..200).unwrap_or(text).starts_with("data:") && text.contains(";base64,");
        if text.trim().is_empty() || is_data {
            return;
        }
        let scope = if is_one_of(&TITLES) { Scope::Heading } else { Scope::Body };
        let place = Place::Pointer { node: self.node() };
        let string = std::mem::take(&mut self.string);
        let (part, limits) = (self.part, &self.options.limits);
        string.read(&mut self.builder, Target { part, scope, place, cell: None, tables: &mut self.tables, limits });
        self.string = string;
    }

    /// The current place in the outline.
    fn node(&mut self) -> Option<NodeIndex> {
        let mut parent = None;
        for step in &mut self.steps {
            if step.node.is_none() {
                let name = step.name.map(|span| unescaped(&self.text[span.range()]).into_owned()).unwrap_or_default();
                step.node = Some(self.builder.outline().add(parent, name, step.element));
            }
            parent = step.node;
        }
        parent
    }
}

/// The character that an escape at the start of `text` means, and the bytes it takes. Half of a surrogate pair without the
/// other means U+FFFD.
fn escape(text: &str) -> Option<(char, usize)> {
    let plain = |character| Some((character, 2));
    match text.as_bytes().get(1)? {
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'b' | b'f' => plain(' '),
        b'u' => {
            let first = unit(text)?;
            let second = text.get(6..).and_then(unit).filter(|unit| (0xDC00..0xE000).contains(unit));
            match (first, second) {
                (0xD800..0xDC00, Some(second)) => {
                    let code = 0x10000 + (u32::from(first - 0xD800) << 10) + u32::from(second - 0xDC00);
                    Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12))
                }
                _ => Some((char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER), 6)),
            }
        }
        byte @ (b'"' | b'\\' | b'/') => plain(char::from(*byte)),
        _ => None,
    }
}

/// The UTF-16 unit of `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u16::from_str_radix(digits, 16).ok() } else { None }
}

/// A name with its escapes resolved.
fn unescaped(name: &str) -> Cow<'_, str> {
    if !name.contains('\\') {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at..]).unwrap_or(('\\', 1));
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Document, SegmentKind};
    use crate::source::Notice;
    use crate::source::{Level, Limits};

    fn read_as(name: &str, text: &str, limits: Limits) -> (Document, Vec<Notice>) {
        let source = Source::new(name, text);
        let extracted = Json.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
        (extracted.document, extracted.notices)
    }

    fn values(document: &Document) -> Vec<(String, &str)> {
        let pointer = |place: &Place| match place {
            Place::Pointer { node } => node.map(|node| document.outline.pointer(node)).unwrap_or_default(),
            _ => "text".to_owned(),
        };
        let blocks = document.blocks.iter();
        blocks.map(|block| (pointer(&block.place), &document.text[block.span.range()])).collect()
    }

    fn owned<'t>(expected: &[(&str, &'t str)]) -> Vec<(String, &'t str)> {
        expected.iter().map(|&(pointer, text)| (pointer.to_owned(), text)).collect()
    }

    #[test]
    fn strings_have_pointers_and_names_are_no_text() {
        let text = r#"{"标题":"甲","list":[1,"乙",{"a/b":"丙","e":{}},[],true],"n":-1.5e3,"null":null,"content":"<p>布\u7f72</p><p>丁<\/p>"}"#;
        let (document, notices) = read_as("a.json", text, Limits::default());
        let expected =
            [("/标题", "甲"), ("/list/1", "乙"), ("/list/2/a~1b", "丙"), ("/content", "布署"), ("/content", "丁")];
        assert_eq!((values(&document), notices), (owned(&expected), vec![]));
        assert_eq!((document.blocks[0].scope, document.blocks[1].scope), (Scope::Heading, Scope::Body));
        let origins = document.map.origins(document.blocks[3].span);
        assert_eq!(&text[origins[0].span.range()], "布\\u7f72");
    }

    #[test]
    fn escapes_lead_to_what_writes_them() {
        let text = r#"["a\"\\\/\n\t布\ud83d\ude00\ud83d署"]"#;
        let (document, _) = read_as("a.json", text, Limits::default());
        assert_eq!(values(&document), owned(&[("/0", "a\"\\/"), ("/0", "布😀\u{FFFD}署")]));
        let span = document.blocks[1].span;
        let written: Vec<_> = document.map.stretches(span).map(|(_, origin, _)| &text[origin.span.range()]).collect();
        assert_eq!(written, ["布", r"\ud83d\ude00", r"\ud83d", "署"]);
    }

    #[test]
    fn lines_are_records_and_a_broken_one_costs_itself() {
        let text = "{\"a\":\"甲\"}\n{\"a\":\"乙\",}\n{\"a\":\"丙\"}\n\"丁\"\n";
        let (document, notices) = read_as("a.jsonl", text, Limits::default());
        assert_eq!(values(&document), owned(&[("/a", "甲"), ("/a", "乙"), ("text", "}"), ("/a", "丙"), ("", "丁")]));
        assert_eq!((notices.len(), notices[0].level, notices[0].code), (1, Level::Error, Code::Corrupt));
        assert!(notices[0].message.contains("第 2 行第 10 列"), "{}", notices[0].message);
    }

    #[test]
    fn what_is_no_json_is_read_as_text() {
        for text in [
            "{\"a\":\"甲\",'b':'布署'}",
            "{\"a\":\"甲\",\"b\":\"布署",
            "[\"甲\",布署]",
            "[\"甲\"\n\"布署\"]",
            "[\"甲\"} 布署",
        ] {
            let (document, notices) = read_as("a.json", text, Limits::default());
            assert!(document.text.contains("布署"), "{text}: {:?}", document.text);
            assert_eq!((notices.len(), notices[0].code), (1, Code::Corrupt), "{text}");
        }
    }

    #[test]
    fn limits_end_in_notices() {
        let deep = format!("{}\"甲\"{}", "[".repeat(200), "]".repeat(200));
        let (document, notices) = read_as("a.json", &format!("[{deep},\"乙\"]"), Limits::default());
        assert_eq!(values(&document), owned(&[("/1", "乙")]));
        assert!(notices[0].message.contains("json-depth"));
        let (document, notices) = read_as("a.json", "[\"甲\",\"乙\"]", Limits { cells: 1, ..Limits::default() });
        assert_eq!(document.blocks.len(), 1);
        assert!(notices[0].message.contains("--limit cells="));
    }

    #[test]
    fn one_record_may_state_its_date() {
        let (document, _) = read_as("a.json", r#"{"PubDate":"2021-11-01 08:00","content":"甲"}"#, Limits::default());
        assert_eq!(document.metadata.published.map(|date| date.date), Some("2021-11-01".to_owned()));
        let two = "{\"pubDate\":\"2021-11-01\"}\n{\"pubDate\":\"2022-11-01\"}";
        assert_eq!(read_as("a.jsonl", two, Limits::default()).0.metadata.published, None);
    }

    fn any_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf =
            prop_oneof!["[甲乙<>\"\\\\\n😀]{0,8}".prop_map(serde_json::Value::from), any::<i32>().prop_map(Into::into)];
        leaf.prop_recursive(4, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec(("[a/~\"é]{0,3}", inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Every pointer leads another reader of JSON to a string that holds the block's text.
        #[test]
        fn pointers_lead_to_the_text(value in any_value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let (document, notices) = read_as("a.json", &text, Limits::default());
            prop_assert_eq!(notices, vec![]);
            for (pointer, found) in values(&document) {
                let string = value.pointer(&pointer).and_then(serde_json::Value::as_str);
                prop_assert!(string.is_some_and(|string| string.contains(found)), "{} {} {:?}", pointer, found, string);
            }
        }

        #[test]
        fn any_text_is_read(text in "[甲\"\\\\{}\\[\\]:,un0-9\n]{0,60}") {
            let (document, _) = read_as("a.json", &text, Limits { json_depth: 4, ..Limits::default() });
            for block in &document.blocks {
                for (span, origin, kind) in document.map.stretches(block.span) {
                    if kind == SegmentKind::Literal {
                        prop_assert_eq!(&document.text[span.range()], &text[origin.span.range()]);
                    }
                }
            }
        }
    }
}
