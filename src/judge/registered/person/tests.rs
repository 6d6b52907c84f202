use crate::dictionary::{Dictionary, RuleSelection, Severity, parse_pack};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::judge::{Judge, JudgeOptions};
use crate::normalise::Folded;

/// Made-up people of a made-up county.
const ROSTER: &str = "\
# id: roster
# title: 名册
# kind: person
# source: 澄溪县领导名录
# severity: serious
# category: person-name
id	right	post	organisation	from	to
wang1	王建国	县长	澄溪县	2018-03-01	2023-05-31
wang2	王建国	县委书记	澄溪县	2023-06-01	
li	李海平	县长	澄溪县	2023-06-01	
chen	陈思远	局长	澄溪县水务局	2020-01-01	
zhou	周明	副县长	澄溪县	2020-01-01	
sun	孙立新	副县长	澄溪县	2016-01-01	2021-06-30
luo	罗人民	代表	澄溪县		
liu	刘主任	委员	澄溪县		
ouyang	欧阳海涛	党组书记、主任	澄溪县发展和改革委员会		
";

fn judge(dictionary: Dictionary) -> Judge {
    let selection = RuleSelection::new(&["*".to_owned()], &[], &[]).unwrap();
    let as_of = "2024-06-01".to_owned();
    Judge::new(
        dictionary,
        JudgeOptions { selection, severity: Severity::Advice, undated: as_of.clone(), as_of, outdated: false },
    )
    .unwrap()
}

fn run(text: &str, date: &str) -> Vec<(String, Vec<String>, String)> {
    let mut dictionary = Dictionary::default();
    dictionary.add(parse_pack("roster.tsv", ROSTER).unwrap());
    run_with(dictionary, text, date)
}

fn run_with(dictionary: Dictionary, text: &str, date: &str) -> Vec<(String, Vec<String>, String)> {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    for line in text.lines().filter(|line| !line.is_empty()) {
        builder.open(Scope::Body, Place::Text { node: None }, None);
        builder.literal(part, 0, line);
        builder.close();
    }
    let mut document = builder.finish();
    document.date = Some(DocumentDate { date: date.to_owned(), from: "test".to_owned() });
    let folded = Folded::new(&document);
    let found = judge(dictionary).candidates(&document, &folded);
    let shown = |span: crate::document::Span<crate::document::Folded>| folded.text()[span.range()].to_owned();
    found
        .into_iter()
        .map(|candidate| (shown(candidate.span), candidate.suggestions, candidate.reason.unwrap_or_default()))
        .collect()
}

#[test]
fn names_that_are_almost_those_of_the_post() {
    for (text, wrong, right) in [
        ("县长王建果出席会议。", "王建果", "王建国"),
        ("王建果县长出席会议。", "王建果", "王建国"),
        ("澄溪县县长王建果出席会议。", "王建果", "王建国"),
        ("我县县长李海萍主持会议。", "李海萍", "李海平"),
        ("县委副书记、县长李海萍主持会议。", "李海萍", "李海平"),
        ("县长 李海萍 主持", "李海萍", "李海平"),
        ("县长：李海萍", "李海萍", "李海平"),
        ("县长李平海主持会议。", "李平海", "李海平"),
        ("县长李海主持会议。", "李海", "李海平"),
        ("县长李海海平主持会议。", "李海海平", "李海平"),
        ("县水务局局长陈思元介绍", "陈思元", "陈思远"),
        ("主任欧阳海滔介绍", "欧阳海滔", "欧阳海涛"),
        ("副县长孙立欣", "孙立欣", "孙立新"),
    ] {
        let found: Vec<(String, String)> =
            run(text, "2024-03-01").into_iter().map(|(text, rights, _)| (text, rights[0].clone())).collect();
        assert_eq!(found, [(wrong.to_owned(), right.to_owned())], "{text}");
    }
}

#[test]
fn names_that_are_others_or_not_beside_the_post() {
    for text in [
        "县长李海平出席会议。",
        "李海平县长出席会议。",
        // Somebody of the roster with another post.
        "县长李海平、副县长周明参加。",
        "邻水县县长李海萍来访。",
        "邻水县委书记、县长李海萍来访。",
        "省水利厅厅长李海萍",
        "县公安局局长陈思源",
        "副县长李海萍",
        "县长助理李海萍",
        "王建果出席会议。",
        "会议由李海萍介绍情况",
        // Both names differ.
        "县长张海峰出席会议。",
        "副县长周鸣参加。",
        "副县长周明明确要求",
        "副县长李周明",
        "县长负责制",
        "村长李海军说",
        "县长热线",
        "全国人民代表的意见",
        "县人民代表的意见",
        "全国人民代表大会",
        "县委员会主任",
        "由代表和人民团体组成",
    ] {
        assert_eq!(run(text, "2024-03-01"), Vec::new(), "{text}");
    }
}

#[test]
fn posts_that_are_no_longer_held() {
    let first = |text: &str, date: &str| {
        let mut found = run(text, date);
        assert_eq!(found.len(), 1, "{text} {date}");
        found.remove(0)
    };
    let (wrong, rights, reason) = first("县长王建国出席会议。", "2024-03-01");
    assert_eq!(wrong, "县长王建国");
    assert_eq!(rights, ["县委书记王建国", "县长李海平"]);
    assert_eq!(
        reason,
        "名册中王建国任澄溪县县长到2023年5月31日为止，文件日期时的县长是李海平；如指任内的事，请写“时任”或“原”。"
    );
    let (wrong, rights, _) = first("王建国县长出席会议。", "2024-03-01");
    assert_eq!((wrong.as_str(), rights[0].as_str()), ("王建国县长", "王建国县委书记"));
    let (wrong, rights, _) = first("副县长孙立新到会。", "2024-03-01");
    assert_eq!((wrong.as_str(), rights[0].as_str()), ("副县长孙立新", "原副县长孙立新"));
    // Before the term only if the organisation is named and somebody else held the post.
    let (wrong, rights, _) = first("澄溪县县长李海平出席会议。", "2022-03-01");
    assert_eq!((wrong.as_str(), rights[0].as_str()), ("县长李海平", "县长王建国"));
    assert!(run("县长李海平出席会议。", "2022-03-01").is_empty());
}

#[test]
fn posts_that_were_held_then() {
    for (text, date) in [
        ("县长王建国出席会议。", "2022-03-01"),
        ("县长王建国出席会议。", "2023-05-31"),
        ("县委书记王建国出席会议。", "2024-03-01"),
        ("原县长王建国出席会议。", "2024-03-01"),
        ("原澄溪县县长王建国出席会议。", "2024-03-01"),
        ("时任县长王建国在会上说", "2024-03-01"),
        ("前县长王建国", "2024-03-01"),
        ("2021年，县长王建国到村里调研。", "2024-03-01"),
        ("王建国任县长期间，县长王建国多次下乡。", "2024-03-01"),
        ("免去县长王建国的职务", "2024-03-01"),
        ("邻水县县长王建国来访。", "2024-03-01"),
        ("王建国出席会议。", "2024-03-01"),
        ("县长办公会由王建国主持", "2024-03-01"),
        ("副县长王建国", "2024-03-01"),
    ] {
        assert_eq!(run(text, date), Vec::new(), "{text}");
    }
}

/// The sample that the documentation shows.
#[test]
fn the_documented_sample() {
    let mut dictionary = Dictionary::default();
    dictionary.add(parse_pack("roster.tsv", include_str!("../../../../docs/roster/roster.tsv")).unwrap());
    let found = run_with(dictionary, include_str!("../../../../docs/roster/example.txt"), "2024-03-12");
    let found: Vec<(&str, &str)> = found.iter().map(|(text, rights, _)| (text.as_str(), rights[0].as_str())).collect();
    assert_eq!(found, [("沈力言", "沈立言"), ("陈远思", "陈思远"), ("区长李海平", "区委书记李海平")]);
}
