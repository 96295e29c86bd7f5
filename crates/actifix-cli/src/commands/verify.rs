//! `verify`: does the file say what it must say?

use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::progress::Progress;
use crate::output::text;

/// Check that the database is sound
///
/// Each ticket in one place, the counts right, the file whole. Exit 1 when something is wrong. Nothing is changed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix verify
  actifix verify --json")]
pub struct Verify {}

impl Verify {
    /// Checks it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let mut progress = Progress::of(None, context.json());
        let verdict = context.wait_with(store.verify(), || {
            progress.at(0, "looking at every ticket");
            false
        })?;
        drop(progress);
        if context.json() {
            context.out.json(&verdict)?;
        } else if verdict.ok {
            let good = context.out.paint.good();
            context.out.line(&format!(
                "{good}ok{good:#}: {} tickets, each in one place",
                verdict.tickets
            ))?;
        } else {
            let bad = context.out.paint.error();
            for problem in &verdict.problems {
                context
                    .out
                    .line(&format!("{bad}wrong:{bad:#} {}", text::one_line(problem)))?;
            }
        }
        Ok(if verdict.ok { Exit::Done } else { Exit::Error })
    }
}
