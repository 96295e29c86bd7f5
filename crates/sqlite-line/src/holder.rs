//! Who stands in the way? Read from `/proc/locks`: the holder of SQLite's write lock, else the holder of the gate.
//!
//! SQLite's lock comes first, because the holder of the gate may itself be waiting for a program that knows no gate,
//! and that one is the cause.

use crate::error::Process;
use crate::identity::Place;

/// SQLite's WAL write lock is this byte of the `-shm` file.
const WRITE_LOCK_BYTE: u64 = 120;
/// The kernel hands its table out in pieces, and a lock that goes meanwhile makes others slip through: look again.
#[cfg(target_os = "linux")]
const LOOKS: usize = 5;
/// Longest command line that is reported, in characters.
const COMMAND_LIMIT: usize = 200;

/// The process that keeps writers of this database waiting, if it can be seen.
#[cfg(target_os = "linux")]
pub(crate) fn find(place: &Place) -> Option<Process> {
    use crate::identity::FileId;

    let own = std::process::id();
    let shm = FileId::at(&place.shm).ok().map(device_and_inode);
    let gate = FileId::at(&place.gate).ok().map(device_and_inode);
    let mut keeper = None;
    let writer = (0..LOOKS).find_map(|_| {
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        let held = |file: &Option<String>, kind, byte| holder(&locks, kind, file.as_deref()?, byte);
        keeper = keeper.or_else(|| held(&gate, "FLOCK", None).filter(|pid| *pid != own));
        held(&shm, "POSIX", Some(WRITE_LOCK_BYTE))
    });
    let pid = writer.or(keeper)?;
    Some(Process {
        pid,
        command: command_of(pid),
    })
}

/// Whether no other process is seen to keep writers waiting.
pub(crate) fn is_no_other(place: &Place) -> bool {
    find(place).is_none_or(|holder| holder.pid == std::process::id())
}

/// The process that keeps writers of this database waiting: not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn find(_place: &Place) -> Option<Process> {
    None
}

/// Finds the holder of a write lock in the text of `/proc/locks`. Lines with `->` are those who wait.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn holder(locks: &str, kind: &str, file: &str, byte: Option<u64>) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        if words.next()? != kind {
            return None;
        }
        let (_advisory, access, pid, at) =
            (words.next()?, words.next()?, words.next()?, words.next()?);
        if access != "WRITE" || at != file {
            return None;
        }
        if let Some(byte) = byte {
            let first: u64 = words.next()?.parse().ok()?;
            let last = words.next()?.parse().unwrap_or(u64::MAX); // "EOF"
            if !(first..=last).contains(&byte) {
                return None;
            }
        }
        pid.parse().ok().filter(|pid| *pid != 0)
    })
}

/// As `/proc/locks` writes it: device in hexadecimal, inode in decimal.
#[cfg(target_os = "linux")]
fn device_and_inode(file: crate::identity::FileId) -> String {
    let major = ((file.device >> 8) & 0xfff) | ((file.device >> 32) & !0xfff);
    let minor = (file.device & 0xff) | ((file.device >> 12) & !0xff);
    format!("{major:02x}:{minor:02x}:{}", file.inode)
}

#[cfg(target_os = "linux")]
fn command_of(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&line).replace('\0', " ");
    let mut command: String = text.trim().chars().take(COMMAND_LIMIT).collect();
    if command.is_empty() {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        command = name.trim().to_owned();
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: &str = "\
1: POSIX  ADVISORY  READ 10 fe:00:77 124 124
2: POSIX  ADVISORY  WRITE 11 fe:00:77 120 120
3: FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF
3: -> FLOCK  ADVISORY  WRITE 13 fe:00:78 0 EOF
4: POSIX  ADVISORY  WRITE 14 fe:00:79 100 EOF
5: POSIX  ADVISORY  WRITE 0 fe:00:80 120 120
";

    #[test]
    fn reads_the_kernels_table() {
        assert_eq!(
            holder(LOCKS, "POSIX", "fe:00:77", Some(WRITE_LOCK_BYTE)),
            Some(11)
        );
        assert_eq!(holder(LOCKS, "FLOCK", "fe:00:78", None), Some(12));
        assert_eq!(
            holder(LOCKS, "POSIX", "fe:00:79", Some(WRITE_LOCK_BYTE)),
            Some(14)
        );
        assert_eq!(
            holder(LOCKS, "POSIX", "fe:00:80", Some(WRITE_LOCK_BYTE)),
            None
        );
        assert_eq!(holder(LOCKS, "FLOCK", "fe:00:77", None), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn knows_its_own_command_line() {
        let command = command_of(std::process::id());
        assert!(
            command.contains("sqlite_line") && command.len() <= COMMAND_LIMIT,
            "{command}"
        );
    }
}
