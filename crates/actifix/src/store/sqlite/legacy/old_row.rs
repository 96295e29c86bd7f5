//! A row of the old `tickets`, and what can be read from it.

use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, Row};

use super::times::moment;
use crate::limits::DEFAULT_LEASE;
use crate::time::Timestamp;

/// By rowid, page by page.
pub(super) const PAGE: &str = "SELECT ticket, id, priority, error_type, message, source, run_label, created_at, updated_at,
  duplicate_guard, status, owner, locked_by, locked_at, lease_expires, stack_trace, file_context, system_state,
  ai_remediation_notes, correlation_id, completion_summary, completion_notes, test_steps, test_results,
  test_documentation_url, completed, deleted, deleted_at
  FROM legacy WHERE ticket > ?1 ORDER BY ticket LIMIT 500";
/// Texts of a row by their place in [`PAGE`], the ticket's number not counted.
pub(super) mod at {
    pub const ID: usize = 0;
    pub const PRIORITY: usize = 1;
    pub const ERROR_TYPE: usize = 2;
    pub const MESSAGE: usize = 3;
    pub const SOURCE: usize = 4;
    pub const RUN_LABEL: usize = 5;
    pub const CREATED: usize = 6;
    pub const UPDATED: usize = 7;
    pub const GUARD: usize = 8;
    pub const STATUS: usize = 9;
    pub const OWNER: usize = 10;
    pub const LOCKED_BY: usize = 11;
    pub const LOCKED_AT: usize = 12;
    pub const EXPIRES: usize = 13;
    pub const STACK: usize = 14;
    pub const FILES: usize = 15;
    pub const SYSTEM: usize = 16;
    pub const NOTES: usize = 17;
    pub const CORRELATION: usize = 18;
    pub const SUMMARY: usize = 19;
    pub const DID: usize = 20;
    pub const TESTED: usize = 21;
    pub const RESULTS: usize = 22;
    pub const URL: usize = 23;
    pub const COMPLETED: usize = 24;
    pub const DELETED: usize = 25;
    pub const DELETED_AT: usize = 26;
    pub const ALL: usize = 27;
}

/// The columns of [`PAGE`] in their order, the ticket's number not counted.
pub(super) const NAMES: [&str; at::ALL] = [
    "id",
    "priority",
    "error_type",
    "message",
    "source",
    "run_label",
    "created_at",
    "updated_at",
    "duplicate_guard",
    "status",
    "owner",
    "locked_by",
    "locked_at",
    "lease_expires",
    "stack_trace",
    "file_context",
    "system_state",
    "ai_remediation_notes",
    "correlation_id",
    "completion_summary",
    "completion_notes",
    "test_steps",
    "test_results",
    "test_documentation_url",
    "completed",
    "deleted",
    "deleted_at",
];

/// A row of the old `tickets`, each value as it was.
pub(super) struct OldRow {
    pub n: i64,
    pub values: Vec<Value>,
}

impl OldRow {
    pub fn read(row: &Row<'_>) -> Sql<Self> {
        Ok(Self {
            n: row.get(0)?,
            values: (1..=at::ALL)
                .map(|column| value(row, column))
                .collect::<Sql<_>>()?,
        })
    }

    /// A column's text, whatever it was stored as.
    pub fn text(&self, column: usize) -> Option<String> {
        match &self.values[column] {
            Value::Null => None,
            Value::Integer(number) => Some(number.to_string()),
            Value::Real(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// A text with something in it.
    pub fn some(&self, column: usize) -> Option<String> {
        self.text(column).filter(|text| !text.is_empty())
    }

    pub fn is(&self, column: usize) -> bool {
        match &self.values[column] {
            Value::Integer(number) => *number != 0,
            Value::Real(number) => *number != 0.0,
            Value::Text(text) => matches!(text.as_str(), "1" | "true" | "True"),
            _ => false,
        }
    }

    pub fn moment(&self, column: usize) -> Option<Timestamp> {
        moment(&self.values[column])
    }

    /// When it was made, as well as the row tells.
    pub fn created(&self, now: Timestamp) -> Timestamp {
        [at::CREATED, at::UPDATED, at::LOCKED_AT]
            .into_iter()
            .find_map(|column| self.moment(column))
            .unwrap_or(now)
    }
}

/// Text that is no UTF-8 is read with its odd bytes replaced; the value itself stays in `legacy` as it was.
fn value(row: &Row<'_>, column: usize) -> Sql<Value> {
    use sqlite_line::rusqlite::types::ValueRef;
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        other => other.try_into().unwrap_or(Value::Null),
    })
}

/// The lock of a row, its times settled.
pub(super) struct Held {
    pub holder: String,
    pub acquired: Timestamp,
    pub expires: Timestamp,
    /// It says when it ends.
    pub bounded: bool,
}

impl Held {
    pub fn of(row: &OldRow, now: Timestamp) -> Option<Self> {
        let holder = row.some(at::LOCKED_BY)?;
        let (from, to) = (row.moment(at::LOCKED_AT), row.moment(at::EXPIRES));
        let acquired = from.or(to).unwrap_or_else(|| row.created(now));
        Some(Self {
            holder,
            acquired,
            expires: to.unwrap_or_else(|| acquired.after(DEFAULT_LEASE)),
            bounded: to.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_page() {
        let (head, _) = PAGE.split_once("FROM").unwrap();
        let columns = head.trim_start_matches("SELECT ticket, ").split(',');
        assert!(columns.map(str::trim).eq(NAMES));
    }
}
