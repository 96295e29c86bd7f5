//! The process that commits for 32 others is killed every 200 ms, or stopped for a while: whoever handed it a call gets the
//! answer that it would have got, and nothing is applied twice.

use std::io;
use std::thread;
use std::time::Duration;

use actifix::Store;

use super::crew::end;
use crate::chance::Chance;
use crate::checker::Rules;
use crate::hand::{Hand, command};
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::worker::Work;
use crate::yard::Yard;

/// Processes at once, each with one caller.
const PROCESSES: usize = 32;
/// Between two faults.
const PAUSE: Duration = Duration::from_millis(200);
/// Faults on one file.
const A_FILE: u64 = 20;

const WORK: Work = Work::Wander {
    threads: 1,
    names: 60,
    lease: (150, 400),
};

/// Kills it.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn killed(order: &Order) -> io::Result<Tally> {
    run(order, "leader-killed", |crew| {
        let Some(at) = crew.leader() else {
            return Ok(false);
        };
        crew.hands.swap_remove(at).kill();
        crew.join()?;
        Ok(true)
    })
}

/// Stops it, for less and for more than the others wait.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn stopped(order: &Order) -> io::Result<Tally> {
    run(order, "leader-stopped", |crew| {
        let Some(at) = crew.leader() else {
            return Ok(false);
        };
        crew.hands[at].stop();
        thread::sleep(Duration::from_millis(crew.chance.below(600)));
        crew.hands[at].resume();
        Ok(true)
    })
}

/// Those who work on one file.
struct Crowd<'a> {
    order: &'a Order,
    yard: &'a Yard,
    store: Store,
    hands: Vec<Hand>,
    chance: &'a mut Chance,
    started: usize,
}

fn run(
    order: &Order,
    name: &'static str,
    mut fault: impl FnMut(&mut Crowd<'_>) -> io::Result<bool>,
) -> io::Result<Tally> {
    let mut tally = Tally::of(name, order.seed);
    let mut progress = Progress::new(name, order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 40) {
        let mut yard = Yard::new()?;
        let store = Store::open(&yard.path).map_err(io::Error::other)?;
        let mut crowd = Crowd {
            order,
            yard: &yard,
            store,
            hands: Vec::new(),
            chance: &mut chance,
            started: 0,
        };
        for _ in 0..PROCESSES {
            crowd.join()?;
        }
        for _ in 0..A_FILE {
            thread::sleep(PAUSE);
            match fault(&mut crowd)? {
                true => tally.faults += 1,
                false => tally.count("moments without a leader"),
            }
        }
        end(crowd.hands)?;
        drop(crowd.store);
        let verdict = yard.judge(&Rules::default())?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

impl Crowd<'_> {
    /// One more.
    fn join(&mut self) -> io::Result<()> {
        let name = format!("l{}", self.started);
        self.started += 1;
        let lot = self.yard.lot(&name, self.chance.below(u64::MAX >> 1), WORK);
        let mut command = command(&self.order.program, &lot)?;
        if std::env::var_os("ACTIFIX_TEST_LINE").is_none() {
            command.env("ACTIFIX_LINE", "shared");
        }
        self.hands.push(Hand::start(command)?);
        Ok(())
    }

    /// Who leads.
    fn leader(&self) -> Option<usize> {
        let leader = self.store.leader()?.process?.pid;
        self.hands.iter().position(|hand| hand.pid() == leader)
    }
}
