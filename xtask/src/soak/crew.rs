//! The soak's workers, and the trouble they meet: killed, stopped past their leases, ended and replaced.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::backlog::Backlog;
use super::word::{number, text};

/// How long a worker is stopped: longer than its lease.
const STOPPED: Duration = Duration::from_secs(3);
/// The longest that a worker may take to end.
const END: Duration = Duration::from_secs(60);

/// A worker, and until when it is stopped.
struct Worker {
    child: Child,
    name: String,
    wakes: Option<Instant>,
}

/// All workers.
pub struct Crew<'b> {
    backlog: &'b Backlog,
    workers: Vec<Worker>,
    /// Those who were told to end, and have been replaced.
    leaving: Vec<Worker>,
    logs: Vec<PathBuf>,
    chance: u64,
    killed: usize,
    stopped: usize,
    ended: usize,
}

impl<'b> Crew<'b> {
    /// Starts them; two and two share a name.
    pub fn start(backlog: &'b Backlog, count: usize, seed: u64) -> Result<Self, String> {
        let mut crew = Self {
            backlog,
            workers: Vec::new(),
            leaving: Vec::new(),
            logs: Vec::new(),
            chance: seed | 1,
            killed: 0,
            stopped: 0,
            ended: 0,
        };
        for number in 0..count {
            let worker = crew.worker(format!("soak-{}", number / 2))?;
            crew.workers.push(worker);
        }
        Ok(crew)
    }

    /// Makes trouble until then.
    pub fn trouble(&mut self, until: Instant) -> Result<(), String> {
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
            let at = usize::try_from(self.dice() % self.workers.len() as u64).unwrap_or(0);
            if self.workers[at].is_stopped() {
                continue;
            }
            match self.dice() % 10 {
                0..4 => self.kill(at)?,
                4..7 => {
                    self.workers[at].stop();
                    self.stopped += 1;
                }
                7..9 => self.replace(at)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends them all as a person would.
    pub fn end(&mut self) -> Result<(), String> {
        for worker in &self.workers {
            worker.signal("CONT");
            worker.signal("TERM");
        }
        let mut late = 0;
        for worker in self.workers.iter_mut().chain(&mut self.leaving) {
            late += usize::from(!worker.ends()?);
        }
        if late > 0 {
            return Err(format!(
                "{late} workers did not end within {END:?} of SIGTERM"
            ));
        }
        Ok(())
    }

    /// The tokens whose completion a worker was told of.
    pub fn acknowledged(&self) -> Result<Vec<i64>, String> {
        let mut tokens = Vec::new();
        for log in &self.logs {
            let said = fs::read_to_string(log).map_err(|e| format!("{}: {e}", log.display()))?;
            // The last line of a killed worker may be half a line.
            let lines = said
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            tokens.extend(
                lines
                    .filter(|line| text(line, "what") == "completed")
                    .filter_map(|line| number(&line, "token")),
            );
        }
        Ok(tokens)
    }

    /// The trouble in a line.
    pub fn told(&self) -> String {
        format!(
            "workers: {} started; {} killed (-9), {} stopped for {} s, {} ended and replaced",
            self.logs.len(),
            self.killed,
            self.stopped,
            STOPPED.as_secs(),
            self.ended
        )
    }

    fn worker(&mut self, name: String) -> Result<Worker, String> {
        let log = self
            .backlog
            .folder
            .join(format!("worker-{}.jsonl", self.logs.len()));
        let failed = |e| format!("a worker: {e}");
        let file = File::create(&log).map_err(failed)?;
        self.logs.push(log);
        let mut command = self.backlog.command();
        command.args(["--as", &name, "work", "--json", "--lease", "2s"]);
        command.args([
            "--grace",
            "1s",
            "--kill-after",
            "200ms",
            "--",
            "sh",
            "mend.sh",
        ]);
        let child = command
            .stdout(file)
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Worker {
            child,
            name,
            wakes: None,
        })
    }

    fn kill(&mut self, at: usize) -> Result<(), String> {
        let worker = &mut self.workers[at];
        worker.child.kill().map_err(|e| format!("kill: {e}"))?;
        worker.child.wait().map_err(|e| format!("wait: {e}"))?;
        let name = worker.name.clone();
        self.workers[at] = self.worker(name)?;
        self.killed += 1;
        Ok(())
    }

    fn replace(&mut self, at: usize) -> Result<(), String> {
        let name = self.workers[at].name.clone();
        let next = self.worker(name)?;
        let old = std::mem::replace(&mut self.workers[at], next);
        old.signal("TERM");
        self.leaving.push(old);
        self.ended += 1;
        Ok(())
    }

    /// xorshift: the same seed, the same trouble (not the same moments).
    fn dice(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance >> 8
    }
}

impl Worker {
    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Stops it for a while. Who wakes it has nothing else to do: a stopped worker may hold the line to the database, for
    /// which everybody else waits.
    fn stop(&mut self) {
        self.signal("STOP");
        self.wakes = Some(Instant::now() + STOPPED);
        let process = self.child.id();
        std::thread::spawn(move || {
            std::thread::sleep(STOPPED);
            signal(process, "CONT");
        });
    }

    fn is_stopped(&self) -> bool {
        self.wakes.is_some_and(|at| at > Instant::now())
    }

    /// Waits for its end; false when it takes too long.
    fn ends(&mut self) -> Result<bool, String> {
        let until = Instant::now() + END;
        while Instant::now() < until {
            if self
                .child
                .try_wait()
                .map_err(|e| format!("wait: {e}"))?
                .is_some()
            {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(false)
    }
}

/// Signals a process. One that has ended by itself is found when it is waited for.
fn signal(process: u32, name: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
