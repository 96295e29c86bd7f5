//! Sending what the outbox holds: taking a target's deliveries, saying what came of each, and what people do with those
//! that were given up.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::{Result as Sql, Row};

use super::command::Reply;
use super::desk::{Desk, Step};
use crate::outbox::{Attempt, Delivery, DeliveryId, Occasion, Taken};
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// What a deliverer, or a person, does with deliveries.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Delivering {
    /// Takes what is due for a target, and the target itself.
    Take {
        target: String,
        lease: Duration,
        most: usize,
    },
    /// Says what came of an attempt, and keeps the target for so long again.
    Settle {
        token: i64,
        id: DeliveryId,
        attempt: Attempt,
        lease: Duration,
    },
    /// Lets others send to the target.
    Leave { target: String, token: i64 },
    /// These are to be sent now; all dead letters when none is named.
    Retry(Vec<DeliveryId>),
    /// What waits or was given up is forgotten.
    Drop(Vec<DeliveryId>),
}

/// The rest after the first failure of a target; it doubles with each in a row.
const REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// By the unique index on name. Nobody sends to it now, and it does not rest.
const TAKE: &str = "UPDATE targets SET token = token + 1, until = ?2
  WHERE name = ?1 AND until <= ?3 AND rest <= ?3 RETURNING id, token";
/// By `outbox_due`, which ends in the event.
pub(super) const DUE: &str = "SELECT t.name, o.event, o.ticket, o.occasion, o.at, o.attempts, o.error, o.due, 0, ?4
  FROM outbox o JOIN targets t ON t.id = o.target WHERE o.target = ?1 AND o.due <= ?2 ORDER BY o.due, o.event LIMIT ?3";
/// By primary key.
const INSTANCE: &str = "SELECT value FROM counters WHERE name = 'instance'";
/// By the unique index on name: it arrived, so nothing is wrong with the target.
const ARRIVED: &str = "UPDATE targets SET until = ?3, failures = 0, rest = 0
  WHERE name = ?1 AND token = ?2 RETURNING id, 0";
/// By the unique index on name.
const DID_NOT: &str = "UPDATE targets SET until = ?3, failures = failures + 1
  WHERE name = ?1 AND token = ?2 RETURNING id, failures";
const REST_UNTIL: &str = "UPDATE targets SET rest = ?2 WHERE id = ?1";
const LEAVE: &str = "UPDATE targets SET until = 0 WHERE name = ?1 AND token = ?2";
/// By the whole primary key, each.
pub(super) const DELIVERED: &str = "DELETE FROM outbox WHERE target = ?1 AND event = ?2";
const AGAIN: &str = "UPDATE outbox SET attempts = attempts + 1, error = ?3, due = ?4
  WHERE target = ?1 AND event = ?2";
const BURY: &str = "INSERT OR REPLACE INTO dead_letters(target, event, ticket, occasion, at, attempts, error)
  SELECT target, event, ticket, occasion, at, attempts + 1, ?3 FROM outbox WHERE target = ?1 AND event = ?2";
/// By the unique index on name, then the whole primary key.
const REVIVE: &str =
    "INSERT OR IGNORE INTO outbox(target, event, ticket, occasion, at, due, attempts, error)
  SELECT target, event, ticket, occasion, at, ?3, 0, error FROM dead_letters
  WHERE target = (SELECT id FROM targets WHERE name = ?1) AND event = ?2";
const NOW: &str = "UPDATE outbox SET due = ?3
  WHERE target = (SELECT id FROM targets WHERE name = ?1) AND event = ?2";
const WAKE: &str = "UPDATE targets SET rest = 0, failures = 0 WHERE name = ?1";
const UNBURY: &str = "DELETE FROM dead_letters WHERE target = (SELECT id FROM targets WHERE name = ?1) AND event = ?2";
const FORGET: &str =
    "DELETE FROM outbox WHERE target = (SELECT id FROM targets WHERE name = ?1) AND event = ?2";
/// By primary key: the first so many.
const ALL_DEAD: &str =
    "SELECT t.name, d.event FROM dead_letters d JOIN targets t ON t.id = d.target
  ORDER BY d.target, d.event LIMIT 1000";

/// A row of [`DUE`], or of a list.
pub(super) fn delivery(row: &Row<'_>) -> Sql<Delivery> {
    let occasion = row.get::<_, i64>(3)?;
    let occasion = usize::try_from(occasion)
        .ok()
        .and_then(|at| Occasion::ALL.get(at));
    let event = row.get(1)?;
    Ok(Delivery {
        id: DeliveryId {
            target: row.get(0)?,
            event,
        },
        message: format!("{:012x}-{event}", row.get::<_, i64>(9)?),
        on: occasion.copied().unwrap_or(Occasion::Recorded),
        ticket: TicketId::stored(row.get(2)?),
        at: Timestamp::from_micros(row.get(4)?),
        attempts: row.get(5)?,
        error: row.get(6)?,
        due: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_micros),
        unknown_target: row.get(8)?,
    })
}

impl Desk {
    pub(super) fn deliver(&mut self, txn: &WriteTxn<'_>, how: &Delivering) -> Step<Reply> {
        let done = match how {
            Delivering::Take {
                target,
                lease,
                most,
            } => {
                return Ok(Reply::Taken(self.take_target(txn, target, *lease, *most)?));
            }
            Delivering::Settle {
                token,
                id,
                attempt,
                lease,
            } => self.settle(txn, *token, id, attempt, *lease)?,
            Delivering::Leave { target, token } => txn.execute(LEAVE, (target, token))?,
            Delivering::Retry(ids) if ids.is_empty() => {
                let all = txn.query_all(ALL_DEAD, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let ids = all
                    .into_iter()
                    .map(|(target, event)| DeliveryId { target, event });
                self.revive(txn, &ids.collect::<Vec<_>>())?
            }
            Delivering::Retry(ids) => self.revive(txn, ids)?,
            Delivering::Drop(ids) => {
                let mut dropped = 0;
                for id in ids {
                    dropped += txn.execute(FORGET, (&id.target, id.event))?;
                    dropped += txn.execute(UNBURY, (&id.target, id.event))?;
                }
                dropped
            }
        };
        Ok(Reply::Counted(done as u64))
    }

    fn take_target(
        &self,
        txn: &WriteTxn<'_>,
        target: &str,
        lease: Duration,
        most: usize,
    ) -> Sql<Option<Taken>> {
        let now = self.now.micros();
        let until = self.now.after(lease).micros();
        let taken = txn.query_opt(TAKE, (target, until, now), |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })?;
        let Some((id, token)) = taken else {
            return Ok(None);
        };
        let instance: i64 = txn.query_row(INSTANCE, [], |row| row.get(0))?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let deliveries = txn.query_all(DUE, (id, now, most, instance), delivery)?;
        Ok(Some(Taken { token, deliveries }))
    }

    /// Answers 0 when somebody else has taken the target since.
    fn settle(
        &self,
        txn: &WriteTxn<'_>,
        token: i64,
        id: &DeliveryId,
        attempt: &Attempt,
        lease: Duration,
    ) -> Sql<usize> {
        let until = self.now.after(lease).micros();
        let arrived = *attempt == Attempt::Delivered;
        let mark = if arrived { ARRIVED } else { DID_NOT };
        let held = txn.query_opt(mark, (&id.target, token, until), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?))
        })?;
        let Some((target, failures)) = held else {
            return Ok(0);
        };
        match attempt {
            Attempt::Delivered => {
                txn.execute(DELIVERED, (target, id.event))?;
            }
            Attempt::Failed { error, again, rest } => {
                self.put_off(txn, target, id.event, error.get(), *again)?;
                let rest = rest.unwrap_or_default().max(rest_after(failures));
                txn.execute(REST_UNTIL, (target, self.now.after(rest).micros()))?;
            }
        }
        Ok(1)
    }

    /// It is sent again after the pause; without one it is given up.
    fn put_off(
        &self,
        txn: &WriteTxn<'_>,
        target: i64,
        event: i64,
        error: &str,
        again: Option<Duration>,
    ) -> Sql<()> {
        if let Some(pause) = again {
            let due = self.now.after(pause).micros();
            txn.execute(AGAIN, (target, event, error, due))?;
        } else {
            txn.execute(BURY, (target, event, error))?;
            txn.execute(DELIVERED, (target, event))?;
        }
        Ok(())
    }

    /// Whoever asks for it has mended something, so the target does not rest any longer either.
    fn revive(&self, txn: &WriteTxn<'_>, ids: &[DeliveryId]) -> Sql<usize> {
        let mut retried = 0;
        for id in ids {
            let row = (&id.target, id.event, self.now.micros());
            txn.execute(REVIVE, row)?;
            txn.execute(UNBURY, (&id.target, id.event))?;
            let found = txn.execute(NOW, row)?;
            if found > 0 {
                txn.execute(WAKE, [&id.target])?;
            }
            retried += found;
        }
        Ok(retried)
    }
}

/// How long a target rests after so many failures in a row.
fn rest_after(failures: u32) -> Duration {
    let doubled = REST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_REST)
}
