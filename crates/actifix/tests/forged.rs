//! The checkers themselves: true histories pass, and each lie is found. A checker that finds no lie proves nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod checkers;
mod proof;

#[path = "forged/calls.rs"]
mod calls;
#[path = "forged/holders.rs"]
mod holders;
#[path = "forged/runs.rs"]
mod runs;
#[path = "forged/workers.rs"]
mod workers;
