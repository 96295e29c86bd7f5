//! What the calls of the Python system carry: tickets with ids of their own, and evidence as one text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clean::Redact;
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::lease::Token;
use crate::limits;
use crate::ticket::{Priority, TicketId};

/// A ticket as programs of the Python system make one: its id and its guard are given, and each text is kept as it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OldTicket {
    /// Its id, such as `ACT-20260110-0A1B2`.
    pub id: TicketId,
    /// How much it matters.
    pub priority: Priority,
    /// The error's type.
    pub error_type: String,
    /// The error's message.
    pub message: String,
    /// Where it happened.
    pub source: String,
    /// What makes it equal to others: unique among the old tickets.
    pub fingerprint: Option<String>,
    /// What the columns show that only the Python system has.
    pub columns: OldColumns,
    /// The stack as text.
    pub stack_trace: Option<String>,
    /// What was noted for whoever mends it.
    pub notes: Option<String>,
    /// What ties it to other records.
    pub correlation_id: Option<String>,
}

/// Columns of the old `tickets` that nothing here changes: kept and shown.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OldColumns {
    /// The run that it came from.
    pub run_label: Option<String>,
    /// When it was made, as text.
    pub created_at: String,
    /// Lines of the source around it: a JSON object as text.
    pub file_context: Option<String>,
    /// What the machine was like: a JSON object as text.
    pub system_state: Option<String>,
    /// The form of the ticket.
    pub format_version: Option<String>,
}

/// The end of a ticket as the Python system's `mark_complete` tells it. Its gate has been passed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OldCompletion {
    /// The ticket.
    pub ticket: TicketId,
    /// The lease that the caller has; without one the ticket must be free.
    pub token: Option<Token>,
    /// Who completes it.
    pub holder: String,
    /// What was done and which files, as sections of one text.
    pub notes: String,
    /// How it was tested.
    pub steps: String,
    /// What the tests showed.
    pub results: String,
    /// One line for lists.
    pub summary: Option<String>,
    /// Where more of it stands.
    pub url: Option<String>,
}

/// A row of the old audit log, written with the change that it tells of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OldAudit {
    /// Who did it.
    pub user: String,
    /// The columns as they were: a JSON object as text.
    pub old_values: Option<String>,
    /// The columns as they are: a JSON object as text.
    pub new_values: Option<String>,
    /// What was done, in a few words.
    pub description: String,
}

impl OldTicket {
    /// Judges it at the door. Lengths are judged by whoever calls: the Python system lets programs set them.
    pub(crate) fn check(&self) -> Result<()> {
        let any = usize::MAX;
        limits::text("error_type", &self.error_type, any)?;
        limits::text("message", &self.message, any)?;
        limits::text("source", &self.source, any)?;
        let columns = &self.columns;
        for (field, text) in [
            ("fingerprint", &self.fingerprint),
            ("stack_trace", &self.stack_trace),
            ("ai_remediation_notes", &self.notes),
            ("correlation_id", &self.correlation_id),
            ("run_label", &columns.run_label),
            ("file_context", &columns.file_context),
            ("system_state", &columns.system_state),
        ] {
            limits::opt_text(field, text.as_deref(), any)?;
        }
        if columns.created_at.trim().is_empty() {
            return Err(Error::invalid(
                "created_at",
                "it is empty; give the time as ISO 8601 text",
            ));
        }
        Ok(())
    }
}

impl OldCompletion {
    /// Judges it at the door.
    pub(crate) fn check(&self) -> Result<()> {
        limits::name("holder", &self.holder)?;
        for (field, text) in [
            ("completion_notes", &self.notes),
            ("test_steps", &self.steps),
            ("test_results", &self.results),
        ] {
            limits::text(field, text, usize::MAX)?;
        }
        Ok(())
    }

    /// The evidence in it; a text without sections is what was done.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::from_legacy(&self.notes, &self.steps, &self.results);
        if evidence.did.is_empty() {
            self.notes.trim().clone_into(&mut evidence.did);
        }
        evidence.summary.clone_from(&self.summary);
        evidence.url.clone_from(&self.url);
        evidence
    }
}

impl Redact for OldTicket {
    fn redact(&mut self) {
        for text in [&mut self.error_type, &mut self.message, &mut self.source] {
            text.redact();
        }
        for text in [
            &mut self.fingerprint,
            &mut self.stack_trace,
            &mut self.notes,
            &mut self.correlation_id,
            &mut self.columns.run_label,
        ] {
            text.redact();
        }
        json(&mut self.columns.file_context);
        json(&mut self.columns.system_state);
    }
}

impl Redact for OldAudit {
    fn redact(&mut self) {
        json(&mut self.old_values);
        json(&mut self.new_values);
        self.description.redact();
    }
}

impl Redact for OldCompletion {
    fn redact(&mut self) {
        for text in [&mut self.notes, &mut self.steps, &mut self.results] {
            text.redact();
        }
        self.summary.redact();
        self.url.redact();
    }
}

/// Redacts a text that is JSON value by value, so that it stays JSON; without a secret in it, it stays as it came.
fn json(text: &mut Option<String>) {
    let Some(Ok(was)) = text.as_deref().map(serde_json::from_str::<Value>) else {
        return text.redact();
    };
    let mut value = was.clone();
    value.redact();
    if value != was {
        *text = Some(value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json_and_clean_json_stays_as_it_was() {
        let mut spaced = Some(r#"{"cwd": "/srv",  "n": 1}"#.to_owned());
        let as_it_was = spaced.clone();
        json(&mut spaced);
        assert_eq!(spaced, as_it_was);
        let mut secret = Some(r#"{"env": {"DB_PASSWORD": "hunter22"}}"#.to_owned());
        json(&mut secret);
        let value: Value = serde_json::from_str(secret.as_deref().unwrap()).unwrap();
        assert_eq!(value["env"]["DB_PASSWORD"], "[redacted]");
    }
}
