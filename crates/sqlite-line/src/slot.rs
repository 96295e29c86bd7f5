//! The place where one answer is handed over, and the one atomic step that decides between taken and withdrawn.
//!
//! Waiting → taken (by the one who will answer) → done, or waiting → withdrawn (by the caller, at its deadline or when
//! its `Call` is dropped). Whoever makes the step from waiting decides: a withdrawn call is never begun, so `Busy`
//! always means that nothing was applied.
//!
//! A taken call that was handed to another process, which then fell silent, is doubtful: it may have been applied. From
//! there it is taken again, to be looked for and answered, or its caller gives it up at its deadline as `Unknown`.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use crate::error::Error;

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const DONE: u8 = 2;
const WITHDRAWN: u8 = 3;
const DOUBTFUL: u8 = 4;

/// Who is to be woken.
#[derive(Debug)]
pub(crate) enum Waiter {
    Thread(Thread),
    Task(Waker),
}

impl Waiter {
    pub(crate) fn here() -> Self {
        Self::Thread(thread::current())
    }

    pub(crate) fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// Threads that a woken thread has to wake in turn.
pub(crate) type Children = [Option<Thread>; 2];

/// What takes an answer to a caller in another process, and who is woken to send it.
pub(crate) type Deliver<T> = Box<dyn FnOnce(Result<T, Error>) -> Option<Waker> + Send>;

pub(crate) struct Slot<T> {
    state: AtomicU8,
    inside: Mutex<Inside<T>>,
}

struct Inside<T> {
    result: Option<Result<T, Error>>,
    waiter: Option<Waiter>,
    children: Children,
    deliver: Option<Deliver<T>>,
}

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// The slot of a caller in another process: the answer is delivered instead of being fetched.
    pub(crate) fn delivering(deliver: Deliver<T>) -> Self {
        Self::with(Some(deliver))
    }

    fn with(deliver: Option<Deliver<T>>) -> Self {
        let inside = Inside {
            result: None,
            waiter: None,
            children: [None, None],
            deliver,
        };
        Self {
            state: AtomicU8::new(WAITING),
            inside: Mutex::new(inside),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, from: u8, to: u8) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// The answering side: from now on the call cannot be withdrawn. False when it already was.
    pub(crate) fn take(&self) -> bool {
        self.step(WAITING, TAKEN) || self.step(DOUBTFUL, TAKEN)
    }

    /// The calling side: the call shall not be begun. False when it was already taken.
    pub(crate) fn withdraw(&self) -> bool {
        self.step(WAITING, WITHDRAWN)
    }

    /// The calling side: nobody shall look any longer for what became of the call. False when it is not doubtful.
    pub(crate) fn abandon(&self) -> bool {
        self.step(DOUBTFUL, WITHDRAWN)
    }

    /// Undoes `take`. The caller looks at its deadline again.
    pub(crate) fn give_back(&self) {
        self.back_to(WAITING);
    }

    /// The one that took the call may have applied it, and does not say. The caller looks at its deadline again.
    pub(crate) fn doubt(&self) {
        self.back_to(DOUBTFUL);
    }

    fn back_to(&self, state: u8) {
        if self.step(TAKEN, state) {
            match &self.inside().waiter {
                Some(Waiter::Thread(thread)) => thread.unpark(),
                Some(Waiter::Task(waker)) => waker.wake_by_ref(),
                None => {}
            }
        }
    }

    /// Somebody waits for it and nobody has taken it.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state.load(Ordering::Acquire), WAITING | DOUBTFUL)
    }

    pub(crate) fn is_doubtful(&self) -> bool {
        self.state.load(Ordering::Acquire) == DOUBTFUL
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.state.load(Ordering::Acquire) == TAKEN
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.state.load(Ordering::Acquire) == WITHDRAWN
    }

    #[cfg(test)]
    pub(crate) fn has_waiter(&self) -> bool {
        self.inside().waiter.is_some()
    }

    /// Hands over the result of a taken call and returns who is to be woken. When that is a thread, it is given the
    /// `children` it has to wake.
    pub(crate) fn publish(
        &self,
        result: Result<T, Error>,
        children: impl FnOnce() -> Children,
    ) -> Option<Waiter> {
        let mut inside = self.inside();
        if let Some(deliver) = inside.deliver.take() {
            self.state.store(DONE, Ordering::Release);
            drop(inside);
            return deliver(result).map(Waiter::Task);
        }
        inside.result = Some(result);
        self.state.store(DONE, Ordering::Release);
        let waiter = inside.waiter.take();
        if matches!(waiter, Some(Waiter::Thread(_))) {
            inside.children = children();
        }
        waiter
    }

    /// Waits on this thread. `None`: the deadline passed and the call is withdrawn; a doubtful one is `Unknown` then.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> Option<Result<T, Error>> {
        let mut registered = false;
        loop {
            let mut inside = self.inside();
            if let Some(result) = inside.result.take() {
                let children = std::mem::take(&mut inside.children);
                drop(inside);
                children
                    .into_iter()
                    .flatten()
                    .for_each(|thread| thread.unpark());
                return Some(result);
            }
            if !registered {
                inside.waiter = Some(Waiter::here());
                registered = true;
            }
            drop(inside);
            let now = Instant::now();
            match deadline {
                Some(at) if now < at => thread::park_timeout(at - now),
                Some(_) if self.withdraw() => return None,
                Some(_) if self.abandon() => return Some(Err(doubtful())),
                _ => thread::park(),
            }
        }
    }

    /// Looks for the result and leaves the waker of the task. `Ready(None)`: the deadline passed, withdrawn.
    pub(crate) fn poll(
        &self,
        context: &Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<Option<Result<T, Error>>> {
        let mut inside = self.inside();
        if let Some(result) = inside.result.take() {
            return Poll::Ready(Some(result));
        }
        match &mut inside.waiter {
            Some(Waiter::Task(waker)) => waker.clone_from(context.waker()),
            other => *other = Some(Waiter::Task(context.waker().clone())),
        }
        drop(inside);
        if deadline.is_none_or(|at| Instant::now() < at) {
            return Poll::Pending;
        }
        if self.withdraw() {
            return Poll::Ready(None);
        }
        match self.abandon() {
            true => Poll::Ready(Some(Err(doubtful()))),
            false => Poll::Pending,
        }
    }
}

/// The answer of a call that was handed over and could not be looked for in time.
pub(crate) fn doubtful() -> Error {
    Error::Unknown {
        why: "the process that commits for this one stopped before it answered".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_step_decides() {
        let slot = Slot::<u8>::new();
        assert!(slot.take() && !slot.withdraw() && slot.is_taken());
        slot.give_back();
        assert!(slot.is_waiting() && slot.withdraw() && !slot.take());
    }

    #[test]
    fn a_thread_gets_its_answer_and_a_deadline_withdraws() {
        let slot = Arc::new(Slot::new());
        let other = Arc::clone(&slot);
        let waiting = thread::spawn(move || other.wait(None));
        assert!(slot.take());
        if let Some(waiter) = slot.publish(Ok(5), Children::default) {
            waiter.wake();
        }
        assert_eq!(waiting.join().unwrap().unwrap().unwrap(), 5);
        let slot = Slot::<u8>::new();
        assert!(
            slot.wait(Some(Instant::now() + Duration::from_millis(1)))
                .is_none()
        );
        assert!(slot.is_withdrawn());
    }
}
