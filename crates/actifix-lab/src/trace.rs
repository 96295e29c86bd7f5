//! What a worker did, as data: each statement with its moments, the transaction's state, rows, code and wait.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::code::Refusal;

/// One statement. Times are microseconds since the scene's workers were let go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Which connection it ran on.
    pub connection: String,
    /// What it was for: begin, read, write, commit, rollback, pause, call.
    pub act: String,
    /// Its text.
    pub sql: String,
    /// When it began.
    pub began_us: i64,
    /// When it ended.
    pub ended_us: i64,
    /// The connection's transaction before it: none, read or write.
    pub before: String,
    /// And after it.
    pub after: String,
    /// Rows that it found or changed.
    pub rows: Option<u64>,
    /// How it was refused.
    pub refusal: Option<Refusal>,
    /// How long SQLite's busy handler slept in it.
    pub slept_us: u64,
    /// How often the busy handler was asked.
    pub looks: u32,
}

impl Step {
    /// How long it took.
    pub fn took_us(&self) -> i64 {
        self.ended_us - self.began_us
    }
}

/// A place on a worker's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Its thread runs.
    Started,
    /// It waits for the others.
    AtBarrier,
    /// It was let go.
    Passed,
    /// It asks for its lock.
    Attempting,
    /// It has its lock.
    Acquired,
    /// It has given it back.
    Released,
    /// It has ended by itself.
    Completed,
}

impl Point {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::Started,
        Self::AtBarrier,
        Self::Passed,
        Self::Attempting,
        Self::Acquired,
        Self::Released,
        Self::Completed,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::AtBarrier => "at barrier",
            Self::Passed => "passed",
            Self::Attempting => "attempting",
            Self::Acquired => "acquired",
            Self::Released => "released",
            Self::Completed => "completed",
        }
    }
}

/// A point and when it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Which.
    pub point: Point,
    /// Microseconds since the workers were let go; negative before.
    pub at_us: i64,
}

/// A worker's way through a scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerTrace {
    /// Its number, from 1.
    pub worker: u32,
    /// The process it ran in.
    pub pid: u32,
    /// Its ticket, from 1.
    pub ticket: u32,
    /// Where it came.
    pub reached: Vec<Reached>,
    /// What it did, in order.
    pub steps: Vec<Step>,
    /// So many of these belong to the attempt; the others to giving back.
    pub attempt_steps: usize,
    /// It got its lock; in the scene `record`, it made all its tickets.
    pub acquired: bool,
    /// Why not.
    pub refusal: Option<Refusal>,
    /// How often it tried.
    pub tries: u32,
    /// From asking to the answer.
    pub waited_us: u64,
    /// What it did in a loop, when it did.
    pub tally: Option<Tally>,
    /// What happened and why, in plain words.
    pub story: String,
}

impl WorkerTrace {
    /// The steps of the attempt, without those of giving back.
    pub fn attempt(&self) -> &[Step] {
        &self.steps[..self.attempt_steps.min(self.steps.len())]
    }
}

/// What a worker did in a loop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Calls that got what they asked for.
    pub done: u64,
    /// Of these, the ones that were done when the time was up; the others were still waiting then.
    pub done_in_time: u64,
    /// Calls that did not, by the refusal's name.
    pub refused: BTreeMap<String, u64>,
    /// From asking to the answer, of each call, in microseconds.
    pub waits_us: Vec<u32>,
    /// Tries that came to nothing.
    pub wasted_tries: u64,
    /// The time that these took, in microseconds.
    pub wasted_us: u64,
}

/// A clock that all workers of a scene share, in whatever process.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    made: Instant,
    offset_us: i64,
}

impl Stopwatch {
    /// Zero is at `start_us`, counted from 1970.
    pub fn from(start_us: i64) -> Self {
        Self {
            made: Instant::now(),
            offset_us: unix_us() - start_us,
        }
    }

    /// Microseconds since zero.
    pub fn now_us(&self) -> i64 {
        let since = self.made.elapsed().as_micros();
        self.offset_us
            .saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
    }
}

/// Microseconds since 1970.
pub fn unix_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A time in microseconds, capped.
pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
