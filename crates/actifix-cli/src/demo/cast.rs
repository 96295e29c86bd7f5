//! The workers as the demo sees them: what each is at, which ticket it has, and a line for whatever one of them says.

use std::time::{Duration, Instant};

use actifix::Store;

use super::crew::{Ears, Hand};
use super::halt::Halt;
use super::seen::{Grip, Seen};
use super::story::{Teller, Tone, Voice};

/// The workers' names.
const NAMES: [&str; 4] = ["ann", "ben", "cleo", "dan"];

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// It has no ticket.
    Waiting,
    /// It has one.
    Claimed,
    /// It has seen the error.
    Working,
    /// It was killed or stopped.
    Away,
    /// It was told to end.
    Leaving,
    Gone,
}

/// A worker.
pub struct Player {
    pub name: &'static str,
    pub hand: Hand,
    pub at: At,
    pub grip: Option<Grip>,
}

/// All workers.
pub struct Cast<'a> {
    pub store: &'a Store,
    pub players: Vec<Player>,
    pub seen: Seen,
    pub teller: &'a Teller<'a>,
    ears: &'a Ears,
    until: Instant,
}

impl<'a> Cast<'a> {
    /// Starts the workers in the folder of `store`, under leases of `lease`. Nothing is waited for beyond `until`.
    pub fn start(
        teller: &'a Teller<'a>,
        store: &'a Store,
        ears: &'a Ears,
        lease: Duration,
        until: Instant,
    ) -> Result<Self, Halt> {
        let folder = store.path().parent().unwrap_or_else(|| store.path());
        let player = |(number, name)| {
            let hand = Hand::start(number, name, lease, folder, ears)?;
            Ok::<_, Halt>(Player {
                name,
                hand,
                at: At::Waiting,
                grip: None,
            })
        };
        let players = NAMES
            .into_iter()
            .enumerate()
            .map(player)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            store,
            players,
            seen: Seen::default(),
            teller,
            ears,
            until,
        })
    }

    /// Whether every worker is at `at`.
    pub fn all_at(&self, at: At) -> bool {
        self.players.iter().all(|player| player.at == at)
    }

    /// Waits and tells until `done`.
    pub fn listen(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<(), Halt> {
        while !done(self) {
            let Some(heard) = self.ears.hear(self.until) else {
                return Err(Halt::Broken(format!("it took too long until {what}")));
            };
            self.note(heard)?;
        }
        Ok(())
    }

    /// Tells what was heard in the meantime.
    pub fn catch_up(&mut self) -> Result<(), Halt> {
        while let Some(heard) = self.ears.heard() {
            self.note(heard)?;
        }
        Ok(())
    }

    /// A worker is away from here on. Answers what it had.
    pub fn lose(&mut self, number: usize) -> Option<Grip> {
        let player = &mut self.players[number];
        player.at = At::Away;
        player.grip.clone()
    }

    /// A line on a signal that a worker got.
    pub fn signalled(
        &self,
        number: usize,
        tone: Tone,
        verb: &str,
        signal: &str,
    ) -> Result<(), Halt> {
        let pid = self.players[number].hand.pid();
        self.tell(number, tone, verb, &format!("kill -{signal} {pid}"))
    }

    /// A line on what a worker does to its ticket.
    pub fn tell(&self, number: usize, tone: Tone, verb: &str, more: &str) -> Result<(), Halt> {
        let player = &self.players[number];
        let ticket = player
            .grip
            .as_ref()
            .map(|grip| grip.ticket.to_string())
            .unwrap_or_default();
        Ok(self.teller.line(
            Voice::Worker(player.name, number),
            tone,
            verb,
            &ticket,
            more,
        )?)
    }
}
