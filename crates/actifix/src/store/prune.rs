//! Removing old tickets for good, a little at a time, so that nobody waits for it.

use std::ops::ControlFlow;

use super::sqlite::{Body, Errand, PruneStep as Step, Pruning, Turn, TurnAnswer};
use super::{Call, Store};
use crate::error::Result;
use crate::prune::{Prunable, Prune, Pruned};
use crate::time::Timestamp;

/// Tickets in one transaction.
const TICKETS: usize = 64;

impl Store {
    /// What [`Store::prune`] would remove, by status and priority. Changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a project's name that is none.
    pub fn prunable(&self, rule: &Prune) -> Call<Vec<Prunable>> {
        match rule.check() {
            Ok(()) => self
                .backend
                .prunable(vec![rule.clone()])
                .map(|groups| groups.into_iter().map(|(_, group)| group).collect()),
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
        let mut pruned = Pruned {
            events: self.finish_removals()?,
            ..Pruned::default()
        };
        let tickets = self.backend.pruned_by(vec![rule.clone()]).wait()?;
        let tickets = tickets.concat();
        let errand = Errand {
            rule: rule.clone(),
            policy: None,
        };
        let all = tickets.len() as u64;
        let told = self.carry_out(&errand, &tickets, &mut pruned, &mut |done| {
            progress(done, all);
            ControlFlow::Continue(())
        })?;
        debug_assert!(told.is_continue(), "nothing stops it");
        progress(all, all);
        self.sweep_loose()?;
        Ok(pruned)
    }

    /// Applies a rule to the tickets that a look found. `progress` is told before each transaction how many are done, and
    /// may stop it there; so does a turn that another has taken over.
    pub(crate) fn carry_out(
        &self,
        errand: &Errand,
        tickets: &[i64],
        pruned: &mut Pruned,
        progress: &mut impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        for (chunk, done) in tickets.chunks(TICKETS).zip((0..).step_by(TICKETS)) {
            if progress(done).is_break() || self.carry_out_some(errand, chunk, pruned)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn carry_out_some(
        &self,
        errand: &Errand,
        tickets: &[i64],
        pruned: &mut Pruned,
    ) -> Result<ControlFlow<()>> {
        let mut candidates = self.backend.candidates(tickets.to_vec()).wait()?;
        pruned.left += (tickets.len() - candidates.len()) as u64;
        while !candidates.is_empty() {
            let some = Pruning::Tickets {
                errand: errand.clone(),
                candidates: candidates.clone(),
            };
            let step: Step = self.send(Body::Prune(some)).wait()?;
            if step.overtaken {
                return Ok(ControlFlow::Break(()));
            }
            candidates.drain(..step.done.min(candidates.len()));
            pruned.tickets += step.pruned.tickets;
            pruned.events += step.pruned.events;
            pruned.left += step.pruned.left;
            if let Some(purged) = step.rest {
                pruned.events += self.erase(purged)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What several rules would take now, each by its place in the list.
    pub(crate) fn due_by(&self, rules: Vec<Prune>) -> Call<Vec<(usize, Prunable)>> {
        self.backend.prunable(rules)
    }

    /// The tickets that each of several rules would take now.
    pub(crate) fn found_by(&self, rules: Vec<Prune>) -> Call<Vec<Vec<i64>>> {
        self.backend.pruned_by(rules)
    }

    /// Begins or ends a turn at the retention policy.
    pub(crate) fn take_turn(&self, turn: Turn) -> Call<TurnAnswer> {
        self.send(Body::Turn(turn))
    }

    /// When a turn ended last, and when the next one is due.
    pub(crate) fn turns(&self) -> Call<(Option<Timestamp>, Option<Timestamp>)> {
        self.backend.turns()
    }

    /// Removes what a prune that was cut short left of its last ticket. Answers how many events that were.
    pub(crate) fn finish_removals(&self) -> Result<u64> {
        let mut events = 0;
        for purged in self.backend.unfinished().wait()? {
            events += self.erase(purged)?;
        }
        Ok(events)
    }

    /// Removes what leads to tickets that are gone.
    pub(crate) fn sweep_loose(&self) -> Result<()> {
        loop {
            let loose = self.backend.loose().wait()?;
            if loose.is_empty() {
                return Ok(());
            }
            let _: Step = self.send(Body::Prune(Pruning::Loose(loose))).wait()?;
        }
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
