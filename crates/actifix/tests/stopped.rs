//! A worker that is stopped past its lease wakes and tries to complete.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::time::Duration;

use actifix::{Error, LostWhy, Settings, Status, Store, TicketId, Token};
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, evidence, record};
use proof::wait_until;
use serde::{Deserialize, Serialize};

/// Short, and longer than it takes to say so.
const SHORT: Duration = Duration::from_millis(300);

#[test]
fn role() {
    role::play(&[("worker", worker)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    ticket: TicketId,
    /// Whether a completion counts that comes late, when nobody took the ticket.
    late: bool,
}

/// Takes the ticket, tells its token, and completes when it is told to. Tells what came of it.
fn worker() {
    let lot: Lot = role::arguments();
    let settings = Settings {
        late_completions: lot.late,
        ..Settings::default()
    };
    let store = Store::open_with(&lot.path, settings).unwrap();
    let lease = store
        .acquire(&lot.ticket, "the stopped one", SHORT)
        .wait()
        .unwrap();
    role::tell(&lease.token.to_string());
    assert_eq!(role::listen(), "complete");
    let done = store
        .complete(&lot.ticket, lease.token, evidence("late"))
        .wait();
    role::tell(&serde_json::to_string(&done.map(|receipt| receipt.seq)).unwrap());
    let renewed = store.renew(&lot.ticket, lease.token, MINUTE).wait();
    role::tell(&serde_json::to_string(&renewed.map(|lease| lease.token)).unwrap());
}

/// A worker that holds the ticket and is stopped until its lease has run out.
struct Scene {
    room: Room,
    store: Store,
    ticket: TicketId,
    actor: Actor,
    token: Token,
}

impl Scene {
    fn new(late: bool) -> Self {
        let room = Room::new();
        let store = room.store_with(|settings| settings.late_completions = late);
        let ticket = record(&store, "boom").id;
        let lot = Lot {
            path: room.path.clone(),
            ticket: ticket.clone(),
            late,
        };
        let mut actor = Actor::start("worker", &lot);
        let token = Token(actor.told().parse().unwrap());
        // When this is written the worker's writer has left the gate, and is not stopped with it in its hand.
        record(&store, "another");
        actor.stop();
        wait_until::holds("the lease runs out", || {
            store.get(&ticket).wait().unwrap().expired
        });
        Self {
            room,
            store,
            ticket,
            actor,
            token,
        }
    }

    /// Wakes the worker. What its completion and its renewal were answered.
    fn wake(&mut self) -> (Result<i64, Error>, Result<Token, Error>) {
        self.actor.say("complete");
        self.actor.resume();
        let completed = serde_json::from_str(&self.actor.told()).unwrap();
        (completed, serde_json::from_str(&self.actor.told()).unwrap())
    }
}

fn lost(why: LostWhy, by: &str, answer: Result<impl std::fmt::Debug, Error>) {
    match answer {
        Err(Error::LeaseLost {
            why: told,
            holder: Some(holder),
            ..
        }) => assert_eq!((told, &*holder), (why, by)),
        other => panic!("not lost to {by}: {other:?}"),
    }
}

#[test]
fn promise_1_a_late_worker_is_told_who_holds_its_ticket() {
    let mut scene = Scene::new(true);
    let taken = scene
        .store
        .acquire(&scene.ticket, "the other", MINUTE)
        .wait()
        .unwrap();
    assert!(taken.token > scene.token);
    let (completed, renewed) = scene.wake();
    lost(LostWhy::Taken, "the other", completed);
    lost(LostWhy::Taken, "the other", renewed);
    let ticket = scene.store.get(&scene.ticket).wait().unwrap();
    assert_eq!(ticket.lease.unwrap().holder, "the other");
    scene
        .store
        .complete(&scene.ticket, taken.token, evidence("in time"))
        .wait()
        .unwrap();
}

#[test]
fn promise_1_the_work_of_the_new_holder_stands() {
    let mut scene = Scene::new(true);
    let taken = scene
        .store
        .acquire(&scene.ticket, "the other", MINUTE)
        .wait()
        .unwrap();
    scene
        .store
        .complete(&scene.ticket, taken.token, evidence("in time"))
        .wait()
        .unwrap();
    let before = scene.store.show(&scene.ticket).wait().unwrap();
    let (completed, renewed) = scene.wake();
    lost(LostWhy::Completed, "the other", completed);
    lost(LostWhy::Completed, "the other", renewed);
    let after = scene.store.show(&scene.ticket).wait().unwrap();
    assert_eq!(after, before);
    assert_eq!(after.ticket.completion.unwrap().by, "the other");
}

#[test]
fn promise_1_a_late_result_counts_while_nobody_has_taken_the_ticket() {
    let mut scene = Scene::new(true);
    let (completed, renewed) = scene.wake();
    completed.unwrap();
    lost(LostWhy::Completed, "the stopped one", renewed);
    let ticket = scene.store.get(&scene.ticket).wait().unwrap();
    assert_eq!(
        (ticket.status, ticket.completion.unwrap().by.as_str()),
        (Status::Completed, "the stopped one")
    );
    assert!(scene.store.verify(false).wait().unwrap().ok);
}

#[test]
fn promise_1_a_setting_refuses_late_results() {
    let mut scene = Scene::new(false);
    let (completed, renewed) = scene.wake();
    lost(LostWhy::Expired, "the stopped one", completed);
    lost(LostWhy::Expired, "the stopped one", renewed);
    let ticket = scene.store.get(&scene.ticket).wait().unwrap();
    assert_eq!(
        (ticket.status, ticket.expired, ticket.lease),
        (Status::Open, true, None)
    );
    assert!(scene.room.store().verify(false).wait().unwrap().ok);
}
