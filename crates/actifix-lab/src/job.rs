//! What a crew of workers is told to do: plain data, so that it can go to another process.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mode::Mode;

/// The whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The database, prepared.
    pub path: PathBuf,
    /// How locks are taken.
    pub mode: Mode,
    /// What a worker does.
    pub task: Task,
    /// How long a transaction stays open between its read and its write.
    pub hold: Duration,
    /// Workers wait for each other between the read and the write.
    pub force: bool,
    /// How long SQLite, or the line, is told to wait for a lock.
    pub timeout: Duration,
    /// The workers.
    pub parts: Vec<Part>,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Locks its ticket once, traced, and gives it back.
    Lock,
    /// Makes so many tickets, traced.
    Create(u32),
    /// Locks its ticket again and again for this long.
    LockAgain(Duration),
}

/// One worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Its number, from 1.
    pub worker: u32,
    /// Its ticket, from 1.
    pub ticket: u32,
    /// The ticket's id in the store.
    pub id: Option<String>,
}

impl Part {
    /// What it is called as a holder.
    pub fn name(&self) -> String {
        format!("worker {}", self.worker)
    }
}
