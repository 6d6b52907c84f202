//! Web archives (ISO 28500), plain or as a series of gzip members. Pages and files that a server gave are handed over under
//! their URLs. After damage reading goes on with the next record.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;
use memchr::memmem;

use super::http::{Response, charset};
use super::{Budget, Enough, ReadSeek, Refusal, Unpacking};
use crate::document::DocumentDate;
use crate::source::limits::RATIO_FROM;
use crate::source::notice::Code;
use crate::source::{Source, human_size};

/// Most bytes of the head of a record.
const HEAD: usize = 1 << 18;
/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;
/// What may begin a gzip member without doing so, before the search is given up.
const CANDIDATES: u32 = 10_000;
/// Bytes that may be looked at again after wrong lengths, besides as many as were read in all.
const AGAIN: u64 = 256 << 20;

/// What was met and is only counted.
#[derive(Default)]
struct Tally {
    records: u64,
    /// Records that contradict their length, and stretches that are no record.
    damaged: u64,
    truncated: u64,
    segmented: u64,
    revisits: u64,
    refused: u64,
    empty: u64,
    /// URLs (hashed) whose own content was met, which a conversion repeats.
    met: HashSet<u64>,
}

/// Reads an uncompressed archive.
pub(super) fn read_plain(unpacking: &mut Unpacking<'_>, input: impl Read) -> Result<(), Refusal> {
    let mut tally = Tally::default();
    let mut window = Window::new(input);
    let read = records(unpacking, &mut tally, &mut window);
    let failed = window.error.take().map(|error| Refusal::within(&error).unwrap_or_else(Refusal::damaged));
    tally.report(unpacking);
    match (read, failed) {
        (Ok(()), Some(refusal)) => Err(refusal),
        _ => Ok(()),
    }
}

/// Reads an archive whose records are gzip members, or are gzipped as one.
pub(super) fn read_gzip(unpacking: &mut Unpacking<'_>, input: Box<dyn ReadSeek + '_>) -> Result<(), Refusal> {
    let mut tally = Tally::default();
    let read = members(unpacking, &mut tally, Window::new(input));
    tally.report(unpacking);
    read
}

fn members(
    unpacking: &mut Unpacking<'_>,
    tally: &mut Tally,
    mut input: Window<Box<dyn ReadSeek + '_>>,
) -> Result<(), Refusal> {
    let mut candidates = 0;
    let mut unpacked = 0;
    loop {
        // Some writers pad the file.
        while input.ahead(1).first() == Some(&0) {
            input.skip(1);
        }
        if input.ahead(1).is_empty() {
            return input
                .error
                .take()
                .map_or(Ok(()), |error| Err(Refusal::new(Code::Unreadable, format!("无法读取：{error}"))));
        }
        let start = input.position();
        let mut damaged = !input.ahead(2).starts_with(b"\x1F\x8B");
        if !damaged {
            let mut member = Window::new(GzDecoder::new(&mut input));
            let enough = records(unpacking, tally, &mut member).is_err();
            unpacked += member.pulled;
            damaged = member.error.is_some();
            drop(member);
            if enough {
                return Ok(());
            }
            if unpacked > RATIO_FROM && unpacked / input.position().max(1) > unpacking.limits.ratio {
                return Err(Refusal::too_packed(unpacking.limits));
            }
            if !unpacking.streamed && unpacking.budget.is_spent() {
                return Err(Refusal::too_much(unpacking.limits));
            }
        }
        if damaged {
            tally.damaged += 1;
            let seek = |input: &mut Window<Box<dyn ReadSeek + '_>>, to| {
                input.seek(to).map_err(|error| Refusal::new(Code::Unreadable, format!("无法读取：{error}")))
            };
            seek(&mut input, start + 1)?;
            loop {
                if !input.find(b"\x1F\x8B\x08") {
                    return Ok(());
                }
                candidates += 1;
                if candidates > CANDIDATES {
                    return Err(Refusal::damaged());
                }
                let at = input.position();
                let mut head = [0; 5];
                let begins = GzDecoder::new(&mut input).read_exact(&mut head).is_ok() && head == *b"WARC/";
                seek(&mut input, if begins { at } else { at + 1 })?;
                if begins {
                    break;
                }
            }
        }
    }
}

/// Reads records to the end of `stream`.
fn records<R: Read>(unpacking: &mut Unpacking<'_>, tally: &mut Tally, stream: &mut Window<R>) -> Result<(), Enough> {
    loop {
        while matches!(stream.ahead(1).first(), Some(b'\r' | b'\n')) {
            stream.skip(1);
        }
        if stream.ahead(1).is_empty() {
            return Ok(());
        }
        if !stream.ahead(5).starts_with(b"WARC/") {
            tally.damaged += 1;
            if !stream.find(b"\nWARC/") {
                return Ok(());
            }
            stream.skip(1);
        }
        let Some(head) = stream.head() else {
            // No end of the head: a "WARC/" that begins no record.
            tally.damaged += 1;
            stream.skip(5);
            continue;
        };
        let head = Head::parse(&head);
        tally.records += 1;
        if tally.records > unpacking.limits.records {
            let limit = unpacking.limits.records;
            let message = format!("WARC 中的记录超过 {limit} 条，只读取了前面的。可用 --limit records=… 放宽");
            unpacking.error(Refusal::new(Code::Limit, message));
            return Err(Enough);
        }
        let Some(length) = head.length else {
            tally.damaged += 1;
            continue;
        };
        let limit = unpacking.limits.entry_size;
        let mut block = Vec::new();
        stream.take(length.min(limit), &mut block);
        let ended = stream.ahead(1).is_empty();
        let fits = length <= limit && block.len() as u64 == length;
        let mut whole = fits && stream.at_record();
        if !whole && (ended || fits || length > limit) {
            // The length is wrong, or the record is larger than is read: the next head says where it ends.
            match memmem::find(&block, b"\nWARC/1.").or_else(|| memmem::find(&block, b"\nWARC/0.")) {
                Some(end) => {
                    let rest = block.split_off(end + 1);
                    if !stream.unread(rest) {
                        unpacking.error(Refusal::damaged());
                        return Err(Enough);
                    }
                }
                None if length > limit && !ended => {
                    let skipped = stream.discard(length - limit);
                    tally.damaged += u64::from(!skipped || !stream.at_record());
                    if matches!(head.kind.as_str(), "response" | "resource" | "conversion") {
                        let message = format!(
                            "记录超过单个文件上限 {}，没有读取。确认文件可信后可用 --limit entry-size=… 放宽",
                            human_size(limit)
                        );
                        refuse(unpacking, &head, Refusal::new(Code::Limit, message))?;
                    }
                    continue;
                }
                None => {
                    // Too short: what follows up to the next record belongs to it.
                    stream.take_until(b"\nWARC/", limit, &mut block);
                }
            }
            whole = false;
        }
        if !whole {
            tally.damaged += 1;
            while matches!(block.last(), Some(b'\r' | b'\n')) {
                block.pop();
            }
        }
        record(unpacking, tally, &head, &block)?;
    }
}

/// Hands over what a record holds, if it is something to read.
fn record(unpacking: &mut Unpacking<'_>, tally: &mut Tally, head: &Head, block: &[u8]) -> Result<(), Enough> {
    let kind = head.kind.as_str();
    match kind {
        "revisit" => tally.revisits += 1,
        "continuation" => tally.segmented += 1,
        _ => {}
    }
    if !matches!(kind, "response" | "resource" | "conversion") || head.url.is_empty() || head.url.starts_with("dns:") {
        return Ok(());
    }
    tally.truncated += u64::from(head.truncated);
    tally.segmented += u64::from(head.segmented);
    let mut hasher = DefaultHasher::new();
    head.url.hash(&mut hasher);
    let url = hasher.finish();
    if kind == "conversion" && tally.met.contains(&url) {
        return Ok(());
    }
    let response = if kind == "response" { Response::parse(block) } else { None };
    match &response {
        // What a server says about an error or a redirection is not what was published.
        Some(response) if !(200..300).contains(&response.status) => {
            tally.refused += u64::from(!(300..400).contains(&response.status));
            return Ok(());
        }
        None if kind == "response" && head.media_type.to_ascii_lowercase().starts_with("application/http") => {
            tally.damaged += 1;
            return Ok(());
        }
        _ => {}
    }
    tally.met.insert(url);
    let Some((position, name)) = unpacking.next(Some(label(&head.url)), None)? else { return Ok(()) };
    let budget = if unpacking.streamed { Budget::new(unpacking.limits) } else { unpacking.budget.clone() };
    let (body, said) = match &response {
        Some(response) => (response.body(unpacking.limits, &budget), response.media_type.as_str()),
        None => (Ok(block.to_vec()), head.media_type.as_str()),
    };
    match body {
        Ok(bytes) if bytes.is_empty() => {
            tally.empty += 1;
            Ok(())
        }
        Ok(bytes) => {
            let date = DocumentDate::parse(&head.date, "warc WARC-Date");
            let declared_charset = charset(said);
            let media_type = said.split(';').next().map(|kind| kind.trim().to_ascii_lowercase());
            unpacking.hand_over(position, Source { name, bytes, declared_charset, media_type, date }, &budget)
        }
        Err(refusal) => unpacking.refuse(position, name, refusal),
    }
}

fn refuse(unpacking: &mut Unpacking<'_>, head: &Head, refusal: Refusal) -> Result<(), Enough> {
    match unpacking.next(Some(label(&head.url)), None)? {
        Some((position, name)) => unpacking.refuse(position, name, refusal),
        None => Ok(()),
    }
}

/// A URL as a part of a name chain, whose parts end in `!`.
fn label(url: &str) -> String {
    url.replace('!', "%21")
}

impl Tally {
    fn report(&self, unpacking: &mut Unpacking<'_>) {
        let mut error = |count: u64, code, message: String| {
            if count > 0 {
                unpacking.error(Refusal::new(code, message));
            }
        };
        // One damage may show in several ways, so that they are not counted for people.
        let message = "WARC 有损坏或长度不符的记录，已从下一条记录接着读，其间的内容可能不全。请重新取得原文件";
        error(self.damaged, Code::Corrupt, message.to_owned());
        error(
            self.truncated,
            Code::Corrupt,
            format!("WARC 有 {} 条记录在抓取时被截断，只检查了已有的部分。请重新抓取", self.truncated),
        );
        error(
            self.segmented,
            Code::Unsupported,
            format!("WARC 有 {} 段分段记录，没有合并检查。请合并后再检查", self.segmented),
        );
        let mut warning = |count: u64, message: String| {
            if count > 0 {
                unpacking.warning(Code::Skipped, message);
            }
        };
        warning(
            self.revisits,
            format!(
                "WARC 有 {} 条重访记录（revisit），内容与先前的记录相同，没有重复检查。先前的记录如在别的文件中，请一并检查",
                self.revisits
            ),
        );
        warning(
            self.refused,
            format!("WARC 有 {} 个网址当时访问出错（如 404），其回应不是发布的内容，没有检查", self.refused),
        );
        warning(self.empty, format!("WARC 有 {} 个网址的内容是空的", self.empty));
    }
}

/// The head of a record, as far as it matters.
#[derive(Default)]
struct Head {
    kind: String,
    url: String,
    date: String,
    media_type: String,
    length: Option<u64>,
    truncated: bool,
    segmented: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> Self {
        let mut head = Head::default();
        for line in String::from_utf8_lossy(bytes).lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "warc-type" => head.kind = value.to_ascii_lowercase(),
                // Some writers put it into angle brackets.
                "warc-target-uri" => head.url = value.trim_matches(['<', '>']).to_owned(),
                "warc-date" => head.date = value.to_owned(),
                "warc-truncated" => head.truncated = true,
                "warc-segment-number" => head.segmented = true,
                "content-type" => head.media_type = value.to_owned(),
                "content-length" => head.length = value.parse().ok(),
                _ => {}
            }
        }
        head
    }
}

/// A stream with a look ahead, into which bytes can be put back. An error is an end with a reason.
struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    at: usize,
    /// Bytes read of the input.
    pulled: u64,
    again: u64,
    ended: bool,
    error: Option<io::Error>,
}

impl<R: Read> Window<R> {
    fn new(input: R) -> Self {
        Window { input, buffer: Vec::new(), at: 0, pulled: 0, again: 0, ended: false, error: None }
    }

    /// What comes next: at least `wanted` bytes, unless the stream ends before.
    fn ahead(&mut self, wanted: usize) -> &[u8] {
        while self.buffer.len() - self.at < wanted && !self.ended {
            if self.at > 0 {
                self.buffer.drain(..self.at);
                self.at = 0;
            }
            let before = self.buffer.len();
            self.buffer.resize(before + CHUNK, 0);
            let read = loop {
                match self.input.read(&mut self.buffer[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            let read = read.unwrap_or_else(|error| {
                self.error = Some(error);
                0
            });
            self.buffer.truncate(before + read);
            self.pulled += read as u64;
            self.ended = read == 0;
        }
        &self.buffer[self.at..]
    }

    fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
    }

    /// Moves up to `count` bytes to the end of `into`.
    fn take(&mut self, count: u64, into: &mut Vec<u8>) {
        let mut left = count;
        while left > 0 {
            let ahead = self.ahead(1);
            let part = ahead.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if part == 0 {
                return;
            }
            into.extend_from_slice(&ahead[..part]);
            self.skip(part);
            left -= part as u64;
        }
    }

    /// Passes over `count` bytes; says whether there are so many.
    fn discard(&mut self, count: u64) -> bool {
        let mut left = count;
        while left > 0 {
            let part = self.ahead(1).len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if part == 0 {
                return false;
            }
            self.skip(part);
            left -= part as u64;
        }
        true
    }

    /// Puts bytes back in front; `false` if that was done too much for one stream.
    fn unread(&mut self, mut bytes: Vec<u8>) -> bool {
        self.again += bytes.len() as u64;
        bytes.extend_from_slice(&self.buffer[self.at..]);
        (self.buffer, self.at) = (bytes, 0);
        self.again <= AGAIN + self.pulled
    }

    /// Goes to the next `pattern`; `false` if there is none and the stream is over.
    fn find(&mut self, pattern: &[u8]) -> bool {
        loop {
            let ahead = self.ahead(pattern.len());
            if ahead.len() < pattern.len() {
                self.at = self.buffer.len();
                return false;
            }
            if let Some(found) = memmem::find(ahead, pattern) {
                self.skip(found);
                return true;
            }
            let passed = ahead.len() - (pattern.len() - 1);
            self.skip(passed);
        }
    }

    /// Moves what stands before the next `pattern` to the end of `into`, at most up to `limit` bytes in all.
    fn take_until(&mut self, pattern: &[u8], limit: u64, into: &mut Vec<u8>) {
        loop {
            let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(into.len());
            let ahead = self.ahead(pattern.len());
            let (part, found) = match memmem::find(ahead, pattern) {
                Some(found) => (found, true),
                None if ahead.len() < pattern.len() => (ahead.len(), true),
                None => (ahead.len() - (pattern.len() - 1), false),
            };
            into.extend_from_slice(&ahead[..part.min(room)]);
            self.skip(part);
            if found {
                return;
            }
        }
    }

    /// Whether a record or the end comes after empty lines.
    fn at_record(&mut self) -> bool {
        let ahead = self.ahead(16);
        let blank = ahead.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let rest = &ahead[blank..];
        rest.is_empty() || rest.starts_with(b"WARC/")
    }

    /// The lines up to an empty one, which is passed; `None` if there is none in reach.
    fn head(&mut self) -> Option<Vec<u8>> {
        let mut reach = 1 << 12;
        loop {
            let ahead = self.ahead(reach);
            let within = &ahead[..ahead.len().min(reach)];
            let crlf = memmem::find(within, b"\r\n\r\n").map(|at| (at, at + 4));
            let lf = memmem::find(within, b"\n\n").map(|at| (at, at + 2));
            if let Some((end, next)) = crlf.into_iter().chain(lf).min() {
                let head = within[..end].to_vec();
                self.skip(next);
                return Some(head);
            }
            if within.len() < reach || reach >= HEAD {
                return None;
            }
            reach *= 4;
        }
    }

    /// Offset in the input of what comes next, as long as nothing was put back.
    fn position(&self) -> u64 {
        self.pulled - (self.buffer.len() - self.at) as u64
    }
}

impl<R: Read + Seek> Window<R> {
    fn seek(&mut self, to: u64) -> io::Result<()> {
        self.input.seek(SeekFrom::Start(to))?;
        self.buffer.clear();
        (self.at, self.pulled, self.ended) = (0, to, false);
        Ok(())
    }
}

impl<R: Read> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.ahead(1).read(buffer)?;
        self.skip(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Window<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.ahead(1))
    }

    fn consume(&mut self, amount: usize) {
        self.skip(amount);
    }
}
