//! `acquire`: a worker takes a ticket by its name.

use std::time::Duration;

use actifix::{Clock, Lease, SystemClock, TicketId};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::leases;

/// Take a named ticket
///
/// Exit 3 when another holds it, 7 when it is not open.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix acquire ACT-20261124-0000002A --as agent-1
  actifix acquire ACT-20261124-0000002A --lease 30m --json")]
pub struct Acquire {
    /// The ticket
    id: TicketId,
    /// How long it is yours unless you renew it [default: 1h]
    #[arg(long, value_name = "SPAN", value_parser = input::lease, allow_hyphen_values = true)]
    lease: Option<Duration>,
}

impl Acquire {
    /// Acquires it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let lease = self.lease.unwrap_or(context.config()?.claim.lease);
        let call = store.acquire(&self.id, store.actor(), lease);
        tell(context, &context.wait(&store, call)?)
    }
}

/// Tells a lease.
pub fn tell(context: &Context, lease: &Lease) -> Outcome {
    if context.json() {
        context.out.json(lease)?;
    } else {
        context
            .out
            .line(&leases::card(lease, context.out.paint, SystemClock.now()))?;
    }
    Ok(Exit::Done)
}
