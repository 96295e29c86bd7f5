//! A message for Discord's webhooks.

use serde_json::{Value, json};

use super::message::{Message, cut};
use crate::outbox::Occasion;

/// Characters, of 256 and 4,096 and 1,024 that Discord takes; escapes make them more.
const TITLE: usize = 120;
const DESCRIPTION: usize = 1_000;
const VALUE: usize = 500;

/// The body. Nobody is pinged, whatever a text says.
pub(super) fn body(message: &Message) -> Value {
    let priority = message
        .ticket
        .as_ref()
        .map(|ticket| format!(" {}", ticket.priority));
    let title = format!("{}{}", message.what(), priority.unwrap_or_default());
    let facts = message.facts();
    let fields = facts.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
        json!({ "name": name, "value": escaped(&cut(value, VALUE)), "inline": value.len() < 40 })
    });
    json!({
        "allowed_mentions": { "parse": [] },
        "embeds": [{
            "title": cut(&title, TITLE),
            "description": escaped(&cut(&message.headline(), DESCRIPTION)),
            "color": colour(message.delivery.on),
            "timestamp": message.delivery.at,
            "fields": fields.collect::<Vec<_>>(),
        }],
    })
}

/// The stripe beside the message.
fn colour(on: Occasion) -> u32 {
    match on {
        Occasion::Recorded => 0x00d0_5f2f,
        Occasion::Regressed => 0x00c0_392b,
        Occasion::Completed => 0x002e_8b57,
        Occasion::Quarantined => 0x0080_4fa0,
    }
}

/// What marks text up there stands for itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '#' | '@'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn texts_ping_nobody_and_stay_within_the_limits() {
        let mut message = Message::sample("chat", Timestamp::from_micros(7)).unwrap();
        if let Some(ticket) = &mut message.ticket {
            ticket.message = format!("@everyone ```x``` {}", "*".repeat(9_000));
            ticket.source = "_".repeat(9_000);
        }
        let body = body(&message);
        let embed = &body["embeds"][0];
        let length = |value: &Value| value.as_str().unwrap().chars().count();
        assert!(
            embed["description"]
                .as_str()
                .unwrap()
                .contains("\\@everyone \\`\\`\\`x")
        );
        assert!(length(&embed["title"]) <= 256 && length(&embed["description"]) <= 4_096);
        let fields = embed["fields"].as_array().unwrap();
        assert!(fields.iter().all(|field| length(&field["value"]) <= 1_024));
        assert!(body.to_string().chars().count() <= 6_000);
        assert_eq!(body["allowed_mentions"]["parse"], json!([]));
    }
}
