//! The parts: one file a fault.

pub mod clock;
pub mod crew;
pub mod file;
pub mod kill;
pub mod leader;
pub mod limits;
pub mod outsiders;
pub mod powercut;
pub mod slow;
pub mod stopped;
pub mod syscalls;

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::order::Order;
use crate::tally::Tally;
use crate::yard::Yard;

/// A part: its name, what it needs, and how it runs.
pub struct Part {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a line.
    pub what: &'static str,
    /// Runs it.
    pub run: fn(&Order) -> io::Result<Tally>,
}

/// All of them, in the order in which they run.
pub const PARTS: &[Part] = &[
    part(
        "kill",
        "kill -9 of one of three processes, at random",
        kill::run,
    ),
    part(
        "syscalls-kill",
        "kill -9 at every system call of a scripted run",
        syscalls::kill,
    ),
    part(
        "syscalls-eio",
        "an I/O error at each of them",
        syscalls::eio,
    ),
    part(
        "syscalls-enospc",
        "a full disk at each of them",
        syscalls::enospc,
    ),
    part(
        "powercut",
        "power cuts of a disk under two processes",
        powercut::run,
    ),
    part(
        "lying-fsync",
        "the same with syncs that lie, which must be found out",
        powercut::lying,
    ),
    part("slow-disk", "syncs that take 50 ms", slow::run),
    part(
        "stopped",
        "one of three processes is stopped, some with the write lock in their hand",
        stopped::run,
    ),
    part(
        "leader-killed",
        "whoever commits for 32 processes is killed, every 200 ms",
        leader::killed,
    ),
    part(
        "leader-stopped",
        "whoever commits for 32 processes is stopped for a while",
        leader::stopped,
    ),
    part(
        "clock",
        "the clock of one process moves back and forth",
        clock::run,
    ),
    part(
        "foreign",
        "a writer, a holder of the lock, a long reader, a checkpointer",
        outsiders::run,
    ),
    part(
        "file",
        "the file is deleted, replaced, truncated, its log removed",
        file::run,
    ),
    part("full-disk", "a disk that is full for a while", limits::disk),
    part(
        "descriptors",
        "no descriptors left, for a while",
        limits::descriptors,
    ),
    part(
        "memory",
        "64 MiB of memory for a flood of 100 MB",
        limits::memory,
    ),
    part("callers", "10,000 calls waiting at once", limits::callers),
    part(
        "backlog",
        "1 GiB offered while nobody can write",
        limits::backlog,
    ),
];

const fn part(
    name: &'static str,
    what: &'static str,
    run: fn(&Order) -> io::Result<Tally>,
) -> Part {
    Part { name, what, run }
}

/// Nothing takes as long on a sound machine.
const BOUND: Duration = Duration::from_secs(60);

/// Waits until so much more has been written down.
fn wait_until_written(yard: &Yard, much: u64) -> io::Result<()> {
    let (goal, since) = (yard.written() + much, Instant::now());
    while yard.written() < goal {
        if since.elapsed() > BOUND {
            return Err(io::Error::other("the workers do not work"));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
