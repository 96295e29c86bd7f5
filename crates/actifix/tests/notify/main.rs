//! Hooks and webhooks are told at least once, whatever the receiver does; one that fails holds up nobody else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

#[path = "../proof/mod.rs"]
mod proof;

mod hooks;
mod many;
mod receiver;
mod webhooks;

use std::time::Duration;

use actifix::Store;
use actifix::notify::{Deliverer, Halt, Notice, Tally, Target, Until, subscribe};
use proof::deliveries::all;

/// Has them told from now on, and answers who delivers.
pub fn told(store: &Store, targets: Vec<Target>) -> Deliverer {
    subscribe(store, &targets).unwrap();
    Deliverer::new(store, targets).unwrap()
}

/// One pass.
pub fn deliver(deliverer: &Deliverer) -> Tally {
    deliverer
        .run(Until::Sent, &Halt::new(), &|_: Notice<'_>| ())
        .unwrap()
}

/// One pass that ends after the first attempts: what was refused is not tried again.
pub fn deliver_once(deliverer: &Deliverer) -> Tally {
    let halt = Halt::new();
    halt.finish();
    deliverer
        .run(Until::Stopped, &halt, &|_: Notice<'_>| ())
        .unwrap()
}

/// The reason of the only delivery that did not arrive, and for how long it waits.
pub fn reason(store: &Store) -> (String, Duration) {
    let left = all(store);
    assert_eq!(left.len(), 1, "{left:?}");
    let now = store.settings().clock.now();
    let pause = left[0].due.map_or(Duration::ZERO, |due| due.since(now));
    (left[0].error.clone().unwrap_or_default(), pause)
}
