//! The four other scenes, and the table of modes.

use serde_json::Value;

use crate::shell::Shell;

fn told(line: &str, code: i32) -> Value {
    let shell = Shell::new();
    let words = format!("lab {line} --json");
    shell.run(words.split_whitespace()).ends(code).json()
}

/// The lines of a scene as one text.
fn lines(episode: &Value) -> String {
    let lines = episode["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            format!(
                "{}: {}\n",
                line["who"].as_str().unwrap(),
                line["what"].as_str().unwrap()
            )
        })
        .collect()
}

fn made(it: &Value) -> u64 {
    let workers = it["rounds"][0]["workers"].as_array().unwrap();
    workers
        .iter()
        .map(|worker| worker["tally"]["done"].as_u64().unwrap())
        .sum()
}

#[test]
fn creating_after_counting_loses_most_and_the_store_loses_none() {
    let lost = told("record", 1);
    assert!(made(&lost) < 150, "{} of 200 were made", made(&lost));
    for mode in ["immediate", "single-statement", "actifix"] {
        assert_eq!(
            made(&told(&format!("record --mode {mode}"), 0)),
            200,
            "{mode}"
        );
    }
}

#[test]
fn switching_a_file_that_another_writes_is_refused_at_once_and_the_store_waits() {
    let refused = told("create", 1);
    let text = lines(&refused);
    assert!(
        text.contains("database is locked (SQLITE_BUSY, 5)"),
        "{text}"
    );
    assert!(text.contains("busy handler called 0 times"), "{text}");
    assert!(text.contains("again: it is wal now"), "{text}");
    let waited = told("create --mode actifix", 0);
    assert!(
        lines(&waited).contains("it waited, and is open after"),
        "{waited}"
    );
}

#[test]
fn a_stopped_writer_is_named_with_what_to_do() {
    let text = lines(&told("stopped --timeout 300ms", 1));
    assert_eq!(
        text.matches("database is locked (SQLITE_BUSY, 5)").count(),
        3,
        "{text}"
    );
    assert!(
        text.contains("has held the write lock for") && text.contains("it is stopped: continue it"),
        "{text}"
    );
    assert!(text.contains("ask again: 3/3 locks acquired"), "{text}");
    // The store's own answer names the holder.
    let ours = lines(&told("stopped --mode actifix --timeout 300ms", 1));
    assert_eq!(ours.matches(", held by pid").count(), 3, "{ours}");
    assert_eq!(ours.matches("nothing was applied").count(), 3, "{ours}");
}

#[test]
fn a_file_opened_beside_sqlite_costs_its_locks_and_a_commit() {
    let text = lines(&told("dropped", 1));
    assert!(text.contains("holds NO write lock any more"), "{text}");
    assert!(
        text.contains("commits: done") && text.contains("row 100 is LOST"),
        "{text}"
    );
    assert!(text.contains("integrity_check says ok"), "{text}");
    let rollback = lines(&told("dropped --journal delete", 1));
    assert!(rollback.contains("commits: disk I/O error"), "{rollback}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_store_notices_that_its_locks_are_gone() {
    let text = lines(&told("dropped --mode actifix", 0));
    assert!(text.contains("is told: SQLite's locks on"), "{text}");
    assert!(text.contains("records again: done"), "{text}");
}

#[test]
fn the_locks_of_every_mode_are_those_of_the_investigation() {
    let observed = told("modes", 0);
    let all = observed["observations"].as_array().unwrap();
    assert_eq!(all.len(), 18);
    let find = |journal: &str, mode: &str, moment: &str| {
        let is = |one: &&Value| {
            one["journal"] == journal && one["mode"] == mode && one["moment"] == moment
        };
        all.iter().find(is).unwrap()
    };
    // Immediate blocks no reader of a write-ahead log, and exclusive none either; with a rollback journal it does.
    assert_eq!(find("wal", "immediate", "BEGIN")["reader"], "reads");
    assert_eq!(find("wal", "exclusive", "BEGIN")["reader"], "reads");
    let blocked = &find("delete", "exclusive", "BEGIN")["reader"];
    assert_eq!(blocked, "database is locked (SQLITE_BUSY, 5)");
    let old = &find("wal", "deferred", "read")["own_write"];
    assert_eq!(old, "database is locked (SQLITE_BUSY_SNAPSHOT, 517)");
}
