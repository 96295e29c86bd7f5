//! Who has a database open, and who stands in whose way there? From the links in `/proc/*/fd`, by device and inode, and
//! from `/proc/locks`; the files themselves are only looked at, never opened.

use std::io;
use std::path::Path;

use crate::error::Process;
use crate::holder;
use crate::identity::{FileId, Place};
use crate::registry;

/// Who has a database open, as far as the system lets us see them (Linux): processes of other users and of other
/// containers stay hidden.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openers {
    /// The other processes that have the database or its log open.
    pub others: Vec<Process>,
    /// Of them, those that keep a snapshot of it just now: while they do, the log cannot be emptied.
    pub snapshots: Vec<Process>,
    /// The process that keeps its writers waiting just now.
    pub writer: Option<Process>,
    /// This process has the database or its log open.
    pub this_process: bool,
    /// This process has it open through a [`Line`](crate::Line).
    pub through_a_line: bool,
}

/// Who has the database at `path` open. Opens nothing of it.
///
/// # Errors
/// What the system says when the file cannot be looked at.
pub fn openers(path: impl AsRef<Path>) -> io::Result<Openers> {
    let path = std::fs::canonicalize(path)?;
    let file = FileId::at(&path)?;
    let place = Place::new(path, file);
    let others = others(&place);
    let readers = holder::snapshots(&place);
    Ok(Openers {
        snapshots: others
            .iter()
            .filter(|process| readers.contains(&process.pid))
            .cloned()
            .collect(),
        others,
        writer: holder::find(&place),
        this_process: has_open(std::process::id(), &files(&place)),
        through_a_line: registry::is_open(file),
    })
}

fn files(place: &Place) -> Vec<FileId> {
    [&place.path, &place.wal]
        .into_iter()
        .filter_map(|path| FileId::at(path).ok())
        .collect()
}

/// The other processes that have the database or its log open, as far as the system lets us see them: those of other
/// users and of other containers stay hidden.
#[cfg(target_os = "linux")]
pub(crate) fn others(place: &Place) -> Vec<Process> {
    let own = std::process::id();
    let files = files(place);
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != own);
    numbers
        .filter(|pid| has_open(*pid, &files))
        .map(|pid| Process {
            pid,
            command: holder::command_of(pid),
        })
        .collect()
}

#[cfg(target_os = "linux")]
fn has_open(pid: u32, files: &[FileId]) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false; // gone, or another user's
    };
    descriptors
        .filter_map(|entry| FileId::at(&entry.ok()?.path()).ok())
        .any(|open| files.contains(&open))
}

/// The other processes that have the database open: not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn others(_place: &Place) -> Vec<Process> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn has_open(_pid: u32, _files: &[FileId]) -> bool {
    false
}
