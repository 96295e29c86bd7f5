//! The ways that a command's output takes: from a pipe or its terminal to where ours goes, with its end kept.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use actifix::capture::Tail;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// After the command has ended, so long nothing may come before its output is taken for complete. Another process may
/// hold its end of the pipe for ever.
const QUIET: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Where output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Stdout,
    Stderr,
}

impl To {
    fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
            Self::Stderr => io::stderr().lock().write_all(bytes),
        }
    }
}

/// A way.
pub struct Way {
    from: File,
    /// Where it leads.
    pub to: To,
    terminal: bool,
}

impl Way {
    pub fn of_pipe(from: PipeReader, to: To) -> Self {
        Self {
            from: File::from(OwnedFd::from(from)),
            to,
            terminal: false,
        }
    }

    pub fn of_terminal(from: File, to: To) -> Self {
        Self {
            from,
            to,
            terminal: true,
        }
    }

    /// Copies until everything has come. `over` is closed when the command has ended.
    pub fn copy(mut self, over: &PipeReader, mut tail: Tail) -> Tail {
        let mut bytes = vec![0; 64 << 10];
        let mut reader_is_there = true;
        while self.wait(over) {
            match self.from.read(&mut bytes) {
                // A terminal that nobody has open any more answers with an error.
                Ok(0) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
                Ok(got) => {
                    tail.push(&bytes[..got]);
                    if reader_is_there && self.to.write(&bytes[..got]).is_err() {
                        // A command alone would be told now: so is this one, when its pipe goes. On a terminal that has
                        // gone it would be told by a signal, and what it still says is kept.
                        if !self.terminal {
                            break;
                        }
                        reader_is_there = false;
                    }
                }
            }
        }
        tail
    }

    /// Waits until there is something to read. False: the command has ended, and nothing more comes.
    fn wait(&self, over: &PipeReader) -> bool {
        loop {
            let mut both = [
                PollFd::new(&self.from, PollFlags::IN),
                PollFd::new(over, PollFlags::IN),
            ];
            match poll(&mut both, None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return true,
                Ok(_) if !both[0].revents().is_empty() => return true,
                Ok(_) => {}
            }
            let mut last = [PollFd::new(&self.from, PollFlags::IN)];
            match poll(&mut last, Some(&QUIET)) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(0) => return false,
                _ => return true,
            }
        }
    }
}

/// Stdout and stderr are one and the same file.
pub fn one_place() -> bool {
    let facts = |fd: std::os::fd::BorrowedFd<'_>| {
        rustix::fs::fstat(fd)
            .ok()
            .map(|facts| (facts.st_dev, facts.st_ino))
    };
    let (out, err) = (facts(io::stdout().as_fd()), facts(io::stderr().as_fd()));
    out.is_some() && out == err
}
