//! The command from outside: its real binary, in a folder of its own, with an environment of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

mod answers;
mod bulk;
mod config;
mod copies;
mod discovery;
mod exits;
mod export;
mod files;
mod health;
mod help;

mod import;
mod ingest;
mod keep;
mod people;
mod quarantine;
mod redact;
mod refusals;
mod retention;
mod shell;
mod similar;
mod spool;
mod streams;
mod workers;
