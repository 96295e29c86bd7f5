//! The checkers themselves: true histories pass, and each lie is found. A checker that finds no lie proves nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod calls;
mod holders;
mod runs;
mod workers;
