//! `lab reproduce`: the scene, exactly.

use actifix_lab::show::{self, Ink};
use actifix_lab::{Reproduction, Scene, Setup, reproduce};
use clap::Args;

use super::failed;
use super::setting::Setting;
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::progress::Progress;

/// The scene: workers meet, and each locks a ticket of its own
///
/// First the control, a bare barrier; then the scene on a real file: what each worker reached, who holds what, why.
/// Exit 0 when every worker got its lock, 1 when not.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab reproduce
  actifix lab reproduce --mode immediate
  actifix lab reproduce --workers 16 --processes 4 --mode actifix
  actifix lab reproduce --rounds 100 --json")]
pub struct Reproduce {
    #[command(flatten)]
    pub setting: Setting,
    /// Workers wait for each other between the read and the write, so that nothing is left to chance
    #[arg(long)]
    pub force: bool,
}

impl Reproduce {
    /// Plays it.
    pub fn run(self, context: &Context) -> Outcome {
        let setup = Setup {
            force: self.force,
            ..self.setting.setup(Scene::Upgrade)?
        };
        let it = played(context, &setup)?;
        answered(context, &it, show::reproduction)
    }
}

/// Plays a scene with a bar of its rounds.
pub fn played(context: &Context, setup: &Setup) -> Result<Reproduction, Failure> {
    let mut progress = Progress::of(Some(setup.rounds.into()), context.json());
    reproduce(setup, &mut |round| progress.at(round.into(), "rounds")).map_err(failed)
}

/// Tells what came.
pub fn answered(
    context: &Context,
    it: &Reproduction,
    shown: fn(&Reproduction, Ink) -> String,
) -> Outcome {
    if context.json() {
        context.out.json(it)?;
    } else {
        context
            .out
            .line(&shown(it, Ink(context.out.paint.is_on())))?;
    }
    Ok(if it.is_success() {
        Exit::Done
    } else {
        Exit::Error
    })
}
