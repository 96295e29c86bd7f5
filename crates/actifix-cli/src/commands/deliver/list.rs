//! `deliver list`: what waits to be told, and what was given up.

use actifix::{Clock, Delivery, DeliveryFilter, SystemClock, Timestamp};
use clap::Args;
use comfy_table::{Cell, CellAlignment};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::colour::dim_cell;
use crate::output::table::Lines;
use crate::output::{text, time};

/// Show what waits to be told, and what was given up
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix deliver list
  actifix deliver list --dead --target chat --json")]
pub struct List {
    /// Only dead letters: what was given up
    #[arg(long)]
    dead: bool,
    /// Only to this target
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    target: Option<String>,
    /// At most so many [default: 100]
    #[arg(long, value_name = "N", value_parser = input::limit(10_000), allow_hyphen_values = true)]
    limit: Option<usize>,
}

impl List {
    /// Shows them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let filter = DeliveryFilter {
            dead: self.dead,
            target: self.target,
            limit: self.limit.unwrap_or(0),
        };
        let found = context.wait(&store, store.deliveries(filter))?;
        if context.json() {
            context.out.json(&json!({ "deliveries": found }))?;
        } else if found.is_empty() {
            let what = if self.dead {
                "nothing was given up"
            } else {
                "nothing waits"
            };
            context.out.line(what)?;
        } else {
            context
                .out
                .line(&table(context, &found, SystemClock.now()))?;
        }
        Ok(Exit::Done)
    }
}

fn table(context: &Context, deliveries: &[Delivery], now: Timestamp) -> String {
    let headings = ["ID", "ON", "TICKET", "SINCE", "TRIED", "NEXT", "LAST ERROR"];
    let mut lines = Lines::new(context.out.paint, &headings);
    for one in deliveries {
        let next = match one.due {
            None => "given up".to_owned(),
            Some(_) if one.unknown_target => "no such target".to_owned(),
            Some(due) if due <= now => "due".to_owned(),
            Some(due) => time::relative(due, now),
        };
        lines.row(vec![
            Cell::new(&one.id),
            Cell::new(one.on),
            Cell::new(&one.ticket),
            dim_cell(time::relative(one.at, now)),
            Cell::new(one.attempts).set_alignment(CellAlignment::Right),
            Cell::new(next),
            Cell::new(text::one_line(one.error.as_deref().unwrap_or_default())),
        ]);
    }
    lines.text()
}
