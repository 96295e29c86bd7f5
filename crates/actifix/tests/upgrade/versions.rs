//! Every version is read; what is none of them is left as it is.

use actifix::rusqlite::Connection;
use actifix::{Error, Store};

use crate::legacy::{foreign, made, real, row, rows};
use crate::{names, upgrade};

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
