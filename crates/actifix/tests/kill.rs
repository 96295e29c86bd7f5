//! kill -9 of a writing process at random moments: nothing that was acknowledged is missing, nothing is half there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod checkers;
mod proof;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use actifix::rusqlite::{Connection, OpenFlags};
use actifix::{Release, Store};
use proof::caller::Caller;
use proof::chance::{Chance, seed};
use proof::dump::Dump;
use proof::history::History;
use proof::log::Log;
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, error};
use proof::wait_until;
use serde::{Deserialize, Serialize};

/// Kills in all, and on one file.
const ROUNDS: usize = 100;
const ROUNDS_A_FILE: usize = 10;
const THREADS: usize = 4;
/// Bytes of log that a process writes at most before it is killed: some dozens of calls.
const MUCH: u64 = 24_000;
/// Kills while the database is made.
const MAKINGS: usize = 25;

#[test]
fn role() {
    role::play(&[("writer", writer), ("maker", maker)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    logs: PathBuf,
    round: usize,
    seed: u64,
}

/// Works until it is killed.
fn writer() {
    let lot: Lot = role::arguments();
    // The database is there and open, so that the kill meets the work.
    let _open = Store::open(&lot.path).unwrap();
    role::tell("ready");
    writer_of(&lot);
}

fn writer_of(lot: &Lot) {
    let store = Store::open(&lot.path).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let name = format!("r{}.{thread}", lot.round);
            let mut caller = Caller::new(&name, store.clone(), Log::file(&lot.logs, &name));
            let mut chance = Chance::new(lot.seed + thread as u64);
            scope.spawn(move || {
                loop {
                    work(&mut caller, &mut chance);
                }
            });
        }
    });
}

/// Makes the database, and writes until it is killed.
fn maker() {
    let lot: Lot = role::arguments();
    role::tell("ready");
    writer_of(&lot);
}

/// A report or two, a ticket, and what becomes of it.
fn work(caller: &mut Caller, chance: &mut Chance) {
    for _ in 0..chance.below(3) {
        caller
            .record(error(&format!("boom {}", chance.below(40))))
            .unwrap();
    }
    for lease in caller.claim(MINUTE, 1 + chance.below(2) as usize).unwrap() {
        let id = &lease.ticket.id;
        let done = match chance.below(4) {
            0 => caller.renew(id, lease.token, MINUTE).map(drop),
            1 => caller
                .release(id, lease.token, Release::new(), false)
                .map(drop),
            _ => caller.complete(id, lease.token).map(drop),
        };
        done.unwrap();
    }
}

/// A file over some rounds of killing.
struct Victim {
    room: Room,
    logs: PathBuf,
}

impl Victim {
    fn new() -> Self {
        let room = Room::new();
        let logs = room.dir.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        Self { room, logs }
    }

    /// Lets a process play `role`, and kills it within `most` after it has written `much` of its log: a moment by
    /// chance, and on a slow machine no less in the middle of the work.
    fn round(&self, role: &str, round: usize, much: u64, most: Duration, chance: &mut Chance) {
        let seed = chance.below(u64::MAX >> 1);
        let lot = Lot {
            path: self.room.path.clone(),
            logs: self.logs.clone(),
            round,
            seed,
        };
        let mut actor = Actor::start(role, &lot);
        assert_eq!(actor.told(), "ready");
        let goal = self.written() + much;
        wait_until::holds("the process works", || self.written() >= goal);
        // Not waiting for something: the moment itself is what chance picks.
        let most = u64::try_from(most.as_micros()).unwrap();
        thread::sleep(Duration::from_micros(chance.below(most)));
        actor.kill();
        self.judge(round.is_multiple_of(2));
    }

    /// Bytes of all logs.
    fn written(&self) -> u64 {
        let logs = std::fs::read_dir(&self.logs).unwrap();
        logs.map(|log| log.unwrap().metadata().unwrap().len()).sum()
    }

    /// `first`: SQLite's own opinion is asked before the store has touched the file, else after it.
    fn judge(&self, first: bool) {
        if first {
            integrity(&self.room.path);
        }
        let store = self.room.store();
        let verdict = store.verify(false).wait().unwrap();
        assert!(verdict.ok, "{verdict:?}");
        let lies = checkers::judge(&History::read(&self.logs), &Dump::of(&store));
        checkers::assert_none(&lies, "after a kill");
        drop(store);
        integrity(&self.room.path);
    }
}

/// SQLite's own opinion.
fn integrity(path: &Path) {
    if !path.exists() {
        return; // killed before it was made
    }
    let own = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let verdict: String = own
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn promise_3_nothing_acknowledged_is_lost_by_kill_9() {
    let mut chance = Chance::new(seed());
    let mut calls = 0;
    for file in 0..ROUNDS / ROUNDS_A_FILE {
        let victim = Victim::new();
        for round in 0..ROUNDS_A_FILE {
            let number = file * ROUNDS_A_FILE + round;
            let much = 1 + chance.below(MUCH);
            victim.round(
                "writer",
                number,
                much,
                Duration::from_millis(4),
                &mut chance,
            );
        }
        calls += History::read(&victim.logs).calls.len();
    }
    println!("{ROUNDS} kills, {calls} calls");
    assert!(
        calls > ROUNDS * 10,
        "too little was written to prove anything: {calls} calls"
    );
}

#[test]
fn promise_3_a_database_half_made_is_made_whole() {
    let mut chance = Chance::new(seed());
    for _ in 0..MAKINGS {
        let victim = Victim::new();
        victim.round("maker", 0, 0, Duration::from_millis(12), &mut chance);
        // And the next process finds nothing in its way.
        victim.round("writer", 1, 1, Duration::from_millis(12), &mut chance);
    }
}
