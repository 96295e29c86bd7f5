//! `events`: the history of all tickets, as it was and as it goes on.

use std::time::Duration;

use actifix::{Clock, EventFilter, Store, SystemClock, TicketId};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::events;
use crate::output::screen::reader_has_gone;

/// How often a follower looks for news.
const PACE: Duration = Duration::from_millis(100);
/// Events in one look.
const PAGE: usize = 500;

/// Show what happened to tickets, the oldest first
///
/// With --follow it stays and tells what happens, an event a line, until you stop it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix events --ticket ACT-20261124-0000002A
  actifix events --json --limit 1000 --cursor 4711
  actifix events --follow --cursor now")]
pub struct Events {
    /// Only of this ticket
    #[arg(long, value_name = "ID")]
    ticket: Option<TicketId>,
    /// Go on as it happens
    #[arg(long)]
    follow: bool,
    /// At most so many [default: 100; with --follow all]
    #[arg(long, value_name = "N", value_parser = input::limit(100_000), allow_hyphen_values = true)]
    limit: Option<usize>,
    /// Only after this sequence number, where the last page ended; `now` for what comes
    #[arg(
        long,
        value_name = "C",
        default_value = "0",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    cursor: Cursor,
}

#[derive(Clone, Copy)]
enum Cursor {
    After(i64),
    Now,
}

impl std::str::FromStr for Cursor {
    type Err = actifix::Error;

    fn from_str(text: &str) -> actifix::Result<Self> {
        let wrong = || {
            actifix::Error::invalid(
                "cursor",
                format!("`{}` is no sequence number, nor `now`", text.escape_debug()),
            )
        };
        match text {
            "now" => Ok(Self::Now),
            number => number.parse().map(Self::After).map_err(|_| wrong()),
        }
    }
}

impl Events {
    /// Shows them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let after = match self.cursor {
            Cursor::After(seq) => seq,
            Cursor::Now => context.wait(&store, store.stats())?.newest_event,
        };
        if self.follow {
            let most = self.limit.unwrap_or(usize::MAX);
            return follow(context, &store, self.ticket, after, most);
        }
        let limit = self.limit.unwrap_or(100);
        let filter = EventFilter {
            ticket: self.ticket,
            after,
            limit,
        };
        tell(context, &context.wait(&store, store.events(filter))?)?;
        Ok(Exit::Done)
    }
}

fn tell(context: &Context, page: &actifix::Events) -> std::io::Result<()> {
    let out = &context.out;
    if context.json() {
        return out.json(page);
    }
    if page.events.is_empty() {
        return out.line("nothing happened");
    }
    out.line(&events::table(
        &page.events,
        true,
        out.paint,
        SystemClock.now(),
    ))?;
    if let Some(next) = page.next {
        out.flush()?;
        out.aside(&format!("there may be more: --cursor {next}"));
    }
    Ok(())
}

fn follow(
    context: &Context,
    store: &Store,
    ticket: Option<TicketId>,
    mut after: i64,
    mut left: usize,
) -> Outcome {
    while left > 0 {
        let filter = EventFilter {
            ticket: ticket.clone(),
            after,
            limit: left.min(PAGE),
        };
        let news = context.wait(store, store.events(filter))?.events;
        for event in &news {
            if context.json() {
                context.out.json(event)?;
            } else {
                context
                    .out
                    .line(&events::line(event, context.out.paint, SystemClock.now()))?;
            }
            after = after.max(event.seq);
        }
        context.out.flush()?;
        left -= news.len().min(left);
        if news.is_empty() && reader_has_gone(PACE) {
            return Err(Failure::ReaderGone);
        }
    }
    Ok(Exit::Done)
}
