//! zhengming (正名) proofreads Chinese official publications: it scans pages and attachments against dictionaries of
//! fixed expressions and wording errors and reports exactly where each error is, what the right form is, and why.
//!
//! ```
//! use zhengming::{Linter, Options, Source};
//!
//! let linter = Linter::new(Options::default())?;
//! let checked = linter.check_source(&Source::new("通知.txt", "要求各级攻府抓好落实。"));
//! assert_eq!(checked[0].findings[0].suggestions, ["政府"]);
//! # Ok::<(), zhengming::LinterError>(())
//! ```
//!
//! Data flows one way: [`source`] → [`extract`] → [`document`] → [`normalise`] → `engine` → [`judge`] → [`report`].
//! [`audit`] measures dictionaries with all of it.

pub mod audit;
pub mod baseline;
pub mod cache;
pub mod channel;
pub mod config;
pub mod dictionary;
mod digest;
pub mod document;
mod engine;
pub mod extract;
pub mod fix;
pub mod import;
pub mod judge;
pub mod ledger;
mod linter;
pub mod normalise;
pub mod ocr;
pub mod report;
mod simd;
pub mod source;
mod spool;
pub mod worker;

/// The matching engine by itself: all occurrences of many literals in a text, and what is almost one of many right forms.
pub mod literals {
    pub use crate::engine::literal::{LiteralScan, LoadError, Occurrence};
    pub use crate::engine::{FormPlace, FormScan};
}

pub use dictionary::Severity;
pub use judge::Finding;
pub use linter::{Checked, Disk, Files, Linter, LinterError, Options, Progress, Run};
pub use report::Report;
pub use source::{Notice, Source};
