//! Signals that are sent to us are passed on to the command; those that the kernel sent to both of us are not.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Origin;

use super::terminal::Terminal;

const PASSED_ON: [i32; 8] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
];

/// The signals that come.
pub struct Signals(SignalsInfo<WithOrigin>);

/// Those that came.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<i32>>>);

impl Signals {
    /// Catches them from now on. What is ignored already (`nohup`) stays so, for the command too.
    pub fn catch() -> io::Result<Self> {
        let ignored = ignored();
        let caught = PASSED_ON
            .iter()
            .filter(|signal| ignored & (1 << (**signal - 1)) == 0);
        SignalsInfo::new(caught).map(Self)
    }

    /// Passes them on to the command for as long as this process lives.
    pub fn pass_on(mut self, pid: Pid, terminal: Option<Arc<Terminal>>) -> Heard {
        let heard = Heard::default();
        let all = heard.clone();
        thread::spawn(move || {
            for origin in self.0.forever() {
                all.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(origin.signal);
                one(&origin, pid, terminal.as_deref());
            }
        });
        heard
    }
}

impl Heard {
    /// What came so far that asks a process to end.
    pub fn signals(&self) -> Vec<i32> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .copied()
            .filter(|signal| ![SIGWINCH, SIGCONT, SIGTSTP].contains(signal))
            .collect()
    }
}

fn one(origin: &Origin, pid: Pid, terminal: Option<&Terminal>) {
    let Some(signal) = Signal::from_named_raw(origin.signal) else {
        return;
    };
    match terminal {
        Some(terminal) if origin.signal == SIGWINCH => terminal.resize(),
        // In a session of its own it hears nothing of ours; and nobody there could let it go on.
        Some(terminal) => {
            let signal = if signal == Signal::TSTP {
                Signal::STOP
            } else {
                signal
            };
            let _ = kill_process_group(terminal.foreground().unwrap_or(pid), signal);
            let _ = kill_process(pid, signal);
        }
        // The kernel has no process id: a key of the terminal, or its end, which the command heard of as well.
        None if origin.process.is_none() => {}
        None => {
            let _ = kill_process(pid, signal);
        }
    }
}

/// The signals that are ignored, as a mask.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
