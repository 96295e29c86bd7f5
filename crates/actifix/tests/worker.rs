//! The worker loop as a library: handlers that block and futures, leases that are kept, lost, and given back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use actifix::{Doing, Evidence, Job, Outcome, Status, Store, Tally, Told, Until, Worker};
use proof::block_on::block_on;
use proof::stores::{MINUTE, Room, claim, evidence, record};
use proof::wait_until;

fn drained(store: &Store) -> Worker {
    Worker::new(store, "ann").unwrap().until(Until::Drained)
}

fn open_tickets(store: &Store, count: usize) {
    for n in 0..count {
        record(store, &format!("error {n}"));
    }
}

#[test]
fn each_ticket_is_worked_on_once_and_completed() {
    let store = Room::new().into_store();
    open_tickets(&store, 40);
    let most = Arc::new(AtomicUsize::new(0));
    let (now, seen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let tally = drained(&store)
        .concurrency(4)
        .run(|job: &Job| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            seen.lock().unwrap().push(job.ticket().id.clone());
            now.fetch_sub(1, Ordering::SeqCst);
            Outcome::Done(evidence(job.ticket().id.as_str()))
        })
        .unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.sort();
    seen.dedup();
    assert_eq!((tally.claimed, tally.completed, seen.len()), (40, 40, 40));
    assert!(most.load(Ordering::SeqCst) <= 4);
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn futures_are_handlers_too_and_need_no_runtime() {
    let store = Room::new().into_store();
    open_tickets(&store, 20);
    let worker = drained(&store).concurrency(3);
    let tally = block_on(worker.run_async(|job: Job| async move {
        // The store is awaited inside, as a program of its own would.
        job.store()
            .note(&job.ticket().id, "seen".to_owned())
            .await
            .unwrap();
        Outcome::Done(evidence("async"))
    }))
    .unwrap();
    assert_eq!((tally.claimed, tally.completed), (20, 20));
}

#[test]
fn a_failure_is_counted_and_a_panic_is_one() {
    let store = Room::new().into_store();
    let (failed, panicked) = (record(&store, "fails").id, record(&store, "panics").id);
    let tally = drained(&store)
        .run(|job: &Job| match job.ticket().message.as_str() {
            "panics" => panic!("out of ideas"),
            _ => Outcome::failed("tried the obvious"),
        })
        .unwrap();
    assert_eq!((tally.failed, tally.completed), (2, 0));
    for (ticket, why) in [(failed, "tried the obvious"), (panicked, "out of ideas")] {
        let ticket = store.get(&ticket).wait().unwrap();
        assert_eq!((ticket.status, ticket.attempts), (Status::Open, 1));
        assert!(ticket.last_error.unwrap().contains(why));
        assert!(ticket.not_before.is_some(), "it rests");
    }
}

#[test]
fn evidence_that_is_refused_is_a_failure_with_the_evidence_in_its_reason() {
    let store = Room::new().into_store();
    let ticket = record(&store, "e").id;
    let thin = Evidence {
        results: "ok".into(),
        ..evidence("thin")
    };
    let tally = drained(&store)
        .run(|_: &Job| Outcome::Done(thin.clone()))
        .unwrap();
    assert_eq!(tally.failed, 1);
    let why = store.get(&ticket).wait().unwrap().last_error.unwrap();
    assert!(why.contains("results") && why.contains("(thin)"), "{why}");
}

#[test]
fn a_lease_is_renewed_for_as_long_as_the_handler_runs() {
    let store = Room::new().into_store();
    record(&store, "e");
    let renewed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&renewed);
    let tally = drained(&store)
        .lease(Duration::from_millis(900))
        .watch(move |notice| {
            if matches!(notice.what, Doing::Renewed { .. }) {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        })
        .run(|job: &Job| {
            // Four renewals at a third of the lease: longer than it lasts by itself.
            wait_until::holds("it is renewed", || renewed.load(Ordering::SeqCst) >= 4);
            assert_eq!(job.told(), None);
            Outcome::Done(evidence("long"))
        })
        .unwrap();
    assert_eq!((tally.completed, tally.lost), (1, 0));
}

#[test]
fn a_refused_renewal_ends_the_job_and_its_result() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| ());
    let ticket = record(&store, "e").id;
    let tally = drained(&store)
        .lease(Duration::from_secs(3))
        .until(Until::One)
        .run(|job: &Job| {
            // The store's clock says that the lease is over, and another takes the ticket.
            clock.advance(MINUTE);
            assert_eq!(claim(&store, "bob").ticket.id, job.ticket().id);
            let told = job.wait_told(MINUTE);
            assert!(matches!(told, Some(Told::Lost(_))), "{told:?}");
            Outcome::Done(evidence("too late"))
        })
        .unwrap();
    assert_eq!((tally.lost, tally.completed), (1, 0));
    let ticket = store.get(&ticket).wait().unwrap();
    assert_eq!(ticket.lease.unwrap().holder, "bob");
}

#[test]
fn a_future_is_dropped_when_its_lease_is_lost() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let room = Room::new();
    let (store, clock) = room.timed(|_| ());
    record(&store, "e");
    let dropped = Arc::new(AtomicUsize::new(0));
    let worker = drained(&store)
        .lease(Duration::from_secs(3))
        .until(Until::One);
    let tally = block_on(worker.run_async(|_| {
        let mark = Dropped(Arc::clone(&dropped));
        clock.advance(MINUTE);
        claim(&store, "bob");
        async move {
            let _mark = mark;
            std::future::pending::<Outcome>().await
        }
    }))
    .unwrap();
    assert_eq!((tally.lost, dropped.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_lease_that_cannot_be_renewed_in_time_counts_as_lost() {
    let room = Room::new();
    let store = room.store_with(|settings| settings.deadline = Duration::from_millis(200));
    let ticket = record(&store, "e").id;
    let foreign = Mutex::new(actifix::rusqlite::Connection::open(&room.path).unwrap());
    let waits = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&waits);
    let tally = drained(&store)
        .lease(Duration::from_secs(2))
        .until(Until::One)
        .watch(move |notice| {
            if matches!(notice.what, Doing::Waiting { .. } | Doing::Reached) {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        })
        .run(|job: &Job| {
            let foreign = foreign.lock().unwrap();
            foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
            let told = job.wait_told(MINUTE);
            assert!(matches!(told, Some(Told::Lost(_))), "{told:?}");
            foreign.execute_batch("COMMIT").unwrap();
            Outcome::Done(evidence("in doubt"))
        })
        .unwrap();
    assert_eq!((tally.lost, tally.completed), (1, 0));
    assert!(waits.load(Ordering::SeqCst) >= 1, "it says that it waits");
    // It was only in doubt: the ticket went back at once.
    let ticket = store.get(&ticket).wait().unwrap();
    assert_eq!(
        (ticket.status, ticket.attempts, ticket.expired),
        (Status::Open, 0, false)
    );
}

#[test]
fn a_handler_may_end_its_ticket_itself() {
    let store = Room::new().into_store();
    record(&store, "completes");
    record(&store, "gives back");
    let tally = drained(&store)
        .run(|job: &Job| {
            let (id, token) = (&job.ticket().id, job.token());
            if job.ticket().message == "completes" {
                job.store()
                    .complete(id, token, evidence("own"))
                    .wait()
                    .unwrap();
            } else {
                let later = actifix::Release::new().not_before(MINUTE);
                job.store().release(id, token, later).wait().unwrap();
            }
            Outcome::failed("nothing more to say")
        })
        .unwrap();
    assert_eq!(
        tally,
        Tally {
            claimed: 2,
            ended: 2,
            ..Tally::default()
        }
    );
}

#[test]
fn a_stop_lets_jobs_finish_and_the_second_gives_them_back() {
    for at_once in [false, true] {
        let store = Room::new().into_store();
        open_tickets(&store, 5);
        let worker = Worker::new(&store, "ann").unwrap().concurrency(2);
        let (stopper, stop) = (worker.stopper(), worker.stopper());
        let begun = AtomicUsize::new(0);
        let begun = &begun;
        let tally = thread::scope(|scope| {
            let running = scope.spawn(move || {
                worker.run(|job: &Job| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    if at_once {
                        assert_eq!(job.wait_told(MINUTE), Some(Told::Stop));
                        return Outcome::failed("interrupted");
                    }
                    wait_until::holds("it is stopped", || stopper.is_stopping());
                    Outcome::Done(evidence("last"))
                })
            });
            wait_until::holds("both work", || begun.load(Ordering::SeqCst) == 2);
            stop.finish(MINUTE);
            if at_once {
                stop.now();
            }
            running.join().unwrap().unwrap()
        });
        let expected = if at_once { (2, 0, 2) } else { (2, 2, 0) };
        assert_eq!((tally.claimed, tally.completed, tally.released), expected);
        let stats = store.stats().wait().unwrap();
        assert_eq!(stats.in_progress, 0, "nothing stays leased");
    }
}

#[test]
fn a_time_of_grace_has_an_end() {
    let store = Room::new().into_store();
    let ticket = record(&store, "e").id;
    let worker = Worker::new(&store, "ann").unwrap();
    let stopper = worker.stopper();
    let tally = worker
        .run(|job: &Job| {
            stopper.finish(Duration::from_millis(50));
            assert_eq!(job.wait_told(MINUTE), Some(Told::Stop));
            Outcome::failed("interrupted")
        })
        .unwrap();
    assert_eq!(tally.released, 1);
    let ticket = store.get(&ticket).wait().unwrap();
    assert_eq!((ticket.status, ticket.attempts), (Status::Open, 0));
    assert!(ticket.updated_at <= store.settings().clock.now());
}
