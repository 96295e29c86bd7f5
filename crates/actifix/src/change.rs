//! What people change on a ticket besides working on it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clean::Redact;
use crate::error::{Error, Result};
use crate::evidence::CloseReason;
use crate::lease::Token;
use crate::limits::{self, Limits};
use crate::report;
use crate::ticket::{Priority, Tags, TicketId};

/// How a ticket is closed without a completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    pub(crate) reason: CloseReason,
    pub(crate) of: Option<TicketId>,
    pub(crate) token: Option<Token>,
    pub(crate) note: Option<String>,
}

impl Close {
    /// Closes for `reason`.
    pub fn because(reason: CloseReason) -> Self {
        Self {
            reason,
            of: None,
            token: None,
            note: None,
        }
    }

    /// Closes as a duplicate of `ticket`, which counts its reports from now on.
    pub fn duplicate_of(ticket: TicketId) -> Self {
        Self {
            of: Some(ticket),
            ..Self::because(CloseReason::Duplicate)
        }
    }

    /// Under this lease, when the caller holds the ticket.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// With a word on why.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(crate) fn check(&self, limits: &Limits) -> Result<()> {
        if self.reason == CloseReason::Duplicate && self.of.is_none() {
            return Err(Error::invalid(
                "of",
                "name the ticket that it is a duplicate of",
            ));
        }
        limits::opt_text("note", self.note.as_deref(), limits.notes)
    }
}

impl Redact for Close {
    fn redact(&mut self) {
        self.note.redact();
    }
}

/// How a ticket is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// Under this lease, when the caller holds the ticket.
    pub token: Option<Token>,
    /// Although another holds it.
    pub force: bool,
}

/// Facts to change; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Update {
    /// How much it matters.
    pub priority: Option<Priority>,
    /// The message or title.
    pub message: Option<String>,
    /// A task's text.
    pub body: Option<String>,
    /// What ties it to other records.
    pub correlation_id: Option<String>,
    /// What a task's worker needs.
    pub payload: Option<Value>,
    /// Tags to set.
    pub tags: Tags,
    /// Tags to take away.
    pub untag: Vec<String>,
}

impl Update {
    pub(crate) fn check(&self, limits: &Limits) -> Result<()> {
        if *self == Self::default() {
            return Err(Error::invalid("update", "nothing to change was named"));
        }
        if self
            .message
            .as_ref()
            .is_some_and(|message| message.trim().is_empty())
        {
            return Err(Error::invalid("message", "it is empty; say what happened"));
        }
        limits::opt_text("message", self.message.as_deref(), limits.message)?;
        limits::opt_text("body", self.body.as_deref(), limits.notes)?;
        limits::opt_name("correlation_id", self.correlation_id.as_deref())?;
        limits::json("payload", self.payload.as_ref(), limits.context)?;
        report::tags(&self.tags)
    }
}

impl Redact for Update {
    fn redact(&mut self) {
        self.message.redact();
        self.body.redact();
        self.correlation_id.redact();
        self.payload.redact();
        self.tags.redact();
    }
}
