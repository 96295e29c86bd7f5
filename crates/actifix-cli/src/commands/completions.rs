//! `completions`: the shell completes verbs and flags.

use clap::Args;
use clap_complete::Shell;

use super::Outcome;
use crate::cli;
use crate::context::Context;
use crate::failure::Exit;

/// Print the completion script for a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix completions bash > ~/.local/share/bash-completion/completions/actifix
  actifix completions zsh > ~/.zfunc/_actifix
  actifix completions fish > ~/.config/fish/completions/actifix.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints it.
    pub fn run(self, context: &Context) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli::command(), "actifix", &mut script);
        context
            .out
            .line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(Exit::Done)
    }
}
