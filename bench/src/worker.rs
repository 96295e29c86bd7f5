//! Child processes: this program again, with a hidden first word. A child says that it is ready, waits for a line on
//! its standard input, works, and answers with one line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Claim, Filter, rusqlite};
use serde::{Deserialize, Serialize};

use crate::Answer;
use crate::callers::{self, Bound};
use crate::tickets::{self, evidence};
use crate::yardstick::{self, Cycles};

/// The first word of a child's command line.
pub const WORD: &str = "__worker";
const READY: &str = "ready";
/// This program, also when a build has put another in its place meanwhile.
const SELF: &str = "/proc/self/exe";

/// What a child did.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// Tickets claimed and completed.
    pub cycles: u64,
    /// How long that took, in seconds: less than it was given when nothing was left to claim.
    pub took: f64,
    /// The longest wait for a claim, in milliseconds.
    pub longest: f64,
    /// The most memory that was resident, in MiB.
    pub resident: f64,
}

/// What a child can be.
#[derive(Clone, Copy)]
pub enum Role {
    /// A caller of the store.
    Store,
    /// The plain loop with SQLite's busy timeout.
    Plain,
    /// A program that works with the database in all ways, to be weighed.
    Weighed,
}

impl Role {
    const ALL: [(&'static str, Self); 3] = [
        ("store", Self::Store),
        ("plain", Self::Plain),
        ("weighed", Self::Weighed),
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Plain => "plain",
            Self::Weighed => "weighed",
        }
    }
}

/// A child that waits for its start.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a child of so many callers that will work on the database at `path` for `time`, on a line of this form
    /// (`gate`, `shared`, `auto`), and waits until it is ready.
    pub fn start(
        form: &str,
        role: Role,
        path: &Path,
        (name, callers): (&str, usize),
        time: Duration,
    ) -> Answer<Self> {
        let (millis, callers) = (time.as_millis().to_string(), callers.to_string());
        let mut child = Command::new(SELF)
            .env("ACTIFIX_LINE", form)
            .args([WORD, role.word(), name, &millis, &callers])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = input.zip(output).ok_or("a child without pipes")?;
        let mut worker = Self {
            child,
            input,
            output: BufReader::new(output),
        };
        match worker.line()?.as_str() {
            READY => Ok(worker),
            other => Err(format!("child {name} said `{other}` instead of being ready").into()),
        }
    }

    /// Lets it work.
    pub fn go(&mut self) -> Answer<()> {
        Ok(self.input.write_all(b"go\n")?)
    }

    /// Waits for what it did.
    pub fn done(mut self) -> Answer<Done> {
        let line = self.line()?;
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("a child ended with {status}").into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    fn line(&mut self) -> Answer<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

/// The child's side.
pub fn main(words: &[String]) -> Answer<()> {
    let [role, name, millis, callers, path] = words else {
        return Err("a child takes a role, a name, a time, a number of callers and a path".into());
    };
    let role = Role::ALL
        .iter()
        .find(|(word, _)| word == role)
        .ok_or("there is no such role")?
        .1;
    let (path, time) = (Path::new(path), Duration::from_millis(millis.parse()?));
    let done = match role {
        Role::Store => store(path, name, callers.parse()?, time)?,
        Role::Plain => plain(path, name, time)?,
        Role::Weighed => weighed(path)?,
    };
    println!("{}", serde_json::to_string(&done)?);
    Ok(())
}

/// Tells the parent, and waits for its word.
fn wait_for_start() -> Answer<()> {
    println!("{READY}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}

fn store(path: &Path, name: &str, callers: usize, time: Duration) -> Answer<Done> {
    let store = tickets::open(path)?;
    let cycle = || -> Answer<Option<f64>> {
        let start = Instant::now();
        let claimed = store.claim(Claim::by(name)).wait()?;
        let waited = start.elapsed().as_secs_f64() * 1e3;
        let Some(lease) = claimed.one() else {
            return Ok(None);
        };
        store
            .complete(&lease.ticket.id, lease.token, evidence())
            .wait()?;
        Ok(Some(waited))
    };
    cycle()?;
    wait_for_start()?;
    let done = thread::scope(|scope| {
        let callers: Vec<_> = (0..callers)
            .map(|_| scope.spawn(|| repeated(cycle, time)))
            .collect();
        let ended = callers.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|done| done.map_err(|_| "a caller failed")?)
            .collect::<Answer<Vec<_>>>()
    })?;
    Ok(Done {
        cycles: done.iter().map(|done| done.cycles).sum(),
        took: done.iter().map(|done| done.took).fold(0.0, f64::max),
        longest: done.iter().map(|done| done.longest).fold(0.0, f64::max),
        resident: resident()?,
    })
}

fn plain(path: &Path, name: &str, time: Duration) -> Answer<Done> {
    let conn: rusqlite::Connection = yardstick::connect(path)?;
    let mut cycles = Cycles::prepare(&conn, name)?;
    let mut cycle = || -> Answer<Option<f64>> {
        let start = Instant::now();
        let grants = cycles.claim(1)?;
        let waited = start.elapsed().as_secs_f64() * 1e3;
        cycles.complete(&grants)?;
        Ok(Some(waited))
    };
    cycle()?;
    wait_for_start()?;
    repeated(cycle, time)
}

/// Runs `cycle` for `time`, or until it has nothing left to claim.
fn repeated(mut cycle: impl FnMut() -> Answer<Option<f64>>, time: Duration) -> Answer<Done> {
    let mut done = Done::default();
    let start = Instant::now();
    while start.elapsed() < time
        && let Some(waited) = cycle()?
    {
        done.longest = done.longest.max(waited);
        done.cycles += 1;
    }
    done.took = start.elapsed().as_secs_f64();
    Ok(done)
}

/// Cycles by 64 callers, new and repeated reports, lists and figures.
fn weighed(path: &Path) -> Answer<Done> {
    let store = tickets::open(path)?;
    wait_for_start()?;
    let run = callers::cycles(&store, 64, Bound::of(5_000))?;
    let fresh = 20_000_000;
    tickets::fill(&store, fresh..fresh + 5_000)?;
    callers::records(
        &store,
        64,
        (fresh..fresh + 2_000).map(tickets::report).collect(),
        false,
    )?;
    for _ in 0..20 {
        let page = store.list(Filter::default()).wait()?;
        for ticket in page.tickets {
            store.show(&ticket.id).wait()?;
        }
        store.stats().wait()?;
    }
    Ok(Done {
        cycles: run.done as u64,
        resident: resident()?,
        ..Done::default()
    })
}

/// The most memory of this process that was resident, in MiB.
fn resident() -> Answer<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 = line
        .ok_or("no VmHWM")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kib / 1_024.0)
}
