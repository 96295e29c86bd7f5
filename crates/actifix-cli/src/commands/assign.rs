//! `assign`: a person looks after a ticket.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
use crate::context::Context;

/// Name the person who looks after a ticket
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix assign ACT-20261124-0000002A maria
  actifix assign ACT-20261124-0000002A --nobody
  actifix assign --where project=shop --to maria --yes")]
pub struct Assign {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    /// The person
    #[arg(
        value_name = "NAME",
        required_unless_present_any = ["nobody", "to"],
        conflicts_with_all = ["nobody", "to"],
        allow_hyphen_values = true
    )]
    assignee: Option<String>,
    /// Nobody looks after it any longer
    #[arg(long)]
    nobody: bool,
    /// The person, for many tickets
    #[arg(long, value_name = "NAME", conflicts_with_all = ["nobody", "id"], allow_hyphen_values = true)]
    to: Option<String>,
    #[command(flatten)]
    pick: Pick,
}

impl Assign {
    /// Assigns it, or all of them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let name = self.assignee.or(self.to);
        let done = format!("assigned to {}", name.as_deref().unwrap_or("nobody"));
        let Some(id) = self.id else {
            let bulk = Bulk {
                verb: "assign",
                done: &done,
                already: &|ticket| ticket.assignee == name,
                change: &|store, id| store.assign(id, name.as_deref()),
            };
            return bulk.run(context, &store, self.pick);
        };
        let receipt = context.wait(&store, store.assign(&id, name.as_deref()))?;
        changed(context, &store, &id, &receipt, &done)
    }
}
