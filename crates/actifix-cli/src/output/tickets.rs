//! Tickets in a table.

use actifix::{Kind, Status, Ticket, Timestamp};
use comfy_table::Cell;

use super::colour::{Paint, dim_cell, priority_cell, status_cell};
use super::table::Lines;
use super::{text, time};

/// A line for each ticket.
pub fn table(tickets: &[Ticket], paint: Paint, now: Timestamp) -> String {
    let mut lines = Lines::new(paint, &["ID", "PRI", "STATUS", "SEEN", "LAST", "WHAT"]);
    for ticket in tickets {
        lines.row(vec![
            Cell::new(&ticket.id),
            priority_cell(ticket.priority),
            status_cell(ticket.status, &standing(ticket)),
            Cell::new(ticket.occurrences),
            dim_cell(time::span(ticket.last_seen, now)),
            Cell::new(headline(ticket)),
        ]);
    }
    lines.text()
}

/// Where the ticket stands, in one word.
pub fn standing(ticket: &Ticket) -> String {
    match ticket.status {
        _ if ticket.deleted_at.is_some() => "deleted".to_owned(),
        Status::Open if ticket.not_before.is_some() => "scheduled".to_owned(),
        Status::Open if ticket.expired => "expired".to_owned(),
        Status::Completed
            if ticket
                .completion
                .as_ref()
                .is_some_and(|end| end.reason.is_some()) =>
        {
            "closed".to_owned()
        }
        status => status.to_string(),
    }
}

/// `ValueError: no such column`, on one line.
pub fn headline(ticket: &Ticket) -> String {
    let message = text::first_line(&ticket.message);
    match text::one_line(&ticket.error_type) {
        kind if ticket.kind == Kind::Task || kind.is_empty() => message.into_owned(),
        kind => format!("{kind}: {message}"),
    }
}
