//! `update`: facts of a ticket change.

use actifix::{Priority, TicketId};
use clap::Args;
use serde_json::Value;

use super::{Outcome, changed};
use crate::context::Context;
use crate::input;

/// Change what is known of a ticket
///
/// What is not named stays as it is.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix update ACT-20261124-0000002A --priority P0
  actifix update ACT-20261124-0000002A --tag team=web --untag draft")]
pub struct Update {
    /// The ticket
    id: TicketId,
    /// How much it matters, from P0 to P4
    #[arg(long, value_name = "P", value_parser = input::priority)]
    priority: Option<Priority>,
    /// The message or title
    #[arg(long, value_name = "M", allow_hyphen_values = true)]
    message: Option<String>,
    /// A task's text, `-` to read it from stdin
    #[arg(long, value_name = "B", allow_hyphen_values = true)]
    body: Option<String>,
    /// What ties it to other records
    #[arg(
        long,
        value_name = "C",
        alias = "correlation_id",
        allow_hyphen_values = true
    )]
    correlation_id: Option<String>,
    /// What a task's worker needs
    #[arg(long, value_name = "JSON", value_parser = input::payload, allow_hyphen_values = true)]
    payload: Option<Value>,
    /// A tag to set; may be given several times
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// A tag to take away; may be given several times
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    untag: Vec<String>,
}

impl Update {
    /// Updates it.
    pub fn run(self, context: &Context) -> Outcome {
        let change = actifix::Update {
            priority: self.priority,
            message: self.message,
            body: self
                .body
                .map(|body| input::text_or_stdin("body", body))
                .transpose()?,
            correlation_id: self.correlation_id,
            payload: self.payload,
            tags: input::tags(self.tags),
            untag: self.untag,
        };
        let store = context.store()?;
        let receipt = context.wait(&store, store.update(&self.id, change))?;
        changed(context, &store, &self.id, &receipt, "updated")
    }
}
