//! [`Upkeep`]: what is done to a database as a whole, under its gate: looking at a foreign file, upgrading it, putting
//! another database in its place.
//!
//! A [`Line`](crate::Line) brings its own schema up to date by itself. This is for the rest, which people ask for by
//! name, and during which the file's own programs wait at the gate.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::connection::{NAP, Reader, Station, check_library, read_failed};
use crate::copy;
use crate::error::{Error, Process, is_busy};
use crate::gate::{Gate, Held};
use crate::holder;
use crate::identity::Place;
use crate::open;
use crate::openers;
use crate::options::Options;
use crate::readers::run_on;
use crate::txn::{ReadTxn, WriteTxn};

/// Whose file it is from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// `PRAGMA application_id`.
    pub application_id: i32,
    /// `PRAGMA user_version`.
    pub version: i32,
}

/// A database whose gate is held: no line of any process writes to it until this is dropped.
///
/// Do not use it in a process that has a line open on the same file: that line's writer would wait for it.
#[derive(Debug)]
pub struct Upkeep {
    place: Arc<Place>,
    options: Options,
    _held: Held,
}

impl Upkeep {
    /// Waits for the gate of the file at `path`, up to `patience`. The file is not opened yet.
    ///
    /// # Errors
    /// [`Error::Path`] when there is no such file, [`Error::Busy`] when the gate stayed closed, [`Error::NoLocks`],
    /// [`Error::OldLibrary`].
    pub fn enter(path: impl AsRef<Path>, patience: Duration) -> Result<Self, Error> {
        check_library()?;
        let place = open::locate(path.as_ref(), false)?;
        let asked = Instant::now();
        let Some(held) = Gate::open(&place)?.enter_within(&place, patience)? else {
            return Err(Error::Busy {
                waited: asked.elapsed(),
                holder: holder::find(&place),
            });
        };
        let options = Options::default().create(false).deadline(patience);
        Ok(Self {
            place: Arc::new(place),
            options,
            _held: held,
        })
    }

    /// The database's canonical path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// The other processes that have the file open, as far as the system lets us see them (Linux; not those of other
    /// users or containers).
    #[must_use]
    pub fn others(&self) -> Vec<Process> {
        openers::others(&self.place)
    }

    /// Looks at one state of the file.
    ///
    /// # Errors
    /// What opening or `f` says.
    pub fn look<T>(&self, f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let since = Instant::now();
        let reader = Reader::open(&self.place, &self.options)?;
        run_on(&reader, &self.place, |txn| {
            f(txn).map_err(|error| read_failed(&self.place, since, error))
        })
    }

    /// Copies the last committed state of the file into the new file `to`, private and on disk. Can be called while
    /// [`change`](Self::change) runs.
    ///
    /// # Errors
    /// [`Error::Path`] when `to` exists or cannot be made, [`Error::Full`], what SQLite says.
    pub fn copy_to(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let reader = Reader::open(&self.place, &self.options)?;
        copy::into_new_file(&reader.conn, to.as_ref())
    }

    /// Changes the file in one transaction, with SQLite's write lock held and foreign keys not enforced (so that tables
    /// can be made anew), and stamps it. An error of `f` leaves the file as it was.
    ///
    /// # Errors
    /// [`Error::Busy`] when a program that knows no gate kept the write lock, [`Error::Unknown`] when the outcome of the
    /// commit is not known, what `f` says.
    pub fn change<T, E: From<Error>>(
        &self,
        stamp: Stamp,
        f: impl FnOnce(&WriteTxn<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let fail = |error| Error::from_sqlite(&self.place.path, error);
        let station = self.station()?;
        let off = "PRAGMA foreign_keys=OFF";
        station.door.own(&station.conn, off).map_err(fail)?;
        let txn = self.begin(&station)?;
        let done = f(&txn)?;
        let stamp = format!(
            "PRAGMA application_id={}; PRAGMA user_version={}",
            stamp.application_id, stamp.version
        );
        txn.own(&stamp).map_err(fail)?;
        match txn.commit() {
            Ok(()) => Ok(done),
            Err(error) => Err(commit_failed(&self.place, error).into()),
        }
    }

    /// Puts the database `from` in the place of this one: every page, in one transaction, in the very same file, so that
    /// those who have it open go on with the new content.
    ///
    /// # Errors
    /// [`Error::Path`] when the two have pages of different sizes, [`Error::Busy`] when a program that knows no gate kept
    /// the lock, what SQLite says.
    pub fn replace_with(&self, from: &Path) -> Result<(), Error> {
        let source = open::locate(from, false)?;
        let reader = Reader::open(&source, &self.options)?;
        let mut station = self.station()?;
        self.same_page_size(&reader.conn, &station.conn)?;
        let asked = Instant::now();
        let patient = || asked.elapsed() < self.options.deadline;
        match copy::pages(&reader.conn, &mut station.conn, patient) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.busy(asked)),
            Err(error) => Err(Error::from_sqlite(&self.place.path, error)),
        }
    }

    /// Puts the file `from` in the place of one that SQLite cannot read at all, by renaming. What was there goes to `kept`
    /// (its log to `kept` with `-wal` after it). A process that has the old file open notices that it was replaced and
    /// writes nothing, but so it must be opened again: use it only where [`replace_with`](Self::replace_with) cannot.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process has the file open, [`Error::Path`] when a rename fails.
    pub fn displace(&self, from: &Path, kept: &Path) -> Result<(), Error> {
        if let Some(other) = self.others().into_iter().next() {
            return Err(Error::Busy {
                waited: Duration::ZERO,
                holder: Some(other),
            });
        }
        let moved = |from: &Path, to: &Path| {
            fs::rename(from, to).map_err(|error| Error::io(from, "cannot be moved", error))
        };
        // The log first: beside another database it would be taken for that one's.
        if self.place.wal.exists() {
            let mut log = kept.as_os_str().to_owned();
            log.push("-wal");
            moved(&self.place.wal, Path::new(&log))?;
        }
        let _ = fs::remove_file(&self.place.shm); // made anew at every opening
        fs::hard_link(&self.place.path, kept)
            .map_err(|error| Error::io(kept, "cannot be made", error))?;
        moved(from, &self.place.path)
    }

    fn same_page_size(&self, from: &Connection, to: &Connection) -> Result<(), Error> {
        let size = |conn: &Connection| -> rusqlite::Result<i64> {
            conn.query_row("PRAGMA page_size", [], |row| row.get(0))
        };
        let fail = |error| Error::from_sqlite(&self.place.path, error);
        let (from, to) = (size(from).map_err(fail)?, size(to).map_err(fail)?);
        if from == to {
            return Ok(());
        }
        let why = format!(
            "has pages of {to} bytes, and what is to take its place has pages of {from}; move the file away and copy the other one here"
        );
        Err(Error::path(&self.place.path, why))
    }

    fn station(&self) -> Result<Station, Error> {
        let asked = Instant::now();
        let patient = || asked.elapsed() < self.options.deadline;
        self.place.check_file()?;
        Station::open(&self.place, &self.options, patient)?.ok_or_else(|| self.busy(asked))
    }

    fn begin<'s>(&self, station: &'s Station) -> Result<WriteTxn<'s>, Error> {
        let asked = Instant::now();
        loop {
            match WriteTxn::begin(&station.conn, &station.door) {
                Ok(txn) => return Ok(txn),
                Err(error) if !is_busy(&error) => {
                    return Err(Error::from_sqlite(&self.place.path, error));
                }
                Err(_) if asked.elapsed() < self.options.deadline => thread::sleep(NAP),
                Err(_) => return Err(self.busy(asked)),
            }
        }
    }

    fn busy(&self, asked: Instant) -> Error {
        Error::Busy {
            waited: asked.elapsed(),
            holder: holder::find(&self.place),
        }
    }
}

/// A commit that failed is undone for certain, or nobody knows.
fn commit_failed(place: &Place, error: rusqlite::Error) -> Error {
    if crate::batch::is_certainly_undone(&error) {
        return Error::from_sqlite(&place.path, error);
    }
    Error::Unknown {
        why: error.to_string(),
    }
}
