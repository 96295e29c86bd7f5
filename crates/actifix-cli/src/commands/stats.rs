//! `stats`: how many tickets stand where.

use actifix::Stats as Figures;
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::counts;

/// Count tickets by project, priority and status
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix stats
  actifix stats --json")]
pub struct Stats {}

impl Stats {
    /// Counts them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let stats = context.wait(&store, store.stats())?;
        if context.json() {
            context.out.json(&stats)?;
        } else {
            context.out.line(&told(context, &stats))?;
        }
        Ok(Exit::Done)
    }
}

fn told(context: &Context, stats: &Figures) -> String {
    let dim = context.out.paint.dim();
    let table = if stats.counts.is_empty() {
        "no tickets".to_owned()
    } else {
        counts::by_project(stats, context.out.paint)
    };
    format!(
        "{table}\n\n{} scheduled, {} deleted\n{dim}newest event {}, database {}, write-ahead log {}{dim:#}",
        stats.scheduled,
        stats.deleted,
        stats.newest_event,
        counts::bytes(stats.database_bytes),
        counts::bytes(stats.wal_bytes)
    )
}
