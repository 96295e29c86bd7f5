//! Faults that stay, made by strace in a helper process: a disk that is full, a file system without locks. (A fault at
//! each single system call is made in `actifix-chaos`, and judged there.) Skipped where strace cannot trace, which with
//! CI=true is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use sqlite_line::{Error, Line, Options};
use stage::{Do, Rows, Stage, numbers, orders, say};

/// Rows the helper tries to write after the first.
const ROWS: i64 = 12;

/// Not a test of its own: what this binary does when a test starts it again as a helper.
#[test]
fn helper() {
    let Some((_, path, _)) = orders() else { return };
    // A checkpoint after each batch, so that its system calls come under fire too.
    let options = Options::default().checkpoint_frames(3);
    let line = match Line::open(path, Rows::default(), options) {
        Ok(line) => line,
        Err(error) => return say(format!("closed 0 {error}")),
    };
    for n in 1..=ROWS {
        match line.write(Do::Fat(n, 6000)).wait() {
            Ok(n) => say(format!("done {n}")),
            Err(Error::Unknown { why }) => say(format!("unknown {n} {why}")),
            Err(error) => say(format!("not {n} {error}")),
        }
    }
}

fn strace(path: &Path, inject: &str) -> Option<Vec<String>> {
    let output = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={}", inject.split(':').next()?),
        ])
        .args(["-e", &format!("inject={inject}")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "helper", "--nocapture", "--test-threads=1"])
        .envs([("LINE_ROLE", "fault"), ("LINE_NUMBER", "0")])
        .env("LINE_PATH", path)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(
        said.lines()
            .filter_map(|line| line.split_once("::").map(|(_, said)| said.to_owned()))
            .collect(),
    )
}

fn outcome(said: &[String], word: &str) -> BTreeSet<i64> {
    let words = said.iter().filter_map(|line| {
        line.strip_prefix(word)?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    words.collect()
}

/// Says that a fault could not be made here. Where everything must run, that is a failure.
fn skipped() {
    let all = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        !all,
        "strace cannot trace here: install it, or allow it to trace"
    );
    eprintln!("strace cannot trace here: skipped");
}

#[test]
fn a_full_disk_that_stays_refuses_every_call() {
    let stage = Stage::new();
    stage.open().write(Do::Add(0)).wait().unwrap();
    let Some(said) = strace(&stage.path, "pwrite64:error=ENOSPC:when=40+") else {
        return skipped();
    };
    if said.is_empty() {
        return skipped();
    }
    let found: BTreeSet<_> = numbers(&stage.open()).into_iter().collect();
    let (done, not) = (outcome(&said, "done"), outcome(&said, "not"));
    assert!(
        !not.is_empty() && outcome(&said, "unknown").is_empty(),
        "{said:#?}"
    );
    assert!(
        done.is_subset(&found) && not.is_disjoint(&found),
        "{said:#?}"
    );
    assert!(
        said.iter().any(|line| line.contains("disk is full")),
        "{said:#?}"
    );
}

#[test]
fn a_file_system_without_locks_is_named_and_a_signal_at_the_gate_survived() {
    let stage = Stage::new();
    stage.open().write(Do::Add(0)).wait().unwrap();
    for code in ["ENOLCK", "ENOSYS", "EOPNOTSUPP"] {
        let Some(said) = strace(&stage.path, &format!("flock:error={code}:when=1+")) else {
            return skipped();
        };
        assert!(
            said.iter()
                .all(|line| line.starts_with("not") && line.contains("no file locks")),
            "{said:#?}"
        );
    }
    let Some(said) = strace(&stage.path, "flock:error=EINTR:when=1+2") else {
        return skipped();
    };
    assert!(
        said.is_empty() || outcome(&said, "done").len() as i64 == ROWS,
        "{said:#?}"
    );
}
