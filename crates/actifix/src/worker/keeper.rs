//! Keeps a lease while its job runs: renews it at a third of its time, and says when it cannot be trusted any longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::boot;
use super::door::{self, Door, Means};
use super::notice::{Doing, Log};
use super::waits::{LONGEST_NAP, block_on, block_until};
use super::wire::{Told, Wire};
use crate::error::Error;
use crate::lease::Token;
use crate::ticket::TicketId;

/// How long a lease of `span` is trusted: a tenth less, at most 30 s less.
pub(super) fn trust(span: Duration) -> Duration {
    span - (span / 10).min(Duration::from_secs(30))
}

/// A lease that is kept.
pub(super) struct Keeper {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What a keeper needs.
pub(super) struct Kept {
    pub slot: usize,
    pub ticket: TicketId,
    pub token: Token,
    /// How long each renewal asks for.
    pub span: Duration,
    /// When the claim was sent.
    pub sent: Duration,
    pub door: Arc<Door>,
    pub wire: Arc<Wire>,
    pub log: Log,
}

impl Keeper {
    /// Keeps the lease from now on, in a thread of its own: a handler that blocks does not keep it from its work.
    pub fn start(kept: Kept) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let wire = Arc::clone(&kept.wire);
        let lost = door::in_doubt(&kept.door.store(), &kept.ticket);
        let started = thread::Builder::new()
            .name("actifix-keeper".to_owned())
            .spawn(move || kept.keep(&seen));
        let thread = started.map_err(|_| wire.tell(Told::Lost(lost))).ok();
        Self { over, thread }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to say beside what it told the job.
            let _ = thread.join();
        }
    }
}

impl Kept {
    fn keep(&self, over: &AtomicBool) {
        let over = || over.load(Ordering::SeqCst);
        let mut trusted = self.sent + trust(self.span);
        let mut next = self.sent + self.span / 3;
        while !over() {
            let now = boot::now();
            if now >= trusted {
                self.lost(door::in_doubt(&self.door.store(), &self.ticket));
                return;
            }
            if now < next {
                thread::park_timeout((next.min(trusted) - now).min(LONGEST_NAP));
                continue;
            }
            let call = self.door.store().renew(&self.ticket, self.token, self.span);
            match block_until(call, trusted, over) {
                Some(Ok(lease)) => {
                    // Counted from the moment it was sent, whenever the answer came.
                    trusted = now + trust(self.span);
                    next = now + self.span / 3;
                    self.log.reached(self.slot);
                    let until = lease.expires_at;
                    self.log.under(
                        self.slot,
                        &self.ticket,
                        self.token,
                        Doing::Renewed { until },
                    );
                }
                Some(Err(error)) if Means::of(&error) == Means::Wait => {
                    self.log.waiting(self.slot, &error);
                    self.door.mend(&error);
                    next = boot::now() + (self.span / 20).min(Duration::from_secs(1));
                }
                Some(Err(error)) => return self.gone(error),
                None => {}
            }
        }
    }

    /// The store says that the lease is no more: taken away, or ended by the job itself.
    fn gone(&self, error: Error) {
        let ended = self.door.ended_under(&self.ticket, self.token);
        match block_on(ended) {
            Ok(true) => self.wire.tell(Told::Ended),
            _ => self.lost(error),
        }
    }

    fn lost(&self, error: Error) {
        self.wire.tell(Told::Lost(error));
    }
}
