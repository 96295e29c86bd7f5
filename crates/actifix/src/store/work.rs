//! Working on tickets: claim, acquire, renew, release, complete.

use std::time::Duration;

use super::sqlite::{Body, Completing};
use super::{Call, Store};
use crate::clean::Clean;
use crate::error::Result;
use crate::event::Receipt;
use crate::evidence::Evidence;
use crate::lease::{Claim, Claimed, Lease, Release, Token};
use crate::limits;
use crate::ticket::TicketId;

impl Store {
    /// Takes the next open tickets: the highest priority first, then the oldest. Nothing to take is an empty answer.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for absurd claims.
    pub fn claim(&self, claim: Claim) -> Call<Claimed> {
        if let Err(error) = claim.check() {
            return Call::failed(error);
        }
        match claim.wait {
            Some(span) if !span.is_zero() => self.waiting.enter(self, claim, span),
            _ => self.send(Body::Claim(claim)),
        }
    }

    /// Takes a named ticket for `holder`.
    ///
    /// # Errors
    /// [`crate::Error::Held`] when another has it, [`crate::Error::NotReady`] when it is no longer open, [`crate::Error::NotFound`].
    pub fn acquire(&self, ticket: &TicketId, holder: &str, lease: Duration) -> Call<Lease> {
        match limits::name("holder", holder).and(limits::lease(lease)) {
            Ok(()) => self.send(Body::Acquire {
                ticket: ticket.clone(),
                holder: holder.to_owned(),
                lease,
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Moves a live lease's end to `lease` from now.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] under any token but the current one, and when the lease has run out.
    pub fn renew(&self, ticket: &TicketId, token: Token, lease: Duration) -> Call<Lease> {
        match limits::lease(lease) {
            Ok(()) => self.send(Body::Renew {
                ticket: ticket.clone(),
                token,
                lease,
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Gives a ticket back.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] under any token but the last one.
    pub fn release(&self, ticket: &TicketId, token: Token, how: Release) -> Call<Receipt> {
        let checked = limits::opt_text(
            "reason",
            how.reason.as_deref(),
            self.settings().limits.notes,
        )
        .and(limits::pause(
            "not_before",
            how.not_before.unwrap_or_default(),
        ));
        match checked {
            Ok(()) => self.send(Body::Release {
                ticket: ticket.clone(),
                token,
                how: how.into(),
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Ends a ticket with evidence. The same call again gives the same answer.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the evidence is too thin, [`crate::Error::LeaseLost`] under any token but the last one.
    pub fn complete(
        &self,
        ticket: &TicketId,
        token: Token,
        evidence: impl Into<Clean<Evidence>>,
    ) -> Call<Receipt> {
        let evidence = evidence.into();
        match evidence
            .get()
            .check(self.settings().evidence, &self.settings().limits)
        {
            Ok(()) => self.send(Body::Complete(Completing {
                ticket: ticket.clone(),
                token,
                evidence: evidence.stored(),
            })),
            Err(error) => Call::failed(error),
        }
    }

    /// Ends many tickets in one commit. Each has its own answer, in the same order.
    pub fn complete_all<E: Into<Clean<Evidence>>>(
        &self,
        ended: impl IntoIterator<Item = (TicketId, Token, E)>,
    ) -> Call<Vec<Result<Receipt>>> {
        let settings = self.settings();
        let judged = ended.into_iter().map(|(ticket, token, evidence)| {
            let evidence = evidence.into();
            evidence.get().check(settings.evidence, &settings.limits)?;
            Ok(Completing {
                ticket,
                token,
                evidence: evidence.stored(),
            })
        });
        self.send(Body::CompleteAll(judged.collect()))
    }
}
