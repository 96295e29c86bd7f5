//! A foreign program holds the write lock with plain SQLite: callers wait and succeed; past their deadline they are told
//! who holds it, and nothing of theirs is applied afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{Error, Store};
use proof::role::{self, Actor};
use proof::stores::{Room, claim, error, record};
use serde::{Deserialize, Serialize};

#[test]
fn role() {
    role::play(&[("holder", holder)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    /// Holds the lock for so long; until it is told to let go when there is none.
    hold_ms: Option<u64>,
}

/// A program that knows nothing of the line.
fn holder() {
    let lot: Lot = role::arguments();
    let own = Connection::open(&lot.path).unwrap();
    own.execute_batch("BEGIN IMMEDIATE; UPDATE counters SET value = value WHERE name = 'event'")
        .unwrap();
    role::tell("ready");
    match lot.hold_ms {
        Some(ms) => thread::sleep(Duration::from_millis(ms)),
        None => assert_eq!(role::listen(), "let go"),
    }
    own.execute_batch("COMMIT").unwrap();
    role::tell("gone");
    role::listen();
}

fn foreign(room: &Room, hold: Option<Duration>) -> Actor {
    let hold_ms = hold.map(|hold| u64::try_from(hold.as_millis()).unwrap());
    let mut actor = Actor::start(
        "holder",
        &Lot {
            path: room.path.clone(),
            hold_ms,
        },
    );
    assert_eq!(actor.told(), "ready");
    actor
}

/// Many callers at once, while the lock is held.
fn callers_wait(hold: Duration) {
    let room = Room::new();
    let store = room.store();
    let ticket = record(&store, "before").id;
    let mut actor = foreign(&room, Some(hold));
    thread::scope(|scope| {
        for n in 0..8 {
            let store = &store;
            scope.spawn(move || record(store, &format!("while it is held {n}")));
        }
        // Readers do not wait for a writer.
        assert_eq!(store.get(&ticket).wait().unwrap().id, ticket);
    });
    assert_eq!(actor.told(), "gone");
    assert_eq!(store.stats().wait().unwrap().open, 9);
    assert_eq!(claim(&store, "agent").ticket.id, ticket);
}

#[test]
fn promise_2_callers_wait_for_two_seconds_and_succeed() {
    callers_wait(Duration::from_secs(2));
}

#[test]
fn promise_2_callers_wait_for_five_seconds_and_succeed() {
    callers_wait(Duration::from_secs(5));
}

fn busy(store: &Store, pid: u32) {
    let refused = store.record(error("too late")).wait().unwrap_err();
    match &refused {
        Error::Busy {
            waited,
            holder: Some(holder),
        } => {
            assert_eq!(holder.pid, pid, "{refused}");
            assert!(!holder.command.is_empty(), "{refused}");
            assert!(*waited >= Duration::from_secs(1), "{refused}");
        }
        other => panic!("not busy with a holder: {other:?}"),
    }
    assert!(
        refused.to_string().contains(&format!("pid {pid}")),
        "{refused}"
    );
    assert!(refused.is_retryable());
}

#[test]
fn promise_2_past_the_deadline_the_holder_is_named_and_nothing_is_applied() {
    let room = Room::new();
    let store = room.store_with(|settings| settings.deadline = Duration::from_secs(1));
    let before = record(&store, "before");
    let mut actor = foreign(&room, None);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| busy(&store, actor.pid()));
        }
    });
    actor.say("let go");
    assert_eq!(actor.told(), "gone");

    // What comes now is served, and what was refused did not come after all.
    let after = record(&store, "after");
    assert!(after.new);
    let events = store
        .events(actifix::EventFilter::default())
        .wait()
        .unwrap()
        .events;
    let told: Vec<_> = events.iter().map(|event| &event.ticket).collect();
    assert_eq!(told, [&before.id, &after.id]);
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn promise_2_a_holder_that_dies_frees_the_lock() {
    let room = Room::new();
    let store = room.store();
    record(&store, "before");
    let actor = foreign(&room, None);
    thread::scope(|scope| {
        let caller = scope.spawn(|| record(&store, "while it is held"));
        actor.kill();
        assert!(caller.join().unwrap().new);
    });
}

#[test]
fn a_foreign_writer_between_ours_is_survived() {
    // It writes without the gate, again and again, while we do.
    let room = Room::new();
    let store = room.store();
    record(&store, "first");
    thread::scope(|scope| {
        let path = &room.path;
        scope.spawn(move || {
            let own = Connection::open(path).unwrap();
            own.busy_timeout(Duration::from_secs(60)).unwrap();
            for _ in 0..50 {
                own.execute_batch("BEGIN IMMEDIATE; UPDATE counters SET value = value; COMMIT")
                    .unwrap();
            }
        });
        for n in 0..50 {
            record(&store, &format!("boom {n}"));
        }
    });
    assert_eq!(store.stats().wait().unwrap().open, 51);
    assert!(store.verify(false).wait().unwrap().ok);
}
