//! What all slots of a worker share: how it is being stopped, who works, what has been done.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::wire::{Told, Wire};

/// How far the worker's end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    #[default]
    Working,
    /// No more claims; who works may finish.
    Finishing,
    /// Who works is told to stop.
    Stopping,
    /// All slots have ended.
    Closed,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Tickets that were claimed.
    pub claimed: u64,
    /// Completed with evidence.
    pub completed: u64,
    /// Given back as failed.
    pub failed: u64,
    /// Given back, no attempt counted.
    pub released: u64,
    /// Leases that were lost, or had to count as lost.
    pub lost: u64,
    /// Ended by the handler itself.
    pub ended: u64,
}

#[derive(Default)]
struct State {
    stage: Stage,
    wires: Vec<Weak<Wire>>,
    wakers: Vec<Waker>,
    tally: Tally,
}

/// What all slots share.
#[derive(Default)]
pub(super) struct Floor {
    state: Mutex<State>,
    moved: Condvar,
}

impl Floor {
    /// How far the end has come.
    pub fn stage(&self) -> Stage {
        self.lock().stage
    }

    /// Whether some slot works.
    pub fn is_busy(&self) -> bool {
        self.lock().wires.iter().any(|wire| wire.strong_count() > 0)
    }

    /// A job begins; it hears of the end from now on.
    pub fn enter(&self, wire: &Arc<Wire>) {
        let mut state = self.lock();
        state.wires.retain(|wire| wire.strong_count() > 0);
        state.wires.push(Arc::downgrade(wire));
        state.tally.claimed += 1;
        let stage = state.stage;
        drop(state);
        if stage >= Stage::Stopping {
            wire.tell(Told::Stop);
        }
    }

    /// Counts what was done.
    pub fn count(&self, add: impl FnOnce(&mut Tally)) {
        add(&mut self.lock().tally);
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.lock().tally
    }

    /// All slots have ended: nobody waits for a time of grace any longer.
    pub fn closed(&self) {
        self.advance(Stage::Closed);
    }

    /// Waits for `span`, or until the worker's end goes on.
    pub async fn pause(self: &Arc<Self>, span: Duration) {
        let begun = self.stage();
        let until = Instant::now() + span;
        let mut timer = None;
        std::future::poll_fn(|context| {
            if Instant::now() >= until || self.stage() != begun {
                return Poll::Ready(());
            }
            self.hear(context);
            if timer.is_none() {
                let (floor, waker) = (Arc::downgrade(self), context.waker().clone());
                timer = Some(std::thread::spawn(move || {
                    if let Some(floor) = floor.upgrade() {
                        floor.wait_past(begun, until);
                    }
                    waker.wake();
                }));
            }
            Poll::Pending
        })
        .await;
    }

    fn hear(&self, context: &Context<'_>) {
        let mut state = self.lock();
        if !state
            .wakers
            .iter()
            .any(|waker| waker.will_wake(context.waker()))
        {
            state.wakers.push(context.waker().clone());
        }
    }

    /// Goes on to `stage`, never back.
    fn advance(&self, stage: Stage) {
        let mut state = self.lock();
        state.stage = state.stage.max(stage);
        let wakers = std::mem::take(&mut state.wakers);
        let wires: Vec<_> = state.wires.iter().filter_map(Weak::upgrade).collect();
        drop(state);
        self.moved.notify_all();
        wakers.into_iter().for_each(Waker::wake);
        if stage == Stage::Stopping {
            wires.iter().for_each(|wire| wire.tell(Told::Stop));
        }
    }

    /// Waits until the stage is past `begun`, or the time has come.
    fn wait_past(&self, begun: Stage, until: Instant) {
        let mut state = self.lock();
        while state.stage <= begun {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.moved.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a worker from elsewhere.
#[derive(Clone)]
pub struct Stopper(Arc<Floor>);

impl Stopper {
    pub(super) fn of(floor: &Arc<Floor>) -> Self {
        Self(Arc::clone(floor))
    }

    /// No more claims. Who works may finish, for `grace` at most; then as [`Stopper::now`].
    pub fn finish(&self, grace: Duration) {
        self.0.advance(Stage::Finishing);
        let floor = Arc::clone(&self.0);
        let until = Instant::now() + grace;
        // It ends with the worker, or with the time of grace.
        std::thread::spawn(move || {
            floor.wait_past(Stage::Finishing, until);
            if floor.stage() == Stage::Finishing {
                floor.advance(Stage::Stopping);
            }
        });
    }

    /// No more claims, and who works is told to stop; what they hold goes back.
    pub fn now(&self) {
        self.0.advance(Stage::Stopping);
    }

    /// Whether the worker is being stopped.
    pub fn is_stopping(&self) -> bool {
        self.0.stage() > Stage::Working
    }
}
