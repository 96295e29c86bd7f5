//! The rhythm of batches. Many callers that are answered together come back within a moment of each other: waiting
//! that moment fills the next batch, where going on at once would commit for the first few alone. A single caller is
//! never delayed.

use std::time::Duration;

use crate::queue::Queue;

/// Longest time the writer waits for a batch to fill.
const LONGEST: Duration = Duration::from_micros(500);

#[derive(Debug, Default)]
pub(crate) struct Rhythm {
    /// Calls in the latest batch.
    calls: usize,
    /// A commit's duration, smoothed.
    commit: Duration,
}

impl Rhythm {
    pub(crate) fn committed(&mut self, calls: usize, commit: Duration) {
        self.calls = calls;
        self.commit = if self.commit.is_zero() {
            commit
        } else {
            (self.commit * 7 + commit) / 8
        };
    }

    /// Waits until about as many calls are here as last time.
    pub(crate) fn gather<C, A>(&self, queue: &Queue<C, A>) {
        if self.calls > 1 {
            queue.gather(self.calls, LONGEST.min(self.commit / 2));
        }
    }
}
