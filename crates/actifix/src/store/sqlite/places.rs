//! Where tickets stand: each in exactly one of six tables. This is the only file that moves them, and every move keeps
//! the counts.

use serde::{Deserialize, Serialize};
use sqlite_line::rusqlite::{Result, Row};
use sqlite_line::{ReadTxn, WriteTxn};

use super::counts::Counts;

/// A place's number in `counts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PlaceName {
    Ready = 0,
    Scheduled = 1,
    Leases = 2,
    Parked = 3,
    Completed = 4,
    Trash = 5,
    /// Within `Completed`: counted as a place of its own.
    Ignored = 6,
}

/// The number in `completed.reason` that stands for ignored.
pub(super) const IGNORED: i64 = 6;

/// What a grant is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastGrant {
    pub token: i64,
    pub holder: i64,
}

/// A live (or run out, and not swept yet) lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeaseRow {
    pub token: i64,
    pub holder: i64,
    pub acquired: i64,
    pub expires: i64,
}

/// How a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndRow {
    /// The event that ended it.
    pub done: i64,
    pub token: Option<i64>,
    pub reason: i64,
    pub original: Option<i64>,
    pub wake_at: Option<i64>,
    pub wake_count: Option<i64>,
}

/// Where a ticket stands, with what its row there says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Ready { last: Option<LastGrant> },
    Scheduled { not_before: i64 },
    Leased(LeaseRow),
    Parked { at: i64, last: Option<LastGrant> },
    Completed(EndRow),
    Trash { at: i64, from: Box<Place> },
}

/// A ticket and the key it is filed and counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub ticket: i64,
    pub project: i64,
    pub priority: i64,
    pub created: i64,
    pub kind: i64,
}

impl Place {
    fn name(&self) -> PlaceName {
        match self {
            Self::Ready { .. } => PlaceName::Ready,
            Self::Scheduled { .. } => PlaceName::Scheduled,
            Self::Leased(_) => PlaceName::Leases,
            Self::Parked { .. } => PlaceName::Parked,
            Self::Completed(end) if end.reason == IGNORED => PlaceName::Ignored,
            Self::Completed(_) => PlaceName::Completed,
            Self::Trash { .. } => PlaceName::Trash,
        }
    }
}

/// By rowid. The id is for whoever finds the ticket by this.
pub(super) const KEY: &str =
    "SELECT n, project, priority, created, kind, id FROM facts WHERE n = ?1";
/// By rowid.
pub(super) const LEASE: &str =
    "SELECT token, holder, acquired, expires, project, priority FROM leases WHERE ticket = ?1";
/// By the whole primary key.
const IN_READY: &str = "SELECT last_token, last_holder FROM ready
  WHERE project = ?1 AND priority = ?2 AND created = ?3 AND ticket = ?4";
/// By rowid, each.
const IN_SCHEDULED: &str = "SELECT not_before FROM scheduled WHERE ticket = ?1";
const IN_PARKED: &str = "SELECT last_token, last_holder, at FROM parked WHERE ticket = ?1";
const IN_COMPLETED: &str =
    "SELECT done, token, reason, original, wake_at, wake_count FROM completed WHERE ticket = ?1";
const IN_TRASH: &str = "SELECT at, place FROM trash WHERE ticket = ?1";

pub(super) const ENTER_READY: &str =
    "INSERT INTO ready(project, priority, created, ticket, kind, last_token, last_holder)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const ENTER_SCHEDULED: &str =
    "INSERT INTO scheduled(ticket, project, priority, not_before) VALUES (?1, ?2, ?3, ?4)";
pub(super) const ENTER_LEASES: &str = "INSERT INTO leases(ticket, token, holder, acquired, expires, project, priority) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const ENTER_PARKED: &str = "INSERT INTO parked(ticket, project, priority, at, last_token, last_holder) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub(super) const ENTER_COMPLETED: &str =
    "INSERT INTO completed(ticket, project, priority, done, token, reason, original, wake_at, wake_count)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ENTER_TRASH: &str =
    "INSERT INTO trash(ticket, project, priority, at, place) VALUES (?1, ?2, ?3, ?4, ?5)";

/// By the whole primary key.
pub(super) const LEAVE_READY: &str =
    "DELETE FROM ready WHERE project = ?1 AND priority = ?2 AND created = ?3 AND ticket = ?4";
const LEAVE_SCHEDULED: &str = "DELETE FROM scheduled WHERE ticket = ?1";
/// By rowid, and only under the token that was read: the fence.
pub(super) const LEAVE_LEASES: &str = "DELETE FROM leases WHERE ticket = ?1 AND token = ?2";
const LEAVE_PARKED: &str = "DELETE FROM parked WHERE ticket = ?1";
const LEAVE_COMPLETED: &str = "DELETE FROM completed WHERE ticket = ?1";
const LEAVE_TRASH: &str = "DELETE FROM trash WHERE ticket = ?1";

/// What a ticket is filed under; `None` when there is no such ticket.
pub(super) fn key(txn: &ReadTxn<'_>, ticket: i64) -> Result<Option<Key>> {
    txn.query_opt(KEY, [ticket], key_of)
}

/// The key in a row that begins as those of [`KEY`] do.
pub(super) fn key_of(row: &Row<'_>) -> Result<Key> {
    Ok(Key {
        ticket: row.get(0)?,
        project: row.get(1)?,
        priority: row.get(2)?,
        created: row.get(3)?,
        kind: row.get(4)?,
    })
}

/// The lease on a ticket, with the project and priority it is counted under.
pub(super) fn lease(txn: &ReadTxn<'_>, ticket: i64) -> Result<Option<(LeaseRow, i64, i64)>> {
    txn.query_opt(LEASE, [ticket], |row| {
        let lease = LeaseRow {
            token: row.get(0)?,
            holder: row.get(1)?,
            acquired: row.get(2)?,
            expires: row.get(3)?,
        };
        Ok((lease, row.get(4)?, row.get(5)?))
    })
}

fn last_grant(row: &Row<'_>) -> Result<Option<LastGrant>> {
    let token: Option<i64> = row.get(0)?;
    let holder: Option<i64> = row.get(1)?;
    Ok(token
        .zip(holder)
        .map(|(token, holder)| LastGrant { token, holder }))
}

/// Where a ticket stands. `None` only in a damaged file.
pub(super) fn locate(txn: &ReadTxn<'_>, key: &Key) -> Result<Option<Place>> {
    if let Some((lease, ..)) = lease(txn, key.ticket)? {
        return Ok(Some(Place::Leased(lease)));
    }
    let filed = (key.project, key.priority, key.created, key.ticket);
    if let Some(last) = txn.query_opt(IN_READY, filed, last_grant)? {
        return Ok(Some(Place::Ready { last }));
    }
    let ended = txn.query_opt(IN_COMPLETED, [key.ticket], |row| {
        Ok(EndRow {
            done: row.get(0)?,
            token: row.get(1)?,
            reason: row.get(2)?,
            original: row.get(3)?,
            wake_at: row.get(4)?,
            wake_count: row.get(5)?,
        })
    })?;
    if let Some(end) = ended {
        return Ok(Some(Place::Completed(end)));
    }
    if let Some(not_before) = txn.query_opt(IN_SCHEDULED, [key.ticket], |row| row.get(0))? {
        return Ok(Some(Place::Scheduled { not_before }));
    }
    let parked = txn.query_opt(IN_PARKED, [key.ticket], |row| {
        Ok(Place::Parked {
            at: row.get(2)?,
            last: last_grant(row)?,
        })
    })?;
    if parked.is_some() {
        return Ok(parked);
    }
    txn.query_opt(IN_TRASH, [key.ticket], |row| {
        let from =
            serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or(Place::Ready { last: None });
        Ok(Place::Trash {
            at: row.get(0)?,
            from: Box::new(from),
        })
    })
}

/// Puts a ticket, that stands nowhere, at `place`.
pub(super) fn enter(
    txn: &WriteTxn<'_>,
    counts: &mut Counts,
    key: &Key,
    place: &Place,
) -> Result<()> {
    let Key {
        ticket,
        project,
        priority,
        created,
        kind,
    } = *key;
    let tokens = |last: &Option<LastGrant>| (last.map(|l| l.token), last.map(|l| l.holder));
    match place {
        Place::Ready { last } => {
            let (token, holder) = tokens(last);
            txn.execute(
                ENTER_READY,
                (project, priority, created, ticket, kind, token, holder),
            )
        }
        Place::Scheduled { not_before } => {
            txn.execute(ENTER_SCHEDULED, (ticket, project, priority, not_before))
        }
        Place::Leased(l) => txn.execute(
            ENTER_LEASES,
            (
                ticket, l.token, l.holder, l.acquired, l.expires, project, priority,
            ),
        ),
        Place::Parked { at, last } => {
            let (token, holder) = tokens(last);
            txn.execute(ENTER_PARKED, (ticket, project, priority, at, token, holder))
        }
        Place::Completed(e) => txn.execute(
            ENTER_COMPLETED,
            (
                ticket,
                project,
                priority,
                e.done,
                e.token,
                e.reason,
                e.original,
                e.wake_at,
                e.wake_count,
            ),
        ),
        Place::Trash { at, from } => {
            let from = serde_json::to_string(from).unwrap_or_default();
            txn.execute(ENTER_TRASH, (ticket, project, priority, at, from))
        }
    }?;
    counts.add(place.name(), project, priority, 1);
    Ok(())
}

/// Counts a ticket whose row was put there as it was.
pub(super) fn count(counts: &mut Counts, key: &Key, place: &Place) {
    counts.add(place.name(), key.project, key.priority, 1);
}

/// Takes a ticket away from `place`, where it stands. `false` when it was not there (for a lease: under that token).
pub(super) fn leave(
    txn: &WriteTxn<'_>,
    counts: &mut Counts,
    key: &Key,
    place: &Place,
) -> Result<bool> {
    let ticket = [key.ticket];
    let gone = match place {
        Place::Ready { .. } => txn.execute(
            LEAVE_READY,
            (key.project, key.priority, key.created, key.ticket),
        ),
        Place::Scheduled { .. } => txn.execute(LEAVE_SCHEDULED, ticket),
        Place::Leased(lease) => txn.execute(LEAVE_LEASES, (key.ticket, lease.token)),
        Place::Parked { .. } => txn.execute(LEAVE_PARKED, ticket),
        Place::Completed(_) => txn.execute(LEAVE_COMPLETED, ticket),
        Place::Trash { .. } => txn.execute(LEAVE_TRASH, ticket),
    }?;
    if gone == 1 {
        counts.add(place.name(), key.project, key.priority, -1);
    }
    Ok(gone == 1)
}

/// Removes a ticket from the counts' books under its old priority, and files it under the new one.
pub(super) fn refile(
    txn: &WriteTxn<'_>,
    counts: &mut Counts,
    key: &Key,
    place: &Place,
    priority: i64,
) -> Result<Key> {
    let moved = Key { priority, ..*key };
    if leave(txn, counts, key, place)? {
        enter(txn, counts, &moved, place)?;
    }
    Ok(moved)
}
