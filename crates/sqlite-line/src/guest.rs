//! A guest: a connection for SQL that is not the program's own, on the file of a line and by the line's rules.
//!
//! Whoever writes SQL by hand begins and commits as SQLite knows it. What the line adds: a transaction that writes stands
//! at the gate like every other writer (at `BEGIN IMMEDIATE` and `BEGIN EXCLUSIVE`, else before its first write), waits
//! in short constant sleeps up to a deadline, and does not keep the others out for ever. What is the program's own is
//! closed to a guest's SQL; the [`Host`] says what that is, and does what a statement asked of it.

mod error;
mod inside;
mod overtime;
mod rules;
mod seat;
mod turn;
mod words;

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::AuthContext;
use rusqlite::types::Value;

pub use error::SqlError;
pub(crate) use inside::is_inside;
pub(crate) use seat::Seat;
pub use words::{Mode, is_change};

use crate::txn::WriteTxn;

/// Whether a guest's statement is to end now. Asked on the statement's thread every now and then, while it waits and while
/// it runs; once it says so, it goes on saying so until the statement has failed.
pub type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

/// What a program shows to its guests, and what it does for them.
pub trait Host: Send + 'static {
    /// Once, on a new connection: makes the temporary views, tables, triggers and functions that guests shall find.
    ///
    /// # Errors
    /// What SQLite says; the guest then gets no connection.
    fn furnish(&mut self, conn: &Connection) -> rusqlite::Result<()>;

    /// Judges what a guest's statement wants to do. Asked when a statement is prepared, on any thread.
    fn judge() -> fn(&AuthContext<'_>) -> Judged;

    /// What ends a statement before its time, when the connection is opened: nothing, unless a host says otherwise.
    fn interrupt(&self) -> Interrupt {
        Arc::new(|| false)
    }

    /// A statement that was [`Judged::Hosted`] has run: does what it asked for, in the same transaction. An error undoes
    /// the statement.
    ///
    /// # Errors
    /// What the guest is to hear.
    fn settle(&mut self, txn: &WriteTxn<'_>) -> rusqlite::Result<Settled>;
}

/// What a host thinks of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It may be.
    Passes,
    /// It may be, and [`Host::settle`] is to be called after the statement.
    Hosted,
    /// It may not; why, and what to do instead.
    Refused(String),
}

/// What a hosted statement came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Rows that it changed.
    pub rows: u64,
    /// The row number of the last one that it added.
    pub inserted: Option<i64>,
}

/// Deadlines of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a statement waits for others, at the gate and at SQLite's lock together. Default 30 s.
    pub wait: Duration,
    /// How long a transaction may last before it is rolled back, so that others go on. Default 30 s.
    pub hold: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let both = Duration::from_secs(30);
        Self {
            wait: both,
            hold: both,
        }
    }
}

/// What a statement answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The columns' names; empty when the statement has no rows to give.
    pub columns: Vec<String>,
    /// All its rows. They are read at once, so that no snapshot stays open between two calls.
    pub rows: Vec<Vec<Value>>,
    /// How many rows an INSERT, UPDATE, DELETE or REPLACE changed; `None` for other statements.
    pub changed: Option<u64>,
    /// The row number of the row that was added last on this connection.
    pub last_row: i64,
}

/// A connection for people's own SQL. One thread at a time uses it; others wait their turn.
pub struct Guest<H: Host>(Arc<Seat<H>>);

impl<H: Host> std::fmt::Debug for Guest<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").finish_non_exhaustive()
    }
}

impl<H: Host> Guest<H> {
    pub(crate) const fn new(seat: Arc<Seat<H>>) -> Self {
        Self(seat)
    }

    /// Runs one statement with its parameters in their order, and reads all its rows.
    ///
    /// # Errors
    /// What SQLite says, with its code; without one, what is wrong with the call itself.
    pub fn run(&self, sql: &str, values: &[Value]) -> Result<Outcome, SqlError> {
        self.0.run(sql, values)
    }

    /// Runs several statements, separated by semicolons, without parameters. Their rows are dropped.
    ///
    /// # Errors
    /// As [`Guest::run`], for the first that fails.
    pub fn script(&self, sql: &str) -> Result<(), SqlError> {
        self.0.script(sql)
    }

    /// The names of a statement's parameters in their order; `None` for those that have none.
    ///
    /// # Errors
    /// What SQLite says of the statement.
    pub fn parameters(&self, sql: &str) -> Result<Vec<Option<String>>, SqlError> {
        self.0.parameters(sql)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`Guest::run`]; "database is locked", with the holder's name, when others held the lock all the time.
    pub fn begin(&self, mode: Mode) -> Result<(), SqlError> {
        self.0.begin(mode)
    }

    /// Commits the open transaction, if there is one.
    ///
    /// # Errors
    /// As [`Guest::run`]; that the transaction was rolled back because it lasted too long.
    pub fn commit(&self) -> Result<(), SqlError> {
        self.0.commit()
    }

    /// Rolls the open transaction back, if there is one.
    ///
    /// # Errors
    /// As [`Guest::run`].
    pub fn rollback(&self) -> Result<(), SqlError> {
        self.0.rollback()
    }

    /// A transaction is open.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.0.in_transaction()
    }

    /// How many rows the statements of this connection have changed.
    #[must_use]
    pub fn total_changes(&self) -> u64 {
        self.0.total_changes()
    }

    /// Ends the statement that runs now on another thread, with SQLite's "interrupted".
    pub fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Rolls back what is open and closes the connection. Every later call says that it is closed.
    pub fn close(&self) {
        self.0.close();
    }
}
