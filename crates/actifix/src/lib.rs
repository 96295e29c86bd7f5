//! Actifix turns errors into tickets and hands each ticket to exactly one worker at a time.
//!
//! Programs report errors; equal errors become one [`Ticket`]; any number of workers each lease a *different* ticket,
//! fix it, and complete it with [`Evidence`]. A worker that dies loses its lease, never the ticket.
//!
//! ```
//! use std::time::Duration;
//! use actifix::{Claim, Evidence, Report, Store};
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("actifix.db");
//! let store = Store::open(&path)?;
//!
//! // A program fails. Equal reports count up on one ticket.
//! store.record(Report::error("ValueError", "no such column: age").source("app.py:31")).wait()?;
//! let again = store.record(Report::error("ValueError", "no such column: age").source("app.py:31")).wait()?;
//! assert_eq!((again.new, again.occurrences), (false, 2));
//!
//! // A worker takes the next ticket, and is its only holder.
//! let lease = store.claim(Claim::by("agent-1").lease(Duration::from_secs(600))).wait()?.one().ok_or("nothing to do")?;
//! assert!(store.claim(Claim::by("agent-2")).wait()?.one().is_none());
//!
//! // It works, and keeps its lease while it does.
//! let lease = store.renew(&lease.ticket.id, lease.token, Duration::from_secs(600)).wait()?;
//!
//! // It ends with evidence, under its token.
//! let evidence = Evidence {
//!     did: "Added the missing migration for the age column".into(),
//!     files: vec!["migrations/0007_age.sql".into()],
//!     tested: "pytest tests/test_people.py".into(),
//!     results: "31 passed, 0 failed".into(),
//!     ..Evidence::default()
//! };
//! store.complete(&lease.ticket.id, lease.token, evidence).wait()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every call answers a [`Call`]: `.wait()` blocks this thread, `.await` works in any executor.
//!
//! # Rooms
//! The domain (this folder's files) is plain types and rules without I/O. [`Store`] is the one door to the database;
//! what it takes from outside has been through redaction ([`Clean`]). [`capture`] says what makes two reports equal and how
//! much one matters. [`config`] has every setting with where its value came from. [`keep`] removes what is old by
//! itself. [`Worker`] is the loop around a program's own work.

#![forbid(unsafe_code)]

mod archive;
pub mod capture;
mod change;
mod clean;
pub mod config;
mod dropin;
mod error;
mod event;
mod evidence;
pub mod keep;
mod lease;
pub mod legacy;
mod limits;
pub mod locate;
pub mod notify;
mod once;
mod outbox;
mod priority_rule;
mod prune;
mod query;
mod release;
mod report;
mod retention;
mod secret;
mod store;
mod ticket;
mod time;
mod vitals;
mod worker;

pub use archive::{ArchiveHead, ArchiveLine, ArchiveName, ArchiveRow, Archived};
pub use change::{Close, Delete, Update};
pub use clean::{AllowedSecret, Clean, Redact, Redaction, RedactionRule};
pub use error::{Error, LostWhy, Process, Result};
pub use event::{Event, EventKind, Receipt};
pub use evidence::{CloseReason, Completion, DID, Evidence, EvidencePolicy, TESTED};
pub use lease::{Claim, Claimed, Lease, Release, RetryRules, Token};
pub use limits::{DEFAULT_LEASE, LONGEST_LEASE, Limits, SHORTEST_LEASE};
pub use outbox::{
    Attempt, Delivery, DeliveryFilter, DeliveryId, Occasion, Outbox, Parcel, Subscription, TARGETS,
    Taken,
};
pub use prune::{Fate, Prunable, Prune, Pruned, TestMarks};
pub use query::{Count, EventFilter, Events, Filter, Page, Stats, Story};
pub use report::{DEFAULT_PROJECT, Mark, Recorded, Report, Sample};
pub use retention::{Age, Ages, Retention, RetentionRule, RuleAction, TestTickets};
pub use secret::Secret;
pub use store::{
    Backup, Call, Contradiction, Diagnosis, Finding, Lead, Leader, Level, LineForm, ReadSoFar,
    Regression, Rest, Restored, Salvaged, SalvagedTable, Settings, Standing, Store, Upgraded,
    Verdict, WayBack,
};
pub use ticket::{Holding, Kind, Priority, Status, Tags, Ticket, TicketId, WakeRule};
pub use time::{Clock, ManualClock, SystemClock, Timestamp, exact_span, format_span, parse_span};
pub use vitals::{Backlog, Vitals, Waiting};
pub use worker::{Doing, Job, Keeping, Notice, Outcome, Stopper, Tally, Told, Until, Worker};

/// The rusqlite in use: a program that opens SQLite files in the same process must use this copy, since two copies of
/// SQLite drop each other's locks.
pub use sqlite_line::rusqlite;
/// For programs that fork without `exec`: what has to be called before and after.
pub use store::forked;
