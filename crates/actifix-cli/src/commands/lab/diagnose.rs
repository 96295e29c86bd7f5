//! `lab diagnose`: the scene, each statement traced.

use std::path::PathBuf;

use actifix_lab::show;
use actifix_lab::{Scene, Setup};
use clap::Args;

use super::reproduce::{answered, played};
use super::setting::Setting;
use super::write_page;
use crate::commands::Outcome;
use crate::context::Context;

/// The same scene traced: each statement on a time line, and why
///
/// Per worker when each statement began and ended, the transaction's state, rows, the extended error code, how long
/// SQLite's busy handler truly waited, and the story in plain words. Exit 0 when every worker got its lock, 1 when not.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab diagnose
  actifix lab diagnose --html lock.html
  actifix lab diagnose --mode immediate --workers 8 --json")]
pub struct Diagnose {
    #[command(flatten)]
    pub setting: Setting,
    /// Workers wait for each other between the read and the write
    #[arg(long)]
    pub force: bool,
    /// Write a page with the time line as a picture; it needs nothing but itself
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

impl Diagnose {
    /// Traces it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = Setup {
            force: self.force,
            ..self.setting.setup(Scene::Upgrade)?
        };
        let it = played(context, &setup)?;
        if let Some(path) = &self.html {
            write_page(context, path, &show::diagnosis_page(&it))?;
        }
        answered(context, &it, show::chart)
    }
}
