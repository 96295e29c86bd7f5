//! What a scene is asked to be, checked before anything begins.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::error::{LabError, Result};
use crate::fleet::Launcher;
use crate::mode::{Journal, Mode};

/// The most workers. Beyond it the system's limits are met before SQLite's.
const MOST_WORKERS: u32 = 512;
/// The most rounds.
const MOST_ROUNDS: u32 = 10_000;
/// The longest that a transaction is held open, or a lock is waited for.
const LONGEST: Duration = Duration::from_secs(600);

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scene {
    /// Each worker locks a ticket of its own: read whether it is free, then take it.
    Upgrade,
    /// Each worker makes tickets: count the open ones, then insert.
    Record,
}

impl Scene {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Record => "record",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The scene.
    pub scene: Scene,
    /// How locks are taken.
    pub mode: Mode,
    /// How the database is kept undoable.
    pub journal: Journal,
    /// How many workers.
    pub workers: u32,
    /// Over how many processes they are spread; 0 for threads of this one.
    pub processes: u32,
    /// How often it is played.
    pub rounds: u32,
    /// How many tickets each makes, in the scene `record`.
    pub each: u32,
    /// How long a transaction stays open between its read and its write.
    pub hold: Duration,
    /// Workers meet between the read and the write.
    pub force: bool,
    /// Which worker has which ticket follows from it.
    pub seed: u64,
    /// What SQLite is told to wait for a lock.
    pub timeout: Duration,
    /// Where the scene's folder is made; somewhere on a disk when nothing is said.
    pub folder: Option<PathBuf>,
    /// How a worker's process is started.
    pub launcher: Option<Launcher>,
}

impl Setup {
    /// The investigation's: three threads, deferred, write-ahead log, a busy timeout of 30 s.
    pub fn investigation() -> Self {
        Self {
            scene: Scene::Upgrade,
            mode: Mode::Deferred,
            journal: Journal::Wal,
            workers: 3,
            processes: 0,
            rounds: 1,
            each: 25,
            hold: Duration::ZERO,
            force: false,
            seed: 1,
            timeout: Duration::from_secs(30),
            folder: None,
            launcher: None,
        }
    }

    /// Whether it can be played.
    ///
    /// # Errors
    /// [`LabError::Invalid`] names the setting and what to give.
    pub fn check(&self) -> Result<()> {
        let between = |field, value: u32, most: u32| {
            if (1..=most).contains(&value) {
                Ok(())
            } else {
                let why = format!("{value} makes no scene; give 1 to {most}");
                Err(LabError::invalid(field, why))
            }
        };
        between("workers", self.workers, MOST_WORKERS)?;
        between("rounds", self.rounds, MOST_ROUNDS)?;
        between("each", self.each, 10_000)?;
        if self.processes > self.workers {
            let why = format!(
                "{} processes cannot share {} workers; give at most one for each",
                self.processes, self.workers
            );
            return Err(LabError::invalid("processes", why));
        }
        if self.hold > LONGEST || self.timeout > LONGEST {
            let field = if self.hold > LONGEST {
                "hold"
            } else {
                "timeout"
            };
            return Err(LabError::invalid(field, "ten minutes is the longest"));
        }
        if !self.mode.is_plain() && self.journal != Journal::Wal {
            let why = format!("{} works with a write-ahead log only", self.mode);
            return Err(LabError::invalid("journal", why));
        }
        if !self.mode.is_plain() && !self.hold.is_zero() {
            let why = format!("no transaction of {} stays open for its caller", self.mode);
            return Err(LabError::invalid("hold", why));
        }
        let can_meet =
            self.mode.reads_first() && self.processes == 0 && self.scene == Scene::Upgrade;
        if self.force && !can_meet {
            let why = "workers can meet between read and write only where a read comes first (deferred, retry, \
                       blind-retry), as threads of one process";
            return Err(LabError::invalid("force", why));
        }
        if self.processes > 0 && self.launcher.is_none() {
            let why = "this program does not say how its workers' processes are started";
            return Err(LabError::invalid("processes", why));
        }
        Ok(())
    }
}
