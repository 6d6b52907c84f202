use std::fmt::Write as _;

use super::*;
use crate::document::{Area, Document};
use crate::extract::extract;
use crate::extract::pages::trouble::DRAWN;
use crate::source::Level;

/// A PDF made of objects; the first is the catalogue. Offsets are left to the reader to find.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = bytes.len();
    let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(end, "{offset:010} 00000 n ");
    }
    let _ = write!(end, "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    bytes.extend(end.bytes());
    bytes
}

fn stream(dictionary: &str, content: &str) -> String {
    format!("<<{dictionary}/Length {}>>\nstream\n{content}\nendstream", content.len())
}

/// A composite font that is not embedded.
fn font(encoding: &str, ordering: &str) -> String {
    format!(
        "<</Type/Font/Subtype/Type0/BaseFont/SimSun/Encoding/{encoding}/DescendantFonts[<</Type/Font/Subtype/CIDFontType2\
         /BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 2>>/DW 1000>>]>>"
    )
}

/// Pages of 600 by 800 points with the fonts F1, F2 … in which the contents are set.
fn document(fonts: &[String], contents: &[&str]) -> Vec<u8> {
    let first = 3 + fonts.len();
    let kids: Vec<String> = (0..contents.len()).map(|index| format!("{} 0 R", first + 2 * index)).collect();
    let named: Vec<String> = (0..fonts.len()).map(|index| format!("/F{} {} 0 R", index + 1, 3 + index)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Count {}/Kids[{}]/MediaBox[0 0 600 800]/Resources<</Font<<{}>>>>>>",
            contents.len(),
            kids.join(" "),
            named.join("")
        ),
    ];
    objects.extend(fonts.iter().cloned());
    for (index, content) in contents.iter().enumerate() {
        objects.push(format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R>>", first + 2 * index + 1));
        objects.push(stream("", content));
    }
    pdf(&objects)
}

/// The operand that shows `text` in a font with a UCS-2 encoding.
fn hex(text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<{units}>")
}

/// Shows lines of ten points at places from the bottom left corner.
fn lines(lines: &[(f64, f64, &str)]) -> String {
    let mut content = "BT /F1 10 Tf\n".to_owned();
    for (x, y, text) in lines {
        let _ = writeln!(content, "1 0 0 1 {x} {y} Tm {} Tj", hex(text));
    }
    content + "ET\n"
}

fn unicode(contents: &[&str]) -> Vec<u8> {
    document(&[font("UniGB-UCS2-H", "GB1")], contents)
}

fn read(bytes: Vec<u8>) -> (Document, Vec<Notice>) {
    read_with(bytes, Limits::default())
}

fn read_with(bytes: Vec<u8>, limits: Limits) -> (Document, Vec<Notice>) {
    let source = Source::new("a.pdf", bytes);
    assert_eq!(source.kind(), Kind::Pdf);
    let extracted = extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    (extracted.document, extracted.notices)
}

fn texts(document: &Document) -> Vec<(Scope, &str)> {
    document.blocks.iter().map(|block| (block.scope, &document.text[block.span.range()])).collect()
}

fn errors(notices: &[Notice]) -> Vec<Code> {
    notices.iter().filter(|notice| notice.level == Level::Error).map(|notice| notice.code).collect()
}

/// The rectangles around `text`.
fn around(document: &Document, text: &str) -> Vec<Area> {
    let at = document.text.find(text).unwrap();
    document.areas.around(&document.map.origins(crate::document::Span::new(at, at + text.len())))
}

#[test]
fn encodings_of_chinese_fonts_need_no_map_in_the_file() {
    let gbk = |text: &str| {
        let bytes = encoding_rs::GB18030.encode(text).0.into_owned();
        format!("<{}>", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
    };
    let utf16: fn(&str) -> String = hex;
    let text = "国务院2026年";
    type Encode<'e> = &'e dyn Fn(&str) -> String;
    let cases: [(&str, &str, Encode<'_>); 6] = [
        ("GBK-EUC-H", "GB1", &gbk),
        ("GB-EUC-H", "GB1", &gbk),
        ("GBKp-EUC-H", "GB1", &gbk),
        ("GBK2K-H", "GB1", &gbk),
        ("UniGB-UCS2-H", "GB1", &utf16),
        ("UniGB-UTF16-H", "GB1", &utf16),
    ];
    for (encoding, ordering, encode) in cases {
        let content = format!("BT /F1 10 Tf 100 700 Td {} Tj ET", encode(text));
        let (document, notices) = read(document(&[font(encoding, ordering)], &[&content]));
        assert_eq!(texts(&document), [(Scope::Body, text)], "{encoding}");
        assert_eq!(notices, [], "{encoding}");
    }
    // Identity-H with the CIDs of Adobe-GB1: 国 is 1875, 务 is 3840.
    let content = "BT /F1 10 Tf 100 700 Td <07530F00> Tj ET";
    let (document, notices) = read(document(&[font("Identity-H", "GB1")], &[content]));
    assert_eq!(document.text.trim_end(), "国务");
    assert_eq!(notices, []);
}

#[test]
fn glyphs_that_nothing_explains_are_noticed() {
    let content = "BT /F1 10 Tf 100 700 Td <079C0ED4> Tj ET";
    let (document, notices) = read(document(&[font("Identity-H", "Identity")], &[content]));
    assert_eq!(document.text, "\u{FFFD}\u{FFFD}\n");
    assert_eq!(errors(&notices), [Code::Charset]);
    assert!(notices[0].message.contains("第 1 页"), "{}", notices[0].message);
}

#[test]
fn boxes_are_where_the_glyphs_are() {
    let (document, _) = read(unicode(&[&lines(&[(100.0, 700.0, "关于布署工作")])]));
    // Five glyphs of ten points; 700 from below is 100 from above.
    let [area] = around(&document, "布署")[..] else { panic!() };
    assert_eq!((area.page, area.left, area.right), (1, 12000, 14000));
    assert!((9000..=9300).contains(&area.top) && (10000..=10300).contains(&area.bottom), "{area:?}");
}

#[test]
fn boxes_follow_the_rotation_of_the_page() {
    let bytes = unicode(&[&lines(&[(100.0, 700.0, "关于布署工作")])]);
    let turned = String::from_utf8(bytes).unwrap().replace("/Parent 2 0 R", "/Parent 2 0 R/Rotate 90");
    let (document, _) = read(turned.into_bytes());
    assert_eq!(document.text, "关于布署工作\n");
    let [area] = around(&document, "布署")[..] else { panic!() };
    // Turned clockwise, what ran to the right runs down.
    assert_eq!((area.top, area.bottom), (12000, 14000), "{area:?}");
}

#[test]
fn words_go_on_over_the_ends_of_lines() {
    let page = lines(&[
        (100.0, 700.0, "　　为贯彻落实会议精神，现就进一步做好有关工作布"),
        (100.0, 685.0, "署如下，请各单位结合实际认真抓好落实，确保取得实"),
        (100.0, 670.0, "效。"),
        (120.0, 655.0, "各单位要加强领导。"),
    ]);
    let (document, _) = read(unicode(&[&page]));
    assert_eq!(
        texts(&document).iter().map(|(_, text)| *text).collect::<Vec<_>>(),
        [
            "为贯彻落实会议精神，现就进一步做好有关工作布署如下，请各单位结合实际认真抓好落实，确保取得实效。",
            "各单位要加强领导。"
        ]
    );
    let areas = around(&document, "布署");
    assert_eq!(areas.len(), 2);
    assert!(areas[0].left > areas[1].left && areas[0].bottom < areas[1].top + 300, "{areas:?}");
}

#[test]
fn words_go_on_over_the_ends_of_pages_past_running_heads() {
    let page = |number: usize, body: [&str; 3]| {
        lines(&[
            (200.0, 770.0, "某某市人民政府文件"),
            (100.0, 700.0, body[0]),
            (100.0, 685.0, body[1]),
            (100.0, 670.0, body[2]),
            (290.0, 30.0, &format!("— {number} —")),
        ])
    };
    let pages = [
        page(
            1,
            [
                "第一页第一行的文字写满了这一行到行末为止",
                "第一页第二行的文字写满了这一行到行末为止",
                "第一页第三行的文字写满了这一行现就工作布",
            ],
        ),
        page(
            2,
            [
                "署如下第二页第一行的文字写满了这一行为止",
                "第二页第二行的文字写满了这一行到行末为止",
                "第二页第三行的文字到此结束。",
            ],
        ),
        page(
            3,
            [
                "第三页第一行的文字写满了这一行到行末为止",
                "第三页第二行的文字写满了这一行到行末为止",
                "第三页第三行的文字到此结束。",
            ],
        ),
    ];
    let (document, notices) = read(unicode(&[&pages[0], &pages[1], &pages[2]]));
    assert_eq!(notices, []);
    let scopes = |scope: Scope| texts(&document).iter().filter(|(other, _)| *other == scope).count();
    assert_eq!(
        (scopes(Scope::Header), scopes(Scope::Footer), scopes(Scope::Body)),
        (3, 3, 2),
        "{:?}",
        texts(&document)
    );
    let areas = around(&document, "布署如下");
    assert_eq!(areas.iter().map(|area| area.page).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn columns_are_read_one_after_the_other_even_if_written_across() {
    let mut across = Vec::new();
    let left = ["左栏第一行的文字写到栏末", "左栏第二行的文字谈工作布", "署和要求的文字写到栏末去"];
    let right = ["右栏第一行的文字写到栏末", "右栏第二行的文字写到栏末", "右栏第三行到此结束。"];
    for (index, (left, right)) in left.iter().zip(right).enumerate() {
        let y = 700.0 - 15.0 * index as f64;
        across.push((100.0, y, *left));
        across.push((240.0, y, right));
    }
    let (document, _) = read(unicode(&[&lines(&across)]));
    let text: String = document.text.split('\n').collect();
    assert_eq!(text, [left, right].concat().concat());
    assert!(document.text.contains("布署"), "{}", document.text);
}

#[test]
fn cells_of_ruled_tables_are_kept_apart() {
    let mut content = lines(&[
        (105.0, 690.0, "姓名"),
        (155.0, 690.0, "职务"),
        (105.0, 670.0, "张三"),
        (155.0, 670.0, "市人民政"),
        (155.0, 658.0, "府市长"),
        (100.0, 600.0, "表后的文字。"),
    ]);
    for x in [100, 150, 200] {
        let _ = writeln!(content, "{x} 650 m {x} 705 l S");
    }
    for y in [650, 684, 705] {
        let _ = writeln!(content, "100 {y} 100 0.5 re f");
    }
    let (document, _) = read(unicode(&[&content]));
    let cells: Vec<_> = document
        .blocks
        .iter()
        .map(|block| (&document.text[block.span.range()], block.cell.map(|cell| (cell.row, cell.column))))
        .collect();
    assert_eq!(
        cells,
        [
            ("姓名", Some((0, 0))),
            ("职务", Some((0, 1))),
            ("张三", Some((1, 0))),
            ("市人民政府市长", Some((1, 1))),
            ("表后的文字。", None)
        ]
    );
}

#[test]
fn vertical_writing_is_read_down_and_leftwards() {
    let content = format!(
        "BT /F1 10 Tf 1 0 0 1 500 700 Tm {} Tj 1 0 0 1 485 700 Tm {} Tj ET",
        hex("关于做好有关工作布"),
        hex("署的通知")
    );
    let (document, _) = read(document(&[font("UniGB-UCS2-V", "GB1")], &[&content]));
    assert_eq!(document.text, "关于做好有关工作布署的通知\n");
    let areas = around(&document, "工作");
    assert_eq!(areas.len(), 1, "{areas:?}");
    assert!(areas[0].bottom - areas[0].top == 2000 && areas[0].right - areas[0].left == 1000, "{areas:?}");
}

#[test]
fn bold_type_made_by_printing_twice_is_read_once() {
    let content = lines(&[(100.0, 700.0, "黑体"), (100.3, 700.0, "黑体"), (100.0, 600.0, "黑体")]);
    let (document, _) = read(unicode(&[&content]));
    assert_eq!(texts(&document).len(), 2);
    assert_eq!(document.text, "黑体\n黑体\n");
}

#[test]
fn replacement_text_and_blanks() {
    let content = format!(
        "BT /F1 10 Tf 100 700 Td /Span <</ActualText <FEFF90E87F72>>> BDC {} Tj EMC [{} -500 {}] TJ ET",
        hex("布署"),
        hex("AB"),
        hex("CD")
    );
    let (document, _) = read(unicode(&[&content]));
    assert_eq!(document.text, "部署AB CD\n");
}

#[test]
fn letters_disguised_as_rare_characters_are_letters() {
    let (document, notices) = read(unicode(&[&lines(&[(100.0, 700.0, "犐犆犛 35.040 犌犕／犜 0031")])]));
    assert_eq!(document.text, "ICS 35.040 GM／T 0031\n");
    assert_eq!(notices, []);
    // One such character is a name.
    let (document, _) = read(unicode(&[&lines(&[(100.0, 700.0, "张犇同志")])]));
    assert_eq!(document.text, "张犇同志\n");
}

#[test]
fn pages_without_text_are_noticed() {
    let image = "q 600 0 0 800 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q";
    let curves = "100 100 m 100 200 150 200 200 300 c S\n".repeat(DRAWN);
    let text = lines(&[(100.0, 700.0, "有文字的一页")]);
    let (document, notices) = read(unicode(&[image, &text, image, &curves, ""]));
    assert_eq!(texts(&document).len(), 1);
    assert_eq!(errors(&notices), [Code::NoText, Code::NoText]);
    assert!(notices[0].message.starts_with("第 1、3 页是图像"), "{}", notices[0].message);
    assert!(notices[1].message.starts_with("第 4 页没有文字层"), "{}", notices[1].message);
}

#[test]
fn every_limit_ends_in_a_notice_that_names_it() {
    let text = lines(&[(100.0, 700.0, "一二三四五六七八九十")]);
    let limited = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let (_, notices) = read_with(unicode(&[&text, &text, &text]), limits);
        assert_eq!(errors(&notices), [Code::Limit]);
        notices[0].message.clone()
    };
    assert!(limited(|limits| limits.pages = 2).contains("--limit pages="));
    assert!(limited(|limits| limits.glyphs = 15).contains("--limit glyphs="));
    assert!(limited(|limits| limits.operations = 20).contains("--limit operations="));
    assert!(limited(|limits| limits.stream_size = 20).contains("--limit stream-size="));
}

#[test]
fn forms_that_draw_themselves_and_trees_that_bite_their_tail_end() {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 600 800]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</XObject<</X 4 0 R>>/Font<</F1 {}>>>>>>",
            font("UniGB-UCS2-H", "GB1")
        ),
        stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 600 800]",
            &format!("/X Do /X Do {}", lines(&[(100.0, 700.0, "表单")])),
        ),
        stream("", "/X Do"),
    ];
    let (document, _) = read(pdf(&objects));
    assert_eq!(document.text, "表单\n");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 99999999/Kids[2 0 R]/MediaBox[0 0 600 800]>>".to_owned(),
    ];
    let (_, notices) = read(pdf(&objects));
    assert_eq!(errors(&notices), [Code::Corrupt]);
}

#[test]
fn comments_form_fields_and_hidden_layers() {
    let field = stream(
        &format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F1 {}>>>>",
            font("UniGB-UCS2-H", "GB1")
        ),
        &format!("BT /F1 10 Tf 0 5 Td {} Tj ET", hex("填写的文字")),
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[7 0 R]/D<</OFF[7 0 R]>>>>>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 600 800]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Properties<</L 7 0 R>>/Font<</F1 {}>>>>/Annots[\
             <</Subtype/Text/Rect[10 10 30 30]/Contents {}>> <</Subtype/Widget/Rect[300 300 400 320]/AP<</N 5 0 R>>>>]>>",
            font("UniGB-UCS2-H", "GB1"),
            hex("\u{FEFF}此处有误")
        ),
        stream(
            "",
            &format!("/OC /L BDC {} EMC {}", lines(&[(100.0, 600.0, "藏起")]), lines(&[(100.0, 700.0, "正文")])),
        ),
        field,
        "null".to_owned(),
        "<</Type/OCG/Name(x)>>".to_owned(),
    ];
    let (document, notices) = read(pdf(&objects));
    assert_eq!(texts(&document), [(Scope::Body, "正文"), (Scope::Body, "填写的文字"), (Scope::Comment, "此处有误")]);
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].code, notices[0].level), (Code::Skipped, Level::Warning));
}

#[test]
fn properties_give_title_and_date() {
    let bytes = String::from_utf8(unicode(&[&lines(&[(100.0, 700.0, "正文")])])).unwrap();
    let info =
        format!("/Info<</Title {}/CreationDate(D:20190305093000+08'00')/ModDate(D:20190401)>>", hex("\u{FEFF}通知"));
    let (document, _) = read(bytes.replace("/Root 1 0 R", &format!("/Root 1 0 R{info}")).into_bytes());
    assert_eq!(document.metadata.title.as_deref(), Some("通知"));
    assert_eq!(document.date.as_ref().map(|date| (&*date.date, &*date.from)), Some(("2019-04-01", "pdf ModDate")));
    assert!(matches!(&document.blocks[0].place, Place::Property { name, .. } if name == "Title"));
}

#[test]
fn what_is_no_pdf_is_refused() {
    let (document, notices) = read(b"%PDF-1.7\nnothing".to_vec());
    assert!(document.blocks.is_empty());
    assert_eq!(errors(&notices), [Code::Corrupt]);
}

/// A page that shows 通知, with more in the catalogue, more on the page, and further objects from 6 on.
fn holder(catalogue: &str, page: &str, more: &[String]) -> Vec<u8> {
    let content = format!("BT /F1 10 Tf 100 700 Td {} Tj ET", hex("通知"));
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalogue}>>"),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{page}>>"
        ),
        stream("", &content),
        font("UniGB-UCS2-H", "GB1"),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

#[test]
fn embedded_files_are_files_of_their_own() {
    let specification = |name: &str, stream: u32| {
        format!("<</Type/Filespec/F(b.txt)/UF<FEFF{}/EF<</F {stream} 0 R>>>>", &hex(name)[1..])
    };
    let tree = "/Names<</EmbeddedFiles<</Kids[6 0 R 7 0 R]>>>>/AF[9 0 R]";
    let pin = |fact: &str| format!("<</Subtype/FileAttachment/Rect[0 0 9 9]/F 2{fact}>>");
    let pins = format!("/Annots[{}{}]", pin("/FS 9 0 R"), pin(&format!("/FS{}", specification("钉!住.txt", 11))));
    let more = [
        format!("<</Names[(a){}(b)<</F(elsewhere.doc)>>]/Kids[6 0 R]>>", specification("表\\单.txt", 10)),
        "<</Kids[<</Names[(c)8 0 R]>><<>>]>>".to_owned(),
        "<</F(gone.txt)/EF<</F 99 0 R>>>>".to_owned(),
        specification("表单.txt", 12),
        stream("/Type/EmbeddedFile", "one"),
        stream("", "two"),
        stream("", "three"),
    ];
    let source = Source::new("a.pdf", holder(tree, &pins, &more));
    let read = |limits: Limits| {
        let extracted = extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
        assert!(extracted.document.text.contains("通知"));
        let text = |source: &Source| String::from_utf8(source.bytes.clone()).unwrap();
        let inner: Vec<(String, String)> =
            extracted.inner.iter().map(|source| (source.name.clone(), text(source))).collect();
        (inner, errors(&extracted.notices))
    };
    let expected = [("a.pdf!单.txt", "one"), ("a.pdf!表单.txt", "three"), ("a.pdf!钉！住.txt", "two")];
    let expected: Vec<(String, String)> = expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    // A tree that leads back to itself, and a file that is not there.
    assert_eq!(read(Limits::default()), (expected, vec![Code::Corrupt, Code::Corrupt]));
    let (inner, errors) = read(Limits { archive_entries: 2, ..Limits::default() });
    assert!(inner.len() == 2 && errors.contains(&Code::Limit), "{inner:?} {errors:?}");
    let (inner, errors) = read(Limits { entry_size: 4, ..Limits::default() });
    assert!(inner.len() == 2 && errors.contains(&Code::Limit), "{inner:?} {errors:?}");
    let (inner, errors) = read(Limits { unpacked_size: 8, ..Limits::default() });
    assert!(inner.len() == 1 && errors.contains(&Code::Limit), "{inner:?} {errors:?}");
}

#[test]
fn a_portfolio_without_its_files_is_not_clean() {
    let (_, notices) = read(holder("/Collection<<>>", "", &[]));
    assert_eq!(errors(&notices), [Code::Corrupt]);
}

#[test]
fn pictures_in_the_content_itself_are_given_where_they_are_wanted() {
    let picture = |more: &str| format!("q 300 0 0 400 {more} cm BI /W 2 /H 2 /BPC 8 /CS /G ID abcd EI Q\n");
    let read = |content: &str, pictures: bool| {
        let source = Source::new("a.pdf", unicode(&[content]));
        let extracted = extract(&source, &ExtractOptions { pictures, ..ExtractOptions::default() });
        (extracted.pictures.iter().map(|one| (one.page, one.transform)).collect::<Vec<_>>(), errors(&extracted.notices))
    };
    let two = picture("0 0") + &picture("300 400");
    let places = vec![(1, [150.0, 0.0, 0.0, 200.0, 0.0, 400.0]), (1, [150.0, 0.0, 0.0, 200.0, 300.0, 0.0])];
    assert_eq!(read(&two, true), (places, vec![]));
    assert_eq!(read(&two, false), (vec![], vec![Code::NoText]));
    // What cannot be taken out, or is one too many, was not read.
    let odd = picture("0 0").replace("/CS /G", "/CS /Odd");
    assert_eq!(read(&(odd + &two), true).1, [Code::NoText]);
    let many = picture("0 0").repeat(33);
    assert_eq!(read(&many, true).1, [Code::NoText]);
}
