//! Every value is there afterwards, also the odd ones, and the copy beside is the old file.

use actifix::rusqlite::Connection;
use actifix::{Filter, Store};

use crate::legacy::{COLUMNS, REAL, foreign, made, real, row, rows};
use crate::{names, upgrade};

/// Everything that people can SELECT, by table.
fn everything(conn: &Connection) -> Vec<(String, Vec<Vec<actifix::rusqlite::types::Value>>)> {
    let tables = [
        "tickets",
        "event_log",
        "database_audit_log",
        "agent_voice",
        "fallback_queue",
        "quarantine",
    ];
    let mut found = Vec::new();
    for table in tables {
        let columns = names(conn, table);
        if columns.is_empty() {
            continue; // an older version
        }
        let sql = format!("SELECT {} FROM {table} ORDER BY id", columns.join(", "));
        found.push((sql.clone(), rows(conn, &sql)));
    }
    for sql in [
        "SELECT * FROM v_recent_tickets",
        "SELECT * FROM v_ticket_history",
    ] {
        if conn.prepare(sql).is_ok() {
            found.push((sql.to_owned(), rows(conn, sql)));
        }
    }
    found
}

#[test]
fn every_value_of_real_files_survives() {
    for version in REAL {
        let dir = tempfile::tempdir().unwrap();
        let path = real(dir.path(), version);
        let before = everything(&Connection::open(&path).unwrap());
        let done = upgrade(&path).unwrap();
        assert_eq!((done.from, done.contradicted), (Some(version), 0));
        let after = foreign(&path);
        for (sql, was) in before {
            assert_eq!(rows(&after, &sql), was, "schema {version}: {sql}");
        }
        // Columns of later versions are there, with what a migration would have given them.
        let all: Vec<&str> = COLUMNS.split(' ').collect();
        assert_eq!(names(&after, "tickets"), all);
        let store = Store::open(&path).unwrap();
        let verdict = store.verify(false).wait().unwrap();
        assert!(verdict.ok, "{verdict:?}");
        assert_eq!(verdict.tickets, done.tickets);
    }
}

#[test]
fn the_copy_beside_is_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = real(dir.path(), 5);
    let before = everything(&Connection::open(&path).unwrap());
    let backup = upgrade(&path).unwrap().backup.unwrap();
    assert_eq!(
        backup.parent(),
        Some(dir.path().canonicalize().unwrap().as_path())
    );
    let copy = Connection::open(&backup).unwrap();
    for (sql, was) in before {
        assert_eq!(rows(&copy, &sql), was, "{sql}");
    }
    assert_eq!(rows(&copy, "PRAGMA application_id")[0][0], 0.into());
}

#[test]
fn odd_values_are_read_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    row(
        &conn,
        Some("ACT-1"),
        "file_context, system_state, updated_at",
        "'{broken', '[1,', 'yesterday'",
    );
    row(
        &conn,
        Some("ACT-2"),
        "file_context, stack_trace, owner, branch",
        "'{\"a.py\": \"1: x\"}', 'Traceback', 'mia', 'fix/pool'",
    );
    row(
        &conn,
        Some("ACT-3"),
        "duplicate_guard, run_label, file_context",
        "'', '', ''",
    );
    conn.execute_batch(
        "UPDATE tickets SET message = x'ff00fe', created_at = '2026-01-10 08:09:10' WHERE id = 'ACT-1';
         UPDATE tickets SET created_at = 'never', source = CAST(x'c328' AS TEXT) WHERE id = 'ACT-3';
         ALTER TABLE tickets ADD COLUMN \"team of \"\"ours\" TEXT;
         UPDATE tickets SET \"team of \"\"ours\" = 'blue';
         PRAGMA foreign_keys=OFF;
         INSERT INTO event_log(event_type, message, ticket_id) VALUES ('X', 'an orphan', 'ACT-99'), ('Y', 'a child', 'ACT-2');
         CREATE VIEW mine AS SELECT id, status FROM tickets WHERE owner = 'mia';
         CREATE TABLE jobs(id INTEGER PRIMARY KEY, ticket TEXT REFERENCES tickets(id));
         INSERT INTO jobs(ticket) VALUES ('ACT-2');
         CREATE TRIGGER watch AFTER UPDATE ON tickets BEGIN SELECT 1; END;
         CREATE TRIGGER hear AFTER INSERT ON event_log BEGIN UPDATE jobs SET ticket = NULL WHERE 0; END",
    )
    .unwrap();
    let before = rows_of_columns(&conn);
    let events = rows(&conn, "SELECT * FROM event_log");
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!((done.open, done.contradicted), (3, 0));
    assert_eq!(done.triggers, ["watch"]);
    let after = Connection::open(&path).unwrap();
    assert_eq!(rows_of_columns(&after), before);
    assert_eq!(rows(&after, "SELECT * FROM event_log"), events);
    assert_eq!(
        rows(&after, "SELECT * FROM mine"),
        [["ACT-2".to_owned().into(), "Open".to_owned().into()]]
    );
    // People's own tables refer to the tickets as before.
    after
        .execute_batch("PRAGMA foreign_keys=ON; INSERT INTO jobs(ticket) VALUES ('ACT-1')")
        .unwrap();
    assert!(
        after
            .execute_batch("INSERT INTO jobs(ticket) VALUES ('ACT-77')")
            .is_err()
    );
    after
        .execute_batch(
            "INSERT INTO event_log(event_type, message, ticket_id) VALUES ('Z', 'z', 'ACT-3')",
        )
        .unwrap();
    assert!(
        after
            .execute_batch("UPDATE tickets SET status = 'Completed'")
            .is_err()
    );
    drop(after);
    let store = Store::open(&path).unwrap();
    let story = store.show(&"ACT-2".parse().unwrap()).wait().unwrap();
    assert_eq!(
        story.ticket.context.unwrap()["file_context"]["a.py"],
        "1: x"
    );
    assert_eq!(story.ticket.assignee.as_deref(), Some("mia"));
    let list = store.list(Filter::default()).wait().unwrap();
    assert_eq!(list.tickets.len(), 3);
}

fn rows_of_columns(conn: &Connection) -> Vec<Vec<actifix::rusqlite::types::Value>> {
    let mut columns = names(conn, "tickets");
    columns.sort_unstable(); // a migrated file has another order
    let quoted: Vec<String> = columns
        .iter()
        .filter(|name| *name != "source") // a text that is no UTF-8 cannot be compared here: see below
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    rows(
        conn,
        &format!(
            "SELECT hex(source), {} FROM tickets ORDER BY id",
            quoted.join(", ")
        ),
    )
}
