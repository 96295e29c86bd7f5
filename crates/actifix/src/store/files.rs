//! What is done with a database as a whole.

use std::path::Path;

use super::sqlite::{Backup, Restored, Upgrade, Upgraded, restore};
use super::{Settings, Store, default_actor};
use crate::error::Result;
use crate::limits;

impl Store {
    /// Takes over the database of the Python Actifix at `path`, of schema 1 to 7: copies it beside itself, and rewrites it
    /// in one transaction in which every value survives. `progress` is told how many tickets of how many are done; the
    /// history says that `actor` did it (`user@host` when nobody is named).
    ///
    /// # Errors
    /// [`crate::Error::Unsupported`] for a file that is none of the Python system's, or newer; [`crate::Error::Busy`] when
    /// another program has it open; [`crate::Error::Corrupt`] for a damaged one. The file is then as it was.
    pub fn upgrade(
        path: impl AsRef<Path>,
        actor: Option<&str>,
        settings: Settings,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Upgraded> {
        limits::opt_name("actor", actor)?;
        Upgrade {
            actor: actor.unwrap_or_else(|| default_actor()),
            patience: settings.deadline,
            progress: &mut progress,
            settings,
        }
        .run(path.as_ref())
    }

    /// Copies one state of the database into the new file `to`, while others go on writing: private, one file, checked,
    /// on disk. Blocks this thread until it is done.
    ///
    /// # Errors
    /// [`crate::Error::Storage`] when `to` exists or cannot be written; [`crate::Error::Corrupt`] when the copy turns out
    /// to be damaged, and so the database is (nothing is left behind then).
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<Backup> {
        self.backend.backup(to.as_ref())
    }

    /// Puts the database `from` in the place of the one at `to`. `from` is checked first; what it replaces is kept beside,
    /// under a name with the moment in it. Every page goes through SQLite into the very same file, so who has it open goes
    /// on with the new content; tokens and ids that the old content gave out are not given out again. Not for a process
    /// that has `to` open in a store.
    ///
    /// A database of the Python Actifix is put back too: that takes an upgrade back.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`], [`crate::Error::Unsupported`] for a `from` that will not do; [`crate::Error::Busy`] when
    /// somebody kept the database. It is then as it was.
    pub fn restore(
        from: impl AsRef<Path>,
        to: impl AsRef<Path>,
        settings: &Settings,
    ) -> Result<Restored> {
        restore(
            from.as_ref(),
            to.as_ref(),
            settings.clock.now(),
            settings.deadline,
        )
    }
}
