use super::*;
use proptest::prelude::*;

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[test]
fn one_edit_is_told_with_its_place() {
    for (text, form, expected) in [
        ("安全生产发", "安全生产法", Some((4, Edit::Exchanged('发', '法')))),
        ("安全生产", "安全生产法", Some((4, Edit::Dropped('法')))),
        ("全生产法", "安全生产法", Some((0, Edit::Dropped('安')))),
        ("安全全生产法", "安全生产法", Some((2, Edit::Doubled('全')))),
        ("的安全生产法", "安全生产法", Some((0, Edit::Inserted('的')))),
        ("安生全产法", "安全生产法", Some((1, Edit::Swapped('生', '全')))),
        ("安全生法产", "安全生产法", Some((3, Edit::Swapped('法', '产')))),
        ("法", "水法", Some((0, Edit::Dropped('水')))),
        ("安全生产法", "安全生产法", None),
        ("安全法", "安全生产法", None),
        ("安生产发", "安全生产法", None),
        ("产安生全法", "安全生产法", None),
    ] {
        assert_eq!(one_edit(&characters(text), &characters(form)), expected, "{text} {form}");
    }
}

#[test]
fn marks_without_marks_in_them() {
    for (text, expected) in [
        ("《民法典》", &["民法典"][..]),
        ("《实施〈民法典〉办法》", &["民法典"]),
        ("《关于修改<计量法>的决定》", &["计量法"]),
        ("《关于〈甲〉和〈乙〉的决定》", &["甲", "乙"]),
        ("《民法典〉", &[]),
        ("《》", &[]),
        ("民法典", &[]),
    ] {
        let found: Vec<&str> = innermost(text).into_iter().map(|(start, end)| &text[start..end]).collect();
        assert_eq!(found, expected, "{text}");
    }
    let long = "长".repeat(LONGEST + 1);
    assert!(innermost(&format!("《{long}》")).is_empty());
}

#[test]
fn titles_about_a_law_hold_its_title() {
    let of = |title: &'static str| subjects(title).map(|length| &title[..length]).collect::<Vec<_>>();
    assert_eq!(of("计量法"), ["计量法"]);
    assert_eq!(of("计量法实施细则"), ["计量法实施细则", "计量法"]);
    assert_eq!(of("实施细则"), ["实施细则"]);
}

#[test]
fn titles_with_and_without_the_state_are_one() {
    let titles = [("中华人民共和国水法", None), ("水法", Some(3)), ("计量法", Some(4)), ("计量法", Some(5))];
    let index = Index::new(TitleTable::new(titles, folded), |_| true);
    let found: Vec<(String, Option<usize>, bool, bool)> = index
        .titles
        .iter()
        .map(|title| (title.text.iter().collect(), title.owner, title.stated, title.plain))
        .collect();
    assert_eq!(found, [("水法".into(), Some(3), true, true), ("计量法".into(), Some(4), false, true)]);
    assert!(index.is_known(&characters("水法")));
    assert!(!index.is_known(&characters("法")));
}

proptest! {
    /// Halves find what a comparison with every title finds.
    #[test]
    fn all_titles_at_one_edit_are_found(
        titles in proptest::collection::vec("[甲乙丙]{1,6}", 1..40),
        text in "[甲乙丙]{1,6}",
    ) {
        let owned: Vec<(Box<str>, Option<usize>)> =
            titles.iter().map(|title| (Box::from(title.as_str()), Some(0))).collect();
        let index = Index::new(TitleTable::new(owned.iter().map(|(title, owner)| (&**title, *owner)), folded), |_| true);
        let text = characters(&text);
        let mut found = std::collections::BTreeSet::new();
        index.near(&text, |title, _, _| {
            found.insert(title.text.iter().collect::<String>());
        });
        let expected: std::collections::BTreeSet<String> =
            titles.iter().filter(|title| one_edit(&text, &characters(title)).is_some()).cloned().collect();
        prop_assert_eq!(found, expected);
    }
}
