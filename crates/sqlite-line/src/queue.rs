//! The queue between callers and the writer: first come first served, bounded by calls and by bytes.
//!
//! A command that finds the queue full stays with its caller, who takes a numbered seat and is let in, in order, when
//! there is room. So nobody blocks here: threads park, tasks pend, both outside.
//!
//! Calls of other processes (guests) come in by a bound of their own, and in lanes of their own.

mod entry;
mod guests;
mod lanes;
mod sleep;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Error;
use crate::slot::Waiter;
pub(crate) use entry::Entry;
use lanes::Lanes;
pub(crate) use sleep::Woken;

/// Why an entry was not let in.
pub(crate) enum Refused<C, A> {
    Full(Entry<C, A>),
    Closed(Error),
}

pub(crate) struct Queue<C, A> {
    state: Mutex<State<C, A>>,
    /// The writer sleeps on it.
    arrived: Condvar,
    max_calls: usize,
    max_bytes: usize,
}

struct State<C, A> {
    calls: Lanes<C, A>,
    /// Weight of what is inside and of what is let in but has not come yet.
    bytes: usize,
    /// Those of other processes: how many, their weight, and whether any are let in.
    guests: usize,
    guest_bytes: usize,
    open_to_guests: bool,
    seats: VecDeque<Seat>,
    /// Seats that were called up: number and weight.
    called: Vec<(u64, usize)>,
    next_seat: u64,
    /// Withdrawn calls that still lie in the queue.
    dead: usize,
    /// The writer sleeps until so many calls are here; 0 while it is awake.
    wanted: usize,
    /// The writer sleeps because there is nothing to do.
    idle: bool,
    /// The writer shall look, though there may be no call.
    nudged: bool,
    closed: Option<Error>,
}

impl<C, A> State<C, A> {
    fn remember(&mut self, entry: &Entry<C, A>) {
        if entry.is_guest() {
            self.guests += 1;
            self.guest_bytes += entry.weight;
        } else {
            self.bytes += entry.weight;
        }
    }

    fn forget(&mut self, entry: &Entry<C, A>) {
        if entry.is_guest() {
            self.guests -= 1;
            self.guest_bytes -= entry.weight;
        } else {
            self.bytes -= entry.weight;
        }
    }
}

struct Seat {
    number: u64,
    weight: usize,
    waiter: Option<Waiter>,
}

impl<C, A> Queue<C, A> {
    pub(crate) fn new(max_calls: usize, max_bytes: usize) -> Self {
        let state = State {
            calls: Lanes::new(),
            bytes: 0,
            guests: 0,
            guest_bytes: 0,
            open_to_guests: false,
            seats: VecDeque::new(),
            called: Vec::new(),
            next_seat: 0,
            dead: 0,
            wanted: 0,
            idle: false,
            nudged: false,
            closed: None,
        };
        Self {
            state: Mutex::new(state),
            arrived: Condvar::new(),
            max_calls: max_calls.max(1),
            max_bytes,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<C, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an entry in, unless the queue is full or others wait for room already. When it is not to be `announced`, a
    /// writer that is idle is left asleep: the caller does it himself, or [`announce`](Self::announce)s it later.
    pub(crate) fn push(&self, entry: Entry<C, A>, announced: bool) -> Result<(), Refused<C, A>> {
        let mut state = self.state();
        if let Some(error) = &state.closed {
            return Err(Refused::Closed(error.clone()));
        }
        if !state.seats.is_empty() || !self.has_room(&state, entry.weight) {
            return Err(Refused::Full(entry));
        }
        state.bytes += entry.weight;
        if !announced && state.idle && state.calls.is_empty() {
            state.calls.push_back(entry);
        } else {
            self.add(state, entry);
        }
        Ok(())
    }

    /// Wakes the writer if it sleeps until there are as many calls as there are now.
    pub(crate) fn announce(&self) {
        self.wake_if_enough(self.state());
    }

    /// Lets in the entry of a seat that was called up; hands it back while it was not.
    pub(crate) fn push_called(&self, number: u64, entry: Entry<C, A>) -> Result<(), Refused<C, A>> {
        let mut state = self.state();
        if let Some(error) = &state.closed {
            return Err(Refused::Closed(error.clone()));
        }
        match state
            .called
            .iter()
            .position(|(called, _)| *called == number)
        {
            Some(at) => {
                state.called.swap_remove(at);
                self.add(state, entry);
                Ok(())
            }
            None => Err(Refused::Full(entry)),
        }
    }

    fn add(&self, mut state: MutexGuard<'_, State<C, A>>, entry: Entry<C, A>) {
        state.calls.push_back(entry);
        self.wake_if_enough(state);
    }

    fn wake_if_enough(&self, mut state: MutexGuard<'_, State<C, A>>) {
        let enough = state.wanted > 0 && state.calls.len() >= state.wanted;
        if enough {
            state.wanted = 0;
        }
        drop(state);
        if enough {
            self.arrived.notify_one();
        }
    }

    fn has_room(&self, state: &State<C, A>, weight: usize) -> bool {
        let calls = state.calls.len() - state.guests + state.called.len();
        calls == 0
            || (calls < self.max_calls && state.bytes.saturating_add(weight) <= self.max_bytes)
    }

    /// Takes a seat for a command of this weight.
    pub(crate) fn sit(&self, weight: usize) -> u64 {
        let mut state = self.state();
        let number = state.next_seat;
        state.next_seat += 1;
        state.seats.push_back(Seat {
            number,
            weight,
            waiter: None,
        });
        self.call_up(state);
        number
    }

    /// Leaves word whom to wake when the seat is called up. True when it already is, or the queue is closed.
    pub(crate) fn await_seat(&self, number: u64, waiter: Waiter) -> bool {
        let mut state = self.state();
        match state
            .seats
            .binary_search_by_key(&number, |seat| seat.number)
        {
            Ok(at) if state.closed.is_none() => {
                state.seats[at].waiter = Some(waiter);
                false
            }
            _ => true,
        }
    }

    /// Gives a seat up.
    pub(crate) fn leave_seat(&self, number: u64) {
        let mut state = self.state();
        if let Ok(at) = state
            .seats
            .binary_search_by_key(&number, |seat| seat.number)
        {
            state.seats.remove(at);
        }
        if let Some(at) = state
            .called
            .iter()
            .position(|(called, _)| *called == number)
        {
            let (_, weight) = state.called.swap_remove(at);
            state.bytes -= weight;
        }
        self.call_up(state);
    }

    /// Calls up as many seats as there is room for.
    fn call_up(&self, mut state: MutexGuard<'_, State<C, A>>) {
        let mut wake = Vec::new();
        while let Some(seat) = state.seats.front() {
            if !self.has_room(&state, seat.weight) {
                break;
            }
            let Some(seat) = state.seats.pop_front() else {
                break;
            };
            state.bytes += seat.weight;
            state.called.push((seat.number, seat.weight));
            wake.extend(seat.waiter);
        }
        drop(state);
        wake.into_iter().for_each(Waiter::wake);
    }

    /// A call inside was withdrawn. Once they are half of the queue they are thrown out, so that a stuck writer does not
    /// fill it with them.
    pub(crate) fn note_withdrawn(&self) {
        let mut state = self.state();
        state.dead += 1;
        if state.dead * 2 >= state.calls.len() {
            drop(self.throw_out(state, |entry| !entry.promise.slot().is_withdrawn()));
        }
    }

    /// Throws out what has been withdrawn or is late, and returns it.
    pub(crate) fn expire(&self, now: Instant) -> Vec<Entry<C, A>> {
        self.throw_out(self.state(), |entry| entry.is_live(now))
    }

    /// The entries are dropped by the caller, outside of the lock: their commands may do anything when dropped.
    fn throw_out(
        &self,
        mut state: MutexGuard<'_, State<C, A>>,
        keep: impl Fn(&Entry<C, A>) -> bool,
    ) -> Vec<Entry<C, A>> {
        let out = state.calls.throw_out(keep);
        state.dead = 0;
        out.iter().for_each(|entry| state.forget(entry));
        self.call_up(state);
        out
    }

    /// Is there a call that somebody still waits for?
    pub(crate) fn any_live(&self, now: Instant) -> bool {
        self.state().calls.iter().any(|entry| entry.is_live(now))
    }

    pub(crate) fn len(&self) -> usize {
        self.state().calls.len()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed.is_some()
    }

    /// The writer takes up to `max` entries off the front.
    pub(crate) fn pull(&self, max: usize, into: &mut VecDeque<Entry<C, A>>) {
        let mut state = self.state();
        let before = into.len();
        state.calls.pull(max, into);
        into.iter()
            .skip(before)
            .for_each(|entry| state.forget(entry));
        if state.calls.is_empty() {
            state.dead = 0;
        }
        if !state.seats.is_empty() {
            self.call_up(state);
        }
    }

    /// The writer gives back, in front, what it pulled and did not take.
    pub(crate) fn put_back(&self, entries: &mut VecDeque<Entry<C, A>>) {
        if entries.is_empty() {
            return;
        }
        let mut state = self.state();
        if let Some(error) = state.closed.clone() {
            drop(state);
            for entry in entries.drain(..) {
                entry.refuse(error.clone());
            }
            return;
        }
        while let Some(entry) = entries.pop_back() {
            if entry.is_guest() && !state.open_to_guests {
                entry.promise.slot().withdraw();
                continue;
            }
            state.remember(&entry);
            state.calls.push_front(entry);
        }
    }

    /// Everything that lies in the queue, for an error that concerns all.
    pub(crate) fn drain(&self) -> Vec<Entry<C, A>> {
        self.throw_out(self.state(), |_| false)
    }

    /// No further calls; those inside and those outside get `error`. The first reason stays.
    pub(crate) fn close(&self, error: Error) {
        let mut state = self.state();
        let error = state.closed.get_or_insert(error).clone();
        let out = state.calls.throw_out(|_| false);
        let seats: Vec<_> = state.seats.drain(..).collect();
        (state.bytes, state.guests, state.guest_bytes) = (0, 0, 0);
        state.called.clear();
        drop(state);
        self.arrived.notify_all();
        for entry in out {
            entry.refuse(error.clone());
        }
        seats
            .into_iter()
            .filter_map(|seat| seat.waiter)
            .for_each(Waiter::wake);
    }
}

#[cfg(test)]
mod tests;
