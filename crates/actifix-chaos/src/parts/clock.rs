//! The clock of one process moves back and forth by hours while the others' stands. Leases are then taken early or late;
//! the token decides, so that nobody is harmed by it.

use std::fs;
use std::io;
use std::path::Path;

use super::crew::{Crew, end};
use super::wait_until_written;
use crate::chance::Chance;
use crate::checker::Rules;
use crate::hand::{Hand, command};
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::tools;
use crate::yard::Yard;

/// Moves on one file.
const A_FILE: u64 = 10;
/// Where the clock goes, in seconds.
const JUMPS: [i64; 7] = [-86_400, -3_600, -1, 0, 1, 3_600, 864_000];
/// Spans of two clocks cannot be compared: judged by tokens and the order of events.
const RULES: Rules = Rules {
    one_clock: false,
    refusals: &[],
};

/// Runs it.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("clock", order.seed);
    let library = match tools::faketime() {
        Ok(library) => library,
        Err(why) => {
            tally.skipped = Some(why);
            return Ok(tally);
        }
    };
    let mut progress = Progress::new("clock", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 40) {
        let mut yard = Yard::new()?;
        let clock = yard.home().join("clock");
        fs::write(&clock, "+0\n")?;
        let hands = crew(order, &yard, library, &clock, &mut chance)?;
        for _ in 0..A_FILE {
            wait_until_written(&yard, 2_000 + chance.below(6_000))?;
            let jump = chance.one_of(&JUMPS).copied().unwrap_or(0);
            let next = yard.home().join("next");
            fs::write(&next, format!("{jump:+}\n"))?;
            fs::rename(&next, &clock)?;
            tally.faults += 1;
        }
        wait_until_written(&yard, 4_000)?;
        end(hands)?;
        let moved = far_events(&yard)?;
        if moved == 0 {
            tally.find(
                "the clock did not move",
                "no event carries a time of another day or hour",
            );
        }
        let verdict = yard.judge(&RULES)?;
        tally.found(&verdict);
        tally.add(&verdict);
        tally
            .also
            .entry("calls by a clock an hour or more away".into())
            .and_modify(|n| *n += moved)
            .or_insert(moved);
    }
    Ok(progress.done(tally))
}

/// Three workers, the first of them by a clock of its own.
fn crew(
    order: &Order,
    yard: &Yard,
    library: &Path,
    clock: &Path,
    chance: &mut Chance,
) -> io::Result<Vec<Hand>> {
    let crew = Crew {
        order,
        yard,
        name: "c".into(),
        deadline_ms: 30_000,
    };
    crew.start_by(3, chance, |n, lot| {
        let mut command = command(&order.program, lot)?;
        if n == 0 {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", clock);
            command
                .env("FAKETIME_NO_CACHE", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        Ok(command)
    })
}

/// Lines of the logs whose clock is an hour or more from this process's.
fn far_events(yard: &Yard) -> io::Result<u64> {
    use actifix::{Clock, SystemClock};
    const HOUR: i64 = 3_500_000_000;
    let now = SystemClock.now().micros();
    let mut far = 0;
    for log in fs::read_dir(&yard.logs)? {
        let text = fs::read_to_string(log?.path())?;
        let walls = text.lines().filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line)
                .ok()?
                .get("wall")?
                .as_i64()
        });
        far += walls.filter(|wall| (wall - now).abs() > HOUR).count() as u64;
    }
    Ok(far)
}
