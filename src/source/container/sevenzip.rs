//! 7z archives.

use std::io::{self, Read};

use sevenz_rust2::{Archive, BlockDecoder, Error, Password};

use super::budget::read_entry;
use super::compressed::memory_kib;
use super::{Enough, ReadSeek, Refusal, Unpacking};
use crate::source::Source;
use crate::source::limits::Limits;
use crate::source::notice::Code;

/// Hands over the files, block by block. A block that cannot be read is a notice about each of its files that is left.
pub(super) fn read(unpacking: &mut Unpacking<'_>, mut input: Box<dyn ReadSeek + '_>) -> Result<(), Refusal> {
    let limits = unpacking.limits;
    let memory = usize::try_from(memory_kib(limits)).unwrap_or(usize::MAX);
    let password = Password::empty();
    let size = input.seek(io::SeekFrom::End(0)).map_err(|_| Refusal::damaged())?;
    input.rewind().map_err(|_| Refusal::damaged())?;
    let archive =
        Archive::read_with_memory_limit(&mut input, &password, memory).map_err(|error| refusal(&error, limits))?;
    for file in archive.files.iter().filter(|file| !file.has_stream && !file.is_directory && !file.is_anti_item) {
        let Ok(next) = unpacking.entry_of_archive(file.name().as_bytes()) else { return Ok(()) };
        if let Some((position, name)) = next
            && let Err(Enough) = unpacking.hand_over(position, Source::new(name, ""), &unpacking.budget.clone())
        {
            return Ok(());
        }
    }
    for index in 0..archive.blocks.len() {
        let decoder = BlockDecoder::new_with_memory_limit(1, memory, index, &archive, &password, &mut input);
        let mut wanted = Vec::new();
        for file in decoder.entries().iter().filter(|file| file.has_stream) {
            match unpacking.entry_of_archive(file.name().as_bytes()) {
                Ok(next) => wanted.push(next),
                Err(Enough) => break,
            }
        }
        // What follows the last wanted file of a block is not decoded.
        while wanted.last().is_some_and(Option::is_none) {
            wanted.pop();
        }
        let mut wanted = wanted.into_iter();
        let mut stopped = false;
        let read = decoder.for_each_entries(&mut |file, data| {
            if !file.has_stream {
                return Ok(true);
            }
            let Some(next) = wanted.next() else { return Ok(false) };
            let handed = match next {
                Some(next) => unpacking.read(next, data, Some(size), Some(file.size)),
                None => pass_over(unpacking, data, size),
            };
            stopped = handed.is_err();
            Ok(!stopped)
        });
        if let Err(error) = read {
            let refusal = refusal(&error, limits);
            unpacking.error(refusal.clone());
            for (position, name) in wanted.flatten() {
                if let Err(Enough) = unpacking.refuse(position, name, refusal.clone()) {
                    return Ok(());
                }
            }
        }
        if stopped {
            return Ok(());
        }
    }
    Ok(())
}

/// Unpacks what nobody wants, as the rest of its block depends on it; within the limits all the same.
fn pass_over(unpacking: &mut Unpacking<'_>, data: &mut dyn Read, packed: u64) -> Result<(), Enough> {
    let counted = unpacking.counted.then_some(unpacking.budget);
    match read_entry(data, Some(packed), 0, unpacking.limits, counted) {
        Ok(_) => Ok(()),
        Err(refusal) => {
            unpacking.error(refusal);
            Err(Enough)
        }
    }
}

fn refusal(error: &Error, limits: &Limits) -> Refusal {
    if let Some(refusal) = Refusal::within(error) {
        return refusal;
    }
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Refusal::locked(),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => Refusal::locked(),
        Error::Unsupported(what) if what.contains("AES") || what.contains("assword") => Refusal::locked(),
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::ExternalUnsupported => {
            Refusal::new(Code::Unsupported, "压缩方式不受支持。请用 7-Zip 解压后检查其中的文件")
        }
        Error::MaxMemLimited { .. } => Refusal::too_greedy(limits),
        Error::Io(error, _) if error.kind() == io::ErrorKind::OutOfMemory => Refusal::too_greedy(limits),
        _ => Refusal::damaged(),
    }
}
