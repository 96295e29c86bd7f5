//! Power cuts: what was acknowledged is on the disk; and a disk that lies is found out by the same cuts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_3_nothing_acknowledged_is_lost_by_a_power_cut() {
    busy(&short("powercut", 30), 30, 500);
}

#[test]
fn promise_3_a_disk_that_lies_is_found_out() {
    short("lying-fsync", 8);
}
