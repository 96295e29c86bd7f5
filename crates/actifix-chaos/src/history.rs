//! A history: what each caller asked, what it was answered, and between which two moments.
//!
//! A call without an answer was cut off: it may have happened or not. One with an answer of kind `outcome_unknown` is
//! the same.

#![allow(
    missing_docs,
    reason = "what the fields are is said by the calls of the same names"
)]

use actifix::{Error, Lease, LostWhy, Receipt, Recorded, TicketId, Timestamp, Token};
use serde::{Deserialize, Serialize};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// A report; equal ones have the same `name`.
    Record { name: String, later: bool },
    /// The next tickets; `any` when no filter was given.
    Claim {
        holder: String,
        count: usize,
        lease_us: i64,
        any: bool,
    },
    /// A named ticket.
    Acquire {
        ticket: TicketId,
        holder: String,
        lease_us: i64,
    },
    /// More time.
    Renew {
        ticket: TicketId,
        token: Token,
        lease_us: i64,
    },
    /// Given back; `later` when not ready at once.
    Release {
        ticket: TicketId,
        token: Token,
        later: bool,
    },
    /// Ended with evidence.
    Complete { ticket: TicketId, token: Token },
    /// Ended with a reason, or ignored.
    Close {
        ticket: TicketId,
        token: Option<Token>,
    },
    /// Opened again.
    Reopen { ticket: TicketId },
    /// Marked as deleted.
    Delete {
        ticket: TicketId,
        token: Option<Token>,
        force: bool,
    },
    /// The mark taken back.
    Undelete { ticket: TicketId },
}

impl Op {
    /// The ticket that was named.
    pub fn ticket(&self) -> Option<&TicketId> {
        match self {
            Self::Record { .. } | Self::Claim { .. } => None,
            Self::Acquire { ticket, .. }
            | Self::Renew { ticket, .. }
            | Self::Release { ticket, .. }
            | Self::Complete { ticket, .. }
            | Self::Close { ticket, .. }
            | Self::Reopen { ticket }
            | Self::Delete { ticket, .. }
            | Self::Undelete { ticket } => Some(ticket),
        }
    }

    /// The token that was shown.
    pub fn token(&self) -> Option<Token> {
        match self {
            Self::Renew { token, .. }
            | Self::Release { token, .. }
            | Self::Complete { token, .. } => Some(*token),
            Self::Close { token, .. } | Self::Delete { token, .. } => *token,
            _ => None,
        }
    }
}

/// A lease as it was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    pub ticket: TicketId,
    pub token: Token,
    pub holder: String,
    pub acquired_at: Timestamp,
    pub expires_at: Timestamp,
}

impl From<&Lease> for Grant {
    fn from(lease: &Lease) -> Self {
        Self {
            ticket: lease.ticket.id.clone(),
            token: lease.token,
            holder: lease.holder.clone(),
            acquired_at: lease.acquired_at,
            expires_at: lease.expires_at,
        }
    }
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// A report was taken.
    Recorded(Recorded),
    /// Leases, or none.
    Granted { grants: Vec<Grant> },
    /// The lease with its new time.
    Renewed(Grant),
    /// Done.
    Done(Receipt),
    /// Refused, and nothing applied.
    Refused {
        kind: String,
        holder: Option<String>,
        why: Option<LostWhy>,
        message: String,
    },
}

impl Answer {
    /// It may have happened or not.
    pub fn unknown(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == "outcome_unknown")
    }

    /// What the answer to a call that is made again says of the first time. A refusal by the machine says nothing; nor
    /// does a lost lease to a call that may have given it and lost it since.
    #[must_use]
    pub fn again(self, op: &Op) -> Self {
        match self {
            Self::Refused { kind, message, .. } if says_nothing(&kind, op) => Self::Refused {
                kind: "outcome_unknown".to_owned(),
                holder: None,
                why: None,
                message: format!("unknown, then {kind}: {message}"),
            },
            answer => answer,
        }
    }
}

fn says_nothing(kind: &str, op: &Op) -> bool {
    let by_the_machine = [
        "busy",
        "storage",
        "corrupt",
        "unsupported",
        "outcome_unknown",
    ]
    .contains(&kind);
    let gives = matches!(op, Op::Claim { .. } | Op::Acquire { .. } | Op::Renew { .. });
    by_the_machine || (gives && ["lease_lost", "not_found"].contains(&kind))
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Self {
        let (holder, why) = match error {
            Error::LeaseLost { holder, why, .. } => (holder.clone(), Some(*why)),
            Error::Held { by, .. } => (Some(by.clone()), None),
            _ => (None, None),
        };
        Self::Refused {
            kind: error.kind().to_owned(),
            holder,
            why,
            message: error.to_string(),
        }
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Who called.
    pub caller: String,
    /// Nanoseconds of the machine's monotonic clock before the call was made.
    pub begin: u64,
    /// And after its answer was there; the end of time when there was none.
    pub end: u64,
    pub op: Op,
    /// The call's own name, under which it can be made again.
    pub request: Option<String>,
    /// It was made more than once, because its outcome was unknown at first.
    pub doubted: bool,
    pub answer: Option<Answer>,
}

impl Call {
    /// It may have happened or not.
    pub fn unknown(&self) -> bool {
        self.answer.as_ref().is_none_or(Answer::unknown)
    }

    /// It may have happened or not at its first try, or it happened and nobody can say at which.
    pub fn unsure(&self) -> bool {
        let repeated = matches!(&self.answer, Some(Answer::Done(receipt)) if receipt.repeated);
        self.unknown() || (self.doubted && repeated)
    }

    /// It did not happen.
    pub fn refused(&self) -> bool {
        !self.unknown() && matches!(self.answer, Some(Answer::Refused { .. }))
    }

    /// It happened, and its caller knows it.
    pub fn acknowledged(&self) -> bool {
        !self.unknown() && !self.refused()
    }

    /// What it granted.
    pub fn grants(&self) -> &[Grant] {
        match &self.answer {
            Some(Answer::Granted { grants }) => grants,
            _ => &[],
        }
    }

    /// Its receipt, when it changed something just now.
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.answer {
            Some(Answer::Done(receipt)) if !receipt.repeated => Some(receipt),
            _ => None,
        }
    }
}

/// All calls of all callers.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In the order in which they began.
    pub calls: Vec<Call>,
}

impl History {
    /// From calls in any order.
    pub fn of(mut calls: Vec<Call>) -> Self {
        calls.sort_by_key(|call| call.begin);
        Self { calls }
    }

    /// The moment from which a claim of unknown outcome may hold any ticket.
    pub fn first_unknown_claim(&self) -> u64 {
        let unknown = self
            .calls
            .iter()
            .filter(|call| call.unknown() && matches!(call.op, Op::Claim { .. }));
        unknown.map(|call| call.begin).min().unwrap_or(u64::MAX)
    }
}
