//! The façade: options in, reports out. The only place that puts the stages together.

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use rayon::prelude::*;

use crate::cache::{self, Cache, Known, Stamp};
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
use crate::report::Report;
use crate::source::{
    Budget, Code, Held, Input, Kind, Limits, Notice, Opened, Outer, Refusal, Source, Visitor, by_extension, display,
    extension, io_notice, key, normalised, resolve,
};
use crate::worker::{WorkerCommand, Workers};

/// Bytes of entries of a container that are checked together, in parallel.
const BATCH: usize = 32 << 20;
/// Entries that are checked together.
const BATCH_ENTRIES: usize = 1 << 12;

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
    /// Links of a page, resolved to names of local files.
    pub(crate) links: Vec<String>,
    /// Files inside it that are still to be checked.
    pub(crate) inner: Vec<Source>,
    /// Label of a kind of file without readable text, met in a folder or archive.
    pub passed_over: Option<&'static str>,
}

/// Checks sources with one set of options.
pub struct Linter {
    judge: Judge,
    extract: ExtractOptions,
    channels: Arc<Channels>,
    pool: rayon::ThreadPool,
}

impl Linter {
    /// Loads and verifies the dictionaries and compiles the rules.
    pub fn new(options: Options) -> Result<Self, LinterError> {
        let jobs = options.jobs;
        let channels = Arc::new(options.channels.clone());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .build()
            .map_err(|error| LinterError::Threads { jobs, reason: error.to_string() })?;
        let (judge, extract) = pool.install(|| Self::load(options))?;
        Ok(Linter { judge, extract, channels, pool })
    }

    /// Loads and verifies the dictionaries and compiles the rules.
    fn load(options: Options) -> Result<(Judge, ExtractOptions), LinterError> {
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
            undated: options.undated.unwrap_or_else(|| options.as_of.clone()),
            as_of: options.as_of,
            outdated: options.outdated,
        };
        let judge = Judge::new(dictionary, judge_options)
            .map_err(|errors| LinterError::Entries(errors.iter().map(ToString::to_string).collect()))?;
        let workers = options.worker.map(|command| Arc::new(Workers::new(command)));
        let (pictures, ocr) = (options.ocr.is_some(), options.ocr.map(Arc::new));
        let extract = ExtractOptions { limits: options.limits, content: options.content, workers, ocr, pictures };
        Ok((judge, extract))
    }

    /// The dictionary in use.
    pub fn dictionary(&self) -> &Dictionary {
        self.judge.dictionary()
    }

    /// Whether `entry` takes part, by selection and severity.
    pub fn runs(&self, entry: &Entry) -> bool {
        self.judge.runs(entry)
    }

    /// An empty report of this linter.
    pub fn report(&self) -> Report {
        let as_of = self.judge.as_of();
        let as_of = if as_of == UNDATED { String::new() } else { as_of.to_owned() };
        Report { channels: Arc::clone(&self.channels), as_of, ..Report::default() }
    }

    /// Checks one source that was read already; an archive gives one result for each entry, and a document with files
    /// inside it one for each of them.
    pub fn check_source(&self, source: &Source) -> Vec<Checked> {
        let budget = Budget::new(&self.extract.limits);
        self.pool.install(|| self.check_any(source, &budget, true))
    }

    /// Checks one document, with everything that leads from its findings back to its bytes: what fixing takes. What is in
    /// archives and inside documents is not looked at.
    pub fn locate<'b>(&self, source: &'b Source) -> Located<'b> {
        let kind = source.kind();
        let extracted = extract_as(kind, source, &self.extract);
        let (findings, spans, _) = self.judge.judge_located(source, &extracted.document, extracted.decoded.as_ref());
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
        self.pool.install(|| sources.par_iter().map(|source| self.check_document(source, Kind::Text)).collect())
    }

    /// Checks files. The report's order follows that of `inputs`, whatever the number of threads.
    pub fn check_inputs(&self, inputs: &[Input], notices: Vec<Notice>, progress: &dyn Progress) -> Report {
        self.run(inputs, notices, &Run { progress, ..Run::default() })
    }

    /// [`check_inputs`](Self::check_inputs) in another way than the usual one.
    pub fn run(&self, inputs: &[Input], notices: Vec<Notice>, run: &Run<'_>) -> Report {
        let started = Instant::now();
        let (checked, left) = self.run_files(inputs, run);
        let mut report = self.report();
        for notice in notices {
            report.add(false, 0, Vec::new(), vec![notice]);
        }
        report.collect(checked);
        if left > 0 || run.is_stopped() {
            report.interrupt(left as u64);
        }
        report.summary.seconds = started.elapsed().as_secs_f64();
        report
    }

    /// Checks files, with what is in archives and behind the links of pages; in the order of `inputs`.
    pub fn check_files(&self, inputs: &[Input], progress: &dyn Progress) -> Vec<Checked> {
        self.run_files(inputs, &Run { progress, ..Run::default() }).0
    }

    /// What was checked, and how many files were left out because the run was stopped.
    fn run_files(&self, inputs: &[Input], run: &Run<'_>) -> (Vec<Checked>, usize) {
        run.progress.total(inputs.len());
        let left = AtomicUsize::new(0);
        let mut checked: Vec<Vec<Checked>> = Vec::new();
        checked.resize_with(inputs.len(), Vec::new);
        for stage in Stage::ALL {
            let group: Vec<usize> =
                (0..inputs.len()).filter(|&index| Stage::of(&inputs[index].name) == stage).collect();
            let linking = Linking::new(&checked);
            let dated = group.iter().map(|&index| (&inputs[index], linking.date(&inputs[index].name))).collect();
            for (index, result) in group.iter().zip(self.check_all(dated, run, &left)) {
                checked[*index] = result;
            }
        }
        self.follow_links(inputs, &mut checked, run, &left);
        (checked.into_iter().flatten().collect(), left.into_inner())
    }

    /// Checks files, each with the date that is known of it from outside.
    fn check_all(
        &self,
        inputs: Vec<(&Input, Option<DocumentDate>)>,
        run: &Run<'_>,
        left: &AtomicUsize,
    ) -> Vec<Vec<Checked>> {
        self.pool.install(|| {
            inputs
                .into_par_iter()
                .map(|(input, date)| {
                    if run.is_stopped() {
                        left.fetch_add(1, Ordering::Relaxed);
                        return Vec::new();
                    }
                    let checked = match run.cache {
                        Some(cache) => self.check_cached(input, date, run, cache),
                        None => self.check_file(input, date, run),
                    };
                    run.progress.done(&input.name);
                    checked
                })
                .collect()
        })
    }

    /// Results of an earlier run, where they hold, else those of this one, which are kept.
    fn check_cached(&self, input: &Input, date: Option<DocumentDate>, run: &Run<'_>, cache: &Cache) -> Vec<Checked> {
        let place = cache::place(input, date.as_ref());
        // Before the file is read: what changes afterwards is seen the next time.
        let stamp = Stamp::of(&input.path);
        let known = match cache.get(&place, stamp.as_ref(), self.judge.as_of()) {
            Known::Results(checked) => return checked,
            Known::IfHash(hash) => Some(hash),
            Known::Nothing => None,
        };
        let opened = match self.open(input, run) {
            Ok(opened) => opened,
            Err(failed) => return failed,
        };
        let content = match &opened {
            Opened::Source(source) => Ok(cache::content_hash(&source.bytes)),
            Opened::Container(_, path) => cache::file_hash(path),
        };
        let Ok(content) = content else { return self.check_opened(input, opened, date) };
        if known == Some(content)
            && let Some(checked) = cache.results(&place)
        {
            cache.touch(&place, stamp);
            return checked;
        }
        let checked = self.check_opened(input, opened, date);
        if checked.iter().all(|one| one.notices.iter().all(is_lasting)) {
            let undated = checked.iter().any(|one| one.document && one.date.is_none());
            cache.put(place, stamp, content, undated.then_some(self.judge.as_of()), &checked);
        }
        checked
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
            one.links = one.links.iter().filter_map(|link| resolve(name, &root, link)).collect();
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
            match (group.first_mut(), Outer::of(source)) {
                (Some(own), _) => {
                    inner.extend(self.inner(own, depth, budget).into_iter().map(|source| (index, source, budget)));
                }
                (None, Some(outer)) => *group = self.check_container(&outer, depth, budget),
                (None, None) => {}
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
            Kind::Asset(label) if !named && !(self.extract.pictures && label == PICTURES) => {
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
        catch_unwind(AssertUnwindSafe(|| self.extract_and_judge(source, kind))).unwrap_or_else(|_| {
            let message = "读取时程序内部出错，没有检查。请保留这个文件并反馈问题";
            let notice = Notice::error(&source.name, Code::Internal, message);
            Checked { name: source.name.clone(), notices: vec![notice], ..Checked::default() }
        })
    }

    fn extract_and_judge(&self, source: &Source, kind: Kind) -> Checked {
        let extracted = extract_as(kind, source, &self.extract);
        let document: &Document = &extracted.document;
        let (findings, own) = self.judge.judge(source, document, extracted.decoded.as_ref());
        let mut notices = extracted.notices;
        notices.extend(own);
        Checked {
            name: source.name.clone(),
            // Findings know what the title must not show.
            title: findings.first().map_or_else(|| document.title(), |finding| finding.title.clone()),
            digest: digest(document.text.as_bytes()),
            document: extracted.decoded.is_some() || !document.blocks.is_empty(),
            date: document.date.clone(),
            characters: document.text.chars().count().saturating_sub(document.blocks.len()),
            findings,
            notices,
            page: None,
            given: None,
            links: extracted.document.links,
            inner: extracted.inner,
            passed_over: None,
        }
    }

    /// Checks attachments that pages link to and names the first page that links to each.
    fn follow_links(&self, inputs: &[Input], checked: &mut [Vec<Checked>], run: &Run<'_>, left: &AtomicUsize) {
        let mut known: HashSet<PathBuf> = inputs.iter().map(|input| path_key(&input.name)).collect();
        let linking = Linking::new(checked);
        let mut further: Vec<(usize, Input)> = Vec::new();
        for (index, group) in checked.iter_mut().enumerate() {
            for one in group.iter_mut() {
                let mut missing = Vec::new();
                for link in one.links.iter().filter(|link| is_attached(link)) {
                    if link.contains('!') || known.contains(&path_key(link)) || !run.files.are_on_disk() {
                        continue;
                    }
                    if Path::new(link).is_file() {
                        known.insert(path_key(link));
                        let root = inputs[index].root.clone();
                        further
                            .push((index, Input { name: link.clone(), path: PathBuf::from(link), named: true, root }));
                    } else {
                        missing.push(link.as_str());
                    }
                }
                if !missing.is_empty() {
                    let message = format!("页面链接的附件不在本地，没有检查：{}", missing.join("、"));
                    one.notices.push(Notice::warning(&one.name, Code::Link, message));
                }
            }
        }
        let dated = further.iter().map(|(_, input)| (input, linking.date(&input.name))).collect();
        run.progress.total(further.len());
        for ((owner, _), result) in further.iter().zip(self.check_all(dated, run, left)) {
            checked[*owner].extend(result);
        }
        for one in checked.iter_mut().flatten() {
            let Some(page) = linking.page(&one.name) else { continue };
            one.page = Some(page.to_owned());
            for finding in &mut one.findings {
                finding.page = Some(page.to_owned());
            }
        }
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
    /// Reads the links of what was checked so far.
    fn new(checked: &[Vec<Checked>]) -> Self {
        let mut linking = Linking::default();
        for one in checked.iter().flatten() {
            for link in one.links.iter().filter(|link| is_attached(link)) {
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
