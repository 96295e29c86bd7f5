//! `show`: one ticket, whole.

use actifix::{Clock, SystemClock, TicketId};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::card;

/// Show a ticket with its stack, notes and history
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix show ACT-20261124-0000002A
  actifix show ACT-20261124-0000002A --json")]
pub struct Show {
    /// The ticket
    id: TicketId,
}

impl Show {
    /// Shows it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let story = context.wait(&store, store.show(&self.id))?;
        if context.json() {
            context.out.json(&story)?;
        } else {
            context
                .out
                .line(&card::story(&story, context.out.paint, SystemClock.now()))?;
        }
        Ok(Exit::Done)
    }
}
