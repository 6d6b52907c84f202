//! Documents made byte by byte: piece tables, properties, stories; and what must not happen.

use proptest::prelude::*;

use super::*;
use crate::document::{Document, Place};
use crate::extract::extract;
use crate::source::{Level, Limits, compound};

/// Where text begins in the document stream.
const TEXT: usize = 0x800;

/// A document to be written: text in pieces, and properties by stretches of it.
#[derive(Default)]
struct Written {
    /// Text of each piece, whether it is stored as UTF-16, and its modifier.
    pieces: Vec<(&'static str, bool, u16)>,
    /// Number of character positions of each story.
    lengths: [u32; 8],
    /// Character properties: position, length, modifiers.
    characters: Vec<(u32, u32, Vec<u8>)>,
    /// Paragraph properties for the stretches between these positions: end, style, modifiers.
    paragraphs: Vec<(u32, u16, Vec<u8>)>,
    /// Properties that pieces refer to.
    grpprls: Vec<Vec<u8>>,
    /// Further tables, by the index of their entry in the block.
    tables: Vec<(usize, Vec<u8>)>,
    flags: u16,
}

impl Written {
    fn main(text: &'static str) -> Self {
        let length = text.encode_utf16().count() as u32;
        Written { pieces: vec![(text, true, 0)], lengths: [length, 0, 0, 0, 0, 0, 0, 0], ..Written::default() }
    }

    /// Byte of the stream at which each piece stands: the last one first, as fast saves leave them.
    fn bytes(&self) -> (Vec<u8>, Vec<(u32, usize, bool)>) {
        let mut stream = vec![0; TEXT];
        let mut placed = vec![(0, 0, false); self.pieces.len()];
        let mut position = self.pieces.iter().map(|(text, ..)| text.encode_utf16().count() as u32).sum::<u32>();
        for (index, (text, wide, _)) in self.pieces.iter().enumerate().rev() {
            position -= text.encode_utf16().count() as u32;
            placed[index] = (position, stream.len(), *wide);
            match wide {
                true => stream.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
                false => stream.extend_from_slice(&encoding_rs::WINDOWS_1252.encode(text).0),
            }
        }
        (stream, placed)
    }

    fn file(&self) -> Vec<u8> {
        let (mut stream, placed) = self.bytes();
        let total: u32 = self.pieces.iter().map(|(text, ..)| text.encode_utf16().count() as u32).sum();
        let at = |position: u32| {
            let (start, byte, wide) = *placed.iter().rev().find(|(start, ..)| *start <= position).unwrap();
            byte as u32 + (position - start) * if wide { 2 } else { 1 }
        };
        let mut tables = vec![0; 16];
        let mut entries: Vec<(usize, usize, usize)> = Vec::new();
        let mut clx = Vec::new();
        for grpprl in &self.grpprls {
            clx.push(1);
            clx.extend((grpprl.len() as u16).to_le_bytes());
            clx.extend(grpprl);
        }
        let mut plc: Vec<u8> = placed.iter().flat_map(|(start, ..)| start.to_le_bytes()).collect();
        plc.extend(total.to_le_bytes());
        for ((_, byte, wide), (_, _, modifier)) in placed.iter().zip(&self.pieces) {
            let fc = if *wide { *byte as u32 } else { (*byte as u32 * 2) | 0x4000_0000 };
            plc.extend([0, 0]);
            plc.extend(fc.to_le_bytes());
            plc.extend(modifier.to_le_bytes());
        }
        clx.push(2);
        clx.extend((plc.len() as u32).to_le_bytes());
        clx.extend(plc);
        let mut add = |index: usize, bytes: &[u8]| {
            entries.push((index, tables.len(), bytes.len()));
            tables.extend_from_slice(bytes);
        };
        add(33, &clx);
        for (index, bytes) in &self.tables {
            add(*index, bytes);
        }
        // One page each for characters and for paragraphs; stretches are sorted by where they stand.
        let mut page = |index: usize, mut runs: Vec<(u32, u32, Vec<u8>)>, width: usize| {
            if runs.is_empty() {
                return;
            }
            runs.sort_by_key(|(from, ..)| *from);
            stream.resize(stream.len().next_multiple_of(512), 0);
            let number = (stream.len() / 512) as u32;
            let mut raw = [0u8; 512];
            let mut free = 510;
            // Stretches without properties fill the gaps.
            let mut filled: Vec<(u32, u32, Vec<u8>)> = Vec::new();
            for (from, to, properties) in runs {
                if let Some(end) = filled.last().map(|run| run.1).filter(|end| *end < from) {
                    filled.push((end, from, Vec::new()));
                }
                filled.push((from, to, properties));
            }
            raw[511] = filled.len() as u8;
            for (number, (from, to, properties)) in filled.iter().enumerate() {
                raw[number * 4..number * 4 + 4].copy_from_slice(&from.to_le_bytes());
                raw[number * 4 + 4..number * 4 + 8].copy_from_slice(&to.to_le_bytes());
                if !properties.is_empty() {
                    free = (free - properties.len()) & !1;
                    raw[free..free + properties.len()].copy_from_slice(properties);
                    raw[(filled.len() + 1) * 4 + number * width] = (free / 2) as u8;
                }
            }
            stream.extend_from_slice(&raw);
            let mut bin = 0u32.to_le_bytes().to_vec();
            bin.extend(u32::MAX.to_le_bytes());
            bin.extend(number.to_le_bytes());
            entries.push((index, tables.len(), bin.len()));
            tables.extend(bin);
        };
        let characters = self.characters.iter().map(|(position, length, modifiers)| {
            let from = at(*position);
            let wide = placed.iter().rev().find(|(start, ..)| start <= position).unwrap().2;
            let properties = [&[modifiers.len() as u8][..], modifiers].concat();
            (from, from + length * if wide { 2 } else { 1 }, properties)
        });
        page(12, characters.collect(), 1);
        let mut start = 0;
        let mut paragraphs = Vec::new();
        for (end, style, modifiers) in &self.paragraphs {
            let mut properties = style.to_le_bytes().to_vec();
            properties.extend(modifiers);
            if properties.len() % 2 == 0 {
                properties.insert(0, (properties.len() / 2) as u8);
                properties.insert(0, 0);
            } else {
                properties.insert(0, (properties.len() / 2 + 1) as u8);
            }
            paragraphs.push((at(start), at(end - 1) + 2, properties));
            start = *end;
        }
        page(13, paragraphs, 13);
        stream[..2].copy_from_slice(&0xA5ECu16.to_le_bytes());
        stream[2..4].copy_from_slice(&0xC1u16.to_le_bytes());
        stream[10..12].copy_from_slice(&(0x0200 | self.flags).to_le_bytes());
        for (index, length) in self.lengths.iter().enumerate() {
            stream[0x4C + index * 4..0x50 + index * 4].copy_from_slice(&length.to_le_bytes());
        }
        for (index, start, length) in entries {
            let at = 0x9A + index * 8;
            stream[at..at + 4].copy_from_slice(&(start as u32).to_le_bytes());
            stream[at + 4..at + 8].copy_from_slice(&(length as u32).to_le_bytes());
        }
        compound(&[("WordDocument", &stream), ("1Table", &tables)])
    }
}

fn read_file(bytes: Vec<u8>, limits: Limits) -> Extracted<'static> {
    let source = Source::new("a.doc", bytes);
    assert_eq!(source.kind(), Kind::Doc);
    let extracted = extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() }
}

fn read_written(written: &Written) -> Extracted<'static> {
    read_file(written.file(), Limits::default())
}

fn blocks(document: &Document) -> Vec<(Scope, &str)> {
    document.blocks.iter().map(|block| (block.scope, &document.text[block.span.range()])).collect()
}

fn places(document: &Document) -> Vec<String> {
    let place = |block: &crate::document::Block| match &block.place {
        Place::Paragraph { part, paragraph, table, text_box, note } => {
            let table: String = table.iter().map(|one| format!("{}/r{}c{} ", one.table, one.row, one.column)).collect();
            let part = &document.parts[usize::from(*part)].name;
            format!("{part} {table}{paragraph} {} {}", text_box.unwrap_or_default(), note.unwrap_or_default())
        }
        other => format!("{other:?}"),
    };
    document.blocks.iter().map(place).collect()
}

#[test]
fn pieces_stand_in_any_order_and_in_two_encodings() {
    let mut written = Written::main("");
    written.pieces = vec![("关于布", true, 0), ("“A” ", false, 0), ("署工作\r第二段\u{b}换行\r", true, 0)];
    written.lengths[0] = 17;
    let extracted = read_written(&written);
    assert_eq!(blocks(&extracted.document), [(Scope::Body, "关于布“A” 署工作"), (Scope::Body, "第二段\n换行")]);
    assert!(extracted.notices.is_empty(), "{:?}", extracted.notices);
    // The text of the part is that of the story, marks included.
    let block = &extracted.document.blocks[1];
    let origins = extracted.document.map.origins(block.span);
    let before = "关于布“A” 署工作\r".len();
    assert_eq!((origins[0].span.start, origins[0].span.len()), (before, "第二段\u{b}换行".len()));
}

#[test]
fn deleted_and_hidden_text_is_left_out_and_fields_show_their_results() {
    let mut written = Written::main("一删二藏三\u{13}PAGE \u{13}x\u{14}y\u{15}\u{14}四\u{15}五\u{13}六\r");
    written.characters = vec![(1, 1, vec![0x00, 0x08, 1]), (3, 1, vec![0x3C, 0x08, 1]), (4, 1, vec![0x3C, 0x08, 0x80])];
    let extracted = read_written(&written);
    // A field that does not end hides nothing.
    assert_eq!(blocks(&extracted.document), [(Scope::Body, "一二三四五六")]);
    assert_eq!((extracted.notices[0].code, extracted.notices[0].level), (Code::Skipped, Level::Warning));
    // The same by the properties of whole pieces: short ones, and such as stand elsewhere.
    let mut written = Written::main("");
    written.pieces =
        vec![("一", true, 0), ("删", true, 65 << 1 | 1 << 8), ("二", true, 0), ("删", true, 1), ("三\r", true, 0)];
    written.grpprls = vec![vec![0x00, 0x08, 1]];
    written.lengths[0] = 6;
    assert_eq!(blocks(&read_written(&written).document), [(Scope::Body, "一二三")]);
}

#[test]
fn tables_have_rows_columns_and_tables_inside() {
    let text = "前\r甲\u{7}乙\u{7}\u{7}宽\u{7}内\r\r丙\u{7}\u{7}后\r";
    let cell = vec![0x16, 0x24, 1];
    let inner = |last: &[u8]| [&[0x16, 0x24, 1, 0x49, 0x66, 2, 0, 0, 0], last].concat();
    let row = |edges: &[i16]| {
        let mut modifiers = vec![0x16, 0x24, 1, 0x17, 0x24, 1, 0x08, 0xD6];
        modifiers.extend((edges.len() as u16 * 2 + 2).to_le_bytes());
        modifiers.push(edges.len() as u8 - 1);
        modifiers.extend(edges.iter().flat_map(|edge| edge.to_le_bytes()));
        modifiers
    };
    let mut written = Written::main(text);
    written.paragraphs = vec![
        (2, 0, vec![0x40, 0x26, 0]),
        (4, 0, cell.clone()),
        (6, 0, cell.clone()),
        (7, 0, row(&[-108, 1000, 3000])),
        (9, 0, cell.clone()),
        (11, 0, inner(&[0x4B, 0x24, 1])),
        (12, 0, inner(&[0x4C, 0x24, 1])),
        (14, 0, cell),
        (15, 0, row(&[1002, 2000, 3000])),
        (17, 0, vec![]),
    ];
    let document = read_written(&written).document;
    let expected = [
        (Scope::Heading, "前"),
        (Scope::Cell, "甲"),
        (Scope::Cell, "乙"),
        (Scope::Cell, "宽"),
        (Scope::Cell, "内"),
        (Scope::Cell, "丙"),
        (Scope::Body, "后"),
    ];
    assert_eq!(blocks(&document), expected);
    let expected = [
        "document 1 0 0",
        "document 1/r1c1 1 0 0",
        "document 1/r1c2 1 0 0",
        "document 1/r2c2 1 0 0",
        "document 1/r2c3 1/r1c1 1 0 0",
        "document 1/r2c3 1 0 0",
        "document 2 0 0",
    ];
    assert_eq!(places(&document), expected);
}

#[test]
fn stories_follow_one_another() {
    let plc = |positions: &[u32], width: usize| {
        let mut bytes: Vec<u8> = positions.iter().flat_map(|position| position.to_le_bytes()).collect();
        bytes.resize(bytes.len() + (positions.len() - 1) * width, 0);
        bytes
    };
    let mut written = Written::main("正文\r\u{2}注一\r\u{2}注二\r眉\r\r脚\r\r\u{5}批注\r\u{2}尾注\r框一\r框二\r\r");
    written.lengths = [3, 8, 6, 0, 4, 4, 7, 0];
    written.tables = vec![
        (3, plc(&[0, 4, 8, 9], 0)),
        (11, plc(&[0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 6, 6, 6, 8], 0)),
        (5, plc(&[0, 4, 5], 0)),
        (47, plc(&[0, 4, 5], 0)),
        (56, plc(&[0, 3, 6, 7], 22)),
    ];
    let extracted = read_written(&written);
    assert!(extracted.notices.is_empty(), "{:?}", extracted.notices);
    let expected = [
        (Scope::Body, "正文"),
        (Scope::Footnote, "注一"),
        (Scope::Footnote, "注二"),
        (Scope::Header, "眉"),
        (Scope::Footer, "脚"),
        (Scope::Comment, "批注"),
        (Scope::Footnote, "尾注"),
        (Scope::Body, "框一"),
        (Scope::Body, "框二"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    let expected = [
        "document 1 0 0",
        "footnotes 1 0 1",
        "footnotes 1 0 2",
        "header1 1 0 0",
        "footer1 1 0 0",
        "comments 1 0 1",
        "endnotes 1 0 1",
        "document 1 1 0",
        "document 1 2 0",
    ];
    assert_eq!(places(&extracted.document), expected);
}

#[test]
fn what_cannot_be_read_is_noticed() {
    let mut encrypted = Written::main("密\r");
    encrypted.flags = 0x0100;
    let mut short = Written::main("短\r");
    short.lengths[0] = 100;
    let whole = Written::main("整\r");
    let mut without_pieces = Written::main("无\r");
    without_pieces.tables = vec![(33, vec![9, 9])];
    for (file, code, text) in [
        (encrypted.file(), Code::Encrypted, ""),
        (short.file(), Code::Corrupt, "短\n"),
        (without_pieces.file(), Code::Corrupt, ""),
        (compound(&[("WordDocument", b"nothing of the kind")]), Code::Corrupt, ""),
        (compound(&[("WordDocument", &[0x9B, 0xA5, 0x21, 0])]), Code::Unsupported, ""),
    ] {
        let extracted = read_file(file, Limits::default());
        assert_eq!((extracted.notices[0].code, extracted.notices[0].level), (code, Level::Error));
        assert_eq!(extracted.document.text, text);
    }
    let limits = Limits { entry_size: 2, ..Limits::default() };
    assert_eq!(read_file(whole.file(), limits).notices[0].code, Code::Limit);
}

proptest! {
    #[test]
    fn no_document_panics(edits in prop::collection::vec((0usize..40_000, any::<u8>()), 1..60)) {
        let mut written = Written::main("一\r甲\u{7}\u{7}\u{13}x\u{14}y\u{15}注\r眉\r框\r\r");
        written.lengths = [10, 2, 2, 0, 0, 0, 3, 0];
        written.paragraphs = vec![(2, 0, vec![]), (4, 0, vec![0x16, 0x24, 1]), (5, 0, vec![0x16, 0x24, 1, 0x17, 0x24, 1])];
        written.characters = vec![(1, 1, vec![0x3C, 0x08, 1])];
        let mut bytes = written.file();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let source = Source::new("a.doc", bytes);
        extract(&source, &ExtractOptions::default());
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_real_document_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30), cut in 0..4usize) {
        let mut bytes = include_bytes!("../../../tests/formats/places.doc").to_vec();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut * bytes.len() / 8);
        let source = Source::new("a.doc", bytes);
        extract(&source, &ExtractOptions::default());
    }
}
