//! `note`: a word on a ticket.

use actifix::TicketId;
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;
use crate::input;

/// Add a note to a ticket
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix note ACT-20261124-0000002A 'happens only with the old driver'
  git diff | actifix note ACT-20261124-0000002A -")]
pub struct Note {
    /// The ticket
    id: TicketId,
    /// The note, `-` to read it from stdin
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
}

impl Note {
    /// Notes it.
    pub fn run(self, context: &Context) -> Outcome {
        let text = input::text_or_stdin("note", self.text)?;
        let store = context.store()?;
        let receipt = context.wait(&store, store.note(&self.id, text))?;
        changed(context, &store, &self.id, &receipt, "noted")
    }
}
