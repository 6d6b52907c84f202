use crate::dictionary::{Dictionary, RuleSelection, Severity, parse_pack};
use crate::document::{Document, DocumentBuilder, DocumentDate, Place, Scope};
use crate::judge::{Judge, JudgeOptions};
use crate::normalise::Folded;

const CENTRAL: &str = "# id: c\n# kind: name\n# severity: serious\n# source: s\n\
right\tshort\tfrom\tto\tsuccessor\tsiblings\n\
中华人民共和国国土资源部\t国土资源部\t1998-03-10\t2018-03-16\t中华人民共和国自然资源部\t\n\
中华人民共和国自然资源部\t自然资源部\t2018-03-17\t\t\t\n\
中华人民共和国环境保护部\t环境保护部|环保部\t2008-03-15\t2018-03-16\t中华人民共和国生态环境部\t环境保护部门\n\
国家环境保护总局\t国家环保总局\t1998-03-29\t2008-03-14\t中华人民共和国环境保护部\t\n\
中华人民共和国生态环境部\t生态环境部\t2018-03-17\t\t\t\n\
中华人民共和国农业部\t农业部\t1988-04-09\t2018-03-16\t中华人民共和国农业农村部\t\n\
中华人民共和国农业农村部\t农业农村部\t2018-03-17\t\t\t\n\
中华人民共和国建设部\t建设部\t1988-04-09\t2008-03-14\t中华人民共和国住房和城乡建设部\t\n\
中华人民共和国住房和城乡建设部\t住房和城乡建设部|住房城乡建设部\t2008-03-15\t\t\t\n\
国家林业局\t\t1998-03-10\t2018-03-16\t国家林业和草原局\t\n\
国家林业和草原局\t国家林草局\t2018-03-17\t\t\t\n\
国家食品药品监督管理总局\t国家食品药品监管总局\t2013-03-14\t2018-03-16\t国家市场监督管理总局|国家药品监督管理局\t\n\
国家市场监督管理总局\t市场监管总局\t2018-03-17\t\t\t\n\
国家药品监督管理局\t国家药监局\t2018-03-17\t\t\t\n";

const LOCAL: &str = "# id: l\n# kind: name\n# severity: error\n# source: s\n\
right\tshort\tto\tsuccessor\tlocal\n\
国土资源局\t\t2019-03-31\t自然资源局\tyes\n\
自然资源局\t\t\t\tyes\n\
环境保护局\t环保局\t2019-03-31\t生态环境局\tyes\n\
生态环境局\t\t\t\tyes\n\
农业局\t\t2019-03-31\t农业农村局\tyes\n\
农业农村局\t\t\t\tyes\n";

const MEETINGS: &str = "# id: m\n# kind: name\n# severity: serious\n# source: s\n\
right\tshort\theld\n\
中国共产党第十九次全国代表大会\t党的十九大\t2017-10-18..2017-10-24\n\
中国共产党第二十次全国代表大会\t党的二十大\t2022-10-16..2022-10-22\n\
中国共产党第十九届中央委员会第七次全体会议\t党的十九届七中全会\t2022-10-09..2022-10-12\n\
中国共产党第二十届中央委员会第四次全体会议\t党的二十届四中全会\t2025-10-20..2025-10-23\n\
第十三届全国人民代表大会第五次会议\t十三届全国人大五次会议\t2022-03-05..2022-03-11\n\
第十四届全国人民代表大会第四次会议\t十四届全国人大四次会议\t2026-03-05..2026-03-12\n\
中国人民政治协商会议第十三届全国委员会第五次会议\t全国政协十三届五次会议\t2022-03-04..2022-03-10\n\
中国人民政治协商会议第十四届全国委员会第四次会议\t全国政协十四届四次会议\t2026-03-04..2026-03-11\n";

/// Findings in `text`, whose paragraphs LF separates, as (text found, suggestions, severity).
fn judged(text: &str, published: Option<&str>, outdated: bool) -> Vec<(String, Vec<String>, Severity)> {
    let mut dictionary = Dictionary::default();
    for (file, rows) in [("c.tsv", CENTRAL), ("l.tsv", LOCAL), ("m.tsv", MEETINGS)] {
        dictionary.add(parse_pack(file, rows).unwrap());
    }
    dictionary.add(crate::dictionary::Pack {
        id: "places-registry".into(),
        title: String::new(),
        header: crate::dictionary::Header::default(),
        entries: Dictionary::embedded()
            .entries()
            .iter()
            .filter(|entry| entry.id.starts_with("places-registry/"))
            .cloned()
            .collect(),
        allow: Vec::new(),
        off: Vec::new(),
    });
    let options = JudgeOptions {
        selection: RuleSelection::default(),
        severity: Severity::Advice,
        as_of: "2026-11-01".into(),
        undated: "2026-11-01".into(),
        outdated,
    };
    let judge = Judge::new(dictionary, options).unwrap();
    let mut document = document(text);
    document.date = published.and_then(|date| DocumentDate::parse(date, "test"));
    let folded = Folded::new(&document);
    let candidates = crate::judge::resolve_overlaps(judge.candidates(&document, &folded), judge.dictionary().entries());
    candidates
        .into_iter()
        .map(|one| {
            let severity = one.severity(judge.dictionary().entries());
            (folded.text()[one.span.range()].to_owned(), one.suggestions, severity)
        })
        .collect()
}

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

/// Text, date of the document (none if empty), and what is found with its first suggestion.
type Row<'r> = (&'r str, &'r str, &'r [(&'r str, &'r str)]);

fn check(rows: &[Row<'_>]) {
    for &(text, date, expected) in rows {
        let found = judged(text, Some(date).filter(|date| !date.is_empty()), false);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(wrong, right, _)| (wrong.as_str(), right.first().map_or("", String::as_str))).collect();
        assert_eq!(found, expected, "{text} ({date})");
    }
}

#[test]
fn old_names_are_found_in_later_documents() {
    check(&[
        ("近日，国土资源部召开会议。", "2020-05-01", &[("国土资源部", "自然资源部")]),
        ("报国土资源部、环境保护部备案。", "2020-05-01", &[("国土资源部", "自然资源部"), ("环境保护部", "生态环境部")]),
        ("中华人民共和国国土资源部主管", "2020-05-01", &[("中华人民共和国国土资源部", "中华人民共和国自然资源部")]),
        // A chain of successors ends with the one that held on the day.
        ("国家环境保护总局要求各地整改", "2012-05-01", &[("国家环境保护总局", "环境保护部")]),
        ("国家环境保护总局要求各地整改", "2022-05-01", &[("国家环境保护总局", "生态环境部")]),
        ("国家食品药品监督管理总局通报", "2020-05-01", &[("国家食品药品监督管理总局", "国家市场监督管理总局")]),
        ("自2015年以来，国土资源部持续推进。", "2020-05-01", &[("国土资源部", "自然资源部")]),
        ("国土资源部", "", &[("国土资源部", "自然资源部")]),
        ("经农业部审定", "2020-05-01", &[("农业部", "农业农村部")]),
    ]);
}

#[test]
fn old_names_of_their_time_are_not() {
    let traps = [
        "国土资源部门要加强监管",
        "环境保护部门、农业部门",
        "原国土资源部、环境保护部",
        "原“国土资源部”",
        "不再保留国土资源部",
        "将国土资源部的职责整合，组建新的部门",
        "时任国土资源部副部长",
        "国土资源部令第42号",
        "根据国土资源部2015年印发的通知",
        "2015年，有关部门下发文件。国土资源部提出三条要求。",
        "《国土资源部关于进一步做好工作的通知》",
        "国土资源部、农业部联合印发的《土地管理办法》",
        "美国农业部发布报告",
        "日本农业部",
        "委内瑞拉玻利瓦尔共和国农业部",
        "国家林业局昆明勘察设计院",
        "住房和城乡建设部",
        "农业部分门类",
        "集团公司建设部",
        "2012.05—2016.03 国土资源部规划司司长",
        "（现国土资源部）国土资源部（现自然资源部）",
        "国土资源部关于土地的公告\n2016年3月5日",
        "某某条例\n（2001年5月1日国务院批准 2001年6月1日发布 根据2019年4月1日决定修订）\n由国土资源部制定。",
        "由国土资源部制定。\n本办法自2006年1月1日起施行。",
        "国土资源部更名为自然资源部",
    ];
    for text in traps {
        check(&[(text, "2020-05-01", &[])]);
    }
    check(&[("近日，国土资源部召开会议。", "2017-05-01", &[])]);
}

#[test]
fn what_was_right_when_written_is_advice_on_request() {
    let text = "近日，国土资源部和市国土资源局召开会议。";
    assert!(judged(text, Some("2016-05-01"), false).is_empty());
    let found = judged(text, Some("2016-05-01"), true);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(.., severity)| *severity == Severity::Advice));
    // Weeks after the change the old name still stands on seals and signs.
    assert_eq!(judged("近日，国土资源部发文。", Some("2018-04-01"), false)[0].2, Severity::Advice);
}

#[test]
fn local_names_need_their_place() {
    check(&[
        ("海州市国土资源局、环保局负责", "2020-05-01", &[("国土资源局", "自然资源局"), ("环保局", "生态环境局")]),
        ("责任单位：农业局", "2020-05-01", &[("农业局", "农业农村局")]),
        ("县农业局", "2020-05-01", &[("农业局", "农业农村局")]),
        ("县农业局部分职工", "2020-05-01", &[]),
        ("县农业局", "2019-03-01", &[]),
        ("原市国土资源局", "2020-05-01", &[]),
        ("市国土资源局划入新部门", "2020-05-01", &[]),
        ("2016年，市国土资源局办理了登记。", "2020-05-01", &[]),
        ("《海州市国土资源局工作规则》", "2020-05-01", &[]),
        ("市环保局更名为市生态环境局", "2020-05-01", &[]),
        ("向环保局投诉", "2020-05-01", &[]),
    ]);
}

#[test]
fn meetings_that_never_were_are_found() {
    check(&[
        ("党的十九届八中全会精神", "2023-05-01", &[("十九届八中全会", "")]),
        ("十三届全国人大六次会议", "2023-05-01", &[("十三届全国人大六次会议", "")]),
        ("全国政协十三届六次会议", "2023-05-01", &[("全国政协十三届六次会议", "")]),
        ("学习二十届四次全会精神", "2025-11-01", &[("二十届四次全会", "二十届四中全会")]),
        ("学习党的二十届大精神", "2023-05-01", &[("党的二十届大", "党的二十大")]),
        ("学习党的第二十大精神", "2023-05-01", &[("第二十大", "二十大")]),
        ("党的第二十次代表大会", "2023-05-01", &[("第二十次代表大会", "第二十次全国代表大会")]),
        ("2023年召开的党的二十大", "2023-05-01", &[("2023年", "")]),
        ("党的二十大于2021年10月在北京召开", "2023-05-01", &[("2021年10月", "")]),
    ]);
    for text in [
        "党的十九届七中全会",
        "二十届中央纪委四次全会",
        "省委十二届四次全会",
        "共青团十八届八中全会",
        "民盟十三届八中全会",
        "中国共产党海州省第十二次代表大会",
        "市十四届人大七次会议",
        "全国人大常委会第十五次会议",
        "2022年10月召开的党的二十大",
        "2022年召开的党的二十大",
        "党的二十届五中全会",
        "党的第二十次全国代表大会",
        "2023年召开的全国两会",
        "参加过党的十届大会",
    ] {
        check(&[(text, "2025-12-01", &[])]);
    }
}

#[test]
fn places_stand_under_their_superiors() {
    if Dictionary::embedded().get("places-registry/隶属").is_none() {
        // Built without the registry of places.
        return;
    }
    check(&[
        ("江苏省合肥市的做法", "2024-05-01", &[("江苏省合肥市", "安徽省合肥市")]),
        ("广东省苏州市", "2024-05-01", &[("广东省苏州市", "江苏省苏州市")]),
        ("浙江省杭州市余姚市", "2024-05-01", &[("杭州市余姚市", "宁波市余姚市")]),
        ("高要市人民政府", "2024-05-01", &[("高要市", "高要区")]),
        ("在沙县召开现场会", "2024-05-01", &[("沙县", "沙县区")]),
        ("湖北省襄樊市", "2024-05-01", &[("襄樊市", "襄阳市")]),
    ]);
    for text in [
        "江苏省、合肥市",
        "江苏省 合肥市",
        "江苏省南京市鼓楼区",
        "南京市上海路",
        "江苏省拉萨市对口支援前方指挥部",
        "北京市朝阳区",
        "新增城市绿地",
        "即墨市场监管",
        "沙县小吃",
        "郫县豆瓣",
        "农户县级补贴",
        "杭州市市区",
        "沙县区人民政府",
        "原高要市",
        "2010年，高要市建成开发区。",
        "吐鲁番地区气候干燥",
        "四川省重庆市",
        "海南省三沙市",
    ] {
        check(&[(text, "2024-05-01", &[])]);
    }
}
