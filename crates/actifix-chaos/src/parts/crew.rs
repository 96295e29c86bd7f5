//! Several workers at random work on one database.

use std::io;
use std::process::Command;

use crate::chance::Chance;
use crate::hand::{Hand, command};
use crate::order::Order;
use crate::worker::{Lot, Work};
use crate::yard::Yard;

/// What a crew does unless a part needs something else.
pub const WORK: Work = Work::Wander {
    threads: 3,
    names: 40,
    lease: (150, 400),
};

/// Who is to be started.
pub struct Crew<'a> {
    /// The order.
    pub order: &'a Order,
    /// Where.
    pub yard: &'a Yard,
    /// The beginning of their names.
    pub name: String,
    /// How long their calls wait, in milliseconds.
    pub deadline_ms: u64,
}

impl Crew<'_> {
    /// Starts `count` of them and waits until they have the database open.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start(&self, count: usize, chance: &mut Chance) -> io::Result<Vec<Hand>> {
        self.start_by(count, chance, |_, lot| command(&self.order.program, lot))
    }

    /// The same, each by a command of its own.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start_by(
        &self,
        count: usize,
        chance: &mut Chance,
        by: impl Fn(usize, &Lot) -> io::Result<Command>,
    ) -> io::Result<Vec<Hand>> {
        let mut hands = Vec::new();
        for n in 0..count {
            let name = format!("{}p{n}", self.name);
            let mut lot = self.yard.lot(&name, chance.below(u64::MAX >> 1), WORK);
            lot.deadline_ms = self.deadline_ms;
            hands.push(Hand::start(by(n, &lot)?)?);
        }
        for hand in &mut hands {
            hand.expect("open")?;
        }
        Ok(hands)
    }
}

/// Tells them to end, and waits for that.
///
/// # Errors
/// When one ends with an error.
pub fn end(hands: Vec<Hand>) -> io::Result<()> {
    for hand in hands {
        let status = hand.end()?;
        if !status.success() {
            return Err(io::Error::other(format!("a worker ended with {status}")));
        }
    }
    Ok(())
}
