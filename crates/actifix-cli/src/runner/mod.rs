//! A command in the foreground, as if it stood alone, while the end of what it prints is kept.
//!
//! Where stdout or stderr is a terminal the command gets one of its own (`terminal`), else pipes (`ways`). Signals go both
//! ways (`signals`): those that a process sent here are passed on, those that the terminal sent to both are not; when the
//! command stops so do we, and how it ended is how we end (`wait`).

mod signals;
mod terminal;
mod wait;
mod ways;

use std::ffi::OsString;
use std::io::{self, IsTerminal, PipeReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use actifix::capture::{Ending, Tail};

use signals::Signals;
use terminal::Terminal;
use ways::{To, Way};

/// What became of a command.
pub struct Ran {
    /// How it ended.
    pub ending: Ending,
    /// The end of what it wrote to stderr, or to its terminal.
    pub complained: Tail,
    /// The end of what it wrote to stdout, where that went another way.
    pub printed: Tail,
    /// It ended by a signal that somebody sent on purpose: Ctrl-C, `kill`.
    pub interrupted: bool,
}

/// Runs it, and keeps the last `keep` bytes of each of its outputs.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &[OsString], keep: usize) -> io::Result<Ran> {
    let signals = Signals::catch()?;
    let killed = wait::killed_for_memory();
    let terminal = Terminal::wanted()
        .then(Terminal::open)
        .transpose()
        .unwrap_or(None);
    let started = match &terminal {
        Some(terminal) => on_terminal(command, terminal)?,
        None => on_pipes(command)?,
    };
    let pid = wait::pid_of(&started.child)?;
    let (over, ended) = io::pipe()?;
    let over = Arc::new(over);
    let copies: Vec<_> = started
        .ways
        .into_iter()
        .map(|way| {
            let over = Arc::clone(&over);
            (
                way.to,
                thread::spawn(move || way.copy(&over, Tail::new(keep))),
            )
        })
        .collect();
    let terminal = terminal.map(Arc::new);
    if let Some(terminal) = &terminal {
        terminal.attach();
        let (terminal, over) = (Arc::clone(terminal), Arc::clone(&over));
        // It ends when the command does; what is typed then is for whoever comes next.
        thread::spawn(move || terminal.pass_on_keys(pid, &over));
    }
    let heard = signals.pass_on(pid, terminal.clone());
    let ending = wait::until_ended(pid, terminal.as_deref());
    drop(ended);
    let ran = collect(copies, keep);
    if let Some(terminal) = &terminal {
        terminal.detach();
    }
    let (ending, (complained, printed)) = (wait::out_of_memory(ending?, killed), ran);
    let typed = terminal
        .as_ref()
        .and_then(|terminal| terminal.interrupted());
    let interrupted = heard
        .signals()
        .into_iter()
        .chain(typed)
        .any(|signal| ending.code() == 128 + signal);
    Ok(Ran {
        ending,
        complained,
        printed,
        interrupted,
    })
}

/// Ends this process as the command ended.
pub fn end_as(ending: Ending) -> ! {
    wait::end_as(ending)
}

/// A command on its way.
struct Started {
    child: Child,
    ways: Vec<Way>,
}

fn on_terminal(command: &[OsString], terminal: &Terminal) -> io::Result<Started> {
    let mut ways = vec![Way::of_terminal(terminal.output()?, Terminal::shows_on())];
    let mut inside = pty_process::blocking::Command::new(&command[0]).args(&command[1..]);
    if !io::stdin().is_terminal() {
        inside = inside.stdin(Stdio::inherit());
    }
    for (to, is_terminal) in [
        (To::Stdout, io::stdout().is_terminal()),
        (To::Stderr, io::stderr().is_terminal()),
    ] {
        if !is_terminal {
            let (from, into) = io::pipe()?;
            ways.push(Way::of_pipe(from, to));
            inside = if to == To::Stdout {
                inside.stdout(into)
            } else {
                inside.stderr(into)
            };
        }
    }
    let child = terminal.spawn(inside)?;
    Ok(Started { child, ways })
}

fn on_pipes(command: &[OsString]) -> io::Result<Started> {
    let mut alone = Command::new(&command[0]);
    alone.args(&command[1..]);
    let (from, into): (PipeReader, _) = io::pipe()?;
    // Where both go to one place their order is kept: then they have one pipe.
    let ways = if ways::one_place() {
        alone.stdout(into.try_clone()?).stderr(into);
        vec![Way::of_pipe(from, To::Stderr)]
    } else {
        let (other, apart) = io::pipe()?;
        alone.stdout(into).stderr(apart);
        vec![
            Way::of_pipe(from, To::Stdout),
            Way::of_pipe(other, To::Stderr),
        ]
    };
    let child = alone.spawn()?;
    // Our ends of the pipes go with `alone`: only the command holds them now.
    Ok(Started { child, ways })
}

type Copying = (To, thread::JoinHandle<Tail>);

/// The ends of what was printed: of stderr or the terminal, and of stdout where that went another way.
fn collect(copies: Vec<Copying>, keep: usize) -> (Tail, Tail) {
    let one = copies.len() == 1;
    let (mut complained, mut printed) = (Tail::new(keep), Tail::new(keep));
    for (to, copy) in copies {
        let tail = copy.join().unwrap_or_else(|_| Tail::new(keep));
        if one || to == To::Stderr {
            complained = tail;
        } else {
            printed = tail;
        }
    }
    (complained, printed)
}
