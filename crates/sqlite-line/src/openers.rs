//! Which other processes have a database open? From the links in `/proc/*/fd`, by device and inode; the files themselves
//! are only looked at, never opened.

use crate::error::Process;
use crate::identity::Place;

/// The other processes that have the database or its log open, as far as the system lets us see them: those of other
/// users and of other containers stay hidden.
#[cfg(target_os = "linux")]
pub(crate) fn others(place: &Place) -> Vec<Process> {
    use crate::holder::command_of;
    use crate::identity::FileId;

    let own = std::process::id();
    let files: Vec<FileId> = [&place.path, &place.wal]
        .into_iter()
        .filter_map(|path| FileId::at(path).ok())
        .collect();
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
            command: command_of(pid),
        })
        .collect()
}

#[cfg(target_os = "linux")]
fn has_open(pid: u32, files: &[crate::identity::FileId]) -> bool {
    use crate::identity::FileId;

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
