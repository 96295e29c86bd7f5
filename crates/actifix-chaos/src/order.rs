//! What is asked of a part, and how far it has come.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::tally::Tally;

/// A part's order.
#[derive(Clone, Debug)]
pub struct Order {
    /// This program, which is also its workers.
    pub program: PathBuf,
    /// Where chance begins.
    pub seed: u64,
    /// How many faults; as many as there are points where there is an end to them.
    pub rounds: Option<u64>,
    /// For how long instead.
    pub time: Option<Duration>,
}

/// The progress of a part.
pub struct Progress {
    part: String,
    order: Order,
    since: Instant,
    shown: Instant,
    terminal: bool,
}

/// A line in a log each so often; on a terminal more often.
const SELDOM: Duration = Duration::from_secs(15);
const OFTEN: Duration = Duration::from_millis(200);

impl Progress {
    /// A part begins.
    pub fn new(part: &str, order: &Order) -> Self {
        let now = Instant::now();
        eprintln!("{part}: seed {}", order.seed);
        Self {
            part: part.to_owned(),
            order: order.clone(),
            since: now,
            shown: now,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Its chance.
    pub fn chance(&self) -> Chance {
        Chance::new(self.order.seed)
    }

    /// Whether another round is wanted, `usual` where nobody said how many. Shows how far it has come.
    pub fn goes_on(&mut self, tally: &Tally, usual: u64) -> bool {
        let on = match (self.order.time, self.order.rounds) {
            (Some(time), _) => self.since.elapsed() < time,
            (None, rounds) => tally.faults < rounds.unwrap_or(usual),
        };
        let often = if self.terminal { OFTEN } else { SELDOM };
        if self.shown.elapsed() > often || !on {
            self.shown = Instant::now();
            self.show(tally, on);
        }
        on
    }

    fn show(&self, tally: &Tally, on: bool) {
        let line = format!(
            "{}: {} faults, {} findings, {:.0} s",
            self.part,
            tally.faults,
            tally.found,
            self.since.elapsed().as_secs_f64()
        );
        let end = if self.terminal && on { "\r" } else { "\n" };
        eprint!("{line}{end}");
        let _ = io::stderr().flush();
    }

    /// The part is at its end.
    pub fn done(&self, tally: Tally) -> Tally {
        Tally {
            seconds: self.since.elapsed().as_secs_f64(),
            ..tally
        }
    }
}
