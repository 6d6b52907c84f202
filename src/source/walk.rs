//! From what was typed to the files to read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::notice::{Code, Notice};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// How it is shown: the path as typed, with `/` between its parts.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was named itself, and not met in a folder.
    pub named: bool,
    /// The folder under which it was met: what links that begin with `/` refer to.
    pub root: Option<Arc<Path>>,
}

/// Files under `paths`, in the order of the paths and sorted by name below each. Folders are read recursively; hidden
/// files and those that `.gitignore`, `.ignore` or `.zhengmingignore` name are left out, unless typed themselves.
pub fn walk(paths: &[PathBuf]) -> (Vec<Input>, Vec<Notice>) {
    let mut inputs = Vec::new();
    let mut notices = Vec::new();
    // Below one folder nothing is met twice under the same name.
    let mut seen = (paths.len() > 1).then(HashSet::new);
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk_folder(path, &mut inputs, &mut notices, &mut seen),
            Ok(_) => {
                if is_new(&mut seen, path) {
                    let root = path.parent().map(Arc::from);
                    inputs.push(Input { name: display(path), path: path.clone(), named: true, root });
                }
            }
            Err(error) => notices.push(io_notice(&display(path), &error)),
        }
    }
    (inputs, notices)
}

/// Whether `path` was not met before.
fn is_new(seen: &mut Option<HashSet<PathBuf>>, path: &Path) -> bool {
    seen.as_mut().is_none_or(|seen| seen.insert(normalised(path)))
}

fn walk_folder(folder: &Path, inputs: &mut Vec<Input>, notices: &mut Vec<Notice>, seen: &mut Option<HashSet<PathBuf>>) {
    let root: Arc<Path> = Arc::from(folder);
    let walker = WalkBuilder::new(folder)
        .require_git(false)
        .follow_links(true)
        .add_custom_ignore_filename(".zhengmingignore")
        // What is compared lies in one folder, so that this is the order of names, without taking paths apart.
        .sort_by_file_path(|one, two| one.as_os_str().cmp(two.as_os_str()))
        .build();
    for entry in walker {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_some_and(|kind| kind.is_file()) && is_new(seen, entry.path()) {
                    let (name, root) = (display(entry.path()), Some(Arc::clone(&root)));
                    // Without the room that paths keep to grow.
                    let path = PathBuf::from(entry.into_path().into_boxed_path());
                    inputs.push(Input { name, path, named: false, root });
                }
            }
            Err(error) => {
                let path = error_path(&error).unwrap_or(folder);
                let notice = match error.io_error() {
                    Some(error) => io_notice(&display(path), error),
                    None => Notice::error(&display(path), Code::Unreadable, format!("无法读取：{error}")),
                };
                notices.push(notice);
            }
        }
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// What to say when the file system refuses.
pub(crate) fn io_notice(name: &str, error: &io::Error) -> Notice {
    match error.kind() {
        io::ErrorKind::NotFound => Notice::error(name, Code::Missing, "没有这个文件或文件夹。请检查路径"),
        io::ErrorKind::PermissionDenied => {
            Notice::error(name, Code::Unreadable, "没有读取权限。请修改文件权限，或换有权限的账户运行")
        }
        _ => Notice::error(name, Code::Unreadable, format!("无法读取：{error}")),
    }
}

/// A path as it is shown: `/` between its parts on every system.
pub(crate) fn display(path: &Path) -> String {
    // Most are UTF-8, and there may be a million.
    let shown = path.to_str().map_or_else(|| path.display().to_string(), str::to_owned);
    let shown = if std::path::MAIN_SEPARATOR == '/' { shown } else { shown.replace(std::path::MAIN_SEPARATOR, "/") };
    match shown.strip_prefix("./") {
        Some(shown) => shown.to_owned(),
        None => shown,
    }
}

/// The path without `.` and `..` parts, as far as its text tells; for comparison only.
pub(crate) fn normalised(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().collect()
}

/// All bytes of a file, or `None` if it has more than `limit`. Devices say nothing about their size beforehand, so the
/// limit holds while reading.
pub fn read_limited(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    read_open(File::open(path)?, limit)
}

/// The same of a file that is open.
pub(super) fn read_open(mut file: File, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let size = file.metadata()?.len();
    if size > limit {
        return Ok(None);
    }
    // One byte more, for the read that says that this is all: two reads, however long the file is.
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0).saturating_add(1)];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if filled < bytes.len() {
        bytes.truncate(filled);
    } else {
        // It has grown, or has no size.
        file.take((limit + 1).saturating_sub(filled as u64)).read_to_end(&mut bytes)?;
    }
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}
