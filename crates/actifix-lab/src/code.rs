//! SQLite's refusals: the extended code, its name, and what it means in plain words.

use rusqlite::ffi;
use serde::{Deserialize, Serialize};

/// How a statement was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The primary code; 0 when the refusal is the store's and not SQLite's.
    pub code: i32,
    /// The extended code, which tells the two refusals of a busy database apart.
    pub extended: i32,
    /// The extended code's name.
    pub name: String,
    /// What was said.
    pub message: String,
}

impl Refusal {
    /// From what SQLite said.
    pub fn of(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, words) => Self {
                code: failure.extended_code & 0xff,
                extended: failure.extended_code,
                name: name_of(failure.extended_code).to_owned(),
                message: words.clone().unwrap_or_else(|| failure.to_string()),
            },
            other => Self::other("OTHER", other.to_string()),
        }
    }

    /// A refusal that is none of SQLite's.
    pub fn other(name: &str, message: impl Into<String>) -> Self {
        Self {
            code: 0,
            extended: 0,
            name: name.to_owned(),
            message: message.into(),
        }
    }

    /// It is SQLite's "database is locked", of whatever kind.
    pub fn is_busy(&self) -> bool {
        self.code == ffi::SQLITE_BUSY
    }

    /// As it is shown: `database is locked (SQLITE_BUSY_SNAPSHOT, 517)`.
    pub fn told(&self) -> String {
        if self.code == 0 {
            return self.message.clone();
        }
        format!("{} ({}, {})", self.message, self.name, self.extended)
    }
}

/// The name of an extended code that has to do with locks, or that the lab can meet.
pub fn name_of(extended: i32) -> &'static str {
    match extended {
        ffi::SQLITE_BUSY => "SQLITE_BUSY",
        ffi::SQLITE_BUSY_RECOVERY => "SQLITE_BUSY_RECOVERY",
        ffi::SQLITE_BUSY_SNAPSHOT => "SQLITE_BUSY_SNAPSHOT",
        ffi::SQLITE_BUSY_TIMEOUT => "SQLITE_BUSY_TIMEOUT",
        ffi::SQLITE_LOCKED => "SQLITE_LOCKED",
        ffi::SQLITE_LOCKED_SHAREDCACHE => "SQLITE_LOCKED_SHAREDCACHE",
        ffi::SQLITE_PROTOCOL => "SQLITE_PROTOCOL",
        ffi::SQLITE_READONLY => "SQLITE_READONLY",
        ffi::SQLITE_IOERR => "SQLITE_IOERR",
        ffi::SQLITE_IOERR_DELETE_NOENT => "SQLITE_IOERR_DELETE_NOENT",
        ffi::SQLITE_CORRUPT => "SQLITE_CORRUPT",
        ffi::SQLITE_CONSTRAINT => "SQLITE_CONSTRAINT",
        ffi::SQLITE_FULL => "SQLITE_FULL",
        ffi::SQLITE_NOTADB => "SQLITE_NOTADB",
        ffi::SQLITE_CANTOPEN => "SQLITE_CANTOPEN",
        _ => "another SQLite error",
    }
}

/// What a code means for whoever meets it.
pub fn meaning(extended: i32) -> &'static str {
    match extended {
        ffi::SQLITE_BUSY => "someone is writing now",
        ffi::SQLITE_BUSY_SNAPSHOT => {
            "someone has written since this transaction's read began, so its snapshot is old: no waiting helps, only \
             starting the transaction again"
        }
        ffi::SQLITE_BUSY_RECOVERY => "someone is reading the log again after a crash",
        ffi::SQLITE_LOCKED | ffi::SQLITE_LOCKED_SHAREDCACHE => {
            "a statement of the same connection, or of one that shares its cache, is still at work"
        }
        _ => "see SQLite's list of result codes",
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, ffi};

    use super::*;

    fn pair() -> (tempfile::TempDir, Connection, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let conn = Connection::open(dir.path().join("a.db")).unwrap();
            conn.busy_timeout(std::time::Duration::ZERO).unwrap();
            conn
        };
        let (one, two) = (open(), open());
        one.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)")
            .unwrap();
        (dir, one, two)
    }

    fn refused(result: rusqlite::Result<()>) -> Refusal {
        Refusal::of(&result.unwrap_err())
    }

    #[test]
    fn someone_writes_now_is_5() {
        let (_dir, one, two) = pair();
        one.execute_batch("BEGIN IMMEDIATE").unwrap();
        let seen = refused(two.execute_batch("BEGIN IMMEDIATE"));
        assert_eq!((seen.extended, seen.name.as_str()), (5, "SQLITE_BUSY"));
        assert!(seen.is_busy() && seen.told().contains("database is locked (SQLITE_BUSY, 5)"));
    }

    #[test]
    fn an_old_snapshot_is_517() {
        let (_dir, one, two) = pair();
        two.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        one.execute_batch("UPDATE t SET a=2").unwrap();
        let seen = refused(two.execute_batch("UPDATE t SET a=3"));
        assert_eq!(
            (seen.extended, seen.name.as_str()),
            (517, "SQLITE_BUSY_SNAPSHOT")
        );
        assert!(meaning(seen.extended).contains("no waiting helps"));
    }

    #[test]
    fn a_statement_at_work_on_the_same_connection_is_6() {
        let (_dir, one, _two) = pair();
        let mut reading = one.prepare("SELECT * FROM t").unwrap();
        let mut rows = reading.query([]).unwrap();
        assert!(rows.next().unwrap().is_some());
        let seen = refused(one.execute_batch("DROP TABLE t"));
        assert_eq!((seen.extended, seen.name.as_str()), (6, "SQLITE_LOCKED"));
    }

    #[test]
    fn a_shared_cache_is_262() {
        let open = || {
            let path = "file:shared?mode=memory&cache=shared";
            Connection::open(path).unwrap()
        };
        let (one, two) = (open(), open());
        one.execute_batch("CREATE TABLE t(a); BEGIN; INSERT INTO t VALUES(1)")
            .unwrap();
        let seen = refused(two.execute_batch("SELECT * FROM t"));
        assert_eq!(
            (seen.extended, seen.name.as_str()),
            (262, "SQLITE_LOCKED_SHAREDCACHE")
        );
    }

    #[test]
    fn every_busy_code_of_the_library_has_its_own_name() {
        for (code, name) in [
            (ffi::SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"),
            (ffi::SQLITE_BUSY_TIMEOUT, "SQLITE_BUSY_TIMEOUT"),
        ] {
            assert_eq!(name_of(code), name);
        }
        assert_eq!(ffi::SQLITE_BUSY_RECOVERY, 261);
    }
}
