//! The scene of the lock investigation: workers meet at a barrier, then each takes its *own* ticket. In the system that
//! this one comes from, one of three got its lock and two were told "database is locked". And the second scene: all of
//! them make tickets at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

use actifix::{Settings, Store, TicketId};
use actifix_chaos::checker as checkers;
use proof::caller::Caller;
use proof::dump::Dump;
use proof::history::History;
use proof::log::{Log, Memory};
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, error};
use serde::{Deserialize, Serialize};

/// Different tickets that each worker makes in the second scene.
const MADE: usize = 25;
/// Processes of the scenes with processes, and threads in each.
const PROCESSES: usize = 16;
const THREADS: usize = 8;

#[test]
fn role() {
    role::play(&[("acquire", acquirer), ("create", creator)]);
}

/// A store with a ticket for each of `workers`.
fn stocked(room: &Room, workers: usize) -> (Store, Vec<TicketId>) {
    let store = room.store();
    let reports = (0..workers).map(|n| error(&format!("boom {n}")));
    let recorded = store.record_all(reports).wait().unwrap();
    let ids = recorded.into_iter().map(|one| one.unwrap().id).collect();
    (store, ids)
}

/// Each of `names` is a thread; all meet at a barrier, then each does its `work`.
fn meet<L: Send>(actors: Vec<(Caller, L)>, work: impl Fn(&mut Caller, &L) + Sync) {
    let barrier = Barrier::new(actors.len());
    thread::scope(|scope| {
        for (mut caller, lot) in actors {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(&mut caller, &lot);
            });
        }
    });
}

fn acquire_own(caller: &mut Caller, own: &TicketId) {
    // What it is answered is in the log, and judged there.
    let _ = caller.acquire(own, MINUTE);
}

fn claim_any(caller: &mut Caller, (): &()) {
    let _ = caller.claim(MINUTE, 1);
}

fn create(caller: &mut Caller, (): &()) {
    for n in 0..MADE {
        let _ = caller.record(error(&format!("{} {n}", caller.name)));
    }
}

fn judge_scene(history: &History, store: &Store, workers: usize) {
    checkers::assert_none(
        &checkers::every_worker::scene(history, workers),
        "the scene",
    );
    checkers::assert_none(
        &checkers::judge(history, &Dump::read(store).unwrap()),
        "the scene",
    );
}

fn judge_creation(history: &History, store: &Store, workers: usize) {
    checkers::assert_none(
        &checkers::judge(history, &Dump::read(store).unwrap()),
        "the second scene",
    );
    let made = history
        .calls
        .iter()
        .filter(|call| call.acknowledged())
        .count();
    assert_eq!(made, workers * MADE);
    assert_eq!(store.stats().wait().unwrap().open, (workers * MADE) as u64);
}

/// Threads acquire their own tickets, then as many claim any, then as many create.
fn threads(workers: usize) {
    let callers = |store: &Store, memory: &Memory| -> Vec<Caller> {
        let caller = |n: usize| {
            Caller::new(
                &format!("w{n}"),
                store.clone(),
                memory.log(&format!("w{n}")),
            )
        };
        (0..workers).map(caller).collect()
    };

    let (room, memory) = (Room::new(), Memory::default());
    let (store, ids) = stocked(&room, workers);
    meet(
        callers(&store, &memory).into_iter().zip(ids).collect(),
        acquire_own,
    );
    judge_scene(&memory.history(), &store, workers);

    let (room, memory) = (Room::new(), Memory::default());
    let (store, _) = stocked(&room, workers);
    meet(
        callers(&store, &memory)
            .into_iter()
            .map(|caller| (caller, ()))
            .collect(),
        claim_any,
    );
    judge_scene(&memory.history(), &store, workers);

    let (room, memory) = (Room::new(), Memory::default());
    let store = room.store();
    meet(
        callers(&store, &memory)
            .into_iter()
            .map(|caller| (caller, ()))
            .collect(),
        create,
    );
    judge_creation(&memory.history(), &store, workers);
}

#[test]
fn promise_2_three_threads_get_their_locks() {
    threads(3);
}

#[test]
fn promise_2_thirty_two_threads_get_their_locks() {
    threads(32);
}

#[test]
fn promise_2_two_hundred_and_fifty_six_threads_get_their_locks() {
    threads(256);
}

/// What a process of a scene is told.
#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    logs: PathBuf,
    process: usize,
    own: Vec<TicketId>,
}

impl Lot {
    fn callers(&self) -> Vec<Caller> {
        let store = Store::open_with(&self.path, Settings::default()).unwrap();
        let caller = |thread: usize| {
            let name = format!("p{}.{thread}", self.process);
            Caller::new(&name, store.clone(), Log::file(&self.logs, &name))
        };
        (0..THREADS).map(caller).collect()
    }
}

fn acquirer() {
    let lot: Lot = role::arguments();
    let actors = lot.callers().into_iter().zip(lot.own).collect();
    role::ready();
    meet(actors, acquire_own);
}

fn creator() {
    let lot: Lot = role::arguments();
    let actors = lot
        .callers()
        .into_iter()
        .map(|caller| (caller, ()))
        .collect();
    role::ready();
    meet(actors, create);
}

/// Starts a process for each share, lets all begin at once, and reads what they saw.
fn processes(room: &Room, role: &str, shares: Vec<Vec<TicketId>>) -> History {
    // The logs are synced line by line, and this is not about their disk.
    let shelf = Room::in_memory();
    let logs = shelf.dir.path().to_owned();
    let lot = |(process, own)| Lot {
        path: room.path.clone(),
        logs: logs.clone(),
        process,
        own,
    };
    let mut actors: Vec<Actor> = shares
        .into_iter()
        .enumerate()
        .map(|share| Actor::start(role, &lot(share)))
        .collect();
    actors.iter_mut().for_each(Actor::await_ready);
    actors.iter_mut().for_each(Actor::go);
    actors.into_iter().for_each(Actor::finish);
    History::read(&logs).unwrap()
}

#[test]
fn promise_2_sixteen_processes_of_eight_threads_get_their_locks() {
    let room = Room::new();
    let (store, ids) = stocked(&room, PROCESSES * THREADS);
    let shares = ids.chunks(THREADS).map(<[TicketId]>::to_vec).collect();
    judge_scene(
        &processes(&room, "acquire", shares),
        &store,
        PROCESSES * THREADS,
    );
}

#[test]
fn promise_2_sixteen_processes_of_eight_threads_create() {
    let room = Room::new();
    // The file is not there yet: making it is a part of the race.
    let history = processes(&room, "create", vec![Vec::new(); PROCESSES]);
    judge_creation(&history, &room.store(), PROCESSES * THREADS);
}
