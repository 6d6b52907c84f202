//! The façade: options in, reports out. The only place that puts the stages together.

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Cache, Found, Known, Stamp};
use crate::channel::Channels;
use crate::dictionary::{
    Dictionary, DictionaryError, Entry, Problem, Rule, RuleSelection, SelectionError, Severity, Tier, check_registries,
    load_folder,
};
use crate::digest::digest;
use crate::document::{Document, DocumentDate};
use crate::extract::{Content, ExtractOptions, PICTURES, extract_as, unpack};
use crate::fix::Located;
use crate::judge::{Finding, Judge, JudgeOptions, validate, verify};
use crate::ocr::Ocr;
use crate::report::{PassedOver, Report};
use crate::source::{
    Budget, Code, Held, Input, Kind, Limits, Notice, Opened, Outer, Refusal, Source, Visitor, by_extension, display,
    extension, io_notice, key, normalised, resolve,
};
use crate::spool::Spool;
use crate::worker::{WorkerCommand, Workers};

/// Bytes of entries of a container that are checked together, in parallel.
const BATCH: usize = 32 << 20;
/// Entries that are checked together.
const BATCH_ENTRIES: usize = 1 << 12;

/// Bytes of results that are read again together, in parallel.
const PORTION: usize = 1 << 20;
/// Files whose results are read again together.
const PORTION_FILES: usize = 1 << 10;

/// Bytes of text that are worth a thread of their own for going through them once.
const LONG: usize = 1 << 20;

/// The day by which undated documents are judged if none is given: after everything.
const UNDATED: &str = "9999-12-31";

/// What a [`Linter`] depends on.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folders of further dictionaries, the later ones on top.
    pub dictionaries: Vec<PathBuf>,
    /// Globs of rules to run alone.
    pub only: Vec<String>,
    /// Globs of rules to switch on besides the default ones.
    pub enable: Vec<String>,
    /// Globs of rules not to run.
    pub skip: Vec<String>,
    /// The least severity that is reported.
    pub severity: Severity,
    /// Tiers of entries that run without being named.
    pub tiers: &'static [Tier],
    /// The date (ISO 8601) of the check, by which documents without one are judged.
    pub as_of: String,
    /// Another date by which documents without one are judged.
    pub undated: Option<String>,
    /// Whether names that were right when the document was written, but are not today, are reported as well.
    pub outdated: bool,
    /// Which parts of pages count as content.
    pub content: Content,
    /// Limits in force.
    pub limits: Limits,
    /// How processes are started in which risky formats (PDF) are read; without it they are read in this one, where limits
    /// of time and memory do not hold.
    pub worker: Option<WorkerCommand>,
    /// Recognises the text of pictures and of pages that are pictures; without it they are not read.
    pub ocr: Option<Ocr>,
    /// Worker threads; 0 means one for each core.
    pub jobs: usize,
    /// Sites and accounts that sources belong to; they change nothing about what is found.
    pub channels: Channels,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            dictionaries: Vec::new(),
            only: Vec::new(),
            enable: Vec::new(),
            skip: Vec::new(),
            severity: Severity::Advice,
            tiers: &[Tier::Minimal, Tier::Gov],
            as_of: UNDATED.to_owned(),
            undated: None,
            outdated: false,
            content: Content::default(),
            limits: Limits::default(),
            worker: None,
            ocr: None,
            jobs: 0,
            channels: Channels::default(),
        }
    }
}

/// Why a linter cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LinterError {
    /// A dictionary folder cannot be used.
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
    /// A rule glob cannot be read.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// Entries that do not compile.
    #[error("{} entries cannot be used:\n{}", .0.len(), .0.join("\n"))]
    Entries(Vec<String>),
    /// A selection that names no rule.
    #[error("no rule is called {0:?}; `zhengming explain --list` shows all rules")]
    UnknownRule(String),
    /// The thread pool cannot be started.
    #[error("cannot start {jobs} worker threads: {reason}")]
    Threads {
        /// Threads asked for.
        jobs: usize,
        /// What the system said.
        reason: String,
    },
}

/// Told about the work as it goes on. Calls come from worker threads.
pub trait Progress: Sync {
    /// So many files are to be read in all.
    fn total(&self, _files: usize) {}
    /// One more is done.
    fn done(&self, _name: &str) {}
    /// All are done; what they gave is put together.
    fn finished(&self) {}
}

impl Progress for () {}

/// What is behind the names of inputs.
pub trait Files: Sync {
    /// Opens `input`; `None` if it is larger than may be read.
    fn open(&self, input: &Input, limits: &Limits) -> io::Result<Option<Opened>>;

    /// Whether attachments that pages link to are looked for on the disk.
    fn are_on_disk(&self) -> bool {
        true
    }
}

/// The files on the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn open(&self, input: &Input, limits: &Limits) -> io::Result<Option<Opened>> {
        Opened::new(&input.path, &input.name, limits)
    }
}

/// How a run over files is made, apart from what decides about findings.
#[derive(Clone, Copy)]
pub struct Run<'r> {
    /// Told about the work.
    pub progress: &'r dyn Progress,
    /// Where files are read.
    pub files: &'r dyn Files,
    /// Results of earlier runs; only of files on the disk.
    pub cache: Option<&'r Cache>,
    /// Once it is set, no further file is begun.
    pub stop: Option<&'r AtomicBool>,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Run { progress: &(), files: &Disk, cache: None, stop: None }
    }
}

impl Run<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// One source that was looked at.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Name chain.
    pub name: String,
    /// Title of the document, if it has one.
    pub title: Option<String>,
    /// Hash of the document's text, to tell whether it changed; 0 if it was not read.
    pub digest: u64,
    /// Whether it was read as a document (archives, pictures and files that could not be read were not).
    pub document: bool,
    /// The date by which the document was judged, if it has one.
    pub date: Option<DocumentDate>,
    /// Characters of text that were checked.
    pub characters: usize,
    /// Findings, by place.
    pub findings: Vec<Finding>,
    /// Notices about it.
    pub notices: Vec<Notice>,
    /// The first page that links to it.
    pub page: Option<String>,
    /// The date that was known of it from outside, such as that of the page that links to it.
    pub given: Option<DocumentDate>,
    /// Links of a page, as they are written; once its file is checked, they are in a [`Linker`].
    pub(crate) links: Vec<String>,
    /// Files inside it that are still to be checked.
    pub(crate) inner: Vec<Source>,
    /// Label of a kind of file without readable text, met in a folder or archive.
    pub passed_over: Option<&'static str>,
}

/// What leads from a document to attachments: kept until all files are read, which of their contents little else is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linker {
    /// Which of the results of its file the document is.
    position: usize,
    name: String,
    date: Option<DocumentDate>,
    /// Names of the files.
    links: Vec<String>,
}

/// Checks sources with one set of options.
pub struct Linter {
    options: Options,
    /// The rules, compiled; or why they cannot be.
    judge: OnceLock<Result<Judge, LinterError>>,
    /// What stands for the dictionary where there is none to use.
    nothing: Dictionary,
    extract: ExtractOptions,
    channels: Arc<Channels>,
    pool: rayon::ThreadPool,
}

impl Linter {
    /// Loads and verifies the dictionaries and compiles the rules.
    pub fn new(options: Options) -> Result<Self, LinterError> {
        let linter = Self::deferred(options)?;
        match linter.ready() {
            Ok(_) => Ok(linter),
            Err(_) => Err(linter.judge.into_inner().and_then(Result::err).unwrap_or(LinterError::Entries(Vec::new()))),
        }
    }

    /// The same, but dictionaries are loaded when the first document has to be judged: for runs whose results may all be known
    /// from runs before. If they cannot be used after all, documents are reported as not checked, and
    /// [`trouble`](Self::trouble) says why.
    pub fn deferred(options: Options) -> Result<Self, LinterError> {
        let jobs = options.jobs;
        let channels = Arc::new(options.channels.clone());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .build()
            .map_err(|error| LinterError::Threads { jobs, reason: error.to_string() })?;
        let workers = options.worker.clone().map(|command| Arc::new(Workers::new(command)));
        let (pictures, ocr) = (options.ocr.is_some(), options.ocr.clone().map(Arc::new));
        let (limits, content) = (options.limits, options.content.clone());
        let extract = ExtractOptions { limits, content, workers, ocr, pictures };
        Ok(Linter { options, judge: OnceLock::new(), nothing: Dictionary::default(), extract, channels, pool })
    }

    /// Why the dictionaries cannot be used, if they were needed and cannot.
    pub fn trouble(&self) -> Option<&LinterError> {
        self.judge.get()?.as_ref().err()
    }

    /// Loads the dictionaries unless that was done before. Not for the threads of the pool: one that waits for others takes up
    /// other work meanwhile, which would lead here again.
    fn ready(&self) -> Result<&Judge, &LinterError> {
        self.judge.get_or_init(|| self.pool.install(|| Self::load(&self.options))).as_ref()
    }

    /// Loads and verifies the dictionaries and compiles the rules.
    fn load(options: &Options) -> Result<Judge, LinterError> {
        let mut dictionary = Dictionary::embedded();
        let mut own: HashSet<String> = HashSet::new();
        for folder in &options.dictionaries {
            for pack in load_folder(folder)? {
                if let Some(glob) = pack.off.iter().find(|glob| !dictionary.has_match(glob)) {
                    return Err(LinterError::UnknownRule(glob.clone()));
                }
                own.extend(pack.entries.iter().map(|entry| entry.id.clone()));
                dictionary.add(pack);
            }
        }
        // The embedded packs are verified by the project's tests; an agency's own are when they are loaded.
        if !own.is_empty() {
            let mut problems: Vec<Problem> = check_registries(dictionary.entries());
            problems.extend(verify(&dictionary, |entry| own.contains(&entry.id)));
            if !problems.is_empty() {
                return Err(DictionaryError::Problems(problems).into());
            }
        }
        for glob in options.only.iter().chain(&options.enable).chain(&options.skip) {
            RuleSelection::globs(std::slice::from_ref(glob))?;
            if !dictionary.has_match(glob) {
                return Err(LinterError::UnknownRule(glob.clone()));
            }
        }
        let selection = RuleSelection::new(&options.only, &options.enable, &options.skip)?.with_tiers(options.tiers);
        let judge_options = JudgeOptions {
            selection,
            severity: options.severity,
            undated: options.undated.as_ref().unwrap_or(&options.as_of).clone(),
            as_of: options.as_of.clone(),
            outdated: options.outdated,
        };
        Judge::new(dictionary, judge_options)
            .map_err(|errors| LinterError::Entries(errors.iter().map(ToString::to_string).collect()))
    }

    /// The dictionary in use; an empty one if it cannot be used (see [`trouble`](Self::trouble)).
    pub fn dictionary(&self) -> &Dictionary {
        self.ready().map_or(&self.nothing, Judge::dictionary)
    }

    /// Whether `entry` takes part, by selection and severity.
    pub fn runs(&self, entry: &Entry) -> bool {
        self.ready().is_ok_and(|judge| judge.runs(entry))
    }

    /// An empty report of this linter.
    pub fn report(&self) -> Report {
        let as_of = &self.options.as_of;
        let as_of = if as_of == UNDATED { String::new() } else { as_of.to_owned() };
        Report { channels: Arc::clone(&self.channels), as_of, ..Report::default() }
    }

    /// Checks one source that was read already; an archive gives one result for each entry, and a document with files
    /// inside it one for each of them.
    pub fn check_source(&self, source: &Source) -> Vec<Checked> {
        let budget = Budget::new(&self.extract.limits);
        // What is in the way of that is said of every document.
        let _ = self.ready();
        self.pool.install(|| self.check_any(source, &budget, true))
    }

    /// Checks one document, with everything that leads from its findings back to its bytes: what fixing takes. What is in
    /// archives and inside documents is not looked at.
    pub fn locate<'b>(&self, source: &'b Source) -> Located<'b> {
        let kind = source.kind();
        let extracted = extract_as(kind, source, &self.extract);
        let (findings, spans, _) = match self.ready() {
            Ok(judge) => judge.judge_located(source, &extracted.document, extracted.decoded.as_ref()),
            Err(_) => Default::default(),
        };
        let settled = findings.iter().map(|finding| self.settles(finding)).collect();
        Located { kind, document: extracted.document, decoded: extracted.decoded, findings, spans, settled }
    }

    /// Whether the rule of `finding` knows one way only to put it right.
    fn settles(&self, finding: &Finding) -> bool {
        match self.dictionary().get(&finding.rule).map(|entry| &entry.rule) {
            Some(Rule::Term(_)) => true,
            Some(Rule::Pattern(pattern)) => {
                pattern.validator.as_deref().and_then(validate::find).is_none_or(validate::Validator::settles)
            }
            _ => false,
        }
    }

    /// Checks sources as plain text, whatever they look like; in parallel, with results in the order of `sources`.
    pub fn check_texts(&self, sources: &[Source]) -> Vec<Checked> {
        let _ = self.ready();
        self.pool.install(|| sources.par_iter().map(|source| self.check_document(source, Kind::Text)).collect())
    }

    /// Checks files. The report's order follows that of `inputs`, whatever the number of threads.
    pub fn check_inputs(&self, inputs: &[Input], notices: Vec<Notice>, progress: &dyn Progress) -> Report {
        self.run(inputs, notices, &Run { progress, ..Run::default() })
    }

    /// [`check_inputs`](Self::check_inputs) in another way than the usual one.
    pub fn run(&self, inputs: &[Input], notices: Vec<Notice>, run: &Run<'_>) -> Report {
        self.run_through(inputs, notices, run, &mut |_| ())
    }

    /// The same, with a report that need not hold everything at once: `part` is called whenever something was added to it, in
    /// the order of the report, and may take out findings, notices and sources. Counts stay.
    pub fn run_through(
        &self,
        inputs: &[Input],
        notices: Vec<Notice>,
        run: &Run<'_>,
        part: &mut dyn FnMut(&mut Report),
    ) -> Report {
        let started = Instant::now();
        let mut report = self.report();
        for notice in notices {
            report.add(false, 0, Vec::new(), vec![notice]);
        }
        part(&mut report);
        let mut passed_over = PassedOver::default();
        let left = self.run_files(inputs, run, &mut |one| {
            passed_over.see(&one);
            report.take(one);
            part(&mut report);
        });
        report.notices.extend(passed_over.notice());
        if left > 0 || run.is_stopped() {
            report.interrupt(left as u64);
        }
        report.summary.seconds = started.elapsed().as_secs_f64();
        part(&mut report);
        report
    }

    /// Checks files, with what is in archives and behind the links of pages; in the order of `inputs`.
    pub fn check_files(&self, inputs: &[Input], progress: &dyn Progress) -> Vec<Checked> {
        let mut checked = Vec::new();
        self.run_files(inputs, &Run { progress, ..Run::default() }, &mut |one| checked.push(one));
        checked
    }

    /// Checks files and hands on what they gave, in the order of `inputs`. Says how many files were left out because the run was
    /// stopped.
    ///
    /// Files are read in another order than that of the report, and what a document is called by – the page that links to it –
    /// is known when all are read; until then results wait as bytes, in a temporary file if they are many.
    fn run_files(&self, inputs: &[Input], run: &Run<'_>, take: &mut dyn FnMut(Checked)) -> usize {
        run.progress.total(inputs.len());
        let left = AtomicUsize::new(0);
        let spool = Mutex::new(Spool::default());
        let work = Work { run, left: &left, spool: &spool };
        let stages: Vec<Stage> = inputs.iter().map(|input| Stage::of(&input.name)).collect();
        let mut slots: Vec<Slot<'_>> = Vec::new();
        slots.resize_with(inputs.len(), Slot::default);
        // By input and position.
        let mut linkers: Vec<(usize, Linker)> = Vec::new();
        for stage in Stage::ALL {
            let linking = Linking::new(&linkers);
            let group = slots.iter_mut().enumerate().filter(|(index, _)| stages[*index] == stage);
            let group = group.map(|(index, slot)| Due { index, input: &inputs[index], slot }).collect();
            linkers.extend(self.check_all(group, &linking, &work));
            linkers.sort_by_key(|(index, linker)| (*index, linker.position));
        }
        let linking = Linking::new(&linkers);
        let followed = self.follow_links(inputs, &linkers, run);
        run.progress.total(followed.further.len());
        let mut further: Vec<Slot<'_>> = Vec::new();
        further.resize_with(followed.further.len(), Slot::default);
        let group = followed.further.iter().zip(&mut further).enumerate();
        let group = group.map(|(index, ((_, input), slot))| Due { index, input, slot }).collect();
        self.check_all(group, &linking, &work);
        run.progress.finished();

        // The files behind the links of a page follow it.
        let mut behind = followed.further.iter().zip(further).map(|((owner, input), slot)| (*owner, input, slot));
        let mut behind = std::iter::from_fn(move || behind.next()).peekable();
        let mut waiting: Vec<Waiting<'_, '_>> = Vec::new();
        let mut bytes = 0;
        for (index, slot) in slots.into_iter().enumerate() {
            bytes += slot.length();
            waiting.push(Waiting { index: Some(index), input: &inputs[index], slot });
            while let Some((_, input, slot)) = behind.next_if(|(owner, ..)| *owner == index) {
                bytes += slot.length();
                waiting.push(Waiting { index: None, input, slot });
            }
            if bytes >= PORTION || waiting.len() >= PORTION_FILES || index + 1 == inputs.len() {
                for one in self.back(&waiting, &followed, &linking, &work).into_iter().flatten() {
                    take(one);
                }
                waiting.clear();
                bytes = 0;
            }
        }
        left.into_inner()
    }

    /// What waited, read again, with what is known of it now.
    fn back(
        &self,
        waiting: &[Waiting<'_, '_>],
        followed: &Followed,
        linking: &Linking,
        work: &Work<'_, '_>,
    ) -> Vec<Vec<Checked>> {
        let back = |one: &Waiting<'_, '_>| {
            let mut checked = match &one.slot {
                Slot::Nothing => Vec::new(),
                Slot::Whole(checked) => checked.clone(),
                Slot::Known(bytes) => match cache::read_results(&one.input.name, bytes) {
                    Some(checked) => checked,
                    None => {
                        if let Some(cache) = work.run.cache {
                            cache.damage();
                        }
                        lost(&one.input.name, "缓存中的检查结果读不出来，视为没有检查。请再运行一次")
                    }
                },
                Slot::Spooled { at, length } => {
                    let bytes = work.spool.lock().unwrap_or_else(PoisonError::into_inner).get(*at, *length);
                    let checked = bytes.ok().and_then(|bytes| cache::read_results(&one.input.name, &bytes));
                    checked.unwrap_or_else(|| {
                        lost(&one.input.name, "检查结果没能保存到临时文件，视为没有检查。请检查磁盘空间")
                    })
                }
            };
            for (position, one_in) in checked.iter_mut().enumerate() {
                if let Some(index) = one.index {
                    one_in.notices.extend(followed.missing.get(&(index, position)).cloned());
                }
                let Some(page) = linking.page(&one_in.name) else { continue };
                one_in.page = Some(page.to_owned());
                for finding in &mut one_in.findings {
                    finding.page = Some(page.to_owned());
                }
            }
            checked
        };
        self.pool.install(|| waiting.par_iter().map(back).collect())
    }

    /// Checks files, each with the date that the pages say which link to it, and puts what they gave into their slots. Gives the
    /// links in them, by number of the file and in no order.
    fn check_all<'c>(&self, mut due: Vec<Due<'_, 'c>>, linking: &Linking, work: &Work<'c, '_>) -> Vec<(usize, Linker)> {
        let Work { run, left, .. } = work;
        let links = Mutex::new(Vec::new());
        let keep_links = |index: usize, linkers: Vec<Linker>| {
            if !linkers.is_empty() {
                let linkers = linkers.into_iter().map(|linker| (index, linker));
                links.lock().unwrap_or_else(PoisonError::into_inner).extend(linkers);
            }
        };
        // What is known is looked up first: if that is all, dictionaries are not needed.
        if let Some(cache) = run.cache {
            let look_up = |one: &mut Due<'_, 'c>| {
                if run.is_stopped() {
                    return;
                }
                let date = linking.date(&one.input.name);
                if let Some(found) = self.look_up(one.input, date.as_ref(), run, cache) {
                    *one.slot = Slot::Known(found.results);
                    keep_links(one.index, found.linkers);
                    run.progress.done(&one.input.name);
                }
            };
            self.pool.install(|| due.par_iter_mut().for_each(look_up));
            due.retain(|one| matches!(one.slot, Slot::Nothing));
        }
        if !due.is_empty() && !run.is_stopped() {
            // What is in the way of that is said of every document.
            let _ = self.ready();
        }
        let check = |one: &mut Due<'_, 'c>| {
            if run.is_stopped() {
                left.fetch_add(1, Ordering::Relaxed);
                return;
            }
            let date = linking.date(&one.input.name);
            let (slot, linkers) = match run.cache {
                Some(cache) => self.check_and_keep(one.input, date, work, cache),
                None => {
                    let mut checked = self.check_file(one.input, date, run);
                    let linkers = linkers(&mut checked);
                    (work.wait(&one.input.name, checked), linkers)
                }
            };
            *one.slot = slot;
            keep_links(one.index, linkers);
            run.progress.done(&one.input.name);
        };
        self.pool.install(|| due.par_iter_mut().for_each(check));
        links.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the cache knows of a file, if it holds.
    fn look_up<'c>(
        &self,
        input: &Input,
        date: Option<&DocumentDate>,
        run: &Run<'_>,
        cache: &'c Cache,
    ) -> Option<Found<'c>> {
        let place = cache::place(input, date);
        // Before the file is read: what changes afterwards is seen the next time.
        let stamp = Stamp::of(&input.path);
        match cache.get(place, stamp.as_ref(), &self.options.as_of) {
            Known::Results(found) => Some(found),
            Known::IfHash(hash) => {
                let opened = self.open(input, run).ok()?;
                let found = cache.results(place).filter(|_| content_hash(&opened) == Some(hash))?;
                cache.touch(place, stamp);
                Some(found)
            }
            Known::Nothing => None,
        }
    }

    /// Results of this run, which are kept for the next one.
    fn check_and_keep<'c>(
        &self,
        input: &Input,
        date: Option<DocumentDate>,
        work: &Work<'c, '_>,
        cache: &Cache,
    ) -> (Slot<'c>, Vec<Linker>) {
        let place = cache::place(input, date.as_ref());
        // As above.
        let stamp = Stamp::of(&input.path);
        let (content, mut checked) = match self.open(input, work.run) {
            Ok(opened) => (content_hash(&opened), self.check_opened(input, opened, date)),
            Err(failed) => (None, failed),
        };
        let linkers = linkers(&mut checked);
        let Some(bytes) = cache::write_results(&input.name, &checked) else {
            return (Slot::Whole(checked), linkers);
        };
        if let Some(content) = content
            && checked.iter().all(|one| one.notices.iter().all(is_lasting))
        {
            // Where another day judges documents without a date, or all have one, results hold on every day.
            let undated =
                self.options.undated.is_none() && checked.iter().any(|one| one.document && one.date.is_none());
            cache.put(place, stamp, content, undated.then_some(&self.options.as_of), &linkers, &bytes);
        }
        (work.spooled(&bytes), linkers)
    }

    fn check_file(&self, input: &Input, date: Option<DocumentDate>, run: &Run<'_>) -> Vec<Checked> {
        match self.open(input, run) {
            Ok(opened) => self.check_opened(input, opened, date),
            Err(failed) => failed,
        }
    }

    /// A file, or what is to be reported instead.
    fn open(&self, input: &Input, run: &Run<'_>) -> Result<Opened, Vec<Checked>> {
        let limits = &self.extract.limits;
        let notice = match run.files.open(input, limits) {
            Ok(Some(opened)) => return Ok(opened),
            Ok(None) => Opened::too_large(&input.name, limits),
            Err(error) => io_notice(&input.name, &error),
        };
        Err(vec![Checked { name: input.name.clone(), notices: vec![notice], ..Checked::default() }])
    }

    fn check_opened(&self, input: &Input, opened: Opened, date: Option<DocumentDate>) -> Vec<Checked> {
        let budget = Budget::new(&self.extract.limits);
        let mut checked = match opened {
            Opened::Source(source) => self.check_any(&Source { date: date.clone(), ..source }, &budget, input.named),
            Opened::Container(kind, path) => {
                let outer = Outer { name: &input.name, kind, held: Held::File(&path), date: date.as_ref() };
                self.check_container(&outer, 0, &budget)
            }
        };
        let root = input.root.as_deref().map(display).unwrap_or_default();
        for one in &mut checked {
            let name = &one.name;
            // Links to other pages are of no use to anybody, and there are many.
            let links = one.links.iter().filter_map(|link| resolve(name, &root, link));
            one.links = links.filter(|link| is_attached(link)).collect();
        }
        if let Some(own) = checked.first_mut() {
            own.given = date;
        }
        checked
    }

    fn check_any(&self, source: &Source, budget: &Budget, named: bool) -> Vec<Checked> {
        self.check_group(&[(source, budget)], 0, named).into_iter().flatten().collect()
    }

    /// Checks sources at `depth`, each with the budget for what is inside of it: documents in parallel, containers one after
    /// the other, and then the files inside the documents in the same way. One group of results for each source.
    fn check_group(&self, sources: &[(&Source, &Budget)], depth: u64, named: bool) -> Vec<Vec<Checked>> {
        let mut groups: Vec<Vec<Checked>> = sources
            .par_iter()
            .map(|(source, _)| match source.kind() {
                Kind::Container(_) => Vec::new(),
                kind => vec![self.check_one(source, kind, named)],
            })
            .collect();
        let mut inner: Vec<(usize, Source, &Budget)> = Vec::new();
        for (index, (group, &(source, budget))) in groups.iter_mut().zip(sources).enumerate() {
            if let Some(own) = group.first_mut() {
                inner.extend(self.inner(own, depth, budget).into_iter().map(|source| (index, source, budget)));
            } else if let Some(outer) = Outer::of(source) {
                *group = self.check_container(&outer, depth, budget);
            }
        }
        if !inner.is_empty() {
            let further: Vec<(&Source, &Budget)> = inner.iter().map(|(_, source, budget)| (source, *budget)).collect();
            for ((owner, ..), results) in inner.iter().zip(self.check_group(&further, depth + 1, false)) {
                groups[*owner].extend(results);
            }
        }
        groups
    }

    /// The files inside a document that are to be checked. One that states no date has that of the document around it.
    fn inner(&self, owner: &mut Checked, depth: u64, budget: &Budget) -> Vec<Source> {
        let limits = &self.extract.limits;
        let inner = std::mem::take(&mut owner.inner);
        if inner.is_empty() {
            return inner;
        }
        if depth >= limits.archive_depth {
            owner.notices.push(Refusal::too_deep(limits).notice(&owner.name));
            return Vec::new();
        }
        let date = owner.date.as_ref().map(|date| DocumentDate { date: date.date.clone(), from: "holder".to_owned() });
        let mut within = Vec::new();
        for mut source in inner {
            if let Err(refusal) = budget.take(source.bytes.len(), limits) {
                owner.notices.push(refusal.notice(&owner.name));
                break;
            }
            source.date = source.date.or_else(|| date.clone());
            within.push(source);
        }
        within
    }

    /// Checks what is no container. Files without readable text are only passed over, unless they were named themselves.
    fn check_one(&self, source: &Source, kind: Kind, named: bool) -> Checked {
        match kind {
            // Pictures are read if characters are recognised.
            Kind::Asset(label) if !(named || self.extract.pictures && label == PICTURES) => {
                Checked { name: source.name.clone(), passed_over: Some(label), ..Checked::default() }
            }
            kind => self.check_document(source, kind),
        }
    }

    /// Checks what is in a container at `depth`. It is gone through once for each stage that its entries need.
    fn check_container(&self, outer: &Outer<'_>, depth: u64, budget: &Budget) -> Vec<Checked> {
        let limits = &self.extract.limits;
        let mut own = Checked { name: outer.name.to_owned(), ..Checked::default() };
        if depth >= limits.archive_depth {
            own.notices.push(Refusal::too_deep(limits).notice(outer.name));
            return vec![own];
        }
        let mut holding = Holding {
            linter: self,
            depth: depth + 1,
            stage: Stage::Page,
            met: [false; Stage::ALL.len()],
            linked: HashMap::new(),
            batch: Vec::new(),
            waiting: 0,
            checked: Vec::new(),
        };
        for stage in Stage::ALL {
            let again = stage != Stage::Page;
            if again && (!holding.met[stage as usize] || budget.is_spent()) {
                continue;
            }
            holding.begin(stage);
            let notices = unpack(outer, &self.extract, budget, again, &mut holding);
            holding.check_batch();
            for notice in notices {
                if !own.notices.contains(&notice) {
                    own.notices.push(notice);
                }
            }
        }
        let mut checked = holding.checked;
        // The container itself comes first.
        checked.sort_by_key(|(position, _)| *position);
        std::iter::once(own).chain(checked.into_iter().flat_map(|(_, group)| group)).collect()
    }

    /// Extracts and judges one document. A panic in a parser is contained and noticed.
    fn check_document(&self, source: &Source, kind: Kind) -> Checked {
        let Some(Ok(judge)) = self.judge.get() else {
            let notice = Notice::error(&source.name, Code::Internal, "词库无法使用，没有检查");
            return Checked { name: source.name.clone(), notices: vec![notice], ..Checked::default() };
        };
        catch_unwind(AssertUnwindSafe(|| self.extract_and_judge(judge, source, kind))).unwrap_or_else(|_| {
            let message = "读取时程序内部出错，没有检查。请保留这个文件并反馈问题";
            let notice = Notice::error(&source.name, Code::Internal, message);
            Checked { name: source.name.clone(), notices: vec![notice], ..Checked::default() }
        })
    }

    fn extract_and_judge(&self, judge: &Judge, source: &Source, kind: Kind) -> Checked {
        let extracted = extract_as(kind, source, &self.extract);
        let document: &Document = &extracted.document;
        let judged = || judge.judge(source, document, extracted.decoded.as_ref());
        let figures = || (digest(document.text.as_bytes()), document.text.chars().count());
        let ((findings, own), (digest, characters)) = match document.text.len() {
            // Both go through all of the text, one word after the other.
            LONG.. => rayon::join(judged, figures),
            _ => (judged(), figures()),
        };
        let mut notices = extracted.notices;
        notices.extend(own);
        Checked {
            name: source.name.clone(),
            // Findings know what the title must not show.
            title: findings.first().map_or_else(|| document.title(), |finding| finding.title.clone()),
            digest,
            document: extracted.decoded.is_some() || !document.blocks.is_empty(),
            date: document.date.clone(),
            characters: characters.saturating_sub(document.blocks.len()),
            findings,
            notices,
            page: None,
            given: None,
            links: extracted.document.links,
            inner: extracted.inner,
            passed_over: None,
        }
    }

    /// Looks for the attachments that pages link to and that are not among `inputs`.
    fn follow_links(&self, inputs: &[Input], linkers: &[(usize, Linker)], run: &Run<'_>) -> Followed {
        let mut followed = Followed::default();
        if linkers.is_empty() || !run.files.are_on_disk() {
            return followed;
        }
        let mut known: HashSet<PathBuf> = inputs.iter().map(|input| path_key(&input.name)).collect();
        for (index, one) in linkers {
            let mut missing = Vec::new();
            for link in &one.links {
                if link.contains('!') || known.contains(&path_key(link)) {
                    continue;
                }
                if Path::new(link).is_file() {
                    known.insert(path_key(link));
                    let root = inputs[*index].root.clone();
                    let input = Input { name: link.clone(), path: PathBuf::from(link), named: true, root };
                    followed.further.push((*index, input));
                } else {
                    missing.push(link.as_str());
                }
            }
            if !missing.is_empty() {
                let message = format!("页面链接的附件不在本地，没有检查：{}", missing.join("、"));
                let notice = Notice::warning(&one.name, Code::Link, message);
                followed.missing.insert((*index, one.position), notice);
            }
        }
        followed
    }
}

/// What following the links of pages led to.
#[derive(Default)]
struct Followed {
    /// Attachments, each with the input whose page is the first to link to it; in order.
    further: Vec<(usize, Input)>,
    /// What to say of links that lead nowhere, by input and position in it.
    missing: HashMap<(usize, usize), Notice>,
}

/// What the threads of a run share.
struct Work<'c, 'w> {
    run: &'w Run<'c>,
    left: &'w AtomicUsize,
    spool: &'w Mutex<Spool>,
}

impl<'c> Work<'c, '_> {
    /// Puts results by until their turn comes.
    fn wait(&self, name: &str, checked: Vec<Checked>) -> Slot<'c> {
        match cache::write_results(name, &checked) {
            Some(bytes) => self.spooled(&bytes),
            None => Slot::Whole(checked),
        }
    }

    fn spooled(&self, bytes: &[u8]) -> Slot<'c> {
        let at = self.spool.lock().unwrap_or_else(PoisonError::into_inner).put(bytes);
        Slot::Spooled { at, length: bytes.len() }
    }
}

/// Results of a file until their turn comes.
#[derive(Default)]
enum Slot<'c> {
    /// It was not begun.
    #[default]
    Nothing,
    /// In the cache.
    Known(&'c [u8]),
    /// In the spool.
    Spooled { at: u64, length: usize },
    /// As they are.
    Whole(Vec<Checked>),
}

impl Slot<'_> {
    /// Bytes, as far as they are counted.
    fn length(&self) -> usize {
        match self {
            Slot::Known(bytes) => bytes.len(),
            Slot::Spooled { length, .. } => *length,
            Slot::Nothing | Slot::Whole(_) => 0,
        }
    }
}

/// A file whose turn has come.
struct Waiting<'i, 'c> {
    /// Which input it is; none for what is behind a link.
    index: Option<usize>,
    input: &'i Input,
    slot: Slot<'c>,
}

/// A file that is to be checked, and where its results go.
struct Due<'i, 'c> {
    /// Which of the files it is.
    index: usize,
    input: &'i Input,
    slot: &'i mut Slot<'c>,
}

/// What is said of a file whose results cannot be read back.
fn lost(name: &str, message: &str) -> Vec<Checked> {
    let notices = vec![Notice::error(name, Code::Internal, message)];
    vec![Checked { name: name.to_owned(), notices, ..Checked::default() }]
}

/// Takes the links out of results.
fn linkers(checked: &mut [Checked]) -> Vec<Linker> {
    let mut linkers = Vec::new();
    for (position, one) in checked.iter_mut().enumerate() {
        let links = std::mem::take(&mut one.links);
        if !links.is_empty() {
            linkers.push(Linker { position, name: one.name.clone(), date: one.date.clone(), links });
        }
    }
    linkers
}

/// The SHA-256 of a file that was opened.
fn content_hash(opened: &Opened) -> Option<[u8; 32]> {
    match opened {
        Opened::Source(source) => Some(cache::content_hash(&source.bytes)),
        Opened::Container(_, path) => cache::file_hash(path).ok(),
    }
}

/// Entries of a container on their way through.
struct Holding<'l> {
    linter: &'l Linter,
    /// Depth of the entries.
    depth: u64,
    stage: Stage,
    /// Stages of which there are entries.
    met: [bool; Stage::ALL.len()],
    /// Dates of entries to which pages link.
    linked: HashMap<String, DocumentDate>,
    batch: Vec<(usize, Source, Budget)>,
    /// Bytes in the batch.
    waiting: usize,
    checked: Vec<(usize, Vec<Checked>)>,
}

impl Holding<'_> {
    fn begin(&mut self, stage: Stage) {
        self.stage = stage;
        // Links inside a container lead to other entries of it, by name.
        self.linked = self
            .checked
            .iter()
            .flat_map(|(_, group)| group)
            .filter_map(|one| Some((one, one.date.as_ref()?)))
            .flat_map(|(one, date)| {
                one.links.iter().filter_map(|link| {
                    let target = resolve(&one.name, "", link)?;
                    Some((key(&target).into_owned(), page_date(date)))
                })
            })
            .rev()
            .collect();
    }

    /// Checks what waits, in parallel.
    fn check_batch(&mut self) {
        let sources: Vec<(&Source, &Budget)> = self.batch.iter().map(|(_, source, budget)| (source, budget)).collect();
        let groups = self.linter.check_group(&sources, self.depth, false);
        for ((position, ..), mut group) in self.batch.drain(..).zip(groups) {
            for one in &mut group {
                // Other links are of no use to anybody, and there are many in a large archive.
                let name = &one.name;
                one.links.retain(|link| resolve(name, "", link).is_some_and(|target| is_attached(&target)));
                one.links.shrink_to_fit();
            }
            self.checked.push((position, group));
        }
        self.waiting = 0;
    }
}

impl Visitor for Holding<'_> {
    fn wants(&mut self, name: &str) -> bool {
        let stage = Stage::of(name);
        self.met[stage as usize] = true;
        stage == self.stage
    }

    fn entry(&mut self, position: usize, mut source: Source, budget: &Budget) -> ControlFlow<()> {
        if let Some(date) = self.linked.get(&*key(&source.name)) {
            source.date = Some(date.clone());
        }
        self.waiting += source.bytes.len();
        self.batch.push((position, source, budget.clone()));
        if self.waiting >= BATCH || self.batch.len() >= BATCH_ENTRIES {
            self.check_batch();
        }
        ControlFlow::Continue(())
    }

    fn refused(&mut self, position: usize, name: String, refusal: Refusal) -> ControlFlow<()> {
        let notices = vec![refusal.notice(&name)];
        self.checked.push((position, vec![Checked { name, notices, ..Checked::default() }]));
        ControlFlow::Continue(())
    }
}

/// When a file is read. A document without a date of its own has that of the page that links to it, so that pages come
/// first; a page in Markdown can be both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Page,
    Markdown,
    Attachment,
}

impl Stage {
    const ALL: [Stage; 3] = [Stage::Page, Stage::Markdown, Stage::Attachment];

    fn of(name: &str) -> Stage {
        match by_extension(&extension(name)) {
            Some(Kind::Markdown) => Stage::Markdown,
            Some(kind) if kind.is_attachment() => Stage::Attachment,
            _ => Stage::Page,
        }
    }
}

/// Whether what a notice says will be so the next time too: not where the moment, the machine or its load had a part in it.
fn is_lasting(notice: &Notice) -> bool {
    !matches!(notice.code, Code::Missing | Code::Unreadable | Code::Limit | Code::Internal)
}

/// Whether a page's link to `name` is followed.
fn is_attached(name: &str) -> bool {
    by_extension(&extension(name)).is_some_and(Kind::is_attachment)
}

/// What a link and the file to which it leads have in common.
fn path_key(name: &str) -> PathBuf {
    normalised(Path::new(&*key(name)))
}

/// What a page's date is to the documents that it links to.
fn page_date(date: &DocumentDate) -> DocumentDate {
    DocumentDate { date: date.date.clone(), from: "page".to_owned() }
}

/// Which page links to an attachment, by the attachment's path: the first page, and the date of the first that has one.
#[derive(Default)]
struct Linking(HashMap<PathBuf, (String, Option<DocumentDate>)>);

impl Linking {
    /// Reads the links of what was checked so far, in the order of the report.
    fn new(linkers: &[(usize, Linker)]) -> Self {
        let mut linking = Linking::default();
        for (_, one) in linkers {
            for link in &one.links {
                let (_, date) = linking.0.entry(path_key(link)).or_insert_with(|| (one.name.clone(), None));
                if date.is_none() {
                    *date = one.date.as_ref().map(page_date);
                }
            }
        }
        linking
    }

    /// What links to `name` or to an archive around it.
    fn find(&self, mut name: &str) -> Option<&(String, Option<DocumentDate>)> {
        if self.0.is_empty() {
            return None;
        }
        loop {
            if let Some(found) = self.0.get(&path_key(name)) {
                return Some(found);
            }
            name = name.rsplit_once('!')?.0;
        }
    }

    /// The first page that links to `name`.
    fn page(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(page, _)| page.as_str())
    }

    /// The date that `name` has if it states none itself.
    fn date(&self, name: &str) -> Option<DocumentDate> {
        self.find(name)?.1.clone()
    }
}
