//! Resting: a process that is about to be stopped leaves the gate and the lead first, so that it keeps nobody waiting.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Awake,
    /// Somebody wants it to rest.
    Asked,
    Resting,
}

/// Whether the writer rests, and who wants it to.
#[derive(Debug, Default)]
pub(crate) struct Bed {
    state: Mutex<State>,
    changed: Condvar,
}

impl Bed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer shall rest. Wake it, so that it hears.
    pub(crate) fn ask(&self) {
        *self.state() = State::Asked;
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.state() == State::Asked
    }

    /// Waits until it does. False: it had not come to it in time.
    pub(crate) fn wait(&self, within: Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), within, |state| *state == State::Asked);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *state != State::Asked
    }

    /// The writer goes on.
    pub(crate) fn wake(&self) {
        *self.state() = State::Awake;
        self.changed.notify_all();
    }

    /// The writer rests until it is woken.
    pub(crate) fn rest(&self) {
        let mut state = self.state();
        if *state == State::Awake {
            return;
        }
        *state = State::Resting;
        self.changed.notify_all();
        let woken = self
            .changed
            .wait_while(state, |state| *state != State::Awake);
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }
}

/// While it lives, the line of this process holds neither gate nor lead, and writes nothing.
#[must_use = "the line goes on as soon as this is dropped"]
pub struct Rest<'l>(pub(crate) &'l Bed);

impl std::fmt::Debug for Rest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest")
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.wake();
    }
}
