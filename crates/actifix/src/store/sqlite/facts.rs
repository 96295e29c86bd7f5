//! A ticket's facts as they are written; [`super::grant`] reads them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result;

use crate::report::Report;
use crate::ticket::{Kind, Priority, TicketId};
use crate::time::Timestamp;

/// `facts` by rowid, its unique index on id, and `facts_newest`.
pub(super) const INSERT: &str = "INSERT INTO facts(n, id, project, kind, priority, created, first_seen, error_type, message,
  source, stack_trace, body, tags, correlation_id, environment, release, fingerprint, user, mark, payload, context)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

/// By rowid in each of the three. First the texts, then the numbers, in the order of [`super::grant::FactsRow`].
pub(super) const READ: &str = "SELECT f.id, f.error_type, f.message, f.source, f.stack_trace, f.body, f.tags, f.assignee,
  f.correlation_id, f.environment, f.release, f.fingerprint, f.notes, f.payload, f.context, a.last_error,
  f.kind, f.priority, f.created, f.first_seen, coalesce(s.count, 1), coalesce(s.last, f.first_seen),
  coalesce(a.n, 0), f.project
  FROM facts f LEFT JOIN seen s ON s.ticket = f.n LEFT JOIN attempts a ON a.ticket = f.n WHERE f.n = ?1";

/// By rowid.
pub(super) const MORE_FACTS: &str = "UPDATE facts SET assignee = ?2, notes = ?3 WHERE n = ?1";

/// The type of an error that names none, and of tasks.
const UNKNOWN: &str = "unknown";
const TASK: &str = "task";

/// What a report's type is kept as.
pub(super) fn error_type(report: &Report) -> &str {
    let unnamed = if report.kind == Kind::Task {
        TASK
    } else {
        UNKNOWN
    };
    report
        .error_type
        .as_deref()
        .filter(|text| !text.is_empty())
        .unwrap_or(unnamed)
}

/// What a report's source is kept as.
pub(super) fn source(report: &Report) -> &str {
    report.source.as_deref().unwrap_or("")
}

/// A value as JSON text.
pub(super) fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// A value from JSON text; what cannot be read is left out.
pub(super) fn from_json<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

/// The facts of a new ticket.
pub(super) struct NewTicket<'a> {
    pub n: i64,
    pub id: &'a TicketId,
    pub project: i64,
    pub created: Timestamp,
    pub first_seen: Timestamp,
    pub mark: Option<[u8; 16]>,
    pub report: &'a Report,
}

pub(super) fn insert(txn: &WriteTxn<'_>, new: &NewTicket<'_>) -> Result<()> {
    let report = new.report;
    let tags = (!report.tags.is_empty())
        .then(|| json(&report.tags))
        .flatten();
    txn.execute(
        INSERT,
        sqlite_line::rusqlite::params![
            new.n,
            new.id.as_str(),
            new.project,
            report.kind as i64,
            report.priority.unwrap_or_default() as i64,
            new.created.micros(),
            new.first_seen.micros(),
            error_type(report),
            report.message,
            source(report),
            report.stack_trace,
            report.body,
            tags,
            report.correlation_id,
            report.environment,
            report.release,
            report.fingerprint,
            report.user,
            new.mark,
            report.payload.as_ref().and_then(json),
            report.context.as_ref().and_then(json),
        ],
    )
    .map(|_| ())
}

/// The kind of a stored number.
pub(super) fn kind(number: i64) -> Kind {
    if number == Kind::Task as i64 {
        Kind::Task
    } else {
        Kind::Error
    }
}

/// The priority of a stored number.
pub(super) fn priority(number: i64) -> Priority {
    usize::try_from(number)
        .ok()
        .and_then(|at| Priority::ALL.get(at))
        .copied()
        .unwrap_or_default()
}
