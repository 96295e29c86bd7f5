//! The connection to a leader, as the thread sees it that reads from it.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bell::{Bell, timespec};
use super::frame::{self, Inbox, Word};
use super::peer::{PIECE, Peer};
use crate::forked::Own;

pub(crate) struct Link {
    pub(crate) peer: Arc<Peer>,
    bell: Arc<Bell>,
    inbox: Inbox,
    scratch: Vec<u8>,
    /// The leader's term, once it has said it.
    pub(crate) term: Option<u64>,
}

impl Link {
    pub(crate) fn new(stream: Own<UnixStream>) -> io::Result<Self> {
        let bell = Arc::new(Bell::new()?);
        let peer = Arc::new(Peer::new(stream, Arc::clone(&bell))?);
        Ok(Self {
            peer,
            bell,
            inbox: Inbox::default(),
            scratch: vec![0; PIECE],
            term: None,
        })
    }

    /// Puts a word into the outbox.
    pub(crate) fn put<W: Word + Serialize>(&self, word: &W) -> io::Result<()> {
        self.peer.put(word, frame::ASKED)
    }

    /// The next word that has come whole.
    pub(crate) fn next<W: Word + DeserializeOwned>(&mut self) -> io::Result<Option<W>> {
        self.inbox.next(frame::TOLD)
    }

    /// The next word, if it comes in time.
    pub(crate) fn hear_until<W: Word + DeserializeOwned>(
        &mut self,
        until: Instant,
    ) -> io::Result<W> {
        loop {
            if let Some(word) = self.next()? {
                return Ok(word);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.exchange(Some(left))?;
        }
    }

    /// Sends what there is, and waits for something to read, room for what is unsent, the bell, or the end of the time.
    /// Whether something was read.
    pub(crate) fn exchange(&mut self, limit: Option<Duration>) -> io::Result<bool> {
        if !self.peer.flush() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut wants = PollFlags::IN;
        wants.set(PollFlags::OUT, self.peer.unsent() > 0);
        let mut fds = [
            PollFd::new(&*self.peer, wants),
            PollFd::new(&*self.bell, PollFlags::IN),
        ];
        let limit = limit.map(timespec);
        let _ = poll(&mut fds, limit.as_ref());
        if !fds[1].revents().is_empty() {
            self.bell.hear();
        }
        self.read()
    }

    /// Waits so long for something to read. Whether something was read.
    pub(crate) fn hear_within(&mut self, limit: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(&*self.peer, PollFlags::IN)];
        let _ = poll(&mut fds, Some(&timespec(limit)));
        self.read()
    }

    fn read(&mut self) -> io::Result<bool> {
        match self.peer.read(&mut self.scratch) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.inbox.add(&self.scratch[..count]);
                Ok(true)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(false),
                _ => Err(error),
            },
        }
    }
}
