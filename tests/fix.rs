//! `zhengming fix` as a user sees it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-fix-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_zhengming"))
            .args(args)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn texts_are_fixed_in_place_and_the_rest_is_said() {
    let folder = Folder::new("text");
    let text = "认真布署工作。\r\n定于2023年5月16日（星期三）召开。\r\n";
    fs::write(folder.path("a.txt"), text).unwrap();
    let (status, stdout, stderr) = folder.run(&["fix", "--isolated", "--diff", "a.txt"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stdout.contains("-认真布署工作。\r\n+认真部署工作。"), "{stdout}");
    assert!(stderr.contains("可改正 1 处"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.path("a.txt")).unwrap(), text);
    let (status, stdout, _) = folder.run(&["fix", "--isolated", "a.txt"]);
    assert_eq!(status, 1);
    assert!(stdout.contains("改正 1 处") && stdout.contains("星期三"), "{stdout}");
    assert_eq!(fs::read_to_string(folder.path("a.txt")).unwrap(), text.replace("布署", "部署"));
    assert_eq!(folder.run(&["fix", "--isolated", "--unsafe", "a.txt"]).0, 0);
    assert_eq!(folder.run(&["check", "--isolated", "a.txt"]).0, 0);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "no file is left beside it");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("link");
    fs::create_dir(folder.path("real")).unwrap();
    fs::write(folder.path("real/a.txt"), "认真布署工作").unwrap();
    fs::set_permissions(folder.path("real/a.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.txt", folder.path("b.txt")).unwrap();
    assert_eq!(folder.run(&["fix", "--isolated", "b.txt"]).0, 0);
    assert!(fs::symlink_metadata(folder.path("b.txt")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(folder.path("real/a.txt")).unwrap(), "认真部署工作");
    assert_eq!(fs::metadata(folder.path("real/a.txt")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn documents_get_copies_and_nothing_is_overwritten() {
    let folder = Folder::new("copies");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/zwgk/tzgg");
    let original = fs::read(samples.join("2019/P020190412384512345678.docx")).unwrap();
    fs::write(folder.path("通知.docx"), &original).unwrap();
    fs::copy(samples.join("2022/P020220524401100000001.zip"), folder.path("包.zip")).unwrap();
    let (status, stdout, _) = folder.run(&["fix", "--isolated", "--track-changes"]);
    assert_eq!(status, 1);
    assert!(stdout.contains("通知.批注.docx") && stdout.contains("包.zip!") && stdout.contains("解压"), "{stdout}");
    let first = fs::read(folder.path("通知.批注.docx")).unwrap();
    // A second run leaves the first copy alone, and does not take it for a document of its own.
    folder.run(&["fix", "--isolated"]);
    assert_eq!(fs::read(folder.path("通知.批注.docx")).unwrap(), first);
    assert!(folder.path("通知.批注2.docx").exists() && !folder.path("通知.批注.批注.docx").exists());
    assert_eq!(fs::read(folder.path("通知.docx")).unwrap(), original);
}
