//! What travels along the line: commands to the writer, and answers back. Both are plain data that can be written down,
//! so that one process can commit for another.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::deliver::Delivering;
use super::grant::Grant;
use super::legacy::OldCall;
use super::positions::{ReadSoFar, Stretch};
use super::prune::{PruneStep, Pruning};
use super::turn::{Turn, TurnAnswer};
use super::whole::Whole;
use crate::archive::{ArchiveHead, ArchiveLine};
use crate::change::{Close, Delete, Update};
use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::event::Receipt;
use crate::lease::{Claim, Claimed, Lease, Release, Token};
use crate::outbox::{Subscription, Taken};
use crate::prune::Fate;
use crate::report::{Recorded, Report};
use crate::ticket::{TicketId, WakeRule};

/// One call of one caller. How it travels is said in [`super::travel`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct Command {
    /// Whose change it is.
    pub actor: String,
    /// The actor must be the lease's holder.
    pub strict: bool,
    /// Names the call.
    pub request: Option<String>,
    /// The ticket must be one of these, unless there are none.
    pub only: Vec<Fate>,
    /// What is asked for.
    pub body: Body,
}

impl Command {
    /// For the log: what is asked for, of which ticket (none when it is not named), and for whom.
    pub fn about(&self) -> (&'static str, Option<&str>, &str) {
        let holder = match &self.body {
            Body::Acquire { holder, .. } => holder,
            Body::Claim(claim) => &claim.holder,
            _ => &self.actor,
        };
        let ticket = self.body.ticket().map(TicketId::as_str);
        (self.body.verb(), ticket, holder)
    }
}

/// A completion that passed the door.
#[derive(Serialize, Deserialize)]
pub(crate) struct Completing {
    pub ticket: TicketId,
    pub token: Token,
    /// As it is stored.
    pub evidence: Clean<String>,
}

/// What is asked for.
#[derive(Serialize, Deserialize)]
pub(crate) enum Body {
    Record(Box<Whole>),
    RecordAll(Vec<Result<Whole>>),
    Claim(Claim),
    Acquire {
        ticket: TicketId,
        holder: String,
        lease: Duration,
    },
    Renew {
        ticket: TicketId,
        token: Token,
        lease: Duration,
    },
    Release {
        ticket: TicketId,
        token: Token,
        how: Clean<Release>,
    },
    Complete(Completing),
    CompleteAll(Vec<Result<Completing>>),
    Close {
        ticket: TicketId,
        how: Clean<Close>,
    },
    Ignore {
        ticket: TicketId,
        wake: WakeRule,
        token: Option<Token>,
    },
    Reopen {
        ticket: TicketId,
    },
    Merge {
        ticket: TicketId,
        into: TicketId,
    },
    Delete {
        ticket: TicketId,
        how: Delete,
    },
    Undelete {
        ticket: TicketId,
    },
    Purge {
        ticket: TicketId,
    },
    Assign {
        ticket: TicketId,
        assignee: Option<String>,
    },
    Note {
        ticket: TicketId,
        text: Clean<String>,
    },
    Update {
        ticket: TicketId,
        change: Box<Clean<Update>>,
    },
    RecordStretch(Stretch),
    /// A source is gone for good.
    ForgetSource(String),
    /// Whether an export may come in as it was.
    Reserve(ArchiveHead),
    Import {
        lines: Vec<Clean<ArchiveLine>>,
        exactly: bool,
    },
    Prune(Pruning),
    Turn(Turn),
    /// Who is told of what from now on.
    Subscribe(Vec<Subscription>),
    Deliver(Delivering),
    Old(OldCall),
}

impl Body {
    /// The ticket that it names, when it names one.
    pub fn ticket(&self) -> Option<&TicketId> {
        match self {
            Self::Complete(Completing { ticket, .. })
            | Self::Acquire { ticket, .. }
            | Self::Renew { ticket, .. }
            | Self::Release { ticket, .. }
            | Self::Close { ticket, .. }
            | Self::Ignore { ticket, .. }
            | Self::Reopen { ticket }
            | Self::Merge { ticket, .. }
            | Self::Delete { ticket, .. }
            | Self::Undelete { ticket }
            | Self::Purge { ticket }
            | Self::Assign { ticket, .. }
            | Self::Note { ticket, .. }
            | Self::Update { ticket, .. } => Some(ticket),
            Self::Old(call) => call.verb.ticket(),
            Self::Record(_)
            | Self::RecordAll(_)
            | Self::RecordStretch(_)
            | Self::ForgetSource(_)
            | Self::Claim(_)
            | Self::CompleteAll(_)
            | Self::Reserve(_)
            | Self::Import { .. }
            | Self::Prune(_)
            | Self::Turn(_)
            | Self::Subscribe(_)
            | Self::Deliver(_) => None,
        }
    }

    /// The call's name, kept beside the answer of a named call.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Record(_)
            | Self::RecordAll(_)
            | Self::RecordStretch(_)
            | Self::ForgetSource(_) => "record",
            Self::Claim(_) => "claim",
            Self::Acquire { .. } => "acquire",
            Self::Renew { .. } => "renew",
            Self::Release { .. } => "release",
            Self::Complete(_) | Self::CompleteAll(_) => "complete",
            Self::Close { .. } => "close",
            Self::Ignore { .. } => "ignore",
            Self::Reopen { .. } => "reopen",
            Self::Merge { .. } => "merge",
            Self::Delete { .. } => "delete",
            Self::Undelete { .. } => "undelete",
            Self::Purge { .. } => "purge",
            Self::Assign { .. } => "assign",
            Self::Note { .. } => "note",
            Self::Update { .. } => "update",
            Self::Reserve(_) | Self::Import { .. } => "import",
            Self::Prune(_) | Self::Turn(_) => "prune",
            Self::Subscribe(_) | Self::Deliver(_) => "deliver",
            Self::Old(call) => call.verb.name(),
        }
    }

    /// Roughly how many bytes the call holds while it waits.
    pub fn weight(&self) -> usize {
        fn opt(text: Option<&String>) -> usize {
            text.map_or(0, String::len)
        }
        fn report(report: &Clean<Report>) -> usize {
            let report = report.get();
            let json = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or(0, |value| value.to_string().len())
            };
            512 + report.message.len()
                + opt(report.stack_trace.as_ref())
                + opt(report.body.as_ref())
                + json(&report.context)
                + json(&report.payload)
        }
        fn evidence(completing: &Completing) -> usize {
            256 + completing.evidence.get().len()
        }
        match self {
            Self::Record(one) => report(one),
            Self::RecordAll(many) => many.iter().flatten().map(|one| report(one)).sum(),
            Self::RecordStretch(stretch) => {
                let reports = stretch.reports.iter().flat_map(|(_, one)| one);
                reports.map(|one| report(one)).sum()
            }
            Self::Complete(one) => evidence(one),
            Self::CompleteAll(many) => many.iter().flatten().map(evidence).sum(),
            Self::Note { text, .. } => 256 + text.get().len(),
            Self::Import { lines, .. } => lines.len() * 4_096,
            Self::Old(call) => call.verb.weight(),
            _ => 512,
        }
    }
}

/// What a command answers when it was not refused. How it travels is said in [`super::travel`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Self")]
pub(crate) enum Reply {
    Recorded(Recorded),
    RecordedAll(Vec<Result<Recorded>>),
    /// Leases, and after how many tickets the search stopped.
    Granted(Vec<Grant>, Option<usize>),
    Grant(Box<Grant>),
    Receipt(Receipt),
    Receipts(Vec<Result<Receipt>>),
    Reserved(bool),
    ReadSoFar(ReadSoFar),
    Done,
    Imported(Vec<Result<Option<Recorded>>>),
    Pruned(PruneStep),
    Turn(TurnAnswer),
    /// What a deliverer may send; `None`: another sends to the target, or it rests.
    Taken(Option<Taken>),
    /// A ticket was made; none when its id or guard is taken.
    Made(Option<Receipt>),
    /// So many were changed.
    Counted(u64),
}

/// A command's answer: a reply or a refusal.
pub(crate) type Answer = Result<Reply>;

/// Takes the one reply that a call can have.
pub(crate) trait FromReply: Sized + Send + 'static {
    fn from_reply(reply: Reply) -> Result<Self>;
}

macro_rules! from_reply {
    ($($type:ty: $reply:pat => $value:expr;)+) => {$(
        impl FromReply for $type {
            fn from_reply(reply: Reply) -> Result<Self> {
                match reply {
                    $reply => Ok($value),
                    _ => Err(mismatch()),
                }
            }
        }
    )+};
}

from_reply! {
    Recorded: Reply::Recorded(one) => one;
    Vec<Result<Recorded>>: Reply::RecordedAll(all) => all;
    Claimed: Reply::Granted(grants, stopped_after) => Claimed {
        leases: grants.into_iter().map(Grant::lease).collect(),
        stopped_after,
    };
    Lease: Reply::Grant(grant) => grant.lease();
    Receipt: Reply::Receipt(one) => one;
    Vec<Result<Receipt>>: Reply::Receipts(all) => all;
    bool: Reply::Reserved(exactly) => exactly;
    ReadSoFar: Reply::ReadSoFar(read) => read;
    (): Reply::Done => ();
    Vec<Result<Option<Recorded>>>: Reply::Imported(all) => all;
    PruneStep: Reply::Pruned(step) => step;
    TurnAnswer: Reply::Turn(answer) => answer;
    Option<Taken>: Reply::Taken(taken) => taken;
    Option<Receipt>: Reply::Made(made) => made;
    u64: Reply::Counted(number) => number;
}

fn mismatch() -> Error {
    Error::Unknown {
        why: "the answer belongs to another call".to_owned(),
    }
}
