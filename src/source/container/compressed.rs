//! Compressed streams: a single file, or a container inside that is a stream itself.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, SeekFrom};
use std::rc::Rc;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Budget, Container, ReadSeek, Refusal, Unpacking, entry_name, mbox, own_name, tar, warc};
use crate::source::limits::{Limits, RATIO_FROM};
use crate::source::notice::Code;
use crate::source::sniff::{Kind, extension, sniff};

/// How much of a stream is looked at to tell what it is.
const HEAD: u64 = 1 << 16;
/// The least memory that decoders get, in KiB: enough for what usual programs write.
const MEMORY: u32 = 128 << 10;

/// Memory of a decoder, in KiB.
pub(super) fn memory_kib(limits: &Limits) -> u32 {
    u32::try_from(limits.memory >> 10).unwrap_or(u32::MAX - 1).max(MEMORY)
}

/// What `kind` makes of `input`.
pub(super) fn decoder<'r>(
    kind: Container,
    input: Box<dyn Read + 'r>,
    limits: &Limits,
) -> Result<Box<dyn Read + 'r>, Refusal> {
    let input = BufReader::with_capacity(1 << 16, input);
    Ok(match kind {
        Container::Gzip => Box::new(MultiGzDecoder::new(input)),
        Container::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Container::Xz => Box::new(XzReader::new_mem_limit(input, true, memory_kib(limits))),
        Container::Lzma => {
            let reader = LzmaReader::new_mem_limit(input, memory_kib(limits), None);
            Box::new(reader.map_err(|error| refusal(&error, limits))?)
        }
        _ => {
            let mut frame = FrameDecoder::new();
            frame.set_max_window_size(u64::from(memory_kib(limits)) << 10);
            Box::new(Frames { input, frame, open: false })
        }
    })
}

/// What to say about a stream that cannot be decoded.
fn refusal(error: &io::Error, limits: &Limits) -> Refusal {
    match Refusal::within(error) {
        Some(refusal) => refusal,
        None if error.kind() == io::ErrorKind::OutOfMemory => Refusal::too_greedy(limits),
        None => Refusal::damaged(),
    }
}

/// The frames of a Zstandard file one after the other (RFC 8878 §3.1): data, and frames to be skipped.
struct Frames<R> {
    input: R,
    frame: FrameDecoder,
    open: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.open {
                while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                    self.frame
                        .decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
                        .map_err(io::Error::other)?;
                }
                let read = self.frame.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
                self.open = false;
                let (stated, counted) = (self.frame.get_checksum_from_data(), self.frame.get_calculated_checksum());
                if stated.is_some() && stated != counted {
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
            if self.input.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.frame.reset(&mut self.input) {
                Ok(()) => self.open = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.input.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(io::ErrorKind::OutOfMemory.into()),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// An unpacked stream that ends with a refusal when more comes out than may.
struct Guarded<'r> {
    inner: Box<dyn Read + 'r>,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    limits: &'r Limits,
    budget: Option<Budget>,
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| refusal(&error, self.limits).into_io())?;
        self.unpacked += read as u64;
        if self.unpacked > RATIO_FROM && self.unpacked / self.packed.get().max(1) > self.limits.ratio {
            return Err(Refusal::too_packed(self.limits).into_io());
        }
        if let Some(budget) = &self.budget {
            budget.take(read, self.limits).map_err(Refusal::into_io)?;
        }
        Ok(read)
    }
}

/// Hands over what is in a compressed stream.
pub(super) fn read(
    unpacking: &mut Unpacking<'_>,
    kind: Container,
    mut input: Box<dyn ReadSeek + '_>,
) -> Result<(), Refusal> {
    let limits = unpacking.limits;
    if kind == Container::Gzip {
        let mut head = Vec::new();
        // What is damaged further on is met again.
        let _ = decoder(kind, Box::new(&mut input), limits)?.take(5).read_to_end(&mut head);
        input.seek(SeekFrom::Start(0)).map_err(|_| Refusal::damaged())?;
        if head == b"WARC/" {
            return warc::read_gzip(unpacking, input);
        }
    }
    let packed = Rc::new(Cell::new(0));
    let counted = Counted { inner: input, count: Rc::clone(&packed) };
    let mut stream = Guarded {
        inner: decoder(kind, Box::new(counted), limits)?,
        packed,
        unpacked: 0,
        limits,
        budget: (unpacking.counted && !unpacking.streamed).then(|| unpacking.budget.clone()),
    };
    let mut head = Vec::new();
    let damaged = stream.by_ref().take(HEAD).read_to_end(&mut head).err();
    let name = inner_name(own_name(unpacking.outer), kind);
    let inside = match sniff(&head, &name) {
        Kind::Container(inside) => Some(inside),
        _ => None,
    };
    // What comes out before the damage is read as far as it goes.
    let rest: Box<dyn Read> = match damaged {
        Some(error) => Box::new(Failing(Some(error))),
        None => Box::new(stream),
    };
    let mut stream = head.as_slice().chain(rest);
    match inside {
        Some(Container::Tar) => tar::read(unpacking, Box::new(stream)),
        Some(Container::Warc) => warc::read_plain(unpacking, Box::new(stream)),
        Some(Container::Mbox) => mbox::read(unpacking, Box::new(stream)),
        _ => {
            let Ok(Some(next)) = unpacking.next(entry_name(name.as_bytes()), None) else { return Ok(()) };
            let mut sound = Sound { inner: &mut stream, any: false, damaged: false };
            let read = unpacking.read(next, &mut sound, None, None);
            if sound.damaged && read.is_ok() {
                let message = "压缩文件已损坏或不完整，只检查了损坏处之前的内容。请重新取得原文件";
                return Err(Refusal::new(Code::Corrupt, message));
            }
            Ok(())
        }
    }
}

/// Ends where the data is damaged, if anything came before: what was unpacked so far can be read.
struct Sound<'r> {
    inner: &'r mut dyn Read,
    any: bool,
    damaged: bool,
}

impl Read for Sound<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Err(error) if self.any && Refusal::within(&error).is_none_or(|refusal| refusal.code == Code::Corrupt) => {
                self.damaged = true;
                Ok(0)
            }
            read => {
                self.any |= read.as_ref().is_ok_and(|&read| read > 0);
                read
            }
        }
    }
}

/// A reader that fails with an error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What the file inside a compressed file called `name` is called.
fn inner_name(name: &str, kind: Container) -> String {
    let extension = extension(name);
    let stem = &name[..name.len() - extension.len()];
    match (kind, extension.as_str()) {
        (_, "tgz" | "tbz" | "tbz2" | "txz" | "tzst") => format!("{stem}tar"),
        (_, "gz" | "bz2" | "xz" | "lzma" | "zst" | "z") if stem.len() > 1 => stem.trim_end_matches('.').to_owned(),
        _ => name.to_owned(),
    }
}
