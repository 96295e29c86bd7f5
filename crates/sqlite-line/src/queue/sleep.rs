//! How the writer sleeps: until there is a call, until there are many, or with the gate held until it is time.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Queue, State};

/// What ended a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// There is a call.
    Called,
    /// The writer is wanted for something else.
    Wanted,
    /// It is time.
    InTime,
}

impl<C, A> Queue<C, A> {
    /// The writer shall look, though there may be no call.
    pub(crate) fn nudge(&self) {
        self.state().nudged = true;
        self.arrived.notify_all();
    }

    /// The writer sleeps until there is a call, or somebody nudges it. False when the queue is closed.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.sleep(1, None, true);
        state.nudged = false;
        state.closed.is_none()
    }

    /// The same with the gate held, but not longer than `until`. A nudge is still to be heard by [`wait`](Self::wait).
    pub(crate) fn stay(&self, until: Instant) -> Woken {
        let state = self.sleep(1, Some(until), true);
        match (
            state.closed.is_some() || state.nudged,
            state.calls.is_empty(),
        ) {
            (true, _) => Woken::Wanted,
            (false, false) => Woken::Called,
            (false, true) => Woken::InTime,
        }
    }

    /// The writer sleeps until there are so many calls, but not longer than `limit`.
    pub(crate) fn gather(&self, calls: usize, limit: Duration) {
        drop(self.sleep(calls, Some(Instant::now() + limit), false));
    }

    /// `idle`: there is nothing to do, and a nudge wakes as well.
    fn sleep(
        &self,
        calls: usize,
        until: Option<Instant>,
        idle: bool,
    ) -> MutexGuard<'_, State<C, A>> {
        let mut state = self.state();
        while state.calls.len() < calls && state.closed.is_none() && !(idle && state.nudged) {
            (state.wanted, state.idle) = (calls, idle);
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                None => self
                    .arrived
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => break,
                Some(left) => {
                    let slept = self.arrived.wait_timeout(state, left);
                    slept.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        (state.wanted, state.idle) = (0, false);
        state
    }
}
