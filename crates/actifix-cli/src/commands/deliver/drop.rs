//! `deliver drop`: deliveries are forgotten for good.

use actifix::DeliveryId;
use clap::Args;

use crate::commands::Outcome;
use crate::context::Context;

/// Forget deliveries for good, dead letters or waiting ones
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix deliver drop chat/4711
  actifix deliver drop chat/4711 chat/4712")]
pub struct Drop {
    /// These, as `actifix deliver list` shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<DeliveryId>,
}

impl Drop {
    /// Forgets them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let asked = self.ids.len() as u64;
        let dropped = context.wait(&store, store.drop_deliveries(self.ids))?;
        super::said::changed(context, "dropped", dropped, asked)
    }
}
