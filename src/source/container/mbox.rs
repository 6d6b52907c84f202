//! Mailboxes: messages one after the other, each behind a line that begins with `From ` (RFC 4155).

use std::io::{BufRead, BufReader, Read};

use super::{Enough, Refusal, Unpacking};
use crate::source::notice::Code;

/// Hands over the messages as `1.eml`, `2.eml` …
pub(super) fn read(unpacking: &mut Unpacking<'_>, input: Box<dyn Read + '_>) -> Result<(), Refusal> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut number = 0_u64;
    let mut blank = true;
    let mut line = Vec::new();
    // The line that begins the first message.
    if !next_line(&mut input, &mut line)? {
        return Err(Refusal::damaged());
    }
    loop {
        number += 1;
        if number > unpacking.limits.records {
            let limit = unpacking.limits.records;
            let message = format!("邮箱中邮件超过 {limit} 封，只读取了前面的。可用 --limit records=… 放宽");
            return Err(Refusal::new(Code::Limit, message));
        }
        let next = match unpacking.next(Some(format!("{number}.eml")), None) {
            Ok(next) => next,
            Err(Enough) => return Ok(()),
        };
        let mut message =
            Message { input: &mut input, line: &mut line, at: 0, blank: &mut blank, ended: false, more: false };
        // The line that begins it is not part of the message.
        message.advance().map_err(|_| Refusal::damaged())?;
        let stop = match next {
            Some(next) => unpacking.read(next, &mut message, None, None).is_err(),
            None => false,
        };
        if stop {
            return Ok(());
        }
        // What is left of it, if it was not read to its end.
        std::io::copy(&mut message, &mut std::io::sink())
            .map_err(|error| Refusal::within(&error).unwrap_or_else(Refusal::damaged))?;
        if !message.more {
            return Ok(());
        }
    }
}

fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, Refusal> {
    line.clear();
    // A line of a message may have 998 bytes (RFC 5322 §2.1.1); longer ones are read in pieces.
    let read = input.take(1 << 16).read_until(b'\n', line);
    read.map(|read| read > 0).map_err(|error| Refusal::within(&error).unwrap_or_else(Refusal::damaged))
}

/// One message, up to the line that begins the next one.
struct Message<'m, R> {
    input: &'m mut R,
    line: &'m mut Vec<u8>,
    at: usize,
    /// Whether the line before was blank, as it is before a message.
    blank: &'m mut bool,
    ended: bool,
    /// Whether another message follows.
    more: bool,
}

impl<R: BufRead> Message<'_, R> {
    fn advance(&mut self) -> std::io::Result<()> {
        *self.blank = self.line.iter().all(u8::is_ascii_whitespace);
        self.at = 0;
        let found = next_line(self.input, self.line).map_err(Refusal::into_io)?;
        self.more = *self.blank && found && self.line.starts_with(b"From ");
        self.ended = !found || self.more;
        Ok(())
    }
}

impl<R: BufRead> Read for Message<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.ended && self.at == self.line.len() {
            self.advance()?;
        }
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let read = (&self.line[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}
