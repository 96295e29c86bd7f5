//! `delete`: a ticket is marked as deleted, or removed for good.

use actifix::{TicketId, Token};
use clap::Args;

use super::{Outcome, changed};
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
  actifix delete ACT-20261124-0000002A --purge")]
pub struct Delete {
    /// The ticket
    id: TicketId,
    /// The token of your lease, when you hold it
    #[arg(long, value_name = "N", value_parser = input::token, allow_hyphen_values = true)]
    token: Option<Token>,
    /// Although another holds it
    #[arg(long)]
    force: bool,
    /// Remove a deleted ticket for good
    #[arg(long, conflicts_with_all = ["token", "force"])]
    purge: bool,
}

impl Delete {
    /// Deletes it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        if self.purge {
            let receipt = context.wait(&store, store.purge(&self.id))?;
            if context.json() {
                context.out.json(&receipt)?;
            } else {
                context.out.line(&format!("{} purged", self.id))?;
            }
            return Ok(Exit::Done);
        }
        let how = actifix::Delete {
            token: self.token,
            force: self.force,
        };
        let receipt = context.wait(&store, store.delete(&self.id, how))?;
        changed(context, &store, &self.id, &receipt, "deleted")
    }
}
