//! Who has the files open: every process's descriptors, followed by `stat` and never opened.

use std::fs;

use serde::Serialize;

use super::Files;
use crate::identity::FileId;

/// A process with the database, or a companion of it, open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opener {
    /// The process.
    pub pid: u32,
    /// It has the database open.
    pub database: bool,
    /// It has the write-ahead log open.
    pub log: bool,
    /// It has the shared index open.
    pub shm: bool,
    /// It has the gate open.
    pub gate: bool,
    /// How many descriptors of the database it has: about as many as it has connections.
    pub descriptors: usize,
}

/// All processes that have the files open, as far as this user may see.
#[must_use]
pub fn openers(files: &Files) -> Vec<Opener> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut found: Vec<Opener> = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| opener(files, pid, &pid.to_string()))
        .collect();
    found.sort_by_key(|opener| opener.pid);
    found
}

/// Whether this very process has the database or its index open: then nobody in it may open them by other means.
#[must_use]
pub fn open_here(files: &Files) -> bool {
    opener(files, std::process::id(), "self").is_some_and(|own| own.database || own.shm)
}

/// A process's descriptors and what they are of, as far as this user may see; followed by `stat`, never opened.
pub(crate) fn descriptors(process: &str) -> Vec<(u32, FileId)> {
    let all = fs::read_dir(format!("/proc/{process}/fd")).into_iter();
    let numbered = |entry: fs::DirEntry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        Some((number, FileId::at(&entry.path()).ok()?))
    };
    all.flatten().flatten().filter_map(numbered).collect()
}

fn opener(files: &Files, pid: u32, name: &str) -> Option<Opener> {
    let mut seen = Opener {
        pid,
        database: false,
        log: false,
        shm: false,
        gate: false,
        descriptors: 0,
    };
    for (_, id) in descriptors(name) {
        if id == files.place.file {
            seen.database = true;
            seen.descriptors += 1;
        }
        seen.log |= Some(id) == files.log;
        seen.shm |= Some(id) == files.shm;
        seen.gate |= Some(id) == files.gate;
    }
    (seen.database || seen.log || seen.shm || seen.gate).then_some(seen)
}
