//! One ticket, and what equal reports do to it.

use std::sync::Arc;

use actifix::{Close, CloseReason, Lease, ManualClock, Recorded, Status, Store, TicketId};

use crate::proof::stores::{Room, claim, evidence, record};

/// A store with one ticket, under a clock in the test's hand.
pub struct Case {
    _room: Room,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub id: TicketId,
}

impl Case {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut actifix::Settings)) -> Self {
        let room = Room::new();
        let (store, clock) = room.timed(change);
        let id = record(&store, "boom").id;
        Self {
            _room: room,
            store,
            clock,
            id,
        }
    }

    pub fn claim(&self) -> Lease {
        claim(&self.store, "agent")
    }

    pub fn complete(&self) {
        let lease = self.claim();
        self.store
            .complete(&lease.ticket.id, lease.token, evidence("x"))
            .wait()
            .unwrap();
    }

    pub fn close(&self, reason: CloseReason) {
        self.store
            .close(&self.id, Close::because(reason))
            .wait()
            .unwrap();
    }

    pub fn again(&self) -> Recorded {
        record(&self.store, "boom")
    }

    /// An equal report is counted as number `count` on the same ticket, which then stands at `status`.
    pub fn counts(&self, count: u64, status: Status) {
        let again = self.again();
        assert_eq!((again.new, &again.id), (false, &self.id));
        assert_eq!((again.occurrences, again.status), (count, status));
        let ticket = self.store.get(&self.id).wait().unwrap();
        assert_eq!((ticket.occurrences, ticket.status), (count, status));
        assert!(self.store.verify(false).wait().unwrap().ok);
    }
}
