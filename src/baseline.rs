//! Findings that are known and accepted for the time being, so that a pipeline fails for new ones only.
//!
//! A baseline is a text that people review and compare: a line for each finding with path, rule, fingerprint, how often, and
//! the words found, between tabs; sorted, so that a change of one finding is a change of one line. Paths are relative to the
//! folder of the baseline, with `/` between their parts. Lines that begin with `#` and empty ones mean nothing; the last column
//! is for people and is not read.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::report::{Report, visible};
use crate::source::{Code, Level, Notice};

/// First line of every baseline.
const HEADER: &str = "# zhengming baseline 1: path, rule, fingerprint, count, text";

/// What identifies findings in a baseline: path, rule, fingerprint.
type Id = (String, String, String);

/// Known findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Folder that paths are relative to: absolute.
    folder: PathBuf,
    entries: BTreeMap<Id, (u64, String)>,
}

/// What a baseline makes of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Findings that the baseline knows; they are no longer in the report.
    pub known: u64,
    /// Lines for what is no longer found, though its file was read in full, or is no longer there.
    pub stale: Vec<String>,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the baseline cannot be read: {what}")]
pub struct BaselineError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Baseline {
    /// An empty baseline for a file in `folder`, which is absolute.
    pub fn new(folder: &Path) -> Self {
        Baseline { folder: plain(folder), entries: BTreeMap::new() }
    }

    /// Reads the text of a baseline that is kept in `folder`, which is absolute.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, BaselineError> {
        let mut baseline = Baseline::new(folder);
        for (index, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let failed = |what| BaselineError { line: index + 1, what };
            let mut columns = line.split('\t');
            let mut next = |what| columns.next().filter(|column| !column.is_empty()).ok_or_else(|| failed(what));
            let path = unescaped(next("there is no path")?);
            let rule = next("there is no rule after a tab")?.to_owned();
            let fingerprint = next("there is no fingerprint")?.to_owned();
            let count: u64 = next("there is no count")?.trim().parse().map_err(|_| failed("the count is no number"))?;
            let text = columns.next().unwrap_or_default().to_owned();
            let entry = baseline.entries.entry((path, rule, fingerprint)).or_insert((0, text));
            entry.0 += count;
        }
        Ok(baseline)
    }

    /// The text that [`parse`](Self::parse) reads.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for ((path, rule, fingerprint), (count, found)) in &self.entries {
            text.push_str(&format!("{}\t{rule}\t{fingerprint}\t{count}\t{found}\n", escaped(path)));
        }
        text
    }

    /// How many findings are known.
    pub fn len(&self) -> u64 {
        self.entries.values().map(|(count, _)| count).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes known findings out of `report`, whose paths are relative to `current`, and adds a notice for what is stale. `runs`
    /// says whether a rule takes part; `exists` whether there still is a file of that name.
    pub fn apply(
        &self,
        report: &mut Report,
        current: &Path,
        runs: impl Fn(&str) -> bool,
        exists: impl Fn(&Path) -> bool,
    ) -> Applied {
        let mut left: BTreeMap<Id, u64> = self.entries.iter().map(|(id, (count, _))| (id.clone(), *count)).collect();
        let mut applied = Applied::default();
        let findings = std::mem::take(&mut report.findings);
        for finding in findings {
            let path = self.relative(&finding.path, current);
            let id = (path, finding.rule.clone(), finding.fingerprint.clone());
            match left.get_mut(&id).filter(|count| **count > 0) {
                Some(count) => {
                    *count -= 1;
                    applied.known += 1;
                    report.summary.discount(finding.severity);
                }
                None => report.findings.push(finding),
            }
        }
        report.summary.known = (applied.known > 0).then_some(applied.known);
        let read = self.read(report, current);
        for ((path, rule, fingerprint), count) in left.iter().filter(|(_, count)| **count > 0) {
            let file = self.folder.join(crate::report::outermost(path).0);
            if runs(rule) && (read.contains(path) || !exists(&file)) {
                let found = self.entries.get(&(path.clone(), rule.clone(), fingerprint.clone()));
                let found = found.map_or("", |(_, text)| text.as_str());
                let times = if *count > 1 { format!(" {count} 处") } else { String::new() };
                applied.stale.push(format!("{path} {rule} “{found}”{times}"));
            }
        }
        if !applied.stale.is_empty() {
            const SHOWN: usize = 10;
            let shown = applied.stale.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("；");
            let more = if applied.stale.len() > SHOWN { "等" } else { "" };
            let message =
                format!("基线中有 {} 条已不再出现：{shown}{more}。可用 --write-baseline 更新基线", applied.stale.len());
            report.notices.push(Notice { path: String::new(), level: Level::Warning, code: Code::Baseline, message });
        }
        applied
    }

    /// Takes in all findings of `report`. What is known of sources that were not read in full in this run, or by rules that did
    /// not take part, stays.
    pub fn update(
        &mut self,
        report: &Report,
        current: &Path,
        runs: impl Fn(&str) -> bool,
        exists: impl Fn(&Path) -> bool,
    ) {
        let read = self.read(report, current);
        let folder = self.folder.clone();
        self.entries.retain(|(path, rule, _), _| {
            !runs(rule) || (!read.contains(path) && exists(&folder.join(crate::report::outermost(path).0)))
        });
        let mut counts: BTreeMap<Id, (u64, String)> = BTreeMap::new();
        for finding in &report.findings {
            let id = (self.relative(&finding.path, current), finding.rule.clone(), finding.fingerprint.clone());
            counts.entry(id).or_insert_with(|| (0, visible(&finding.text))).0 += 1;
        }
        // Of a source read in part, what was known and is found again is the same.
        self.entries.extend(counts);
    }

    /// Paths of what was read in full, and so may have lost what is known of it.
    fn read(&self, report: &Report, current: &Path) -> HashSet<String> {
        let whole = report.sources.iter().filter(|source| source.document && !source.unreadable);
        whole.map(|source| self.relative(&source.path, current)).collect()
    }

    /// A path of a report, seen from the folder of the baseline.
    fn relative(&self, path: &str, current: &Path) -> String {
        let absolute = plain(&current.join(path));
        let mut steps: Vec<String> = Vec::new();
        let mut from = self.folder.components().peekable();
        let mut to = absolute.components().peekable();
        while from.peek().is_some() && from.peek() == to.peek() {
            from.next();
            to.next();
        }
        steps.extend(from.map(|_| "..".to_owned()));
        steps.extend(to.map(|step| step.as_os_str().to_string_lossy().into_owned()));
        steps.join("/")
    }
}

/// `path` without `.` and `..`, as far as its text tells.
fn plain(path: &Path) -> PathBuf {
    let mut steps: Vec<Component<'_>> = Vec::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir if matches!(steps.last(), Some(Component::Normal(_))) => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    steps.iter().collect()
}

fn escaped(path: &str) -> String {
    path.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Linter, Options, Source};

    fn report(name: &str, text: &str) -> Report {
        let linter = Linter::new(Options::default()).unwrap();
        let mut report = Report::default();
        report.collect(linter.check_source(&Source::new(name, text)));
        report
    }

    #[test]
    fn known_findings_go_and_new_ones_stay() {
        let (folder, current) = (Path::new("/repo/.ci"), Path::new("/repo/site"));
        let mut baseline = Baseline::new(folder);
        let first = report("a\tb.txt", "认真布署工作。\n\n要求各级攻府抓好落实。");
        baseline.update(&first, current, |_| true, |_| true);
        let text = baseline.to_text();
        assert!(text.contains("../site/a\\tb.txt\t"), "{text}");
        let baseline = Baseline::parse(&text, folder).unwrap();
        assert_eq!((baseline.len(), baseline.to_text()), (2, text));
        // The same again: nothing is new.
        let mut same = report("a\tb.txt", "又写一句。\n\n认真布署工作。\n\n要求各级攻府抓好落实。");
        let applied = baseline.apply(&mut same, current, |_| true, |_| true);
        assert_eq!((applied.known, applied.stale.len(), same.findings.len()), (2, 0, 0));
        assert_eq!(same.summary.findings, Default::default());
        // One corrected, one new, and the same error in another file.
        let mut next = report("a\tb.txt", "要求各级攻府抓好落实。\n\n按步就班。");
        let applied = baseline.apply(&mut next, current, |_| true, |_| true);
        assert_eq!((applied.known, applied.stale.len(), next.findings.len()), (1, 1, 1));
        assert_eq!(next.notices.last().unwrap().code, Code::Baseline);
        let mut other = report("c.txt", "认真布署工作。");
        let applied = baseline.apply(&mut other, current, |_| true, |_| true);
        assert_eq!((applied.known, applied.stale.len(), other.findings.len()), (0, 0, 1));
        // Its file is gone; its rule does not run.
        assert_eq!(baseline.apply(&mut Report::default(), current, |_| true, |_| false).stale.len(), 2);
        assert_eq!(baseline.apply(&mut Report::default(), current, |_| false, |_| false).stale.len(), 0);
    }

    #[test]
    fn what_was_not_read_stays_known() {
        let (folder, current) = (Path::new("/repo"), Path::new("/repo"));
        let mut baseline = Baseline::new(folder);
        baseline.update(&report("a.txt", "认真布署工作"), current, |_| true, |_| true);
        baseline.update(&report("b.txt", "要求各级攻府抓好落实"), current, |_| true, |_| true);
        assert_eq!(baseline.len(), 2);
        baseline.update(&report("b.txt", "要求各级政府抓好落实"), current, |_| true, |_| true);
        assert_eq!(baseline.len(), 1);
        assert!(Baseline::parse("a\tb\n", folder).is_err());
    }
}
