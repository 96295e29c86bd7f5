//! Keeping a database: verify, prune, doctor.

use std::fs;

use actifix::rusqlite::Connection;
use serde_json::json;

use crate::shell::Shell;
use crate::snapshot;

/// A completed, a deleted and an open ticket.
fn three() -> Shell {
    let shell = Shell::with_database().env("COLUMNS", "100");
    for n in 1..=3 {
        shell.json(&format!(
            "record --message error-{n} --fingerprint {n} --priority P{n}"
        ));
    }
    let leases = shell.json("claim");
    let (id, token) = (
        &leases["leases"][0]["ticket"]["id"],
        &leases["leases"][0]["token"],
    );
    let did = "Closed the connection in every branch of the pool";
    let id = id.as_str().unwrap();
    let words = [
        "complete",
        id,
        "--token",
        &token.to_string(),
        "--did",
        did,
        "--files",
        "a.rs",
        "--tested",
        "cargo test pool",
        "--results",
        "14 passed, 0 failed",
    ];
    shell.run(words).done();
    let listed = shell.json("list --priority P2");
    let id = listed["tickets"][0]["id"].as_str().unwrap();
    shell.json(&format!("delete {id}"));
    shell
}

#[test]
fn prune_tells_first_and_removes_when_told_to() {
    let shell = three();
    let text = shell.transcript(&[
        "prune",
        "prune --older-than 0s",
        "prune --older-than 0s --priority P2,P3 --project 'the shop'",
        "prune --older-than 0s --json",
        "prune --older-than 0s --status in-progress",
        "prune --older-than 0s --status completed --yes",
        "prune --older-than 0s --yes --json",
        "prune --older-than soon",
        "prune --status gone",
        "list",
        "verify",
    ]);
    snapshot!("prune", shell, text);
}

#[test]
fn the_command_that_prune_tells_does_it() {
    let shell = three();
    let told = shell.json("prune --older-than 0s --db .actifix/actifix.db");
    let command = told["command"]
        .as_str()
        .unwrap()
        .strip_prefix("actifix ")
        .unwrap();
    shell.run(command.split(' ')).done();
    assert_eq!(shell.json("prune --older-than 0s")["tickets"], 0);
    assert_eq!(shell.json("verify")["tickets"], 1);
}

#[test]
fn verify_counts_places_and_finds_what_is_wrong() {
    let shell = three();
    let quick = shell.json("verify --quick");
    assert_eq!(
        (&quick["ok"], &quick["places"]["ready"], &quick["notes"]),
        (&json!(true), &json!(1), &json!([]))
    );
    let conn = Connection::open(shell.database()).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys=OFF; INSERT INTO samples VALUES (99, 1, 1, '{}');
         INSERT INTO event_log(event_type, message, ticket_id) VALUES ('t', 'm', 'gone')",
    )
    .unwrap();
    shell.run(["verify", "--quick"]).done();
    let text = shell.transcript(&["verify", "verify --json"]);
    snapshot!("verify_wrong", shell, text);
}

#[test]
fn doctor_ends_with_1_when_something_is_bad() {
    let shell = three();
    let told = shell.json("doctor");
    assert_eq!(
        (&told["ok"], &told["database"]),
        (&json!(true), &json!(shell.database()))
    );
    let people = shell.run(["doctor"]).done().out;
    assert!(
        people.contains("good  an Actifix database of schema 2")
            && people.contains("      next: actifix backup"),
        "{people}"
    );
    shell.write(
        "text.db",
        "not a database at all, whatever it may call itself",
    );
    let bad = shell
        .run(["doctor", "--db", "text.db", "--json"])
        .ends(1)
        .json();
    assert_eq!(bad["ok"], false);
    let missing = shell.run(["doctor", "--db", "nowhere.db"]).ends(1).out;
    assert!(
        missing.starts_with("bad   there is no database at nowhere.db"),
        "{missing}"
    );
}

#[test]
fn salvage_tells_what_was_read() {
    let shell = three();
    let conn = Connection::open(shell.database()).unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let page: usize = conn
        .query_row(
            "SELECT rootpage FROM sqlite_master WHERE name = 'leases'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    drop(conn);
    let mut bytes = fs::read(shell.database()).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0);
    shell.write("bad.db", &bytes);
    let text = shell.transcript(&[
        "--db bad.db doctor --salvage out.db",
        "--db bad.db doctor --salvage out.db",
        "--db out.db verify",
    ]);
    snapshot!("salvage", shell, text);
    assert_eq!(fs::read(shell.path().join("bad.db")).unwrap(), bytes);
    let told = shell.json("--db bad.db doctor --salvage again.db");
    assert_eq!(
        (&told["tickets"], &told["verify"]["ok"]),
        (&json!(3), &json!(true))
    );
}

#[test]
fn any_sqlite_file_is_looked_at_for_what_leads_to_lock_errors() {
    let shell = Shell::new();
    let path = shell.path().join("app.db");
    let other = actifix::rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE songs(title)").unwrap();
    let looked = shell.run(["doctor", "app.db"]).done().out;
    for said in [
        "a database of another program",
        "a rollback journal",
        "PRAGMA journal_mode=WAL",
        "busy timeout",
        "quick_check is ok",
    ] {
        assert!(looked.contains(said), "{said}: {looked}");
    }
    let mode: String = other
        .query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let looked = shell.json("doctor app.db");
    let found = looked["findings"].to_string();
    assert!(
        looked["ok"] == true
            && found.contains("journal mode wal")
            && found.contains("has held the write lock"),
        "{found}"
    );
    // As the database of this program it is none.
    shell.run(["--db", "app.db", "doctor"]).ends(1);
}
