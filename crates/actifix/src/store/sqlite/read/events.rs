//! The history, the oldest first.

use serde_json::{Map, Value, json};
use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::{Result as Sql, Row};

use crate::event::{Event, EventKind};
use crate::lease::Token;
use crate::query::{EventFilter, Events};
use crate::store::sqlite::desk::{Step, number};
use crate::store::sqlite::facts;
use crate::ticket::TicketId;
use crate::time::Timestamp;

const COLUMNS: &str = "SELECT e.seq, e.at, coalesce(f.id, '#' || e.ticket), e.kind, n.text, e.token, e.num, e.old, e.new
  FROM events e LEFT JOIN facts f ON f.n = e.ticket JOIN names n ON n.id = e.actor";

/// All events, by rowid.
fn all() -> String {
    format!("{COLUMNS} WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2")
}

/// One ticket's: by `events_of_ticket`, and along the chain of counted ones, newest first, as far as `?1`.
fn of_ticket() -> String {
    format!(
        "WITH RECURSIVE counted(seq) AS (
           SELECT event FROM seen WHERE ticket = ?3 AND event > ?1
           UNION ALL SELECT e.prev FROM counted c JOIN events e ON e.seq = c.seq WHERE e.prev > ?1)
         {COLUMNS} WHERE e.seq IN (
           SELECT seq FROM events WHERE ticket = ?3 AND kind <> 1 AND seq > ?1
           UNION ALL SELECT seq FROM counted)
         ORDER BY e.seq LIMIT ?2"
    )
}

/// One ticket's latest, by the same two ways, each no further than is asked for.
fn latest() -> String {
    format!(
        "WITH RECURSIVE counted(seq) AS (
           SELECT event FROM seen WHERE ticket = ?1 AND event IS NOT NULL
           UNION ALL SELECT e.prev FROM counted c JOIN events e ON e.seq = c.seq
           WHERE e.prev IS NOT NULL LIMIT ?2)
         {COLUMNS} WHERE e.seq IN (
           SELECT seq FROM (SELECT seq FROM events WHERE ticket = ?1 AND kind <> 1 ORDER BY seq DESC LIMIT ?2)
           UNION ALL SELECT seq FROM counted)
         ORDER BY e.seq DESC LIMIT ?2"
    )
}

pub(super) fn page(txn: &ReadTxn<'_>, filter: &EventFilter) -> Step<Events> {
    let limit = super::limit(filter.limit, 100);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let events = match &filter.ticket {
        None => txn.query_all(&all(), (filter.after, most), event)?,
        Some(id) => txn.query_all(&of_ticket(), (filter.after, most, number(txn, id)?), event)?,
    };
    let next = (events.len() == limit)
        .then(|| events.last().map(|event| event.seq))
        .flatten();
    Ok(Events { events, next })
}

/// A ticket's latest `most` events, the oldest of them first.
pub(super) fn history(txn: &ReadTxn<'_>, n: i64, most: i64) -> Sql<Vec<Event>> {
    let mut events = txn.query_all(&latest(), (n, most), event)?;
    events.reverse();
    Ok(events)
}

fn event(row: &Row<'_>) -> Sql<Event> {
    let seq = row.get(0)?;
    let number: i64 = row.get(3)?;
    let kind = usize::try_from(number)
        .ok()
        .and_then(|at| EventKind::ALL.get(at))
        .copied();
    let kind = kind.unwrap_or(EventKind::Imported);
    let token: Option<i64> = row.get(5)?;
    let granted = (kind == EventKind::Claimed).then_some(seq);
    let mut old: Option<Value> = facts::from_json(row.get(7)?);
    let mut new: Option<Value> = facts::from_json(row.get(8)?);
    if let Some(num) = row.get::<_, Option<i64>>(6)? {
        let time = json!(Timestamp::from_micros(num));
        match kind {
            EventKind::Claimed | EventKind::Renewed => put(&mut new, "expires_at", time),
            EventKind::Released | EventKind::Failed => put(&mut new, "not_before", time),
            EventKind::Expired => put(&mut old, "expires_at", time),
            EventKind::Due => put(&mut old, "not_before", time),
            _ => put(&mut new, "count", json!(num)),
        }
    }
    Ok(Event {
        seq,
        at: Timestamp::from_micros(row.get(1)?),
        ticket: TicketId::stored(row.get(2)?),
        kind,
        actor: row.get(4)?,
        token: token.or(granted).map(Token),
        old,
        new,
    })
}

fn put(value: &mut Option<Value>, key: &str, field: Value) {
    match value {
        Some(Value::Object(map)) => {
            map.insert(key.to_owned(), field);
        }
        _ => *value = Some(Value::Object(Map::from_iter([(key.to_owned(), field)]))),
    }
}
