//! `list`: the tickets.

use std::time::Duration;

use actifix::{Clock, Filter, Kind, Page, Priority, Status, SystemClock};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::colour::Paint;
use crate::output::screen::{self, Screen};
use crate::output::tickets;

/// How often a watcher looks.
const PACE: Duration = Duration::from_millis(500);

/// List tickets, the most urgent first, then the newest
///
/// Open, leased and quarantined ones, unless --status says otherwise.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix list
  actifix list --status completed,ignored --project shop
  actifix list --priority P0,P1 --search timeout --tag team=web
  actifix list --json --limit 200 --cursor CURSOR
  actifix list --status in-progress --watch")]
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
    /// Only those that nothing has happened to for so long
    #[arg(long, value_name = "SPAN", value_parser = input::older_than, alias = "older_than", allow_hyphen_values = true)]
    older_than: Option<Duration>,
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
    /// Stay, and list anew when something changes
    #[arg(long, conflicts_with = "cursor")]
    watch: bool,
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
        let watch = self.watch;
        let filter = self.filter();
        if watch {
            return watching(context, &filter);
        }
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
            older_than: self.older_than,
            ready: self.ready,
            deleted: self.deleted,
            full: self.full,
            limit: self.limit.unwrap_or(50),
            cursor: self.cursor,
        }
    }
}

/// Lists anew when something has changed: in the same place on a terminal, below each other elsewhere, and in JSON
/// a document a line.
fn watching(context: &Context, filter: &Filter) -> Outcome {
    let store = context.store()?;
    let filtered = is_filtered(filter);
    let mut screen = Screen::default();
    let mut before = None;
    loop {
        let page = context.wait(&store, store.list(filter.clone()))?;
        if screen::is_for(context) {
            screen.draw("", &shown(&page, context.out.paint, filtered));
        } else if before.as_ref() != Some(&page) {
            if context.json() {
                context.out.json(&page)?;
            } else {
                context
                    .out
                    .line(&shown(&page, context.out.paint, filtered))?;
                context.out.line("")?;
            }
            context.out.flush()?;
        }
        before = Some(page);
        if screen::reader_has_gone(PACE) {
            return Err(Failure::ReaderGone);
        }
    }
}

fn is_filtered(filter: &Filter) -> bool {
    let named = filter.project.is_some()
        || filter.kind.is_some()
        || filter.assignee.is_some()
        || filter.search.is_some()
        || filter.older_than.is_some();
    let some =
        !filter.statuses.is_empty() || !filter.priorities.is_empty() || !filter.tags.is_empty();
    named || some || filter.ready || filter.deleted || filter.cursor.is_some()
}

fn tell(context: &Context, page: &Page, filtered: bool) -> std::io::Result<()> {
    context
        .out
        .line(&shown(page, context.out.paint, filtered))?;
    if let Some(next) = &page.next {
        context.out.flush()?;
        context
            .out
            .aside(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn shown(page: &Page, paint: Paint, filtered: bool) -> String {
    match (page.tickets.is_empty(), filtered) {
        (true, true) => "no ticket is like that".to_owned(),
        (true, false) => "no ticket is open".to_owned(),
        _ => tickets::table(&page.tickets, paint, SystemClock.now()),
    }
}
