use super::super::ooxml::testing::{assert_places, blocks, codes, package, relationships};
use super::*;
use crate::document::Backdrop;
use crate::source::Limits;

const NAMESPACES: &str = "xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' \
    xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' xmlns:r='http://x/r'";

fn shape(name: &str, placeholder: &str, text: &str) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id='1' name='{name}'/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>\
         <p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
}

fn part(root: &str, content: &str) -> String {
    format!("<p:{root} {NAMESPACES}>{content}</p:{root}>")
}

fn read(bytes: Vec<u8>) -> Extracted<'static> {
    let source = Source::new("a.pptx", bytes);
    let options = ExtractOptions { limits: Limits::default(), ..ExtractOptions::default() };
    let extracted = Pptx.extract(&source, &options);
    if !extracted.document.blocks.is_empty() {
        assert_places(&source.bytes, &extracted.document);
    }
    Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
}

#[test]
fn slides_in_order_with_all_that_belongs_to_them() {
    let main =
        part("presentation", "<p:sldIdLst><p:sldId id='256' r:id='b'/><p:sldId id='257' r:id='a'/></p:sldIdLst>");
    let main_rels = relationships(&[("a", "slide", "slides/slide1.xml"), ("b", "slide", "slides/slide2.xml")]);
    let table = "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id='2' name='表格 1' descr='替代'/></p:nvGraphicFramePr><a:tbl>\
        <a:tr><a:tc><a:txBody><a:p/></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>按</a:t></a:r><a:fld><a:t>装</a:t></a:fld></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>";
    let slide1 = part("sld", &format!("{}{table}", shape("标题 1", "<p:ph type='title'/>", "后")));
    let slide2 = format!("<p:sld show='0' {NAMESPACES}><p:grpSp>{}</p:grpSp></p:sld>", shape("甲", "", "先"));
    let rels = relationships(&[
        ("1", "notesSlide", "../notesSlides/n.xml"),
        ("2", "comments", "../c.xml"),
        ("3", "slideLayout", "../l.xml"),
    ]);
    let notes = part("notes", &shape("备注", "<p:ph type='body'/>", "备注文字"));
    let comments = part("cmLst", "<p:cm><p:text>批</p:text></p:cm>");
    let layout = part("sldLayout", &(shape("标题", "<p:ph type='title'/>", "单击此处") + &shape("局名", "", "某某局")));
    let extracted = read(package(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("ppt/presentation.xml", main.as_bytes()),
        ("ppt/_rels/presentation.xml.rels", main_rels.as_bytes()),
        ("ppt/slides/slide1.xml", slide1.as_bytes()),
        ("ppt/slides/slide2.xml", slide2.as_bytes()),
        ("ppt/slides/_rels/slide1.xml.rels", rels.as_bytes()),
        ("ppt/notesSlides/n.xml", notes.as_bytes()),
        ("ppt/c.xml", comments.as_bytes()),
        ("ppt/l.xml", layout.as_bytes()),
    ]));
    let expected = [
        (Scope::Body, "先"),
        (Scope::Title, "后"),
        (Scope::Alt, "替代"),
        (Scope::Cell, "按装"),
        (Scope::Body, "备注文字"),
        (Scope::Comment, "批"),
        (Scope::Body, "某某局"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    assert_eq!(extracted.notices, []);
    let place = |index: usize| match &extracted.document.blocks[index].place {
        Place::Shape { slide, on, shape, cell, .. } => {
            let name = shape.map(|shape| extracted.document.names[usize::from(shape)].as_str());
            (*slide, *on, name, cell.map(|cell| (cell.row, cell.column)))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(place(0), (1, None, Some("甲"), None));
    assert_eq!(place(3), (2, None, Some("表格 1"), Some((1, 2))));
    assert_eq!(place(4), (2, Some(Backdrop::Notes), Some("备注"), None));
    assert_eq!(place(6), (2, Some(Backdrop::Master), Some("局名"), None));
}

#[test]
fn damage_is_said() {
    let main = part("presentation", "<p:sldIdLst><p:sldId id='1' r:id='?'/></p:sldIdLst>");
    assert_eq!(codes(&read(package(&[("ppt/presentation.xml", main.as_bytes())]))), [Code::Corrupt]);
    assert_eq!(codes(&read(package(&[("ppt/presentation.xml", b"<x/>")]))), [Code::Corrupt]);
    assert_eq!(codes(&read(b"PK\x03\x04".to_vec())), [Code::Corrupt]);
}

#[test]
fn embedded_files_and_the_masters_of_notes_and_handouts() {
    let main = part("presentation", "<p:sldIdLst><p:sldId id='1' r:id='a'/></p:sldIdLst>");
    let main_rels = relationships(&[
        ("a", "slide", "slides/slide1.xml"),
        ("b", "notesMaster", "n.xml"),
        ("c", "handoutMaster", "h.xml"),
    ]);
    let slide = part("sld", &shape("甲", "", "先"));
    let rels = relationships(&[("1", "package", "../embeddings/a!.xlsx"), ("2", "image", "../media/b.png")]);
    let notes = part("notesMaster", &(shape("", "<p:ph/>", "单击此处") + &shape("", "", "备注母版")));
    let handout = part("handoutMaster", &shape("", "", "讲义母版"));
    let bytes = package(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("ppt/presentation.xml", main.as_bytes()),
        ("ppt/_rels/presentation.xml.rels", main_rels.as_bytes()),
        ("ppt/slides/slide1.xml", slide.as_bytes()),
        ("ppt/slides/_rels/slide1.xml.rels", rels.as_bytes()),
        ("ppt/n.xml", notes.as_bytes()),
        ("ppt/h.xml", handout.as_bytes()),
        ("ppt/embeddings/a!.xlsx", b"PK"),
        ("ppt/media/b.png", b"png"),
    ]);
    let source = Source::new("a.pptx", bytes);
    for (pictures, inner) in [(false, 1), (true, 2)] {
        let extracted = Pptx.extract(&source, &ExtractOptions { pictures, ..ExtractOptions::default() });
        let texts: Vec<&str> = blocks(&extracted.document).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["先", "讲义母版", "备注母版"]);
        assert_eq!(extracted.notices, []);
        assert_eq!((&*extracted.inner[0].name, extracted.inner.len()), ("a.pptx!ppt/embeddings/a！.xlsx", inner));
    }
}
