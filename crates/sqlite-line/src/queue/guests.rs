//! Calls of other processes: let in by a bound of their own, and only while this process leads.

use super::{Entry, Queue, Refused};
use crate::error::Error;

impl<C, A> Queue<C, A> {
    /// Lets a call of another process in, unless those fill their part of the queue, or none are served (any more).
    pub(crate) fn push_guest(&self, entry: Entry<C, A>) -> Result<(), Refused<C, A>> {
        let mut state = self.state();
        if !state.open_to_guests || state.closed.is_some() {
            return Err(Refused::Closed(Error::Closed));
        }
        let bytes = state.guest_bytes.saturating_add(entry.weight);
        if state.guests > 0 && (state.guests >= self.max_calls || bytes > self.max_bytes) {
            return Err(Refused::Full(entry));
        }
        state.guests += 1;
        state.guest_bytes = bytes;
        self.add(state, entry);
        Ok(())
    }

    pub(crate) fn open_to_guests(&self) {
        self.state().open_to_guests = true;
    }

    /// No further calls of other processes. Those that wait here are withdrawn: their own processes repeat them.
    pub(crate) fn close_to_guests(&self) {
        let mut state = self.state();
        state.open_to_guests = false;
        for entry in self.throw_out(state, |entry| !entry.is_guest()) {
            entry.promise.slot().withdraw();
        }
    }
}
