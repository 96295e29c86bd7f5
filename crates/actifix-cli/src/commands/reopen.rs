//! `reopen`: an ended ticket is open again.

use actifix::{Status, TicketId};
use clap::Args;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
use crate::context::Context;

/// Open an ended, ignored or quarantined ticket again
///
/// Its attempts are counted from none.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix reopen ACT-20261124-0000002A
  actifix reopen --where status=ignored --where project=shop --dry-run")]
pub struct Reopen {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    #[command(flatten)]
    pick: Pick,
}

impl Reopen {
    /// Reopens it, or all of them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let Some(id) = self.id else {
            let bulk = Bulk {
                verb: "reopen",
                done: "reopened",
                already: &|ticket| matches!(ticket.status, Status::Open | Status::InProgress),
                change: &|store, id| store.reopen(id),
            };
            return bulk.run(context, &store, self.pick);
        };
        let receipt = context.wait(&store, store.reopen(&id))?;
        changed(context, &store, &id, &receipt, "reopened")
    }
}
