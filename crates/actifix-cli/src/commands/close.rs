//! `close`: a ticket ends without work.

use actifix::{CloseReason, Ticket, TicketId, Token};
use clap::Args;

use super::{Outcome, changed};
use crate::bulk::{Bulk, Pick};
use crate::context::Context;
use crate::input;

/// End a ticket with a reason and no work
///
/// Refused while another holds the ticket (exit 3). A duplicate's reports count on the original from then on.
/// Many tickets: each is judged again when its turn comes, and left alone when something else happened to it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix close ACT-20261124-0000002A --reason wontfix --note 'rare'
  actifix close ACT-20261124-0000002A --reason duplicate \\
    --of ACT-20261124-00000007
  actifix close --where priority=P4 --where older-than=30d \\
    --reason obsolete --dry-run")]
pub struct Close {
    /// The ticket
    #[arg(required_unless_present_any = ["conditions", "all"], conflicts_with_all = ["conditions", "all"])]
    id: Option<TicketId>,
    /// wontfix, duplicate, invalid, obsolete or fixed (elsewhere)
    #[arg(long, value_name = "REASON")]
    reason: CloseReason,
    /// The ticket that it is a duplicate of
    #[arg(long, value_name = "ID")]
    of: Option<TicketId>,
    /// The token of your lease, when you hold it
    #[arg(long, value_name = "N", conflicts_with_all = ["conditions", "all"], value_parser = input::token, allow_hyphen_values = true)]
    token: Option<Token>,
    /// A word on why
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    note: Option<String>,
    #[command(flatten)]
    pick: Pick,
}

impl Close {
    /// Closes it, or all of them.
    pub fn run(self, context: &Context) -> Outcome {
        let mut how = match (self.reason, self.of) {
            (CloseReason::Duplicate, Some(original)) => actifix::Close::duplicate_of(original),
            (_, Some(_)) => {
                return Err(actifix::Error::invalid(
                    "of",
                    "only a duplicate is one of another ticket",
                )
                .into());
            }
            (reason, None) => actifix::Close::because(reason),
        };
        if let Some(token) = self.token {
            how = how.token(token);
        }
        if let Some(note) = self.note {
            how = how.note(note);
        }
        let store = context.store()?;
        let Some(id) = self.id else {
            let bulk = Bulk {
                verb: "close",
                done: "closed",
                already: &is_over,
                change: &|store, id| store.close(id, how.clone()),
            };
            return bulk.run(context, &store, self.pick);
        };
        let receipt = context.wait(&store, store.close(&id, how))?;
        changed(context, &store, &id, &receipt, "closed")
    }
}

/// Whether nothing is left to end.
fn is_over(ticket: &Ticket) -> bool {
    ticket.completion.is_some()
}
