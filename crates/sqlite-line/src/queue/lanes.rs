//! Calls in the order in which they came, a lane for each origin: this process, and each process that it commits for.
//!
//! Lanes take turns, a bounded share at a time, so that a process with a thousand callers cannot keep out one with a
//! single caller. While all that waits fits into one batch the turns change nothing.

use std::collections::VecDeque;

use super::Entry;

/// Calls that a lane gets in its turn, when others wait.
const SHARE: usize = 16;
/// Empty lanes kept for the next that is needed.
const SPARE: usize = 64;

pub(super) struct Lanes<C, A> {
    /// Those that have calls, the one whose turn it is first.
    ring: VecDeque<Lane<C, A>>,
    spare: Vec<VecDeque<Entry<C, A>>>,
    len: usize,
}

struct Lane<C, A> {
    origin: u64,
    calls: VecDeque<Entry<C, A>>,
}

impl<C, A> Lanes<C, A> {
    pub(super) fn new() -> Self {
        Self {
            ring: VecDeque::new(),
            spare: Vec::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<C, A>> {
        self.ring.iter().flat_map(|lane| &lane.calls)
    }

    pub(super) fn push_back(&mut self, entry: Entry<C, A>) {
        self.len += 1;
        let origin = entry.origin();
        match self.ring.iter_mut().find(|lane| lane.origin == origin) {
            Some(lane) => lane.calls.push_back(entry),
            None => {
                let lane = self.lane_of(entry);
                self.ring.push_back(lane);
            }
        }
    }

    /// Back to the head of the whole line.
    pub(super) fn push_front(&mut self, entry: Entry<C, A>) {
        self.len += 1;
        let origin = entry.origin();
        match self.ring.iter().position(|lane| lane.origin == origin) {
            Some(at) => self.ring[at].calls.push_front(entry),
            None => {
                let lane = self.lane_of(entry);
                self.ring.push_front(lane);
            }
        }
    }

    fn lane_of(&mut self, entry: Entry<C, A>) -> Lane<C, A> {
        let origin = entry.origin();
        let mut calls = self.spare.pop().unwrap_or_default();
        calls.push_back(entry);
        Lane { origin, calls }
    }

    /// Takes up to `max` calls, lane by lane. A lane's share is not cut where others wait: calls of one process that are
    /// answered together come back together.
    pub(super) fn pull(&mut self, mut max: usize, into: &mut VecDeque<Entry<C, A>>) {
        while max > 0 {
            let Some(mut lane) = self.ring.pop_front() else {
                return;
            };
            let share = if self.ring.is_empty() { max } else { SHARE };
            let count = share.min(lane.calls.len());
            into.extend(lane.calls.drain(..count));
            self.len -= count;
            max = max.saturating_sub(count);
            if !lane.calls.is_empty() {
                self.ring.push_back(lane);
            } else if self.spare.len() < SPARE {
                self.spare.push(lane.calls);
            }
        }
    }

    /// Takes out what `keep` does not want.
    pub(super) fn throw_out(&mut self, keep: impl Fn(&Entry<C, A>) -> bool) -> Vec<Entry<C, A>> {
        let mut out = Vec::new();
        for lane in &mut self.ring {
            let (kept, gone): (Vec<_>, Vec<_>) = lane.calls.drain(..).partition(&keep);
            lane.calls = kept.into();
            out.extend(gone);
        }
        self.ring.retain(|lane| !lane.calls.is_empty());
        self.len -= out.len();
        out
    }
}
