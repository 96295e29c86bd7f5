//! What leader and followers say to each other. A connection begins with `Hello`; its form never changes, so that two
//! versions can tell each other that they are two.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Process};

/// The version of everything after `Hello`.
pub(crate) const VERSION: u32 = 1;

/// The first word of a follower.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    /// What the program says of itself: only equal programs understand each other's commands. `None` only looks.
    pub(crate) dialect: Option<String>,
    pub(crate) session: i64,
}

/// From follower to leader.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ask<C> {
    Call {
        slot: u32,
        sequence: u64,
        again: bool,
        /// Time until its deadline, µs.
        left: Option<u64>,
        command: C,
    },
    Ping,
    /// How does it stand with the leader?
    Look,
    /// All calls of the session are answered, and there will be none.
    Bye,
}

/// From leader to follower.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Told<A> {
    /// It is served, in this term.
    Welcome(u64),
    /// The follower is not served; in words, for the log.
    Refused(String),
    Answer {
        slot: u32,
        sequence: u64,
        outcome: Outcome<A>,
    },
    Pong,
    Standing(Standing),
}

/// What a leader tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How long it has led.
    pub leads_for: Duration,
    /// Processes connected to it.
    pub followers: u64,
    /// Calls that it has committed, its own among them.
    pub calls: u64,
    /// Of these, calls of other processes.
    pub for_others: u64,
    /// Commits in which it did so.
    pub batches: u64,
    /// The longest that a call waited in its line.
    pub longest_wait: Duration,
}

/// What became of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome<A> {
    Done(A),
    /// Its deadline passed and nothing was applied.
    Busy {
        waited: Duration,
        holder: Option<(u32, String)>,
    },
    /// Whether it was committed is not known.
    Unknown(String),
    /// Nothing of this was done here: the follower's own way by the gate will tell why.
    Declined,
}

impl<A> Outcome<A> {
    pub(crate) fn of(result: Result<A, Error>, again: bool) -> Self {
        match result {
            Ok(answer) => Self::Done(answer),
            Err(Error::Unknown { why }) => Self::Unknown(why),
            Err(Error::Busy { waited, holder }) if !again => Self::Busy {
                waited,
                holder: holder.map(|process| (process.pid, process.command)),
            },
            Err(_) => Self::Declined,
        }
    }

    /// The result for the caller; `None` when it is to be tried by the gate.
    pub(crate) fn result(self) -> Option<Result<A, Error>> {
        match self {
            Self::Done(answer) => Some(Ok(answer)),
            Self::Busy { waited, holder } => Some(Err(Error::Busy {
                waited,
                holder: holder.map(|(pid, command)| Process { pid, command }),
            })),
            Self::Unknown(why) => Some(Err(Error::Unknown { why })),
            Self::Declined => None,
        }
    }
}
