//! `export --legacy`: what was upgraded goes back, and what was made here goes along.

use actifix::rusqlite::Connection;
use actifix::rusqlite::types::Value;

use crate::legacy::{COLUMNS, REAL, foreign, real, rows};
use crate::shell::{Shell, words};

fn tickets(conn: &Connection) -> Vec<Vec<Value>> {
    let columns = COLUMNS.split(' ').collect::<Vec<_>>().join(", ");
    rows(conn, &format!("SELECT {columns} FROM tickets ORDER BY id"))
}

#[test]
fn there_and_back_is_the_same() {
    for version in REAL {
        let shell = Shell::new();
        let path = real(&shell.path(), version);
        let db = path.to_str().unwrap();
        let old = shell.path().join("before.db");
        std::fs::copy(&path, &old).unwrap();
        shell.run(["--db", db, "upgrade"]).done();
        shell
            .run(["--db", db, "export", "--legacy", "back.db"])
            .done();
        let (was, is) = (foreign(&old), foreign(&shell.path().join("back.db")));
        for table in [
            "event_log",
            "fallback_queue",
            "quarantine",
            "database_audit_log",
            "agent_voice",
        ] {
            let there = format!("SELECT 1 FROM sqlite_master WHERE name = '{table}'");
            if !rows(&was, &there).is_empty() {
                let all = format!("SELECT * FROM {table} ORDER BY id");
                assert_eq!(
                    rows(&is, &all),
                    rows(&was, &all),
                    "schema {version}: {table}"
                );
            }
        }
        if version == 7 {
            assert_eq!(tickets(&is), tickets(&was));
            let all = "SELECT * FROM v_ticket_history";
            assert_eq!(rows(&is, all), rows(&was, all));
        }
        assert_eq!(
            rows(&is, "SELECT version FROM schema_version"),
            [[7.into()]]
        );
        assert_eq!(
            rows(&is, "PRAGMA integrity_check"),
            [["ok".to_owned().into()]]
        );
        // And up again, once nobody has it open.
        drop((was, is));
        shell.run(["--db", "back.db", "upgrade"]).done();
        shell.run(["--db", "back.db", "verify"]).done();
    }
}

#[test]
fn what_was_made_here_goes_along_and_what_has_no_place_is_told() {
    let shell = Shell::with_database();
    for message in ["open", "held", "done", "ignored", "again"] {
        shell.json(&format!("record --type E --message {message}"));
    }
    shell.json("record --type E --message again");
    let id = |message: &str| {
        let found = shell.json(&format!("list --search {message}"));
        found["tickets"][0]["id"].as_str().unwrap().to_owned()
    };
    shell.json(&format!("acquire {}", id("held")));
    let lease = shell.json(&format!("acquire {}", id("done")));
    let complete = format!(
        "complete {} --token {} --did 'Closed the connection in every branch' --files a.rs --tested 'cargo test' --results '14 passed, 0 failed'",
        id("done"),
        lease["token"]
    );
    shell.run(words(&complete)).done();
    shell.json(&format!("ignore {}", id("ignored")));
    let told = shell.json("export --legacy back.db");
    assert_eq!(told["tickets"], 5);
    assert_eq!(
        told["lost"],
        serde_json::json!({ "ignored, now completed": 1, "seen more than once, now without their count": 1 })
    );
    let back = foreign(&shell.path().join("back.db"));
    let stand = rows(
        &back,
        "SELECT message, status, locked_by FROM tickets ORDER BY message",
    );
    let text = |text: &str| Value::from(text.to_owned());
    assert_eq!(
        stand,
        [
            [text("again"), text("Open"), Value::Null],
            [text("done"), text("Completed"), Value::Null],
            [text("held"), text("In Progress"), text("ann")],
            [text("ignored"), text("Completed"), Value::Null],
            [text("open"), text("Open"), Value::Null],
        ]
    );
    let completed = rows(
        &back,
        "SELECT message, source FROM event_log WHERE event_type = 'TICKET_COMPLETED'",
    );
    assert_eq!(completed, [[text("completed by ann"), text("actifix")]]);
    // A file that is there is left alone.
    shell.run(["export", "--legacy", "back.db"]).ends(1);
}

/// The copy that an upgrade keeps is a way back too.
#[test]
fn an_upgrade_is_taken_back_by_its_copy() {
    let shell = Shell::new();
    let path = real(&shell.path(), 5);
    let db = path.to_str().unwrap();
    let columns = "SELECT id, status, completion_notes FROM tickets ORDER BY id";
    let was = rows(&foreign(&path), columns);
    let upgraded = shell.json(&format!("--db {db} upgrade"));
    let copy = upgraded["backup"].as_str().unwrap();
    let restored = shell.json(&format!("--db {db} restore {copy}"));
    assert_eq!(
        (&restored["python_schema"], &restored["tickets"]),
        (&5.into(), &61.into())
    );
    assert_eq!(rows(&foreign(&path), columns), was);
    shell.run(["--db", db, "list"]).ends(1);
    shell.run(["--db", db, "upgrade"]).done();
}

/// Columns that people added to any of the tables go back too.
#[test]
fn peoples_own_columns_go_back() {
    let shell = Shell::new();
    let path = real(&shell.path(), 7);
    let add = "ALTER TABLE tickets ADD COLUMN team; UPDATE tickets SET team = 'blue';
        ALTER TABLE event_log ADD COLUMN \"who \"\"wrote\"\" it\";
        INSERT INTO event_log(event_type, message, \"who \"\"wrote\"\" it\") VALUES ('X', 'm', 'mia')";
    Connection::open(&path).unwrap().execute_batch(add).unwrap();
    let db = path.to_str().unwrap();
    shell.run(["--db", db, "upgrade"]).done();
    shell.run(["--db", db, "export"]).done();
    shell
        .run(["--db", db, "export", "--legacy", "back.db"])
        .done();
    let back = foreign(&shell.path().join("back.db"));
    assert_eq!(
        rows(&back, "SELECT DISTINCT team FROM tickets"),
        [["blue".to_owned().into()]]
    );
    let who = "SELECT \"who \"\"wrote\"\" it\" FROM event_log WHERE event_type = 'X'";
    assert_eq!(rows(&back, who), [["mia".to_owned().into()]]);
}
