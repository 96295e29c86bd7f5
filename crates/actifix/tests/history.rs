//! Many processes do random work under short leases, and write down what they asked and what they were answered.
//! Afterwards the checkers judge what they saw by the tokens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::thread;

use actifix::Store;
use actifix_chaos::checker as checkers;
use actifix_chaos::load::{Habits, Wanderer};
use proof::caller::Caller;
use proof::chance::Chance;
use proof::dump::Dump;
use proof::history::{Answer, History};
use proof::log::Log;
use proof::role::{self, Actor};
use proof::stores::Room;
use serde::{Deserialize, Serialize};

const PROCESSES: usize = 8;
const THREADS: usize = 4;
/// Calls of each thread.
const CALLS: usize = 250;

#[test]
fn role() {
    role::play(&[("worker", worker)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    logs: PathBuf,
    process: usize,
    seed: u64,
}

fn worker() {
    let lot: Lot = role::arguments();
    let store = Store::open(&lot.path).unwrap();
    role::ready();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let name = format!("p{}.{thread}", lot.process);
            let caller = Caller::new(&name, store.clone(), Log::file(&lot.logs, &name));
            let chance = Chance::new(lot.seed + thread as u64);
            let mut wanderer = Wanderer::new(caller, chance, Habits::default());
            scope.spawn(move || (0..CALLS).for_each(|_| wanderer.step()));
        }
    });
}

fn run(room: &Room, seed: u64) -> History {
    // The logs are synced line by line, and this is not about their disk.
    let shelf = Room::in_memory();
    let logs = shelf.dir.path().to_owned();
    let start = |process: usize| {
        let seed = seed + 1_000 * process as u64;
        Actor::start(
            "worker",
            &Lot {
                path: room.path.clone(),
                logs: logs.clone(),
                process,
                seed,
            },
        )
    };
    let mut actors: Vec<Actor> = (0..PROCESSES).map(start).collect();
    actors.iter_mut().for_each(Actor::await_ready);
    actors.iter_mut().for_each(Actor::go);
    actors.into_iter().for_each(Actor::finish);
    History::read(&logs).unwrap()
}

#[test]
fn promise_1_2_3_6_what_many_processes_saw_is_one_story() {
    let seed = proof::chance::seed();
    let room = Room::new();
    let history = run(&room, seed);
    let store = room.store();
    let lies = checkers::judge(&history, &Dump::read(&store).unwrap());
    checkers::assert_none(&lies, &format!("seed {seed}"));
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok, "seed {seed}: {verdict:?}");

    // A run in which nothing happened proves nothing.
    let grants: usize = history.calls.iter().map(|call| call.grants().len()).sum();
    let refused = |kind: &str| {
        let is = |answer: &Answer| matches!(answer, Answer::Refused { kind: is, .. } if is == kind);
        history
            .calls
            .iter()
            .filter(|call| call.answer.as_ref().is_some_and(is))
            .count()
    };
    let calls = history.calls.len();
    println!(
        "{calls} calls, {grants} grants, {} lost, {} held",
        refused("lease_lost"),
        refused("held")
    );
    assert!(
        grants > 200 && refused("lease_lost") > 100 && refused("held") > 10,
        "seed {seed}: too little happened"
    );
}
