//! A folder with tickets, and workers in it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::shell::{Shell, until};

/// Prints evidence that is taken.
pub const EVIDENCE: &str = r#"echo '{"did":"Mended it as it should be done","files":["src/a.rs"],"tested":"cargo test a","results":"1 passed, 0 failed"}'"#;

/// A shell with so many tickets in its database.
pub fn with_tickets(count: usize) -> Shell {
    let shell = Shell::with_database();
    let reports: Vec<String> = (0..count)
        .map(|n| format!("{{\"message\":\"error\",\"fingerprint\":\"{n}\"}}"))
        .collect();
    shell
        .run_with(reports.join("\n"), ["record", "--stdin"])
        .done();
    shell
}

/// `actifix work … -- sh -c SCRIPT`, not yet run; the script finds the command as `$ACTIFIX`.
pub fn work(shell: &Shell, flags: &str, script: &str) -> Command {
    let mut command = shell.command(["work", "--json"]);
    command
        .args(flags.split_whitespace())
        .args(["--", "sh", "-c", script])
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("ACTIFIX", env!("CARGO_BIN_EXE_actifix"));
    command
}

/// A worker at work.
pub struct Hand(pub Child);

impl Hand {
    pub fn start(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Waits for its end: exit code, and what it said.
    pub fn end(self) -> (Option<i32>, Vec<Value>) {
        let mut this = self;
        let stdout = this.0.stdout.take().unwrap();
        let mut stderr = this.0.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut stderr, &mut text).unwrap();
            text
        });
        let said = std::io::read_to_string(stdout).unwrap();
        let status = this.0.wait().unwrap();
        let complaints = complaints.join().unwrap();
        assert!(!complaints.contains("panicked"), "{complaints}");
        let said = said.lines().map(|line| serde_json::from_str(line).unwrap());
        (status.code(), said.collect())
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The words for what happened, without renewals.
pub fn words(said: &[Value]) -> Vec<&str> {
    said.iter()
        .filter_map(|line| line["what"].as_str())
        .filter(|word| *word != "renewed")
        .collect()
}

/// Waits for a file that a script writes, and reads it.
pub fn written(path: &Path) -> String {
    until(|| std::fs::read_to_string(path).is_ok_and(|text| text.ends_with('\n')));
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

/// Waits until the process is gone.
pub fn gone(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    until(|| {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        // A child of a parent that has died may stay a zombie for whoever took it over.
        test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
    });
}

/// The only ticket, whole.
pub fn ticket(shell: &Shell) -> Value {
    let all = shell.json("list --status all --full");
    assert_eq!(all["tickets"].as_array().unwrap().len(), 1);
    all["tickets"][0].clone()
}

/// Nothing is leased, and the store is sound.
pub fn nothing_leased(shell: &Shell) {
    assert_eq!(shell.json("stats")["in_progress"], 0);
    assert_eq!(shell.json("verify")["ok"], true);
}

/// What a worker says, a line at a time.
pub struct Ear(BufReader<ChildStdout>);

impl Ear {
    pub fn of(hand: &mut Hand) -> Self {
        Self(BufReader::new(hand.0.stdout.take().unwrap()))
    }

    /// Waits until it says this.
    pub fn hear(&mut self, what: &str) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.0.read_line(&mut line).unwrap(),
                0,
                "it never said {what}"
            );
            let said: Value = serde_json::from_str(&line).unwrap();
            if said["what"] == what {
                return said;
            }
        }
    }
}
