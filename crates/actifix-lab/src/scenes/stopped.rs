//! `stopped`: a writer is stopped inside its transaction. Everybody waits to the end of the timeout; the lab names it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlite_line::locks::{State, state_of};

use super::{Episode, Script, launcher};
use crate::crew;
use crate::desk;
use crate::error::{LabError, Result};
use crate::fleet::{Member, Order};
use crate::folder::Scratch;
use crate::job::{Job, Part, Task};
use crate::keeper::Keep;
use crate::machine::Machine;
use crate::mode::Mode;
use crate::setup::Setup;
use crate::show::time;
use crate::trace::{WorkerTrace, unix_us};
use crate::watch::{Sight, Watcher};

/// How long a stop may take until the system shows it.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Plays it.
///
/// # Errors
/// A lab that cannot work; never what the scene itself shows.
pub fn stopped(setup: &Setup) -> Result<Episode> {
    setup.check()?;
    let scratch = Scratch::make(setup.folder.as_deref())?;
    let mut script = Script::begin();
    let path = scratch.path("stopped.db");
    let ids = desk::prepare(&path, setup.mode, setup.journal, setup.workers)?;
    let keep = Keep {
        path: path.clone(),
        writes: Vec::new(),
    };
    let mut other = Member::start(launcher(setup)?, &Order::Keep(keep))?;
    other.expect("holding")?;
    let keeper = format!("pid {}", other.pid());
    script.line(keeper.as_str(), true, "begins a write transaction");
    signal(&other, Signal::STOP)?;
    until_stopped(other.pid())?;
    script.line(
        keeper.as_str(),
        false,
        "is stopped inside it (SIGSTOP: a debugger, Ctrl-Z, a frozen container)",
    );

    let job = job(setup, &path, &ids);
    let (traces, sight) = watched(&path, &job)?;
    let success = traces.iter().all(|trace| trace.acquired);
    tell(&traces, &mut script);
    script.line("actifix locks", true, sight.sentence);

    signal(&other, Signal::CONT)?;
    other.tell("commit")?;
    other.expect("done")?;
    script.line(keeper, true, "is continued, and commits");
    let again = crew::play(&job, &mut |_| Ok(unix_us()))?;
    let served = again.iter().filter(|trace| trace.acquired).count();
    script.line(
        "all",
        served == again.len(),
        format!("ask again: {served}/{} locks acquired", again.len()),
    );
    Ok(episode(setup, &scratch, script, success))
}

/// Plays the job while somebody watches the file. This process has it open in SQLite, so the watcher looks only at the
/// kernel's tables.
fn watched(path: &Path, job: &Job) -> Result<(Vec<WorkerTrace>, Sight)> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut watcher = Watcher::new(path)?;
            loop {
                let sight = watcher.look_for(Duration::from_millis(20))?;
                if over.load(Ordering::Relaxed) {
                    return Ok(sight);
                }
            }
        });
        let traces = crew::play(job, &mut |_| Ok(unix_us()));
        over.store(true, Ordering::Relaxed);
        let watched = watching
            .join()
            .map_err(|_| LabError::worker("the watching thread panicked"))?;
        Ok((traces?, watched?))
    })
}

fn job(setup: &Setup, path: &Path, ids: &[String]) -> Job {
    let part = |worker: u32| Part {
        worker,
        ticket: worker,
        id: ids.get(worker as usize - 1).cloned(),
    };
    Job {
        path: path.to_owned(),
        mode: setup.mode,
        task: Task::Lock,
        hold: setup.hold,
        force: false,
        timeout: setup.timeout,
        parts: (1..=setup.workers).map(part).collect(),
    }
}

fn tell(traces: &[WorkerTrace], script: &mut Script) {
    for trace in traces {
        let waited = time(trace.waited_us);
        let what = match &trace.refusal {
            None => format!("locks its ticket after {waited}"),
            Some(refusal) => format!("gives up after {waited}: {}", refusal.told()),
        };
        script.line(format!("worker {}", trace.worker), trace.acquired, what);
    }
}

fn signal(to: &Member, signal: Signal) -> Result<()> {
    let pid = i32::try_from(to.pid()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| LabError::worker("its process has no number"))?;
    kill_process(pid, signal).map_err(|error| LabError::Io {
        doing: "stopping or continuing a process",
        source: error.into(),
    })
}

fn until_stopped(pid: u32) -> Result<()> {
    let asked = Instant::now();
    while state_of(pid) != State::Stopped {
        if asked.elapsed() > STOPS_WITHIN {
            return Err(LabError::worker("its process cannot be stopped here"));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn episode(setup: &Setup, scratch: &Scratch, script: Script, success: bool) -> Episode {
    let verdict = match (success, setup.mode) {
        (true, _) => "SUCCESS: nobody had to wait for the stopped writer",
        (false, Mode::Actifix) => {
            "FAILURE: nobody could write; each was told who holds the lock, and that nothing was applied"
        }
        (false, _) => {
            "FAILURE: everybody waited to the end of the timeout and got \"database is locked\""
        }
    };
    Episode {
        scene: "stopped",
        mode: setup.mode,
        journal: setup.journal,
        lines: script.lines,
        success,
        verdict: verdict.to_owned(),
        explanation: vec![
            "SQLite's locks belong to a process for as long as it lives. One that is stopped, hangs, or waits for a person \
             inside its transaction keeps everybody else out, and the error names the victim, never the holder."
                .to_owned(),
            "The cure: no waiting for anything inside a write transaction; and find the holder: `actifix locks FILE` reads \
             it from the kernel's table. The store's answer to a call that waited too long names the holder by itself."
                .to_owned(),
        ],
        file_system: scratch.system.clone(),
        machine: Machine::here(),
    }
}
