//! One self-contained page (HTML5) for reading, filtering and printing. Findings are data in the page, and the page shows a
//! window of them at a time, so that tens of thousands stay usable.

mod charts;

use std::collections::HashMap;
use std::io::{self, Write};

use askama::Template;
use serde::Serialize;

use super::register::{Register, Row, level_index, of_report, percent};
use super::wording::visible;
use super::{Dictionary, Renderer, Report, Style, grouped};

/// The page of one run.
pub(super) struct Html;

impl Renderer for Html {
    fn render(&self, report: &Report, dictionary: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        write(&of_report(report, dictionary), out)
    }
}

/// Writes `register`.
pub(crate) fn write(register: &Register<'_>, out: &mut dyn Write) -> io::Result<()> {
    let total = register.total();
    let named: Vec<_> = register.channels.iter().filter(|one| !one.name.is_empty()).collect();
    let passed = named.iter().filter(|one| one.verdict() == "合格").count();
    let page = Page {
        title: &register.title,
        facts: &register.facts,
        levels: [("严重", "serious", total.serious), ("差错", "error", total.error), ("建议", "advice", total.advice)]
            .map(|(label, class, count)| Level { label, class, count: grouped(count) }),
        pass_rate: percent(total.passed, total.sources),
        passed: grouped(total.passed),
        sources: grouped(total.sources),
        unread: grouped(total.unread),
        some_unread: total.unread > 0,
        channel_rate: (!named.is_empty())
            .then(|| format!("{}（{passed}/{}）", percent(passed as u64, named.len() as u64), named.len())),
        channels: channel_lines(register),
        severity_chart: charts::severities([total.serious, total.error, total.advice]),
        category_chart: charts::categories(&register.categories()),
        unread_list: register.remarks.iter().filter(|one| one.unread).map(remark).collect(),
        remark_list: register.remarks.iter().filter(|one| !one.unread).map(remark).collect(),
        findings: grouped(register.rows.len() as u64),
        any: !register.rows.is_empty(),
        kept: register.kept,
        css: include_str!("../../templates/report.css"),
        js: include_str!("../../templates/report.js"),
        data: data(register)?,
    };
    page.write_into(out)?;
    Ok(())
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    title: &'r str,
    facts: &'r [(&'static str, String)],
    levels: [Level; 3],
    pass_rate: String,
    passed: String,
    sources: String,
    unread: String,
    some_unread: bool,
    channel_rate: Option<String>,
    channels: Vec<ChannelLine>,
    /// SVG.
    severity_chart: String,
    /// SVG.
    category_chart: String,
    unread_list: Vec<[String; 2]>,
    remark_list: Vec<[String; 2]>,
    findings: String,
    any: bool,
    kept: bool,
    css: &'static str,
    js: &'static str,
    /// JSON without `<`, `>` and `&`.
    data: String,
}

struct Level {
    label: &'static str,
    class: &'static str,
    count: String,
}

struct ChannelLine {
    name: String,
    unit: String,
    /// Counts, each with what its column is called.
    cells: [(&'static str, String); 6],
    verdict: &'static str,
}

fn channel_lines(register: &Register<'_>) -> Vec<ChannelLine> {
    // One nameless channel says nothing that the total does not.
    if register.channels.iter().all(|one| one.name.is_empty()) {
        return Vec::new();
    }
    let line = |one: &super::register::ChannelCounts| ChannelLine {
        name: if one.name.is_empty() { "（未登记）".to_owned() } else { one.name.clone() },
        unit: one.unit.clone(),
        cells: [
            ("文件", grouped(one.sources)),
            ("未能检查", grouped(one.unread)),
            ("文件合格率", percent(one.passed, one.sources)),
            ("严重", grouped(one.serious)),
            ("差错", grouped(one.error)),
            ("建议", grouped(one.advice)),
        ],
        verdict: one.verdict(),
    };
    register.channels.iter().map(line).collect()
}

fn remark(remark: &super::register::Remark<'_>) -> [String; 2] {
    let link = if remark.link.is_empty() { "（全部）".to_owned() } else { visible(&remark.link) };
    [link, remark.message.to_string()]
}

/// What the script of the page works on. Texts that repeat are numbers into `strings`.
#[derive(Serialize)]
struct Data<'r> {
    strings: Vec<&'r str>,
    /// Path, link, page, title, date, channel, unit: numbers into `strings`.
    sources: Vec<[u32; 7]>,
    findings: Vec<Record<'r>>,
}

/// Source, severity, category, rule, text, right forms, message, basis, scope, state, place, before, after, reference,
/// confidence, first seen: an array, because names would be most of the page.
type Record<'r> = ((u32, u8, u32, u32, u32, Vec<u32>, u32, u32, u32, u32), (&'r str, String, String, &'r str, u8, u32));

/// Numbers texts.
#[derive(Default)]
struct Strings<'r> {
    list: Vec<&'r str>,
    index: HashMap<&'r str, u32>,
}

impl<'r> Strings<'r> {
    fn of(&mut self, text: &'r str) -> u32 {
        *self.index.entry(text).or_insert_with(|| {
            self.list.push(text);
            u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

fn data(register: &Register<'_>) -> io::Result<String> {
    let mut strings = Strings::default();
    let mut sources: Vec<[u32; 7]> = Vec::new();
    let mut by_path: HashMap<&str, u32> = HashMap::new();
    let mut findings = Vec::with_capacity(register.rows.len());
    for row in &register.rows {
        let source = *by_path.entry(&row.path).or_insert_with(|| {
            let page = row.page.as_deref().unwrap_or_default();
            let texts: [&str; 7] = [&row.path, &row.link, page, &row.title, &row.date, &row.channel, &row.unit];
            sources.push(texts.map(|text| strings.of(text)));
            u32::try_from(sources.len() - 1).unwrap_or(u32::MAX)
        });
        findings.push(record(source, row, &mut strings));
    }
    let json = serde_json::to_string(&Data { strings: strings.list, sources, findings })?;
    Ok(harmless(&json))
}

fn record<'r>(source: u32, row: &'r Row<'_>, strings: &mut Strings<'r>) -> Record<'r> {
    // Windows of the page are built from these by an index; level_index is at most 2.
    let level = u8::try_from(level_index(row.severity)).unwrap_or_default();
    (
        (
            source,
            level,
            strings.of(&row.category),
            strings.of(&row.rule),
            strings.of(&row.text),
            row.suggestions.iter().map(|right| strings.of(right)).collect(),
            strings.of(&row.message),
            strings.of(&row.basis),
            strings.of(&row.scope),
            strings.of(&row.state),
        ),
        (
            &row.place,
            row.before.to_string(),
            row.after.to_string(),
            &row.reference,
            row.confidence.unwrap_or_default(),
            strings.of(&row.first),
        ),
    )
}

/// JSON in which nothing can end the element that holds it or begin another. These characters stand in strings only.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            character => out.push(character),
        }
    }
    out
}
