//! Plain statements on a connection of one's own, begun in every way that SQLite offers.

use std::thread;
use std::time::{Duration, Instant};

use super::Attempt;
use crate::code::Refusal;
use crate::job::Job;
use crate::mode::Mode;
use crate::statements::{
    COMMIT, COUNT, CREATE, CREATE_IF_FEW, DEFERRED, EXCLUSIVE, FREE, IMMEDIATE, IS_FREE, LOCK,
    LOCK_IF_FREE,
};
use crate::trace::micros;
use crate::tracer::Tracer;

/// The retries of the investigation: so many tries, with pauses that double.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The connection, and how transactions begin on it.
pub struct Plain {
    pub tracer: Tracer,
    mode: Mode,
    hold: Duration,
}

impl Plain {
    pub fn new(tracer: Tracer, job: &Job) -> Self {
        Self {
            tracer,
            mode: job.mode,
            hold: job.hold,
        }
    }

    /// Takes a ticket, as the mode says.
    pub fn lock(
        &mut self,
        ticket: u32,
        holder: &str,
        now: i64,
        expires: i64,
        meet: &dyn Fn(),
    ) -> Attempt {
        self.as_the_mode_says(|plain| match plain.mode {
            Mode::SingleStatement => plain.lock_at_once(ticket, holder, now, expires),
            _ => plain.transaction(|plain| {
                let free: bool = plain.tracer.run("read", IS_FREE, |conn, sql| {
                    let free = conn
                        .prepare_cached(sql)?
                        .query_row((ticket, now), |row| row.get(0))?;
                    Ok((free, Some(1)))
                })?;
                meet();
                plain.hold();
                plain.changed(LOCK, (ticket, holder, expires))?;
                Ok(free)
            }),
        })
    }

    /// Makes a ticket: counts the open ones, as a limit asks for, then inserts.
    pub fn create(&mut self) -> Attempt {
        self.as_the_mode_says(|plain| match plain.mode {
            Mode::SingleStatement => plain.changed(CREATE_IF_FEW, []).map(|rows| rows == 1),
            _ => plain.transaction(|plain| {
                plain.tracer.run("read", COUNT, |conn, sql| {
                    let open: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                    Ok((open, Some(1)))
                })?;
                plain.hold();
                plain.changed(CREATE, []).map(|rows| rows == 1)
            }),
        })
    }

    /// Gives a ticket back, the right way whatever the mode: it is not this that is looked at.
    pub fn free(&mut self, ticket: u32, holder: &str) -> Attempt {
        let freed = self.inside(IMMEDIATE, |plain| {
            plain.changed(FREE, (ticket, holder)).map(|rows| rows == 1)
        });
        Attempt {
            refusal: judged(freed),
            tries: 1,
            wasted_us: 0,
        }
    }

    fn as_the_mode_says(
        &mut self,
        once: impl FnMut(&mut Self) -> Result<bool, Refusal>,
    ) -> Attempt {
        match self.mode {
            Mode::Retry => self.again(once),
            Mode::BlindRetry => self.again_blindly(once),
            _ => self.tried(1, once),
        }
    }

    /// The whole transaction again after a pause, since what was refused can only be restarted.
    fn again(&mut self, once: impl FnMut(&mut Self) -> Result<bool, Refusal>) -> Attempt {
        self.tried(TRIES, once)
    }

    /// As the investigation's retry: the call inside turns a refusal into "not acquired", which is no error, so nothing
    /// is ever tried again.
    fn again_blindly(
        &mut self,
        mut once: impl FnMut(&mut Self) -> Result<bool, Refusal>,
    ) -> Attempt {
        let mut swallowed = None;
        let mut attempt = self.tried(TRIES, |plain| match once(plain) {
            Ok(acquired) => Ok(acquired),
            Err(refusal) => {
                swallowed = Some(refusal);
                Ok(false)
            }
        });
        if attempt.refusal.is_some() {
            attempt.refusal = swallowed.or(attempt.refusal);
        }
        attempt
    }

    fn tried(
        &mut self,
        most: u32,
        mut once: impl FnMut(&mut Self) -> Result<bool, Refusal>,
    ) -> Attempt {
        let mut attempt = Attempt::default();
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            attempt.tries += 1;
            let answer = once(self);
            let (again, refusal) = (answer.as_ref().is_err_and(Refusal::is_busy), judged(answer));
            if refusal.is_some() {
                attempt.wasted_us += micros(began.elapsed());
            }
            if !again || attempt.tries >= most {
                attempt.refusal = refusal;
                return attempt;
            }
            let words = format!("waits {} ms before it tries again", pause.as_millis());
            self.tracer.pause(&words, || thread::sleep(pause));
            attempt.wasted_us += micros(pause);
            pause *= 2;
        }
    }

    /// A transaction, begun as the mode says.
    fn transaction(
        &mut self,
        f: impl FnOnce(&mut Self) -> Result<bool, Refusal>,
    ) -> Result<bool, Refusal> {
        let begin = match self.mode {
            Mode::Immediate | Mode::ShortSleep => IMMEDIATE,
            Mode::Exclusive => EXCLUSIVE,
            _ => DEFERRED,
        };
        self.inside(begin, f)
    }

    fn inside(
        &mut self,
        begin: &str,
        f: impl FnOnce(&mut Self) -> Result<bool, Refusal>,
    ) -> Result<bool, Refusal> {
        let done = self
            .tracer
            .exec("begin", begin)
            .and_then(|()| f(self))
            .and_then(|done| self.tracer.exec("commit", COMMIT).map(|()| done));
        if done.is_err() {
            self.tracer.undo();
        }
        done
    }

    fn lock_at_once(
        &mut self,
        ticket: u32,
        holder: &str,
        now: i64,
        expires: i64,
    ) -> Result<bool, Refusal> {
        let found = self.tracer.run("write", LOCK_IF_FREE, |conn, sql| {
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query((ticket, holder, expires, now))?;
            let mut found = 0;
            while rows.next()?.is_some() {
                found += 1;
            }
            Ok((found, Some(found)))
        })?;
        Ok(found == 1)
    }

    fn changed(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<u64, Refusal> {
        self.tracer.run("write", sql, |conn, sql| {
            let rows = conn.prepare_cached(sql)?.execute(values)? as u64;
            Ok((rows, Some(rows)))
        })
    }

    fn hold(&mut self) {
        if !self.hold.is_zero() {
            let hold = self.hold;
            let words = format!("works for {} ms inside its transaction", hold.as_millis());
            self.tracer.pause(&words, || thread::sleep(hold));
        }
    }
}

fn judged(answer: Result<bool, Refusal>) -> Option<Refusal> {
    match answer {
        Ok(true) => None,
        Ok(false) => Some(Refusal::other("NOT_FREE", "not acquired")),
        Err(refusal) => Some(refusal),
    }
}
