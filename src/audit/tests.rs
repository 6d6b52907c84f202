use std::path::PathBuf;

use super::*;
use crate::dictionary::Severity;
use crate::source::walk;
use crate::{Linter, Options};

/// What `text` gives with the embedded dictionary; findings of three rules are told apart by their texts.
fn measured(text: &str, group: Option<usize>) -> Benchmark {
    let only = ["typos/*", "idioms/*", "usage/*"].map(str::to_owned).to_vec();
    let linter = Linter::new(Options { only, skip: vec!["usage/*".into()], ..Options::default() }).unwrap();
    benchmark(&linter, &Pairs::parse("test.tsv", text).unwrap(), group, 10).unwrap()
}

#[test]
fn alarms_are_compared_with_edits() {
    let text = "要认真布署工作。\t要认真部署工作。\ttypo\n\
                要认真部署工作。\t要认真部署工作。\tclean\n\
                要认真布署工作。\t要认真布署工作。\tclean\n\
                要认真布署工昨。\t要认真部署工作。\ttypo\n\
                各级攻府要认真布署。\t各级政府要认真布置。\ttypo\n";
    let Benchmark { sentences, scores, kinds, rules, groups, .. } = measured(text, Some(3));
    assert_eq!((sentences.with_error, sentences.without_error), (3, 2));
    assert_eq!((sentences.with_error_flagged, sentences.fully_corrected, sentences.without_error_flagged), (3, 1, 1));
    assert_eq!(sentences.flagged_share, Some(0.5));
    // The correction of the third sentence still holds what is found.
    assert_eq!(sentences.right_findings, 1);
    assert_eq!((scores.alarms, scores.edits), (5, 5));
    assert_eq!((scores.correct, scores.detected, scores.false_alarms, scores.edits_corrected), (3, 4, 1, 3));
    assert_eq!((scores.precision, scores.detection_precision, scores.recall), (Some(0.6), Some(0.8), Some(0.6)));
    assert_eq!(kinds.len(), 1);
    assert_eq!((kinds[0].kind, kinds[0].right_findings), ("term", 1));
    assert_eq!(rules[0].rule, "typos/部署");
    let samples: Vec<_> = rules[0].samples.iter().map(|sample| (sample.line, sample.verdict)).collect();
    assert_eq!(samples, [(3, Verdict::False), (5, Verdict::Detected)]);
    let groups: Vec<_> =
        groups.iter().map(|group| (group.group.as_str(), group.sentences, group.scores.alarms)).collect();
    assert_eq!(groups, [("clean", 2, 1), ("typo", 3, 4)]);
}

#[test]
fn sentences_are_plain_text_whatever_they_begin_with() {
    for sentence in ["　　要认真布署。", "# 要认真布署。", "<p>要认真布署。", "Received: 要认真布署。"]
    {
        let benchmark = measured(&format!("{sentence}\t{}\n", sentence.replace("布署", "部署")), None);
        assert!(benchmark.notices.is_empty(), "{sentence}: {:?}", benchmark.notices);
        assert_eq!(benchmark.scores.correct, 1, "{sentence}");
    }
}

#[test]
fn bad_benchmarks_are_refused_with_their_line() {
    for (text, expected) in [
        ("甲\t乙\n甲乙丙\n", "test.tsv:2: must be"),
        ("甲\t\n", "test.tsv:1: the sentence and its correction"),
        ("# 说明\n\n", "test.tsv holds no pair"),
    ] {
        let error = Pairs::parse("test.tsv", text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let pairs = Pairs::parse("test.tsv", &format!("甲\t乙\r\n{}\t{}\n", "甲".repeat(2000), "乙".repeat(2000))).unwrap();
    assert_eq!(pairs.pairs[0].right, "乙");
    let linter = Linter::new(Options { only: vec!["typos/*".into()], ..Options::default() }).unwrap();
    let error = benchmark(&linter, &pairs, None, 0).unwrap_err().to_string();
    assert!(error.starts_with("test.tsv:2: more than 1000 edits"), "{error}");
}

#[test]
fn thresholds_hold_or_say_what_does_not() {
    let text = "要认真布署。\t要认真部署。\n要认真布属。\t要认真部署。\n正确的句子。\t正确的句子。\n";
    let benchmarks = [measured(text, None)];
    let recall = benchmarks[0].scores.recall.unwrap();
    let outcomes = |thresholds: Thresholds| -> Vec<bool> {
        thresholds.outcomes(None, &benchmarks).iter().map(|outcome| outcome.holds).collect()
    };
    let thresholds = |least: f64| Thresholds {
        precision: Some(1.0),
        recall: Some(least),
        flagged: Some(0.0),
        ..Thresholds::default()
    };
    assert_eq!(outcomes(thresholds(recall)), [true, true, true]);
    assert_eq!(outcomes(thresholds(recall + 0.01)), [true, false, true]);

    // Without alarms none is wrong; without errors or right sentences nothing has been shown.
    let silent = [measured("正确的句子。\t正确的句子。\n", None)];
    let holds: Vec<bool> = thresholds(0.0).outcomes(None, &silent).iter().map(|outcome| outcome.holds).collect();
    assert_eq!(holds, [true, false, true]);

    let check =
        |thresholds: &Thresholds, clean, benchmarks| thresholds.check(clean, benchmarks, Severity::Error).is_ok();
    assert!(check(&thresholds(0.5), false, true));
    assert!(!check(&thresholds(0.5), true, false));
    assert!(!check(&thresholds(1.5), false, true));
    let rate = |text: &str| Thresholds { rates: vec![text.parse().unwrap()], ..Thresholds::default() };
    assert!(check(&rate("error=0.5"), true, false));
    assert!(!check(&rate("error=0.5"), false, true));
    assert!(!check(&rate("advice=0.5"), true, false));
    for bad in ["error", "error=", "error=-1", "fatal=1", "error=NaN"] {
        assert!(bad.parse::<RateLimit>().is_err(), "{bad}");
    }
}

#[test]
fn renderers() {
    let options = Options { only: ["typos/部署", "typos/未来"].map(str::to_owned).to_vec(), ..Options::default() };
    let linter = Linter::new(options).unwrap();
    // The sample site, seen as if it were correct: one of its errors counts as a false alarm.
    let (inputs, notices) = walk(&[PathBuf::from("samples/zwgk")]);
    let known = "t20211109_31870.html\t没有|这个\t\t\n\t布署\ttypos/未来\t不是这条规则\n不在.html\t布署\t\t\n";
    let clean = clean(&linter, &inputs, notices, &Known::parse("known.tsv", known).unwrap(), 3, &());
    let text = "要认真布署。\t要认真部署。\n要认真布署。\t要认真布置。\n走向*末来*。\t走向*末来*。\n";
    let benchmarks = vec![benchmark(&linter, &Pairs::parse("pairs.tsv", text).unwrap(), None, 3).unwrap()];
    let thresholds =
        Thresholds { rates: vec!["error=0.5".parse().unwrap()], flagged: Some(1.0), ..Thresholds::default() };
    let thresholds = thresholds.outcomes(Some(&clean), &benchmarks);
    let audit = Audit { clean: Some(clean), benchmarks, entries: Vec::new(), thresholds };
    for (format, name) in [(Format::Human, "human"), (Format::Markdown, "markdown"), (Format::Json, "json")] {
        let mut bytes = Vec::new();
        render(&audit, format, &mut bytes).unwrap();
        insta::assert_snapshot!(name, String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn samples_show_no_personal_numbers() {
    let linter = Linter::new(Options { only: vec!["privacy/*".into()], ..Options::default() }).unwrap();
    let text = "申请人身份证号11010519491231002X。\t申请人身份证号11010519491231002X。\n";
    let benchmark = benchmark(&linter, &Pairs::parse("pairs.tsv", text).unwrap(), None, 3).unwrap();
    assert_eq!(benchmark.scores.alarms, 1);
    let json = serde_json::to_string(&benchmark).unwrap();
    assert!(json.contains("002X") && !json.contains("1949"), "{json}");
}
