//! More runs out at once than one batch sweeps. A lease past its time is none, whether or not anything has swept it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::sync::Arc;
use std::time::Duration;

use actifix::{
    Claim, Close, CloseReason, Delete, Error, Lease, LostWhy, ManualClock, Release, Status, Store,
};
use proof::stores::{MINUTE, Room, error, evidence};

/// Many times what a batch sweeps (256).
const MANY: usize = 3_000;

/// A store in which `MANY` leases have run out, one after the other, and nothing has been written since.
struct Flood {
    _room: Room,
    store: Store,
    clock: Arc<ManualClock>,
    /// The last to run out first: these are the last to be swept.
    leases: Vec<Lease>,
}

impl Flood {
    fn new() -> Self {
        let room = Room::in_memory();
        let (store, clock) = room.timed(|_| {});
        store
            .record_all((0..MANY).map(|n| error(&format!("boom {n}"))))
            .wait()
            .unwrap();
        let mut leases = Vec::new();
        while leases.len() < MANY {
            let claim = Claim::by("agent").count(100).lease(MINUTE);
            leases.extend(store.claim(claim).wait().unwrap());
            clock.advance(Duration::from_secs(1));
        }
        clock.advance(MINUTE);
        leases.reverse();
        Self {
            _room: room,
            store,
            clock,
            leases,
        }
    }

    /// A lease that is not swept while the next call is made.
    fn next(&mut self) -> Lease {
        self.leases.remove(0)
    }
}

#[test]
fn promise_1_a_lease_that_is_not_swept_yet_is_none() {
    let mut flood = Flood::new();
    let lease = flood.next();
    let seen = flood.store.get(&lease.ticket.id).wait().unwrap();
    assert_eq!(
        (seen.status, seen.expired, seen.lease),
        (Status::Open, true, None)
    );
    assert_eq!(flood.store.mine("agent").wait().unwrap(), []);
    let stats = flood.store.stats().wait().unwrap();
    assert_eq!((stats.open, stats.in_progress), (MANY as u64, 0));

    let renewed = flood
        .store
        .renew(&lease.ticket.id, lease.token, MINUTE)
        .wait();
    assert!(
        matches!(
            renewed,
            Err(Error::LeaseLost {
                why: LostWhy::Expired,
                ..
            })
        ),
        "{renewed:?}"
    );
    let foreign = flood.next();
    let renewed = flood
        .store
        .renew(&foreign.ticket.id, lease.token, MINUTE)
        .wait();
    assert!(
        matches!(renewed, Err(Error::LeaseLost { .. })),
        "{renewed:?}"
    );
}

#[test]
fn promise_1_a_lease_that_is_not_swept_yet_is_in_nobodys_way() {
    let mut flood = Flood::new();
    let store = flood.store.clone();
    let taken = flood.next();
    let again = store
        .acquire(&taken.ticket.id, "the other", MINUTE)
        .wait()
        .unwrap();
    assert!(again.token > taken.token);
    assert_eq!(again.ticket.attempts, 1);
    let late = store
        .complete(&taken.ticket.id, taken.token, evidence("late"))
        .wait();
    assert!(
        matches!(
            late,
            Err(Error::LeaseLost {
                why: LostWhy::Taken,
                ..
            })
        ),
        "{late:?}"
    );
    store
        .close(
            &flood.next().ticket.id,
            Close::because(CloseReason::Obsolete),
        )
        .wait()
        .unwrap();
    store
        .delete(&flood.next().ticket.id, Delete::default())
        .wait()
        .unwrap();
    assert_eq!(
        store
            .record(error(&flood.next().ticket.message))
            .wait()
            .unwrap()
            .status,
        Status::Open
    );
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn promise_1_its_holder_may_still_complete_or_give_back() {
    let mut flood = Flood::new();
    let store = flood.store.clone();
    let late = flood.next();
    store
        .complete(&late.ticket.id, late.token, evidence("late"))
        .wait()
        .unwrap();
    assert_eq!(
        store.get(&late.ticket.id).wait().unwrap().status,
        Status::Completed
    );
    let late = flood.next();
    store
        .release(&late.ticket.id, late.token, Release::new())
        .wait()
        .unwrap();
    let seen = store.get(&late.ticket.id).wait().unwrap();
    assert_eq!(
        (seen.status, seen.expired, seen.attempts),
        (Status::Open, false, 1)
    );
    let late = flood.next();
    store
        .release(&late.ticket.id, late.token, Release::new().failed())
        .wait()
        .unwrap();
    // An expiry has been counted; the late word on it is no second attempt.
    assert_eq!(store.get(&late.ticket.id).wait().unwrap().attempts, 1);
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn promise_2_all_of_them_come_back() {
    let flood = Flood::new();
    let mut again = Vec::new();
    while again.len() < MANY {
        let claimed = flood
            .store
            .claim(Claim::by("the other").count(100))
            .wait()
            .unwrap()
            .leases;
        assert_ne!(claimed.len(), 0, "sent away empty after {}", again.len());
        again.extend(claimed.into_iter().map(|lease| lease.ticket.id));
    }
    again.sort();
    again.dedup();
    assert_eq!(again.len(), MANY);
    assert_eq!(flood.store.mine("the other").wait().unwrap().len(), MANY);
    flood.clock.advance(MINUTE);
    assert!(flood.store.verify(false).wait().unwrap().ok);
}
