//! Reading a ledger: runs, findings and their histories, comparisons, and what is alike elsewhere.

use std::collections::HashMap;

use globset::GlobMatcher;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Serialize, Serializer};

use super::record::SEPARATOR;
use super::{Ledger, LedgerError, State, Why};
use crate::dictionary::Severity;
use crate::report::register::{ChannelCounts, Counting, Remark};

/// One run, as the ledger has it.
#[derive(Debug, Clone, Serialize)]
pub struct RunRecord {
    /// Number, from 1.
    pub id: i64,
    /// When it began: local time with offset, ISO 8601.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// Version of the program.
    pub version: String,
    /// Documents and unreadable files.
    pub sources: i64,
    /// Documents whose text was checked, at least in part.
    pub checked: i64,
    /// Files not read, or not in full.
    pub unreadable: i64,
    /// Characters of text.
    pub characters: i64,
    /// Findings by severity: serious, error, advice.
    pub findings: [i64; 3],
}

/// That an error may stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// Who decided.
    pub person: String,
    /// Date of the decision.
    pub since: String,
    /// Last date on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// One finding, as the ledger has it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Number in the ledger.
    pub id: i64,
    /// What became of it.
    #[serde(serialize_with = "state")]
    pub state: State,
    /// Why it could not be verified.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "why")]
    pub why: Option<Why>,
    /// Site or account; empty if none is configured.
    pub channel: String,
    /// Who answers for it.
    pub unit: String,
    /// Who sees to the correction.
    pub person: String,
    /// Name chain of the source.
    pub path: String,
    /// Address of the source, else its name chain.
    pub link: String,
    /// The page that links to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Title of the document, and of the page that links to it.
    pub title: String,
    /// Date of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Id of the rule.
    pub rule: String,
    /// What kind of error it is.
    pub category: String,
    /// How grave it is.
    pub severity: Severity,
    /// The text found.
    pub text: String,
    /// Right forms, the best first.
    pub suggestions: Vec<String>,
    /// Why it is wrong.
    pub message: String,
    /// Where the right form can be looked up.
    pub source: String,
    /// The place, as editors read it.
    pub place: String,
    /// What kind of block it stands in, where that says something.
    pub scope: String,
    /// Text directly before.
    pub before: String,
    /// Text directly after.
    pub after: String,
    /// How sure it is, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// Date on which it was first found.
    pub first_seen: String,
    /// Date on which it was last found.
    pub last_seen: String,
    /// Date on which it was found to be fixed or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// That it may stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

fn state<S: Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

fn why<S: Serializer>(why: &Option<Why>, serializer: S) -> Result<S::Ok, S::Error> {
    why.map(Why::label).serialize(serializer)
}

/// Which findings are wanted; what is empty does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// States, `Accepted` among them.
    pub states: Vec<State>,
    /// The least severity.
    pub severity: Option<Severity>,
    /// Globs of rules.
    pub rules: Vec<GlobMatcher>,
    /// Names of channels.
    pub channels: Vec<String>,
    /// Part of path, address or title.
    pub source: Option<String>,
}

impl Filter {
    fn wants(&self, entry: &Entry) -> bool {
        (self.states.is_empty() || self.states.contains(&entry.state))
            && self.severity.is_none_or(|least| entry.severity >= least)
            && (self.rules.is_empty() || self.rules.iter().any(|glob| glob.is_match(&entry.rule)))
            && (self.channels.is_empty() || self.channels.contains(&entry.channel))
            && self.source.as_ref().is_none_or(|part| {
                [&entry.path, &entry.link, &entry.title].into_iter().any(|text| text.contains(part.as_str()))
            })
    }
}

/// What became of the findings of one run until another: the re-check.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The earlier run.
    pub from: RunRecord,
    /// The later run.
    pub to: RunRecord,
    /// Findings of either, with their states as seen from the earlier one.
    pub entries: Vec<Entry>,
    /// Findings that the earlier run had.
    pub before: u64,
    /// Those of them that nobody has accepted.
    pub due: u64,
}

impl Comparison {
    /// Findings with this state.
    pub fn count(&self, state: State) -> u64 {
        self.entries.iter().filter(|entry| entry.state == state).count() as u64
    }

    /// Those of the earlier run that are fixed or gone.
    pub fn done(&self) -> u64 {
        self.count(State::Fixed) + self.count(State::TakenDown)
    }
}

/// All columns of an entry; `{}` is what follows the joins.
const SELECT: &str = "
  SELECT f.id, f.state, f.why, c.name, c.unit, c.person, s.path, s.link, s.page, s.title, s.date, r.name, r.category,
    f.severity, f.text, f.rights, w.message, w.basis, f.place, f.scope, f.before, f.after, f.confidence,
    f.first_run, f.last_run, f.state_run, a.reason, a.person, a.since, a.until
  FROM finding f JOIN source s ON s.id = f.source JOIN rule r ON r.id = f.rule JOIN wording w ON w.id = f.wording
    LEFT JOIN channel c ON c.id = s.channel LEFT JOIN acceptance a ON a.finding = f.id";
const ORDER: &str = " ORDER BY s.channel, s.name, f.position, f.id";

/// What is needed besides a row to make an entry of it.
struct Dates<'d> {
    /// Dates of the runs by their numbers.
    runs: HashMap<i64, String>,
    latest: i64,
    today: &'d str,
}

impl Dates<'_> {
    fn of(&self, run: i64) -> String {
        self.runs.get(&run).cloned().unwrap_or_default()
    }

    fn entry(&self, row: &Row<'_>) -> rusqlite::Result<Entry> {
        let text = |index: usize| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
        let (first, last, since): (i64, Option<i64>, i64) = (row.get(23)?, row.get(24)?, row.get(25)?);
        let accepted = match row.get::<_, Option<String>>(26)? {
            Some(reason) => Some(Acceptance { reason, person: row.get(27)?, since: row.get(28)?, until: row.get(29)? }),
            None => None,
        };
        let holds = accepted.as_ref().is_some_and(|one| one.until.as_deref().is_none_or(|until| self.today <= until));
        let state = match State::from_code(row.get(1)?) {
            State::New | State::Open | State::Back if holds => State::Accepted,
            State::New | State::Back if since < self.latest => State::Open,
            state => state,
        };
        let rights: String = row.get(15)?;
        Ok(Entry {
            id: row.get(0)?,
            state,
            why: row.get::<_, Option<i64>>(2)?.and_then(Why::from_code),
            channel: text(3)?,
            unit: text(4)?,
            person: text(5)?,
            path: row.get(6)?,
            link: row.get(7)?,
            page: row.get(8)?,
            title: row.get(9)?,
            date: row.get(10)?,
            rule: row.get(11)?,
            category: row.get(12)?,
            severity: severity(row.get(13)?),
            text: row.get(14)?,
            suggestions: rights.split(SEPARATOR).filter(|_| rights != NO_RIGHTS).map(str::to_owned).collect(),
            message: row.get(16)?,
            source: row.get(17)?,
            place: row.get(18)?,
            scope: row.get(19)?,
            before: row.get(20)?,
            after: row.get(21)?,
            confidence: row.get(22)?,
            first_seen: self.of(first),
            last_seen: self.of(last.unwrap_or(self.latest)),
            closed: matches!(state, State::Fixed | State::TakenDown).then(|| self.of(since)),
            accepted: accepted.filter(|_| holds),
        })
    }
}

/// Right forms of a finding that has none; the empty right form means to delete.
pub(super) const NO_RIGHTS: &str = "\u{1F}";

fn severity(code: i64) -> Severity {
    match code {
        2 => Severity::Serious,
        1 => Severity::Error,
        _ => Severity::Advice,
    }
}

fn run_record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    Ok(RunRecord {
        id: row.get(0)?,
        started: row.get(1)?,
        finished: row.get(2)?,
        version: row.get(3)?,
        sources: row.get(4)?,
        checked: row.get(5)?,
        unreadable: row.get(6)?,
        characters: row.get(7)?,
        findings: [row.get(8)?, row.get(9)?, row.get(10)?],
    })
}

impl Ledger {
    /// All runs, the first first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        let read = || -> rusqlite::Result<Vec<RunRecord>> {
            let mut select = self.connection.prepare(
                "SELECT id, started, finished, version, sources, checked, unreadable, characters, serious, error, advice
                 FROM run ORDER BY id",
            )?;
            select.query_map([], run_record)?.collect()
        };
        read().map_err(self.fail())
    }

    fn dates<'d>(&self, today: &'d str) -> rusqlite::Result<Dates<'d>> {
        let mut select = self.connection.prepare("SELECT id, substr(started, 1, 10) FROM run")?;
        let runs: HashMap<i64, String> =
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let latest = runs.keys().copied().max().unwrap_or(0);
        Ok(Dates { runs, latest, today })
    }

    /// Calls `each` with the findings that `filter` wants, by channel, source and place. `today` decides which acceptances
    /// still hold.
    pub fn for_each<E: From<LedgerError>>(
        &self,
        filter: &Filter,
        today: &str,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |error| E::from(self.fail()(error));
        let dates = self.dates(today).map_err(fail)?;
        let mut select = self.connection.prepare(&format!("{SELECT}{ORDER}")).map_err(fail)?;
        let mut rows = select.query([]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let entry = dates.entry(row).map_err(fail)?;
            if filter.wants(&entry) {
                each(entry)?;
            }
        }
        Ok(())
    }

    /// The findings that `filter` wants.
    pub fn entries(&self, filter: &Filter, today: &str) -> Result<Vec<Entry>, LedgerError> {
        let mut entries = Vec::new();
        self.for_each(filter, today, |entry| {
            entries.push(entry);
            Ok::<(), LedgerError>(())
        })?;
        Ok(entries)
    }

    /// The finding with this number.
    pub fn entry(&self, id: i64, today: &str) -> Result<Entry, LedgerError> {
        let read = || -> rusqlite::Result<Option<Entry>> {
            let dates = self.dates(today)?;
            self.connection.query_row(&format!("{SELECT} WHERE f.id = ?1"), [id], |row| dates.entry(row)).optional()
        };
        read().map_err(self.fail())?.ok_or(LedgerError::NoFinding(id))
    }

    /// Findings still there that have the rule or the first right form of `entry`: in other channels, and with
    /// `everywhere` also in its own. Where no channels are configured, other documents count as others.
    pub fn similar(&self, entry: &Entry, everywhere: bool, today: &str) -> Result<Vec<Entry>, LedgerError> {
        let read = || -> rusqlite::Result<Vec<Entry>> {
            let dates = self.dates(today)?;
            let mut select = self.connection.prepare(&format!(
                "{SELECT} WHERE f.id IN (
                   SELECT id FROM finding WHERE rule = (SELECT id FROM rule WHERE name = ?1)
                   UNION SELECT id FROM finding WHERE first_right = ?2 AND ?2 <> ''){ORDER}"
            ))?;
            let right = entry.suggestions.first();
            select.query_map(params![entry.rule, right], |row| dates.entry(row))?.collect()
        };
        let mut entries = read().map_err(self.fail())?;
        entries.retain(|other| {
            let elsewhere =
                if entry.channel.is_empty() { other.path != entry.path } else { other.channel != entry.channel };
            other.id != entry.id && other.state.is_present() && (everywhere || elsewhere)
        });
        Ok(entries)
    }

    /// Notes that findings may stay. Nothing is noted if one of them does not exist.
    pub fn accept(&mut self, ids: &[i64], acceptance: &Acceptance) -> Result<(), LedgerError> {
        self.decide(ids, |connection, id| {
            connection.execute(
                "INSERT OR REPLACE INTO acceptance (finding, reason, person, since, until) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id, acceptance.reason, acceptance.person, acceptance.since, acceptance.until],
            )
        })
    }

    /// Takes acceptances back.
    pub fn withdraw(&mut self, ids: &[i64]) -> Result<(), LedgerError> {
        self.decide(ids, |connection, id| connection.execute("DELETE FROM acceptance WHERE finding = ?1", [id]))
    }

    fn decide(
        &mut self,
        ids: &[i64],
        write: impl Fn(&rusqlite::Connection, i64) -> rusqlite::Result<usize>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| LedgerError::of(&path, &error);
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(fail)?;
        for &id in ids {
            let known: Option<i64> = transaction
                .query_row("SELECT id FROM finding WHERE id = ?1", [id], |row| row.get(0))
                .optional()
                .map_err(fail)?;
            let id = known.ok_or(LedgerError::NoFinding(id))?;
            write(&transaction, id).map_err(fail)?;
        }
        transaction.commit().map_err(fail)
    }

    /// What became of the findings of run `from` until run `to`; without numbers, of the last run but one until the last.
    pub fn compare(&self, from: Option<i64>, to: Option<i64>, today: &str) -> Result<Comparison, LedgerError> {
        let runs = self.runs()?;
        let latest = runs.len().checked_sub(1).ok_or(LedgerError::TooFewRuns(0))?;
        let find = |id: i64| runs.iter().find(|run| run.id == id).cloned().ok_or(LedgerError::NoRun(id));
        let to = to.map_or_else(|| Ok(runs[latest].clone()), find)?;
        let from = match from {
            Some(id) => find(id)?,
            None => {
                let before = runs.iter().rfind(|run| run.id < to.id).cloned();
                before.ok_or(LedgerError::TooFewRuns(runs.len() as i64))?
            }
        };
        let (from, to) = if from.id <= to.id { (from, to) } else { (to, from) };
        let events = self.events(to.id).map_err(self.fail())?;
        let (mut entries, mut before, mut due) = (Vec::new(), 0, 0);
        let dates = self.dates(today).map_err(self.fail())?;
        let mut select =
            self.connection.prepare(&format!("{SELECT} WHERE f.first_run <= ?1{ORDER}")).map_err(self.fail())?;
        let mut rows = select.query([to.id]).map_err(self.fail())?;
        while let Some(row) = rows.next().map_err(self.fail())? {
            let first: i64 = row.get(23).map_err(self.fail())?;
            let mut entry = dates.entry(row).map_err(self.fail())?;
            let own = events.get(&entry.id).map_or(&[][..], Vec::as_slice);
            let at = |run: i64| own.iter().rfind(|(at, ..)| *at <= run);
            let then = (first <= from.id).then(|| at(from.id).map_or(State::Open, |event| event.1));
            let (now, why, when) = at(to.id).map_or((State::Open, None, first), |&(run, state, why)| (state, why, run));
            let returned = own.iter().any(|(run, state, _)| *run > from.id && *state == State::Back);
            let was_there = then.is_some_and(State::is_present);
            before += u64::from(was_there);
            entry.why = why;
            entry.closed = matches!(now, State::Fixed | State::TakenDown).then(|| dates.of(when));
            entry.state = match (was_there, now) {
                (false, State::Fixed | State::TakenDown) => continue,
                (_, State::Unverified | State::Fixed | State::TakenDown) => now,
                _ if entry.accepted.is_some() => State::Accepted,
                _ if returned => State::Back,
                _ if then.is_none() => State::New,
                _ => State::Open,
            };
            due += u64::from(was_there && entry.state != State::Accepted);
            entries.push(entry);
        }
        Ok(Comparison { from, to, entries, before, due })
    }

    /// Changes of state up to a run, by finding, in order.
    #[allow(clippy::type_complexity)]
    fn events(&self, run: i64) -> rusqlite::Result<HashMap<i64, Vec<(i64, State, Option<Why>)>>> {
        let mut select = self
            .connection
            .prepare("SELECT finding, run, state, why FROM event WHERE run <= ?1 ORDER BY finding, run")?;
        let mut rows = select.query([run])?;
        let mut events: HashMap<i64, Vec<(i64, State, Option<Why>)>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let why = row.get::<_, Option<i64>>(3)?.and_then(Why::from_code);
            events.entry(row.get(0)?).or_default().push((row.get(1)?, State::from_code(row.get(2)?), why));
        }
        Ok(events)
    }

    /// What the last run could not read, or remarked.
    pub(super) fn remarks(&self) -> Result<Vec<Remark<'static>>, LedgerError> {
        let read = || -> rusqlite::Result<Vec<Remark<'static>>> {
            let mut select = self.connection.prepare(
                "SELECT channel, unit, link, unread, message FROM notice WHERE run = (SELECT max(id) FROM run) ORDER BY id",
            )?;
            select
                .query_map([], |row| {
                    let text = |index| row.get::<_, String>(index).map(Into::into);
                    Ok(Remark {
                        channel: text(0)?,
                        unit: text(1)?,
                        link: text(2)?,
                        unread: row.get(3)?,
                        message: text(4)?,
                    })
                })?
                .collect()
        };
        read().map_err(self.fail())
    }

    /// Counts by channel: of the documents that are not gone, and of what is due in them.
    pub(super) fn channels(&self, entries: &[Entry]) -> Result<Vec<ChannelCounts>, LedgerError> {
        let read = || -> rusqlite::Result<Vec<ChannelCounts>> {
            let mut counting = Counting::default();
            let bad: std::collections::HashSet<&str> = entries
                .iter()
                .filter(|entry| entry.state.is_due() && entry.severity >= Severity::Error)
                .map(|entry| entry.path.as_str())
                .collect();
            let mut select = self.connection.prepare(
                "SELECT coalesce(c.name, ''), coalesce(c.unit, ''), s.path, s.read_run IS NOT NULL AND s.read_run = s.last_run
                 FROM source s LEFT JOIN channel c ON c.id = s.channel WHERE s.gone_run IS NULL ORDER BY s.id",
            )?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let (name, unit, path): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let whole: bool = row.get(3)?;
                let counts = counting.of(&name, &unit);
                counts.sources += 1;
                counts.unread += u64::from(!whole);
                counts.passed += u64::from(whole && !bad.contains(path.as_str()));
            }
            for entry in entries.iter().filter(|entry| entry.state.is_due()) {
                counting.of(&entry.channel, &entry.unit).count(entry.severity);
            }
            Ok(counting.counts)
        };
        read().map_err(self.fail())
    }
}
