//! A write on its way: outside (the queue was full), in line, taken, answered.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use crate::call::{Call, Promise, Step, settle_alarm};
use crate::core::Core;
use crate::error::Error;
use crate::program::Program;
use crate::queue::{Entry, Refused};
use crate::slot::{Slot, Waiter};
use crate::timekeeper::Alarm;

/// When a call begins that finds the writer idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    AtOnce,
    /// On its caller's own thread if he waits there.
    WhenWaited,
}

/// Makes a call of a command and puts it into the queue if there is room.
pub(crate) fn send<P: Program>(
    core: &Arc<Core<P>>,
    command: P::Command,
    deadline: Duration,
    begin: Begin,
) -> Call<P::Answer> {
    let weight = P::weight(&command);
    let limit = core.options.queue_bytes;
    if weight > limit {
        return Call::ready(Err(Error::TooLarge { limit, got: weight }));
    }
    let made = Instant::now();
    let deadline = made.checked_add(deadline);
    let slot = Arc::new(Slot::new());
    let promise = Promise::from_slot(Arc::clone(&slot));
    let entry = Entry {
        command,
        promise,
        weight,
        made,
        deadline,
        crossing: None,
    };
    let outside = match core.queue.push(entry, begin == Begin::AtOnce) {
        Ok(()) => None,
        Err(Refused::Full(entry)) => Some((core.queue.sit(weight), entry)),
        Err(Refused::Closed(error)) => return Call::ready(Err(error)),
    };
    let sent = begin == Begin::AtOnce || !core.follower.is_heard_here();
    if sent {
        core.follower.pump(core);
    }
    Call::new(Sent {
        core: Arc::clone(core),
        slot,
        outside: outside.map(|(seat, entry)| Outside { seat, entry }),
        made,
        deadline,
        alarm: None,
        announced: begin == Begin::AtOnce,
        sent,
    })
}

struct Sent<P: Program> {
    core: Arc<Core<P>>,
    slot: Arc<Slot<P::Answer>>,
    outside: Option<Outside<P>>,
    made: Instant,
    deadline: Option<Instant>,
    alarm: Option<Alarm>,
    /// The writer knows of it.
    announced: bool,
    /// So does the leader, if there is one.
    sent: bool,
}

/// A command that waits for room, with its caller's seat.
struct Outside<P: Program> {
    seat: u64,
    entry: Entry<P::Command, P::Answer>,
}

impl<P: Program> Sent<P> {
    /// Tries to get in. True when the call is in line; otherwise `waiter` is woken when there may be room.
    fn enter(&mut self, waiter: impl FnOnce() -> Waiter) -> Result<bool, Error> {
        let Some(Outside { seat, entry }) = self.outside.take() else {
            return Ok(true);
        };
        if !self.core.queue.await_seat(seat, waiter()) {
            self.outside = Some(Outside { seat, entry });
            return Ok(false);
        }
        match self.core.queue.push_called(seat, entry) {
            Ok(()) => {
                self.core.follower.pump(&self.core);
                Ok(true)
            }
            Err(Refused::Full(entry)) => {
                self.outside = Some(Outside { seat, entry });
                Ok(false)
            }
            Err(Refused::Closed(error)) => Err(error),
        }
    }

    /// Sees to it that the writer knows of the call, and the leader.
    fn announce(&mut self) {
        if !std::mem::replace(&mut self.announced, true) {
            self.core.queue.announce();
        }
        if !std::mem::replace(&mut self.sent, true) {
            self.core.follower.pump(&self.core);
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|at| at <= Instant::now())
    }

    fn busy(&self) -> Error {
        if self.outside.is_none() {
            self.core.queue.note_withdrawn();
        }
        self.core.busy(self.made)
    }
}

impl<P: Program> Step<P::Answer> for Sent<P> {
    fn wait(mut self: Box<Self>) -> Result<P::Answer, Error> {
        while !self.enter(Waiter::here)? {
            match self
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now()))
            {
                Some(left) if left.is_zero() => {
                    self.slot.withdraw();
                    return Err(self.busy());
                }
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
        self.advance();
        self.slot
            .wait(self.deadline)
            .unwrap_or_else(|| Err(self.busy()))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<P::Answer, Error>> {
        let inside = match self.enter(|| Waiter::Task(context.waker().clone())) {
            Ok(inside) => inside,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let polled = if inside {
            self.announce();
            self.slot.poll(context, self.deadline)
        } else if self.is_late() && self.slot.withdraw() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        };
        settle_alarm(&mut self.alarm, self.deadline, polled.is_pending(), context);
        polled.map(|result| result.unwrap_or_else(|| Err(self.busy())))
    }

    fn advance(&mut self) {
        if self.outside.is_some() || self.announced {
            return;
        }
        let core = &self.core;
        if core.follower.hear_here(core, &self.slot) || core.write_here() {
            (self.announced, self.sent) = (true, true);
        } else {
            self.announce();
        }
    }

    fn cancel(self: Box<Self>) -> Option<Result<P::Answer, Error>> {
        let slot = Arc::clone(&self.slot);
        // Dropping it withdraws it when it is still waiting.
        drop(self);
        if slot.is_withdrawn() {
            return None;
        }
        slot.wait(None)
    }
}

impl<P: Program> Drop for Sent<P> {
    fn drop(&mut self) {
        let withdrawn = self.slot.withdraw() || self.slot.abandon();
        match self.outside.take() {
            Some(Outside { seat, entry }) => {
                self.core.queue.leave_seat(seat);
                drop(entry);
            }
            None if withdrawn => self.core.queue.note_withdrawn(),
            None => {}
        }
        if withdrawn {
            self.core.note(|figures| figures.withdrawn += 1);
        }
    }
}
