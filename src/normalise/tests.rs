use super::*;
use crate::document::{DocumentBuilder, Place, Scope};
use proptest::prelude::*;

fn document(blocks: &[&str]) -> Document {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    let mut source = 0;
    for block in blocks {
        builder.open(Scope::Body, Place::Text { node: None }, None);
        builder.literal(part, source, block);
        builder.close();
        source += block.len();
    }
    builder.finish()
}

fn folded(text: &str) -> String {
    let document = document(&[text]);
    Folded::new(&document).text().trim_end_matches('\n').to_owned()
}

#[test]
fn every_kind_of_folding() {
    for (text, expected) in [
        ("中华人\u{200B}民共\u{AD}和国", "中华人民共和国"),
        ("２０２１年ＡＢ％", "2021年AB%"),
        ("国务⽇", "国务日"),
        ("\u{F9E4}", "理"),
        ("中華人民共和國", "中华人民共和国"),
        ("布\n署", "布署"),
        ("布 \r\n署", "布署"),
        ("通　知", "通知"),
        ("姓名  性别", "姓名 性别"),
        ("第 1 条", "第 1 条"),
        ("A  B", "A B"),
        ("A\u{A0}B", "A B"),
        ("，（）：；", "，（）：；"),
        ("葛\u{E0100}城", "葛城"),
    ] {
        assert_eq!(folded(text), expected, "{text:?}");
    }
}

#[test]
fn standard_characters_are_left_alone() {
    // These look traditional but stand in the table of standard characters themselves.
    assert_eq!(folded("乾坤 徵音 著名"), "乾坤徵音著名");
}

#[test]
fn clean_text_is_borrowed() {
    let document = document(&["国务院关于加强工作的通知", "各省、自治区、直辖市人民政府："]);
    let folded = Folded::new(&document);
    assert!(matches!(folded.text, Cow::Borrowed(_)));
    assert_eq!(folded.blocks().len(), 2);
}

#[test]
fn spans_map_back_without_what_folded_away_at_their_borders() {
    let document = document(&["前\u{200B}布\u{200B}署\u{200B}后", "中華 布\n署"]);
    let folded = Folded::new(&document);
    assert_eq!(folded.text(), "前布署后\n中华布署\n");
    let back = |range: std::ops::Range<usize>| {
        let span = folded.to_text(Span::new(range.start, range.end));
        document.text[span.range()].to_owned()
    };
    assert_eq!(back(3..9), "布\u{200B}署");
    assert_eq!(back(13..19), "中華");
    assert_eq!(back(19..25), "布\n署");
}

proptest! {
    /// Any part of the folded text, mapped back and folded by itself, reads the same – up to blanks at its borders, whose
    /// folding depends on neighbours outside the part.
    #[test]
    fn folding_what_a_span_maps_back_to_gives_the_span(
        blocks in prop::collection::vec("[中國国　 \\n\\r\\u{200B}\\u{AD}ＡａA1０，。⽇布署\\u{FE00}]{0,12}", 1..4),
        ends in (0usize..40, 0usize..40),
    ) {
        let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
        let document = document(&blocks);
        let folded = Folded::new(&document);
        prop_assert_eq!(folded.blocks().len(), document.blocks.len());
        for (block, span) in document.blocks.iter().zip(folded.blocks()) {
            let content = &folded.text()[span.range()];
            prop_assert!(!content.contains('\n'));
            let offsets: Vec<usize> = content.char_indices().map(|(at, _)| at).chain([content.len()]).collect();
            let (a, b) = (offsets[ends.0 % offsets.len()], offsets[ends.1 % offsets.len()]);
            let part = Span::new(span.start + a.min(b), span.start + a.max(b));
            let text = folded.to_text(part);
            prop_assert!(block.span.contains(&text), "{part:?} {text:?}");
            let again = fold_str(&document.text[text.range()]);
            prop_assert_eq!(again.trim(), folded.text()[part.range()].trim());
        }
    }
}
