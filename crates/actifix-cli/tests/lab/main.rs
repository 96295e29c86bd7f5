//! The contention lab from outside, by the real binary: the defect really fails here and the cures really do not, each
//! scene shows what it says, and arguments that make no sense are refused in words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

mod arguments;
mod book;
mod proof;
mod scene;
mod scenes;
#[allow(dead_code, reason = "the other tests of the command use the rest")]
#[path = "../command/shell.rs"]
mod shell;
mod words;
