//! Two tickets that are one are joined for good: one goes on and counts for both, the other leads to it.

use serde_json::json;
use sqlite_line::WriteTxn;

use super::claim::not_ready;
use super::desk::{Desk, Found, Step, Who};
use super::events::{self, Entry};
use super::places::{EndRow, Place};
use super::record::{reason_number, status_of};
use super::repeats;
use crate::error::Error;
use crate::event::{EventKind, Receipt};
use crate::evidence::CloseReason;
use crate::ticket::TicketId;

/// By primary key, each.
const JOIN_HOURS: &str =
    "INSERT INTO buckets(ticket, hour, k) SELECT ?2, hour, k FROM buckets WHERE ticket = ?1
  ON CONFLICT(ticket, hour) DO UPDATE SET k = k + excluded.k";
const LEAVE_HOURS: &str = "DELETE FROM buckets WHERE ticket = ?1";
/// By rowid.
const FIRST_OF_BOTH: &str = "UPDATE facts SET first_seen = min(first_seen, (SELECT first_seen FROM facts WHERE n = ?1)) WHERE n = ?2";
/// By rowid.
const ENDED_BY: &str =
    "SELECT coalesce(json_extract(new, '$.merged'), 0) FROM events WHERE seq = ?1";

/// What a ticket has been seen.
struct Seen {
    count: i64,
    last: i64,
    event: Option<i64>,
}

impl Desk {
    /// Joins `id` into `into`.
    pub fn merge(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        into: &TicketId,
    ) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        self.may_end(txn, &found, None)?;
        if matches!(found.place, Place::Trash { .. }) {
            return Err(not_ready(&found, &found.place).into());
        }
        if let Place::Completed(end) = &found.place
            && is_merged(txn, end)?
        {
            return match end.original == Some(self.find(txn, into)?.key.ticket) {
                true => Ok(events::unchanged(txn, &found)?),
                false => Err(self.merged(&found).into()),
            };
        }
        let number = self.original_of(txn, &found, into)?;
        let target = self.counting(txn, number, into)?;
        if target.key.project != found.key.project {
            return Err(Error::invalid("into", "it belongs to another project").into());
        }
        let occurrences = join(txn, &found, &target)?;
        let actor = self.names.id(txn, who.name)?;
        let joined = Entry::of(target.key.ticket, EventKind::Merged, actor)
            .is(&json!({ "ticket": found.id, "occurrences": occurrences }));
        self.append(txn, &joined)?;
        let ended = Entry::of(found.key.ticket, EventKind::Closed, actor)
            .was(&json!({ "status": status_of(&found.place, self.now.micros()) }))
            .is(&json!({ "reason": CloseReason::Duplicate, "of": target.id, "merged": true }));
        self.end(txn, &found, &ended, |done| EndRow {
            done,
            token: None,
            reason: reason_number(CloseReason::Duplicate),
            original: Some(target.key.ticket),
            wake_at: None,
            wake_count: None,
        })
    }

    /// The ticket that counts for `into`: its own original, when it is a duplicate itself.
    fn counting(&mut self, txn: &WriteTxn<'_>, number: i64, into: &TicketId) -> Step<Found> {
        match self.original(txn, number)? {
            Some(target) => Ok(target),
            None => Err(Error::NotReady {
                ticket: into.clone(),
                why: "deleted".to_owned(),
            }
            .into()),
        }
    }

    /// The refusal of whoever wants a merged ticket back.
    pub fn merged(&self, found: &Found) -> Error {
        Error::NotReady {
            ticket: found.id.clone(),
            why: "merged".to_owned(),
        }
    }
}

/// Whether a ticket ended by being merged, which is for good.
pub(super) fn is_merged(txn: &WriteTxn<'_>, end: &EndRow) -> Step<bool> {
    if end.original.is_none() {
        return Ok(false);
    }
    let merged: Option<bool> = txn.query_opt(ENDED_BY, [end.done], |row| row.get(0))?;
    Ok(merged == Some(true))
}

/// Adds what one was seen to the other. Answers how often it was.
fn join(txn: &WriteTxn<'_>, from: &Found, into: &Found) -> Step<i64> {
    let (from, into) = (from.key.ticket, into.key.ticket);
    let seen = |ticket: i64| {
        txn.query_row(repeats::SEEN, [ticket], |row| {
            Ok(Seen {
                count: row.get(0)?,
                last: row.get(1)?,
                event: row.get(2)?,
            })
        })
    };
    let (left, kept) = (seen(from)?, seen(into)?);
    let (count, last) = (left.count + kept.count, left.last.max(kept.last));
    txn.execute(repeats::SAVE, (into, count, last, kept.event))?;
    txn.execute(JOIN_HOURS, (from, into))?;
    txn.execute(FIRST_OF_BOTH, (from, into))?;
    // What was counted here by the hour is counted there now; how often it was seen stays as its history.
    txn.execute(LEAVE_HOURS, [from])?;
    Ok(left.count)
}
