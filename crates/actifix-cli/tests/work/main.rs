//! `actifix work` with real processes: what it runs, what it ends, what it leaves.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "a test fails by panicking, also in what it calls; the shell is shared"
)]

mod bench;
mod endings;
mod keeping;
mod leases;
mod outside;
#[path = "../command/shell.rs"]
mod shell;
mod signals;
mod troubles;
mod worktrees;
