//! Where the configuration is, and what a mistyped key was meant to be.

use std::path::{Path, PathBuf};

/// Name of the configuration file.
pub const FILE_NAME: &str = "zhengming.toml";

/// The nearest configuration file in `start` or a folder above it.
pub fn discover(start: &Path) -> Option<PathBuf> {
    start.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

/// The known key closest to the unknown one that a TOML error names, if one is close.
pub(super) fn hint(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown field") {
        return None;
    }
    let unknown = quoted.next()?;
    let nearest = quoted.min_by_key(|known| strsim::damerau_levenshtein(unknown, known))?;
    (strsim::damerau_levenshtein(unknown, nearest) <= 3).then(|| nearest.to_owned())
}
