//! Connections: how each is opened and set. Every PRAGMA is read back, for SQLite ignores a misspelt one in silence.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use crate::door::Door;
use crate::error::{Error, is_busy};
use crate::forked::Leave;
use crate::guard::Guard;
use crate::holder;
use crate::identity::{FileId, Place};
use crate::options::{Options, Synchronous};
use crate::strangers::{Ours, among_ours};

/// The first library without the WAL-reset bug, as `rusqlite::version_number` gives it.
const OLDEST_LIBRARY: i32 = 3_051_003;
/// Prepared statements kept by a connection.
const STATEMENTS: usize = 256;
/// Sleep between two looks at a lock that a program without a gate holds. Constant, so nobody starves by bad luck.
pub(crate) const NAP: Duration = Duration::from_millis(1);

/// Refuses a SQLite library that can lose data.
pub(crate) fn check_library() -> Result<(), Error> {
    accept(rusqlite::version_number(), rusqlite::version())
}

fn accept(number: i32, name: &str) -> Result<(), Error> {
    if number >= OLDEST_LIBRARY {
        return Ok(());
    }
    let (found, needed) = (name.into(), "3.51.3".into());
    Err(Error::OldLibrary { found, needed })
}

/// A read connection.
pub(crate) struct Reader {
    pub(crate) conn: Connection,
    pub(crate) door: Door,
    /// Dropped after the connection.
    _ours: Ours,
    _leave: Leave,
}

impl Reader {
    pub(crate) fn open(place: &Place, options: &Options) -> Result<Self, Error> {
        // Readers wait too, for recovery after a crash and for the last writer that closes.
        let patience = i32::try_from(options.deadline.as_millis()).unwrap_or(i32::MAX);
        let since = Instant::now();
        let leave = Leave::take(place)?;
        let open = || -> rusqlite::Result<Self> {
            let (ours, mut conn) = connect(place)?;
            conn.busy_handler(Some(move |looks| {
                thread::sleep(NAP);
                looks < patience
            }))?;
            // SQLite's own cache size is enough for looking, and setting one would parse the whole schema, of which a
            // short-lived process that only asks whose file this is has no use.
            set(&conn, "query_only", "ON", 1)?;
            let door = Door::fit(&mut conn)?;
            Ok(Self {
                conn,
                door,
                _ours: ours,
                _leave: leave,
            })
        };
        open().map_err(|error| read_failed(place, since, error))
    }
}

/// The right word for an error of a read: nobody is ever told "database is locked".
pub(crate) fn read_failed(place: &Place, since: Instant, error: rusqlite::Error) -> Error {
    if !is_busy(&error) {
        return Error::from_sqlite(&place.path, error);
    }
    let (waited, holder) = (since.elapsed(), holder::find(place));
    Error::Busy { waited, holder }
}

/// The writer's connection.
pub(crate) struct Station {
    pub(crate) conn: Connection,
    pub(crate) door: Door,
    /// The log at the time of opening: while this connection is open nobody removes it rightly.
    pub(crate) wal: FileId,
    /// Frames in the log after the latest commit.
    pub(crate) frames: Arc<AtomicU32>,
    /// Whether the locks are still there.
    pub(crate) guard: Guard,
    commit_fault: Option<Arc<AtomicI32>>,
    /// Dropped after the connection.
    _ours: Ours,
    _leave: Leave,
}

impl Station {
    /// Opens it under the gate. Switching a file to WAL fails at once while anybody looks at it, whatever the busy
    /// timeout, so that is repeated while `patient` says so. `None`: it no longer did.
    pub(crate) fn open(
        place: &Place,
        options: &Options,
        patient: impl Fn() -> bool,
    ) -> Result<Option<Self>, Error> {
        Self::open_with(place, options, patient, Door::fit)
    }

    /// The same, with a door of the caller's.
    pub(crate) fn open_with(
        place: &Place,
        options: &Options,
        patient: impl Fn() -> bool,
        fit: impl FnOnce(&mut Connection) -> rusqlite::Result<Door>,
    ) -> Result<Option<Self>, Error> {
        let fail = |error| Error::from_sqlite(&place.path, error);
        let leave = Leave::take(place)?;
        let (ours, mut conn) = connect(place).map_err(fail)?;
        conn.busy_timeout(Duration::ZERO).map_err(fail)?;
        if conn.is_readonly("main").map_err(fail)? {
            let why = "is read-only; look at its permissions";
            return Err(Error::path(&place.path, why));
        }
        let Some(mode) = wait_for_wal(&conn, patient).map_err(fail)? else {
            return Ok(None);
        };
        if mode != "wal" {
            let why =
                format!("stays in journal mode {mode}, but needs WAL; put it on a local disk");
            return Err(Error::path(&place.path, why));
        }
        let frames = Self::tune(&mut conn, options).map_err(fail)?;
        let door = fit(&mut conn).map_err(fail)?;
        let wal = FileId::at(&place.wal).map_err(|error| {
            Error::io(&place.wal, "is missing though the database is open", error)
        })?;
        let commit_fault = options.commit_fault.clone();
        Ok(Some(Self {
            conn,
            door,
            wal,
            frames,
            guard: Guard::default(),
            commit_fault,
            _ours: ours,
            _leave: leave,
        }))
    }

    /// What COMMIT answered, unless a test wants to hear something else.
    pub(crate) fn tested(&self, committed: rusqlite::Result<()>) -> rusqlite::Result<()> {
        match self
            .commit_fault
            .as_ref()
            .map(|fault| fault.load(Ordering::Relaxed))
        {
            None | Some(0) => committed,
            Some(code) => committed.and(Err(Error::own(code, "a fault made by a test"))),
        }
    }

    fn tune(conn: &mut Connection, options: &Options) -> rusqlite::Result<Arc<AtomicU32>> {
        let (word, value) = match options.synchronous {
            Synchronous::Full => ("FULL", 2),
            Synchronous::Normal => ("NORMAL", 1),
            Synchronous::Off => ("OFF", 0),
        };
        set(conn, "synchronous", word, value)?;
        set(conn, "foreign_keys", "ON", 1)?;
        set(conn, "wal_autocheckpoint", 0, 0)?;
        if cfg!(target_vendor = "apple") {
            set(conn, "fullfsync", "ON", 1)?;
            set(conn, "checkpoint_fullfsync", "ON", 1)?;
        }
        set_cache(conn, options)?;
        if let Some(pages) = options.max_pages {
            set(conn, "max_page_count", pages, i64::from(pages))?;
        }
        let frames = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&frames);
        conn.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            seen.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(frames)
    }
}

fn connect(place: &Place) -> rusqlite::Result<(Ours, Connection)> {
    // Without CREATE: a file that has gone must not come back empty. Without a mutex: each connection has one user.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (ours, conn) = among_ours(place.file, || {
        Connection::open_with_flags(&place.path, flags)
    });
    let conn = conn?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans that do not depend on bound values. Without it a statement whose plan could (a bound LIMIT, an outer join) is
    // compiled again at each use, because going back to the cache clears its bindings.
    if !conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)? {
        return Err(Error::own(
            ffi::SQLITE_MISUSE,
            "stable plans were asked for and are not given",
        ));
    }
    Ok((ours, conn))
}

fn wait_for_wal(conn: &Connection, patient: impl Fn() -> bool) -> rusqlite::Result<Option<String>> {
    loop {
        match switch_to_wal(conn) {
            Err(error) if is_busy(&error) && patient() => thread::sleep(NAP),
            Err(error) if is_busy(&error) => return Ok(None),
            result => return result.map(Some),
        }
    }
}

fn switch_to_wal(conn: &Connection) -> rusqlite::Result<String> {
    let mut mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        mode = conn.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    }
    // The log is opened by the first look after the switch; from then on its file is known.
    let _tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(mode)
}

fn set_cache(conn: &Connection, options: &Options) -> rusqlite::Result<()> {
    let kib = -i64::from(options.cache_kib);
    set(conn, "cache_size", kib, kib)
}

fn set(conn: &Connection, name: &str, value: impl Display, expected: i64) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("PRAGMA {name}={value}"))?;
    let found: i64 = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?;
    if found == expected {
        return Ok(());
    }
    Err(Error::own(
        ffi::SQLITE_MISUSE,
        format!("PRAGMA {name} was set to {value} and reads back as {found}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::tests::place;

    fn pragma(conn: &Connection, name: &str) -> String {
        let value = conn.query_row(&format!("PRAGMA {name}"), [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
        });
        match value.unwrap() {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn old_libraries_are_refused() {
        check_library().unwrap();
        accept(3_051_003, "3.51.3").unwrap();
        let old = accept(3_051_002, "3.51.2");
        assert!(matches!(old, Err(Error::OldLibrary { found, .. }) if found == "3.51.2"));
    }

    #[test]
    fn the_writer_is_set_as_designed() {
        let dir = tempfile::tempdir().unwrap();
        let station = Station::open(&place(&dir), &Options::default(), || false);
        let station = station.unwrap().unwrap();
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("wal_autocheckpoint", "0"),
            ("cache_size", "-16384"),
            ("busy_timeout", "0"),
        ] {
            assert_eq!(pragma(&station.conn, name), value, "{name}");
        }
    }

    #[test]
    fn the_wal_hook_outlives_the_settings_and_counts() {
        let dir = tempfile::tempdir().unwrap();
        let station = Station::open(&place(&dir), &Options::default(), || false);
        let station = station.unwrap().unwrap();
        station
            .door
            .own(&station.conn, "CREATE TABLE t(a)")
            .unwrap();
        assert!(station.frames.load(Ordering::Relaxed) > 0);
    }

    #[test]
    fn a_reader_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let reader = Reader::open(&place, &Options::default()).unwrap();
        assert_eq!(pragma(&reader.conn, "query_only"), "1");
        assert!(reader.conn.execute_batch("CREATE TABLE t(a)").is_err());
        assert!(reader.conn.execute_batch("PRAGMA query_only=OFF").is_err());
    }

    #[test]
    fn a_setting_that_does_not_hold_is_an_error() {
        let conn = Connection::open_in_memory().unwrap();
        assert!(set(&conn, "foreign_keys", "ON", 7).is_err());
        assert!(set(&conn, "foreign_kyes", "ON", 1).is_err());
    }
}
