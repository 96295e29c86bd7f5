//! A terminal for the command, between it and ours: of the same size and with the same settings. Ours is raw meanwhile, so
//! that each key means there what it would have meant here.

use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use pty_process::Size;
use pty_process::blocking::{Command, Pts, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpgrp, kill_process_group};
use rustix::termios::{
    LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcgetwinsize, tcsetattr,
};

use super::ways::To;

/// In the background the keys are not ours; so often we look whether that has changed.
const AWAY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// The command's terminal.
pub struct Terminal {
    inside: Pty,
    side: Mutex<Option<Pts>>,
    /// How ours was set.
    before: Option<Termios>,
    attached: AtomicBool,
    /// The signal of the last key that interrupts, 0 for none.
    interrupted: AtomicI32,
}

impl Terminal {
    /// Whether the command would have seen a terminal in our place.
    pub fn wanted() -> bool {
        io::stdout().is_terminal() || io::stderr().is_terminal()
    }

    /// The stream that is a terminal.
    pub fn shows_on() -> To {
        if io::stdout().is_terminal() {
            To::Stdout
        } else {
            To::Stderr
        }
    }

    /// One like ours.
    pub fn open() -> io::Result<Self> {
        let (inside, side) = pty_process::blocking::open().map_err(io::Error::other)?;
        let before = io::stdin()
            .is_terminal()
            .then(|| tcgetattr(io::stdin()).ok())
            .flatten();
        let shown = if io::stdout().is_terminal() {
            tcgetattr(io::stdout())
        } else {
            tcgetattr(io::stderr())
        };
        if let Some(mut settings) = before.clone().or(shown.ok()) {
            if before.is_none() {
                // Ours stays as it is, and ends the lines.
                settings.output_modes.remove(OutputModes::OPOST);
            }
            let _ = tcsetattr(&inside, OptionalActions::Now, &settings);
        }
        let terminal = Self {
            inside,
            side: Mutex::new(Some(side)),
            before,
            attached: AtomicBool::new(false),
            interrupted: AtomicI32::new(0),
        };
        terminal.resize();
        Ok(terminal)
    }

    /// Starts the command there. It is the only one that holds that side.
    pub fn spawn(&self, command: Command) -> io::Result<Child> {
        let side = self
            .side
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let side = side.ok_or_else(|| io::Error::other("the terminal is taken"))?;
        command.spawn(side).map_err(|error| match error {
            pty_process::Error::Io(error) => error,
            other => io::Error::other(other),
        })
    }

    /// What comes out of it.
    pub fn output(&self) -> io::Result<File> {
        let fd: OwnedFd = self.inside.as_fd().try_clone_to_owned()?;
        Ok(File::from(fd))
    }

    /// As large as ours.
    pub fn resize(&self) {
        let ours = if io::stdout().is_terminal() {
            tcgetwinsize(io::stdout())
        } else {
            tcgetwinsize(io::stderr())
        };
        if let Ok(size) = ours {
            let size =
                Size::new_with_pixel(size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
            let _ = self.inside.resize(size);
        }
    }

    /// Who is in the foreground there.
    pub fn foreground(&self) -> Option<Pid> {
        tcgetpgrp(&self.inside).ok()
    }

    /// Makes ours raw, when we are in its foreground.
    pub fn attach(&self) {
        let Some(before) = &self.before else { return };
        if tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp()) {
            let mut raw = before.clone();
            raw.make_raw();
            let set = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
            self.attached.store(set.is_ok(), Ordering::SeqCst);
            self.resize();
        }
    }

    /// Sets ours back to how it was.
    pub fn detach(&self) {
        if self.attached.swap(false, Ordering::SeqCst)
            && let Some(before) = &self.before
        {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }

    /// The signal of a key that was typed to interrupt it.
    pub fn interrupted(&self) -> Option<i32> {
        Some(self.interrupted.load(Ordering::SeqCst)).filter(|signal| *signal > 0)
    }

    /// Passes on what is typed, until the command has ended.
    pub fn pass_on_keys(&self, pid: Pid, over: &PipeReader) {
        if self.before.is_none() {
            return;
        }
        let Ok(keys) = io::stdin().as_fd().try_clone_to_owned() else {
            return;
        };
        let mut keys = File::from(keys);
        let mut bytes = [0; 4 << 10];
        loop {
            let away = !self.attached.load(Ordering::SeqCst);
            if away {
                let mut only = [PollFd::new(over, PollFlags::IN)];
                if !matches!(
                    poll(&mut only, Some(&AWAY)),
                    Ok(0) | Err(rustix::io::Errno::INTR)
                ) {
                    return;
                }
                self.attach();
                continue;
            }
            let mut both = [
                PollFd::new(&keys, PollFlags::IN),
                PollFd::new(over, PollFlags::IN),
            ];
            match poll(&mut both, None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
                Ok(_) if !both[1].revents().is_empty() => return,
                Ok(_) => {}
            }
            match keys.read(&mut bytes) {
                Ok(got) if got > 0 => self.typed(&bytes[..got], pid),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Our terminal is gone; the kernel tells by a signal too.
                _ => return,
            }
        }
    }

    /// Passes keys on. The key that stops is ours where the command itself is in the foreground: in a session of its own
    /// the kernel stops nobody whom nobody there could let go on.
    fn typed(&self, mut keys: &[u8], pid: Pid) {
        let settings = tcgetattr(&self.inside)
            .ok()
            .filter(|set| set.local_modes.contains(LocalModes::ISIG));
        if let Some(settings) = settings {
            let code = |index| settings.special_codes[index];
            let (stop, interrupt, quit) = (
                code(SpecialCodeIndex::VSUSP),
                code(SpecialCodeIndex::VINTR),
                code(SpecialCodeIndex::VQUIT),
            );
            for (key, signal) in [(interrupt, Signal::INT), (quit, Signal::QUIT)] {
                if key != 0 && keys.contains(&key) {
                    self.interrupted.store(signal.as_raw(), Ordering::SeqCst);
                }
            }
            while let Some(at) = keys.iter().position(|key| *key == stop && stop != 0) {
                if self.foreground() != Some(pid) {
                    break;
                }
                let _ = (&self.inside).write_all(&keys[..at]);
                let _ = kill_process_group(pid, Signal::STOP);
                keys = &keys[at + 1..];
            }
        }
        let _ = (&self.inside).write_all(keys);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.detach();
    }
}
