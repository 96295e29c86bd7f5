//! `deliver test`: a sample is sent.

use actifix::Error;
use actifix::notify::Deliverer;
use clap::Args;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Send a sample to a hook or webhook, past the outbox
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix deliver test chat")]
pub struct Test {
    /// Its name in the configuration
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    name: String,
}

impl Test {
    /// Sends it.
    pub fn run(self, context: &Context) -> Outcome {
        let (store, targets) = super::known(context)?;
        let deliverer = Deliverer::new(&store, targets)?;
        let sent = context.during("waiting for its answer", || deliverer.test(&self.name));
        sent.map_err(|error| match error {
            Error::Storage { .. } => {
                Failure::from(error).hint("mend what it names, then try again")
            }
            other => Failure::from(other).hint("`actifix config` lists the targets"),
        })?;
        if context.json() {
            context
                .out
                .json(&json!({ "target": self.name, "delivered": true }))?;
        } else {
            context
                .out
                .line(&format!("{} was told a sample", self.name))?;
        }
        Ok(Exit::Done)
    }
}
