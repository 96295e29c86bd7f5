//! What a worker says of itself: one word for each thing that happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::error::Error;
use crate::lease::{Lease, Token};
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// Something that happened in a worker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// In which slot, from 0.
    pub slot: usize,
    /// With which ticket.
    pub ticket: Option<TicketId>,
    /// Under which lease.
    pub token: Option<Token>,
    /// What.
    #[serde(flatten)]
    pub what: Doing,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doing {
    /// A ticket was claimed, and its handler runs.
    Claimed {
        /// The lease.
        #[serde(skip)]
        lease: Box<Lease>,
        /// Until when it lasts unless it is renewed.
        until: Timestamp,
    },
    /// The lease was renewed.
    Renewed {
        /// Until when it lasts now.
        until: Timestamp,
    },
    /// The ticket was completed.
    Completed,
    /// The attempt was given back as failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// The ticket was given back, and no attempt was counted.
    Released {
        /// Why.
        reason: String,
    },
    /// The lease is lost, or has to count as lost; the result is refused.
    Lost {
        /// Why.
        error: Error,
    },
    /// The handler ended the ticket itself.
    Ended,
    /// The store cannot be reached; it is waited for.
    Waiting {
        /// Why.
        error: Error,
    },
    /// The store can be reached again.
    Reached,
}

/// Whoever listens.
pub type Watch = dyn Fn(&Notice) + Send + Sync;

/// The way of notices to whoever listens.
#[derive(Clone)]
pub(super) struct Log {
    watch: Option<Arc<Watch>>,
    waiting: Arc<AtomicBool>,
}

impl Log {
    pub fn new(watch: Option<Arc<Watch>>) -> Self {
        Self {
            watch,
            waiting: Arc::default(),
        }
    }

    /// Says something of a lease.
    pub fn of(&self, slot: usize, lease: &Lease, what: Doing) {
        self.under(slot, &lease.ticket.id, lease.token, what);
    }

    /// [`Log::of`] where only the lease's names are at hand.
    pub fn under(&self, slot: usize, ticket: &TicketId, token: Token, what: Doing) {
        self.say(Notice {
            slot,
            ticket: Some(ticket.clone()),
            token: Some(token),
            what,
        });
    }

    /// The store does not answer as it should. Said once until it does again.
    pub fn waiting(&self, slot: usize, error: &Error) {
        if !self.waiting.swap(true, Ordering::SeqCst) {
            let error = error.clone();
            self.without(slot, Doing::Waiting { error });
        }
    }

    /// The store has answered.
    pub fn reached(&self, slot: usize) {
        if self.waiting.load(Ordering::Relaxed) && self.waiting.swap(false, Ordering::SeqCst) {
            self.without(slot, Doing::Reached);
        }
    }

    fn without(&self, slot: usize, what: Doing) {
        self.say(Notice {
            slot,
            ticket: None,
            token: None,
            what,
        });
    }

    fn say(&self, notice: Notice) {
        if let Some(watch) = &self.watch {
            watch(&notice);
        }
    }
}
