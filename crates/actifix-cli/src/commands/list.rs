//! `list`: the tickets.

use actifix::{Clock, Filter, Kind, Page, Priority, Status, SystemClock};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::tickets;

/// List tickets, the most urgent first, then the newest
///
/// Open, leased and quarantined ones, unless --status says otherwise.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix list
  actifix list --status completed,ignored --project shop
  actifix list --priority P0,P1 --search timeout --tag team=web
  actifix list --json --limit 200 --cursor CURSOR")]
pub struct List {
    /// Only with these statuses: open, in-progress, completed, quarantined, ignored, or all
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = statuses)]
    status: Vec<Statuses>,
    /// Only of these priorities
    #[arg(long, value_name = "P0,P1", value_delimiter = ',', value_parser = input::priority)]
    priority: Vec<Priority>,
    /// Only of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Only errors, or only tasks
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only those that this person looks after
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    assignee: Option<String>,
    /// Only with this text in message, type, source or id
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    search: Option<String>,
    /// Only with this tag; may be given several times
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// Only what can be claimed now
    #[arg(long)]
    ready: bool,
    /// Only deleted ones
    #[arg(long)]
    deleted: bool,
    /// With stack, context, text and payload
    #[arg(long)]
    full: bool,
    /// At most so many [default: 50]
    #[arg(long, value_name = "N", value_parser = input::limit(10_000), allow_hyphen_values = true)]
    limit: Option<usize>,
    /// Where the last page ended
    #[arg(long, value_name = "C", allow_hyphen_values = true)]
    cursor: Option<String>,
}

/// What one word of `--status` stands for.
type Statuses = Box<[Status]>;

fn statuses(word: &str) -> actifix::Result<Statuses> {
    match word.trim() {
        "all" => Ok(Status::ALL.into()),
        word => Ok([input::status(word)?].into()),
    }
}

impl List {
    /// Lists them.
    pub fn run(self, context: &Context) -> Outcome {
        let filter = self.filter();
        let filtered = is_filtered(&filter);
        let store = context.store()?;
        let page = context.wait(&store, store.list(filter))?;
        if context.json() {
            context.out.json(&page)?;
        } else {
            tell(context, &page, filtered)?;
        }
        Ok(Exit::Done)
    }

    fn filter(self) -> Filter {
        Filter {
            statuses: self
                .status
                .iter()
                .flat_map(|word| word.iter().copied())
                .collect(),
            priorities: self.priority,
            project: self.project,
            kind: self.kind,
            assignee: self.assignee,
            tags: input::tags(self.tags),
            search: self.search,
            ready: self.ready,
            deleted: self.deleted,
            full: self.full,
            limit: self.limit.unwrap_or(50),
            cursor: self.cursor,
        }
    }
}

fn is_filtered(filter: &Filter) -> bool {
    let named = filter.project.is_some()
        || filter.kind.is_some()
        || filter.assignee.is_some()
        || filter.search.is_some();
    let some =
        !filter.statuses.is_empty() || !filter.priorities.is_empty() || !filter.tags.is_empty();
    named || some || filter.ready || filter.deleted || filter.cursor.is_some()
}

fn tell(context: &Context, page: &Page, filtered: bool) -> std::io::Result<()> {
    if page.tickets.is_empty() {
        return context.out.line(if filtered {
            "no ticket is like that"
        } else {
            "no ticket is open"
        });
    }
    context.out.line(&tickets::table(
        &page.tickets,
        context.out.paint,
        SystemClock.now(),
    ))?;
    if let Some(next) = &page.next {
        context.out.flush()?;
        context
            .out
            .aside(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}
