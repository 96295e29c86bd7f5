//! `stats`: how many tickets stand where.

use actifix::capture::spool::Spool;
use actifix::{Clock, Outbox, Stats as Figures, SystemClock};
use actifix_lab::watch::Watcher;
use clap::Args;
use serde_json::json;

use super::Outcome;
use super::lab::failed;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::{contention, counts, text, time};

/// Count tickets by project, priority and status
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix stats
  actifix stats --contention
  actifix stats --json")]
pub struct Stats {
    /// Tell who keeps writers out and who commits for all now, and how long this process's calls have waited
    #[arg(long)]
    contention: bool,
}

impl Stats {
    /// Counts them.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let stats = context.wait(&store, store.stats())?;
        let waiting = Spool::beside(store.path()).waiting()?;
        if context.json() {
            let mut answer = json!(stats);
            answer["spool"] = json!(waiting);
            if self.contention {
                answer["leader"] = contention::leader_json(store.leader().as_ref());
            }
            context.out.json(&answer)?;
        } else {
            context.out.line(&told(context, &stats))?;
            if waiting.reports > 0 {
                context
                    .out
                    .line(&format!("{} reports wait in the spool", waiting.reports))?;
            }
            if let Some(line) = of_outbox(&stats.outbox) {
                context.out.line(&line)?;
            }
            if self.contention {
                let sight = Watcher::new(store.path())
                    .and_then(|mut watcher| watcher.look())
                    .map_err(failed)?;
                let leader = contention::leader(store.leader().as_ref());
                let lines = contention::lines(&stats.contention);
                let sight = text::one_line(&sight.sentence);
                context.out.line(&format!("\n{sight}\n{leader}\n{lines}"))?;
            }
        }
        Ok(Exit::Done)
    }
}

/// What hooks and webhooks are still to be told, and what they were not.
fn of_outbox(outbox: &Outbox) -> Option<String> {
    let waiting = outbox.oldest.map(|oldest| {
        let since = time::relative(oldest, SystemClock.now());
        format!("{} wait, the oldest from {since}", outbox.waiting)
    });
    let dead = (outbox.dead > 0)
        .then(|| format!("{} given up (`actifix deliver list --dead`)", outbox.dead));
    let all: Vec<_> = waiting.into_iter().chain(dead).collect();
    (!all.is_empty()).then(|| format!("hooks and webhooks: {}", all.join(", ")))
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
