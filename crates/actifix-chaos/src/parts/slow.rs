//! A disk whose syncs take 50 ms: everything holds, only slower, and nobody is told that anything was in the way.

use std::io;
use std::process::Command;

use super::crew::{self, Crew};
use super::wait_until_written;
use crate::checker::Rules;
use crate::hand::arguments;
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::tools;
use crate::yard::Yard;

/// Runs it: a fault is a crew that has worked for a while.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("slow-disk", order.seed);
    if let Err(why) = tools::strace() {
        tally.skipped = Some(why);
        return Ok(tally);
    }
    let mut progress = Progress::new("slow-disk", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 5) {
        let mut yard = Yard::new()?;
        let crew = Crew {
            order,
            yard: &yard,
            name: "s".into(),
            deadline_ms: 30_000,
        };
        let hands = crew.start_by(2, &mut chance, |_, lot| {
            let mut command = Command::new("strace");
            command.args([
                "-f",
                "-qqq",
                "--seccomp-bpf",
                "-o",
                "/dev/null",
                "-e",
                "trace=fdatasync,fsync",
            ]);
            command.args(["-e", "inject=fdatasync,fsync:delay_enter=50000"]);
            command.arg(&order.program).args(arguments(lot)?);
            Ok(command)
        })?;
        wait_until_written(&yard, 30_000)?;
        crew::end(hands)?;
        tally.faults += 1;
        let verdict = yard.judge(&Rules::default())?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}
