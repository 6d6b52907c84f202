//! RAR archives.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use rars::{Archive, ArchiveMember, ArchiveReadOptions, ArchiveReader, Error, ErrorKind};
use rars::{ExtractionDecision, ExtractionErrorAction};

use super::{Budget, Enough, Held, Refusal, Unpacking};
use crate::source::limits::{Limits, RATIO_FROM};
use crate::source::notice::Code;
use crate::source::walk::read_limited;
use crate::source::{Source, human_size};

/// Hands over the files.
pub(super) fn read(unpacking: &mut Unpacking<'_>, held: Held<'_>) -> Result<(), Refusal> {
    let limits = unpacking.limits;
    let file;
    let bytes = match held {
        Held::Bytes(bytes) => bytes,
        Held::File(path) => {
            let read = read_limited(path, limits.file_size);
            let read = read.map_err(|error| Refusal::new(Code::Unreadable, format!("无法读取：{error}")))?;
            file = read.ok_or_else(|| {
                let limit = human_size(limits.file_size);
                Refusal::new(Code::Limit, format!("文件超过上限 {limit}，没有读取。可用 --limit file-size=… 放宽"))
            })?;
            &file
        }
    };
    let options = ArchiveReadOptions::new()
        // Folders and service data have heads too.
        .with_max_header_count(limits.archive_entries.saturating_mul(4).saturating_add(64))
        .with_max_header_bytes(64 << 20)
        .with_max_member_output_bytes(limits.entry_size.saturating_add(1))
        .with_max_reader_workspace_bytes(limits.memory)
        .with_rar50_dictionary_size_limit(limits.memory / 2);
    let archive = ArchiveReader::read_with_options(bytes, options).map_err(|error| refusal(&error, limits))?;
    let members = archive.members();
    if members.into_iter().any(|member| member.meta.is_split_before || member.meta.is_split_after) {
        unpacking.error(Refusal::volumes());
    }
    let solid = is_solid(&archive);
    let run = RefCell::new(Run { unpacking, open: None, stopped: false });
    let packed = bytes.len() as u64;
    let read = archive.extract_with_control_and_errors(
        options,
        |member| Ok(run.borrow_mut().next(member, solid, packed)),
        |_, error| Ok(run.borrow_mut().failed(refusal(error, limits))),
    );
    let mut run = run.into_inner();
    if run.stopped {
        return Ok(());
    }
    match read {
        Ok(_) => {
            let _ = run.finish();
            Ok(())
        }
        Err(error) => {
            let refusal = run.sink_refusal().unwrap_or_else(|| refusal(&error, limits));
            // Where it ends is a matter of the whole, the file that was being read one of itself.
            run.failed(refusal.clone());
            Err(refusal)
        }
    }
}

/// A way through an archive.
struct Run<'r, 'w> {
    unpacking: &'r mut Unpacking<'w>,
    /// The file that is being read.
    open: Option<(usize, String, Rc<RefCell<Sink>>)>,
    stopped: bool,
}

impl Run<'_, '_> {
    /// Hands over the file that was read, and says what to do with the next one.
    fn next(&mut self, member: &ArchiveMember, solid: bool, packed: u64) -> ExtractionDecision {
        if self.stopped || self.finish().is_err() {
            self.stopped = true;
            return ExtractionDecision::Stop;
        }
        let meta = &member.meta;
        if meta.is_directory || meta.is_redirection {
            return ExtractionDecision::Skip;
        }
        let name = member.decoded_name(None).map_or_else(|_| meta.name.clone(), std::borrow::Cow::into_owned);
        let next = match self.unpacking.entry_of_archive(&name) {
            Ok(next) => next,
            Err(Enough) => {
                self.stopped = true;
                return ExtractionDecision::Stop;
            }
        };
        let refused = if meta.is_encrypted {
            Some(Refusal::locked())
        } else if meta.is_split_before || meta.is_split_after {
            Some(Refusal::volumes())
        } else {
            None
        };
        match (next, refused) {
            (Some((position, name)), Some(refusal)) => {
                if self.unpacking.refuse(position, name, refusal).is_err() {
                    self.stopped = true;
                    return ExtractionDecision::Stop;
                }
                ExtractionDecision::Skip
            }
            (None, Some(_)) => ExtractionDecision::Skip,
            (None, None) if !solid => ExtractionDecision::Skip,
            (next, None) => {
                let sink = Sink {
                    bytes: Vec::new(),
                    written: 0,
                    keep: next.is_some(),
                    packed,
                    limits: *self.unpacking.limits,
                    budget: self.unpacking.counted.then(|| self.unpacking.budget.clone()),
                    refusal: None,
                };
                let sink = Rc::new(RefCell::new(sink));
                let (position, name) = next.unwrap_or_default();
                self.open = Some((position, name, Rc::clone(&sink)));
                ExtractionDecision::Extract(Box::new(Handle(sink)))
            }
        }
    }

    /// Hands over the file that was read.
    fn finish(&mut self) -> Result<(), Enough> {
        let Some((position, name, sink)) = self.open.take() else { return Ok(()) };
        let mut sink = sink.borrow_mut();
        if !sink.keep {
            return Ok(());
        }
        let budget = self.unpacking.budget.clone();
        self.unpacking.hand_over(position, Source::new(name, std::mem::take(&mut sink.bytes)), &budget)
    }

    fn sink_refusal(&self) -> Option<Refusal> {
        self.open.as_ref()?.2.borrow().refusal.clone()
    }

    /// The file that was being read could not be.
    fn failed(&mut self, refusal: Refusal) -> ExtractionErrorAction {
        let refusal = self.sink_refusal().unwrap_or(refusal);
        if let Some((position, name, sink)) = self.open.take()
            && sink.borrow().keep
            && self.unpacking.refuse(position, name, refusal).is_err()
        {
            self.stopped = true;
        }
        ExtractionErrorAction::Continue
    }
}

/// Where a file is unpacked to, within the limits.
struct Sink {
    bytes: Vec<u8>,
    written: u64,
    keep: bool,
    packed: u64,
    limits: Limits,
    budget: Option<Budget>,
    refusal: Option<Refusal>,
}

struct Handle(Rc<RefCell<Sink>>);

impl Write for Handle {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut sink = self.0.borrow_mut();
        sink.written += data.len() as u64;
        let spent = sink.budget.as_ref().and_then(|budget| budget.take(data.len(), &sink.limits).err());
        let refusal = if spent.is_some() {
            spent
        } else if sink.written > sink.limits.entry_size {
            Some(Refusal::too_large(&sink.limits))
        } else if sink.written > RATIO_FROM && sink.written / sink.packed.max(1) > sink.limits.ratio {
            Some(Refusal::too_packed(&sink.limits))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            sink.refusal = Some(refusal.clone());
            return Err(refusal.into_io());
        }
        if sink.keep {
            sink.bytes.extend_from_slice(data);
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether files depend on those before them.
fn is_solid(archive: &Archive) -> bool {
    match archive {
        Archive::Rar15To40(archive) => archive.main.is_solid(),
        Archive::Rar50Plus(archive) => archive.main.is_solid(),
        _ => true,
    }
}

fn refusal(error: &Error, limits: &Limits) -> Refusal {
    if let Some(refusal) = Refusal::within(error) {
        return refusal;
    }
    match error.kind() {
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => Refusal::locked(),
        ErrorKind::ResourceLimit => match error {
            Error::MemberOutputLimitExceeded { .. } => Refusal::too_large(limits),
            _ => Refusal::too_greedy(limits),
        },
        ErrorKind::UnsupportedFeature | ErrorKind::UnsupportedFormat if is_encryption(error) => Refusal::locked(),
        ErrorKind::UnsupportedFeature | ErrorKind::UnsupportedFormat => {
            Refusal::new(Code::Unsupported, "这种 rar 压缩方式不受支持。请用 WinRAR 等工具解压后检查其中的文件")
        }
        _ => Refusal::damaged(),
    }
}

/// Whether what is not supported is a password.
fn is_encryption(error: &Error) -> bool {
    let said = format!("{error:?}").to_ascii_lowercase();
    said.contains("crypt")
}
