//! The tokens of an RTF file: groups, control words and symbols, text. Lines end anywhere in the file and mean nothing.

use std::ops::Range;

use memchr::memchr2;

/// A token and the bytes of the file that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'b> {
    pub(super) kind: TokenKind<'b>,
    pub(super) bytes: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind<'b> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word and its number.
    Word(&'b str, Option<i32>),
    /// A control symbol other than `\'`.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    /// Bytes that are text, line ends among them.
    Text(&'b [u8]),
    /// Bytes that `\bin` announced.
    Binary,
}

/// Goes through the tokens of `bytes`.
pub(super) struct Tokens<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Bytes that are not text: `\bin` announced them.
    binary: usize,
}

impl<'b> Tokens<'b> {
    /// Begins at byte `at`.
    pub(super) fn new(bytes: &'b [u8], at: usize) -> Self {
        Tokens { bytes, at, binary: 0 }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The control word or symbol after a backslash at `start`.
    fn control(&mut self, start: usize) -> TokenKind<'b> {
        let from = start + 1;
        let letters = self.bytes[from..].iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            let symbol = self.bytes.get(from).copied().unwrap_or(b' ');
            self.at = (from + 1).min(self.bytes.len());
            if symbol != b'\'' {
                return TokenKind::Symbol(symbol);
            }
            let digit = |at: usize| self.bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
            let Some((high, low)) = digit(self.at).zip(digit(self.at + 1)) else { return TokenKind::Symbol(symbol) };
            self.at += 2;
            return TokenKind::Hex((high * 16 + low) as u8);
        }
        let mut end = from + letters;
        // Letters are ASCII, so this never fails.
        let name = std::str::from_utf8(&self.bytes[from..end]).unwrap_or_default();
        let sign = usize::from(self.bytes.get(end) == Some(&b'-'));
        let digits = self.bytes[(end + sign).min(self.bytes.len())..].iter().take(10);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let mut number = None;
        if digits > 0 {
            let text = std::str::from_utf8(&self.bytes[end..end + sign + digits]).unwrap_or_default();
            number = Some(text.parse::<i64>().map_or(0, |number| number as i32));
            end += sign + digits;
        }
        // One blank ends the word and belongs to it.
        self.at = end + usize::from(self.bytes.get(end) == Some(&b' '));
        if name == "bin" {
            self.binary = usize::try_from(number.unwrap_or_default()).unwrap_or_default();
        }
        TokenKind::Word(name, number)
    }
}

impl<'b> Iterator for Tokens<'b> {
    type Item = Token<'b>;

    fn next(&mut self) -> Option<Token<'b>> {
        let start = self.at;
        let &first = self.bytes.get(start)?;
        let kind = match first {
            _ if self.binary > 0 => {
                self.at = start.saturating_add(std::mem::take(&mut self.binary)).min(self.bytes.len());
                TokenKind::Binary
            }
            b'{' => {
                self.at += 1;
                TokenKind::Open
            }
            b'}' => {
                self.at += 1;
                TokenKind::Close
            }
            b'\\' => self.control(start),
            _ => {
                let rest = &self.bytes[start..];
                let end = memchr2(b'{', b'}', rest).unwrap_or(rest.len());
                let end = memchr::memchr(b'\\', &rest[..end]).unwrap_or(end);
                self.at = start + end;
                TokenKind::Text(&rest[..end])
            }
        };
        Some(Token { kind, bytes: start..self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let kinds = |text: &'static str| Tokens::new(text.as_bytes(), 0).map(|token| token.kind).collect::<Vec<_>>();
        use TokenKind::{Binary, Close, Hex, Open, Symbol, Text, Word};
        assert_eq!(
            kinds("{\\rtf1\\u-10180?\\b \\'d6\\~ a\r\n b\\*\\bin3 }{\\x}\\"),
            [
                Open,
                Word("rtf", Some(1)),
                Word("u", Some(-10180)),
                Text(b"?"),
                Word("b", None),
                Hex(0xD6),
                Symbol(b'~'),
                Text(b" a\r\n b"),
                Symbol(b'*'),
                Word("bin", Some(3)),
                Binary,
                Text(b"x"),
                Close,
                Symbol(b' '),
            ]
            .into_iter()
            .collect::<Vec<_>>()
        );
        // What is announced and not there ends the file.
        assert_eq!(kinds("\\bin99 ab"), [Word("bin", Some(99)), Binary]);
        assert_eq!(kinds("\\'zz"), [Symbol(b'\''), Text(b"zz")]);
    }
}
