//! `ingest`: from outside.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};

use crate::shell::{Shell, until};

const TRACE: &str =
    "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n";

#[test]
fn logs_become_tickets_once() {
    let shell = Shell::with_database();
    shell.write(
        "a.log",
        format!("INFO up\n{TRACE}INFO\nERROR db: database is locked\n"),
    );
    let read = json!({"lines": 6, "recorded": 2, "new": 2, "spooled": 0, "rejected": 0});
    assert_eq!(shell.json("ingest a.log --tag from=log"), read);
    assert_eq!(shell.json("ingest a.log")["recorded"], 0);
    let listed = shell.json("list");
    let tickets = listed["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 2, "{listed}");
    assert!(
        tickets.iter().all(|ticket| ticket["tags"]["from"] == "log"),
        "{listed}"
    );
}

#[test]
fn a_dry_run_counts_and_changes_nothing() {
    let shell = Shell::new();
    shell.write(
        "a.log",
        format!("ERROR db: database is locked\nINFO\n{TRACE}"),
    );
    shell.write("b.log", "WARN Database is LOCKED again\nINFO\n");
    let line = [
        "ingest",
        "--dry-run",
        "--match",
        "database is locked",
        "a.log",
        "b.log",
        "--json",
    ];
    let told = shell.run(line).done().json();
    assert_eq!(told["found"], 2);
    assert_eq!(
        told["files"][1],
        json!({"file": "b.log", "lines": 2, "found": 1})
    );
    assert_eq!(shell.json("ingest --dry-run a.log")["found"], 2);
    assert!(!shell.database().exists());
    shell.run(["ingest", "gone.log"]).ends(2);
    shell.run(["ingest", "--dry-run", "gone.log"]).ends(2);
    shell.run(["ingest", "."]).ends(2);
}

#[test]
fn only_what_matches_is_recorded() {
    let shell = Shell::with_database();
    shell.write("a.log", "ERROR db: database is locked\nERROR net: gone\n");
    let line = ["ingest", "--match", "LOCKED", "a.log", "--json"];
    assert_eq!(shell.run(line).done().json()["recorded"], 1);
}

#[test]
fn a_followed_log_is_followed_over_rotation() {
    let shell = Shell::with_database();
    let path = shell.write("a.log", "INFO first\n");
    let mut child = shell
        .command(["ingest", "--follow", "--json", "a.log"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut recorded = || {
        let line = lines.next().unwrap().unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["recorded"]
            .as_u64()
            .unwrap()
    };
    let append = |text: &str| {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("ERROR db: gone\nINFO on\n");
    assert_eq!(recorded(), 1);
    // A stack at the end is complete when nothing more comes.
    append(TRACE);
    assert_eq!(recorded(), 1);
    append("ERROR db: gone");
    std::fs::rename(&path, shell.path().join("a.log.1")).unwrap();
    append("ERROR db: gone\nINFO second\n");
    let mut rest = 0;
    until(|| {
        rest += recorded();
        rest == 2
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = shell.json("list");
    let seen: Vec<_> = listed["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["occurrences"].as_u64().unwrap())
        .collect();
    assert!(seen.contains(&3) && seen.contains(&1), "{listed}");
}
