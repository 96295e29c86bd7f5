//! Everything out, and in again.
//!
//! An export is one state of the database. Into an empty database it comes in as it was, number for number ([`exact`]), so
//! that an export of that one is the same; beside tickets of others it comes in under new numbers ([`renumbered`]).

mod exact;
mod raw;
mod renumbered;
mod write;

pub(in crate::store) use write::known;

use sqlite_line::WriteTxn;

use super::desk::{Desk, Step, Who, settled};
use crate::archive::ArchiveLine;
use crate::clean::Clean;
use crate::error::Result;
use crate::report::Recorded;

/// Tables whose rows belong to no one ticket, with the column that orders them. Of `events` only those whose ticket is
/// gone.
const LOOSE: [(&str, &str); 9] = [
    ("aliases", "id"),
    ("fingerprints", "project, value, version"),
    ("positions", "source"),
    ("events", "seq"),
    ("event_log", "id"),
    ("fallback_queue", "id"),
    ("quarantine", "id"),
    ("database_audit_log", "id"),
    ("agent_voice", "id"),
];

/// Tables of a ticket that its story does not tell, with the column that holds the ticket's number.
const KEPT: [&str; 10] = [
    "seen",
    "buckets",
    "attempts",
    "ready",
    "scheduled",
    "leases",
    "parked",
    "completed",
    "trash",
    "legacy",
];

/// Of these, where a ticket stands.
const PLACES: [&str; 6] = [
    "ready",
    "scheduled",
    "leases",
    "parked",
    "completed",
    "trash",
];

impl Desk {
    /// Takes lines in. Each has its own answer: a ticket's, or nothing for what is no ticket.
    pub fn import_all(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        lines: &[Clean<ArchiveLine>],
        exactly: bool,
    ) -> Step<Vec<Result<Option<Recorded>>>> {
        let mut answers = Vec::with_capacity(lines.len());
        for line in lines {
            let answer = match line.get() {
                ArchiveLine::Head(_) => Ok(None),
                ArchiveLine::Name(name) if exactly => self.name(txn, name).map(|()| None),
                ArchiveLine::Name(_) => Ok(None),
                ArchiveLine::Row(row) => raw::take(txn, row, exactly).map(|()| None),
                ArchiveLine::Ticket(ticket) => {
                    let exact = exactly && self.is_free(txn, ticket)?;
                    if exact {
                        self.as_it_was(txn, ticket).map(Some)
                    } else {
                        self.import(txn, who, ticket).map(Some)
                    }
                }
            };
            answers.push(settled(answer)?);
        }
        Ok(answers)
    }
}
