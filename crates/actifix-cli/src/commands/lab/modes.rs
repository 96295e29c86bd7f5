//! `lab modes`: which locks are held when.

use std::path::PathBuf;

use actifix_lab::observe_modes;
use actifix_lab::show::{self, Ink};
use clap::Args;

use super::failed;
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;

/// Which locks each kind of transaction holds, and what others get
///
/// Deferred, immediate and exclusive, with a write-ahead log and with a rollback journal, after BEGIN, after a read, after
/// a write: decoded from the kernel's table, beside what the investigation says. Exit 1 when something differs.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab modes
  actifix lab modes --json")]
pub struct Modes {
    /// Make the folder here [default: the first place on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

impl Modes {
    /// Looks.
    pub fn run(self, context: &Context) -> Outcome {
        let observed = observe_modes(self.dir.as_deref()).map_err(failed)?;
        if context.json() {
            context.out.json(&observed)?;
        } else {
            let ink = Ink(context.out.paint.is_on());
            context.out.line(&show::modes(&observed, ink))?;
        }
        Ok(if observed.is_success() {
            Exit::Done
        } else {
            Exit::Error
        })
    }
}
