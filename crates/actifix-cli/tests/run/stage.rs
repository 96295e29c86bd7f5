//! A folder, the command in it, and waiting for what must come.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A folder with a database.
pub struct Stage {
    dir: tempfile::TempDir,
}

impl Stage {
    pub fn new() -> Self {
        let stage = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        assert!(stage.actifix(["init"]).output().unwrap().status.success());
        stage
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// The command, not yet run.
    pub fn actifix<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_actifix"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_remove("ACTIFIX_DB")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A line of the shell under `run`, not yet run.
    pub fn sh(&self, line: &str) -> Command {
        self.actifix(["run", "--", "sh", "-c", line])
    }

    /// What a line of the shell answers under `run`.
    pub fn run(&self, line: &str) -> Output {
        self.sh(line).output().unwrap()
    }

    pub fn tickets(&self) -> Vec<Value> {
        let listed = self.actifix(["list", "--full", "--json"]).output().unwrap();
        let all: Value = serde_json::from_slice(&listed.stdout).unwrap();
        all["tickets"].as_array().unwrap().clone()
    }

    /// The one ticket there is.
    #[track_caller]
    pub fn ticket(&self) -> Value {
        let all = self.tickets();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }
}

/// Sends a signal to a process.
pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Does `again` until it is true, for a minute at most.
#[track_caller]
pub fn until(mut again: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !again() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it did not come true"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A process's state as /proc tells: R, S, T, Z; none when it has gone.
pub fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
