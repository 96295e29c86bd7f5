//! One line of a ticket's history.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lease::Token;
use crate::ticket::{TicketId, words};
use crate::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// The ticket was made.
    Recorded,
    /// Equal reports were counted.
    Counted,
    /// A lease was granted.
    Claimed,
    /// Its time was moved.
    Renewed,
    /// The ticket was given back.
    Released,
    /// The attempt failed, and the ticket was given back.
    Failed,
    /// The lease ran out.
    Expired,
    /// A ticket that was put off became ready.
    Due,
    /// Too many attempts: the ticket was quarantined.
    Quarantined,
    /// It was completed with evidence.
    Completed,
    /// It was closed with a reason.
    Closed,
    /// It is ignored from now on.
    Ignored,
    /// It was opened again.
    Reopened,
    /// It was marked as deleted.
    Deleted,
    /// The mark was taken back.
    Undeleted,
    /// It was removed for good.
    Purged,
    /// Somebody looks after it, or no longer.
    Assigned,
    /// A note was added.
    Noted,
    /// Facts were changed.
    Updated,
    /// It came in with an import.
    Imported,
    /// Another ticket was joined into it.
    Merged,
}

words!(EventKind, "event kind",
    Recorded => "recorded", Counted => "counted", Claimed => "claimed", Renewed => "renewed",
    Released => "released", Failed => "failed", Expired => "expired", Due => "due",
    Quarantined => "quarantined", Completed => "completed", Closed => "closed", Ignored => "ignored",
    Reopened => "reopened", Deleted => "deleted", Undeleted => "undeleted", Purged => "purged",
    Assigned => "assigned", Noted => "noted", Updated => "updated", Imported => "imported",
    Merged => "merged");

impl EventKind {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 21] = [
        Self::Recorded,
        Self::Counted,
        Self::Claimed,
        Self::Renewed,
        Self::Released,
        Self::Failed,
        Self::Expired,
        Self::Due,
        Self::Quarantined,
        Self::Completed,
        Self::Closed,
        Self::Ignored,
        Self::Reopened,
        Self::Deleted,
        Self::Undeleted,
        Self::Purged,
        Self::Assigned,
        Self::Noted,
        Self::Updated,
        Self::Imported,
        Self::Merged,
    ];
}

/// Who did what to which ticket, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the database's history; only rises.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The ticket.
    pub ticket: TicketId,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: String,
    /// The lease's token, where a lease is part of it.
    pub token: Option<Token>,
    /// What was.
    pub old: Option<Value>,
    /// What is.
    pub new: Option<Value>,
}

/// What a change of a ticket answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ticket.
    pub ticket: TicketId,
    /// The event that was written for it.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The call had been done before; this is the same answer again, and nothing was changed.
    pub repeated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_are_positions() {
        for (number, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number, "{kind}");
        }
    }
}
