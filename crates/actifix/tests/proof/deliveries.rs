//! What waits in the outbox, and a deliverer's part played by hand.

use actifix::{Attempt, Delivery, DeliveryFilter, Store, Subscription, Taken};

use super::stores::{MINUTE, Room, record};

/// The target that the proofs tell.
pub const PAGER: &str = "pager";

/// Tells this target everything from now on.
pub fn subscribe(store: &Store, name: &str) {
    let all = vec![Subscription::to(name)];
    store.subscribe(all).wait().expect("a target is taken");
}

/// The pager is to be told of these reports.
pub fn to_tell(room: &Room, names: &[&str]) -> Store {
    let store = room.store();
    add_to_tell(&store, names);
    store
}

/// The same in a store that is open.
pub fn add_to_tell(store: &Store, names: &[&str]) {
    subscribe(store, PAGER);
    for name in names {
        record(store, name);
    }
}

/// What was given up and what waits.
pub fn all(store: &Store) -> Vec<Delivery> {
    let filter = DeliveryFilter {
        limit: 10_000,
        ..DeliveryFilter::default()
    };
    let all = store.deliveries(filter);
    all.wait().expect("the outbox can be read")
}

/// Takes what is due for the pager, if nobody else sends to it.
pub fn try_take(store: &Store, most: usize) -> Option<Taken> {
    let taken = store.take_deliveries(PAGER, MINUTE, most);
    taken.wait().expect("a deliverer is answered")
}

/// Takes what is due for the pager.
pub fn take(store: &Store, most: usize) -> Taken {
    try_take(store, most).expect("something is due")
}

/// Says what came of the first that was taken; whether that counted.
pub fn settle(store: &Store, taken: &Taken, attempt: Attempt) -> bool {
    let first = &taken.deliveries[0].id;
    let settled = store.settle_delivery(taken.token, first, attempt, MINUTE);
    settled.expect("an attempt is written down")
}

/// Leaves the pager to others.
pub fn leave(store: &Store, taken: &Taken) {
    let left = store.leave_target(PAGER, taken.token);
    left.wait().expect("a target is left");
}
