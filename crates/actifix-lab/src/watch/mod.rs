//! Who holds SQLite's locks on a file right now, whoever made the file; and over a while, who held them for how long.

mod header;
mod memory;
mod sampling;
mod sentence;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use sqlite_line::locks::{
    Files, Holding, Lock, State, command_of, open_here, openers, own_pid, state_of,
};

pub use header::{Header, LogState};
pub use sampling::{Holder, Sampled, Sampler};

use crate::error::{LabError, Result};
use crate::folder::FileSystem;
use memory::Memory;

/// A lock that somebody holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// Who; none when it is a process of another container.
    pub pid: Option<u32>,
    /// Its command line.
    pub command: String,
    /// Whether it runs.
    pub state: State,
    /// Which lock.
    pub lock: Lock,
    /// The bytes.
    pub bytes: String,
    /// Nobody else may have it.
    pub exclusive: bool,
    /// While it is held nobody else can begin to write.
    pub keeps_writers_out: bool,
    /// How long it has been held as far as it was watched, in microseconds.
    pub seen_for_us: u64,
    /// It was seen to be taken, so the time is the whole time.
    pub from_the_beginning: bool,
}

/// A process that has the file open and holds no lock that keeps writers out: it may be waiting, or only looking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Who.
    pub pid: u32,
    /// Its command line.
    pub command: String,
    /// Whether it runs.
    pub state: State,
    /// It stands in line at the gate. SQLite's own waiters cannot be told from idle ones.
    pub waits_at_gate: bool,
}

/// One look.
#[derive(Clone, Debug, Serialize)]
pub struct Sight {
    /// The database.
    pub database: String,
    /// Nobody keeps writers out.
    pub free: bool,
    /// What to know, and what to do, in a sentence.
    pub sentence: String,
    /// Who holds what; the ones that keep writers out first.
    pub held: Vec<Held>,
    /// Who else has it open.
    pub others: Vec<Other>,
    /// What the file says about itself; none when it may not be read from here.
    pub header: Option<Header>,
    /// The write-ahead log; none without one.
    pub log: Option<LogState>,
    /// What the file stands on.
    pub file_system: FileSystem,
    /// What cannot be seen.
    pub unseen: Vec<String>,
}

/// Looks at one file, again and again, and remembers since when it sees each lock.
#[derive(Debug)]
pub struct Watcher {
    path: std::path::PathBuf,
    memory: Memory,
}

impl Watcher {
    /// Of this file.
    ///
    /// # Errors
    /// When the file is not there, is no SQLite database, or this system does not tell.
    pub fn new(path: &Path) -> Result<Self> {
        let files = files(path)?;
        if !open_here(&files) {
            header::read(files.database())?;
        }
        Ok(Self {
            path: path.to_owned(),
            memory: Memory::default(),
        })
    }

    /// Looks for a little while, so that something can be said about since when.
    ///
    /// # Errors
    /// As [`Watcher::new`].
    pub fn look_for(&mut self, time: Duration) -> Result<Sight> {
        let began = std::time::Instant::now();
        while began.elapsed() < time {
            let files = files(&self.path)?;
            self.memory.note(&held_in(&files)?);
            std::thread::sleep(Duration::from_millis(5));
        }
        self.look()
    }

    /// Looks.
    ///
    /// # Errors
    /// As [`Watcher::new`].
    pub fn look(&mut self) -> Result<Sight> {
        let files = files(&self.path)?;
        let all = held_in(&files)?;
        self.memory.note(&all);
        let mut held: Vec<Held> = all
            .iter()
            .filter(|holding| !holding.waits)
            .map(|holding| self.held(holding))
            .collect();
        held.sort_by_key(|held| (!held.keeps_writers_out, held.lock, held.pid));
        let others = others(&files, &all);
        let readable = !open_here(&files);
        let header = if readable {
            Some(header::read(files.database())?)
        } else {
            None
        };
        let log = header
            .as_ref()
            .and_then(|header| header::log(&files, header.page_size, readable));
        let file_system = FileSystem::of(files.database())?;
        Ok(Sight {
            database: files.database().display().to_string(),
            free: !held.iter().any(|held| held.keeps_writers_out),
            sentence: sentence::of(&held, &others),
            unseen: unseen(&held, &file_system, readable),
            held,
            others,
            header,
            log,
            file_system,
        })
    }

    fn held(&self, holding: &Holding) -> Held {
        let (seen_for, from_the_beginning) = self.memory.since(holding);
        Held {
            pid: holding.pid,
            command: holding.pid.map(command_of).unwrap_or_default(),
            state: holding.pid.map_or(State::Unknown, state_of),
            lock: holding.lock,
            bytes: holding.lock.bytes(),
            exclusive: holding.exclusive,
            keeps_writers_out: holding.exclusive && holding.lock.keeps_writers_out(),
            seen_for_us: crate::trace::micros(seen_for),
            from_the_beginning,
        }
    }
}

fn files(path: &Path) -> Result<Files> {
    let wrong = |why: String| LabError::File {
        path: path.display().to_string(),
        why,
    };
    let files = Files::of(path).map_err(|error| {
        wrong(match error.kind() {
            std::io::ErrorKind::NotFound => "is not there; give the path of a database".to_owned(),
            _ => format!("cannot be looked at: {error}"),
        })
    })?;
    if files.database().is_dir() {
        return Err(wrong("is a folder; give the path of a database".to_owned()));
    }
    Ok(files)
}

pub(crate) fn held_in(files: &Files) -> Result<Vec<Holding>> {
    files.holdings().map_err(|error| LabError::Unsupported {
        why: format!(
            "this system does not tell who holds locks (no /proc/locks: {error}); only Linux does"
        ),
    })
}

/// Who else has it open, or waits at the gate.
fn others(files: &Files, all: &[Holding]) -> Vec<Other> {
    let own = own_pid();
    let holds = |pid: u32| {
        all.iter().any(|holding| {
            holding.pid == Some(pid)
                && !holding.waits
                && holding.exclusive
                && holding.lock.keeps_writers_out()
        })
    };
    let waits: BTreeSet<u32> = all
        .iter()
        .filter(|holding| holding.waits)
        .filter_map(|holding| holding.pid)
        .collect();
    let mut pids: BTreeSet<u32> = openers(files).iter().map(|opener| opener.pid).collect();
    pids.extend(&waits);
    pids.into_iter()
        .filter(|pid| Some(*pid) != own && (!holds(*pid) || waits.contains(pid)))
        .map(|pid| Other {
            pid,
            command: command_of(pid),
            state: state_of(pid),
            waits_at_gate: waits.contains(&pid),
        })
        .collect()
}

/// What this look cannot see, as far as it concerns this file.
fn unseen(held: &[Held], system: &FileSystem, readable: bool) -> Vec<String> {
    let mut all = vec![
        "SQLite's own waiters poll and stand in no table: whoever has the file open may be one"
            .to_owned(),
        "of two connections in one process it cannot be said which holds the lock".to_owned(),
    ];
    if held.iter().any(|held| held.pid.is_none()) {
        all.push(
            "a holder lives in another container: look from there, or from the host".to_owned(),
        );
    }
    if system.network {
        all.push(format!(
            "the file is on {}: what other machines hold cannot be seen from here",
            system.kind
        ));
    }
    if !readable {
        all.push("this process has the file open in SQLite, so its header was not read".to_owned());
    }
    all
}
