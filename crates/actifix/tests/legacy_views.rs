//! The Python system's columns, read with plain SQL by a program that knows nothing of the library.

#![allow(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use actifix::rusqlite::{Connection, OpenFlags};
use actifix::{Claim, Delete, Evidence, Priority, Report, Store};

/// The columns of the Python system's `tickets`, in the order of a fresh file.
const COLUMNS: &str = "id priority error_type message source run_label created_at updated_at duplicate_guard status \
    owner locked_by locked_at lease_expires branch stack_trace file_context system_state ai_remediation_notes \
    correlation_id completion_summary completion_notes test_steps test_results test_documentation_url \
    completion_verified_by completion_verified_at github_issue_url github_issue_number github_sync_state \
    github_sync_message format_version documented functioning tested completed deleted deleted_at";

fn evidence() -> Evidence {
    Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into(), "Makefile".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        summary: Some("pool".into()),
        url: None,
        release: None,
    }
}

/// A store with an open, a leased, a completed and a deleted ticket, and a foreign reader of its file.
fn scene() -> (tempfile::TempDir, Store, Connection, Vec<actifix::TicketId>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("actifix.db");
    let store = Store::open(&path).unwrap();
    let mut ids = Vec::new();
    for (n, priority) in [Priority::P0, Priority::P1, Priority::P2, Priority::P3]
        .into_iter()
        .enumerate()
    {
        let report = Report::error("E", format!("error {n}"))
            .source("a.py:1")
            .priority(priority);
        ids.push(store.record(report).wait().unwrap().id);
    }
    let lease = store
        .claim(Claim::by("agent-1"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    store
        .complete(&lease.ticket.id, lease.token, evidence())
        .wait()
        .unwrap();
    store
        .acquire(&ids[1], "agent-2", Duration::from_secs(60))
        .wait()
        .unwrap();
    store.delete(&ids[3], Delete::default()).wait().unwrap();
    let foreign = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    (dir, store, foreign, ids)
}

#[test]
fn every_column_answers() {
    let (_dir, _store, foreign, ids) = scene();
    let statement = foreign.prepare("SELECT * FROM tickets").unwrap();
    let names: Vec<&str> = statement.column_names().collect();
    assert_eq!(names, COLUMNS.split_whitespace().collect::<Vec<_>>());
    let text = |column: &str, id: &str| -> Option<String> {
        let sql = format!("SELECT CAST({column} AS TEXT) FROM tickets WHERE id = ?1");
        foreign.query_row(&sql, [id], |row| row.get(0)).unwrap()
    };
    let [done, leased, open, deleted] = [0, 1, 2, 3].map(|at: usize| ids[at].as_str());
    for (id, status) in [
        (done, "Completed"),
        (leased, "In Progress"),
        (open, "Open"),
        (deleted, "Open"),
    ] {
        assert_eq!(text("status", id).as_deref(), Some(status));
    }
    assert_eq!(
        text("completion_notes", done),
        Some(evidence().legacy_notes())
    );
    assert_eq!(
        text("test_results", done).as_deref(),
        Some("14 passed, 0 failed")
    );
    assert_eq!(text("completion_summary", done).as_deref(), Some("pool"));
    assert_eq!(text("completed", done).as_deref(), Some("1"));
    assert_eq!(text("completion_notes", open).as_deref(), Some(""));
    assert_eq!(text("locked_by", leased).as_deref(), Some("agent-2"));
    assert_eq!(text("locked_by", open), None);
    assert_eq!(text("deleted", deleted).as_deref(), Some("1"));
    assert_eq!(text("priority", leased).as_deref(), Some("P1"));
}

#[test]
fn times_have_the_legacy_form() {
    let (_dir, store, foreign, ids) = scene();
    let ticket = store.get(&ids[1]).wait().unwrap();
    let sql = "SELECT created_at, lease_expires FROM tickets WHERE id = ?1";
    let (created, expires): (String, String) = foreign
        .query_row(sql, [ids[1].as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    for (text, at) in [
        (created, ticket.created_at),
        (expires, ticket.lease.unwrap().expires_at),
    ] {
        assert!(text.ends_with("+00:00") && text.contains('T'), "{text}");
        assert_eq!(text.parse(), Ok(at));
    }
}

#[test]
fn the_two_views_list_what_they_did() {
    let (_dir, _store, foreign, ids) = scene();
    let all = |sql: &str| -> Vec<String> {
        let mut statement = foreign.prepare(sql).unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    let newest_first: Vec<_> = ids.iter().rev().map(ToString::to_string).collect();
    assert_eq!(all("SELECT id FROM v_recent_tickets"), newest_first);
    assert_eq!(all("SELECT id FROM v_ticket_history"), [ids[0].to_string()]);
}

#[test]
fn foreign_writes_fail_at_once_and_the_python_system_stops_at_open() {
    let (_dir, store, foreign, ids) = scene();
    for sql in [
        "UPDATE tickets SET status = 'Completed'",
        "DELETE FROM tickets",
        "INSERT INTO tickets(id, priority, error_type, message, source, created_at) VALUES ('x','P0','E','m','s','t')",
        "INSERT INTO schema_version(version) VALUES (8)",
    ] {
        let error = foreign.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("because it is a view"), "{sql}: {error}");
    }
    assert_eq!(
        store.get(&ids[2]).wait().unwrap().status,
        actifix::Status::Open
    );
    // Its open script begins with CREATE TABLE IF NOT EXISTS and CREATE INDEX on tickets, which a view refuses.
    let index = "CREATE INDEX IF NOT EXISTS idx_tickets_priority ON tickets(priority)";
    assert!(
        foreign
            .execute(index, [])
            .unwrap_err()
            .to_string()
            .contains("views may not be indexed")
    );
}
