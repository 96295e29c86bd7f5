//! The wire to a running job: what it is told, by whom it is heard.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::error::Error;

/// What a job is told while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The lease is lost, or has to count as lost: stop, the result is refused.
    Lost(Error),
    /// The worker ends: stop, the ticket goes back.
    Stop,
    /// The ticket was ended under this very lease, by the job itself. Nothing more is expected.
    Ended,
}

type Bell = Box<dyn FnOnce(&Told) + Send>;

#[derive(Default)]
struct State {
    told: Option<Told>,
    lost: Option<Error>,
    ended: bool,
    bells: Vec<Bell>,
    wakers: Vec<Waker>,
}

/// The wire to a running job.
#[derive(Default)]
pub(super) struct Wire {
    state: Mutex<State>,
    rung: Condvar,
}

impl Wire {
    /// Tells the job something; only the first word counts for it.
    pub fn tell(&self, told: Told) {
        let mut state = self.lock();
        match &told {
            Told::Lost(error) => state.lost = Some(error.clone()),
            Told::Ended => state.ended = true,
            Told::Stop => {}
        }
        if state.told.is_some() {
            return;
        }
        state.told = Some(told.clone());
        let (bells, wakers) = (
            std::mem::take(&mut state.bells),
            std::mem::take(&mut state.wakers),
        );
        drop(state);
        self.rung.notify_all();
        bells.into_iter().for_each(|bell| bell(&told));
        wakers.into_iter().for_each(Waker::wake);
    }

    /// What the job was told first.
    pub fn told(&self) -> Option<Told> {
        self.lock().told.clone()
    }

    /// Why the lease is lost, if it is.
    pub fn lost(&self) -> Option<Error> {
        self.lock().lost.clone()
    }

    /// Whether the job ended its ticket itself.
    pub fn ended(&self) -> bool {
        self.lock().ended
    }

    /// Calls `bell` with what the job is told, at once when it has been told.
    pub fn on_told(&self, bell: Bell) {
        let mut state = self.lock();
        if let Some(told) = state.told.clone() {
            drop(state);
            bell(&told);
        } else {
            state.bells.push(bell);
        }
    }

    /// Waits for a word, for `span` at most.
    pub fn wait(&self, span: Duration) -> Option<Told> {
        let until = Instant::now() + span;
        let mut state = self.lock();
        while state.told.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let woken = self.rung.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.told.clone()
    }

    /// A word that ends the job: lost, or stop.
    pub fn poll_end(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if matches!(state.told, Some(Told::Lost(_) | Told::Stop)) {
            return Poll::Ready(());
        }
        if !state
            .wakers
            .iter()
            .any(|waker| waker.will_wake(context.waker()))
        {
            state.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
