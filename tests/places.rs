//! Every place leads back to bytes that hold the text, in every charset and format.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::io::Write;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use zhengming::document::{Document, Span};
use zhengming::extract::{ExtractOptions, extract};
use zhengming::judge::Location;
use zhengming::normalise::fold_str;
use zhengming::source::DecodedText;
use zhengming::{Linter, Options, Source};

/// A page with an error in every way that markup, encodings and line ends can cut a word.
const PAGE: &str = "<!DOCTYPE html>\r\n<html><head><meta charset=\"CHARSET\"><title>关于布署工作的通知</title>\r\n\
<meta name=\"description\" content=\"全面布&#32626;春耕工作\">\r\n</head><body>\r\n\
<p>向中华人<b>名</b>共和国成立献礼</p>\r\n<p>会议布&#x7F72;了工作</p>\r\n<p>按<span>装</span>设备</p>\r\n\
<p>要求布\r\n    署工作</p>\r\n<p>认真布<br>署防汛</p>\r\n<table><tr><td>全面布&nbsp;署</td><td title=\"布署要点\">按<!-- x -->装</td></tr>\
<p>表中的布署</p></table>\r\n<pre>\r\n布\r\n署工作</pre></body></html>\r\n";

/// Wrong forms in the page, folded.
const EXPECTED: [&str; 12] =
    ["布署", "布署", "中华人名共和国", "布署", "按装", "布署", "布署", "布署", "布署", "布署", "按装", "布署"];

fn linter() -> Linter {
    Linter::new(Options::default()).unwrap()
}

/// The text of a piece of HTML as a browser reads it.
fn html_text(html: &str) -> String {
    scraper::Html::parse_fragment(html).root_element().text().collect()
}

#[test]
fn findings_are_where_they_say_in_every_charset() {
    let linter = linter();
    for (label, bom) in [
        ("utf-8", false),
        ("utf-8", true),
        ("gbk", false),
        ("gb18030", false),
        ("gb2312", false),
        ("utf-16le", true),
        ("utf-16be", true),
    ] {
        let page = PAGE.replace("CHARSET", label);
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let mut bytes = match (label, bom) {
            ("utf-8", true) => b"\xEF\xBB\xBF".to_vec(),
            ("utf-16le", _) => b"\xFF\xFE".to_vec(),
            ("utf-16be", _) => b"\xFE\xFF".to_vec(),
            _ => Vec::new(),
        };
        match label {
            "utf-16le" => bytes.extend(page.encode_utf16().flat_map(u16::to_le_bytes)),
            "utf-16be" => bytes.extend(page.encode_utf16().flat_map(u16::to_be_bytes)),
            _ => bytes.extend_from_slice(&encoding.encode(&page).0),
        }
        let checked = linter.check_source(&Source::new("page.html", bytes.clone()));
        let findings = &checked[0].findings;
        let found: Vec<String> = findings.iter().map(|finding| fold_str(&finding.text)).collect();
        let mut sorted = (found.clone(), EXPECTED.map(str::to_owned).to_vec());
        sorted.0.sort();
        sorted.1.sort();
        assert_eq!(sorted.0, sorted.1, "{label}: {found:?}");
        for finding in findings {
            let Location::Text { start, end, inside } = &finding.location else { panic!("a page has text places") };
            let (text, _) = encoding.decode_without_bom_handling(&bytes[start.byte..end.byte]);
            assert_eq!(fold_str(&html_text(&text)), fold_str(&finding.text), "{label}: {text:?}");
            assert!(inside.is_some());
            // Line and column count the decoded text, as editors do.
            let line = page.split("\r\n").nth(start.line - 1).unwrap();
            let rest: String = line.chars().skip(start.column - 1).collect();
            assert!(rest.starts_with(finding.text.chars().next().unwrap()), "{label}: {rest:?} for {finding:?}");
        }
        assert!(checked[0].notices.is_empty(), "{label}: {:?}", checked[0].notices);
    }
}

/// Checks that every character of every block comes from bytes that read as that character, stand for it as a reference,
/// or are white space where it is.
fn every_character_comes_from_its_bytes(
    name: &str,
    bytes: &[u8],
    document: &Document,
    decoded: &DecodedText<'_>,
) -> usize {
    let mut places = Vec::new();
    for block in &document.blocks {
        let text = &document.text[block.span.range()];
        for (at, character) in text.char_indices() {
            let start = block.span.start + at;
            for origin in document.map.origins(Span::new(start, start + character.len_utf8())) {
                places.push((origin.span, character));
            }
        }
    }
    let mut offsets: Vec<usize> = places.iter().flat_map(|(span, _)| [span.start, span.end]).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let raw = decoded.raw_offsets(bytes, &offsets);
    let byte = |offset: usize| raw[offsets.binary_search(&offset).unwrap()];
    for (span, character) in &places {
        let (text, _) = decoded.encoding.decode_without_bom_handling(&bytes[byte(span.start)..byte(span.end)]);
        let blank = character.is_whitespace() && html_text(&text).trim().is_empty();
        let reference = text.starts_with('&') && html_text(&text).contains(*character);
        assert!(
            text.chars().eq([*character]) || blank || reference || *character == '\u{FFFC}',
            "{name}: {character:?} from {text:?}"
        );
    }
    places.len()
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The folder of shared data, where it exists.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    folder.is_dir().then_some(folder)
}

#[test]
fn characters_of_all_pages_and_texts_come_from_their_bytes() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")];
    match shared() {
        Some(shared) => folders.extend([shared.join("html"), shared.join("documents")]),
        None => eprintln!("skipped: the shared data is not here"),
    }
    let mut characters = 0;
    for path in folders.iter().flat_map(|folder| files(folder, &["html", "htm", "txt", "md"])) {
        let source = Source::new(path.display().to_string(), std::fs::read(&path).unwrap());
        let extracted = extract(&source, &ExtractOptions::default());
        if let Some(decoded) = extracted.decoded.as_ref().filter(|decoded| decoded.replaced == 0) {
            characters +=
                every_character_comes_from_its_bytes(&source.name, &source.bytes, &extracted.document, decoded);
        }
    }
    assert!(characters > 1_000, "{characters}");
}

#[test]
fn all_shared_pages_are_read() {
    let Some(shared) = shared() else { return eprintln!("skipped: the shared data is not here") };
    let pages = files(&shared.join("html"), &["html"]);
    let mut texts = std::collections::HashMap::new();
    for path in &pages {
        let source = Source::new(path.display().to_string(), std::fs::read(path).unwrap());
        let extracted = extract(&source, &ExtractOptions::default());
        assert!(extracted.notices.is_empty(), "{}: {:?}", path.display(), extracted.notices);
        assert!(extracted.document.metadata.published.is_some(), "{}", path.display());
        // The same page in two encodings reads the same.
        let text = extracted.document.text;
        let name = path.file_name().unwrap().to_owned();
        assert_eq!(texts.entry(name).or_insert_with(|| text.clone()), &text, "{}", path.display());
    }
    assert_eq!((pages.len(), texts.len()), (68, 34));
}

#[test]
fn the_seven_cut_words_are_found_in_markdown_and_html() {
    let linter = linter();
    for (name, text, expected) in [
        ("a.html", "中华人<b>名</b>共和国", "中华人名共和国"),
        ("a.html", "布&#x7F72;", "布署"),
        ("a.html", "按<span>装</span>", "按装"),
        ("a.html", "<p>布\n署", "布署"),
        ("a.md", "中华人**名**共和国", "中华人名共和国"),
        ("a.md", "布\n署", "布署"),
        ("a.md", "布&#x7F72;", "布署"),
    ] {
        let checked = linter.check_source(&Source::new(name, text));
        let found: Vec<String> = checked[0].findings.iter().map(|finding| fold_str(&finding.text)).collect();
        assert_eq!(found, [expected], "{name} {text:?}");
    }
}

/// A docx whose body holds `paragraphs` (the insides of `w:p`).
fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let mut body = String::new();
    for paragraph in paragraphs {
        body.push_str(&format!("<w:p>{paragraph}</w:p>"));
    }
    let document = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("[Content_Types].xml", "<Types/>"), ("word/document.xml", &document)] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn words_cut_in_every_way_that_word_cuts_them_are_found() {
    let linter = linter();
    let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let cases: Vec<(String, &str, [usize; 2])> = vec![
        (run("向中华人") + "<w:r><w:rPr><w:b/></w:rPr><w:t>名</w:t></w:r>" + &run("共和国"), "中华人名共和国", [1, 8]),
        (run("布&#x7F72;工作"), "布署", [0, 2]),
        (run("按") + "<w:proofErr w:type=\"spellStart\"/>" + &run("装"), "按装", [0, 2]),
        (run("布") + "<w:r><w:br/></w:r>" + &run("署"), "布署", [0, 3]),
        (run("布") + "<w:r><w:softHyphen/></w:r>" + &run("署"), "布署", [0, 3]),
        (
            run("布") + "<w:bookmarkStart w:id=\"0\" w:name=\"x\"/><w:ins w:id=\"1\">" + &run("署") + "</w:ins>",
            "布署",
            [0, 2],
        ),
        (run("布") + "<w:del w:id=\"1\"><w:r><w:delText>的</w:delText></w:r></w:del>" + &run("署"), "布署", [0, 2]),
        (run("布") + "<w:hyperlink>" + &run("署") + "</w:hyperlink>", "布署", [0, 2]),
    ];
    for (index, (paragraph, expected, chars)) in cases.iter().enumerate() {
        let bytes = docx(&["<w:r><w:t>首段</w:t></w:r>", paragraph]);
        let checked = linter.check_source(&Source::new("a.docx", bytes));
        let findings = &checked[0].findings;
        assert_eq!(findings.len(), 1, "case {index}: {findings:?} {:?}", checked[0].notices);
        assert_eq!(fold_str(&findings[0].text), *expected, "case {index}");
        let Location::Paragraph { part, paragraph, chars: found, .. } = &findings[0].location else {
            panic!("a docx has paragraphs")
        };
        assert_eq!((part.as_str(), *paragraph, found), ("word/document.xml", 2, chars), "case {index}");
    }
}
