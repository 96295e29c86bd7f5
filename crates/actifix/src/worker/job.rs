//! A ticket in a handler's hands.

use std::sync::Arc;
use std::time::Duration;

use super::wire::{Told, Wire};
use crate::lease::{Lease, Token};
use crate::store::Store;
use crate::ticket::Ticket;

/// A ticket in a handler's hands, its lease kept by the worker.
pub struct Job {
    pub(super) slot: usize,
    pub(super) lease: Lease,
    pub(super) store: Store,
    pub(super) wire: Arc<Wire>,
}

impl Job {
    /// The ticket, whole, as it was when it was claimed.
    pub fn ticket(&self) -> &Ticket {
        &self.lease.ticket
    }

    /// The token of the lease.
    pub fn token(&self) -> Token {
        self.lease.token
    }

    /// The lease as it was granted; it has been renewed since.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Which of the worker's slots this is, from 0.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// The store, in the worker's name. The handler may end its ticket here by itself.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the job has been told, if anything: to be asked between steps.
    pub fn told(&self) -> Option<Told> {
        self.wire.told()
    }

    /// Waits for up to `span` until the job is told something: a sleep that ends in time.
    pub fn wait_told(&self, span: Duration) -> Option<Told> {
        self.wire.wait(span)
    }

    /// Calls `bell` once when the job is told something, from another thread.
    pub fn on_told(&self, bell: impl FnOnce(&Told) + Send + 'static) {
        self.wire.on_told(Box::new(bell));
    }
}
