//! Looking at tickets: each call reads one snapshot, and never waits for a writer.

use super::sqlite::Asked;
use super::{AlikeRow, Call, Chosen, Look, Store, Verdict};
use crate::lease::Lease;
use crate::query::{EventFilter, Events, Filter, Page, Stats, Story};
use crate::ticket::{Ticket, TicketId};
use crate::vitals::Vitals;

impl Store {
    /// A ticket, whole.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn get(&self, ticket: &TicketId) -> Call<Ticket> {
        self.backend.get(ticket.clone())
    }

    /// A ticket with its events and samples.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn show(&self, ticket: &TicketId) -> Call<Story> {
        self.backend.show(ticket.clone())
    }

    /// A page of tickets.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a cursor that is none.
    pub fn list(&self, filter: Filter) -> Call<Page> {
        self.backend.list(filter)
    }

    /// A page of events.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] when the filter names a ticket that is not there.
    pub fn events(&self, filter: EventFilter) -> Call<Events> {
        self.backend.events(filter)
    }

    /// The live leases of `holder`, with their tokens.
    pub fn mine(&self, holder: &str) -> Call<Vec<Lease>> {
        self.backend.mine(holder.to_owned())
    }

    /// Tickets that may look like another: `choose` gets what they are compared by, the newest first, and answers the places
    /// of those that do, each with what it says of it.
    pub(crate) fn alike<T: Send + 'static>(
        &self,
        look: Look,
        choose: impl FnOnce(&AlikeRow, &[AlikeRow]) -> Vec<(usize, T)> + Send + 'static,
    ) -> Call<Chosen<T>> {
        self.backend.alike(look, choose)
    }

    /// How far a source was read by [`Store::record_all_at`]: 0 when not at all.
    pub fn position(&self, source: &str) -> Call<i64> {
        self.backend.position(source.to_owned())
    }

    /// The state of the store at a glance.
    pub fn stats(&self) -> Call<Stats> {
        self.backend.stats()
    }

    /// How the store is doing: what waits for longer than `allowed` (from P0 to P4), of all projects or of one, and what
    /// is left lying. By seeks, whatever the backlog is; at most 10,000 late, 10,000 leased and 10,000 resting tickets
    /// are looked at.
    pub fn vitals(&self, project: Option<&str>, allowed: [std::time::Duration; 5]) -> Call<Vitals> {
        self.backend.vitals(Asked {
            project: project.map(str::to_owned),
            allowed,
        })
    }

    /// Checks that every ticket is in exactly one place, that the counts add up, that what hangs on a ticket and the
    /// history fit, the foreign keys, and SQLite's own `integrity_check`. `quick`: only places, counts and `quick_check`.
    pub fn verify(&self, quick: bool) -> Call<Verdict> {
        self.backend.verify(quick)
    }
}
