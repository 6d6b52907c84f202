//! Runs over archives: results of earlier runs, interruptions.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use zhengming::cache::{Cache, Key, Trust};
use zhengming::report::{Format, Style, render};
use zhengming::source::walk;
use zhengming::{Linter, Options, Progress, Report, Run};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-archive-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("site")).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join("site").join(name), bytes).unwrap();
    }

    /// Pages, attachments with and without a date of their own, things that cannot be read.
    fn fill(&self) {
        for number in 0..30 {
            let date = format!("2021-03-{:02}", number % 28 + 1);
            let page = format!(
                "<meta name=PubDate content={date}><p>第{number}号：认真布署工作</p><a href=附件{number}.txt>附件</a><a href=没有.docx>无</a>"
            );
            self.write(&format!("p{number}.html"), page);
            self.write(&format!("附件{number}.txt"), "国土资源部：要求各级攻府抓好落实");
        }
        self.write("empty.html", "");
        self.write("photo.png", b"\x89PNG\r\n\x1a\n");
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/zwgk/tzgg");
        fs::copy(samples.join("2022/P020220524401100000001.zip"), self.0.join("site/包.zip")).unwrap();
        fs::copy(samples.join("2019/P020190412384512345678.docx"), self.0.join("site/a.docx")).unwrap();
    }

    fn cache(&self, trust: Trust) -> Cache {
        let key = Key::new(&options(), &[0; 32]).unwrap();
        Cache::open(&self.0.join("cache"), key, trust).unwrap()
    }

    fn run(&self, linter: &Linter, run: &Run<'_>) -> Report {
        let (inputs, notices) = walk(&[self.0.join("site")]);
        linter.run(&inputs, notices, run)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options() -> Options {
    Options { as_of: "2024-03-01".to_owned(), jobs: 2, ..Options::default() }
}

fn json_lines(mut report: Report, linter: &Linter) -> String {
    report.summary.seconds = 0.0;
    let mut out = Vec::new();
    render(&report, linter.dictionary(), Format::Jsonl, Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Stops the run after some files.
struct StopAfter<'s> {
    done: AtomicUsize,
    stop: &'s AtomicBool,
}

impl Progress for StopAfter<'_> {
    fn done(&self, _: &str) {
        if self.done.fetch_add(1, Ordering::Relaxed) == 12 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_run_from_the_cache_or_after_an_interruption_is_like_any_other() {
    let folder = Folder::new("same");
    folder.fill();
    let linter = Linter::new(options()).unwrap();
    let expected = json_lines(folder.run(&linter, &Run::default()), &linter);
    assert!(expected.contains("\"from\":\"page\"") && expected.contains("\"code\":\"link\""), "{expected}");
    // Interrupted: what was not begun is no result, and the report says so.
    let stop = AtomicBool::new(false);
    let cache = folder.cache(Trust::Metadata);
    let progress = StopAfter { done: AtomicUsize::new(0), stop: &stop };
    let run = Run { progress: &progress, cache: Some(&cache), stop: Some(&stop), ..Run::default() };
    let report = folder.run(&linter, &run);
    assert!(report.summary.interrupted && report.summary.sources < 60);
    assert!(report.notices.iter().any(|notice| notice.code.as_str() == "interrupted"));
    cache.finish().unwrap();
    for trust in [Trust::Metadata, Trust::Contents, Trust::Metadata] {
        let cache = folder.cache(trust);
        let report = folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
        cache.finish().unwrap();
        assert_eq!(json_lines(report, &linter), expected);
    }
}

#[test]
fn what_changed_is_checked_anew() {
    let folder = Folder::new("changed");
    folder.fill();
    let linter = Linter::new(options()).unwrap();
    let step = |change: &dyn Fn()| {
        let cache = folder.cache(Trust::Metadata);
        folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
        cache.finish().unwrap();
        change();
        let cache = folder.cache(Trust::Metadata);
        let report = folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
        cache.finish().unwrap();
        let fresh = json_lines(folder.run(&linter, &Run::default()), &linter);
        assert_eq!(json_lines(report, &linter), fresh);
        fresh
    };
    // As long as before, and as old.
    let path = folder.0.join("site/p1.html");
    let text = fs::read_to_string(&path).unwrap();
    let fresh = step(&|| {
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, text.replace("布署", "部署")).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    });
    assert!(!fresh.lines().any(|line| line.contains("p1.html\",\"rule") && line.contains("布署")));
    // The date of a page is that of its attachment, which itself stays what it was.
    let date =
        |fresh: &str| fresh.lines().find(|line| line.contains("附件2.txt")).map(|line| line.contains("2010-01-01"));
    let fresh = step(&|| folder.write("p2.html", "<meta name=PubDate content=2010-01-01><a href=附件2.txt>附件</a>"));
    assert_eq!(date(&fresh), Some(true), "{fresh}");
    // Moved: dates stand in paths.
    step(&|| fs::rename(folder.0.join("site/p3.html"), folder.0.join("site/t20100101_3.html")).unwrap());
    step(&|| fs::remove_file(folder.0.join("site/p4.html")).unwrap());
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let folder = Folder::new("both");
    folder.fill();
    let linter = Linter::new(options()).unwrap();
    let expected = json_lines(folder.run(&linter, &Run::default()), &linter);
    let both = || {
        let cache = folder.cache(Trust::Metadata);
        let report = folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
        cache.finish().unwrap();
        json_lines(report, &linter)
    };
    std::thread::scope(|scope| {
        let runs = [scope.spawn(both), scope.spawn(both), scope.spawn(both)];
        for run in runs {
            assert_eq!(run.join().unwrap(), expected);
        }
    });
    assert_eq!(both(), expected);
}
