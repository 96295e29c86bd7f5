//! `cargo xtask bench [NAME…] [--rounds N] [--quick] [--json]`: each figure of Actifix beside its yardsticks, in the same
//! run, as a ratio, with its target.

#![forbid(unsafe_code)]

mod args;
mod benches;
mod callers;
mod crowd;
mod disk;
mod machine;
mod report;
mod rounds;
mod scratch;
mod session;
mod tickets;
mod timing;
mod worker;
mod yardstick;

use std::process::ExitCode;

use args::{Asked, USAGE};
use machine::{Machine, Turn};
use session::Session;

/// A result whose error is for people.
pub type Answer<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let answer = match words.split_first() {
        Some((first, rest)) if first == worker::WORD => worker::main(rest).map(|()| true),
        _ => asked(&words),
    };
    match answer {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::from(2)
        }
    }
}

fn asked(words: &[String]) -> Answer<bool> {
    match args::parse(words)? {
        Asked::Help => {
            println!("{USAGE}\n\n{}", benches::list());
            Ok(true)
        }
        Asked::Run(options) => {
            let _turn = Turn::take()?;
            let mut session = Session::new(options)?;
            let machine = Machine::look(session.scratch.folder())?;
            session.say(&machine);
            benches::run(&mut session)?;
            report::print(&machine, &session)?;
            Ok(session.rows.iter().all(report::Row::ok))
        }
    }
}
