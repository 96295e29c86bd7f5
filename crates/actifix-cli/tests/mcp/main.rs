//! `actifix mcp`: the official Python client, and a client that goes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "a test fails by panicking, also in what it calls; the shell is shared"
)]

mod client;
mod goes;
mod python;
#[path = "../command/shell.rs"]
mod shell;
