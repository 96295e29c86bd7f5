//! The scene: workers meet at a barrier, each asks for its *own* ticket, and it is written down how far each came.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::crew::{self, Cue};
use crate::desk;
use crate::error::{LabError, Result};
use crate::explain;
use crate::fleet;
use crate::folder::{FileSystem, Scratch};
use crate::job::{Job, Part, Task};
use crate::machine::Machine;
use crate::mode::{Journal, Mode};
use crate::setup::{Scene, Setup};
use crate::trace::{WorkerTrace, micros, unix_us};

/// A ticket as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketState {
    /// Its number, from 1.
    pub ticket: u32,
    /// Who holds it.
    pub holder: Option<String>,
}

/// The control: the same number of threads at a bare barrier, without a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Control {
    /// How many passed.
    pub passed: u32,
    /// From the first to the last, in microseconds.
    pub spread_us: u64,
}

/// The scene, played once.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Its number, from 1.
    pub round: u32,
    /// What each worker did.
    pub workers: Vec<WorkerTrace>,
    /// Who held what when all had tried.
    pub tickets: Vec<TicketState>,
}

impl Round {
    /// How many workers got what they asked for.
    pub fn acquired(&self) -> usize {
        self.workers.iter().filter(|worker| worker.acquired).count()
    }

    /// Everybody did.
    pub fn is_success(&self) -> bool {
        self.acquired() == self.workers.len()
    }
}

/// The scene as it was asked for, and all that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Reproduction {
    /// The scene.
    pub scene: Scene,
    /// How locks were taken.
    pub mode: Mode,
    /// How the database was kept undoable.
    pub journal: Journal,
    /// Workers of a round.
    pub workers: u32,
    /// Processes they were spread over; 0 for threads.
    pub processes: u32,
    /// Tickets that each makes, in the scene `record`.
    pub each: u32,
    /// How long a transaction stayed open between read and write.
    pub hold_ms: u64,
    /// Workers met between read and write.
    pub forced: bool,
    /// What decided who has which ticket.
    pub seed: u64,
    /// What SQLite was told to wait.
    pub timeout_ms: u64,
    /// What the folder stands on.
    pub file_system: FileSystem,
    /// The control.
    pub control: Control,
    /// What happened.
    pub rounds: Vec<Round>,
    /// Where.
    pub machine: Machine,
    /// What makes it again.
    pub command: String,
}

impl Reproduction {
    /// Every worker got its lock in every round.
    pub fn is_success(&self) -> bool {
        self.rounds.iter().all(Round::is_success)
    }

    /// Rounds in which somebody did not.
    pub fn failed_rounds(&self) -> usize {
        self.rounds
            .iter()
            .filter(|round| !round.is_success())
            .count()
    }

    /// The round to show: the first that failed, else the first.
    pub fn shown(&self) -> Option<&Round> {
        let failed = self.rounds.iter().find(|round| !round.is_success());
        failed.or_else(|| self.rounds.first())
    }
}

/// Plays the scene. `told` hears after each round how many are done.
///
/// # Errors
/// A setting that makes no sense, or a lab that cannot work; never what the scene itself shows.
pub fn reproduce(setup: &Setup, told: &mut dyn FnMut(u32)) -> Result<Reproduction> {
    setup.check()?;
    let scratch = Scratch::make(setup.folder.as_deref())?;
    let control = control(setup.workers)?;
    let mut rounds = Vec::new();
    for round in 1..=setup.rounds {
        rounds.push(play(setup, &scratch, round)?);
        told(round);
    }
    Ok(Reproduction {
        scene: setup.scene,
        mode: setup.mode,
        journal: setup.journal,
        workers: setup.workers,
        processes: setup.processes,
        each: setup.each,
        hold_ms: micros(setup.hold) / 1000,
        forced: setup.force,
        seed: setup.seed,
        timeout_ms: micros(setup.timeout) / 1000,
        file_system: scratch.system.clone(),
        control,
        rounds,
        machine: Machine::here(),
        command: command(setup),
    })
}

/// One round in a database of its own.
pub(crate) fn play(setup: &Setup, scratch: &Scratch, round: u32) -> Result<Round> {
    let path = scratch.path(&format!("{}-{round}.db", setup.mode));
    let tickets = if setup.scene == Scene::Record {
        0
    } else {
        setup.workers
    };
    let ids = desk::prepare(&path, setup.mode, setup.journal, tickets)?;
    let task = match setup.scene {
        Scene::Upgrade => Task::Lock,
        Scene::Record => Task::Create(setup.each),
    };
    let job = Job {
        path: path.clone(),
        mode: setup.mode,
        task,
        hold: setup.hold,
        force: setup.force,
        timeout: setup.timeout,
        parts: parts(setup, &ids, round),
    };
    let mut states = Vec::new();
    let mut conduct = |cue| {
        if cue == Cue::Attempted && setup.scene == Scene::Upgrade {
            states = desk::standing(&path, setup.mode, &ids)?;
        }
        Ok(unix_us())
    };
    let mut workers = match (setup.processes, &setup.launcher) {
        (1.., Some(launcher)) => {
            let processes = setup.processes as usize;
            fleet::muster(&job, processes, launcher, &mut conduct)?
        }
        _ => crew::play(&job, &mut conduct)?,
    };
    for worker in &mut workers {
        worker.story = explain::story(worker, setup);
    }
    remove(&path);
    Ok(Round {
        round,
        workers,
        tickets: states,
    })
}

/// Workers and their tickets: the seed decides who has which, so that no order is preferred.
fn parts(setup: &Setup, ids: &[String], round: u32) -> Vec<Part> {
    let mut tickets: Vec<u32> = (1..=setup.workers).collect();
    let mut state = setup.seed ^ (u64::from(round) << 32) ^ 0x9e37_79b9_7f4a_7c15;
    for left in (1..tickets.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = usize::try_from(state % (left as u64 + 1)).unwrap_or(0);
        tickets.swap(left, other);
    }
    let part = |(worker, ticket): (u32, u32)| Part {
        worker,
        ticket,
        id: ids.get(ticket as usize - 1).cloned(),
    };
    (1..).zip(tickets).map(part).collect()
}

/// A round's files are not needed any more; those of hundreds of rounds would fill a disk.
pub(crate) fn remove(path: &std::path::Path) {
    for tail in ["", "-wal", "-shm", "-gate", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(tail);
        let _ = std::fs::remove_file(name);
    }
}

fn control(workers: u32) -> Result<Control> {
    let barrier = &Barrier::new(workers as usize);
    let began = Instant::now();
    let passed = thread::scope(|scope| {
        let start = |_| {
            scope.spawn(move || {
                barrier.wait();
                began.elapsed()
            })
        };
        let threads: Vec<_> = (0..workers).map(start).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, std::time::Duration>| {
            let at = thread.join();
            at.map_err(|_| LabError::worker("a thread of the control panicked"))
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    let first = passed.iter().min().copied().unwrap_or_default();
    let last = passed.iter().max().copied().unwrap_or_default();
    Ok(Control {
        passed: u32::try_from(passed.len()).unwrap_or(u32::MAX),
        spread_us: micros(last.saturating_sub(first)),
    })
}

/// The command that makes it again.
fn command(setup: &Setup) -> String {
    let usual = Setup::investigation();
    let mut words = vec!["actifix lab".to_owned()];
    words.push(match setup.scene {
        Scene::Upgrade => "reproduce".to_owned(),
        Scene::Record => "record".to_owned(),
    });
    words.push(format!("--mode {} --journal {}", setup.mode, setup.journal));
    words.push(format!("--workers {}", setup.workers));
    let mut more = |name: &str, value: u64, usual: u64| {
        if value != usual {
            words.push(format!("--{name} {value}"));
        }
    };
    more("processes", setup.processes.into(), 0);
    more("rounds", setup.rounds.into(), 1);
    more("each", setup.each.into(), usual.each.into());
    more("hold", micros(setup.hold) / 1000, 0);
    if setup.timeout != usual.timeout {
        words.push(format!("--timeout {}ms", setup.timeout.as_millis()));
    }
    words.push(format!("--seed {}", setup.seed));
    if setup.force {
        words.push("--force".to_owned());
    }
    words.join(" ")
}
