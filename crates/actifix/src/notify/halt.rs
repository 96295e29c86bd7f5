//! How a deliverer is told to end.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How far it has been told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    #[default]
    GoOn,
    Finish,
    Now,
}

/// Ends a [`Deliverer`](super::Deliverer) from any thread.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<(Mutex<Told>, Condvar)>);

impl Halt {
    /// One that is not told yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is due is sent, as long as it arrives; then it ends.
    pub fn finish(&self) {
        self.tell(Told::Finish);
    }

    /// What is being sent is waited for; then it ends.
    pub fn now(&self) {
        self.tell(Told::Now);
    }

    fn tell(&self, word: Told) {
        let mut told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *told = word.max(*told);
        self.0.1.notify_all();
    }

    pub(super) fn told(&self) -> Told {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until more is told.
    pub(super) fn rest(&self, span: Duration) {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *told;
        drop(
            self.0
                .1
                .wait_timeout_while(told, span, |told| *told == before),
        );
    }
}
