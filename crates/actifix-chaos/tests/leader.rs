//! Whoever commits for 32 processes is killed, or stopped for a while, again and again: nothing is lost, nothing is done
//! twice, tokens rise, and no two hold one ticket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_3_a_leader_that_is_killed_takes_nothing_with_it() {
    busy(&short("leader-killed", 20), 20, 300);
}

#[test]
fn promise_1_a_leader_that_is_stopped_does_nothing_when_it_wakes() {
    busy(&short("leader-stopped", 20), 20, 300);
}
