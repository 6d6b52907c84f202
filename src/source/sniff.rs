//! What kind of file the bytes are. Content decides; the extension is a hint where content leaves a choice.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipResult;

use super::compound::{self, CompoundFile};
use super::container::{self, Container};
use super::decode::utf16_by_nuls;

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// HTML or XHTML.
    Html,
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// Delimiter-separated values (RFC 4180).
    Csv,
    /// JSON (RFC 8259), also one value a line.
    Json,
    /// XML that is no HTML.
    Xml,
    /// Subtitles: SubRip or WebVTT.
    Subtitles,
    /// Word document (ECMA-376).
    Docx,
    /// Excel workbook (ECMA-376).
    Xlsx,
    /// PowerPoint presentation (ECMA-376).
    Pptx,
    /// OpenDocument text, spreadsheet, presentation or drawing (ISO/IEC 26300).
    OpenDocument,
    /// PDF (ISO 32000).
    Pdf,
    /// OFD (GB/T 33190).
    Ofd,
    /// Word 97–2003 or 6/95, or WPS Writer ([MS-DOC]).
    Doc,
    /// Excel 97–2003 or 5/95, or WPS Spreadsheets ([MS-XLS]).
    Xls,
    /// PowerPoint 97–2003, or WPS Presentation ([MS-PPT]).
    Ppt,
    /// Outlook message ([MS-OXMSG]).
    Msg,
    /// Rich Text Format.
    Rtf,
    /// EPUB.
    Epub,
    /// E-mail (RFC 5322), also as a saved page (MHTML).
    Mail,
    /// Holds further files.
    Container(Container),
    /// No bytes.
    Empty,
    /// Needs a password.
    Encrypted,
    /// A document format that is not read; the label is for messages.
    Unsupported(&'static str),
    /// Holds no readable text: pictures, styles, scripts, fonts, sound; the label is for messages.
    Asset(&'static str),
}

impl Kind {
    /// Whether a page's link to such a file is followed.
    pub fn is_attachment(self) -> bool {
        !matches!(self, Kind::Html | Kind::Asset(_))
    }

    /// Whether the bytes of such a file are never plain text, or begin with a signature.
    fn is_binary(self) -> bool {
        let is_text = matches!(
            self,
            Kind::Html | Kind::Text | Kind::Markdown | Kind::Csv | Kind::Json | Kind::Xml | Kind::Subtitles
        );
        !is_text && !matches!(self, Kind::Unsupported(_) | Kind::Asset(_))
    }
}

/// Kind of `bytes`; `name` is the last part of the source's name.
pub fn sniff(bytes: &[u8], name: &str) -> Kind {
    let extension = extension(name);
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if let Some(kind) = container::by_magic(bytes, name) {
        return kind;
    }
    if let Some(kind) = by_magic(bytes, &extension) {
        return kind;
    }
    if looks_binary(bytes) {
        return match by_extension(&extension) {
            Some(kind @ (Kind::Unsupported(_) | Kind::Asset(_))) => kind,
            _ => Kind::Unsupported("无法识别的二进制文件"),
        };
    }
    let head = &bytes[..bytes.len().min(2048)];
    let plain = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if plain.starts_with(b"{\\rtf") {
        return Kind::Rtf;
    }
    // Most pages say in a few ASCII characters what they are.
    let known = [&b"<!doctype html"[..], b"<html", b"<!--"];
    let known = known.iter().any(|tag| plain.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag)));
    if known && extension != "md" && extension != "markdown" {
        return Kind::Html;
    }
    let named = by_extension(&extension);
    // Nothing that is looked for below begins with an ideograph, but for the first line of what is called a message.
    if matches!(plain.first(), Some(0xE4..=0xE9)) && named != Some(Kind::Mail) {
        return by_name(named);
    }
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{FEFF}').trim_start();
    if head.starts_with("<?xml") && !head.contains("<html") {
        return match by_extension(&extension) {
            Some(kind @ (Kind::Unsupported(_) | Kind::Asset(_))) => kind,
            _ => Kind::Xml,
        };
    }
    let html = ["<!doctype html", "<html", "<head", "<body", "<!--", "<meta", "<title", "<div", "<table", "<p>", "<p "];
    if head.starts_with("<?xml") || html.iter().any(|tag| head.starts_with(tag)) {
        // A Markdown file may begin with a comment or a tag.
        return if by_extension(&extension) == Some(Kind::Markdown) { Kind::Markdown } else { Kind::Html };
    }
    if is_mail(head, by_extension(&extension) == Some(Kind::Mail)) {
        return Kind::Mail;
    }
    if head.starts_with("webvtt") || begins_cue(head) {
        return Kind::Subtitles;
    }
    if begins_json(head) && !matches!(by_extension(&extension), Some(Kind::Markdown | Kind::Csv | Kind::Asset(_))) {
        return Kind::Json;
    }
    by_name(named)
}

/// What a text is whose content says nothing, by what its name says.
fn by_name(named: Option<Kind>) -> Kind {
    match named {
        // Exports of systems that call a CSV file a workbook.
        Some(Kind::Xls | Kind::Xlsx) => Kind::Csv,
        // A binary format whose bytes are text: only the name claims to be one.
        Some(kind) if kind.is_binary() => Kind::Text,
        Some(kind) => kind,
        None => Kind::Text,
    }
}

/// Whether a text begins as JSON does that holds named strings: `{"…":`, also inside arrays.
fn begins_json(head: &str) -> bool {
    let inside = head.trim_start_matches(|character: char| character == '[' || character.is_whitespace());
    let Some(name) = inside.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix('"')) else {
        return false;
    };
    name.split_once('"').is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// Whether a text begins with the number and the times of a SubRip cue.
fn begins_cue(head: &str) -> bool {
    let mut lines = head.lines();
    let number = lines.next().is_some_and(|line| line.trim().parse::<u32>().is_ok());
    number && lines.next().is_some_and(|line| line.contains("-->"))
}

/// Extension of a file name in lower case, without the dot. Mirrors keep the query of a URL in the name
/// (`index.html?page=2`, or `@` for the `?` where that is not allowed), which may name a file itself.
pub(crate) fn extension(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let of = |name: &str| match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        _ => String::new(),
    };
    let whole = of(name);
    match name.split_once(['?', '@', '#']) {
        Some((before, _)) if by_extension(&whole).is_none() && by_extension(&of(before)).is_some() => of(before),
        _ => whole,
    }
}

/// What the extension says, if anything.
pub(crate) fn by_extension(extension: &str) -> Option<Kind> {
    Some(match extension {
        "html" | "htm" | "shtml" | "xhtml" | "xht" | "jhtml" | "jsp" | "asp" | "aspx" | "php" => Kind::Html,
        "md" | "markdown" => Kind::Markdown,
        "txt" | "text" => Kind::Text,
        "csv" | "tsv" | "tab" => Kind::Csv,
        "docx" | "docm" | "dotx" => Kind::Docx,
        "xlsx" | "xlsm" => Kind::Xlsx,
        "pptx" | "pptm" | "ppsx" | "ppsm" | "potx" => Kind::Pptx,
        "odt" | "ott" | "ods" | "ots" | "odp" | "otp" | "odg" => Kind::OpenDocument,
        "pdf" => Kind::Pdf,
        "ofd" => Kind::Ofd,
        "doc" | "dot" | "wps" | "wpt" => Kind::Doc,
        "xls" | "xlt" | "et" | "ett" => Kind::Xls,
        "ppt" | "pps" | "pot" | "dps" | "dpt" => Kind::Ppt,
        "msg" => Kind::Msg,
        "rtf" => Kind::Rtf,
        "epub" => Kind::Epub,
        "eml" | "mht" | "mhtml" => Kind::Mail,
        "json" | "jsonl" | "ndjson" | "geojson" => Kind::Json,
        "xml" | "rss" | "atom" | "rdf" => Kind::Xml,
        "srt" | "vtt" => Kind::Subtitles,
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "webp" | "tif" | "tiff" | "ico" | "svg" | "psd" => PICTURE,
        "css" | "less" | "scss" | "js" | "mjs" | "map" => Kind::Asset("样式与脚本"),
        "woff" | "woff2" | "ttf" | "otf" | "eot" | "ttc" => FONT,
        "mp3" | "mp4" | "wav" | "avi" | "mov" | "flv" | "wmv" | "m4a" | "webm" | "swf" | "rm" | "rmvb" => {
            Kind::Asset("音视频")
        }
        extension => return container::by_extension(extension),
    })
}

fn by_magic(bytes: &[u8], extension: &str) -> Option<Kind> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return Some(package(ZipArchive::new(Cursor::new(bytes)), extension));
    }
    if starts(compound::SIGNATURE) {
        return Some(compound_kind(bytes, extension));
    }
    if is_bare_workbook(bytes) {
        return Some(Kind::Xls);
    }
    if memchr::memmem::find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some() {
        return Some(Kind::Pdf);
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| starts(magic)) {
        return Some(*kind);
    }
    // These begin like text might.
    (starts(b"BM") && looks_binary(bytes) || starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")).then_some(PICTURE)
}

/// Whether the bytes are records of Excel without a compound file around them, as Excel 2 to 4 wrote them and some programs
/// still do: a record that says of what kind its sheet or workbook is.
fn is_bare_workbook(bytes: &[u8]) -> bool {
    let Some(&[kind, version, length, 0, _, _, contents, upper]) = bytes.first_chunk() else { return false };
    let is_start = matches!((kind, version, length), (9, 0, 4..=8) | (9, 2 | 4, 6..=8) | (9, 8, 8..=16));
    is_start && matches!((contents, upper), (5 | 0x10 | 0x20 | 0x40, 0) | (0, 1))
}

const PICTURE: Kind = Kind::Asset("图片");
const FONT: Kind = Kind::Asset("字体");

/// First bytes that say what a file is.
const MAGIC: [(&[u8], Kind); 10] = [
    (b"{\\rtf", Kind::Rtf),
    (b"\x89PNG", PICTURE),
    (b"\xFF\xD8\xFF", PICTURE),
    (b"GIF8", PICTURE),
    (b"II*\0", PICTURE),
    (b"MM\0*", PICTURE),
    (b"wOFF", FONT),
    (b"wOF2", FONT),
    (b"\0\x01\0\0\0", FONT),
    (b"OTTO", FONT),
];

/// What a zip file is, by the names in it.
fn package<R: Read + Seek>(archive: ZipResult<ZipArchive<R>>, extension: &str) -> Kind {
    let Ok(archive) = archive else {
        // Damaged: what it claims to be decides who says so.
        return match by_extension(extension) {
            Some(
                kind @ (Kind::Docx
                | Kind::Xlsx
                | Kind::Pptx
                | Kind::OpenDocument
                | Kind::Ofd
                | Kind::Epub
                | Kind::Unsupported(_)),
            ) => kind,
            _ => Kind::Container(Container::Zip),
        };
    };
    let any = |test: &dyn Fn(&str) -> bool| archive.file_names().filter_map(Result::ok).any(|name| test(&name));
    if any(&|name| name == "[Content_Types].xml") {
        if any(&|name| name.starts_with("word/")) {
            return Kind::Docx;
        }
        if any(&|name| name.starts_with("xl/")) {
            return Kind::Xlsx;
        }
        if any(&|name| name.starts_with("ppt/")) {
            return Kind::Pptx;
        }
        if let Some(kind @ (Kind::Docx | Kind::Pptx)) = by_extension(extension) {
            return kind;
        }
    }
    if any(&|name| name.trim_start_matches(['/', '\\']).eq_ignore_ascii_case("OFD.xml")) {
        return Kind::Ofd;
    }
    if any(&|name| name == "META-INF/container.xml") {
        return Kind::Epub;
    }
    // A package that is encrypted as a whole holds nothing else.
    let content = |name: &str| name == "content.xml" || name == "encrypted-package";
    let claims = by_extension(extension) == Some(Kind::OpenDocument);
    if any(&|name| name == "META-INF/manifest.xml") && any(&content) || claims && any(&|name| name == "mimetype") {
        return Kind::OpenDocument;
    }
    Kind::Container(Container::Zip)
}

/// [`sniff`] for a file of which only what is needed is read. What is no container may be called something else.
pub(super) fn sniff_file(path: &Path, name: &str) -> io::Result<Kind> {
    let mut head = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut head)?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(package(ZipArchive::new(BufReader::new(File::open(path)?)), &extension(name)));
    }
    Ok(sniff(&head, name))
}

/// Whether a text begins with the header fields of a message. `claimed` says whether it is called one.
fn is_mail(head: &str, claimed: bool) -> bool {
    const FIELDS: [&str; 12] = [
        "mime-version:",
        "return-path:",
        "received:",
        "delivered-to:",
        "message-id:",
        "date:",
        "from:",
        "to:",
        "subject:",
        "content-type:",
        "x-",
        "reply-to:",
    ];
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    FIELDS[..5].iter().any(|field| first.starts_with(field))
        || claimed && container::is_field(first)
        || FIELDS.iter().any(|field| first.starts_with(field))
            && lines.take(8).filter(|line| FIELDS.iter().any(|field| line.starts_with(field))).count() >= 2
}

/// What a compound file is, by the streams in its root.
fn compound_kind(bytes: &[u8], extension: &str) -> Kind {
    let unknown = Kind::Unsupported("Office 97—2003 或 WPS");
    let Ok(file) = CompoundFile::open(bytes) else {
        // Damaged: the reader of what it claims to be says so.
        return match by_extension(extension) {
            Some(kind @ (Kind::Doc | Kind::Xls | Kind::Ppt | Kind::Msg)) => kind,
            _ => unknown,
        };
    };
    // An Office file with a password has all of itself in a stream of this name ([MS-OFFCRYPTO] §2.3.4.4).
    const STREAMS: [(&str, Kind); 10] = [
        ("EncryptedPackage", Kind::Encrypted),
        ("WordDocument", Kind::Doc),
        ("Workbook", Kind::Xls),
        ("Book", Kind::Xls),
        ("PowerPoint Document", Kind::Ppt),
        ("PP97_DUALSTORAGE", Kind::Ppt),
        // PowerPoint 4 and 95, which the reader says it does not read.
        ("PP40", Kind::Ppt),
        ("__properties_version1.0", Kind::Msg),
        ("VisioDocument", Kind::Unsupported("Visio")),
        ("MatOST", Kind::Unsupported("Microsoft Works")),
    ];
    let names: Vec<&str> = file.names().collect();
    let there = |name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    STREAMS.iter().find(|(name, _)| there(name)).map_or(unknown, |(_, kind)| *kind)
}

/// Whether the bytes are no text: control characters, once UTF-16 is set aside.
fn looks_binary(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return false;
    }
    let head = &bytes[..bytes.len().min(4096)];
    if head.contains(&0) && utf16_by_nuls(head).is_some() {
        return false;
    }
    // A stray control character, NUL included, does not make a page a program.
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    // Without a branch and with small counts, so that it becomes vector instructions.
    let count = |step: &[u8]| step.iter().map(|byte| u8::from(is_control(*byte))).sum::<u8>();
    let control: usize = head.chunks(128).map(|step| usize::from(count(step))).sum();
    control * 50 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_decide_what_a_compound_file_is() {
        let kind = |streams: &[&str], name: &str| {
            let streams: Vec<(&str, &[u8])> = streams.iter().map(|stream| (*stream, &b"content"[..])).collect();
            sniff(&compound::write(&streams), name)
        };
        for (streams, name, expected) in [
            (&["WordDocument", "1Table"][..], "a.wps", Kind::Doc),
            (&["WordDocument", "1Table"], "a.xls", Kind::Doc),
            (&["\u{5}SummaryInformation", "Workbook"], "a.doc", Kind::Xls),
            (&["Book"], "a.et", Kind::Xls),
            (&["PowerPoint Document", "Current User"], "a", Kind::Ppt),
            (&["__properties_version1.0", "__substg1.0_0037001F"], "a", Kind::Msg),
            // What is embedded does not decide.
            (&["Workbook", "MBD0001/WordDocument"], "a.doc", Kind::Xls),
            (&["EncryptedPackage", "EncryptionInfo"], "a.docx", Kind::Encrypted),
            (&["CONTENTS", "MatOST"], "a.wps", Kind::Unsupported("Microsoft Works")),
            (&["x"], "a.doc", Kind::Unsupported("Office 97—2003 或 WPS")),
        ] {
            assert_eq!(kind(streams, name), expected, "{streams:?}");
        }
        for (name, expected) in [("a.wps", Kind::Doc), ("a.et", Kind::Xls), ("a.msg", Kind::Msg)] {
            assert_eq!(sniff(compound::SIGNATURE, name), expected);
        }
    }

    #[test]
    fn content_decides_and_the_extension_helps() {
        for (bytes, name, kind) in [
            (&b""[..], "a.html", Kind::Empty),
            (b"<!DOCTYPE html><p>x", "page", Kind::Html),
            (b"\xEF\xBB\xBF  <html>", "a.txt", Kind::Html),
            (b"plain <b>text", "a.html", Kind::Html),
            (b"plain text", "a", Kind::Text),
            ("通知：<html>".as_bytes(), "a.htm", Kind::Html),
            ("通知：{\"a\": 1}".as_bytes(), "a.xls", Kind::Csv),
            ("通知: x\r\nTo: y\r\n\r\n".as_bytes(), "a.docx", Kind::Text),
            (b"plain text", "a.docx", Kind::Text),
            (b"plain text", "a.doc", Kind::Text),
            (b"{\\rtf1\\ansi x}", "a.doc", Kind::Rtf),
            (b"\xEF\xBB\xBF\r\n{\\rtf1\\ansi x}", "a.doc", Kind::Rtf),
            (b"<html><body>x", "a.doc", Kind::Html),
            (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n", "a.doc", Kind::Mail),
            (b"PK\x03\x04garbage", "a.doc", Kind::Container(Container::Zip)),
            (b"<?xml version='1.0'?><w:wordDocument/>", "a.doc", Kind::Xml),
            (b"\x09\x08\x10\0\0\x06\x05\0", "a.dat", Kind::Xls),
            (b"\x09\0\x04\0\x02\0\x10\0", "a", Kind::Xls),
            (b"<!-- comment -->\n# x", "README.md", Kind::Markdown),
            (b"%PDF-1.7", "a.docx", Kind::Pdf),
            (b"PK\x03\x04garbage", "a.docx", Kind::Docx),
            (b"PK\x03\x04garbage", "a.ofd", Kind::Ofd),
            (b"PK\x03\x04garbage", "a.pptx", Kind::Pptx),
            (b"PK\x03\x04garbage", "a.odt", Kind::OpenDocument),
            (b"PK\x03\x04garbage", "a.bin", Kind::Container(Container::Zip)),
            (b"\x00\x01\x02\x03\x04\x00\xFF", "a.txt", Kind::Unsupported("无法识别的二进制文件")),
            (b"\x89PNG\r\n", "a.html", Kind::Asset("图片")),
            (b"a\0b\0c\0d\0e\0f\0", "a.txt", Kind::Text),
            (b"<?xml version='1.0'?><rss/>", "feed.xml", Kind::Xml),
            (b"<?xml version='1.0'?><w:document/>", "a", Kind::Xml),
            (b"{\"title\": \"x\"}", "export", Kind::Json),
            (b"[ {\"title\" : 1}]", "a.txt", Kind::Json),
            (b"{x}", "a.txt", Kind::Text),
            (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nx", "a.txt", Kind::Subtitles),
            (b"WEBVTT\n", "a", Kind::Subtitles),
            (b"a,b\n", "a.csv", Kind::Csv),
            (b"a\tb\n", "a.xls", Kind::Csv),
            (b"<?xml version='1.0'?><!DOCTYPE html><html>", "a.xhtml", Kind::Html),
        ] {
            assert_eq!(sniff(bytes, name), kind, "{name} {bytes:?}");
        }
    }
}
