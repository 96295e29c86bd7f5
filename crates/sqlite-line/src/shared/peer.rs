//! One end of a connection: what is to be sent waits in an outbox until the other end has room, so nobody ever blocks on
//! a peer that does not read.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;

use super::bell::Bell;
use super::frame::{self, Word};
use crate::forked::Own;

/// Read at a time.
pub(crate) const PIECE: usize = 64 << 10;

pub(crate) struct Peer {
    stream: Own<UnixStream>,
    outbox: Mutex<Outbox>,
    /// Rung when the outbox could not be emptied: the thread that waits for descriptors goes on with it.
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
    broken: bool,
}

impl Peer {
    pub(crate) fn new(stream: Own<UnixStream>, bell: Arc<Bell>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            outbox: Mutex::default(),
            bell,
        })
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame into the outbox; [`flush`](Self::flush) sends it.
    pub(crate) fn put<W: Word + Serialize>(&self, word: &W, longest: usize) -> io::Result<()> {
        frame::write(&mut self.outbox().bytes, word, longest)
    }

    /// Sends what the other end has room for. False: the connection is broken.
    pub(crate) fn flush(&self) -> bool {
        let mut outbox = self.outbox();
        while !outbox.broken && outbox.sent < outbox.bytes.len() {
            match (&*self.stream).write(&outbox.bytes[outbox.sent..]) {
                Ok(count) => outbox.sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => outbox.broken = true,
            }
        }
        outbox.sent = 0;
        match outbox.bytes.capacity() > PIECE {
            true => outbox.bytes = Vec::new(),
            false => outbox.bytes.clear(),
        }
        !outbox.broken
    }

    /// Bytes that wait for the other end.
    pub(crate) fn unsent(&self) -> usize {
        let outbox = self.outbox();
        outbox.bytes.len() - outbox.sent
    }

    /// Reads what is there. 0: the other end is gone.
    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(into)
    }

    /// Wakes the thread that waits for descriptors.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    /// Waits until somebody rings, or the connection ends; what comes over it meanwhile is not for this thread.
    pub(crate) fn await_bell(&self) {
        let mut fds = [
            PollFd::new(self, PollFlags::empty()),
            PollFd::new(&*self.bell, PollFlags::IN),
        ];
        let _ = poll(&mut fds, None);
        self.bell.hear();
    }

    /// Ends the connection for both.
    pub(crate) fn hang_up(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Waking a peer sends it its answers.
impl Wake for Peer {
    fn wake(self: Arc<Self>) {
        if !self.flush() || self.unsent() > 0 {
            self.bell.ring();
        }
    }
}
