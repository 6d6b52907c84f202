use proptest::prelude::*;

use super::super::ooxml::testing::{blocks, codes};
use super::*;
use crate::source::{Level, Limits, compound};

fn record(record_kind: u16, data: &[u8]) -> Vec<u8> {
    [&record_kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A string with its length in two bytes.
fn long(text: &str) -> Vec<u8> {
    [&(text.encode_utf16().count() as u16).to_le_bytes()[..], &[1], &wide(text)].concat()
}

/// A string with its length in one byte.
fn short(text: &str) -> Vec<u8> {
    [&[text.encode_utf16().count() as u8, 1][..], &wide(text)].concat()
}

fn cell(row: u16, column: u16, rest: &[u8]) -> Vec<u8> {
    [&row.to_le_bytes()[..], &column.to_le_bytes(), &[0, 0], rest].concat()
}

fn bof(contents: u16) -> Vec<u8> {
    record(kind::BOF, &[&[0, 6][..], &contents.to_le_bytes(), &[0; 12]].concat())
}

fn eof() -> Vec<u8> {
    record(kind::EOF, &[])
}

fn object(number: u16) -> Vec<u8> {
    record(kind::OBJ, &[&[0x15, 0, 0x12, 0, 6, 0][..], &number.to_le_bytes(), &[0; 14]].concat())
}

fn text_object(text: &str) -> Vec<u8> {
    let count = (text.encode_utf16().count() as u16).to_le_bytes();
    let head = [&[0; 10][..], &count, &[0; 6]].concat();
    [
        record(kind::TXO, &head),
        record(kind::CONTINUE, &[&[1][..], &wide(text)].concat()),
        record(kind::CONTINUE, &[0; 16]),
    ]
    .concat()
}

/// The stream of a workbook with common records and sheets, each with a name and its records.
fn workbook(common: &[u8], sheets: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let listed = |offset: u32, name: &str| {
        record(kind::BOUND_SHEET, &[&offset.to_le_bytes()[..], &[1, 0], &short(name)].concat())
    };
    let size: usize = sheets.iter().map(|(name, _)| listed(0, name).len()).sum();
    let mut offset = bof(5).len() + common.len() + size + eof().len();
    let mut stream = [bof(5), common.to_vec()].concat();
    for (name, sheet) in sheets {
        stream.extend(listed(offset as u32, name));
        offset += bof(0x10).len() + sheet.len() + eof().len();
    }
    stream.extend(eof());
    for (_, sheet) in sheets {
        stream.extend([bof(0x10), sheet.clone(), eof()].concat());
    }
    stream
}

fn read_bytes(bytes: Vec<u8>, limits: Limits) -> Extracted<'static> {
    let source = Source::new("a.xls", bytes);
    assert_eq!(source.kind(), Kind::Xls);
    let extracted = Xls.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    Extracted { decoded: None, ..extracted }
}

fn read(stream: &[u8]) -> Extracted<'static> {
    read_bytes(compound(&[("Workbook", stream)]), Limits::default())
}

fn places(extracted: &Extracted<'_>) -> Vec<(u32, u32)> {
    let cells = extracted.document.blocks.iter().filter_map(|block| match block.place {
        Place::Cell { row, column, .. } => Some((row, column)),
        _ => None,
    });
    cells.collect()
}

#[test]
fn cells_of_every_kind() {
    // The second string is rich, has readings, and is cut; the third is in one byte for each character.
    let rich = [&[2, 0, 1 | 4 | 8, 1, 0, 4, 0, 0, 0][..], &wide("按")].concat();
    let rest = [&[1][..], &wide("装"), &[0; 4], &[9; 4], &[3, 0, 0], b"ABC"].concat();
    let sst = [
        record(kind::SST, &[&[9, 0, 0, 0, 9, 0, 0, 0][..], &long("一般公共"), &rich].concat()),
        record(kind::CONTINUE, &rest),
    ];
    let number = |value: f64| value.to_le_bytes();
    let formula = |result: [u8; 8]| [&result[..], &[0; 8]].concat();
    let rk = |value: f64| ((value.to_bits() >> 32) as u32 & !3).to_le_bytes();
    let sheet = [
        record(kind::LABEL_SST, &cell(2, 1, &[0, 0, 0, 0])),
        record(kind::LABEL_SST, &cell(2, 2, &[1, 0, 0, 0])),
        record(kind::LABEL_SST, &cell(2, 3, &[2, 0, 0, 0])),
        record(kind::LABEL, &cell(3, 0, &long("旧\u{1}式"))),
        record(kind::RSTRING, &cell(3, 1, &[long("富"), vec![1, 0, 0, 0, 0, 0]].concat())),
        record(kind::NUMBER, &cell(4, 0, &number(13_800_138_000.0))),
        record(kind::NUMBER, &cell(4, 1, &number(1_234_567_890.0))),
        record(kind::NUMBER, &cell(4, 2, &number(12_345_678_901.5))),
        record(kind::RK, &cell(4, 3, &rk(34_359_738_368.0))),
        record(kind::MUL_RK, &[&[5, 0, 7, 0, 0, 0][..], &rk(1.0), &[0, 0], &rk(17_179_869_184.0), &[8, 0]].concat()),
        record(kind::FORMULA, &cell(6, 0, &formula([0, 0, 0, 0, 0, 0, 0xFF, 0xFF]))),
        record(0x04BC, &[0; 8]),
        record(kind::STRING, &long("结果")),
        record(kind::FORMULA, &cell(6, 1, &formula([1, 0, 1, 0, 0, 0, 0xFF, 0xFF]))),
        record(kind::FORMULA, &cell(6, 2, &formula(number(13_900_139_000.0)))),
    ]
    .concat();
    let extracted = read(&workbook(&sst.concat(), &[("预算表", sheet)]));
    let expected = [
        (Scope::SheetName, "预算表"),
        (Scope::Cell, "一般公共"),
        (Scope::Cell, "按装"),
        (Scope::Cell, "ABC"),
        (Scope::Cell, "旧式"),
        (Scope::Cell, "富"),
        (Scope::Cell, "13800138000"),
        (Scope::Cell, "34359738368"),
        (Scope::Cell, "17179869184"),
        (Scope::Cell, "结果"),
        (Scope::Cell, "13900139000"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    assert_eq!(extracted.notices, []);
    let expected = [(3, 2), (3, 3), (3, 4), (4, 1), (4, 2), (5, 1), (5, 4), (6, 9), (7, 1), (7, 3)];
    assert_eq!(places(&extracted), expected);
    assert_eq!(extracted.document.names, ["预算表"]);
}

#[test]
fn what_lies_on_a_sheet() {
    let art =
        [&[0x23, 0, 0x0B, 0xF0, 20, 0, 0, 0][..], &[0xC0, 0x80, 4, 0, 0, 0, 0x81, 0x83, 4, 0, 0, 0], &wide("艺术替代")]
            .concat();
    let series = |text: &str| record(kind::SERIES_TEXT, &[&[0, 0][..], &short(text)].concat());
    let chart = [
        bof(0x20),
        series("图表标题"),
        record(kind::LABEL, &cell(0, 0, &long("类别"))),
        record(kind::LABEL, &cell(0, 1, &long("类别"))),
        record(kind::NUMBER, &cell(0, 1, &13_800_138_000f64.to_le_bytes())),
        eof(),
    ]
    .concat();
    let sheet = [
        record(kind::HEADER, &long("&L&\"宋体,常规\"&12机密&C标&B题&&&R第&P页")),
        record(kind::FOOTER, &[]),
        record(kind::MSO_DRAWING, &[&[0x0F, 0, 4, 0xF0, 28, 0, 0, 0][..], &art].concat()),
        object(1),
        text_object("批注\n文字"),
        object(2),
        chart,
        object(3),
        text_object("文本框\n第二段"),
        record(kind::NOTE, &[&[1, 0, 1, 0, 0, 0, 1, 0][..], &long("张三")].concat()),
        record(
            kind::DV,
            &[
                &[0; 4][..],
                &long("提示"),
                &[1, 0, 0, 0],
                &long("请填"),
                &long("有误"),
                &[3, 0, 9, 9, 1, 2, 3, 0, 0, 9, 9, 1, 0, 4, 0, 7, 0, 2, 0, 2, 0],
            ]
            .concat(),
        ),
        record(kind::HEADER_FOOTER, &[&[0; 30][..], &[0, 0, 0, 0, 2, 0, 0, 0], &long("首页")].concat()),
    ]
    .concat();
    let extracted = read(&workbook(&[], &[("表", sheet), ("表二", Vec::new())]));
    let expected = [
        (Scope::SheetName, "表"),
        (Scope::Header, "机密"),
        (Scope::Header, "标题&"),
        (Scope::Header, "第页"),
        (Scope::Comment, "提示"),
        (Scope::Comment, "请填"),
        (Scope::Comment, "有误"),
        (Scope::Header, "首页"),
        (Scope::Comment, "批注\n文字"),
        (Scope::Body, "文本框"),
        (Scope::Body, "第二段"),
        (Scope::Body, "艺术"),
        (Scope::Alt, "替代"),
        (Scope::Body, "图表标题"),
        (Scope::Body, "类别"),
        (Scope::SheetName, "表二"),
    ];
    assert_eq!(blocks(&extracted.document), expected);
    assert_eq!(places(&extracted), [(5, 3), (5, 3), (5, 3), (2, 2)]);
    assert_eq!(extracted.notices, []);
}

#[test]
fn versions_before_97() {
    let gbk = b"\xD5\xFE\xCE\xF1";
    let text = |length: &[u8]| [length, gbk].concat();
    // Excel 5: a workbook whose texts are in a code page.
    let page = record(kind::CODE_PAGE, &936u16.to_le_bytes());
    let listed = |offset: u32| record(kind::BOUND_SHEET, &[&offset.to_le_bytes()[..], &[0, 0], &text(&[4])].concat());
    let start5 = |contents: u16| record(kind::BOF, &[&[0, 5][..], &contents.to_le_bytes(), &[0; 4]].concat());
    let offset = start5(5).len() + page.len() + listed(0).len() + eof().len();
    let sheet = [
        start5(0x10),
        record(kind::HEADER, &text(&[4])),
        record(kind::LABEL, &cell(0, 0, &text(&[4, 0]))),
        record(kind::NOTE, &[&[0, 0, 0, 0, 4, 0][..], &gbk[..2]].concat()),
        record(kind::NOTE, &[&[0xFF, 0xFF, 0, 0, 2, 0][..], &gbk[2..]].concat()),
        eof(),
    ]
    .concat();
    let stream = [start5(5), page.clone(), listed(offset as u32), eof(), sheet.clone()].concat();
    let expected =
        [(Scope::SheetName, "政务"), (Scope::Header, "政务"), (Scope::Cell, "政务"), (Scope::Comment, "政务")];
    for bytes in [compound(&[("Book", &stream)]), stream.clone()] {
        let extracted = read_bytes(bytes, Limits::default());
        assert_eq!(blocks(&extracted.document), expected);
        assert_eq!(extracted.notices, []);
    }
    // A wrong offset, as some writers have it: the sheets are found all the same.
    let wrong = [start5(5), page.clone(), listed(7), eof(), sheet].concat();
    assert_eq!(blocks(&read_bytes(wrong, Limits::default()).document), expected);

    // Excel 4, 3 and 2: a sheet alone.
    let string = |row: u16| [&row.to_le_bytes()[..], &[0, 0, 0, 0], &text(&[4, 0])].concat();
    for start in [record(kind::BOF_4, &[0, 0, 0x10, 0, 0, 0]), record(kind::BOF_3, &[0, 0, 0x10, 0, 0, 0])] {
        let extracted = read_bytes([start, record(kind::LABEL, &string(3)), eof()].concat(), Limits::default());
        assert_eq!(blocks(&extracted.document)[1..], [(Scope::Cell, "政务")]);
        assert_eq!((places(&extracted), extracted.notices), (vec![(4, 1)], vec![]));
    }
    let two = [
        record(kind::BOF_2, &[2, 0, 0x10, 0]),
        record(kind::LABEL_2, &[&[0, 0, 1, 0, 0, 0, 0][..], &text(&[4])].concat()),
        record(kind::FORMULA, &[&[1, 0, 0, 0, 0, 0, 0][..], &[0, 0, 0, 0, 0, 0, 0xFF, 0xFF]].concat()),
        record(kind::STRING_2, &text(&[4])),
        eof(),
    ];
    let extracted = read_bytes(two.concat(), Limits::default());
    assert_eq!((places(&extracted), extracted.notices), (vec![(1, 2), (2, 1)], vec![]));
    // A workbook of Excel 4.
    let four = [
        record(kind::BOF_4, &[0, 4, 0, 1, 0, 0]),
        record(kind::SHEET_HEADER_4, &[&[0; 4][..], &text(&[4])].concat()),
        record(kind::BOF_4, &[0, 4, 0x10, 0, 0, 0]),
        record(kind::LABEL, &string(0)),
        eof(),
        eof(),
    ];
    let extracted = read_bytes(four.concat(), Limits::default());
    assert_eq!(blocks(&extracted.document), [(Scope::SheetName, "政务"), (Scope::Cell, "政务")]);
    assert_eq!(extracted.notices, []);
}

#[test]
fn damage_and_limits_are_said() {
    let strings = record(kind::SST, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &long("头")].concat());
    let sheet = [
        record(kind::LABEL_SST, &cell(0, 0, &[0, 0, 0, 0])),
        record(kind::LABEL_SST, &cell(0, 1, &[9, 0, 0, 0])),
        record(kind::LABEL, &cell(0, 2, &long("尾"))),
    ]
    .concat();
    let stream = workbook(&strings, &[("a", sheet.clone()), ("b", sheet)]);
    assert_eq!(codes(&read(&stream)), [Code::Corrupt]);
    let limited = read_bytes(compound(&[("Workbook", &stream)]), Limits { cells: 1, ..Limits::default() });
    assert_eq!(blocks(&limited.document)[..2], [(Scope::SheetName, "a"), (Scope::Cell, "头")]);
    assert!(limited.notices[0].code == Code::Limit && limited.notices[0].message.contains("--limit cells="));
    // Every way of being cut short is noticed.
    for length in 1..stream.len() {
        let cut = read(&stream[..length]);
        assert!(cut.notices.iter().any(|notice| notice.level == Level::Error), "{length} of {}", stream.len());
    }
    assert_eq!(codes(&read(&workbook(&record(kind::FILE_PASS, &[0; 6]), &[]))), [Code::Encrypted]);
    assert_eq!(codes(&read_bytes(compound(&[("Workbook", b"x")]), Limits::default())), [Code::Corrupt]);

    // A short sheet that multiplies a long string must not multiply memory.
    let strings = record(kind::SST, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &long(&"长".repeat(4000))].concat());
    let sheet: Vec<u8> = (0..500).flat_map(|row| record(kind::LABEL_SST, &cell(row, 0, &[0, 0, 0, 0]))).collect();
    let bytes = compound(&[("Workbook", &workbook(&strings, &[("a", sheet)]))]);
    let extracted = read_bytes(bytes, Limits { entry_size: 1 << 20, ..Limits::default() });
    assert!(extracted.document.text.len() <= 1 << 20);
    assert_eq!(codes(&extracted), [Code::Limit]);

    // Two sheets at one place: the second is none.
    let listed = |offset: u32| record(kind::BOUND_SHEET, &[&offset.to_le_bytes()[..], &[0, 0], &short("x")].concat());
    let offset = (bof(5).len() + 2 * listed(0).len() + eof().len()) as u32;
    let twice = [bof(5), listed(offset), listed(offset), eof(), bof(0x10), eof()].concat();
    assert_eq!(codes(&read(&twice)), [Code::Corrupt]);
}

proptest! {
    #[test]
    fn no_bytes_panic(edits in prop::collection::vec((0usize..4096, any::<u8>()), 1..30)) {
        let strings = record(kind::SST, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &long("头")].concat());
        let sheet = [
            record(kind::LABEL_SST, &cell(0, 0, &[0, 0, 0, 0])),
            object(1),
            text_object("批注"),
            record(kind::NOTE, &[1, 0, 1, 0, 0, 0, 1, 0]),
            record(kind::HEADER, &long("&C页")),
        ]
        .concat();
        let mut stream = workbook(&strings, &[("a", sheet)]);
        for (at, byte) in edits {
            let at = at % stream.len();
            stream[at] = byte;
        }
        let source = Source::new("a.xls", compound(&[("Workbook", &stream)]));
        Xls.extract(&source, &ExtractOptions::default());
    }
}
