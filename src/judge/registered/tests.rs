//! Near-misses of the embedded registries: what is found, and what stands beside it and is right.

use crate::dictionary::{Dictionary, RuleSelection, Severity};
use crate::document::{Document, DocumentBuilder, Place, Scope};
use crate::judge::{Judge, JudgeOptions};
use crate::normalise::Folded;

fn document(text: &str) -> Document {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    let mut source = 0;
    for block in text.split('\n') {
        builder.open(Scope::Body, Place::Text { node: None }, None);
        builder.literal(part, source, block);
        builder.close();
        source += block.len();
    }
    builder.finish()
}

fn judge() -> Judge {
    let options = JudgeOptions {
        selection: RuleSelection::default(),
        severity: Severity::Error,
        as_of: "2026-11-01".into(),
        undated: "2026-11-01".into(),
        outdated: false,
    };
    Judge::new(Dictionary::embedded().clone(), options).unwrap()
}

/// Texts found in `text`, each with its suggestions.
fn judged(judge: &Judge, text: &str) -> Vec<(String, Vec<String>)> {
    let document = document(text);
    let folded = Folded::new(&document);
    let candidates = crate::judge::resolve_overlaps(judge.candidates(&document, &folded), judge.dictionary().entries());
    let found = candidates.into_iter().map(|one| (folded.text()[one.span.range()].to_owned(), one.suggestions));
    found.collect()
}

/// Each text has one slip, with the right form that is suggested first; none if it is right.
fn check(rows: &[(&str, &str)]) {
    let judge = judge();
    for &(text, right) in rows {
        let found = judged(&judge, text);
        let first: Vec<&str> = found.iter().filter_map(|(_, right)| right.first()).map(String::as_str).collect();
        let expected: &[&str] = if right.is_empty() { &[] } else { &[right] };
        assert_eq!(first, expected, "{text}: {found:?}");
    }
}

/// The marks say where a title begins and ends, so that what reference text has otherwise is no excuse.
#[test]
fn titles_in_marks_are_compared_whole() {
    check(&[
        ("根据《中华人民共和国安全生产发》制定本办法。", "中华人民共和国安全生产法"),
        ("根据《中华人民共和国献血》的规定，动员公民献血。", "中华人民共和国献血法"),
        ("根据《中华人民共和国大气污染防治》等法律，结合实际。", "中华人民共和国大气污染防治法"),
        ("根据《中华人民共和国国民法典》制定本规定。", "中华人民共和国民法典"),
        ("依照《中华人民共和国国道路交通安全法》处罚。", "中华人民共和国道路交通安全法"),
        ("依照《中华人民共和国海关关法》处罚。", "中华人民共和国海关法"),
        ("《河南省实施〈中华人民共和国矿产产资源法〉办法》", "中华人民共和国矿产资源法"),
        ("按照《中华人民共和国国计量法实施细则》办理。", "中华人民共和国计量法实施细则"),
        ("按照《中华人民共和国献献血法实施规定》办理。", "中华人民共和国献血法"),
        // A line that is nothing but a title.
        ("中华人民共和国水土保持\n第一条　为了预防和治理水土流失，制定本法。", "中华人民共和国水土保持法"),
        // Right titles, and words that are those of titles.
        ("根据《中华人民共和国民法典》《中华人民共和国海关法》制定。", ""),
        ("《河南省实施〈中华人民共和国矿产资源法〉办法》", ""),
        ("根据《中华人民共和国宪法修正案》的规定。", ""),
        ("中华人民共和国国家机关", ""),
        ("加强大气污染防治，做好献血工作。", ""),
        ("订阅《专利》《人民警察》等刊物。", ""),
    ]);
}

/// Of several titles at the same distance all are named.
#[test]
fn a_title_may_be_almost_several() {
    let found = judged(&judge(), "依照《中华人民共和国献法》的规定。");
    let [(text, right)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(text, "中华人民共和国献法");
    assert!(right.contains(&"中华人民共和国献血法".to_owned()), "{right:?}");
    assert!(right.contains(&"中华人民共和国宪法".to_owned()), "{right:?}");
}

/// Nothing but the expression has all its other characters in a row.
#[test]
fn a_character_that_is_missing_inside_is_found_though_what_is_left_is_no_news() {
    check(&[
        ("坚持以供给结构性改革为主线。", "供给侧结构性改革"),
        ("这是以习近平同志为核心的中央作出的重大决策部署。", "以习近平同志为核心的党中央"),
        ("为了坚持和完善人民代表会制度，保障代表行使职权。", "人民代表大会制度"),
        ("实现人与自然和谐生，根据宪法，制定本法。", "人与自然和谐共生"),
        ("全面落实中经济工作会议精神。", "中央经济工作会议"),
        ("推进长三角体化发展战略。", "长三角一体化发展"),
        // The words of two neighbours, and what is left out at will.
        ("建立健全深化改革的统筹推进工作机制。", ""),
        ("依照有关进出境动物检疫法律、行政法规的规定执行。", ""),
        ("坚持以人民为中心发展思想。", ""),
        ("各市场监管局按照职责分工负责。", ""),
    ]);
}

/// At an edge an expression may be shorter on purpose, but not so that a word is broken.
#[test]
fn a_character_that_is_missing_at_an_edge_breaks_a_word() {
    check(&[
        ("坚持以近平新时代中国特色社会主义思想为指导。", "习近平新时代中国特色社会主义思想"),
        ("加强山水林田湖草沙一体化保护和系统治，持续推进。", "山水林田湖草沙一体化保护和系统治理"),
        ("全面落实央经济工作会议部署。", "中央经济工作会议"),
        ("请省、自治区、直辖市人民政府认真贯彻落实。", ""),
        ("推进全面依法治省，加强法治建设。", ""),
        ("优化市场化营商环境。", ""),
        ("依照本法规定缴纳环境保护税外，应当对损害依法承担责任。", ""),
    ]);
}

/// A numeral is a slip only where it is no part of a number.
#[test]
fn numerals_that_count_are_never_slips() {
    check(&[
        ("推进“一一网通办”建设。", "“一网通办”"),
        ("高质量共建“一一带一路”。", "共建“一带一路”"),
        ("党的十二届三中全会以来。", ""),
        ("二〇一一年以来，高质量发展取得成效。", ""),
    ]);
}

/// A character left out is likelier than one put in, whatever the length of the forms.
#[test]
fn of_two_forms_the_one_with_the_likelier_slip_is_told() {
    check(&[
        ("国家市场监督管总局负责指导和监督。", "国家市场监督管理总局"),
        ("培养德智体美唠全面发展的社会主义建设者。", "德智体美劳全面发展"),
        ("促进产业高质质量发展。", "高质量发展"),
    ]);
}
