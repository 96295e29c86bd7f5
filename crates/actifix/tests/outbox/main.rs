//! What is to be told stands in the outbox exactly when what it tells has happened, for those who want to be told; and it
//! stays there until it was told or somebody drops it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

#[path = "../proof/mod.rs"]
mod proof;

mod kept;
mod sent;
mod told;

use std::time::Duration;

use actifix::{Attempt, Delivery, DeliveryFilter, Store};
use proof::stores::{claim, evidence};

/// An hour.
pub const HOUR: Duration = Duration::from_secs(3_600);

/// What was given up.
pub fn dead(store: &Store) -> Vec<Delivery> {
    let filter = DeliveryFilter {
        dead: true,
        ..DeliveryFilter::default()
    };
    store.deliveries(filter).wait().unwrap()
}

/// Completes the next ticket.
pub fn complete(store: &Store) {
    let lease = claim(store, "agent");
    store
        .complete(&lease.ticket.id, lease.token, evidence("done"))
        .wait()
        .unwrap();
}

/// An attempt that failed.
pub fn failed(again: Option<Duration>) -> Attempt {
    Attempt::Failed {
        error: "HTTP 500".into(),
        again,
        rest: None,
    }
}
