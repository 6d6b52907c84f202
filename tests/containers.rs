//! Containers as a user meets them: damage, limits, streams that are larger than a file may be.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-containers-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// What `check` says about a file with these bytes: paths of findings, and paths, levels and codes of notices.
    fn check(&self, name: &str, bytes: &[u8], more: &[&str]) -> (Vec<String>, Vec<String>) {
        fs::write(self.0.join(name), bytes).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_zhengming"))
            .args(["check", "--isolated", "--rule", "typos/*", "--format", "jsonl", name])
            .args(more)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let records = String::from_utf8(output.stdout).unwrap();
        let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let text = |record: &Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let of = |kind: &str| records.iter().filter(|record| record["type"] == kind).cloned().collect::<Vec<_>>();
        let findings = of("finding").iter().map(|one| text(one, "path")).collect();
        let notice = |one: &Value| ["path", "level", "code"].map(|key| text(one, key)).join(" ");
        (findings, of("notice").iter().map(notice).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tarball(files: usize) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for number in 0..files {
        let text = format!("第{number}份文件：认真布署工作。");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{number}.txt"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn record(number: usize, length: Option<usize>) -> Vec<u8> {
    let block = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><p>第{number}页：认真布署工作。</p></html>"
    );
    format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x/{number}.html\r\nWARC-Date: 2021-11-01T00:00:00Z\r\n\
         Content-Type: application/http\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        length.unwrap_or(block.len())
    )
    .into_bytes()
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn what_stands_before_damage_is_read() {
    let folder = Folder::new("damage");
    let whole = gzip(&tarball(30));
    let (findings, notices) = folder.check("a.tar.gz", &whole[..whole.len() * 2 / 3], &[]);
    assert!(findings.len() > 3 && findings.len() < 30 && findings[0] == "a.tar.gz!0.txt", "{findings:?}");
    assert!(notices.contains(&"a.tar.gz error corrupt".to_owned()), "{notices:?}");
}

#[test]
fn web_archives_go_on_after_damage() {
    let folder = Folder::new("warc");
    let page = |name: &str, number: usize| format!("{name}!http://x/{number}.html");
    for (name, length) in [("long.warc", 9_999_999_999), ("short.warc", 70), ("over.warc", 400)] {
        let bytes = [record(0, None), record(1, Some(length)), record(2, None)].concat();
        let (findings, notices) = folder.check(name, &bytes, &[]);
        assert_eq!(findings, [page(name, 0), page(name, 1), page(name, 2)], "{name}");
        assert_eq!(notices, [format!("{name} error corrupt")], "{name}");
    }
    let members: Vec<Vec<u8>> = (0..3).map(|number| gzip(&record(number, None))).collect();
    let mut broken = members.concat();
    let middle = members[0].len() + members[1].len() / 2;
    broken[middle..middle + 8].fill(0xFF);
    let (findings, notices) = folder.check("a.warc.gz", &broken, &[]);
    assert!(findings.contains(&page("a.warc.gz", 0)) && findings.contains(&page("a.warc.gz", 2)), "{findings:?}");
    assert!(notices.contains(&"a.warc.gz error corrupt".to_owned()), "{notices:?}");
}

#[test]
fn streams_are_read_whatever_their_size() {
    let folder = Folder::new("stream");
    let warc: Vec<u8> = (0..20).flat_map(|number| record(number, None)).collect();
    let members: Vec<u8> = (0..20).flat_map(|number| gzip(&record(number, None))).collect();
    for (name, bytes) in
        [("a.warc", &warc), ("a.warc.gz", &members), ("a.tar", &tarball(20)), ("a.tar.gz", &gzip(&tarball(20)))]
    {
        let (findings, notices) = folder.check(name, bytes, &["--limit", "file-size=100"]);
        assert_eq!((findings.len(), notices), (20, Vec::new()), "{name}");
    }
    let (findings, notices) = folder.check("a.warc", &warc, &["--limit", "records=5"]);
    assert_eq!((findings.len(), notices), (5, strings(&["a.warc error limit"])));
    let (findings, notices) = folder.check("a.tar", &tarball(20), &["--limit", "archive-entries=5"]);
    assert_eq!((findings.len(), notices), (5, strings(&["a.tar error limit"])));
    let (_, notices) = folder.check(
        "a.txt",
        "布署工作，布署工作，布署工作，布署工作。".repeat(9).as_bytes(),
        &["--limit", "file-size=100"],
    );
    assert_eq!(notices, ["a.txt error limit"]);
}

#[test]
fn bombs_end_in_a_notice() {
    let folder = Folder::new("bomb");
    let zeros = gzip(&vec![b'a'; 64 << 20]);
    let (findings, notices) = folder.check("a.txt.gz", &zeros, &[]);
    assert_eq!((findings, notices), (Vec::new(), strings(&["a.txt.gz!a.txt error limit"])));
    let (_, notices) = folder.check("b.gz", &gzip(&gzip(&gzip(b"x"))), &["--limit", "archive-depth=2"]);
    assert_eq!(notices.last().unwrap(), "b.gz!b!b error limit");
}

#[test]
fn packed_files_whose_sum_is_wrong_are_not_read() {
    let folder = Folder::new("sum");
    // A zip of one file that is packed with LZMA.
    let archive = b"PK\x03\x04?\x00\x02\x00\x0E\x00\x00@aS}&\xE8\x0F*\x00\x00\x00\x15\x00\x00\x00\x05\x00\x00\x00a.txt\
        \x09\x04\x05\x00]\x00\x00\x80\x00\x00t+\x90\x8EuRw\x95\x14*\xD8\x8D\xB9\x90o\xD3\x1A\xE2$\x13X\xAF\
        \x00P\xFF\x99\xFF\xFF\xAB\xE0\x00\x00PK\x01\x02?\x03?\x00\x02\x00\x0E\x00\x00@aS}&\xE8\x0F*\x00\x00\
        \x00\x15\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00a.txtPK\
        \x05\x06\x00\x00\x00\x00\x01\x00\x01\x003\x00\x00\x00M\x00\x00\x00\x00\x00"
        .to_vec();
    assert_eq!(folder.check("a.zip", &archive, &[]).0, ["a.zip!a.txt"]);
    let sum = &archive[14..18];
    let mut wrong = archive.clone();
    for at in (0..archive.len() - 4).filter(|&at| &archive[at..at + 4] == sum) {
        wrong[at] ^= 1;
    }
    assert_eq!(folder.check("a.zip", &wrong, &[]), (Vec::new(), strings(&["a.zip!a.txt error corrupt"])));
}

#[test]
fn a_compressed_file_is_read_up_to_its_damage() {
    let folder = Folder::new("salvage");
    // Text that packs badly, so that most of it stands before the damage.
    let mut state = 5_u32;
    let mut text = "认真布署工作。\n".repeat(3);
    for _ in 0..20_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(char::from_u32(0x4E00 + (state >> 16) % 5000).unwrap());
    }
    let whole = gzip(text.as_bytes());
    let (findings, notices) = folder.check("a.txt.gz", &whole[..whole.len() / 2], &[]);
    assert!(findings.len() >= 3 && findings.iter().all(|path| path == "a.txt.gz!a.txt"), "{findings:?}");
    assert!(notices.contains(&"a.txt.gz error corrupt".to_owned()), "{notices:?}");
    let mut wrong = whole.clone();
    let end = wrong.len() - 8;
    wrong[end] ^= 1;
    let (findings, notices) = folder.check("a.txt.gz", &wrong, &[]);
    assert!(findings.len() >= 3 && notices.contains(&"a.txt.gz error corrupt".to_owned()), "{notices:?}");
    // Nothing came out: the file itself could not be read.
    let (_, notices) = folder.check("a.txt.gz", &whole[..12], &[]);
    assert_eq!(notices, ["a.txt.gz!a.txt error corrupt"]);
}
