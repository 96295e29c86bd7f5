//! How the store is doing, for whoever asks every minute: no walk is longer than [`MOST`] rows, whatever the backlog is.

use std::path::Path;
use std::time::Duration;

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

use crate::store::sqlite::desk::Step;
use crate::store::sqlite::places::PlaceName;
use crate::store::sqlite::{facts, names};
use crate::ticket::{Priority, TicketId};
use crate::time::{Timestamp, span_micros};
use crate::vitals::{Backlog, Vitals, Waiting};

/// By primary key: what of a place belongs to which project and priority.
pub(in crate::store::sqlite) const COUNTS: &str =
    "SELECT project, priority, k FROM counts WHERE place = ?1 AND project > 0 AND k <> 0";
/// By primary key: the sum of a place less what it is made of.
pub(in crate::store::sqlite) const SUM: &str =
    "SELECT coalesce(sum(CASE project WHEN 0 THEN k ELSE -k END), 0) FROM counts WHERE place = ?1";
/// By primary key, from the oldest on.
pub(in crate::store::sqlite) const READY: &str = "SELECT ticket, created FROM ready
  WHERE project = ?1 AND priority = ?2 AND created < ?3 ORDER BY created LIMIT ?4";
/// By `leases_due`, those that ran out first; the facts by rowid.
pub(in crate::store::sqlite) const LEASED: &str =
    "SELECT l.ticket, l.project, l.priority, f.created, l.expires
  FROM leases l CROSS JOIN facts f ON f.n = l.ticket WHERE l.expires > ?1 ORDER BY l.expires LIMIT ?2";
/// By `scheduled_due`; the facts by rowid.
pub(in crate::store::sqlite) const SCHEDULED: &str =
    "SELECT s.ticket, s.project, s.priority, f.created
  FROM scheduled s CROSS JOIN facts f ON f.n = s.ticket WHERE s.not_before > ?1 ORDER BY s.not_before LIMIT ?2";
/// By `events_of_ticket`: when a ticket was last opened again (kind 12).
pub(in crate::store::sqlite) const REOPENED: &str =
    "SELECT max(at) FROM events WHERE ticket = ?1 AND kind <> 1 AND kind = 12";
/// By `leases_due`.
pub(in crate::store::sqlite) const EXPIRED: &str =
    "SELECT count(*), min(expires) FROM leases WHERE expires <= ?1";
/// By rowid.
pub(in crate::store::sqlite) const NEWEST: &str =
    "SELECT at FROM events WHERE seq = (SELECT max(seq) FROM events)";
/// By primary key and by rowid.
pub(in crate::store::sqlite) const COUNTER: &str =
    "SELECT value < (SELECT coalesce(max(n), 0) FROM facts) FROM counters WHERE name = 'ticket'";
/// By rowid, both.
pub(in crate::store::sqlite) const NAMED: &str =
    "SELECT f.id, n.text FROM facts f JOIN names n ON n.id = f.project WHERE f.n = ?1";

/// Waiting tickets of each place that are looked at.
const MOST: usize = 10_000;
/// Where none is late, so many of the oldest are looked at for the one that waits longest: an older ticket may have been
/// opened again just now.
const HEAD: usize = 20;
/// Late tickets that are named.
const WORST: usize = 5;

/// What is asked.
pub struct Asked {
    /// Only this project.
    pub project: Option<String>,
    /// How long tickets may wait, by priority.
    pub allowed: [Duration; 5],
}

/// A ticket that waits, by numbers.
#[derive(Clone, Copy)]
struct Row {
    ticket: i64,
    priority: usize,
    since: i64,
    leased: bool,
}

struct Look<'t, 'c> {
    txn: &'t ReadTxn<'c>,
    now: i64,
    project: Option<i64>,
    allowed: [i64; 5],
    rows: Vec<Row>,
    cut: bool,
}

pub(super) fn vitals(
    txn: &ReadTxn<'_>,
    asked: &Asked,
    now: Timestamp,
    path: &Path,
) -> Step<Vitals> {
    // A project that nobody has heard of has no tickets: no number is -1.
    let project = match &asked.project {
        Some(name) => Some(
            txn.query_opt(names::FIND, [name], |row| row.get(0))?
                .unwrap_or(-1),
        ),
        None => None,
    };
    let mut look = Look {
        txn,
        now: now.micros(),
        project,
        allowed: asked.allowed.map(span_micros),
        rows: Vec::new(),
        cut: false,
    };
    let ready = look.ready()?;
    let scheduled = look.scheduled()?;
    let leased = look.leased()?;
    let (expired, expired_since) = txn.query_row(EXPIRED, [look.now], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
    })?;
    Ok(Vitals {
        at: now,
        backlog: look.backlog(asked, &[ready, scheduled], &leased)?,
        worst: look.worst()?,
        cut: look.cut,
        expired: u64::try_from(expired).unwrap_or(0),
        expired_since: expired_since.map(Timestamp::from_micros),
        quarantined: look
            .counts(PlaceName::Parked)?
            .iter()
            .map(|(_, _, k)| k)
            .sum(),
        newest_event: txn
            .query_opt(NEWEST, [], |row| row.get(0))?
            .map(Timestamp::from_micros),
        contradictions: contradictions(txn)?,
        database_bytes: super::stats::size(path, ""),
        wal_bytes: super::stats::size(path, "-wal"),
        disk_free: crate::store::doctor::free(path),
    })
}

impl Look<'_, '_> {
    /// What of a place belongs to which project and priority.
    fn counts(&self, place: PlaceName) -> Sql<Vec<(i64, usize, u64)>> {
        let mut counts = self.txn.query_all(COUNTS, [place as i64], |row| {
            let k = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            Ok((row.get(0)?, level(row.get(1)?), k))
        })?;
        counts.retain(|(project, ..)| self.is_asked(*project));
        Ok(counts)
    }

    fn is_asked(&self, project: i64) -> bool {
        self.project.is_none_or(|asked| asked == project)
    }

    /// Those that can be claimed: the late ones, or where none is, the oldest. Answers how many there are by priority.
    fn ready(&mut self) -> Sql<[u64; 5]> {
        let mut counts = [0; 5];
        let mut left = MOST;
        for (project, priority, k) in self.counts(PlaceName::Ready)? {
            counts[priority] += k;
            let late = self.now.saturating_sub(self.allowed[priority]);
            let mut found = self.oldest(project, priority, late, left + 1)?;
            if found.len() > left {
                self.cut = true;
                found.truncate(left);
            }
            left -= found.len();
            if found.is_empty() {
                found = self.oldest(project, priority, i64::MAX, HEAD)?;
            }
            for (ticket, created) in found {
                self.add(ticket, priority, created, false)?;
            }
        }
        Ok(counts)
    }

    fn oldest(
        &self,
        project: i64,
        priority: usize,
        before: i64,
        most: usize,
    ) -> Sql<Vec<(i64, i64)>> {
        self.txn
            .query_all(READY, (project, priority, before, most), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
    }

    /// Those that rest. Answers how many there are by priority.
    fn scheduled(&mut self) -> Sql<[u64; 5]> {
        let mut counts = [0; 5];
        for (_, priority, k) in self.counts(PlaceName::Scheduled)? {
            counts[priority] += k;
        }
        let rows = self.txn.query_all(SCHEDULED, (i64::MIN, MOST + 1), |row| {
            Ok((
                row.get(0)?,
                row.get::<_, i64>(1)?,
                level(row.get(2)?),
                row.get(3)?,
            ))
        })?;
        self.cut |= rows.len() > MOST;
        for (ticket, project, priority, created) in rows.into_iter().take(MOST) {
            if self.is_asked(project) {
                self.add(ticket, priority, created, false)?;
            }
        }
        Ok(counts)
    }

    /// Those under a lease. Answers how many of these leases are live, and how many ran out, by priority.
    fn leased(&mut self) -> Sql<[[u64; 5]; 2]> {
        let mut counts = [[0_u64; 5]; 2];
        for (_, priority, k) in self.counts(PlaceName::Leases)? {
            counts[0][priority] += k;
        }
        let rows = self.txn.query_all(LEASED, (i64::MIN, MOST + 1), |row| {
            let expires: i64 = row.get(4)?;
            Ok((
                row.get(0)?,
                row.get::<_, i64>(1)?,
                level(row.get(2)?),
                row.get(3)?,
                expires,
            ))
        })?;
        self.cut |= rows.len() > MOST;
        for (ticket, project, priority, created, expires) in rows.into_iter().take(MOST) {
            if self.is_asked(project) {
                let live = expires > self.now;
                if !live {
                    counts[0][priority] = counts[0][priority].saturating_sub(1);
                    counts[1][priority] += 1;
                }
                self.add(ticket, priority, created, live)?;
            }
        }
        Ok(counts)
    }

    fn add(&mut self, ticket: i64, priority: usize, created: i64, leased: bool) -> Sql<()> {
        let reopened: Option<i64> = self.txn.query_row(REOPENED, [ticket], |row| row.get(0))?;
        let since = reopened.unwrap_or(created);
        self.rows.push(Row {
            ticket,
            priority,
            since,
            leased,
        });
        Ok(())
    }

    /// How far over what is allowed; negative when it is not.
    fn over(&self, row: &Row) -> i64 {
        self.now
            .saturating_sub(row.since)
            .saturating_sub(self.allowed[row.priority])
    }

    fn backlog(
        &self,
        asked: &Asked,
        open: &[[u64; 5]],
        leased: &[[u64; 5]; 2],
    ) -> Sql<Vec<Backlog>> {
        let of = |priority: Priority| {
            let at = priority as usize;
            let rows = self.rows.iter().filter(|row| row.priority == at);
            let oldest = rows.clone().min_by_key(|row| row.since);
            Ok(Backlog {
                priority,
                open: open.iter().map(|counts| counts[at]).sum::<u64>() + leased[1][at],
                in_progress: leased[0][at],
                allowed: asked.allowed[at],
                late: rows.filter(|row| self.over(row) > 0).count() as u64,
                oldest: oldest.map(|row| self.named(row)).transpose()?,
            })
        };
        Priority::ALL.into_iter().map(of).collect()
    }

    fn worst(&self) -> Sql<Vec<Waiting>> {
        let mut late: Vec<&Row> = self.rows.iter().filter(|row| self.over(row) > 0).collect();
        late.sort_by_key(|row| (std::cmp::Reverse(self.over(row)), row.ticket));
        late.truncate(WORST);
        late.into_iter().map(|row| self.named(row)).collect()
    }

    fn named(&self, row: &Row) -> Sql<Waiting> {
        let (id, project): (String, String) = self
            .txn
            .query_row(NAMED, [row.ticket], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Waiting {
            ticket: TicketId::stored(id),
            project,
            priority: facts::priority(i64::try_from(row.priority).unwrap_or_default()),
            since: Timestamp::from_micros(row.since),
            in_progress: row.leased,
        })
    }
}

/// A priority's number, as an index.
fn level(number: i64) -> usize {
    facts::priority(number) as usize
}

/// What the counts and counters say against each other: the part of `verify` that costs nothing.
fn contradictions(txn: &ReadTxn<'_>) -> Sql<Vec<String>> {
    let mut found = Vec::new();
    for place in 0..=PlaceName::Ignored as i64 {
        let off: i64 = txn.query_row(SUM, [place], |row| row.get(0))?;
        if off != 0 {
            found.push(format!("the sum of place {place} is wrong by {off}"));
        }
    }
    if txn
        .query_opt(COUNTER, [], |row| row.get(0))?
        .unwrap_or(true)
    {
        found.push("the counter of tickets is below the newest ticket".to_owned());
    }
    Ok(found)
}
