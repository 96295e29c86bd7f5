//! `similar`: tickets that look like one, and what fixed them.

use actifix::TicketId;
use actifix::capture::{Alike, SimilarTickets};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::similar;

/// Show tickets that look alike, why, and what fixed them
///
/// They are compared by their frames of the program and by the words of their messages; what few tickets have says more
/// than what all have. The newest 30,000 tickets are looked at, and of those with the same error type or source file
/// the newest 1,000 are compared.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix similar ACT-20261124-0000002A
  actifix similar ACT-20261124-0000002A --completed --limit 3
  actifix similar ACT-20261124-0000002A --all-projects --json")]
pub struct Similar {
    /// The ticket
    id: TicketId,
    /// At most so many, up to 100 [default: 10]
    #[arg(long, value_name = "N", value_parser = input::limit(100), allow_hyphen_values = true)]
    limit: Option<usize>,
    /// Only those that were completed with evidence
    #[arg(long)]
    completed: bool,
    /// Of all projects, not only of its own
    #[arg(long)]
    all_projects: bool,
}

impl Similar {
    /// Shows them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let asked = Alike {
            limit: self.limit.unwrap_or(Alike::default().limit),
            everywhere: self.all_projects,
            completed: self.completed,
        };
        let found = context.wait(&store, store.similar(&self.id, asked))?;
        if context.json() {
            context.out.json(&found)?;
        } else {
            tell(context, &self.id, &found)?;
        }
        Ok(Exit::Done)
    }
}

fn tell(context: &Context, id: &TicketId, found: &SimilarTickets) -> std::io::Result<()> {
    let out = &context.out;
    if found.similar.is_empty() {
        let compared = found.compared;
        out.line(&format!(
            "no ticket looks like {id} (compared with {compared})"
        ))?;
    } else {
        out.line(&similar::list(&found.similar, out.paint))?;
    }
    if found.stopped {
        out.flush()?;
        out.aside("there may be older ones: only the newest tickets were looked at");
    }
    Ok(())
}
