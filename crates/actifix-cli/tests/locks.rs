//! `actifix locks`: who holds SQLite's locks, whoever made the file and whoever holds them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use shell::{Shell, until};

#[allow(dead_code, reason = "the other tests of the command use the rest")]
#[path = "command/shell.rs"]
mod shell;

/// A Python process that runs each line of SQL that it is told.
const PYTHON: &str = "
import sqlite3, sys
c = sqlite3.connect('a.db', isolation_level=None)
for line in sys.stdin:
    for row in c.execute(line): print(*row, flush=True)
";

/// A program with the file open, told by lines.
struct Program {
    child: Child,
    mouth: ChildStdin,
    ear: BufReader<ChildStdout>,
}

impl Program {
    fn start(shell: &Shell, words: &[&str]) -> Self {
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .current_dir(shell.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be run: {error}", words[0]));
        let mouth = child.stdin.take().unwrap();
        let ear = BufReader::new(child.stdout.take().unwrap());
        Self { child, mouth, ear }
    }

    fn shell(shell: &Shell) -> Self {
        Self::start(shell, &["sqlite3", "-batch", "a.db"])
    }

    /// Runs statements, a line each, and waits until they are done.
    fn does(&mut self, statements: &[&str]) {
        for sql in statements {
            writeln!(self.mouth, "{sql};").unwrap();
        }
        writeln!(self.mouth, "SELECT 'done so far';").unwrap();
        self.mouth.flush().unwrap();
        let mut line = String::new();
        while line.trim_end() != "done so far" {
            line.clear();
            assert!(self.ear.read_line(&mut line).unwrap() > 0, "it has ended");
        }
    }

    fn pid(&self) -> u64 {
        self.child.id().into()
    }

    fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The two programs; each makes the table in this journal mode and holds nothing yet.
fn programs(shell: &Shell, journal: &str) -> [Program; 2] {
    let mut all = [
        Program::shell(shell),
        Program::start(shell, &["python3", "-c", PYTHON]),
    ];
    let mode = format!("PRAGMA journal_mode={journal}");
    all[0].does(&[&mode, "CREATE TABLE t(a)"]);
    all
}

fn look(shell: &Shell, code: i32) -> Value {
    shell.run(["locks", "a.db", "--json"]).ends(code).json()
}

/// The names of the locks that a process holds alone.
fn alone(sight: &Value, pid: u64) -> Vec<&str> {
    let held = sight["held"].as_array().unwrap().iter();
    let mine = held.filter(|held| held["pid"] == pid && held["exclusive"] == true);
    mine.map(|held| held["lock"].as_str().unwrap()).collect()
}

#[test]
fn a_shell_and_a_python_process_are_seen_to_write_in_both_journal_modes() {
    for (journal, begin, expected) in [
        ("wal", "BEGIN IMMEDIATE", vec!["write lock"]),
        ("delete", "BEGIN IMMEDIATE", vec!["reserved lock"]),
        (
            "delete",
            "BEGIN EXCLUSIVE",
            vec!["pending lock", "reserved lock", "exclusive lock"],
        ),
    ] {
        let shell = Shell::new();
        for program in &mut programs(&shell, journal) {
            assert_eq!(look(&shell, 0)["free"], true);
            program.does(&[begin, "INSERT INTO t VALUES(1)"]);
            let sight = look(&shell, 3);
            assert_eq!(
                alone(&sight, program.pid()),
                expected,
                "{journal} {begin}: {sight}"
            );
            let sentence = sight["sentence"].as_str().unwrap();
            let named = format!("pid {} `", program.pid());
            assert!(
                sentence.starts_with(&named) && sentence.contains(" for "),
                "{sentence}"
            );
            let header = if journal == "wal" { "wal" } else { "rollback" };
            assert_eq!(sight["header"]["journal_mode"], header);
            // Looking has disturbed nothing: the lock is still held, and the commit goes through.
            assert_eq!(alone(&look(&shell, 3), program.pid()), expected);
            program.does(&["COMMIT"]);
        }
        assert_eq!(look(&shell, 0)["others"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn a_reader_keeps_nobody_out_and_its_mark_and_the_backlog_are_seen() {
    let shell = Shell::new();
    let [mut writer, mut reader] = programs(&shell, "wal");
    writer.does(&["INSERT INTO t VALUES(1)"]);
    reader.does(&["BEGIN", "SELECT a FROM t"]);
    writer.does(&["INSERT INTO t VALUES(2)"]);
    let sight = look(&shell, 0);
    let held = sight["held"].as_array().unwrap();
    let marked = |held: &&Value| {
        held["pid"] == reader.pid() && held["lock"].as_str().unwrap().starts_with("read mark")
    };
    assert_eq!(held.iter().filter(marked).count(), 1, "{sight}");
    let pids: Vec<_> = sight["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| &other["pid"])
        .collect();
    assert!(pids.contains(&&writer.pid().into()), "{sight}");
    let frames = sight["log"]["frames"].as_u64().unwrap();
    assert!(
        frames >= 2 && sight["log"]["copied"].as_u64().unwrap() < frames,
        "{sight}"
    );
}

#[test]
fn a_stopped_holder_is_said_to_be_stopped_with_what_to_do() {
    let shell = Shell::new();
    let [mut writer, _other] = programs(&shell, "wal");
    writer.does(&["BEGIN IMMEDIATE"]);
    writer.signal("-STOP");
    until(|| {
        let told = shell.run(["locks", "a.db"]).ends(3).out;
        told.contains(&format!(
            "it is stopped: continue it (kill -CONT {})",
            writer.pid()
        ))
    });
    writer.signal("-CONT");
    writer.does(&["COMMIT"]);
    look(&shell, 0);
}

#[test]
fn short_holders_are_caught_with_how_often_and_how_long() {
    let shell = Shell::new();
    let [mut writer, _other] = programs(&shell, "wal");
    let watching = shell
        .command(["locks", "a.db", "--for", "1500ms", "--json"])
        .spawn()
        .unwrap();
    // Long enough after each other that the look between two can tell them apart; how long is not judged.
    for _ in 0..10 {
        writer.does(&["BEGIN IMMEDIATE", "INSERT INTO t VALUES(1)"]);
        std::thread::sleep(std::time::Duration::from_millis(60));
        writer.does(&["COMMIT"]);
        std::thread::sleep(std::time::Duration::from_millis(40));
    }
    let seen: Value = serde_json::from_slice(&watching.wait_with_output().unwrap().stdout).unwrap();
    let holder = &seen["holders"][0];
    assert_eq!(
        (&holder["pid"], &holder["lock"]),
        (&writer.pid().into(), &"write lock".into()),
        "{seen}"
    );
    assert!(holder["times"].as_u64() > Some(2), "{seen}");
    assert!(
        holder["longest_us"].as_u64() <= holder["total_us"].as_u64(),
        "{seen}"
    );
    let none = shell
        .run(["locks", "a.db", "--for", "50ms", "--over", "10s", "--json"])
        .done()
        .json();
    assert_eq!(none["holders"], Value::Array(Vec::new()));
}

#[test]
fn the_gates_holder_and_its_waiters_are_seen() {
    let shell = Shell::with_database();
    let gate = shell.path().join(".actifix/actifix.db-gate");
    shell.run(["record", "--message", "makes the gate"]).done();
    let held = File::options().read(true).write(true).open(gate).unwrap();
    held.lock().unwrap();
    let mut waiting = shell
        .command(["record", "--message", "waits"])
        .spawn()
        .unwrap();
    let pid = u64::from(waiting.id());
    until(|| {
        let sight = shell.run(["locks", "--json"]).ends(3).json();
        let others = sight["others"].as_array().unwrap();
        let waits = others
            .iter()
            .any(|other| other["pid"] == pid && other["waits_at_gate"] == true);
        waits
            && sight["sentence"]
                .as_str()
                .unwrap()
                .contains("has held the gate")
            && sight["sentence"]
                .as_str()
                .unwrap()
                .contains("1 process waits at the gate")
    });
    held.unlock().unwrap();
    assert!(waiting.wait().unwrap().success());
    assert_eq!(shell.run(["locks", "--json"]).done().json()["free"], true);
}

#[test]
fn watching_sees_a_lock_come_and_go() {
    let shell = Shell::new();
    let [mut writer, _other] = programs(&shell, "wal");
    let mut watching = shell
        .command(["locks", "a.db", "--watch", "--json"])
        .spawn()
        .unwrap();
    let mut sights = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&sights.next().unwrap().unwrap()).unwrap() };
    until(|| next()["free"] == true);
    writer.does(&["BEGIN IMMEDIATE"]);
    // It was there before the lock was taken, so the time is the whole time.
    until(|| {
        let sight = next();
        sight["free"] == false && sight["held"][0]["from_the_beginning"] == true
    });
    writer.does(&["COMMIT"]);
    until(|| next()["free"] == true);
    watching.kill().unwrap();
    watching.wait().unwrap();
}
