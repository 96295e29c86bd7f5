//! What the line counts and measures about itself: enough to see where time goes and who waits for whom.

use std::time::Duration;

use serde::Serialize;

/// Buckets of a histogram: bucket `n` counts values from 2^(n-1) to 2^n - 1, bucket 0 counts zeros, the last all above.
pub const BUCKETS: usize = 28;

/// How values are spread. Times are in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Number of values.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// The greatest.
    pub max: u64,
    /// A histogram in powers of two, see [`BUCKETS`].
    pub buckets: [u64; BUCKETS],
}

impl Spread {
    pub(crate) fn add(&mut self, value: u64) {
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        self.max = self.max.max(value);
        let bucket = (u64::BITS - value.leading_zeros()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
    }

    pub(crate) fn add_time(&mut self, time: Duration) {
        self.add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// A bound that so many percent of the values do not exceed: the upper end of their bucket, or the greatest.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank && rank > 0 {
                return self.max.min((1_u64 << bucket) - 1);
            }
        }
        self.max
    }

    /// The mean, 0 without values.
    #[must_use]
    pub fn mean(&self) -> u64 {
        self.sum.checked_div(self.count).unwrap_or(0)
    }
}

/// Counts and times of one line in this process since it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Calls that were committed.
    pub calls: u64,
    /// Batches that were committed.
    pub batches: u64,
    /// Calls per committed batch.
    pub batch_size: Spread,
    /// From making a call to the writer taking it, µs.
    pub queue_wait: Spread,
    /// Of these calls, how many waited over 100 ms, see [`Program::slow`](crate::Program::slow).
    pub slow: u64,
    /// Waiting at the gate, µs.
    pub gate_wait: Spread,
    /// Waiting for SQLite's write lock behind the gate, µs: programs that know no gate.
    pub lock_wait: Spread,
    /// Holding the write lock, from BEGIN to the end of COMMIT, µs.
    pub hold: Spread,
    /// COMMIT alone, µs.
    pub commit: Spread,
    /// Checkpoints between batches.
    pub checkpoints: u64,
    /// Frames in the log after the latest commit.
    pub wal_frames: u32,
    /// Calls answered with `Busy`.
    pub busy: u64,
    /// Calls whose `Call` was dropped before the writer took them.
    pub withdrawn: u64,
    /// Calls answered with `Unknown`.
    pub unknown: u64,
    /// How often this process had dropped SQLite's locks by closing the file outside SQLite.
    pub locks_dropped: u64,
    /// Batches that were rolled back.
    pub rollbacks: u64,
    /// Whether this process leads now.
    pub leads: bool,
    /// Calls that this process committed for others.
    pub for_others: u64,
    /// Calls that the leading process committed for this one.
    pub handed: u64,
    /// From handing such a call over to its answer, µs.
    pub handed_wait: Spread,
    /// Of these calls, how many were answered to a caller who listened for the answer himself.
    pub heard_here: u64,
    /// How often a leader was stepped around because it did not answer.
    pub step_arounds: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_powers_of_two() {
        let mut spread = Spread::default();
        for value in [0, 1, 2, 3, 4, u64::MAX] {
            spread.add(value);
        }
        assert_eq!(spread.buckets[..4], [1, 1, 2, 1]);
        assert_eq!(
            (spread.buckets[BUCKETS - 1], spread.count, spread.max),
            (1, 6, u64::MAX)
        );
        assert_eq!(Spread::default().mean(), 0);
    }

    #[test]
    fn percentiles_are_bounds() {
        let mut spread = Spread::default();
        (1..=100).for_each(|value| spread.add(value));
        assert_eq!(
            [50, 99, 100].map(|percent| spread.percentile(percent)),
            [63, 100, 100]
        );
        assert_eq!(Spread::default().percentile(99), 0);
    }
}
