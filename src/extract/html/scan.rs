//! A tokenizer for pages that are read without a tree.
//!
//! It follows the states of the HTML Standard, §13.2.5, but takes whole stretches at a time: text up to the next `<`, values up to
//! their quote, raw text up to its end tag. What a page hardly ever holds – markup cut off by the end of the file, `</>`,
//! doubly escaped scripts – it declines, and the page is read by its tree.

use std::borrow::Cow;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Token as Html5gumToken, Tokenizer};
use memchr::{memchr, memchr_iter, memchr2, memmem};

use super::align::{Aligned, align};
use super::blocks::{Segments, collapses};

/// Why a page cannot be read without its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declined(pub(super) &'static str);

/// A piece of a page. Ranges are bytes of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// All text up to the next markup; character references and line endings as written.
    Text(Range<usize>),
    /// A start tag, by its name; its attributes are in [`Scanner::attributes`].
    Start(Range<usize>),
    /// An end tag, by its name.
    End(Range<usize>),
    /// A comment or what counts as one: its content, and all of it.
    Comment(Range<usize>, Range<usize>),
    /// A document type declaration.
    Doctype(Range<usize>),
    /// The end.
    Eof,
}

/// The attributes that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Alt,
    AriaLabel,
    Colspan,
    Content,
    Data,
    Href,
    Name,
    Placeholder,
    Property,
    Src,
    Title,
    Type,
    Value,
}

impl Key {
    fn of(name: &[u8]) -> Option<Key> {
        let keys: &[(&str, Key)] = match name.len() {
            3 => &[("src", Key::Src), ("alt", Key::Alt)],
            4 => &[("href", Key::Href), ("name", Key::Name), ("type", Key::Type), ("data", Key::Data)],
            5 => &[("title", Key::Title), ("value", Key::Value)],
            7 => &[("content", Key::Content), ("colspan", Key::Colspan)],
            8 => &[("property", Key::Property)],
            10 => &[("aria-label", Key::AriaLabel)],
            11 => &[("placeholder", Key::Placeholder)],
            _ => &[],
        };
        keys.iter().find(|(text, _)| name.eq_ignore_ascii_case(text.as_bytes())).map(|(_, key)| *key)
    }
}

/// An attribute as written.
#[derive(Debug, Clone)]
pub(super) struct RawAttribute {
    pub(super) key: Key,
    /// The value, without quotes.
    pub(super) value: Range<usize>,
}

/// Attributes of one tag that the tree keeps; beyond them the page is hostile.
const MAX_ATTRIBUTES: usize = 1000;

/// A page and how far it has been read.
#[derive(Debug)]
pub(super) struct Scanner<'s> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    /// Of the last start tag, the attributes that matter, in order; of several with one name the first.
    pub(super) attributes: Vec<RawAttribute>,
}

impl<'s> Scanner<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Scanner { source, bytes: source.as_bytes(), at: 0, attributes: Vec::new() }
    }

    /// The source of a range.
    pub(super) fn slice(&self, range: Range<usize>) -> &'s str {
        &self.source[range]
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Token, Declined> {
        let start = self.at;
        let mut search = start;
        loop {
            let Some(found) = memchr(b'<', &self.bytes[search..]) else {
                self.at = self.bytes.len();
                return Ok(if start < self.at { Token::Text(start..self.at) } else { Token::Eof });
            };
            let open = search + found;
            let markup = match self.bytes.get(open + 1) {
                Some(b'/') => match self.bytes.get(open + 2) {
                    None | Some(b'>') => return Err(Declined("an end tag without a name")),
                    Some(_) => true,
                },
                Some(b'!' | b'?') => true,
                Some(byte) => byte.is_ascii_alphabetic(),
                None => false,
            };
            if !markup {
                search = open + 1;
                continue;
            }
            if open > start {
                self.at = open;
                return Ok(Token::Text(start..open));
            }
            return self.markup(open);
        }
    }

    /// The markup that begins with the `<` at `open`.
    fn markup(&mut self, open: usize) -> Result<Token, Declined> {
        let rest = &self.bytes[open + 1..];
        match rest {
            [b'/', next, ..] if next.is_ascii_alphabetic() => {
                let name = self.tag(open + 2)?;
                self.attributes.clear();
                Ok(Token::End(name))
            }
            [b'!', b'-', b'-', ..] => self.comment(open),
            [b'!', name @ ..] if name.get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b"doctype")) => {
                Ok(Token::Doctype(self.until_greater(open)?))
            }
            [b'!' | b'?' | b'/', ..] => {
                let all = self.until_greater(open)?;
                // Of `<?` the question mark belongs to the content.
                let content = open + 1 + usize::from(rest[0] != b'?');
                Ok(Token::Comment(content..all.end - 1, all))
            }
            _ => Ok(Token::Start(self.tag(open + 1)?)),
        }
    }

    fn until_greater(&mut self, open: usize) -> Result<Range<usize>, Declined> {
        let Some(found) = memchr(b'>', &self.bytes[open..]) else {
            return Err(Declined("markup cut off by the end"));
        };
        self.at = open + found + 1;
        Ok(open..self.at)
    }

    fn comment(&mut self, open: usize) -> Result<Token, Declined> {
        let content = open + "<!--".len();
        let rest = &self.bytes[content..];
        if rest.starts_with(b">") || rest.starts_with(b"->") {
            let all = self.until_greater(open + 3)?;
            return Ok(Token::Comment(content..content, open..all.end));
        }
        for found in memchr_iter(b'>', rest) {
            let before = &rest[..found];
            let end = if before.ends_with(b"--") {
                found - 2
            } else if before.ends_with(b"--!") {
                found - 3
            } else {
                continue;
            };
            self.at = content + found + 1;
            return Ok(Token::Comment(content..content + end, open..self.at));
        }
        Err(Declined("a comment cut off by the end"))
    }

    /// Reads a tag whose name begins at `start`; gives the name.
    fn tag(&mut self, start: usize) -> Result<Range<usize>, Declined> {
        const CUT_OFF: Declined = Declined("a tag cut off by the end");
        let bytes = self.bytes;
        let ends_name = |byte: &u8| CLASSES[usize::from(*byte)] & (BLANK | ENDS_NAME) != 0;
        let length = bytes[start..].iter().position(ends_name).ok_or(CUT_OFF)?;
        let name = start..start + length;
        self.attributes.clear();
        let mut at = name.end;
        let mut count = 0;
        loop {
            match bytes.get(at).ok_or(CUT_OFF)? {
                b'>' => break,
                byte if ends_name(byte) => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            // An equals sign in front is part of the name.
            let ends_key = |byte: &u8| CLASSES[usize::from(*byte)] != 0;
            let length = 1 + bytes[at + 1..].iter().position(ends_key).ok_or(CUT_OFF)?;
            let key = &bytes[at..at + length];
            at += length;
            at += blank(&bytes[at..]);
            let mut value = at..at;
            if bytes.get(at) == Some(&b'=') {
                at += 1;
                at += blank(&bytes[at..]);
                match *bytes.get(at).ok_or(CUT_OFF)? {
                    quote @ (b'"' | b'\'') => {
                        at += 1;
                        let length = memchr(quote, &bytes[at..]).ok_or(CUT_OFF)?;
                        value = at..at + length;
                        at += length + 1;
                    }
                    b'>' => value = at..at,
                    _ => {
                        let ends = |byte: &u8| collapses(*byte) || *byte == b'>';
                        let length = bytes[at..].iter().position(ends).ok_or(CUT_OFF)?;
                        value = at..at + length;
                        at += length;
                    }
                }
            }
            count += 1;
            if let Some(key) = Key::of(key)
                && !self.attributes.iter().any(|attribute| attribute.key == key)
            {
                self.attributes.push(RawAttribute { key, value });
            }
        }
        if count > MAX_ATTRIBUTES {
            return Err(Declined("too many attributes"));
        }
        self.at = at + 1;
        Ok(name)
    }

    /// What stands before the end tag `name`, which is read too: the content of a raw text element.
    pub(super) fn raw_text(&mut self, name: &str) -> Result<Range<usize>, Declined> {
        let start = self.at;
        for found in memchr_iter(b'<', &self.bytes[start..]) {
            let open = start + found;
            let Some(rest) = self.bytes[open + 1..].strip_prefix(b"/") else { continue };
            let same = rest.get(..name.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(name.as_bytes()));
            if same && rest.get(name.len()).is_some_and(|byte| collapses(*byte) || matches!(byte, b'/' | b'>')) {
                self.tag(open + 2)?;
                self.attributes.clear();
                return Ok(start..open);
            }
        }
        Err(Declined("raw text without its end tag"))
    }

    /// Skips a script that has just been opened.
    pub(super) fn script(&mut self) -> Result<(), Declined> {
        let content = &self.bytes[self.raw_text("script")?];
        // After `<!--` a further start tag makes the next end tag part of the text.
        if let Some(escaped) = memmem::find(content, b"<!--") {
            let inner = &content[escaped..];
            let opens = |at: usize| inner[at + 1..].get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"script"));
            if memchr_iter(b'<', inner).any(opens) {
                return Err(Declined("a script that is escaped twice"));
            }
        }
        Ok(())
    }

    /// Hands `text` on in pieces that are literal or stand for a character reference or a line ending, cut as [`align`] cuts
    /// them. `raw` says that the text comes from an element whose content holds no tags.
    pub(super) fn pieces(
        &self,
        text: Range<usize>,
        raw: bool,
        mut take: impl FnMut(&str, Aligned),
    ) -> Result<(), Declined> {
        let mut literal = text.start;
        let mut at = text.start;
        let flush = |start: usize, end: usize, take: &mut dyn FnMut(&str, Aligned)| {
            if start < end {
                take(&self.source[start..end], Aligned { length: end - start, start, end, literal: true });
            }
        };
        while let Some(found) = memchr2(b'&', b'\r', &self.bytes[at..text.end]) {
            let start = at + found;
            let rest = &self.bytes[start..text.end];
            let mut buffer = [0; 4];
            let (end, replaced): (usize, &str) = if rest[0] == b'\r' {
                (start + 1 + usize::from(rest.get(1) == Some(&b'\n')), "\n")
            } else {
                match reference(rest, false) {
                    Reference::Literal => {
                        at = start + 1;
                        continue;
                    }
                    Reference::Character(length, character) => (start + length, character.encode_utf8(&mut buffer)),
                    Reference::Other => {
                        if raw {
                            return Err(Declined("a rare character reference in raw text"));
                        }
                        let decoded = decode_text(&self.source[literal..text.end]);
                        let mut done = 0;
                        for aligned in align(self.source, literal, &decoded) {
                            take(&decoded[done..done + aligned.length], aligned);
                            done += aligned.length;
                        }
                        return Ok(());
                    }
                }
            };
            flush(literal, start, &mut take);
            take(replaced, Aligned { length: replaced.len(), start, end, literal: false });
            literal = end;
            at = end;
        }
        flush(literal, text.end, &mut take);
        Ok(())
    }

    /// The first character of a text that begins with `&`, if that is a reference and a common one.
    pub(super) fn first_reference(&self, at: usize) -> Reference {
        reference(&self.bytes[at..], false)
    }

    /// The value of an attribute.
    pub(super) fn value(&self, raw: &RawAttribute) -> Cow<'s, str> {
        let text = &self.source[raw.value.clone()];
        let bytes = text.as_bytes();
        let Some(first) = memchr2(b'&', b'\r', bytes) else { return Cow::Borrowed(text) };
        let mut decoded = String::with_capacity(text.len());
        let mut literal = 0;
        let mut next = Some(first);
        while let Some(start) = next {
            let mut at = start + 1;
            if bytes[start] == b'\r' {
                decoded.push_str(&text[literal..start]);
                decoded.push('\n');
                at += usize::from(bytes.get(at) == Some(&b'\n'));
                literal = at;
            } else {
                match reference(&bytes[start..], true) {
                    Reference::Literal => {}
                    Reference::Character(length, character) => {
                        decoded.push_str(&text[literal..start]);
                        decoded.push(character);
                        at = start + length;
                        literal = at;
                    }
                    Reference::Other => return Cow::Owned(decode_value(self.bytes[raw.value.start - 1], text)),
                }
            }
            next = memchr2(b'&', b'\r', &bytes[at..]).map(|found| at + found);
        }
        decoded.push_str(&text[literal..]);
        Cow::Owned(decoded)
    }

    /// Where `value`, the value of `raw`, came from.
    pub(super) fn value_segments(&self, raw: &RawAttribute, value: &str) -> Segments {
        let start = raw.value.start;
        // The value is borrowed where it is as written.
        if std::ptr::eq(value, &self.source[raw.value.clone()]) {
            Segments::Literal(start)
        } else {
            Segments::Pieces(align(self.source, start, value))
        }
    }
}

/// Classes of bytes in [`CLASSES`].
const BLANK: u8 = 1;
const ENDS_NAME: u8 = 1 << 1;
const EQUALS: u8 = 1 << 2;

/// What each byte is inside a tag.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0C' => BLANK,
            b'/' | b'>' => ENDS_NAME,
            b'=' => EQUALS,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Number of bytes of white space at the beginning.
pub(super) fn blank(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !collapses(*byte)).unwrap_or(bytes.len())
}

/// What an ampersand begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// Nothing: it stands for itself.
    Literal,
    /// A character reference of so many bytes.
    Character(usize, char),
    /// Something that the table of all names decides.
    Other,
}

/// What the ampersand at the beginning of `bytes` begins; `attribute` says that this is a value.
fn reference(bytes: &[u8], attribute: bool) -> Reference {
    /// Longer ones are rare.
    const LONGEST: usize = 8;
    let body = &bytes[1..];
    match body.first() {
        Some(b'#') => numeric(body).unwrap_or(Reference::Other),
        Some(byte) if byte.is_ascii_alphanumeric() => {
            let length = body.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            match body.get(length) {
                Some(b';') if length <= LONGEST => named(&body[..length])
                    .map_or(Reference::Other, |character| Reference::Character(length + 2, character)),
                // Parameters of addresses are not references, whatever their names.
                Some(b'=') if attribute => Reference::Literal,
                _ => Reference::Other,
            }
        }
        _ => Reference::Literal,
    }
}

/// A numeric reference, from its `#` on, that ends in `;` and stands for the character of that number.
fn numeric(body: &[u8]) -> Option<Reference> {
    const DIGITS: usize = 7;
    let (radix, prefix) = if matches!(body.get(1), Some(b'x' | b'X')) { (16, 2) } else { (10, 1) };
    let digits = &body[prefix..];
    let length = digits.iter().take(DIGITS + 1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if length == 0 || length > DIGITS || digits.get(length) != Some(&b';') {
        return None;
    }
    let number = u32::from_str_radix(std::str::from_utf8(&digits[..length]).ok()?, radix).ok()?;
    // The standard gives control characters other meanings.
    let character = char::from_u32(number).filter(|character| !character.is_control())?;
    Some(Reference::Character(1 + prefix + length + 1, character))
}

/// The references that Chinese pages are full of.
fn named(name: &[u8]) -> Option<char> {
    Some(match name {
        b"nbsp" => '\u{A0}',
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"ldquo" => '“',
        b"rdquo" => '”',
        b"lsquo" => '‘',
        b"rsquo" => '’',
        b"mdash" => '—',
        b"ndash" => '–',
        b"hellip" => '…',
        b"middot" => '·',
        b"bull" => '•',
        b"copy" => '©',
        b"reg" => '®',
        b"times" => '×',
        b"deg" => '°',
        b"permil" => '‰',
        b"ensp" => '\u{2002}',
        b"emsp" => '\u{2003}',
        b"raquo" => '»',
        b"laquo" => '«',
        _ => return None,
    })
}

/// Text as the full tokenizer reads it.
fn decode_text(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    for token in Tokenizer::new(text) {
        if let Ok(Html5gumToken::String(string)) = token {
            decoded.push_str(&String::from_utf8_lossy(&string));
        }
    }
    decoded
}

/// A value that followed the byte `before`, a quote or not, as the full tokenizer reads it.
fn decode_value(before: u8, value: &str) -> String {
    let quote = match before {
        b'"' => "\"",
        b'\'' => "'",
        _ => "",
    };
    let tag = format!("<a b={quote}{value}{quote}>");
    let mut decoded = String::new();
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<std::convert::Infallible> {
        if let CallbackEvent::AttributeValue { value } = event {
            decoded = String::from_utf8_lossy(value).into_owned();
        }
        None
    });
    let end = Tokenizer::new_with_emitter(&*tag, emitter).next();
    debug_assert!(end.is_none());
    decoded
}
