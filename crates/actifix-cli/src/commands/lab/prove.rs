//! `lab prove`: all remedies side by side.

use std::path::PathBuf;

use actifix_lab::prove::Comparison;
use actifix_lab::show::{self, Ink};
use clap::Args;

use super::{failed, launcher, write_page};
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::progress::Progress;

/// All remedies side by side, in one interleaved run
///
/// Success, refusals by code, waits, throughput, wasted work, the least served worker, with intervals, at 3, 8, 32 and 128
/// workers, as threads and as processes; some minutes. It ends with what follows from the numbers.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab prove --quick
  actifix lab prove --html proof.html
  actifix lab prove --json")]
pub struct Prove {
    /// 3 and 32 workers and fewer rounds: under a minute
    #[arg(long)]
    quick: bool,
    /// These numbers of workers instead
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    workers: Vec<u32>,
    /// Threads only
    #[arg(long)]
    threads: bool,
    /// How often each cell is run [default: 7, or 2 when quick]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// The order of the runs follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Make the folder here [default: the first place on a disk]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
    /// Write a page with the waits as a picture
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Prove {
    /// Measures.
    pub fn run(self, context: &Context) -> Outcome {
        let usual = if self.quick {
            Comparison::quick()
        } else {
            Comparison::whole()
        };
        let comparison = Comparison {
            workers: if self.workers.is_empty() {
                usual.workers.clone()
            } else {
                self.workers
            },
            processes: !self.threads,
            rounds: self.rounds.unwrap_or(usual.rounds),
            seed: self.seed,
            folder: self.dir,
            launcher: Some(launcher()?),
            ..usual
        };
        let mut progress: Option<Progress> = None;
        let silent = context.json();
        let told = &mut |done: usize, whole: usize, what: &str| {
            let bar = progress.get_or_insert_with(|| Progress::of(Some(whole as u64), silent));
            bar.at(done as u64, what);
        };
        let proof = actifix_lab::prove(&comparison, told).map_err(failed)?;
        drop(progress);
        if let Some(path) = &self.html {
            write_page(context, path, &show::proof_page(&proof))?;
        }
        if context.json() {
            context.out.json(&proof)?;
        } else {
            let ink = Ink(context.out.paint.is_on());
            context.out.line(&show::proof(&proof, ink))?;
        }
        Ok(Exit::Done)
    }
}
