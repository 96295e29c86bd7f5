//! An upgrade that is killed at any system call leaves the old file or the new one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

#[path = "command/killing.rs"]
mod killing;
#[path = "../../actifix/tests/legacy/mod.rs"]
mod legacy;
#[path = "command/shell.rs"]
#[allow(dead_code)] // each test uses its part
mod shell;

use std::path::Path;
use std::process::Command;

use actifix::rusqlite::Connection;
use actifix::rusqlite::types::Value;

use killing::at_each;
use legacy::{COLUMNS, made, row, rows};
use shell::Shell;

/// The system calls that change something outside of the process, or order what does.
const CALLS: [&str; 9] = [
    "pwrite64",
    "write",
    "fdatasync",
    "fsync",
    "ftruncate",
    "unlink",
    "linkat",
    "flock",
    "fcntl",
];
/// More calls of one kind than an upgrade makes.
const MANY: u32 = 2_000;

fn old_file(shell: &Shell) -> std::path::PathBuf {
    let (path, conn) = made(&shell.path(), 7);
    for nth in 0..5 {
        row(
            &conn,
            Some(&format!("ACT-20260110-0000{nth}")),
            "owner",
            "'mia'",
        );
    }
    row(
        &conn,
        Some("ACT-20260110-00009"),
        "status, locked_by, locked_at, lease_expires",
        "'In Progress', 'agent-1', '2026-01-10T08:09:10+00:00', '2999-01-01T00:00:00+00:00'",
    );
    path
}

fn tickets(path: &Path) -> Vec<Vec<Value>> {
    let columns = COLUMNS.split(' ').collect::<Vec<_>>().join(", ");
    rows(
        &Connection::open(path).unwrap(),
        &format!("SELECT {columns} FROM tickets ORDER BY id"),
    )
}

/// Kills an upgrade at the `nth` call of a kind. False when it made fewer.
fn killed_at(call: &str, nth: u32) -> bool {
    let shell = Shell::new();
    let path = old_file(&shell);
    let before = tickets(&path);
    let mut upgrade = Command::new(env!("CARGO_BIN_EXE_actifix"));
    upgrade.args(["--db", path.to_str().unwrap(), "upgrade"]);
    let killed = killing::killed_at(call, nth, &upgrade).status().unwrap();
    let whole = rows(&Connection::open(&path).unwrap(), "PRAGMA integrity_check");
    assert_eq!(whole, [["ok".to_owned().into()]], "{call} {nth}");
    assert_eq!(tickets(&path), before, "{call} {nth}");
    let id = rows(&Connection::open(&path).unwrap(), "PRAGMA application_id")[0][0].clone();
    if id == 0.into() {
        // The old file: nothing of the new one is in it.
        let tables =
            "SELECT count(*) FROM sqlite_master WHERE name IN ('facts', 'legacy', 'leases')";
        assert_eq!(
            rows(&Connection::open(&path).unwrap(), tables)[0][0],
            0.into()
        );
    }
    // What looks like a copy is a whole one.
    for entry in std::fs::read_dir(shell.path()).unwrap() {
        let copy = entry.unwrap().path();
        let name = copy.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("made-7.db.python-7.") {
            assert_eq!(tickets(&copy), before, "{call} {nth}: {name}");
        }
    }
    // And the next one does it, whatever was left behind.
    let db = path.to_str().unwrap();
    shell.run(["--db", db, "upgrade"]).done();
    assert_eq!(tickets(&path), before, "{call} {nth}");
    let verdict = shell.run(["--db", db, "verify", "--json"]).done().json();
    assert_eq!(
        (&verdict["ok"], &verdict["tickets"]),
        (&true.into(), &6.into())
    );
    assert_eq!(
        shell
            .run(["--db", db, "mine", "--as", "agent-1", "--json"])
            .done()
            .json()["leases"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    !killed.success()
}

#[test]
fn promise_3_an_upgrade_is_whole_or_was_not() {
    at_each(&CALLS, MANY, 50, killed_at);
}
