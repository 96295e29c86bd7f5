//! Claims that wait for a ticket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Claim, Priority, Release, Store};
use proof::block_on::{block_on, poll_once};
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, claim, error, record};
use proof::wait_until;
use serde::{Deserialize, Serialize};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(100);

#[test]
fn role() {
    role::play(&[("recorder", recorder), ("idler", idler)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
}

/// Records one when it is told to.
fn recorder() {
    let lot: Lot = role::arguments();
    let store = Store::open(&lot.path).unwrap();
    role::ready();
    record(&store, "from elsewhere");
}

fn waiting(holder: &str) -> Claim {
    Claim::by(holder).lease(MINUTE).wait(LONG)
}

/// A claim on a thread of its own: its ticket's message.
fn in_the_background(store: &Store, claim: Claim) -> thread::JoinHandle<String> {
    let store = store.clone();
    thread::spawn(move || {
        store
            .claim(claim)
            .wait()
            .unwrap()
            .one()
            .expect("woken long before its time is over")
            .ticket
            .message
    })
}

#[test]
fn promise_2_wakes_when_another_process_records() {
    let room = Room::new();
    let store = room.store();
    let mut actor = Actor::start(
        "recorder",
        &Lot {
            path: room.path.clone(),
        },
    );
    actor.await_ready();
    let waiter = in_the_background(&store, waiting("agent"));
    actor.go();
    assert_eq!(waiter.join().unwrap(), "from elsewhere");
    actor.finish();
}

#[test]
fn promise_2_every_waiter_gets_a_ticket_of_its_own() {
    let store = Room::new().into_store();
    let waiters: Vec<_> = (0..16)
        .map(|n| in_the_background(&store, waiting(&format!("agent-{n}"))))
        .collect();
    for n in 0..16 {
        record(&store, &format!("boom {n}"));
    }
    let mut got: Vec<String> = waiters
        .into_iter()
        .map(|waiter| waiter.join().unwrap())
        .collect();
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 16);
}

#[test]
fn wakes_when_a_lease_runs_out_or_a_ticket_is_due() {
    let store = Room::new().into_store();
    let soon = Duration::from_millis(300);
    record(&store, "lost");
    store
        .claim(Claim::by("dead").lease(soon))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(
        in_the_background(&store, waiting("agent")).join().unwrap(),
        "lost"
    );
    store
        .record(error("put off").not_before(soon))
        .wait()
        .unwrap();
    assert_eq!(
        in_the_background(&store, waiting("agent")).join().unwrap(),
        "put off"
    );
}

#[test]
fn wakes_when_a_ticket_is_given_back() {
    let store = Room::new().into_store();
    record(&store, "boom");
    let lease = claim(&store, "agent");
    let waiter = in_the_background(&store, waiting("the other"));
    store
        .release(&lease.ticket.id, lease.token, Release::new())
        .wait()
        .unwrap();
    assert_eq!(waiter.join().unwrap(), "boom");
}

#[test]
fn takes_what_is_there_at_once() {
    let store = Room::new().into_store();
    record(&store, "boom");
    assert_eq!(
        in_the_background(&store, waiting("agent")).join().unwrap(),
        "boom"
    );
}

#[test]
fn gets_nothing_when_its_time_is_over() {
    let store = Room::new().into_store();
    let start = Instant::now();
    let claimed = store
        .claim(Claim::by("agent").wait(Duration::from_millis(200)))
        .wait()
        .unwrap();
    assert_eq!(claimed.leases, []);
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "it did not wait"
    );
    // What comes later is for others.
    record(&store, "boom");
    assert_eq!(claim(&store, "the other").ticket.message, "boom");
}

#[test]
fn waits_for_what_it_asked_for() {
    let store = Room::new().into_store();
    let waiter = in_the_background(&store, waiting("picky").priorities([Priority::P0]));
    let other = in_the_background(&store, waiting("easy"));
    store.record(error("ordinary")).wait().unwrap();
    assert_eq!(other.join().unwrap(), "ordinary");
    assert!(!waiter.is_finished());
    store
        .record(error("urgent").priority(Priority::P0))
        .wait()
        .unwrap();
    assert_eq!(waiter.join().unwrap(), "urgent");
}

#[test]
fn can_be_awaited_and_dropped() {
    let store = Room::new().into_store();
    let mut dropped = store.claim(waiting("gone"));
    assert!(matches!(poll_once(&mut dropped), Poll::Pending));
    drop(dropped);
    let recorder = {
        let store = store.clone();
        thread::spawn(move || record(&store, "boom"))
    };
    let lease = block_on(async { store.claim(waiting("agent")).await.unwrap().one().unwrap() });
    assert_eq!(lease.holder, "agent");
    recorder.join().unwrap();
    assert_eq!(block_on(async { store.mine("gone").await.unwrap() }), []);
}

#[test]
fn every_call_can_be_awaited() {
    let store = Room::new().into_store();
    block_on(async {
        let id = store.record(error("boom")).await.unwrap().id;
        let lease = store.acquire(&id, "agent", MINUTE).await.unwrap();
        let lease = store.renew(&id, lease.token, MINUTE).await.unwrap();
        store
            .release(&id, lease.token, Release::new())
            .await
            .unwrap();
        assert_eq!(store.get(&id).await.unwrap().id, id);
        assert_eq!(store.stats().await.unwrap().open, 1);
        assert!(store.verify(false).await.unwrap().ok);
    });
}

/// Clock ticks that this process has used: fields 14 and 15 of its stat.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    after
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum()
}

/// Waits for nothing, and tells what that cost.
fn idler() {
    let lot: Lot = role::arguments();
    let store = Store::open(&lot.path).unwrap();
    let claim = |span| store.claim(Claim::by("agent").wait(span)).wait().unwrap();
    claim(Duration::from_millis(100));
    let before = ticks();
    claim(Duration::from_secs(2));
    role::tell(&(ticks() - before).to_string());
}

#[test]
fn an_idle_wait_costs_next_to_nothing() {
    let room = Room::new();
    drop(room.store());
    let mut actor = Actor::start(
        "idler",
        &Lot {
            path: room.path.clone(),
        },
    );
    let used: u64 = actor.told().parse().unwrap();
    // A tick is a hundredth of a second: 20 of 200 are a tenth of a core. A loop would use them all.
    assert!(used < 20, "{used} ticks in two seconds of waiting");
    actor.finish();
}

#[test]
fn the_last_handle_may_go_while_somebody_waits() {
    let room = Room::new();
    let waiter = {
        let store = room.store();
        let call = store.claim(waiting("agent"));
        drop(store);
        thread::spawn(move || call.wait())
    };
    record(&room.store(), "boom");
    // Served, or told that the store is closed; but it does not hang.
    wait_until::holds("the waiter ends", || waiter.is_finished());
}
