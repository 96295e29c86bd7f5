//! Writing the history: every change of a ticket has its event, in the same transaction.

use std::borrow::Cow;

use serde_json::Value;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result;

use super::desk::{Desk, Found};
use crate::event::{EventKind, Receipt};
use crate::outbox::Occasion;
use crate::time::Timestamp;

/// Appends; its two trees are `events` by seq and `events_of_ticket`.
pub(super) const APPEND: &str =
    "INSERT INTO events(seq, ticket, at, kind, actor, token, num, old, new)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// An event to be written. `actor` is a name's number.
pub(super) struct Entry<'a> {
    pub ticket: i64,
    pub kind: EventKind,
    pub actor: i64,
    pub token: Option<i64>,
    pub num: Option<i64>,
    /// What was, as JSON.
    pub old: Option<Cow<'a, str>>,
    /// What is, as JSON.
    pub new: Option<Cow<'a, str>>,
    /// Of what it tells hooks and webhooks, if anything.
    pub occasion: Option<Occasion>,
}

impl<'a> Entry<'a> {
    pub fn of(ticket: i64, kind: EventKind, actor: i64) -> Self {
        Self {
            ticket,
            kind,
            actor,
            token: None,
            num: None,
            old: None,
            new: None,
            occasion: Occasion::of(kind),
        }
    }

    pub fn token(mut self, token: i64) -> Self {
        self.token = Some(token);
        self
    }

    pub fn num(mut self, num: i64) -> Self {
        self.num = Some(num);
        self
    }

    pub fn was(mut self, old: &Value) -> Self {
        self.old = Some(old.to_string().into());
        self
    }

    pub fn is(mut self, new: &Value) -> Self {
        self.new = Some(new.to_string().into());
        self
    }

    /// The ticket is open again because its error came again.
    pub fn regressed(mut self) -> Self {
        self.occasion = Some(Occasion::Regressed);
        self
    }

    pub fn text(mut self, json: &'a str) -> Self {
        self.new = Some(json.into());
        self
    }
}

impl Desk {
    /// Writes an event, now, and puts it into the outbox of those who want to be told. Answers its sequence number.
    pub fn append(&mut self, txn: &WriteTxn<'_>, entry: &Entry<'_>) -> Result<i64> {
        let seq = self.counters.event();
        let row = (
            seq,
            entry.ticket,
            self.now.micros(),
            entry.kind as i64,
            entry.actor,
            entry.token,
            entry.num,
            entry.old.as_deref(),
            entry.new.as_deref(),
        );
        txn.execute(APPEND, row)?;
        self.announce(txn, seq, entry)?;
        Ok(seq)
    }

    /// [`Desk::append`] for `who`, answering the caller's receipt.
    pub fn receipt(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        entry: &Entry<'_>,
    ) -> Result<Receipt> {
        let seq = self.append(txn, entry)?;
        Ok(Receipt {
            ticket: found.id.clone(),
            seq,
            at: self.now,
            repeated: false,
        })
    }
}

/// By rowid.
const WHEN: &str = "SELECT at FROM events WHERE seq = ?1";

/// The receipt of event `seq`, which an earlier call wrote.
pub(super) fn repeated(txn: &WriteTxn<'_>, found: &Found, seq: i64) -> Result<Receipt> {
    let at = txn
        .query_opt(WHEN, [seq], |row| row.get(0))?
        .unwrap_or_default();
    Ok(Receipt {
        ticket: found.id.clone(),
        seq,
        at: Timestamp::from_micros(at),
        repeated: true,
    })
}

/// By `events_of_ticket` backwards, or the head of the chain of counted ones by rowid: whichever is newer.
pub(super) const NEWEST: &str = "SELECT seq, at FROM events WHERE seq = max(
  coalesce((SELECT seq FROM events WHERE ticket = ?1 AND kind <> 1 ORDER BY seq DESC LIMIT 1), 0),
  coalesce((SELECT event FROM seen WHERE ticket = ?1), 0))";

/// The receipt of the ticket's newest event, for a call that found nothing left to do.
pub(super) fn unchanged(txn: &WriteTxn<'_>, found: &Found) -> Result<Receipt> {
    let (seq, at) = newest(txn, found.key.ticket)?;
    Ok(Receipt {
        ticket: found.id.clone(),
        seq,
        at,
        repeated: true,
    })
}

/// The number and time of the ticket's newest event.
pub(super) fn newest(txn: &WriteTxn<'_>, ticket: i64) -> Result<(i64, Timestamp)> {
    let found = txn.query_opt(NEWEST, [ticket], |row| {
        Ok((row.get(0)?, Timestamp::from_micros(row.get(1)?)))
    })?;
    Ok(found.unwrap_or((0, Timestamp::from_micros(0))))
}
