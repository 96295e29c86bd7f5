//! The parts: one file a fault.

pub mod kill;
pub mod syscalls;

use std::io;

use crate::order::Order;
use crate::tally::Tally;

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
];

const fn part(
    name: &'static str,
    what: &'static str,
    run: fn(&Order) -> io::Result<Tally>,
) -> Part {
    Part { name, what, run }
}
