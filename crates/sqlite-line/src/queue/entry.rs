//! One call in line.

use std::time::Instant;

use crate::call::Promise;
use crate::error::Error;
use crate::shared::Crossing;
use crate::slot::doubtful;

/// One command in line.
#[derive(Debug)]
pub(crate) struct Entry<C, A> {
    pub(crate) command: C,
    pub(crate) promise: Promise<A>,
    pub(crate) weight: usize,
    pub(crate) made: Instant,
    pub(crate) deadline: Option<Instant>,
    /// Its name, once it has crossed between processes.
    pub(crate) crossing: Option<Crossing>,
}

impl<C, A> Entry<C, A> {
    pub(crate) fn is_live(&self, now: Instant) -> bool {
        self.promise.slot().is_waiting() && !self.is_late(now)
    }

    /// Its deadline has passed. One that may have been applied already is never told that nothing was: it is looked for
    /// as long as somebody waits for it.
    pub(crate) fn is_late(&self, now: Instant) -> bool {
        !self.may_be_applied() && self.deadline.is_some_and(|at| at <= now)
    }

    /// It was handed over before, and what became of it is not known.
    pub(crate) fn may_be_applied(&self) -> bool {
        self.crossing
            .as_ref()
            .is_some_and(|crossing| crossing.again)
    }

    /// Answers that it was not begun here; where it may have been begun elsewhere, it says so. (A guest's own process knows.)
    pub(crate) fn refuse(self, error: Error) {
        let error = if self.may_be_applied() && !self.is_guest() {
            doubtful()
        } else {
            error
        };
        self.promise.fulfil(Err(error));
    }

    /// The lane that it stands in: 0 is this process.
    pub(super) fn origin(&self) -> u64 {
        self.crossing.as_ref().map_or(0, |crossing| crossing.guest)
    }

    /// Another process's.
    pub(crate) fn is_guest(&self) -> bool {
        self.origin() != 0
    }
}
