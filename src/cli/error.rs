//! What can go wrong between the arguments and the library.

use zhengming::LinterError;
use zhengming::audit::AuditError;
use zhengming::channel::ChannelError;
use zhengming::config::ConfigError;
use zhengming::ledger::LedgerError;

/// A run that ended before it had a result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Sites and accounts cannot be used.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Dictionaries or selections cannot be used.
    #[error(transparent)]
    Linter(#[from] LinterError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An audit cannot begin.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// An argument cannot be used.
    #[error("{0}")]
    Usage(String),
    /// The result could not be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),
}
