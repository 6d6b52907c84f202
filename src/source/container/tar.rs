//! tar archives.

use std::io::Read;

use super::{Enough, Refusal, Unpacking};
use crate::source::notice::Code;

/// Hands over the files. Links and devices are not followed.
pub(super) fn read(unpacking: &mut Unpacking<'_>, input: Box<dyn Read + '_>) -> Result<(), Refusal> {
    let mut archive = tar::Archive::new(input);
    let mut links = 0;
    let entries = archive.entries().map_err(|_| Refusal::damaged())?;
    for entry in entries {
        let mut entry = entry.map_err(|error| Refusal::within(&error).unwrap_or_else(Refusal::damaged))?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
            links += 1;
            continue;
        }
        let next = match unpacking.entry_of_archive(&entry.path_bytes()) {
            Ok(Some(next)) => next,
            Ok(None) => continue,
            Err(Enough) => break,
        };
        let size = entry.size();
        if let Err(Enough) = unpacking.read(next, &mut entry, None, Some(size)) {
            break;
        }
    }
    if links > 0 {
        unpacking.warning(Code::Skipped, format!("压缩包中有 {links} 个链接或设备文件，没有跟随"));
    }
    Ok(())
}
