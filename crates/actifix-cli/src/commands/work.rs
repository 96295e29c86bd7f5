//! `work`: runs a command once for each ticket, and keeps its lease meanwhile.

mod child;
mod environment;
mod evidence;
mod keeping;
mod launch;
mod log;
mod signals;
mod telling;
mod view;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use actifix::{Kind, Priority, Tally, Until, Worker};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;

/// Run a command once for each ticket, its lease kept meanwhile
///
/// The command gets the ticket as JSON on stdin, and its facts in ACTIFIX_TICKET_ID, ACTIFIX_LEASE_TOKEN, ACTIFIX_ATTEMPT
/// and the like. Exit 0 with evidence (JSON on stdout, all of it or the last line) completes the ticket; anything else
/// gives it back as failed, with what stderr said last. The command may itself call `actifix renew`, `note`, `complete` or
/// `release`: ACTIFIX_DB and ACTIFIX_AS are set for it.
/// Meanwhile the hooks and webhooks of the configuration are told what happens (`actifix deliver --help`).
///
/// What ends, and what does not: the command runs in a process group of its own, and when the command has ended, the rest
/// of its group is killed. When the lease is lost (or the store cannot be reached for so long that it may be), the group
/// gets SIGTERM, after --kill-after SIGKILL, and the result is refused. The first SIGINT or SIGTERM stops claiming; what
/// runs may go on for --grace, then it is ended like that and its ticket given back; the second does so at once, and
/// a third ends the worker without giving back. When the worker itself is killed (-9), the command ends with it (on
/// Linux), and its lease runs out; what the command had started goes on until it ends by itself or `actifix` refuses it
/// because the lease is lost. What makes a session of its own (setsid) leaves the group, and is not ended at all.
///
/// With `retention.enabled` in the configuration old tickets are removed beside the work, slowly, by one worker at a time;
/// `actifix prune --policy` shows which.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix work --as mender --concurrency 4 -- ./mend.sh
  actifix work --drain --priority P0,P1 --lease 10m -- python3 agent.py
  actifix work --once --evidence 'out/{id}.json' -- make fix

With --once the exit code tells: 0 ended, 1 given back, 3 nothing to claim, 4 lease lost.")]
pub struct Work {
    /// So many tickets at the same time [default: 1]
    #[arg(long, value_name = "N", value_parser = concurrency, allow_hyphen_values = true)]
    concurrency: Option<usize>,
    /// Only of these priorities
    #[arg(long, value_name = "P0,P1", value_delimiter = ',', value_parser = input::priority)]
    priority: Vec<Priority>,
    /// Only of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Only errors, or only tasks (looks at 1,000 tickets at most)
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// How long a lease lasts; it is renewed at a third of that [default: 5m]
    #[arg(long, value_name = "SPAN", value_parser = input::lease, allow_hyphen_values = true)]
    lease: Option<Duration>,
    /// One ticket, then end
    #[arg(long, conflicts_with = "drain")]
    once: bool,
    /// End when there is nothing to claim
    #[arg(long)]
    drain: bool,
    /// The command writes its evidence to this file and not to stdout; {id} stands for the ticket
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    evidence: Option<String>,
    /// How long what runs may go on after the first signal [default: 30s]
    #[arg(long, value_name = "SPAN", value_parser = input::wait, allow_hyphen_values = true)]
    grace: Option<Duration>,
    /// How long after SIGTERM a command is killed [default: 5s]
    #[arg(long, value_name = "SPAN", value_parser = input::wait, allow_hyphen_values = true)]
    kill_after: Option<Duration>,
    /// A plain log, also on a terminal
    #[arg(long)]
    plain: bool,
    /// The part of a launcher: the worker starts itself with this
    #[arg(long, value_name = "PID", hide = true, requires = "command")]
    launch: Option<u32>,
    /// What is run for each ticket, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// `--concurrency`.
fn concurrency(text: &str) -> actifix::Result<usize> {
    match input::count(text)? {
        number if (1..=256).contains(&number) => Ok(number),
        _ => Err(actifix::Error::invalid(
            "concurrency",
            "it goes from 1 to 256",
        )),
    }
}

impl Work {
    /// Works.
    pub fn run(self, context: &Context) -> Outcome {
        if let Some(worker) = self.launch {
            return Err(launch::become_command(worker, &self.command).into());
        }
        let set = context.config()?.work.clone();
        let concurrency = self.concurrency.unwrap_or(set.concurrency);
        let recipe = child::Recipe::new(
            &self.command,
            self.evidence.as_deref(),
            concurrency,
            self.kill_after.unwrap_or(set.kill_after),
        )?;
        context.lives_long();
        let store = context.store()?;
        let log = log::Log::new(context, &store, self.plain, concurrency);
        let watch = Arc::clone(&log);
        let worker = self
            .worker(&store, self.lease.unwrap_or(set.lease))?
            .concurrency(concurrency)
            .watch(move |notice| watch.notice(notice));
        signals::listen(
            &store,
            worker.stopper(),
            self.grace.unwrap_or(set.grace),
            Arc::clone(&log),
        )?;
        let telling = telling::Telling::start(context, &store, &log)?;
        let view = view::start(&log, &store);
        let keeper = keeping::start(context, &store, &log)?;
        let tally = worker.run(|job| recipe.run(job, &log));
        drop(keeper);
        drop(telling);
        drop(view);
        let tally = tally?;
        log.end(&tally, &store)?;
        Ok(if self.once {
            exit_of(&tally)
        } else {
            Exit::Done
        })
    }

    fn worker(&self, store: &actifix::Store, lease: Duration) -> actifix::Result<Worker> {
        let mut worker = Worker::new(store, store.actor())?
            .lease(lease)
            .priorities(self.priority.iter().copied())
            .until(match (self.once, self.drain) {
                (true, _) => Until::One,
                (_, true) => Until::Drained,
                _ => Until::Stopped,
            });
        if let Some(project) = &self.project {
            worker = worker.project(project);
        }
        if let Some(kind) = self.kind {
            worker = worker.kind(kind);
        }
        Ok(worker)
    }
}

/// What came of the one ticket.
fn exit_of(tally: &Tally) -> Exit {
    match tally {
        Tally { claimed: 0, .. } => Exit::Nothing,
        Tally { lost: 1.., .. } => Exit::LeaseLost,
        tally if tally.completed + tally.ended > 0 => Exit::Done,
        _ => Exit::Error,
    }
}
