//! Databases of the Python system: real ones that it made, and ones made here by its own statements, for every version
//! and every way in which a row can contradict itself.
#![allow(dead_code)] // each test file uses its part

pub mod statements;

use std::path::{Path, PathBuf};

use actifix::rusqlite::types::Value;
use actifix::rusqlite::{Connection, OpenFlags};

/// The versions of the real files.
pub const REAL: [i64; 3] = [2, 5, 7];

/// The columns of its `tickets`, in the order of a fresh file.
pub const COLUMNS: &str = "id priority error_type message source run_label created_at updated_at duplicate_guard status \
    owner locked_by locked_at lease_expires branch stack_trace file_context system_state ai_remediation_notes \
    correlation_id completion_summary completion_notes test_steps test_results test_documentation_url \
    completion_verified_by completion_verified_at github_issue_url github_issue_number github_sync_state \
    github_sync_message format_version documented functioning tested completed deleted deleted_at";

/// A copy of a real file in `dir`.
pub fn real(dir: &Path, version: i64) -> PathBuf {
    let name = format!("actifix-schema-{version}.db");
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../actifix/tests/legacy")
        .join(&name);
    let to = dir.join(name);
    std::fs::copy(from, &to).unwrap();
    to
}

/// The 26 columns of version 1, as the Python system made them.
const FIRST: &str = "CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    priority TEXT NOT NULL CHECK(priority IN ('P0', 'P1', 'P2', 'P3', 'P4')),
    error_type TEXT NOT NULL,
    message TEXT NOT NULL,
    source TEXT NOT NULL,
    run_label TEXT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP,
    duplicate_guard TEXT UNIQUE,
    status TEXT DEFAULT 'Open' CHECK(status IN ('Open', 'In Progress', 'Completed')),
    owner TEXT,
    locked_by TEXT,
    locked_at TIMESTAMP,
    lease_expires TIMESTAMP,
    branch TEXT,
    stack_trace TEXT,
    file_context TEXT,
    system_state TEXT,
    ai_remediation_notes TEXT,
    correlation_id TEXT,
    completion_summary TEXT,
    format_version TEXT DEFAULT '1.0',
    documented BOOLEAN DEFAULT 0,
    functioning BOOLEAN DEFAULT 0,
    tested BOOLEAN DEFAULT 0,
    completed BOOLEAN DEFAULT 0);
  CREATE INDEX idx_tickets_priority ON tickets(priority);
  CREATE INDEX idx_tickets_status ON tickets(status);
  CREATE INDEX idx_tickets_created ON tickets(created_at DESC);
  CREATE INDEX idx_tickets_locked ON tickets(locked_by, locked_at);
  CREATE INDEX idx_tickets_lease ON tickets(lease_expires);";
/// What each later version added, as its migration did: new columns stand at the end.
const LATER: [(i64, &str); 6] = [
    (
        2,
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY AUTOINCREMENT,
           timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, event_type TEXT NOT NULL, message TEXT NOT NULL,
           ticket_id TEXT, correlation_id TEXT, extra_json TEXT, source TEXT, level TEXT DEFAULT 'INFO',
           FOREIGN KEY(ticket_id) REFERENCES tickets(id) ON DELETE SET NULL);
         CREATE INDEX idx_event_log_ticket_id ON event_log(ticket_id);
         CREATE VIEW v_recent_tickets AS SELECT id, priority, error_type, message, source, created_at, status
           FROM tickets ORDER BY created_at DESC LIMIT 20;
         CREATE VIEW v_ticket_history AS SELECT id, priority, error_type, message, source, created_at, updated_at,
           completion_summary, status FROM tickets WHERE status = 'Completed' ORDER BY updated_at DESC;",
    ),
    (
        3,
        "ALTER TABLE tickets ADD COLUMN completion_notes TEXT NOT NULL DEFAULT '';
         ALTER TABLE tickets ADD COLUMN test_steps TEXT NOT NULL DEFAULT '';
         ALTER TABLE tickets ADD COLUMN test_results TEXT NOT NULL DEFAULT '';
         ALTER TABLE tickets ADD COLUMN test_documentation_url TEXT;
         ALTER TABLE tickets ADD COLUMN completion_verified_by TEXT;
         ALTER TABLE tickets ADD COLUMN completion_verified_at TIMESTAMP;",
    ),
    (
        4,
        "ALTER TABLE tickets ADD COLUMN deleted BOOLEAN DEFAULT 0;
         ALTER TABLE tickets ADD COLUMN deleted_at TIMESTAMP;
         CREATE INDEX idx_tickets_deleted ON tickets(deleted);",
    ),
    (
        5,
        "CREATE TABLE database_audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT,
           timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, table_name TEXT NOT NULL,
           operation TEXT NOT NULL CHECK(operation IN ('INSERT', 'UPDATE', 'DELETE')), record_id TEXT, user_context TEXT,
           old_values TEXT, new_values TEXT, change_description TEXT, ip_address TEXT, session_id TEXT);",
    ),
    (
        6,
        "CREATE TABLE agent_voice (id INTEGER PRIMARY KEY AUTOINCREMENT,
           created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, agent_id TEXT NOT NULL, run_label TEXT,
           level TEXT DEFAULT 'INFO', thought TEXT NOT NULL, extra_json TEXT, correlation_id TEXT);
         INSERT INTO agent_voice(agent_id, thought) VALUES ('do_af', 'the pool looks empty');",
    ),
    (
        7,
        "ALTER TABLE tickets ADD COLUMN github_issue_url TEXT;
         ALTER TABLE tickets ADD COLUMN github_issue_number INTEGER;
         ALTER TABLE tickets ADD COLUMN github_sync_state TEXT DEFAULT 'pending';
         ALTER TABLE tickets ADD COLUMN github_sync_message TEXT;",
    ),
];

/// A file of `version` made here, as the Python system's migrations leave one.
pub fn made(dir: &Path, version: i64) -> (PathBuf, Connection) {
    let path = dir.join(format!("made-{version}.db"));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY,
           applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    )
    .unwrap();
    conn.execute_batch(FIRST).unwrap();
    for (_, sql) in LATER.iter().filter(|(from, _)| *from <= version) {
        conn.execute_batch(sql).unwrap();
    }
    conn.execute("INSERT INTO schema_version(version) VALUES (?1)", [version])
        .unwrap();
    (path, conn)
}

/// Inserts a row: an id, and what is said of its columns beside the needed ones.
pub fn row(conn: &Connection, id: Option<&str>, columns: &str, values: &str) {
    let (comma, id) = (
        if columns.is_empty() { "" } else { ", " },
        id.map_or("NULL".to_owned(), |id| format!("'{id}'")),
    );
    conn.execute_batch(&format!(
        "PRAGMA ignore_check_constraints=ON;
         INSERT INTO tickets(id, priority, error_type, message, source, created_at{comma}{columns})
         VALUES ({id}, 'P1', 'ValueError', 'no such column ' || abs(random()), 'app.py:31',
                 '2026-01-10T08:09:10.000011+00:00'{comma}{values})"
    ))
    .unwrap();
}

/// All rows of a query, each value as SQLite has it.
pub fn rows(conn: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.column_count();
    statement
        .query_map([], |row| (0..columns).map(|at| row.get(at)).collect())
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// A plain connection that only reads, as a foreign program has it.
pub fn foreign(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}
