//! `ignore`: a ticket rests until it wakes by itself.

use actifix::{Status, TicketId, Timestamp, Token, WakeRule};
use clap::Args;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
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
  actifix ignore ACT-20261124-0000002A --more 100
  actifix ignore --where priority=P4 --where search=cache --until 30d")]
pub struct Ignore {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    /// Until a time, or for so long
    #[arg(long, value_name = "TIME|SPAN", value_parser = input::moment, allow_hyphen_values = true)]
    until: Option<Timestamp>,
    /// Until it is seen so many more
    #[arg(long, value_name = "N", value_parser = input::more, allow_hyphen_values = true)]
    more: Option<u64>,
    /// The token of your lease, when you hold it
    #[arg(long, value_name = "N", conflicts_with_all = ["conditions", "all"], value_parser = input::token, allow_hyphen_values = true)]
    token: Option<Token>,
    #[command(flatten)]
    pick: Pick,
}

impl Ignore {
    /// Ignores it, or all of them.
    pub fn run(self, context: &Context) -> Outcome {
        let wake = WakeRule {
            until: self.until,
            more: self.more,
        };
        let store = context.store()?;
        let Some(id) = self.id else {
            let bulk = Bulk {
                verb: "ignore",
                done: "ignored",
                already: &|ticket| ticket.status == Status::Ignored,
                change: &|store, id| store.ignore(id, wake, None),
            };
            return bulk.run(context, &store, self.pick);
        };
        let receipt = context.wait(&store, store.ignore(&id, wake, self.token))?;
        changed(context, &store, &id, &receipt, "ignored")
    }
}
