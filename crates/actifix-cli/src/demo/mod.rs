//! The newcomer's first minute: programs fail, workers mend them, one is killed, one comes too late, and nothing is lost.
//!
//! `programs` and `reported` make the errors; `crew` holds the workers, which are `actifix work` with the script `mend.sh`;
//! `talk` is what they say, `cast` hears `plot` tells them what to do; `scene` is the defect that must not be; `verdict` judges, `ending` shows it.

mod cast;
mod crew;
mod ending;
mod fate;
mod folder;
mod halt;
mod heard;
mod played;
mod plot;
mod programs;
mod reported;
mod run;
mod scene;
mod seen;
mod sides;
mod story;
mod talk;
mod verdict;
mod words;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use actifix::{Settings, Store};
use serde_json::{Value, json};

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crew::Ears;
use ending::Ending;
use folder::Folder;
use halt::{Halt, storage};
use plot::Plot;
use programs::Program;
use story::Teller;
use verdict::{Evidence, Verdict};

/// The database, in the demo's folder.
const DATABASE: &str = "actifix.db";
/// What there is to see.
const INTRODUCTION: &str = "Actifix turns errors into tickets and hands each ticket to exactly one worker at a time. \
    What follows is real: programs fail, processes mend them, die and come too late.";
/// What the workers run for each ticket.
const SCRIPT: &str = "mend.sh";
/// A lease lasts so many times what a run of a program took, within these bounds: long enough for an honest worker.
const RUNS_A_LEASE: u32 = 20;
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(8);
/// Nothing is waited for beyond this.
const LIMIT: Duration = Duration::from_secs(60);

/// Shows it, in `named` or in a folder that is removed unless it is kept.
pub fn run(context: &Context, named: Option<PathBuf>, keep: bool) -> Outcome {
    let teller = Teller::new(context);
    match Demo::new(context, &teller, named, keep).and_then(Demo::show) {
        Ok(ok) => Ok(if ok { Exit::Done } else { Exit::Error }),
        Err(Halt::Failed(failure)) => Err(failure),
        Err(Halt::Broken(why)) => {
            teller.judged(false, &why)?;
            if context.json() {
                context
                    .out
                    .json(&json!({ "ok": false, "problems": [why] }))?;
            }
            Ok(Exit::Error)
        }
        Err(Halt::Signal(signal)) => {
            // Everything has ended: now the signal does what it would have done at once.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            Ok(Exit::Error)
        }
    }
}

/// A demo on its way. The workers end before the folder goes.
struct Demo<'a> {
    context: &'a Context,
    teller: &'a Teller<'a>,
    began: Instant,
    ears: Ears,
    folder: Folder,
}

impl<'a> Demo<'a> {
    fn new(
        context: &'a Context,
        teller: &'a Teller<'a>,
        named: Option<PathBuf>,
        keep: bool,
    ) -> Result<Self, Halt> {
        let (began, ears) = (Instant::now(), Ears::open()?);
        Ok(Self {
            context,
            teller,
            began,
            ears,
            folder: Folder::make(named, keep)?,
        })
    }

    /// Tells whether everything was as promised.
    fn show(self) -> Result<bool, Halt> {
        let folder = self.folder.path();
        let end = if self.folder.kept {
            "and stays there"
        } else {
            "and is removed at the end"
        };
        self.teller.paragraph(&format!(
            "{INTRODUCTION} It happens in {}, {end}.",
            folder.display()
        ))?;
        let looked = Instant::now();
        let programs = programs::choose();
        let lease = (looked.elapsed() * RUNS_A_LEASE).clamp(SHORTEST, LONGEST);
        self.write(&programs)?;
        let store = Store::open_with(folder.join(DATABASE), Settings::default())?;

        let mut plot = Plot::open(self.teller, &store, &self.ears, lease, self.began + LIMIT)?;
        let workers = plot.workers();
        plot.programs_fail(&programs)?;
        plot.two_fall_out()?;
        plot.one_comes_too_late()?;
        let seen = plot.close()?;

        let (deferred, ours) = sides::play(self.teller, self.context.out.paint, folder)?;
        self.ears.go_on()?;
        let failing = self.still_failing(&programs)?;
        let verdict = verdict::judge(
            &store,
            Evidence {
                seen,
                deferred,
                ours,
                failing,
            },
        )?;
        drop(store);
        self.end(&verdict, workers)
    }

    fn write(&self, programs: &[&Program]) -> Result<(), Halt> {
        let folder = self.folder.path();
        let written = fs::write(folder.join(SCRIPT), include_str!("mend.sh")).and_then(|()| {
            programs
                .iter()
                .try_for_each(|program| program.write(folder))
        });
        Ok(written.map_err(storage("the programs cannot be written"))?)
    }

    /// The programs once more, in the form that the workers left them in.
    fn still_failing(&self, programs: &[&'static Program]) -> Result<Vec<&'static str>, Halt> {
        let mut failing = Vec::new();
        for program in programs {
            let path = format!("{}/{}", programs::FOLDER, program.file);
            let run = run::run(self.folder.path(), &path)
                .map_err(storage(format!("{path} cannot be run")))?;
            self.ears.go_on()?;
            if !(run.well && program.is_right(&run.stdout)) {
                failing.push(program.file);
            }
        }
        Ok(failing)
    }

    fn end(self, verdict: &Verdict, workers: Vec<Value>) -> Result<bool, Halt> {
        let (context, teller, began) = (self.context, self.teller, self.began);
        let dir = self.folder.kept.then(|| self.folder.path().to_owned());
        // It is gone before the last word.
        drop(self);
        let ok = verdict.problems.is_empty();
        let seconds = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        Ending {
            ok,
            seconds,
            dir,
            workers,
            verdict,
        }
        .tell(context, teller)?;
        Ok(ok)
    }
}
