//! The worker: a process that does what its lot says, and writes down what it saw. Started by [`crate::hand`].

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Settings, Store};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::chance::Chance;
use crate::limits::{self, Answers};
use crate::load::{Habits, Wanderer};
use crate::log::Log;
use crate::script;

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lot {
    /// The database.
    pub path: PathBuf,
    /// Where the logs go: not on the disk that fails.
    pub logs: PathBuf,
    /// What it is called; its threads are `NAME.0`, `NAME.1`, …
    pub name: String,
    /// Where its chance begins.
    pub seed: u64,
    /// What it does.
    pub work: Work,
    /// How long a call waits for the write lock, in milliseconds.
    pub deadline_ms: u64,
    /// It names its calls and makes those of unknown outcome again.
    pub insists: bool,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Random work in so many threads, until it is told to end, or killed.
    Wander {
        /// Threads.
        threads: usize,
        /// Different errors.
        names: u64,
        /// The shortest lease, and by how much it may be longer, in milliseconds.
        lease: (u64, u64),
    },
    /// The script, once.
    Script,
    /// Random work while all descriptors are taken now and then.
    Destitute {
        /// How often.
        times: u64,
    },
    /// Reports, one after the other in each thread.
    Flood {
        /// Threads.
        threads: u64,
        /// Reports of each.
        each: u64,
        /// Bytes of each report.
        bytes: usize,
    },
    /// Calls at once, all waiting.
    Crowd {
        /// How many.
        callers: u64,
    },
    /// Commands of 3 MB, up to so many bytes in all.
    Backlog {
        /// Bytes offered.
        bytes: u64,
    },
    /// Renewals until the log is nearly due for a checkpoint; then it stays open until it is killed.
    Fill {
        /// Size of the log in bytes.
        until: u64,
    },
}

impl Lot {
    /// Its settings.
    fn settings(&self) -> Settings {
        Settings {
            deadline: Duration::from_millis(self.deadline_ms),
            ..Settings::default()
        }
    }

    fn caller(&self, store: &Store, thread: usize) -> Caller {
        let name = format!("{}.{thread}", self.name);
        let log = Log::file(&self.logs, &name);
        let caller = Caller::new(&name, store.clone(), log);
        if self.insists {
            caller.insisting()
        } else {
            caller
        }
    }
}

/// Does what the lot says. Each line on stdout is a word for whoever started it.
pub fn main(lot: &Lot) {
    let store = open(lot);
    if let Work::Wander { .. } = lot.work {
        thread::spawn(wait_for_the_end);
    }
    say("open");
    match lot.work {
        Work::Script => script::play(&mut lot.caller(&store, 0).awaiting()),
        Work::Fill { until } => fill(lot, &store, until),
        Work::Destitute { times } => destitute(lot, &store, times),
        Work::Flood {
            threads,
            each,
            bytes,
        } => tell(&limits::flood(&store, threads, each, bytes)),
        Work::Crowd { callers } => tell(&limits::crowd(&store, callers, || say("waiting"))),
        Work::Backlog { bytes } => tell(&limits::backlog(&store, 16, bytes)),
        Work::Wander {
            threads,
            names,
            lease,
        } => {
            let habits = Habits {
                names,
                lease,
                rest: 30,
            };
            thread::scope(|scope| {
                for thread in 0..threads {
                    let caller = lot.caller(&store, thread);
                    let chance = Chance::new(lot.seed.wrapping_add(thread as u64));
                    scope.spawn(move || wander(Wanderer::new(caller, chance, habits)));
                }
            });
        }
    }
    drop(store);
    say("done");
}

/// Opens the store; a fault may meet that too, and then it is tried again.
fn open(lot: &Lot) -> Store {
    let (asked, mut tries) = (Instant::now(), 0);
    loop {
        tries += 1;
        match Store::open_with(&lot.path, lot.settings()) {
            Ok(store) => return store,
            Err(error) if tries < 3 || asked.elapsed() < Duration::from_millis(lot.deadline_ms) => {
                say(&format!("closed {} {error}", error.kind()));
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => {
                say(&format!("never {} {error}", error.kind()));
                std::process::exit(1)
            }
        }
    }
}

/// Says what came of a limit.
fn tell(answers: &Answers) {
    say(&serde_json::to_string(answers).unwrap_or_else(|error| error.to_string()));
}

fn destitute(lot: &Lot, store: &Store, times: u64) {
    thread::scope(|scope| {
        for thread in 0..3 {
            let chance = Chance::new(lot.seed.wrapping_add(thread as u64));
            let wanderer = Wanderer::new(lot.caller(store, thread), chance, Habits::default());
            scope.spawn(move || wander(wanderer));
        }
        for _ in 0..times {
            let taken = limits::take_descriptors(Duration::from_millis(150));
            say(&format!("taken {taken}"));
            // What needs a descriptor says so, in words.
            if let Err(error) = Store::open(lot.path.with_extension("other")) {
                say(&format!("closed {} {error}", error.kind()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        ENDING.store(true, Ordering::Relaxed);
    });
}

fn fill(lot: &Lot, store: &Store, until: u64) {
    let mut wal = lot.path.clone().into_os_string();
    wal.push("-wal");
    let full = || std::fs::metadata(&wal).is_ok_and(|meta| meta.len() >= until);
    match script::fill(&mut lot.caller(store, 0), full) {
        Ok(()) => say("full"),
        Err(error) => say(&format!("not full: {error}")),
    }
    wait_for_the_end();
}

fn wander(mut wanderer: Wanderer) {
    while !ENDING.load(Ordering::Relaxed) {
        wanderer.step();
    }
}

/// Somebody has said that it is enough.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Blocks until stdin is closed.
fn wait_for_the_end() {
    let mut line = String::new();
    while std::io::stdin()
        .lock()
        .read_line(&mut line)
        .is_ok_and(|read| read > 0)
    {}
    ENDING.store(true, Ordering::Relaxed);
}

/// Says a word. When nobody listens any more there is nobody to say it to.
pub fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{word}").and_then(|()| out.flush());
}
