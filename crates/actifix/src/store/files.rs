//! What is done with a database as a whole.

use std::path::Path;

use super::sqlite::{Backup, Body, Restored, Upgrade, Upgraded, WayBack, known, restore};
use super::{Call, Settings, Store, default_actor};
use crate::archive::{ArchiveHead, ArchiveLine};
use crate::error::{Error, Result};
use crate::limits;
use crate::report::Recorded;

impl Store {
    /// Takes over the database of the Python Actifix at `path`, of schema 1 to 7: copies it beside itself, and rewrites it
    /// in one transaction in which every value survives. `progress` is told how many tickets of how many are done; the
    /// history says that `actor` did it (`user@host` when nobody is named).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a file that is none of the Python system's, or newer; [`Error::Busy`] when
    /// another program has it open; [`Error::Corrupt`] for a damaged one. The file is then as it was.
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
    /// [`Error::Storage`] when `to` exists or cannot be written; [`Error::Corrupt`] when the copy turns out
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
    /// [`Error::Corrupt`], [`Error::Unsupported`] for a `from` that will not do; [`Error::Busy`] when
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

    /// Everything as lines of an export: one state of the database, which stays open until the last line was taken.
    ///
    /// # Errors
    /// The first that `each` answers, or the store's own.
    pub fn export<E: From<Error>>(
        &self,
        each: impl FnMut(ArchiveLine) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.backend.export(each)
    }

    /// Asks whether an export with this head may come in as it was, number for number, which only an empty database takes
    /// (or one in which an import of the same export was cut off); its numbers are then given to nobody else.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an export of another version.
    pub fn reserve(&self, head: &ArchiveHead) -> Call<bool> {
        match known(head) {
            Ok(()) => self.send(Body::Reserve(head.clone())),
            Err(error) => Call::failed(error),
        }
    }

    /// Takes lines of an export in. Each has its own answer: a ticket's with the id that it has here, or nothing for a line
    /// that is none. `exactly` as [`Store::reserve`] has answered; else tickets get new numbers, their leases end, and one
    /// whose id is taken gets a new one, to which the old leads.
    pub fn import(
        &self,
        lines: Vec<ArchiveLine>,
        exactly: bool,
    ) -> Call<Vec<Result<Option<Recorded>>>> {
        self.send(Body::Import {
            lines: lines.into_iter().map(Into::into).collect(),
            exactly,
        })
    }

    /// Writes a database that the Python Actifix opens into the new file `to`, with everything that it has a place for: the
    /// way back.
    ///
    /// # Errors
    /// [`Error::Storage`] when `to` exists or cannot be written.
    pub fn export_legacy(&self, to: impl AsRef<Path>) -> Result<WayBack> {
        self.backend.export_legacy(to.as_ref())
    }
}
