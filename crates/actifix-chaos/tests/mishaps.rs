//! What else can happen to a machine: a slow disk, a stopped process, a clock that jumps, foreign programs, and a file
//! that is deleted, replaced, truncated, or loses its log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_2_a_slow_disk_only_makes_slow() {
    busy(&short("slow-disk", 1), 1, 40);
}

#[test]
fn promise_1_a_stopped_process_changes_nothing_when_it_wakes() {
    let tally = short("stopped", 20);
    busy(&tally, 20, 500);
    assert!(tally.also.contains_key("with the write lock in its hand"));
}

#[test]
fn promise_1_a_clock_that_jumps_harms_nobody() {
    busy(&short("clock", 20), 20, 200);
}

#[test]
fn promise_2_foreign_programs_are_survived() {
    busy(&short("foreign", 5), 5, 300);
}

#[test]
fn promise_3_a_file_that_is_taken_away_is_noticed() {
    busy(&short("file", 8), 8, 100);
}
