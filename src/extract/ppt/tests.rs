use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::super::office_art::{kind as art, property};
use super::super::ooxml::testing::{blocks, codes};
use super::*;
use crate::document::Backdrop;
use crate::source::{Level, Limits, compound};

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A record; `first` is its version and instance.
fn atom(first: u16, record_kind: u16, content: &[u8]) -> Vec<u8> {
    [&first.to_le_bytes()[..], &record_kind.to_le_bytes(), &(content.len() as u32).to_le_bytes(), content].concat()
}

fn container(record_kind: u16, instance: u16, parts: &[Vec<u8>]) -> Vec<u8> {
    atom(instance << 4 | 0xF, record_kind, &parts.concat())
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A text of a style.
fn words(style: u32, text: &str) -> Vec<u8> {
    [atom(0, kind::TEXT_HEADER, &numbers(&[style])), atom(0, kind::TEXT_CHARS, &wide(text))].concat()
}

fn string(instance: u16, text: &str) -> Vec<u8> {
    atom(instance << 4, kind::STRING, &wide(text))
}

/// A shape with flags, other parts, and what its text box holds.
fn shape(flags: u32, parts: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let facts = atom(0x12, art::SHAPE_FACTS, &numbers(&[1, flags]));
    container(art::SHAPE, 0, &[facts, parts.concat(), atom(0xF, art::TEXT_BOX, text)])
}

fn placeholder(what: u8) -> Vec<u8> {
    container(art::CLIENT_DATA, 0, &[atom(0, kind::PLACEHOLDER, &[0, 0, 0, 0, what, 0, 0, 0])])
}

/// Properties, each with data of its own.
fn named(properties: &[(u16, &str)]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut data = Vec::new();
    for (id, text) in properties {
        let text = [wide(text), vec![0, 0]].concat();
        table.extend((id | 0x8000).to_le_bytes());
        table.extend((text.len() as u32).to_le_bytes());
        data.extend(text);
    }
    atom((properties.len() as u16) << 4 | 3, art::PROPERTIES, &[table, data].concat())
}

fn drawing(shapes: &[Vec<u8>]) -> Vec<u8> {
    let patriarch = shape(5, &[], &[]);
    let group = container(art::GROUP, 0, &[vec![patriarch], shapes.to_vec()].concat());
    container(kind::DRAWING, 0, &[container(0xF002, 0, &[group])])
}

fn slide(record_kind: u16, master: u32, notes: u32, flags: u16, parts: &[Vec<u8>]) -> Vec<u8> {
    let facts = [numbers(&[0, 0, 0, master, notes]), flags.to_le_bytes().to_vec(), vec![0, 0]].concat();
    container(record_kind, 0, &[vec![atom(2, kind::SLIDE_ATOM, &facts)], parts.to_vec()].concat())
}

/// A list of slides: part, id and texts of each.
fn list(instance: u16, slides: &[(u32, u32, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = slides
        .iter()
        .map(|(part, id, texts)| {
            [atom(0, kind::SLIDE_PERSIST, &numbers(&[*part, 0, 0, *id, 0])), texts.clone()].concat()
        })
        .collect();
    container(kind::SLIDE_LIST, instance, &entries)
}

/// A stream of parts, saved together after what `stream` holds already; gives where the record of the save is.
fn save(stream: &mut Vec<u8>, before: u32, first: u32, parts: &[Vec<u8>]) -> u32 {
    let mut entries = vec![first | (parts.len() as u32) << 20];
    for part in parts {
        entries.push(stream.len() as u32);
        stream.extend(part);
    }
    let directory = stream.len() as u32;
    stream.extend(atom(0, kind::PERSIST_DIRECTORY, &numbers(&entries)));
    let edit = stream.len() as u32;
    stream.extend(atom(0, kind::USER_EDIT, &numbers(&[0, 0, before, directory, 1, 9, 0])));
    edit
}

fn user(edit: u32) -> Vec<u8> {
    atom(0, 0x0FF6, &numbers(&[20, 0xE391_C05F, edit]))
}

fn read(stream: &[u8], user: &[u8]) -> Extracted<'static> {
    let source = Source::new("a.ppt", compound(&[("PowerPoint Document", stream), ("Current User", user)]));
    assert_eq!(source.kind(), Kind::Ppt);
    let extracted = Ppt.extract(&source, &ExtractOptions { limits: Limits::default(), ..ExtractOptions::default() });
    Extracted { decoded: None, ..extracted }
}

/// Slide, what it stands on, shape, paragraph, row and column.
type Found = (u32, Option<Backdrop>, Option<String>, u32, Option<(u32, u32)>);

fn place(extracted: &Extracted<'_>, index: usize) -> Found {
    match &extracted.document.blocks[index].place {
        Place::Shape { slide, on, shape, paragraph, cell } => {
            let name = shape.map(|shape| extracted.document.names[usize::from(shape)].clone());
            (*slide, *on, name, *paragraph, cell.map(|cell| (cell.row, cell.column)))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn slides_in_order_with_all_that_belongs_to_them() {
    let anchor = |left: i32, top: i32| {
        atom(0, art::CHILD_ANCHOR, &[left, top, left + 9, top + 9].map(i32::to_le_bytes).concat())
    };
    let table_facts = atom(0x13, art::FURTHER_PROPERTIES, &[0x9F, 3, 1, 0, 0, 0]);
    let table = container(
        art::GROUP,
        0,
        &[
            shape(3, &[table_facts], &[]),
            shape(2, &[anchor(0, 0)], &words(4, "甲")),
            shape(2, &[anchor(10, 0)], &words(4, "乙")),
            shape(2, &[anchor(10, 20)], &words(4, "按\r装")),
        ],
    );
    let comment = container(kind::COMMENT, 0, &[string(0, "张三"), string(1, "批注"), string(2, "张")]);
    let tags = container(
        kind::TAGS,
        0,
        &[container(kind::BINARY_TAG, 0, &[string(0, "___PPT10"), atom(0, kind::BINARY_TAG_DATA, &comment)])],
    );
    let footers = container(
        kind::HEADERS_FOOTERS,
        0,
        &[atom(0, kind::HEADERS_FOOTERS_ATOM, &[0, 0, 0x20, 0]), string(0, "日期"), string(2, "页脚")],
    );
    let number = [words(4, "第*页*"), atom(0, kind::SLIDE_NUMBER_MARK, &numbers(&[1]))].concat();
    let first = slide(
        kind::SLIDE,
        100,
        300,
        1,
        &[
            drawing(&[
                shape(0, &[placeholder(0x0D)], &atom(0, kind::OUTLINE_TEXT_REF, &numbers(&[0]))),
                shape(
                    0,
                    &[named(&[(property::NAME, "图1"), (property::DESCRIPTION, "替代"), (property::WORD_ART, "艺术")])],
                    &[],
                ),
                shape(8, &[], &words(4, "已删除")),
                table,
                shape(0, &[], &number),
            ]),
            footers,
            tags,
        ],
    );
    let second = slide(kind::SLIDE, 100, 0, 1, &[drawing(&[shape(0, &[], &words(4, "先\u{B}行"))])]);
    let notes = container(kind::NOTES, 0, &[drawing(&[shape(0, &[placeholder(0x0C)], &words(2, "备注"))])]);
    let master = slide(
        kind::MAIN_MASTER,
        0,
        0,
        0,
        &[drawing(&[shape(0, &[placeholder(1)], &words(0, "单击此处")), shape(0, &[], &words(4, "某某局"))])],
    );
    let latin = [atom(0, kind::TEXT_HEADER, &numbers(&[1])), atom(0, kind::TEXT_BYTES, b"rest")].concat();
    let document = container(
        kind::DOCUMENT,
        0,
        &[
            list(1, &[(4, 100, Vec::new())]),
            list(0, &[(3, 256, Vec::new()), (2, 257, [words(0, "标题"), latin].concat())]),
            list(2, &[(5, 300, Vec::new())]),
        ],
    );
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[document, first, second, master, notes]);
    let extracted = read(&stream, &user(edit));
    let expected = [
        (Scope::Body, "先\n行"),
        (Scope::Body, "某某局"),
        (Scope::Title, "标题"),
        (Scope::Body, "艺术"),
        (Scope::Alt, "替代"),
        (Scope::Cell, "甲"),
        (Scope::Cell, "乙"),
        (Scope::Cell, "按"),
        (Scope::Cell, "装"),
        (Scope::Body, "第页*"),
        (Scope::Body, "rest"),
        (Scope::Footer, "页脚"),
        (Scope::Comment, "批注"),
        (Scope::Body, "备注"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    assert_eq!(extracted.notices, []);
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(place(&extracted, 1), (1, Some(Backdrop::Master), named("#2"), 1, None));
    assert_eq!(place(&extracted, 4), (2, None, named("图1"), 1, None));
    assert_eq!(place(&extracted, 8), (2, None, named("#3"), 2, Some((2, 2))));
    assert_eq!(place(&extracted, 13), (2, Some(Backdrop::Notes), named("#1"), 1, None));
}

#[test]
fn only_the_last_save_counts() {
    let page = |text: &str| slide(kind::SLIDE, 0, 0, 0, &[drawing(&[shape(0, &[], &words(4, text))])]);
    let document = |slides: &[(u32, u32, Vec<u8>)]| container(kind::DOCUMENT, 0, &[list(0, slides)]);
    let mut stream = Vec::new();
    let both = [(2, 256, Vec::new()), (3, 257, Vec::new())];
    let first = save(&mut stream, 0, 1, &[document(&both), page("旧文"), page("去掉")]);
    let second = save(&mut stream, first, 1, &[document(&both[..1]), page("新文")]);
    assert_eq!(blocks(&read(&stream, &user(second)).document), [(Scope::Body, "新文")]);
    // Without the stream that says which save is the last, the last one in the stream is.
    let lost = read(&stream, &[]);
    assert_eq!((blocks(&lost.document), codes(&lost)), (vec![(Scope::Body, "新文")], vec![Code::Corrupt]));
    // Without any save, slides are read as they come.
    let loose = read(&stream[..stream.len() - 200], &[]);
    assert!(loose.notices.iter().any(|notice| notice.level == Level::Error));
    // Saves that lead to one another.
    let mut looped = Vec::new();
    let edit = save(&mut looped, 0, 1, &[document(&both[..1]), page("圈")]);
    let at = edit as usize + 8 + 8;
    looped[at..at + 4].copy_from_slice(&edit.to_le_bytes());
    assert_eq!(codes(&read(&looped, &user(edit))), [Code::Corrupt]);
    let missing = document(&[(7, 256, words(0, "大纲"))]);
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[missing]);
    let missing = read(&stream, &user(edit));
    assert_eq!((blocks(&missing.document), codes(&missing)), (vec![(Scope::Title, "大纲")], vec![Code::Corrupt]));
}

#[test]
fn passwords_and_embedded_files() {
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[container(kind::DOCUMENT, 0, &[])]);
    let mut encrypted = user(edit);
    encrypted[12..16].copy_from_slice(&0xF3D1_C4DFu32.to_le_bytes());
    assert_eq!(codes(&read(&stream, &encrypted)), [Code::Encrypted]);

    let inner = compound(&[("Workbook", b"x")]);
    let mut packed = ZlibEncoder::new((inner.len() as u32).to_le_bytes().to_vec(), Compression::fast());
    packed.write_all(&inner).unwrap();
    let object = |id: u32| container(kind::EMBEDDED, 0, &[atom(1, kind::OBJECT_ATOM, &numbers(&[1, 0, 1, 0, id, 0]))]);
    let document =
        container(kind::DOCUMENT, 0, &[container(kind::OBJECT_LIST, 0, &[object(2), object(2), object(3), object(9)])]);
    let stored = [atom(0x10, kind::OBJECT_STORAGE, &packed.finish().unwrap()), atom(0, kind::OBJECT_STORAGE, &inner)];
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[vec![document], stored.to_vec()].concat());
    let extracted = read(&stream, &user(edit));
    let names: Vec<&str> = extracted.inner.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["a.ppt!对象1.xls", "a.ppt!对象2.xls"]);
    assert!(extracted.inner.iter().all(|one| one.bytes == inner));
    assert_eq!(codes(&extracted), [Code::Skipped]);
}

#[test]
fn masters_of_notes_and_handouts_show_their_own_text() {
    let backdrop = |kind: u16, text: &str| {
        container(
            kind,
            0,
            &[drawing(&[shape(0, &[placeholder(0x0C)], &words(4, "单击此处")), shape(0, &[], &words(4, text))])],
        )
    };
    let facts = atom(1, kind::DOCUMENT_ATOM, &numbers(&[0, 0, 0, 0, 0, 0, 2, 3, 0, 0]));
    let document = container(kind::DOCUMENT, 0, &[facts]);
    let mut stream = Vec::new();
    let parts = [document, backdrop(kind::NOTES, "备注母版"), backdrop(kind::HANDOUT, "讲义母版")];
    let edit = save(&mut stream, 0, 1, &parts);
    let extracted = read(&stream, &user(edit));
    assert_eq!(blocks(&extracted.document), [(Scope::Body, "备注母版"), (Scope::Body, "讲义母版")]);
    assert_eq!(place(&extracted, 1), (1, Some(Backdrop::Master), Some("#2".to_owned()), 1, None));
    assert_eq!(extracted.notices, []);
}

#[test]
fn presentations_of_powerpoint_95_are_said_and_the_newer_one_beside_them_read() {
    let page = slide(kind::SLIDE, 0, 0, 0, &[drawing(&[shape(0, &[], &words(4, "新文"))])]);
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[container(kind::DOCUMENT, 0, &[list(0, &[(2, 256, Vec::new())])]), page]);
    let user = user(edit);
    let read = |streams: &[(&str, &[u8])]| {
        let source = Source::new("a.ppt", compound(streams));
        assert_eq!(source.kind(), Kind::Ppt);
        let extracted = Ppt.extract(&source, &ExtractOptions::default());
        Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
    };
    let both = read(&[
        ("PP40", b"x"),
        ("PP97_DUALSTORAGE/PowerPoint Document", &stream),
        ("PP97_DUALSTORAGE/Current User", &user),
    ]);
    assert_eq!((blocks(&both.document), codes(&both)), (vec![(Scope::Body, "新文")], vec![]));
    assert_eq!(codes(&read(&[("PP40", b"x")])), [Code::Unsupported]);
}

#[test]
fn pictures_are_files_where_they_are_wanted() {
    let document = container(kind::DOCUMENT, 0, &[]);
    let mut stream = Vec::new();
    let edit = save(&mut stream, 0, 1, &[document]);
    let head = |length: usize| vec![7u8; length];
    let pictures = [
        atom(0x46A << 4, 0xF01D, &[head(17), b"jpeg".to_vec()].concat()),
        atom(0x6E1 << 4, 0xF01E, &[head(33), b"png".to_vec()].concat()),
        atom(0x3D4 << 4, 0xF01A, &head(60)),
        atom(0x7A8 << 4, 0xF01F, &head(60)),
    ]
    .concat();
    let user = user(edit);
    let streams: [(&str, &[u8]); 3] =
        [("PowerPoint Document", &stream), ("Current User", &user), ("Pictures", &pictures)];
    let source = Source::new("a.ppt", compound(&streams));
    let read = |pictures: bool, limits: Limits| {
        let extracted = Ppt.extract(&source, &ExtractOptions { pictures, limits, ..ExtractOptions::default() });
        let inner = extracted.inner.iter().map(|one| (one.name.clone(), one.bytes.clone())).collect::<Vec<_>>();
        (inner, codes(&extracted))
    };
    let jpeg = ("a.ppt!图片1.jpg".to_owned(), b"jpeg".to_vec());
    let png = ("a.ppt!图片2.png".to_owned(), b"png".to_vec());
    assert_eq!(read(true, Limits::default()), (vec![jpeg.clone(), png], vec![Code::Skipped]));
    assert_eq!(read(true, Limits { archive_entries: 1, ..Limits::default() }), (vec![jpeg], vec![Code::Limit]));
    assert_eq!(read(false, Limits::default()), (vec![], vec![]));
}

proptest! {
    #[test]
    fn no_bytes_panic(edits in prop::collection::vec((0usize..4096, any::<u8>()), 1..30)) {
        let page = slide(kind::SLIDE, 1, 1, 1, &[drawing(&[shape(0, &[placeholder(1)], &words(4, "文"))])]);
        let document = container(kind::DOCUMENT, 0, &[list(0, &[(2, 256, words(0, "题"))]), list(1, &[(2, 1, Vec::new())])]);
        let mut stream = Vec::new();
        let edit = save(&mut stream, 0, 1, &[document, page]);
        for (at, byte) in edits {
            let at = at % stream.len();
            stream[at] = byte;
        }
        let source = Source::new("a.ppt", compound(&[("PowerPoint Document", &stream), ("Current User", &user(edit))]));
        Ppt.extract(&source, &ExtractOptions::default());
    }
}
