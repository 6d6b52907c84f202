//! Citations: titles in 《》 of laws that are no longer in force, articles beyond a law's last, document numbers that are
//! not those of the title. Titles that are almost a registered one are another rule's business; titles that no registry
//! knows say nothing.

mod articles;
mod context;
mod document_number;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use jiff::civil::Date;

use super::law_table::LawTable;
use super::numerals;
use super::titles::{self, Title};
use super::{Kind, Scene};
use crate::dictionary::{Entries, Entry, Law, LawKind, Rule, RuleKind, Severity};
use crate::document::Span;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
use crate::normalise::folded;
use articles::{Article, bracket};
use context::InForce;
use document_number::DocumentNumber;

/// Percent, where what is known of the law may not be all.
const UNSURE: u8 = 60;

/// Citations of the laws and documents of the registries.
pub(super) struct Citations {
    /// Entries that give findings.
    reported: Vec<bool>,
    /// What the registries know, once a document has cited something.
    laws: OnceLock<Laws>,
    embedded: bool,
}

/// The table of the embedded registries, see `law_table.rs`.
static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/laws.bin"));

impl Citations {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool, embedded: bool) -> Self {
        let reported = (0..entries.len()).map(|index| entries.facts(index).kind == RuleKind::Law && reports(index));
        Citations { reported: reported.collect(), laws: OnceLock::new(), embedded }
    }

    fn laws(&self, entries: &Entries) -> &Laws {
        self.laws.get_or_init(|| {
            let compiled = if self.embedded { postcard::from_bytes(TABLE).ok() } else { None };
            Laws::new(compiled.unwrap_or_else(|| LawTable::new(entries.of(RuleKind::Law), folded)))
        })
    }
}

/// The laws and documents of the registries.
struct Laws {
    table: LawTable,
    /// Entries by document number.
    by_number: HashMap<DocumentNumber, usize>,
    /// The codes of agencies in those numbers.
    agencies: HashSet<String>,
}

impl Laws {
    fn new(table: LawTable) -> Self {
        let (mut by_number, mut agencies) = (HashMap::new(), HashSet::new());
        for (number, entry) in &table.numbers {
            if let Some(number) = document_number::registered(number) {
                agencies.insert(number.agency.clone());
                by_number.insert(number, *entry);
            }
        }
        Laws { table, by_number, agencies }
    }

    /// The entries of a title, and the year of the version if the title names one: 《公司法（2018年修正）》.
    fn lookup(&self, title: &str) -> (&[usize], Option<u32>) {
        let key = titles::key(title);
        if let Some(entries) = self.table.title(&key) {
            return (entries, None);
        }
        let suffix = key.strip_suffix('）').and_then(|inside| inside.rsplit_once('（'));
        if let Some((base, suffix)) = suffix
            && let Some(year) = articles::version(suffix)
            && let Some(entries) = self.table.title(base)
        {
            return (entries, Some(year));
        }
        (&[], None)
    }
}

impl Kind for Citations {
    fn asks(&self) -> Vec<Asked<'_>> {
        // Titles are found by their marks, which every kind of rule about titles shares.
        Vec::new()
    }

    fn judge(&self, scene: &Scene<'_>, _hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if scene.titles().is_empty() {
            return;
        }
        let laws = self.laws(scene.entries);
        if laws.table.is_empty() {
            return;
        }
        let mut document =
            Judging { laws, reported: &self.reported, scene, aliases: HashMap::new(), previous: None, candidates };
        for title in scene.titles() {
            document.title(title);
        }
    }
}

/// One document being judged.
struct Judging<'j, 'd> {
    laws: &'j Laws,
    reported: &'j [bool],
    scene: &'j Scene<'d>,
    /// What titles stand for in this document: 《条例》 after 《信访工作条例》（以下简称《条例》）. Nothing, if what they
    /// are short for is not registered.
    aliases: HashMap<String, Vec<usize>>,
    /// The title before, and its entries.
    previous: Option<(Title, Vec<usize>)>,
    candidates: &'j mut Vec<Candidate>,
}

impl Judging<'_, '_> {
    fn title(&mut self, title: &Title) {
        let text = self.scene.folded.text();
        let block = self.scene.folded.blocks()[title.block];
        let inner = &text[title.inner().range()];
        let (before, after) = (&text[block.start..title.outer.start], &text[title.outer.end..block.end]);
        let (known, version) = self.laws.lookup(inner);
        let mut entries = known.to_vec();
        if let Some(alias) = self.aliases.get(&titles::key(inner)) {
            entries.clone_from(alias);
        }
        if is_abbreviation(before)
            && let Some((previous, meant)) = &self.previous
            && previous.block == title.block
            && opens_after(&text[previous.outer.end..title.outer.start])
        {
            // Where the full title stands, there everything was said already.
            self.aliases.insert(titles::key(inner), meant.clone());
            self.previous = Some((*title, meant.clone()));
            return;
        }
        let scopes = |entry: &usize| {
            let scopes = &self.scene.entries[*entry].scopes;
            scopes.is_empty() || scopes.contains(&self.scene.document.blocks[title.block].scope)
        };
        entries.retain(scopes);
        let cited = articles::cited(after);
        let version = version.or(cited.version);
        if version.is_none() {
            self.repealed(title, &entries, !cited.articles.is_empty());
        }
        if !cited.articles.is_empty() && !context::is_former(before) && !after_draft(inner) {
            self.articles(title, &entries, &cited.articles, version);
        }
        self.number(title, &entries, before, after);
        self.previous = Some((*title, entries));
    }

    fn law(&self, entry: usize) -> Option<(&Entry, &Law)> {
        let entry = &self.scene.entries[entry];
        match &entry.rule {
            Rule::Law(law) => Some((entry, law)),
            _ => None,
        }
    }

    /// Reports that a title is no longer in force.
    fn repealed(&mut self, title: &Title, entries: &[usize], with_articles: bool) {
        let own = self.scene.date();
        let (ended, late) = match self.ended(entries, own) {
            Some(ended) => (ended, false),
            // Right when it was written, but not today.
            None if self.scene.outdated && own < self.scene.as_of => {
                let Some(ended) = self.ended(entries, self.scene.as_of) else { return };
                (ended, true)
            }
            None => return,
        };
        if !self.reported[ended] {
            return;
        }
        let Some((entry, law)) = self.law(ended) else { return };
        let Some(to) = &entry.to else { return };
        let Some(last) = to.get(..4).and_then(|year| year.parse().ok()) else { return };
        let first = entry.from.as_ref().and_then(|from| from.get(..4)).and_then(|year| year.parse().ok());
        if context::names_the_past(self.scene, title, InForce { first, last }) {
            return;
        }
        let inner = &self.scene.folded.text()[title.inner().range()];
        let date = if late { self.scene.as_of } else { own };
        let full = inner.starts_with("中华人民共和国");
        let suggestions: Vec<String> =
            self.successors(law, date).iter().map(|right| if full { right.clone() } else { short(right) }).collect();
        let since = to.parse::<Date>().ok().and_then(|date| date.tomorrow().ok()).map_or_else(|| to.clone(), chinese);
        let what = match law.kind {
            LawKind::Law | LawKind::Regulation | LawKind::Judicial | LawKind::Department | LawKind::Local => "废止",
            LawKind::Document | LawKind::Party => "停止执行",
        };
        let mut reason = format!("《{inner}》自{since}起{what}");
        if suggestions.is_empty() {
            reason.push_str("，请改引现行规定或删去。");
        } else {
            let titles: Vec<String> = suggestions.iter().map(|right| format!("《{right}》")).collect();
            reason.push_str(&format!("，现行规定是{}", titles.concat()));
            reason.push_str(if with_articles { "；条文序号也要对照现行规定核改。" } else { "。" });
        }
        self.candidates.push(Candidate {
            entry: ended,
            block: title.block,
            span: title.inner(),
            suggestions,
            reason: Some(reason),
            severity: late.then_some(Severity::Advice),
            confidence: None,
        });
    }

    /// The entry that was the last to be in force, if none is on `date`.
    fn ended(&self, entries: &[usize], date: &str) -> Option<usize> {
        let to = |entry: usize| self.scene.entries[entry].to.as_deref().unwrap_or("9999");
        let over = entries.iter().all(|&entry| {
            let from = self.scene.entries[entry].from.as_deref();
            // One that is not yet in force may be cited beforehand.
            to(entry) < date && from.is_none_or(|from| from <= date)
        });
        entries.iter().copied().filter(|_| over).max_by_key(|&entry| to(entry))
    }

    /// What took the place of a law and is in force on `date`, also by several steps.
    fn successors(&self, law: &Law, date: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut open: Vec<(&String, usize)> = law.successor.iter().rev().map(|right| (right, 0)).collect();
        while let Some((right, steps)) = open.pop() {
            let entries = self.laws.table.title(&titles::key(right)).unwrap_or_default();
            match self.ended(entries, date).and_then(|ended| self.law(ended)) {
                Some((_, next)) if !next.successor.is_empty() && steps < 8 => {
                    open.extend(next.successor.iter().rev().map(|right| (right, steps + 1)));
                }
                Some(_) => {}
                None if !found.contains(right) => found.push(right.clone()),
                None => {}
            }
        }
        found
    }

    /// Reports articles beyond the last one.
    fn articles(&mut self, title: &Title, entries: &[usize], articles: &[Article], version: Option<u32>) {
        let Some(&entry) = entries.iter().find(|&&entry| self.reported[entry]) else { return };
        let versions: Vec<&(String, u32)> =
            entries.iter().filter_map(|&entry| self.law(entry)).flat_map(|(_, law)| &law.articles).collect();
        let Some(limit) = self.limit(entry, &versions, version) else { return };
        for article in articles.iter().filter(|article| article.number > limit.last) {
            let start = title.outer.end;
            let span = Span::new(start + article.range.start, start + article.range.end);
            // Far beyond, no version that is not known would do either.
            let far = article.number > limit.last + limit.last / 2 + 10;
            let unsure = limit.unsure && !far;
            let text = self.scene.folded.text();
            let shown = &text[span.range()];
            let name = short(&text[title.inner().range()]);
            let reason = format!(
                "《{name}》（{}版本）共{}条，没有“{shown}”，请核对条文序号。",
                limit.date.parse::<Date>().ok().map_or_else(|| limit.date.clone(), chinese),
                limit.last
            );
            self.candidates.push(Candidate {
                entry,
                block: title.block,
                span,
                suggestions: Vec::new(),
                reason: Some(reason),
                severity: unsure.then_some(Severity::Advice),
                confidence: unsure.then_some(UNSURE),
            });
        }
    }

    /// The last article that a citation may name.
    fn limit(&self, entry: usize, versions: &[&(String, u32)], version: Option<u32>) -> Option<Limit> {
        let longest = |among: &[&(String, u32)], unsure: bool| {
            let (date, last) = among.iter().max_by_key(|(date, last)| (*last, date))?;
            Some(Limit { date: date.clone(), last: *last, unsure })
        };
        if let Some(year) = version {
            let year = year.to_string();
            let of_year: Vec<_> = versions.iter().copied().filter(|(date, _)| date.starts_with(&year)).collect();
            return longest(&of_year, false);
        }
        let date = self.scene.date();
        // A new version is cited from the day it is announced, up to a year before it takes effect.
        let soon = later(date, 1);
        let until: Vec<_> = versions.iter().copied().filter(|(from, _)| *from <= soon).collect();
        if until.is_empty() || !until.iter().any(|(from, _)| from.as_str() <= date) {
            // An older version, which the registry does not know, may have been longer.
            return longest(versions, true);
        }
        let file = &self.scene.entries[entry].at.file;
        let known_until = self.laws.table.known_until(file).unwrap_or_default();
        // 9999 stands for a day that is not known.
        let stale = later(known_until, 1).as_str() < date && !date.starts_with("9999");
        longest(&until, stale)
    }

    /// Reports a document number, after or right before the title, that is not the title's.
    fn number(&mut self, title: &Title, entries: &[usize], before: &str, after: &str) {
        let opened = bracket(after).map_or(0, |(inside, length)| (length - inside.len()) / 2);
        let start = title.outer.end + opened;
        let (cited, span) = if let Some((cited, range)) = document_number::read(&after[opened..]) {
            (cited, Span::new(start + range.start, start + range.end))
        } else if let Some((cited, range)) =
            document_number::read_end(before, |agency| self.laws.agencies.contains(agency))
        {
            let start = title.outer.start - before.len();
            (cited, Span::new(start + range.start, start + range.end))
        } else {
            return;
        };
        let text = self.scene.folded.text();
        let key = titles::key(&text[title.inner().range()]);
        let mut named = entries.to_vec();
        let also = [self.laws.table.title(&format!("{key}（试行）")), self.laws.table.subject(&key)];
        named.extend(also.into_iter().flatten().flatten());
        let numbers: Vec<(usize, DocumentNumber)> = named
            .iter()
            .filter_map(|&entry| {
                let (_, law) = self.law(entry)?;
                Some((entry, document_number::registered(law.number.as_deref()?)?))
            })
            .collect();
        if context::is_former(before) {
            return;
        }
        if numbers.iter().any(|(_, number)| *number == cited) {
            if opened > 0 {
                self.date_of_issue(title, &numbers, &cited, span.end);
            }
            return;
        }
        let owner = self.laws.by_number.get(&cited).copied().and_then(|owner| self.law(owner)).map(|(entry, _)| entry);
        let shown = &text[span.range()];
        let found = if let Some((entry, _)) = numbers
            .iter()
            // The same title may have been issued again years later; one part that differs is a slip.
            .find(|(_, number)| owner.is_some() || number.agreement(&cited) == 2)
        {
            let Some((_, law)) = self.law(*entry) else { return };
            let Some(right) = law.number.clone() else { return };
            let owned = owner.map_or(String::new(), |owner| format!("；{shown}是《{}》", owner.right[0]));
            Some((*entry, vec![right.clone()], format!("《{}》的发文字号是{right}{owned}。", self.shown(title))))
        } else if let Some(owner) = owner
            && named.is_empty()
            && is_document_title(&key)
            && !alike(&key, &titles::key(&owner.right[0]))
        {
            let index = self.laws.by_number[&cited];
            Some((index, Vec::new(), format!("{shown}是《{}》的发文字号，请核对标题与文号。", owner.right[0])))
        } else {
            None
        };
        if let Some((entry, suggestions, reason)) = found
            && self.reported[entry]
        {
            self.candidates.push(Candidate {
                entry,
                block: title.block,
                span,
                suggestions,
                reason: Some(reason),
                severity: None,
                confidence: None,
            });
        }
    }

    /// Reports a year that is not the one in which the document was issued: （国办发〔2017〕47号，2018年5月15日）.
    fn date_of_issue(&mut self, title: &Title, numbers: &[(usize, DocumentNumber)], cited: &DocumentNumber, at: usize) {
        let text = self.scene.folded.text();
        let Some(rest) = text[at..].strip_prefix(['，', ',', '、', ' ']) else { return };
        let start = text.len() - rest.len();
        let Some((year, length)) = numerals::year(rest) else { return };
        let Some(day) = rest[length..].strip_prefix('年') else { return };
        for (entry, number) in numbers.iter().filter(|(entry, number)| number == cited && self.reported[*entry]) {
            let Some(date) = self.law(*entry).and_then(|(_, law)| law.date.as_deref()?.parse::<Date>().ok()) else {
                continue;
            };
            // Signing and publication are days apart; month and day must agree before the year is said to be wrong.
            let same_day = format!("{}月{}日", date.month(), date.day());
            let right = u32::from(date.year().unsigned_abs());
            if year != right && number.year == right && day.starts_with(&same_day) {
                self.candidates.push(Candidate {
                    entry: *entry,
                    block: title.block,
                    span: Span::new(start, start + length),
                    suggestions: vec![right.to_string()],
                    reason: Some(format!("《{}》的成文日期是{}。", self.shown(title), chinese(date))),
                    severity: None,
                    confidence: None,
                });
                return;
            }
        }
    }

    fn shown(&self, title: &Title) -> String {
        self.scene.folded.text()[title.inner().range()].to_owned()
    }
}

/// The largest article number by a version of a law.
struct Limit {
    /// Date (ISO 8601) of the version.
    date: String,
    last: u32,
    /// Whether another version may be meant that the registry does not know.
    unsure: bool,
}

/// A title without the country's name.
fn short(title: &str) -> String {
    title.strip_prefix("中华人民共和国").filter(|rest| !rest.is_empty()).unwrap_or(title).to_owned()
}

/// Whether it is the full title of an issued document, not of what came with it.
fn is_document_title(key: &str) -> bool {
    let kinds = ["通知", "意见", "决定", "批复", "函", "通报", "公告", "通告", "命令", "决议", "报告", "请示"];
    key.contains("关于") && kinds.iter().any(|kind| key.ends_with(&format!("的{kind}")))
}

/// Whether two titles share so much that one may be a variant of the other: half of the shorter one's pairs.
fn alike(one: &str, other: &str) -> bool {
    let pairs = |text: &str| -> std::collections::BTreeSet<(char, char)> {
        text.chars()
            .zip(text.chars().skip(1))
            .filter(|pair| !matches!(pair, ('关', '于') | ('通', '知') | ('的', _)))
            .collect()
    };
    let (one, other) = (pairs(one), pairs(other));
    let shared = one.intersection(&other).count();
    shared * 2 >= one.len().min(other.len())
}

/// Whether what stands before says that the title is short for another: （以下简称《条例》）.
fn is_abbreviation(before: &str) -> bool {
    let before = before.trim_end_matches(['“', '‘', '：', '为', ' ']);
    ["简称", "以下称", "下称", "统称"].iter().any(|cue| before.ends_with(cue))
}

/// Whether nothing but brackets stands between a title and its abbreviation.
fn opens_after(between: &str) -> bool {
    between.starts_with(['（', '(', '，']) && !between.contains('。') && between.chars().count() <= 40
}

/// Drafts have numbers of their own.
fn after_draft(inner: &str) -> bool {
    ["草案", "征求意见稿", "修正案", "送审稿"].iter().any(|word| inner.contains(word))
}

/// A date as official text writes it.
fn chinese(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// A date (ISO 8601) some years later, for comparing.
fn later(date: &str, years: u32) -> String {
    let Some((year, rest)) = date.split_once('-') else { return date.to_owned() };
    year.parse::<u32>().map_or_else(|_| date.to_owned(), |year| format!("{:04}-{rest}", year.saturating_add(years)))
}
