//! `undelete`: a deleted ticket comes back.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;

/// Take a deleted ticket back to where it was
///
/// One that was leased comes back as open.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix undelete ACT-20261124-0000002A")]
pub struct Undelete {
    /// The ticket
    id: TicketId,
}

impl Undelete {
    /// Undeletes it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let receipt = context.wait(&store, store.undelete(&self.id))?;
        changed(context, &store, &self.id, &receipt, "undeleted")
    }
}
