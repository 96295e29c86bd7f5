//! `status`, and what stands for it: no verb. Everything on one screen.

use std::borrow::Cow;

use actifix::{Clock, Filter, Stats, Status as Standing, Store, SystemClock, Ticket};
use clap::Args;
use serde::Serialize;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::locate::Found;
use crate::output::{counts, leases, tickets};

/// Leases and tickets that are shown.
const SHOWN: usize = 5;

/// Show everything on one screen (the same as no verb)
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix
  actifix status --json")]
pub struct Status {}

impl Status {
    /// Shows it.
    pub fn run(self, context: &Context) -> Outcome {
        run(context)
    }
}

/// Shows it; no database is no error here.
pub fn run(context: &Context) -> Outcome {
    if let Found::Missing(place) = context.find()? {
        let path = place.path();
        if context.json() {
            context.out.json(&Answer {
                database: None,
                state: None,
            })?;
        } else {
            context
                .out
                .line(&nothing_yet(&path.display().to_string()))?;
        }
        return Ok(Exit::Done);
    }
    let store = context.store()?;
    let state = State::read(context, &store)?;
    if context.json() {
        context.out.json(&Answer {
            database: Some(store.path().to_string_lossy()),
            state: Some(&state),
        })?;
    } else {
        state.tell(context, &store)?;
    }
    Ok(Exit::Done)
}

fn nothing_yet(path: &str) -> String {
    format!(
        "There is no database here or in a folder above.\n\n  \
         actifix init      makes {path}\n  \
         actifix record    makes it too, with the first error in it\n  \
         actifix demo      shows in half a minute how it works\n  \
         actifix help      lists the verbs"
    )
}

#[derive(Serialize)]
struct Answer<'a> {
    database: Option<Cow<'a, str>>,
    #[serde(flatten)]
    state: Option<&'a State>,
}

#[derive(Serialize)]
struct State {
    stats: Stats,
    leased: Vec<Ticket>,
    open: Vec<Ticket>,
}

impl State {
    fn read(context: &Context, store: &Store) -> Result<Self, Failure> {
        let of = |status, ready| {
            let filter = Filter {
                statuses: vec![status],
                ready,
                limit: SHOWN,
                ..Filter::default()
            };
            context
                .wait(store, store.list(filter))
                .map(|page| page.tickets)
        };
        Ok(Self {
            stats: context.wait(store, store.stats())?,
            leased: of(Standing::InProgress, false)?,
            open: of(Standing::Open, true)?,
        })
    }

    fn tell(&self, context: &Context, store: &Store) -> std::io::Result<()> {
        let (out, stats) = (&context.out, &self.stats);
        let (bold, dim) = (out.paint.bold(), out.paint.dim());
        let size = counts::bytes(stats.database_bytes);
        out.line(&format!(
            "{bold}{}{bold:#}  {dim}{size}{dim:#}",
            store.path().display()
        ))?;
        if stats.counts.is_empty() {
            return out.line(&format!("\nNo tickets yet. {}", self.next_step()));
        }
        out.line(&format!("\n{}", counts::by_priority(stats, out.paint)))?;
        if !self.leased.is_empty() {
            out.line(&format!(
                "\n{bold}At work{bold:#}\n{}",
                self.at_work(context)
            ))?;
        }
        if !self.open.is_empty() {
            let table = tickets::table(&self.open, out.paint, SystemClock.now());
            out.line(&format!(
                "\n{bold}Open, the most urgent first{bold:#}\n{table}"
            ))?;
        }
        out.line(&format!("\n{dim}next:{dim:#} {}", self.next_step()))
    }

    fn at_work(&self, context: &Context) -> String {
        let dim = context.out.paint.dim();
        let table = leases::at_work(&self.leased, context.out.paint, SystemClock.now());
        match self
            .stats
            .in_progress
            .saturating_sub(self.leased.len() as u64)
        {
            0 => table,
            more => format!("{table}\n{dim}and {more} more{dim:#}"),
        }
    }

    fn next_step(&self) -> &'static str {
        if !self.open.is_empty() {
            "`actifix claim --as NAME` takes the most urgent one"
        } else if self.stats.quarantined > 0 {
            "`actifix list --status quarantined` shows what was given up"
        } else if self.stats.in_progress > 0 {
            "all open tickets are being worked on; `actifix events --follow` watches"
        } else {
            "`actifix record --type T --message M` records an error"
        }
    }
}
