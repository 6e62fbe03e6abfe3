//! Why a run could not be done.

use std::path::PathBuf;

use crate::affinity::AffinityError;
use crate::client::{BudgetError, TlsError};
use crate::dataset::DatasetError;
use crate::endpoint::EndpointError;
use crate::event_files::{EventLogError, LogWriteError};
use crate::report_files::ReportError;
use crate::tokens::TokenizerError;

/// Why a run could not be done. A run whose requests failed is no error: see [`super::RunOutcome`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An option with a value that makes no sense.
    #[error("{0}")]
    BadOption(String),
    /// The endpoint's URL.
    #[error(transparent)]
    BadEndpoint(#[from] EndpointError),
    /// The variable that should hold the key.
    #[error("`{name}` {problem}; `--api-key-env` names the environment variable that holds the key")]
    ApiKey {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Whom to trust.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A signal before anything was sent.
    #[error("interrupted before the first request was sent")]
    Interrupted,
    /// The dataset.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The report folder holds something already.
    #[error(
        "`{}` is not empty (it holds `{found}`)\n   = help: choose another `--out`, or give `--overwrite` to replace \
         the earlier run in it",
        folder.display()
    )]
    FolderTaken {
        /// The folder.
        folder: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// The report folder can't be written.
    #[error(
        "can't write the report folder `{}`: {cause}\n   = help: choose an `--out` in a folder that you may write to",
        folder.display()
    )]
    FolderUnwritable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No connection to the endpoint before the timed window.
    #[error(
        "no connection to {url}\n   = tried: {tries} times, last cause: {cause}\n   = help: start the server, or check \
         host and port; `curl {url}/v1/models` should answer"
    )]
    Unreachable {
        /// The endpoint.
        url: String,
        /// How often it was tried.
        tries: u32,
        /// What the last try said.
        cause: String,
    },
    /// This machine has too few files or ports for the load.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The cores can't be read.
    #[error("can't tell which cores may be used: {0}")]
    Cores(AffinityError),
    /// A client thread could not do its work.
    #[error("a client thread failed: {0}")]
    Thread(std::io::Error),
    /// The event log could not be written to its end.
    #[error(
        "{error}\n   = note: the run was stopped; what was written before stays readable in `{}`\n   = help: free some \
         space, or choose an `--out` on another disk",
        folder.display()
    )]
    LogWrite {
        /// What failed.
        error: LogWriteError,
        /// The event log's folder.
        folder: PathBuf,
    },
    /// The event log could not be read back.
    #[error(transparent)]
    LogRead(#[from] EventLogError),
    /// The tokenizer can't be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The report could not be made or written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The thread that loads the tokenizer died.
    #[error("the tokenizer could not be loaded")]
    TokenizerThread,
}

impl RunError {
    /// The program's exit code: 2 bad usage, 3 setup failed, 4 execution failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadOption(_)
            | Self::BadEndpoint(_)
            | Self::ApiKey { .. }
            | Self::Tls(_)
            | Self::Dataset(_)
            | Self::Tokenizer(_) => 2,
            Self::Interrupted => crate::signals::INTERRUPTED,
            Self::FolderTaken { .. }
            | Self::FolderUnwritable { .. }
            | Self::Unreachable { .. }
            | Self::Budget(_)
            | Self::Cores(_)
            | Self::TokenizerThread => 3,
            Self::Thread(_) | Self::LogWrite { .. } | Self::LogRead(_) | Self::Report(_) => 4,
        }
    }
}
