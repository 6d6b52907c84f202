//! OFD files made here, part by part.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::document::{Area, Document, Span};
use crate::extract::extract;
use crate::source::{Level, Limits};

const ENTRY: &str = "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'><ofd:DocBody><ofd:DocInfo><ofd:Title>关于试点的通知</ofd:Title>\
    <ofd:CreationDate>2023-1-5</ofd:CreationDate><ofd:ModDate>2023-02-06T10:00:00</ofd:ModDate></ofd:DocInfo>\
    <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>";

fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A root part whose pages are `Pages/0.xml` and so on; `more` stands among the templates and resources.
fn root(pages: usize, common: &str, more: &str) -> String {
    let pages: String = (0..pages).map(|page| format!("<ofd:Page ID='{page}' BaseLoc='Pages/{page}.xml'/>")).collect();
    format!(
        "<ofd:Document xmlns:ofd='http://www.ofdspec.org/2016'><ofd:CommonData><ofd:PageArea>\
        <ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData>\
        <ofd:Pages>{pages}</ofd:Pages>{more}</ofd:Document>"
    )
}

fn page(head: &str, content: &str) -> String {
    format!(
        "<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'>{head}<ofd:Content><ofd:Layer ID='1'>{content}</ofd:Layer></ofd:Content></ofd:Page>"
    )
}

/// A line of characters of five millimetres whose baseline begins at a place.
fn line(x: f64, y: f64, text: &str) -> String {
    let steps = text.chars().count() - 1;
    format!(
        "<ofd:TextObject ID='9' Boundary='{x} {} 200 6' Font='1' Size='5'><ofd:TextCode X='0' Y='5' DeltaX='g {steps} 5'>{text}</ofd:TextCode></ofd:TextObject>",
        y - 5.0
    )
}

fn simple(contents: &[&str]) -> Vec<u8> {
    let root = root(contents.len(), "", "");
    let pages: Vec<(String, String)> =
        contents.iter().enumerate().map(|(at, one)| (format!("Doc_0/Pages/{at}.xml"), page("", one))).collect();
    let mut parts = vec![("OFD.xml", ENTRY), ("Doc_0/Document.xml", &*root)];
    parts.extend(pages.iter().map(|(name, text)| (&**name, &**text)));
    zip(&parts)
}

fn read(bytes: Vec<u8>) -> (Document, Vec<Notice>) {
    read_with(bytes, Limits::default())
}

fn read_with(bytes: Vec<u8>, limits: Limits) -> (Document, Vec<Notice>) {
    let source = Source::new("a.ofd", bytes);
    assert_eq!(source.kind(), Kind::Ofd);
    let extracted = extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    (extracted.document, extracted.notices)
}

fn texts(document: &Document) -> Vec<(Scope, &str)> {
    document.blocks.iter().map(|block| (block.scope, &document.text[block.span.range()])).collect()
}

fn body(document: &Document) -> Vec<&str> {
    texts(document).into_iter().filter(|(scope, _)| *scope != Scope::Title).map(|(_, text)| text).collect()
}

fn errors(notices: &[Notice]) -> Vec<Code> {
    notices.iter().filter(|notice| notice.level == Level::Error).map(|notice| notice.code).collect()
}

fn around(document: &Document, text: &str) -> Vec<Area> {
    let at = document.text.find(text).unwrap();
    document.areas.around(&document.map.origins(Span::new(at, at + text.len())))
}

#[test]
fn a_word_cut_by_a_line_end_is_whole_and_has_a_rectangle_on_each_line() {
    let first = line(30.0, 40.0, "为进一步加强管理现就有关工作作出部署请认真贯彻落");
    let second = line(20.0, 48.0, "实并及时报告进展情况。");
    let (document, notices) =
        read(simple(&[&(line(20.0, 32.0, "各区人民政府市政府各委办局各有关单位以及社会团体组织")
            + &first
            + &second)]));
    assert_eq!(notices, []);
    assert!(document.text.contains("贯彻落实并"), "{:?}", texts(&document));
    let point = |millimetres: f64| (millimetres * POINTS * 100.0).round() as i32;
    let areas = around(&document, "落实");
    assert_eq!(areas.len(), 2);
    assert_eq!((areas[0].page, areas[1].page), (1, 1));
    assert!((areas[1].left - point(20.0)).abs() <= 1 && (areas[1].right - point(25.0)).abs() <= 1, "{areas:?}");
    assert!(areas[1].top > areas[0].bottom && areas[1].top < point(48.0) && areas[1].bottom > point(48.0));
}

#[test]
fn pages_are_in_the_order_of_the_root_and_texts_go_on_over_them() {
    let full = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月";
    let (document, notices) = read(simple(&[
        &(line(20.0, 100.0, full) + &line(20.0, 108.0, full) + &line(20.0, 116.0, full)),
        &(line(20.0, 100.0, "盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生")
            + &line(20.0, 108.0, "丽水。")),
    ]));
    assert_eq!(notices, []);
    assert!(document.text.contains("日月盈昃"), "{:?}", texts(&document));
    let areas = around(&document, "月盈");
    assert_eq!(areas.iter().map(|area| area.page).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn steps_are_runs_and_single_numbers() {
    assert_eq!(steps_of("g 3 5 2.5 g 2 1", 9), [5.0, 5.0, 5.0, 2.5, 1.0, 1.0]);
    assert_eq!(steps_of("g 99999999999 5", 2), [5.0, 5.0]);
    assert_eq!(steps_of("G 1 5 x", 2), [5.0, 0.0]);
    assert_eq!(steps_of("g", 2), [0.0; 0]);
    // A step back and down begins a next line inside one text object.
    let content = "<ofd:TextObject Boundary='20 20 100 40' Size='5'><ofd:TextCode X='0' Y='5' DeltaX='g 3 5 -15 g 3 5' DeltaY='g 3 0 30 g 3 0'>甲乙丙丁子丑寅卯</ofd:TextCode></ofd:TextObject>";
    let (document, _) = read(simple(&[content]));
    assert_eq!(body(&document), ["甲乙丙丁", "子丑寅卯"]);
    let [area] = around(&document, "丑寅")[..] else { panic!() };
    let millimetres = |points: i32| f64::from(points) / 100.0 / POINTS;
    assert!((millimetres(area.left) - 25.0).abs() < 0.02 && (millimetres(area.right) - 35.0).abs() < 0.02);
    assert!(millimetres(area.top) > 50.0 && millimetres(area.bottom) < 57.0);
}

fn steps_of(written: &str, most: usize) -> Vec<f64> {
    super::text::steps(written, most)
}

#[test]
fn objects_of_one_character_and_scaled_ones_make_a_line() {
    let mut content: String = "农业农村局"
        .chars()
        .enumerate()
        .map(|(at, one)| line(20.0 + 5.0 * at as f64, 40.0, &one.to_string()))
        .collect();
    // Size 1, made five times as large by the matrix.
    content += "<ofd:TextObject Boundary='45 35 50 6' CTM='5 0 0 5 0 0' Size='1'><ofd:TextCode X='0' Y='1' DeltaX='1 1'>的通知</ofd:TextCode></ofd:TextObject>";
    let (document, _) = read(simple(&[&content]));
    assert_eq!(body(&document), ["农业农村局的通知"]);
}

#[test]
fn vertical_text_is_read_down_and_from_the_right() {
    let column = |x: f64, text: &str| {
        format!(
            "<ofd:TextObject Boundary='{x} 40 6 100' Size='5' ReadDirection='90'><ofd:TextCode X='0' Y='5' DeltaY='g 9 5'>{text}</ofd:TextCode></ofd:TextObject>"
        )
    };
    let (document, _) =
        read(simple(&[&(column(100.0, "先帝创业未半而中道崩") + &column(92.0, "殂今天下三分益州疲弊"))]));
    assert!(document.text.contains("中道崩殂今"), "{:?}", texts(&document));
}

#[test]
fn templates_composite_objects_and_annotations_are_read() {
    let common = "<ofd:DocumentRes>Res.xml</ofd:DocumentRes><ofd:TemplatePage ID='70' BaseLoc='Tpls/0.xml'/>";
    let root = root(1, common, "<ofd:Annotations>Annots.xml</ofd:Annotations>");
    let page = page(
        "<ofd:Template TemplateID='70' ZOrder='Background'/>",
        "<ofd:CompositeObject ID='5' ResourceID='33' Boundary='20 100 100 20' CTM='2 0 0 2 0 0'/>",
    );
    let template = super::tests::page("", &line(20.0, 60.0, "购买方名称"));
    let unit = "<ofd:Res xmlns:ofd='http://www.ofdspec.org/2016'><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='33' Width='50' Height='10'><ofd:Content>\
        <ofd:TextObject Boundary='0 0 50 10' Size='3'><ofd:TextCode X='0' Y='3' DeltaX='3 3'>复合图</ofd:TextCode></ofd:TextObject></ofd:Content></ofd:CompositeGraphicUnit>\
        <ofd:CompositeGraphicUnit ID='34'><ofd:Content/></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>";
    let annotations = "<ofd:Annotations xmlns:ofd='x'><ofd:Page PageID='0'><ofd:FileLoc>Annot/0.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>";
    let annotation = format!(
        "<ofd:PageAnnot xmlns:ofd='x'><ofd:Annot Type='Watermark'><ofd:Appearance Boundary='10 200 100 20'>{}{}</ofd:Appearance></ofd:Annot>\
        <ofd:Annot Type='Highlight'><ofd:Remark>此处存疑</ofd:Remark><ofd:Appearance Boundary='20 60 30 5'/></ofd:Annot></ofd:PageAnnot>",
        line(0.0, 5.0, "内部"),
        line(60.0, 5.0, "资料")
    );
    let (document, notices) = read(zip(&[
        ("OFD.xml", ENTRY),
        ("Doc_0/Document.xml", &root),
        ("Doc_0/Pages/0.xml", &page),
        ("Doc_0/tpls/0.xml", &template),
        ("Doc_0/Res.xml", unit),
        ("Doc_0/Annots.xml", annotations),
        ("Doc_0/Annot/0.xml", &annotation),
    ]));
    assert_eq!(notices, []);
    assert_eq!(
        texts(&document),
        [
            (Scope::Title, "关于试点的通知"),
            (Scope::Body, "购买方名称"),
            (Scope::Heading, "复合图"),
            (Scope::Body, "内部"),
            (Scope::Body, "资料"),
            (Scope::Comment, "此处存疑"),
        ]
    );
    let [area] = around(&document, "复合图")[..] else { panic!() };
    assert_eq!((f64::from(area.left) / 100.0 / POINTS).round(), 20.0);
    assert_eq!((f64::from(area.right) / 100.0 / POINTS).round(), 38.0);
    assert_eq!(document.metadata.title.as_deref(), Some("关于试点的通知"));
    let saved = document.metadata.saved.as_ref().map(|date| (&*date.date, &*date.from));
    assert_eq!(saved, Some(("2023-02-06", "ofd ModDate")));
}

#[test]
fn several_documents_count_their_pages_on() {
    let entry = "<OFD><DocBody><DocRoot>/A/Document.xml</DocRoot></DocBody><DocBody><DocRoot>B\\Document.xml</DocRoot></DocBody></OFD>";
    let root = root(1, "", "");
    let (first, second) = (page("", &line(20.0, 60.0, "第一份文件")), page("", &line(20.0, 60.0, "第二份文件")));
    let (document, notices) = read(zip(&[
        ("OFD.xml", entry),
        ("A/Document.xml", &root),
        ("A/Pages/0.xml", &first),
        ("B/Document.xml", &root),
        ("B/Pages/0.xml", &second),
    ]));
    assert_eq!(notices, []);
    assert_eq!(body(&document), ["第一份文件", "第二份文件"]);
    assert_eq!(around(&document, "第二份")[0].page, 2);
}

#[test]
fn what_is_not_read_is_said() {
    let codes = |bytes: Vec<u8>| errors(&read(bytes).1);
    let picture = "<ofd:ImageObject Boundary='0 0 210 297' CTM='210 0 0 297 0 0' ResourceID='3'/>";
    assert_eq!(codes(simple(&[picture])), [Code::NoText]);
    let glyphs = "<ofd:TextObject Boundary='20 20 100 9' Size='5'><ofd:CGTransform CodePosition='0' CodeCount='2' GlyphCount='2'><ofd:Glyphs>7 8</ofd:Glyphs></ofd:CGTransform>\
        <ofd:TextCode X='0' Y='5' DeltaX='5'>\u{E000}\u{E001}</ofd:TextCode></ofd:TextObject>";
    assert_eq!(codes(simple(&[glyphs])), [Code::Charset]);
    // Characters are what they are, whatever glyphs draw them.
    let drawn = glyphs.replace("\u{E000}\u{E001}", "通知");
    assert_eq!(codes(simple(&[&drawn])), []);
    assert_eq!(codes(simple(&["<ofd:CompositeObject ResourceID='8' Boundary='0 0 9 9'/>"])), [Code::Corrupt]);
    assert_eq!(codes(zip(&[("OFD.xml", ENTRY)])), [Code::Corrupt]);
    assert_eq!(codes(zip(&[("OFD.xml", "<OFD/>")])), [Code::Corrupt]);
    assert_eq!(codes(zip(&[("OFD.xml", ENTRY), ("Encryptions.xml", "<x/>")])), [Code::Encrypted]);
    let whole = simple(&[&line(20.0, 20.0, "通知")]);
    assert_eq!(codes(whole[..whole.len() / 2].to_vec()), [Code::Corrupt]);
    // The second page leads out of the package.
    let root = root(1, "", "").replace("</ofd:Pages>", "<ofd:Page BaseLoc='../../../etc/passwd'/></ofd:Pages>");
    let first = page("<ofd:Template TemplateID='5'/>", &line(20.0, 20.0, "通知"));
    let parts = [("OFD.xml", ENTRY), ("Doc_0/Document.xml", &*root), ("Doc_0/Pages/0.xml", &*first)];
    let (document, notices) = read(zip(&parts));
    assert_eq!(errors(&notices), [Code::Corrupt, Code::Corrupt]);
    assert!(notices.iter().any(|notice| notice.message.contains("第 2 页")), "{notices:?}");
    assert_eq!(body(&document), ["通知"]);
}

#[test]
fn attachments_are_files_of_their_own_and_hidden_objects_are_said() {
    let root = root(1, "", "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>");
    let hidden = line(20.0, 60.0, "看不见").replace("ID='9'", "Visible='false'");
    let page = page("", &(line(20.0, 20.0, "通知") + &hidden));
    let one = |attributes: &str, part: &str| {
        format!("<ofd:Attachment {attributes}><ofd:FileLoc>{part}</ofd:FileLoc></ofd:Attachment>")
    };
    let attachments = [
        one("Name='名!单' Format='csv'", "a.csv"),
        one("Name='名!单.csv' Format='CSV'", "b.csv"),
        one("Name='说明'", "/Doc_0/Attachs/c.txt"),
        one("Name='再说' Format='txt'", "c.txt"),
        one("Name='没有' Format='txt'", "d.txt"),
    ];
    let attachments = format!("<ofd:Attachments xmlns:ofd='x'>{}</ofd:Attachments>", attachments.concat());
    let parts = [
        ("OFD.xml", ENTRY),
        ("Doc_0/Document.xml", &*root),
        ("Doc_0/Pages/0.xml", &*page),
        ("Doc_0/Attachs/Attachments.xml", &*attachments),
        ("Doc_0/Attachs/a.csv", "一"),
        ("Doc_0/Attachs/b.csv", "二"),
        ("Doc_0/Attachs/c.txt", "三"),
    ];
    let source = Source::new("a.ofd", zip(&parts));
    let extracted = extract(&source, &ExtractOptions::default());
    assert_eq!(body(&extracted.document), ["通知"]);
    let text = |source: &Source| String::from_utf8(source.bytes.clone()).unwrap();
    let inner: Vec<(String, String)> =
        extracted.inner.iter().map(|source| (source.name.clone(), text(source))).collect();
    let expected = [("a.ofd!名！单.csv", "一"), ("a.ofd!名！单(2).csv", "二"), ("a.ofd!说明.txt", "三")]
        .map(|(a, b)| (a.into(), b.into()));
    assert_eq!(inner, expected);
    let codes: Vec<Code> = extracted.notices.iter().map(|notice| notice.code).collect();
    assert_eq!(codes, [Code::Corrupt, Code::Skipped]);
    assert!(extracted.notices[0].message.contains("d.txt"), "{:?}", extracted.notices);
}

#[test]
fn characters_far_away_do_no_harm() {
    let far = line(20.0, 60.0, "甲乙丙丁").replace("g 3 5", "5 5 111111111111");
    let (document, notices) = read(simple(&[&far]));
    assert!(document.text.contains("甲乙") && document.text.contains('丁'), "{:?}", texts(&document));
    assert_eq!(notices, []);
}

#[test]
fn limits_end_in_notices() {
    let pages = ["甲。", "乙。", "丙。"].map(|text| line(20.0, 60.0, text));
    let bytes = simple(&pages.each_ref().map(|page| &**page));
    let (document, notices) = read_with(bytes.clone(), Limits { pages: 2, ..Limits::default() });
    assert_eq!((body(&document), errors(&notices)), (vec!["甲。", "乙。"], vec![Code::Limit]));
    let (_, notices) = read_with(bytes.clone(), Limits { glyphs: 3, ..Limits::default() });
    assert_eq!(errors(&notices), [Code::Limit]);
    let (_, notices) = read_with(bytes, Limits { operations: 20, ..Limits::default() });
    assert!(errors(&notices).contains(&Code::Limit));
    // A composite object that draws itself twice ends.
    let unit = "<Res><CompositeGraphicUnit ID='1'><CompositeObject ResourceID='1'/><CompositeObject ResourceID='1'/></CompositeGraphicUnit></Res>";
    let root = root(1, "<PublicRes>R.xml</PublicRes>", "");
    let page = page("", "<CompositeObject ResourceID='1'/>");
    let (_, notices) = read(zip(&[
        ("OFD.xml", ENTRY),
        ("Doc_0/Document.xml", &root),
        ("Doc_0/R.xml", unit),
        ("Doc_0/Pages/0.xml", &page),
    ]));
    assert_eq!(errors(&notices), [Code::Corrupt]);
}

#[test]
fn ruled_tables_have_cells() {
    let mut content = String::new();
    for y in [50.0, 60.0, 70.0] {
        content += &format!(
            "<ofd:PathObject Boundary='20 {y} 100 1' LineWidth='0.3'><ofd:AbbreviatedData>M 0 0 L 100 0</ofd:AbbreviatedData></ofd:PathObject>"
        );
    }
    for x in [20.0, 70.0, 120.0] {
        content += &format!(
            "<ofd:PathObject Boundary='{x} 50 1 20' LineWidth='0.3'><ofd:AbbreviatedData>M 0 0 L 0 20</ofd:AbbreviatedData></ofd:PathObject>"
        );
    }
    for (x, y, text) in [(22.0, 57.0, "单位"), (72.0, 57.0, "金额"), (22.0, 67.0, "农业局"), (72.0, 67.0, "一万元")]
    {
        content += &line(x, y, text);
    }
    let (document, _) = read(simple(&[&content]));
    let cells: Vec<_> =
        document.blocks.iter().filter_map(|block| block.cell.map(|cell| (cell.row, cell.column))).collect();
    assert_eq!(cells, [(0, 0), (0, 1), (1, 0), (1, 1)]);
}
