//! A command at work on a ticket: started in a group of its own, fed, listened to, told to stop, ended with its group.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Error, Job, Outcome, Result, Told, format_span};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::environment;
use super::evidence::From;
use super::log::Log;

/// The most that is kept of stdout.
const STDOUT: usize = 8 << 20;
/// What is kept of the end of stderr, for the reason of a failure.
const STDERR: usize = 2_000;
/// How long pipes are waited for that somebody outside of the group still holds.
const DRAIN: Duration = Duration::from_secs(1);

/// What is run for each ticket.
pub struct Recipe {
    command: Vec<OsString>,
    evidence: From,
    kill_after: Duration,
}

/// What happens to a running command.
enum Happens {
    /// It has ended, and is not yet waited for.
    Ended,
    /// The job was told something.
    Told(Told),
}

/// What a command wrote, as far as it has been read.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Recipe {
    /// Judges the command before any ticket is taken for it.
    pub fn new(
        command: &[OsString],
        evidence: Option<&str>,
        concurrency: usize,
        kill_after: Duration,
    ) -> Result<Self> {
        let program = command.first().map(OsString::as_os_str).unwrap_or_default();
        if !can_be_found(program) {
            let why = format!("there is no program `{}`", program.display());
            return Err(Error::invalid("command", why));
        }
        Ok(Self {
            command: command.to_vec(),
            evidence: From::new(evidence, concurrency)?,
            kill_after,
        })
    }

    /// Runs it for the job.
    pub fn run(&self, job: &Job, log: &Arc<Log>) -> Outcome {
        let begun = Instant::now();
        let started = self
            .evidence
            .clear(&job.ticket().id)
            .and_then(|()| self.start(job));
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return unable(&error),
        };
        let (happens, hear) = mpsc::channel();
        let told = happens.clone();
        job.on_told(move |word| {
            let _ = told.send(Happens::Told(word.clone()));
        });
        feed(&mut child, job);
        let (gone, away) = mpsc::channel();
        let stdout = listen(child.stdout.take(), STDOUT, gone.clone(), |_| ());
        let lines = log.lines_of(job);
        let stderr = listen(child.stderr.take(), usize::MAX, gone, lines);
        watch(&child, happens);
        let stopped = self.attend(&child, &hear);
        let status = end(child);
        drained(&away);
        match status {
            Ok(_) if stopped.is_some() => Outcome::back(stopped.unwrap_or_default()),
            Ok(status) => self.judge(job, status, begun.elapsed(), &stdout, &stderr),
            Err(error) => Outcome::failed(format!("it cannot be waited for: {error}")),
        }
    }

    fn start(&self, job: &Job) -> Result<Child> {
        let failed = |error: io::Error| Error::Storage {
            why: format!("the command cannot be started: {error}"),
        };
        let mut command = Command::new(this_program().map_err(failed)?);
        command
            .args(["work", "--launch", &std::process::id().to_string(), "--"])
            .args(&self.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        environment::set(&mut command, job);
        command.spawn().map_err(failed)
    }

    /// Stays with it until it has ended. What it was stopped for, if it was.
    fn attend(&self, child: &Child, hear: &Receiver<Happens>) -> Option<String> {
        loop {
            match hear.recv() {
                Ok(Happens::Ended) | Err(_) => return None,
                // It has ended its ticket itself, and may tidy up.
                Ok(Happens::Told(Told::Ended)) => {}
                Ok(Happens::Told(told)) => {
                    signal(child, Signal::TERM);
                    if let Err(RecvTimeoutError::Timeout) = hear.recv_timeout(self.kill_after) {
                        signal(child, Signal::KILL);
                        // Nothing but its end can come now.
                        let _ = hear.recv();
                    }
                    return Some(match told {
                        Told::Lost(error) => error.to_string(),
                        _ => "the worker was stopped".to_owned(),
                    });
                }
            }
        }
    }

    fn judge(
        &self,
        job: &Job,
        status: ExitStatus,
        took: Duration,
        stdout: &Heard,
        stderr: &Heard,
    ) -> Outcome {
        let why = if status.success() {
            match self.evidence.read(&job.ticket().id, &stdout.taken()) {
                Ok(evidence) => return Outcome::Done(evidence),
                Err(why) => format!("exit 0, but {why}"),
            }
        } else {
            ended_by(status)
        };
        let words: Vec<_> = self
            .command
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        let said = stderr.taken();
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(STDERR)..]);
        Outcome::failed(format!(
            "`{}` after {}: {why}\n{}",
            words.join(" "),
            format_span(took),
            said.trim()
        ))
    }
}

impl Heard {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// This program's file, also when another has been put in its place.
fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe()
}

/// The machine cannot start a command now: no attempt of the ticket's, and not again at once.
fn unable(error: &Error) -> Outcome {
    Outcome::Back {
        reason: error.to_string(),
        not_before: Some(Duration::from_secs(10)),
    }
}

fn ended_by(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Gives it the ticket. It may end, or close its stdin, before it has read everything.
fn feed(child: &mut Child, job: &Job) {
    let mut text = serde_json::to_vec(job.ticket()).unwrap_or_default();
    text.push(b'\n');
    if let Some(mut stdin) = child.stdin.take() {
        thread::spawn(move || {
            let _ = stdin.write_all(&text);
        });
    }
}

/// Reads a pipe to its end, keeps the first `most` bytes, and shows each piece to `lines`.
fn listen(
    pipe: Option<impl Read + Send + 'static>,
    most: usize,
    gone: Sender<()>,
    mut lines: impl FnMut(&[u8]) + Send + 'static,
) -> Heard {
    let heard = Heard::default();
    let keep = heard.clone();
    thread::spawn(move || {
        let mut piece = vec![0; 1 << 14];
        let mut pipe = pipe;
        while let Some(read) = pipe.as_mut().and_then(|pipe| read_some(pipe, &mut piece)) {
            lines(&piece[..read]);
            let mut kept = keep.0.lock().unwrap_or_else(PoisonError::into_inner);
            let room = most.saturating_sub(kept.len()).min(read);
            kept.extend_from_slice(&piece[..room]);
            if most == usize::MAX && kept.len() > 4 * STDERR {
                let old = kept.len() - 2 * STDERR;
                kept.drain(..old);
            }
        }
        let _ = gone.send(());
    });
    heard
}

fn read_some(pipe: &mut impl Read, piece: &mut [u8]) -> Option<usize> {
    loop {
        match pipe.read(piece) {
            Ok(0) => return None,
            Ok(read) => return Some(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Tells when the command has ended. It is left to be waited for: until then its group's id is nobody else's.
fn watch(child: &Child, happens: Sender<Happens>) {
    let pid = Pid::from_child(child);
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        let _ = happens.send(Happens::Ended);
    });
}

/// Ends what is left of its group, and waits for it.
fn end(mut child: Child) -> io::Result<ExitStatus> {
    signal(&child, Signal::KILL);
    child.wait()
}

/// Signals the command and all of its group; there may be nobody left.
fn signal(child: &Child, signal: Signal) {
    let _ = kill_process_group(Pid::from_child(child), signal);
}

/// Waits until both pipes have been read to their ends, or somebody outside of the group holds them.
fn drained(away: &Receiver<()>) {
    let until = Instant::now() + DRAIN;
    for _ in 0..2 {
        let _ = away.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

/// Whether the program is a path that is there, or stands in a folder of PATH.
fn can_be_found(program: &OsStr) -> bool {
    let path = Path::new(program);
    if program.is_empty() || path.components().count() > 1 {
        return !program.is_empty() && path.exists();
    }
    let folders = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/bin:/usr/bin".into());
    std::env::split_paths(&folders).any(|folder| folder.join(path).exists())
}
