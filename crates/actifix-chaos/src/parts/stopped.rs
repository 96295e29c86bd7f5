//! SIGSTOP: one of three processes is stopped, with leases that run out meanwhile, now and then with the write lock in its
//! hand. The others go on, or are told who stands in the way; who wakes up late changes nothing any more.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use actifix::Store;

use super::crew::{self, Crew};
use super::wait_until_written;
use crate::chance::Chance;
use crate::checker::Rules;
use crate::hand::Hand;
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::yard::Yard;

/// Stops on one file.
const A_FILE: u64 = 10;
/// Calls wait so long: less than a process is stopped for at the most.
const DEADLINE_MS: u64 = 250;
/// A call in the hands of a leader that is stopped inside its transaction may or may not have happened.
const RULES: Rules = Rules::refusing(&["busy", "outcome_unknown"]);

/// Runs it.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("stopped", order.seed);
    let mut progress = Progress::new("stopped", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 40) {
        let mut yard = Yard::new()?;
        let crew = Crew {
            order,
            yard: &yard,
            name: "s".into(),
            deadline_ms: DEADLINE_MS,
        };
        let hands = crew.start(3, &mut chance)?;
        let store = Store::open(&yard.path).map_err(io::Error::other)?;
        for _ in 0..A_FILE {
            wait_until_written(&yard, chance.below(6_000))?;
            let (at, holding) = stop(&store, &hands, &mut chance);
            thread::sleep(Duration::from_millis(chance.below(600)));
            hands[at].resume();
            tally.faults += 1;
            if holding {
                tally.count("with the write lock in its hand");
            }
        }
        drop(store);
        crew::end(hands)?;
        let verdict = yard.judge(&RULES)?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

/// Stops one of them: every other time the one that is seen with the write lock. Says which, and whether it has it.
fn stop(store: &Store, hands: &[Hand], chance: &mut Chance) -> (usize, bool) {
    let any = usize::try_from(chance.below(hands.len() as u64)).unwrap_or(0);
    let until = Instant::now() + Duration::from_millis(200);
    let aimed = chance.below(2) == 0;
    while aimed && Instant::now() < until {
        let Some(at) = holder(store, hands) else {
            continue;
        };
        hands[at].stop();
        // Still there: it was stopped with the lock, and not just after.
        let holding = || holder(store, hands) == Some(at);
        if holding() && holding() {
            return (at, true);
        }
        hands[at].resume();
    }
    hands[any].stop();
    (any, holder(store, hands) == Some(any))
}

fn holder(store: &Store, hands: &[Hand]) -> Option<usize> {
    let holder = store.lock_holder()?;
    hands.iter().position(|hand| hand.pid() == holder.pid)
}
