//! Fixes from bytes to bytes, and copies that the extractors read back.

use std::io::Write;

use super::*;
use crate::{Linter, Options};

fn options() -> FixOptions {
    FixOptions { all: false, track: false, now: "2024-03-01T08:00:00Z".to_owned() }
}

fn linter() -> Linter {
    Linter::new(Options::default()).unwrap()
}

/// What fixing makes of `bytes`, and the fates.
fn fixed(name: &str, bytes: &[u8], options: &FixOptions) -> (Vec<u8>, Vec<Fate>, String) {
    let source = Source::new(name, bytes);
    let linter = linter();
    let located = linter.locate(&source);
    let fix = fix_text(&source, &located, options);
    (fix.bytes, fix.fates, fix.diff)
}

#[test]
fn bytes_around_a_fix_stay_as_they_are() {
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let utf16 =
        |text: &str| [&[0xFF, 0xFE][..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat();
    let mixed = |text: &str| [text.as_bytes(), b"\n", &gbk("\u{8BA4}\u{771F}布署工作，落实责任"), b"\n"].concat();
    for (name, before, after) in [
        (
            "a.txt",
            "\u{FEFF}认真布署工作。\r\n完".as_bytes().to_vec(),
            "\u{FEFF}认真部署工作。\r\n完".as_bytes().to_vec(),
        ),
        ("a.txt", gbk("要求各级攻府抓好落实，认真布署工作。\r\r\n"), gbk("要求各级政府抓好落实，认真部署工作。\r\r\n")),
        ("a.txt", utf16("认真布署工作。\r\n"), utf16("认真部署工作。\r\n")),
        (
            "a.txt",
            mixed("认真布署工作"),
            [&mixed("认真部署工作")[..19], &gbk("认真部署工作，落实责任"), b"\n"].concat(),
        ),
        (
            "a.html",
            "<p>中华人<b>名</b>共和国，作如下布&#x7F72;；认真<i>布</i>署</p>".as_bytes().to_vec(),
            "<p>中华人<b>民</b>共和国，作如下部&#x7F72;；认真<i>部</i>署</p>".as_bytes().to_vec(),
        ),
        (
            "a.html",
            "<p>认真&#24067;署工作</p><img alt=\"认真布署工作\">".as_bytes().to_vec(),
            "<p>认真部署工作</p><img alt=\"认真部署工作\">".as_bytes().to_vec(),
        ),
        (
            "a.md",
            "# 认真*布*署\n\n认真布\n署工作\n".as_bytes().to_vec(),
            "# 认真*部*署\n\n认真部\n署工作\n".as_bytes().to_vec(),
        ),
        ("a.csv", "甲,\"认真布署\"\"工作\"\r\n".as_bytes().to_vec(), "甲,\"认真部署\"\"工作\"\r\n".as_bytes().to_vec()),
    ] {
        let (bytes, fates, _) = fixed(name, &before, &options());
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&after), "{fates:?}");
        assert_eq!(bytes, after);
        assert!(!fates.is_empty() && fates.iter().all(|fate| *fate == Fate::Fixed), "{fates:?}");
    }
}

#[test]
fn what_is_not_certain_waits_for_a_person() {
    // Several right forms; nothing to write; a date and its weekday, of which either may be wrong.
    for text in ["定于2023年5月16日（星期三）召开", "身份证号110199190001010001"] {
        let (bytes, fates, diff) = fixed("a.txt", text.as_bytes(), &options());
        assert!(matches!(fates[..], [Fate::Left(_), ..]), "{fates:?}");
        assert_eq!((bytes.as_slice(), diff.as_str()), (text.as_bytes(), ""));
    }
    let (bytes, ..) =
        fixed("a.txt", "定于2023年5月16日（星期三）召开".as_bytes(), &FixOptions { all: true, ..options() });
    assert_eq!(String::from_utf8(bytes).unwrap(), "定于2023年5月16日（星期二）召开");
}

#[test]
fn diffs_are_those_of_diff() {
    let lines: Vec<String> = (1..=20).map(|line| format!("第{line}行\n")).collect();
    let text = lines.concat().replace("第2行", "布署").replace("第12行", "攻府部门").replace("第20行\n", "攻府");
    let (_, _, diff) = fixed("目录/a.txt", text.as_bytes(), &options());
    insta::assert_snapshot!("diff", diff);
}

/// A package of the parts given by name and content.
fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn part(bytes: &[u8], name: &str) -> String {
    package::Package::open(bytes).unwrap().text(name).unwrap().unwrap_or_default()
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"#;

fn relationships(all: &[(&str, &str, &str)]) -> String {
    let one = |(id, kind, target): &(&str, &str, &str)| {
        format!(
            "<Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
        )
    };
    let all: String = all.iter().map(one).collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
    )
}

fn docx(body: &str, comments: Option<&str>) -> Vec<u8> {
    let ns = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let document = format!("<w:document {ns}><w:body>{body}</w:body></w:document>");
    let root = relationships(&[("rId1", "officeDocument", "word/document.xml")]);
    let mut parts =
        vec![("[Content_Types].xml", TYPES), ("_rels/.rels", root.as_str()), ("word/document.xml", document.as_str())];
    let own = relationships(&[("rId1", "comments", "comments.xml")]);
    let comments = comments.map(|inner| format!("<w:comments {ns}>{inner}</w:comments>"));
    if let Some(comments) = &comments {
        parts.push(("word/_rels/document.xml.rels", &own));
        parts.push(("word/comments.xml", comments));
    }
    package(&parts)
}

fn annotated(name: &str, bytes: &[u8], options: &FixOptions) -> (Vec<u8>, Vec<Fate>) {
    let source = Source::new(name, bytes);
    let linter = linter();
    let located = linter.locate(&source);
    let Annotated { bytes, fates } = annotate(&source, &located, options).unwrap();
    (bytes, fates)
}

/// Texts of the blocks, comments apart.
fn texts(name: &str, bytes: &[u8]) -> Vec<String> {
    let source = Source::new(name, bytes);
    let located = linter().locate(&source);
    let document = &located.document;
    let own = document.blocks.iter().filter(|block| block.scope != crate::document::Scope::Comment);
    own.map(|block| document.text[block.span.range()].to_owned()).collect()
}

#[test]
fn word_comments_stand_at_the_exact_runs() {
    let body = "<w:p><w:r w:rsidR=\"1\"><w:rPr><w:b/></w:rPr><w:t>认真布</w:t></w:r><w:ins w:id=\"7\" w:author=\"甲\"><w:r><w:t>署工作</w:t></w:r></w:ins></w:p>\
                <w:p><w:r><w:t>各级攻府</w:t></w:r></w:p><w:p><w:r><w:t xml:space=\"preserve\">攻府 &amp; 布署</w:t><w:tab/></w:r></w:p>";
    let bytes =
        docx(body, Some("<w:comment w:id=\"4\" w:author=\"乙\"><w:p><w:r><w:t>原有批注</w:t></w:r></w:p></w:comment>"));
    let (copy, fates) = annotated("a.docx", &bytes, &options());
    assert_eq!(fates, vec![Fate::Noted; 4]);
    assert_eq!(texts("a.docx", &copy), texts("a.docx", &bytes));
    insta::assert_snapshot!("docx_comments", part(&copy, "word/document.xml").replace("<w:p>", "\n<w:p>"));
    let comments = part(&copy, "word/comments.xml");
    assert!(
        comments.contains("原有批注") && comments.contains("w:id=\"8\"") && !comments.contains("w:id=\"9\""),
        "{comments}"
    );
    // Every other entry is copied as it is.
    assert_eq!(part(&copy, "[Content_Types].xml"), TYPES);
}

#[test]
fn changes_are_tracked_where_runs_allow() {
    let body = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>中华人名共和国，全面布署</w:t></w:r></w:p>\
                <w:p><w:r><w:t>认真</w:t></w:r><w:ins w:id=\"7\"><w:r><w:t>布署</w:t></w:r></w:ins></w:p>";
    let (copy, fates) = annotated("a.docx", &docx(body, None), &FixOptions { track: true, ..options() });
    assert!(matches!(fates[..], [Fate::Tracked, Fate::Tracked, Fate::Noted]), "{fates:?}");
    assert_eq!(texts("a.docx", &copy), ["中华人民共和国，全面部署", "认真布署"]);
    insta::assert_snapshot!("docx_tracked", part(&copy, "word/document.xml").replace("<w:p>", "\n<w:p>"));
    assert!(part(&copy, "[Content_Types].xml").contains("/word/comments.xml"));
    assert!(part(&copy, "word/_rels/document.xml.rels").contains("/word/comments.xml"));
}

#[test]
fn what_holds_no_comment_is_listed_in_one() {
    let body = "<w:p><w:r><w:t>标题</w:t></w:r></w:p><w:p><w:r><w:pict><v:shape xmlns:v=\"urn:schemas-microsoft-com:vml\"><v:textbox><w:txbxContent><w:p><w:r><w:t>认真布署</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>";
    let (copy, fates) = annotated("a.docx", &docx(body, None), &options());
    assert!(matches!(fates[..], [Fate::Left(_)]));
    let comments = part(&copy, "word/comments.xml");
    assert!(comments.contains("文本框1") && comments.contains("布署"), "{comments}");
    let document = part(&copy, "word/document.xml");
    assert!(document.contains("标题</w:t></w:r><w:r><w:commentReference w:id=\"0\"/></w:r></w:p>"), "{document}");
}

#[test]
fn signed_documents_are_left_alone() {
    let bytes = package(&[
        ("[Content_Types].xml", TYPES),
        ("_xmlsignatures/sig1.xml", "<Signature/>"),
        ("word/document.xml", "<w:document/>"),
    ]);
    assert!(matches!(package::Package::open(&bytes), Err(AnnotateError::Signed)));
}

#[test]
fn cells_get_comments_and_keep_those_they_have() {
    let ns = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let r = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let sheet = |cells: &str, rest: &str| {
        format!(
            "<worksheet {ns} {r}><sheetData><row r=\"1\">{cells}</row></sheetData>{rest}<tableParts count=\"0\"/></worksheet>"
        )
    };
    let cell = |name: &str, text: &str| format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let one = sheet(&(cell("A1", "认真布署") + &cell("B1", "各级攻府，布署")), "");
    let two = sheet(&(cell("A1", "攻府") + &cell("C1", "布署")), "<legacyDrawing r:id=\"rId2\"/>");
    let comments = format!(
        "<comments {ns}><authors><author>甲</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>原有</t></text></comment></commentList></comments>"
    );
    let root = relationships(&[("rId1", "officeDocument", "xl/workbook.xml")]);
    let book = format!(
        "<workbook {ns} {r}><sheets><sheet name=\"一\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"二 布署\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
    );
    let of_book = relationships(&[
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "worksheet", "worksheets/sheet2.xml"),
    ]);
    let of_two = relationships(&[
        ("rId1", "comments", "../comments1.xml"),
        ("rId2", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
    ]);
    let vml = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\"><v:shape id=\"_x0000_s2050\"/></xml>";
    let bytes = package(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &of_book),
        ("xl/worksheets/sheet1.xml", &one),
        ("xl/worksheets/sheet2.xml", &two),
        ("xl/worksheets/_rels/sheet2.xml.rels", &of_two),
        ("xl/comments1.xml", &comments),
        ("xl/drawings/vmlDrawing1.vml", vml),
    ]);
    let (copy, fates) = annotated("a.xlsx", &bytes, &options());
    assert_eq!(fates.iter().filter(|fate| **fate == Fate::Noted).count(), 5, "{fates:?}");
    assert_eq!(fates.len(), 6);
    assert_eq!(texts("a.xlsx", &copy), texts("a.xlsx", &bytes));
    let kept = part(&copy, "xl/comments1.xml");
    assert!(kept.contains("<t>原有</t><r>") && kept.contains("ref=\"C1\" authorId=\"1\""), "{kept}");
    let drawing = part(&copy, "xl/drawings/vmlDrawing1.vml");
    assert!(drawing.contains("_x0000_s2051") && !drawing.contains("_x0000_s2052"), "{drawing}");
    let new = part(&copy, "xl/comments2.xml");
    assert!(new.contains("ref=\"A1\"") && new.contains("ref=\"B1\"") && new.matches("<comment ").count() == 2, "{new}");
    let sheet = part(&copy, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("</sheetData><legacyDrawing ") && sheet.contains("/><tableParts"), "{sheet}");
    assert!(part(&copy, "[Content_Types].xml").contains("Extension=\"vml\""));
}
