//! Looking: every read is one snapshot, taken and left at once.

mod alike;
mod events;
mod list;
mod outbox;
mod prune;
mod stats;
mod story;
mod ticket;
mod verify;
pub(super) mod vitals;

pub(crate) use alike::{AlikeRow, Chosen, Look};
#[cfg(test)]
pub(super) use outbox::NEXT as NEXT_DELIVERY;
pub(super) use story::whole_story;
pub(super) use ticket::REASONS;
pub use verify::Verdict;
pub(super) use verify::standing_checks;

use crate::lease::Lease;
use crate::outbox::{Delivery, DeliveryFilter, Outbox, Parcel, Subscription};
use crate::prune::{Prunable, Prune};
use crate::query::{EventFilter, Events, Filter, Page, Stats, Story};
use crate::store::Call;
use crate::ticket::{Ticket, TicketId};
use crate::time::Timestamp;
use crate::vitals::Vitals;

use super::Backend;
use super::desk::{Step, settled};
use super::prune::{Candidate, Loose};
use sqlite_line::ReadTxn;

impl Backend {
    /// Runs `look` on a snapshot.
    fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ReadTxn<'_>, Timestamp) -> Step<T> + Send + 'static,
    ) -> Call<T> {
        let clock = std::sync::Arc::clone(&self.settings.clock);
        Call::on(self.line.read(move |txn| settled(look(txn, clock.now()))))
    }

    pub fn get(&self, id: TicketId) -> Call<Ticket> {
        self.look(move |txn, now| ticket::by_id(txn, &id, now))
    }

    pub fn show(&self, id: TicketId) -> Call<Story> {
        self.look(move |txn, now| {
            let ticket = ticket::by_id(txn, &id, now)?;
            story::story(txn, super::desk::number(txn, &id)?, ticket)
        })
    }

    pub fn list(&self, filter: Filter) -> Call<Page> {
        self.look(move |txn, now| list::page(txn, &filter, now))
    }

    pub fn events(&self, filter: EventFilter) -> Call<Events> {
        self.look(move |txn, _| events::page(txn, &filter))
    }

    pub fn mine(&self, holder: String) -> Call<Vec<Lease>> {
        self.look(move |txn, now| ticket::held_by(txn, &holder, now))
    }

    pub fn stats(&self) -> Call<Stats> {
        let figures = serde_json::to_value(self.line.figures()).unwrap_or_default();
        let path = self.line.path().to_path_buf();
        self.look(move |txn, now| stats::stats(txn, now, &path, figures))
    }

    pub fn vitals(&self, asked: vitals::Asked) -> Call<Vitals> {
        let path = self.line.path().to_path_buf();
        self.look(move |txn, now| vitals::vitals(txn, &asked, now, &path))
    }

    pub fn alike<T: Send + 'static>(
        &self,
        look: Look,
        choose: impl FnOnce(&AlikeRow, &[AlikeRow]) -> Vec<(usize, T)> + Send + 'static,
    ) -> Call<Chosen<T>> {
        self.look(move |txn, now| alike::alike(txn, &look, choose, now))
    }

    pub fn position(&self, source: String) -> Call<i64> {
        self.look(move |txn, _| Ok(super::positions::position(txn, &source)?))
    }

    pub fn prunable(&self, rules: Vec<Prune>) -> Call<Vec<(usize, Prunable)>> {
        self.look(move |txn, now| Ok(prune::groups(txn, &rules, now)?))
    }

    pub fn pruned_by(&self, rules: Vec<Prune>) -> Call<Vec<Vec<i64>>> {
        self.look(move |txn, now| Ok(prune::tickets(txn, &rules, now)?))
    }

    pub fn turns(&self) -> Call<(Option<Timestamp>, Option<Timestamp>)> {
        self.look(|txn, _| Ok(super::turn::times(txn)?))
    }

    pub fn candidates(&self, tickets: Vec<i64>) -> Call<Vec<Candidate>> {
        self.look(move |txn, _| Ok(prune::candidates(txn, &tickets)?))
    }

    pub fn unfinished(&self) -> Call<Vec<i64>> {
        self.look(|txn, _| Ok(prune::unfinished(txn)?))
    }

    pub fn loose(&self) -> Call<Loose> {
        self.look(|txn, _| Ok(prune::loose(txn)?))
    }

    pub fn subscriptions(&self) -> Call<Vec<Subscription>> {
        self.look(|txn, _| Ok(super::targets::subscriptions(txn)?))
    }

    pub fn next_delivery(&self, target: String) -> Call<Option<Timestamp>> {
        self.look(move |txn, _| Ok(outbox::next(txn, &target)?))
    }

    pub fn deliveries(&self, filter: DeliveryFilter) -> Call<Vec<Delivery>> {
        self.look(move |txn, _| Ok(outbox::deliveries(txn, &filter)?))
    }

    pub fn parcel(&self, delivery: Delivery) -> Call<Parcel> {
        self.look(move |txn, now| outbox::parcel(txn, delivery, now))
    }

    pub fn outbox(&self) -> Call<Outbox> {
        self.look(|txn, _| Ok(outbox::outbox(txn)?))
    }

    pub fn verify(&self, quick: bool) -> Call<Verdict> {
        self.look(move |txn, _| verify::verify(txn, quick).map_err(Into::into))
    }
}

/// A limit as SQL takes it, with its default when 0.
fn limit(asked: usize, unsaid: usize) -> usize {
    if asked == 0 {
        unsaid
    } else {
        asked.min(10_000)
    }
}
