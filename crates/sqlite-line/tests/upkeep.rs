//! A database as a whole, under its gate: changed or not at all, copied, replaced under those who have it open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlite_line::rusqlite::{Connection, Result as Sql};
use sqlite_line::{Error, Line, Options, Stamp, Upkeep};
use stage::{Do, LONG, Rows};

const STAMP: Stamp = Stamp {
    application_id: 7,
    version: 3,
};

fn foreign(dir: &Path, name: &str, rows: i64) -> PathBuf {
    let path = dir.join(name);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE t(a INTEGER PRIMARY KEY)")
        .unwrap();
    for row in 0..rows {
        conn.execute("INSERT INTO t VALUES(?1)", [row]).unwrap();
    }
    path
}

fn rows(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_change_is_stamped_and_a_failed_one_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = foreign(dir.path(), "a.db", 2);
    let upkeep = Upkeep::enter(&path, LONG).unwrap();
    let refused: Result<(), Error> = upkeep.change(STAMP, |txn| {
        txn.execute_batch("DROP TABLE t").unwrap();
        Err(Error::Full)
    });
    assert!(matches!(refused, Err(Error::Full)));
    let before = dir.path().join("before.db");
    let changed: Result<(), Error> = upkeep.change(STAMP, |txn| {
        txn.execute_batch("DELETE FROM t").unwrap();
        // What is not committed is not in the copy.
        upkeep.copy_to(&before)
    });
    changed.unwrap();
    let look = |sql: &'static str| upkeep.look(|txn| txn.query_row(sql, [], |row| row.get(0)));
    let found: [i64; 3] = [
        look("SELECT count(*) FROM t").unwrap(),
        look("PRAGMA application_id").unwrap(),
        look("PRAGMA user_version").unwrap(),
    ];
    assert_eq!(found, [0, 7, 3]);
    assert_eq!(rows(&Connection::open(before).unwrap()), 2);
}

#[test]
fn tables_can_be_made_anew_under_a_foreign_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = foreign(dir.path(), "a.db", 1);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE u(b REFERENCES t(a) ON DELETE CASCADE); INSERT INTO u VALUES(0)",
    )
    .unwrap();
    drop(conn);
    let upkeep = Upkeep::enter(&path, LONG).unwrap();
    let changed: Result<(), Error> = upkeep.change(STAMP, |txn| {
        txn.execute_batch("DROP TABLE t; CREATE TABLE t(a INTEGER PRIMARY KEY)")
            .unwrap();
        Ok(())
    });
    changed.unwrap();
    let kept: Sql<i64> =
        Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM u", [], |row| row.get(0));
    assert_eq!(kept.unwrap(), 1);
}

#[test]
fn the_gate_is_one_and_a_writer_without_it_is_named_as_busy() {
    let dir = tempfile::tempdir().unwrap();
    let path = foreign(dir.path(), "a.db", 1);
    let first = Upkeep::enter(&path, LONG).unwrap();
    let short = Duration::from_millis(30);
    assert!(matches!(
        Upkeep::enter(&path, short),
        Err(Error::Busy { .. })
    ));
    drop(first);
    let writer = Connection::open(&path).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE")
        .unwrap();
    let upkeep = Upkeep::enter(&path, short).unwrap();
    let busy: Result<(), Error> = upkeep.change(STAMP, |_| Ok(()));
    assert!(matches!(busy, Err(Error::Busy { .. })), "{busy:?}");
    let from = foreign(dir.path(), "b.db", 5);
    let busy = upkeep.replace_with(&from);
    assert!(matches!(busy, Err(Error::Busy { .. })), "{busy:?}");
    assert_eq!(rows(&writer), 1);
}

#[test]
fn those_who_have_it_open_see_what_took_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = foreign(dir.path(), "a.db", 1);
    let from = foreign(dir.path(), "b.db", 5);
    let reader = Connection::open(&path).unwrap();
    assert_eq!(rows(&reader), 1);
    Upkeep::enter(&path, LONG)
        .unwrap()
        .replace_with(&from)
        .unwrap();
    assert_eq!(rows(&reader), 5);
    reader.execute("INSERT INTO t VALUES(99)", []).unwrap();
    drop(reader);
    assert_eq!(rows(&Connection::open(&path).unwrap()), 6);
}

#[test]
fn pages_of_another_size_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = foreign(dir.path(), "a.db", 1);
    let other = dir.path().join("b.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("PRAGMA page_size=8192; CREATE TABLE t(a)")
        .unwrap();
    let refused = Upkeep::enter(&path, LONG).unwrap().replace_with(&other);
    assert!(refused.unwrap_err().to_string().contains("8192"));
    assert_eq!(rows(&Connection::open(&path).unwrap()), 1);
}

#[test]
fn a_copy_under_load_is_one_state() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let line = Line::open(&path, Rows::default(), Options::default()).unwrap();
    let copies: Vec<PathBuf> = (0..3)
        .map(|nth| dir.path().join(format!("copy-{nth}.db")))
        .collect();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..400 {
                line.write(Do::Add(number)).wait().unwrap();
            }
        });
        for copy in &copies {
            line.copy_to(copy).unwrap();
        }
        writer.join().unwrap();
    });
    let mut seen = 0;
    for copy in copies {
        let conn = Connection::open(copy).unwrap();
        let sound: String = conn
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        let (count, top): (i64, i64) = conn
            .query_row(
                "SELECT count(*), coalesce(max(n) + 1, 0) FROM rows",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!((sound.as_str(), count), ("ok", top));
        assert!(count >= seen);
        seen = count;
    }
}
