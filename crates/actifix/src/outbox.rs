//! What hooks and webhooks are told: on which occasions, and where a telling stands.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::limits;
use crate::ticket::{Priority, Ticket, TicketId, words};
use crate::time::Timestamp;

/// What somebody may want to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// A ticket was made.
    Recorded,
    /// An ended ticket is open again, because its error came again.
    Regressed,
    /// A ticket was completed with evidence.
    Completed,
    /// A ticket was quarantined after too many attempts.
    Quarantined,
}

words!(Occasion, "on", Recorded => "recorded", Regressed => "regressed", Completed => "completed",
    Quarantined => "quarantined");

impl Occasion {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 4] = [
        Self::Recorded,
        Self::Regressed,
        Self::Completed,
        Self::Quarantined,
    ];

    /// The occasion that an event of this kind is by itself. A regression is one by its cause.
    pub(crate) fn of(kind: EventKind) -> Option<Self> {
        match kind {
            EventKind::Recorded => Some(Self::Recorded),
            EventKind::Completed => Some(Self::Completed),
            EventKind::Quarantined => Some(Self::Quarantined),
            _ => None,
        }
    }
}

/// What one target is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The target's name: letters, digits, `-`, `_` and `.`.
    pub target: String,
    /// On these occasions; on all when empty.
    pub on: Vec<Occasion>,
    /// Only of tickets of these priorities; of all when empty.
    pub priorities: Vec<Priority>,
    /// Only of this project's tickets.
    pub project: Option<String>,
}

/// The most targets of one database.
pub const TARGETS: usize = 64;
/// The longest name of a target, in bytes.
const NAME: usize = 64;

impl Subscription {
    /// Of everything.
    pub fn to(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            on: Vec::new(),
            priorities: Vec::new(),
            project: None,
        }
    }

    /// Whether both ask for the same, in whatever order they say it.
    #[cfg(feature = "notify")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        fn set<T: Ord + Copy>(some: &[T], all: &[T]) -> Vec<T> {
            let mut set = if some.is_empty() { all } else { some }.to_vec();
            set.sort_unstable();
            set.dedup();
            set
        }
        let kinds = |one: &Self| {
            (
                set(&one.on, &Occasion::ALL),
                set(&one.priorities, &Priority::ALL),
            )
        };
        self.target == other.target && self.project == other.project && kinds(self) == kinds(other)
    }

    pub(crate) fn check(&self) -> Result<()> {
        target_name(&self.target)?;
        limits::opt_name("project", self.project.as_deref())
    }
}

/// Judges all targets of a database.
pub(crate) fn check(targets: &[Subscription]) -> Result<()> {
    if targets.len() > TARGETS {
        let why = format!("{} targets, and the limit is {TARGETS}", targets.len());
        return Err(Error::invalid("name", why));
    }
    for (at, one) in targets.iter().enumerate() {
        one.check()?;
        if targets[..at].iter().any(|other| other.target == one.target) {
            let why = format!(
                "two targets are called `{}`; give each its own name",
                one.target
            );
            return Err(Error::invalid("name", why));
        }
    }
    Ok(())
}

/// Refuses what is no name of a target.
pub(crate) fn target_name(name: &str) -> Result<()> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME || !name.chars().all(fine) {
        let why = format!(
            "`{}` is no name for a target: up to {NAME} letters, digits, `-`, `_` and `.`",
            name.escape_debug()
        );
        return Err(Error::invalid("name", why));
    }
    Ok(())
}

/// One telling: a target and the event that it is to be told of. Written `TARGET/EVENT`.
///
/// ```
/// use actifix::DeliveryId;
/// let id: DeliveryId = "pager/4711".parse()?;
/// assert_eq!((id.target.as_str(), id.event), ("pager", 4711));
/// # Ok::<(), actifix::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeliveryId {
    /// The target's name.
    pub target: String,
    /// The event's sequence number.
    pub event: i64,
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.target, self.event)
    }
}

impl FromStr for DeliveryId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = text.rsplit_once('/').and_then(|(target, event)| {
            target_name(target).ok()?;
            let event = event.parse().ok().filter(|event| *event > 0)?;
            Some(Self {
                target: target.to_owned(),
                event,
            })
        });
        read.ok_or_else(|| {
            let why = format!(
                "`{}` is no delivery; one looks like pager/4711, and `actifix deliver list` shows them",
                text.escape_debug()
            );
            Error::invalid("id", why)
        })
    }
}

impl TryFrom<String> for DeliveryId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<DeliveryId> for String {
    fn from(id: DeliveryId) -> Self {
        id.to_string()
    }
}

/// Something that is to be told, or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which it is.
    pub id: DeliveryId,
    /// What the receiver tells repeats by: the same at every attempt.
    pub message: String,
    /// What happened.
    pub on: Occasion,
    /// To which ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Timestamp,
    /// Attempts that failed.
    pub attempts: u32,
    /// Why the last one failed.
    pub error: Option<String>,
    /// When it may be sent next; `None`: it was given up, a dead letter.
    pub due: Option<Timestamp>,
    /// No hook or webhook of that name is known any more.
    pub unknown_target: bool,
}

/// What a deliverer took to send, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Under which it may: nobody else sends to the target meanwhile.
    pub token: i64,
    /// What is due; the oldest first.
    pub deliveries: Vec<Delivery>,
}

/// A delivery with what there is to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The delivery.
    pub delivery: Delivery,
    /// What happened; `None`: its ticket's history has been removed.
    pub event: Option<Event>,
    /// The ticket as it stands now; `None`: it has been removed.
    pub ticket: Option<Ticket>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Attempt {
    /// It arrived.
    Delivered,
    /// It did not.
    Failed {
        /// Why.
        error: Clean<String>,
        /// It is sent again after this; `None`: it is given up.
        again: Option<Duration>,
        /// The target is left in peace for so long; unless said, for a moment that doubles with each failure in a row.
        rest: Option<Duration>,
    },
}

/// Which deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFilter {
    /// Only dead letters.
    pub dead: bool,
    /// Only to this target.
    pub target: Option<String>,
    /// At most so many; 100 when 0.
    pub limit: usize,
}

/// The outbox at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// To be told.
    pub waiting: u64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
    /// Given up.
    pub dead: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_are_positions() {
        for (number, occasion) in Occasion::ALL.into_iter().enumerate() {
            assert_eq!(occasion as usize, number, "{occasion}");
        }
    }

    #[test]
    fn what_is_no_delivery_is_refused() {
        for bad in [
            "", "pager", "pager/", "/1", "pager/0", "pager/-1", "a b/1", "pager/1x",
        ] {
            assert!(bad.parse::<DeliveryId>().is_err(), "{bad:?}");
        }
        assert!("a.b-c_1/9".parse::<DeliveryId>().is_ok());
        assert!(Subscription::to("ä").check().is_err());
    }
}
