//! The demo's hold on its worker processes: start, order, kill, stop, let go on, end. Each is ended by its id on every
//! way out.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use actifix::Store;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::halt::{Halt, storage};
use super::talk::{Order, Said};

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

/// A worker process.
pub struct Hand {
    child: Child,
    orders: Option<ChildStdin>,
}

impl Hand {
    /// Starts worker `number`, called `name`, in the demo's folder. It is the head of a process group of its own: what
    /// ends the demo does not end it in the middle of a word, and what it runs can be ended with it.
    pub fn start(number: usize, name: &str, dir: &Path, ears: &Ears) -> Result<Self, Halt> {
        let unable = || storage("a worker cannot be started");
        let this = std::env::current_exe().map_err(unable())?;
        let mut command = Command::new(this);
        command.args(["demo", "--worker", name, "--dir"]).arg(dir);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command.spawn().map_err(unable())?;
        let (orders, says) = (child.stdin.take(), child.stdout.take());
        let hand = Self { child, orders };
        let give = ears.give.clone();
        thread::spawn(move || {
            let lines = says
                .into_iter()
                .flat_map(|says| BufReader::new(says).lines().map_while(io::Result::ok));
            for said in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                let _ = give.send(Heard::Said(number, Box::new(said)));
            }
            let _ = give.send(Heard::Gone(number));
        });
        Ok(hand)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Tells it something. One that has ended hears nothing, and that it has ended is heard.
    pub fn order(&mut self, order: Order) {
        if let (Some(orders), Ok(line)) = (&mut self.orders, serde_json::to_string(&order)) {
            let _ = writeln!(orders, "{line}");
        }
    }

    /// There is nothing more to do.
    pub fn dismiss(&mut self) {
        self.orders = None;
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

    /// Stops it: SIGSTOP. Never while it holds the write lock, which would stop the others too.
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
                return Ok(());
            }
            self.signal(Signal::CONT)?;
            thread::yield_now();
        }
    }

    /// Lets it go on: SIGCONT.
    pub fn wake(&self) -> Result<(), Halt> {
        self.signal(Signal::CONT)
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
