//! A ticket as people see it: its facts, and where it stands.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

use crate::error::Error;
use crate::evidence::{CloseReason, Completion, Evidence};
use crate::lease::{Lease, Token};
use crate::store::sqlite::desk::{ID, Step, number};
use crate::store::sqlite::events::NEWEST;
use crate::store::sqlite::facts;
use crate::store::sqlite::grant::FactsRow;
use crate::store::sqlite::places::{self, EndRow, IGNORED, LeaseRow, Place};
use crate::store::sqlite::record::status_of;
use crate::ticket::{Holding, Status, Ticket, TicketId, WakeRule};
use crate::time::Timestamp;

/// By rowid.
const NAME: &str = "SELECT text FROM names WHERE id = ?1";
/// By rowid.
const ENDED: &str =
    "SELECT e.at, n.text, e.new FROM events e JOIN names n ON n.id = e.actor WHERE e.seq = ?1";
/// A walk through what is leased, which is never more than the workers there are.
const HELD_BY: &str = "SELECT l.ticket FROM leases l JOIN names n ON n.id = l.holder
  WHERE n.text = ?1 AND l.expires > ?2 ORDER BY l.token";

pub(super) fn by_id(txn: &ReadTxn<'_>, id: &TicketId, now: Timestamp) -> Step<Ticket> {
    let ticket = by_number(txn, number(txn, id)?, now)?;
    ticket.ok_or_else(|| {
        Error::NotFound {
            ticket: id.to_string(),
        }
        .into()
    })
}

pub(super) fn by_number(txn: &ReadTxn<'_>, n: i64, now: Timestamp) -> Sql<Option<Ticket>> {
    let Some(facts) = FactsRow::read(txn, n)? else {
        return Ok(None);
    };
    let mut ticket = facts.ticket(name(txn, facts.project())?);
    if let Some(at) = txn.query_opt(NEWEST, [n], |row| row.get(1))? {
        ticket.updated_at = Timestamp::from_micros(at);
    }
    if let Some(key) = places::key(txn, n)?
        && let Some(place) = places::locate(txn, &key)?
    {
        stand(txn, &mut ticket, &place, now)?;
    }
    Ok(Some(ticket))
}

fn name(txn: &ReadTxn<'_>, id: i64) -> Sql<String> {
    txn.query_opt(NAME, [id], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// Fills in what a ticket's place says.
fn stand(txn: &ReadTxn<'_>, ticket: &mut Ticket, place: &Place, now: Timestamp) -> Sql<()> {
    ticket.status = status_of(place, now.micros());
    match place {
        Place::Ready { last } => ticket.expired = last.is_some(),
        Place::Scheduled { not_before } => {
            ticket.not_before = Some(Timestamp::from_micros(*not_before))
        }
        Place::Leased(lease) if lease.expires <= now.micros() => ticket.expired = true,
        Place::Leased(lease) => ticket.lease = Some(holding(txn, lease)?),
        Place::Parked { .. } => {}
        Place::Completed(end) => ended(txn, ticket, end)?,
        Place::Trash { at, from } => {
            stand(txn, ticket, from, now)?;
            ticket.lease = None;
            ticket.deleted_at = Some(Timestamp::from_micros(*at));
            ticket.status = status_of(place, now.micros());
        }
    }
    Ok(())
}

fn holding(txn: &ReadTxn<'_>, lease: &LeaseRow) -> Sql<Holding> {
    Ok(Holding {
        holder: name(txn, lease.holder)?,
        acquired_at: Timestamp::from_micros(lease.acquired),
        expires_at: Timestamp::from_micros(lease.expires),
    })
}

fn ended(txn: &ReadTxn<'_>, ticket: &mut Ticket, end: &EndRow) -> Sql<()> {
    if end.reason == IGNORED {
        let more = end
            .wake_count
            .and_then(|at| u64::try_from(at).ok())
            .map(|at| at.saturating_sub(ticket.occurrences));
        ticket.ignored = Some(WakeRule {
            until: end.wake_at.map(Timestamp::from_micros),
            more,
        });
    }
    let event = txn.query_opt(ENDED, [end.done], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    })?;
    let (at, by, new) = event.unwrap_or_default();
    let reason = match usize::try_from(end.reason) {
        Ok(0) => None,
        Ok(number) => REASONS.get(number - 1).copied(),
        Err(_) => None,
    };
    ticket.completion = Some(Completion {
        evidence: if end.reason == 0 {
            facts::from_json::<Evidence>(new).unwrap_or_default()
        } else {
            Evidence::default()
        },
        reason: reason.map(str::to_owned),
        of: end
            .original
            .map(|original| txn.query_opt(ID, [original], |row| row.get(0)))
            .transpose()?
            .flatten()
            .map(TicketId::stored),
        by,
        at: Timestamp::from_micros(at),
    });
    Ok(())
}

/// The words of `completed.reason`, from 1.
pub(in crate::store::sqlite) const REASONS: [&str; 6] = [
    CloseReason::Wontfix.as_str(),
    CloseReason::Duplicate.as_str(),
    CloseReason::Invalid.as_str(),
    CloseReason::Obsolete.as_str(),
    CloseReason::Fixed.as_str(),
    Status::Ignored.as_str(),
];

/// The live leases of a holder, with their tokens.
pub(super) fn held_by(txn: &ReadTxn<'_>, holder: &str, now: Timestamp) -> Step<Vec<Lease>> {
    let mut leases = Vec::new();
    for n in txn.query_all(HELD_BY, (holder, now.micros()), |row| row.get(0))? {
        if let (Some(ticket), Some((row, ..))) = (by_number(txn, n, now)?, places::lease(txn, n)?) {
            leases.push(Lease {
                ticket,
                holder: holder.to_owned(),
                token: Token(row.token),
                acquired_at: Timestamp::from_micros(row.acquired),
                expires_at: Timestamp::from_micros(row.expires),
            });
        }
    }
    Ok(leases)
}
