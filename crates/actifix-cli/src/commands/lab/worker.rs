//! `lab worker`: the part of a worker; the lab starts this program with it.

use clap::Args;

use super::failed;
use crate::commands::Outcome;
use crate::failure::Exit;

/// The part of a worker, told on standard input
#[derive(Args)]
#[command(hide = true)]
pub struct Worker {}

impl Worker {
    /// Plays it.
    pub fn run(self) -> Outcome {
        actifix_lab::work().map_err(failed)?;
        Ok(Exit::Done)
    }
}
