//! What lists ask for and what they answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::outbox::Outbox;
use crate::report::Sample;
use crate::ticket::{Kind, Priority, Status, Tags, Ticket, TicketId};
use crate::time::Timestamp;

/// Which tickets to list: by priority, then the newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these statuses; open, in progress and quarantined when empty.
    pub statuses: Vec<Status>,
    /// Only these priorities; all when empty.
    pub priorities: Vec<Priority>,
    /// Only this project.
    pub project: Option<String>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only tickets of this assignee.
    pub assignee: Option<String>,
    /// Only tickets with all of these tags.
    pub tags: Tags,
    /// Only tickets with this text in message, type, source or id, in any case.
    pub search: Option<String>,
    /// Only tickets that nothing has happened to for so long: their newest event is older.
    pub older_than: Option<Duration>,
    /// Only what can be claimed now.
    pub ready: bool,
    /// Only deleted tickets (else none of them).
    pub deleted: bool,
    /// With stack trace, context, body and payload.
    pub full: bool,
    /// At most so many; 50 when 0.
    pub limit: usize,
    /// Where the last page ended: [`Page::next`].
    pub cursor: Option<String>,
}

impl Filter {
    /// The statuses that it means: those that are named, else of tickets that are not done.
    pub fn meant_statuses(&self) -> Vec<Status> {
        match (&self.statuses[..], self.ready, self.deleted) {
            (_, true, _) => vec![Status::Open],
            ([], false, true) => Status::ALL.to_vec(),
            ([], false, false) => vec![Status::Open, Status::InProgress, Status::Quarantined],
            (asked, ..) => asked.to_vec(),
        }
    }

    /// Whether a ticket is one that it means at `now`, its `search` aside, which looks at more than a ticket shows.
    pub fn fits(&self, ticket: &Ticket, now: Timestamp) -> bool {
        let later = ticket.not_before.is_some_and(|at| at > now);
        let rests = |span| now.since(ticket.updated_at) >= span;
        let tagged = |(name, value): (&String, &String)| ticket.tags.get(name) == Some(value);
        self.meant_statuses().contains(&ticket.status)
            && ticket.deleted_at.is_some() == self.deleted
            && !(self.ready && later)
            && (self.priorities.is_empty() || self.priorities.contains(&ticket.priority))
            && self.project.as_ref().is_none_or(|of| *of == ticket.project)
            && self.kind.is_none_or(|kind| kind == ticket.kind)
            && (self.assignee.is_none() || self.assignee == ticket.assignee)
            && self.older_than.is_none_or(rests)
            && self.tags.iter().all(tagged)
    }
}

/// A page of tickets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The tickets.
    pub tickets: Vec<Ticket>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
}

/// Which events to list: the oldest first.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only this ticket's.
    pub ticket: Option<TicketId>,
    /// Only later ones than this sequence number.
    pub after: i64,
    /// At most so many; 100 when 0.
    pub limit: usize,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// The events.
    pub events: Vec<Event>,
    /// The sequence number to go on after, when there may be more.
    pub next: Option<i64>,
}

/// A ticket with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// Its events, the oldest first (the latest thousand).
    pub events: Vec<Event>,
    /// The first occurrence and the latest ten.
    pub samples: Vec<Sample>,
}

/// How many tickets of a project and priority stand where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The project.
    pub project: String,
    /// The priority.
    pub priority: Priority,
    /// The status.
    pub status: Status,
    /// How many.
    pub tickets: u64,
}

/// The state of the store at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Free to be claimed, now or later.
    pub open: u64,
    /// Of these, put off to a later time.
    pub scheduled: u64,
    /// Leased.
    pub in_progress: u64,
    /// Completed or closed, ignored ones not counted.
    pub completed: u64,
    /// Given up after too many attempts.
    pub quarantined: u64,
    /// Ignored.
    pub ignored: u64,
    /// Deleted.
    pub deleted: u64,
    /// All of it by project, priority and status.
    pub counts: Vec<Count>,
    /// What hooks and webhooks are still to be told.
    pub outbox: Outbox,
    /// The newest event's sequence number.
    pub newest_event: i64,
    /// Size of the database in bytes.
    pub database_bytes: u64,
    /// Size of its write-ahead log in bytes.
    pub wal_bytes: u64,
    /// Processes that have the database open, with the write lock's figures of this process.
    pub contention: serde_json::Value,
}
