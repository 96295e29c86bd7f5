//! The demo's hold on its workers: start, kill, stop, let go on, end. Each is ended by its id on every
//! way out.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Store, format_span};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::halt::{Halt, storage};
use super::run::quiet;
use super::talk::Said;

/// How long a script may go on whose lease is lost.
const KILL_AFTER: &str = "500ms";

/// What reaches the demo from outside.
pub enum Heard {
    /// A worker, by its number, said something.
    Said(usize, Box<Said>),
    /// A worker has ended.
    Gone(usize),
    /// This signal came.
    Signal(i32),
}

/// Where the demo hears its workers and the signals that end it.
pub struct Ears {
    give: Sender<Heard>,
    take: Receiver<Heard>,
}

impl Ears {
    /// Listens to signals from now on.
    pub fn open() -> Result<Self, Halt> {
        let (give, take) = mpsc::channel();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
            .map_err(storage("signals cannot be listened to"))?;
        let on_signal = give.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                // Whoever does not listen any longer is at its end already.
                let _ = on_signal.send(Heard::Signal(signal));
            }
        });
        Ok(Self { give, take })
    }

    /// Listens to worker `number` until it has ended.
    fn listen(
        &self,
        number: usize,
        log: Option<impl Read + Send + 'static>,
        words: Option<impl Read + Send + 'static>,
    ) {
        let (give, tell) = (self.give.clone(), self.give.clone());
        let spoken = thread::spawn(move || {
            for line in lines(words) {
                let _ = tell.send(Heard::Said(number, Box::new(Said::told(&line))));
            }
        });
        thread::spawn(move || {
            for said in lines(log).filter_map(|line| Said::logged(&line)) {
                let _ = give.send(Heard::Said(number, Box::new(said)));
            }
            let _ = spoken.join();
            let _ = give.send(Heard::Gone(number));
        });
    }

    /// The next that is heard; nothing when nothing comes before `until`.
    pub fn hear(&self, until: Instant) -> Option<Heard> {
        self.take
            .recv_timeout(until.saturating_duration_since(Instant::now()))
            .ok()
    }

    /// What has been heard and not been told yet.
    pub fn heard(&self) -> Option<Heard> {
        self.take.try_recv().ok()
    }

    /// Goes on unless a signal came.
    pub fn go_on(&self) -> Result<(), Halt> {
        while let Some(heard) = self.heard() {
            if let Heard::Signal(signal) = heard {
                return Err(Halt::Signal(signal));
            }
        }
        Ok(())
    }
}

fn lines(from: Option<impl Read>) -> impl Iterator<Item = String> {
    from.into_iter()
        .flat_map(|from| BufReader::new(from).lines().map_while(io::Result::ok))
}

/// A worker: the process of `actifix work`, and the script that it runs for each ticket.
pub struct Hand {
    child: Child,
    /// Where the script says which process it is.
    script: PathBuf,
}

impl Hand {
    /// Starts worker `number`, called `name`, in the demo's folder, under leases of `lease`. It is the head of a process
    /// group of its own, so that what ends the demo does not end it in the middle of a word, and ends with the demo.
    pub fn start(
        number: usize,
        name: &str,
        lease: Duration,
        dir: &Path,
        ears: &Ears,
    ) -> Result<Self, Halt> {
        let unable = || storage("a worker cannot be started");
        let this = std::env::current_exe().map_err(unable())?;
        let demo = std::process::id().to_string();
        let mut command = quiet(&this);
        command
            .args(["work", "--launch", &demo, "--"])
            .arg(&this)
            .args(["--json", "--db", super::DATABASE, "--as", name])
            .args(["work", "--lease", &format_span(lease)])
            .args(["--kill-after", KILL_AFTER, "--", "sh", super::SCRIPT])
            .env("ACTIFIX", &this)
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().map_err(unable())?;
        ears.listen(number, child.stdout.take(), child.stderr.take());
        let script = dir.join("work").join(name).join("pid");
        Ok(Self { child, script })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// There is nothing more to do: SIGTERM.
    pub fn dismiss(&self) -> Result<(), Halt> {
        self.signal(Signal::TERM)
    }

    /// Kills it: SIGKILL.
    pub fn kill(&mut self) -> Result<(), Halt> {
        self.child
            .kill()
            .map_err(storage("the worker cannot be killed"))?;
        self.child
            .wait()
            .map_err(storage("the worker cannot be waited for"))?;
        Ok(())
    }

    /// Stops it and its script: SIGSTOP. Never while it holds the write lock, which would stop the others too.
    pub fn stop(&self, store: &Store) -> Result<(), Halt> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        loop {
            self.signal(Signal::STOP)?;
            waitid(WaitId::Pid(self.process()), options)
                .map_err(|error| storage("the worker cannot be waited for")(error.into()))?;
            if store
                .lock_holder()
                .is_none_or(|holder| holder.pid != self.pid())
            {
                return self.script(Signal::STOP);
            }
            self.signal(Signal::CONT)?;
            thread::yield_now();
        }
    }

    /// Lets both go on: SIGCONT.
    pub fn wake(&self) -> Result<(), Halt> {
        self.script(Signal::CONT)?;
        self.signal(Signal::CONT)
    }

    /// Signals the script, which is the head of a group of its own.
    fn script(&self, signal: Signal) -> Result<(), Halt> {
        let text = fs::read_to_string(&self.script)
            .map_err(storage("a script does not say which process it is"))?;
        let group = text.trim().parse().ok().and_then(Pid::from_raw);
        let sent = group.map_or(Ok(()), |group| kill_process_group(group, signal));
        Ok(sent.map_err(|error| storage("the script cannot be signalled")(error.into()))?)
    }

    fn signal(&self, signal: Signal) -> Result<(), Halt> {
        let sent = kill_process(self.process(), signal);
        Ok(sent.map_err(|error| storage("the worker cannot be signalled")(error.into()))?)
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        // Until it is waited for, its id is nobody else's.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(self.process(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
