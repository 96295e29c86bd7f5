//! `delete`: a ticket is marked as deleted, or removed for good.

use actifix::{TicketId, Token};
use clap::Args;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
use crate::context::Context;
use crate::failure::Exit;
use crate::input;

/// Delete a ticket; `undelete` takes it back
///
/// Refused while another holds it (exit 3), unless forced. With --purge a ticket that is deleted already is removed for
/// good; only its events stay.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix delete ACT-20261124-0000002A
  actifix delete ACT-20261124-0000002A --force
  actifix delete ACT-20261124-0000002A --purge
  actifix delete --where tag=run=nightly --where status=completed --yes")]
pub struct Delete {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    /// The token of your lease, when you hold it
    #[arg(long, value_name = "N", conflicts_with_all = ["conditions", "all"], value_parser = input::token, allow_hyphen_values = true)]
    token: Option<Token>,
    /// Although another holds it
    #[arg(long)]
    force: bool,
    /// Remove a deleted ticket for good
    #[arg(long, conflicts_with_all = ["token", "force", "conditions", "all"])]
    purge: bool,
    #[command(flatten)]
    pick: Pick,
}

impl Delete {
    /// Deletes it, or all of them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let how = actifix::Delete {
            token: self.token,
            force: self.force,
        };
        let Some(id) = self.id else {
            let bulk = Bulk {
                verb: "delete",
                done: "deleted",
                already: &|ticket| ticket.deleted_at.is_some(),
                change: &|store, id| store.delete(id, how),
            };
            return bulk.run(context, &store, self.pick);
        };
        if self.purge {
            let receipt = context.wait(&store, store.purge(&id))?;
            if context.json() {
                context.out.json(&receipt)?;
            } else {
                context.out.line(&format!("{id} purged"))?;
            }
            return Ok(Exit::Done);
        }
        let receipt = context.wait(&store, store.delete(&id, how))?;
        changed(context, &store, &id, &receipt, "deleted")
    }
}
