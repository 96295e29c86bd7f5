//! `actifix run`: a command as if it stood alone, whatever it does, and whatever becomes of the database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

mod pipes;
mod reports;
mod stage;
mod terminal;
