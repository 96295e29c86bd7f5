//! Random work: a caller that does one thing or another, under tokens that it has, or had once.

use std::thread;
use std::time::Duration;

use actifix::{CloseReason, Delete, Lease, Release, Report, TicketId, Token};

use crate::caller::Caller;
use crate::chance::Chance;

/// How a wanderer lives.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// How many different errors it reports: few, so that many callers meet on one ticket.
    pub names: u64,
    /// The shortest lease that it asks for, and by how much it may be longer, in milliseconds.
    pub lease: (u64, u64),
    /// The longest rest between two calls, in milliseconds.
    pub rest: u64,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            names: 60,
            lease: (100, 200),
            rest: 60,
        }
    }
}

/// An error that is equal to those of the same `name` only.
pub fn error(name: &str) -> Report {
    Report::error("ValueError", name).source("app.py:31")
}

/// A caller with no plan. What it is answered is in its log, and judged there.
pub struct Wanderer {
    caller: Caller,
    chance: Chance,
    habits: Habits,
    /// Tokens that were given to it, the newest last.
    had: Vec<(TicketId, Token)>,
    /// Tickets that it has heard of.
    known: Vec<TicketId>,
}

impl Wanderer {
    /// Someone who has heard of nothing yet.
    pub fn new(caller: Caller, chance: Chance, habits: Habits) -> Self {
        Self {
            caller,
            chance,
            habits,
            had: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Does one thing.
    pub fn step(&mut self) {
        match self.chance.below(100) {
            0..25 => self.record(),
            25..45 => self.claim(),
            45..52 => self.acquire(),
            52..88 => self.under_a_token(),
            88..95 => self.without_a_token(),
            // Long enough for some leases to run out.
            _ => thread::sleep(Duration::from_millis(
                self.chance.below(self.habits.rest.max(1)),
            )),
        }
    }

    fn record(&mut self) {
        let name = format!("boom {}", self.chance.below(self.habits.names.max(1)));
        if let Ok(recorded) = self.caller.record(error(&name)) {
            self.known.push(recorded.id);
        }
    }

    fn lease(&mut self) -> Duration {
        let (least, more) = self.habits.lease;
        Duration::from_millis(least + self.chance.below(more.max(1)))
    }

    fn granted(&mut self, lease: &Lease) {
        self.had.push((lease.ticket.id.clone(), lease.token));
        self.known.push(lease.ticket.id.clone());
    }

    fn claim(&mut self) {
        let count = [1, 2, 3];
        let count = self.chance.one_of(&count).copied().unwrap_or(1);
        let lease = self.lease();
        for lease in self.caller.claim(lease, count).unwrap_or_default() {
            self.granted(&lease);
        }
    }

    fn acquire(&mut self) {
        let Some(ticket) = self.chance.one_of(&self.known).cloned() else {
            return;
        };
        let lease = self.lease();
        if let Ok(lease) = self.caller.acquire(&ticket, lease) {
            self.granted(&lease);
        }
    }

    fn under_a_token(&mut self) {
        // Mostly the newest, sometimes one that has long been lost.
        let newest = self
            .had
            .last()
            .filter(|_| self.chance.below(4) > 0)
            .cloned();
        let Some((ticket, token)) = newest.or_else(|| self.chance.one_of(&self.had).cloned())
        else {
            return;
        };
        let lease = self.lease();
        let caller = &mut self.caller;
        match self.chance.below(10) {
            0..3 => drop(caller.renew(&ticket, token, lease)),
            3..5 => drop(caller.release(&ticket, token, Release::new(), false)),
            5 => drop(caller.release(&ticket, token, Release::new().not_before(lease), true)),
            6 => drop(caller.release(&ticket, token, Release::new().failed(), true)),
            7 => drop(caller.close(&ticket, CloseReason::Fixed, Some(token))),
            _ => drop(caller.complete(&ticket, token)),
        }
    }

    fn without_a_token(&mut self) {
        let Some(ticket) = self.chance.one_of(&self.known).cloned() else {
            return;
        };
        let force = self.chance.below(3) == 0;
        let caller = &mut self.caller;
        match self.chance.below(6) {
            0..3 => drop(caller.reopen(&ticket)),
            3 => drop(caller.close(&ticket, CloseReason::Obsolete, None)),
            4 => drop(caller.delete(&ticket, Delete { token: None, force })),
            _ => drop(caller.undelete(&ticket)),
        }
    }
}
