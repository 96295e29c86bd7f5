//! A process as it is seen from outside: what it runs, and whether it runs.

use serde::Serialize;

/// Longest command line that is reported, in characters.
const COMMAND_LIMIT: usize = 200;

/// Whether a process can go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It runs, or sleeps until something happens.
    Running,
    /// A signal or a debugger has stopped it: it goes on only when it is continued.
    Stopped,
    /// It waits for a disk or another device.
    Disk,
    /// It has ended, and its parent has not asked how.
    Ended,
    /// It is not to be seen from here.
    Unknown,
}

/// This process's number in `/proc`, which may belong to another pid namespace than the process itself. `None` where there
/// is no `/proc`, or it does not show this process.
#[must_use]
pub fn own_pid() -> Option<u32> {
    std::fs::read_link("/proc/self")
        .ok()?
        .to_str()?
        .parse()
        .ok()
}

/// Its command line, arguments joined by blanks, at most 200 characters; its name where there is none.
#[must_use]
pub fn command_of(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&line).replace('\0', " ");
    let mut command: String = text.trim().chars().take(COMMAND_LIMIT).collect();
    if command.is_empty() {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        command = name.trim().to_owned();
    }
    command
}

/// Whether it runs.
#[must_use]
pub fn state_of(pid: u32) -> State {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name before it stands in brackets and may hold anything.
    let letter = text
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    match letter {
        Some('R' | 'S' | 'I') => State::Running,
        Some('T' | 't') => State::Stopped,
        Some('D') => State::Disk,
        Some('Z' | 'X') => State::Ended,
        _ => State::Unknown,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_command_line_and_that_it_runs() {
        let command = command_of(std::process::id());
        assert!(
            command.contains("sqlite_line") && command.len() <= COMMAND_LIMIT,
            "{command}"
        );
        assert_eq!(state_of(std::process::id()), State::Running);
        assert_eq!(state_of(u32::MAX), State::Unknown);
        assert_eq!(own_pid(), Some(std::process::id()));
    }
}
