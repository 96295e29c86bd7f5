//! `quarantine list`: what was given up, and why.

use actifix::{Clock, Event, EventKind, Filter, Story, SystemClock, Timestamp};
use comfy_table::Cell;
use serde::Serialize;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::colour::{dim_cell, priority_cell};
use crate::output::table::Lines;
use crate::output::{text, tickets, time};
use actifix::Store;

/// Tickets that are listed at most: the most urgent.
const MOST: usize = 200;
/// Attempts of a ticket that are told, the latest.
const ATTEMPTS: usize = 5;

/// Why a ticket was given up.
#[derive(Serialize)]
struct GivenUp {
    #[serde(flatten)]
    ticket: actifix::Ticket,
    quarantined_at: Option<Timestamp>,
    /// The latest attempts, the last one at the end.
    tried: Vec<Attempt>,
}

/// An attempt that failed or ran out.
#[derive(Serialize)]
struct Attempt {
    at: Timestamp,
    holder: String,
    what: EventKind,
    reason: Option<String>,
}

/// Lists them.
pub fn run(context: &Context, store: &Store, filter: Filter) -> Outcome {
    let filter = Filter {
        limit: MOST,
        ..filter
    };
    let page = context.wait(store, store.list(filter))?;
    let mut all = Vec::with_capacity(page.tickets.len());
    for ticket in page.tickets {
        let story = context.wait(store, store.show(&ticket.id))?;
        all.push(given_up(ticket, &story));
    }
    if context.json() {
        context
            .out
            .json(&serde_json::json!({"tickets": all, "more": page.next.is_some()}))?;
        return Ok(Exit::Done);
    }
    context.out.line(&shown(context, &all))?;
    if page.next.is_some() {
        let more = "there are more: `actifix list --status quarantined` pages through all";
        context.out.aside(more);
    }
    Ok(Exit::Done)
}

fn given_up(ticket: actifix::Ticket, story: &Story) -> GivenUp {
    let parked = |event: &&Event| event.kind == EventKind::Quarantined;
    let failed = |event: &&Event| matches!(event.kind, EventKind::Failed | EventKind::Expired);
    // What was before it was opened again does not count.
    let reopened = |event: &Event| event.kind == EventKind::Reopened;
    let since = story.events.iter().rposition(reopened).unwrap_or(0);
    let tried: Vec<Attempt> = story.events[since..]
        .iter()
        .filter(failed)
        .map(attempt)
        .collect();
    GivenUp {
        ticket,
        quarantined_at: story.events.iter().rfind(parked).map(|event| event.at),
        tried: tried.into_iter().rev().take(ATTEMPTS).rev().collect(),
    }
}

fn attempt(event: &Event) -> Attempt {
    let said = |value: &Option<serde_json::Value>, name: &str| {
        let text = value.as_ref().and_then(|value| value[name].as_str());
        text.map(str::to_owned)
    };
    Attempt {
        at: event.at,
        // A lease that ran out is told by the store, not by its holder.
        holder: said(&event.old, "holder").unwrap_or_else(|| event.actor.clone()),
        what: event.kind,
        reason: said(&event.new, "reason"),
    }
}

fn shown(context: &Context, all: &[GivenUp]) -> String {
    if all.is_empty() {
        return "no ticket is quarantined".to_owned();
    }
    let now = SystemClock.now();
    let headings = ["ID", "PRI", "SINCE", "TRIED", "BY", "LAST ERROR", "WHAT"];
    let mut lines = Lines::new(context.out.paint, &headings);
    for one in all {
        let last = one.ticket.last_error.as_deref().unwrap_or("-");
        let last: String = text::first_line(last).chars().take(40).collect();
        lines.row(vec![
            Cell::new(&one.ticket.id),
            priority_cell(one.ticket.priority),
            dim_cell(
                one.quarantined_at
                    .map_or_else(String::new, |at| time::span(at, now)),
            ),
            Cell::new(one.ticket.attempts),
            Cell::new(holders(&one.tried)),
            Cell::new(last),
            Cell::new(tickets::headline(&one.ticket)),
        ]);
    }
    let dim = context.out.paint.dim();
    format!(
        "{}\n\n{dim}actifix quarantine retry ID opens one again, drop ID closes it, show ID tells its history{dim:#}",
        lines.text()
    )
}

/// Who tried, each once.
fn holders(tried: &[Attempt]) -> String {
    let mut names: Vec<String> = Vec::new();
    for one in tried {
        let name = text::one_line(&one.holder).into_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let shown: Vec<String> = names.iter().take(2).cloned().collect();
    match names.len() {
        0..=2 => shown.join(", "),
        more => format!("{} +{}", shown.join(", "), more - 2),
    }
}
