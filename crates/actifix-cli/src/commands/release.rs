//! `release`: a worker gives its ticket back.

use std::time::Duration;

use actifix::{TicketId, Token};
use clap::Args;

use super::{Outcome, changed};
use crate::context::Context;
use crate::input;

/// Give a ticket back, for others to take
///
/// With --failed the attempt is counted, and the ticket rests for a while that doubles; after five it is quarantined.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix release ACT-20261124-0000002A --token 17
  actifix release ACT-20261124-0000002A --token 17 --failed \\
    --reason 'the tests need a database'
  actifix release ACT-20261124-0000002A --token 17 --not-before 2h")]
pub struct Release {
    /// The ticket
    id: TicketId,
    /// The token of your lease
    #[arg(long, value_name = "N", value_parser = input::token, allow_hyphen_values = true)]
    token: Token,
    /// Why
    #[arg(long, value_name = "R", allow_hyphen_values = true)]
    reason: Option<String>,
    /// Nobody claims it before so long from now
    #[arg(long, value_name = "SPAN", alias = "not_before", value_parser = input::not_before, allow_hyphen_values = true)]
    not_before: Option<Duration>,
    /// The attempt failed
    #[arg(long)]
    failed: bool,
}

impl Release {
    /// Releases it.
    pub fn run(self, context: &Context) -> Outcome {
        let mut how = actifix::Release::new();
        if self.failed {
            how = how.failed();
        }
        if let Some(reason) = self.reason {
            how = how.reason(reason);
        }
        if let Some(span) = self.not_before {
            how = how.not_before(span);
        }
        let store = context.store()?;
        let receipt = context.wait(&store, store.release(&self.id, self.token, how))?;
        changed(context, &store, &self.id, &receipt, "released")
    }
}
