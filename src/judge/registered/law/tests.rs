use super::*;
use crate::dictionary::{Dictionary, RuleSelection, parse_pack};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::judge::{Judge, JudgeOptions};
use crate::normalise::Folded;

const REGISTRY: &str = "\
# id: laws
# title: 法律法规
# kind: law
# source: 国家法律法规数据库
# severity: serious
# category: law-dated
right	short	kind_of	from	to	successor	articles	number	date
中华人民共和国合同法	合同法	law	1999-10-01	2020-12-31	中华人民共和国民法典	1999-03-15:428
中华人民共和国担保法	担保法	law	1995-10-01	2020-12-31	中华人民共和国民法典	1995-06-30:96
中华人民共和国民法通则	民法通则	law	1987-01-01	2017-09-30	中华人民共和国民法总则	1986-04-12:156
中华人民共和国民法总则	民法总则	law	2017-10-01	2020-12-31	中华人民共和国民法典	2017-03-15:206
中华人民共和国民法典	民法典	law	2021-01-01			2020-05-28:1260
中华人民共和国公司法	公司法	law	1994-07-01			1993-12-29:230|2018-10-26:218|2023-12-29:266
中华人民共和国刑法	刑法	law	1980-01-01			2023-12-29:452
信访条例		regulation	2005-05-01	2022-04-30	信访工作条例	2005-01-10:51
信访工作条例		party	2022-05-01			2022-02-25:50
暂住证申领办法		department	1995-06-02	2015-12-31		
国务院办公厅关于印发政府网站发展指引的通知		document	2017-05-15				国办发〔2017〕47号	2017-05-15
国务院办公厅关于加强政府网站域名管理的通知		document	2018-08-27				国办函〔2018〕55号	2018-08-27
国务院关于印发《国务院工作规则》的通知		document	2018-06-25				国发〔2018〕21号	2018-06-25
政务新媒体管理办法（试行）		document	2019-01-01				国办发〔2019〕8号	2019-01-01
";

fn judge(outdated: bool) -> Judge {
    let mut dictionary = Dictionary::default();
    dictionary.add(parse_pack("laws.tsv", REGISTRY).unwrap());
    let selection = RuleSelection::new(&["*".to_owned()], &[], &[]).unwrap();
    let as_of = "2024-06-01".to_owned();
    Judge::new(
        dictionary,
        JudgeOptions { selection, severity: Severity::Advice, undated: as_of.clone(), as_of, outdated },
    )
    .unwrap()
}

struct Found {
    text: String,
    suggestions: Vec<String>,
    reason: String,
    severity: Option<Severity>,
}

fn run(judge: &Judge, text: &str, date: Option<&str>) -> Vec<Found> {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    for block in text.split("\n\n") {
        builder.open(Scope::Body, Place::Text { node: None }, None);
        builder.literal(part, 0, block);
        builder.close();
    }
    let mut document = builder.finish();
    document.date = date.map(|date| DocumentDate { date: date.to_owned(), from: "test".to_owned() });
    let folded = Folded::new(&document);
    judge
        .candidates(&document, &folded)
        .into_iter()
        .map(|candidate| Found {
            text: folded.text()[candidate.span.range()].to_owned(),
            suggestions: candidate.suggestions,
            reason: candidate.reason.unwrap_or_default(),
            severity: candidate.severity,
        })
        .collect()
}

fn found(text: &str, date: &str) -> Vec<(String, String)> {
    run(&judge(false), text, Some(date))
        .into_iter()
        .map(|found| (found.text, found.suggestions.first().cloned().unwrap_or_default()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(text, right)| (text.to_owned(), right.to_owned())).collect()
}

#[test]
fn titles_no_longer_in_force() {
    for (text, expected) in [
        ("根据《合同法》的规定，双方协商一致。", &[("合同法", "民法典")][..]),
        ("根据《中华人民共和国合同法》，制定本办法。", &[("中华人民共和国合同法", "中华人民共和国民法典")]),
        ("依据《合同\n法》《担保法》等法律", &[("合同法", "民法典"), ("担保法", "民法典")]),
        ("认真贯彻《信访条例》，做好工作。", &[("信访条例", "信访工作条例")]),
        ("违反《合同法》第五十二条的，合同无效。", &[("合同法", "民法典")]),
        ("按照《民法通则》承担民事责任。", &[("民法通则", "民法典")]),
        ("申领暂住证，依照《暂住证申领办法》办理。", &[("暂住证申领办法", "")]),
        ("根据《合同法》制定本办法。", &[("合同法", "民法典")]),
        ("依照《担保法》《合同法》实施监督。", &[("担保法", "民法典"), ("合同法", "民法典")]),
        ("依据我国《合同法》办理。", &[("合同法", "民法典")]),
        ("根据《合同法》和《税收征收管理法》（2015年修正）办理。", &[("合同法", "民法典")]),
        (
            "某某条例\n\n《国务院关于废止和修改部分行政法规的决定》第一次修订\n\n第一条 根据《合同法》，制定本条例。",
            &[("合同法", "民法典")],
        ),
        ("关于审理案件的规定\n\n2019年公布\n\n为审理纠纷案件，根据《合同法》规定如下：", &[("合同法", "民法典")]),
        ("根据《合同法》和国发〔2016〕5号文件办理。", &[("合同法", "民法典")]),
        ("《中华人民共和国合同法》（以下简称《合同法》）适用。", &[("中华人民共和国合同法", "中华人民共和国民法典")]),
    ] {
        assert_eq!(found(text, "2023-03-01"), pairs(expected), "{text}");
    }
}

#[test]
fn titles_rightly_named_although_no_longer_in_force() {
    for text in [
        "原《合同法》第五十二条",
        "原《担保法》、《合同法》有关规定",
        "旧《合同法》与新规定",
        "《民法典》施行后，《合同法》同时废止。",
        "《合同法》《担保法》自2021年1月1日起失效。",
        "双方于2018年5月签订合同，依据《合同法》办理。",
        "一九九九年通过的《合同法》",
        "依照当时的《合同法》处理",
        "《民法典》取代了《合同法》。",
        "从《合同法》到《民法典》",
        "《最高人民法院关于适用〈中华人民共和国合同法〉若干问题的解释》",
        "《最高人民法院关于适用《中华人民共和国合同法》若干问题的解释》",
        "《合同法》司法解释（二）",
        "《合同法》解释",
        "《合同法》（1999年3月15日通过）",
        "他曾参与《合同法》的制定工作",
        "德国《合同法》的规定",
        "原告与被告订立买卖合同，依据《合同法》请求付款。",
        "[3] 王某.《合同法》导论",
        "王某：《合同法》，法律出版社，第三版",
        "市政府批示：“各单位要按照《信访条例》的要求做好工作”。",
        "我省《信访条例》另有规定。",
        "《广东省信访条例》（以下简称《信访条例》）已经通过。按照《信访条例》办理。",
        "修订前的《合同法》",
        "《合同法》施行以来，案件增多。",
        "依照《合同法》施行前的规定",
        "《合同法》出台后",
        "曾依照《合同法》处理",
        "依据《合同法》设立并保留原组织形式的企业",
        "《经济合同法》",
        "《合同法实施细则》",
        "依据“《合同法》改为《民法典》”",
        "参考文献：《合同法》教程",
        "废止下列文件：\n\n1.《信访条例》\n\n2.《合同法》",
        "关于宣布失效一批文件的决定\n\n有关单位：\n\n一、《信访条例》",
        "民事判决书\n\n2019年双方订立借款合同。\n\n依照《合同法》第二百零六条，判决如下：",
    ] {
        assert_eq!(found(text, "2023-03-01"), Vec::new(), "{text}");
    }
}

#[test]
fn dates_decide() {
    let text = "根据《合同法》办理。";
    assert!(found(text, "2020-12-31").is_empty());
    assert_eq!(found(text, "2021-01-01").len(), 1);
    // 民法总则 had taken the place of 民法通则 then.
    assert_eq!(found("按照《民法通则》办理。", "2018-01-01"), pairs(&[("民法通则", "民法总则")]));
    // Without a date of its own, the day of the check counts.
    assert_eq!(run(&judge(false), text, None).len(), 1);
    assert!(run(&judge(false), text, Some("2019-01-01")).is_empty());
    let late = run(&judge(true), text, Some("2019-01-01"));
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].severity, Some(Severity::Advice));
}

#[test]
fn reasons_say_since_when_and_what_instead() {
    let reason = |text: &str| run(&judge(false), text, Some("2023-03-01")).remove(0).reason;
    assert_eq!(reason("根据《合同法》办理。"), "《合同法》自2021年1月1日起废止，现行规定是《民法典》。");
    assert_eq!(
        reason("根据《合同法》第五十二条办理。"),
        "《合同法》自2021年1月1日起废止，现行规定是《民法典》；条文序号也要对照现行规定核改。"
    );
    assert_eq!(
        reason("依照《暂住证申领办法》办理。"),
        "《暂住证申领办法》自2016年1月1日起废止，请改引现行规定或删去。"
    );
    assert_eq!(
        reason("依据《民法典》第一千三百条"),
        "《民法典》（2020年5月28日版本）共1260条，没有“第一千三百条”，请核对条文序号。"
    );
}

#[test]
fn articles_beyond_the_last() {
    for (text, expected) in [
        ("依据《民法典》第一千二百六十一条", &["第一千二百六十一条"][..]),
        ("依据《中华人民共和国民法典》第1300条", &["第1300条"]),
        ("依据《民法典》第五条、第一千三百条第二款", &["第一千三百条"]),
        ("依据《民法典》第五条至第一千三百条", &["第一千三百条"]),
        ("《信访工作条例》（以下简称《条例》）施行。违反《条例》第五十二条", &["第五十二条"]),
        ("《信访工作条例》（以下简称《条例》）第五十二条", &["第五十二条"]),
        ("《刑法》第四百六十条之一", &["第四百六十条"]),
        ("《民法典》合同编第一千三百条", &["第一千三百条"]),
        ("《公司法》（2018年修正）第二百二十条", &["第二百二十条"]),
        ("《公司法（2018年修正）》第二百二十条", &["第二百二十条"]),
    ] {
        let shown: Vec<String> = found(text, "2023-03-01").into_iter().map(|(text, _)| text).collect();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn articles_that_exist_or_are_not_the_laws() {
    for text in [
        "依据《民法典》第一千二百六十条",
        "《民法典》第五条和本条例第一千三百条",
        "《民法典》第五条。第一千三百条",
        "原《公司法》第二百三十一条",
        "1993年《公司法》第二百三十一条",
        "《公司法》（2005年修订）第二百四十条",
        "《公司法修正案（草案）》第三百条",
        "《刑法修正案》第五百条",
        "《公司法》修订草案第三百条",
        "《民法典》实施条例第一千三百条",
        "《民法典》第一千三百例",
        "《某某条例》第九百条",
        "《广东省条例》（以下简称《民法典》）。《民法典》第一千三百条",
        // 230 articles until 2005.
        "《公司法》第二百二十五条",
        // Announced in December 2023, a year ahead at most.
        "《公司法》第二百六十六条",
    ] {
        assert_eq!(found(text, "2023-03-01"), Vec::new(), "{text}");
    }
    assert_eq!(found("《公司法》第二百六十六条", "2019-03-01").len(), 1);
    // Years after all that the registry knows, the law may have grown; before, an older version may have been longer.
    for date in ["2026-03-01", "1990-01-01"] {
        let late = run(&judge(false), "《公司法》第二百七十条、第九百条", Some(date));
        let severities: Vec<Option<Severity>> = late.iter().map(|found| found.severity).collect();
        assert_eq!(severities, [Some(Severity::Advice), None], "{date}");
    }
}

#[test]
fn document_numbers_of_other_titles() {
    let title = "《国务院办公厅关于印发政府网站发展指引的通知》";
    for (text, expected) in [
        (format!("{title}（国办发〔2017〕17号）"), ("国办发〔2017〕17号", "国办发〔2017〕47号")),
        (format!("{title}(国办发[2017]17号)"), ("国办发[2017]17号", "国办发〔2017〕47号")),
        (format!("{title}（国发〔2017〕47号，以下简称《通知》）"), ("国发〔2017〕47号", "国办发〔2017〕47号")),
        (format!("{title}（国办发〔2018〕47号）"), ("国办发〔2018〕47号", "国办发〔2017〕47号")),
        (format!("{title}国办发〔2017〕17号"), ("国办发〔2017〕17号", "国办发〔2017〕47号")),
        (format!("{title}（国办函〔2018〕55号）"), ("国办函〔2018〕55号", "国办发〔2017〕47号")),
        (
            "《关于印发政府网站发展指引的通知》（国办发〔2017〕17号）".to_owned(),
            ("国办发〔2017〕17号", "国办发〔2017〕47号"),
        ),
        (format!("按照国办发〔2017〕17号文件{title}"), ("国办发〔2017〕17号", "国办发〔2017〕47号")),
        ("《政务新媒体管理办法》（国办发〔2019〕18号）".to_owned(), ("国办发〔2019〕18号", "国办发〔2019〕8号")),
        ("《国务院办公厅关于做好春运工作的通知》（国办发〔2017〕47号）".to_owned(), ("国办发〔2017〕47号", "")),
        (format!("{title}（国办发〔2017〕47号，2018年5月15日）"), ("2018", "2017")),
    ] {
        assert_eq!(found(&text, "2023-03-01"), pairs(&[expected]), "{text}");
    }
}

#[test]
fn document_numbers_that_belong_or_are_not_known() {
    let title = "《国务院办公厅关于印发政府网站发展指引的通知》";
    for text in [
        format!("{title}（国办发〔2017〕47号）"),
        format!("按照国办发〔2017〕47号{title}"),
        format!("按照国办发〔2017〕17号和{title}"),
        format!("{title}（国办发[2017]47号）"),
        format!("{title}（国办发〔2017〕47号，2017年5月15日）"),
        // Signed on one day, published on another.
        format!("{title}（国办发〔2017〕47号，2017年6月8日）"),
        format!("{title}（2019年印发）"),
        format!("{title}（以下简称《指引》）"),
        // Issued anew under the same title.
        "《国务院关于印发《国务院工作规则》的通知》（国发〔2013〕16号）".to_owned(),
        // What came with the notice.
        "《政府网站发展指引》（国办发〔2017〕47号）".to_owned(),
        "《附件目录》（国办发〔2017〕47号）".to_owned(),
        "《国务院办公厅关于做好春运工作的通知》（国办发〔2016〕7号）".to_owned(),
        format!("《某市关于转发{title}的通知》（某政办发〔2017〕90号）"),
        format!("原{title}（国办发〔2017〕17号）"),
    ] {
        assert_eq!(found(&text, "2023-03-01"), Vec::new(), "{text}");
    }
}
