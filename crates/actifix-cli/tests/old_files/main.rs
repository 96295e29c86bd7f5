//! Files of the Python system, and what becomes of them under the real binary: two upgrades at once,
//! other programs at work, and its own statements on an upgraded file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

#[path = "../../../actifix/tests/legacy/mod.rs"]
mod legacy;
#[path = "../command/shell.rs"]
#[allow(dead_code)] // each test uses its part
mod shell;

mod at_once;
mod statements;
mod way_back;
