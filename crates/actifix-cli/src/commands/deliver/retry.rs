//! `deliver retry`: what was given up or waits is sent now.

use actifix::DeliveryId;
use clap::Args;

use crate::commands::Outcome;
use crate::context::Context;

/// Have deliveries sent now, when something was mended
///
/// Dead letters begin with their first attempt again; others go before their pause is over, and their target rests no
/// longer. It is sent by whoever delivers next.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix deliver retry chat/4711
  actifix deliver retry --all-dead")]
pub struct Retry {
    /// These, as `actifix deliver list` shows them
    #[arg(value_name = "ID", required_unless_present = "all_dead")]
    ids: Vec<DeliveryId>,
    /// All dead letters
    #[arg(long, alias = "all_dead", conflicts_with = "ids")]
    all_dead: bool,
}

impl Retry {
    /// Puts them back.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let asked = self.ids.len() as u64;
        if self.all_dead {
            let all = context.during("putting them back", || store.retry_all_deliveries())?;
            return super::said::changed(context, "retried", all, all);
        }
        let retried = context.wait(&store, store.retry_deliveries(self.ids))?;
        super::said::changed(context, "retried", retried, asked)
    }
}
