//! Calls under the Python system's rules, for programs that were written for it.

use std::time::Duration;

use super::sqlite::{Body, OldCall, OldVerb};
use super::{Call, Store};
use crate::clean::Clean;
use crate::dropin::{OldAudit, OldCompletion, OldTicket};
use crate::error::Result;
use crate::event::Receipt;
use crate::lease::Lease;
use crate::limits;
use crate::ticket::TicketId;

impl Store {
    /// Makes a ticket under the id and the guard that it brings. `None` when either is taken, by a deleted ticket too.
    /// `open_tickets` is the limit of open tickets; 0 is no limit. `audit` is written with it, here and below.
    ///
    /// # Errors
    /// [`crate::Error::TooManyOpen`], [`crate::Error::Invalid`] for a text with NUL bytes or a time that is none.
    pub fn create_old(
        &self,
        ticket: impl Into<Clean<OldTicket>>,
        open_tickets: u64,
        audit: Option<OldAudit>,
    ) -> Call<Option<Receipt>> {
        let ticket = Box::new(ticket.into());
        self.old(audit, ticket.get().check(), || OldVerb::Create {
            ticket,
            open_tickets,
        })
    }

    /// The ticket that has this guard, deleted or not.
    pub fn by_guard(&self, guard: &str) -> Call<Option<TicketId>> {
        self.backend.by_guard(guard.to_owned())
    }

    /// [`Store::acquire`] for as short as the caller likes: a lease of no time has run out when it is granted.
    ///
    /// # Errors
    /// As [`Store::acquire`].
    pub fn acquire_old(&self, ticket: &TicketId, holder: &str, lease: Duration) -> Call<Lease> {
        let checked =
            limits::name("holder", holder).and(limits::lease(lease.max(limits::SHORTEST_LEASE)));
        match checked {
            Ok(()) => self.send(Body::Acquire {
                ticket: ticket.clone(),
                holder: holder.to_owned(),
                lease,
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Ends a ticket under its token, or, when it is free, takes and ends it in one transaction.
    ///
    /// # Errors
    /// [`crate::Error::Held`] while another holds it, [`crate::Error::NotReady`] when it has ended, [`crate::Error::LeaseLost`].
    pub fn complete_old(
        &self,
        end: impl Into<Clean<OldCompletion>>,
        audit: Option<OldAudit>,
    ) -> Call<Receipt> {
        let end = Box::new(end.into());
        self.old(audit, end.get().check(), || {
            let evidence = Clean::from(end.get().evidence()).stored();
            OldVerb::Complete { end, evidence }
        })
    }

    /// Marks a ticket as deleted whoever holds it, or removes it for good in one transaction.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn delete_old(
        &self,
        ticket: &TicketId,
        for_good: bool,
        audit: Option<OldAudit>,
    ) -> Call<Receipt> {
        let ticket = ticket.clone();
        self.old(audit, Ok(()), || OldVerb::Delete { ticket, for_good })
    }

    /// Ends the leases that have run out, as the next call of anybody would, and answers how many it ended.
    pub fn sweep(&self) -> Call<u64> {
        self.old(None, Ok(()), || OldVerb::Sweep)
    }

    fn old<T: super::sqlite::FromReply>(
        &self,
        audit: Option<OldAudit>,
        checked: Result<()>,
        verb: impl FnOnce() -> OldVerb,
    ) -> Call<T> {
        match checked {
            Ok(()) => self.send(Body::Old(OldCall {
                verb: verb(),
                audit: audit.map(Clean::from),
            })),
            Err(error) => Call::failed(error),
        }
    }
}
