//! Foreign programs on the same file, all four kinds at once or one of them: a writer, one that holds the write lock, one
//! that keeps a long read open, one that checkpoints. Nobody of ours is told that anything was locked.

use std::io;
use std::process::Command;

use actifix::Store;

use super::crew::{self, Crew};
use super::wait_until_written;
use crate::checker::Rules;
use crate::foreign::ROLES;
use crate::hand::Hand;
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::yard::Yard;

/// Runs it: a fault is a crew that has worked beside some of them.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("foreign", order.seed);
    let mut progress = Progress::new("foreign", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 10) {
        let mut yard = Yard::new()?;
        drop(Store::open(&yard.path).map_err(io::Error::other)?);
        // Each alone, and then all at once.
        let turn = usize::try_from(tally.faults % (ROLES.len() as u64 + 1)).unwrap_or(0);
        let roles = ROLES.get(turn..=turn).unwrap_or(&ROLES);
        let mut outsiders = Vec::new();
        for role in roles {
            let mut command = Command::new(&order.program);
            command.arg("be-foreign").arg(role).arg(&yard.path);
            let mut outsider = Hand::start(command)?;
            outsider.expect("open")?;
            outsiders.push(outsider);
        }
        let crew = Crew {
            order,
            yard: &yard,
            name: "f".into(),
            deadline_ms: 30_000,
        };
        let hands = crew.start(2, &mut chance)?;
        wait_until_written(&yard, 60_000)?;
        crew::end(hands)?;
        for (role, outsider) in roles.iter().zip(outsiders) {
            let status = outsider.end()?;
            if !status.success() {
                tally.find(
                    "a foreign program broke",
                    format!("the {role} ended with {status}"),
                );
            }
            tally.count(role);
        }
        tally.faults += 1;
        let verdict = yard.judge(&Rules::default())?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}
