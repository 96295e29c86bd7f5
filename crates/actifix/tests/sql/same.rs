//! Every statement of the Python system does on an upgraded file what it did on the old one: the same rows, the same row
//! count or the same refusal, the same tables afterwards.

use std::path::{Path, PathBuf};

use actifix::legacy::{Patience, SqlConnection, SqlError, SqlValue};
use actifix::rusqlite::{Connection, Error};
use actifix::{Settings, Store};

use crate::legacy::statements::{READS, WRITES};
use crate::legacy::{real, rows};

const TABLES: [&str; 4] = ["tickets", "event_log", "database_audit_log", "agent_voice"];
const COLUMNS: &str =
    "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY name)";

struct Pair {
    dir: tempfile::TempDir,
    old: PathBuf,
    new: PathBuf,
    id: String,
}

impl Pair {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let old = real(dir.path(), 7);
        let new = dir.path().join("new.db");
        std::fs::copy(&old, &new).unwrap();
        Store::upgrade(&new, Some("op"), Settings::default(), |_, _| ()).unwrap();
        let open = "SELECT id FROM tickets WHERE status = 'Open' AND deleted = 0 LIMIT 1";
        let conn = Connection::open(&old).unwrap();
        let id = conn.query_row(open, [], |row| row.get(0)).unwrap();
        Self { dir, old, new, id }
    }

    fn copies(&self, n: usize) -> (Connection, Store) {
        let copy = |from: &Path, name: String| {
            let to = self.dir.path().join(name);
            std::fs::copy(from, &to).unwrap();
            to
        };
        let old = Connection::open(copy(&self.old, format!("{n}-old.db"))).unwrap();
        old.execute_batch("PRAGMA foreign_keys=ON").unwrap();
        (
            old,
            Store::open(copy(&self.new, format!("{n}-new.db"))).unwrap(),
        )
    }
}

fn connect(store: &Store) -> SqlConnection {
    SqlConnection::open(store, Patience::default()).unwrap()
}

/// Rows and row count, or code and words.
type Answer = Result<(Vec<Vec<SqlValue>>, u64), (i32, String)>;

fn by_sqlite(conn: &Connection, sql: &str) -> Answer {
    let run = || {
        let mut statement = conn.prepare(sql)?;
        let columns = statement.column_count();
        let found = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
        found.collect::<Result<Vec<Vec<SqlValue>>, Error>>()
    };
    run()
        .map(|rows| (rows, conn.changes()))
        .map_err(|error| match error {
            Error::SqliteFailure(code, text) => (code.extended_code, text.unwrap()),
            Error::SqlInputError { error, msg, .. } => (error.extended_code, msg),
            other => panic!("{sql}: {other}"),
        })
}

fn by_us(sql: &SqlConnection, text: &str) -> Answer {
    sql.run(text, &[])
        .map(|outcome| (outcome.rows, outcome.changed.unwrap_or_default()))
        .map_err(|SqlError { code, message }| (code.unwrap(), message))
}

/// Everything that people can look at.
fn state(conn: &Connection) -> Vec<Vec<Vec<SqlValue>>> {
    let table = |table: &&str| {
        let columns: String = conn.query_row(COLUMNS, [table], |row| row.get(0)).unwrap();
        rows(conn, &format!("SELECT {columns} FROM {table} ORDER BY id"))
    };
    TABLES.iter().map(table).collect()
}

#[test]
fn what_reads_finds_the_same() {
    let pair = Pair::new();
    let (old, store) = pair.copies(0);
    let sql = connect(&store);
    for text in READS {
        let text = text.replace("{ID}", &pair.id);
        let was = by_sqlite(&old, &text).map(|(rows, _)| rows);
        assert_eq!(by_us(&sql, &text).map(|(rows, _)| rows), was, "{text}");
    }
}

#[test]
fn what_writes_does_the_same() {
    let pair = Pair::new();
    let mut refused = Vec::new();
    for (n, text) in WRITES.iter().enumerate() {
        let text = text
            .replace("{ID}", &pair.id)
            .replace("PRAGMA foreign_keys=ON; ", "");
        let (old, store) = pair.copies(n);
        let sql = connect(&store);
        let look = Connection::open(store.path()).unwrap();
        let before = state(&look);
        let (was, is) = (by_sqlite(&old, &text), by_us(&sql, &text));
        match is {
            Err(error) if was != Err(error.clone()) => {
                assert_eq!(state(&look), before, "{text}");
                refused.push((text.clone(), error.1));
            }
            is => {
                assert_eq!(is, was, "{text}");
                assert_eq!(state(&look), state(&old), "{text}");
            }
        }
        let verdict = store.verify(false).wait().unwrap();
        assert!(verdict.ok, "{text}: {:?}", verdict.problems);
    }
    let why: Vec<&str> = refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        why,
        [
            // OR REPLACE destroys nothing.
            "UNIQUE constraint failed: tickets.id",
            // Its columns are all there, and its indexes are not needed any more.
            "Cannot add a column to a view",
            "views may not be indexed",
            "cannot modify schema_version because it is a view",
        ],
        "{refused:#?}"
    );
}
