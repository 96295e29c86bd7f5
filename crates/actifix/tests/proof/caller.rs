//! A caller that writes down all it asks and all it is answered.

use std::time::Duration;

use actifix::{
    Claim, Close, CloseReason, Delete, Lease, Receipt, Recorded, Release, Report, Result, Store,
    TicketId, Token, WakeRule,
};

use super::history::{Answer, Grant, Op};
use super::log::Log;
use super::stores::evidence;

/// A caller with its log.
pub struct Caller {
    /// Who it is; also the holder of its leases.
    pub name: String,
    store: Store,
    log: Log,
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).expect("a span of a test is short")
}

fn granted(lease: &Lease) -> Answer {
    Answer::Granted {
        grants: vec![lease.into()],
    }
}

fn done(receipt: &Receipt) -> Answer {
    Answer::Done(receipt.clone())
}

impl Caller {
    /// A caller of `store`.
    pub fn new(name: &str, store: Store, log: Log) -> Self {
        Self {
            name: name.to_owned(),
            store,
            log,
        }
    }

    /// The next claims are another holder's.
    pub fn be(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    pub fn record(&mut self, report: Report) -> Result<Recorded> {
        let op = Op::Record {
            name: report.message.clone(),
            later: report.not_before.is_some(),
        };
        let store = &self.store;
        self.log.call(
            op,
            || store.record(report).wait(),
            |recorded| Answer::Recorded(recorded.clone()),
        )
    }

    pub fn claim(&mut self, lease: Duration, count: usize) -> Result<Vec<Lease>> {
        let claim = Claim::by(&self.name).lease(lease).count(count);
        self.claim_by(claim, lease, count, true)
    }

    /// A claim with filters of its own.
    pub fn claim_by(
        &mut self,
        claim: Claim,
        lease: Duration,
        count: usize,
        any: bool,
    ) -> Result<Vec<Lease>> {
        let op = Op::Claim {
            holder: self.name.clone(),
            count,
            lease_us: micros(lease),
            any,
        };
        let store = &self.store;
        let make = || store.claim(claim).wait().map(|claimed| claimed.leases);
        self.log.call(op, make, |leases| Answer::Granted {
            grants: leases.iter().map(Grant::from).collect(),
        })
    }

    pub fn acquire(&mut self, ticket: &TicketId, lease: Duration) -> Result<Lease> {
        let op = Op::Acquire {
            ticket: ticket.clone(),
            holder: self.name.clone(),
            lease_us: micros(lease),
        };
        let (store, name) = (&self.store, &self.name);
        self.log
            .call(op, || store.acquire(ticket, name, lease).wait(), granted)
    }

    pub fn renew(&mut self, ticket: &TicketId, token: Token, lease: Duration) -> Result<Lease> {
        let op = Op::Renew {
            ticket: ticket.clone(),
            token,
            lease_us: micros(lease),
        };
        let store = &self.store;
        self.log.call(
            op,
            || store.renew(ticket, token, lease).wait(),
            |lease| Answer::Renewed(lease.into()),
        )
    }

    /// Gives it back; `later` when it will not be ready at once.
    pub fn release(
        &mut self,
        ticket: &TicketId,
        token: Token,
        how: Release,
        later: bool,
    ) -> Result<Receipt> {
        let op = Op::Release {
            ticket: ticket.clone(),
            token,
            later,
        };
        let store = &self.store;
        self.log
            .call(op, || store.release(ticket, token, how).wait(), done)
    }

    pub fn complete(&mut self, ticket: &TicketId, token: Token) -> Result<Receipt> {
        let op = Op::Complete {
            ticket: ticket.clone(),
            token,
        };
        let (store, evidence) = (&self.store, evidence(&self.name));
        self.log
            .call(op, || store.complete(ticket, token, evidence).wait(), done)
    }

    pub fn close(
        &mut self,
        ticket: &TicketId,
        reason: CloseReason,
        token: Option<Token>,
    ) -> Result<Receipt> {
        let how = token.into_iter().fold(Close::because(reason), Close::token);
        self.close_how(ticket, how, token)
    }

    /// Closes as `how` says, which holds the `token`.
    pub fn close_how(
        &mut self,
        ticket: &TicketId,
        how: Close,
        token: Option<Token>,
    ) -> Result<Receipt> {
        let op = Op::Close {
            ticket: ticket.clone(),
            token,
        };
        let store = &self.store;
        self.log.call(op, || store.close(ticket, how).wait(), done)
    }

    pub fn ignore(
        &mut self,
        ticket: &TicketId,
        wake: WakeRule,
        token: Option<Token>,
    ) -> Result<Receipt> {
        let op = Op::Close {
            ticket: ticket.clone(),
            token,
        };
        let store = &self.store;
        self.log
            .call(op, || store.ignore(ticket, wake, token).wait(), done)
    }

    pub fn reopen(&mut self, ticket: &TicketId) -> Result<Receipt> {
        let store = &self.store;
        self.log.call(
            Op::Reopen {
                ticket: ticket.clone(),
            },
            || store.reopen(ticket).wait(),
            done,
        )
    }

    pub fn delete(&mut self, ticket: &TicketId, how: Delete) -> Result<Receipt> {
        let op = Op::Delete {
            ticket: ticket.clone(),
            token: how.token,
            force: how.force,
        };
        let store = &self.store;
        self.log.call(op, || store.delete(ticket, how).wait(), done)
    }

    pub fn undelete(&mut self, ticket: &TicketId) -> Result<Receipt> {
        let store = &self.store;
        self.log.call(
            Op::Undelete {
                ticket: ticket.clone(),
            },
            || store.undelete(ticket).wait(),
            done,
        )
    }
}
