//! Limits stay limits: a full disk, no descriptors, little memory, a crowd, a backlog. Each answer is a typed one, memory
//! is bounded, and the work goes on when the cause is gone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_3_a_full_disk_is_told_and_survived() {
    busy(&short("full-disk", 1), 1, 100);
}

#[test]
fn no_descriptors_left_is_told_and_survived() {
    busy(&short("descriptors", 5), 5, 50);
}

#[test]
fn a_flood_fits_into_little_memory() {
    busy(&short("memory", None), 1, 2_000);
}

#[test]
fn ten_thousand_waiting_calls_are_all_served() {
    busy(&short("callers", None), 1, 10_000);
}

#[test]
fn a_backlog_is_refused_in_words_and_leaves_nothing_behind() {
    busy(&short("backlog", None), 1, 0);
}
