//! The ledger as an operator sees it: runs, states, decisions, comparisons, exports, and what must not break it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-ledger-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhengming"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs `check … --ledger l.db`.
    fn check(&self, args: &[&str]) -> Output {
        self.run(&[&["check", "--ledger", "l.db", "--format", "jsonl"], args].concat())
    }

    /// Records of a sub-command of `ledger`.
    fn records(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["ledger"], args, &["--format", "jsonl"]].concat());
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Id, state and file of every finding.
    fn states(&self) -> Vec<(i64, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let records = self.records(&["list", "l.db"]);
        let mut states: Vec<_> =
            records.iter().map(|one| (one["id"].as_i64().unwrap(), text(&one["state"]), text(&one["path"]))).collect();
        states.sort();
        states
    }

    fn state_of(&self, id: i64) -> (String, String) {
        let (_, state, path) = self.states().into_iter().find(|(one, ..)| *one == id).unwrap();
        (state, path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const WRONG: &str = "各单位要按照会议要求认真布署春耕工作，确保任务按期完成。";
const RIGHT: &str = "各单位要按照会议要求认真部署春耕工作，确保任务按期完成。";

#[test]
fn states_follow_what_happens_to_a_page() {
    let folder = Folder::new("states");
    for name in ["a", "b", "c", "d", "e", "f"] {
        folder.write(&format!("site/{name}.txt"), WRONG);
    }
    assert_eq!(folder.check(&["site"]).status.code(), Some(1));
    let first = folder.states();
    let files: Vec<&str> = first.iter().map(|(.., path)| path.as_str()).collect();
    assert_eq!(files, ["site/a.txt", "site/b.txt", "site/c.txt", "site/d.txt", "site/e.txt", "site/f.txt"]);
    assert!(first.iter().all(|(_, state, _)| state == "new"));
    let id: Vec<i64> = first.iter().map(|(id, ..)| *id).collect();

    folder.write("site/a.txt", RIGHT);
    folder.write("site/b.txt", &format!("新加的一段话。\n\n{WRONG}"));
    fs::remove_file(folder.0.join("site/c.txt")).unwrap();
    folder.write("site/d.txt", "");
    fs::create_dir_all(folder.0.join("site/moved")).unwrap();
    // The text says where it was before.
    folder.write("site/e.txt", "另一个文件，与别处不同。认真布署防汛工作，落实责任。");
    folder.check(&["site"]);
    fs::rename(folder.0.join("site/e.txt"), folder.0.join("site/moved/e.txt")).unwrap();
    let output = folder.check(&["site"]);
    assert_eq!(output.status.code(), Some(2), "an empty file was not read");
    let named = |state: &str, path: &str| (state.to_owned(), path.to_owned());
    assert_eq!(folder.state_of(id[0]), named("fixed", "site/a.txt"));
    assert_eq!(folder.state_of(id[1]), named("open", "site/b.txt"));
    assert_eq!(folder.state_of(id[2]), named("taken-down", "site/c.txt"));
    assert_eq!(folder.state_of(id[3]), named("unverified", "site/d.txt"));
    assert_eq!(folder.state_of(id[4]), named("fixed", "site/moved/e.txt"));
    let moved = folder.states().into_iter().find(|(one, _, path)| *one > id[5] && path == "site/moved/e.txt").unwrap();
    assert_eq!(moved.1, "open", "a file that was moved keeps its findings");

    // Back again, read again, and only part of the site.
    folder.write("site/a.txt", WRONG);
    folder.write("site/c.txt", WRONG);
    folder.write("site/d.txt", WRONG);
    folder.check(&["site/a.txt", "site/c.txt", "site/d.txt"]);
    assert_eq!(folder.state_of(id[0]).0, "back");
    assert_eq!(folder.state_of(id[2]).0, "back");
    assert_eq!(folder.state_of(id[3]).0, "open");
    assert_eq!(folder.state_of(id[5]).0, "unverified", "what was not part of a run is not fixed");
    let list = folder.records(&["list", "l.db", "--state", "unverified"]);
    assert!(list.iter().all(|one| one["why"] == "本次未检查这个文件"), "{list:?}");
    folder.check(&["site"]);
    assert_eq!(folder.state_of(id[0]).0, "open");
    assert_eq!(folder.state_of(id[5]).0, "open");
}

/// Findings that are not reported any more although nobody corrected them are not fixed.
#[test]
fn nothing_is_fixed_by_looking_away() {
    let folder = Folder::new("away");
    folder.write("a.html", &format!("<title>题</title><nav><p>{WRONG}</p></nav><p>{WRONG}</p>"));
    folder.write("b.txt", WRONG);
    folder.check(&["a.html", "b.txt"]);
    for (args, why) in [
        (&["--skip", "typos/*"][..], "本次没有启用这条规则"),
        (&["--severity", "serious"], "本次没有启用这条规则"),
        (&["--limit", "file-size=10"], "文件未能读取或未能读全"),
    ] {
        folder.check(&[&["a.html", "b.txt"], args].concat());
        let list = folder.records(&["list", "l.db"]);
        assert!(list.iter().all(|one| one["state"] == "unverified" && one["why"] == why), "{args:?} {list:?}");
        folder.check(&["a.html", "b.txt"]);
        assert!(folder.states().iter().all(|(_, state, _)| state == "open"), "{args:?}");
    }
    folder.check(&["a.html", "b.txt", "--exclude", "nav"]);
    let states: Vec<String> = folder.states().into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(states.iter().filter(|state| *state == "unverified").count(), 1, "{states:?}");
    folder.check(&["a.html", "b.txt"]);
    // A comment hides it, the text is what it was.
    folder.write(
        "a.html",
        &format!("<title>题</title><!-- zhengming-disable -- 引用 --><nav><p>{WRONG}</p></nav><p>{WRONG}</p>"),
    );
    folder.check(&["a.html", "b.txt"]);
    let list = folder.records(&["list", "l.db", "--state", "unverified"]);
    assert_eq!(list.len(), 2);
    assert!(list.iter().all(|one| one["why"].as_str().unwrap().contains("文字未变")), "{list:?}");
}

#[test]
fn decisions_hold_until_they_expire() {
    let folder = Folder::new("accept");
    folder.write("a.txt", WRONG);
    folder.check(&["a.txt"]);
    let accept = |args: &[&str]| folder.run(&[&["ledger", "accept", "l.db", "1"], args].concat());
    assert_eq!(accept(&["--by", "张三"]).status.code(), Some(2), "a reason is needed");
    assert_eq!(accept(&["--reason", " ", "--by", "张三"]).status.code(), Some(2));
    assert_eq!(accept(&["--reason", "引文", "--by", "张三", "--until", "soon"]).status.code(), Some(2));
    assert_eq!(accept(&["99", "--reason", "引文", "--by", "张三"]).status.code(), Some(2));
    assert_eq!(folder.states()[0].1, "new", "nothing was noted for a number that does not exist");
    assert_eq!(accept(&["--reason", "引文", "--by", "张三", "--until", "2999-12-31"]).status.code(), Some(0));
    folder.check(&["a.txt"]);
    let list = folder.records(&["list", "l.db"]);
    assert_eq!(list[0]["state"], "accepted");
    assert_eq!(list[0]["accepted"]["person"], "张三");
    accept(&["--reason", "引文", "--by", "张三", "--until", "2001-01-01"]);
    assert_eq!(folder.states()[0].1, "open");
    accept(&["--reason", "引文", "--by", "张三"]);
    accept(&["--withdraw"]);
    assert_eq!(folder.states()[0].1, "open");
}

const CHANNELS: &str = "[[channel]]\nname = '公众号'\nmatch = ['wechat']\nunit = '办公室'\nperson = '李四'\n
[[channel]]\nname = '网站'\nmatch = ['site']\nurl = 'https://example.gov.cn/'\nunit = '某局'\n";

#[test]
fn comparisons_and_what_is_alike() {
    let folder = Folder::new("compare");
    folder.write("zhengming.toml", CHANNELS);
    folder.write("site/a.html", &format!("<title>通知</title><p>{WRONG}</p><p>全区攻府系统积极行动，完成整改。</p>"));
    folder.write("wechat/b.md", &format!("# 推文\n\n{WRONG}\n"));
    folder.check(&["site", "wechat"]);
    assert_eq!(folder.run(&["ledger", "compare", "l.db"]).status.code(), Some(2), "one run cannot be compared");
    folder.write(
        "site/a.html",
        &format!("<title>通知</title><p>{RIGHT}</p><p>全区攻府系统积极行动，完成整改。</p><p>请大家安心渡假。</p>"),
    );
    folder.check(&["site", "wechat"]);
    let records = folder.records(&["compare", "l.db", "1", "2"]);
    let comparison = records.last().unwrap();
    assert_eq!((&comparison["before"], &comparison["due"], &comparison["done"]), (&3.into(), &3.into(), &1.into()));
    assert_eq!(comparison["states"]["fixed"], 1);
    assert_eq!(comparison["states"]["open"], 2);
    assert_eq!(comparison["states"]["new"], 1);
    let site = records.iter().find(|one| one["text"] == "布署" && one["channel"] == "网站").unwrap();
    assert_eq!(site["link"], "https://example.gov.cn/a.html");
    assert_eq!(site["title"], "通知");
    let similar = folder.records(&["similar", "l.db", &site["id"].to_string()]);
    assert_eq!(similar.len(), 1);
    assert_eq!(
        (&similar[0]["channel"], &similar[0]["unit"], &similar[0]["person"]),
        (&"公众号".into(), &"办公室".into(), &"李四".into())
    );

    for name in ["out.xlsx", "out.csv", "out.html", "out.docx"] {
        let output = folder.run(&["ledger", "export", "l.db", "-o", name]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(folder.run(&["ledger", "export", "l.db", "-o", "out.pdf"]).status.code(), Some(2));
    let csv = fs::read_to_string(folder.0.join("out.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("\u{FEFF}序号,网站/账号,责任单位,问题类别,级别,页面标题,链接/文件,位置,发布日期,错误内容,建议修改,依据,整改情况,责任人,完成时间,台账编号"));
    assert_eq!(lines.len(), 5);
    assert!(
        lines.iter().any(|line| line.contains("已整改") && line.contains("https://example.gov.cn/a.html")),
        "{csv}"
    );
    let docx = fs::read(folder.0.join("out.docx")).unwrap();
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(docx)).unwrap();
    let document = std::io::read_to_string(package.by_name("word/document.xml").unwrap()).unwrap();
    for wanted in ["关于文字差错整改情况的报告", "已整改1处", "整改率25%", "举一反三", "攻府"]
    {
        assert!(document.contains(wanted), "{wanted}");
    }
}

/// Names are kept relative to where the first run stood, so that the next one may stand elsewhere.
#[test]
fn the_working_directory_does_not_matter() {
    let folder = Folder::new("elsewhere");
    folder.write("site/a.txt", WRONG);
    folder.check(&["site"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhengming"));
    command.args(["check", "--quiet", "a.txt", "--ledger", "../l.db"]).current_dir(folder.0.join("site"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(1));
    let states = folder.states();
    assert_eq!(states.len(), 1);
    assert_eq!(states[0].1, "open");
}

#[test]
fn what_is_no_ledger_is_left_alone() {
    let folder = Folder::new("foreign");
    folder.write("a.txt", WRONG);
    folder.write("text.db", "这不是数据库，而是一篇文章，只是名字相像。");
    let said = |output: Output| (output.status.code(), String::from_utf8(output.stderr).unwrap());
    let (status, message) = said(folder.run(&["check", "a.txt", "--ledger", "text.db"]));
    assert_eq!((status, message.contains("is not a ledger of zhengming")), (Some(2), true), "{message}");
    assert!(fs::read_to_string(folder.0.join("text.db")).unwrap().starts_with("这不是数据库"));
    let other = rusqlite::Connection::open(folder.0.join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE mine (x); PRAGMA user_version = 1").unwrap();
    let (status, message) = said(folder.run(&["check", "a.txt", "--ledger", "other.db"]));
    assert_eq!((status, message.contains("is not a ledger of zhengming")), (Some(2), true), "{message}");
    let (status, message) = said(folder.run(&["ledger", "status", "none.db"]));
    assert_eq!((status, message.contains("there is no ledger none.db")), (Some(2), true), "{message}");
    assert!(!folder.0.join("none.db").exists());
    folder.check(&["a.txt"]);
    rusqlite::Connection::open(folder.0.join("l.db")).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let (status, message) = said(folder.check(&["a.txt"]));
    assert_eq!((status, message.contains("use a newer program")), (Some(2), true), "{message}");
}

#[test]
fn a_second_run_is_refused_and_readers_are_not() {
    let folder = Folder::new("twice");
    folder.write("a.txt", WRONG);
    folder.check(&["a.txt"]);
    let running = rusqlite::Connection::open(folder.0.join("l.db")).unwrap();
    running.execute_batch("BEGIN IMMEDIATE").unwrap();
    let output = folder.check(&["a.txt"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("is being written by another run"), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(folder.states().len(), 1);
    running.execute_batch("ROLLBACK").unwrap();
    assert_eq!(folder.check(&["a.txt"]).status.code(), Some(1));
}

fn sound(path: &Path) -> i64 {
    let ledger = rusqlite::Connection::open(path).unwrap();
    let check: String = ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    ledger.query_row("SELECT count(*) FROM run", [], |row| row.get(0)).unwrap()
}

/// Whenever a run is killed, the ledger holds it whole or not at all.
#[test]
fn a_killed_run_leaves_the_ledger_whole() {
    let folder = Folder::new("kill");
    for file in 0..60 {
        folder.write(&format!("site/{file}.txt"), &format!("{WRONG}\n\n").repeat(40));
    }
    assert_eq!(folder.check(&["site"]).status.code(), Some(1));
    let all = folder.states().len();
    assert_eq!(all, 2400);
    let path = folder.0.join("l.db");
    let mut runs = sound(&path);
    for delay in [0, 30, 60, 120, 250, 500] {
        // Something to write in each run: every other time the errors are gone.
        let text = if runs % 2 == 1 { RIGHT } else { WRONG };
        for file in 0..60 {
            folder.write(&format!("site/{file}.txt"), &format!("{text}\n\n").repeat(40));
        }
        let mut child = folder
            .command(&["check", "site", "--ledger", "l.db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = sound(&path);
        assert!(after == runs || after == runs + 1, "{runs} → {after}");
        let states = folder.states();
        assert_eq!(states.len(), all);
        assert!(states.iter().all(|(_, state, _)| *state == states[0].1), "half a run, killed after {delay} ms");
        runs = after;
    }
    assert!(matches!(folder.check(&["site"]).status.code(), Some(0 | 1)));
    assert_eq!(sound(&path), runs + 1);
}

/// How a run ends that is not left to itself.
#[cfg(unix)]
enum End {
    Interrupted,
    Killed,
}

#[cfg(unix)]
impl End {
    /// Ends a run over `site` with ledger and cache before it is through. It is tried with later and later moments until one lies
    /// after the run has begun and before it has ended; `None` if there was none.
    fn put(&self, folder: &Folder) -> Option<()> {
        let begun = |folder: &Folder| {
            let names = fs::read_dir(folder.0.join("cache")).into_iter().flatten();
            names.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".run"))
        };
        for delay in [30, 60, 120, 240, 480, 960] {
            let mut child = folder
                .command(&["check", "site", "--ledger", "l.db", "--cache", "cache", "-j", "1", "-q"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let started = std::time::Instant::now();
            while !begun(folder) && started.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(delay));
            match self {
                End::Killed => child.kill().unwrap(),
                End::Interrupted => {
                    let id = child.id().to_string();
                    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
                }
            }
            match (self, child.wait().unwrap().code()) {
                (End::Killed, None) | (End::Interrupted, Some(130)) => return Some(()),
                // Before it had set its handler, or after its end: that run counts as any other, and all is as it was before.
                (_, code) => {
                    assert!(matches!(code, None | Some(0 | 1)), "{code:?}");
                    if code.is_some() {
                        return None;
                    }
                }
            }
        }
        None
    }
}

/// What was not begun is neither fixed nor gone, and going on leads to where an uninterrupted run would have led.
#[cfg(unix)]
#[test]
fn a_run_that_did_not_end_changes_nothing_that_it_did_not_see() {
    for (end, name) in [(End::Interrupted, "interrupted"), (End::Killed, "killed")] {
        let folder = Folder::new(name);
        let page = |number: usize, text: &str| {
            let more = format!("<p>{}</p>", "春耕生产工作有序推进。".repeat(300)).repeat(6);
            folder.write(&format!("site/{number:03}.html"), &format!("<title>第{number}号</title><p>{text}</p>{more}"));
        };
        for number in 0..120 {
            page(number, WRONG);
        }
        // A document inside an archive is not gone because the archive was not opened.
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/zwgk/tzgg/2022/P020220524401100000001.zip");
        fs::copy(samples, folder.0.join("site/zzz.zip")).unwrap();
        assert_eq!(folder.check(&["site"]).status.code(), Some(1));
        let before = folder.states();
        assert!(before.iter().any(|(_, _, path)| path.starts_with("site/zzz.zip!")), "{before:?}");
        // Some are put right, one is taken down, one is new.
        for number in (0..120).step_by(10) {
            page(number, RIGHT);
        }
        fs::remove_file(folder.0.join("site/007.html")).unwrap();
        page(500, WRONG);
        fs::copy(folder.0.join("l.db"), folder.0.join("other.db")).unwrap();
        let right = |path: &str| path.ends_with("0.html") && path != "site/500.html";
        if end.put(&folder).is_none() {
            println!("the machine was too fast or too slow to end a run in its middle; skipped");
            continue;
        }
        for (id, state, path) in folder.states() {
            let gone = path == "site/007.html";
            assert!(state != "fixed" || right(&path), "{id} {path}: {state}");
            assert!(state != "taken-down" || gone, "{id} {path}: {state}");
        }
        // Going on, and the same without an interruption.
        let resumed = folder.command(&["check", "site", "--ledger", "l.db", "--cache", "cache", "--resume"]).output();
        assert_eq!(resumed.unwrap().status.code(), Some(1));
        assert_eq!(folder.run(&["check", "site", "--ledger", "other.db"]).status.code(), Some(1));
        let came_to = |ledger: &str| -> Vec<(String, String, &str)> {
            let records = folder.records(&["list", ledger]);
            let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
            let mut all: Vec<_> = records
                .iter()
                .map(|one| {
                    let state = match one["state"].as_str().unwrap() {
                        // What one of two runs found first, the other found again.
                        "new" | "open" => "there",
                        "fixed" => "fixed",
                        "taken-down" => "taken-down",
                        other => panic!("{other}"),
                    };
                    (text(one, "path"), text(one, "text"), state)
                })
                .collect();
            all.sort();
            all
        };
        assert_eq!(came_to("l.db"), came_to("other.db"));
        let all = folder.states();
        assert_eq!(all.iter().filter(|(_, state, _)| state == "fixed").count(), 12);
        assert_eq!(all.iter().filter(|(_, state, _)| state == "taken-down").count(), 1);
    }
}
