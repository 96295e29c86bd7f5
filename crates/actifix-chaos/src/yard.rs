//! A place for a run: a database, and the logs of all who worked on it, judged as often as wanted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use actifix::Store;
use tempfile::TempDir;

use crate::caller::perform;
use crate::checker::{self, Lie, Rules};
use crate::dump::Dump;
use crate::history::{Call, History};
use crate::log::Log;
use crate::worker::{Lot, Work};

/// A database and its logs. The folder of the logs goes when this is dropped.
pub struct Yard {
    home: TempDir,
    /// The database.
    pub path: PathBuf,
    /// The logs.
    pub logs: PathBuf,
    /// How often what was cut off has been asked again.
    settled: usize,
}

/// A folder in memory where there is such a place.
///
/// # Errors
/// When it cannot be made.
pub fn memory() -> io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// What a look at a yard showed.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What was found wrong.
    pub lies: Vec<Lie>,
    /// Calls in all.
    pub calls: usize,
    /// Calls that were acknowledged.
    pub acknowledged: usize,
    /// Calls that were refused.
    pub refused: usize,
    /// Calls that were cut off or answered with `outcome_unknown`, before they were asked again.
    pub unknown: usize,
    /// And those of which nobody can say any more what came of them.
    pub unsettled: usize,
    /// Leases granted.
    pub grants: usize,
}

impl Yard {
    /// A fresh folder with logs and database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        Self::at(tempfile::tempdir()?, None)
    }

    /// The same in memory where there is such a place: for runs that are not about the disk.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn in_memory() -> io::Result<Self> {
        Self::at(memory()?, None)
    }

    /// The same with the database on another disk, which is the one that fails: the logs are in memory.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn on(disk: &Path) -> io::Result<Self> {
        Self::at(memory()?, Some(disk))
    }

    fn at(home: TempDir, disk: Option<&Path>) -> io::Result<Self> {
        let logs = home.path().join("logs");
        fs::create_dir(&logs)?;
        let path = disk.unwrap_or(home.path()).join("actifix.db");
        Ok(Self {
            home,
            path,
            logs,
            settled: 0,
        })
    }

    /// The folder that goes with this.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The database's log of writes.
    pub fn wal(&self) -> PathBuf {
        self.beside("-wal")
    }

    /// A file beside the database.
    pub fn beside(&self, tail: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(tail);
        name.into()
    }

    /// What a worker here is to do.
    pub fn lot(&self, name: &str, seed: u64, work: Work) -> Lot {
        Lot {
            path: self.path.clone(),
            logs: self.logs.clone(),
            name: name.to_owned(),
            seed,
            work,
            deadline_ms: 30_000,
            insists: true,
        }
    }

    /// Bytes of all logs: how far the work has come.
    pub fn written(&self) -> u64 {
        let logs = fs::read_dir(&self.logs).into_iter().flatten().flatten();
        logs.filter_map(|log| log.metadata().ok())
            .map(|meta| meta.len())
            .sum()
    }

    /// Asks again what was cut off, and judges all that was ever seen here by what is there.
    ///
    /// # Errors
    /// When the database cannot be opened or read, or the logs cannot be.
    pub fn judge(&mut self, rules: &Rules) -> io::Result<Verdict> {
        let store = Store::open(&self.path).map_err(io::Error::other)?;
        let before = History::read(&self.logs)?;
        self.settle(&store, &before)?;
        let history = History::read(&self.logs)?;
        let dump = Dump::read(&store).map_err(io::Error::other)?;
        let of = |is: fn(&Call) -> bool| history.calls.iter().filter(|call| is(call)).count();
        Ok(Verdict {
            lies: checker::judge_by(rules, &history, &dump),
            calls: history.calls.len(),
            acknowledged: of(Call::acknowledged),
            refused: of(Call::refused),
            unknown: of(|call| call.doubted || call.unknown()),
            unsettled: of(Call::unknown),
            grants: history.calls.iter().map(|call| call.grants().len()).sum(),
        })
    }

    /// Makes the calls that were cut off again, under their own names: each then has its true answer.
    fn settle(&mut self, store: &Store, history: &History) -> io::Result<()> {
        let cut_off = history.calls.iter().filter(|call| call.unknown());
        let mut log = None;
        for call in cut_off {
            let Some(request) = &call.request else {
                continue;
            };
            let named = store.with_request_id(request).map_err(io::Error::other)?;
            let answer = perform(&named, &call.op).again(&call.op);
            if answer.unknown() {
                continue;
            }
            let log = log.get_or_insert_with(|| {
                self.settled += 1;
                Log::file(&self.logs, &format!("settled-{}", self.settled))
            });
            log.again(request.clone(), answer);
        }
        Ok(())
    }
}
