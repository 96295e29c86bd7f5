//! Many processes do random work under short leases, and write down what they asked and what they were answered.
//! Afterwards the checkers judge what they saw by the tokens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod checkers;
mod proof;

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use actifix::{CloseReason, Delete, Lease, Release, Store, TicketId, Token};
use proof::caller::Caller;
use proof::chance::Chance;
use proof::dump::Dump;
use proof::history::{Answer, History};
use proof::log::Log;
use proof::role::{self, Actor};
use proof::stores::{Room, error};
use serde::{Deserialize, Serialize};

const PROCESSES: usize = 8;
const THREADS: usize = 4;
/// Calls of each thread.
const CALLS: usize = 250;
/// Names of errors: few, so that many meet on one ticket.
const NAMES: u64 = 60;

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
            scope.spawn(move || Wanderer::new(caller, chance).wander());
        }
    });
}

/// A thread that does one thing or another, under tokens that it has, or had once.
struct Wanderer {
    caller: Caller,
    chance: Chance,
    /// Tokens that were given to it, the newest last.
    had: Vec<(TicketId, Token)>,
    /// Tickets that it has heard of.
    known: Vec<TicketId>,
}

impl Wanderer {
    fn new(caller: Caller, chance: Chance) -> Self {
        Self {
            caller,
            chance,
            had: Vec::new(),
            known: Vec::new(),
        }
    }

    fn wander(mut self) {
        for _ in 0..CALLS {
            // What it is answered is in the log, and judged there.
            match self.chance.below(100) {
                0..25 => self.record(),
                25..45 => self.claim(),
                45..52 => self.acquire(),
                52..88 => self.under_a_token(),
                88..95 => self.without_a_token(),
                // Long enough for some leases to run out.
                _ => thread::sleep(Duration::from_millis(self.chance.below(60))),
            }
        }
    }

    fn record(&mut self) {
        let name = format!("boom {}", self.chance.below(NAMES));
        if let Ok(recorded) = self.caller.record(error(&name)) {
            self.known.push(recorded.id);
        }
    }

    fn lease(&mut self) -> Duration {
        Duration::from_millis(100 + self.chance.below(200))
    }

    fn granted(&mut self, lease: &Lease) {
        self.had.push((lease.ticket.id.clone(), lease.token));
        self.known.push(lease.ticket.id.clone());
    }

    fn claim(&mut self) {
        let (lease, count) = (self.lease(), 1 + self.chance.below(3) as usize);
        for lease in self.caller.claim(lease, count).unwrap_or_default() {
            self.granted(&lease);
        }
    }

    fn acquire(&mut self) {
        let Some(ticket) = self.chance.one_of(&self.known).cloned() else {
            return;
        };
        let lease = self.lease();
        if let Ok(lease) = self.caller.acquire(&ticket, lease) {
            self.granted(&lease);
        }
    }

    fn under_a_token(&mut self) {
        // Mostly the newest, sometimes one that has long been lost.
        let newest = self
            .had
            .last()
            .filter(|_| self.chance.below(4) > 0)
            .cloned();
        let Some((ticket, token)) = newest.or_else(|| self.chance.one_of(&self.had).cloned())
        else {
            return;
        };
        let lease = self.lease();
        match self.chance.below(10) {
            0..3 => drop(self.caller.renew(&ticket, token, lease)),
            3..5 => drop(self.caller.release(&ticket, token, Release::new(), false)),
            5 => drop(
                self.caller
                    .release(&ticket, token, Release::new().not_before(lease), true),
            ),
            6 => drop(
                self.caller
                    .release(&ticket, token, Release::new().failed(), true),
            ),
            7 => drop(self.caller.close(&ticket, CloseReason::Fixed, Some(token))),
            _ => drop(self.caller.complete(&ticket, token)),
        }
    }

    fn without_a_token(&mut self) {
        let Some(ticket) = self.chance.one_of(&self.known).cloned() else {
            return;
        };
        match self.chance.below(6) {
            0..3 => drop(self.caller.reopen(&ticket)),
            3 => drop(self.caller.close(&ticket, CloseReason::Obsolete, None)),
            4 => drop(self.caller.delete(
                &ticket,
                Delete {
                    token: None,
                    force: self.chance.below(3) == 0,
                },
            )),
            _ => drop(self.caller.undelete(&ticket)),
        }
    }
}

fn run(room: &Room, seed: u64) -> History {
    let logs = room.dir.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
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
    History::read(&logs)
}

#[test]
fn promise_1_2_3_6_what_many_processes_saw_is_one_story() {
    let seed = proof::chance::seed();
    let room = Room::new();
    let history = run(&room, seed);
    let store = room.store();
    let lies = checkers::judge(&history, &Dump::of(&store));
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
