//! The façade: options in, reports out. The only place that puts the stages together.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use crate::dictionary::{
    Dictionary, DictionaryError, Entry, Problem, RuleSelection, SelectionError, Severity, check_registries, load_folder,
};
use crate::document::Document;
use crate::extract::{Content, ExtractOptions, extract_as};
use crate::judge::{Finding, Judge, JudgeOptions, verify};
use crate::report::Report;
use crate::source::{
    Budget, Code, Input, Kind, Limits, Notice, Package, Refusal, Source, by_extension, display, extension, human_size,
    io_notice, normalised, read_limited, resolve,
};

/// Bytes of unpacked archive entries that are checked together, in parallel.
const BATCH: usize = 32 << 20;

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
    /// The date (ISO 8601) by which documents without one are judged.
    pub as_of: String,
    /// Whether names that were right when the document was written, but are not today, are reported as well.
    pub outdated: bool,
    /// Which parts of pages count as content.
    pub content: Content,
    /// Limits in force.
    pub limits: Limits,
    /// Worker threads; 0 means one for each core.
    pub jobs: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            dictionaries: Vec::new(),
            only: Vec::new(),
            enable: Vec::new(),
            skip: Vec::new(),
            severity: Severity::Advice,
            as_of: "9999-12-31".to_owned(),
            outdated: false,
            content: Content::default(),
            limits: Limits::default(),
            jobs: 0,
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

/// One source that was looked at.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Name chain.
    pub name: String,
    /// Whether it was read as a document (archives, pictures and files that could not be read were not).
    pub document: bool,
    /// Characters of text that were checked.
    pub characters: usize,
    /// Findings, by place.
    pub findings: Vec<Finding>,
    /// Notices about it.
    pub notices: Vec<Notice>,
    /// Links of a page, resolved to names of local files.
    links: Vec<String>,
    /// Label of a kind of file without readable text, met in a folder or archive.
    pub passed_over: Option<&'static str>,
}

/// Checks sources with one set of options.
pub struct Linter {
    judge: Judge,
    extract: ExtractOptions,
    pool: rayon::ThreadPool,
}

impl Linter {
    /// Loads and verifies the dictionaries and compiles the rules.
    pub fn new(options: Options) -> Result<Self, LinterError> {
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
        let selection = RuleSelection::new(&options.only, &options.enable, &options.skip)?;
        let judge_options =
            JudgeOptions { selection, severity: options.severity, as_of: options.as_of, outdated: options.outdated };
        let judge = Judge::new(dictionary, judge_options)
            .map_err(|errors| LinterError::Entries(errors.iter().map(ToString::to_string).collect()))?;
        let jobs = options.jobs;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .build()
            .map_err(|error| LinterError::Threads { jobs, reason: error.to_string() })?;
        Ok(Linter { judge, extract: ExtractOptions { limits: options.limits, content: options.content }, pool })
    }

    /// The dictionary in use.
    pub fn dictionary(&self) -> &Dictionary {
        self.judge.dictionary()
    }

    /// Whether `entry` takes part, by selection and severity.
    pub fn runs(&self, entry: &Entry) -> bool {
        self.judge.runs(entry)
    }

    /// Checks one source that was read already; an archive gives one result for each entry.
    pub fn check_source(&self, source: &Source) -> Vec<Checked> {
        let mut budget = Budget::new(&self.extract.limits);
        self.pool.install(|| self.check_any(source, 0, &mut budget, true))
    }

    /// Checks sources as plain text, whatever they look like; in parallel, with results in the order of `sources`.
    pub fn check_texts(&self, sources: &[Source]) -> Vec<Checked> {
        self.pool.install(|| sources.par_iter().map(|source| self.check_document(source, Kind::Text)).collect())
    }

    /// Checks files. The report's order follows that of `inputs`, whatever the number of threads.
    pub fn check_inputs(&self, inputs: &[Input], notices: Vec<Notice>, progress: &dyn Progress) -> Report {
        let started = Instant::now();
        let checked = self.check_files(inputs, progress);
        let mut report = Report::default();
        for notice in notices {
            report.add(false, 0, Vec::new(), vec![notice]);
        }
        report.collect(checked);
        report.summary.seconds = started.elapsed().as_secs_f64();
        report
    }

    /// Checks files, with what is in archives and behind the links of pages; in the order of `inputs`.
    pub fn check_files(&self, inputs: &[Input], progress: &dyn Progress) -> Vec<Checked> {
        progress.total(inputs.len());
        let mut checked: Vec<Vec<Checked>> = self.check_all(inputs, progress);
        self.follow_links(inputs, &mut checked, progress);
        checked.into_iter().flatten().collect()
    }

    fn check_all(&self, inputs: &[Input], progress: &dyn Progress) -> Vec<Vec<Checked>> {
        self.pool.install(|| {
            inputs
                .par_iter()
                .map(|input| {
                    let checked = self.check_file(input);
                    progress.done(&input.name);
                    checked
                })
                .collect()
        })
    }

    fn check_file(&self, input: &Input) -> Vec<Checked> {
        let failed =
            |notice: Notice| vec![Checked { name: input.name.clone(), notices: vec![notice], ..Checked::default() }];
        let limit = self.extract.limits.file_size;
        let bytes = match read_limited(&input.path, limit) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let message = format!("文件超过上限 {}，没有读取。可用 --limit file-size=… 放宽", human_size(limit));
                return failed(Notice::error(&input.name, Code::Limit, message));
            }
            Err(error) => return failed(io_notice(&input.name, &error)),
        };
        let source = Source::new(input.name.clone(), bytes);
        let mut budget = Budget::new(&self.extract.limits);
        let mut checked = self.check_any(&source, 0, &mut budget, input.named);
        let root = input.root.as_deref().map(display).unwrap_or_default();
        for one in &mut checked {
            let name = &one.name;
            one.links = one.links.iter().filter_map(|link| resolve(name, &root, link)).collect();
        }
        checked
    }

    fn check_any(&self, source: &Source, depth: u64, budget: &mut Budget, named: bool) -> Vec<Checked> {
        match source.kind() {
            Kind::Zip => self.check_archive(source, depth, budget),
            kind => vec![self.check_one(source, kind, named)],
        }
    }

    /// Checks what is no archive. Files without readable text are only passed over, unless they were named themselves.
    fn check_one(&self, source: &Source, kind: Kind, named: bool) -> Checked {
        match kind {
            Kind::Asset(label) if !named => {
                Checked { name: source.name.clone(), passed_over: Some(label), ..Checked::default() }
            }
            kind => self.check_document(source, kind),
        }
    }

    fn check_archive(&self, source: &Source, depth: u64, budget: &mut Budget) -> Vec<Checked> {
        let limits = &self.extract.limits;
        let mut own = Checked { name: source.name.clone(), ..Checked::default() };
        if depth >= limits.archive_depth {
            own.notices.push(Refusal::too_deep(limits).notice(&source.name));
            return vec![own];
        }
        let mut package = match Package::open(&source.bytes) {
            Ok(package) => package,
            Err(refusal) => {
                own.notices.push(refusal.notice(&source.name));
                return vec![own];
            }
        };
        let (entries, refusal) = package.entries(limits);
        own.notices.extend(refusal.map(|refusal| refusal.notice(&source.name)));
        let mut checked = vec![own];
        let mut batch: Vec<(Source, Kind)> = Vec::new();
        let mut waiting = 0;
        for index in entries {
            let Some(name) = package.name(index) else { continue };
            let name = format!("{}!{name}", source.name);
            match package.read(index, limits, budget) {
                Ok(bytes) => {
                    let inner = Source::new(name, bytes);
                    let kind = inner.kind();
                    if kind == Kind::Zip {
                        checked.extend(self.check_batch(&mut batch));
                        waiting = 0;
                        checked.extend(self.check_archive(&inner, depth + 1, budget));
                        continue;
                    }
                    waiting += inner.bytes.len();
                    batch.push((inner, kind));
                    if waiting >= BATCH {
                        checked.extend(self.check_batch(&mut batch));
                        waiting = 0;
                    }
                }
                Err(refusal) => {
                    checked.extend(self.check_batch(&mut batch));
                    waiting = 0;
                    let over = budget.is_spent();
                    let notice = refusal.notice(&name);
                    checked.push(Checked { name, notices: vec![notice], ..Checked::default() });
                    if over {
                        // Whatever follows could not be read either; the notice says so for the whole.
                        break;
                    }
                }
            }
        }
        checked.extend(self.check_batch(&mut batch));
        checked
    }

    /// Checks the sources of `batch` in parallel and empties it.
    fn check_batch(&self, batch: &mut Vec<(Source, Kind)>) -> Vec<Checked> {
        let checked = batch.par_iter().map(|(source, kind)| self.check_one(source, *kind, false)).collect();
        batch.clear();
        checked
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
            document: extracted.decoded.is_some() || !document.blocks.is_empty(),
            characters: document.text.chars().count().saturating_sub(document.blocks.len()),
            findings,
            notices,
            links: extracted.document.links,
            passed_over: None,
        }
    }

    /// Checks attachments that pages link to and names the first page that links to each.
    fn follow_links(&self, inputs: &[Input], checked: &mut [Vec<Checked>], progress: &dyn Progress) {
        let mut known: HashSet<PathBuf> = inputs.iter().map(|input| normalised(&input.path)).collect();
        let mut pages: HashMap<PathBuf, String> = HashMap::new();
        let mut further: Vec<(usize, Input)> = Vec::new();
        for (index, group) in checked.iter_mut().enumerate() {
            for one in group.iter_mut() {
                let mut missing = Vec::new();
                for link in &one.links {
                    let kind = by_extension(&extension(link));
                    if !kind.is_some_and(Kind::is_attachment) {
                        continue;
                    }
                    let path = normalised(Path::new(link));
                    pages.entry(path.clone()).or_insert_with(|| one.name.clone());
                    if link.contains('!') || known.contains(&path) {
                        continue;
                    }
                    if path.is_file() {
                        known.insert(path);
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
        let (owners, followed): (Vec<usize>, Vec<Input>) = further.into_iter().unzip();
        for (owner, result) in owners.into_iter().zip(self.check_all(&followed, progress)) {
            checked[owner].extend(result);
        }
        for one in checked.iter_mut().flatten() {
            // What is inside a linked archive was found through the page as well.
            let mut name = one.name.as_str();
            let page = loop {
                if let Some(page) = pages.get(&normalised(Path::new(name))) {
                    break Some(page.clone());
                }
                match name.rsplit_once('!') {
                    Some((outer, _)) => name = outer,
                    None => break None,
                }
            };
            for finding in &mut one.findings {
                finding.page.clone_from(&page);
            }
        }
    }
}
