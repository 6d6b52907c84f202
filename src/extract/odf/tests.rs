use super::super::ooxml::testing::{assert_places, blocks, codes, package};
use super::*;
use crate::document::Place;
use crate::source::Limits;

const NAMESPACES: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
    xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
    xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0' xmlns:svg='urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0'";

fn read(content: &str, more: &[(&str, &str)], limits: Limits) -> Extracted<'static> {
    let content = format!("<office:document-content {NAMESPACES}>{content}</office:document-content>");
    let mut parts: Vec<(&str, &[u8])> = vec![("content.xml", content.as_bytes())];
    parts.extend(more.iter().map(|(name, text)| (*name, text.as_bytes())));
    let source = Source::new("a.odt", package(&parts));
    let extracted = OpenDocument.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    if !extracted.document.blocks.is_empty() {
        assert_places(&source.bytes, &extracted.document);
    }
    Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
}

#[test]
fn text_as_a_reader_sees_it() {
    let body = "<office:body><office:text><text:tracked-changes><text:p>删去</text:p></text:tracked-changes>\
        <text:h>标题</text:h><text:p>  一<text:span>按\n  装</text:span><text:s text:c='2'/>二<text:note><text:note-citation>1</text:note-citation>\
        <text:note-body><text:p>注</text:p></text:note-body></text:note><office:annotation><text:p>批</text:p></office:annotation>\
        <draw:frame draw:name='图'><svg:desc>描述</svg:desc><draw:text-box><text:p>框</text:p></draw:text-box></draw:frame>尾</text:p>\
        <table:table><table:table-row><table:table-cell table:number-columns-repeated='2'/><table:table-cell><text:p>格</text:p></table:table-cell></table:table-row></table:table></office:text></office:body>";
    let styles = format!(
        "<office:document-styles {NAMESPACES}><office:master-styles><style:master-page style:name='S'><style:header><text:p>眉</text:p></style:header>\
         <style:footer style:display='false'><text:p>不</text:p></style:footer></style:master-page></office:master-styles></office:document-styles>"
    );
    let extracted = read(body, &[("styles.xml", &styles)], Limits::default());
    let expected = [
        (Scope::Heading, "标题"),
        (Scope::Body, "一按 装  二尾"),
        (Scope::Footnote, "注"),
        (Scope::Comment, "批"),
        (Scope::Alt, "描述"),
        (Scope::Body, "框"),
        (Scope::Cell, "格"),
        (Scope::Header, "眉"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    let cell = extracted.document.blocks[6].cell.map(|cell| (cell.row, cell.column));
    assert_eq!(cell, Some((0, 2)));
    assert_eq!(extracted.notices, []);
}

#[test]
fn cells_repeat_within_limits() {
    let sheet = |rows: &str, columns: &str| {
        format!(
            "<office:body><office:spreadsheet><table:table table:name='表'><table:table-row table:number-rows-repeated='{rows}'>\
             <table:table-cell table:number-columns-repeated='16000'/></table:table-row><table:table-row table:number-rows-repeated='{rows}'>\
             <table:table-cell table:number-columns-repeated='{columns}' office:value-type='string'><text:p>按</text:p><text:p>装</text:p></table:table-cell>\
             <table:table-cell office:value-type='float' office:value='1'><text:p>1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
        )
    };
    let extracted = read(&sheet("2", "2"), &[], Limits::default());
    let found: Vec<_> = extracted.document.blocks[1..].iter().map(|block| block.place.clone()).collect();
    let at = |row, column| Place::Cell { sheet: 0, row, column };
    assert_eq!(found, [at(3, 1), at(3, 2), at(4, 1), at(4, 2)]);
    assert_eq!(blocks(&extracted.document)[..2], [(Scope::SheetName, "表"), (Scope::Cell, "按\n装")]);
    let extracted = read(&sheet("1048000", "16000"), &[], Limits::default());
    assert!(codes(&extracted).contains(&Code::Limit));
    assert!(extracted.document.blocks.len() < 3000);
}

#[test]
fn slides_encryption_and_damage() {
    let page = "<office:body><office:presentation><draw:page draw:master-page-name='M'><draw:frame draw:name='题' presentation:class='title'>\
        <draw:text-box><text:p>训</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box><text:p>注</text:p></draw:text-box></draw:frame></presentation:notes></draw:page></office:presentation></office:body>";
    let extracted = read(page, &[], Limits::default());
    assert_eq!(blocks(&extracted.document), [(Scope::Title, "训"), (Scope::Body, "注")]);
    assert_eq!(extracted.document.names, ["题", "#1"]);
    let manifest =
        "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    assert_eq!(codes(&read(page, &[("META-INF/manifest.xml", manifest)], Limits::default())), [Code::Encrypted]);
    assert_eq!(codes(&read("<office:body/>", &[], Limits::default())), [Code::Corrupt]);
    assert_eq!(codes(&read("<office:body><office:text><text:p>甲", &[], Limits::default())), [Code::Corrupt]);
}
