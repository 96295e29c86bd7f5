//! `merge`: two tickets that are one are joined.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;

/// Join a ticket into another, for good
///
/// The other counts for both from now on: occurrences, first and last time, and every report that would have gone to this
/// one. This one is closed, keeps its history, and leads there. Exit 3 while another holds it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix merge ACT-20261124-0000002A ACT-20261124-00000007")]
pub struct Merge {
    /// The ticket that ends
    id: TicketId,
    /// The ticket that goes on
    into: TicketId,
}

impl Merge {
    /// Joins them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let receipt = context.wait(&store, store.merge(&self.id, &self.into))?;
        changed(
            context,
            &store,
            &self.id,
            &receipt,
            &format!("merged into {}", self.into),
        )
    }
}
