//! Where a guest's statements run: one after the other, each with the turn at the gate and the transaction it needs.

mod desk;
mod statement;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Connection, InterruptHandle, ffi};

use super::error::SqlError;
use super::overtime;
use super::rules::{self, Notes};
use super::words::{Mode, begins, split};
use super::{Host, Interrupt, Judged, Outcome, Patience};
use crate::connection::{NAP, Station};
use crate::door::Door;
use crate::forked;
use crate::identity::Place;
use crate::options::Options;
use desk::{Deadline, Desk};

const LASTED_TOO_LONG: &str = "the transaction lasted longer than it may and was rolled back, so that others could write; \
    nothing of it was kept: begin it again, and do what takes long before or after it";

const FORKED: &str =
    "this connection was opened before the process was forked; make a new one in the child";

/// Between two questions whether a statement is to end, in steps of SQLite's machine: well under a millisecond.
const STEPS: i32 = 10_000;

/// See the module.
pub(crate) struct Seat<H: Host> {
    place: Arc<Place>,
    options: Options,
    patience: Patience,
    interrupted: Interrupt,
    /// The way to a statement that runs.
    interrupt: Mutex<Option<InterruptHandle>>,
    notes: Notes,
    /// Until when SQLite's own lock is waited for.
    deadline: Deadline,
    /// The number of the latest transaction.
    transaction: AtomicU64,
    desk: Mutex<Desk<H>>,
}

impl<H: Host> Seat<H> {
    /// Opens the connection.
    pub fn open(
        place: Arc<Place>,
        options: &Options,
        host: H,
        patience: Patience,
    ) -> Result<Arc<Self>, SqlError> {
        let seat = Arc::new(Self {
            place,
            options: options.clone(),
            interrupted: host.interrupt(),
            interrupt: Mutex::default(),
            patience,
            notes: Notes::default(),
            deadline: Deadline::default(),
            transaction: AtomicU64::new(0),
            desk: Mutex::new(Desk::new(host, options.checkpoint_frames)),
        });
        seat.visit(|_, _| Ok(()))?;
        forked::register(Arc::downgrade(&seat) as Weak<dyn forked::Rest + Send + Sync>);
        Ok(seat)
    }

    /// Opens the connection, if need be.
    fn sit_down(&self, desk: &mut Desk<H>, asked: Instant) -> Result<(), SqlError> {
        if desk.closed || desk.station.is_some() {
            return Ok(());
        }
        let place = &self.place;
        place.check_file()?;
        let door = |conn: &mut Connection| door(conn, place, self.notes.clone(), H::judge());
        let patient = || asked.elapsed() < self.patience.wait && !(self.interrupted)();
        let Some(mut station) = Station::open_with(place, &self.options, patient, door)? else {
            return Err(SqlError::busy(place, asked.elapsed()));
        };
        let (until, interrupted) = (self.deadline.clone(), Arc::clone(&self.interrupted));
        station.conn.busy_handler(Some(move |_| {
            thread::sleep(NAP);
            !until.is_over() && !interrupted()
        }))?;
        let interrupted = Arc::clone(&self.interrupted);
        station
            .conn
            .progress_handler(STEPS, Some(move || interrupted()))?;
        // Beside the database there is no place for what people have written and nobody has cleaned yet.
        let furnished = station.door.opened(|| {
            station.conn.execute_batch("PRAGMA temp_store=MEMORY")?;
            desk.host.furnish(&station.conn)
        });
        furnished?;
        *self.handle() = Some(station.conn.get_interrupt_handle());
        (desk.station, desk.process) = (Some(station), std::process::id());
        Ok(())
    }

    fn handle(&self) -> MutexGuard<'_, Option<InterruptHandle>> {
        self.interrupt
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> MutexGuard<'_, Desk<H>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thing that a guest does: the clock for its waits starts, and afterwards the gate is left unless a transaction
    /// is open.
    fn visit<T>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Desk<H>, Instant) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let mut desk = self.desk();
        let asked = Instant::now();
        if desk.is_a_picture() {
            if desk.station.is_some() {
                return Err(SqlError::misuse(FORKED));
            }
            desk.leave_to_parent();
        }
        self.deadline.set(asked + self.patience.wait);
        if std::mem::take(&mut desk.ended) || self.is_overdue(&desk) {
            self.end(&mut desk);
            return Err(lasted_too_long());
        }
        self.sit_down(&mut desk, asked)?;
        let taken = desk.turn.is_taken();
        let result = work(&mut desk, asked);
        if result.is_err() && self.is_overdue(&desk) {
            self.end(&mut desk); // it was interrupted for that
            return Err(lasted_too_long());
        }
        if result.as_ref().is_err_and(is_of_the_disk) {
            // What the kernel holds for this connection is in doubt: it is opened anew.
            self.end(&mut desk);
            desk.station = None;
        }
        self.keep_time(&mut desk, taken);
        result
    }

    /// Watches over a transaction that has begun, from its beginning or from its turn at the gate; leaves the gate after
    /// one that is over.
    fn keep_time(self: &Arc<Self>, desk: &mut Desk<H>, had_turn: bool) {
        let open = desk
            .station
            .as_ref()
            .is_some_and(|station| !station.conn.is_autocommit());
        if !open {
            desk.since = None;
            desk.turn.leave(desk.station.as_ref());
        } else if desk.since.is_none() || desk.turn.is_taken() != had_turn {
            let now = Instant::now();
            let number = self.transaction.fetch_add(1, Ordering::Relaxed) + 1;
            let alarm = overtime::watch(self, number, now + self.patience.hold);
            desk.since = Some((now, alarm));
        }
    }

    fn is_overdue(&self, desk: &Desk<H>) -> bool {
        let since = desk.since.as_ref();
        since.is_some_and(|(since, _)| since.elapsed() >= self.patience.hold)
    }

    /// Rolls back and leaves the gate.
    fn end(&self, desk: &mut Desk<H>) {
        desk.since = None;
        if let Some(station) = &desk.station
            && !station.conn.is_autocommit()
            && station.door.own(&station.conn, "ROLLBACK").is_err()
        {
            desk.station = None; // its locks go with it
        }
        desk.turn.leave(desk.station.as_ref());
    }

    /// The alarm of a transaction rang.
    pub fn end_overtime(&self, transaction: u64) {
        let still = || self.transaction.load(Ordering::Relaxed) == transaction;
        let mut desk = loop {
            if !still() {
                return;
            }
            // A forked child has no such thread, so this is the process that opened it.
            match self.desk.try_lock() {
                Ok(desk) => break desk,
                Err(std::sync::TryLockError::Poisoned(desk)) => break desk.into_inner(),
                // A statement runs. (One that waits at the gate ends by itself.)
                Err(std::sync::TryLockError::WouldBlock) => self.interrupt(),
            }
            thread::sleep(NAP);
        };
        if still() && self.is_overdue(&desk) {
            self.end(&mut desk);
            desk.ended = true;
        }
    }

    pub fn run(self: &Arc<Self>, sql: &str, values: &[Value]) -> Result<Outcome, SqlError> {
        self.visit(|desk, asked| self.either(desk, asked, sql, values))
    }

    /// A BEGIN or another statement.
    fn either(
        &self,
        desk: &mut Desk<H>,
        asked: Instant,
        sql: &str,
        values: &[Value],
    ) -> Result<Outcome, SqlError> {
        match begins(sql) {
            Some(mode) if values.is_empty() => self
                .begin_now(desk, asked, mode)
                .map(|()| Outcome::default()),
            _ => self.statement(desk, asked, sql, values),
        }
    }

    pub fn script(self: &Arc<Self>, sql: &str) -> Result<(), SqlError> {
        for statement in split(sql) {
            self.run(statement, &[])?;
        }
        Ok(())
    }

    pub fn begin(self: &Arc<Self>, mode: Mode) -> Result<(), SqlError> {
        self.visit(|desk, asked| self.begin_now(desk, asked, mode))
    }

    fn begin_now(&self, desk: &mut Desk<H>, asked: Instant, mode: Mode) -> Result<(), SqlError> {
        let station = desk.station.as_mut().ok_or_else(SqlError::closed)?;
        let writes = mode != Mode::Deferred && station.conn.is_autocommit();
        if writes {
            desk.turn.take(
                &self.place,
                station,
                asked,
                self.patience.wait,
                &self.interrupted,
            )?;
        }
        station
            .door
            .own(&station.conn, mode.sql())
            .map_err(|error| self.told(error, asked))
    }

    pub fn commit(self: &Arc<Self>) -> Result<(), SqlError> {
        self.visit(|desk, asked| self.finish(desk, asked, "COMMIT"))
    }

    pub fn rollback(self: &Arc<Self>) -> Result<(), SqlError> {
        self.desk().ended = false; // it was rolled back already
        self.visit(|desk, asked| self.finish(desk, asked, "ROLLBACK"))
    }

    fn finish(&self, desk: &mut Desk<H>, asked: Instant, how: &str) -> Result<(), SqlError> {
        let station = desk.station.as_ref().ok_or_else(SqlError::closed)?;
        if station.conn.is_autocommit() {
            return Ok(());
        }
        station
            .door
            .own(&station.conn, how)
            .map_err(|error| self.told(error, asked))
    }

    pub fn in_transaction(&self) -> bool {
        let desk = self.desk();
        let station = desk.station.as_ref();
        station.is_some_and(|station| !station.conn.is_autocommit())
    }

    pub fn total_changes(&self) -> u64 {
        self.desk().changes
    }

    pub fn interrupt(&self) {
        if let Some(handle) = &*self.handle() {
            handle.interrupt();
        }
    }

    pub fn close(&self) {
        let mut desk = self.desk();
        desk.ended = false;
        if desk.is_a_picture() {
            desk.leave_to_parent();
        }
        self.end(&mut desk);
        desk.station = None;
        desk.closed = true;
    }

    /// An error in the guest's words: why something was refused, who holds a lock that was waited for.
    fn told(&self, error: impl Into<SqlError>, asked: Instant) -> SqlError {
        let (refused, _) = self.notes.read();
        let error = error.into();
        match (error.code, refused) {
            (Some(ffi::SQLITE_AUTH), Some(why)) => SqlError::coded(ffi::SQLITE_AUTH, why),
            (Some(ffi::SQLITE_BUSY), _) if self.deadline.is_over() => {
                SqlError::busy(&self.place, asked.elapsed())
            }
            _ => error,
        }
    }
}

impl<H: Host> forked::Rest for Seat<H> {
    /// Closes the connection when nothing is open on it. It is opened again when it is next needed, on both sides of a fork;
    /// temporary tables are gone then.
    fn rest(&self) {
        let Ok(mut desk) = self.desk.try_lock() else {
            return;
        };
        let idle = |station: &Station| station.conn.is_autocommit();
        if desk.station.as_ref().is_some_and(idle) {
            desk.station = None;
        }
    }
}

/// The door of a guest: the line's rules, then the host's.
fn door(
    conn: &mut Connection,
    place: &Place,
    notes: Notes,
    host: fn(&rusqlite::hooks::AuthContext<'_>) -> Judged,
) -> rusqlite::Result<Door> {
    let file = place.file;
    Door::fit_with(conn, move |context| {
        let judged = rules::judge(context, file).unwrap_or_else(|| host(context));
        notes.take(judged)
    })
}

fn is_of_the_disk(error: &SqlError) -> bool {
    error.primary() == Some(ffi::SQLITE_IOERR)
}

fn lasted_too_long() -> SqlError {
    SqlError::coded(ffi::SQLITE_ABORT_ROLLBACK, LASTED_TOO_LONG)
}
