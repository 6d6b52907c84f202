//! Pages are edited in the ways in which pages are edited, and the findings of the new text must be known as those of the old.
//! `cargo test --test identity -- --nocapture` prints the table of `docs/ledger.md`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::HashMap;

use zhengming::ledger::matching::{Identity, pair};
use zhengming::{Finding, Linter, Options, Source};

const PAGES: usize = 300;
const PARAGRAPHS: usize = 20;
const ERRORS: usize = 12;

/// Wrong forms that are found whatever stands around them.
const WRONG: [&str; 4] = ["农村农业现代化", "各级攻府", "认真布署", "中华人民共合国"];

const OPENINGS: [&str; 12] = [
    "会议强调",
    "会议指出",
    "各单位要",
    "区农业农村局负责人表示",
    "按照上级统一安排",
    "为做好春耕备耕工作",
    "针对近期天气变化",
    "在下一步工作中",
    "与会人员一致认为",
    "从检查情况看",
    "本年度",
    "根据工作计划",
];
const MIDDLES: [&str; 14] = [
    "要把粮食安全放在首位",
    "切实加强组织领导",
    "认真总结经验做法",
    "持续改善农村人居环境",
    "做好动物疫病防控",
    "落实耕地保护责任",
    "组织技术人员下乡指导",
    "加强农资质量监管",
    "推进高标准农田建设",
    "完善防汛抗旱预案",
    "抓好安全生产检查",
    "严格执行财务制度",
    "及时公开办理结果",
    "充分听取群众意见",
];
const ENDINGS: [&str; 10] = [
    "确保各项任务按期完成",
    "让农民的日子越过越红火",
    "不断提高服务水平",
    "形成工作合力",
    "取得了阶段性成效",
    "为丰收打下坚实基础",
    "维护群众合法权益",
    "受到群众好评",
    "推动工作再上新台阶",
    "坚决守住安全底线",
];

/// Numbers without a library: the table must be the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).unwrap()
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// A piece of text; an error has a number.
#[derive(Clone, PartialEq)]
struct Piece(String, Option<usize>);

type Sentence = Vec<Piece>;
type Page = Vec<Vec<Sentence>>;

fn plain(text: &str) -> Piece {
    Piece(text.to_owned(), None)
}

fn sentence(random: &mut Random) -> Sentence {
    let count = random.below(900) + 10;
    vec![
        plain(random.one(&OPENINGS)),
        plain("，"),
        plain(random.one(&MIDDLES)),
        plain(&format!("，涉及农户{count}户，")),
        plain(random.one(&MIDDLES)),
        plain("，"),
        plain(random.one(&ENDINGS)),
        plain("。"),
    ]
}

fn page(random: &mut Random) -> Page {
    let mut page: Page =
        (0..PARAGRAPHS).map(|_| (0..2 + random.below(3)).map(|_| sentence(random)).collect()).collect();
    for error in 0..ERRORS {
        let paragraph = random.below(PARAGRAPHS);
        let sentence = random.below(page[paragraph].len());
        let at = 2 + 2 * random.below(2);
        let wrong = random.one(&WRONG);
        page[paragraph][sentence].insert(at + 1, Piece(wrong.to_owned(), Some(error)));
        page[paragraph][sentence].insert(at + 1, plain("，"));
    }
    page
}

/// The text, and which error stands at which byte.
fn text(page: &Page) -> (String, HashMap<usize, usize>) {
    let (mut text, mut errors) = (String::new(), HashMap::new());
    for paragraph in page {
        for Piece(piece, error) in paragraph.iter().flatten() {
            if let Some(error) = error {
                // What is found within the piece begins at or after its start.
                for byte in text.len()..text.len() + piece.len() {
                    errors.insert(byte, *error);
                }
            }
            text.push_str(piece);
        }
        text.push_str("\n\n");
    }
    (text, errors)
}

const EDITS: [&str; 7] = [
    "paragraph on top, template around",
    "paragraphs reordered",
    "paragraphs merged and split",
    "punctuation and spaces",
    "one character in each paragraph",
    "half of the errors fixed",
    "all of these",
];

fn edit(page: &Page, kind: usize, random: &mut Random) -> Page {
    let mut page = page.clone();
    match kind {
        0 => {
            page.insert(0, vec![vec![plain("首页 当前位置：首页 > 政务公开 > 通知公告")]]);
            page.insert(1, vec![sentence(random), sentence(random)]);
            page.push(vec![vec![plain("主办：区农业农村局 版权所有")]]);
        }
        1 => {
            for index in (1..page.len()).rev() {
                page.swap(index, random.below(index + 1));
            }
        }
        2 => {
            let mut edited: Page = Vec::new();
            for paragraph in page {
                match random.below(3) {
                    0 if !edited.is_empty() => edited.last_mut().unwrap().extend(paragraph),
                    1 if paragraph.len() > 1 => {
                        let (first, second) = paragraph.split_at(paragraph.len() / 2);
                        edited.extend([first.to_vec(), second.to_vec()]);
                    }
                    _ => edited.push(paragraph),
                }
            }
            page = edited;
        }
        3 => {
            for Piece(piece, error) in page.iter_mut().flatten().flatten() {
                if error.is_none() && piece == "，" && random.below(2) == 0 {
                    *piece = ["、", "， ", "："][random.below(3)].to_owned();
                }
            }
        }
        4 => {
            for paragraph in &mut page {
                let sentence = random.below(paragraph.len());
                let pieces: Vec<usize> = (0..paragraph[sentence].len())
                    .filter(|&index| {
                        let Piece(piece, error) = &paragraph[sentence][index];
                        error.is_none() && piece.chars().count() > 2
                    })
                    .collect();
                let Piece(piece, _) = &mut paragraph[sentence][pieces[random.below(pieces.len())]];
                let mut characters: Vec<char> = piece.chars().collect();
                let at = random.below(characters.len());
                characters[at] = ['新', '再', '更'][random.below(3)];
                *piece = characters.into_iter().collect();
            }
        }
        5 => {
            for Piece(piece, error) in page.iter_mut().flatten().flatten() {
                if error.is_some() && random.below(2) == 0 {
                    let right = match piece.as_str() {
                        "农村农业现代化" => "农业农村现代化",
                        "各级攻府" => "各级政府",
                        "认真布署" => "认真部署",
                        _ => "中华人民共和国",
                    };
                    (*piece, *error) = (right.to_owned(), None);
                }
            }
        }
        _ => (0..6).for_each(|kind| page = edit(&page, kind, random)),
    }
    page
}

/// Findings with the number of the error that each is.
fn findings(linter: &Linter, page: &Page) -> (Vec<Finding>, Vec<usize>, String) {
    let (text, errors) = text(page);
    let checked = linter.check_source(&Source::new("a.txt", text.as_str())).remove(0);
    let (mut findings, mut numbers) = (Vec::new(), Vec::new());
    for finding in checked.findings {
        let zhengming::judge::Location::Text { start, .. } = &finding.location else { continue };
        if let Some(&number) = errors.get(&start.byte) {
            numbers.push(number);
            findings.push(finding);
        }
    }
    (findings, numbers, text)
}

/// Pairs what has the same key, in order.
fn by_key<K: std::hash::Hash + Eq>(old: &[K], new: &[K]) -> Vec<Option<usize>> {
    let mut waiting: HashMap<&K, Vec<usize>> = HashMap::new();
    for (index, key) in old.iter().enumerate().rev() {
        waiting.entry(key).or_default().push(index);
    }
    new.iter().map(|key| waiting.get_mut(key).and_then(Vec::pop)).collect()
}

fn identity(finding: &Finding) -> Identity {
    Identity { rule: finding.rule.clone(), text: finding.text.clone(), anchor: finding.anchor.clone() }
}

fn around(finding: &Finding, count: usize) -> (String, String, String) {
    let before: Vec<char> = finding.anchor.before.chars().collect();
    let before = before[before.len().saturating_sub(count)..].iter().collect();
    (finding.rule.clone(), before, finding.anchor.after.chars().take(count).collect())
}

const SCHEMES: [&str; 7] =
    ["line and column", "paragraph hash", "sentence hash", "16+16 characters", "8+8", "4+4", "tiers (the ledger)"];

fn pairs(
    scheme: usize,
    old: &(Vec<Finding>, Vec<usize>, String),
    new: &(Vec<Finding>, Vec<usize>, String),
) -> Vec<Option<usize>> {
    let both = |key: &dyn Fn(&Finding, &str) -> (String, String, String)| {
        let keys = |of: &(Vec<Finding>, Vec<usize>, String)| of.0.iter().map(|one| key(one, &of.2)).collect::<Vec<_>>();
        by_key(&keys(old), &keys(new))
    };
    let start = |finding: &Finding| match &finding.location {
        zhengming::judge::Location::Text { start, .. } => *start,
        _ => unreachable!(),
    };
    match scheme {
        0 => both(&|one, _| (one.rule.clone(), start(one).line.to_string(), start(one).column.to_string())),
        1 => both(&|one, text| {
            (one.rule.clone(), text.lines().nth(start(one).line - 1).unwrap().to_owned(), String::new())
        }),
        2 => both(&|one, _| (one.rule.clone(), one.anchor.sentence.clone().unwrap(), String::new())),
        3 => both(&|one, _| around(one, 16)),
        4 => both(&|one, _| around(one, 8)),
        5 => both(&|one, _| around(one, 4)),
        _ => {
            let identities = |of: &(Vec<Finding>, Vec<usize>, String)| of.0.iter().map(identity).collect::<Vec<_>>();
            pair(&identities(old), &identities(new))
        }
    }
}

/// Findings that are still there, known again as the right one; and as a wrong one.
#[derive(Clone, Copy, Default)]
struct Score {
    there: usize,
    right: usize,
    wrong: usize,
}

fn scores(pages: usize) -> [[Score; EDITS.len()]; SCHEMES.len()] {
    let linter = Linter::new(Options::default()).unwrap();
    let mut random = Random(7);
    let mut scores = [[Score::default(); EDITS.len()]; SCHEMES.len()];
    for _ in 0..pages {
        let original = page(&mut random);
        let old = findings(&linter, &original);
        for kind in 0..EDITS.len() {
            let new = findings(&linter, &edit(&original, kind, &mut random));
            for (scheme, scores) in scores.iter_mut().enumerate() {
                let score = &mut scores[kind];
                for (number, partner) in new.1.iter().zip(pairs(scheme, &old, &new)) {
                    score.there += 1;
                    match partner {
                        Some(index) if old.1[index] == *number => score.right += 1,
                        Some(_) => score.wrong += 1,
                        None => {}
                    }
                }
            }
        }
    }
    scores
}

#[test]
fn findings_are_known_again_after_edits() {
    let scores = scores(if std::env::var_os("ZHENGMING_ALL_PAGES").is_some() { PAGES } else { 40 });
    println!("| identity | {} |", EDITS.join(" | "));
    for (scheme, scores) in SCHEMES.iter().zip(&scores) {
        let cell = |score: &Score| {
            let share = |part: usize| 100.0 * part as f64 / score.there as f64;
            let wrong = if score.wrong > 0 { format!(" ({:.1} wrong)", share(score.wrong)) } else { String::new() };
            format!("{:.1}{wrong}", share(score.right))
        };
        println!("| {scheme} | {} |", scores.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    let tiers = &scores[SCHEMES.len() - 1];
    for (edit, score) in EDITS.iter().zip(tiers) {
        assert!(score.there > 100, "{edit}: only {} findings to recognise", score.there);
    }
    for (edit, score) in EDITS.iter().zip(tiers).take(6) {
        assert!(score.right * 1000 >= score.there * 990, "{edit}: {} of {}", score.right, score.there);
        assert!(score.wrong * 1000 <= score.there * 5, "{edit}: {} of {} wrong", score.wrong, score.there);
    }
}
