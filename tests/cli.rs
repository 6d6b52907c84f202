//! The program as a user sees it: exit statuses, notices, formats, order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_zhengming"))
            .args(args)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs `check … --format jsonl`; gives the status and the records.
    fn check(&self, args: &[&str]) -> (i32, Vec<Value>) {
        let output = self.run(&[&["check", "--isolated", "--format", "jsonl"], args].concat());
        let stdout = String::from_utf8(output.stdout).unwrap();
        let records = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code().unwrap(), records)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn of_type<'r>(records: &'r [Value], kind: &str) -> Vec<&'r Value> {
    records.iter().filter(|record| record["type"] == kind).collect()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn exit_statuses() {
    let folder = Folder::new("status");
    folder.write("clean.txt", "认真部署工作");
    folder.write("wrong.txt", "认真布署工作");
    folder.write("broken.docx", b"PK\x03\x04");
    for (args, expected) in [
        (vec!["clean.txt"], 0),
        (vec!["wrong.txt"], 1),
        (vec!["wrong.txt", "--severity", "serious"], 0),
        (vec!["wrong.txt", "--skip", "typos/*"], 0),
        (vec!["wrong.txt", "--rule", "idioms/*"], 0),
        (vec!["wrong.txt", "broken.docx"], 2),
        (vec!["wrong.txt", "broken.docx", "--allow-unreadable"], 1),
        (vec!["clean.txt", "broken.docx", "--allow-unreadable"], 0),
        (vec!["missing.txt"], 2),
        (vec!["wrong.txt", "--rule", "no-such/*"], 2),
        (vec!["wrong.txt", "--limit", "ratio"], 2),
        (vec!["wrong.txt", "--as-of", "2021-13-01"], 2),
        (vec!["wrong.txt", "--select", "p["], 2),
        (vec!["-", "-"], 2),
        (vec!["wrong.txt", "--no-such-flag"], 2),
    ] {
        // The status must not depend on the format.
        for format in ["human", "json", "jsonl", "sarif", "github", "checkstyle", "xlsx"] {
            let output = folder.run(&[&["check", "--isolated", "--format", format], &args[..]].concat());
            assert_eq!(
                output.status.code(),
                Some(expected),
                "{args:?} {format}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[test]
fn bad_input_is_noticed_and_never_clean() {
    let folder = Folder::new("bad");
    folder.write("empty.html", "");
    folder.write("noise.txt", (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<u8>>());
    let docx = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &[b'x'; 4000])]);
    folder.write("truncated.docx", &docx[..docx.len() / 2]);
    folder.write("bomb.zip", zip(&[("zeros.txt", &vec![0u8; 40 << 20])]));
    folder.write("scan.pdf", "%PDF-1.4");
    folder.write("old.doc", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest");
    folder.write("photo.png", b"\x89PNG\r\n\x1a\n");
    let mut gbk = b"<meta charset=utf-8><p>".to_vec();
    gbk.extend_from_slice(&encoding_rs::GBK.encode("认真落实各项工作部署，加强组织领导").0);
    folder.write("declared.html", &gbk);
    let mut cut = encoding_rs::GBK.encode("认真落实各项工作部署，加强组织领导").0.into_owned();
    cut.pop();
    folder.write("cut.txt", &cut);
    for (name, level, code) in [
        ("empty.html", "error", "empty"),
        ("noise.txt", "error", "unsupported"),
        ("truncated.docx", "error", "corrupt"),
        ("bomb.zip", "error", "limit"),
        ("scan.pdf", "error", "corrupt"),
        ("old.doc", "error", "corrupt"),
        ("photo.png", "error", "unsupported"),
        ("declared.html", "warning", "charset"),
        ("cut.txt", "error", "charset"),
        ("missing.docx", "error", "missing"),
    ] {
        let (status, records) = folder.check(&[name]);
        let notices = of_type(&records, "notice");
        assert_eq!(notices.len(), 1, "{name}: {records:?}");
        assert_eq!((notices[0]["level"].as_str(), notices[0]["code"].as_str()), (Some(level), Some(code)), "{name}");
        // The message says what to do.
        let message = notices[0]["message"].as_str().unwrap();
        assert!(["请", "可用 --limit"].iter().any(|hint| message.contains(hint)), "{name}: {message}");
        assert_eq!(status, if level == "error" { 2 } else { 0 }, "{name}");
        let unreadable = u64::from(level == "error");
        assert_eq!(of_type(&records, "summary")[0]["unreadable"].as_u64(), Some(unreadable), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("permission");
    let path = folder.write("locked.txt", "认真部署");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return eprintln!("skipped: this user may read everything");
    }
    let (status, records) = folder.check(&["."]);
    assert_eq!((status, of_type(&records, "notice")[0]["code"].as_str()), (2, Some("unreadable")));
}

#[test]
fn folders_are_sorted_and_ignore_files_respected() {
    let folder = Folder::new("walk");
    for name in ["b.txt", "a/z.txt", "a/y.txt", ".hidden.txt", "ignored/x.txt", "own.txt", "style.css"] {
        folder.write(name, "认真布署工作");
    }
    folder.write(".gitignore", "ignored/\n");
    folder.write(".zhengmingignore", "own.txt\n");
    let (_, records) = folder.check(&[]);
    let paths: Vec<&str> =
        of_type(&records, "finding").iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a/y.txt", "a/z.txt", "b.txt"]);
    // What was passed over is said.
    assert_eq!(of_type(&records, "notice")[0]["code"], "skipped");
    // What is named itself is read all the same.
    let (_, records) = folder.check(&["own.txt", ".hidden.txt"]);
    assert_eq!(of_type(&records, "finding").len(), 2);
}

#[test]
fn lists_and_standard_input() {
    let folder = Folder::new("stdin");
    folder.write("一.txt", "认真布署工作");
    folder.write("二.txt", "认真布署工作");
    folder.write("list", "一.txt\n\n二.txt\n");
    folder.write("list0", "一.txt\0二.txt\0");
    for list in ["list", "list0"] {
        let (_, records) = folder.check(&["--files-from", list]);
        assert_eq!(of_type(&records, "finding").len(), 2, "{list}");
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["check", "--isolated", "-f", "jsonl", "-", "--stdin-name", "draft.html"])
        .current_dir(&folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("<p>认真布<b>署</b>工作".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let first: Value = serde_json::from_str(String::from_utf8(output.stdout).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["path"].as_str(), first["location"]["css"].as_str()),
        (Some("draft.html"), Some("html > body > p:nth-of-type(1)"))
    );
}

#[test]
fn archives_and_linked_attachments_name_their_page() {
    let folder = Folder::new("links");
    let inner = zip(&[("附件/通知.txt", "认真布署工作".as_bytes())]);
    let outer = zip(&[
        ("内.zip", &inner),
        ("页/index.html", "<a href='../正文.txt'>正文</a>".as_bytes()),
        ("正文.txt", "按装".as_bytes()),
    ]);
    folder.write("site/files/a.zip", &outer);
    folder.write(
        "site/page/index.html",
        "<p>通知</p><a href='../files/a.zip'>附件</a><a href='none.docx'>缺</a><a href='/files/b.txt'>根</a>",
    );
    folder.write("site/files/b.txt", "认真布署工作");
    let place = |finding: &Value| {
        (finding["path"].as_str().unwrap().to_owned(), finding["page"].as_str().unwrap_or("").to_owned())
    };
    let (_, records) = folder.check(&["site"]);
    let found: Vec<(String, String)> = of_type(&records, "finding").into_iter().map(place).collect();
    let expect = |path: &str, page: &str| (path.to_owned(), page.to_owned());
    assert_eq!(
        found,
        [
            expect("site/files/a.zip!内.zip!附件/通知.txt", "site/page/index.html"),
            expect("site/files/a.zip!正文.txt", "site/files/a.zip!页/index.html"),
            expect("site/files/b.txt", "site/page/index.html"),
        ]
    );
    assert_eq!(of_type(&records, "notice")[0]["code"], "link");
    // Only the page is named: its attachments are followed.
    let (_, records) = folder.check(&["site/page/index.html"]);
    assert_eq!(of_type(&records, "finding").len(), 2);
}

#[test]
fn output_is_the_same_on_one_thread_and_on_many() {
    let folder = Folder::new("threads");
    for index in 0..60 {
        folder.write(
            &format!("{index}.html"),
            format!("<p>第{index}页</p><p>认真布<b>署</b>{index}</p><a href='{}.txt'>附</a>", index % 7),
        );
        folder.write(&format!("{index}.txt"), "按装设备");
    }
    let output = |jobs: &str| {
        let output = folder.run(&["check", "--isolated", "-f", "sarif", "-j", jobs, "."]);
        String::from_utf8(output.stdout).unwrap()
    };
    let one = output("1");
    assert!(one.len() > 1000, "{one}");
    for jobs in ["2", "8"] {
        assert_eq!(one, output(jobs));
    }
}

#[test]
fn suppressions_need_a_reason_and_unused_ones_are_reported() {
    let folder = Folder::new("suppress");
    let page = "<p>一</p>\n<!-- zhengming-disable-next typos/部署 -- 引用来信 --><p>布署</p>\n<p>布署</p>\n\
                <!-- zhengming-disable typos/部署 --><p>布署</p>\n<!-- zhengming-disable typos/安装 -- 因 --><p>按装</p>\
                <!-- zhengming-enable typos/安装 --><p>按装</p>\n<!-- zhengming-disable idioms/* -- 因 -->\n\
                <!-- zhengming-disable nothing/x -- 因 -->\n<!-- zhengming-enabel -->";
    folder.write("a.html", page);
    let (_, records) = folder.check(&["a.html"]);
    let lines: Vec<u64> =
        of_type(&records, "finding").iter().map(|one| one["location"]["start"]["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5]);
    let messages: Vec<&str> =
        of_type(&records, "notice").iter().map(|notice| notice["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 4, "{messages:?}");
    for expected in [
        "第4行：注释没有写明理由",
        "第6行：注释没有抑制任何问题",
        "第7行：注释所指的规则不存在",
        "第8行：不认识的注释指令",
    ] {
        assert!(messages.iter().any(|message| message.starts_with(expected)), "{expected}: {messages:?}");
    }
}

#[test]
fn agency_dictionaries_add_override_and_switch_off() {
    let folder = Folder::new("dictionary");
    folder.write(
        "own/本局.tsv",
        "# id: own\n# title: 本局\n# source: 本局规定\n# severity: serious\n# reason: “{wrong}”应为“{right}”。\n# off: typos/安装\n# allow: 布署村\n\
         right\twrong\tfound\tclean\n云岭市\t云领市\t云领市人民政府\t云岭市人民政府\n",
    );
    folder.write("a.txt", "云领市布署村按装设备，认真布署工作");
    let (_, records) = folder.check(&["a.txt", "--dictionary", "own"]);
    let found: Vec<&str> =
        of_type(&records, "finding").iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(found, ["own/云岭市", "typos/部署"]);
    // An entry whose example fails is refused with file, line and entry.
    folder.write(
        "bad/x.tsv",
        "# id: bad\n# source: s\n# severity: error\n# reason: r\nright\twrong\tfound\tclean\n甲乙\t甲己\t没有\t甲乙\n",
    );
    let output = folder.run(&["check", "a.txt", "--dictionary", "bad"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("x.tsv:6: entry bad/甲乙: must be found, but is not"), "{message}");
}

#[test]
fn configuration_is_found_upward_and_shown() {
    let folder = Folder::new("config");
    folder.write("zhengming.toml", "extends = 'base/common.toml'\nseverity = 'error'\n[content]\nexclude = ['nav']\n");
    folder.write("base/common.toml", "[rules]\nskip = ['typos/安装']\n");
    folder.write("deep/er/a.html", "<nav>布署</nav><p>按装</p><p>布署</p>");
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_zhengming")).args(args).current_dir(folder.0.join("deep/er")).output().unwrap()
    };
    let output = run(&["check", "a.html", "-f", "jsonl"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().filter(|line| line.contains("\"type\":\"finding\"")).count(), 1, "{text}");
    let shown = String::from_utf8(run(&["check", "--show-config", "--skip", "idioms/*"]).stdout).unwrap();
    for expected in [
        "severity = \"error\"",
        "skip = [\"typos/安装\", \"idioms/*\"]",
        "exclude = [\"nav\"]",
        "archive-entries = 10000",
    ] {
        assert!(shown.contains(expected), "{expected} not in\n{shown}");
    }
    folder.write("deep/er/zhengming.toml", "severty = 'error'\n");
    let output = run(&["check", "a.html"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        message.contains("zhengming.toml:1: unknown field `severty`") && message.contains("did you mean \"severity\"?"),
        "{message}"
    );
}

#[test]
fn a_result_file_is_complete_or_not_there() {
    let folder = Folder::new("output");
    folder.write("a.txt", "认真布署工作");
    assert_eq!(folder.run(&["check", "--isolated", "a.txt", "-f", "json", "-o", "out.json"]).status.code(), Some(1));
    let whole: Value = serde_json::from_slice(&fs::read(folder.0.join("out.json")).unwrap()).unwrap();
    assert_eq!(whole["findings"].as_array().unwrap().len(), 1);
    let output = folder.run(&["check", "--isolated", "a.txt", "-o", "no/such/folder/out.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write"));
    let left: Vec<String> =
        fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".part")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_result_goes_through_a_pipe_and_a_link() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = Folder::new("through");
    folder.write("a.txt", "认真布署工作");
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    assert_eq!(folder.run(&["check", "--isolated", "a.txt", "-f", "json", "-o", "pipe"]).status.code(), Some(1));
    let whole: Value = serde_json::from_slice(&reader.join().unwrap()).unwrap();
    assert_eq!(whole["findings"].as_array().unwrap().len(), 1);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe was replaced by a file");

    let kept = folder.write("kept.json", "old");
    symlink("kept.json", folder.0.join("link.json")).unwrap();
    assert_eq!(folder.run(&["check", "--isolated", "a.txt", "-f", "json", "-o", "link.json"]).status.code(), Some(1));
    assert!(fs::symlink_metadata(folder.0.join("link.json")).unwrap().is_symlink());
    assert!(fs::read(kept).unwrap().starts_with(b"{"));
}

#[test]
fn explain_and_extract() {
    let folder = Folder::new("explain");
    let text = |args: &[&str]| String::from_utf8(folder.run(args).stdout).unwrap();
    let page = text(&["explain", "typos/部署"]);
    for expected in ["布署", "应报", "不报", "《现代汉语词典》"] {
        assert!(page.contains(expected), "{page}");
    }
    assert!(text(&["explain", "--list", "privacy/*"]).lines().count() >= 5);
    let unknown = folder.run(&["explain", "typos/部暑"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("typos/部署"));
    folder.write("a.html", "<title>题</title><p>一<b>二</b>　三</p>");
    assert_eq!(text(&["extract", "a.html"]), "第1行第8列\t标题\t题\n第1行第20列\t正文\t一二　三\n");
    assert!(text(&["extract", "--folded", "a.html"]).contains("正文\t一二三\n"));
    folder.write("a.zip", zip(&[("b.txt", "内容".as_bytes())]));
    let archive = folder.run(&["extract", "a.zip"]);
    assert!(String::from_utf8(archive.stdout).unwrap().contains("a.zip!b.txt"));
    assert_eq!(folder.run(&["extract", "missing.txt"]).status.code(), Some(2));
}

#[test]
fn personal_numbers_are_shown_by_no_rule_and_in_no_format() {
    let folder = Folder::new("privacy");
    folder.write("a.txt", "申请人身份证号11010519491231002X的同志负责布署，卡号6222 0202 0011 2230 007");
    for format in ["human", "json", "jsonl", "sarif", "github", "checkstyle", "html", "csv"] {
        for rules in [&[][..], &["--rule", "typos/*"], &["--skip", "privacy/*"]] {
            let output = folder.run(&[&["check", "--isolated", "a.txt", "-f", format], rules].concat());
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("typos/部署"), "{format}");
            assert!(!text.contains("1949") && !text.contains("0011 2230"), "{format} {rules:?}: {text}");
        }
    }
}

/// The first words of a file without a title are its title, unless they are what may not be shown.
#[test]
fn titles_show_nothing_personal() {
    let folder = Folder::new("title");
    folder.write("a.txt", "护照号E12345678的申请人，由小组负责布署。\n\n第二段。");
    let (_, records) = folder.check(&["a.txt"]);
    let found = of_type(&records, "finding");
    assert!(found.iter().any(|one| one["rule"].as_str().unwrap().starts_with("privacy/")), "{found:?}");
    for one in found.iter().filter(|one| one["rule"].as_str().unwrap().starts_with("privacy/")) {
        assert!(one["title"].is_null() && !one.to_string().contains("12345678"), "{one}");
    }
    assert!(found.iter().all(|one| one["title"].is_null()), "{found:?}");
}

#[test]
fn samples_tell_their_story() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["check", "samples", "--isolated", "-f", "jsonl"])
        .current_dir(root)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let summary: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((summary["unreadable"].as_u64(), summary["findings"]["serious"].as_u64()), (Some(0), Some(5)));
    // The full identity number appears in no output.
    assert!(!text.contains("110199190001010001"));
}

#[test]
fn audits_measure_clean_text_and_benchmarks() {
    let folder = Folder::new("audit");
    folder.write("clean/a.txt", "认真部署工作。\n末来可期，认真布署工作。");
    folder.write("clean/b/c.txt", "末来可期。");
    folder.write("known.tsv", "# 已核实\nb/c.txt\t末来\ttypos/未来\t原文如此\nb/c.txt\t布署\t\t\nd.txt\t布署\t\t\n");
    folder
        .write("pairs.tsv", "认真布署工作。\t认真部署工作。\n认真布署工作。\t认真布署工作。\n认真工昨。\t认真工作。\n");
    let audit = |args: &[&str]| {
        let output = folder.run(&[&["dict", "audit", "--isolated", "--format", "json"], args].concat());
        let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), value, String::from_utf8(output.stderr).unwrap())
    };
    let (status, value, _) = audit(&["--clean", "clean", "--known", "known.tsv", "--benchmark", "pairs.tsv"]);
    assert_eq!(status, 0);
    let clean = &value["clean"];
    assert_eq!(
        (clean["documents"].as_u64(), clean["findings"].as_u64(), clean["known"].as_u64()),
        (Some(2), Some(2), Some(1))
    );
    assert_eq!(clean["rules"][0]["samples"][0]["location"]["start"]["line"], 2);
    assert_eq!(clean["severities"][1]["findings"], 2);
    assert_eq!(clean["known_found"][0]["note"], "原文如此");
    let why: Vec<&str> =
        clean["known_unmatched"].as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["not-found", "source-not-checked"]);
    let benchmark = &value["benchmarks"][0];
    assert_eq!(
        (benchmark["scores"]["precision"].as_f64(), benchmark["scores"]["recall"].as_f64()),
        (Some(0.5), Some(0.5))
    );
    assert_eq!(benchmark["rules"][0]["samples"][0]["line"], 2);

    let human = folder.run(&["dict", "audit", "--isolated", "--clean", "clean", "--benchmark", "pairs.tsv"]);
    let human = String::from_utf8(human.stdout).unwrap();
    assert!(human.contains("clean/a.txt:2:1: 【末来】可期，认真布署工作。 → 未来"), "{human}");
    assert!(human.contains("line 2, false: 认真【布署】工作。 → 部署"), "{human}");
    let markdown = folder.run(&["dict", "audit", "--isolated", "-f", "markdown", "--clean", "clean"]);
    assert!(String::from_utf8(markdown.stdout).unwrap().contains("\n| typos/未来 | term | error | 2 | "));

    // Thresholds, and what cannot be measured; the status does not depend on the format.
    folder.write("broken.docx", b"PK\x03\x04");
    folder.write("empty/.hidden", "");
    folder.write("bad.tsv", "没有改正\n");
    let (clean, pairs) = (["--clean", "clean"], ["--benchmark", "pairs.tsv"]);
    for (args, expected) in [
        ([&clean[..], &["--max-rate", "error=99999,serious=0"]].concat(), 0),
        ([&clean[..], &["--max-rate", "error=1.0"]].concat(), 1),
        ([&clean[..], &["--max-rate", "serious=0.1"]].concat(), 0),
        ([&clean[..], &["--max-rate", "error=1.0", "--skip", "typos/*"]].concat(), 0),
        ([&clean[..], &["--max-rate", "error=1.0", "broken.docx"]].concat(), 2),
        ([&["--max-rate", "error=1.0"], &clean[..], &["broken.docx"]].concat(), 2),
        ([&["--max-rate", "error=1.0", "--allow-unreadable"], &clean[..], &["broken.docx"]].concat(), 1),
        ([&pairs[..], &["--min-precision", "0.5", "--min-recall", "0.5", "--max-flagged", "1"]].concat(), 0),
        ([&pairs[..], &["--min-precision", "0.6"]].concat(), 1),
        ([&pairs[..], &["--min-recall", "0.6"]].concat(), 1),
        ([&pairs[..], &["--max-flagged", "0.003"]].concat(), 1),
        ([&pairs[..], &["--min-precision", "60"]].concat(), 2),
        ([&pairs[..], &["--max-rate", "error=1"]].concat(), 2),
        ([&clean[..], &["--min-recall", "0.1"]].concat(), 2),
        ([&clean[..], &["--max-rate", "advice=1", "--severity", "error"]].concat(), 2),
        ([&clean[..], &["--known", "missing.tsv"]].concat(), 2),
        (vec!["--clean", "empty"], 2),
        (vec!["--clean", "missing"], 2),
        (vec!["--benchmark", "bad.tsv"], 2),
        (vec![], 2),
    ] {
        for format in ["human", "markdown", "json"] {
            let output = folder.run(&[&["dict", "audit", "--isolated", "--format", format], &args[..]].concat());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(expected), "{args:?} {format}\n{stderr}");
        }
    }
    // A build log says what was exceeded although the result goes to a file.
    let (status, _, stderr) = audit(&[&pairs[..], &["--min-recall", "0.6", "--output", "result.json"]].concat());
    assert_eq!(status, 1);
    assert_eq!(stderr.trim_end(), "min-recall 0.6 does not hold for pairs.tsv: 50.00 %");
    assert!(folder.0.join("result.json").exists());

    // The same on one thread and on many.
    let run = |jobs| {
        folder.run(&["dict", "audit", "--isolated", "--clean", "clean", "--benchmark", "pairs.tsv", "-j", jobs]).stdout
    };
    assert_eq!(run("1"), run("4"));
}

#[test]
fn dictionaries_are_verified_with_file_and_line() {
    let folder = Folder::new("verify");
    let head = "# id: ours\n# title: 本局\n# source: 本局规范\n# severity: error\n# category: ours\n# reason: “{wrong}”应为“{right}”。\nright\twrong\tfound\tclean\n";
    folder
        .write("good/a.tsv", format!("{head}高素质农民\t新型职业农民\t举办新型职业农民培训班\t举办高素质农民培训班\n"));
    folder.write("bad/a.tsv", format!("{head}高素质农民\t新型职业农民\t举办农民培训班\t新型职业农民\n"));
    folder.write("worse/a.toml", "[pack]\nid = \"ours\"\ntitel = 1\n");
    let verify = |args: &[&str]| {
        let output = folder.run(&[&["dict", "verify"], args].concat());
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(verify(&["good"]), (0, "no problem; files: 1, entries: 1\n".to_owned()));
    let (status, stdout) = verify(&["good", "bad", "worse"]);
    assert_eq!(status, 1, "{stdout}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{stdout}");
    assert!(
        lines.iter().filter(|line| line.starts_with("bad/a.tsv:8: entry ours/高素质农民: must")).count() == 2,
        "{stdout}"
    );
    assert!(lines.iter().any(|line| line.starts_with("worse/a.toml:3: ")), "{stdout}");
    assert_eq!(verify(&["missing"]).0, 2);
    // Without a folder it is about the embedded ones.
    assert_eq!(verify(&[]).0, 0);
}

/// The date that each finding is judged by, and where it came from, by path.
fn dates(records: &[Value]) -> Vec<String> {
    of_type(records, "finding")
        .iter()
        .map(|finding| {
            let date = |member: &str| finding["date"][member].as_str().unwrap_or("-");
            format!("{}: {} {}", finding["path"].as_str().unwrap(), date("value"), date("from"))
        })
        .collect()
}

#[test]
fn a_document_has_the_date_that_comes_first() {
    let folder = Folder::new("date-order");
    let signed = "<p>认真布署工作。</p><p>市财政局</p><p>2020年3月3日</p>";
    let beside = "<p>发布时间：2020-02-02</p>";
    folder.write("a/2020-05/05/t20200404_1.html", format!("<meta name=PubDate content=2020-01-01>{beside}{signed}"));
    folder.write("a/2020-05/05/t20200404_2.html", format!("{beside}{signed}"));
    folder.write("a/2020-05/05/t20200404_3.html", signed);
    folder.write("a/2020-05/05/t20200404_4.html", "<p>认真布署工作。</p>");
    folder.write("a/2020-05/05/content_5.html", "<p>认真布署工作。</p>");
    folder.write("b/content_6.html", "<p>认真布署工作。</p>");
    let (_, records) = folder.check(&["a", "b", "--as-of", "2021-01-01"]);
    assert_eq!(
        dates(&records),
        [
            "a/2020-05/05/content_5.html: 2020-05-05 path",
            "a/2020-05/05/t20200404_1.html: 2020-01-01 meta PubDate",
            "a/2020-05/05/t20200404_2.html: 2020-02-02 text 发布时间",
            "a/2020-05/05/t20200404_3.html: 2020-03-03 signature",
            "a/2020-05/05/t20200404_4.html: 2020-04-04 path",
            "b/content_6.html: - -",
        ]
    );
    let shown = folder.run(&["extract", "--isolated", "a/2020-05/05/t20200404_3.html"]);
    assert!(String::from_utf8(shown.stdout).unwrap().starts_with("[date] 2020-03-03（signature）\n"));
}

#[test]
fn an_attachment_without_a_date_has_that_of_its_page() {
    let folder = Folder::new("date-page");
    let page = "<meta name=PubDate content=2009-08-08><p>见<a href='附件.txt'>附件</a><a href='二.txt'>二</a>\
                <a href='包.zip'>三</a><a href='../else/四.txt'>四</a></p>";
    let attachment = "认真布署工作。销售额达3-5亿元。";
    folder.write("site/z.html", page);
    folder.write("site/附件.txt", attachment);
    folder.write("site/二.txt", "认真布署工作。\n\n市财政局\n\n2019年3月3日\n");
    folder.write("site/包.zip", zip(&[("内.txt", attachment.as_bytes())]));
    folder.write("else/四.txt", attachment);
    let site = zip(&[("a/附件.txt", attachment.as_bytes()), ("a/z.html", page.as_bytes())]);
    folder.write("site/站.zip", site);
    let (_, records) = folder.check(&["site", "--rule", "typos/*"]);
    let mut found = dates(&records);
    found.sort();
    assert_eq!(
        found,
        [
            "else/四.txt: 2009-08-08 page",
            "site/二.txt: 2019-03-03 signature",
            "site/包.zip!内.txt: 2009-08-08 page",
            "site/站.zip!a/附件.txt: 2009-08-08 page",
            "site/附件.txt: 2009-08-08 page",
        ]
    );
    // The date decides which rules apply, not only what is shown: this one holds from 2011 on.
    let alone = folder.check(&["site/附件.txt", "--rule", "numerals/*"]).1;
    let (_, linked) = folder.check(&["site/站.zip", "--rule", "numerals/*"]);
    assert!(of_type(&alone, "finding").len() > of_type(&linked, "finding").len(), "{alone:?} {linked:?}");
}

#[test]
fn a_table_of_an_editor_becomes_a_dictionary_whole_or_not_at_all() {
    let folder = Folder::new("import");
    let table = "错误表述,正确表述,级别,例外,来源\n新型职业农民,高素质农民,严重,,用语规范\n";
    folder.write("用语.csv", encoding_rs::GBK.encode(table).0);
    let output = folder.run(&["dict", "import", "用语.csv", "--output", "词典/用语.tsv"]);
    assert_eq!(output.status.code(), Some(2), "the folder does not exist: {output:?}");
    fs::create_dir(folder.0.join("词典")).unwrap();
    let output = folder.run(&["dict", "import", "用语.csv", "--output", "词典/用语.tsv"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    folder.write("通知.txt", "举办新型职业农民培训班。");
    let (status, records) = folder.check(&["通知.txt", "--dictionary", "词典"]);
    assert_eq!(status, 1);
    assert_eq!(of_type(&records, "finding")[0]["suggestions"][0], "高素质农民");
    assert_eq!(folder.run(&["dict", "verify", "词典"]).status.code(), Some(0));
    // What is there is only replaced if that is asked for, and not by half.
    assert_eq!(folder.run(&["dict", "import", "用语.csv", "--output", "词典/用语.tsv"]).status.code(), Some(2));
    let before = fs::read(folder.0.join("词典/用语.tsv")).unwrap();
    folder.write("用语.csv", format!("{table}高素质农名,高素质农民,特急,,用语规范\n"));
    let output = folder.run(&["dict", "import", "用语.csv", "--output", "词典/用语.tsv", "--force"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("第3行“级别”（C3）：“特急”不是级别"));
    assert_eq!(fs::read(folder.0.join("词典/用语.tsv")).unwrap(), before);
}

#[test]
fn a_new_dictionary_verifies_and_lists() {
    let folder = Folder::new("new");
    let output = folder.run(&["dict", "new", "本局词典", "--name", "澄溪区农业农村局"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let output = folder.run(&["dict", "verify", "本局词典"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(folder.run(&["dict", "new", "本局词典"]).status.code(), Some(2));
    // The rows of the example hold once they are no comments any more.
    for name in ["用语.tsv", "机构.tsv", "表述.tsv"] {
        let text = fs::read_to_string(folder.0.join("本局词典").join(name)).unwrap();
        let rows: Vec<String> = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| rest.contains('\t')).unwrap_or(line).to_owned())
            .collect();
        folder.write(&format!("本局词典/{name}"), rows.join("\n"));
    }
    let output = folder.run(&["dict", "verify", "本局词典"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let output = folder.run(&["dict", "list", "--search", "新型職業", "--dictionary", "本局词典"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("ours/高素质农民\t差错\t新型职业农民、高素质农名 → 高素质农民"), "{text}");
}

#[test]
fn profiles_take_in_different_rules() {
    let folder = Folder::new("profiles");
    let text = "市政府干部丁宁再三，各级千部要抓好落实，中国人名解放军，自已动手，国土资源部印发文件。";
    folder.write("a.txt", text);
    let found = |profile: &str| -> Vec<String> {
        let (_, records) = folder.check(&["a.txt", "--profile", profile, "--as-of", "2026-01-01"]);
        of_type(&records, "finding").iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found("gov"), ["中国人名解放军", "自已", "国土资源部"]);
    assert_eq!(found("default"), found("gov"));
    assert_eq!(found("strict"), ["丁宁", "各级千部", "中国人名解放军", "自已", "国土资源部"]);
    assert_eq!(found("ocr"), ["千部", "中国人名解放军", "自已", "国土资源部"]);
    assert_eq!(found("minimal"), ["中国人名解放军", "国土资源部"]);
    // In an archive, what states no date is not judged by today's names.
    let (_, records) = folder.check(&["a.txt", "--profile", "archive"]);
    let texts: Vec<&str> = of_type(&records, "finding").iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["中国人名解放军", "自已"]);
    folder.write("b.txt", "国土资源部印发文件。\n\n某某局\n2021年3月1日\n");
    let (_, records) = folder.check(&["b.txt", "--profile", "archive"]);
    assert_eq!(of_type(&records, "finding").len(), 1);
}
