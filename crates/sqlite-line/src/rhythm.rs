//! The rhythm of batches. Many callers that are answered together come back within a moment of each other: waiting
//! that moment fills the next batch, where going on at once would commit for the first few alone. A single caller is
//! never delayed.

use std::time::{Duration, Instant};

use crate::queue::Queue;

/// Longest time the writer waits for a batch to fill.
const LONGEST: Duration = Duration::from_micros(500);

/// What it takes a thread to be woken, to use its answer and to call again, on a machine with few cores; until it is
/// measured.
const PACE: Duration = Duration::from_micros(8);

#[derive(Debug)]
pub(crate) struct Rhythm {
    /// Callers there are, by the latest look: those of the latest batch and those who waited behind it.
    calls: usize,
    /// A commit's duration, smoothed.
    commit: Duration,
    /// From one caller's coming to the next one's, smoothed. Threads that share an interpreter come slowly.
    pace: Duration,
    /// Some of the latest were of other processes.
    guests: bool,
    /// When callers were answered last.
    answered: Option<Instant>,
    /// How long after that the first of them called again.
    comeback: Option<Duration>,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            calls: 0,
            commit: Duration::ZERO,
            pace: PACE,
            guests: false,
            answered: None,
            comeback: None,
        }
    }
}

impl Rhythm {
    /// A batch is committed whose calls were made at these moments, and `waiting` more are in line already.
    pub(crate) fn committed(
        &mut self,
        made: impl Iterator<Item = Instant> + Clone,
        waiting: usize,
        guests: bool,
        commit: Duration,
    ) {
        let calls = made.clone().count();
        self.guests = guests;
        self.calls = calls + waiting;
        self.commit = match self.commit.is_zero() {
            true => commit,
            false => smoothed(self.commit, commit),
        };
        if let (Some(first), Some(last)) = (made.clone().min(), made.max())
            && let Some(steps) = u32::try_from(calls - 1).ok().filter(|steps| *steps > 0)
        {
            self.pace = smoothed(self.pace, (last - first) / steps);
        }
    }

    /// The first call of a batch was made at this moment, and the batch is about to be answered.
    pub(crate) fn answer(&mut self, made: Option<Instant>) {
        if let (Some(answered), Some(made)) = (self.answered, made) {
            self.comeback = Some(made.saturating_duration_since(answered));
        }
        self.answered = Some(Instant::now());
    }

    /// Whether it is worth waiting so long for a caller who was answered: the latest came back within it.
    pub(crate) fn comes_back_within(&self, time: Duration) -> bool {
        self.comeback.is_none_or(|comeback| comeback <= time)
    }

    /// Whether several callers come and go together.
    pub(crate) fn has_company(&self) -> bool {
        self.calls > 1
    }

    /// What it takes all callers to come back.
    fn comeback_of_all(&self) -> Duration {
        let calls = u32::try_from(self.calls).unwrap_or(u32::MAX);
        self.pace.saturating_mul(calls)
    }

    /// The most calls of one batch. Where callers of other processes need longer to come back than a commit takes the
    /// disk, they are served half and half: one half comes while the other is committed. In one batch, all would wait
    /// for the disk, and then the disk for all.
    pub(crate) fn most(&self) -> usize {
        match self.guests && self.comeback_of_all() > self.commit {
            true => self.calls.div_ceil(2),
            false => usize::MAX,
        }
    }

    /// Waits for callers, as [`awaited`](Self::awaited) says.
    pub(crate) fn gather<C, A>(&self, queue: &Queue<C, A>) {
        if let Some((calls, limit)) = self.awaited() {
            queue.gather(calls, limit);
        }
    }

    /// How many calls are worth waiting for, and how long: as many as last time, on a disk that takes twice as long for a
    /// commit as all callers need to come back. Elsewhere a wait only leaves the disk idle: the others come while the first
    /// are committed. Calls of other processes have a longer way than our own, which would be in every batch if it began
    /// without them: all that the batch may take are waited for.
    fn awaited(&self) -> Option<(usize, Duration)> {
        let comeback = self.comeback_of_all();
        let (calls, limit) = if self.guests {
            (self.calls.min(self.most()), comeback.max(self.commit * 2))
        } else if comeback * 2 <= self.commit {
            (self.calls, self.commit / 2)
        } else {
            return None;
        };
        self.has_company().then_some((calls, LONGEST.min(limit)))
    }
}

fn smoothed(known: Duration, new: Duration) -> Duration {
    (known * 7 + new) / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rhythm after some batches of so many calls, made at this pace, with commits of this duration.
    fn known(calls: u64, pace: u64, guests: bool, commit: u64) -> Rhythm {
        let (mut rhythm, start) = (Rhythm::default(), Instant::now());
        for _ in 0..64 {
            let made = (0..calls).map(|n| start + Duration::from_micros(n * pace));
            rhythm.committed(made, 0, guests, Duration::from_micros(commit));
        }
        rhythm
    }

    #[test]
    fn callers_of_others_are_served_half_and_half_where_they_come_slowly() {
        assert_eq!(known(16, 30, true, 200).most(), 8);
        assert_eq!(known(3, 300, true, 200).most(), 2);
        // On a slow disk a second commit costs more than the wait for all.
        assert_eq!(known(16, 30, true, 5_000).most(), usize::MAX);
        // Our own come back so soon that they join the batch.
        assert_eq!(known(16, 30, false, 200).most(), usize::MAX);
    }

    #[test]
    fn callers_are_waited_for_where_a_commit_takes_longer() {
        let soon = Duration::from_micros(500);
        assert_eq!(
            known(16, 30, false, 960).awaited(),
            Some((16, Duration::from_micros(480)))
        );
        assert_eq!(known(16, 30, false, 5_000).awaited(), Some((16, soon)));
        assert_eq!(known(16, 30, false, 950).awaited(), None);
        // Those of other processes always, a single caller never.
        assert_eq!(
            known(16, 30, true, 200).awaited().map(|(calls, _)| calls),
            Some(8)
        );
        assert_eq!(known(1, 0, false, 5_000).awaited(), None);
    }
}
