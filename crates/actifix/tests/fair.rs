//! Between processes nobody is passed over for long. Counted in turns, not in time: while the luckiest process has many
//! turns, the unluckiest has some.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use actifix::Store;
use proof::role::{self, Actor};
use proof::stores::{Room, record};
use proof::wait_until;
use serde::{Deserialize, Serialize};

const PROCESSES: u64 = 12;
/// Turns on average before the count is taken.
const TURNS: u64 = 200;

#[test]
fn role() {
    role::play(&[("caller", caller)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    process: u64,
}

/// Writes again and again, one call at a time, until it is told to stop. Tells how often it was served.
fn caller() {
    let lot: Lot = role::arguments();
    let store = Store::open(&lot.path).unwrap();
    let name = format!("p{}", lot.process);
    record(&store, &name);
    role::ready();
    let stop = AtomicBool::new(false);
    let turns = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut turns = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                record(&store, &name);
                turns += 1;
            }
            turns
        });
        assert_eq!(role::listen(), "stop");
        stop.store(true, Ordering::Relaxed);
        worker.join().unwrap()
    });
    role::tell(&turns.to_string());
}

#[test]
fn promise_2_no_process_is_passed_over_for_long() {
    let room = Room::new();
    let store = room.store();
    let lot = |process| Lot {
        path: room.path.clone(),
        process,
    };
    let mut actors: Vec<Actor> = (0..PROCESSES)
        .map(|process| Actor::start("caller", &lot(process)))
        .collect();
    actors.iter_mut().for_each(Actor::await_ready);
    let events = || u64::try_from(store.stats().wait().unwrap().newest_event).unwrap();
    let begin = events();
    actors.iter_mut().for_each(Actor::go);
    wait_until::holds("turns are taken", || events() - begin >= PROCESSES * TURNS);
    actors.iter_mut().for_each(|actor| actor.say("stop"));
    let turns: Vec<u64> = actors
        .iter_mut()
        .map(|actor| actor.told().parse().unwrap())
        .collect();
    println!("turns {turns:?}");
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(
        least * 5 >= *most,
        "the unluckiest had {least} turns, the luckiest {most}: {turns:?}"
    );
}
