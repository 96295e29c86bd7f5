//! A worker that is killed at any system call that writes loses its lease, never the ticket.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

#[path = "work/bench.rs"]
#[allow(dead_code)] // each test uses its part
mod bench;
#[path = "command/killing.rs"]
mod killing;
#[path = "command/shell.rs"]
#[allow(dead_code)]
mod shell;

use serde_json::Value;

use bench::{EVIDENCE, nothing_leased, ticket, with_tickets, work};
use killing::at_each;

/// The calls by which a worker writes its changes, and takes and leaves its turn.
const CALLS: [&str; 3] = ["pwrite64", "fdatasync", "flock"];
/// More calls of one kind than one ticket makes in a thread.
const MANY: u32 = 200;

/// Kills a worker on one ticket at the `nth` call of a kind in one of its threads. False when none made so many.
fn killed_at(call: &str, nth: u32) -> bool {
    let shell = with_tickets(1);
    let plain = work(&shell, "--once --lease 1s", EVIDENCE);
    let killed = !killing::killed_at(call, nth, &plain)
        .status()
        .unwrap()
        .success();
    // Whoever comes next does the ticket, unless the killed one had.
    shell::until(|| {
        work(&shell, "--once --lease 30s", EVIDENCE)
            .output()
            .unwrap();
        ticket(&shell)["status"] == "completed"
    });
    let id = ticket(&shell)["id"].as_str().unwrap().to_owned();
    let events = shell.json(&format!("events --ticket {id}"));
    let of = |kind: &str| -> Vec<i64> {
        let events = events["events"].as_array().unwrap().iter();
        let of_kind = events.filter(|event| event["kind"] == kind);
        of_kind
            .map(|event| event["token"].as_i64().unwrap())
            .collect()
    };
    let (claimed, completed) = (of("claimed"), of("completed"));
    assert_eq!(completed.len(), 1, "{call} {nth}: {events}");
    assert_eq!(completed.last(), claimed.last(), "{call} {nth}: {events}");
    assert!(claimed.is_sorted_by(|a, b| a < b), "{call} {nth}: {events}");
    nothing_leased(&shell);
    let tries: &Value = &ticket(&shell)["attempts"];
    assert!(
        tries.as_u64().unwrap() < 2,
        "{call} {nth}: one death is one attempt: {tries}"
    );
    killed
}

#[test]
fn promise_1_a_worker_killed_at_any_step_loses_its_lease_and_not_the_ticket() {
    at_each(&CALLS, MANY, 10, killed_at);
}
