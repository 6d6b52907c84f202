use super::*;
use crate::document::Area;

/// A program that answers what it is told to, as Tesseract would.
#[cfg(unix)]
fn stub(name: &str, script: &str) -> (PathBuf, Ocr) {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("zhengming-ocr-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("tesseract");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (folder, Ocr { program })
}

#[test]
fn a_missing_program_is_named_with_what_to_install() {
    let error = Ocr::find(Some(Path::new("/nowhere/tesseract"))).unwrap_err().to_string();
    assert!(error.contains("/nowhere/tesseract") && error.contains("tesseract-ocr-chi-sim"), "{error}");
}

#[cfg(unix)]
#[test]
fn data_for_chinese_is_asked_for() {
    let (folder, ocr) = stub("lang", "echo eng");
    assert!(matches!(Ocr::find(Some(&ocr.program)), Err(OcrError::Language { .. })));
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn words_become_places_and_unclear_ones_are_no_text() {
    let rows = "5\\t1\\t1\\t1\\t1\\t1\\t100\\t200\\t40\\t20\\t95\\t布署\\n5\\t1\\t1\\t1\\t2\\t1\\t100\\t230\\t40\\t20\\t20\\t工作\\n";
    let (folder, ocr) = stub("words", &format!("cat >/dev/null; printf '{rows}'"));
    let (document, notices) = ocr.read_file(&Source::new("a.png", "x"), &Limits::default());
    assert_eq!(document.text, "布署\u{FFFD}\u{FFFD}\n");
    assert_eq!(document.recognised_from, Some(0));
    let around = document.areas.around(&document.map.origins(document.blocks[0].span));
    assert_eq!(around[0], Area { page: 1, left: 10000, top: 20000, right: 14000, bottom: 22000 });
    assert_eq!((notices.len(), notices[0].code), (1, Code::Ocr));
    assert!(notices[0].message.contains("2 个字辨认不清"), "{}", notices[0].message);
    // On a page, pixels become points.
    let picture = Picture { page: 7, transform: [0.5, 0.0, 0.0, 0.5, 10.0, 20.0], bytes: b"x".to_vec() };
    let (document, _) = ocr.read_pages("a.pdf", Document::default(), &[picture], &Limits::default());
    let around = document.areas.around(&document.map.origins(document.blocks[0].span));
    assert_eq!(around[0], Area { page: 7, left: 6000, top: 12000, right: 8000, bottom: 13000 });
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn time_size_and_refusal_end_in_notices() {
    let (folder, ocr) = stub("slow", "exec sleep 30");
    let limits = Limits { ocr_seconds: 0, ..Limits::default() };
    let (_, notices) = ocr.read_file(&Source::new("a.png", "x"), &limits);
    assert!(notices[0].message.contains("--limit ocr-seconds="), "{notices:?}");
    let limits = Limits { ocr_pixels: 10, ..Limits::default() };
    let (_, notices) = ocr.read_file(&Source::new("a.gif", "GIF89a\x09\0\x09\0"), &limits);
    assert!(notices[0].message.contains("--limit ocr-pixels="), "{notices:?}");
    std::fs::remove_dir_all(folder).unwrap();
    let (folder, ocr) = stub("refuses", "exit 1");
    let (_, notices) = ocr.read_file(&Source::new("a.png", vec![0; 1 << 20]), &Limits::default());
    assert_eq!(notices[0].code, Code::Unsupported);
    std::fs::remove_dir_all(folder).unwrap();
}
