//! Events for people.

use actifix::{Event, EventKind, Timestamp};
use comfy_table::Cell;
use serde_json::Value;

use super::colour::{Paint, dim_cell};
use super::table::Lines;
use super::{text, time};

/// A line for each event; the ticket's column may be left out.
pub fn table(events: &[Event], with_ticket: bool, paint: Paint, now: Timestamp) -> String {
    let all = ["SEQ", "WHEN", "TICKET", "EVENT", "WHO", "WHAT"];
    let headings: Vec<&str> = all
        .into_iter()
        .filter(|heading| with_ticket || *heading != "TICKET")
        .collect();
    let mut lines = Lines::new(paint, &headings);
    for event in events {
        let mut cells = vec![Cell::new(event.seq), dim_cell(time::moment(event.at, now))];
        if with_ticket {
            cells.push(Cell::new(&event.ticket));
        }
        cells.extend([
            Cell::new(event.kind),
            Cell::new(who(event)),
            Cell::new(what(event, now)),
        ]);
        lines.row(cells);
    }
    lines.text()
}

/// One event as a line of a stream.
pub fn line(event: &Event, paint: Paint, now: Timestamp) -> String {
    let dim = paint.dim();
    let line = format!(
        "{dim}{:>6}  {}{dim:#}  {}  {:<11}  {:<16}  {}",
        event.seq,
        time::moment(event.at, now),
        event.ticket,
        event.kind,
        who(event),
        what(event, now)
    );
    line.trim_end().to_owned()
}

fn who(event: &Event) -> String {
    text::one_line(&event.actor).into_owned()
}

/// What the event changed, in few words, its times in UTC.
pub fn told(event: &Event) -> String {
    let fields = match &event.new {
        Some(Value::Object(fields)) => fields.clone(),
        _ => return String::new(),
    };
    let told = fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}", name.replace('_', " "))
        });
    text::one_line(&told.collect::<Vec<_>>().join(", ")).into_owned()
}

/// What the event changed, in few words.
pub fn what(event: &Event, now: Timestamp) -> String {
    let mut words: Vec<String> = event
        .token
        .map(|token| format!("token {token}"))
        .into_iter()
        .collect();
    // A new ticket's facts stand above its history.
    if event.kind != EventKind::Recorded {
        words.extend(fields(event.new.as_ref(), now));
    }
    text::one_line(&words.join(", ")).into_owned()
}

fn fields(value: Option<&Value>, now: Timestamp) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(fields)) => {
            let told = fields.iter().filter(|(_, value)| !value.is_null());
            told.map(|(name, value)| format!("{} {}", name.replace('_', " "), plain(value, now)))
                .collect()
        }
        Some(other) => vec![plain(other, now)],
    }
}

fn plain(value: &Value, now: Timestamp) -> String {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => time::moment(at, now),
            Err(_) => text.clone(),
        },
        other => other.to_string(),
    }
}
