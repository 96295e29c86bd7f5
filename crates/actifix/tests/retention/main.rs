//! A policy is applied by one process at a time, and does what a plain model says; a kill leaves the rest to the next run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

#[path = "../proof/mod.rs"]
mod proof;

mod model;
mod processes;
mod turns;

use std::ops::ControlFlow;
use std::time::Duration;

use actifix::{
    Close, CloseReason, Delete, EventKind, Fate, ManualClock, Priority, Release, Report, Store,
    TicketId, WakeRule,
};
use processes::{play_halting, play_keeper};
use proof::dump::Dump;
use proof::role;
use proof::stores::evidence;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn role() {
    role::play(&[("keeper", play_keeper), ("halting", play_halting)]);
}

/// A ticket to be made.
#[derive(Clone, Debug)]
struct Planned {
    fate: Fate,
    priority: Priority,
    /// Days between its end and the day on which the policy is applied.
    age: u32,
    test: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    Kept,
    Closed,
    Removed,
}

fn make(store: &Store, number: usize, planned: &Planned) -> TicketId {
    let report = Report::error("ValueError", "broken")
        .source("app.py:31")
        .priority(planned.priority)
        .fingerprint(format!("ticket {number}"));
    let report = match planned.test {
        true => report.environment("test"),
        false => report,
    };
    let id = store.record(report).wait().unwrap().id;
    let lease = || store.acquire(&id, "ann", DAY).wait().unwrap().token;
    match planned.fate {
        Fate::Open | Fate::InProgress => {}
        Fate::Quarantined => {
            let failed = Release::new().failed();
            store.release(&id, lease(), failed).wait().unwrap();
        }
        Fate::Completed => drop(store.complete(&id, lease(), evidence("x")).wait().unwrap()),
        Fate::Closed => {
            let why = Close::because(CloseReason::Wontfix);
            store.close(&id, why).wait().unwrap();
        }
        Fate::Ignored => drop(store.ignore(&id, WakeRule::default(), None).wait().unwrap()),
        Fate::Deleted => drop(store.delete(&id, Delete::default()).wait().unwrap()),
    }
    id
}

fn go_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn became(store: &Store, id: &TicketId, planned: &Planned) -> Becomes {
    match store.get(id).wait() {
        Err(_) => Becomes::Removed,
        Ok(ticket) => match ticket.completion {
            Some(end) if planned.fate == Fate::Open => {
                assert_eq!(end.reason.as_deref(), Some("obsolete"));
                Becomes::Closed
            }
            _ => Becomes::Kept,
        },
    }
}

/// The ids that the `purged` events tell, in their order.
fn purged(store: &Store) -> Vec<String> {
    let told = Dump::read(store).unwrap().events.into_iter();
    told.filter(|event| event.kind == EventKind::Purged)
        .map(|event| event.old.unwrap()["id"].as_str().unwrap().to_owned())
        .collect()
}

fn sound(store: &Store) {
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok && verdict.notes.is_empty(), "{verdict:?}");
}

/// `count` completed tickets, old enough for the default policy.
fn old_ones(store: &Store, clock: &ManualClock, count: usize) -> Vec<TicketId> {
    let planned = Planned {
        fate: Fate::Deleted,
        priority: Priority::P2,
        age: 0,
        test: false,
    };
    let ids = (0..count)
        .map(|number| make(store, number, &planned))
        .collect();
    clock.advance(DAY * 50);
    ids
}
