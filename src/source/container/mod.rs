//! Files that hold further files: archives, compressed files, web archives, mailboxes. All are read by one mechanism, which
//! hands the entries over one by one, within one set of limits.
//!
//! Names of entries are labels: nothing is written to disk, links and devices are not followed. A stream (tar, a compressed
//! file, WARC, mbox) is read from where it lies, so that its size does not matter; never more than one entry is in memory.

mod budget;
mod compressed;
mod http;
mod kind;
mod mbox;
mod rar;
mod sevenzip;
mod tar;
mod warc;
mod zip;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use encoding_rs::GB18030;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::notice::{Code, Notice};
use super::sniff::{Kind, sniff_file};
use super::walk::read_open;
use super::{Source, human_size};
use crate::document::DocumentDate;

pub(super) use kind::{by_extension, by_magic, is_field};

pub use budget::{Budget, Refusal};
pub use zip::Package;

/// A kind of file that holds further files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Container {
    /// Zip, zip64 (PKWARE APPNOTE).
    Zip,
    /// tar (POSIX.1-2001 pax, GNU, v7).
    Tar,
    /// gzip (RFC 1952): one file, a tar, or a WARC.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// LZMA alone.
    Lzma,
    /// Zstandard (RFC 8878).
    Zstd,
    /// 7z.
    SevenZip,
    /// RAR 1.5 to 7.
    Rar,
    /// Web archive (ISO 28500).
    Warc,
    /// Mailbox (RFC 4155).
    Mbox,
}

impl Container {
    /// Whether it is one stream, of which no more than an entry has to be in memory.
    fn is_stream(self) -> bool {
        !matches!(self, Container::Zip | Container::SevenZip | Container::Rar)
    }

    /// Whether unpacking it is better done in another process, as for a risky format.
    pub(crate) fn is_risky(self) -> bool {
        matches!(self, Container::SevenZip | Container::Rar)
    }
}

/// Files above this size are not read into memory before it is known what they are.
const IN_MEMORY: u64 = 16 << 20;

/// Something that can be read at any place.
pub(crate) trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// Where the bytes of a container are.
#[derive(Debug, Clone, Copy)]
pub enum Held<'s> {
    /// In memory.
    Bytes(&'s [u8]),
    /// In a file.
    File(&'s Path),
}

impl<'s> Held<'s> {
    fn open(self) -> io::Result<Box<dyn ReadSeek + 's>> {
        Ok(match self {
            Held::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Held::File(path) => Box::new(BufReader::with_capacity(1 << 16, File::open(path)?)),
        })
    }
}

/// A container and what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Outer<'s> {
    /// Its name chain.
    pub name: &'s str,
    /// What kind it is.
    pub kind: Container,
    /// Its bytes.
    pub held: Held<'s>,
    /// Its date, which entries inherit.
    pub date: Option<&'s DocumentDate>,
}

impl<'s> Outer<'s> {
    /// `source`, if it is a container.
    pub fn of(source: &'s Source) -> Option<Self> {
        let Kind::Container(kind) = source.kind() else { return None };
        Some(Outer { name: &source.name, kind, held: Held::Bytes(&source.bytes), date: source.date.as_ref() })
    }
}

/// An input file, as far as it had to be read.
#[derive(Debug)]
pub enum Opened {
    /// All of it.
    Source(Source),
    /// A large container, which is better read from where it is.
    Container(Container, PathBuf),
}

impl Opened {
    /// Opens the file at `path`, which is called `name`. `Ok(None)` if it is larger than may be read into memory and no
    /// container.
    pub fn new(path: &Path, name: &str, limits: &Limits) -> io::Result<Option<Self>> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > IN_MEMORY.min(limits.file_size)
            && let Kind::Container(kind) = sniff_file(path, name)?
            // These are handed over to another process, or need more memory than their own size anyway.
            && (!kind.is_risky() || size > limits.file_size)
        {
            return Ok(if kind.is_risky() { None } else { Some(Opened::Container(kind, path.to_owned())) });
        }
        let bytes = read_open(file, limits.file_size)?;
        Ok(bytes.map(|bytes| Opened::Source(Source::new(name, bytes))))
    }

    /// What to say about a file that [`Opened::new`] does not open.
    pub fn too_large(name: &str, limits: &Limits) -> Notice {
        let limit = human_size(limits.file_size);
        Notice::error(name, Code::Limit, format!("文件超过上限 {limit}，没有读取。可用 --limit file-size=… 放宽"))
    }
}

/// Is handed the entries of a container.
pub trait Visitor {
    /// Whether the entry called `name` (its whole chain) is to be read.
    fn wants(&mut self, _name: &str) -> bool {
        true
    }

    /// An entry that was read. `position` grows in the order of the container; `budget` is for what is inside of it.
    fn entry(&mut self, position: usize, source: Source, budget: &Budget) -> ControlFlow<()>;

    /// An entry that could not be read.
    fn refused(&mut self, position: usize, name: String, refusal: Refusal) -> ControlFlow<()>;
}

/// What reading a container takes and gives, whatever its kind.
pub(crate) struct Unpacking<'w> {
    outer: &'w str,
    limits: &'w Limits,
    budget: &'w Budget,
    visitor: &'w mut dyn Visitor,
    date: Option<&'w DocumentDate>,
    /// Whether bytes count that come out: not if they did on a way through before.
    counted: bool,
    /// Whether each entry has a budget of its own, as the whole is not held in memory.
    streamed: bool,
    notices: Vec<Notice>,
    position: usize,
    /// Whether there was anything that is a file.
    met: bool,
}

/// The limit of entries was reached, or the visitor wants no more.
struct Enough;

/// Goes through the entries of `outer` and hands `visitor` those that it wants; gives what is to be said about the container
/// itself. `again` says that it is not the first way through, so that nothing is counted twice. A parser that panics ends it
/// with a notice.
pub fn unpack(
    outer: &Outer<'_>,
    limits: &Limits,
    budget: &Budget,
    again: bool,
    visitor: &mut dyn Visitor,
) -> Vec<Notice> {
    let streamed = matches!(outer.held, Held::File(_)) && outer.kind.is_stream();
    let (counted, date) = (!again, outer.date);
    let mut unpacking = Unpacking {
        outer: outer.name,
        limits,
        budget,
        visitor,
        date,
        counted,
        streamed,
        notices: Vec::new(),
        position: 0,
        met: false,
    };
    let read = catch_unwind(AssertUnwindSafe(|| match outer.held.open() {
        Ok(input) => match outer.kind {
            Container::Zip => zip::read(&mut unpacking, input),
            Container::Tar => tar::read(&mut unpacking, input),
            Container::Warc => warc::read_plain(&mut unpacking, input),
            Container::Mbox => mbox::read(&mut unpacking, input),
            Container::SevenZip => sevenzip::read(&mut unpacking, input),
            Container::Rar => rar::read(&mut unpacking, outer.held),
            Container::Gzip | Container::Bzip2 | Container::Xz | Container::Lzma | Container::Zstd => {
                compressed::read(&mut unpacking, outer.kind, input)
            }
        },
        Err(error) => Err(Refusal::new(Code::Unreadable, format!("无法读取：{error}"))),
    }));
    let failed = "解压时程序内部出错，没有读完。请保留这个文件并反馈问题";
    match read {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => unpacking.error(refusal),
        Err(_) => unpacking.error(Refusal::new(Code::Internal, failed)),
    }
    if !unpacking.met && unpacking.notices.is_empty() {
        unpacking.warning(Code::NoText, "其中没有可检查的文件（不含隐藏文件）");
    }
    unpacking.notices
}

impl Unpacking<'_> {
    /// Notes that the container was not read in full.
    fn error(&mut self, refusal: Refusal) {
        let notice = refusal.notice(self.outer);
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Notes something that deserves a look.
    fn warning(&mut self, code: Code, message: impl Into<String>) {
        self.notices.push(Notice::warning(self.outer, code, message));
    }

    /// The next entry, called `name` in the container: its position and its whole name if it is to be read. `Err` if there
    /// are more than may be.
    fn next(&mut self, name: Option<String>, limit: Option<u64>) -> Result<Option<(usize, String)>, Enough> {
        self.position += 1;
        if limit.is_some_and(|limit| self.position as u64 > limit) {
            let limit = self.limits.archive_entries;
            let message = format!("压缩包内文件超过 {limit} 个，只读取了前面的。可用 --limit archive-entries=… 放宽");
            self.error(Refusal::new(Code::Limit, message));
            return Err(Enough);
        }
        let Some(name) = name else { return Ok(None) };
        self.met = true;
        let name = format!("{}!{name}", self.outer);
        Ok(self.visitor.wants(&name).then_some((self.position, name)))
    }

    /// The next entry of an archive.
    fn entry_of_archive(&mut self, raw: &[u8]) -> Result<Option<(usize, String)>, Enough> {
        self.next(entry_name(raw), Some(self.limits.archive_entries))
    }

    /// Reads an entry and hands it over. `packed` is its size in the container, if it is packed there by itself; `size`
    /// the one it must have.
    fn read(
        &mut self,
        (position, name): (usize, String),
        entry: &mut dyn Read,
        packed: Option<u64>,
        size: Option<u64>,
    ) -> Result<(), Enough> {
        let own = if self.streamed { Budget::new(self.limits) } else { self.budget.clone() };
        let counted = (self.streamed || packed.is_some() && self.counted).then_some(&own);
        match budget::read_entry(entry, packed, 0, self.limits, counted) {
            Ok(bytes) if size.is_some_and(|size| size != bytes.len() as u64) => {
                self.refuse(position, name, Refusal::damaged())
            }
            Ok(bytes) => self.hand_over(position, Source::new(name, bytes), &own),
            Err(refusal) => self.refuse(position, name, refusal),
        }
    }

    fn hand_over(&mut self, position: usize, source: Source, budget: &Budget) -> Result<(), Enough> {
        let date = source.date.or_else(|| self.date.cloned());
        match self.visitor.entry(position, Source { date, ..source }, budget) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Enough),
        }
    }

    fn refuse(&mut self, position: usize, name: String, refusal: Refusal) -> Result<(), Enough> {
        let stop = self.visitor.refused(position, name, refusal).is_break();
        // Whatever follows could not be read either; the notice says so for the whole.
        if stop || self.budget.is_spent() { Err(Enough) } else { Ok(()) }
    }
}

/// An entry's name as a label: UTF-8 where it is that, else GB18030; without what leads out of the container. `None` for
/// folders and hidden files.
fn entry_name(raw: &[u8]) -> Option<String> {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    let name = name.replace('\\', "/");
    let hidden = name.split('/').any(|part| part.starts_with('.') && !part.trim_matches('.').is_empty());
    if name.ends_with('/') || hidden || name.starts_with("__MACOSX/") {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.trim_matches('.').is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The last part of a name chain, which is a file's own name.
fn own_name(chain: &str) -> &str {
    chain.rsplit(['/', '!']).next().unwrap_or(chain)
}
