//! Files of the Python system are taken over whole, or left as they are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

mod legacy;

use std::path::Path;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{
    Claim, Error, EventKind, Evidence, Filter, Report, Settings, Status, Store, Upgraded,
};
use legacy::{COLUMNS, REAL, foreign, made, real, row, rows};

fn upgrade(path: &Path) -> actifix::Result<Upgraded> {
    Store::upgrade(path, Some("op"), Settings::default(), |_, _| ())
}

fn names(conn: &Connection, table: &str) -> Vec<String> {
    rows(
        conn,
        &format!("SELECT name FROM pragma_table_info('{table}')"),
    )
    .into_iter()
    .map(|row| match &row[0] {
        actifix::rusqlite::types::Value::Text(name) => name.clone(),
        other => panic!("{other:?}"),
    })
    .collect()
}

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
fn every_version_and_every_missing_column_is_read() {
    for version in 1..=7 {
        let dir = tempfile::tempdir().unwrap();
        let (path, conn) = made(dir.path(), version);
        row(&conn, Some("ACT-20260110-0AF3B"), "", "");
        row(
            &conn,
            Some("ACT-20260110-0AF3C"),
            "status, completed",
            "'Completed', 1",
        );
        drop(conn);
        let done = upgrade(&path).unwrap();
        assert_eq!(
            (done.from, done.open, done.completed),
            (Some(version), 1, 1)
        );
        assert_eq!(names(&foreign(&path), "tickets").len(), 38);
    }
}

/// One that was migrated from version 1 calls itself 7 and lacks the six completion columns.
#[test]
fn a_seven_that_lacks_columns_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 1);
    row(&conn, Some("ACT-20260110-0AF3B"), "status", "'Completed'");
    conn.execute_batch("INSERT INTO schema_version(version) VALUES (7)")
        .unwrap();
    drop(conn);
    assert_eq!(upgrade(&path).unwrap().from, Some(7));
    let notes = rows(
        &foreign(&path),
        "SELECT completion_notes, test_steps, github_sync_state FROM tickets",
    );
    assert_eq!(
        notes,
        [[
            "".to_owned().into(),
            "".to_owned().into(),
            "pending".to_owned().into()
        ]]
    );
}

#[test]
fn what_is_not_known_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&str, &str, &str); 6] = [
        (
            "newer",
            "INSERT INTO schema_version(version) VALUES (8)",
            "schema 8",
        ),
        (
            "empty",
            "DELETE FROM schema_version",
            "`schema_version` is empty",
        ),
        (
            "unversioned",
            "DROP TABLE schema_version",
            "no `schema_version`",
        ),
        ("taken", "CREATE TABLE leases(a)", "rename that table"),
        (
            "narrow",
            "DROP VIEW v_recent_tickets; DROP VIEW v_ticket_history; ALTER TABLE tickets DROP COLUMN source",
            "no column `source`",
        ),
        (
            "foreign",
            "PRAGMA application_id=99; DROP VIEW v_recent_tickets; DROP VIEW v_ticket_history; DROP TABLE tickets",
            "another program",
        ),
    ];
    for (name, sql, why) in cases {
        let folder = dir.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let (path, conn) = made(&folder, 7);
        conn.execute_batch(sql).unwrap();
        drop(conn);
        let before = std::fs::read(&path).unwrap();
        let refused = upgrade(&path).unwrap_err();
        assert!(
            matches!(refused, Error::Unsupported { .. }),
            "{name}: {refused:?}"
        );
        assert!(refused.to_string().contains(why), "{name}: {refused}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
        assert!(Store::open(&path).is_err(), "{name}");
    }
}

#[test]
fn looking_changes_nothing_and_says_what_to_type() {
    let dir = tempfile::tempdir().unwrap();
    let path = real(dir.path(), 7);
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(&path).err().unwrap();
    assert!(refused.hint().contains("`actifix upgrade`"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn twice_is_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = real(dir.path(), 2);
    upgrade(&path).unwrap();
    let again = upgrade(&path).unwrap();
    assert_eq!((again.from, again.backup), (None, None));
}

#[test]
fn a_lease_becomes_a_lease_with_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    let lock = "status, locked_by, locked_at, lease_expires";
    row(
        &conn,
        Some("ACT-20260110-00001"),
        lock,
        "'In Progress', 'agent-1', '2026-01-10T08:09:10+00:00', '2999-01-01T00:00:00+00:00'",
    );
    row(
        &conn,
        Some("ACT-20260110-00002"),
        lock,
        "'In Progress', 'agent-2', '2019-01-10 08:09:10', '2019-01-10 09:09:10'",
    );
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!((done.leased, done.contradicted), (2, 0));
    let store = Store::open(&path).unwrap();
    let mine = store.mine("agent-1").wait().unwrap();
    assert_eq!(mine.len(), 1);
    // Nobody else gets it, and its holder can complete it under the token.
    let held = store
        .acquire(&mine[0].ticket.id, "agent-9", Duration::from_secs(60))
        .wait();
    assert!(matches!(held, Err(Error::Held { .. })));
    let evidence = Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    };
    store
        .complete(&mine[0].ticket.id, mine[0].token, evidence)
        .wait()
        .unwrap();
    // The one that ran out years ago is free.
    let next = store
        .claim(Claim::by("agent-3"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(next.ticket.id.as_str(), "ACT-20260110-00002");
    let story = store.show(&next.ticket.id).wait().unwrap();
    let kinds: Vec<EventKind> = story.events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::Recorded,
            EventKind::Claimed,
            EventKind::Imported,
            EventKind::Expired,
            EventKind::Claimed,
        ]
    );
    let shown = rows(
        &foreign(&path),
        "SELECT status, locked_by, completion_notes FROM tickets ORDER BY id",
    );
    assert_eq!(shown[0][0], "Completed".to_owned().into());
    assert_eq!(shown[1][1], "agent-3".to_owned().into());
    assert!(
        matches!(&shown[0][2], actifix::rusqlite::types::Value::Text(notes) if notes.starts_with("Implementation: Closed"))
    );
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

#[test]
fn a_row_that_contradicts_itself_is_placed_by_the_table() {
    const LIVE: &str = "'agent-1', '2026-01-10T08:00:00+00:00', '2999-01-01T00:00:00+00:00'";
    const GONE: &str = "'agent-1', '2019-01-10T08:00:00+00:00', '2019-01-10T09:00:00+00:00'";
    const NONE: &str = "NULL, NULL, NULL";
    let cases: [(&str, u8, &str, Status, &str); 13] = [
        (
            "'Open'",
            0,
            LIVE,
            Status::InProgress,
            "open with a live lock",
        ),
        (
            "'Open'",
            0,
            GONE,
            Status::Open,
            "open with a lock that has run out",
        ),
        (
            "'In Progress'",
            0,
            NONE,
            Status::Open,
            "in progress without a lock",
        ),
        (
            "'In Progress'",
            1,
            LIVE,
            Status::InProgress,
            "completed, and locked again",
        ),
        (
            "'In Progress'",
            1,
            GONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'In Progress'",
            1,
            NONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'Open'",
            1,
            NONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'Completed'",
            1,
            LIVE,
            Status::Completed,
            "completed with a lock",
        ),
        (
            "'Completed'",
            1,
            GONE,
            Status::Completed,
            "completed with a lock",
        ),
        ("NULL", 0, NONE, Status::Open, "no known status"),
        ("'Paused'", 0, LIVE, Status::InProgress, "no known status"),
        ("NULL", 1, NONE, Status::Completed, "no known status"),
        (
            "'In Progress'",
            0,
            "'agent-1', '2019-01-10 08:00:00', NULL",
            Status::Open,
            "a lock without an end",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    for (nth, (status, completed, lock, ..)) in cases.iter().enumerate() {
        row(
            &conn,
            Some(&format!("ACT-{nth}")),
            "status, completed, locked_by, locked_at, lease_expires",
            &format!("{status}, {completed}, {lock}"),
        );
    }
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!(done.contradicted, cases.len() as u64);
    let store = Store::open(&path).unwrap();
    for (nth, (status, completed, _, placed, why)) in cases.iter().enumerate() {
        let id = format!("ACT-{nth}").parse().unwrap();
        let story = store.show(&id).wait().unwrap();
        assert_eq!(story.ticket.status, *placed, "{status} {completed} {why}");
        let imported = story
            .events
            .iter()
            .find(|event| event.kind == EventKind::Imported)
            .unwrap();
        let old = imported.old.as_ref().unwrap();
        assert_eq!(old["contradiction"], *why, "{status} {completed}");
        assert_eq!(imported.actor, "op");
    }
    assert!(store.verify(false).wait().unwrap().ok);
    // The view says where it stands now, not what the row said.
    let shown = rows(
        &foreign(&path),
        "SELECT status, locked_by FROM tickets WHERE id IN ('ACT-0', 'ACT-6', 'ACT-8') ORDER BY id",
    );
    let text = |text: &str| actifix::rusqlite::types::Value::from(text.to_owned());
    assert_eq!(shown[0], [text("In Progress"), text("agent-1")]);
    assert_eq!(shown[1][0], text("Completed"));
    assert_eq!(
        shown[2],
        [text("Completed"), actifix::rusqlite::types::Value::Null]
    );
}

#[test]
fn rows_without_a_usable_id_get_one() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    row(&conn, None, "", "");
    row(&conn, None, "", "");
    row(&conn, Some("a b"), "", "");
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!((done.tickets, done.open, done.contradicted), (3, 3, 3));
    let store = Store::open(&path).unwrap();
    for contradiction in done.contradictions {
        let id = contradiction.ticket.parse().unwrap();
        assert_eq!(store.get(&id).wait().unwrap().status, Status::Open);
    }
    // The next one is none of theirs.
    let new = store.record(Report::error("E", "new")).wait().unwrap();
    assert!(
        new.new && new.id.as_str().ends_with("00000004"),
        "{}",
        new.id
    );
}

#[test]
fn an_equal_report_is_counted_on_the_old_ticket() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    row(
        &conn,
        Some("ACT-1"),
        "duplicate_guard",
        "'ACTIFIX-no-such-column-0-1a2b3c4d'",
    );
    conn.execute_batch("UPDATE tickets SET message = 'no such column'")
        .unwrap();
    drop(conn);
    upgrade(&path).unwrap();
    let store = Store::open(&path).unwrap();
    let by_guard = Report {
        fingerprint: Some("ACTIFIX-no-such-column-0-1a2b3c4d".into()),
        ..Report::error("X", "y")
    };
    let by_text = Report::error("ValueError", "no such column").source("app.py:31");
    for (report, count) in [(by_guard, 2), (by_text, 3)] {
        let counted = store.record(report).wait().unwrap();
        assert_eq!(
            (counted.id.as_str(), counted.new, counted.occurrences),
            ("ACT-1", false, count)
        );
    }
}

/// What the Python system would have found, by its guard, is found here too.
#[test]
fn an_error_that_only_the_old_guard_knows_is_counted_on_the_old_ticket() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    let guard = actifix::capture::guard::of("Lost 10.0.0.5:5432 after 30s", "ConnectionError", "");
    row(
        &conn,
        Some("ACT-1"),
        "duplicate_guard",
        &format!("'{guard}'"),
    );
    drop(conn);
    upgrade(&path).unwrap();
    let store = Store::open(&path).unwrap();
    let report = |message: &str| {
        let report = Report::error("ConnectionError", message).source("other.py:7");
        actifix::capture::prepare(report, &[])
    };
    for count in [2, 3] {
        let counted = store
            .record(report("Lost 10.0.0.77:5433 after 4s"))
            .wait()
            .unwrap();
        assert_eq!((counted.id.as_str(), counted.occurrences), ("ACT-1", count));
    }
    assert!(store.record(report("Found it again")).wait().unwrap().new);
    assert!(store.verify(false).wait().unwrap().ok);
}

/// The Python system, met by an upgraded file, takes it for a new one (no *table* `schema_version`) and runs its script:
/// that must stop with an error, and change nothing.
#[test]
fn the_python_system_stops_at_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = real(dir.path(), 7);
    upgrade(&path).unwrap();
    let conn = Connection::open(&path).unwrap();
    let fresh = rows(
        &conn,
        "SELECT name FROM sqlite_master WHERE type='table' AND name='schema_version'",
    )
    .is_empty();
    assert!(fresh);
    let before = rows(&conn, "SELECT name, sql FROM sqlite_master ORDER BY name");
    let script = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at TIMESTAMP);
        CREATE TABLE IF NOT EXISTS tickets (id TEXT PRIMARY KEY, priority TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS idx_tickets_priority ON tickets(priority);";
    let stopped = conn.execute_batch(script).unwrap_err();
    assert!(
        stopped.to_string().contains("views may not be indexed"),
        "{stopped}"
    );
    assert_eq!(
        rows(&conn, "SELECT name, sql FROM sqlite_master ORDER BY name"),
        before
    );
}
