//! The draft of a report on corrections (整改报告). Figures and lists come from the ledger; what only the office can say is
//! left open between 【】.

use std::io::{self, Write};

use super::docx::{Docx, Pieces};
use super::query::Comparison;
use super::views::run_label;
use super::{Entry, RunRecord, State};
use crate::dictionary::Severity;
use crate::report::register::{Register, percent, right_forms};
use crate::report::visible;

/// Findings that a letter lists; a ledger lists all.
const LISTED: usize = 200;
/// Sources not read that a letter lists.
const UNREAD: usize = 50;

/// The report of where a ledger stands. Of `entries` it lists those that are due, then the others.
pub(super) fn of_ledger(
    register: &Register<'_>,
    entries: &[Entry],
    runs: &[RunRecord],
    today: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut docx = Docx::default();
    docx.title("关于文字差错整改情况的报告");
    docx.paragraph("【主送机关】：");
    let checked = match runs {
        [] => "尚未检查".to_owned(),
        [one] => format!("已检查1次（{}）", time(one)),
        [.., last] => format!("已检查{}次，最近一次为{}", runs.len(), time(last)),
    };
    docx.paragraph(&format!(
        "按照【通知名称和文号】要求，我单位对所属网站、账号的页面和附件进行了文字差错排查，{checked}。现将整改情况报告如下。"
    ));
    docx.heading("一、总体情况");
    let count = |state: State| entries.iter().filter(|entry| entry.state == state).count();
    let (fixed, down, kept) = (count(State::Fixed), count(State::TakenDown), count(State::Accepted));
    let unverified = count(State::Unverified);
    let due = entries.iter().filter(|entry| entry.state.is_due()).count() - unverified;
    let all = entries.len() - kept;
    docx.paragraph(&format!(
        "累计发现问题{}处，其中严重表述错误{}处、一般差错{}处、建议修改{}处。已整改{fixed}处，随页面或附件下线{down}处，经核定保留{kept}处，尚未整改{due}处，未能核实{unverified}处，整改率{}。",
        entries.len(),
        level(entries, Severity::Serious),
        level(entries, Severity::Error),
        level(entries, Severity::Advice),
        percent((fixed + down) as u64, all as u64)
    ));
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by_key(|entry| (!entry.state.is_due(), std::cmp::Reverse(entry.severity)));
    rest(docx, register, &order, today, out)
}

/// The report of a re-check.
pub(super) fn of_comparison(
    register: &Register<'_>,
    comparison: &Comparison,
    today: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut docx = Docx::default();
    docx.title("关于文字差错整改“回头看”情况的报告");
    docx.paragraph("【主送机关】：");
    docx.paragraph(&format!(
        "按照【通知名称和文号】要求，我单位对{}发现的文字差错逐条整改，并于{}进行了复查。现将有关情况报告如下。",
        time(&comparison.from),
        time(&comparison.to)
    ));
    docx.heading("一、总体情况");
    let count = |state: State| comparison.count(state);
    docx.paragraph(&format!(
        "上次检查有问题{}处。复查结果：已整改{}处，随页面或附件下线{}处，经核定保留{}处，尚未整改{}处，未能核实{}处，整改率{}。改后再次出现{}处，本次新发现{}处。",
        comparison.before,
        count(State::Fixed),
        count(State::TakenDown),
        count(State::Accepted),
        count(State::Open),
        count(State::Unverified),
        percent(comparison.done(), comparison.due),
        count(State::Back),
        count(State::New)
    ));
    let mut order: Vec<&Entry> = comparison.entries.iter().collect();
    order.sort_by_key(|entry| (!entry.state.is_due(), std::cmp::Reverse(entry.severity)));
    rest(docx, register, &order, today, out)
}

/// Tables and what is the same in both.
fn rest(
    mut docx: Docx,
    register: &Register<'_>,
    entries: &[&Entry],
    today: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = [
        ("网站/账号", 2200),
        ("责任单位", 1900),
        ("文件", 780),
        ("未能检查", 1100),
        ("严重", 700),
        ("差错", 700),
        ("建议", 700),
        ("结论", 760),
    ];
    let total = register.total();
    let lines: Vec<Vec<String>> = register
        .channels
        .iter()
        .chain([&total])
        .map(|one| {
            let name = if one.name.is_empty() { "（未登记）" } else { &one.name };
            let mut cells = vec![name.to_owned(), one.unit.clone()];
            cells.extend([one.sources, one.unread, one.serious, one.error, one.advice].map(|count| count.to_string()));
            cells.push(one.verdict().to_owned());
            cells
        })
        .collect();
    docx.paragraph("目前各网站、账号尚存问题如下（有严重表述错误的为不合格，有文件未能检查的待核实）：");
    docx.table(&columns, lines.iter().map(|cells| cells.iter().map(|cell| vec![(cell.as_str(), false)]).collect()));
    docx.heading("二、问题清单和整改情况");
    if entries.is_empty() {
        docx.paragraph("没有需要列出的问题。");
    } else {
        let cut = if entries.len() > LISTED {
            format!("以下列出前{LISTED}处，其余{}处见所附台账。", entries.len() - LISTED)
        } else {
            format!("共{}处，逐条如下。", entries.len())
        };
        docx.paragraph(&cut);
        let shown: Vec<[String; 9]> =
            entries.iter().take(LISTED).enumerate().map(|(index, entry)| line(index, entry)).collect();
        let columns = [
            ("序号", 680),
            ("级别", 700),
            ("页面标题和位置", 2600),
            ("错误内容", 2460),
            ("建议修改", 1240),
            ("整改情况", 1160),
        ];
        docx.table(
            &columns,
            shown.iter().map(|[number, level, title, place, before, text, after, right, state]| {
                let cells: Vec<Pieces<'_>> = vec![
                    vec![(number, false)],
                    vec![(level, level == "严重")],
                    vec![(title, false), (place, false)],
                    vec![(before, false), (text, true), (after, false)],
                    vec![(right, false)],
                    vec![(state, false)],
                ];
                cells
            }),
        );
    }
    docx.heading("三、举一反三情况");
    let mut categories = register.categories();
    categories.truncate(3);
    let kinds: Vec<String> =
        categories.iter().map(|(name, levels)| format!("{name}{}处", levels.iter().sum::<u64>())).collect();
    if !kinds.is_empty() {
        docx.paragraph(&format!("问题主要集中在：{}。", kinds.join("，")));
    }
    docx.paragraph("针对同类问题，在所属全部网站、账号的页面和附件中进行了排查：【排查范围、方法和结果】。");
    docx.heading("四、未能检查的文件");
    let unread: Vec<_> = register.remarks.iter().filter(|remark| remark.unread).collect();
    if unread.is_empty() {
        docx.paragraph("没有。全部文件均已读全。");
    } else {
        docx.paragraph(&format!("有{}个文件未能读取或未能读全，不能算作通过，处理意见：【处理意见】。", unread.len()));
        let lines: Vec<[String; 2]> =
            unread.iter().take(UNREAD).map(|remark| [visible(&remark.link), visible(&remark.message)]).collect();
        docx.table(
            &[("文件", 4000), ("原因", 4840)],
            lines.iter().map(|cells| cells.iter().map(|cell| vec![(cell.as_str(), false)]).collect()),
        );
        if unread.len() > UNREAD {
            docx.paragraph(&format!("其余{}个见所附台账。", unread.len() - UNREAD));
        }
    }
    docx.heading("五、原因分析和下一步措施");
    docx.paragraph("【原因分析】");
    docx.paragraph("【落实“三审三校”、发布前检查、定期复查等措施和责任人】");
    docx.paragraph("附件：文字差错整改台账");
    docx.signature("【单位名称】");
    docx.signature(&written(today));
    docx.write(out)
}

/// Number, level, title, place, before, text, after, right forms, state.
fn line(index: usize, entry: &Entry) -> [String; 9] {
    let title = if entry.title.is_empty() { entry.link.clone() } else { entry.title.clone() };
    let mut state = entry.state.label().to_owned();
    if let Some(accepted) = entry.accepted.as_ref().filter(|_| entry.state == State::Accepted) {
        state = format!("{state}：{}", accepted.reason);
    } else if let Some(why) = entry.why.filter(|_| entry.state == State::Unverified) {
        state = format!("{state}：{}", why.label());
    } else if let Some(closed) = &entry.closed {
        state = format!("{state}（{closed}）");
    }
    let place = format!("（{}）", entry.place);
    [
        (index + 1).to_string(),
        entry.severity.label().to_owned(),
        visible(&title),
        visible(&place),
        visible(&entry.before),
        visible(&entry.text),
        visible(&entry.after),
        visible(&right_forms(&entry.suggestions)),
        visible(&state),
    ]
}

fn level(entries: &[Entry], severity: Severity) -> usize {
    entries.iter().filter(|entry| entry.severity == severity).count()
}

/// `2026年11月27日`.
fn written(date: &str) -> String {
    let mut parts = date.splitn(3, '-').map(|part| part.trim_start_matches('0'));
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => format!("{year}年{month}月{day}日"),
        _ => date.to_owned(),
    }
}

fn time(run: &RunRecord) -> String {
    match run.started.get(..10) {
        Some(date) => format!("{}（第{}次检查）", written(date), run.id),
        None => run_label(run),
    }
}
