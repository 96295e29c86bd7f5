//! Into an empty database everything comes in as it was: the same numbers, tokens, leases and places.

use serde_json::{Map, Value};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::renumbered::{recorded, report_of};
use super::{KEPT, PLACES, raw};
use crate::archive::{ArchiveHead, ArchiveName, Archived};
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::report::Recorded;
use crate::store::sqlite::desk::{Desk, Step};
use crate::store::sqlite::events::APPEND;
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::{legacy, places, repeats};

/// By rowid, or a look whether there is any row.
const EMPTY: &str = "SELECT NOT EXISTS (SELECT 1 FROM facts) AND NOT EXISTS (SELECT 1 FROM events)";
const NAME: &str = "INSERT OR REPLACE INTO names(id, text) VALUES (?1, ?2)";
const NAMES: &str = "DELETE FROM names";
/// By rowid, each.
const NUMBERED: &str = "SELECT 1 FROM facts WHERE n = ?1";
const HAPPENED: &str = "SELECT 1 FROM events WHERE seq = ?1";
/// By `facts`' unique index.
const CALLED: &str = "SELECT 1 FROM facts WHERE id = ?1";

impl Desk {
    /// Whether an export with this head can come in as it was: only where there is nothing yet, or where an import of the
    /// same export was cut off. Then its numbers are its own from now on.
    pub fn reserve(&mut self, txn: &WriteTxn<'_>, head: &ArchiveHead) -> Step<bool> {
        let empty: bool = txn.query_row(EMPTY, [], |row| row.get(0))?;
        let same = self.counters.stand_at(head.events, head.tickets);
        if !empty || !(same || self.counters.stand_at(0, 0)) {
            // A ticket whose id is taken must not get one that a later line brings.
            self.counters.raise(0, head.tickets);
            return Ok(same && !empty && legacy::extra(txn)? == head.extra);
        }
        self.counters.raise(head.events, head.tickets);
        // Numbers of names come with the export.
        txn.execute(NAMES, [])?;
        self.names.forget();
        legacy::add_columns(txn, &head.extra)?;
        Ok(true)
    }

    pub(super) fn name(&mut self, txn: &WriteTxn<'_>, name: &ArchiveName) -> Step<()> {
        txn.execute(NAME, (name.id, &name.text))?;
        self.names.forget();
        Ok(())
    }

    /// Whether the numbers of a ticket are free. One that is here already is for the other way in, which knows it.
    pub(super) fn is_free(&self, txn: &WriteTxn<'_>, archived: &Archived) -> Sql<bool> {
        let Some(n) = archived.kept.get("number").and_then(Value::as_i64) else {
            return Ok(false);
        };
        let there = |sql, key: i64| txn.query_opt(sql, [key], |_| Ok(()));
        let id = archived.story.ticket.id.as_str();
        if there(NUMBERED, n)?.is_some() || txn.query_opt(CALLED, [id], |_| Ok(()))?.is_some() {
            return Ok(false);
        }
        for event in &archived.story.events {
            if there(HAPPENED, event.seq)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn as_it_was(&mut self, txn: &WriteTxn<'_>, archived: &Archived) -> Step<Recorded> {
        let (story, kept) = (&archived.story, &archived.kept);
        let ticket = &story.ticket;
        let n = kept
            .get("number")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let mut report = report_of(ticket);
        report.user = story.samples.first().and_then(|first| first.user.clone());
        let new = NewTicket {
            n,
            id: &ticket.id,
            project: self.names.id(txn, &ticket.project)?,
            created: ticket.created_at,
            first_seen: ticket.first_seen,
            mark: mark(kept),
            report: &report,
        };
        // Everything is judged before anything is written: a refusal must leave nothing.
        let rows = kept_rows(txn, kept, &new)?;
        facts::insert(txn, &new)?;
        txn.execute(MORE_FACTS, (n, &ticket.assignee, &ticket.notes))?;
        self.events_as_they_were(txn, n, &story.events)?;
        for (table, row) in rows {
            raw::insert(txn, "INSERT", table, row)?;
        }
        self.samples(txn, n, story)?;
        if let Some(key) = places::key(txn, n)?
            && let Some(place) = places::locate(txn, &key)?
        {
            places::count(&mut self.counts, &key, &place);
        }
        Ok(recorded(ticket, ticket.id.clone(), true))
    }

    fn events_as_they_were(&mut self, txn: &WriteTxn<'_>, n: i64, events: &[Event]) -> Sql<()> {
        let mut counted = None;
        for event in events {
            let actor = self.names.id(txn, &event.actor)?;
            let token = event.token.map(|token| token.0);
            let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
            let row = (
                event.seq,
                n,
                event.at.micros(),
                event.kind as i64,
                actor,
                token.filter(|token| *token != event.seq),
                None::<i64>,
                text(&event.old),
                text(&event.new),
            );
            txn.execute(APPEND, row)?;
            if event.kind == EventKind::Counted {
                txn.execute(repeats::CHAIN, (event.seq, counted))?;
                counted = Some(event.seq);
            }
        }
        Ok(())
    }
}

/// The rows of a ticket, by table. Each names that ticket and fits its table, and exactly one says where it stands.
fn kept_rows<'a>(
    txn: &WriteTxn<'_>,
    kept: &'a Map<String, Value>,
    new: &NewTicket<'_>,
) -> Step<Vec<(&'static str, &'a Map<String, Value>)>> {
    let mut rows = Vec::new();
    let mut places = 0;
    for table in KEPT {
        for row in kept
            .get(table)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let own = row.as_object().filter(|row| says(row, "ticket", new.n));
            let Some(row) = own else {
                return Err(Error::invalid(
                    table,
                    "a row that is kept here belongs to another ticket",
                )
                .into());
            };
            raw::fits(txn, table, row)?;
            if PLACES.contains(&table) {
                places += 1;
                let priority = new.report.priority.unwrap_or_default() as i64;
                let filed = says(row, "project", new.project)
                    && says(row, "priority", priority)
                    && (table != "ready" || says(row, "created", new.created.micros()));
                if !filed {
                    return Err(Error::invalid(
                        table,
                        "it is filed under another key than the ticket's",
                    )
                    .into());
                }
            }
            rows.push((table, row));
        }
    }
    if places == 1 {
        return Ok(rows);
    }
    Err(Error::invalid(
        "kept",
        format!("it says {places} places, and a ticket is in exactly one"),
    )
    .into())
}

fn says(row: &Map<String, Value>, column: &str, number: i64) -> bool {
    row.get(column).and_then(Value::as_i64) == Some(number)
}

fn mark(kept: &Map<String, Value>) -> Option<[u8; 16]> {
    let hex = kept.get("mark")?.as_str()?;
    let number = u128::from_str_radix(hex, 16).ok()?;
    (hex.len() == 32).then(|| number.to_be_bytes())
}
