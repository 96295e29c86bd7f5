//! Runs one command: its output goes to a log file and, when asked for, to the terminal as it comes.
//!
//! The output goes through a file and not a pipe, so that a process that a test left behind cannot hold the run up.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often the log is looked at while the command runs.
const LOOK: Duration = Duration::from_millis(20);

/// What a command left behind.
pub struct Outcome {
    /// It ended with exit code 0.
    pub ok: bool,
    /// Everything it wrote, both streams in the order they came.
    pub output: String,
}

/// The cargo that runs this task, so that every step uses the same toolchain.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs `command` to its end with its output in `log`, and on stdout too with `verbose`.
pub fn logged(command: &mut Command, log: &Path, verbose: bool) -> io::Result<Outcome> {
    let file = File::create(log)?;
    // Two handles of one open file share their position: nothing is overwritten.
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    let mut child = command.spawn()?;
    let mut tail = File::open(log)?;
    let status = loop {
        let ended = child.try_wait()?;
        if verbose {
            pass_on(&mut tail)?;
        }
        match ended {
            Some(status) => break status,
            None => std::thread::sleep(LOOK),
        }
    };
    let output = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    Ok(Outcome {
        ok: status.success(),
        output,
    })
}

/// Copies what is new in the log to stdout.
fn pass_on(tail: &mut File) -> io::Result<()> {
    let mut new = Vec::new();
    tail.read_to_end(&mut new)?;
    io::stdout().write_all(&new)?;
    io::stdout().flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, name: &str) -> Outcome {
        let log = std::env::temp_dir().join(format!("xtask-run-{}-{name}.log", std::process::id()));
        let outcome =
            logged(Command::new("sh").args(["-c", script]), &log, false).expect("sh runs");
        fs::remove_file(log).expect("the log was there");
        outcome
    }

    #[test]
    fn both_streams_are_kept_in_order() {
        let outcome = shell("echo one; echo two >&2; echo three", "order");
        assert!(outcome.ok);
        assert_eq!(outcome.output, "one\ntwo\nthree\n");
    }

    #[test]
    fn a_failing_command_is_not_ok() {
        assert!(!shell("exit 3", "exit").ok);
    }

    #[test]
    fn a_process_left_behind_does_not_hold_the_run_up() {
        let before = std::time::Instant::now();
        assert!(shell("sleep 20 & echo started", "orphan").ok);
        assert!(before.elapsed() < Duration::from_secs(15));
    }
}
