//! `renew`: a worker keeps its ticket for longer.

use std::time::Duration;

use actifix::{TicketId, Token};
use clap::Args;

use super::{Outcome, acquire};
use crate::context::Context;
use crate::input;

/// Keep a ticket for longer
///
/// The lease then ends so long from now. Exit 4 when the lease is lost: stop working on the ticket then.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix renew ACT-20261124-0000002A --token 17 --lease 30m")]
pub struct Renew {
    /// The ticket
    id: TicketId,
    /// The token of your lease
    #[arg(long, value_name = "N", value_parser = input::token, allow_hyphen_values = true)]
    token: Token,
    /// How long from now [default: 1h]
    #[arg(long, value_name = "SPAN", value_parser = input::lease, allow_hyphen_values = true)]
    lease: Option<Duration>,
}

impl Renew {
    /// Renews it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let lease = self.lease.unwrap_or(context.config()?.claim.lease);
        let call = store.renew(&self.id, self.token, lease);
        acquire::tell(context, &context.wait(&store, call)?)
    }
}
