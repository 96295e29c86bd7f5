//! How the writer sleeps: until there is a call, until there are many, or with the gate held until it is time.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Queue;

impl<C, A> Queue<C, A> {
    /// The writer shall look, though there may be no call.
    pub(crate) fn nudge(&self) {
        self.state().nudged = true;
        self.arrived.notify_all();
    }

    /// The writer sleeps until there is a call, or somebody nudges it. False when the queue is closed.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state();
        while state.calls.is_empty() && state.closed.is_none() && !state.nudged {
            (state.wanted, state.idle) = (1, true);
            state = self
                .arrived
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        (state.wanted, state.idle, state.nudged) = (0, false, false);
        state.closed.is_none()
    }

    /// The writer sleeps, with the gate held, until there is a call or somebody nudges it, which it tells, but not longer
    /// than `until`: `None`.
    pub(crate) fn stay(&self, until: Instant) -> Option<bool> {
        let mut state = self.state();
        let woken = loop {
            let wanted = state.closed.is_some() || state.nudged;
            if wanted || !state.calls.is_empty() {
                break Some(wanted);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break None;
            }
            (state.wanted, state.idle) = (1, true);
            state = self
                .arrived
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        (state.wanted, state.idle) = (0, false);
        woken
    }

    /// The writer sleeps until there are so many calls, but not longer than `limit`.
    pub(crate) fn gather(&self, calls: usize, limit: Duration) {
        let until = Instant::now() + limit;
        let mut state = self.state();
        while state.calls.len() < calls && state.closed.is_none() {
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                break;
            };
            state.wanted = calls;
            state = self
                .arrived
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.wanted = 0;
    }
}
