//! Helper processes: this test binary run again in a role.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command as Process, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::until;

/// A helper process: this test binary again, running only the test `role`, which finds its orders in the environment.
pub struct Helper {
    pub child: Child,
    lines: BufReader<ChildStdout>,
}

impl Helper {
    pub fn start(role: &str, path: &Path, number: usize) -> Self {
        let command = Process::new(std::env::current_exe().unwrap());
        Self::by(command, role, path, number)
    }

    /// By a command that runs this binary, or another that does, with the arguments that are added to it.
    pub fn by(mut command: Process, role: &str, path: &Path, number: usize) -> Self {
        let mut child = command
            .args(["--exact", "helper", "--nocapture", "--test-threads=1"])
            .env("LINE_ROLE", role)
            .env("LINE_PATH", path)
            .env("LINE_NUMBER", number.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line the helper said, without the marker; `None` at its end.
    pub fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            // The test harness writes its own text before the first line, without a line end.
            if let Some((_, said)) = line.split_once("::") {
                return line.ends_with('\n').then(|| said.trim_end().to_owned());
            }
            line.clear();
        }
        None
    }

    /// Waits for a certain line.
    pub fn expect(&mut self, words: &str) {
        assert_eq!(self.hear().as_deref(), Some(words));
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Stops it, and waits until none of its threads runs any more: the signal reaches them one after the other.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
        until("it stands still", || {
            let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
            tasks.flatten().all(|task| {
                let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
                stat.is_empty() || stat.contains(") T ")
            })
        });
    }

    /// Waits until it stands at a lock of a whole file that another has, the gate as a rule.
    pub fn wait_until_it_stands_at_a_lock(&self) {
        let pid = self.pid().to_string();
        until("it stands at a lock", || {
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            let mut waiting = locks.lines().filter(|line| line.contains("-> FLOCK"));
            waiting.any(|line| line.split(' ').any(|word| word == pid))
        });
    }

    /// Closing its input tells the helper to go on, or to end.
    pub fn go_on(&mut self) {
        drop(self.child.stdin.take());
    }

    pub fn end(mut self) {
        self.go_on();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A helper's orders: role, path, number.
pub fn orders() -> Option<(String, PathBuf, usize)> {
    let role = std::env::var("LINE_ROLE").ok()?;
    let path = std::env::var_os("LINE_PATH")?.into();
    Some((role, path, std::env::var("LINE_NUMBER").ok()?.parse().ok()?))
}

/// A helper says something to the test.
pub fn say(words: impl std::fmt::Display) {
    println!("::{words}");
}

/// A helper waits for `Helper::go_on`.
pub fn wait_for_go_on() {
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
