//! What a target is told, in the form that all of them are made from.

use serde_json::{Value, json};

use crate::clean::Redact;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::outbox::{Delivery, DeliveryId, Occasion, Parcel};
use crate::ticket::Ticket;
use crate::time::Timestamp;

/// The longest text that is told, in characters. Whoever wants the whole ticket asks for it by its id.
const TEXT: usize = 2_000;
/// The most elements of a list.
const LIST: usize = 50;

/// What is told.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub delivery: Delivery,
    event: Option<Event>,
    /// Without stack trace, context, body, payload and notes; `None`: it has been removed.
    pub ticket: Option<Ticket>,
}

impl Message {
    /// Of what the store has, once more through redaction: a row from before a rule was added has not seen it.
    pub fn of(parcel: Parcel) -> Self {
        let Parcel {
            delivery,
            mut event,
            mut ticket,
        } = parcel;
        if let Some(ticket) = &mut ticket {
            ticket.stack_trace = None;
            ticket.context = None;
            ticket.body = None;
            ticket.payload = None;
            ticket.notes = None;
            ticket.redact();
        }
        if let Some(event) = &mut event {
            event.old.redact();
            event.new.redact();
        }
        Self {
            delivery,
            event,
            ticket,
        }
    }

    /// One that shows whether `target` can be told.
    pub fn sample(target: &str, now: Timestamp) -> Result<Self> {
        let mut ticket: Ticket =
            serde_json::from_str(include_str!("sample.json")).map_err(|error| Error::Unknown {
                why: error.to_string(),
            })?;
        ticket.last_seen = now;
        Ok(Self {
            delivery: Delivery {
                id: DeliveryId {
                    target: target.to_owned(),
                    event: now.micros(),
                },
                message: format!("sample-{}", now.micros()),
                on: Occasion::Recorded,
                ticket: ticket.id.clone(),
                at: now,
                attempts: 0,
                error: None,
                due: Some(now),
                unknown_target: false,
            },
            event: None,
            ticket: Some(ticket),
        })
    }

    /// JSON for hooks and generic webhooks.
    pub fn json(&self) -> Value {
        let delivery = &self.delivery;
        let ticket = match &self.ticket {
            Some(ticket) => json!(ticket),
            None => json!({ "id": delivery.ticket, "removed": true }),
        };
        let event = self.event.as_ref().map(|event| {
            json!({
                "seq": event.seq, "kind": event.kind, "actor": event.actor, "old": event.old, "new": event.new,
            })
        });
        let mut told = json!({
            "type": format!("ticket.{}", delivery.on),
            "timestamp": delivery.at,
            "id": delivery.message,
            "data": { "ticket": ticket, "event": event },
        });
        cut_texts(&mut told);
        told
    }

    /// What happened in a few words, such as `regressed`.
    pub fn what(&self) -> &'static str {
        match self.delivery.on {
            Occasion::Recorded => "New ticket",
            Occasion::Regressed => "It came again",
            Occasion::Completed => "Completed",
            Occasion::Quarantined => "Quarantined",
        }
    }

    /// The ticket in one line.
    pub fn headline(&self) -> String {
        match &self.ticket {
            None => format!("{} (removed since)", self.delivery.ticket),
            Some(ticket) if ticket.error_type.is_empty() => ticket.message.clone(),
            Some(ticket) => format!("{}: {}", ticket.error_type, ticket.message),
        }
    }

    /// What else people want to know, as (name, value).
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("Ticket", self.delivery.ticket.to_string())];
        let Some(ticket) = &self.ticket else {
            return facts;
        };
        facts.push(("Project", ticket.project.clone()));
        if !ticket.source.is_empty() {
            facts.push(("Source", ticket.source.clone()));
        }
        facts.push(("Seen", ticket.occurrences.to_string()));
        match (self.delivery.on, &ticket.completion, &ticket.last_error) {
            (Occasion::Completed, Some(done), _) => facts.push(("Done", done.evidence.did.clone())),
            (Occasion::Quarantined, _, Some(why)) => facts.push(("Last error", why.clone())),
            _ => {}
        }
        facts
    }
}

/// Cuts what is too long, however deep it stands, without a call for each depth.
fn cut_texts(value: &mut Value) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => *text = cut(text, TEXT),
            Value::Array(values) => {
                values.truncate(LIST);
                waiting.extend(values);
            }
            Value::Object(fields) => waiting.extend(fields.values_mut()),
            _ => {}
        }
    }
}

/// The text, or its beginning and a mark, in at most `most` characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(most.saturating_sub(1));
            kept.chain(['…']).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_whole() {
        let message = Message::sample("pager", Timestamp::from_micros(7)).unwrap();
        let told = message.json();
        assert_eq!(told["type"], "ticket.recorded");
        assert_eq!(told["id"], "sample-7");
        assert_eq!(told["data"]["ticket"]["priority"], "P1");
    }

    #[test]
    fn texts_are_cut_and_a_removed_ticket_is_told_by_its_id() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        let mut message = Message::sample("pager", Timestamp::from_micros(7)).unwrap();
        if let Some(ticket) = &mut message.ticket {
            ticket.message = "x".repeat(10_000);
        }
        let told = message.json();
        assert_eq!(
            told["data"]["ticket"]["message"]
                .as_str()
                .unwrap()
                .chars()
                .count(),
            TEXT
        );
        message.ticket = None;
        assert_eq!(message.json()["data"]["ticket"]["removed"], true);
        assert!(message.headline().contains("removed since"));
    }
}
