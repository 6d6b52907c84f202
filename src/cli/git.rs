//! What git knows: which files changed, and what is staged. The installed `git` is asked; nothing goes over the network.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use zhengming::source::{Input, Limits, Opened};
use zhengming::{Files, Source};

use super::error::CliError;

/// First line of what Git LFS puts in the place of a file.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

fn git(args: &[&str]) -> Result<Vec<u8>, CliError> {
    let mut command = Command::new("git");
    command.args(args).stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        let hint = if error.kind() == io::ErrorKind::NotFound {
            "git is not installed or not on the PATH"
        } else {
            "git cannot be run"
        };
        CliError::Usage(format!("{hint}: {error}"))
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(CliError::Usage(format!("git {}: {}", args.join(" "), said.trim())))
}

/// The root of the repository around the current folder.
fn root() -> Result<PathBuf, CliError> {
    let mut path = git(&["rev-parse", "--show-toplevel"])?;
    while path.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        path.pop();
    }
    Ok(to_path(&path))
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Absolute paths of files that differ from where the current branch left `revision`, and of those that git does not know yet.
pub(super) fn changed_since(revision: &str) -> Result<HashSet<PathBuf>, CliError> {
    let root = root()?;
    if revision.starts_with('-') {
        return Err(CliError::Usage(format!("--changed-since {revision}: not a revision")));
    }
    let base = git(&["merge-base", revision, "HEAD"]).map_err(|error| {
        CliError::Usage(format!(
            "--changed-since {revision}: no commit that it and HEAD have in common; in a shallow clone fetch more history \
             (fetch-depth: 0). {error}"
        ))
    })?;
    let base = String::from_utf8_lossy(&base).trim().to_owned();
    let changed = git(&["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &base])?;
    let mut paths = listed(&changed, &root);
    let top = root.to_string_lossy().into_owned();
    paths.extend(listed(&git(&["-C", &top, "ls-files", "--others", "--exclude-standard", "-z"])?, &root));
    Ok(paths)
}

fn listed(bytes: &[u8], root: &Path) -> HashSet<PathBuf> {
    bytes.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(|path| root.join(to_path(path))).collect()
}

/// Those of `inputs` whose files are among `paths`.
pub(super) fn among(inputs: Vec<Input>, has: impl Fn(&Path) -> bool) -> Vec<Input> {
    let mut folders: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut absolute = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let known = folders.entry(folder.to_owned());
        let folder = known.or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        folder.join(path.file_name().unwrap_or_default())
    };
    inputs.into_iter().filter(|input| has(&absolute(&input.path))).collect()
}

/// What is staged: contents of the next commit, not of the disk.
pub(super) struct Staged {
    root: PathBuf,
    /// Absolute paths and the ids of their contents.
    blobs: HashMap<PathBuf, String>,
    reader: Mutex<Option<CatFile>>,
}

struct CatFile {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Staged {
    /// Asks git what is staged.
    pub(super) fn list() -> Result<Self, CliError> {
        let root = root()?;
        let raw = git(&["diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d"])?;
        let mut blobs = HashMap::new();
        let mut parts = raw.split(|&byte| byte == 0);
        // `:100644 100644 <id> <id> M`, then the path.
        while let (Some(about), Some(path)) = (parts.next(), parts.next()) {
            let about = String::from_utf8_lossy(about);
            let fields: Vec<&str> = about.split(' ').collect();
            if let [_, mode, _, id, _] = fields[..]
                && mode.starts_with("100")
            {
                blobs.insert(root.join(to_path(path)), id.to_owned());
            }
        }
        Ok(Staged { root, blobs, reader: Mutex::new(None) })
    }

    /// Staged files below `paths` (or those that they name), as inputs. Files that are no longer on the disk are there too.
    pub(super) fn inputs(&self, paths: &[PathBuf], walked: Vec<Input>) -> Vec<Input> {
        let mut inputs = among(walked, |path| self.blobs.contains_key(path));
        let current = std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default();
        for path in self.blobs.keys().filter(|path| !path.exists()) {
            let below =
                paths.iter().find(|root| path.starts_with(current.join(root).canonicalize().unwrap_or_default()));
            if let Some(root) = below {
                let shown = path.strip_prefix(&current).unwrap_or(path);
                inputs.push(Input {
                    name: shown.to_string_lossy().replace('\\', "/"),
                    path: path.clone(),
                    named: false,
                    root: Some(root.as_path().into()),
                });
            }
        }
        inputs.sort_by(|one, two| one.name.cmp(&two.name));
        inputs
    }

    fn id(&self, path: &Path) -> Option<&str> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let absolute = folder.canonicalize().ok().map(|folder| folder.join(path.file_name().unwrap_or_default()));
        absolute.and_then(|path| self.blobs.get(&path)).or_else(|| self.blobs.get(path)).map(String::as_str)
    }
}

impl Files for Staged {
    fn open(&self, input: &Input, limits: &Limits) -> io::Result<Option<Opened>> {
        let limit = limits.file_size;
        let id = self.id(&input.path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.is_none() {
            *reader = Some(CatFile::start(&self.root)?);
        }
        let answer = match reader.as_mut() {
            Some(reader) => reader.read(id, limit),
            None => return Ok(None),
        };
        if answer.is_err() {
            *reader = None;
        }
        let bytes = answer?;
        if bytes.as_ref().is_some_and(|bytes| bytes.starts_with(POINTER)) {
            return Err(io::Error::other("暂存的是 Git LFS 指针，不是文件内容。请直接检查工作目录中的文件"));
        }
        Ok(bytes.map(|bytes| Opened::Source(Source::new(input.name.clone(), bytes))))
    }

    fn are_on_disk(&self) -> bool {
        false
    }
}

impl CatFile {
    fn start(root: &Path) -> io::Result<Self> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(CatFile { child, input, output: BufReader::new(output) }),
            _ => Err(io::Error::other("no pipe to git")),
        }
    }

    /// The contents with this id, or `None` if they are longer than `limit` bytes.
    fn read(&mut self, id: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        writeln!(self.input, "{id}")?;
        let mut about = String::new();
        self.output.read_line(&mut about)?;
        let size: u64 = about
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| io::Error::other(format!("git: {}", about.trim_end())))?;
        if size > limit {
            io::copy(&mut (&mut self.output).take(size + 1), &mut io::sink())?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        (&mut self.output).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // A line feed follows the contents.
        self.output.read_exact(&mut [0])?;
        Ok(Some(bytes))
    }
}

impl Drop for CatFile {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
