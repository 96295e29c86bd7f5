//! `lab record`, `create`, `stopped`, `dropped`: the other ways to "database is locked", or to a lost row.

use std::path::PathBuf;
use std::time::Duration;

use actifix::{Result, parse_span};
use actifix_lab::scenes::{self, Episode};
use actifix_lab::show::{self, Ink};
use actifix_lab::{Journal, LabError, Mode, Scene, Setup};
use clap::Args;

use super::reproduce::{answered, played};
use super::setting::Setting;
use super::{failed, launcher};
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Read-then-write when creating: 8 workers that each make 25 tickets
///
/// The same mechanism as in `reproduce`, where a count comes before an insert. Exit 1 when a ticket was not made.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab record
  actifix lab record --mode actifix")]
pub struct Record {
    #[command(flatten)]
    setting: Setting,
    /// How many tickets each makes
    #[arg(long, value_name = "N", default_value_t = 25)]
    each: u32,
}

impl Record {
    /// Plays it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = Setup {
            each: self.each,
            ..self.setting.setup(Scene::Record)?
        };
        answered(context, &played(context, &setup)?, show::reproduction)
    }
}

/// `PRAGMA journal_mode=WAL` on a new file that another process writes
///
/// Busy at once, whatever the busy timeout: the handler is never called. Exit 1 when it was refused.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab create
  actifix lab create --mode actifix")]
pub struct Create {
    /// immediate (plain SQL) or actifix (the store opens the file meanwhile)
    #[arg(long, value_name = "MODE", default_value = "immediate", value_parser = plain_or_ours)]
    mode: Mode,
    /// Make the scene's folder here [default: the first place on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

impl Create {
    /// Plays it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = setup(self.mode, Journal::Wal, self.dir, None)?;
        told(context, scenes::create(&setup))
    }
}

/// A writer is stopped inside its transaction, and all wait
///
/// Everybody waits to the end of the timeout; the lab names the holder. Exit 1 when somebody got no lock.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab stopped
  actifix lab stopped --mode actifix")]
pub struct Stopped {
    /// immediate (plain SQL), or actifix (the store's answer names the holder by itself)
    #[arg(long, value_name = "MODE", default_value = "immediate", value_parser = plain_or_ours)]
    mode: Mode,
    /// How long they wait
    #[arg(long, value_name = "SPAN", default_value = "2s", value_parser = timeout)]
    timeout: Duration,
    /// Make the scene's folder here [default: the first place on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

fn timeout(text: &str) -> Result<Duration> {
    parse_span("timeout", text)
}

impl Stopped {
    /// Plays it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = setup(self.mode, Journal::Wal, self.dir, Some(self.timeout))?;
        told(context, scenes::stopped(&setup))
    }
}

/// A process opens and closes its own database beside SQLite
///
/// Its locks are gone, and a commit that succeeded is lost. Exit 1 when something was lost or failed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab dropped
  actifix lab dropped --journal delete
  actifix lab dropped --mode actifix")]
pub struct Dropped {
    /// immediate (plain SQL), or actifix (the store's guard notices)
    #[arg(long, value_name = "MODE", default_value = "immediate", value_parser = plain_or_ours)]
    mode: Mode,
    /// wal or delete
    #[arg(long, value_name = "JOURNAL", default_value = "wal", value_parser = str::parse::<Journal>)]
    journal: Journal,
    /// Make the scene's folder here [default: the first place on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

impl Dropped {
    /// Plays it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = setup(self.mode, self.journal, self.dir, None)?;
        told(context, scenes::dropped(&setup))
    }
}

fn plain_or_ours(text: &str) -> std::result::Result<Mode, LabError> {
    let mode: Mode = text.parse()?;
    if matches!(mode, Mode::Immediate | Mode::Actifix) {
        return Ok(mode);
    }
    Err(LabError::Invalid {
        field: "mode",
        why: format!("this scene knows immediate and actifix, not {mode}"),
    })
}

fn setup(
    mode: Mode,
    journal: Journal,
    folder: Option<PathBuf>,
    timeout: Option<Duration>,
) -> std::result::Result<Setup, Failure> {
    let usual = Setup::investigation();
    Ok(Setup {
        mode,
        journal,
        folder,
        timeout: timeout.unwrap_or(usual.timeout),
        launcher: Some(launcher()?),
        ..usual
    })
}

fn told(context: &Context, episode: std::result::Result<Episode, LabError>) -> Outcome {
    let episode = episode.map_err(failed)?;
    if context.json() {
        context.out.json(&episode)?;
    } else {
        let ink = Ink(context.out.paint.is_on());
        context.out.line(&show::episode(&episode, ink))?;
    }
    Ok(if episode.success {
        Exit::Done
    } else {
        Exit::Error
    })
}
