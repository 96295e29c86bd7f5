//! A process that opens and closes its own database beside SQLite is told so, instead of losing commits in silence.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sqlite_line::{Error, Line, Options, Program, WriteTxn, rusqlite};

struct Rows;

impl Program for Rows {
    type Command = i64;
    type Answer = ();
    const APPLICATION_ID: i32 = 0x6775_6172;
    const VERSION: i32 = 1;

    fn migrate(&mut self, txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
        txn.execute_batch("CREATE TABLE rows(id INTEGER PRIMARY KEY)")
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, id: &i64) -> rusqlite::Result<()> {
        txn.execute("INSERT INTO rows VALUES(?1)", [id]).map(|_| ())
    }
}

/// Writes row after row until one is refused, for a minute at most; gives its number and the refusal.
fn until_refused(line: &Line<Rows>, from: i64) -> (i64, Error) {
    let begun = Instant::now();
    let mut id = from;
    while begun.elapsed() < Duration::from_secs(60) {
        if let Err(error) = line.write(id).wait() {
            return (id, error);
        }
        id += 1;
    }
    panic!("nothing was noticed");
}

#[cfg(target_os = "linux")]
#[test]
fn dropped_locks_are_noticed_nothing_of_that_call_is_applied_and_the_line_goes_on() {
    for beside in ["-shm", ""] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let line = Line::open(&path, Rows, Options::default()).unwrap();
        line.write(1).wait().unwrap();
        let mut name = path.clone().into_os_string();
        name.push(beside);
        drop(File::open(PathBuf::from(name)).unwrap());
        let (refused, error) = until_refused(&line, 2);
        assert!(matches!(error, Error::LocksDropped { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("nothing of this call was applied"),
            "{error}"
        );
        assert_eq!(line.figures().locks_dropped, 1);
        // The connections are opened anew, with their locks; the refused call can be made again.
        line.write(refused).wait().unwrap();
        let count = line
            .read(|txn| txn.query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, i64>(0)));
        assert_eq!(count.wait().unwrap(), refused, "{beside}");
    }
}

#[test]
fn who_keeps_to_sqlite_is_never_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let line = Line::open(&path, Rows, Options::default()).unwrap();
    let begun = Instant::now();
    let mut id = 0;
    // Over at least three looks of the guard, with another connection of the same SQLite coming and going.
    while begun.elapsed() < Duration::from_millis(3_200) {
        id += 1;
        line.write(id).wait().unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other
            .query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, i64>(0))
            .unwrap();
    }
    assert_eq!(line.figures().locks_dropped, 0);
}
