//! What the fuzz targets share: lowered limits, packages made from parts, and what must hold of every document.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use zhengming::document::{Document, Place, Span};
use zhengming::extract::{ExtractOptions, Extracted, extract};
use zhengming::judge::{Location, block_locations};
use zhengming::source::{Budget, DecodedText, Kind, Limits, Package, decode};
use zhengming::{Source, normalise};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub use libfuzzer_sys::{Corpus, fuzz_target};

/// Stands between the records of an input that is made of several. No XML may hold it.
const SEPARATOR: u8 = 0x1E;

/// Charsets that a transport may name; the last byte of an input chooses.
const CHARSETS: [Option<&str>; 8] =
    [None, Some("utf-8"), Some("gbk"), Some("big5"), Some("utf-16le"), Some("shift_jis"), Some("latin1"), Some("?")];

/// Limits low enough to be reached by small inputs, and to keep one execution short.
pub fn limits() -> Limits {
    Limits {
        archive_depth: 3,
        archive_entries: 64,
        entry_size: 1 << 20,
        unpacked_size: 4 << 20,
        html_depth: 64,
        xml_depth: 64,
        cells: 1000,
        pages: 16,
        glyphs: 20_000,
        operations: 100_000,
        stream_size: 1 << 20,
        ..Limits::default()
    }
}

/// Extracts `data` as a file called `name` and checks the document. An input that is not of `kind` after all is of no
/// use to this target.
pub fn check_extraction(kind: Kind, name: &str, data: &[u8]) -> Corpus {
    let mut source = Source::new(name, data);
    if source.kind() != kind {
        return Corpus::Reject;
    }
    if !matches!(kind, Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::OpenDocument | Kind::Pdf | Kind::Ofd)
        && !matches!(kind, Kind::Xls | Kind::Ppt | Kind::Msg | Kind::Doc | Kind::Rtf)
    {
        let choice = data.last().map_or(0, |&last| usize::from(last) % CHARSETS.len());
        source.declared_charset = CHARSETS[choice].map(str::to_owned);
    }
    let extracted = extract(&source, &ExtractOptions { limits: limits(), ..ExtractOptions::default() });
    check_document(&source, &extracted);
    Corpus::Keep
}

/// Asserts what holds of every document, whatever its bytes.
pub fn check_document(source: &Source, extracted: &Extracted<'_>) {
    let document = &extracted.document;
    check_blocks(document);
    for inner in &extracted.inner {
        let rest = inner.name.strip_prefix(&source.name).and_then(|rest| rest.strip_prefix('!'));
        assert!(rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('!')), "{}", inner.name);
    }
    if matches!(source.kind(), Kind::Pdf | Kind::Ofd) {
        return check_pages(source, document);
    }
    if matches!(source.kind(), Kind::Xls | Kind::Ppt | Kind::Msg) {
        return check_strings(source, extracted);
    }
    // Parts of binary workbooks are no text that could be read again.
    if document.parts.iter().any(|part| part.name.ends_with(".bin")) {
        return;
    }
    let texts: Vec<String> = match &extracted.decoded {
        Some(decoded) => {
            check_offsets(&source.bytes, decoded);
            vec![decoded.text.clone().into_owned()]
        }
        // The text of a part is put together from pieces, and nothing else gives it.
        None if source.kind() == Kind::Doc => return check_locations(document, extracted, source),
        None if source.kind() == Kind::Rtf => return check_rtf(source, extracted),
        None => part_texts(source, document),
    };
    check_origins(document, &texts);
    for directive in &document.directives {
        assert!(document.text.is_char_boundary(directive.at), "{directive:?}");
        let text = &texts[usize::from(directive.origin.part)];
        assert!(text.get(directive.origin.span.range()).is_some(), "{directive:?}");
    }
    let locations = block_locations(source, document, extracted.decoded.as_ref());
    assert_eq!(locations.len(), document.blocks.len());
    for location in &locations {
        if let Location::Text { start, end, .. } = location {
            assert!(start.byte <= end.byte && end.byte <= source.bytes.len(), "{location:?}");
            assert!((start.line, start.column) <= (end.line, end.column), "{location:?}");
        }
    }
    assert_eq!(normalise::Folded::new(document).blocks().len(), document.blocks.len());
}

/// Every block has a place, and every character comes from somewhere.
fn check_locations(document: &Document, extracted: &Extracted<'_>, source: &Source) {
    let locations = block_locations(source, document, extracted.decoded.as_ref());
    assert_eq!(locations.len(), document.blocks.len());
    for block in &document.blocks {
        assert!(!document.map.origins(block.span).is_empty(), "{block:?}");
    }
    assert_eq!(normalise::Folded::new(document).blocks().len(), document.blocks.len());
}

/// Every character of an RTF file comes from bytes that spell it, or that are an escape.
fn check_rtf(source: &Source, extracted: &Extracted<'_>) {
    let document = &extracted.document;
    check_locations(document, extracted, source);
    for block in &document.blocks {
        for (at, character) in document.text[block.span.range()].char_indices() {
            let start = block.span.start + at;
            let origins = document.map.origins(Span::new(start, start + character.len_utf8()));
            assert_eq!(origins.len(), 1, "{character:?} of {block:?} comes from {origins:?}");
            let bytes = source.bytes.get(origins[0].span.range());
            let Some(bytes) = bytes else { panic!("{character:?} of {block:?} is outside the file: {origins:?}") };
            let spelt = bytes == character.encode_utf8(&mut [0; 4]).as_bytes();
            let escaped = bytes.first().is_some_and(|first| *first == b'\\' || *first >= 0x80);
            assert!(spelt || escaped, "{character:?} of {block:?} comes from {bytes:?}");
        }
    }
}

/// Every block of a page-based document has a place on a page, and so has every character that was not put in.
fn check_pages(source: &Source, document: &Document) {
    let locations = block_locations(source, document, None);
    assert_eq!(locations.len(), document.blocks.len());
    for (location, block) in locations.iter().zip(&document.blocks) {
        match location {
            Location::Page { page, area, more, .. } => {
                assert!(*page >= 1 && area.left <= area.right && area.top <= area.bottom, "{location:?}");
                assert!(more.iter().all(|part| part.page >= *page), "{location:?}");
                assert!(!document.areas.around(&document.map.origins(block.span)).is_empty(), "{block:?}");
            }
            Location::Property { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(normalise::Folded::new(document).blocks().len(), document.blocks.len());
}

/// Every character of a document of strings comes from one place; a place that several blocks come from says one thing. Files
/// found inside have names in the chain.
fn check_strings(source: &Source, extracted: &Extracted<'_>) {
    let document = &extracted.document;
    let mut read: HashMap<(u16, usize), char> = HashMap::new();
    for block in &document.blocks {
        let is_property = matches!(block.place, Place::Property { .. });
        for (at, character) in document.text[block.span.range()].char_indices() {
            let start = block.span.start + at;
            let origins = document.map.origins(Span::new(start, start + character.len_utf8()));
            assert_eq!(origins.len(), 1, "{character:?} of {block:?} comes from {origins:?}");
            // Properties are places of the file; everything else is what was read of a stream, in order.
            if !is_property {
                assert_eq!(origins[0].span.range().len(), character.len_utf8(), "{block:?}");
                let known = *read.entry((origins[0].part, origins[0].span.start)).or_insert(character);
                assert_eq!(known, character, "{block:?}");
            }
        }
    }
    assert_eq!(block_locations(source, document, None).len(), document.blocks.len());
    assert_eq!(normalise::Folded::new(document).blocks().len(), document.blocks.len());
}

/// Blocks are sorted, apart from one another, inside the text and not blank; what they refer to exists.
fn check_blocks(document: &Document) {
    let mut end = 0;
    for block in &document.blocks {
        assert!(block.span.start >= end, "{block:?} begins before {end}");
        let text = document.text.get(block.span.range());
        assert!(text.is_some_and(|text| !text.trim().is_empty()), "{block:?} is {text:?}");
        assert_eq!(document.text.as_bytes().get(block.span.end), Some(&b'\n'), "{block:?}");
        assert_eq!(document.block_at(block.span.start).map(|found| found.span), Some(block.span));
        end = block.span.end + 1;
        match &block.place {
            Place::Text { node } => _ = node.map(|node| document.outline.css_path(node)),
            Place::Paragraph { part, .. } | Place::Property { part, .. } => {
                assert!(usize::from(*part) < document.parts.len(), "{block:?}");
            }
            Place::Pointer { node } => _ = node.map(|node| document.outline.pointer(node)),
            Place::Path { node } => _ = document.outline.xpath(*node),
            Place::Field { row, column } => assert!(*row >= 1 && *column >= 1, "{block:?}"),
            Place::Page | Place::Cue { .. } => {}
            Place::Shape { shape, .. } => {
                assert!(shape.is_none_or(|shape| usize::from(shape) < document.names.len()), "{block:?}");
            }
            Place::Cell { sheet, .. } | Place::Sheet { sheet } => {
                assert!(usize::from(*sheet) < document.names.len(), "{block:?}");
            }
        }
    }
    assert_eq!(document.text.len(), end);
}

/// Every character comes from one stretch of its part's text that spells it, or stands for it.
fn check_origins(document: &Document, texts: &[String]) {
    for block in &document.blocks {
        for (at, character) in document.text[block.span.range()].char_indices() {
            let start = block.span.start + at;
            let origins = document.map.origins(Span::new(start, start + character.len_utf8()));
            assert_eq!(origins.len(), 1, "{character:?} of {block:?} comes from {origins:?}");
            let text = texts[usize::from(origins[0].part)].get(origins[0].span.range());
            let Some(text) = text else {
                panic!("{character:?} of {block:?} comes from {origins:?}, outside the text")
            };
            let stands = text.is_empty()
                || text.starts_with(['&', '<'])
                || text.starts_with("_x")
                // Escapes of JSON and doubled quotes of CSV, also inside what HTML has in their strings.
                || text.contains('\\')
                || text.contains("\"\"")
                // In Markdown, a backslash before the end of a line breaks it.
                || character.is_whitespace() && text.trim_start_matches('\\').trim().is_empty()
                // A run of white space is one blank, whatever markup stands in it.
                || character.is_whitespace()
                    && text.starts_with(char::is_whitespace)
                    && text.ends_with(char::is_whitespace)
                || matches!(character, '\u{FFFC}' | '\u{FFFD}');
            assert!(text.chars().eq([character]) || stands, "{character:?} of {block:?} comes from {text:?}");
        }
        let whole = document.map.origins(block.span);
        assert!(!whole.is_empty(), "{block:?}");
        for origin in whole {
            assert!(texts[usize::from(origin.part)].get(origin.span.range()).is_some(), "{block:?}: {origin:?}");
        }
    }
}

/// Offsets in the decoded text lead to offsets in the bytes, in the same order.
pub fn check_offsets(bytes: &[u8], decoded: &DecodedText<'_>) {
    let text = &decoded.text;
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let raw = decoded.raw_offsets(bytes, &offsets);
    assert_eq!(raw.len(), offsets.len());
    assert!(raw.is_sorted(), "{:?}: {raw:?}", decoded.encoding);
    assert!(raw.last().is_some_and(|&last| last <= bytes.len()), "{:?}: {raw:?}", decoded.encoding);
    // Asking for some offsets gives the same as asking for all.
    for step in [3, 7] {
        let some: Vec<usize> = offsets.iter().copied().step_by(step).collect();
        assert!(decoded.raw_offsets(bytes, &some).iter().eq(raw.iter().step_by(step)), "{:?}", decoded.encoding);
    }
}

/// Decoded texts of the parts of a package that the document refers to.
fn part_texts(source: &Source, document: &Document) -> Vec<String> {
    if document.parts.is_empty() {
        return Vec::new();
    }
    let limits = limits();
    let Ok(mut package) = Package::open(&source.bytes) else { panic!("parts without a package") };
    // Part names are the same in any case.
    let key = |name: &str| name.trim_start_matches('/').to_ascii_lowercase();
    let names: Vec<Option<String>> = (0..package.len()).map(|index| package.name(index)).collect();
    let text = |part: &zhengming::document::Part| {
        let index = names.iter().position(|name| name.as_deref().is_some_and(|name| key(name) == key(&part.name)));
        let mut budget = Budget::new(&limits);
        let read = match index {
            Some(index) => Some(package.read(index, &limits, &mut budget)),
            None => package.read_named(&part.name, &limits, &mut budget),
        };
        let Some(Ok(bytes)) = read else { panic!("{part:?} cannot be read again") };
        decode(&bytes, None, true).text.into_owned()
    };
    document.parts.iter().map(text).collect()
}

/// A PDF of one page with `content`: fonts F1 and F2 write Chinese across and down, F3 is a Type 3 font, X is a form that
/// shows the content again, P is a list of properties.
pub fn page(content: &[u8]) -> Vec<u8> {
    let font = |encoding: &str| {
        format!(
            "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/{encoding}/DescendantFonts[<</Type/Font/Subtype/CIDFontType2\
             /BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>]>>"
        )
    };
    let head = format!(
        "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
         2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 600 800]>>\nendobj\n\
         3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 {}/F2 {}/F3 <</Type/Font/Subtype/Type3\
         /FontBBox[0 0 10 10]/FontMatrix[0.1 0 0 0.1 0 0]/CharProcs<<>>/Encoding<</Differences[65/A/B/C]>>/FirstChar 65\
         /LastChar 67/Widths[10 10 10]>>>>/XObject<</X 5 0 R>>/Properties<</P <</ActualText(x)>>>>>>>>\nendobj\n",
        font("UniGB-UCS2-H"),
        font("UniGB-UCS2-V")
    );
    let mut bytes = head.into_bytes();
    for (number, dictionary) in [(4, ""), (5, "/Type/XObject/Subtype/Form/BBox[0 0 600 800]")] {
        bytes.extend(format!("{number} 0 obj\n<<{dictionary}/Length {}>>\nstream\n", content.len()).bytes());
        bytes.extend(content);
        bytes.extend(b"\nendstream\nendobj\n");
    }
    bytes.extend(b"trailer\n<</Root 1 0 R>>\n%%EOF\n");
    bytes
}

/// A part that an input can replace: the letter that chooses it, its name, and what it holds otherwise.
pub type PackagePart = (u8, &'static str, &'static str);

/// The package that `data` is, or the one that it describes: unless it begins like a zip file, it is a list of parts,
/// each with a letter of `parts` before it and 0x1E after it. The other parts are as they should be. Without a known
/// letter, the first part is meant.
pub fn package(parts: &[PackagePart], data: &[u8]) -> Vec<u8> {
    if data.starts_with(b"PK") {
        return data.to_vec();
    }
    let mut contents: Vec<&[u8]> = parts.iter().map(|(_, _, usual)| usual.as_bytes()).collect();
    for record in data.split(|&byte| byte == SEPARATOR) {
        let chosen = record.first().and_then(|first| parts.iter().position(|(letter, _, _)| letter == first));
        match chosen {
            Some(index) => contents[index] = &record[1..],
            None => contents[0] = record,
        }
    }
    let entries = parts.iter().zip(contents).map(|((_, name, _), content)| (*name, content));
    archive(entries)
}

/// A zip file of files with an extension after each other: `data` is a list of them, each with a letter before it that
/// chooses the extension, and 0x1E after it. A file that begins like a zip file is one.
pub fn archive_of_files(data: &[u8]) -> Vec<u8> {
    const EXTENSIONS: [(u8, &str); 7] =
        [(b'h', "html"), (b'm', "md"), (b't', "txt"), (b'd', "docx"), (b'x', "xlsx"), (b'z', "zip"), (b'p', "png")];
    let mut files: Vec<(String, &[u8])> = Vec::new();
    for record in data.split(|&byte| byte == SEPARATOR).take(80) {
        let found = record.first().and_then(|first| EXTENSIONS.iter().find(|(letter, _)| letter == first));
        let (extension, content) = found.map_or(("", record), |(_, extension)| (*extension, &record[1..]));
        files.push((format!("附件/{}.{extension}", files.len()), content));
    }
    archive(files.iter().map(|(name, content)| (name.as_str(), *content)))
}

fn archive<'a>(entries: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name, options).expect("entry names differ");
        zip.write_all(content).expect("memory takes everything");
    }
    zip.finish().expect("memory takes everything").into_inner()
}
