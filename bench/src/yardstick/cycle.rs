//! Claim and complete, as a loop of plain statements.

use actifix::rusqlite::{CachedStatement, Connection, Row};

use super::{COMPLETED, LEASES, READY, Sums, name, now};
use crate::Answer;
use crate::tickets::KEPT_EVIDENCE;

const PROJECT: &str = "SELECT project FROM ready WHERE project > ?1 ORDER BY project LIMIT 1";
const HEAD: &str = "SELECT priority, created, ticket, kind FROM ready
  WHERE project = ?1 ORDER BY priority, created, ticket LIMIT ?2";
const LEAVE_READY: &str =
    "DELETE FROM ready WHERE project = ?1 AND priority = ?2 AND created = ?3 AND ticket = ?4";
pub(super) const APPEND: &str =
    "INSERT INTO events(seq, ticket, at, kind, actor, token, num, old, new)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ENTER_LEASES: &str =
    "INSERT INTO leases(ticket, token, holder, acquired, expires, project, priority)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const READ: &str = "SELECT f.id, f.kind, f.priority, f.created, f.first_seen, f.error_type, f.message, f.source,
  f.stack_trace, f.body, f.tags, f.assignee, f.correlation_id, f.environment, f.release, f.fingerprint, f.notes,
  f.payload, f.context, s.count, s.last, a.n, a.last_error, f.project
  FROM facts f LEFT JOIN seen s ON s.ticket = f.n LEFT JOIN attempts a ON a.ticket = f.n WHERE f.n = ?1";
const NUMBER: &str = "SELECT n FROM facts WHERE id = ?1";
const LEASE: &str =
    "SELECT token, holder, acquired, expires, project, priority FROM leases WHERE ticket = ?1";
const LEAVE_LEASES: &str = "DELETE FROM leases WHERE ticket = ?1 AND token = ?2";
const ENTER_COMPLETED: &str =
    "INSERT INTO completed(ticket, project, priority, done, token, reason, original, wake_at, wake_count)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const DUE_LEASES: &str = "SELECT ticket, token, holder, acquired, expires FROM leases
  WHERE expires <= ?1 ORDER BY expires LIMIT ?2";
const DUE_SCHEDULED: &str = "SELECT ticket, not_before FROM scheduled
  WHERE not_before <= ?1 ORDER BY not_before LIMIT ?2";

/// The stored numbers of events.
const CLAIMED: i64 = 2;
const DONE: i64 = 9;
/// An hour, in microseconds.
const LEASE_TIME: i64 = 3_600_000_000;

/// A ticket in the loop's hands.
pub struct Grant {
    id: String,
    token: i64,
    /// The row, as it would be given to a caller.
    _texts: Vec<Option<String>>,
    _numbers: Vec<Option<i64>>,
}

/// The statements of both halves.
pub struct Cycles<'c> {
    conn: &'c Connection,
    head: CachedStatement<'c>,
    leave_ready: CachedStatement<'c>,
    append: CachedStatement<'c>,
    enter_leases: CachedStatement<'c>,
    read: CachedStatement<'c>,
    number: CachedStatement<'c>,
    lease: CachedStatement<'c>,
    leave_leases: CachedStatement<'c>,
    enter_completed: CachedStatement<'c>,
    holder: i64,
    sums: Sums,
    clock: fn() -> i64,
}

impl<'c> Cycles<'c> {
    /// Prepares everything; claims are in the name of `holder`.
    pub fn prepare(conn: &'c Connection, holder: &str) -> Answer<Self> {
        Ok(Self {
            conn,
            head: conn.prepare_cached(HEAD)?,
            leave_ready: conn.prepare_cached(LEAVE_READY)?,
            append: conn.prepare_cached(APPEND)?,
            enter_leases: conn.prepare_cached(ENTER_LEASES)?,
            read: conn.prepare_cached(READ)?,
            number: conn.prepare_cached(NUMBER)?,
            lease: conn.prepare_cached(LEASE)?,
            leave_leases: conn.prepare_cached(LEAVE_LEASES)?,
            enter_completed: conn.prepare_cached(ENTER_COMPLETED)?,
            holder: name(conn, holder)?,
            sums: Sums::default(),
            clock: now,
        })
    }

    /// The same with another clock.
    #[cfg(test)]
    pub fn at(self, clock: fn() -> i64) -> Self {
        Self { clock, ..self }
    }

    /// Claims `count` tickets, one after the other, in one commit.
    pub fn claim(&mut self, count: usize) -> Answer<Vec<Grant>> {
        let now = self.begin()?;
        let mut project = self.conn.prepare_cached(PROJECT)?;
        let project: i64 = project.query_row([0], |row| row.get(0))?;
        let mut grants = Vec::with_capacity(count);
        for _ in 0..count {
            grants.push(self.claim_one(project, now)?);
        }
        self.end()?;
        Ok(grants)
    }

    fn claim_one(&mut self, project: i64, now: i64) -> Answer<Grant> {
        let found = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (priority, created, ticket): (i64, i64, i64) =
            self.head.query_row((project, 1), found)?;
        one(self
            .leave_ready
            .execute((project, priority, created, ticket))?)?;
        let token = self.sums.event();
        let expires = now + LEASE_TIME;
        let nothing: Option<&str> = None;
        self.append.execute((
            token,
            ticket,
            now,
            CLAIMED,
            self.holder,
            None::<i64>,
            expires,
            nothing,
            nothing,
        ))?;
        self.enter_leases
            .execute((ticket, token, self.holder, now, expires, project, priority))?;
        self.sums.moved(READY, project, priority, -1);
        self.sums.moved(LEASES, project, priority, 1);
        Ok(self.read.query_row([ticket], |row| whole(row, token))?)
    }

    /// Completes tickets, one after the other, in one commit.
    pub fn complete(&mut self, grants: &[Grant]) -> Answer<()> {
        let now = self.begin()?;
        for grant in grants {
            self.complete_one(grant, now)?;
        }
        self.end()
    }

    fn complete_one(&mut self, grant: &Grant, now: i64) -> Answer<()> {
        let ticket: i64 = self.number.query_row([&grant.id], |row| row.get(0))?;
        let found = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(4)?, row.get(5)?));
        let (token, holder, project, priority): (i64, i64, i64, i64) =
            self.lease.query_row([ticket], found)?;
        if token != grant.token {
            return Err("another holds the ticket".into());
        }
        one(self.leave_leases.execute((ticket, token))?)?;
        let done = self.sums.event();
        self.append.execute((
            done,
            ticket,
            now,
            DONE,
            holder,
            token,
            None::<i64>,
            None::<&str>,
            KEPT_EVIDENCE,
        ))?;
        let none = None::<i64>;
        self.enter_completed
            .execute((ticket, project, priority, done, token, 0, none, none, none))?;
        self.sums.moved(LEASES, project, priority, -1);
        self.sums.moved(COMPLETED, project, priority, 1);
        Ok(())
    }

    /// Begins a commit as the store does: counters, and what is due. Answers the time.
    fn begin(&mut self) -> Answer<i64> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let now = (self.clock)();
        self.sums.load(self.conn)?;
        for due in [DUE_LEASES, DUE_SCHEDULED] {
            if self.conn.prepare_cached(due)?.exists((now, 256))? {
                return Err("something is due in a yardstick's database".into());
            }
        }
        Ok(now)
    }

    fn end(&mut self) -> Answer<()> {
        self.sums.save(self.conn)?;
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

fn one(changed: usize) -> Answer<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err("a row is not where it stood".into())
    }
}

/// Takes every column of the row.
fn whole(row: &Row<'_>, token: i64) -> actifix::rusqlite::Result<Grant> {
    const NUMBERS: [usize; 8] = [1, 2, 3, 4, 19, 20, 21, 23];
    const TEXTS: [usize; 15] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22];
    Ok(Grant {
        id: row.get(0)?,
        token,
        _texts: TEXTS
            .iter()
            .map(|at| row.get(*at))
            .collect::<Result<_, _>>()?,
        _numbers: NUMBERS
            .iter()
            .map(|at| row.get(*at))
            .collect::<Result<_, _>>()?,
    })
}
