//! Who is told of what, and what each is still to be told. It is sent again at once: a repeat is better than a loss.

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::rusqlite::types::Value;

use super::fit;
use super::rows::{Described, SMALL, Source};

/// The tables, the targets first.
pub(super) const TABLES: &[Described] = &[
    (
        "targets",
        "id, active, occasions, priorities, name, project",
        &["id"],
        "INSERT OR IGNORE INTO targets(id, active, occasions, priorities, name, project) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    ),
    (
        "outbox",
        "target, event, occasion, at, attempts, ticket, error",
        &["target", "event"],
        "INSERT OR IGNORE INTO outbox(target, event, occasion, at, attempts, ticket, error, due)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4)",
    ),
    (
        "dead_letters",
        "target, event, occasion, at, attempts, ticket, error",
        &["target", "event"],
        "INSERT OR IGNORE INTO dead_letters(target, event, occasion, at, attempts, ticket, error)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    ),
];

/// By primary key.
const COUNTER: &str = "UPDATE counters SET value = ?2 WHERE name = ?1";
/// A target whose row could not be read: people see what waits for it, and may drop it.
const NAMELESS: &str = "INSERT OR IGNORE INTO targets(id, name, active, occasions, priorities)
  VALUES (?1, 'salvaged-' || ?1, 0, 255, 255)";

/// The database is the same to those who tell repeats by its ids.
pub(super) fn counters(txn: &WriteTxn<'_>, source: &Source<'_, '_>) -> Sql<()> {
    for name in ["instance", "targets"] {
        if let Some(value) = source.counter(name) {
            txn.execute(COUNTER, (name, value))?;
        }
    }
    Ok(())
}

/// A row of one of the tables, each value made to fit its column.
pub(super) fn fitting(txn: &WriteTxn<'_>, table: &str, row: &[Value]) -> Sql<Option<Vec<Value>>> {
    match table {
        "targets" => Ok(Some(target(row))),
        "outbox" | "dead_letters" => {
            txn.execute(NAMELESS, [fit::any(&row[0])])?;
            Ok(Some(delivery(row)))
        }
        _ => Ok(None),
    }
}

fn target(row: &[Value]) -> Vec<Value> {
    let set = |at: usize| fit::number(&row[at], 0, 255, 255).into();
    vec![
        fit::any(&row[0]).into(),
        fit::number(&row[1], 0, 1, 0).into(),
        set(2),
        set(3),
        fit::text(&row[4]).into(),
        fit::opt_text(&row[5]).map_or(Value::Null, Value::Text),
    ]
}

fn delivery(row: &[Value]) -> Vec<Value> {
    vec![
        fit::any(&row[0]).into(),
        fit::any(&row[1]).into(),
        fit::number(&row[2], 0, 3, 0).into(),
        fit::any(&row[3]).into(),
        fit::number(&row[4], 0, SMALL, 0).into(),
        fit::text(&row[5]).into(),
        fit::opt_text(&row[6]).map_or(Value::Null, Value::Text),
    ]
}
