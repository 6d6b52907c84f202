//! What the file system says about a file without reading it.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A file that changed so shortly before it was looked at may change again within the resolution of its times.
const SETTLED: Duration = Duration::from_secs(2);

/// Size, times and identity of a file. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    size: u64,
    modified: i128,
    /// When anything about the file last changed; nobody can set it back. 0 where the system has none.
    changed: i128,
    device: u64,
    inode: u64,
}

impl Stamp {
    /// The stamp of the file at `path`; `None` if there is none to rely on. It must be taken before the file is read.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let stamp = Self::from(&metadata)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos() as i128;
        let last = stamp.modified.max(stamp.changed);
        (metadata.is_file() && last + (SETTLED.as_nanos() as i128) < now).then_some(stamp)
    }

    #[cfg(unix)]
    fn from(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Some(Stamp {
            size: metadata.size(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    #[cfg(not(unix))]
    fn from(metadata: &Metadata) -> Option<Self> {
        let modified = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Stamp { size: metadata.len(), modified: modified.as_nanos() as i128, changed: 0, device: 0, inode: 0 })
    }
}
