//! `zhengming fix`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zhengming::fix::{Annotated, Fate, FixOptions, Located, annotate, fix_text, is_annotated, is_text};
use zhengming::report::visible;
use zhengming::source::{Input, Level, walk};
use zhengming::{Checked, Finding, Linter, Source};

use super::args::FixArgs;
use super::checking::{Checking, checking};
use super::error::CliError;
use super::progress::with_progress;
use super::{CLEAN, FAILED, FINDINGS};

/// What stands before the extension of copies with notes.
const COPY: &str = ".批注";

pub(super) fn run(args: &FixArgs) -> Result<u8, CliError> {
    let Checking { settings, options } = checking(&args.checking)?;
    let linter = Linter::new(options)?;
    let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() };
    let (mut inputs, notices) = walk(&paths);
    // Copies that were made before hold the same errors, and comments that name them.
    inputs.retain(|input| input.named || !is_copy(&input.path));
    let checked = with_progress(args.quiet, |progress| linter.check_files(&inputs, progress));
    let known: HashMap<&str, &Input> = inputs.iter().map(|input| (input.name.as_str(), input)).collect();
    let options = FixOptions { all: args.r#unsafe, track: args.track_changes, now: now() };
    let mut work =
        Work { args, linter: &linter, options, out: String::new(), told: String::new(), count: Count::default() };
    for notice in notices.iter().chain(checked.iter().flat_map(|one| &one.notices)) {
        if notice.level == Level::Error {
            work.count.failed += 1;
            work.told.push_str(&format!("{}：{}\n", notice.path, notice.message));
        }
    }
    for one in checked.iter().filter(|one| !one.findings.is_empty()) {
        let path = match known.get(one.name.as_str()) {
            Some(input) => Some(input.path.clone()),
            None => Some(PathBuf::from(&one.name)).filter(|path| path.is_file()),
        };
        match path {
            Some(path) => work.file(&path, one),
            None => work.left(one, "文件在压缩包或其他文档里面，请取出（解压）后再修改"),
        }
    }
    let count = work.count;
    let summary = count.summary(args.is_dry());
    let mut told = work.told;
    told.push_str(&summary);
    let unreadable = count.failed > 0 && !settings.allow_unreadable.unwrap_or(false);
    if args.is_dry() {
        super::files::write_result(None, |out| out.write_all(work.out.as_bytes()))?;
        anstream::eprint!("{told}");
    } else {
        super::files::write_result(None, |out| out.write_all(told.as_bytes()))?;
    }
    std::mem::forget(linter);
    Ok(if unreadable || count.refused > 0 {
        FAILED
    } else if count.left + count.noted > 0 || (args.is_dry() && count.fixed > 0) {
        FINDINGS
    } else {
        CLEAN
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    fixed: usize,
    files: usize,
    noted: usize,
    copies: usize,
    left: usize,
    /// Files that could not be written.
    refused: usize,
    /// Sources that could not be read, or not in full.
    failed: usize,
}

impl Count {
    fn summary(self, dry: bool) -> String {
        let Count { fixed, files, noted, copies, left, refused, failed } = self;
        let mut said = Vec::new();
        if fixed > 0 {
            let verb = if dry { "可改正" } else { "已改正" };
            said.push(format!("{verb} {fixed} 处（{files} 个文件）"));
        }
        if noted > 0 {
            let verb = if dry { "可批注" } else { "已批注" };
            said.push(format!("{verb} {noted} 处（{copies} 份副本，原文件未动）"));
        }
        if left > 0 {
            said.push(format!("{left} 处需人工修改"));
        }
        if refused > 0 {
            said.push(format!("{refused} 个文件没能写入"));
        }
        if failed > 0 {
            said.push(format!("{failed} 个文件未能读取或未能读全"));
        }
        if said.is_empty() { "没有需要改正的地方\n".to_owned() } else { said.join("；") + "\n" }
    }
}

struct Work<'w> {
    args: &'w FixArgs,
    linter: &'w Linter,
    options: FixOptions,
    /// Diffs.
    out: String,
    /// What was done and what was not.
    told: String,
    count: Count,
}

impl Work<'_> {
    fn file(&mut self, path: &Path, one: &Checked) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.refused(path, &error.to_string()),
        };
        let source = Source { date: one.given.clone(), ..Source::new(one.name.clone(), bytes) };
        let located = self.linter.locate(&source);
        let same = located.findings.len() == one.findings.len()
            && located.findings.iter().zip(&one.findings).all(|(now, then)| now.fingerprint == then.fingerprint);
        if !same {
            return self.refused(path, "检查以后文件变了，没有修改。请再运行一次");
        }
        if is_text(located.kind) {
            self.text(path, &source, &located);
        } else if is_annotated(located.kind) {
            self.copy(path, &source, &located);
        } else {
            self.left(one, "这种格式不能改写，也不能加批注，请按位置修改");
        }
    }

    fn text(&mut self, path: &Path, source: &Source, located: &Located<'_>) {
        let fix = fix_text(source, located, &self.options);
        let fixed = fix.fates.iter().filter(|fate| **fate == Fate::Fixed).count();
        if fixed > 0 {
            self.out.push_str(&fix.diff);
            if !self.args.is_dry()
                && let Err(error) = write_back(path, &source.bytes, &fix.bytes)
            {
                return self.refused(path, &error.to_string());
            }
            self.count.fixed += fixed;
            self.count.files += 1;
            let verb = if self.args.is_dry() { "可改正" } else { "改正" };
            self.told.push_str(&format!("{}：{verb} {fixed} 处\n", source.name));
        }
        self.fates(&located.findings, &fix.fates);
    }

    fn copy(&mut self, path: &Path, source: &Source, located: &Located<'_>) {
        let Annotated { bytes, fates } = match annotate(source, located, &self.options) {
            Ok(annotated) => annotated,
            Err(error) => {
                self.told.push_str(&format!("{}：{error}\n", source.name));
                self.count.left += located.findings.len();
                return;
            }
        };
        let noted = fates.iter().filter(|fate| !matches!(fate, Fate::Left(_))).count();
        let tracked = fates.iter().filter(|fate| **fate == Fate::Tracked).count();
        if self.args.is_dry() {
            self.told.push_str(&format!("{}：可批注 {noted} 处\n", source.name));
        } else {
            let target = match write_copy(path, self.args.output.as_deref(), &bytes) {
                Ok(target) => target,
                Err(error) => return self.refused(path, &error.to_string()),
            };
            let tracked = if tracked > 0 { format!("，其中修订 {tracked} 处") } else { String::new() };
            self.told.push_str(&format!("{} → {}：批注 {noted} 处{tracked}\n", source.name, target.display()));
        }
        self.count.noted += noted;
        self.count.copies += 1;
        self.fates(&located.findings, &fates);
    }

    fn fates(&mut self, findings: &[Finding], fates: &[Fate]) {
        for (finding, fate) in findings.iter().zip(fates) {
            if let Fate::Left(reason) = fate {
                self.count.left += 1;
                self.told.push_str(&format!("  {} “{}”：{reason}\n", finding.location.label(), visible(&finding.text)));
            }
        }
    }

    fn left(&mut self, one: &Checked, reason: &str) {
        self.count.left += one.findings.len();
        self.told.push_str(&format!("{}：{} 处未改，{reason}\n", one.name, one.findings.len()));
    }

    fn refused(&mut self, path: &Path, reason: &str) {
        self.count.refused += 1;
        self.told.push_str(&format!("{}：{reason}\n", path.display()));
    }
}

/// Puts `new` in the place of the file at `path`, if it still holds `old`: completely or not at all, with its permissions.
fn write_back(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    // Behind a link stands the file that is meant.
    let path = path.canonicalize()?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(new)?;
        file.set_permissions(std::fs::metadata(&path)?.permissions())?;
        file.sync_all()?;
        if std::fs::read(&path)? != old {
            return Err(io::Error::other("检查以后文件变了，没有修改。请再运行一次"));
        }
        std::fs::rename(&part, &path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// Writes a copy beside the file at `path` or into `folder`, under a name that nothing has.
fn write_copy(path: &Path, folder: Option<&Path>, bytes: &[u8]) -> io::Result<PathBuf> {
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)?;
    }
    for number in 1u32.. {
        let number = if number == 1 { String::new() } else { number.to_string() };
        let mut name = path.file_stem().unwrap_or_default().to_owned();
        name.push(format!("{COPY}{number}."));
        name.push(path.extension().unwrap_or_default());
        let target = folder.map_or_else(|| path.with_file_name(&name), |folder| folder.join(&name));
        match File::create_new(&target) {
            Ok(mut file) => {
                let written = file.write_all(bytes).and_then(|()| file.sync_all());
                if written.is_err() {
                    let _ = std::fs::remove_file(&target);
                }
                return written.map(|()| target);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("没有可用的文件名"))
}

/// Whether the file looks like a copy with notes.
fn is_copy(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(COPY)
}

/// The time in UTC, to the second, ISO 8601.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
