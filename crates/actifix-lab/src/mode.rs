//! The ways to take a lock that the lab compares.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::LabError;

/// How a worker takes its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// `BEGIN`: a reader that wants to become a writer. The defect.
    Deferred,
    /// `BEGIN IMMEDIATE`: the write lock first, by SQLite's own busy handler.
    Immediate,
    /// `BEGIN EXCLUSIVE`.
    Exclusive,
    /// Deferred, and the whole transaction again when it was refused.
    Retry,
    /// Deferred, retried around a call that turns the refusal into "not acquired": the retry never sees it.
    BlindRetry,
    /// One `UPDATE … WHERE … RETURNING`, with no transaction around it.
    SingleStatement,
    /// `BEGIN IMMEDIATE` with a busy handler that sleeps 1 ms each time.
    ShortSleep,
    /// One writer thread with group commit, and a gate between processes: `sqlite-line` with the lab's own table.
    Line,
    /// The store: tickets, leases, history, on that line.
    Actifix,
}

impl Mode {
    /// All of them, in the order they are shown in.
    pub const ALL: [Self; 9] = [
        Self::Deferred,
        Self::BlindRetry,
        Self::Retry,
        Self::Immediate,
        Self::Exclusive,
        Self::SingleStatement,
        Self::ShortSleep,
        Self::Line,
        Self::Actifix,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deferred => "deferred",
            Self::Immediate => "immediate",
            Self::Exclusive => "exclusive",
            Self::Retry => "retry",
            Self::BlindRetry => "blind-retry",
            Self::SingleStatement => "single-statement",
            Self::ShortSleep => "short-sleep",
            Self::Line => "line",
            Self::Actifix => "actifix",
        }
    }

    /// What it does, in a line.
    pub fn what(self) -> &'static str {
        match self {
            Self::Deferred => "BEGIN, read, then write: a reader that wants to become a writer",
            Self::Immediate => "BEGIN IMMEDIATE: the write lock first, SQLite's busy handler waits",
            Self::Exclusive => "BEGIN EXCLUSIVE: the same, and no readers in rollback mode",
            Self::Retry => {
                "deferred, the whole transaction again after a refusal (3 tries, 10 ms doubling)"
            }
            Self::BlindRetry => {
                "3 tries around a call that turns the refusal into \"not acquired\""
            }
            Self::SingleStatement => "one UPDATE … WHERE … RETURNING, no transaction around it",
            Self::ShortSleep => "BEGIN IMMEDIATE, busy handler sleeps 1 ms each time",
            Self::Line => "one writer thread, many calls a commit, a gate between processes",
            Self::Actifix => "the store: tickets, leases and history on that line",
        }
    }

    /// It reads before it has the write lock.
    pub fn reads_first(self) -> bool {
        matches!(self, Self::Deferred | Self::Retry | Self::BlindRetry)
    }

    /// It speaks plain SQL on a connection of its own.
    pub fn is_plain(self) -> bool {
        !matches!(self, Self::Line | Self::Actifix)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let known = Self::ALL.into_iter().find(|mode| mode.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|mode| mode.name()).collect();
            LabError::invalid(
                "mode",
                format!("`{}` is none of {}", text.escape_debug(), names.join(", ")),
            )
        })
    }
}

/// SQLite's two ways to keep a transaction undoable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Journal {
    /// Write-ahead log.
    Wal,
    /// Rollback journal, SQLite's default.
    Delete,
}

impl Journal {
    /// Its name, which is SQLite's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wal => "wal",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Journal {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        match text {
            "wal" => Ok(Self::Wal),
            "delete" => Ok(Self::Delete),
            other => Err(LabError::invalid(
                "journal",
                format!("`{}` is none of wal, delete", other.escape_debug()),
            )),
        }
    }
}
