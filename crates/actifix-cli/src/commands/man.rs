//! `man`: the manual.

use std::path::PathBuf;

use actifix::Error;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::cli;
use crate::context::Context;
use crate::failure::Exit;

/// Write the man pages into a folder
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix man ~/.local/share/man/man1
  actifix man . && man ./actifix-claim.1")]
pub struct Man {
    /// The folder; it is made when it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    /// Writes them.
    pub fn run(self, context: &Context) -> Outcome {
        let command = cli::plain().disable_help_subcommand(true);
        let mut built = command.clone();
        built.build();
        let pages = pages(&built);
        let folder = self.folder.display();
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(command, &self.folder))
            .map_err(|error| Error::Storage {
                why: format!("the man pages cannot be written to {folder}: {error}"),
            })?;
        if context.json() {
            context
                .out
                .json(&json!({ "folder": self.folder.to_string_lossy(), "pages": pages }))?;
        } else {
            context
                .out
                .line(&format!("{pages} man pages in {folder}"))?;
        }
        Ok(Exit::Done)
    }
}

/// A page for the command, and for each verb below it that is shown.
fn pages(command: &clap::Command) -> usize {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    1 + shown
        .filter(|verb| verb.get_name() != "help")
        .map(pages)
        .sum::<usize>()
}
