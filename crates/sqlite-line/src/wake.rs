//! Waking many callers. From 64 callers on, one futex call for each costs the writer more than SQLite does, so the
//! woken wake the others: the writer hands over all results first and wakes only the roots of a tree.
//!
//! The tree grows while the results are handed over, in one pass: the first half of the threads are leaves, every
//! later one adopts the two oldest that have no parent yet. Tasks are woken by the writer itself, for nobody knows when
//! an executor polls them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::thread::Thread;

use crate::call::Promise;
use crate::error::Error;
use crate::slot::Waiter;

pub(crate) struct WakeTree {
    leaves: usize,
    orphans: VecDeque<Thread>,
    tasks: Vec<Waker>,
}

impl WakeTree {
    /// A tree for about `calls` answers.
    pub(crate) fn new(calls: usize) -> Self {
        Self {
            leaves: calls.div_ceil(2),
            orphans: VecDeque::with_capacity(calls),
            tasks: Vec::new(),
        }
    }

    /// Hands one result over; its caller is woken by [`wake`](Self::wake) or by another caller.
    pub(crate) fn answer<T>(&mut self, promise: &Promise<T>, result: Result<T, Error>) {
        let Self {
            leaves,
            orphans,
            tasks,
        } = self;
        let slot = Arc::clone(promise.slot());
        let waiter = slot.publish(result, || {
            if *leaves > 0 {
                *leaves -= 1;
                return [None, None];
            }
            [orphans.pop_front(), orphans.pop_front()]
        });
        match waiter {
            Some(Waiter::Thread(thread)) => orphans.push_back(thread),
            Some(Waiter::Task(waker)) => tasks.push(waker),
            None => {}
        }
    }

    /// Wakes the roots, and with them everybody.
    pub(crate) fn wake(self) {
        self.orphans.into_iter().for_each(|thread| thread.unpark());
        self.tasks.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::call::Call;

    #[test]
    fn every_thread_wakes_though_the_writer_wakes_few() {
        let (promises, calls): (Vec<_>, Vec<_>) = (0..50).map(|_| Call::<usize>::pair()).unzip();
        let threads: Vec<_> = calls
            .into_iter()
            .map(|call| thread::spawn(move || call.wait().unwrap()))
            .collect();
        let until = Instant::now() + Duration::from_secs(20);
        while !promises.iter().all(|promise| promise.slot().has_waiter()) {
            assert!(Instant::now() < until, "the threads never waited");
            thread::yield_now();
        }
        let mut tree = WakeTree::new(promises.len());
        for (i, promise) in promises.iter().enumerate() {
            assert!(promise.hold());
            tree.answer(promise, Ok(i));
        }
        assert!(tree.orphans.len() <= 2, "{} roots", tree.orphans.len());
        tree.wake();
        for (i, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap(), i);
        }
    }
}
