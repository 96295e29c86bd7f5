//! A message for Slack's incoming webhooks.

use serde_json::{Value, json};

use super::message::{Message, cut};

/// Characters of a section's text are 3,000 at most; escapes make them more.
const SECTION: usize = 600;
/// Characters of a field are 2,000 at most.
const FIELD: usize = 380;

/// The body.
pub(super) fn body(message: &Message) -> Value {
    let priority = message
        .ticket
        .as_ref()
        .map(|ticket| format!(" {}", ticket.priority));
    let what = format!("{}{}", message.what(), priority.unwrap_or_default());
    let headline = escaped(&cut(&message.headline(), SECTION));
    let facts = message.facts();
    let fields = facts.iter().map(|(name, value)| {
        let value = escaped(&cut(value, FIELD));
        json!({ "type": "mrkdwn", "text": format!("*{name}*\n{value}") })
    });
    json!({
        // What a notification on a phone shows.
        "text": format!("{what}: {headline}"),
        "blocks": [
            { "type": "section", "text": { "type": "mrkdwn", "text": format!("*{what}*\n{headline}") } },
            { "type": "section", "fields": fields.collect::<Vec<_>>() },
        ],
    })
}

/// The three characters that mean something to Slack; so no text becomes a link or calls a channel.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn texts_neither_call_a_channel_nor_outgrow_the_limits() {
        let mut message = Message::sample("chat", Timestamp::from_micros(7)).unwrap();
        if let Some(ticket) = &mut message.ticket {
            ticket.message = format!("<!channel> {}", "<".repeat(9_000));
            ticket.source = "&".repeat(9_000);
        }
        let body = body(&message);
        let section = body["blocks"][0]["text"]["text"].as_str().unwrap();
        assert!(section.contains("&lt;!channel&gt;") && !section.contains("<!"));
        assert!(section.len() <= 3_000);
        for field in body["blocks"][1]["fields"].as_array().unwrap() {
            assert!(field["text"].as_str().unwrap().len() <= 2_000);
        }
    }
}
