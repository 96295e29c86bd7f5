//! Does somebody else in this process have the database open? A second copy of SQLite, such as the one of Python's own
//! `sqlite3`, drops the store's locks when it closes the file. It is looked for now and then, and told once.

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two looks: a look costs some 50 µs.
const EVERY: Duration = Duration::from_secs(1);

/// When to look again, and whether something is to be told.
#[derive(Default)]
pub(super) struct Strangers {
    next: Mutex<Option<Instant>>,
    untold: AtomicBool,
}

impl Strangers {
    /// Looks with `look`, when it is time to, or at once.
    pub fn look_out(&self, path: &Path, at_once: bool, look: impl FnOnce() -> bool) {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_some_and(|next| now < next) && !at_once {
            return;
        }
        *next = Some(now + EVERY);
        drop(next);
        if look() {
            self.untold.store(true, Ordering::Relaxed);
            tracing::warn!(target: "actifix::two_copies", path = %path.display(), "{WARNING}");
        }
    }

    /// True once after something was found.
    pub fn take(&self) -> bool {
        self.untold.swap(false, Ordering::Relaxed)
    }
}

/// What people are told.
pub(super) const WARNING: &str = "this process has the database open by other means than the store, probably by a second \
    copy of SQLite. When that closes the file, the store's locks on it are gone, and another process can overwrite what was \
    committed. Close it before anything is written, and use the store's own connection for your SQL (store.connect() in Python; \
    in Rust a connection of actifix::rusqlite is the same copy, and harmless)";
