//! The stage for all tests: a small program, helper processes, waiting for conditions instead of sleeping.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop
#![allow(dead_code)] // each test file uses its part

mod helper;
pub mod holders;
pub mod leaders;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread, ThreadId};
use std::time::{Duration, Instant};

#[allow(unused_imports)] // each test file uses its part
pub use helper::{Helper, orders, say, wait_for_go_on};
use serde::{Deserialize, Serialize};
use sqlite_line::{Error, Identity, Lead, Line, Options, Program, ReadTxn, WriteTxn, rusqlite};

/// Nothing here takes as long on a sound machine; a test that reaches it hangs.
pub const LONG: Duration = Duration::from_secs(60);

/// A program with one table, and every way to misbehave.
#[derive(Default, Clone)]
pub struct Rows {
    pub pause: Arc<Pause>,
    pub calls: Arc<Counts>,
    pub dialect: String,
}

#[derive(Default)]
pub struct Counts {
    pub begun: AtomicUsize,
    pub finished: AtomicUsize,
    pub committed: AtomicUsize,
    pub forgotten: AtomicUsize,
    pub rechecked: AtomicUsize,
    by: Mutex<Option<ThreadId>>,
}

impl Counts {
    /// Which thread began the latest batch.
    pub fn by(&self) -> Option<ThreadId> {
        *self.by.lock().unwrap()
    }
}

#[derive(Serialize, Deserialize, Debug, Clone)]
pub enum Do {
    /// Inserts a row; a number that is there already breaks the constraint.
    Add(i64),
    /// Inserts a row with a body of this many bytes.
    Fat(i64, usize),
    /// Inserts a row; the text only makes the command long.
    Long(i64, String),
    /// Makes SQLite roll the transaction back, hides the error, and writes on.
    Ruin(i64),
    /// Breaks a foreign key that is checked at COMMIT.
    Orphan(i64),
    Panic,
    /// Waits inside the transaction until the test lets it go.
    Pause(i64),
}

impl Program for Rows {
    type Command = Do;
    type Answer = i64;
    const APPLICATION_ID: i32 = 0x726f_7773;
    const VERSION: i32 = 2;

    fn migrate(&mut self, txn: &WriteTxn<'_>, from: i32) -> rusqlite::Result<()> {
        if from == 0 {
            txn.execute_batch("CREATE TABLE rows(n INTEGER PRIMARY KEY, body BLOB)")?;
        }
        txn.execute_batch(
            "CREATE TABLE children(n INTEGER REFERENCES rows(n) DEFERRABLE INITIALLY DEFERRED)",
        )
    }

    fn begin(&mut self, _txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        self.calls.begun.fetch_add(1, Ordering::SeqCst);
        *self.calls.by.lock().unwrap() = Some(thread::current().id());
        Ok(())
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, command: &Do) -> rusqlite::Result<i64> {
        match command.clone() {
            Do::Add(n) | Do::Long(n, _) => add(txn, n, 0),
            Do::Fat(n, bytes) => add(txn, n, bytes),
            Do::Ruin(n) => {
                add(txn, n, 0)?;
                let _hidden = txn.execute("INSERT OR ROLLBACK INTO rows(n) VALUES(?1)", [n]);
                let _hidden = txn.execute("INSERT INTO rows(n) VALUES(?1)", [n + 1]);
                Ok(n)
            }
            Do::Orphan(n) => {
                txn.execute("INSERT INTO children VALUES(?1)", [n])?;
                Ok(n)
            }
            Do::Panic => panic!("a panic on purpose"),
            Do::Pause(n) => {
                self.pause.enter();
                add(txn, n, 0)
            }
        }
    }

    fn finish(&mut self, _txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        self.calls.finished.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn forget(&mut self) {
        self.calls.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    fn committed(&mut self) {
        self.calls.committed.fetch_add(1, Ordering::SeqCst);
    }

    fn weight(command: &Do) -> usize {
        if let Do::Fat(_, bytes) = command {
            256 + bytes
        } else {
            256
        }
    }

    fn dialect(&self) -> Option<String> {
        Some(self.dialect.clone())
    }

    fn recheck(&mut self, txn: &ReadTxn<'_>) -> rusqlite::Result<()> {
        self.calls.rechecked.fetch_add(1, Ordering::SeqCst);
        txn.query_row("SELECT count(*) FROM rows", [], |_| Ok(()))
    }
}

fn add(txn: &WriteTxn<'_>, n: i64, bytes: usize) -> rusqlite::Result<i64> {
    txn.execute(
        "INSERT INTO rows(n, body) VALUES(?1, zeroblob(?2))",
        (n, bytes as i64),
    )?;
    Ok(n)
}

/// Only here to have another kind of program.
pub struct Other;

impl Program for Other {
    type Command = ();
    type Answer = ();
    const APPLICATION_ID: i32 = 7;
    const VERSION: i32 = 1;
    fn identify(&self, _txn: &ReadTxn<'_>) -> rusqlite::Result<Identity> {
        Ok(Identity::Empty)
    }
    fn migrate(&mut self, _txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
        Ok(())
    }
    fn apply(&mut self, _txn: &WriteTxn<'_>, _command: &()) -> rusqlite::Result<()> {
        Ok(())
    }
}

/// A place inside a transaction where the writer stands until it is let go.
#[derive(Default)]
pub struct Pause {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Pause {
    fn enter(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(
            self.changed
                .wait_timeout_while(state, LONG, |(_, go)| !*go)
                .unwrap(),
        );
    }

    pub fn wait_entered(&self) {
        let state = self.state.lock().unwrap();
        let (state, waited) = self
            .changed
            .wait_timeout_while(state, LONG, |(entered, _)| *entered == 0)
            .unwrap();
        drop(state);
        assert!(!waited.timed_out(), "the writer never came to the pause");
    }

    pub fn let_go(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

pub struct Stage {
    pub dir: tempfile::TempDir,
    pub path: PathBuf,
}

/// The form of the line that this process was told to use: `gate`, `shared` or what is usual.
pub fn options() -> Options {
    match std::env::var("LINE_FORM").as_deref() {
        Ok("gate") => Options::default().shared(false),
        Ok("shared") => Options::default().lead(Lead::AtOnce),
        _ => Options::default(),
    }
}

impl Stage {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.db");
        Self { dir, path }
    }

    pub fn open(&self) -> Line<Rows> {
        self.open_with(Rows::default(), options())
    }

    pub fn open_with(&self, rows: Rows, options: Options) -> Line<Rows> {
        Line::open(&self.path, rows, options).unwrap()
    }
}

/// The numbers in the table, in order.
pub fn numbers(line: &Line<Rows>) -> Vec<i64> {
    line.read(|txn| txn.query_all("SELECT n FROM rows ORDER BY n", [], |row| row.get(0)))
        .wait()
        .unwrap()
}

pub fn count(line: &Line<Rows>) -> i64 {
    line.read(|txn| txn.query_row("SELECT count(*) FROM rows", [], |row| row.get(0)))
        .wait()
        .unwrap()
}

/// Waits until a condition holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "never happened: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor there is.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// One poll, with a waker that does nothing.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop()))
}

/// Who stood in the way of a call that waited too long.
pub fn held_by<T: std::fmt::Debug>(result: &Result<T, Error>) -> Option<u32> {
    let Err(Error::Busy { holder, .. }) = result else {
        panic!("{result:?}")
    };
    holder.as_ref().map(|process| process.pid)
}

pub fn is_busy<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Busy { .. }))
}
