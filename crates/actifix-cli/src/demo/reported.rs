//! A program that fails under `actifix run`, and the ticket that this makes.

use std::io;
use std::path::Path;

use actifix::Recorded;

use super::run::{interpreter, quiet};

/// What became of a program under `actifix run`.
#[derive(Debug)]
pub struct Reported {
    /// The ticket; none when the program ended well or was interrupted.
    pub recorded: Option<Recorded>,
    /// What it printed.
    pub stdout: String,
    /// What was said instead of a ticket.
    pub stderr: String,
}

/// Runs the program at `path`, which is relative to `folder`, and reports to the database there, in the name of `file`.
pub fn run(folder: &Path, database: &Path, path: &str, file: &str) -> io::Result<Reported> {
    let this = std::env::current_exe()?;
    let output = quiet(&this)
        .args(["--json", "--as", file, "--db"])
        .arg(database)
        .args(["run", "--", interpreter(path), path])
        .current_dir(folder)
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    // The answer is the last line, behind what the program said.
    let answer = stderr.trim_end().lines().next_back();
    Ok(Reported {
        recorded: answer.and_then(|line| serde_json::from_str(line).ok()),
        stdout: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        stderr,
    })
}
