//! Transactions as types. A [`WriteTxn`] exists only where `BEGIN IMMEDIATE` succeeded, and a [`ReadTxn`] cannot become
//! one, so the upgrade from reader to writer, which no busy timeout covers, cannot be written down.

use std::cell::Cell;
use std::ops::Deref;

use rusqlite::{CachedStatement, Connection, Params, Row, ffi};

use crate::door::Door;
use crate::error::Error;
use crate::statements::Statements;

/// A look at one consistent state of the database.
pub struct ReadTxn<'c> {
    conn: &'c Connection,
    /// SQLite has rolled the transaction back by itself: whatever ran now would run outside of it.
    lost: Cell<bool>,
    statements: Statements<'c>,
}

impl<'c> ReadTxn<'c> {
    pub(crate) fn begin(conn: &'c Connection, door: &Door) -> rusqlite::Result<Self> {
        door.own(conn, "BEGIN")?;
        Ok(Self {
            conn,
            lost: Cell::new(false),
            statements: Statements::default(),
        })
    }

    pub(crate) fn end(self, door: &Door) -> rusqlite::Result<()> {
        if self.conn.is_autocommit() {
            Ok(())
        } else {
            door.own(self.conn, "ROLLBACK")
        }
    }

    /// The row that `sql` finds, made into a value by `f`.
    ///
    /// # Errors
    /// `QueryReturnedNoRows` when there is none, else what SQLite or `f` says.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        f: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.with(sql, |statement| statement.query_row(params, f))
    }

    /// The row that `sql` finds, or `None`.
    ///
    /// # Errors
    /// What SQLite or `f` says.
    pub fn query_opt<T>(
        &self,
        sql: &str,
        params: impl Params,
        f: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.with(sql, |statement| {
            statement.query(params)?.next()?.map(f).transpose()
        })
    }

    /// All rows that `sql` finds.
    ///
    /// # Errors
    /// What SQLite or `f` says.
    pub fn query_all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut f: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut all = Vec::new();
        self.for_each(sql, params, |row| {
            all.push(f(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `f` with each row that `sql` finds.
    ///
    /// # Errors
    /// What SQLite or `f` says; the first error of `f` ends the query.
    pub fn for_each(
        &self,
        sql: &str,
        params: impl Params,
        mut f: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        self.with(sql, |statement| {
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                f(row)?;
            }
            Ok(())
        })
    }

    /// The lines of `EXPLAIN QUERY PLAN` for `sql`, parameters unbound: for tests that watch over plans.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn explain(&self, sql: &str) -> rusqlite::Result<Vec<String>> {
        self.with(&format!("EXPLAIN QUERY PLAN {sql}"), |statement| {
            let mut rows = statement.raw_query();
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(row.get("detail")?);
            }
            Ok(lines)
        })
    }

    /// True when SQLite has ended the transaction by itself (a full disk does it, so does `RAISE(ROLLBACK)`).
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.get()
    }

    pub(crate) fn lost() -> rusqlite::Error {
        Error::own(
            ffi::SQLITE_ABORT_ROLLBACK,
            "SQLite has rolled the whole transaction back; nothing more can run in it",
        )
    }

    fn with<T>(
        &self,
        sql: &str,
        f: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.guard(|conn| {
            let mut statement = match self.statements.take(sql) {
                Some(statement) => statement,
                None => conn.prepare_cached(sql)?,
            };
            let result = f(&mut statement);
            self.statements.keep(sql, statement);
            result
        })
    }

    /// Every statement runs in here: none after the transaction is gone, and after an error we look whether it is.
    fn guard<T>(
        &self,
        f: impl FnOnce(&'c Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        if self.lost.get() {
            return Err(Self::lost());
        }
        let result = f(self.conn);
        if result.is_err() && self.conn.is_autocommit() {
            self.lost.set(true);
        }
        result
    }
}

/// A write transaction. It holds the write lock from its first moment, and it can do all that a [`ReadTxn`] can.
///
/// Only the line makes one and only the line commits it (a guest's host gets to see the guest's own). SQL through it cannot begin, commit, roll back, attach or
/// change settings.
pub struct WriteTxn<'c> {
    read: ReadTxn<'c>,
    door: &'c Door,
    /// The transaction is a guest's, who ends it.
    lent: bool,
}

impl<'c> WriteTxn<'c> {
    pub(crate) fn begin(conn: &'c Connection, door: &'c Door) -> rusqlite::Result<Self> {
        door.begin(conn)?;
        Ok(Self {
            read: ReadTxn {
                conn,
                lost: Cell::new(false),
                statements: Statements::default(),
            },
            door,
            lent: false,
        })
    }

    /// A look into a guest's open transaction, for its host: it is neither committed nor rolled back here.
    pub(crate) fn within(conn: &'c Connection, door: &'c Door) -> Self {
        Self {
            read: ReadTxn {
                conn,
                lost: Cell::new(conn.is_autocommit()),
                statements: Statements::default(),
            },
            door,
            lent: true,
        }
    }

    /// Commits. On an error the transaction is rolled back, as far as SQLite still has one.
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        if self.read.lost.get() || self.read.conn.is_autocommit() {
            return Err(ReadTxn::lost());
        }
        self.door.commit(self.read.conn)
    }

    /// Runs SQL of the line itself inside the transaction.
    pub(crate) fn own(&self, sql: &str) -> rusqlite::Result<()> {
        self.door.own(self.read.conn, sql)
    }

    /// Runs one statement and tells how many rows it changed.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.read.with(sql, |statement| statement.execute(params))
    }

    /// Runs several statements, separated by semicolons, without parameters.
    ///
    /// # Errors
    /// What SQLite says about the first that fails.
    pub fn execute_batch(&self, sql: &str) -> rusqlite::Result<()> {
        self.read.guard(|conn| conn.execute_batch(sql))
    }

    /// The row number of the newest row that was inserted on this connection.
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.read.conn.last_insert_rowid()
    }
}

impl<'c> Deref for WriteTxn<'c> {
    type Target = ReadTxn<'c>;

    fn deref(&self) -> &ReadTxn<'c> {
        &self.read
    }
}

impl Drop for WriteTxn<'_> {
    /// Not committed means rolled back. When even that fails the writer finds the connection inside a transaction and
    /// closes it.
    fn drop(&mut self) {
        if !self.lent && !self.read.conn.is_autocommit() {
            let _ = self.own("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> (Connection, Door) {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t(a INTEGER PRIMARY KEY)")
            .unwrap();
        let door = Door::fit(&mut conn).unwrap();
        (conn, door)
    }

    fn rows(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn dropped_is_rolled_back_and_committed_stays() {
        let (conn, door) = fresh();
        let txn = WriteTxn::begin(&conn, &door).unwrap();
        txn.execute("INSERT INTO t VALUES(?1)", [1]).unwrap();
        drop(txn);
        assert_eq!(rows(&conn), 0);
        let txn = WriteTxn::begin(&conn, &door).unwrap();
        assert_eq!(txn.execute("INSERT INTO t VALUES(?1)", [7]).unwrap(), 1);
        assert_eq!(txn.last_insert_rowid(), 7);
        txn.commit().unwrap();
        assert_eq!(rows(&conn), 1);
    }

    #[test]
    fn a_commit_in_the_text_is_refused_even_after_ours_ran() {
        let (conn, door) = fresh();
        WriteTxn::begin(&conn, &door).unwrap().commit().unwrap();
        let txn = WriteTxn::begin(&conn, &door).unwrap();
        for sql in ["COMMIT", "ROLLBACK", "BEGIN IMMEDIATE"] {
            assert!(txn.execute(sql, []).is_err());
            assert!(txn.execute_batch(sql).is_err());
        }
        assert!(!txn.is_lost());
        txn.execute("INSERT INTO t VALUES(1)", []).unwrap();
        txn.commit().unwrap();
    }

    #[test]
    fn after_a_rollback_by_sqlite_nothing_runs() {
        let (conn, door) = fresh();
        let txn = WriteTxn::begin(&conn, &door).unwrap();
        txn.execute("INSERT INTO t VALUES(1)", []).unwrap();
        assert!(
            txn.execute("INSERT OR ROLLBACK INTO t VALUES(1)", [])
                .is_err()
        );
        assert!(txn.is_lost());
        let error = txn.execute("INSERT INTO t VALUES(2)", []).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("rolled the whole transaction back"),
            "{error}"
        );
        assert!(txn.execute_batch("INSERT INTO t VALUES(3)").is_err());
        assert!(txn.commit().is_err());
        assert_eq!(rows(&conn), 0);
    }

    #[test]
    fn looking() {
        let (conn, door) = fresh();
        let txn = WriteTxn::begin(&conn, &door).unwrap();
        txn.execute_batch("INSERT INTO t VALUES(1); INSERT INTO t VALUES(2)")
            .unwrap();
        assert_eq!(
            txn.query_all("SELECT a FROM t ORDER BY a", [], |row| row.get::<_, i64>(0))
                .unwrap(),
            [1, 2]
        );
        assert_eq!(
            txn.query_opt("SELECT a FROM t WHERE a = ?1", [9], |row| row
                .get::<_, i64>(0))
                .unwrap(),
            None
        );
        assert!(txn.explain("SELECT a FROM t WHERE a = ?1").unwrap()[0].starts_with("SEARCH"));
    }
}
