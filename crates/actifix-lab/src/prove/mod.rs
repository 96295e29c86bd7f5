//! All remedies side by side in one interleaved run: how many calls get through, how long they wait, what is wasted, who
//! is served least; and a recommendation that follows from these numbers.

mod cells;
mod numbers;
mod recommend;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

pub use cells::Cell;
pub use numbers::{Interval, Numbers};
pub use recommend::{Recommendation, recommend};

use crate::error::{LabError, Result};
use crate::fleet::Launcher;
use crate::folder::{FileSystem, Scratch};
use crate::machine::Machine;
use crate::mode::Mode;
use crate::reproduce::play;
use crate::setup::{Scene, Setup};
use crate::trace::micros;
use cells::Table;
use numbers::Chance;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The numbers of workers.
    pub workers: Vec<u32>,
    /// Workers as processes too, not only as threads.
    pub processes: bool,
    /// The remedies.
    pub modes: Vec<Mode>,
    /// How often each cell is run.
    pub rounds: u32,
    /// How long one run of a cell is.
    pub time: Duration,
    /// The order of the cells, and the intervals, follow from it.
    pub seed: u64,
    /// What SQLite, or the line, is told to wait.
    pub timeout: Duration,
    /// Where the scene's folder is made.
    pub folder: Option<PathBuf>,
    /// How a worker's process is started.
    pub launcher: Option<Launcher>,
    /// It is the short form.
    pub quick: bool,
}

impl Comparison {
    /// All of it: some minutes.
    pub fn whole() -> Self {
        Self {
            workers: vec![3, 8, 32, 128],
            processes: true,
            modes: Mode::ALL.to_vec(),
            rounds: 7,
            time: Duration::from_millis(300),
            seed: 1,
            timeout: Duration::from_secs(5),
            folder: None,
            launcher: None,
            quick: false,
        }
    }

    /// Under a minute.
    pub fn quick() -> Self {
        Self {
            workers: vec![3, 32],
            rounds: 2,
            time: Duration::from_millis(160),
            quick: true,
            ..Self::whole()
        }
    }

    fn check(&self) -> Result<()> {
        if self.workers.is_empty() || self.modes.is_empty() || self.rounds == 0 {
            let why = "there is nothing to compare; give numbers of workers, modes and rounds";
            return Err(LabError::invalid("workers", why));
        }
        if let Some(odd) = self.workers.iter().find(|n| !(1..=512).contains(*n)) {
            return Err(LabError::invalid(
                "workers",
                format!("{odd} makes no scene; give 1 to 512"),
            ));
        }
        if self.processes && self.launcher.is_none() {
            let why = "this program does not say how its workers' processes are started";
            return Err(LabError::invalid("processes", why));
        }
        Ok(())
    }

    /// The investigation's scene in one of the remedies.
    fn scene(&self, scene: Scene, mode: Mode) -> Setup {
        Setup {
            scene,
            mode,
            workers: if scene == Scene::Upgrade { 3 } else { 8 },
            seed: self.seed,
            folder: self.folder.clone(),
            timeout: Duration::from_secs(30),
            ..Setup::investigation()
        }
    }
}

/// The scene under one remedy, once.
#[derive(Clone, Debug, Serialize)]
pub struct SceneResult {
    /// The scene.
    pub scene: Scene,
    /// The remedy.
    pub mode: Mode,
    /// Locks that were had, or tickets that were made.
    pub got: u64,
    /// Of so many.
    pub of: u64,
}

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// The two scenes under each remedy.
    pub scenes: Vec<SceneResult>,
    /// The table.
    pub cells: Vec<Cell>,
    /// How long one run of a cell was.
    pub time_ms: u64,
    /// How often each was run.
    pub rounds: u32,
    /// What SQLite, or the line, was told to wait.
    pub timeout_ms: u64,
    /// What follows.
    pub recommendation: Recommendation,
    /// What decided the order and the intervals.
    pub seed: u64,
    /// What the folder stands on.
    pub file_system: FileSystem,
    /// Where.
    pub machine: Machine,
    /// What makes it again.
    pub command: String,
}

/// Measures. `told` hears how many of how many runs are done, and what is being done.
///
/// # Errors
/// A setting that makes no sense, or a lab that cannot work.
pub fn prove(it: &Comparison, told: &mut dyn FnMut(usize, usize, &str)) -> Result<Proof> {
    it.check()?;
    let scratch = Scratch::make(it.folder.as_deref())?;
    let mut table = Table::new(it);
    let whole = table.len() * it.rounds as usize + it.modes.len();
    let mut done = 0;
    let mut scenes = Vec::new();
    for mode in &it.modes {
        told(done, whole, &format!("the scenes, {mode}"));
        for scene in [Scene::Upgrade, Scene::Record] {
            scenes.push(played(it, scene, *mode, &scratch)?);
        }
        done += 1;
    }
    let mut chance = Chance::new(it.seed);
    for round in 0..it.rounds {
        // Interleaved and in another order each time: what the machine does meanwhile meets all alike.
        for index in chance.shuffled(table.len()) {
            told(done, whole, &table.name(index));
            table.run(it, &scratch, index, round)?;
            done += 1;
        }
    }
    let cells = table.cells(&mut chance);
    Ok(Proof {
        scenes,
        recommendation: recommend(&cells),
        cells,
        time_ms: micros(it.time) / 1000,
        rounds: it.rounds,
        timeout_ms: micros(it.timeout) / 1000,
        seed: it.seed,
        file_system: scratch.system.clone(),
        machine: Machine::here(),
        command: command(it),
    })
}

/// The command that makes it again.
fn command(it: &Comparison) -> String {
    let usual = if it.quick {
        Comparison::quick()
    } else {
        Comparison::whole()
    };
    let mut words = vec!["actifix lab prove".to_owned()];
    if it.quick {
        words.push("--quick".to_owned());
    }
    if it.workers != usual.workers {
        let numbers: Vec<_> = it.workers.iter().map(u32::to_string).collect();
        words.push(format!("--workers {}", numbers.join(",")));
    }
    if !it.processes {
        words.push("--threads".to_owned());
    }
    if it.rounds != usual.rounds {
        words.push(format!("--rounds {}", it.rounds));
    }
    words.push(format!("--seed {}", it.seed));
    words.join(" ")
}

fn played(it: &Comparison, scene: Scene, mode: Mode, scratch: &Scratch) -> Result<SceneResult> {
    let setup = it.scene(scene, mode);
    let number = if scene == Scene::Upgrade { 0 } else { u32::MAX };
    let round = play(&setup, scratch, number)?;
    let (got, of) = match scene {
        Scene::Upgrade => (round.acquired() as u64, u64::from(setup.workers)),
        Scene::Record => {
            let tallies = round
                .workers
                .iter()
                .filter_map(|worker| worker.tally.as_ref());
            let of = u64::from(setup.workers) * u64::from(setup.each);
            (tallies.map(|tally| tally.done).sum(), of)
        }
    };
    Ok(SceneResult {
        scene,
        mode,
        got,
        of,
    })
}
