//! Every way in which a call can fail, each with what a caller can do about it.
//!
//! An error is a value on the wire too (a refusal travels from the writer to its caller), so it holds plain data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ticket::TicketId;
use crate::time::{Timestamp, format_span};

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a lease is no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostWhy {
    /// Another worker holds the ticket now.
    Taken,
    /// Its time ran out.
    Expired,
    /// The ticket was given back, or the token never held it.
    Released,
    /// The ticket has been completed or closed.
    Completed,
    /// The ticket has been deleted.
    Deleted,
}

/// A process of this machine, as it is seen from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Its command line.
    pub command: String,
}

/// What went wrong. [`Error::kind`] is its name on the wire, [`Error::hint`] the next step.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Error {
    /// There is no such ticket.
    #[error("there is no ticket {ticket}")]
    NotFound {
        /// What was asked for.
        ticket: String,
    },
    /// Another worker holds a live lease on the ticket.
    #[error("{ticket} is held by {by} until {until}")]
    Held {
        /// The ticket.
        ticket: TicketId,
        /// Who holds it.
        by: String,
        /// When its lease runs out.
        until: Timestamp,
    },
    /// The token no longer holds the ticket; nothing was changed.
    #[error("the lease on {ticket} is lost: {}", lost(*.why, .holder.as_deref(), *.since))]
    LeaseLost {
        /// The ticket.
        ticket: TicketId,
        /// Who holds it, or ended the lease, when known.
        holder: Option<String>,
        /// Since when.
        since: Timestamp,
        /// How it was lost.
        why: LostWhy,
    },
    /// The ticket is not in a state for this call.
    #[error("{ticket} is {why}")]
    NotReady {
        /// The ticket.
        ticket: TicketId,
        /// Its state in a word: completed, closed, ignored, deleted, quarantined, scheduled, open, in-progress.
        why: String,
    },
    /// A value that cannot be taken.
    #[error("{field}: {why}")]
    Invalid {
        /// The field's name.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// A text over its limit.
    #[error("{field} is too long: {got}, and the limit is {limit}")]
    TooLong {
        /// The field's name.
        field: String,
        /// The most that is taken (characters; bytes for JSON values).
        limit: usize,
        /// What came.
        got: usize,
    },
    /// As many tickets are open as the limit allows; equal reports are still counted.
    #[error("{limit} tickets are open, and that is the limit")]
    TooManyOpen {
        /// The limit.
        limit: u64,
    },
    /// Automatic capture is held back for a while.
    #[error("too many new tickets at once; try again in {}", format_span(*.retry_after))]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// The write lock could not be had before the deadline; nothing was applied.
    #[error("the database was busy for {}{}; nothing was applied", format_span(*.waited), held_by(.holder.as_ref()))]
    Busy {
        /// How long the call waited.
        waited: Duration,
        /// Who holds the write lock, when the machine tells.
        holder: Option<Process>,
    },
    /// The outcome of a commit is not known: it may be there or not.
    #[error("the outcome is unknown: {why}")]
    #[serde(rename = "outcome_unknown")]
    Unknown {
        /// What happened.
        why: String,
    },
    /// The file is damaged, replaced, deleted or no database.
    #[error("{why}")]
    Corrupt {
        /// What is wrong.
        why: String,
    },
    /// The file needs another program or another version of this one.
    #[error("{version}")]
    Unsupported {
        /// What was found.
        version: String,
    },
    /// The store cannot be reached: a folder, a permission, a disk.
    #[error("{why}")]
    Storage {
        /// What happened.
        why: String,
    },
}

fn lost(why: LostWhy, holder: Option<&str>, since: Timestamp) -> String {
    match (why, holder) {
        (LostWhy::Taken, Some(holder)) => format!("{holder} holds it since {since}"),
        (LostWhy::Taken, None) => format!("another worker holds it since {since}"),
        (LostWhy::Expired, _) => format!("it ran out at {since}"),
        (LostWhy::Released, Some(holder)) => format!("{holder} gave the ticket back at {since}"),
        (LostWhy::Released, None) => "this token does not hold the ticket".to_owned(),
        (LostWhy::Completed, Some(holder)) => format!("{holder} ended the ticket at {since}"),
        (LostWhy::Completed, None) => format!("the ticket was ended at {since}"),
        (LostWhy::Deleted, _) => format!("the ticket was deleted at {since}"),
    }
}

fn held_by(holder: Option<&Process>) -> String {
    match holder {
        Some(p) => format!(", held by pid {} ({})", p.pid, p.command),
        None => String::new(),
    }
}

/// What a file of the Python system is called.
pub(crate) const OLD: &str = "a database of the Python Actifix";

impl Error {
    /// An [`Error::Invalid`].
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            why: why.into(),
        }
    }

    /// The error's name in `--json` output and on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Held { .. } => "held",
            Self::LeaseLost { .. } => "lease_lost",
            Self::NotReady { .. } => "not_ready",
            Self::Invalid { .. } => "invalid",
            Self::TooLong { .. } => "too_long",
            Self::TooManyOpen { .. } => "too_many_open",
            Self::Throttled { .. } => "throttled",
            Self::Busy { .. } => "busy",
            Self::Unknown { .. } => "outcome_unknown",
            Self::Corrupt { .. } => "corrupt",
            Self::Unsupported { .. } => "unsupported",
            Self::Storage { .. } => "storage",
        }
    }

    /// The next step for whoever meets the error.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "`actifix list` shows the tickets there are",
            Self::Held { .. } => "leave it to its holder and claim the next one",
            Self::LeaseLost { .. } => {
                "stop working on it and claim the next one; nothing was changed"
            }
            Self::NotReady { why, .. } => match why.as_str() {
                "deleted" => "`actifix undelete` brings it back",
                "quarantined" => {
                    "`actifix quarantine retry` opens it again; `actifix show` tells its history"
                }
                "not deleted" => "`actifix delete` it first",
                "merged" => "work on the ticket that it was merged into; `actifix show` names it",
                "open" | "scheduled" | "in-progress" => "`actifix show` tells where it stands",
                _ => "`actifix reopen` opens it again; `actifix show` tells its history",
            },
            Self::Invalid { .. } | Self::TooLong { .. } => {
                "mend the value and call again; nothing was changed"
            }
            Self::TooManyOpen { .. } => {
                "complete or close some, or raise the limit of open tickets"
            }
            Self::Throttled { .. } => "wait as long as it says; what is known is still counted",
            Self::Busy { .. } => {
                "repeat the call; if it stays busy, look at the process that holds the lock"
            }
            Self::Unknown { .. } => {
                "repeat the call with the same request id: it then answers what became of it"
            }
            Self::Corrupt { .. } => "keep the file as it is, and open a copy or a backup",
            Self::Unsupported { version } if version.contains(OLD) => {
                "`actifix upgrade` takes it over, and keeps the old file beside it"
            }
            Self::Unsupported { .. } => "use a version of actifix that knows this file",
            Self::Storage { .. } => "mend what it names and call again",
        }
    }

    /// Whether the same call may go through later as it is.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::Unknown { .. }
                | Self::Throttled { .. }
                | Self::TooManyOpen { .. }
        )
    }
}
