//! A ticket with its story: for `show`, and whole for an export.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::{events, ticket};
use crate::query::Story;
use crate::report::Sample;
use crate::store::sqlite::desk::Step;
use crate::store::sqlite::facts;
use crate::ticket::Ticket;
use crate::time::Timestamp;

/// `show` tells the latest events; `events` pages through all.
const SHOWN: i64 = 1_000;
/// An export has all events of a ticket.
const ALL: i64 = i64::MAX;

/// By the primary key's first column.
const SAMPLES: &str = "SELECT body FROM samples WHERE ticket = ?1 ORDER BY nth";
/// By rowid.
const USER: &str = "SELECT user FROM facts WHERE n = ?1";

/// A ticket's latest events and its samples.
pub(super) fn story(txn: &ReadTxn<'_>, n: i64, ticket: Ticket) -> Step<Story> {
    Ok(told(txn, n, ticket, SHOWN)?)
}

fn told(txn: &ReadTxn<'_>, n: i64, ticket: Ticket, most: i64) -> Sql<Story> {
    let events = events::history(txn, n, most)?;
    let mut samples = vec![first(&ticket, txn.query_row(USER, [n], |row| row.get(0))?)];
    let bodies = txn.query_all(SAMPLES, [n], |row| row.get::<_, Option<String>>(0))?;
    samples.extend(bodies.into_iter().filter_map(facts::from_json::<Sample>));
    Ok(Story {
        ticket,
        events,
        samples,
    })
}

/// The first occurrence: it stands in the ticket's facts.
fn first(ticket: &Ticket, user: Option<String>) -> Sample {
    Sample {
        at: Some(ticket.first_seen),
        message: Some(ticket.message.clone()),
        stack_trace: ticket.stack_trace.clone(),
        context: ticket.context.clone(),
        environment: ticket.environment.clone(),
        release: ticket.release.clone(),
        tags: ticket.tags.clone(),
        user,
    }
}

/// A ticket with all its events and samples; `None` when there is no such ticket.
pub(in crate::store::sqlite) fn whole_story(
    txn: &ReadTxn<'_>,
    n: i64,
    now: Timestamp,
) -> Sql<Option<Story>> {
    match ticket::by_number(txn, n, now)? {
        Some(ticket) => told(txn, n, ticket, ALL).map(Some),
        None => Ok(None),
    }
}
