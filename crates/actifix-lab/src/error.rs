//! What can go wrong in the lab itself. A refusal by SQLite inside a scene is no error: it is what the scene is about.

use std::io;

/// The result of the lab's calls.
pub type Result<T, E = LabError> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// A setting that makes no sense.
    #[error("{field}: {why}")]
    Invalid {
        /// The setting.
        field: &'static str,
        /// What is wrong with it and what to give.
        why: String,
    },
    /// A file that cannot be looked at.
    #[error("{path} {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// SQLite said no where the lab prepares or looks.
    #[error("{doing}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The system said no.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The store or the line said no where the lab prepares.
    #[error("{doing}: {why}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        why: String,
    },
    /// A worker's process or thread did not do its part.
    #[error("a worker did not do its part: {why}")]
    Worker {
        /// What it did instead.
        why: String,
    },
    /// This system does not tell.
    #[error("{why}")]
    Unsupported {
        /// What it does not tell.
        why: String,
    },
}

impl LabError {
    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }

    pub(crate) fn sqlite(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }

    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }

    pub(crate) fn store(doing: &'static str) -> impl FnOnce(actifix::Error) -> Self {
        move |error| Self::Store {
            doing,
            why: error.to_string(),
        }
    }

    pub(crate) fn line(doing: &'static str) -> impl FnOnce(sqlite_line::Error) -> Self {
        move |error| Self::Store {
            doing,
            why: error.to_string(),
        }
    }

    pub(crate) fn worker(why: impl Into<String>) -> Self {
        Self::Worker { why: why.into() }
    }
}
