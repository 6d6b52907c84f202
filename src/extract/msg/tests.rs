use proptest::prelude::*;

use super::super::ooxml::testing::{blocks, codes};
use super::*;
use crate::source::{Level, Limits, compound};

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The stream of a packed file.
fn package(name: &[u8], data: &[u8]) -> Vec<u8> {
    let body =
        [&[2, 0][..], name, b"\0C:\\", name, b"\0\0\0\x03\0\x04\0\0\0C:\\\0", &(data.len() as u32).to_le_bytes(), data];
    [&[0; 4][..], &body.concat()].concat()
}

/// The stream of properties of fixed size, after `head` bytes.
fn fixed(head: usize, properties: &[(u16, u16, u64)]) -> Vec<u8> {
    let mut bytes = vec![0; head];
    for (number, form, value) in properties {
        bytes.extend([form.to_le_bytes(), number.to_le_bytes(), [6, 0], [0, 0]].concat());
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

fn read(streams: &[(&str, &[u8])], limits: Limits) -> Extracted<'static> {
    let source = Source::new("a.msg", compound(streams));
    assert_eq!(source.kind(), Kind::Msg);
    let extracted = Msg.extract(&source, &ExtractOptions { limits, ..ExtractOptions::default() });
    Extracted { decoded: None, ..extracted }
}

/// 2022-01-02.
const TIME: u64 = 0x01D8_0000_0000_0000;

#[test]
fn subject_body_and_date() {
    let gbk = b"\xD5\xFE\xCE\xF1\xB9\xAB\xBF\xAA";
    let times = fixed(32, &[(property::DELIVERY_TIME, 0x40, TIME), (property::CODE_PAGE, 3, 936)]);
    let (subject, body) = (wide("\u{1}\u{5}回复: 通知"), wide("　　第一段。\r\n\r\n第二段\r\n\r\n"));
    let extracted = read(
        &[(PROPERTIES, &times), ("__substg1.0_0037001F", &subject), ("__substg1.0_1000001F", &body)],
        Limits::default(),
    );
    let document = &extracted.document;
    assert_eq!(blocks(document), [(Scope::Title, "回复: 通知"), (Scope::Body, "第一段。"), (Scope::Body, "第二段")]);
    let part = 0;
    let paragraph = |paragraph| Place::Paragraph { part, paragraph, table: Vec::new(), text_box: None, note: None };
    assert_eq!((&document.blocks[1].place, &document.blocks[2].place), (&paragraph(1), &paragraph(2)));
    let published = document.metadata.published.clone().unwrap();
    assert_eq!((&*published.date, &*published.from), ("2022-01-02", "msg MessageDeliveryTime"));
    assert_eq!((extracted.notices.len(), extracted.inner.len()), (0, 0));

    // In a code page.
    let extracted =
        read(&[(PROPERTIES, &times), ("__substg1.0_0037001E", gbk), ("__substg1.0_1000001E", gbk)], Limits::default());
    assert_eq!(blocks(&extracted.document), [(Scope::Title, "政务公开"), (Scope::Body, "政务公开")]);
}

#[test]
fn other_bodies_and_attachments_are_handed_on() {
    let head = fixed(32, &[(property::BODY_CODE_PAGE, 3, 936)]);
    let rtf = [&[0, 0, 0, 0, 8, 0, 0, 0][..], b"MELA", &[0; 4], b"{\\rtf1 }"].concat();
    let names = [wide("附件!1.docx"), wide("另一封"), wide("对象")];
    let method = |method| fixed(8, &[(property::METHOD, 3, method)]);
    let (by_value, message, object) = (method(1), method(5), method(6));
    let inner_head = fixed(24, &[(property::SUBMIT_TIME, 0x40, TIME)]);
    let (inner_subject, plain) = (wide("里面的"), wide("纯文本"));
    let native = package(b"a.txt", b"native");
    let streams: &[(&str, &[u8])] = &[
        (PROPERTIES, &head),
        ("__substg1.0_1000001F", &plain),
        ("__substg1.0_10130102", b"<p>\xD5\xFE"),
        ("__substg1.0_10090102", &rtf),
        ("__attach_version1.0_#00000000/__properties_version1.0", &by_value),
        ("__attach_version1.0_#00000000/__substg1.0_3707001F", &names[0]),
        ("__attach_version1.0_#00000000/__substg1.0_37010102", b"PK\x05\x06"),
        ("__attach_version1.0_#00000001/__properties_version1.0", &message),
        ("__attach_version1.0_#00000001/__substg1.0_3001001F", &names[1]),
        ("__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0", &inner_head),
        ("__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_0037001F", &inner_subject),
        ("__attach_version1.0_#00000002/__properties_version1.0", &object),
        ("__attach_version1.0_#00000002/__substg1.0_3701000D/\u{1}Ole10Native", &native),
        ("__attach_version1.0_#00000003/__properties_version1.0", &by_value),
        ("__attach_version1.0_#00000003/__substg1.0_3707001F", &names[2]),
    ];
    let extracted = read(streams, Limits::default());
    // What is shown in HTML is not read a second time as plain text.
    assert_eq!(blocks(&extracted.document), []);
    let inner: Vec<(&str, &[u8])> = extracted.inner.iter().map(|one| (&*one.name, &*one.bytes)).collect();
    assert_eq!(inner[0], ("a.msg!正文.html", &b"<p>\xD5\xFE"[..]));
    assert_eq!(extracted.inner[0].declared_charset.as_deref(), Some("gb18030"));
    assert_eq!(inner[1], ("a.msg!附件！1.docx", &b"PK\x05\x06"[..]));
    assert_eq!((inner[2].0, inner[3]), ("a.msg!另一封.msg", ("a.msg!a.txt", &b"native"[..])));
    assert_eq!(codes(&extracted), [Code::Skipped]);
    assert!(extracted.notices[0].level == Level::Error && extracted.notices[0].message.contains("“对象”"));
    let message = Msg.extract(&extracted.inner[2], &ExtractOptions::default());
    assert_eq!(blocks(&message.document), [(Scope::Title, "里面的")]);
    assert_eq!(message.document.metadata.published.map(|date| date.date).as_deref(), Some("2022-01-02"));

    let only_rtf = read(&[(PROPERTIES, &head), ("__substg1.0_10090102", &rtf)], Limits::default());
    assert_eq!((&*only_rtf.inner[0].name, &*only_rtf.inner[0].bytes), ("a.msg!正文.rtf", &b"{\\rtf1 }"[..]));
    let limits = Limits { entry_size: 4, ..Limits::default() };
    assert_eq!(codes(&read(&[(PROPERTIES, &head), ("__substg1.0_10090102", &rtf)], limits)), [Code::Limit]);
    let damaged = read(&[(PROPERTIES, &head), ("__substg1.0_10090102", &rtf[..20])], Limits::default());
    assert_eq!((codes(&damaged), damaged.inner.len()), (vec![Code::Corrupt], 1));
}

proptest! {
    #[test]
    fn no_bytes_panic(edits in prop::collection::vec((0usize..8192, any::<u8>()), 1..30)) {
        let head = fixed(32, &[(property::CODE_PAGE, 3, 936)]);
        let mut bytes = compound(&[
            (PROPERTIES, &head),
            ("__substg1.0_0037001E", b"\xD5\xFE"),
            ("__substg1.0_10090102", &[1; 40]),
            ("__attach_version1.0_#00000000/__properties_version1.0", &head),
            ("__attach_version1.0_#00000000/__substg1.0_3701000D/Package", &head),
        ]);
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        Msg.extract(&Source::new("a.msg", bytes), &ExtractOptions::default());
    }
}
