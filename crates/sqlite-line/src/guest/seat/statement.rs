//! One statement of a guest: prepared, judged, run, and settled by the host where it concerns the host. It is whole or
//! not at all.

use std::time::Instant;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{CachedStatement, Connection};

use super::super::words::{is_change, is_insert, is_vacuum};
use super::super::{Host, Outcome, Settled};
use super::{Desk, Seat, SqlError};
use crate::door::Door;
use crate::panics::caught;
use crate::txn::WriteTxn;

/// Before a guest's text: the statement cache must not give a guest what the program has prepared.
const GUEST: &str = "/*guest*/ ";
/// So many statements are remembered as the host's.
const REMEMBERED: usize = 256;

/// What is known of a statement before it runs.
#[derive(Default)]
struct Looked {
    /// The host is concerned.
    hosted: bool,
    /// It needs a turn at the gate.
    writes: bool,
    /// Its parameters' names.
    parameters: Vec<Option<String>>,
}

/// What is around a statement that concerns the host.
#[derive(Clone, Copy)]
enum Around {
    Nothing,
    /// A transaction of its own.
    Transaction,
    /// A savepoint in the guest's transaction.
    Savepoint,
}

impl Around {
    fn of(hosted: bool, autocommit: bool) -> Self {
        match (hosted, autocommit) {
            (false, _) => Self::Nothing,
            (true, true) => Self::Transaction,
            (true, false) => Self::Savepoint,
        }
    }

    /// How it begins, how it ends, and how it is undone.
    fn sql(self) -> [&'static str; 3] {
        match self {
            Self::Nothing => ["", "", ""],
            Self::Transaction => ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"],
            Self::Savepoint => [
                "SAVEPOINT sqlite_line_guest",
                "RELEASE sqlite_line_guest",
                "ROLLBACK TO sqlite_line_guest; RELEASE sqlite_line_guest",
            ],
        }
    }

    /// Does `work` within it.
    fn run<T>(
        self,
        conn: &Connection,
        door: &Door,
        work: impl FnOnce() -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let [before, after, undo] = self.sql();
        door.own(conn, before)?;
        let done = work().and_then(|value| {
            door.own(conn, after)?;
            Ok(value)
        });
        if done.is_err() && !conn.is_autocommit() {
            // When even that fails the guest's own ROLLBACK is what is left, or the end of its time.
            let _ = door.own(conn, undo);
        }
        done
    }
}

impl Looked {
    /// The call must bring as many values as the statement has parameters.
    fn takes(&self, values: usize) -> Result<(), SqlError> {
        let parameters = self.parameters.len();
        if parameters == values {
            return Ok(());
        }
        Err(SqlError::misuse(format!(
            "Incorrect number of bindings supplied. The current statement uses {parameters}, and there are {values} supplied."
        )))
    }
}

impl<H: Host> Seat<H> {
    pub(super) fn statement(
        &self,
        desk: &mut Desk<H>,
        asked: Instant,
        sql: &str,
        values: &[Value],
    ) -> Result<Outcome, SqlError> {
        let looked = self.look(desk, asked, sql)?;
        looked.takes(values.len())?;
        let station = desk.station.as_mut().ok_or_else(SqlError::closed)?;
        if looked.writes {
            desk.turn.take(
                &self.place,
                station,
                asked,
                self.patience.wait,
                &self.interrupted,
            )?;
        }
        let (conn, door) = (&station.conn, &station.door);
        let around = Around::of(looked.hosted, conn.is_autocommit());
        let host = looked.hosted.then_some(&mut desk.host);
        let done = around.run(conn, door, || self.whole(host, conn, door, sql, values));
        let mut outcome = done.map_err(|error| self.told(error, asked))?;
        desk.changes += outcome.changed.unwrap_or(0);
        if is_insert(sql) && outcome.changed > Some(0) {
            desk.last_row = outcome.last_row;
        }
        outcome.last_row = desk.last_row;
        Ok(outcome)
    }

    /// What there is to know of a statement before it runs.
    fn look(&self, desk: &mut Desk<H>, asked: Instant, sql: &str) -> Result<Looked, SqlError> {
        let station = desk.station.as_ref().ok_or_else(SqlError::closed)?;
        let _ = self.notes.read();
        let statement = match prepare(&station.conn, sql) {
            Ok(statement) => statement,
            Err(rusqlite::Error::Empty) => return Ok(Looked::default()),
            Err(error) => return Err(self.told(error, asked)),
        };
        // The authorizer is asked when a statement is prepared anew, and what it saw holds for the cached one.
        let (_, seen) = self.notes.read();
        let name = |at| {
            statement
                .parameter_name(at)
                .map(|name| name[1..].to_owned())
        };
        let looked = Looked {
            hosted: seen || desk.hosted.contains(sql),
            writes: !statement.readonly(),
            parameters: (1..=statement.parameter_count()).map(name).collect(),
        };
        drop(statement);
        if seen {
            if desk.hosted.len() >= REMEMBERED {
                desk.hosted.clear();
                station.conn.flush_prepared_statement_cache();
            }
            desk.hosted.insert(sql.into());
        }
        Ok(looked)
    }

    /// The statement, and what it asked the host for.
    fn whole(
        &self,
        host: Option<&mut H>,
        conn: &Connection,
        door: &Door,
        sql: &str,
        values: &[Value],
    ) -> Result<Outcome, SqlError> {
        let mut statement = match prepare(conn, sql) {
            Err(rusqlite::Error::Empty) => return Ok(Outcome::default()),
            statement => statement?,
        };
        let mut outcome = if is_vacuum(sql) {
            door.opened(|| step(&mut statement, values))?
        } else {
            step(&mut statement, values)?
        };
        drop(statement);
        // Later the host's own statements change both.
        let (direct, added) = (conn.changes(), conn.last_insert_rowid());
        let mut settled = Settled::default();
        if let Some(host) = host {
            let txn = WriteTxn::within(conn, door);
            settled = door.opened(|| caught(|| host.settle(&txn)).flatten())?;
        }
        outcome.last_row = settled.inserted.unwrap_or(added);
        outcome.changed = is_change(sql).then_some(if direct == 0 { settled.rows } else { direct });
        Ok(outcome)
    }

    pub fn parameters(&self, sql: &str) -> Result<Vec<Option<String>>, SqlError> {
        let (mut desk, asked) = (self.desk(), Instant::now());
        self.sit_down(&mut desk, asked)?;
        Ok(self.look(&mut desk, asked, sql)?.parameters)
    }
}

fn prepare<'c>(conn: &'c Connection, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
    conn.prepare_cached(&format!("{GUEST}{sql}"))
}

/// Runs a statement to its end.
fn step(statement: &mut CachedStatement<'_>, values: &[Value]) -> Result<Outcome, SqlError> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    for (at, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    let mut rows = Vec::new();
    let mut found = statement.raw_query();
    while let Some(row) = found.next()? {
        let values = (0..columns.len()).map(|at| owned(row.get_ref(at)?, &columns[at]));
        rows.push(values.collect::<Result<_, _>>()?);
    }
    Ok(Outcome {
        columns,
        rows,
        ..Outcome::default()
    })
}

fn owned(value: ValueRef<'_>, column: &str) -> Result<Value, SqlError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => {
                let text = String::from_utf8_lossy(bytes);
                return Err(SqlError::coded(
                    rusqlite::ffi::SQLITE_ERROR,
                    format!("Could not decode to UTF-8 column '{column}' with text '{text}'"),
                ));
            }
        },
    })
}
