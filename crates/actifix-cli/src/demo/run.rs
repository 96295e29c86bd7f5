//! Running a program, and what became of it.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// What became of a run.
#[derive(Debug)]
pub struct Run {
    /// It ended well.
    pub well: bool,
    /// What it printed.
    pub stdout: String,
}

/// The language of a file, by its end.
pub fn language_of(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, end)| end)
}

/// What runs the program at `path`.
pub fn interpreter(path: &str) -> &'static str {
    match language_of(path) {
        "py" => "python3",
        "js" => "node",
        _ => "sh",
    }
}

/// Runs the program at `path`, which is relative to `folder`.
pub fn run(folder: &Path, path: &str) -> io::Result<Run> {
    let output = quiet(interpreter(path))
        .arg(path)
        .current_dir(folder)
        .output()?;
    Ok(Run {
        well: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    })
}

/// A command that reads nothing and complains in English and without colours.
pub fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR");
    command
}
