//! The columns of the Python system's `tickets`, in the order of a fresh file of schema 7.
//!
//! Real files have them in other orders and lack some (one that began at version 1 and calls itself 7 lacks six), so they
//! are always taken by name, and what is missing is read as the default it would have got.

/// Name, and the SQL of the value that a file without the column would show.
pub(super) const COLUMNS: [(&str, &str); 38] = [
    ("id", "NULL"),
    ("priority", "'P2'"),
    ("error_type", "''"),
    ("message", "''"),
    ("source", "''"),
    ("run_label", "NULL"),
    ("created_at", "NULL"),
    ("updated_at", "NULL"),
    ("duplicate_guard", "NULL"),
    ("status", "'Open'"),
    ("owner", "NULL"),
    ("locked_by", "NULL"),
    ("locked_at", "NULL"),
    ("lease_expires", "NULL"),
    ("branch", "NULL"),
    ("stack_trace", "NULL"),
    ("file_context", "NULL"),
    ("system_state", "NULL"),
    ("ai_remediation_notes", "NULL"),
    ("correlation_id", "NULL"),
    ("completion_summary", "NULL"),
    ("completion_notes", "''"),
    ("test_steps", "''"),
    ("test_results", "''"),
    ("test_documentation_url", "NULL"),
    ("completion_verified_by", "NULL"),
    ("completion_verified_at", "NULL"),
    ("github_issue_url", "NULL"),
    ("github_issue_number", "NULL"),
    ("github_sync_state", "'pending'"),
    ("github_sync_message", "NULL"),
    ("format_version", "'1.0'"),
    ("documented", "0"),
    ("functioning", "0"),
    ("tested", "0"),
    ("completed", "0"),
    ("deleted", "0"),
    ("deleted_at", "NULL"),
];

/// What the Python system says of each of them, and its rules for a row: to stand in a table, where [`OLD`] is.
const OLD_COLUMNS: &str = include_str!("old_columns.sql");
/// Where they are to stand.
const OLD: &str = "/*OLD*/";

/// A text of SQL with the Python system's columns in it.
pub(super) fn with_old_columns(sql: &str) -> String {
    sql.replace(OLD, OLD_COLUMNS.trim())
}

/// Without these a table is not the Python system's `tickets`.
pub(super) const NEEDED: [&str; 6] = [
    "id",
    "priority",
    "error_type",
    "message",
    "source",
    "created_at",
];

/// A name as SQL takes it, whatever is in it.
pub(in crate::store::sqlite) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
