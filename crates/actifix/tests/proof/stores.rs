//! Stores to try, and what is put into them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actifix::{Claim, Lease, ManualClock, Recorded, Report, Settings, Store, Timestamp};
use tempfile::TempDir;

/// A fresh folder with the path of a database in it.
pub struct Room {
    /// The folder; gone when this is dropped.
    pub dir: TempDir,
    /// Where the database is, or will be.
    pub path: PathBuf,
}

impl Room {
    /// A fresh folder, and no database yet.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("actifix.db");
        Self { dir, path }
    }

    /// A fresh folder in memory where there is one: for runs that are not about the disk.
    pub fn in_memory() -> Self {
        let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let dir = memory.expect("a temporary folder");
        let path = dir.path().join("actifix.db");
        Self { dir, path }
    }

    /// Its store, with the default settings.
    pub fn store(&self) -> Store {
        Store::open(&self.path).expect("a store opens")
    }

    /// Its store, which then looks after the folder.
    pub fn into_store(self) -> Shop {
        Shop {
            store: self.store(),
            _room: self,
        }
    }

    /// Its store, with settings of one's own.
    pub fn store_with(&self, change: impl FnOnce(&mut Settings)) -> Store {
        let mut settings = Settings::default();
        change(&mut settings);
        Store::open_with(&self.path, settings).expect("a store opens")
    }

    /// Its store under a clock that moves only when told to.
    pub fn timed(&self, change: impl FnOnce(&mut Settings)) -> (Store, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(NOON));
        let store = self.store_with(|settings| {
            settings.clock = clock.clone();
            change(settings);
        });
        (store, clock)
    }
}

/// A store in a folder of its own, for as long as this lives.
pub struct Shop {
    store: Store,
    _room: Room,
}

impl std::ops::Deref for Shop {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Where a [`ManualClock`] begins.
pub const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
/// A lease of a minute.
pub const MINUTE: Duration = Duration::from_secs(60);

pub use actifix_chaos::caller::evidence;

/// An error that is equal to those of the same `name` only.
pub fn error(name: &str) -> Report {
    Report::error("ValueError", name).source("app.py:31")
}

/// Records one.
pub fn record(store: &Store, name: &str) -> Recorded {
    store.record(error(name)).wait().expect("a report is taken")
}

/// Claims one for a minute.
///
/// # Panics
/// When there is none.
pub fn claim(store: &Store, holder: &str) -> Lease {
    try_claim(store, holder).expect("a ticket is ready")
}

/// Claims one for a minute, if there is one.
pub fn try_claim(store: &Store, holder: &str) -> Option<Lease> {
    store
        .claim(Claim::by(holder).lease(MINUTE))
        .wait()
        .expect("a claim is answered")
        .one()
}

/// What an error is called on the wire, or `done`.
pub fn kind<T>(answer: &actifix::Result<T>) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(error) => error.kind(),
    }
}
