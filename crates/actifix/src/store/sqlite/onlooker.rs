//! A connection that only looks, and leaves the file and what lies beside it as they are, also where the store could not
//! open it: damaged, foreign, half made.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlite_line::rusqlite::config::DbConfig;
use sqlite_line::rusqlite::{Connection, OpenFlags, Result as Sql};
use sqlite_line::{Openers, openers};

/// How long a look waits for those who recover or close the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the file at `path` to look at it.
///
/// A file that nobody has open and that has no log is opened as one that cannot change: then SQLite makes no side files.
/// What a log or an open database holds can only be seen with its `-shm`, which SQLite makes where it is missing.
pub(in crate::store) fn look_at(path: &Path) -> Result<Connection, sqlite_line::Error> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let open = || -> Sql<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let conn = Connection::open_with_flags(uri(path, is_at_rest(path)), flags)?;
        conn.busy_timeout(PATIENCE)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(conn)
    };
    open().map_err(|error| sqlite_line::Error::from_sqlite(path, error))
}

/// Nobody has it open, and all of it stands in the one file.
pub(in crate::store) fn is_at_rest(path: &Path) -> bool {
    let has = |tail: &str| fs::metadata(beside(path, tail)).is_ok_and(|meta| meta.len() > 0);
    let alone = |open: Openers| open.others.is_empty() && !open.this_process;
    !has("-wal") && !has("-journal") && openers(path).is_ok_and(alone)
}

/// A file that stands beside the database.
pub(in crate::store) fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(tail);
    PathBuf::from(name)
}

/// The path as SQLite takes it with parameters: what could be read as one is escaped.
fn uri(path: &Path, immutable: bool) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str(if immutable {
        "?immutable=1"
    } else {
        "?mode=ro"
    });
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_escaped() {
        assert_eq!(
            uri(Path::new("/a b/ü?#%.db"), false),
            "file:/a%20b/%C3%BC%3F%23%25.db?mode=ro"
        );
    }

    #[test]
    fn a_look_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b?.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (7)")
            .unwrap();
        drop(made);
        let before = fs::read(&path).unwrap();
        let look = look_at(&path).unwrap();
        assert_eq!(
            look.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)),
            Ok(7)
        );
        assert!(look.execute_batch("INSERT INTO t VALUES (8)").is_err());
        drop(look);
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_stands_in_the_log_of_a_killed_process_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let (path, copy) = (dir.path().join("a.db"), dir.path().join("b.db"));
        let made = Connection::open(&path).unwrap();
        made.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (7)")
            .unwrap();
        for tail in ["", "-wal"] {
            fs::copy(beside(&path, tail), beside(&copy, tail)).unwrap();
        }
        let before = (
            fs::read(&copy).unwrap(),
            fs::read(beside(&copy, "-wal")).unwrap(),
        );
        let look = look_at(&copy).unwrap();
        assert_eq!(
            look.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)),
            Ok(7)
        );
        drop(look);
        let after = (
            fs::read(&copy).unwrap(),
            fs::read(beside(&copy, "-wal")).unwrap(),
        );
        assert!(before == after, "the log is emptied by nobody");
    }
}
