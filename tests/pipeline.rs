//! What pipelines use: baselines, git, completions, manual pages.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-pipeline-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, program: &str, args: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(program).args(args).current_dir(&self.0).stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn check(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let all = [&["check", "--isolated", "--format", "jsonl"], args].concat();
        self.program(env!("CARGO_BIN_EXE_zhengming"), &all)
    }

    fn git(&self, args: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.quotepath=false"];
        let (status, _, stderr) = self.program("git", &[&identity, args].concat());
        assert_eq!(status, Some(0), "{args:?}: {stderr}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_baseline_lets_new_findings_through() {
    let folder = Folder::new("baseline");
    folder.write("站/a.txt", "认真布署工作");
    let known = ["站", "--baseline", "known.tsv"];
    assert_eq!(folder.check(&known).0, Some(2), "there is none yet");
    let (status, stdout, stderr) = folder.check(&[&known[..], &["--write-baseline"]].concat());
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("\"known\":1")
            && fs::read_to_string(folder.0.join("known.tsv")).unwrap().contains("站/a.txt\t")
    );
    assert_eq!(folder.check(&known).0, Some(0));
    folder.write("站/b.txt", "要求各级攻府抓好落实");
    let (status, stdout, _) = folder.check(&known);
    assert_eq!(status, Some(1));
    assert!(stdout.contains("攻府") && !stdout.contains("布署"), "{stdout}");
    // From another folder, and once it is corrected.
    folder.write("站/a.txt", "认真部署工作");
    fs::remove_file(folder.0.join("站/b.txt")).unwrap();
    let (status, stdout, _) = folder.check(&known);
    assert_eq!(status, Some(0));
    assert!(stdout.contains("\"code\":\"baseline\"") && stdout.contains("--write-baseline"), "{stdout}");
}

#[test]
fn git_says_what_changed_and_what_is_staged() {
    if Command::new("git").arg("--version").output().is_err() {
        return eprintln!("skipped: there is no git");
    }
    let folder = Folder::new("git");
    folder.git(&["init", "-q", "-b", "main"]);
    folder.write("旧.txt", "认真布署工作");
    folder.write("页 面/改.txt", "各项工作");
    folder.git(&["add", "-A"]);
    folder.git(&["commit", "-qm", "一"]);
    folder.git(&["checkout", "-qb", "work"]);
    folder.write("页 面/改.txt", "要求各级攻府抓好落实");
    folder.write("新.txt", "按步就班");
    let (status, stdout, stderr) = folder.check(&["--changed-since", "main", "."]);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stdout.contains("攻府") && stdout.contains("按步就班") && !stdout.contains("布署"), "{stdout}");
    // What is staged counts, not what is on the disk.
    folder.git(&["add", "页 面/改.txt"]);
    folder.write("页 面/改.txt", "要求各级政府抓好落实");
    let (status, stdout, stderr) = folder.check(&["--staged"]);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stdout.contains("攻府") && !stdout.contains("按步就班"), "{stdout}");
    fs::remove_file(folder.0.join("页 面/改.txt")).unwrap();
    assert!(folder.check(&["--staged"]).1.contains("攻府"), "what is staged need not be on the disk");
    folder.git(&["reset", "-q"]);
    assert_eq!(folder.check(&["--staged"]).0, Some(0));
    let (status, _, stderr) = folder.check(&["--changed-since", "no-such-branch"]);
    assert!(status == Some(2) && stderr.contains("no-such-branch"), "{stderr}");
    assert_eq!(folder.check(&["--changed-since", "--output=x"]).0, Some(2));
    let outside = Folder::new("outside");
    let (status, _, stderr) = outside.check(&["--staged"]);
    assert!(status == Some(2) && stderr.contains("git"), "{stderr}");
}

#[test]
fn completions_and_pages_know_the_commands() {
    let folder = Folder::new("shell");
    let program = env!("CARGO_BIN_EXE_zhengming");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (status, script, _) = folder.program(program, &["completions", shell]);
        assert!(status == Some(0) && script.contains("write-baseline"), "{shell}");
    }
    assert!(folder.program(program, &["man"]).1.contains(".TH zhengming"));
    assert_eq!(folder.program(program, &["man", "--output", "pages"]).0, Some(0));
    assert!(fs::read_to_string(folder.0.join("pages/zhengming-check.1")).unwrap().contains("resume"));
}
