//! How a job ends: completed, given back, or lost.

use std::time::Duration;

use super::door::Means;
use super::floor::{Stage, Tally};
use super::notice::Doing;
use super::slot::{PAUSE, Shift};
use super::wire::{Told, Wire};
use crate::error::{Error, Result};
use crate::event::Receipt;
use crate::evidence::Evidence;
use crate::lease::{Lease, Release};
use crate::store::Call;

/// The longest reason that is kept, in characters.
const REASON: usize = 4_000;

/// What a handler answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done: the ticket is completed with this evidence. Evidence that is refused makes it a failure, with the reason.
    Done(Evidence),
    /// The attempt failed: it is counted, and the ticket rests for a while that doubles.
    Failed {
        /// What was tried, and what came of it.
        reason: String,
    },
    /// The ticket goes back, and no attempt is counted.
    Back {
        /// Why.
        reason: String,
        /// Nobody claims it before so long from now.
        not_before: Option<Duration>,
    },
}

impl Outcome {
    /// The attempt failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: reason.into(),
        }
    }

    /// The ticket goes back.
    pub fn back(reason: impl Into<String>) -> Self {
        Self::Back {
            reason: reason.into(),
            not_before: None,
        }
    }
}

/// The end of one job.
pub(super) struct Ending<'a> {
    pub shift: &'a Shift,
    pub slot: usize,
    pub lease: &'a Lease,
    pub wire: &'a Wire,
}

impl Ending<'_> {
    /// Ends it by what the handler answered.
    pub async fn end(&self, outcome: Outcome) {
        if self.wire.ended() {
            return self.say(Doing::Ended, |tally| tally.ended += 1);
        }
        if let Some(error) = self.wire.lost() {
            return self.lost(error).await;
        }
        let stopped = self.wire.told() == Some(Told::Stop);
        match outcome {
            Outcome::Done(evidence) => self.complete(evidence).await,
            Outcome::Failed { reason } if !stopped => self.give_back(reason, true, None).await,
            Outcome::Failed { reason } => {
                let reason = format!("the worker was stopped: {reason}");
                self.give_back(reason, false, None).await;
            }
            Outcome::Back { reason, not_before } => {
                self.give_back(reason, false, not_before).await;
            }
        }
    }

    async fn complete(&self, evidence: Evidence) {
        let (ticket, token) = (&self.lease.ticket.id, self.lease.token);
        let complete = || {
            self.shift
                .door
                .store()
                .complete(ticket, token, evidence.clone())
        };
        match self.settled(complete).await {
            Ok(_) => self.say(Doing::Completed, |tally| tally.completed += 1),
            Err(error) if Means::of(&error) == Means::Refused => {
                // Nothing of it is lost: what was refused stands in the reason.
                let came = serde_json::to_string(&evidence).unwrap_or_default();
                let reason = format!("the evidence was refused: {error}. It was: {came}");
                self.give_back(reason, true, None).await;
            }
            Err(error) => self.not_ours(error).await,
        }
    }

    async fn give_back(&self, reason: String, failed: bool, not_before: Option<Duration>) {
        let reason = cut(reason);
        let mut how = Release::new().reason(&reason);
        if failed {
            how = how.failed();
        }
        if let Some(span) = not_before {
            how = how.not_before(span);
        }
        match self.settled(|| self.release(how.clone())).await {
            Ok(_) if failed => self.say(Doing::Failed { reason }, |tally| tally.failed += 1),
            Ok(_) => self.say(Doing::Released { reason }, |tally| tally.released += 1),
            Err(error) => self.not_ours(error).await,
        }
    }

    fn release(&self, how: Release) -> Call<Receipt> {
        self.shift
            .door
            .store()
            .release(&self.lease.ticket.id, self.lease.token, how)
    }

    /// The lease is lost. Should it only have been in doubt, the ticket is free at once and not when its time is over.
    async fn lost(&self, error: Error) {
        let how = Release::new().reason("the worker could not renew its lease in time");
        // The store knows more than a clock: who has it, and since when.
        let error = match self.release(how).await {
            Err(told @ Error::LeaseLost { .. }) => told,
            _ => error,
        };
        self.say(Doing::Lost { error }, |tally| tally.lost += 1);
    }

    /// The store says that the token no longer holds the ticket.
    async fn not_ours(&self, error: Error) {
        let (ticket, token) = (&self.lease.ticket.id, self.lease.token);
        match self.shift.door.ended_under(ticket, token).await {
            Ok(true) => self.say(Doing::Ended, |tally| tally.ended += 1),
            _ => self.say(Doing::Lost { error }, |tally| tally.lost += 1),
        }
    }

    /// Makes the call until the store has an answer to it. These calls may be repeated: the token decides.
    async fn settled(&self, call: impl Fn() -> Call<Receipt>) -> Result<Receipt> {
        loop {
            match call().await {
                Err(error) if Means::of(&error) == Means::Wait => {
                    self.shift.log.waiting(self.slot, &error);
                    if self.shift.floor.stage() >= Stage::Stopping {
                        return Err(error);
                    }
                    self.shift.door.mend(&error);
                    self.shift.floor.pause(PAUSE).await;
                }
                answer => {
                    self.shift.log.reached(self.slot);
                    return answer;
                }
            }
        }
    }

    fn say(&self, doing: Doing, add: impl FnOnce(&mut Tally)) {
        self.shift.floor.count(add);
        self.shift.log.of(self.slot, self.lease, doing);
    }
}

/// A reason that the store takes.
fn cut(reason: String) -> String {
    let whole = reason.replace('\0', "\u{fffd}");
    match whole.char_indices().nth(REASON) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}
