//! What a seat keeps for its guest: the connection and what is known of it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::super::turn::Turn;
use crate::checkpoint::Checkpointer;
use crate::connection::Station;
use crate::timekeeper::Alarm;

/// What only one thread at a time has.
pub(super) struct Desk<H> {
    /// Opened when it is needed.
    pub station: Option<Station>,
    /// The process that opened it: a forked child has only a picture of it.
    pub process: u32,
    pub closed: bool,
    pub host: H,
    pub turn: Turn,
    /// Since when the open transaction lasts, and the alarm that ends it.
    pub since: Option<(Instant, Alarm)>,
    /// The transaction was rolled back for its length, and nobody has been told.
    pub ended: bool,
    /// Statements that are known to concern the host.
    pub hosted: HashSet<Box<str>>,
    pub changes: u64,
    pub last_row: i64,
}

impl<H> Desk<H> {
    /// Nothing is open yet.
    pub fn new(host: H, checkpoint_frames: u32) -> Self {
        Self {
            station: None,
            process: std::process::id(),
            closed: false,
            host,
            turn: Turn::new(Checkpointer::new(checkpoint_frames)),
            since: None,
            ended: false,
            hosted: HashSet::new(),
            changes: 0,
            last_row: 0,
        }
    }

    /// All here is the parent's, and this is a forked child.
    pub fn is_a_picture(&self) -> bool {
        self.process != std::process::id()
    }

    /// Nothing may be rolled back or closed here: pages and index are shared with the parent, and descriptors may be
    /// somebody else's by now.
    pub fn leave_to_parent(&mut self) {
        std::mem::forget(self.station.take());
        std::mem::forget(self.since.take());
        self.turn.forget();
        self.process = std::process::id();
    }
}

impl<H> Drop for Desk<H> {
    fn drop(&mut self) {
        if self.is_a_picture() {
            self.leave_to_parent();
        }
    }
}

/// A moment that the busy handler looks at.
#[derive(Clone)]
pub(super) struct Deadline(Arc<Mutex<Instant>>);

impl Default for Deadline {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Deadline {
    pub fn set(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    pub fn is_over(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) <= Instant::now()
    }
}
