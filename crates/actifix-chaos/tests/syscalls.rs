//! A fault at every system call by which a scripted run changes or locks its files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_3_a_kill_at_any_system_call_loses_nothing() {
    busy(&short("syscalls-kill", None), 300, 2_000);
}

#[test]
fn promise_3_an_io_error_at_any_system_call_loses_nothing_and_the_work_goes_on() {
    let tally = short("syscalls-eio", None);
    busy(&tally, 300, 3_000);
    // A failed commit was told as such, and its request id then gave the true answer.
    assert!(tally.skipped.is_some() || (tally.unknown > 10 && tally.unsettled == 0));
}

#[test]
fn promise_3_a_full_disk_at_any_system_call_loses_nothing_and_the_work_goes_on() {
    busy(&short("syscalls-enospc", None), 200, 2_000);
}
