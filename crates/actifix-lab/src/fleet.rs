//! Workers in processes of their own: the same program again, told by a line on its standard input what to do.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::crew::{self, Cue};
use crate::error::{LabError, Result};
use crate::job::Job;
use crate::keeper::{self, Keep};
use crate::trace::{WorkerTrace, unix_us};

/// From telling all processes to the moment that they are told: a little, and more for many.
const LEAD: Duration = Duration::from_millis(5);
const LEAD_EACH: Duration = Duration::from_micros(200);

/// How this program is started as a worker.
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program.
    pub program: PathBuf,
    /// The arguments that lead to [`work`].
    pub arguments: Vec<String>,
}

/// What a process is told first.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Play with others.
    Play(Job),
    /// Hold a lock.
    Keep(Keep),
    /// Open the store, and the file beside it.
    Mislay(PathBuf),
}

/// The part of a worker's process: reads its order from standard input, does it, answers on standard output.
///
/// # Errors
/// When the order cannot be read or done.
pub fn work() -> Result<()> {
    let mut ear = BufReader::new(io::stdin());
    let mut line = String::new();
    ear.read_line(&mut line)
        .map_err(LabError::io("reading the order"))?;
    let order = serde_json::from_str(&line)
        .map_err(|error| LabError::worker(format!("its order makes no sense: {error}")))?;
    match order {
        Order::Keep(keep) => keeper::keep(&keep, &mut ear),
        Order::Mislay(path) => keeper::mislay(&path, &mut ear),
        Order::Play(job) => {
            let traces = crew::play(&job, &mut |cue| conducted(cue, &mut ear))?;
            let told = serde_json::to_string(&traces)
                .map_err(|error| LabError::worker(error.to_string()))?;
            say(&told)
        }
    }
}

/// A process's cues come from its parent.
fn conducted(cue: Cue, ear: &mut impl BufRead) -> Result<i64> {
    match cue {
        Cue::Ready => {
            say("ready")?;
            let at: i64 = hear(ear)?
                .parse()
                .map_err(|_| LabError::worker("it was not told when to begin"))?;
            let left = u64::try_from(at - unix_us()).unwrap_or(0);
            thread::sleep(Duration::from_micros(left));
            Ok(at)
        }
        Cue::Attempted => {
            say("attempted")?;
            hear(ear).map(|_| 0)
        }
    }
}

pub(crate) fn say(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(LabError::io("answering"))
}

pub(crate) fn hear(ear: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    match ear.read_line(&mut line) {
        Ok(0) => Err(LabError::worker("the other side has gone")),
        Ok(_) => Ok(line.trim_end().to_owned()),
        Err(source) => Err(LabError::Io {
            doing: "listening",
            source,
        }),
    }
}

/// A process that was started; it ends with its parent's interest in it.
pub(crate) struct Member {
    child: Child,
    mouth: ChildStdin,
    ear: BufReader<ChildStdout>,
}

impl Member {
    /// Starts one and gives it its order.
    pub(crate) fn start(launcher: &Launcher, order: &Order) -> Result<Self> {
        let doing = "starting a worker's process";
        let mut child = Command::new(&launcher.program)
            .args(&launcher.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(LabError::io(doing))?;
        let (Some(mouth), Some(ear)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(LabError::worker("it has no standard input or output"));
        };
        let ear = BufReader::new(ear);
        let mut member = Self { child, mouth, ear };
        let order =
            serde_json::to_string(order).map_err(|error| LabError::worker(error.to_string()))?;
        member.tell(&order)?;
        Ok(member)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        writeln!(self.mouth, "{line}")
            .and_then(|()| self.mouth.flush())
            .map_err(LabError::io("telling a worker's process"))
    }

    pub(crate) fn hear(&mut self) -> Result<String> {
        hear(&mut self.ear)
    }

    /// It must say this next.
    pub(crate) fn expect(&mut self, word: &str) -> Result<()> {
        let heard = self.hear()?;
        if heard == word {
            return Ok(());
        }
        Err(LabError::worker(format!("it said `{heard}`, not `{word}`")))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // One that has ended is only asked how; SIGKILL ends a stopped one as well.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Plays the job spread over `processes` processes, as evenly as can be.
pub fn muster(
    job: &Job,
    processes: usize,
    launcher: &Launcher,
    conduct: &mut dyn FnMut(Cue) -> Result<i64>,
) -> Result<Vec<WorkerTrace>> {
    let processes = processes.clamp(1, job.parts.len());
    let mut fleet = Vec::with_capacity(processes);
    for number in 0..processes {
        let mine = job.parts.iter().enumerate();
        let parts = mine
            .filter(|(index, _)| index % processes == number)
            .map(|(_, part)| part.clone());
        let job = Job {
            parts: parts.collect(),
            ..job.clone()
        };
        fleet.push(Member::start(launcher, &Order::Play(job))?);
    }
    fleet.iter_mut().try_for_each(|one| one.expect("ready"))?;
    conduct(Cue::Ready)?;
    let lead = LEAD + LEAD_EACH * u32::try_from(processes).unwrap_or(u32::MAX);
    let at = unix_us() + i64::try_from(lead.as_micros()).unwrap_or(0);
    fleet
        .iter_mut()
        .try_for_each(|one| one.tell(&at.to_string()))?;
    fleet
        .iter_mut()
        .try_for_each(|one| one.expect("attempted"))?;
    conduct(Cue::Attempted)?;
    fleet.iter_mut().try_for_each(|one| one.tell("release"))?;
    let mut traces = Vec::new();
    for one in &mut fleet {
        let heard = one.hear()?;
        let some: Vec<WorkerTrace> = serde_json::from_str(&heard)
            .map_err(|error| LabError::worker(format!("its answer makes no sense: {error}")))?;
        traces.extend(some);
    }
    traces.sort_by_key(|trace| trace.worker);
    Ok(traces)
}
