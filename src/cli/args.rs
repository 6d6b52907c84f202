//! What can be typed. Doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use zhengming::Severity;
use zhengming::audit::RateLimit;

use super::ledger::args::LedgerArgs;

/// Proofreads Chinese official publications against dictionaries of fixed expressions and wording errors.
#[derive(Debug, Parser)]
#[command(name = "zhengming", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files, folders, archives or standard input
    Check(CheckArgs),
    /// Put right forms into text, Markdown and HTML files; make copies of docx, xlsx and PDF files with notes
    Fix(FixArgs),
    /// Show what a rule finds, its right form, reason, source and examples
    Explain(ExplainArgs),
    /// Show the text of a file as the linter sees it, with places
    Extract(ExtractArgs),
    /// For maintainers of dictionaries: verify and measure them
    Dict(DictArgs),
    /// Look at, decide on and file what `check --ledger` keeps
    Ledger(LedgerArgs),
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
    /// Read documents for another process of this program
    #[command(hide = true)]
    Worker,
}

/// `check`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Exit status: 0 nothing found, 1 findings, 2 misuse or something could not be checked.")]
pub(crate) struct CheckArgs {
    /// Files, folders or zip archives; `-` reads standard input [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Read paths from FILE, one a line (NUL-separated if it holds NUL); `-` reads them from standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,

    /// Name under which standard input is reported; its extension hints at the format
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(crate) stdin_name: String,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: FormatArg,

    /// Write the result to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: ColorArg,

    /// Keep this run in the ledger FILE (made if there is none), and what became of earlier findings
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) checking: CheckingArgs,

    /// Print the settings in force as TOML and exit
    #[arg(long)]
    pub(crate) show_config: bool,

    /// Do not show progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What is checked by which rules: the same for every sub-command that checks.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckingArgs {
    /// Least severity to report [default: advice]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) severity: Option<SeverityArg>,

    /// Run only rules whose id matches GLOB, also those that are off by default; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) rule: Vec<String>,

    /// Switch on rules whose id matches GLOB besides the default ones; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) enable: Vec<String>,

    /// Do not run rules whose id matches GLOB; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) skip: Vec<String>,

    /// Add the dictionaries in DIR on top of the embedded ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) dictionary: Vec<PathBuf>,

    /// Judge documents that state no date as of DATE (yyyy-mm-dd) [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,

    /// Also report names that were right when the document was written, but are not today
    #[arg(long)]
    pub(crate) outdated: bool,

    /// Which rules run [default: gov]
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) profile: Option<ProfileArg>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Worker threads; 0 means one for each core [default: 0]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<usize>,

    /// Unreadable sources are reported but do not make the exit status 2
    #[arg(long)]
    pub(crate) allow_unreadable: bool,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// A named choice of rules.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProfileArg {
    /// What an inspector calls an error; rules that are hardly ever wrong [default]
    #[value(alias = "default")]
    Gov,
    /// Also recommendations, and wrong characters in frequent wording
    Strict,
    /// For old pages: a document without a date is not judged by today's names, laws and standards
    Archive,
    /// Also confusions of text recognition, for scanned and recognised text
    Ocr,
    /// Names of state, party and institutions, fixed expressions and enumerations alone
    Minimal,
    /// Also wrong characters in frequent wording; about three false alarms more in 100,000 characters
    Thorough,
    /// Also wrong characters in wording attested a few times; for a last look before printing
    Broad,
}

/// How sources are read.
#[derive(Debug, ClapArgs)]
pub(crate) struct ReadingArgs {
    /// In HTML, check only elements that match the CSS SELECTOR, besides title and metadata; may be repeated
    #[arg(long, value_name = "SELECTOR")]
    pub(crate) select: Vec<String>,

    /// In HTML, leave out elements that match the CSS SELECTOR; may be repeated
    #[arg(long, value_name = "SELECTOR")]
    pub(crate) exclude: Vec<String>,

    /// Recognise the text of pictures, and of pages that are pictures, with an installed Tesseract (data: chi_sim)
    #[arg(long)]
    pub(crate) ocr: bool,

    /// The Tesseract to run for --ocr [default: tesseract on the search path]
    #[arg(long, value_name = "PROGRAM", requires = "ocr")]
    pub(crate) ocr_program: Option<PathBuf>,

    /// Raise or lower a limit: file-size, archive-depth, archive-entries, entry-size, unpacked-size, ratio, html-depth,
    /// html-elements, xml-depth, rtf-depth, json-depth, cells, pages, glyphs, operations, stream-size, ocr-seconds, ocr-pixels,
    /// seconds, memory; sizes may end in K, M or G
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) limit: Vec<String>,
}

/// Where settings come from.
#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigArgs {
    /// Read settings from FILE instead of the nearest zhengming.toml
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(crate) config: Option<PathBuf>,

    /// Ignore configuration files
    #[arg(long)]
    pub(crate) isolated: bool,
}

/// `explain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// Id of a rule, such as typos/部署
    #[arg(value_name = "RULE", required_unless_present = "list")]
    pub(crate) rule: Option<String>,

    /// List all rules, or those whose id matches RULE as a glob
    #[arg(long)]
    pub(crate) list: bool,

    /// Add the dictionaries in DIR on top of the embedded ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) dictionary: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// `dict`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DictArgs {
    #[command(subcommand)]
    pub(crate) command: DictCommand,
}

/// Sub-commands of `dict`.
#[derive(Debug, Subcommand)]
pub(crate) enum DictCommand {
    /// Measure rules on text believed correct and on sentences whose correction is known
    Audit(Box<AuditArgs>),
    /// Check the embedded dictionaries, or folders of own ones: examples, duplicates, contradictions, dates
    Verify(VerifyArgs),
    /// List entries, also by what stands in them
    List(ListArgs),
    /// Make a dictionary of a table that an editor keeps (CSV or XLSX)
    Import(ImportArgs),
    /// Begin a dictionary of one's own: a folder with commented tables to fill in
    New(NewArgs),
    /// Write a page about each embedded dictionary
    Pages(PagesArgs),
}

/// `dict audit`.
#[derive(Debug, ClapArgs)]
#[command(
    group = clap::ArgGroup::new("measured").args(["clean", "benchmark"]).required(true).multiple(true),
    after_help = "Alarms in benchmarks are compared with the edits, character by character, that lead from the sentence \
                  to its correction. An alarm is correct if its first suggestion makes every edit in its place good and \
                  changes nothing else.\n\nExit status: 0 within the thresholds, 1 a threshold does not hold, 2 misuse \
                  or something could not be checked."
)]
pub(crate) struct AuditArgs {
    /// Files, folders or zip archives of text believed correct: every finding counts as a false alarm
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) clean: Vec<PathBuf>,

    /// True errors in the clean text, one a line: end of the path or nothing, text found, rule or nothing, note, between
    /// tabs. They are counted apart
    #[arg(long, value_name = "FILE", requires = "clean")]
    pub(crate) known: Option<PathBuf>,

    /// Pairs of sentences, one a line: the sentence, its correction, anything, between tabs; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) benchmark: Vec<PathBuf>,

    /// Score the lines of benchmarks also by what stands in column N, such as a kind of error
    #[arg(long, value_name = "N", requires = "benchmark", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) group_column: Option<u16>,

    /// Least share (0 to 1) of right findings of each rule, over all that is measured
    #[arg(long, value_name = "SHARE")]
    pub(crate) min_rule_precision: Option<f64>,

    /// Findings from which on `--min-rule-precision` holds for a rule
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) min_rule_hits: u64,

    /// Alarms shown of each rule
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) samples: usize,

    /// Most false alarms per 100,000 characters of clean text, at LEVEL and above: `error=1.0,serious=0.1`
    #[arg(long, value_name = "LEVEL=RATE", value_delimiter = ',')]
    pub(crate) max_rate: Vec<RateLimit>,

    /// Least share (0 to 1) of correct alarms in each benchmark
    #[arg(long, value_name = "SHARE")]
    pub(crate) min_precision: Option<f64>,

    /// Least share (0 to 1) of corrected edits in each benchmark
    #[arg(long, value_name = "SHARE")]
    pub(crate) min_recall: Option<f64>,

    /// Greatest share (0 to 1) of sentences without an error in which something is found, in each benchmark
    #[arg(long, value_name = "SHARE")]
    pub(crate) max_flagged: Option<f64>,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: AuditFormat,

    /// Write the result to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) checking: CheckingArgs,

    /// Do not show progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Formats of `dict audit`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For a person at a terminal
    #[default]
    Human,
    /// Tables and lists in Markdown
    Markdown,
    /// One JSON object
    Json,
}

/// `dict verify`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Exit status: 0 no problem, 1 problems, 2 misuse or a folder that cannot be read.")]
pub(crate) struct VerifyArgs {
    /// Folders of dictionaries, the later ones on top of the earlier and all on top of the embedded ones; without any,
    /// the embedded ones are checked
    #[arg(value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
}

/// `dict list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// Only rules whose id matches GLOB
    #[arg(value_name = "GLOB")]
    pub(crate) rule: Option<String>,

    /// Only entries with TEXT in their id, wrong or right forms, members, reason or source; full-width and traditional
    /// characters do not matter
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) search: Option<String>,

    /// Only entries that are off by default
    #[arg(long)]
    pub(crate) off: bool,

    /// Show dictionaries with the number of their entries instead of entries
    #[arg(long, conflicts_with_all = ["rule", "search", "off"])]
    pub(crate) packs: bool,

    /// Add the dictionaries in DIR on top of the embedded ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) dictionary: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// `dict import`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Columns, in any order: 错误表述, 正确表述, 类别, 级别, 说明, 例外, 生效日期, 来源; also 失效日期, 应报例句, \
                        不报例句. Nothing is written if a row is refused.\n\nExit status: 0 imported, 1 rows were refused, \
                        2 misuse or a file that cannot be read or written."
)]
pub(crate) struct ImportArgs {
    /// Table to read: .csv in any encoding, or .xlsx
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Dictionary to write; its folder is what --dictionary takes [default: FILE with the extension .tsv]
    #[arg(long, short, value_name = "FILE.tsv")]
    pub(crate) output: Option<PathBuf>,

    /// Name of the dictionary: what its rule ids begin with [default: name of FILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) id: Option<String>,

    /// Title of the dictionary [default: name of FILE]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,

    /// Source of the rows that name none
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Option<String>,

    /// Sheet of a workbook [default: the first one with column names]
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,

    /// Replace the dictionary if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// `dict new`.
#[derive(Debug, ClapArgs)]
pub(crate) struct NewArgs {
    /// Folder to make; it must not exist, or be empty
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Name of the agency, for titles and sources
    #[arg(long, value_name = "NAME", default_value = "本单位")]
    pub(crate) name: String,
}

/// `dict pages`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PagesArgs {
    /// Folder to write the pages into
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// `fix`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Text, Markdown and HTML files are changed in place where a finding has one right form that is certain. \
                  Documents stay as they are: beside 通知.docx a copy 通知.批注.docx is written.\n\nExit status: 0 nothing is \
                  left to do, 1 something is, or would be changed with --diff, 2 misuse or something could not be read or \
                  written."
)]
pub(crate) struct FixArgs {
    /// Files or folders [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Change nothing; show what would be changed as a unified diff
    #[arg(long)]
    pub(crate) diff: bool,

    /// The same as --diff
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Also write what a person should look at first: the first of several right forms, what was found by evidence,
    /// recommendations
    #[arg(long)]
    pub(crate) r#unsafe: bool,

    /// In copies of Word documents, also put in the changes, as revisions to accept or reject
    #[arg(long)]
    pub(crate) track_changes: bool,

    /// Write copies into DIR instead of beside the originals
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) checking: CheckingArgs,

    /// Do not show progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl FixArgs {
    pub(crate) fn is_dry(&self) -> bool {
        self.diff || self.dry_run
    }
}

/// `completions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ManArgs {
    /// Write the pages of all sub-commands into DIR instead
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// `extract`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExtractArgs {
    /// File to read; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,

    /// Name under which standard input is reported; its extension hints at the format
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(crate) stdin_name: String,

    /// Output format: text with places, or one JSON object a block
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: ExtractFormat,

    /// Show the folded text that rules are matched against
    #[arg(long)]
    pub(crate) folded: bool,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Formats of `extract`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum ExtractFormat {
    /// Place, scope and text of each block
    #[default]
    Human,
    /// One JSON object a block
    Jsonl,
}

/// Formats of `check`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum FormatArg {
    /// For a person at a terminal
    #[default]
    Human,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub Actions annotations
    Github,
    /// Checkstyle XML
    Checkstyle,
    /// A page for reading, filtering and printing
    Html,
    /// A workbook to file and hand out
    Xlsx,
    /// The same as comma-separated values
    Csv,
    /// JUnit XML
    Junit,
    /// Reviewdog Diagnostic Format
    Rdjson,
    /// GitLab Code Quality
    Gitlab,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// If the output is a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Severities.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SeverityArg {
    /// 严重: one of these fails a site
    Serious,
    /// 差错: an ordinary error
    Error,
    /// 建议: a recommendation
    Advice,
}

impl From<SeverityArg> for Severity {
    fn from(level: SeverityArg) -> Self {
        match level {
            SeverityArg::Serious => Severity::Serious,
            SeverityArg::Error => Severity::Error,
            SeverityArg::Advice => Severity::Advice,
        }
    }
}
