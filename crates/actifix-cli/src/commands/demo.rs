//! `demo`: the newcomer's first minute.

use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::demo;

/// See it work: programs fail, workers mend, one dies, one is late
///
/// It works in a folder of its own, which is removed at the end, and touches no other database. Exit 0 only when
/// everything came as promised.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix demo
  actifix demo --keep
  actifix demo --dir /tmp/actifix-demo --json")]
pub struct Demo {
    /// Leave the folder, and say where it is
    #[arg(long)]
    keep: bool,
    /// Work in this folder, new or empty, and leave it
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

impl Demo {
    /// Shows it.
    pub fn run(self, context: &Context) -> Outcome {
        demo::run(context, self.dir, self.keep)
    }
}
