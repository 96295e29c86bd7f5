//! Leases for people.

use actifix::{Lease, Ticket, Timestamp};
use comfy_table::Cell;

use super::colour::{Paint, dim_cell, priority_cell};
use super::table::Lines;
use super::{text, tickets, time};

/// A lease with what to do next.
pub fn card(lease: &Lease, paint: Paint, now: Timestamp) -> String {
    let ticket = &lease.ticket;
    let (bold, dim, urgent) = (paint.bold(), paint.dim(), paint.priority(ticket.priority));
    let mut card = format!(
        "{bold}{}{bold:#}  {urgent}{}{urgent:#}  {}\n",
        ticket.id,
        ticket.priority,
        tickets::headline(ticket)
    );
    if !ticket.source.is_empty() {
        card.push_str(&format!(
            "  {dim}where{dim:#}  {}\n",
            text::one_line(&ticket.source)
        ));
    }
    card.push_str(&format!(
        "  {dim}lease{dim:#}  {} until {}, token {bold}{}{bold:#}\n",
        text::one_line(&lease.holder),
        time::with_age(lease.expires_at, now),
        lease.token
    ));
    card.push_str(&format!(
        "  {dim}then{dim:#}   actifix complete {} --token {} …",
        ticket.id, lease.token
    ));
    card
}

/// A line for each lease.
pub fn table(leases: &[Lease], paint: Paint, now: Timestamp) -> String {
    let mut lines = Lines::new(paint, &["ID", "PRI", "TOKEN", "RUNS OUT", "WHAT"]);
    for lease in leases {
        lines.row(vec![
            Cell::new(&lease.ticket.id),
            priority_cell(lease.ticket.priority),
            Cell::new(lease.token),
            dim_cell(time::relative(lease.expires_at, now)),
            Cell::new(tickets::headline(&lease.ticket)),
        ]);
    }
    lines.text()
}

/// Who works on what: a line for each leased ticket.
pub fn at_work(tickets: &[Ticket], paint: Paint, now: Timestamp) -> String {
    let mut lines = Lines::new(paint, &["ID", "WHO", "RUNS OUT", "WHAT"]);
    for (ticket, lease) in tickets
        .iter()
        .filter_map(|ticket| Some((ticket, ticket.lease.as_ref()?)))
    {
        lines.row(vec![
            Cell::new(&ticket.id),
            Cell::new(text::one_line(&lease.holder)),
            dim_cell(time::relative(lease.expires_at, now)),
            Cell::new(tickets::headline(ticket)),
        ]);
    }
    lines.text()
}
