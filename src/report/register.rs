//! What an office files: findings with the site they stand on, who answers for them and what became of them. HTML, XLSX and
//! CSV are made from it, for one run as well as for a ledger.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::wording::visible;
use super::{Report, SourceRecord};
use crate::dictionary::{Dictionary, Severity};
use crate::judge::Finding;
use crate::source::Level;

/// What the correction of an error can have come to. Offered for choice in spreadsheets.
pub(crate) const PROGRESS: [&str; 7] = ["待整改", "整改中", "已整改", "已下线", "保留", "误报", "待核实"];

/// Everything that is filed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register<'r> {
    /// Heading.
    pub(crate) title: String,
    /// Facts about the run, label and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Findings in the order of the run.
    pub(crate) rows: Vec<Row<'r>>,
    /// Sources that were not read, or not in full, and remarks on others.
    pub(crate) remarks: Vec<Remark<'r>>,
    /// Counts for each site or account, in order of first appearance.
    pub(crate) channels: Vec<ChannelCounts>,
    /// Whether rows come from a ledger, with ids and histories.
    pub(crate) kept: bool,
}

/// One finding.
#[derive(Debug, Clone)]
pub(crate) struct Row<'r> {
    /// Site or account; empty if none is configured.
    pub(crate) channel: Cow<'r, str>,
    /// Who answers for it.
    pub(crate) unit: Cow<'r, str>,
    /// Who sees to the correction.
    pub(crate) person: Cow<'r, str>,
    /// What kind of error it is.
    pub(crate) category: Cow<'r, str>,
    pub(crate) severity: Severity,
    /// Title of the page; of an attachment, with that of the page that links to it.
    pub(crate) title: Cow<'r, str>,
    /// Name chain of the source.
    pub(crate) path: Cow<'r, str>,
    /// Address of the source, else its name chain.
    pub(crate) link: Cow<'r, str>,
    /// The page that links to it.
    pub(crate) page: Option<Cow<'r, str>>,
    pub(crate) place: String,
    /// What kind of block it stands in, where that says something.
    pub(crate) scope: Cow<'r, str>,
    /// ISO 8601 date, or nothing.
    pub(crate) date: Cow<'r, str>,
    pub(crate) before: Cow<'r, str>,
    pub(crate) text: Cow<'r, str>,
    pub(crate) after: Cow<'r, str>,
    pub(crate) suggestions: Cow<'r, [String]>,
    pub(crate) message: Cow<'r, str>,
    pub(crate) basis: Cow<'r, str>,
    pub(crate) rule: Cow<'r, str>,
    pub(crate) confidence: Option<u8>,
    /// First digits of the fingerprint, or the number in the ledger.
    pub(crate) reference: String,
    /// What became of it, one of [`PROGRESS`].
    pub(crate) progress: &'static str,
    /// What a ledger or a comparison says about it.
    pub(crate) state: Cow<'r, str>,
    /// When it was first and last seen, and when it was done with; dates.
    pub(crate) first: Cow<'r, str>,
    pub(crate) last: Cow<'r, str>,
    pub(crate) done: Cow<'r, str>,
}

/// A notice as it is filed.
#[derive(Debug, Clone)]
pub(crate) struct Remark<'r> {
    pub(crate) channel: Cow<'r, str>,
    pub(crate) unit: Cow<'r, str>,
    pub(crate) link: Cow<'r, str>,
    /// Whether the source was not read, or not in full.
    pub(crate) unread: bool,
    pub(crate) message: Cow<'r, str>,
}

/// Counts of one site or account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChannelCounts {
    /// Name; empty for sources that belong to none.
    pub(crate) name: String,
    pub(crate) unit: String,
    /// Documents and unreadable files.
    pub(crate) sources: u64,
    /// Files not read, or not in full.
    pub(crate) unread: u64,
    /// Files read in full without a finding of level 严重 or 差错.
    pub(crate) passed: u64,
    pub(crate) serious: u64,
    pub(crate) error: u64,
    pub(crate) advice: u64,
}

impl ChannelCounts {
    /// How an inspection would see it: one serious error fails a site, and what was not read is not known.
    pub(crate) fn verdict(&self) -> &'static str {
        match (self.serious, self.unread) {
            (0, 0) => "合格",
            (0, _) => "待核实",
            _ => "不合格",
        }
    }

    pub(crate) fn count(&mut self, severity: Severity) {
        *match severity {
            Severity::Serious => &mut self.serious,
            Severity::Error => &mut self.error,
            Severity::Advice => &mut self.advice,
        } += 1;
    }
}

impl Register<'_> {
    /// Counts of all channels together.
    pub(crate) fn total(&self) -> ChannelCounts {
        let mut total = ChannelCounts { name: "合计".to_owned(), ..ChannelCounts::default() };
        for one in &self.channels {
            total.sources += one.sources;
            total.unread += one.unread;
            total.passed += one.passed;
            total.serious += one.serious;
            total.error += one.error;
            total.advice += one.advice;
        }
        total
    }

    /// Findings that are still due by category and severity (serious, error, advice), the most frequent first.
    pub(crate) fn categories(&self) -> Vec<(&str, [u64; 3])> {
        let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| matches!(row.progress, "待整改" | "待核实")) {
            counts.entry(&row.category).or_default()[level_index(row.severity)] += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, levels)| std::cmp::Reverse(levels.iter().sum::<u64>()));
        counts
    }
}

/// 0 for serious, 1 for error, 2 for advice.
pub(crate) fn level_index(severity: Severity) -> usize {
    match severity {
        Severity::Serious => 0,
        Severity::Error => 1,
        Severity::Advice => 2,
    }
}

/// `part` of `whole`, between 0 and 1.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// `98.5%`, or a dash where there is nothing to take a share of. Never rounded up to the whole.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    share(part, whole).map_or("—".to_owned(), |share| {
        let shown = (share * 1000.0).floor() / 10.0;
        if shown.fract() == 0.0 { format!("{shown:.0}%") } else { format!("{shown:.1}%") }
    })
}

/// Names of the kinds of errors: titles of the packs.
pub(crate) fn category<'d>(titles: &HashMap<&str, &'d str>, rule: &str) -> Cow<'d, str> {
    let pack = rule.split_once('/').map_or(rule, |(pack, _)| pack);
    titles.get(pack).map_or_else(|| Cow::Owned(pack.to_owned()), |&title| Cow::Borrowed(title))
}

/// Titles of packs by their ids.
pub(crate) fn pack_titles(dictionary: &Dictionary) -> HashMap<&str, &str> {
    dictionary.packs().iter().map(|pack| (pack.id.as_str(), pack.title.as_str())).collect()
}

/// The title as a ledger shows it: that of the page, and for an attachment both.
pub(crate) fn page_title<'t>(title: Option<&'t str>, page: Option<&str>) -> Cow<'t, str> {
    match (title, page) {
        (Some(title), None) => Cow::Borrowed(title),
        (Some(title), Some(page)) => Cow::Owned(format!("{page}（附件：{title}）")),
        (None, Some(page)) => Cow::Owned(format!("{page}（附件）")),
        (None, None) => Cow::Borrowed(""),
    }
}

/// The right forms in one cell; `（删去）` for an empty one.
pub(crate) fn right_forms(suggestions: &[String]) -> String {
    let shown: Vec<&str> =
        suggestions.iter().map(|right| if right.is_empty() { "（删去）" } else { right.as_str() }).collect();
    shown.join(" 或 ")
}

/// The register of one run.
pub(crate) fn of_report<'r>(report: &'r Report, dictionary: &'r Dictionary) -> Register<'r> {
    let titles = pack_titles(dictionary);
    let by_path: HashMap<&str, &SourceRecord> =
        report.sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let mut channels = Counting::default();
    let mut worst: HashMap<&str, Severity> = HashMap::new();
    for finding in &report.findings {
        let worst = worst.entry(&finding.path).or_insert(finding.severity);
        *worst = finding.severity.max(*worst);
    }
    for source in &report.sources {
        let (channel, _) = report.channels.find(&source.path);
        let (name, unit) = channel.map_or(("", ""), |one| (&one.name, one.unit.as_deref().unwrap_or_default()));
        let counts = channels.of(name, unit);
        counts.sources += 1;
        counts.unread += u64::from(source.unreadable);
        let passed = !source.unreadable && worst.get(source.path.as_str()).is_none_or(|&one| one < Severity::Error);
        counts.passed += u64::from(passed);
    }
    let mut rows = Vec::with_capacity(report.findings.len());
    for finding in &report.findings {
        let row = row(finding, report, &titles, &by_path);
        channels.of(&row.channel, &row.unit).count(row.severity);
        rows.push(row);
    }
    let remarks = report.notices.iter().map(|notice| {
        let (channel, link) = report.channels.find(&notice.path);
        Remark {
            channel: channel.map_or("", |one| &one.name).into(),
            unit: channel.and_then(|one| one.unit.as_deref()).unwrap_or_default().into(),
            link: link.map_or_else(|| notice.path.as_str().into(), Cow::Owned),
            unread: notice.level == Level::Error,
            message: visible(&notice.message).into(),
        }
    });
    let summary = &report.summary;
    let mut facts = vec![
        ("检查文件", format!("{} 个", super::grouped(summary.checked))),
        ("检查字数", format!("{} 字", super::grouped(summary.characters))),
        ("未能检查", format!("{} 个", super::grouped(summary.unreadable))),
        ("程序", concat!("正名 ", env!("CARGO_PKG_VERSION")).to_owned()),
    ];
    if !report.as_of.is_empty() {
        facts.push(("无日期文件按此日判断", report.as_of.clone()));
    }
    let title = "文字差错检查台账".to_owned();
    Register { title, facts, rows, remarks: remarks.collect(), channels: channels.counts, kept: false }
}

fn row<'r>(
    finding: &'r Finding,
    report: &'r Report,
    titles: &HashMap<&str, &'r str>,
    by_path: &HashMap<&str, &'r SourceRecord>,
) -> Row<'r> {
    let (channel, link) = report.channels.find(&finding.path);
    let page = finding.page.as_deref();
    let page_of = page.and_then(|page| by_path.get(page)).and_then(|page| page.title.as_deref());
    let page_link = page.map(|page| report.channels.find(page).1.map_or(Cow::Borrowed(page), Cow::Owned));
    let text = |text: Option<&'r String>| Cow::Borrowed(text.map_or("", String::as_str));
    Row {
        channel: text(channel.map(|channel| &channel.name)),
        unit: text(channel.and_then(|channel| channel.unit.as_ref())),
        person: text(channel.and_then(|channel| channel.person.as_ref())),
        category: category(titles, &finding.rule),
        severity: finding.severity,
        title: page_title(finding.title.as_deref(), page_of),
        path: (&*finding.path).into(),
        link: link.map_or_else(|| (&*finding.path).into(), Cow::Owned),
        page: page_link,
        place: finding.location.label(),
        scope: scope_label(finding),
        date: finding.date.as_ref().map_or("", |date| &date.date).into(),
        before: (&*finding.context.before).into(),
        text: (&*finding.text).into(),
        after: (&*finding.context.after).into(),
        suggestions: (&*finding.suggestions).into(),
        message: (&*finding.message).into(),
        basis: (&*finding.source).into(),
        rule: (&*finding.rule).into(),
        confidence: finding.confidence,
        reference: finding.fingerprint.chars().take(8).collect(),
        progress: PROGRESS[0],
        state: "".into(),
        first: "".into(),
        last: "".into(),
        done: "".into(),
    }
}

/// What kind of block the finding stands in, unless it is running text or its place says so.
pub(crate) fn scope_label(finding: &Finding) -> Cow<'static, str> {
    use crate::document::Scope;
    match finding.scope {
        Scope::Body | Scope::Cell | Scope::SheetName => "".into(),
        scope => scope.label().into(),
    }
}

/// Counts by channel, in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) counts: Vec<ChannelCounts>,
    by_name: HashMap<String, usize>,
}

impl Counting {
    pub(crate) fn of(&mut self, name: &str, unit: &str) -> &mut ChannelCounts {
        let index = match self.by_name.get(name) {
            Some(&index) => index,
            None => {
                self.by_name.insert(name.to_owned(), self.counts.len());
                self.counts.push(ChannelCounts {
                    name: name.to_owned(),
                    unit: unit.to_owned(),
                    ..ChannelCounts::default()
                });
                self.counts.len() - 1
            }
        };
        &mut self.counts[index]
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_never_rounded_up_to_the_whole() {
        assert_eq!(percent(9_999, 10_000), "99.9%");
        assert_eq!(percent(10, 10), "100%");
        assert_eq!(percent(0, 0), "—");
        assert_eq!(percent(1, 3), "33.3%");
    }
}
