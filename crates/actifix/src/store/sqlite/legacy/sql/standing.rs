//! Where a row that was written by hand says that its ticket stands, and the way there: a lock that is set grants a real
//! lease, one that is taken away ends it.

use serde_json::json;
use sqlite_line::WriteTxn;

use super::super::old_row::{Held, OldRow, at};
use super::super::standing::{Lock, Says, Standing, stands};
use super::apply::ACTOR;
use crate::clean::Clean;
use crate::event::EventKind;
use crate::evidence::Evidence;
use crate::limits::DEFAULT_LEASE;
use crate::store::sqlite::claim::renewal;
use crate::store::sqlite::desk::{Desk, Found, Step};
use crate::store::sqlite::due;
use crate::store::sqlite::events::Entry;
use crate::store::sqlite::hold::RENEW;
use crate::store::sqlite::places::{EndRow, LeaseRow, Place};
use crate::store::sqlite::record::Back;
use crate::time::Timestamp;

/// The columns that say where a ticket stands.
pub(super) const STATE: [&str; 7] = [
    "status",
    "locked_by",
    "locked_at",
    "lease_expires",
    "completed",
    "deleted",
    "deleted_at",
];

/// Where a ticket shall stand.
pub(super) struct Wish {
    standing: Standing,
    held: Option<Held>,
    pub deleted: bool,
}

impl Wish {
    /// What the row says. Of one that was changed, a status that was set decides over the flag `completed`.
    pub fn of(row: &OldRow, changed: Option<&[String]>, now: Timestamp) -> Self {
        let set = |name: &str| changed.is_some_and(|all| all.iter().any(|one| one == name));
        let says = Says::of(row.text(at::STATUS).as_deref());
        let completed = row.is(at::COMPLETED) && !set("status");
        let mut held = Held::of(row, now);
        if held.is_none() && says == Says::InProgress && !completed {
            // Somebody works on it, and does not say who.
            held = Some(Held {
                holder: ACTOR.to_owned(),
                acquired: now,
                expires: now.after(DEFAULT_LEASE),
                bounded: true,
            });
        }
        let lock = match &held {
            None => Lock::None,
            Some(held) if held.expires > now => Lock::Live,
            Some(_) => Lock::RunOut,
        };
        Self {
            standing: stands(says, completed, lock).0,
            held,
            deleted: row.is(at::DELETED),
        }
    }

    /// Moves the ticket there, with the events of each step.
    pub fn fulfil(
        &self,
        desk: &mut Desk,
        txn: &WriteTxn<'_>,
        found: Found,
        row: &OldRow,
    ) -> Step<()> {
        match (self.standing, &self.held) {
            (Standing::Leased, Some(held)) => lease(desk, txn, found, held),
            (Standing::Completed, _) => complete(desk, txn, &found, row),
            _ => open(desk, txn, found).map(|_| ()),
        }
    }
}

fn lease(desk: &mut Desk, txn: &WriteTxn<'_>, found: Found, held: &Held) -> Step<()> {
    if let Place::Leased(mine) = found.place
        && *desk.names.text(txn, mine.holder)? == *held.holder
    {
        return renew(desk, txn, found.key.ticket, mine, held.expires);
    }
    let found = open(desk, txn, found)?;
    let holder = desk.names.id(txn, &held.holder)?;
    desk.leave(txn, &found.key, &found.place)?;
    let entry = Entry::of(found.key.ticket, EventKind::Claimed, holder)
        .num(held.expires.micros())
        .is(&json!({"by": ACTOR}));
    let token = desk.append(txn, &entry)?;
    let row = LeaseRow {
        token,
        holder,
        acquired: held.acquired.micros(),
        expires: held.expires.micros(),
    };
    desk.place(txn, &found.key, &Place::Leased(row))?;
    Ok(())
}

fn renew(
    desk: &mut Desk,
    txn: &WriteTxn<'_>,
    ticket: i64,
    lease: LeaseRow,
    until: Timestamp,
) -> Step<()> {
    if until.micros() == lease.expires {
        return Ok(());
    }
    let actor = desk.names.id(txn, ACTOR)?;
    txn.execute(RENEW, (ticket, lease.token, until.micros()))?;
    let entry = Entry::of(ticket, EventKind::Renewed, actor)
        .token(lease.token)
        .num(until.micros())
        .was(&renewal(Timestamp::from_micros(lease.expires)));
    desk.append(txn, &entry)?;
    Ok(())
}

/// Opens a ticket that is leased or ended. Answers it as it stands then.
fn open(desk: &mut Desk, txn: &WriteTxn<'_>, found: Found) -> Step<Found> {
    let actor = desk.names.id(txn, ACTOR)?;
    match &found.place {
        Place::Leased(lease) => {
            let entry = Entry::of(found.key.ticket, EventKind::Released, actor).token(lease.token);
            desk.relocate(txn, &found, &Place::Ready { last: None })?;
            due::did_not_lapse(txn, found.key.ticket)?;
            desk.append(txn, &entry)?;
        }
        Place::Completed(_) => {
            desk.come_back(txn, &found, actor, Back::Reopened)?;
        }
        _ => return Ok(found),
    }
    Ok(Found {
        place: Place::Ready { last: None },
        ..found
    })
}

fn complete(desk: &mut Desk, txn: &WriteTxn<'_>, found: &Found, row: &OldRow) -> Step<()> {
    if matches!(found.place, Place::Completed(_)) {
        return Ok(());
    }
    let text = |column| row.text(column).unwrap_or_default();
    let (notes, tested, results) = (text(at::DID), text(at::TESTED), text(at::RESULTS));
    let mut evidence = Evidence::from_legacy(&notes, &tested, &results);
    if evidence.did.is_empty() {
        evidence.did = notes.trim().to_owned();
    }
    evidence.summary = row.some(at::SUMMARY);
    evidence.url = row.some(at::URL);
    let stored = Clean::from(evidence).stored();
    let actor = desk.names.id(txn, ACTOR)?;
    let token = match &found.place {
        Place::Leased(lease) => Some(lease.token),
        _ => None,
    };
    let mut entry = Entry::of(found.key.ticket, EventKind::Completed, actor).text(stored.get());
    entry.token = token;
    desk.end(txn, found, &entry, |done| EndRow {
        done,
        token,
        reason: 0,
        original: None,
        wake_at: None,
        wake_count: None,
    })?;
    Ok(())
}
