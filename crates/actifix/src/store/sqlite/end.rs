//! Ends and beginnings without work: close, ignore, reopen, delete, undelete, purge.

use serde_json::json;
use sqlite_line::WriteTxn;

use super::claim::not_ready;
use super::desk::{Desk, Found, Step, Who, find_numbered};
use super::events::{self, Entry};
use super::places::{EndRow, IGNORED, LeaseRow, Place};
use super::record::{Back, HOPS, reason_number, status_of};
use super::repeats;
use crate::change::{Close, Delete};
use crate::error::Error;
use crate::event::{EventKind, Receipt};
use crate::lease::Token;
use crate::ticket::{TicketId, WakeRule};

/// What a purge removes; each by primary key. The events stay.
pub(super) const PURGE: [&str; 6] = [
    "DELETE FROM facts WHERE n = ?1",
    "DELETE FROM seen WHERE ticket = ?1",
    "DELETE FROM samples WHERE ticket = ?1",
    "DELETE FROM buckets WHERE ticket = ?1",
    "DELETE FROM attempts WHERE ticket = ?1",
    "DELETE FROM legacy WHERE ticket = ?1",
];

impl Desk {
    pub fn close(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        how: &Close,
    ) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        self.may_end(txn, &found, how.token)?;
        if matches!(found.place, Place::Completed(_) | Place::Trash { .. }) {
            return Err(not_ready(&found, &found.place).into());
        }
        let original = how
            .of
            .as_ref()
            .map(|of| self.original_of(txn, &found, of))
            .transpose()?;
        let actor = self.names.id(txn, who.name)?;
        let token = token_of(&found.place);
        let mut entry = Entry::of(found.key.ticket, EventKind::Closed, actor)
            .was(&json!({"status": status_of(&found.place, self.now.micros())}))
            .is(&json!({"reason": how.reason, "of": how.of, "note": how.note}));
        entry.token = token;
        let reason = reason_number(how.reason);
        self.end(txn, &found, &entry, |done| EndRow {
            done,
            token,
            reason,
            original,
            wake_at: None,
            wake_count: None,
        })
    }

    /// The ticket that `found` is to be a duplicate of. It must not lead back to it.
    pub(super) fn original_of(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        of: &TicketId,
    ) -> Step<i64> {
        let mut original = self.find(txn, of)?;
        let first = original.key.ticket;
        for _ in 0..HOPS {
            if original.key.ticket == found.key.ticket {
                return Err(Error::invalid(
                    "of",
                    format!("{of} is this ticket, or a duplicate of it"),
                )
                .into());
            }
            match original.place {
                Place::Trash { .. } => return Err(not_ready(&original, &original.place).into()),
                Place::Completed(EndRow {
                    original: Some(next),
                    ..
                }) => match find_numbered(txn, next)? {
                    Some(next) => original = next,
                    None => return Ok(first),
                },
                _ => return Ok(first),
            }
        }
        Err(Error::invalid(
            "of",
            format!("{of} is a duplicate of a duplicate, too many times over"),
        )
        .into())
    }

    pub fn ignore(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        wake: WakeRule,
        token: Option<Token>,
    ) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        self.may_end(txn, &found, token)?;
        if matches!(found.place, Place::Trash { .. }) {
            return Err(not_ready(&found, &found.place).into());
        }
        let actor = self.names.id(txn, who.name)?;
        let (count, _): (i64, i64) = txn.query_row(repeats::SEEN, [found.key.ticket], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let wake_count = wake
            .more
            .map(|more| count.saturating_add(i64::try_from(more).unwrap_or(i64::MAX)));
        let entry = Entry::of(found.key.ticket, EventKind::Ignored, actor)
            .was(&json!({"status": status_of(&found.place, self.now.micros())}))
            .is(&json!({"until": wake.until, "more": wake.more}));
        self.end(txn, &found, &entry, |done| EndRow {
            done,
            token: None,
            reason: IGNORED,
            original: None,
            wake_at: wake.until.map(|at| at.micros()),
            wake_count,
        })
    }

    /// A live lease stands in the way of everybody but its holder.
    pub(super) fn may_end(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        token: Option<Token>,
    ) -> Step<()> {
        match &found.place {
            Place::Leased(lease) if token.is_some_and(|token| token.0 == lease.token) => Ok(()),
            Place::Leased(lease) => Err(self.held(txn, found, lease)?.into()),
            _ => Ok(()),
        }
    }

    pub fn reopen(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, id: &TicketId) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        if !matches!(found.place, Place::Completed(_) | Place::Parked { .. }) {
            return Err(not_ready(&found, &found.place).into());
        }
        if let Place::Completed(end) = &found.place
            && super::merge::is_merged(txn, end)?
        {
            return Err(self.merged(&found).into());
        }
        let actor = self.names.id(txn, who.name)?;
        let seq = self.come_back(txn, &found, actor, Back::Reopened)?;
        Ok(Receipt {
            ticket: found.id,
            seq,
            at: self.now,
            repeated: false,
        })
    }

    pub fn delete(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        how: Delete,
    ) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        if matches!(found.place, Place::Trash { .. }) {
            return Ok(events::unchanged(txn, &found)?);
        }
        if !how.force {
            self.may_end(txn, &found, how.token)?;
        }
        let actor = self.names.id(txn, who.name)?;
        let mut entry = Entry::of(found.key.ticket, EventKind::Deleted, actor)
            .was(&json!({"status": status_of(&found.place, self.now.micros())}));
        entry.token = token_of(&found.place);
        let trash = Place::Trash {
            at: self.now.micros(),
            from: Box::new(found.place.clone()),
        };
        self.relocate(txn, &found, &trash)?;
        Ok(self.receipt(txn, &found, &entry)?)
    }

    pub fn undelete(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, id: &TicketId) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        let Place::Trash { from, .. } = &found.place else {
            return Err(not_ready(&found, &found.place).into());
        };
        let back = match &**from {
            Place::Leased(_) => Place::Ready { last: None },
            from => from.clone(),
        };
        let actor = self.names.id(txn, who.name)?;
        self.relocate(txn, &found, &back)?;
        self.learn_again(txn, &found.key)?;
        let status = status_of(&back, self.now.micros());
        let entry =
            Entry::of(found.key.ticket, EventKind::Undeleted, actor).is(&json!({"status": status}));
        Ok(self.receipt(txn, &found, &entry)?)
    }

    pub fn purge(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, id: &TicketId) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        if !matches!(found.place, Place::Trash { .. }) {
            let why = "not deleted".to_owned();
            return Err(Error::NotReady {
                ticket: found.id,
                why,
            }
            .into());
        }
        let actor = self.names.id(txn, who.name)?;
        self.leave(txn, &found.key, &found.place)?;
        self.unlearn(txn, &found.key)?;
        for statement in PURGE {
            txn.execute(statement, [found.key.ticket])?;
        }
        let entry =
            Entry::of(found.key.ticket, EventKind::Purged, actor).was(&json!({"id": found.id}));
        Ok(self.receipt(txn, &found, &entry)?)
    }
}

fn token_of(place: &Place) -> Option<i64> {
    match place {
        Place::Leased(LeaseRow { token, .. }) => Some(*token),
        _ => None,
    }
}
