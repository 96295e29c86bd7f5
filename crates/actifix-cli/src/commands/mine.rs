//! `mine`: what a worker holds.

use actifix::{Claimed, Clock, SystemClock};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::leases;

/// Show the tickets that you hold, with their tokens
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix mine --as agent-1
  actifix mine --as agent-1 --json")]
pub struct Mine {}

impl Mine {
    /// Shows them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let holder = store.actor();
        let held = context.wait(&store, store.mine(holder))?;
        if context.json() {
            context.out.json(&Claimed {
                leases: held,
                stopped_after: None,
            })?;
        } else if held.is_empty() {
            context.out.line(&format!(
                "{holder} holds nothing; `actifix claim` takes the next ticket"
            ))?;
        } else {
            context
                .out
                .line(&leases::table(&held, context.out.paint, SystemClock.now()))?;
        }
        Ok(Exit::Done)
    }
}
