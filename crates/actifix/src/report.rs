//! One observed error as it comes in, or a task that somebody adds.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::limits::{self, Limits};
use crate::ticket::{Kind, Priority, Status, Tags, TicketId};
use crate::time::Timestamp;

/// A report. Only `message` is needed.
///
/// ```
/// use actifix::{Priority, Report};
/// let error = Report::error("ValueError", "no such column").source("app.py:31").priority(Priority::P1);
/// let task = Report::task("Write the release notes").key("release-1.2");
/// # let _ = (error, task);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// The error's type.
    #[serde(alias = "error-type", alias = "type")]
    pub error_type: Option<String>,
    /// The error's message, or the task's title.
    pub message: String,
    /// `FILE:LINE`.
    pub source: Option<String>,
    /// The stack as text.
    #[serde(alias = "stack-trace", alias = "stack")]
    pub stack_trace: Option<String>,
    /// A task's text.
    pub body: Option<String>,
    /// How much it matters; P2 when not said.
    pub priority: Option<Priority>,
    /// The caller's own mark of what is equal: a fingerprint for errors, a key for tasks.
    #[serde(alias = "key")]
    pub fingerprint: Option<String>,
    /// The program; `default` when not said.
    pub project: Option<String>,
    /// Error when not said.
    pub kind: Kind,
    /// Tags.
    pub tags: Tags,
    /// Where the program ran.
    pub environment: Option<String>,
    /// The program's version.
    pub release: Option<String>,
    /// What ties it to other records.
    #[serde(alias = "correlation-id")]
    pub correlation_id: Option<String>,
    /// When it happened; now when not said.
    #[serde(alias = "occurred-at")]
    pub occurred_at: Option<Timestamp>,
    /// What was around it.
    pub context: Option<Value>,
    /// What a task's worker needs.
    pub payload: Option<Value>,
    /// The user it happened to.
    pub user: Option<String>,
    /// Not to be claimed before so long from now.
    #[serde(skip)]
    pub not_before: Option<Duration>,
    /// Names the call, so that repeating it counts once.
    #[serde(alias = "request-id")]
    pub request_id: Option<String>,
    /// What reported it by itself: a program, a log. New tickets of one origin are bounded, see
    /// [`crate::Limits::captured_per_minute`]; a report that somebody makes has none.
    pub origin: Option<String>,
    /// What makes it equal to others beside the exact match: [`crate::capture::prepare`] finds that out.
    #[serde(skip)]
    pub marks: Vec<Mark>,
    /// What the Python system would have called it: only to find a ticket that came from there.
    #[serde(skip)]
    pub old_mark: Option<String>,
}

/// A fingerprint as the store keeps it: the version of the rules, and what they answered. Version 0 is the exact match,
/// which the store makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// The version of the rules.
    pub version: u8,
    /// Their answer.
    pub value: [u8; 16],
}

/// The project of a report that names none.
pub const DEFAULT_PROJECT: &str = "default";

/// Sets of one `Option` field each, for [`Report`].
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident = $field:ident: $type:ty;)+) => {$(
        $(#[$doc])*
        pub fn $name(mut self, value: impl Into<$type>) -> Self {
            self.$field = Some(value.into());
            self
        }
    )+};
}

impl Report {
    /// An error with its type and message.
    pub fn error(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: Some(error_type.into()),
            message: message.into(),
            ..Self::default()
        }
    }

    /// A task with its title.
    pub fn task(title: impl Into<String>) -> Self {
        Self {
            message: title.into(),
            kind: Kind::Task,
            ..Self::default()
        }
    }

    setters! {
        /// Where it happened: `FILE:LINE`.
        source = source: String;
        /// The stack as text.
        stack_trace = stack_trace: String;
        /// A task's text.
        body = body: String;
        /// How much it matters.
        priority = priority: Priority;
        /// What makes errors equal, in the caller's words.
        fingerprint = fingerprint: String;
        /// What makes tasks equal.
        key = fingerprint: String;
        /// The program it belongs to.
        project = project: String;
        /// Where the program ran.
        environment = environment: String;
        /// The program's version.
        release = release: String;
        /// What ties it to other records.
        correlation_id = correlation_id: String;
        /// When it happened.
        occurred_at = occurred_at: Timestamp;
        /// What was around it.
        context = context: Value;
        /// What a task's worker needs.
        payload = payload: Value;
        /// Nobody claims it before so long from now.
        not_before = not_before: Duration;
        /// Names the call, so that repeating it counts once.
        request_id = request_id: String;
        /// What reported it by itself.
        origin = origin: String;
    }

    /// Adds a tag.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Judges the report at the door.
    pub(crate) fn check(&self, limits: &Limits) -> Result<()> {
        if self.message.trim().is_empty() {
            return Err(Error::invalid("message", "it is empty; say what happened"));
        }
        limits::text("message", &self.message, limits.message)?;
        limits::opt_text("error_type", self.error_type.as_deref(), limits.error_type)?;
        limits::opt_text("source", self.source.as_deref(), limits.source)?;
        limits::opt_text(
            "stack_trace",
            self.stack_trace.as_deref(),
            limits.stack_trace,
        )?;
        limits::opt_text("body", self.body.as_deref(), limits.notes)?;
        limits::opt_text("fingerprint", self.fingerprint.as_deref(), limits.message)?;
        limits::opt_name("project", self.project.as_deref())?;
        limits::opt_name("environment", self.environment.as_deref())?;
        limits::opt_name("release", self.release.as_deref())?;
        limits::opt_name("correlation_id", self.correlation_id.as_deref())?;
        limits::opt_name("user", self.user.as_deref())?;
        limits::opt_name("request_id", self.request_id.as_deref())?;
        limits::opt_name("origin", self.origin.as_deref())?;
        limits::json("context", self.context.as_ref(), limits.context)?;
        limits::json("payload", self.payload.as_ref(), limits.context)?;
        limits::pause("not_before", self.not_before.unwrap_or_default())?;
        tags(&self.tags)
    }
}

/// Judges tags at the door.
pub(crate) fn tags(tags: &Tags) -> Result<()> {
    if tags.len() > limits::TAGS {
        return Err(Error::TooLong {
            field: "tags".into(),
            limit: limits::TAGS,
            got: tags.len(),
        });
    }
    for (key, value) in tags {
        limits::name("tag", key)?;
        limits::text("tag", value, limits::NAME)?;
    }
    Ok(())
}

/// What recording answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The ticket that has the report.
    pub id: TicketId,
    /// The report made the ticket.
    pub new: bool,
    /// How often it has been seen, this one counted.
    pub occurrences: u64,
    /// Where the ticket stands.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
}

/// One kept occurrence: the first and the latest ten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// When.
    pub at: Option<Timestamp>,
    /// Its message, when it is another one than the ticket's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<String>,
    /// What was around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
    /// Where the program ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The program's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// The user it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_is_needed_and_both_spellings_are_read() {
        let report: Report =
            serde_json::from_str(r#"{"message":"x","error-type":"E","stack":"s","key":"k"}"#)
                .unwrap();
        assert_eq!(report.error_type.as_deref(), Some("E"));
        assert_eq!(report.fingerprint.as_deref(), Some("k"));
        assert_eq!(report.check(&Limits::default()), Ok(()));
    }

    #[test]
    fn the_door_names_the_field_the_limit_and_what_came() {
        let long = Report::error("E", "m").source("s".repeat(501));
        assert_eq!(
            long.check(&Limits::default()),
            Err(Error::TooLong {
                field: "source".into(),
                limit: 500,
                got: 501
            })
        );
        assert!(Report::error("E", "  ").check(&Limits::default()).is_err());
    }
}
