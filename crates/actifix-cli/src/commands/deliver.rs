//! `deliver`: hooks and webhooks are told what waits in the outbox.

mod drop;
mod list;
mod retry;
pub mod said;
mod test;

use actifix::notify::{Deliverer, Halt, Target, Until, subscribe};
use actifix::{Error, Store};
use clap::{Args, Subcommand};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use said::Said;

/// Tell hooks and webhooks what happened
///
/// They stand in `.actifix/config.toml` beside the database, as [[hook]] and [[webhook]]. Whatever changes a ticket writes
/// what they are to be told into the outbox, in the same transaction; this sends it. `actifix work` does so too while it
/// runs. Everything is told at least once; what fails is tried again after 5 seconds, 5 minutes, 30 minutes and so on, ten
/// times in three days, then kept as a dead letter. One deliverer at a time sends to a target; when it is killed, another
/// goes on after the time that an attempt may take.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  actifix deliver
  actifix deliver --watch
  actifix deliver test chat
  actifix deliver list --dead
  actifix deliver retry --all-dead

Without --watch the exit code tells: 0 all has arrived, 1 something has not."
)]
pub struct Deliver {
    #[command(subcommand)]
    what: Option<What>,
    /// Stay until nothing waits any more, through all pauses
    #[arg(long)]
    drain: bool,
    /// Stay, and tell what happens as it happens, until you stop it
    #[arg(long, conflicts_with = "drain")]
    watch: bool,
    /// Only to this target
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    target: Option<String>,
}

#[derive(Subcommand)]
enum What {
    List(list::List),
    Retry(retry::Retry),
    Drop(drop::Drop),
    Test(test::Test),
}

impl Deliver {
    /// Does it.
    pub fn run(self, context: &Context) -> Outcome {
        match self.what {
            Some(What::List(it)) => it.run(context),
            Some(What::Retry(it)) => it.run(context),
            Some(What::Drop(it)) => it.run(context),
            Some(What::Test(it)) => it.run(context),
            None => self.send(context),
        }
    }

    fn send(&self, context: &Context) -> Outcome {
        let (store, mut targets) = known(context)?;
        if let Some(name) = &self.target {
            targets.retain(|target| target.name() == name);
        }
        if targets.is_empty() {
            return Err(nobody(self.target.as_deref()));
        }
        let until = match (self.watch, self.drain) {
            (true, _) => Until::Stopped,
            (_, true) => Until::Drained,
            _ => Until::Sent,
        };
        let halt = Halt::new();
        listen(halt.clone())?;
        let said = Said::new(context);
        let names: Vec<_> = targets
            .iter()
            .map(|target| target.name().to_owned())
            .collect();
        let tally =
            Deliverer::new(&store, targets)?.run(until, &halt, &|notice| said.notice(notice))?;
        let mut waiting = 0;
        for name in &names {
            waiting += u64::from(context.wait(&store, store.next_delivery(name))?.is_some());
        }
        said.end(&tally, &context.wait(&store, store.outbox())?)?;
        Ok(if self.watch || tally.dead + waiting == 0 {
            Exit::Done
        } else {
            Exit::Error
        })
    }
}

/// The database and its targets, which are told from now on.
fn known(context: &Context) -> Result<(Store, Vec<Target>), Failure> {
    let targets = context.targets()?;
    let store = context.store()?;
    // Where nothing is configured, somebody else may have subscribed by code.
    if !targets.is_empty() {
        subscribe(&store, &targets)?;
    }
    Ok((store, targets))
}

fn nobody(name: Option<&str>) -> Failure {
    let why = match name {
        Some(name) => format!("there is no hook or webhook `{}`", name.escape_debug()),
        None => "there is nobody to tell: the configuration has no [[hook]] and no [[webhook]]"
            .to_owned(),
    };
    Failure::from(Error::invalid("target", why)).hint(
        "`actifix config path` tells where the file is; the book's page on hooks has examples",
    )
}

/// The first signal lets what is being sent finish, the second ends at once: what was sent may then be sent again.
fn listen(halt: Halt) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| Error::Storage {
        why: format!("signals cannot be listened to: {error}"),
    })?;
    std::thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            match count {
                0 => halt.now(),
                _ => std::process::exit(128 + signal),
            }
        }
    });
    Ok(())
}
