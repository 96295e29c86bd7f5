//! What leader and followers say to each other. A connection begins with `Hello` and `Greeted`; their form never changes,
//! so that two versions can tell each other that they are two.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::frame::{Form, Word};
use super::standing::Standing;
use crate::error::{Error, Process};

/// The version of everything after the greeting, and of the replies that are kept.
pub(crate) const VERSION: u32 = 3;

/// The first word of a follower.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    /// What the program says of itself: only equal programs understand each other's commands. `None` only looks.
    pub(crate) dialect: Option<String>,
    pub(crate) session: i64,
}

/// The leader's answer to it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Greeted {
    /// The follower is served, in this term.
    Welcome(u64),
    /// It is not; in words, for the log.
    Refused(String),
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
    Answer {
        slot: u32,
        sequence: u64,
        outcome: Outcome<A>,
    },
    Pong,
    Standing(Standing),
}

impl Word for Hello {
    const FORM: Form = Form::Json;
}

impl Word for Greeted {
    const FORM: Form = Form::Json;
}

impl<C> Word for Ask<C> {
    const FORM: Form = Form::MessagePack;
}

impl<A> Word for Told<A> {
    const FORM: Form = Form::MessagePack;
}

/// What became of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome<A> {
    Done(A),
    /// Its deadline passed and nothing was applied. Who holds the lock the follower sees for itself: in another
    /// container the leader's numbers mean nothing.
    Busy {
        waited: Duration,
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
            Err(Error::Busy { waited, .. }) if !again => Self::Busy { waited },
            Err(_) => Self::Declined,
        }
    }

    /// The result for the caller; `None` when it is to be tried by the gate.
    pub(crate) fn result(
        self,
        holder: impl FnOnce() -> Option<Process>,
    ) -> Option<Result<A, Error>> {
        match self {
            Self::Done(answer) => Some(Ok(answer)),
            Self::Busy { waited } => Some(Err(Error::Busy {
                waited,
                holder: holder(),
            })),
            Self::Unknown(why) => Some(Err(Error::Unknown { why })),
            Self::Declined => None,
        }
    }
}
