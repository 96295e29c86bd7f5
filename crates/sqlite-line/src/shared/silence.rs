//! Has the leader stopped? Told by its silence while it owes an answer: after a while it is asked whether it lives, and its
//! reception answers even while a batch takes long.

use std::time::{Duration, Instant};

/// A leader that says nothing for so long, although it was asked, is stopped.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);
/// After this silence it is asked.
pub(crate) const ASK_AFTER: Duration = Duration::from_millis(100);

/// What a silence means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fine,
    Ask,
    Stopped,
}

/// The silence of one leader.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    /// The latest word.
    heard: Option<Instant>,
    /// An answer is owed since then, without a word.
    since: Option<Instant>,
    asked: Option<Instant>,
    /// Nothing is owed since then.
    idle: Option<Instant>,
}

impl Silence {
    pub(crate) fn heard(&mut self) {
        self.heard = Some(Instant::now());
        self.asked = None;
    }

    /// `owed`: since when there is always an answer to wait for. The end counts from the question on, so that a process
    /// that was stopped itself does not blame its leader.
    pub(crate) fn judge(&mut self, owed: Option<Instant>, now: Instant) -> Verdict {
        self.since = owed.map(|owed| self.heard.map_or(owed, |heard| heard.max(owed)));
        let Some(since) = self.since else {
            self.asked = None;
            self.idle.get_or_insert(now);
            return Verdict::Fine;
        };
        self.idle = None;
        match self.asked {
            None if now.duration_since(since) >= ASK_AFTER => {
                self.asked = Some(now);
                Verdict::Ask
            }
            Some(asked) if now.duration_since(asked) >= PATIENCE - ASK_AFTER => Verdict::Stopped,
            _ => Verdict::Fine,
        }
    }

    /// When to judge again; `None`: not before somebody sends something, and says so.
    pub(crate) fn next(&self, now: Instant) -> Option<Duration> {
        let at = match (self.asked, self.since.or(self.idle)) {
            (Some(asked), _) => asked + (PATIENCE - ASK_AFTER),
            (None, Some(since)) => since + ASK_AFTER,
            (None, None) => return None,
        };
        let left = at.saturating_duration_since(now);
        (self.since.is_some() || !left.is_zero()).then_some(left)
    }

    /// Whether it is judged soon without being told to.
    pub(crate) fn watches(&self, now: Instant) -> bool {
        self.next(now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_silent_leader_is_asked_and_then_given_up() {
        let (mut silence, sent) = (Silence::default(), Instant::now());
        assert_eq!(silence.judge(Some(sent), sent + 99 * MS), Verdict::Fine);
        assert_eq!(silence.next(sent + 99 * MS), Some(MS));
        assert_eq!(silence.judge(Some(sent), sent + 100 * MS), Verdict::Ask);
        assert_eq!(silence.judge(Some(sent), sent + 249 * MS), Verdict::Fine);
        assert_eq!(silence.judge(Some(sent), sent + 250 * MS), Verdict::Stopped);
        silence.heard();
        assert_eq!(silence.judge(Some(sent), sent + 50 * MS), Verdict::Fine);
    }

    #[test]
    fn who_was_stopped_himself_asks_first() {
        let (mut silence, sent) = (Silence::default(), Instant::now());
        assert_eq!(silence.judge(Some(sent), sent + 9000 * MS), Verdict::Ask);
        assert_eq!(silence.judge(Some(sent), sent + 9100 * MS), Verdict::Fine);
    }

    #[test]
    fn when_nothing_is_owed_it_sleeps_after_a_while() {
        let (mut silence, now) = (Silence::default(), Instant::now());
        assert_eq!(silence.judge(None, now), Verdict::Fine);
        assert!(silence.watches(now));
        assert_eq!(silence.judge(None, now + 100 * MS), Verdict::Fine);
        assert!(!silence.watches(now + 100 * MS));
    }
}
