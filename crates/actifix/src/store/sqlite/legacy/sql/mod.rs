//! People's own SQL on a store's file: a connection over our copy of SQLite that takes writes on the Python system's names.
//!
//! `tickets` is a view. On this connection alone it has triggers that write down what a statement asks for; when the
//! statement is through, the desk does it in the same transaction ([`apply`]). So people's INSERT, UPDATE and DELETE mean
//! what they meant, row counts are true, and the history, the leases and the counts are as sound as after a call.

mod apply;
mod asked;
mod furnish;
mod judge;
mod standing;

use std::sync::Arc;

use sqlite_line::WriteTxn;
use sqlite_line::guest::{self, Guest, Host, Judged, Settled};
use sqlite_line::rusqlite::hooks::AuthContext;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Connection, Error as SqliteError, Result as SqlResult, ffi};

use crate::error::Error;
use crate::store::Settings;
use crate::store::sqlite::desk::Stop;
use crate::store::sqlite::{Backend, schema};

pub use guest::{Interrupt, Mode, Outcome, Patience, SqlError};

/// A connection for people's own SQL. It behaves as a plain SQLite connection, with these differences:
///
/// - `INSERT`, `UPDATE` and `DELETE` on `tickets` are done by the store, with their events (actor `sql`): a row that gets a
///   `locked_by` is leased to that holder, one that loses it is open again, `DELETE` removes the ticket for good. `OR
///   REPLACE` replaces nothing and fails as a duplicate.
/// - A transaction that writes waits at the gate like all writers, and is rolled back when it lasts too long.
/// - The store's own tables can be read, not written; settings that all writers share stay as they are.
/// - All rows of a statement are read at once.
///
/// ```
/// use actifix::{Report, Store, legacy::{Mode, Patience, SqlConnection}};
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("actifix.db"))?;
/// let id = store.record(Report::error("E", "no such column")).wait()?.id;
///
/// let sql = SqlConnection::open(&store, Patience::default())?;
/// sql.begin(Mode::Immediate)?;
/// let done = sql.run("UPDATE tickets SET locked_by = 'agent-1' WHERE status = 'Open'", &[])?;
/// sql.commit()?;
/// assert_eq!(done.changed, Some(1));
/// assert_eq!(store.get(&id).wait()?.lease.ok_or("no lease")?.holder, "agent-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqlConnection(Guest<Counter>);

/// Does at the store what statements ask for.
struct Counter {
    settings: Arc<Settings>,
    extra: Vec<String>,
    interrupt: Interrupt,
}

impl Backend {
    /// Opens a connection for people's own SQL.
    pub fn sql(&self, patience: Patience, interrupt: Interrupt) -> Result<SqlConnection, SqlError> {
        self.look_out(true);
        let counter = Counter {
            settings: Arc::clone(&self.settings),
            extra: Vec::new(),
            interrupt,
        };
        self.line.guest(counter, patience).map(SqlConnection)
    }

    /// Whether this thread is inside a write transaction of its own SQL.
    pub fn is_inside(&self) -> bool {
        self.line.is_inside()
    }
}

impl SqlConnection {
    /// Opens a connection on the store's database.
    ///
    /// # Errors
    /// "database is locked" when the file could not be opened in time; what SQLite says.
    pub fn open(store: &crate::Store, patience: Patience) -> Result<Self, SqlError> {
        Self::open_interruptible(store, patience, Arc::new(|| false))
    }

    /// The same, with what ends a statement before its time, also one that waits: SQLite calls that an interrupt.
    ///
    /// # Errors
    /// As [`SqlConnection::open`].
    pub fn open_interruptible(
        store: &crate::Store,
        patience: Patience,
        interrupt: Interrupt,
    ) -> Result<Self, SqlError> {
        store.sql(patience, interrupt)
    }

    /// Runs one statement with its parameters in their order.
    ///
    /// # Errors
    /// What SQLite says, with its code, in the words that the old tables had.
    pub fn run(&self, sql: &str, values: &[Value]) -> Result<Outcome, SqlError> {
        self.0.run(sql, values).map_err(in_old_words)
    }

    /// Runs several statements, without parameters; their rows are dropped.
    ///
    /// # Errors
    /// As [`SqlConnection::run`], for the first that fails.
    pub fn script(&self, sql: &str) -> Result<(), SqlError> {
        self.0.script(sql).map_err(in_old_words)
    }

    /// The names of a statement's parameters in their order; `None` for those that have none.
    ///
    /// # Errors
    /// What SQLite says of the statement.
    pub fn parameters(&self, sql: &str) -> Result<Vec<Option<String>>, SqlError> {
        self.0.parameters(sql)
    }

    /// Begins a transaction. Immediate and exclusive ones wait at the gate here, deferred ones before their first write.
    ///
    /// # Errors
    /// "database is locked", with the holder's name, when the wait was in vain.
    pub fn begin(&self, mode: Mode) -> Result<(), SqlError> {
        self.0.begin(mode)
    }

    /// Commits the open transaction, if there is one.
    ///
    /// # Errors
    /// What SQLite says; that the transaction lasted too long and was rolled back.
    pub fn commit(&self) -> Result<(), SqlError> {
        self.0.commit()
    }

    /// Rolls the open transaction back, if there is one.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn rollback(&self) -> Result<(), SqlError> {
        self.0.rollback()
    }

    /// A transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.0.in_transaction()
    }

    /// How many rows this connection's statements have changed.
    pub fn total_changes(&self) -> u64 {
        self.0.total_changes()
    }

    /// Ends the statement that runs now on another thread.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Rolls back what is open, and closes.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Host for Counter {
    fn furnish(&mut self, conn: &Connection) -> SqlResult<()> {
        self.extra = furnish::furnish(conn)?;
        Ok(())
    }

    fn judge() -> fn(&AuthContext<'_>) -> Judged {
        judge::judge
    }

    fn interrupt(&self) -> Interrupt {
        Arc::clone(&self.interrupt)
    }

    fn settle(&mut self, txn: &WriteTxn<'_>) -> SqlResult<Settled> {
        let version: i32 = txn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != schema::VERSION {
            let why = "a newer actifix has upgraded this database; update this program";
            return Err(failed(ffi::SQLITE_ERROR, why));
        }
        apply::settle(&self.settings, &self.extra, txn).map_err(|stop| match stop {
            Stop::Sql(error) => error,
            Stop::Refused(Error::Corrupt { why }) => failed(ffi::SQLITE_CORRUPT, &why),
            Stop::Refused(refused) => failed(ffi::SQLITE_CONSTRAINT, &refused.to_string()),
        })
    }
}

fn failed(code: i32, why: &str) -> SqliteError {
    SqliteError::SqliteFailure(ffi::Error::new(code), Some(why.to_owned()))
}

/// What SQLite says of our tables is said of the one that was written.
fn in_old_words(mut error: SqlError) -> SqlError {
    if error.code == Some(ffi::SQLITE_CONSTRAINT_UNIQUE)
        && (error.message.contains("asked.own_id") || error.message.contains("facts.id"))
    {
        error.code = Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY);
    }
    for (ours, theirs) in [
        ("actifix_asked.own_id", "tickets.id"),
        ("actifix_asked.own_guard", "tickets.duplicate_guard"),
        ("actifix_asked.", "tickets."),
        ("facts.id", "tickets.id"),
    ] {
        if error.message.contains(ours) {
            error.message = error.message.replace(ours, theirs);
        }
    }
    error
}
