//! A caller that writes down all it asks and all it is answered.

use std::time::Duration;

use actifix::{
    Call, Claim, Claimed, Close, CloseReason, Delete, Evidence, Lease, Receipt, Recorded, Release,
    Report, Result, Store, TicketId, Token, WakeRule,
};

use crate::history::{Answer, Grant, Op};
use crate::load::error;
use crate::log::Log;

/// How often a call of unknown outcome is made again before it is left alone.
const TRIES: usize = 5;

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn granted(lease: &Lease) -> Answer {
    Answer::Granted {
        grants: vec![lease.into()],
    }
}

fn all_granted(claimed: &Claimed) -> Answer {
    Answer::Granted {
        grants: claimed.leases.iter().map(Grant::from).collect(),
    }
}

fn renewed(lease: &Lease) -> Answer {
    Answer::Renewed(lease.into())
}

fn done(receipt: &Receipt) -> Answer {
    Answer::Done(receipt.clone())
}

/// Evidence that every policy takes; `mark` tells one piece from another.
pub fn evidence(mark: &str) -> Evidence {
    Evidence {
        did: format!("Closed the connection in every branch ({mark})"),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    }
}

/// A caller with its log.
pub struct Caller {
    /// Who it is; also the holder of its leases.
    pub name: String,
    store: Store,
    log: Log,
    /// Its calls have names of their own, made of this and their number.
    names: Option<(String, u64)>,
    /// It awaits its calls, so that none is done on its own thread.
    awaits: bool,
}

impl Caller {
    /// A caller of `store`.
    pub fn new(name: &str, store: Store, log: Log) -> Self {
        Self {
            name: name.to_owned(),
            store,
            log,
            names: None,
            awaits: false,
        }
    }

    /// It names each call, and makes those of unknown outcome again until it knows.
    #[must_use]
    pub fn insisting(mut self) -> Self {
        self.names = Some((self.name.clone(), 0));
        self
    }

    /// It awaits its calls instead of waiting for them: all are done by the line's own thread.
    #[must_use]
    pub fn awaiting(mut self) -> Self {
        self.awaits = true;
        self
    }

    /// The next claims are another holder's.
    pub fn be(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// Writes the call down, makes it, and writes its answer down.
    fn call<T: Send + 'static>(
        &mut self,
        op: Op,
        make: impl Fn(&Store) -> Call<T>,
        answer: impl Fn(&T) -> Answer,
    ) -> Result<T> {
        let request = self.names.as_mut().map(|(name, number)| {
            *number += 1;
            format!("{name}/{number}")
        });
        let named = request
            .as_deref()
            .map(|request| self.store.with_request_id(request));
        let store = named.transpose()?.unwrap_or_else(|| self.store.clone());
        self.log.begin(op.clone(), request.clone());
        let wait = |call: Call<T>| match self.awaits {
            true => pollster::block_on(call),
            false => call.wait(),
        };
        let mut result = wait(make(&store));
        let mut told = result.as_ref().map_or_else(Answer::from, &answer);
        for _ in 0..TRIES {
            if request.is_none() || !told.unknown() {
                break;
            }
            self.log.unknown();
            result = wait(make(&store));
            told = result
                .as_ref()
                .map_or_else(Answer::from, &answer)
                .again(&op);
        }
        self.log.end(told);
        result
    }

    /// Records a report.
    pub fn record(&mut self, report: Report) -> Result<Recorded> {
        let op = Op::Record {
            name: report.message.clone(),
            later: report.not_before.is_some(),
        };
        let make = |store: &Store| store.record(report.clone());
        self.call(op, make, |recorded| Answer::Recorded(recorded.clone()))
    }

    /// Claims the next tickets.
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
        let make = |store: &Store| store.claim(claim.clone());
        self.call(op, make, all_granted)
            .map(|claimed| claimed.leases)
    }

    /// Takes a named ticket.
    pub fn acquire(&mut self, ticket: &TicketId, lease: Duration) -> Result<Lease> {
        let holder = self.name.clone();
        let op = Op::Acquire {
            ticket: ticket.clone(),
            holder: holder.clone(),
            lease_us: micros(lease),
        };
        self.call(op, |store| store.acquire(ticket, &holder, lease), granted)
    }

    /// Moves the end of a lease.
    pub fn renew(&mut self, ticket: &TicketId, token: Token, lease: Duration) -> Result<Lease> {
        let op = Op::Renew {
            ticket: ticket.clone(),
            token,
            lease_us: micros(lease),
        };
        self.call(op, |store| store.renew(ticket, token, lease), renewed)
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
        self.call(op, |store| store.release(ticket, token, how.clone()), done)
    }

    /// Ends a ticket with evidence.
    pub fn complete(&mut self, ticket: &TicketId, token: Token) -> Result<Receipt> {
        let op = Op::Complete {
            ticket: ticket.clone(),
            token,
        };
        let evidence = evidence(&self.name);
        self.call(
            op,
            |store| store.complete(ticket, token, evidence.clone()),
            done,
        )
    }

    /// Ends a ticket with a reason.
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
        self.call(op, |store| store.close(ticket, how.clone()), done)
    }

    /// Ends a ticket until it wakes.
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
        self.call(op, |store| store.ignore(ticket, wake, token), done)
    }

    /// Opens a ticket again.
    pub fn reopen(&mut self, ticket: &TicketId) -> Result<Receipt> {
        let op = Op::Reopen {
            ticket: ticket.clone(),
        };
        self.call(op, |store| store.reopen(ticket), done)
    }

    /// Marks a ticket as deleted.
    pub fn delete(&mut self, ticket: &TicketId, how: Delete) -> Result<Receipt> {
        let op = Op::Delete {
            ticket: ticket.clone(),
            token: how.token,
            force: how.force,
        };
        self.call(op, |store| store.delete(ticket, how), done)
    }

    /// Takes the mark back.
    pub fn undelete(&mut self, ticket: &TicketId) -> Result<Receipt> {
        let op = Op::Undelete {
            ticket: ticket.clone(),
        };
        self.call(op, |store| store.undelete(ticket), done)
    }
}

/// Makes a call as it stands in a history, without writing it down.
pub fn perform(store: &Store, op: &Op) -> Answer {
    let span = |us: i64| Duration::from_micros(u64::try_from(us).unwrap_or(0));
    let answered = match op.clone() {
        Op::Record { name, .. } => store.record(error(&name)).wait().map(Answer::Recorded),
        Op::Claim {
            holder,
            count,
            lease_us,
            ..
        } => {
            let claim = Claim::by(holder).lease(span(lease_us)).count(count);
            store
                .claim(claim)
                .wait()
                .map(|claimed| all_granted(&claimed))
        }
        Op::Acquire {
            ticket,
            holder,
            lease_us,
        } => {
            let lease = store.acquire(&ticket, &holder, span(lease_us)).wait();
            lease.map(|lease| granted(&lease))
        }
        Op::Renew {
            ticket,
            token,
            lease_us,
        } => {
            let lease = store.renew(&ticket, token, span(lease_us)).wait();
            lease.map(|lease| renewed(&lease))
        }
        Op::Release { ticket, token, .. } => {
            let receipt = store.release(&ticket, token, Release::new()).wait();
            receipt.map(Answer::Done)
        }
        Op::Complete { ticket, token } => {
            let receipt = store.complete(&ticket, token, evidence("again")).wait();
            receipt.map(Answer::Done)
        }
        Op::Close { ticket, token } => {
            let how = token
                .into_iter()
                .fold(Close::because(CloseReason::Obsolete), Close::token);
            store.close(&ticket, how).wait().map(Answer::Done)
        }
        Op::Reopen { ticket } => store.reopen(&ticket).wait().map(Answer::Done),
        Op::Delete {
            ticket,
            token,
            force,
        } => store
            .delete(&ticket, Delete { token, force })
            .wait()
            .map(Answer::Done),
        Op::Undelete { ticket } => store.undelete(&ticket).wait().map(Answer::Done),
    };
    answered.unwrap_or_else(|error| Answer::from(&error))
}
