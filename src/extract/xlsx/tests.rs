//! Workbooks made of parts: what is read, where it stands, what is said.

use proptest::prelude::*;

use super::super::ooxml::testing::{assert_places, blocks, codes, package, relationships};
use super::*;
use crate::source::{Level, Limits};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

fn part(root: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<{root} xmlns=\"{MAIN}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">{content}</{root}>"
    )
}

/// A workbook of one sheet with these cells and shared strings, and more parts.
fn workbook(cells: &str, strings: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let book = part("workbook", "<sheets><sheet name='预&#x7B97;表' sheetId='1' r:id='s'/></sheets>");
    let rels =
        relationships(&[("s", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml")]);
    let sheet = part("worksheet", cells);
    let strings = part("sst", strings);
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ];
    parts.extend(more.iter().map(|(name, content)| (*name, content.as_bytes())));
    package(&parts)
}

fn read(bytes: Vec<u8>, limits: Limits) -> Extracted<'static> {
    let source = Source::new("a.xlsx", bytes);
    let extracted = Xlsx.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    if !extracted.document.blocks.is_empty() {
        assert_places(&source.bytes, &extracted.document);
    }
    Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
}

#[test]
fn cells_of_every_kind() {
    let strings = "<si><t>一般&amp;公共</t></si><si><r><t>按</t></r><r><rPr/><t>装</t></r><rPh><t>アン</t></rPh></si><si><t>甲_x000D__x4E59_</t></si>";
    let cells = "<sheetData><row r='3'><c r='B3' t='s'><v>0</v></c><c t='s'><v>1</v></c><c r='AA3' t='inlineStr'><is><t>内</t><rPh><t>x</t></rPh></is></c></row>\
        <row><c t='str'><f>\"假\"&amp;A1</f><v>结果</v></c><c><v>13800138000</v></c><c t='n'><v>1234567890</v></c><c><v>12345678901.5</v></c>\
        <c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c><c t='s'><v>2</v></c></row><row r='1048576'><c r='XFD1048576' t='s'><v>0</v></c></row></sheetData>";
    let extracted = read(workbook(cells, strings, &[]), Limits::default());
    let expected = [
        (Scope::SheetName, "预算表", None),
        (Scope::Cell, "一般&公共", Some((3, 2))),
        (Scope::Cell, "按装", Some((3, 3))),
        (Scope::Cell, "内", Some((3, 27))),
        (Scope::Cell, "结果", Some((4, 1))),
        (Scope::Cell, "13800138000", Some((4, 2))),
        (Scope::Cell, "甲\r乙", Some((4, 7))),
        (Scope::Cell, "一般&公共", Some((1_048_576, 16_384))),
    ];
    let found: Vec<_> = extracted
        .document
        .blocks
        .iter()
        .zip(blocks(&extracted.document))
        .map(|(block, (scope, text))| {
            let at = match block.place {
                Place::Cell { row, column, .. } => Some((row, column)),
                _ => None,
            };
            assert_eq!(block.cell.map(|cell| (cell.row + 1, cell.column + 1)), at);
            (scope, text, at)
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(extracted.document.names, ["预算表"]);
    assert_eq!(extracted.notices, []);
}

#[test]
fn headers_comments_and_drawings() {
    let cells = "<sheetData/><headerFooter><oddHeader>&amp;L&amp;\"宋体,常规\"&amp;12机密&amp;C&amp;KFF0000标&amp;B题&amp;&amp;&amp;R第&amp;P页</oddHeader><oddFooter>&amp;C页脚</oddFooter></headerFooter>";
    let rels = relationships(&[
        ("1", "comments", "../comments1.xml"),
        ("2", "threadedComment", "../threadedComments/threadedComment1.xml"),
        ("3", "drawing", "../drawings/drawing1.xml"),
    ]);
    let comments = part(
        "comments",
        "<authors><author>张三</author><author>tc={0}</author></authors><commentList>\
        <comment ref='B2' authorId='0'><text><r><t>批</t></r><r><t>注</t></r></text></comment><comment ref='C3' authorId='1'><text><t>[线程批注]</t></text></comment></commentList>",
    );
    let threaded = "<ThreadedComments xmlns='http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments'><threadedComment ref='C3'><text>会话</text></threadedComment></ThreadedComments>";
    let drawing = "<d xmlns:a='http://purl.oclc.org/ooxml/drawingml/main'><a:p><a:r><a:t>形状</a:t></a:r></a:p></d>";
    let more = [
        ("xl/worksheets/_rels/sheet1.xml.rels", &*rels),
        ("xl/comments1.xml", &*comments),
        ("xl/threadedComments/threadedComment1.xml", threaded),
        ("xl/drawings/drawing1.xml", drawing),
    ];
    let extracted = read(workbook(cells, "", &more), Limits::default());
    let expected = [
        (Scope::SheetName, "预算表"),
        (Scope::Header, "机密"),
        (Scope::Header, "标题&"),
        (Scope::Header, "第页"),
        (Scope::Footer, "页脚"),
        (Scope::Comment, "会话"),
        (Scope::Comment, "批注"),
        (Scope::Body, "形状"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    assert_eq!(extracted.document.blocks[5].place, Place::Cell { sheet: 0, row: 3, column: 3 });
    assert_eq!(extracted.document.blocks[6].place, Place::Cell { sheet: 0, row: 2, column: 2 });
    assert_eq!(extracted.notices, []);
}

#[test]
fn damage_and_limits_are_said() {
    let cells =
        "<sheetData><row r='1'><c t='s'><v>0</v></c><c t='s'><v>9</v></c><c t='str'><v>尾</v></c></row></sheetData>";
    let extracted = read(workbook(cells, "<si><t>头</t></si>", &[]), Limits::default());
    assert_eq!(blocks(&extracted.document)[1..], [(Scope::Cell, "头"), (Scope::Cell, "尾")]);
    assert_eq!(codes(&extracted), [Code::Corrupt]);

    let extracted = read(workbook(cells, "<si><t>头</t></si>", &[]), Limits { cells: 1, ..Limits::default() });
    assert_eq!(blocks(&extracted.document)[1..], [(Scope::Cell, "头")]);
    assert!(extracted.notices[0].code == Code::Limit && extracted.notices[0].message.contains("--limit cells="));

    // A short sheet that multiplies a long string must not multiply memory.
    let many = format!("<sheetData>{}</sheetData>", "<c t='s'><v>0</v></c>".repeat(5_000));
    let long = format!("<si><t>{}</t></si>", "长".repeat(10_000));
    let extracted = read(workbook(&many, &long, &[]), Limits { entry_size: 1 << 20, ..Limits::default() });
    assert!(extracted.document.text.len() <= 1 << 20);
    assert_eq!(codes(&extracted), [Code::Limit]);

    let laughs = "<!DOCTYPE x [<!ENTITY a '哈'>]><worksheet xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'><c t='str'><v>笑&a;</v></c></worksheet>";
    let book = part("workbook", "<sheets><sheet name='a' r:id='s'/><sheet name='b' r:id='?'/></sheets>");
    let rels = relationships(&[("s", "worksheet", "/xl/sheet1.xml")]);
    let bytes = package(&[
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/sheet1.xml", laughs.as_bytes()),
    ]);
    let extracted = read(bytes.clone(), Limits::default());
    assert_eq!(blocks(&extracted.document), [(Scope::SheetName, "a"), (Scope::Cell, "笑"), (Scope::SheetName, "b")]);
    assert_eq!(codes(&extracted), [Code::Corrupt, Code::Corrupt]);
    assert!(extracted.notices.iter().all(|notice| notice.level == Level::Error));
    assert_eq!(codes(&read(bytes[..bytes.len() - 30].to_vec(), Limits::default())), [Code::Corrupt]);
}

#[test]
fn references_and_escapes() {
    for (text, expected) in [
        ("A1", Some((1, 1))),
        ("XFD1048576", Some((1_048_576, 16_384))),
        ("c5", Some((5, 3))),
        ("", None),
        ("5", None),
        ("A0", None),
        ("ABCD1", None),
        ("A99999999999", None),
        ("A-1", None),
    ] {
        assert_eq!(reference(text), expected, "{text}");
    }
    for (text, expected) in [
        ("_x005F_x000D_", "_x000D_"),
        ("a_x0041_b", "aAb"),
        ("_xD83D_", "_xD83D_"),
        ("_x41_", "_x41_"),
        ("_x字字_", "_x字字_"),
        ("a_x0001_b", "ab"),
        ("_x__x4E00_", "_x_一"),
    ] {
        let mut pieces = Vec::new();
        unescape_into(text, Piece { span: Span::new(0, text.len()), means: None }, &mut pieces);
        assert_eq!(joined(text, &pieces), expected, "{text}");
    }
}

/// Markup of rows and cells in pieces, of which some make sense together.
const ROWS: [&str; 36] = [
    "<row>",
    "<row r=\"7\" spans='1:3'>",
    "<row r='7' r='8'>",
    "<row/>",
    "<x:row xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main'>",
    "</x:row>",
    "</row>",
    "\n  ",
    "<c>",
    "<c r=\"B2\" s=\"1\" t=\"s\">",
    "<c r='AA3' t='str'>",
    "<c t='s' t='n' r='?'>",
    "<c t='inlineStr' xml:r='D4'>",
    "<c t='b'/>",
    "</c>",
    "<v>0</v>",
    "<v> 1 </v>",
    "<v>9</v>",
    "<v>13800138000</v>",
    "<v>甲&amp;乙</v>",
    "<v>_x0031_</v>",
    "<v>_x0001_13800138000</v>",
    "<v/>",
    "<v>",
    "</v>",
    "<f>A1</f>",
    "<f t='shared' si='0'/>",
    "<f>\"a\"&amp;A1</f>",
    "<is><t xml:space='preserve'>内 </t></is>",
    "<is><r><t>多</t></r><r><t>段</t></r></is>",
    "<is>",
    "</is>",
    "<t>字</t>",
    "<!-- -->",
    "<x:c xmlns:x='y'><v>0</v></x:c>",
    "<extLst/>",
];

const STRINGS: [&str; 8] = [
    "<si><t>一</t></si>",
    "<si><t xml:space=\"preserve\">二&lt;_x0041_ </t></si>",
    "<si><r><t>三</t></r><r><t>四</t></r><rPh><t>x</t></rPh></si>",
    "<si><t/></si>",
    "<si/>",
    " ",
    "<si><t>_x4E94_</t><phoneticPr/></si>",
    "<rPh><t>y</t></rPh>",
];

/// What was read, without the bytes at which it stands: text, scope and place of every block; levels and codes.
type Gist = (Vec<(String, Scope, Place)>, Vec<(Level, Code)>);

fn gist(extracted: &Extracted<'_>) -> Gist {
    let text = |block: &crate::document::Block| extracted.document.text[block.span.range()].to_owned();
    let blocks = extracted.document.blocks.iter().map(|block| (text(block), block.scope, block.place.clone()));
    (blocks.collect(), extracted.notices.iter().map(|notice| (notice.level, notice.code)).collect())
}

proptest! {
    /// Blanks around an equals sign are nothing that plain markup has, and mean nothing.
    #[test]
    fn plain_cells_are_read_as_any_others(
        rows in prop::collection::vec(prop::sample::select(&ROWS[..]), 0..24),
        strings in prop::collection::vec(prop::sample::select(&STRINGS[..]), 0..6),
        sound in any::<bool>(),
        depth in 3u64..9,
    ) {
        // Half of the sheets begin well, so that what follows is met inside of a row.
        let begin = if sound { "<row r='2'><c r='A2' t='s'><v>0</v></c>" } else { "" };
        let rows = format!("<sheetData>{begin}{}</row></sheetData>", rows.concat());
        let odd = |text: &str, names: &[&str]| {
            let odd = |text: String, name: &&str| {
                let tag = |end: &str| (format!("<{name}{end}"), format!("<{name} odd = '1'{end}"));
                [" ", ">", "/"].iter().fold(text, |text, end| text.replace(&tag(end).0, &tag(end).1))
            };
            names.iter().fold(text.to_owned(), odd)
        };
        let limits = Limits { xml_depth: depth, ..Limits::default() };
        let plain = read(workbook(&rows, &strings.concat(), &[]), limits);
        let other = read(workbook(&odd(&rows, &["row", "c"]), &odd(&strings.concat(), &["si"]), &[]), limits);
        prop_assert_eq!(gist(&plain), gist(&other));
    }
}
