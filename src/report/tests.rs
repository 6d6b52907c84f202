//! Every renderer over one report that holds what is hard to render.

use super::wording::visible;
use super::*;
use crate::dictionary::parse_pack;
use crate::document::{DocumentDate, Scope};
use crate::judge::{Anchor, Context, Inside, Location, TextPoint};
use crate::source::Code;

const PACK: &str = r#"
[pack]
id = "names"
title = "国名"
source = "《中华人民共和国宪法》"
severity = "serious"
category = "name-country"

[[rule]]
id = "names/中华人民共和国"
kind = "term"
right = ["中华人民共和国"]
wrong = ["中华人名共和国", "中华人民共合国"]
reason = "国名“{wrong}”误写，应为“{right}”。"
found = ["中华人名共和国成立 => 中华人民共和国成立"]
clean = ["中华人民共和国成立"]
"#;

fn dictionary() -> Dictionary {
    let mut dictionary = Dictionary::default();
    dictionary.add(parse_pack("names.toml", PACK).unwrap());
    dictionary
}

fn point(byte: usize, line: usize, column: usize) -> TextPoint {
    TextPoint { byte, line, column, byte_column: 3 * column - 2 }
}

/// Before, hit, after.
fn finding(path: &str, location: Location, severity: Severity, text: [&str; 3], right: &[&str]) -> Finding {
    Finding {
        path: path.to_owned(),
        page: None,
        title: Some("关于<b>春耕</b>的通知".to_owned()),
        rule: "typos/部署".to_owned(),
        kind: "term",
        severity,
        text: text[1].to_owned(),
        suggestions: right.iter().map(|&right| right.to_owned()).collect(),
        message: format!("“{}”是常见错别字。", text[1]),
        source: "《现代汉语词典》（第7版）".to_owned(),
        location,
        scope: Scope::Body,
        context: Context { before: text[0].to_owned(), after: text[2].to_owned() },
        date: None,
        confidence: None,
        ocr: false,
        fingerprint: "00112233445566778899aabbccddeeff".to_owned(),
        anchor: Anchor {
            before: text[0].to_owned(),
            after: text[2].to_owned(),
            sentence: Some("0123456789abcdef".to_owned()),
        },
    }
}

fn findings() -> Vec<Finding> {
    let paragraph = |paragraph, chars| Location::Paragraph {
        part: "word/document.xml".to_owned(),
        paragraph,
        table: None,
        cell: None,
        text_box: None,
        note: None,
        chars,
    };
    let text = |start, end, css: Option<&str>| Location::Text {
        start,
        end,
        inside: css.map(|css| Inside::Element { css: css.to_owned() }),
    };
    let property = Location::Property { part: "docProps/core.xml".to_owned(), property: "title".into(), chars: [0, 2] };
    let note = Location::Paragraph {
        part: "word/footnotes.xml".to_owned(),
        paragraph: 1,
        table: Some("2".to_owned()),
        cell: Some("r3c2".to_owned()),
        text_box: Some(1),
        note: Some(4),
        chars: [0, 2],
    };
    vec![
        Finding {
            rule: "names/中华人民共和国".to_owned(),
            message: "国名“中华人名共和国”误写，应为“中华人民共和国”。".to_owned(),
            source: "《中华人民共和国宪法》".to_owned(),
            date: Some(DocumentDate { date: "2021-11-01".to_owned(), from: "meta PubDate".to_owned() }),
            ..finding(
                "zwgk/通知 1,2.html",
                text(point(1204, 128, 9), point(1225, 128, 16), Some("main > p:nth-of-type(3)")),
                Severity::Serious,
                ["　　“１９４９年”，", "中华人名共和国", "成立；𠮷林省、“四个意识”（2021年）①\t全文。"],
                &["中华人民共和国"],
            )
        },
        // Markup inside the hit, and a line break.
        Finding {
            scope: Scope::Alt,
            ..finding(
                "zwgk/通知 1,2.html",
                text(point(2000, 130, 40), point(2012, 131, 3), Some("img")),
                Severity::Error,
                ["按上级要求，认真\r\n", "布\n署", "有关工作<b>&amp;\"'"],
                &["部署"],
            )
        },
        Finding {
            rule: "punctuation/连用".to_owned(),
            message: "两个点号不连用，保留一个：100%，::error:: \u{1B}[31m。".to_owned(),
            source: String::new(),
            ..finding("a.md", text(point(3, 1, 2), point(6, 1, 3), None), Severity::Error, ["好，", "，", "再"], &[""])
        },
        // Right forms too long to stand beside the underline.
        finding(
            "a.md",
            text(point(90, 7, 1), point(210, 7, 41), None),
            Severity::Advice,
            [
                "会议强调，要切实增强政治责任感和历史使命感",
                "党的十一届三中全会以来党的十一届三中全会以来党的十一届三中全会以来党的十一届三中",
                "全会以来，在以习近平同志为核心的党中央坚强领导下",
            ],
            &["党的十一届三中全会以来党的十一届三中全会以来党的十一届三中全会以来", "（其他写法）"],
        ),
        Finding {
            rule: "privacy/公民身份号码".to_owned(),
            kind: "pattern",
            message: "公开内容含有完整的公民身份号码。".to_owned(),
            ..finding(
                "a.md",
                text(point(300, 9, 5), point(318, 9, 23), None),
                Severity::Serious,
                ["身份证号：", "110***********002X", "，电话***********"],
                &[],
            )
        },
        Finding {
            page: Some("index.html".to_owned()),
            ..finding(
                "附件.docx",
                paragraph(3, [11, 13]),
                Severity::Error,
                ["请各单位认真", "布署", "并抓好落实。"],
                &["部署", "布置"],
            )
        },
        Finding {
            scope: Scope::Footnote, ..finding("附件.docx", note, Severity::Error, ["", "布署", ""], &["部署"])
        },
        Finding {
            scope: Scope::Meta,
            ..finding("附件.docx", property, Severity::Error, ["", "布署", "会"], &["部署"])
        },
        finding(
            "archive/包.zip!附件/表!1.xlsx",
            Location::Cell { sheet: "Sheet 1".to_owned(), cell: Some("C5".to_owned()), chars: [0, 2] },
            Severity::Error,
            ["", "布署", "情况"],
            &["部署"],
        ),
        Finding {
            scope: Scope::SheetName,
            ..finding(
                "archive/包.zip!附件/表!1.xlsx",
                Location::Cell { sheet: "布署".to_owned(), cell: None, chars: [0, 2] },
                Severity::Error,
                ["", "布署", ""],
                &["部署"],
            )
        },
        finding(
            "archive/包.zip!里/网页.htm",
            text(point(31, 4, 8), point(35, 4, 10), None),
            Severity::Error,
            ["认真", "布署", "工作"],
            &["部署"],
        ),
    ]
}

fn report() -> Report {
    let mut report = Report::default();
    report.add(true, 45_678, findings(), vec![]);
    let notices = [
        Notice::error("archive/包.zip!密件.docx", Code::Encrypted, "文件有密码，没有读取：50%\n请解除密码后再检查"),
        Notice::warning("a.md", Code::Charset, "声明的编码是 gb2312，实际是 UTF-8"),
        Notice::error("没有 的.pdf", Code::Missing, "没有这个文件\u{1}\u{FFFE}"),
        Notice::warning("", Code::Skipped, "没有可读文字的文件未检查：图片 3 个"),
    ];
    for notice in notices {
        report.add(notice.level == Level::Warning, 0, vec![], vec![notice]);
    }
    report.summary.seconds = 0.123;
    report
}

fn rendered(report: &Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    render(report, &dictionary(), format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(format: Format) -> String {
    rendered(&report(), format, Style::default())
}

/// What is written while it comes about is what would be written at the end.
#[test]
fn a_live_report_is_like_any_other() {
    let whole = report();
    let empty = Report::default();
    for format in [Format::Human, Format::Json, Format::Jsonl, Format::Github] {
        for report in [&whole, &empty] {
            let (mut live, mut out) = (Live::new(format, Style::default()).unwrap(), Vec::new());
            let mut part = Report::default();
            // Findings and notices come mixed, as sources do.
            let (mut findings, mut notices) = (report.findings.iter(), report.notices.iter());
            loop {
                let (finding, notice) = (findings.next(), notices.next());
                if finding.is_none() && notice.is_none() {
                    break;
                }
                part.findings.extend(finding.cloned());
                part.notices.extend(notice.cloned());
                part.sources.push(SourceRecord::default());
                live.write(&mut part, &mut out).unwrap();
                assert!(part.findings.is_empty() && part.notices.is_empty() && part.sources.is_empty());
            }
            part.summary = report.summary.clone();
            live.finish(&mut part, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), rendered(report, format, Style::default()), "{format:?}");
        }
    }
    // Pretty-printed JSON is that of its parts.
    let json = rendered(&whole, Format::Json, Style::default());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 3);
    for line in json.lines() {
        assert!(line.len() - line.trim_start().len() <= 12 && line.trim_end() == line, "{line:?}");
    }
    assert!(
        rendered(&empty, Format::Json, Style::default()).starts_with("{\n  \"findings\": [],\n  \"notices\": [],\n")
    );
    assert!(Live::new(Format::Html, Style::default()).is_none());
}

#[test]
fn human() {
    insta::assert_snapshot!("human", plain(Format::Human));
}

#[test]
fn human_in_colour() {
    let mut report = report();
    report.findings.truncate(2);
    let shown = rendered(&report, Format::Human, Style { colour: true, width: Some(80) });
    insta::assert_snapshot!("human_colour", shown.replace('\u{1B}', "␛"));
}

#[test]
fn jsonl() {
    insta::assert_snapshot!("jsonl", plain(Format::Jsonl));
}

#[test]
fn sarif() {
    insta::assert_snapshot!("sarif", plain(Format::Sarif).replace(env!("CARGO_PKG_VERSION"), "[version]"));
}

#[test]
fn github() {
    insta::assert_snapshot!("github", plain(Format::Github));
}

#[test]
fn checkstyle() {
    insta::assert_snapshot!("checkstyle", plain(Format::Checkstyle));
}

fn cells(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Nothing wider than the terminal but sentences, and each underline exactly under its text.
#[test]
fn excerpts_fit_and_underlines_align() {
    for width in (40..=130).chain([300]) {
        let shown = rendered(&report(), Format::Human, Style { colour: false, width: Some(width) });
        assert!(!shown.contains('\u{1B}'));
        let lines: Vec<&str> = shown.lines().collect();
        let mut underlines = 0;
        for (index, line) in lines.iter().enumerate() {
            let Some(at) = line.find('^').filter(|&at| line[..at].trim_start().starts_with('|')) else { continue };
            underlines += 1;
            let finding = &findings()[underlines - 1];
            let count = line[at..].chars().take_while(|&c| c == '^').count();
            let above = lines[index - 1];
            assert!(cells(line) <= width && cells(above) <= width, "{width}:\n{above}\n{line}");
            let marked: String = {
                let mut left = cells(&line[..at]);
                let mut count = count;
                let rest = above.chars().skip_while(|&c| {
                    let more = left > 0;
                    left = left.saturating_sub(cells(c.encode_utf8(&mut [0; 4])));
                    more
                });
                rest.take_while(|&c| {
                    let more = count > 0;
                    count = count.saturating_sub(cells(c.encode_utf8(&mut [0; 4])));
                    more
                })
                .collect()
            };
            match marked.split_once("...") {
                Some((start, end)) => {
                    assert!(finding.text.starts_with(start) && finding.text.ends_with(end), "{width}: {marked}");
                }
                None => assert_eq!(marked, finding.text.replace('\n', "⏎"), "{width}"),
            }
        }
        assert_eq!(underlines, findings().len(), "{width}");
    }
}

#[test]
fn a_run_is_clean_only_if_everything_was_read() {
    let last = |report: &Report| rendered(report, Format::Human, Style::default()).lines().last().unwrap().to_owned();
    let mut report = Report::default();
    assert_eq!(last(&report), "没有检查到任何文字。用时 0.00 秒");
    report.add(true, 1200, vec![], vec![]);
    assert_eq!(last(&report), "检查 1 个文件（1,200 字）：未发现问题。用时 0.00 秒");
    report.add(true, 10, vec![], vec![Notice::error("a", Code::Corrupt, "损坏")]);
    assert_eq!(
        last(&report),
        "检查 2 个文件（1,210 字）：已读到的文字中未发现问题；1 个文件未能读取或未能读全，不能算作通过。用时 0.00 秒"
    );
    let mut report = Report::default();
    report.add(false, 0, vec![], vec![Notice::error("a", Code::Corrupt, "损坏")]);
    assert_eq!(last(&report), "没有检查到任何文字；1 个文件未能读取或未能读全，不能算作通过。用时 0.00 秒");
}

/// A command a line, whatever the texts hold, and the text comes back.
#[test]
fn github_commands_can_be_read_back() {
    let unescape = |text: &str| {
        text.replace("%0A", "\n").replace("%0D", "\r").replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
    };
    let shown = plain(Format::Github);
    let commands: Vec<(String, String)> = shown
        .lines()
        .map(|line| {
            let (properties, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (_, properties) = properties.split_once(' ').unwrap();
            let file = properties.split(',').find_map(|property| property.strip_prefix("file=")).unwrap_or_default();
            (unescape(file), unescape(message))
        })
        .collect();
    let report = report();
    assert_eq!(commands.len(), report.findings.len() + report.notices.len());
    for (finding, (file, message)) in report.findings.iter().zip(&commands) {
        assert!(finding.path.starts_with(file.as_str()) && !file.is_empty());
        assert!(message.contains(&visible(&finding.message)), "{message}");
    }
    for (notice, (file, message)) in report.notices.iter().zip(&commands[report.findings.len()..]) {
        assert!(notice.path.starts_with(file.as_str()));
        assert!(message.contains(&notice.message), "{message}");
    }
}

/// Well-formed XML, and the text comes back.
#[test]
fn checkstyle_can_be_read_back() {
    use quick_xml::events::Event;
    let shown = plain(Format::Checkstyle);
    let mut reader = quick_xml::Reader::from_str(&shown);
    let (mut messages, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Empty(element) => {
                let message = element.try_get_attribute("message").unwrap().unwrap();
                messages.push(quick_xml::escape::unescape(&message.value).unwrap().into_owned());
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    let report = report();
    assert_eq!(messages.len(), report.findings.len() + report.notices.len());
    let expected = report.findings.iter().map(|finding| visible(&finding.message));
    for text in
        expected.chain(report.notices.iter().map(|notice| notice.message.replace(['\u{1}', '\u{FFFE}'], "\u{FFFD}")))
    {
        assert!(messages.iter().any(|message| message.contains(&text)), "{text}");
    }
    assert!(!shown.contains(['\u{1}', '\u{1B}', '\u{FFFE}']));
}

#[test]
fn junit() {
    insta::assert_snapshot!("junit", plain(Format::Junit));
}

#[test]
fn rdjson() {
    insta::assert_snapshot!("rdjson", plain(Format::Rdjson));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!("gitlab", plain(Format::Gitlab));
}

/// GitLab takes one issue of a fingerprint and drops the rest.
#[test]
fn gitlab_fingerprints_are_unique() {
    let mut report = report();
    report.findings.extend(findings());
    report.notices.extend(report.notices.clone());
    let issues: serde_json::Value = serde_json::from_str(&rendered(&report, Format::Gitlab, Style::default())).unwrap();
    let issues = issues.as_array().unwrap();
    let prints: std::collections::HashSet<&str> =
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), report.findings.len() + report.notices.len());
}

/// Every index points at the thing it is given with, and every URI is a path again.
#[test]
fn sarif_references_hold() {
    let log: serde_json::Value = serde_json::from_str(&plain(Format::Sarif)).unwrap();
    let run = &log["runs"][0];
    let artifacts = run["artifacts"].as_array().unwrap();
    let check = |location: &serde_json::Value| {
        let index = usize::try_from(location["index"].as_u64().unwrap()).unwrap();
        assert_eq!(artifacts[index]["location"]["uri"], location["uri"]);
        let mut chain = Vec::new();
        let mut next = Some(index);
        while let Some(index) = next {
            let uri = artifacts[index]["location"]["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains([' ', '\\', '!', ',']), "{uri}");
            chain.insert(0, percent_encoding::percent_decode_str(uri).decode_utf8().unwrap().into_owned());
            next = artifacts[index]["parentIndex"].as_u64().map(|index| usize::try_from(index).unwrap());
        }
        chain.join("!")
    };
    for (result, finding) in run["results"].as_array().unwrap().iter().zip(findings()) {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
        let outer = check(&result["locations"][0]["physicalLocation"]["artifactLocation"]);
        assert!(finding.path.starts_with(&outer));
        if let Some(related) = result["relatedLocations"].get(0) {
            let nested = check(&related["physicalLocation"]["artifactLocation"]);
            assert!(nested.starts_with(&finding.path), "{nested}");
        } else {
            assert!(!finding.path.contains('!'));
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            check(&fix["artifactChanges"][0]["artifactLocation"]);
        }
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

/// Whatever texts hold, the page has two scripts, and the data come back.
#[test]
fn nothing_ends_the_script_of_a_page() {
    let hostile = "</script><script>alert(1)</script><!--&amp;\u{2028}\"'";
    let mut report = report();
    report.findings[0].text = hostile.to_owned();
    report.findings[0].title = Some(hostile.to_owned());
    report.findings[0].path = format!("a/{hostile}.html");
    report.notices.push(Notice::error(hostile, Code::Corrupt, hostile));
    let page = rendered(&report, Format::Html, Style::default());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<!--") && !page.contains("alert(1)<"));
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: serde_json::Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    assert!(data["strings"].as_array().unwrap().iter().any(|text| text == hostile));
    assert_eq!(data["findings"].as_array().unwrap().len(), report.findings.len());
    // Nothing is fetched from anywhere.
    assert!(!page.contains("src=") && !page.contains("url(") && !page.contains("@import"));
}

#[test]
fn csv() {
    insta::assert_snapshot!("csv", plain(Format::Csv).replace('\u{FEFF}', "[BOM]"));
}
