//! `assign`: a person looks after a ticket.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;

/// Name the person who looks after a ticket
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix assign ACT-20261124-0000002A maria
  actifix assign ACT-20261124-0000002A --nobody")]
pub struct Assign {
    /// The ticket
    id: TicketId,
    /// The person
    #[arg(
        value_name = "NAME",
        required_unless_present = "nobody",
        conflicts_with = "nobody",
        allow_hyphen_values = true
    )]
    assignee: Option<String>,
    /// Nobody looks after it any longer
    #[arg(long)]
    nobody: bool,
}

impl Assign {
    /// Assigns it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let receipt = context.wait(&store, store.assign(&self.id, self.assignee.as_deref()))?;
        let done = match &self.assignee {
            Some(name) => format!("assigned to {name}"),
            None => "assigned to nobody".to_owned(),
        };
        changed(context, &store, &self.id, &receipt, &done)
    }
}
