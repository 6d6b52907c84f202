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

/// A run whose results are all known needs no dictionaries, and one that does need them says what is wrong with them.
#[test]
fn dictionaries_are_loaded_when_something_is_to_be_judged() {
    let folder = Folder::new("deferred");
    folder.fill();
    let linter = Linter::new(options()).unwrap();
    let expected = json_lines(folder.run(&linter, &Run::default()), &linter);
    let cache = folder.cache(Trust::Metadata);
    folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
    cache.finish().unwrap();
    // Files that have just been written may still change, and are read again.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let cache = folder.cache(Trust::Metadata);
    folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
    cache.finish().unwrap();

    let nowhere = Options { dictionaries: vec![folder.0.join("no dictionary")], ..options() };
    let deferred = Linter::deferred(nowhere).unwrap();
    let cache = folder.cache(Trust::Metadata);
    assert!(cache.knows_any());
    let run = Run { cache: Some(&cache), ..Run::default() };
    let report = folder.run(&deferred, &run);
    assert!(deferred.trouble().is_none());
    let unreadable = report.summary.unreadable;
    assert_eq!(json_lines(report, &linter), expected);
    folder.write("p1.html", "<p>认真布署工作");
    let report = folder.run(&deferred, &run);
    assert!(deferred.trouble().is_some());
    let notice = report.notices.iter().find(|notice| notice.path.ends_with("p1.html")).unwrap();
    assert!(notice.message.contains("没有检查"), "{notice:?}");
    // Neither is its attachment, which no page dates any more.
    assert_eq!(report.summary.unreadable, unreadable + 2);
    // That is not kept.
    cache.finish().unwrap();
    let cache = folder.cache(Trust::Metadata);
    let report = folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
    assert!(report.findings.iter().any(|finding| finding.path.ends_with("p1.html")));
}

/// What is taken out of a report piece by piece is what the whole would have held, in its order.
#[test]
fn a_report_can_be_taken_apart_as_it_comes_about() {
    let folder = Folder::new("apart");
    folder.fill();
    let linter = Linter::new(options()).unwrap();
    let whole = folder.run(&linter, &Run::default());
    let (inputs, notices) = walk(&[folder.0.join("site")]);
    let (mut parts, mut times) = (Report { as_of: whole.as_of.clone(), ..Report::default() }, 0);
    let rest = linter.run_through(&inputs, notices, &Run::default(), &mut |report| {
        parts.findings.append(&mut report.findings);
        parts.notices.append(&mut report.notices);
        parts.sources.append(&mut report.sources);
        times += 1;
    });
    assert!(times > 60 && rest.findings.is_empty() && rest.sources.is_empty());
    assert_eq!((&parts.findings, &parts.notices), (&whole.findings, &whole.notices));
    assert_eq!(parts.sources, whole.sources);
    parts.summary = rest.summary;
    assert_eq!(json_lines(parts, &linter), json_lines(whole, &linter));
}

/// Runs a program in `folder` over `site` with a cache and gives what it found, without the time it took.
fn check_with(folder: &Folder, program: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(["check", "site", "--isolated", "-f", "jsonl", "--cache", "kept"])
        .args(args)
        .current_dir(&folder.0)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter(|line| line.contains("\"type\":\"finding\"")).map(|line| format!("{line}\n")).collect()
}

/// Results of another dictionary, of other options or of another program are not used.
#[test]
fn a_cache_knows_under_what_its_results_came_about() {
    let folder = Folder::new("key");
    folder.write("a.html", "<p>认真布署工作，云领市人民政府");
    let program = Path::new(env!("CARGO_BIN_EXE_zhengming"));
    let dictionary = |wrong: &str| {
        let text = format!(
            "# id: own\n# title: 本局\n# source: 本局规定\n# severity: serious\n# reason: 应为“{{right}}”。\n\
             right\twrong\tfound\tclean\n云岭市\t{wrong}\t{wrong}人民政府\t云岭市人民政府\n"
        );
        fs::create_dir_all(folder.0.join("own")).unwrap();
        fs::write(folder.0.join("own/本局.tsv"), text).unwrap();
    };
    dictionary("云领市");
    let count = |found: &str| found.lines().count();
    let caches = || {
        let names = fs::read_dir(folder.0.join("kept")).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".cache")).count()
    };
    for _ in 0..2 {
        assert_eq!(count(&check_with(&folder, program, &[])), 1);
        assert_eq!(caches(), 1);
    }
    for _ in 0..2 {
        assert_eq!(count(&check_with(&folder, program, &["--dictionary", "own"])), 2);
        assert_eq!(count(&check_with(&folder, program, &["--skip", "typos/*"])), 0);
        assert_eq!(caches(), 3);
    }
    // The dictionary changes, the page does not.
    dictionary("云另市");
    assert_eq!(count(&check_with(&folder, program, &["--dictionary", "own"])), 1);
    assert_eq!(caches(), 4);
    // The same program by contents, under another name, has the same results; a changed one has its own.
    let copy = folder.0.join("zhengming");
    fs::copy(program, &copy).unwrap();
    assert_eq!(count(&check_with(&folder, &copy, &[])), 1);
    assert_eq!(caches(), 4);
    if cfg!(target_os = "linux") {
        use std::io::Write;
        fs::File::options().append(true).open(&copy).unwrap().write_all(b"another build").unwrap();
        assert_eq!(count(&check_with(&folder, &copy, &[])), 1);
        assert_eq!(caches(), 5);
    }
}

/// Documents without a date are judged by the day of the run, unless a profile names another one: then the next day reads
/// nothing again.
#[test]
fn results_hold_for_the_day_that_they_depend_on() {
    let folder = Folder::new("days");
    folder.write("a.html", "<p>认真布署工作，国土资源部");
    let on = |day: &str, undated: Option<&str>| Options {
        as_of: day.to_owned(),
        undated: undated.map(str::to_owned),
        ..options()
    };
    std::thread::sleep(std::time::Duration::from_millis(2100));
    for (undated, again) in [(None, true), (Some("0001-01-01"), false)] {
        let key = |day: &str| Key::new(&on(day, undated), &[0; 32]).unwrap();
        let open = |day: &str| Cache::open(&folder.0.join("cache"), key(day), Trust::Metadata).unwrap();
        let cache = open("2024-03-01");
        let linter = Linter::new(on("2024-03-01", undated)).unwrap();
        let first = folder.run(&linter, &Run { cache: Some(&cache), ..Run::default() });
        cache.finish().unwrap();
        for (day, again) in [("2024-03-01", false), ("2024-03-02", again)] {
            let options = Options { dictionaries: vec![folder.0.join("no dictionary")], ..on(day, undated) };
            let (deferred, cache) = (Linter::deferred(options).unwrap(), open(day));
            let report = folder.run(&deferred, &Run { cache: Some(&cache), ..Run::default() });
            assert_eq!(deferred.trouble().is_some(), again, "{day} {undated:?}");
            assert_eq!(report.findings == first.findings, !again, "{day} {undated:?}");
        }
    }
}
