//! `update`: facts of a ticket change.

use actifix::{Priority, Ticket, TicketId};
use clap::Args;
use serde_json::Value;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
use crate::context::Context;
use crate::input;

/// Change what is known of a ticket
///
/// What is not named stays as it is.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix update ACT-20261124-0000002A --priority P0
  actifix update ACT-20261124-0000002A --tag team=web --untag draft
  actifix update --where search=timeout --tag team=web --dry-run")]
pub struct Update {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    /// How much it matters, from P0 to P4
    #[arg(long, value_name = "P", value_parser = input::priority)]
    priority: Option<Priority>,
    /// The message or title
    #[arg(long, value_name = "M", conflicts_with_all = ["conditions", "all"], allow_hyphen_values = true)]
    message: Option<String>,
    /// A task's text, `-` to read it from stdin
    #[arg(long, value_name = "B", conflicts_with_all = ["conditions", "all"], allow_hyphen_values = true)]
    body: Option<String>,
    /// What ties it to other records
    #[arg(
        long,
        value_name = "C",
        alias = "correlation_id",
        conflicts_with_all = ["conditions", "all"],
        allow_hyphen_values = true
    )]
    correlation_id: Option<String>,
    /// What a task's worker needs
    #[arg(long, value_name = "JSON", conflicts_with_all = ["conditions", "all"], value_parser = input::payload, allow_hyphen_values = true)]
    payload: Option<Value>,
    /// A tag to set; may be given several times
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// A tag to take away; may be given several times
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    untag: Vec<String>,
    #[command(flatten)]
    pick: Pick,
}

impl Update {
    /// Updates it, or all of them.
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
        let Some(id) = self.id else {
            if change == actifix::Update::default() {
                let why = "nothing to change was named";
                return Err(actifix::Error::invalid("update", why).into());
            }
            let bulk = Bulk {
                verb: "update",
                done: "updated",
                already: &|ticket| is_so(&change, ticket),
                change: &|store, id| store.update(id, change.clone()),
            };
            return bulk.run(context, &store, self.pick);
        };
        let receipt = context.wait(&store, store.update(&id, change))?;
        changed(context, &store, &id, &receipt, "updated")
    }
}

/// Whether a ticket has the priority and the tags already: of many tickets nothing else is changed.
fn is_so(change: &actifix::Update, ticket: &Ticket) -> bool {
    change
        .priority
        .is_none_or(|priority| priority == ticket.priority)
        && change
            .tags
            .iter()
            .all(|(name, value)| ticket.tags.get(name) == Some(value))
        && !change
            .untag
            .iter()
            .any(|name| ticket.tags.contains_key(name))
}
