//! Callers that were answered together come back within a moment of each other. What they ask next is sent together, by
//! the last of them: one write here and one read at the leader, where each alone would wake the leader for itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The least time they are given: what it takes a few threads to be woken.
const LEAST: Duration = Duration::from_micros(200);
/// The most, where they have not come all of late, and else.
const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_millis(20);
/// Groups in a row that are given little time after one that did not come whole, and the most that they become.
const HURRY: u32 = 16;
const MOST_HURRY: u32 = 64;

/// Callers that were answered and have not called again. The line's thread expects them, and sends when their time is up.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    missing: AtomicUsize,
}

impl Gathering {
    /// So many are about to be answered.
    pub(super) fn expect(&self, callers: usize) {
        self.missing.fetch_add(callers, Ordering::AcqRel);
    }

    /// A caller has put a call into the queue. Whether it is his to send what waits there: he is the last, or nobody is
    /// expected.
    pub(super) fn came(&self) -> bool {
        let one_less = |missing: usize| missing.checked_sub(1);
        let before = self
            .missing
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        !matches!(before, Ok(2..))
    }

    /// Somebody is expected, so what waits in the queue may be left there.
    pub(super) fn is_on(&self) -> bool {
        self.missing.load(Ordering::Acquire) > 0
    }

    /// Nobody is expected any more.
    pub(super) fn end(&self) {
        self.missing.store(0, Ordering::Release);
    }
}

/// How long the line's thread waits for those who are expected. As long as all come in time, time costs nothing, and groups
/// that met grow together. Where some stay away the others wait for nothing, so the next groups are given less.
#[derive(Debug)]
pub(super) struct Patience {
    until: Option<Instant>,
    /// Those who are expected were given little time: that they did not come proves nothing.
    hurried: bool,
    /// Groups that will be given little time.
    hurry: u32,
    /// How many it becomes when one that was given time has not come whole: more each time, less after one that has.
    penalty: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            until: None,
            hurried: false,
            hurry: 0,
            penalty: HURRY,
        }
    }
}

impl Patience {
    /// Several callers are about to be answered. The latest of their calls took so long.
    pub(super) fn expect(&mut self, now: Instant, took: Duration) {
        if self.until.is_none() {
            self.hurried = self.hurry > 0;
            self.hurry = self.hurry.saturating_sub(1);
        }
        self.until = match self.hurried {
            // Those who came first lose half of what a call takes, at most.
            true => self.until.or(Some(now + (took / 2).clamp(LEAST, SHORT))),
            // Also if others are expected: so groups that meet become one.
            false => self
                .until
                .max(Some(now + (took * 3 / 2).clamp(LEAST, LONG))),
        };
    }

    /// How much longer; `on`: somebody is still expected.
    pub(super) fn left(&mut self, now: Instant, on: bool) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        if !left.is_zero() {
            return Some(left);
        }
        self.until = None;
        match on {
            _ if self.hurried => {}
            true => {
                self.hurry = self.penalty;
                self.penalty = (self.penalty * 2).min(MOST_HURRY);
            }
            false => self.penalty = (self.penalty - 1).max(HURRY),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_sends_and_those_who_were_not_expected() {
        let gathering = Gathering::default();
        assert!(gathering.came());
        gathering.expect(2);
        gathering.expect(1);
        assert_eq!(
            [(); 4].map(|()| gathering.came()),
            [false, false, true, true]
        );
        gathering.expect(2);
        gathering.end();
        assert!(!gathering.is_on() && gathering.came());
    }

    #[test]
    fn time_is_given_until_somebody_stays_away() {
        let (mut patience, took) = (Patience::default(), Duration::from_millis(1));
        let mut now = Instant::now();
        // Whether the next group comes whole; what it was given.
        let mut group = |whole: bool| {
            patience.expect(now, took);
            let left = patience.left(now, true).unwrap();
            now += left;
            assert_eq!(patience.left(now, !whole), None);
            left
        };
        let (long, short) = (took * 3 / 2, took / 2);
        assert_eq!([true, false].map(&mut group), [long; 2]);
        assert_eq!([true; 16].map(&mut group), [short; 16]);
        // One that comes whole makes up for one that does not, not for all of them.
        assert_eq!(group(false), long);
        assert_eq!([false; 32].map(&mut group), [short; 32]);
        assert_eq!([true, false].map(&mut group), [long; 2]);
        assert_eq!([false; 63].map(&mut group), [short; 63]);
        assert_eq!(group(false), long);
        assert_eq!([true; 64].map(&mut group), [short; 64]);
        assert_eq!(group(true), long);
    }

    #[test]
    fn groups_meet_where_there_is_time() {
        let (mut patience, took) = (Patience::default(), Duration::from_millis(4));
        let start = Instant::now();
        patience.expect(start, took);
        patience.expect(start + took / 2, took);
        assert_eq!(patience.left(start + took, true), Some(took));
        assert_eq!(patience.left(start + took * 2, true), None);
        // One stayed away: now the others do not wait for those who are answered later.
        patience.expect(start, took);
        patience.expect(start + took / 2, took);
        assert_eq!(patience.left(start + took / 2, true), None);
    }

    #[test]
    fn time_has_bounds() {
        for (took, given) in [(0, LEAST), (60_000, LONG)] {
            let (mut patience, now) = (Patience::default(), Instant::now());
            patience.expect(now, Duration::from_millis(took));
            assert_eq!(patience.left(now, true), Some(given));
        }
    }
}
