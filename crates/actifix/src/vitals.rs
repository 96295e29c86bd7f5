//! What can be told cheaply of how a store is doing: by seeks, and by walks that end after so many rows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ticket::{Priority, TicketId};
use crate::time::Timestamp;

/// A ticket that waits to be completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The ticket.
    pub ticket: TicketId,
    /// The program it belongs to.
    pub project: String,
    /// How much it matters.
    pub priority: Priority,
    /// Since when it is open: since it was made, or since it was opened again.
    pub since: Timestamp,
    /// Somebody works on it.
    pub in_progress: bool,
}

/// The tickets of a priority that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// The priority.
    pub priority: Priority,
    /// Open tickets, those put off among them.
    pub open: u64,
    /// Tickets under a live lease.
    pub in_progress: u64,
    /// How long one may wait.
    #[serde(with = "crate::time::span")]
    pub allowed: Duration,
    /// How many wait for longer.
    pub late: u64,
    /// The one that waits longest.
    pub oldest: Option<Waiting>,
}

/// How a store is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// When it was looked at, by the store's clock.
    pub at: Timestamp,
    /// What waits, for each priority.
    pub backlog: Vec<Backlog>,
    /// The tickets that are furthest over what is allowed.
    pub worst: Vec<Waiting>,
    /// So many waiting tickets were looked at that the rest was not: more may be late.
    pub cut: bool,
    /// Leases that ran out, and whose tickets nobody has taken up.
    pub expired: u64,
    /// Since when the first of them is over.
    pub expired_since: Option<Timestamp>,
    /// Quarantined tickets.
    pub quarantined: u64,
    /// When the newest event happened.
    pub newest_event: Option<Timestamp>,
    /// What contradicts itself in the store's own bookkeeping.
    pub contradictions: Vec<String>,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Bytes of its write-ahead log.
    pub wal_bytes: u64,
    /// Bytes that are free on its disk, where the machine tells.
    pub disk_free: Option<u64>,
}
