//! A worker seen from outside: a child process that can be listened to, stopped, resumed, ended and killed.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::worker::Lot;

/// A child process. It is killed when this is dropped.
pub struct Hand {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// The command that lets a process of this program work off `lot`.
pub fn command(program: &std::path::Path, lot: &Lot) -> io::Result<Command> {
    let mut command = Command::new(program);
    command.args(arguments(lot)?);
    if let Some(form) = mixed() {
        command.env("ACTIFIX_LINE", form);
    }
    Ok(command)
}

/// The form of the line for the next process: every other goes by the gate, when the forms are to be mixed.
fn mixed() -> Option<&'static str> {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let mixed = std::env::var("ACTIFIX_TEST_LINE").is_ok_and(|forms| forms == "mixed");
    let odd = STARTED.fetch_add(1, Ordering::Relaxed) % 2 == 1;
    mixed.then_some(if odd { "gate" } else { "shared" })
}

/// The words after the program's name.
pub fn arguments(lot: &Lot) -> io::Result<[String; 2]> {
    Ok(["be-worker".to_owned(), serde_json::to_string(lot)?])
}

impl Hand {
    /// Starts a process.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let gone = || io::Error::other("a pipe that was asked for is missing");
        let output = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self {
            input: child.stdin.take(),
            output,
            child,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next thing it says; `None` at its end.
    pub fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).unwrap_or(0);
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Waits until it says something that begins with `word`.
    ///
    /// # Errors
    /// When it ends without a word.
    pub fn expect(&mut self, word: &str) -> io::Result<String> {
        let mut said = String::new();
        while let Some(line) = self.hear() {
            if line.starts_with(word) {
                return Ok(line);
            }
            said = line;
        }
        Err(io::Error::other(format!(
            "a worker ended before it said `{word}`; its last word was `{said}`"
        )))
    }

    /// Stops it where it stands (SIGSTOP).
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Stops it, and waits until none of its threads runs any more: each stands still, or is in the kernel and will when it
    /// comes out. (The signal goes to one thread, which hands it on when it is its turn.)
    ///
    /// # Errors
    /// When that does not happen.
    pub fn freeze(&self) -> io::Result<()> {
        self.stop();
        let since = Instant::now();
        while !self.stands_still()? {
            if since.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("a worker does not stop"));
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    fn stands_still(&self) -> io::Result<bool> {
        for task in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            // A thread that ends meanwhile is not there any more.
            let stat = fs::read_to_string(task?.path().join("stat")).unwrap_or_default();
            let state = stat
                .rsplit(") ")
                .next()
                .and_then(|rest| rest.chars().next());
            if !matches!(state, Some('T' | 't' | 'D' | 'Z' | 'X') | None) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Tells it to end, and waits for that.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn end(mut self) -> io::Result<ExitStatus> {
        drop(self.input.take());
        while self.hear().is_some() {}
        self.child.wait()
    }

    fn signal(&self, signal: Signal) {
        // It fails only when the process has ended.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
