//! What the scenes take alike.

use std::path::PathBuf;
use std::time::Duration;

use actifix::{Result, parse_span};
use actifix_lab::{Journal, Mode, Scene, Setup};
use clap::Args;

use super::launcher;
use crate::failure::Failure;

/// What a scene of workers can be told.
#[derive(Args, Debug)]
pub struct Setting {
    /// How many workers [default: 3]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub workers: Option<u32>,
    /// Spread them over this many processes; 0 for threads of one
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_hyphen_values = true
    )]
    pub processes: u32,
    /// How a lock is taken: deferred, blind-retry, retry, immediate, exclusive, single-statement, short-sleep, line, actifix
    #[arg(long, value_name = "MODE", default_value = "deferred", value_parser = str::parse::<Mode>)]
    pub mode: Mode,
    /// wal or delete
    #[arg(long, value_name = "JOURNAL", default_value = "wal", value_parser = str::parse::<Journal>)]
    pub journal: Journal,
    /// How often it is played
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        allow_hyphen_values = true
    )]
    pub rounds: u32,
    /// Milliseconds of work between read and write
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub hold: u64,
    /// Which worker has which ticket follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What SQLite is told to wait for a lock [default: 30s]
    #[arg(long, value_name = "SPAN", value_parser = timeout)]
    pub timeout: Option<Duration>,
    /// Make the scene's folder here [default: the first place on a disk: the temporary folder, /var/tmp, this folder]
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,
}

fn timeout(text: &str) -> Result<Duration> {
    parse_span("timeout", text)
}

impl Setting {
    /// As the lab takes it.
    pub fn setup(&self, scene: Scene) -> std::result::Result<Setup, Failure> {
        let usual = Setup::investigation();
        Ok(Setup {
            scene,
            mode: self.mode,
            journal: self.journal,
            workers: self.workers.unwrap_or(match scene {
                Scene::Upgrade => usual.workers,
                Scene::Record => 8,
            }),
            processes: self.processes,
            rounds: self.rounds,
            hold: Duration::from_millis(self.hold),
            seed: self.seed,
            timeout: self.timeout.unwrap_or(usual.timeout),
            folder: self.dir.clone(),
            launcher: Some(launcher()?),
            ..usual
        })
    }
}
