//! What can be made again from what was read: chains of counts, fingerprints, counters.

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::rows::Source;
use super::walk::KEYS;
use crate::store::sqlite::desk::{Desk, Stop};
use crate::store::sqlite::known::{EXACT, LEARN_IF_FREE};
use crate::store::sqlite::repeats::CHAIN;

/// Each counted event with the one before it of the same ticket.
const COUNTED: &str =
    "SELECT seq, lag(seq) OVER (PARTITION BY ticket ORDER BY seq), prev FROM events WHERE kind = 1";
/// Counted events lead to the ticket's newest one; a ticket whose count is lost was seen as often as they say.
const SEEN: &str = "INSERT INTO seen(ticket, count, last, event)
    SELECT ticket, 1 + sum(max(coalesce(num, 1), 1)), max(at), max(seq) FROM events
    WHERE kind = 1 AND ticket IN (SELECT n FROM facts) GROUP BY ticket
  ON CONFLICT(ticket) DO UPDATE SET event = excluded.event";
/// Tickets that are not deleted, the newest first: a mark that two have leads to the newer.
const MARKS: &str = "SELECT project, mark, n FROM facts WHERE mark IS NOT NULL AND n NOT IN (SELECT ticket FROM trash)
  ORDER BY n DESC";
const GREATEST: &str = "SELECT coalesce(max(seq), 0), coalesce(max(ticket), 0),
  (SELECT coalesce(max(n), 0) FROM facts) FROM events";

/// Numbers of the damaged file that could not be seen are not given out again.
const LEAP: i64 = 1 << 32;

/// Makes the chains of counted events anew, and what leads to them.
pub(super) fn chains(txn: &WriteTxn<'_>) -> Sql<()> {
    let links = txn.query_all(COUNTED, [], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, Option<i64>>(1)?,
            row.get::<_, Option<i64>>(2)?,
        ))
    })?;
    for (seq, before, said) in links {
        if before != said {
            txn.execute(CHAIN, (seq, before))?;
        }
    }
    txn.execute(SEEN, []).map(|_| ())
}

/// Teaches the fingerprints of the tickets again, where they are free.
pub(super) fn fingerprints(txn: &WriteTxn<'_>) -> Sql<()> {
    let marks = txn.query_all(MARKS, [], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, Vec<u8>>(1)?,
            row.get::<_, i64>(2)?,
        ))
    })?;
    for (project, mark, ticket) in marks {
        txn.execute(LEARN_IF_FREE, (project, mark, EXACT, ticket))?;
    }
    Ok(())
}

/// Raises the counters over all that was seen, and far over it where the newest may not have been seen.
pub(super) fn counters(desk: &mut Desk, source: &Source<'_, '_>, spoken: i64) -> Result<(), Stop> {
    let (event, of_events, of_facts): (i64, i64, i64) =
        source.txn.query_row(GREATEST, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let event = event.max(spoken).max(source.counter("event").unwrap_or(0));
    let ticket = of_events
        .max(of_facts)
        .max(source.counter("ticket").unwrap_or(0));
    let event = if source.ends_unseen("events") {
        event + LEAP
    } else {
        event
    };
    let blind = source.ends_unseen("facts") && source.ends_unseen("events");
    let ticket = if blind { ticket + LEAP } else { ticket };
    desk.counters
        .raise(event.min(KEYS.1 + 2 * LEAP), ticket.min(KEYS.1 + 2 * LEAP));
    Ok(())
}
