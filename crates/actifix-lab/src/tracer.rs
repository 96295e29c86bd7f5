//! A connection that writes down what happens on it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, TransactionState};

use crate::code::Refusal;
use crate::error::{LabError, Result};
use crate::trace::{Step, Stopwatch, micros};

/// How a connection waits for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As SQLite does, with the same sleeps, and counted.
    Like(Duration),
    /// SQLite's own handler, not counted.
    Own(Duration),
    /// A millisecond at a time.
    Short(Duration),
}

/// The sleeps of SQLite's own busy handler in milliseconds; the last is repeated.
const SLEEPS: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

/// What the busy handler did.
#[derive(Debug, Default)]
struct Handler {
    looks: AtomicU32,
    slept_us: AtomicU64,
}

/// The connection.
pub struct Tracer {
    conn: Connection,
    name: String,
    watch: Stopwatch,
    handler: Arc<Handler>,
    steps: Vec<Step>,
}

impl Tracer {
    /// Opens one on a file that is there.
    pub fn open(path: &Path, name: &str, patience: Patience, watch: Stopwatch) -> Result<Self> {
        let doing = LabError::sqlite;
        let mut conn = Connection::open(path).map_err(doing("opening the scene's database"))?;
        let handler = Arc::new(Handler::default());
        set_patience(&mut conn, patience, &handler).map_err(doing("setting the busy handler"))?;
        // Reads the schema now, so that no worker does it inside its scene.
        conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(doing("looking at the scene's database"))?;
        Ok(Self {
            conn,
            name: name.to_owned(),
            watch,
            handler,
            steps: Vec::new(),
        })
    }

    /// The same connection by another clock.
    pub fn set_watch(&mut self, watch: Stopwatch) {
        self.watch = watch;
    }

    /// Runs a statement and writes it down. `f` answers a value and how many rows it found or changed.
    pub fn run<T>(
        &mut self,
        act: &str,
        sql: &str,
        f: impl FnOnce(&Connection, &str) -> rusqlite::Result<(T, Option<u64>)>,
    ) -> Result<T, Refusal> {
        let before = self.state();
        self.handler.looks.store(0, Ordering::Relaxed);
        self.handler.slept_us.store(0, Ordering::Relaxed);
        let began_us = self.watch.now_us();
        let result = f(&self.conn, sql).map_err(|error| Refusal::of(&error));
        let ended_us = self.watch.now_us();
        let (value, rows) = match result {
            Ok((value, rows)) => (Ok(value), rows),
            Err(refusal) => (Err(refusal), None),
        };
        self.steps.push(Step {
            connection: self.name.clone(),
            act: act.to_owned(),
            sql: sql.to_owned(),
            began_us,
            ended_us,
            before,
            after: self.state(),
            rows,
            refusal: value.as_ref().err().cloned(),
            slept_us: self.handler.slept_us.load(Ordering::Relaxed),
            looks: self.handler.looks.load(Ordering::Relaxed),
        });
        value
    }

    /// Runs a statement without rows.
    pub fn exec(&mut self, act: &str, sql: &str) -> Result<(), Refusal> {
        self.run(act, sql, |conn, sql| {
            conn.prepare_cached(sql)?.raw_execute().map(|_| ((), None))
        })
    }

    /// Undoes what is open. Whatever was refused, nothing of it may stay.
    pub fn undo(&mut self) {
        if !self.conn.is_autocommit() {
            let _ = self.exec("rollback", "ROLLBACK");
        }
    }

    /// Writes down a time in which the program did something else.
    pub fn pause(&mut self, what: &str, pause: impl FnOnce()) {
        let (began_us, state) = (self.watch.now_us(), self.state());
        pause();
        self.steps.push(Step {
            connection: self.name.clone(),
            act: "pause".to_owned(),
            sql: what.to_owned(),
            began_us,
            ended_us: self.watch.now_us(),
            before: state.clone(),
            after: state,
            rows: None,
            refusal: None,
            slept_us: 0,
            looks: 0,
        });
    }

    /// What was written down since the last time.
    pub fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    fn state(&self) -> String {
        let state = self.conn.transaction_state(Some("main"));
        match state {
            Ok(TransactionState::Read) => "read",
            Ok(TransactionState::Write) => "write",
            // A deferred BEGIN alone takes nothing.
            Ok(_) if !self.conn.is_autocommit() => "begun",
            _ => "none",
        }
        .to_owned()
    }
}

fn set_patience(
    conn: &mut Connection,
    patience: Patience,
    handler: &Arc<Handler>,
) -> rusqlite::Result<()> {
    let handler = Arc::clone(handler);
    let note = move |sleep: Duration| {
        handler.looks.fetch_add(1, Ordering::Relaxed);
        handler.slept_us.fetch_add(micros(sleep), Ordering::Relaxed);
        thread::sleep(sleep);
    };
    match patience {
        Patience::Own(timeout) => conn.busy_timeout(timeout),
        Patience::Short(timeout) => {
            let most = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
            conn.busy_handler(Some(move |looks: i32| {
                let again = looks < most;
                if again {
                    note(Duration::from_millis(1));
                }
                again
            }))
        }
        Patience::Like(timeout) => conn.busy_handler(Some(move |looks: i32| {
            let sleep = sleep_of(looks, timeout);
            note(sleep);
            !sleep.is_zero()
        })),
    }
}

/// What SQLite's own handler would sleep at its `looks`-th call; nothing when the timeout is used up.
fn sleep_of(looks: i32, timeout: Duration) -> Duration {
    let looks = usize::try_from(looks).unwrap_or(0);
    let sleep = SLEEPS[looks.min(SLEEPS.len() - 1)];
    let beyond = looks.saturating_sub(SLEEPS.len() - 1) as u64;
    let slept: u64 = SLEEPS.iter().take(looks.min(SLEEPS.len() - 1)).sum::<u64>()
        + beyond * SLEEPS[SLEEPS.len() - 1];
    let left = micros(timeout) / 1000;
    Duration::from_millis(sleep.min(left.saturating_sub(slept)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sleeps_are_those_of_sqlites_own_handler() {
        let whole = Duration::from_millis(1_000);
        let mut slept = 0;
        for looks in 0.. {
            let sleep = sleep_of(looks, whole);
            if sleep.is_zero() {
                break;
            }
            slept += u64::try_from(sleep.as_millis()).unwrap();
            assert!(looks < 100);
        }
        assert_eq!(slept, 1_000);
        assert_eq!(sleep_of(0, whole).as_millis(), 1);
        assert_eq!(sleep_of(11, whole).as_millis(), 100);
        assert!(sleep_of(0, Duration::ZERO).is_zero());
    }

    #[test]
    fn a_step_has_its_states_its_rows_and_its_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); BEGIN IMMEDIATE")
            .unwrap();
        let patience = Patience::Like(Duration::from_millis(20));
        let watch = Stopwatch::from(crate::trace::unix_us());
        let mut tracer = Tracer::open(&path, "c1", patience, watch).unwrap();
        let refused = tracer.exec("begin", "BEGIN IMMEDIATE").unwrap_err();
        assert_eq!(refused.extended, 5);
        other.execute_batch("COMMIT").unwrap();
        tracer.exec("begin", "BEGIN").unwrap();
        let rows = tracer.run("read", "SELECT count(*) FROM t", |conn, sql| {
            Ok((
                conn.query_row(sql, [], |row| row.get::<_, i64>(0))?,
                Some(1),
            ))
        });
        assert_eq!(rows.unwrap(), 0);
        tracer.undo();
        let steps = tracer.take();
        let states: Vec<_> = steps
            .iter()
            .map(|s| (s.act.as_str(), s.before.as_str(), s.after.as_str()))
            .collect();
        assert_eq!(
            states,
            [
                ("begin", "none", "none"),
                ("begin", "none", "begun"),
                ("read", "begun", "read"),
                ("rollback", "read", "none"),
            ]
        );
        assert!(
            steps[0].slept_us == 20_000 && steps[0].looks > 3,
            "{steps:?}"
        );
        assert!(steps[1].looks == 0 && steps[2].rows == Some(1));
    }
}
