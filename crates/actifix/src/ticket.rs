//! A ticket: what is known of one error or task, and where it stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::evidence::Completion;
use crate::time::Timestamp;

/// A ticket's name: `ACT-YYYYMMDD-XXXXXXXX`, the UTC day and the ticket's number in 8 upper-case hex digits.
///
/// Ids from elsewhere (the Python system's have five hex digits) are taken as they are.
///
/// ```
/// use actifix::TicketId;
/// let id: TicketId = "ACT-20261124-0000002A".parse()?;
/// assert_eq!(id.as_str(), "ACT-20261124-0000002A");
/// assert!("a b".parse::<TicketId>().is_err());
/// # Ok::<(), actifix::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketId(String);

impl TicketId {
    /// The longest id that is taken, in bytes.
    pub const MAX: usize = 100;

    /// The id of ticket `number`, made at `created`.
    pub(crate) fn of(number: i64, created: Timestamp) -> Self {
        Self(format!("ACT-{}-{number:08X}", created.day()))
    }

    /// An id that was read back from where only valid ones are written.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for TicketId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        match text {
            "" => Err(Error::invalid(
                "id",
                "it is empty; an id looks like ACT-20261124-0000002A",
            )),
            _ if text.len() > Self::MAX => Err(Error::TooLong {
                field: "id".into(),
                limit: Self::MAX,
                got: text.len(),
            }),
            _ if !text.chars().all(fine) => Err(Error::invalid(
                "id",
                format!(
                    "`{}` is no id; one looks like ACT-20261124-0000002A",
                    text.escape_debug()
                ),
            )),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TicketId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> Self {
        id.0
    }
}

/// Whether equal ones become one ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Equal errors become one ticket and count up.
    #[default]
    Error,
    /// Never merged, unless a key is given.
    Task,
}

/// How much it matters.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Priority {
    /// System down, or data lost.
    P0,
    /// Something at the core is broken.
    P1,
    /// Important, and there is a way around it.
    #[default]
    P2,
    /// Minor.
    P3,
    /// Trivial.
    P4,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 5] = [Self::P0, Self::P1, Self::P2, Self::P3, Self::P4];
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Free to be claimed, now or from `not_before` on.
    Open,
    /// Leased.
    InProgress,
    /// Completed with evidence, or closed with a reason.
    Completed,
    /// Given up after too many attempts.
    Quarantined,
    /// Not to be looked at: for ever, until a time, or until so many more.
    Ignored,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::InProgress,
        Self::Completed,
        Self::Quarantined,
        Self::Ignored,
    ];
}

/// Gives an enum its words: `as_str`, `Display` and `FromStr`, the same on the command line and in JSON.
macro_rules! words {
    ($type:ident, $field:literal, $($variant:ident => $word:literal),+ $(,)?) => {
        impl $type {
            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl std::str::FromStr for $type {
            type Err = $crate::error::Error;
            fn from_str(text: &str) -> $crate::error::Result<Self> {
                match text.to_ascii_lowercase().replace('_', "-") {
                    $(t if t.eq_ignore_ascii_case($word) => Ok(Self::$variant),)+
                    _ => Err($crate::error::Error::invalid(
                        $field,
                        format!("`{}` is none of {}", text.escape_debug(), [$($word),+].join(", ")),
                    )),
                }
            }
        }
    };
}
pub(crate) use words;

words!(Kind, "kind", Error => "error", Task => "task");
words!(Priority, "priority", P0 => "P0", P1 => "P1", P2 => "P2", P3 => "P3", P4 => "P4");
words!(Status, "status", Open => "open", InProgress => "in-progress", Completed => "completed",
    Quarantined => "quarantined", Ignored => "ignored");

/// Tags: keys and values, in the order of the keys.
pub type Tags = BTreeMap<String, String>;

/// A live lease as others see it: without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Who holds the ticket.
    pub holder: String,
    /// Since when.
    pub acquired_at: Timestamp,
    /// Until when, unless it is renewed.
    pub expires_at: Timestamp,
}

/// When an ignored ticket comes back. With neither it stays ignored for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeRule {
    /// It wakes at its first report after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// It wakes after so many more occurrences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<u64>,
}

/// The record of equal reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// Error or task.
    pub kind: Kind,
    /// The program it belongs to.
    pub project: String,
    /// How much it matters.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// The error's type.
    pub error_type: String,
    /// The error's message, or the task's title.
    pub message: String,
    /// `FILE:LINE`, or what else named the place.
    pub source: String,
    /// The first occurrence's stack.
    #[serde(default)]
    pub stack_trace: Option<String>,
    /// A task's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When the ticket was made.
    pub created_at: Timestamp,
    /// When its newest event was.
    pub updated_at: Timestamp,
    /// How often it was seen.
    pub occurrences: u64,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// The person who looks after it.
    pub assignee: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// What ties it to other records.
    pub correlation_id: Option<String>,
    /// Where the program ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The program's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// What the caller gave as fingerprint or key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Notes, a paragraph each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The first occurrence's context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// What a task's worker needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// Grants that ended as failed or ran out.
    pub attempts: u32,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Not to be claimed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Its lease, when it has a live one.
    pub lease: Option<Holding>,
    /// Its last lease ran out, and nobody has taken the ticket since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// How it ended.
    pub completion: Option<Completion>,
    /// When an ignored ticket comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<WakeRule>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_text_and_json() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!("p1".parse(), Ok(Priority::P1));
        assert!(
            "P5".parse::<Priority>()
                .unwrap_err()
                .to_string()
                .contains("P0, P1, P2, P3, P4")
        );
        assert_eq!("in_progress".parse(), Ok(Status::InProgress));
    }

    #[test]
    fn ids_from_elsewhere_are_taken_and_nonsense_is_not() {
        assert!("ACT-20260101-0AF3B".parse::<TicketId>().is_ok());
        for bad in ["", " ", "a\0b", "x y", "\u{1F600}", &"A".repeat(101)] {
            assert!(bad.parse::<TicketId>().is_err(), "{bad:?}");
        }
        assert_eq!(
            TicketId::of(42, Timestamp::from_micros(0)).as_str(),
            "ACT-19700101-0000002A"
        );
    }
}
