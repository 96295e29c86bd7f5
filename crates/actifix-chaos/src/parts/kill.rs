//! kill -9 of one of several processes at random moments, now and then while the database is being made.

use std::io;
use std::thread;
use std::time::Duration;

use super::wait_until_written;
use crate::chance::Chance;
use crate::checker::Rules;
use crate::hand::{Hand, command};
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::worker::Work;
use crate::yard::Yard;

/// Processes that work at once, and threads of each.
const PROCESSES: usize = 3;
const THREADS: usize = 3;
/// Kills on one file; the last look at it is the one whose figures count.
const A_FILE: u64 = 25;
/// Bytes of log that are written at most before the next kill.
const MUCH: u64 = 12_000;

const WORK: Work = Work::Wander {
    threads: THREADS,
    names: 40,
    lease: (150, 400),
};

/// Runs it.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut progress = Progress::new("kill", order);
    let mut tally = Tally::of("kill", order.seed);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 300) {
        let mut yard = Yard::new()?;
        file(order, &mut yard, &mut tally, &mut chance)?;
        let verdict = yard.judge(&Rules::default())?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

/// The kills on one file. In the end nobody is left.
fn file(order: &Order, yard: &mut Yard, tally: &mut Tally, chance: &mut Chance) -> io::Result<()> {
    let first = tally.faults;
    let mut hands = Vec::new();
    for n in 0..PROCESSES {
        hands.push(start(order, yard, &format!("f{first}p{n}"), chance)?);
    }
    // The first kill on every other file comes while it is being made.
    let mut making = (first / A_FILE).is_multiple_of(2);
    while tally.faults < first + A_FILE {
        if !making {
            wait_until_written(yard, chance.below(MUCH))?;
        }
        making = false;
        // The moment itself is what chance picks.
        thread::sleep(Duration::from_micros(chance.below(4_000)));
        let victim = usize::try_from(chance.below(PROCESSES as u64)).unwrap_or(0);
        hands.remove(victim).kill();
        tally.faults += 1;
        let name = format!("f{first}r{}", tally.faults);
        hands.push(start(order, yard, &name, chance)?);
    }
    // Half of the files end in peace, the others by killing all.
    for hand in hands {
        if (first / A_FILE).is_multiple_of(4) {
            hand.end()?;
        } else {
            hand.kill();
        }
    }
    Ok(())
}

fn start(order: &Order, yard: &Yard, name: &str, chance: &mut Chance) -> io::Result<Hand> {
    let lot = yard.lot(name, chance.below(u64::MAX >> 1), WORK);
    Hand::start(command(&order.program, &lot)?)
}
