//! The file behind a line: what it may be, and what may happen to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;

use sqlite_line::{Error, Line, Options, Program, rusqlite};
use stage::{Do, Rows, Stage, count, numbers};

fn open(path: &std::path::Path) -> Result<Line<Rows>, Error> {
    Line::open(path, Rows::default(), Options::default())
}

fn why(result: Result<Line<Rows>, Error>) -> String {
    match result {
        Err(Error::Path { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_file_is_private_marked_and_in_wal_mode() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(1)).wait().unwrap();
    for tail in ["", "-wal", "-shm", "-gate"] {
        let path = format!("{}{tail}", stage.path.display());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{path}"
        );
    }
    let conn = rusqlite::Connection::open(&stage.path).unwrap();
    let pragma = |name: &str| {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0))
            .unwrap()
    };
    assert_eq!(pragma("application_id"), Rows::APPLICATION_ID);
    assert_eq!(pragma("user_version"), Rows::VERSION);
    assert_eq!(
        conn.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))
            .unwrap(),
        "wal"
    );
}

#[test]
fn wrong_paths_say_what_is_wrong() {
    let stage = Stage::new();
    assert!(why(open(stage.dir.path())).contains("is a directory"));
    assert!(
        why(open(&stage.dir.path().join("no/such/folder.db"))).contains("make the folder first")
    );
    let link = stage.dir.path().join("dangling");
    std::os::unix::fs::symlink("nowhere.db", &link).unwrap();
    assert!(why(open(&link)).contains("is a link"));
    assert!(why(open(std::path::Path::new("/dev/null"))).contains("not a regular file"));
    let create = Options::default().create(false);
    assert!(
        why(Line::open(&stage.path, Rows::default(), create.clone())).contains("does not exist")
    );
    assert!(!stage.path.exists());
    fs::write(&stage.path, "").unwrap();
    assert!(why(Line::open(&stage.path, Rows::default(), create)).contains("is empty"));
}

#[test]
fn other_files_are_left_alone() {
    let stage = Stage::new();
    for text in ["short".to_owned(), "long ".repeat(1000)] {
        fs::write(&stage.path, &text).unwrap();
        let result = open(&stage.path);
        assert!(
            matches!(result, Err(Error::NotADatabase { .. })),
            "{result:?}"
        );
        assert_eq!(fs::read_to_string(&stage.path).unwrap(), text);
    }
    fs::remove_file(&stage.path).unwrap();
    rusqlite::Connection::open(&stage.path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs(a)")
        .unwrap();
    let result = open(&stage.path);
    assert!(matches!(result, Err(Error::Foreign { .. })), "{result:?}");
    let conn = rusqlite::Connection::open(&stage.path).unwrap();
    assert_eq!(
        conn.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))
            .unwrap(),
        "delete"
    );
}

#[test]
fn an_older_schema_is_upgraded_and_a_newer_one_refused() {
    let stage = Stage::new();
    let conn = rusqlite::Connection::open(&stage.path).unwrap();
    let id = Rows::APPLICATION_ID;
    conn.execute_batch(&format!("CREATE TABLE rows(n INTEGER PRIMARY KEY, body BLOB); INSERT INTO rows(n) VALUES(9); PRAGMA application_id={id}; PRAGMA user_version=1")).unwrap();
    let line = open(&stage.path).unwrap();
    assert_eq!(numbers(&line), [9]);
    line.write(Do::Add(10)).wait().unwrap();
    drop(line);
    conn.execute_batch("PRAGMA user_version=3").unwrap();
    let result = open(&stage.path);
    assert!(
        matches!(
            result,
            Err(Error::Newer {
                found: 3,
                known: 2,
                ..
            })
        ),
        "{result:?}"
    );
}

#[test]
fn a_newer_program_ends_the_writer() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(1)).wait().unwrap();
    rusqlite::Connection::open(&stage.path)
        .unwrap()
        .execute_batch("PRAGMA user_version=3")
        .unwrap();
    for n in 2..4 {
        let result = line.write(Do::Add(n)).wait();
        assert!(
            matches!(
                result,
                Err(Error::Newer {
                    found: 3,
                    known: 2,
                    ..
                })
            ),
            "{result:?}"
        );
    }
    assert_eq!(numbers(&line), [1]);
}

#[test]
fn an_older_file_restored_into_place_is_upgraded_by_the_writer() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(1)).wait().unwrap();
    let conn = rusqlite::Connection::open(&stage.path).unwrap();
    conn.execute_batch("DROP TABLE children; PRAGMA user_version=1")
        .unwrap();
    line.write(Do::Add(2)).wait().unwrap();
    assert_eq!(
        conn.query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0))
            .unwrap(),
        2
    );
}

#[test]
fn a_replaced_file_is_not_written() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(1)).wait().unwrap();
    let aside = stage.dir.path().join("aside.db");
    fs::rename(&stage.path, &aside).unwrap();
    let gone = line.write(Do::Add(2)).wait();
    assert!(
        matches!(gone, Err(Error::Replaced { ref why, .. }) if why.contains("gone")),
        "{gone:?}"
    );
    fs::copy(&aside, &stage.path).unwrap();
    for _ in 0..2 {
        let replaced = line.write(Do::Add(3)).wait();
        assert!(
            matches!(replaced, Err(Error::Replaced { ref why, .. }) if why.contains("another")),
            "{replaced:?}"
        );
    }
    let read = line
        .read(|txn| txn.query_row("SELECT 1", [], |_| Ok(())))
        .wait();
    assert!(matches!(read, Err(Error::Replaced { .. })), "{read:?}");
    assert!(!numbers_of(&stage.path).contains(&2) && !numbers_of(&stage.path).contains(&3));
}

fn numbers_of(path: &std::path::Path) -> Vec<i64> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut statement = conn.prepare("SELECT n FROM rows").unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_file_replaced_before_the_first_write_is_not_written() {
    let (stage, other) = (Stage::new(), Stage::new());
    drop(other.open());
    let line = stage.open();
    fs::rename(&other.path, &stage.path).unwrap();
    let result = line.write(Do::Add(1)).wait();
    assert!(matches!(result, Err(Error::Replaced { .. })), "{result:?}");
    assert!(numbers_of(&stage.path).is_empty());
}

#[test]
fn a_removed_log_is_noticed() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(1)).wait().unwrap();
    fs::remove_file(stage.dir.path().join("rows.db-wal")).unwrap();
    // Again and again: a log that began anew would be missing what the first one held.
    for n in 2..5 {
        let result = line.write(Do::Add(n)).wait();
        assert!(
            matches!(result, Err(Error::Replaced { ref why, .. }) if why.contains("-wal is gone")),
            "{result:?}"
        );
    }
}

#[test]
fn a_panic_while_making_the_schema_is_an_error() {
    struct Panics;
    impl Program for Panics {
        type Command = ();
        type Answer = ();
        const APPLICATION_ID: i32 = 9;
        const VERSION: i32 = 1;
        fn migrate(&mut self, _: &sqlite_line::WriteTxn<'_>, _: i32) -> rusqlite::Result<()> {
            panic!("in migrate")
        }
        fn apply(&mut self, _: &sqlite_line::WriteTxn<'_>, _: &()) -> rusqlite::Result<()> {
            Ok(())
        }
    }
    let stage = Stage::new();
    let error = Line::open(&stage.path, Panics, Options::default()).unwrap_err();
    assert!(error.to_string().contains("in migrate"), "{error}");
    assert_eq!(count(&stage.open()), 0);
}

#[test]
fn a_schema_that_fails_leaves_an_empty_file_for_the_next() {
    struct Broken;
    impl Program for Broken {
        type Command = ();
        type Answer = ();
        const APPLICATION_ID: i32 = Rows::APPLICATION_ID;
        const VERSION: i32 = 1;
        fn migrate(&mut self, txn: &sqlite_line::WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
            txn.execute_batch("CREATE TABLE half(a); CREATE TABLE half(a)")
        }
        fn apply(
            &mut self,
            _txn: &sqlite_line::WriteTxn<'_>,
            _command: &(),
        ) -> rusqlite::Result<()> {
            Ok(())
        }
    }
    let stage = Stage::new();
    assert!(matches!(
        Line::open(&stage.path, Broken, Options::default()),
        Err(Error::Failed(_))
    ));
    assert_eq!(count(&stage.open()), 0);
}

#[test]
fn threads_that_open_a_new_path_at_once_all_succeed() {
    for _ in 0..10 {
        let stage = Arc::new(Stage::new());
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let stage = Arc::clone(&stage);
                thread::spawn(move || {
                    let line = stage.open();
                    line.write(Do::Add(n)).wait().unwrap();
                    line
                })
            })
            .collect();
        let lines: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(numbers(&lines[0]), (0..8).collect::<Vec<_>>());
    }
}
