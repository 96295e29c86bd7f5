//! Three ways to "database is locked", or to a lost row, that no busy timeout covers: `create`, `stopped`, `dropped`.
//! (`record`, the fourth scene beside the investigation's, is the same play as `upgrade` with another task:
//! [`crate::Scene::Record`].)

mod create;
mod dropped;
mod stopped;

use std::time::Instant;

use serde::Serialize;

pub use create::create;
pub use dropped::dropped;
pub use stopped::stopped;

use crate::error::{LabError, Result};
use crate::fleet::Launcher;
use crate::folder::FileSystem;
use crate::machine::Machine;
use crate::mode::{Journal, Mode};
use crate::setup::Setup;
use crate::trace::micros;

/// One line of a scene.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// When, in microseconds since the scene began.
    pub at_us: u64,
    /// Who.
    pub who: String,
    /// Did what, and what came of it.
    pub what: String,
    /// It went as it should.
    pub good: bool,
}

/// A scene as it was played.
#[derive(Clone, Debug, Serialize)]
pub struct Episode {
    /// Its name.
    pub scene: &'static str,
    /// How locks were taken.
    pub mode: Mode,
    /// How the database was kept undoable.
    pub journal: Journal,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// Everybody got what they asked for, and nothing was lost.
    pub success: bool,
    /// The verdict in a sentence.
    pub verdict: String,
    /// Why, and what to do, a paragraph each.
    pub explanation: Vec<String>,
    /// What the folder stands on.
    pub file_system: FileSystem,
    /// Where.
    pub machine: Machine,
}

/// Writes a scene's lines.
struct Script {
    began: Instant,
    lines: Vec<Line>,
}

impl Script {
    fn begin() -> Self {
        Self {
            began: Instant::now(),
            lines: Vec::new(),
        }
    }

    fn line(&mut self, who: impl Into<String>, good: bool, what: impl Into<String>) {
        self.lines.push(Line {
            at_us: micros(self.began.elapsed()),
            who: who.into(),
            what: what.into(),
            good,
        });
    }
}

/// The other process that these scenes need.
fn launcher(setup: &Setup) -> Result<&Launcher> {
    setup.launcher.as_ref().ok_or_else(|| {
        LabError::worker("this program does not say how a second process is started")
    })
}
