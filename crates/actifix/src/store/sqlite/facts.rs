//! A ticket's facts: written when it is made, read whole when it is handed out or shown.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlite_line::rusqlite::{Result, Row};
use sqlite_line::{ReadTxn, WriteTxn};

use crate::report::Report;
use crate::ticket::{Kind, Priority, Status, Tags, Ticket, TicketId};
use crate::time::Timestamp;

/// `facts` by rowid, its unique index on id, and `facts_newest`.
pub(super) const INSERT: &str = "INSERT INTO facts(n, id, project, kind, priority, created, first_seen, error_type, message,
  source, stack_trace, body, tags, correlation_id, environment, release, fingerprint, user, mark, payload, context)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

/// By rowid in each of the three.
pub(super) const READ: &str = "SELECT f.id, f.kind, f.priority, f.created, f.first_seen, f.error_type, f.message, f.source,
  f.stack_trace, f.body, f.tags, f.assignee, f.correlation_id, f.environment, f.release, f.fingerprint, f.notes,
  f.payload, f.context, s.count, s.last, a.n, a.last_error, f.project
  FROM facts f LEFT JOIN seen s ON s.ticket = f.n LEFT JOIN attempts a ON a.ticket = f.n WHERE f.n = ?1";

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

/// A ticket's facts and its project's number. Where it stands is for the caller to fill in: it is read as open.
pub(super) fn read(txn: &ReadTxn<'_>, n: i64) -> Result<Option<(Ticket, i64)>> {
    txn.query_opt(READ, [n], |row| Ok((from_row(row)?, row.get(23)?)))
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

fn from_row(row: &Row<'_>) -> Result<Ticket> {
    let created = Timestamp::from_micros(row.get(3)?);
    let first_seen = Timestamp::from_micros(row.get(4)?);
    let last_seen: Option<i64> = row.get(20)?;
    Ok(Ticket {
        id: TicketId::stored(row.get(0)?),
        kind: kind(row.get(1)?),
        project: String::new(),
        priority: priority(row.get(2)?),
        status: Status::Open,
        error_type: row.get(5)?,
        message: row.get(6)?,
        source: row.get(7)?,
        stack_trace: row.get(8)?,
        body: row.get(9)?,
        created_at: created,
        updated_at: created,
        occurrences: row.get::<_, Option<u64>>(19)?.unwrap_or(1),
        first_seen,
        last_seen: last_seen.map_or(first_seen, Timestamp::from_micros),
        assignee: row.get(11)?,
        tags: from_json::<Tags>(row.get(10)?).unwrap_or_default(),
        correlation_id: row.get(12)?,
        environment: row.get(13)?,
        release: row.get(14)?,
        fingerprint: row.get(15)?,
        notes: row.get(16)?,
        context: from_json(row.get(18)?),
        payload: from_json(row.get(17)?),
        attempts: row.get::<_, Option<u32>>(21)?.unwrap_or(0),
        last_error: row.get(22)?,
        not_before: None,
        lease: None,
        expired: false,
        completion: None,
        ignored: None,
        deleted_at: None,
    })
}
