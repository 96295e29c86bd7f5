//! A fault at every system call of the script, one run each: the process is killed there, or the call fails.
//!
//! Each run begins with a copy of a database whose log is nearly due for a checkpoint, left behind by a process that was
//! killed: so recovery, commits, a checkpoint and the last close come under fire. strace counts the calls of each thread
//! by itself, so the script awaits its calls, that one thread makes them all; still a number can meet two in one run.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::checker::Rules;
use crate::hand::{Hand, arguments, command};
use crate::history::History;
use crate::order::{Order, Progress};
use crate::script::AFTERWARDS;
use crate::tally::Tally;
use crate::tools;
use crate::worker::Work;
use crate::yard::Yard;

/// The system calls by which a database is changed and locked.
const CALLS: [&str; 8] = [
    "pwrite64",
    "fdatasync",
    "fsync",
    "ftruncate",
    "unlink",
    "fcntl",
    "flock",
    "openat",
];
/// The log's size at which the template is left: a few commits before a checkpoint is due.
const NEARLY: u64 = 32 + 960 * (4_096 + 24);
/// Runs at once.
const LANES: usize = 3;
/// No run of the script makes as many calls of a kind.
const END: u64 = 5_000;

/// What is done at a point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    Io,
    Full,
}

impl Fault {
    fn part(self) -> &'static str {
        match self {
            Self::Kill => "syscalls-kill",
            Self::Io => "syscalls-eio",
            Self::Full => "syscalls-enospc",
        }
    }

    fn inject(self) -> &'static str {
        match self {
            Self::Kill => "signal=KILL",
            Self::Io => "error=EIO",
            Self::Full => "error=ENOSPC",
        }
    }

    /// Taking a lock knows no full disk.
    fn can_meet(self, call: &str) -> bool {
        self != Self::Full || !["fcntl", "flock"].contains(&call)
    }

    fn rules(self) -> Rules {
        match self {
            Self::Kill => Rules::default(),
            Self::Io | Self::Full => Rules::refusing(&["storage", "outcome_unknown", "busy"]),
        }
    }
}

/// The process is killed at each call.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn kill(order: &Order) -> io::Result<Tally> {
    run(order, Fault::Kill)
}

/// Each call fails with an I/O error.
///
/// # Errors
/// As [`kill`].
pub fn eio(order: &Order) -> io::Result<Tally> {
    run(order, Fault::Io)
}

/// Each call finds the disk full.
///
/// # Errors
/// As [`kill`].
pub fn enospc(order: &Order) -> io::Result<Tally> {
    run(order, Fault::Full)
}

fn run(order: &Order, fault: Fault) -> io::Result<Tally> {
    let mut tally = Tally::of(fault.part(), order.seed);
    if let Err(why) = tools::strace() {
        tally.skipped = Some(why);
        return Ok(tally);
    }
    let mut progress = Progress::new(fault.part(), order);
    let template = template(order)?;
    let before = History::read(&template.logs)?.calls.len() as u64;
    for call in CALLS.into_iter().filter(|call| fault.can_meet(call)) {
        let next = AtomicU64::new(1);
        let lanes = Mutex::new((&mut progress, &mut tally, Ok(())));
        thread::scope(|scope| {
            for _ in 0..LANES {
                scope.spawn(|| lane(order, &template, fault, call, &next, &lanes));
            }
        });
        lanes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .2?;
    }
    // The calls that made the template were judged again in each run, and are counted in none.
    tally.calls -= before * tally.faults;
    tally.acknowledged -= before * tally.faults;
    Ok(progress.done(tally))
}

/// What the lanes share: how far it has come, what was found, and whether one of them broke off.
type Shared<'a> = Mutex<(&'a mut Progress, &'a mut Tally, io::Result<()>)>;

/// Takes one number after the other, until a run is over before its fault.
fn lane(
    order: &Order,
    template: &Yard,
    fault: Fault,
    call: &str,
    next: &AtomicU64,
    shared: &Shared<'_>,
) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (progress, tally, ended) = &mut *shared;
            if n >= END || ended.is_err() || !progress.goes_on(tally, u64::MAX) {
                return;
            }
        }
        let met = point(order, template, fault, call, n);
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match met {
            Ok(Some(met)) => {
                shared.1.count(call);
                shared.1.merge(met);
            }
            Ok(None) => {
                next.fetch_max(END, Ordering::Relaxed);
            }
            Err(error) => shared.2 = Err(error),
        }
    }
}

/// A database with a long log, left behind by a process that was killed.
fn template(order: &Order) -> io::Result<Yard> {
    let yard = Yard::in_memory()?;
    let lot = yard.lot("filler", order.seed, Work::Fill { until: NEARLY });
    let mut hand = Hand::start(command(&order.program, &lot)?)?;
    hand.expect("full")?;
    hand.kill();
    Ok(yard)
}

/// The script with a fault at the `n`-th `call`. `None`: it was over before that.
fn point(
    order: &Order,
    template: &Yard,
    fault: Fault,
    call: &str,
    n: u64,
) -> io::Result<Option<Tally>> {
    let mut tally = Tally::of(fault.part(), order.seed);
    let mut yard = Yard::in_memory()?;
    copy(template, &yard)?;
    let traced = yard.home().join("traced");
    let inject = format!("inject={call}:{}:when={n}", fault.inject());
    let mut hand = Hand::start(strace(order, &yard, call, &inject, &traced)?)?;
    let mut said = Vec::new();
    while let Some(word) = hand.hear() {
        said.push(word);
    }
    let status = hand.end()?;
    let met = fs::read_to_string(&traced)?;
    if !met.contains("(INJECTED)") && !met.contains("SIGKILL") {
        return Ok(None);
    }
    tally.faults += 1;
    let at = format!("at {call} number {n} ({})", fault.inject());
    let goes_on = fault == Fault::Kill || goes_on(&yard, &said)?;
    match yard.judge(&fault.rules()) {
        Ok(verdict) => {
            tally.add(&verdict);
            verdict
                .lies
                .iter()
                .for_each(|lie| tally.find(lie.rule, format!("{at}: {}", lie.seen)));
        }
        Err(error) => tally.find("it does not open again", format!("{at}: {error}")),
    }
    if !goes_on {
        tally.find("it does not go on", format!("{at}: {said:?}, {status}"));
    }
    said.iter()
        .filter(|word| word.starts_with("closed"))
        .for_each(|_| tally.count("times opened again"));
    Ok(Some(tally))
}

/// The worker under strace, which traces the one call on the database's files.
fn strace(order: &Order, yard: &Yard, call: &str, inject: &str, log: &Path) -> io::Result<Command> {
    let mut lot = yard.lot("s", order.seed, Work::Script);
    // SQLite itself tries for ten seconds to get past a lock that a failed unlock has left behind.
    lot.deadline_ms = 20_000;
    let mut command = Command::new("strace");
    command.args(["-f", "-qqq", "-o"]).arg(log);
    command.args(["-e", &format!("trace={call}"), "-e", inject]);
    for file in [
        yard.path.clone(),
        yard.wal(),
        yard.beside("-shm"),
        yard.beside("-gate"),
        yard.home().to_owned(),
    ] {
        command.arg("-P").arg(file);
    }
    command
        .arg(&order.program)
        .args(arguments(&lot)?)
        .stderr(Stdio::null());
    Ok(command)
}

/// After one fault the work goes on: the script came to its end, and its last calls were served, all but the one that met the fault.
fn goes_on(yard: &Yard, said: &[String]) -> io::Result<bool> {
    let history = History::read(&yard.logs)?;
    let own: Vec<_> = history
        .calls
        .iter()
        .filter(|call| call.caller == "s.0")
        .collect();
    let last = own.iter().rev().take(AFTERWARDS);
    Ok(said.last().is_some_and(|word| word == "done")
        && last.filter(|call| call.acknowledged()).count() + 1 >= AFTERWARDS)
}

/// Copies database, log of writes and the callers' logs.
fn copy(from: &Yard, to: &Yard) -> io::Result<()> {
    fs::copy(&from.path, &to.path)?;
    fs::copy(from.wal(), to.wal())?;
    fs::copy(from.beside("-gate"), to.beside("-gate"))?;
    for log in fs::read_dir(&from.logs)? {
        let log = log?;
        fs::copy(log.path(), to.logs.join(log.file_name()))?;
    }
    Ok(())
}
