//! A ticket's facts on their way from the row to whoever asked.
//!
//! The writer copies a row as it is, one piece of text and a few numbers; the ticket with its many texts is made where
//! the answer is used. So the one thread that everybody waits for does not allocate for all of them.

use serde::{Deserialize, Serialize};
use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::{Result, Row};

use super::facts::{READ, from_json, kind, priority};
use super::places::LeaseRow;
use crate::lease::{Lease, Token};
use crate::ticket::{Holding, Status, Tags, Ticket, TicketId};
use crate::time::Timestamp;

/// Columns of [`READ`] that are texts; the numbers follow them.
const TEXTS: usize = 16;
const NUMBERS: usize = 8;
/// The last of the numbers.
const PROJECT: usize = NUMBERS - 1;

/// A row of [`READ`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FactsRow {
    /// All texts, one after the other.
    text: String,
    /// Where each ends in `text`; `None` for NULL.
    ends: [Option<u32>; TEXTS],
    numbers: [i64; NUMBERS],
}

impl FactsRow {
    /// A ticket's facts; `None` when there is no such ticket.
    pub fn read(txn: &ReadTxn<'_>, n: i64) -> Result<Option<Self>> {
        txn.query_opt(READ, [n], Self::of)
    }

    fn of(row: &Row<'_>) -> Result<Self> {
        let mut text = String::with_capacity(1_024);
        let mut ends = [None; TEXTS];
        for (at, end) in ends.iter_mut().enumerate() {
            if let Some(value) = row.get_ref(at)?.as_str_or_null()? {
                text.push_str(value);
                *end = u32::try_from(text.len()).ok();
            }
        }
        let mut numbers = [0; NUMBERS];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = row.get(TEXTS + at)?;
        }
        Ok(Self {
            text,
            ends,
            numbers,
        })
    }

    /// The number of its project.
    pub fn project(&self) -> i64 {
        self.numbers[PROJECT]
    }

    /// The ticket. Where it stands is for the caller to fill in: it is made as open.
    pub fn ticket(&self, project: String) -> Ticket {
        let mut start = 0;
        let mut texts = self.ends.iter().map(|end| {
            let end = end.map(|end| end as usize)?;
            let text = self.text.get(start..end)?.to_owned();
            start = end;
            Some(text)
        });
        let mut next = || texts.next().flatten();
        let [
            kind_number,
            priority_number,
            created,
            first_seen,
            count,
            last,
            attempts,
            _,
        ] = self.numbers;
        // The fields are made in the order in which they stand here, which is that of the columns.
        Ticket {
            id: TicketId::stored(next().unwrap_or_default()),
            error_type: next().unwrap_or_default(),
            message: next().unwrap_or_default(),
            source: next().unwrap_or_default(),
            stack_trace: next(),
            body: next(),
            tags: from_json::<Tags>(next()).unwrap_or_default(),
            assignee: next(),
            correlation_id: next(),
            environment: next(),
            release: next(),
            fingerprint: next(),
            notes: next(),
            payload: from_json(next()),
            context: from_json(next()),
            last_error: next(),
            kind: kind(kind_number),
            priority: priority(priority_number),
            created_at: Timestamp::from_micros(created),
            updated_at: Timestamp::from_micros(created),
            first_seen: Timestamp::from_micros(first_seen),
            occurrences: u64::try_from(count).unwrap_or(0),
            last_seen: Timestamp::from_micros(last),
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            project,
            status: Status::Open,
            not_before: None,
            lease: None,
            expired: false,
            completion: None,
            ignored: None,
            deleted_at: None,
        }
    }
}

/// A lease on its way to its holder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The ticket's number.
    pub n: i64,
    pub facts: FactsRow,
    pub project: String,
    pub holder: String,
    pub(super) row: LeaseRow,
    /// The time of the ticket's newest event.
    pub updated: Timestamp,
}

impl Grant {
    /// The lease as its holder gets it, with the whole ticket.
    pub fn lease(self) -> Lease {
        let acquired_at = Timestamp::from_micros(self.row.acquired);
        let expires_at = Timestamp::from_micros(self.row.expires);
        let mut ticket = self.facts.ticket(self.project);
        ticket.status = Status::InProgress;
        ticket.updated_at = self.updated;
        ticket.lease = Some(Holding {
            holder: self.holder.clone(),
            acquired_at,
            expires_at,
        });
        Lease {
            ticket,
            holder: self.holder,
            token: Token(self.row.token),
            acquired_at,
            expires_at,
        }
    }
}
