//! `health`: is all well?

use actifix::capture::spool::Spool;
use actifix::keep::{Examination, Health as Told, Outside, State};
use actifix::{Backlog, Finding, Store, format_span};
use clap::Args;
use comfy_table::{Cell, CellAlignment, Color};

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::colour::{dim_cell, priority_cell};
use crate::output::table::Lines;
use crate::output::{findings, text};

/// Tell whether all is well: late tickets, leases, room
///
/// How long tickets of each priority wait, against what is allowed (1 h, 4 h, 24 h, 72 h, 168 h for P0 to P4); leases that
/// ran out, quarantined tickets, the spool, the disk, the write-ahead log, the clock. What is allowed is set under
/// health in the configuration. Exit 1 when it is failing; a warning is exit 0. Cheap enough for every minute, but for --full.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix health
  actifix health --project shop --json
  actifix health --full
  actifix config set health.sla.P1 2h")]
pub struct Health {
    /// Only the tickets of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Look at every page and every ticket too, as `verify` does
    #[arg(long)]
    full: bool,
}

impl Health {
    /// Tells.
    pub fn run(self, context: &Context) -> Outcome {
        let rules = context.config()?.health.clone();
        let store = context.store()?;
        let asked = Examination {
            project: self.project,
            full: self.full,
            spool: outside(&store)?,
        };
        let health = context.during("looking", || Told::of(&store, &rules, asked))?;
        if context.json() {
            context.out.json(&health)?;
        } else {
            tell(context, &health)?;
        }
        Ok(match health.state {
            State::Ok | State::Warning => Exit::Done,
            State::Failing => Exit::Error,
        })
    }
}

/// What waits beside the database.
fn outside(store: &Store) -> Result<Outside, Failure> {
    let spool = Spool::beside(store.path());
    let waiting = spool.waiting()?;
    Ok(Outside {
        files: u64::from(spool.path().exists()),
        reports: waiting.reports,
        unreadable: waiting.unreadable,
        since: waiting.since,
    })
}

fn tell(context: &Context, health: &Told) -> std::io::Result<()> {
    let paint = context.out.paint;
    let style = match health.state {
        State::Ok => paint.good(),
        State::Warning => paint.bold(),
        State::Failing => paint.error(),
    };
    context.out.line(&format!(
        "{style}{}{style:#}  {}\n",
        health.state,
        health.database.display()
    ))?;
    let waiting: Vec<&Backlog> = health
        .vitals
        .backlog
        .iter()
        .filter(|of| of.open + of.in_progress > 0)
        .collect();
    if !waiting.is_empty() {
        let mut lines = Lines::new(
            paint,
            &[
                "PRI",
                "OPEN",
                "IN-PROGRESS",
                "LATE",
                "ALLOWED",
                "LONGEST",
                "TICKET",
            ],
        );
        for of in waiting {
            lines.row(row(health, of));
        }
        context.out.line(&format!("{}\n", lines.text()))?;
    }
    let checks: Vec<Finding> = health
        .checks
        .iter()
        .map(|check| Finding {
            level: check.level,
            what: check.what.clone(),
            next: check.next.clone(),
        })
        .collect();
    findings::tell(&context.out, &checks)
}

fn row(health: &Told, of: &Backlog) -> Vec<Cell> {
    let number = |count: u64| {
        let cell = if count == 0 {
            dim_cell("·")
        } else {
            Cell::new(count)
        };
        cell.set_alignment(CellAlignment::Right)
    };
    let late = match of.late {
        0 => number(0),
        late => number(late).fg(Color::DarkRed),
    };
    let (age, ticket) = of.oldest.as_ref().map_or_else(Default::default, |oldest| {
        let age = format_span(health.vitals.at.since(oldest.since));
        (
            age,
            format!("{} {}", oldest.ticket, text::one_line(&oldest.project)),
        )
    });
    vec![
        priority_cell(of.priority),
        number(of.open),
        number(of.in_progress),
        late,
        Cell::new(format_span(of.allowed)),
        Cell::new(age),
        Cell::new(ticket),
    ]
}
