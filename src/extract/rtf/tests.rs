//! RTF from strings: what is read, as what, and where.

use proptest::prelude::*;

use super::*;
use crate::document::{Document, Place, Scope, Span, TablePlace};
use crate::extract::extract;
use crate::source::{Level, Limits};

fn read_bytes(bytes: &[u8], limits: Limits) -> Extracted<'static> {
    let source = Source::new("a.rtf", bytes);
    let extracted = extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    assert_origins(bytes, &extracted.document);
    Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
}

fn read(rtf: &str) -> Extracted<'static> {
    read_bytes(rtf.as_bytes(), Limits::default())
}

/// Scope and text of all blocks.
fn texts(rtf: &str) -> Vec<(Scope, String)> {
    let document = read(rtf).document;
    document.blocks.iter().map(|block| (block.scope, document.text[block.span.range()].to_owned())).collect()
}

/// The text of all blocks, joined by `|`.
fn joined(rtf: &str) -> String {
    texts(rtf).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("|")
}

/// Every character comes from bytes that spell it, or that are an escape.
fn assert_origins(bytes: &[u8], document: &Document) {
    for block in &document.blocks {
        for (at, character) in document.text[block.span.range()].char_indices() {
            let start = block.span.start + at;
            let origins = document.map.origins(Span::new(start, start + character.len_utf8()));
            assert_eq!(origins.len(), 1, "{character:?} of {block:?}");
            let source = &bytes[origins[0].span.range()];
            let spelt = source == character.encode_utf8(&mut [0; 4]).as_bytes();
            assert!(
                spelt || source.starts_with(b"\\") || source.first().is_some_and(|byte| *byte >= 0x80),
                "{source:?}"
            );
        }
    }
}

#[test]
fn characters_in_every_way_of_writing_them() {
    for (rtf, expected) in [
        (r"{\rtf1\ansi\ansicpg936 \'b9\'ab\'ce\'c4\par}", "公文"),
        // The second byte of a character may be one that ASCII has too, written either way.
        (r"{\rtf1\ansi\ansicpg936 \'81A\'81\'41}", "丄丄"),
        (
            r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fnil\fcharset134 B;}{\f2\fcharset136{\*\falt C}D;}}\f1\'b9\'ab{\f2\'a4\'a4}\f0\'e9}",
            "公中é",
        ),
        // Half a character waits for the other over words and line ends.
        ("{\\rtf1\\ansi\\ansicpg936 \\'b9\r\n\\'ab\\'ce\\b\\'c4}", "公文"),
        (r"{\rtf1\ansi\uc2\u20844\'b9\'ab\u25991 ??!}", "公文!"),
        (r"{\rtf1\ansi\uc1\u20844?\u-10114?\u-8760?{\uc0\u25991}}", "公\u{2f9c8}文"),
        (r"{\rtf1\ansi\uc1\u20844\'b9\u25991{?}x}", "公文?x"),
        (r"{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 x;}}\f0\'93\'fa\'96{\rtf1}\'7b}", "日本"),
        // Bytes as they are.
        (
            "{\\rtf1\\ansi\\ansicpg936 a\\~b\\_c\\-d\\tab e\\line f\\{\\}\\\\\\emdash\\ldblquote g}",
            "a\u{a0}b-c\u{ad}d\te\nf{}\\—“g",
        ),
        (r"{\rtf1\ansi\ansicpg65001 \'e5\'85\'ac}", "公"),
    ] {
        assert_eq!(joined(rtf), expected, "{rtf}");
    }
    assert_eq!(joined("\u{FEFF} \r\n{\\rtf1 a}"), "a");
    let raw = [b"{\\rtf1\\ansi\\ansicpg936 ".to_vec(), b"\xB9\xAB\xCE\xC4}".to_vec()].concat();
    let extracted = read_bytes(&raw, Limits::default());
    assert_eq!((&*extracted.document.text, extracted.notices), ("公文\n", vec![]));
    // A file that does not say what it is written in.
    let text = "关于认真做好档案安全工作的通知，各单位要加强组织领导";
    let escaped: String = encoding_rs::GBK.encode(text).0.iter().map(|byte| format!("\\'{byte:02x}")).collect();
    assert_eq!(joined(&format!("{{\\rtf1\\ansi{{\\fonttbl{{\\f0\\fcharset0 x;}}}}\\f0 {escaped}}}")), text);
}

#[test]
fn what_is_no_text_of_the_document_is_left_out_and_what_is_is_read_once() {
    for (rtf, expected) in [
        (r"{\rtf1{\colortbl;\red0;}{\*\unknown x{y}}{\pntext 1.\tab}{\listtext 2.}a}", "a"),
        (r"{\rtf1 a{\field{\*\fldinst HYPERLINK x{\b y}}{\fldrslt b}}c}", "abc"),
        (r"{\rtf1 a{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 8950}}b}", "ab"),
        (r"{\rtf1 a{\pict\bin4 }}{\}b}", "ab"),
        (r"{\rtf1 a{\deleted b}{\revised c}\deleted d\deleted0 e}", "ace"),
        (r"{\rtf1 a{\v b}c\v d\plain e}", "ace"),
        (r"{\rtf1 a{\object\objemb{\*\objdata 0105}{\result b}}c}", "abc"),
        (r"{\rtf1{\info{\upr{\title x}{\*\ud{\title y}}}}a{\upr{b}{\*\ud{c}}}}", "y|ac"),
        (r"{\rtf1 a{\xe b}{\*\bkmkstart c}d}", "ad"),
    ] {
        assert_eq!(joined(rtf), expected, "{rtf}");
    }
    let hidden = read(r"{\rtf1 a{\v b}}");
    assert_eq!((hidden.notices[0].code, hidden.notices[0].level), (Code::Skipped, Level::Warning));
}

#[test]
fn stories_have_their_scopes_and_places() {
    let rtf = r"{\rtf1{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\*\cs2 heading 9;}{\s3\outlinelevel0 Own;}}
        {\header\pard H\par}{\footerl F}\pard\s1 One\par\pard\s3 Two\par\pard\s0
        Three{\footnote\pard N}{\footnote\ftnalt E}{\*\annotation{\*\atnid 1}C}
        {\shp{\*\shpinst{\sp{\sn wzDescription}{\sv Picture}}{\shptxt\pard T1\par T2\par}}{\shprslt{\shptxt T1}}} end\par Four}";
    let expected = [
        (Scope::Heading, "One"),
        (Scope::Heading, "Two"),
        (Scope::Body, "Three end"),
        (Scope::Alt, "Picture"),
        (Scope::Body, "T1"),
        (Scope::Body, "T2"),
        (Scope::Body, "Four"),
        (Scope::Header, "H"),
        (Scope::Footer, "F"),
        (Scope::Footnote, "N"),
        (Scope::Footnote, "E"),
        (Scope::Comment, "C"),
    ];
    let squeezed: Vec<(Scope, String)> = texts(rtf)
        .into_iter()
        .map(|(scope, text)| (scope, text.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    let squeezed: Vec<(Scope, &str)> = squeezed.iter().map(|(scope, text)| (*scope, &**text)).collect();
    assert_eq!(squeezed, expected);
    let document = read(rtf).document;
    let places: Vec<String> = document
        .blocks
        .iter()
        .map(|block| match &block.place {
            Place::Paragraph { part, paragraph, text_box, note, .. } => {
                format!("{} {paragraph} {text_box:?} {note:?}", document.parts[usize::from(*part)].name)
            }
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        places,
        [
            "document 1 None None",
            "document 2 None None",
            "document 3 None None",
            "document 3 None None",
            "document 1 Some(1) None",
            "document 2 Some(1) None",
            "document 4 None None",
            "header1 1 None None",
            "footer1 1 None None",
            "footnotes 1 None Some(1)",
            "endnotes 1 None Some(1)",
            "comments 1 None Some(1)",
        ]
    );
}

#[test]
fn tables_have_rows_and_the_columns_of_their_grid() {
    let rtf = r"{\rtf1\pard before\par
        \trowd\cellx1000\cellx2000\cellx3000\pard\intbl a\cell b1\par b2\cell c\cell\row
        \trowd\cellx2000\cellx3000\pard\intbl wide\cell
        \pard\intbl\itap2 x\nestcell y\nestcell{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}
        \pard\intbl after\cell\row
        \pard end}";
    let document = read(rtf).document;
    let found: Vec<(String, Vec<TablePlace>, u32)> = document
        .blocks
        .iter()
        .map(|block| match &block.place {
            Place::Paragraph { table, paragraph, .. } => {
                (document.text[block.span.range()].trim().to_owned(), table.clone(), *paragraph)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let at = |row, column| TablePlace { table: 1, row, column };
    let expected = [
        ("before", vec![], 1),
        ("a", vec![at(1, 1)], 1),
        ("b1", vec![at(1, 2)], 1),
        ("b2", vec![at(1, 2)], 2),
        ("c", vec![at(1, 3)], 1),
        ("wide", vec![at(2, 1)], 1),
        ("x", vec![at(2, 3), at(1, 1)], 1),
        ("y", vec![at(2, 3), at(1, 2)], 1),
        ("after", vec![at(2, 3)], 1),
        ("end", vec![], 2),
    ];
    let expected: Vec<(String, Vec<TablePlace>, u32)> =
        expected.into_iter().map(|(text, table, paragraph)| (text.to_owned(), table, paragraph)).collect();
    assert_eq!(found, expected);
    assert!(document.blocks[1..9].iter().all(|block| block.scope == Scope::Cell && block.cell.is_some()));
}

#[test]
fn properties_and_the_later_date() {
    let rtf = r"{\rtf1\ansi\ansicpg936{\info{\title \'b9\'ab\'ce\'c4}{\author nobody}{\keywords k}
        {\creatim\yr2019\mo3\dy2\hr9}{\revtim\yr2021\mo11\dy1}{\printim\yr2024\mo1\dy1}}x}";
    let document = read(rtf).document;
    assert_eq!(document.metadata.title.as_deref(), Some("公文"));
    let saved = document.metadata.saved.as_ref().unwrap();
    assert_eq!((&*saved.date, &*saved.from), ("2021-11-01", "rtf revtim"));
    assert_eq!(joined(rtf), "公文|k|x");
}

#[test]
fn what_is_damaged_or_beyond_limits_is_noticed() {
    let deep = format!("{{\\rtf1 a{}b{}c}}", "{".repeat(100_000), "}".repeat(100_000));
    for (rtf, code, text) in [
        (&*deep, Code::Limit, "ac"),
        ("{\\rtf1 a{b", Code::Corrupt, "ab"),
        ("{\\rtf1 a}}b", Code::Corrupt, "a"),
        (r"{\rtf1\ansi\ansicpg936 a\'b9}", Code::Charset, "a\u{FFFD}"),
    ] {
        let extracted = read(rtf);
        assert_eq!(extracted.notices.len(), 1, "{:?}", extracted.notices);
        assert_eq!((extracted.notices[0].code, extracted.notices[0].level), (code, Level::Error));
        assert_eq!(joined(rtf), text);
    }
    assert!(read("{\\rtf1 a}\r\n\0").notices.is_empty());
    let small = Limits { entry_size: 10, ..Limits::default() };
    assert_eq!(read_bytes(b"{\\rtf1 0123456789abc\\par d}", small).notices[0].code, Code::Limit);
}

proptest! {
    #[test]
    fn no_rtf_panics(body in r"([{}a?\n]|\\(par|cell|row|trowd|cellx9|intbl|itap2|nestcell|nestrow|pard|u-10114|u20844|uc2|'b9|'ab|f1|v|deleted|footnote|header|shptxt|\*|upr|ud|sn|sv|stylesheet|info|title|fonttbl|fcharset134|bin3) ?){0,40}") {
        read(&format!("{{\\rtf1\\ansi\\ansicpg936{body}"));
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_real_document_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"{}\\'\n;*0u9 \xD6"[..])), 1..30)) {
        let mut bytes = include_bytes!("../../../tests/formats/places.rtf").to_vec();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let source = Source::new("a.rtf", bytes);
        // Without its beginning it is another kind of text.
        prop_assume!(source.kind() == Kind::Rtf);
        let extracted = extract(&source, &ExtractOptions::default());
        assert_origins(&source.bytes, &extracted.document);
    }
}
