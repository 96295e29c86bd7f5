//! What time does: leases run out, and tickets that were put off become ready.

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result;

use super::desk::{Desk, TIME};
use super::events::Entry;
use super::places::{self, Key, LastGrant, LeaseRow, Place};
use crate::event::EventKind;

/// At most so many rows of each kind are moved in a batch.
const MOST: i64 = 256;

/// By `leases_due`.
pub(super) const LEASES: &str = "SELECT ticket, token, holder, acquired, expires FROM leases
  WHERE expires <= ?1 ORDER BY expires LIMIT ?2";
/// By `scheduled_due`.
pub(super) const SCHEDULED: &str = "SELECT ticket, not_before FROM scheduled
  WHERE not_before <= ?1 ORDER BY not_before LIMIT ?2";

/// By rowid.
const ATTEMPTS: &str = "SELECT n, lapses FROM attempts WHERE ticket = ?1";
const SAVE_ATTEMPTS: &str = "INSERT INTO attempts(ticket, n, lapses, last_error) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT(ticket) DO UPDATE SET n = excluded.n, lapses = excluded.lapses, last_error = excluded.last_error";

/// Moves what is due, by index, once a batch.
pub(super) fn sweep(desk: &mut Desk, txn: &WriteTxn<'_>) -> Result<()> {
    let now = desk.now.micros();
    let over = txn.query_all(LEASES, (now, MOST), |row| {
        let lease = LeaseRow {
            token: row.get(1)?,
            holder: row.get(2)?,
            acquired: row.get(3)?,
            expires: row.get(4)?,
        };
        Ok((row.get::<_, i64>(0)?, lease))
    })?;
    for (ticket, lease) in over {
        if let Some(key) = places::key(txn, ticket)? {
            expire(desk, txn, &key, lease)?;
        }
    }
    let due = txn.query_all(SCHEDULED, (now, MOST), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    for (ticket, not_before) in due {
        if let Some(key) = places::key(txn, ticket)? {
            let actor = desk.names.id(txn, TIME)?;
            places::leave(
                txn,
                &mut desk.counts,
                &key,
                &Place::Scheduled { not_before },
            )?;
            desk.place(txn, &key, &Place::Ready { last: None })?;
            desk.append(
                txn,
                &Entry::of(ticket, EventKind::Due, actor).num(not_before),
            )?;
        }
    }
    Ok(())
}

/// Ends a lease that has run out: the ticket is ready again, or parked after too many. Answers where it stands now.
pub(super) fn expire(
    desk: &mut Desk,
    txn: &WriteTxn<'_>,
    key: &Key,
    lease: LeaseRow,
) -> Result<Place> {
    desk.swept += 1;
    let actor = desk.names.id(txn, TIME)?;
    let holder = desk.names.text(txn, lease.holder)?;
    places::leave(txn, &mut desk.counts, key, &Place::Leased(lease))?;
    let ended = Entry::of(key.ticket, EventKind::Expired, actor)
        .token(lease.token)
        .num(lease.expires)
        .was(&json!({"holder": &*holder}));
    desk.append(txn, &ended)?;

    let (attempts, lapses) = counted(txn, key.ticket)?;
    let (attempts, lapses) = (attempts + 1, lapses + 1);
    txn.execute(
        SAVE_ATTEMPTS,
        (
            key.ticket,
            attempts,
            lapses,
            format!("the lease of {holder} ran out"),
        ),
    )?;
    let last = Some(LastGrant {
        token: lease.token,
        holder: lease.holder,
    });
    let rules = &desk.settings.retry;
    if lapses >= rules.expiries || attempts >= rules.attempts {
        return park(desk, txn, key, last);
    }
    let place = Place::Ready { last };
    desk.place(txn, key, &place)?;
    Ok(place)
}

/// Quarantines a ticket that stands nowhere.
pub(super) fn park(
    desk: &mut Desk,
    txn: &WriteTxn<'_>,
    key: &Key,
    last: Option<LastGrant>,
) -> Result<Place> {
    let actor = desk.names.id(txn, TIME)?;
    let place = Place::Parked {
        at: desk.now.micros(),
        last,
    };
    desk.place(txn, key, &place)?;
    let (attempts, lapses) = counted(txn, key.ticket)?;
    let entry = Entry::of(key.ticket, EventKind::Quarantined, actor)
        .is(&json!({"attempts": attempts, "expiries": lapses}));
    desk.append(txn, &entry)?;
    Ok(place)
}

/// Failed attempts and leases that ran out one after the other.
pub(super) fn counted(txn: &WriteTxn<'_>, ticket: i64) -> Result<(u32, u32)> {
    txn.query_opt(ATTEMPTS, [ticket], |row| Ok((row.get(0)?, row.get(1)?)))
        .map(Option::unwrap_or_default)
}

/// One more failed attempt, which ends a row of expiries. Answers how many there are.
pub(super) fn failed_again(txn: &WriteTxn<'_>, ticket: i64, why: Option<&str>) -> Result<u32> {
    let attempts = counted(txn, ticket)?.0 + 1;
    txn.execute(SAVE_ATTEMPTS, (ticket, attempts, 0, why))?;
    Ok(attempts)
}

/// By rowid.
const BREAK_ROW: &str = "UPDATE attempts SET lapses = 0 WHERE ticket = ?1 AND lapses > 0";
const CLEAR: &str = "DELETE FROM attempts WHERE ticket = ?1";

/// The grant ended otherwise than by running out.
pub(super) fn did_not_lapse(txn: &WriteTxn<'_>, ticket: i64) -> Result<()> {
    txn.execute(BREAK_ROW, [ticket]).map(|_| ())
}

/// The ticket starts anew.
pub(super) fn clear_attempts(txn: &WriteTxn<'_>, ticket: i64) -> Result<()> {
    txn.execute(CLEAR, [ticket]).map(|_| ())
}
