//! Where the tickets of a damaged file stand: each in one place, as its row there says; one without a row is open.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, params};

use super::fit;
use super::rows::Source;
use super::walk::{KEYS, Table};
use crate::event::EventKind;
use crate::store::sqlite::desk::{Desk, Stop, TIME};
use crate::store::sqlite::events::Entry;
use crate::store::sqlite::places::{EndRow, IGNORED, Key, LastGrant, LeaseRow, Place, key};

/// By rowid.
const WHAT: &str = "SELECT ticket, kind, actor FROM events WHERE seq = ?1";
/// By `events_of_ticket`, backwards: what ended it last.
const ENDED: &str = "SELECT seq FROM events WHERE ticket = ?1 AND kind <> 1 AND kind IN (9, 10, 11, 19) AND kind IN (19, ?2)
  ORDER BY kind = 19, seq DESC LIMIT 1";
const AGAIN: &str = "INSERT INTO events(seq, ticket, at, kind, actor, num, old) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// By `events_of_ticket`.
const HAS_HISTORY: &str = "SELECT EXISTS (SELECT 1 FROM events WHERE ticket = ?1 AND kind <> 1)";

/// What the rows of the places say.
#[derive(Default)]
pub(super) struct Stood(BTreeMap<i64, Place>);

/// The places whose key is the ticket, the surest first: (table, columns).
const PLACES: [(&str, &str); 6] = [
    ("trash", "ticket, at, place"),
    ("leases", "ticket, token, holder, acquired, expires"),
    (
        "completed",
        "ticket, done, token, reason, original, wake_at, wake_count",
    ),
    ("parked", "ticket, at, last_token, last_holder"),
    ("scheduled", "ticket, not_before"),
    ("ready", "project, ticket, last_token, last_holder"),
];
const READY: [&str; 4] = ["project", "priority", "created", "ticket"];

impl Stood {
    /// Reads the places. `known` are the tickets that are there.
    pub fn read(source: &mut Source<'_, '_>, known: &[i64]) -> Result<Self, Stop> {
        let mut stood = BTreeMap::new();
        let mut holders = BTreeSet::new();
        for (name, columns) in PLACES {
            let ready = name == "ready";
            let table = Table {
                name,
                columns,
                order: if ready { &READY } else { &["ticket"] },
                keys: if ready { (1, source.last_name()) } else { KEYS },
                known: (!ready).then_some(known),
                index: None,
            };
            source.table(table, &mut |row| {
                let row = if ready { &row[1..] } else { row };
                if let Some(ticket) = fit::key(&row[0])
                    && known.binary_search(&ticket).is_ok()
                {
                    let place = place(name, row);
                    holders.extend(holder(&place));
                    stood.entry(ticket).or_insert(place);
                }
                Ok(())
            })?;
        }
        source.name_all(holders)?;
        Ok(Self(stood))
    }

    /// The greatest number of an event that a place speaks of.
    pub fn newest(&self) -> i64 {
        let spoken = self.0.values().flat_map(|place| match place {
            Place::Leased(lease) => [Some(lease.token), None],
            Place::Completed(end) => [Some(end.done), end.token],
            Place::Ready { last } | Place::Parked { last, .. } => {
                [last.map(|last| last.token), None]
            }
            _ => [None, None],
        });
        spoken
            .flatten()
            .filter(|seq| possible(*seq))
            .max()
            .unwrap_or(0)
    }

    /// Puts every ticket in its place. Answers how many are open because theirs was not to be had.
    pub fn place_all(
        mut self,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        known: &[i64],
        history_is_whole: bool,
    ) -> Result<u64, Stop> {
        let mut opened = 0;
        for ticket in known {
            let Some(key) = key(txn, *ticket)? else {
                continue;
            };
            let told = self.0.remove(ticket);
            let place = match told.clone() {
                None => None,
                Some(place) => sound(txn, &key, place, history_is_whole)?,
            };
            let lost = place.is_none().then_some(match &told {
                None => "where it stood could not be read",
                Some(_) => "what its row said of where it stood could not be true",
            });
            desk.place(txn, &key, &place.unwrap_or(Place::Ready { last: None }))?;
            let silent = !txn.query_row(HAS_HISTORY, [ticket], |row| row.get::<_, bool>(0))?;
            if lost.is_some() || silent {
                let why = lost.unwrap_or("its history could not be read");
                let actor = desk.names.id(txn, TIME)?;
                let entry =
                    Entry::of(*ticket, EventKind::Imported, actor).was(&json!({"salvaged": why}));
                desk.append(txn, &entry)?;
            }
            opened += u64::from(lost.is_some());
        }
        Ok(opened)
    }
}

/// What a row says.
fn place(name: &str, row: &[Value]) -> Place {
    let last = |at: usize| {
        let grant = fit::key(&row[at]).zip(fit::key(&row[at + 1]));
        grant.map(|(token, holder)| LastGrant { token, holder })
    };
    match name {
        "scheduled" => Place::Scheduled {
            not_before: fit::any(&row[1]),
        },
        "leases" => Place::Leased(LeaseRow {
            token: fit::any(&row[1]),
            holder: fit::any(&row[2]),
            acquired: fit::any(&row[3]),
            expires: fit::any(&row[4]),
        }),
        "parked" => Place::Parked {
            at: fit::any(&row[1]),
            last: last(2),
        },
        "completed" => Place::Completed(EndRow {
            done: fit::any(&row[1]),
            token: fit::opt(&row[2]),
            reason: fit::number(&row[3], 0, IGNORED, 0),
            original: fit::opt(&row[4]),
            wake_at: fit::opt(&row[5]),
            wake_count: fit::opt(&row[6]),
        }),
        "trash" => Place::Trash {
            at: fit::any(&row[1]),
            from: Box::new(
                serde_json::from_str(&fit::text(&row[2])).unwrap_or(Place::Ready { last: None }),
            ),
        },
        _ => Place::Ready { last: last(1) },
    }
}

/// Whose name a place needs.
fn holder(place: &Place) -> Option<i64> {
    match place {
        Place::Leased(lease) => Some(lease.holder),
        Place::Ready { last } | Place::Parked { last, .. } => last.map(|last| last.holder),
        Place::Trash { from, .. } => holder(from),
        _ => None,
    }
    .filter(|holder| *holder > 0)
}

/// The place, when its event bears it out. An event that could not be read is written again, as far as the place knows it.
fn sound(
    txn: &WriteTxn<'_>,
    key: &Key,
    place: Place,
    history_is_whole: bool,
) -> Sql<Option<Place>> {
    match place {
        Place::Leased(lease) => {
            let fine = match what(txn, lease.token)? {
                Some(event) => event == (key.ticket, EventKind::Claimed as i64, lease.holder),
                None if history_is_whole || !possible(lease.token) || lease.holder < 1 => false,
                None => {
                    let again = params![
                        lease.token,
                        key.ticket,
                        lease.acquired,
                        EventKind::Claimed as i64,
                        lease.holder,
                        lease.expires,
                        SALVAGED
                    ];
                    txn.execute(AGAIN, again)? == 1
                }
            };
            Ok(fine.then_some(Place::Leased(lease)))
        }
        Place::Completed(end) => Ok(ended(txn, key, end, history_is_whole)?.map(Place::Completed)),
        Place::Trash { at, from } => {
            let from = sound(txn, key, *from, history_is_whole)?;
            let from = Box::new(from.unwrap_or(Place::Ready { last: None }));
            Ok(Some(Place::Trash { at, from }))
        }
        place => Ok(Some(place)),
    }
}

const SALVAGED: &str = r#"{"salvaged":"this event could not be read"}"#;

/// An end, with the event that was it.
fn ended(
    txn: &WriteTxn<'_>,
    key: &Key,
    end: EndRow,
    history_is_whole: bool,
) -> Sql<Option<EndRow>> {
    let kind = match end.reason {
        0 => EventKind::Completed,
        IGNORED => EventKind::Ignored,
        _ => EventKind::Closed,
    } as i64;
    let fits = |(ticket, what, _)| {
        ticket == key.ticket && (what == kind || what == EventKind::Imported as i64)
    };
    match what(txn, end.done)? {
        Some(event) if fits(event) => return Ok(Some(end)),
        None if !history_is_whole && possible(end.done) => {
            let again = params![
                end.done,
                key.ticket,
                key.created,
                kind,
                1,
                None::<i64>,
                SALVAGED
            ];
            txn.execute(AGAIN, again)?;
            return Ok(Some(end));
        }
        _ => {}
    }
    let done = txn.query_opt(ENDED, (key.ticket, kind), |row| row.get(0))?;
    Ok(done.map(|done| EndRow { done, ..end }))
}

/// An event's ticket, kind and actor.
fn what(txn: &WriteTxn<'_>, seq: i64) -> Sql<Option<(i64, i64, i64)>> {
    txn.query_opt(WHAT, [seq], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

fn possible(seq: i64) -> bool {
    (KEYS.0..=KEYS.1).contains(&seq)
}
