//! What people are told of the process that leads.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Process;

/// The process that leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leading {
    /// The process; `None` when it lives in another pid namespace (another container).
    pub process: Option<Process>,
    /// What it tells of itself; `None` when it did not answer at once: it is stopped, or another version.
    pub standing: Option<Standing>,
}

/// What a leader tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How long it has led.
    pub leads_for: Duration,
    /// Processes connected to it.
    pub followers: u64,
    /// Calls that it has committed, its own among them.
    pub calls: u64,
    /// Of these, calls of other processes.
    pub for_others: u64,
    /// Commits in which it did so.
    pub batches: u64,
    /// The longest that a call waited in its line.
    pub longest_wait: Duration,
}
