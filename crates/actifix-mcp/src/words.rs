//! Results for models: a line a ticket, bounded, without what acts on a terminal.

use actifix::capture::Similar;
use actifix::{Clock, Error, Event, SystemClock, Ticket, Timestamp, format_span};

/// The longest text that stands in a result, in characters.
const LONGEST: usize = 4_000;

/// A ticket as a line.
pub fn line(ticket: &Ticket) -> String {
    let holder = ticket.lease.as_ref().map_or_else(String::new, |lease| {
        format!(
            " held by {} until {}",
            flat(&lease.holder, 80),
            lease.expires_at
        )
    });
    format!(
        "{} {} {} {}{holder}",
        ticket.id,
        ticket.priority,
        ticket.status,
        headline(ticket)
    )
}

/// A similar ticket as a line, with what fixed it.
pub fn similar(one: &Similar) -> String {
    let end = one.ticket.completion.as_ref();
    let fixed = match end.filter(|end| end.reason.is_none()) {
        Some(end) => format!(" fixed by: {}", flat(&end.evidence.did, 300)),
        None => String::new(),
    };
    format!("{:.2} {}{fixed}", one.score, line(&one.ticket))
}

/// Type and message, shortened.
pub fn headline(ticket: &Ticket) -> String {
    let message = flat(&ticket.message, 160);
    if ticket.error_type.is_empty() {
        message
    } else {
        format!("{}: {message}", flat(&ticket.error_type, 80))
    }
}

/// A text on one line, cut after `most` characters.
pub fn flat(text: &str, most: usize) -> String {
    let mut flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect();
    if text.chars().nth(most).is_some() {
        flat.push('…');
    }
    flat
}

/// A text of several lines, cut in its middle.
pub fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!(
        "{head}\n… {} characters left out …\n{tail}",
        count - 2 * half
    )
}

/// How long from now.
pub fn left(until: Timestamp) -> String {
    format_span(until.since(SystemClock.now()))
}

/// An event as a line.
pub fn event(event: &Event) -> String {
    let new = event
        .new
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!(
        "{} {} by {} {}",
        event.at,
        event.kind,
        flat(&event.actor, 80),
        flat(&new, 200)
    )
}

/// What a tool answers.
pub type Answer = Result<String, Refusal>;

/// Why a tool did nothing, and the next step.
pub struct Refusal(pub String);

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self(format!("{}: {error}. {}.", error.kind(), error.hint()))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}
