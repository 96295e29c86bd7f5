//! Waiting for the command: until it ends, and while it stands still.

use std::io;
use std::process::Child;

use actifix::capture::Ending;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpid, kill_process,
    kill_process_group, setrlimit, waitpid,
};

use super::terminal::Terminal;

/// The command's process id.
pub fn pid_of(child: &Child) -> io::Result<Pid> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("the command has no process id"))
}

/// Waits for its end. When it stops so do we, and when we go on so does it.
pub fn until_ended(pid: Pid, terminal: Option<&Terminal>) -> io::Result<Ending> {
    loop {
        let status = match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Err(rustix::io::Errno::INTR) | Ok(None) => continue,
            Err(error) => return Err(error.into()),
            Ok(Some((_, status))) => status,
        };
        if !status.stopped() {
            return Ok(ending(status));
        }
        if let Some(terminal) = terminal {
            terminal.detach();
        }
        // Whoever started us sees it, and decides when it goes on.
        let _ = kill_process(getpid(), Signal::STOP);
        if let Some(terminal) = terminal {
            terminal.attach();
            let _ = kill_process_group(terminal.foreground().unwrap_or(pid), Signal::CONT);
        }
        let _ = kill_process(pid, Signal::CONT);
    }
}

fn ending(status: WaitStatus) -> Ending {
    match status.terminating_signal() {
        Some(number) => Ending::Signal {
            number,
            core: status.as_raw() & 0x80 != 0,
            out_of_memory: false,
        },
        None => Ending::Code(status.exit_status().unwrap_or(1)),
    }
}

/// How many processes the system has killed for want of memory, where it tells.
pub fn killed_for_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
    let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// The ending, with what `before` tells: the system killed for want of memory since.
pub fn out_of_memory(ending: Ending, before: u64) -> Ending {
    match ending {
        Ending::Signal {
            number: 9, core, ..
        } => Ending::Signal {
            number: 9,
            core,
            out_of_memory: killed_for_memory() > before,
        },
        other => other,
    }
}

/// Ends this process in the same way.
pub fn end_as(ending: Ending) -> ! {
    if let Ending::Signal { number, .. } = ending {
        // The core dump was the command's.
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(number);
        if let Some(signal) = Signal::from_named_raw(number) {
            let _ = kill_process(getpid(), signal);
        }
    }
    std::process::exit(ending.code())
}
