//! A page about each dictionary, in Chinese and Markdown: what its head says, how many entries it has, and the entries.

use std::fmt::Write as _;

use super::{Dictionary, Entry, PackInfo, Rule, Severity, Tier, successors};

/// How many entries a dictionary has, and how many of them are of some sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackCounts {
    /// All of them.
    pub entries: usize,
    /// By severity, in the order of [`Severity::ALL`].
    pub severities: [usize; 3],
    /// Off by default, or in a profile of their own.
    pub off: usize,
    /// With a first or last day, or those of a meeting, a version or an issue.
    pub dated: usize,
    /// With a source.
    pub sourced: usize,
    /// Compared with their source.
    pub verified: usize,
    /// Examples that must be found, and those that must not.
    pub examples: usize,
}

impl PackCounts {
    /// Counts entries.
    pub fn of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut counts = PackCounts::default();
        for entry in entries {
            counts.entries += 1;
            for (count, severity) in counts.severities.iter_mut().zip(Severity::ALL) {
                *count += usize::from(entry.severity == severity);
            }
            let on = entry.enabled && matches!(entry.profile, Tier::Minimal | Tier::Gov);
            counts.off += usize::from(!on);
            counts.dated += usize::from(is_dated(entry));
            counts.sourced += usize::from(!entry.source.is_empty());
            counts.verified += usize::from(entry.verified);
            counts.examples += entry.found.len() + entry.clean.len();
        }
        counts
    }
}

fn is_dated(entry: &Entry) -> bool {
    entry.from.is_some()
        || entry.to.is_some()
        || match &entry.rule {
            Rule::Name(name) => name.held.is_some(),
            Rule::Law(law) => law.date.is_some() || !law.articles.is_empty(),
            _ => false,
        }
}

/// The pages: file names and texts, `README.md` first.
pub fn pages(dictionary: &Dictionary) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut index = String::from(
        "# 自带词典\n\n<!-- 由 zhengming dict pages 生成，不要手工修改 -->\n\n\
         | 词典 | 内容 | 种类 | 条数 | 严重 | 差错 | 建议 | 默认关闭 | 有起止日期 | 有依据 | 未核对 |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut all = PackCounts::default();
    for pack in dictionary.packs() {
        let prefix = format!("{}/", pack.id);
        let entries: Vec<&Entry> = dictionary.entries().iter().filter(|entry| entry.id.starts_with(&prefix)).collect();
        let counts = PackCounts::of(entries.iter().copied());
        let PackCounts { entries: count, severities: [serious, error, advice], off, dated, sourced, verified, .. } =
            counts;
        let _ = writeln!(
            index,
            "| [{id}]({id}.md) | {} | {} | {count} | {serious} | {error} | {advice} | {off} | {dated} | {sourced} | {} |",
            cell(&pack.title),
            kinds(&entries),
            count - verified,
            id = pack.id,
        );
        all = PackCounts {
            entries: all.entries + count,
            severities: [all.severities[0] + serious, all.severities[1] + error, all.severities[2] + advice],
            off: all.off + off,
            dated: all.dated + dated,
            sourced: all.sourced + sourced,
            verified: all.verified + verified,
            examples: all.examples + counts.examples,
        };
        pages.push((format!("{}.md", pack.id), page(pack, &entries, &counts)));
    }
    let [serious, error, advice] = all.severities;
    let _ = writeln!(
        index,
        "| 合计 | | | {} | {serious} | {error} | {advice} | {} | {} | {} | {} |\n",
        all.entries,
        all.off,
        all.dated,
        all.sourced,
        all.entries - all.verified
    );
    let _ = writeln!(
        index,
        "例句共 {} 条，测试时逐条运行。行政区划另有一张表（dictionaries/registries/divisions.tsv），只由 places-registry 的两条规则使用，\
         不逐条计入。条目怎么写、怎么核对：[dictionaries/README.md](../../dictionaries/README.md)。",
        all.examples
    );
    pages.insert(0, ("README.md".to_owned(), index));
    pages
}

fn kinds(entries: &[&Entry]) -> String {
    let mut kinds: Vec<&str> = entries.iter().map(|entry| entry.rule.kind()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join("、")
}

fn page(pack: &PackInfo, entries: &[&Entry], counts: &PackCounts) -> String {
    let mut text =
        format!("# {}（{}）\n\n<!-- 由 zhengming dict pages 生成，不要手工修改 -->\n\n", pack.title, pack.id);
    if !pack.header.about.is_empty() {
        let _ = writeln!(text, "{}\n", pack.header.about);
    }
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "- {label}：{value}");
        }
    };
    line("依据", &pack.header.source);
    line("级别", pack.header.severity.map_or("逐条标明", Severity::label));
    line("方案", profile(pack.header.profile));
    line(
        "条数",
        &format!(
            "{}；默认关闭 {}，有起止日期 {}，未核对 {}，例句 {}",
            counts.entries,
            counts.off,
            counts.dated,
            counts.entries - counts.verified,
            counts.examples
        ),
    );
    text.push('\n');
    if entries.first().is_some_and(|entry| entry.rule.is_registered()) {
        text.push_str("| 正确形式 | 起止 | 后继 | 依据 |\n|---|---|---|---|\n");
        for entry in entries {
            let right = if entry.right.is_empty() { entry.reason.clone() } else { entry.right.join("、") };
            let _ = writeln!(
                text,
                "| {}{} | {} | {} | {} |",
                cell(&right),
                mark(entry),
                period(entry),
                cell(&successors(&entry.rule).join("、")),
                cell(&entry.source)
            );
        }
    } else {
        text.push_str("| 规则 | 错误形式 | 正确形式 | 级别 | 起止 | 说明 | 依据 |\n|---|---|---|---|---|---|---|\n");
        for entry in entries {
            let wrong = match &entry.rule {
                Rule::Term(term) => term.wrong.join("、"),
                Rule::Pattern(_) | Rule::Attested(_) => entry.found.first().map_or("", |one| &one.text).to_owned(),
                _ => String::new(),
            };
            let name = entry.id.split_once('/').map_or(entry.id.as_str(), |(_, name)| name);
            let reason = entry.reason.replace("{right}", entry.right.first().map_or("", String::as_str));
            let reason = match &entry.rule {
                Rule::Term(term) => reason.replace("{wrong}", term.wrong.first().map_or("", String::as_str)),
                _ => reason,
            };
            let right = if matches!(entry.rule, Rule::Term(_)) { entry.right.join("、") } else { String::new() };
            let _ = writeln!(
                text,
                "| {}{} | {} | {} | {} | {} | {} | {} |",
                cell(name),
                mark(entry),
                cell(&wrong),
                cell(&right),
                entry.severity.label(),
                period(entry),
                cell(&reason),
                cell(&entry.source)
            );
        }
    }
    text
}

/// What an editor calls a profile.
fn profile(tier: Tier) -> &'static str {
    match tier {
        Tier::Minimal => "minimal（所有方案都用）",
        Tier::Gov => "gov（默认使用）",
        Tier::Strict => "strict（只在 --profile strict 时使用）",
        Tier::Ocr => "ocr（只在 --profile ocr 时使用）",
    }
}

fn mark(entry: &Entry) -> &'static str {
    if !entry.verified {
        "（未核对，关闭）"
    } else if !entry.enabled {
        "（关闭）"
    } else {
        ""
    }
}

fn period(entry: &Entry) -> String {
    let held = match &entry.rule {
        Rule::Name(name) => name.held.as_ref(),
        _ => None,
    };
    match (held, &entry.from, &entry.to) {
        (Some((first, last)), ..) if first == last => first.clone(),
        (Some((first, last)), ..) => format!("{first} 至 {last}"),
        (None, None, None) => String::new(),
        (None, Some(from), None) => format!("{from} 起"),
        (None, None, Some(to)) => format!("至 {to}"),
        (None, Some(from), Some(to)) => format!("{from} 至 {to}"),
    }
}

/// Text that Markdown shows as it is in a cell of a table.
fn cell(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => shown.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' => {
                shown.push('\\');
                shown.push(character);
            }
            other => shown.push(other),
        }
    }
    shown
}
