//! One target's way: what is due is taken, sent and settled, one after the other.

use std::fmt;
use std::time::{Duration, Instant};

use super::deliverer::{Notice, Tally, Until};
use super::halt::{Halt, Told};
use super::message::Message;
use super::target::Target;
use super::{hook, pauses, webhook};
use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::outbox::{Attempt, Delivery, Taken};
use crate::store::Store;
use crate::time::Timestamp;

/// Deliveries that are taken at once. Each is settled by itself.
const MOST: usize = 32;
/// How often an idle lane looks whether there is something: a read of one row.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What is due within so long belongs to one pass: the first attempt that failed is tried again once.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after trouble with the store.
const TROUBLE: Duration = Duration::from_secs(1);

/// Why something did not arrive.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub why: Clean<String>,
    /// The receiver asks to be left in peace for so long.
    pub after: Option<Duration>,
    /// The receiver says that it will never take anything again.
    pub gone: bool,
}

impl Refusal {
    pub fn of(why: impl fmt::Display) -> Self {
        Self {
            why: why.to_string().into(),
            after: None,
            gone: false,
        }
    }

    /// What is to become of a delivery that was refused.
    fn attempt(self, delivery: &Delivery) -> Attempt {
        let failed = delivery.attempts.saturating_add(1);
        let again = pauses::after(failed, delivery.id.event)
            .filter(|_| !self.gone)
            .map(|pause| pause.max(self.after.unwrap_or_default()));
        Attempt::Failed {
            error: self.why,
            again,
            rest: self.after,
        }
    }
}

/// Sends a message to a target.
pub(super) fn send(
    target: &Target,
    message: &Message,
    store: &Store,
) -> std::result::Result<(), Refusal> {
    match target {
        Target::Hook(hook) => hook::run(hook, message, store.path()),
        Target::Webhook(webhook) => {
            let now = store.settings().clock.now().micros() / 1_000_000;
            webhook::send(webhook, message, u64::try_from(now).unwrap_or(0))
        }
    }
}

/// A target with what its lane needs.
pub(super) struct Lane<'a> {
    pub store: &'a Store,
    pub target: &'a Target,
    pub until: Until,
    pub halt: &'a Halt,
    pub watch: &'a (dyn Fn(Notice<'_>) + Sync),
}

impl Lane<'_> {
    /// Delivers, until it is told to end or there is nothing more to do.
    pub fn run(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        loop {
            match self.step(&mut tally) {
                Ok(true) => {}
                Ok(false) => return Ok(tally),
                Err(error) if self.goes_on_after(&error) => {
                    (self.watch)(Notice::Trouble {
                        target: self.target.name(),
                        error: &error,
                    });
                    self.halt.rest(TROUBLE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whoever stays outlives a store that is busy; a file that cannot be used stays so.
    fn goes_on_after(&self, error: &Error) -> bool {
        let hopeless = matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. });
        self.until == Until::Stopped && !hopeless && self.halt.told() == Told::GoOn
    }

    /// Sends what is due, or waits. False: it is done.
    fn step(&self, tally: &mut Tally) -> Result<bool> {
        let told = self.halt.told();
        if told == Told::Now {
            return Ok(false);
        }
        let next = self.store.next_delivery(self.target.name()).wait()?;
        let now = self.store.settings().clock.now();
        if next.is_some_and(|next| next <= now) {
            self.send_some(tally)?;
            return Ok(true);
        }
        if self.is_done(told, next, now) {
            return Ok(false);
        }
        let due = next.map_or(LOOK_EVERY, |next| next.since(now));
        self.halt.rest(due.min(LOOK_EVERY));
        Ok(true)
    }

    fn is_done(&self, told: Told, next: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(next) = next else {
            return told != Told::GoOn || self.until != Until::Stopped;
        };
        match (told, self.until) {
            (Told::GoOn, Until::Sent) => next > now.after(PATIENCE),
            (Told::GoOn, _) => false,
            _ => true,
        }
    }

    fn send_some(&self, tally: &mut Tally) -> Result<()> {
        let lease = self.target.lease();
        let asked = Instant::now();
        let taken = self
            .store
            .take_deliveries(self.target.name(), lease, MOST)
            .wait()?;
        let Some(taken) = taken else {
            return Ok(());
        };
        let sent = self.send_all(&taken, asked, tally);
        if !matches!(sent, Ok(false)) {
            // Its time would end the lease too.
            let _ = self
                .store
                .leave_target(self.target.name(), taken.token)
                .wait();
        }
        sent.map(|_| ())
    }

    /// False: another deliverer has the target by now.
    fn send_all(&self, taken: &Taken, mut kept: Instant, tally: &mut Tally) -> Result<bool> {
        let lease = self.target.lease();
        for delivery in &taken.deliveries {
            // An attempt must end before somebody else may begin with the same one.
            let in_time = kept.elapsed() + self.target.timeout() < lease;
            if !in_time || self.halt.told() == Told::Now {
                break;
            }
            let parcel = self.store.parcel(delivery.clone()).wait()?;
            let attempt = match send(self.target, &Message::of(parcel), self.store) {
                Ok(()) => Attempt::Delivered,
                Err(refusal) => refusal.attempt(delivery),
            };
            let before = Instant::now();
            let (token, id) = (taken.token, &delivery.id);
            if !self
                .store
                .settle_delivery(token, id, attempt.clone(), lease)?
            {
                return Ok(false);
            }
            kept = before;
            tally.count(&attempt);
            (self.watch)(Notice::Tried {
                delivery,
                attempt: &attempt,
            });
            if attempt != Attempt::Delivered {
                break;
            }
        }
        Ok(true)
    }
}
