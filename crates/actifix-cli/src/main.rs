//! The `actifix` command: a thin front of the library. A verb is a file in `commands`; the work happens in `actifix`.

#![forbid(unsafe_code)]

mod bulk;
mod cli;
mod commands;
mod context;
mod demo;
mod failure;
mod input;
mod lines;
mod locate;
mod output;
mod runner;
mod targets;
mod waiting;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
