//! A worker whose clock is moved: back, it keeps its lease, since it judges by a clock that only runs; ahead, its own
//! change to the store ends the lease early (whoever commits says what time it is), and it gives up at once. Either way the
//! ticket is completed once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

#[path = "work/bench.rs"]
#[allow(dead_code)] // each test uses its part
mod bench;
#[path = "command/shell.rs"]
#[allow(dead_code)]
mod shell;

use std::fs;
use std::path::PathBuf;

use bench::{EVIDENCE, Hand, nothing_leased, ticket, with_tickets, words, work, written};

fn library() -> PathBuf {
    let places = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/faketime/libfaketime.so.1",
    ];
    let mut there = places
        .into_iter()
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    there
        .next()
        .unwrap_or_else(|| panic!("libfaketime is missing: apt-get install libfaketime"))
}

/// What a worker says whose wall clock goes to `jump` while its command runs for three leases, and its exit code.
fn through(jump: &str, shell: &shell::Shell) -> (Option<i32>, Vec<serde_json::Value>) {
    let clock = shell.path().join("clock");
    fs::write(&clock, "+0\n").unwrap();
    let script = format!("unset LD_PRELOAD; echo on >began; sleep 3; {EVIDENCE}");
    let mut command = work(shell, "--once --lease 1s", &script);
    command
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("DONT_FAKE_MONOTONIC", "1");
    let hand = Hand::start(command);
    written(&shell.path().join("began"));
    let next = shell.path().join("next");
    fs::write(&next, format!("{jump}\n")).unwrap();
    fs::rename(&next, &clock).unwrap();
    let (code, said) = hand.end();
    let day = |line: &serde_json::Value| line["at"].as_str().unwrap()[..10].to_owned();
    assert_ne!(
        day(&said[0]),
        day(said.last().unwrap()),
        "the clock did not move: {said:?}"
    );
    (code, said)
}

#[test]
fn a_clock_set_back_takes_no_lease_from_its_holder() {
    let shell = with_tickets(1);
    let (code, said) = through("-2d", &shell);
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "completed", "ended_work"])
    );
    assert_eq!(ticket(&shell)["status"], "completed");
    nothing_leased(&shell);
}

#[test]
fn promise_1_a_clock_set_ahead_ends_its_own_lease_and_another_completes() {
    let shell = with_tickets(1);
    let (code, said) = through("+2d", &shell);
    assert_eq!(
        (code, words(&said)),
        (Some(4), vec!["claimed", "lost", "ended_work"])
    );
    let (code, said) = Hand::start(work(&shell, "--once", EVIDENCE)).end();
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "completed", "ended_work"])
    );
    nothing_leased(&shell);
}
