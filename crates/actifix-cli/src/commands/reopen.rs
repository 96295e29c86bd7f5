//! `reopen`: an ended ticket is open again.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;

/// Open an ended, ignored or quarantined ticket again
///
/// Its attempts are counted from none.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix reopen ACT-20261124-0000002A")]
pub struct Reopen {
    /// The ticket
    id: TicketId,
}

impl Reopen {
    /// Reopens it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let receipt = context.wait(&store, store.reopen(&self.id))?;
        changed(context, &store, &self.id, &receipt, "reopened")
    }
}
