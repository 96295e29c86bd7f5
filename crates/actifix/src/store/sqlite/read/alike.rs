//! Tickets that may look like another: a bounded walk from the newest backwards. An index by words or types would be
//! written at each new ticket, and read rarely.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::{Result as Sql, params};

use super::ticket;
use crate::store::sqlite::desk::{Step, number};
use crate::ticket::{Ticket, TicketId};
use crate::time::Timestamp;

/// Tickets that are looked at, the newest: the walk reads a page for each, 1.5 to 2 µs.
const LOOKED: i64 = 30_000;
/// Tickets that are compared, the newest.
const COMPARED: usize = 1_000;
/// Bytes of stacks that are read for it; those of the rest are not.
const STACKS: usize = 8 << 20;

/// By rowid.
const THIS: &str =
    "SELECT error_type, message, stack_trace, project, source FROM facts WHERE n = ?1";
/// A walk by rowid backwards over a bounded part of the facts; what is behind OR is asked of few rows. The long texts stand
/// on pages of their own, which it does not read.
const OTHERS: &str = "SELECT n, error_type, message FROM facts f
  WHERE n > ?1 AND n <> ?2 AND (?3 IS NULL OR project = ?3)
    AND (error_type = ?4 OR (?5 <> '' AND substr(source, 1, length(?5)) = ?5))
    AND (NOT ?6 OR EXISTS (SELECT 1 FROM completed c WHERE c.ticket = f.n AND c.reason = 0))
    AND NOT EXISTS (SELECT 1 FROM trash t WHERE t.ticket = f.n)
  ORDER BY n DESC LIMIT ?7";
/// By rowid.
const STACK: &str = "SELECT stack_trace FROM facts WHERE n = ?1";
/// The ends of the rowids.
const NEWEST: &str = "SELECT coalesce(max(n), 0) FROM facts";
const OLDER: &str = "SELECT EXISTS (SELECT 1 FROM facts WHERE n <= ?1)";

/// Which tickets are looked for.
pub(crate) struct Look {
    pub ticket: TicketId,
    /// Of all projects.
    pub everywhere: bool,
    /// Only with evidence.
    pub completed: bool,
}

/// What a ticket is compared by.
#[derive(Clone, Debug)]
pub(crate) struct AlikeRow {
    pub error_type: String,
    pub message: String,
    pub stack_trace: Option<String>,
}

/// What was chosen, each with what the chooser said of it.
pub(crate) struct Chosen<T> {
    pub chosen: Vec<(Ticket, T)>,
    pub compared: usize,
    pub stopped: bool,
}

/// Reads the ticket and those that may be like it, lets `choose` choose by their places, and reads the chosen whole.
pub(super) fn alike<T>(
    txn: &ReadTxn<'_>,
    look: &Look,
    choose: impl FnOnce(&AlikeRow, &[AlikeRow]) -> Vec<(usize, T)>,
    now: Timestamp,
) -> Step<Chosen<T>> {
    let this = number(txn, &look.ticket)?;
    let (row, project, source) = txn.query_row(THIS, [this], |row| {
        let this = AlikeRow {
            error_type: row.get(0)?,
            message: row.get(1)?,
            stack_trace: row.get(2)?,
        };
        Ok((this, row.get::<_, i64>(3)?, row.get::<_, String>(4)?))
    })?;
    let oldest = txn.query_row(NEWEST, [], |row| row.get::<_, i64>(0))? - LOOKED;
    let asked = params![
        oldest,
        this,
        (!look.everywhere).then_some(project),
        row.error_type,
        file(&source),
        look.completed,
        COMPARED as i64
    ];
    let found: Vec<(i64, AlikeRow)> = txn.query_all(OTHERS, asked, |row| {
        let other = AlikeRow {
            error_type: row.get(1)?,
            message: row.get(2)?,
            stack_trace: None,
        };
        Ok((row.get(0)?, other))
    })?;
    let (numbers, mut others): (Vec<i64>, Vec<AlikeRow>) = found.into_iter().unzip();
    let whole = read_stacks(txn, &numbers, &mut others)?;
    let stopped =
        !whole || others.len() == COMPARED || txn.query_row(OLDER, [oldest], |row| row.get(0))?;
    let mut chosen = Vec::new();
    for (at, why) in choose(&row, &others) {
        if let Some(mut ticket) = ticket::by_number(txn, numbers[at], now)? {
            (ticket.stack_trace, ticket.context) = (None, None);
            (ticket.body, ticket.payload) = (None, None);
            chosen.push((ticket, why));
        }
    }
    Ok(Chosen {
        chosen,
        compared: others.len(),
        stopped,
    })
}

/// Fills in the stacks, as many as there is room for. False when that was not all.
fn read_stacks(txn: &ReadTxn<'_>, numbers: &[i64], others: &mut [AlikeRow]) -> Sql<bool> {
    let mut read = 0;
    for (n, other) in numbers.iter().zip(others) {
        if read > STACKS {
            return Ok(false);
        }
        other.stack_trace = txn.query_opt(STACK, [n], |row| row.get(0))?.flatten();
        read += other.stack_trace.as_ref().map_or(0, String::len);
    }
    Ok(true)
}

/// `app.py:` of `app.py:31`; nothing where the source names no line.
fn file(source: &str) -> &str {
    match source.rfind(':') {
        Some(at) => &source[..=at],
        None => "",
    }
}
