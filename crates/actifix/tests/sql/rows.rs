//! INSERT, UPDATE and DELETE on `tickets`: what was written is read back, and the store knows it.

use actifix::legacy::{Patience, SqlConnection, SqlValue};
use actifix::rusqlite::ffi;
use actifix::{Priority, Report, Status};

use crate::Scene;

const INSERT: &str =
    "INSERT INTO tickets (id, priority, error_type, message, source, created_at, duplicate_guard)
  VALUES ('ACT-20260101-AAAAA', 'P1', 'E', 'm', 's.py:1', '2026-01-01T00:00:00+00:00', 'g-new')";

#[test]
fn a_row_of_seven_columns_is_a_ticket() {
    let scene = Scene::new();
    let done = scene.run(INSERT);
    assert_eq!((done.changed, done.last_row), (Some(1), 4));
    assert_eq!(scene.run("UPDATE tickets SET owner = 'mia'").last_row, 4);
    scene.run("UPDATE tickets SET updated_at = NULL, owner = NULL");
    let row = scene.run("SELECT status, completion_notes, deleted, format_version, github_sync_state, file_context, updated_at FROM tickets WHERE id = 'ACT-20260101-AAAAA'");
    let text = |text: &str| SqlValue::Text(text.to_owned());
    assert_eq!(
        row.rows[0],
        [
            text("Open"),
            text(""),
            SqlValue::Integer(0),
            text("1.0"),
            text("pending"),
            SqlValue::Null,
            SqlValue::Null
        ]
    );
    let id = "ACT-20260101-AAAAA".parse().unwrap();
    let ticket = scene.store.get(&id).wait().unwrap();
    assert_eq!(
        (ticket.status, ticket.priority),
        (Status::Open, Priority::P1)
    );
    assert_eq!(ticket.created_at.to_string(), "2026-01-01T00:00:00Z");
    // It is known by its guard, and the next claim gets it: P1 before P2.
    let again = Report::error("X", "other").fingerprint("g-new");
    assert_eq!(scene.store.record(again).wait().unwrap().id, id);
    let lease = scene
        .store
        .claim(actifix::Claim::by("a"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(lease.ticket.id, id);
    scene.is_sound();
}

#[test]
fn what_the_old_table_refused_is_refused_in_its_words() {
    let scene = Scene::new();
    scene.run(INSERT);
    for (sql, code, words) in [
        // Of two reasons SQLite names the guard.
        (
            INSERT,
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: tickets.duplicate_guard",
        ),
        (
            "INSERT INTO tickets SELECT * FROM tickets WHERE id = '{0}'",
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: tickets.duplicate_guard",
        ),
        (
            "INSERT INTO tickets (id, priority, error_type, message, source, created_at) VALUES ('{0}', 'P1', 'E', 'm', 's', 't')",
            ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
            "UNIQUE constraint failed: tickets.id",
        ),
        (
            "INSERT INTO tickets (id, priority, error_type, message, source, created_at, duplicate_guard) VALUES ('b', 'P1', 'E', 'm', 's', 't', 'g-1')",
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: tickets.duplicate_guard",
        ),
        (
            "INSERT INTO tickets (id, priority, error_type, source, created_at) VALUES ('b', 'P1', 'E', 's', 't')",
            ffi::SQLITE_CONSTRAINT_NOTNULL,
            "NOT NULL constraint failed: tickets.message",
        ),
        (
            "INSERT INTO tickets (id, priority, error_type, message, source, created_at) VALUES ('b', 'P9', 'E', 'm', 's', 't')",
            ffi::SQLITE_CONSTRAINT_CHECK,
            "CHECK constraint failed: priority IN ('P0', 'P1', 'P2', 'P3', 'P4')",
        ),
        (
            "UPDATE tickets SET status = 'Done' WHERE id = '{0}'",
            ffi::SQLITE_CONSTRAINT_CHECK,
            "CHECK constraint failed: status IN ('Open', 'In Progress', 'Completed')",
        ),
        (
            "UPDATE tickets SET duplicate_guard = 'g-1' WHERE id = '{0}'",
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: tickets.duplicate_guard",
        ),
        (
            "UPDATE tickets SET id = '{1}' WHERE id = '{0}'",
            ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
            "UNIQUE constraint failed: tickets.id",
        ),
        (
            "UPDATE tickets SET duplicate_guard = 'same'",
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: tickets.duplicate_guard",
        ),
        (
            "UPDATE tickets SET nosuch = 1",
            ffi::SQLITE_ERROR,
            "no such column: nosuch",
        ),
    ] {
        let error = scene.try_run(sql).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (Some(code), words),
            "{sql}"
        );
    }
    assert_eq!(
        scene.one("SELECT count(*) FROM tickets"),
        "Some(Integer(4))"
    );
    scene.is_sound();
}

#[test]
fn a_conflict_clause_means_what_it_says_and_replace_destroys_nothing() {
    let scene = Scene::new();
    let two = |clause: &str| {
        format!("INSERT {clause} INTO tickets (id, priority, error_type, message, source, created_at) VALUES
          ('{{0}}', 'P0', 'E', 'other', 's', 't'), ('ACT-NEW', 'P0', 'E', 'other', 's', 't'), ('ACT-NEW', 'P1', 'E', 'x', 's', 't')")
    };
    assert_eq!(scene.run(&two("OR IGNORE")).changed, Some(1));
    assert_eq!(
        scene.one("SELECT message FROM tickets WHERE id = '{0}'"),
        "no such column"
    );
    assert_eq!(
        scene.one("SELECT priority FROM tickets WHERE id = 'ACT-NEW'"),
        "P0"
    );
    for clause in ["", "OR REPLACE", "OR FAIL", "OR ABORT"] {
        let error = scene.try_run(&two(clause)).unwrap_err();
        assert_eq!(
            error.message, "UNIQUE constraint failed: tickets.id",
            "{clause}"
        );
    }
    assert_eq!(
        scene
            .run("UPDATE OR IGNORE tickets SET duplicate_guard = 'same'")
            .changed,
        Some(1)
    );
    let upsert =
        "INSERT INTO tickets (id) VALUES ('x') ON CONFLICT(id) DO UPDATE SET priority = 'P0'";
    assert_eq!(
        scene.try_run(upsert).unwrap_err().message,
        "cannot UPSERT a view"
    );
    scene.is_sound();
}

#[test]
fn a_change_of_facts_is_read_back_everywhere() {
    let scene = Scene::new();
    let done = scene.run("UPDATE tickets SET priority = 'P0', message = 'other', owner = 'mia', branch = 'fix/1',
      created_at = '2025-01-01T00:00:00+00:00', updated_at = 'long ago', file_context = '{\"a\":  1}' WHERE id = '{1}'");
    assert_eq!(done.changed, Some(1));
    assert_eq!(
        scene.one("SELECT priority || message || owner || branch || updated_at || file_context FROM tickets WHERE id = '{1}'"),
        "P0othermiafix/1long ago{\"a\":  1}"
    );
    let ticket = scene.store.get(&scene.ids[1]).wait().unwrap();
    assert_eq!(
        (ticket.priority, ticket.message.as_str()),
        (Priority::P0, "other")
    );
    assert_eq!(ticket.assignee.as_deref(), Some("mia"));
    let head = scene
        .store
        .claim(actifix::Claim::by("a"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(head.ticket.id, scene.ids[1]);
    assert_eq!(scene.events(1)[1], "updated by sql");
    // After the claim the columns that only the old table knew are as they were written.
    assert_eq!(
        scene.one("SELECT branch || file_context || status FROM tickets WHERE id = '{1}'"),
        "fix/1{\"a\":  1}In Progress"
    );
    scene.is_sound();
}

#[test]
fn a_renamed_ticket_is_found_by_both_names_and_a_new_guard_counts() {
    let scene = Scene::new();
    scene.run("UPDATE tickets SET id = 'ACT-MINE', duplicate_guard = 'g-mine' WHERE id = '{0}'");
    let ticket = scene.store.get(&scene.ids[0]).wait().unwrap();
    assert_eq!(ticket.id.as_str(), "ACT-MINE");
    let counted = |guard: &str| {
        let report = Report::error("E", "x").fingerprint(guard);
        scene.store.record(report).wait().unwrap()
    };
    assert_eq!(counted("g-mine").id.as_str(), "ACT-MINE");
    assert!(counted("g-0").new);
    let odd = scene
        .try_run("UPDATE tickets SET id = 'two words' WHERE id = '{1}'")
        .unwrap_err();
    assert_eq!(odd.primary(), Some(ffi::SQLITE_CONSTRAINT));
    scene.is_sound();
}

#[test]
fn deleted_rows_are_gone_and_marked_ones_come_back() {
    let scene = Scene::new();
    assert_eq!(
        scene
            .run("UPDATE tickets SET deleted = 1, deleted_at = 't' WHERE id = '{0}'")
            .changed,
        Some(1)
    );
    let marked = scene.store.get(&scene.ids[0]).wait().unwrap();
    assert!(marked.deleted_at.is_some());
    assert_eq!(
        scene
            .run("UPDATE tickets SET deleted = 0, deleted_at = NULL WHERE deleted = 1")
            .changed,
        Some(1)
    );
    assert_eq!(scene.events(0)[1..], ["deleted by sql", "undeleted by sql"]);
    scene.run("INSERT INTO event_log(event_type, message, ticket_id) VALUES ('X', 'm', '{1}')");
    assert_eq!(
        scene
            .run("DELETE FROM tickets WHERE id IN ('{1}', '{2}', 'ACT-NOBODY')")
            .changed,
        Some(2)
    );
    assert!(scene.store.get(&scene.ids[1]).wait().is_err());
    assert_eq!(scene.one("SELECT ticket_id FROM event_log"), "Some(Null)");
    assert_eq!(
        scene.one("SELECT count(*) FROM tickets"),
        "Some(Integer(1))"
    );
    scene.is_sound();
}

#[test]
fn no_secret_reaches_the_disk_by_hand_either() {
    let scene = Scene::new();
    scene.run("UPDATE tickets SET message = 'GET https://me:hunter2@host/ failed', branch = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz' WHERE id = '{0}'");
    let shown = scene.one("SELECT message || branch FROM tickets WHERE id = '{0}'");
    assert!(
        shown.starts_with("GET https://me:[redacted]@host/ failed"),
        "{shown}"
    );
    scene.sql.close();
    for entry in std::fs::read_dir(scene.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hunter2") && !text.contains("ghp_0123"));
    }
}

#[test]
fn people_have_tables_and_triggers_of_their_own() {
    let scene = Scene::new();
    scene
        .sql
        .script("CREATE TABLE wishes(id, who); CREATE TRIGGER wish AFTER INSERT ON wishes BEGIN UPDATE tickets SET owner = new.who WHERE id = new.id; END;")
        .unwrap();
    assert_eq!(
        scene
            .run("INSERT INTO wishes VALUES ('{0}', 'mia'), ('{1}', 'leo')")
            .changed,
        Some(2)
    );
    assert_eq!(
        scene.one("SELECT owner FROM tickets WHERE id = '{1}'"),
        "leo"
    );
    // A statement is whole or not: its own table's rows go with it.
    let refused = scene.try_run(
        "INSERT INTO wishes SELECT '{2}', 'x' WHERE 1 UNION ALL SELECT NULL, json('no json')",
    );
    assert!(refused.is_err());
    assert_eq!(scene.one("SELECT count(*) FROM wishes"), "Some(Integer(2))");
    let other = SqlConnection::open(&scene.store, Patience::default()).unwrap();
    assert_eq!(
        other
            .run("SELECT count(*) FROM wishes", &[])
            .unwrap()
            .rows
            .len(),
        1
    );
    let names = other.parameters("SELECT ?1, :name, @a, $b").unwrap();
    assert_eq!(names.len(), 4);
    scene.is_sound();
}

#[test]
fn a_statement_is_the_stores_however_it_was_looked_at_before() {
    let scene = Scene::new();
    let sql = "UPDATE tickets SET owner = :owner WHERE duplicate_guard = :guard";
    let names = scene.sql.parameters(sql).unwrap();
    assert_eq!(names, [Some("owner".to_owned()), Some("guard".to_owned())]);
    let too_few = scene.sql.run(sql, &[]).unwrap_err();
    assert!(
        too_few.message.contains("uses 2, and there are 0"),
        "{too_few}"
    );
    let values = ["mia", "g-0"].map(|text| SqlValue::Text(text.to_owned()));
    for _ in 0..2 {
        assert_eq!(scene.sql.run(sql, &values).unwrap().changed, Some(1));
    }
    assert_eq!(
        scene.one("SELECT owner FROM tickets WHERE id = '{0}'"),
        "mia"
    );
    assert_eq!(scene.events(0)[1..], ["updated by sql"]);
}

#[test]
fn a_statement_by_id_walks_through_no_table() {
    let scene = Scene::new();
    for sql in [
        "SELECT * FROM tickets WHERE id = ?1",
        "UPDATE tickets SET owner = 'x' WHERE id = ?1",
        "DELETE FROM tickets WHERE id = ?1",
    ] {
        let plan = scene
            .sql
            .run(&format!("EXPLAIN QUERY PLAN {sql}"), &[SqlValue::Null]);
        let steps = plan.unwrap().rows.into_iter().flatten();
        let walks = steps.filter(|step| {
            // The rows that were found are walked through, and the files of an evidence.
            matches!(step, SqlValue::Text(text) if text.starts_with("SCAN")
                && text != "SCAN tickets" && !text.starts_with("SCAN json_each"))
        });
        assert_eq!(walks.collect::<Vec<_>>(), [], "{sql}");
    }
}

#[test]
fn a_rolled_back_statement_leaves_nothing_but_the_transaction() {
    let scene = Scene::new();
    scene.run("BEGIN");
    scene.run("UPDATE tickets SET owner = 'mia' WHERE id = '{0}'");
    scene
        .try_run("UPDATE tickets SET duplicate_guard = 'same'")
        .unwrap_err();
    let half =
        "INSERT OR REPLACE INTO tickets (id, priority, error_type, message, source, created_at)
      VALUES ('ACT-NEW', 'P1', 'E', 'm', 's', 't'), ('{0}', 'P1', 'E', 'm', 's', 't')";
    scene.try_run(half).unwrap_err();
    assert_eq!(
        scene.one("SELECT count(*) FROM tickets"),
        "Some(Integer(3))"
    );
    scene.run("SAVEPOINT a");
    scene.run("DELETE FROM tickets");
    scene.run("ROLLBACK TO a");
    scene.run("COMMIT");
    assert_eq!(
        scene.one("SELECT owner FROM tickets WHERE id = '{0}'"),
        "mia"
    );
    assert_eq!(scene.events(0).len(), 2);
    assert_eq!(scene.sql.total_changes(), 4);
    scene.run("BEGIN EXCLUSIVE");
    scene.run("DELETE FROM tickets");
    scene.run("ROLLBACK");
    assert_eq!(
        scene.one("SELECT count(*) FROM tickets"),
        "Some(Integer(3))"
    );
    scene.is_sound();
}
