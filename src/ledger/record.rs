//! Writing a run: every source's findings are compared with those that the ledger has, and what changed is noted.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::matching::{Identity, pair};
use super::query::NO_RIGHTS;
use super::{Gathered, LedgerError, Recording, State, Why};
use crate::judge::{Anchor, Finding};
use crate::linter::Linter;
use crate::report::register::{category, pack_titles, page_title, scope_label};
use crate::report::{Report, SourceRecord, outermost};
use crate::source::{Level, Notice, display, normalised};

/// Between right forms in one column.
pub(super) const SEPARATOR: char = '\u{1F}';
/// Name of the setting that holds the folder which names of sources are relative to.
const BASE: &str = "base";

/// What a run was about.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// When it began: local time with offset, ISO 8601.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// What decides which parts of documents are read, in any form that is the same for the same choice.
    pub reading: String,
    /// What was typed. Under a folder of these, a file that is not on the disk is gone.
    pub roots: Vec<PathBuf>,
    /// Names of the files that were to be read.
    pub files: Vec<String>,
}

/// Findings after a run, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of the run.
    pub run: i64,
    /// Found for the first time.
    pub new: u64,
    /// Found before, and still there; accepted ones too.
    pub open: u64,
    /// There again.
    pub back: u64,
    /// Not there any more, in this run.
    pub fixed: u64,
    /// With their documents gone, in this run.
    pub taken_down: u64,
    /// Could not be looked at.
    pub unverified: u64,
}

/// A source that the ledger has.
struct Known {
    id: i64,
    name: String,
    digest: i64,
    gone: bool,
}

/// A finding that the ledger has.
struct Kept {
    id: i64,
    identity: Identity,
    state: State,
    why: Option<i64>,
    /// What may change without the finding being another one.
    rest: Rest,
}

#[derive(PartialEq)]
struct Rest {
    severity: i64,
    position: i64,
    place: String,
    rights: String,
    wording: i64,
    before: String,
    after: String,
}

impl Recording {
    /// Writes what was [gathered](Self::gather). `report` says how much that was, and which sites and accounts there are.
    /// Nothing is written if it fails.
    pub fn finish(mut self, run: &Run, report: &Report, linter: &Linter) -> Result<Tally, LedgerError> {
        let connection = &self.ledger.connection;
        let mut write = || -> Result<Tally, Failure> {
            let tally = Writer::new(connection, &self.folder, run, report, linter)?.write(&mut self.gathered)?;
            connection.execute_batch("COMMIT")?;
            Ok(tally)
        };
        write().map_err(|failure| match failure {
            Failure::Sql(error) => self.ledger.fail()(error),
            Failure::Other(error) => error,
        })
    }
}

/// Why a run cannot be written.
enum Failure {
    Sql(rusqlite::Error),
    Other(LedgerError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Failure::Other(error)
    }
}

struct Writer<'w> {
    connection: &'w Connection,
    run: &'w Run,
    report: &'w Report,
    linter: &'w Linter,
    folder: &'w Path,
    /// What names of sources are relative to, absolute.
    base: PathBuf,
    id: i64,
    previous: Option<i64>,
    /// Whether pages were read like in the run before.
    same_reading: bool,
    rules: HashMap<String, i64>,
    wordings: HashMap<(String, String), i64>,
    channels: HashMap<String, i64>,
    /// Whether a rule runs, by id.
    active: HashMap<String, bool>,
}

impl<'w> Writer<'w> {
    fn new(
        connection: &'w Connection,
        folder: &'w Path,
        run: &'w Run,
        report: &'w Report,
        linter: &'w Linter,
    ) -> rusqlite::Result<Self> {
        let previous: Option<(i64, String)> = connection
            .query_row("SELECT id, reading FROM run ORDER BY id DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let base: Option<String> =
            connection.query_row("SELECT value FROM setting WHERE name = ?1", [BASE], |row| row.get(0)).optional()?;
        let base = match base {
            Some(base) => PathBuf::from(base),
            None => {
                let shown = display(folder);
                connection.execute("INSERT INTO setting (name, value) VALUES (?1, ?2)", params![BASE, shown])?;
                folder.to_owned()
            }
        };
        let id = previous.as_ref().map_or(1, |(id, _)| id + 1);
        let summary = &report.summary;
        connection.execute(
            "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                id,
                run.started,
                run.finished,
                env!("CARGO_PKG_VERSION"),
                run.reading,
                number(summary.sources),
                number(summary.checked),
                number(summary.unreadable),
                number(summary.characters),
                number(summary.findings.serious),
                number(summary.findings.error),
                number(summary.findings.advice),
            ],
        )?;
        let pairs = |sql: &str| -> rusqlite::Result<HashMap<String, i64>> {
            connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let wordings = connection
            .prepare("SELECT message, basis, id FROM wording")?
            .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Writer {
            connection,
            run,
            report,
            linter,
            folder,
            base,
            id,
            same_reading: previous.as_ref().is_none_or(|(_, reading)| *reading == run.reading),
            previous: previous.map(|(id, _)| id),
            rules: pairs("SELECT name, id FROM rule")?,
            wordings,
            channels: pairs("SELECT name, id FROM channel")?,
            active: HashMap::new(),
        })
    }

    fn write(mut self, gathered: &mut Gathered) -> Result<Tally, Failure> {
        let sources = std::mem::take(&mut gathered.sources);
        let mut known: HashMap<String, Known> = self
            .connection
            .prepare("SELECT id, name, digest, gone_run IS NOT NULL FROM source")?
            .query_map([], |row| {
                let known = Known { id: row.get(0)?, name: row.get(1)?, digest: row.get(2)?, gone: row.get(3)? };
                Ok((known.name.clone(), known))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let titles: HashMap<&str, &str> =
            sources.iter().filter_map(|one| Some((one.path.as_str(), one.title.as_deref()?))).collect();
        // Sources of this run by name; what has the name of another one is numbered.
        let mut seen: Vec<(String, &SourceRecord)> = Vec::with_capacity(sources.len());
        let mut repeats: HashMap<String, u32> = HashMap::new();
        for source in &sources {
            let name = self.name(&source.path);
            let repeat = repeats.entry(name.clone()).or_insert(0);
            *repeat += 1;
            seen.push((if *repeat == 1 { name } else { format!("{name}#{repeat}") }, source));
        }
        let names: HashSet<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        let absent: Vec<Known> =
            known.extract_if(|name, _| !names.contains(name.as_str())).map(|(_, source)| source).collect();
        let mut absent: Vec<(Known, bool)> = self.with_presence(absent, &gathered.notices);
        absent.sort_by_key(|(source, _)| source.id);
        // A document that is gone here and stands there, word for word, was moved.
        let mut moved: HashMap<i64, Vec<i64>> = HashMap::new();
        for (source, gone) in &absent {
            if *gone && source.digest != 0 && !source.gone {
                moved.entry(source.digest).or_default().push(source.id);
            }
        }
        let mut followed: HashSet<i64> = HashSet::new();
        for (name, source) in &seen {
            let existing = known.get(name).map(|known| (known.id, known.digest)).or_else(|| {
                let id = moved.get_mut(&stored(source.digest)).filter(|_| !source.unreadable)?.pop()?;
                followed.insert(id);
                Some((id, stored(source.digest)))
            });
            let findings = gathered.findings(&source.path)?;
            let page_of = source.page.as_deref().and_then(|page| titles.get(page).copied());
            self.source(name, source, page_of, existing, &findings)?;
        }
        for (source, gone) in absent.iter().filter(|(source, _)| !followed.contains(&source.id)) {
            self.absent(source, *gone)?;
        }
        self.notices(&gathered.notices)?;
        Ok(self.tally()?)
    }

    /// The name by which a source is known from run to run: its address, or its path relative to the base.
    fn name(&self, path: &str) -> String {
        if let (_, Some(address)) = self.report.channels.find(path) {
            return address;
        }
        // Standard input and other things without a place on disk.
        if path.starts_with('<') {
            return path.to_owned();
        }
        let (file, inside) = outermost(path);
        let file = normalised(&self.folder.join(file));
        let file = display(file.strip_prefix(&self.base).unwrap_or(&file));
        inside.map_or(file.clone(), |inside| format!("{file}!{inside}"))
    }

    /// Says of sources that were not part of the run whether they are gone: their place lies under a folder that was
    /// read, and nothing is there.
    fn with_presence(&self, sources: Vec<Known>, notices: &[Notice]) -> Vec<(Known, bool)> {
        let roots: Vec<PathBuf> = self
            .run
            .roots
            .iter()
            .map(|root| normalised(&self.folder.join(root)))
            .filter(|root| root.is_dir())
            .collect();
        let files: HashSet<PathBuf> =
            self.run.files.iter().map(|file| normalised(&self.folder.join(outermost(file).0))).collect();
        let failed: HashSet<String> = notices
            .iter()
            .filter(|notice| notice.level == Level::Error)
            .map(|notice| self.name(&notice.path))
            .collect();
        let gone = |source: &Known| {
            let (file, inside) = outermost(&source.name);
            let places =
                if file.contains("://") { self.report.channels.locate(file) } else { vec![self.base.join(file)] };
            let chain_failed = || {
                let ends = source.name.match_indices('!').map(|(at, _)| at);
                ends.chain([source.name.len()]).any(|end| failed.contains(&source.name[..end]))
            };
            let covered: Vec<&PathBuf> =
                places.iter().filter(|place| roots.iter().any(|root| place.starts_with(root))).collect();
            if inside.is_some() && places.iter().any(|place| files.contains(place)) {
                // The archive was opened and read, and has no such entry.
                return !chain_failed();
            }
            !covered.is_empty()
                && !chain_failed()
                && covered.iter().all(|place| {
                    std::fs::symlink_metadata(place).is_err_and(|error| error.kind() == ErrorKind::NotFound)
                })
        };
        sources
            .into_iter()
            .map(|source| {
                let gone = gone(&source);
                (source, gone)
            })
            .collect()
    }

    /// One source of the run. `existing` is its id in the ledger and the hash of its text when it was last read.
    fn source(
        &mut self,
        name: &str,
        source: &SourceRecord,
        page_of: Option<&str>,
        existing: Option<(i64, i64)>,
        findings: &[Finding],
    ) -> rusqlite::Result<()> {
        let whole = source.document && !source.unreadable;
        let report = self.report;
        let (channel, link) = report.channels.find(&source.path);
        let channel = match channel {
            Some(channel) => {
                let (unit, person) = (channel.unit.as_deref(), channel.person.as_deref());
                Some(self.channel(&channel.name, unit.unwrap_or_default(), person.unwrap_or_default())?)
            }
            None => None,
        };
        let link = link.unwrap_or_else(|| source.path.clone());
        let page = source.page.as_deref().map(|page| report.channels.find(page).1.unwrap_or_else(|| page.to_owned()));
        let title = page_title(source.title.as_deref(), page_of);
        let date = source.date.as_ref().map(|date| date.date.as_str());
        let digest = stored(source.digest);
        let (id, before) = match existing {
            Some((id, before)) => {
                let mut update = self.connection.prepare_cached(
                    "UPDATE source SET name = ?2, path = ?3, link = ?4, page = ?5, title = ?6, date = ?7, channel = ?8,
                       last_run = ?9, gone_run = NULL, digest = CASE WHEN ?10 THEN ?11 ELSE digest END,
                       read_run = CASE WHEN ?10 THEN ?9 ELSE read_run END
                     WHERE id = ?1",
                )?;
                update.execute(params![
                    id,
                    name,
                    source.path,
                    link,
                    page,
                    title,
                    date,
                    channel,
                    self.id,
                    whole,
                    digest
                ])?;
                (id, Some(before))
            }
            None => {
                let mut insert = self.connection.prepare_cached(
                    "INSERT INTO source (name, path, link, page, title, date, channel, digest, last_run, read_run)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?;
                let read = whole.then_some(self.id);
                let digest = if whole { digest } else { 0 };
                insert.execute(params![name, source.path, link, page, title, date, channel, digest, self.id, read])?;
                (self.connection.last_insert_rowid(), None)
            }
        };
        let kept = if before.is_some() { self.kept(id)? } else { Vec::new() };
        let new: Vec<Identity> = findings.iter().map(identity).collect();
        // What is there is looked for first, then what was.
        let (present, closed): (Vec<&Kept>, Vec<&Kept>) = kept.iter().partition(|kept| kept.state.is_present());
        let mut partners: Vec<Option<&Kept>> = partners(&present, &new);
        let open: Vec<usize> = (0..new.len()).filter(|&index| partners[index].is_none()).collect();
        let rest: Vec<Identity> = open.iter().map(|&index| new[index].clone()).collect();
        for (index, partner) in open.iter().zip(self::partners(&closed, &rest)) {
            partners[*index] = partner;
        }
        let mut matched: HashSet<i64> = HashSet::new();
        for (position, (finding, partner)) in findings.iter().zip(&partners).enumerate() {
            match partner {
                Some(kept) => {
                    matched.insert(kept.id);
                    self.again(kept, finding, position)?;
                }
                None => self.insert(id, finding, position)?,
            }
        }
        for kept in present.iter().filter(|kept| !matched.contains(&kept.id)) {
            let why = if !whole {
                Some(Why::Unreadable)
            } else if !self.is_active(&kept.identity.rule) {
                Some(Why::RuleOff)
            } else if before == Some(digest) {
                Some(Why::RuleChanged)
            } else if !self.same_reading {
                Some(Why::ReadingChanged)
            } else {
                None
            };
            match why {
                Some(why) => self.unverified(kept, why)?,
                None => self.change(kept, State::Fixed, None)?,
            }
        }
        Ok(())
    }

    /// A source that the ledger has and this run has not.
    fn absent(&self, source: &Known, gone: bool) -> rusqlite::Result<()> {
        if gone && !source.gone {
            let mut update = self.connection.prepare_cached("UPDATE source SET gone_run = ?2 WHERE id = ?1")?;
            update.execute(params![source.id, self.id])?;
        }
        for kept in self.kept(source.id)?.iter().filter(|kept| kept.state.is_present()) {
            if gone {
                self.change(kept, State::TakenDown, None)?;
            } else {
                self.unverified(kept, Why::NotPart)?;
            }
        }
        Ok(())
    }

    /// Findings of a source that the ledger has, in order.
    fn kept(&self, source: i64) -> rusqlite::Result<Vec<Kept>> {
        let mut select = self.connection.prepare_cached(
            "SELECT finding.id, rule.name, text, anchor_before, anchor_after, sentence, state, why, severity, position,
                    place, rights, wording, before, after
             FROM finding JOIN rule ON rule.id = finding.rule WHERE source = ?1 ORDER BY position, finding.id",
        )?;
        select
            .query_map([source], |row| {
                let anchor = Anchor { before: row.get(3)?, after: row.get(4)?, sentence: row.get(5)? };
                Ok(Kept {
                    id: row.get(0)?,
                    identity: Identity { rule: row.get(1)?, text: row.get(2)?, anchor },
                    state: State::from_code(row.get(6)?),
                    why: row.get(7)?,
                    rest: Rest {
                        severity: row.get(8)?,
                        position: row.get(9)?,
                        place: row.get(10)?,
                        rights: row.get(11)?,
                        wording: row.get(12)?,
                        before: row.get(13)?,
                        after: row.get(14)?,
                    },
                })
            })?
            .collect()
    }

    /// A finding that the ledger has was found again.
    fn again(&mut self, kept: &Kept, finding: &Finding, position: usize) -> rusqlite::Result<()> {
        let rest = self.rest(finding, position)?;
        let anchor = &finding.anchor;
        if rest != kept.rest || kept.identity.anchor != *anchor || kept.identity.text != finding.text {
            let mut update = self.connection.prepare_cached(
                "UPDATE finding SET severity = ?2, position = ?3, place = ?4, rights = ?5, first_right = ?6, wording = ?7,
                   before = ?8, after = ?9, anchor_before = ?10, anchor_after = ?11, sentence = ?12, text = ?13
                 WHERE id = ?1",
            )?;
            update.execute(params![
                kept.id,
                rest.severity,
                rest.position,
                rest.place,
                rest.rights,
                finding.suggestions.first(),
                rest.wording,
                rest.before,
                rest.after,
                anchor.before,
                anchor.after,
                anchor.sentence,
                finding.text,
            ])?;
        }
        match kept.state {
            State::Fixed | State::TakenDown => self.change(kept, State::Back, None),
            State::Unverified => self.change(kept, State::Open, None),
            _ => Ok(()),
        }
    }

    /// A finding that the ledger does not have.
    fn insert(&mut self, source: i64, finding: &Finding, position: usize) -> rusqlite::Result<()> {
        let rest = self.rest(finding, position)?;
        let rule = self.rule(&finding.rule)?;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO finding (source, rule, severity, position, text, rights, first_right, wording, place, scope, before,
               after, confidence, anchor_before, anchor_after, sentence, first_run, state, state_run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?17)",
        )?;
        insert.execute(params![
            source,
            rule,
            rest.severity,
            rest.position,
            finding.text,
            rest.rights,
            finding.suggestions.first(),
            rest.wording,
            rest.place,
            scope_label(finding),
            rest.before,
            rest.after,
            finding.confidence,
            finding.anchor.before,
            finding.anchor.after,
            finding.anchor.sentence,
            self.id,
            State::New.code(),
        ])?;
        Ok(())
    }

    fn rest(&mut self, finding: &Finding, position: usize) -> rusqlite::Result<Rest> {
        Ok(Rest {
            severity: finding.severity as i64,
            position: i64::try_from(position).unwrap_or(i64::MAX),
            place: finding.location.label(),
            rights: match &*finding.suggestions {
                [] => NO_RIGHTS.to_owned(),
                rights => rights.join(&SEPARATOR.to_string()),
            },
            wording: self.wording(&finding.message, &finding.source)?,
            before: finding.context.before.clone(),
            after: finding.context.after.clone(),
        })
    }

    fn unverified(&self, kept: &Kept, why: Why) -> rusqlite::Result<()> {
        if kept.state != State::Unverified {
            return self.change(kept, State::Unverified, Some(why));
        }
        if kept.why != Some(why.code()) {
            let mut update = self.connection.prepare_cached("UPDATE finding SET why = ?2 WHERE id = ?1")?;
            update.execute(params![kept.id, why.code()])?;
        }
        Ok(())
    }

    fn change(&self, kept: &Kept, state: State, why: Option<Why>) -> rusqlite::Result<()> {
        let why = why.map(Why::code);
        // Whatever was there until now was found by every run up to the last.
        let last = if matches!(state, State::Open | State::Back) { None } else { self.previous };
        let mut update = self.connection.prepare_cached(
            "UPDATE finding SET state = ?2, state_run = ?3, why = ?4,
               last_run = CASE WHEN ?5 IS NULL THEN NULL ELSE coalesce(last_run, ?5) END
             WHERE id = ?1",
        )?;
        update.execute(params![kept.id, state.code(), self.id, why, last])?;
        let mut insert = self.connection.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute(params![kept.id, self.id, state.code(), why])?;
        Ok(())
    }

    fn is_active(&mut self, rule: &str) -> bool {
        if let Some(&active) = self.active.get(rule) {
            return active;
        }
        let active = self.linter.dictionary().get(rule).is_some_and(|entry| self.linter.runs(entry));
        self.active.insert(rule.to_owned(), active);
        active
    }

    fn channel(&mut self, name: &str, unit: &str, person: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.channels.get(name) {
            let mut update = self.connection.prepare_cached(
                "UPDATE channel SET unit = ?2, person = ?3 WHERE id = ?1 AND (unit, person) <> (?2, ?3)",
            )?;
            update.execute(params![id, unit, person])?;
            return Ok(id);
        }
        self.connection
            .execute("INSERT INTO channel (name, unit, person) VALUES (?1, ?2, ?3)", params![name, unit, person])?;
        let id = self.connection.last_insert_rowid();
        self.channels.insert(name.to_owned(), id);
        Ok(id)
    }

    fn rule(&mut self, name: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.rules.get(name) {
            return Ok(id);
        }
        let titles = pack_titles(self.linter.dictionary());
        let category = category(&titles, name);
        self.connection.execute("INSERT INTO rule (name, category) VALUES (?1, ?2)", params![name, category])?;
        let id = self.connection.last_insert_rowid();
        self.rules.insert(name.to_owned(), id);
        Ok(id)
    }

    fn wording(&mut self, message: &str, basis: &str) -> rusqlite::Result<i64> {
        let key = (message.to_owned(), basis.to_owned());
        if let Some(&id) = self.wordings.get(&key) {
            return Ok(id);
        }
        let mut insert = self.connection.prepare_cached("INSERT INTO wording (message, basis) VALUES (?1, ?2)")?;
        insert.execute(params![message, basis])?;
        let id = self.connection.last_insert_rowid();
        self.wordings.insert(key, id);
        Ok(id)
    }

    fn notices(&self, notices: &[Notice]) -> rusqlite::Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO notice (run, path, link, channel, unit, unread, code, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for notice in notices {
            let (channel, link) = self.report.channels.find(&notice.path);
            let (channel, unit) = channel.map_or(("", ""), |one| (&one.name, one.unit.as_deref().unwrap_or_default()));
            let unread = notice.level == Level::Error;
            let link = link.as_deref().unwrap_or(&notice.path);
            insert.execute(params![
                self.id,
                notice.path,
                link,
                channel,
                unit,
                unread,
                notice.code.as_str(),
                notice.message
            ])?;
        }
        Ok(())
    }

    fn tally(&self) -> rusqlite::Result<Tally> {
        let mut tally = Tally { run: self.id, ..Tally::default() };
        let mut select =
            self.connection.prepare("SELECT state, state_run = ?1, count(*) FROM finding GROUP BY 1, 2")?;
        let mut rows = select.query([self.id])?;
        while let Some(row) = rows.next()? {
            let (state, now, count): (i64, bool, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let count = count.unsigned_abs();
            match (State::from_code(state), now) {
                (State::New, true) => tally.new += count,
                (State::Back, true) => tally.back += count,
                (State::New | State::Open | State::Back | State::Accepted, _) => tally.open += count,
                (State::Unverified, _) => tally.unverified += count,
                (State::Fixed, true) => tally.fixed += count,
                (State::TakenDown, true) => tally.taken_down += count,
                (State::Fixed | State::TakenDown, false) => {}
            }
        }
        Ok(tally)
    }
}

fn identity(finding: &Finding) -> Identity {
    Identity { rule: finding.rule.clone(), text: finding.text.clone(), anchor: finding.anchor.clone() }
}

/// For each of `new`, the one of `kept` that it is.
fn partners<'k>(kept: &[&'k Kept], new: &[Identity]) -> Vec<Option<&'k Kept>> {
    if kept.is_empty() || new.is_empty() {
        return vec![None; new.len()];
    }
    let old: Vec<Identity> = kept.iter().map(|kept| kept.identity.clone()).collect();
    pair(&old, new).into_iter().map(|partner| partner.map(|index| kept[index])).collect()
}

/// A count as SQLite holds it.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A hash as SQLite holds it, bit by bit.
fn stored(digest: u64) -> i64 {
    i64::from_ne_bytes(digest.to_ne_bytes())
}
