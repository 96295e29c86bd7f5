//! `ignore`: a ticket rests until it wakes by itself.

use actifix::{TicketId, Timestamp, Token, WakeRule};
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;
use crate::input;

/// Ignore a ticket for ever, until a time, or for so many reports
///
/// Its reports are still counted; with the first one past its rule it is open again.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix ignore ACT-20261124-0000002A
  actifix ignore ACT-20261124-0000002A --until 7d
  actifix ignore ACT-20261124-0000002A --more 100")]
pub struct Ignore {
    /// The ticket
    id: TicketId,
    /// Until a time, or for so long
    #[arg(long, value_name = "TIME|SPAN", value_parser = input::moment, allow_hyphen_values = true)]
    until: Option<Timestamp>,
    /// Until it is seen so many more
    #[arg(long, value_name = "N", value_parser = input::more, allow_hyphen_values = true)]
    more: Option<u64>,
    /// The token of your lease, when you hold it
    #[arg(long, value_name = "N", value_parser = input::token, allow_hyphen_values = true)]
    token: Option<Token>,
}

impl Ignore {
    /// Ignores it.
    pub fn run(self, context: &Context) -> Outcome {
        let wake = WakeRule {
            until: self.until,
            more: self.more,
        };
        let store = context.store()?;
        let receipt = context.wait(&store, store.ignore(&self.id, wake, self.token))?;
        changed(context, &store, &self.id, &receipt, "ignored")
    }
}
