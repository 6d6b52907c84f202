//! What can be typed after `ledger`. Doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use zhengming::ledger::{Output, State};

use crate::cli::args::SeverityArg;

/// `ledger`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    pub(crate) command: LedgerCommand,
}

/// Sub-commands of `ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Show the runs, and findings by state and by site
    Status(StatusArgs),
    /// List findings with their numbers and states
    List(ListArgs),
    /// Note that findings may stay, with a reason
    Accept(AcceptArgs),
    /// Write the ledger as XLSX, CSV, HTML, or the draft of a report on corrections
    Export(ExportArgs),
    /// Compare two runs: what was fixed, is still there, is new or back
    Compare(CompareArgs),
    /// List findings like one finding in other sites and accounts
    Similar(SimilarArgs),
}

/// `ledger status`.
#[derive(Debug, ClapArgs)]
pub(crate) struct StatusArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: ViewFormat,
}

/// Which findings are wanted.
#[derive(Debug, ClapArgs)]
pub(crate) struct FilterArgs {
    /// Only findings in these states; may be repeated or separated by commas
    #[arg(long, value_enum, value_name = "STATE", value_delimiter = ',')]
    pub(crate) state: Vec<StateArg>,

    /// Only findings of this severity or graver
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) severity: Option<SeverityArg>,

    /// Only findings of rules whose id matches GLOB; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) rule: Vec<String>,

    /// Only findings of the site or account called NAME; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Vec<String>,

    /// Only findings whose path, address or title holds TEXT
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Option<String>,
}

/// `ledger list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: ViewFormat,
}

/// `ledger accept`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AcceptArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    /// Numbers of findings, as `ledger list` shows them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<i64>,

    /// Why they may stay
    #[arg(long, value_name = "TEXT", required_unless_present = "withdraw")]
    pub(crate) reason: Option<String>,

    /// Who decided so
    #[arg(long, value_name = "NAME", required_unless_present = "withdraw")]
    pub(crate) by: Option<String>,

    /// Last date (yyyy-mm-dd) on which they may stay [default: without end]
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,

    /// Take back that they may stay
    #[arg(long, conflicts_with_all = ["reason", "by", "until"])]
    pub(crate) withdraw: bool,
}

/// `ledger export`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    /// Output format [default: by the extension of FILE]
    #[arg(long, short, value_enum)]
    pub(crate) format: Option<ExportFormat>,

    /// Write the result to FILE
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// `ledger compare`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Exit status: 0 nothing of the earlier run is left and nothing is new, back or unverified, 1 otherwise, 2 misuse."
)]
pub(crate) struct CompareArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    /// Number of the earlier run [default: the last but one]
    #[arg(value_name = "A")]
    pub(crate) from: Option<i64>,

    /// Number of the later run [default: the last]
    #[arg(value_name = "B")]
    pub(crate) to: Option<i64>,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: CompareFormat,

    /// Write the result to FILE instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `ledger similar`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SimilarArgs {
    /// The ledger, as given to `check --ledger`
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,

    /// Number of a finding, as `ledger list` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: i64,

    /// Also in the site or account of the finding itself
    #[arg(long)]
    pub(crate) all: bool,

    /// Output format
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) format: ViewFormat,
}

/// Formats for looking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ViewFormat {
    /// For a person at a terminal
    #[default]
    Human,
    /// One JSON object a line
    Jsonl,
}

/// Formats of `ledger export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A workbook to file and hand out
    Xlsx,
    /// Comma-separated values
    Csv,
    /// A page for reading, filtering and printing
    Html,
    /// Draft of a report on corrections, for Word and WPS
    Docx,
}

impl From<ExportFormat> for Output {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Xlsx => Output::Xlsx,
            ExportFormat::Csv => Output::Csv,
            ExportFormat::Html => Output::Html,
            ExportFormat::Docx => Output::Docx,
        }
    }
}

/// Formats of `ledger compare`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompareFormat {
    /// For a person at a terminal
    #[default]
    Human,
    /// One JSON object a line
    Jsonl,
    /// A workbook to file and hand out
    Xlsx,
    /// Comma-separated values
    Csv,
    /// A page for reading, filtering and printing
    Html,
    /// Draft of a report on the re-check, for Word and WPS
    Docx,
}

/// States of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateArg {
    /// 新发现: found for the first time by the last run
    New,
    /// 未整改: found before, and still there
    Open,
    /// 再次出现: was fixed or gone, and is there again
    Back,
    /// 未核实: could not be looked at
    Unverified,
    /// 保留: accepted for a reason
    Accepted,
    /// 已整改: read again, and not there
    Fixed,
    /// 已下线: its document is gone
    TakenDown,
}

impl From<StateArg> for State {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::New => State::New,
            StateArg::Open => State::Open,
            StateArg::Back => State::Back,
            StateArg::Unverified => State::Unverified,
            StateArg::Accepted => State::Accepted,
            StateArg::Fixed => State::Fixed,
            StateArg::TakenDown => State::TakenDown,
        }
    }
}
