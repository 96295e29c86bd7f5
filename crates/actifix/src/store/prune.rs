//! Removing old tickets for good, a little at a time, so that nobody waits for it.

use super::sqlite::{Body, PruneStep as Step, Pruning};
use super::{Call, Store};
use crate::error::Result;
use crate::prune::{Prunable, Prune, Pruned};

/// Tickets in one transaction.
const TICKETS: usize = 64;

impl Store {
    /// What [`Store::prune`] would remove, by status and priority. Changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a project's name that is none.
    pub fn prunable(&self, rule: &Prune) -> Call<Vec<Prunable>> {
        match rule.check() {
            Ok(()) => self.backend.prunable(rule.clone()),
            Err(error) => Call::failed(error),
        }
    }

    /// Removes the tickets that `rule` means for good, with their events; of each one event stays, `purged`, which says
    /// what it was. Blocks this thread until it is done, in transactions so small that others hardly wait; what they did
    /// is done when a later one fails, and the next call goes on. `progress` is told how many tickets of how many are done.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`], and what a call that waits for the write lock answers.
    pub fn prune(&self, rule: &Prune, mut progress: impl FnMut(u64, u64)) -> Result<Pruned> {
        rule.check()?;
        let mut pruned = Pruned::default();
        // What a prune that was cut short left of its last ticket.
        for purged in self.backend.unfinished().wait()? {
            pruned.events += self.erase(purged)?;
        }
        let tickets = self.backend.pruned_by(rule.clone()).wait()?;
        let all = tickets.len() as u64;
        for (chunk, done) in tickets.chunks(TICKETS).zip((0..).step_by(TICKETS)) {
            progress(done, all);
            self.prune_some(rule, chunk, &mut pruned)?;
        }
        progress(all, all);
        loop {
            let loose = self.backend.loose().wait()?;
            if loose.is_empty() {
                return Ok(pruned);
            }
            let _: Step = self.send(Body::Prune(Pruning::Loose(loose))).wait()?;
        }
    }

    fn prune_some(&self, rule: &Prune, tickets: &[i64], pruned: &mut Pruned) -> Result<()> {
        let mut candidates = self.backend.candidates(tickets.to_vec()).wait()?;
        pruned.left += (tickets.len() - candidates.len()) as u64;
        while !candidates.is_empty() {
            let some = Pruning::Tickets {
                rule: rule.clone(),
                candidates: candidates.clone(),
            };
            let step: Step = self.send(Body::Prune(some)).wait()?;
            candidates.drain(..step.done.min(candidates.len()));
            pruned.tickets += step.pruned.tickets;
            pruned.events += step.pruned.events;
            pruned.left += step.pruned.left;
            if let Some(purged) = step.rest {
                pruned.events += self.erase(purged)?;
            }
        }
        Ok(())
    }

    /// Removes what is left of the events of a ticket that is gone, by its `purged` event.
    fn erase(&self, purged: i64) -> Result<u64> {
        let mut events = 0;
        loop {
            let step: Step = self.send(Body::Prune(Pruning::Events(purged))).wait()?;
            events += step.pruned.events;
            if step.rest.is_none() {
                return Ok(events);
            }
        }
    }
}
