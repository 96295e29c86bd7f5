//! The outbox: what waits for whom, what was given up, and what there is to tell.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::{events, limit, ticket};
use crate::event::Event;
use crate::outbox::{Delivery, DeliveryFilter, Outbox, Parcel};
use crate::query::EventFilter;
use crate::store::sqlite::deliver::delivery;
use crate::store::sqlite::desk::{Step, number};
use crate::time::Timestamp;

/// By the unique index on name, then the head of `outbox_due`: when something may be sent to the target.
pub(in crate::store::sqlite) const NEXT: &str = "SELECT max(t.rest, t.until, o.due) FROM targets t
  JOIN outbox o ON o.target = t.id WHERE t.name = ?1 ORDER BY o.due LIMIT 1";
/// A walk through the targets and, by primary key, the first of each.
const OLDEST: &str = "SELECT min((SELECT o.at FROM outbox o WHERE o.target = t.id ORDER BY o.event LIMIT 1)) FROM targets t";
/// A walk through the smaller tree of each.
const HOW_MANY: &str = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM dead_letters)";
/// By primary key; of one target or of all, in their order.
const WAITING: &str =
    "SELECT t.name, o.event, o.ticket, o.occasion, o.at, o.attempts, o.error, o.due, NOT t.active,
  (SELECT value FROM counters WHERE name = 'instance')
  FROM targets t CROSS JOIN outbox o ON o.target = t.id WHERE ?1 IS NULL OR t.name = ?1 LIMIT ?2";
const DEAD: &str = "SELECT t.name, o.event, o.ticket, o.occasion, o.at, o.attempts, o.error, NULL, NOT t.active,
  (SELECT value FROM counters WHERE name = 'instance')
  FROM targets t CROSS JOIN dead_letters o ON o.target = t.id WHERE ?1 IS NULL OR t.name = ?1 LIMIT ?2";

/// When something may be sent to the target; `None`: nothing waits for it.
pub(super) fn next(txn: &ReadTxn<'_>, target: &str) -> Sql<Option<Timestamp>> {
    let next = txn.query_opt(NEXT, [target], |row| row.get(0))?;
    Ok(next.map(Timestamp::from_micros))
}

/// Dead letters, then, unless only they are asked for, what waits.
pub(super) fn deliveries(txn: &ReadTxn<'_>, filter: &DeliveryFilter) -> Sql<Vec<Delivery>> {
    let most = limit(filter.limit, 100);
    let read = |sql, left: usize| {
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        txn.query_all(sql, (&filter.target, left), delivery)
    };
    let mut found = read(DEAD, most)?;
    if !filter.dead {
        found.extend(read(WAITING, most - found.len())?);
    }
    Ok(found)
}

/// A delivery with what there is to tell, as it stands now.
pub(super) fn parcel(txn: &ReadTxn<'_>, delivery: Delivery, now: Timestamp) -> Step<Parcel> {
    let event = event(txn, delivery.id.event)?;
    let ticket = match number(txn, &delivery.ticket) {
        Ok(n) => ticket::by_number(txn, n, now)?,
        Err(_) => None,
    };
    Ok(Parcel {
        delivery,
        event,
        ticket,
    })
}

fn event(txn: &ReadTxn<'_>, seq: i64) -> Step<Option<Event>> {
    let filter = EventFilter {
        ticket: None,
        after: seq - 1,
        limit: 1,
    };
    let found = events::page(txn, &filter)?.events.into_iter().next();
    Ok(found.filter(|event| event.seq == seq))
}

/// The outbox at a glance.
pub(super) fn outbox(txn: &ReadTxn<'_>) -> Sql<Outbox> {
    let oldest: Option<i64> = txn.query_row(OLDEST, [], |row| row.get(0))?;
    txn.query_row(HOW_MANY, [], |row| {
        Ok(Outbox {
            waiting: row.get(0)?,
            oldest: oldest.map(Timestamp::from_micros),
            dead: row.get(1)?,
        })
    })
}
