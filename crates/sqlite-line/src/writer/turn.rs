//! A turn at the gate: enter, look on which side we stand, serve, leave.
//!
//! Where others stand, handing the gate over costs the disk a moment and the next process its page cache, so a caller who
//! comes back at once (a claim is followed by a completion) is served in the same turn, while that is young. The thread
//! waits for him with the pen on the table, and he writes himself: two wake-ups less with the gate held.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Writer;
use crate::error::Error;
use crate::gate::Gate;
use crate::program::Program;
use crate::queue::Woken;

/// Waiting longer than this at the gate means that others stand there.
const CONTENDED: Duration = Duration::from_micros(20);
/// The same for one that leads: a turn of several batches is only for a crowd at the gate, since it would keep the gate shut
/// if it were stopped between two of them.
const CROWDED: Duration = Duration::from_millis(1);
/// What the one behind us takes to wake and enter when we have left the gate. Until then it is open to anybody, and who
/// finds it shut again stands at the end of the kernel's line.
const AFTER_YOU: Duration = Duration::from_micros(100);
/// How long a turn waits for a caller to come back.
pub(super) const COMEBACK: Duration = Duration::from_micros(400);
/// A turn that has lasted so long is over, so that nobody at the gate waits long.
const TURN: Duration = Duration::from_millis(3);
/// The same for one that leads: it commits for many, each of whom has a longer way to come back.
const TURN_OF_LEADER: Duration = Duration::from_millis(6);

/// A turn that may have more than one batch.
#[derive(Debug)]
pub(super) struct Turn {
    began: Instant,
    /// The gate is held until this moment, for whoever comes back.
    stays_until: Option<Instant>,
}

impl Turn {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            stays_until: None,
        }
    }
}

impl<P: Program> Writer<P> {
    pub(super) fn go_by_the_gate(&mut self) {
        if let Err(error) = self.turn() {
            self.fail_all(&error);
            self.settle_sides();
        }
    }

    fn turn(&mut self) -> Result<(), Error> {
        if self.contended {
            thread::sleep(AFTER_YOU);
        }
        let asked = Instant::now();
        let gate = self.take_gate()?;
        self.held = Some(gate.enter(&self.core.place)?);
        self.behind_the_gate(asked.elapsed())
    }

    /// The turn of a caller who has the pen: the one that stays for him, or one of his own. False: he would have to wait,
    /// for others stand at the gate, or did when it was taken last.
    pub(super) fn turn_at_once(&mut self) -> Result<bool, Error> {
        if self.turn.stays_until.is_some() {
            return self.serve().map(|()| true);
        }
        if self.contended {
            return Ok(false);
        }
        match self.take_gate()?.enter_at_once(&self.core.place)? {
            Ok(held) => {
                self.held = Some(held);
                self.behind_the_gate(Duration::ZERO).map(|()| true)
            }
            Err(gate) => {
                self.gate = Some(gate);
                Ok(false)
            }
        }
    }

    fn take_gate(&mut self) -> Result<Gate, Error> {
        match self.gate.take() {
            Some(gate) => Ok(gate),
            None => Gate::open(&self.core.place),
        }
    }

    fn behind_the_gate(&mut self, waited: Duration) -> Result<(), Error> {
        let core = Arc::clone(&self.core);
        core.note(|figures| figures.gate_wait.add_time(waited));
        self.turn = Turn::new();
        let sides = self.take_sides();
        // One that follows goes on to its leader.
        let long = match self.side.leads() {
            true => CROWDED,
            false => CONTENDED,
        };
        self.contended = waited > long && !self.side.follows();
        match sides {
            Ok(()) => self.serve(),
            Err(error) => {
                self.end_turn();
                Err(error)
            }
        }
    }

    pub(super) fn leave_gate(&mut self) {
        if let Some(held) = self.held.take() {
            self.gate = held.leave();
        }
    }

    /// Until when the gate is held for somebody who may come back.
    pub(super) fn stays_until(&self) -> Option<Instant> {
        self.turn.stays_until
    }

    /// A batch, and what follows it with the gate held: the next one, a stay, or the end of the turn.
    fn serve(&mut self) -> Result<(), Error> {
        self.turn.stays_until = None;
        loop {
            let result = self.inside();
            self.core.queue.put_back(&mut self.pulled);
            if result.is_err() || !self.may_go_on() {
                self.end_turn();
                return result;
            }
            if self.side.leads() {
                self.rhythm.gather(&self.core.queue);
            }
            if self.core.queue.len() == 0 {
                self.turn.stays_until = Some(Instant::now() + COMEBACK);
                return result;
            }
        }
    }

    fn may_go_on(&self) -> bool {
        let (began, now) = (self.turn.began, Instant::now());
        let here = self.held.is_some() && self.contended;
        let turn = match self.side.leads() {
            true => TURN_OF_LEADER,
            false => TURN,
        };
        let in_time = now - began < turn && self.lent_until.is_none_or(|until| now < until);
        here && in_time && (self.core.queue.len() > 0 || self.rhythm.comes_back_within(COMEBACK))
    }

    /// The thread is awake again: it serves who has come meanwhile, unless he did it himself, or goes on staying until it is
    /// time or it is wanted elsewhere.
    pub(super) fn look_again(&mut self, woken: Woken) {
        let Some(until) = self.turn.stays_until else {
            return;
        };
        if self.core.queue.len() > 0 {
            if let Err(error) = self.serve() {
                self.fail_all(&error);
            }
        } else if woken == Woken::Wanted || Instant::now() >= until {
            self.end_turn();
        }
    }

    /// Leaves the gate.
    fn end_turn(&mut self) {
        self.turn.stays_until = None;
        self.leave_gate();
        self.settle_sides();
    }
}
