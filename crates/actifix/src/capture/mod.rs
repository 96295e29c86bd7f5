//! A report on its way to a ticket: what makes two reports equal, and how much one matters. Pure functions: no file, no
//! clock, no state, so every process gives the same answer.
//!
//! [`fingerprint`] says what is equal, from the frames that [`trace`](self) reads out of a stack as text or from the
//! normalised message; [`guard`] is the old system's answer to the same question, kept bit for bit; [`priority`] judges a
//! report that names none. [`configure`] puts the user's rules in force. Redaction stands in the domain, with [`crate::Clean`]: the store's door needs it, and the
//! store may not name this room.

mod complaint;
pub mod context;
mod failed;
pub mod fingerprint;
pub mod guard;
pub mod ingest;
mod install;
#[cfg(feature = "tracing")]
mod layer;
mod log;
mod message;
pub mod priority;
mod queue;
mod rules;
mod screen;
mod similar;
pub mod spool;
mod tail;
mod trace;

pub use complaint::Complaint;
pub use failed::{Ending, Failed};
pub use install::{Installed, install, install_for};
#[cfg(feature = "tracing")]
pub use layer::{ErrorEvents, layer};
pub use log::{Block, Cutter, Told, told};
pub use queue::{Capture, Dropped};
pub use rules::{configure, is_ignored};
pub use screen::terminal_text;
pub use similar::{Alike, Similar, SimilarTickets};
pub use tail::Tail;

use crate::clean::Clean;
use crate::report::{Mark, Report};
use crate::ticket::{Kind, Priority};

/// A report made ready for the store: redacted, with its fingerprints (of the redacted report, so that nothing of a secret
/// is in them), and with a priority by the table where it names none. `own` are rules of priority before that table; with
/// none those of the configuration hold.
///
/// ```
/// # use actifix::{Report, Store, capture};
/// # let dir = tempfile::tempdir()?;
/// # let store = Store::open(dir.path().join("actifix.db"))?;
/// let late = |n| Report::error("TimeoutError", format!("no answer from shard {n} after {n} s"));
/// let first = store.record(capture::prepare(late(1), &[])).wait()?;
/// let again = store.record(capture::prepare(late(2), &[])).wait()?;
/// assert_eq!((again.id, again.occurrences), (first.id, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare(report: impl Into<Clean<Report>>, own: &[priority::Rule]) -> Clean<Report> {
    let report = report.into();
    let mark = |one: &fingerprint::Fingerprint| Mark {
        version: one.version,
        value: one.value,
    };
    // The caller's own mark is part of the exact match.
    let found = fingerprint::of(report.get());
    let found = found
        .iter()
        .filter(|one| one.kind != fingerprint::Kind::Own);
    let marks = found.map(mark).collect();
    let priority = match report.get().kind {
        Kind::Error if own.is_empty() => priority::of(report.get(), &rules::in_force().priority),
        Kind::Error => priority::of(report.get(), own),
        Kind::Task => report.get().priority.unwrap_or(Priority::default()),
    };
    let old_mark = (report.get().kind == Kind::Error).then(|| guard::for_storing(&report));
    report.found(marks, old_mark, priority)
}

/// A message as the fingerprint sees it: what changes from one occurrence to the next is a `*`.
///
/// ```
/// let normalised = actifix::capture::normalised;
/// assert_eq!(normalised("user 17 not found after 30 ms"), normalised("user 4 not found after 2.5 s"));
/// assert_ne!(normalised("HTTP 404"), normalised("HTTP 500"));
/// ```
pub fn normalised(message: &str) -> String {
    message::normalised(message)
}
