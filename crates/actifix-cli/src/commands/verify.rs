//! `verify`: does the file say what it must say?

use actifix::Verdict;
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::progress::Progress;
use crate::output::text;

/// Check that the database is sound
///
/// Each ticket in one place, the counts right, the history and all that hangs on a ticket as it must be, foreign keys,
/// the file whole. Exit 1 when something is wrong. Nothing is changed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix verify
  actifix verify --quick
  actifix verify --json")]
pub struct Verify {
    /// Only the places, the counts and the pages: what takes long is left out
    #[arg(long)]
    quick: bool,
}

impl Verify {
    /// Checks it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let mut progress = Progress::of(None, context.json());
        let verdict = context.wait_with(store.verify(self.quick), || {
            progress.at(0, "looking at every ticket");
            false
        })?;
        drop(progress);
        if context.json() {
            context.out.json(&verdict)?;
        } else {
            tell(context, &verdict)?;
        }
        Ok(if verdict.ok { Exit::Done } else { Exit::Error })
    }
}

/// The verdict for people.
pub fn tell(context: &Context, verdict: &Verdict) -> std::io::Result<()> {
    let (good, bad, dim) = (
        context.out.paint.good(),
        context.out.paint.error(),
        context.out.paint.dim(),
    );
    if verdict.ok {
        context.out.line(&format!(
            "{good}ok{good:#}: {} tickets, each in one place",
            verdict.tickets
        ))?;
    }
    for problem in &verdict.problems {
        context
            .out
            .line(&format!("{bad}wrong:{bad:#} {}", text::one_line(problem)))?;
    }
    for note in &verdict.notes {
        context
            .out
            .line(&format!("{dim}note:{dim:#} {}", text::one_line(note)))?;
    }
    Ok(())
}
