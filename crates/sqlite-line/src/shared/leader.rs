//! Leading: the lead, the socket, and the thread that receives the others.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::bell::Bell;
use super::lead::Lead;
use super::reception::Reception;
use super::socket;
use super::standing::Standing;
use crate::core::Core;
use crate::identity::FileId;
use crate::program::Program;

/// Between two looks whether lead and socket are where others find them. Less than the time after which a follower gives a
/// silent leader up: one that has been stopped looks before it does anything.
const LOOK: Duration = Duration::from_millis(100);

/// What the writer and the reception share.
pub(crate) struct Hall {
    pub(crate) closing: AtomicBool,
    pub(crate) bell: Arc<Bell>,
    /// Followers there are.
    pub(crate) guests: AtomicUsize,
    /// Its term.
    pub(crate) term: u64,
    since: Instant,
    /// Sessions that ended in peace: their replies can be forgotten.
    departed: Mutex<Vec<i64>>,
}

impl Hall {
    pub(crate) fn standing<P: Program>(&self, core: &Core<P>) -> Standing {
        let figures = core.figures();
        Standing {
            leads_for: self.since.elapsed(),
            followers: self.guests.load(Ordering::Relaxed) as u64,
            calls: figures.calls,
            for_others: figures.for_others,
            batches: figures.batches,
            longest_wait: Duration::from_micros(figures.queue_wait.max),
        }
    }

    pub(crate) fn depart(&self, session: i64) {
        let mut departed = self.departed.lock().unwrap_or_else(PoisonError::into_inner);
        departed.push(session);
    }
}

/// This process leads, until it resigns.
pub(crate) struct Leader {
    lead: Lead,
    hall: Arc<Hall>,
    thread: JoinHandle<()>,
    socket: FileId,
    looked: Instant,
}

impl Leader {
    /// Listens, and lets others' calls into the queue. Call it with the gate held.
    pub(crate) fn begin<P: Program>(core: &Arc<Core<P>>, lead: Lead) -> io::Result<Self> {
        let listener = socket::listen(&core.place)?;
        let socket = FileId::at(&core.place.socket)?;
        let hall = Arc::new(Hall {
            closing: AtomicBool::new(false),
            bell: Arc::new(Bell::new()?),
            guests: AtomicUsize::new(0),
            term: lead.term(),
            since: Instant::now(),
            departed: Mutex::default(),
        });
        let reception = Reception::new(Arc::clone(core), Arc::clone(&hall), (listener, socket))?;
        let thread = thread::Builder::new()
            .name("sqlite-line-lead".into())
            .spawn(move || reception.run())?;
        core.queue.open_to_guests();
        Ok(Self {
            lead,
            hall,
            thread,
            socket,
            looked: Instant::now(),
        })
    }

    /// Whether this process still leads, and could be found a moment ago. Call it with the gate held.
    ///
    /// The term is read each time: who deposed us may have done our followers' calls. That somebody has taken away a file
    /// harms nobody for a moment.
    pub(crate) fn is_current<P: Program>(&mut self, core: &Core<P>) -> bool {
        if !self.lead.is_in_term() {
            return false;
        }
        if self.looked.elapsed() < LOOK {
            return true;
        }
        self.looked = Instant::now();
        self.lead.is_in_place(&core.place) && is_found(self.socket, core)
    }

    pub(crate) fn term(&self) -> u64 {
        self.hall.term
    }

    /// The sessions that ended since the last time.
    pub(crate) fn departed(&self) -> Vec<i64> {
        std::mem::take(
            &mut *self
                .hall
                .departed
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Gives the lead up. Calls of others that were not taken are theirs again before anybody else can lead.
    pub(crate) fn resign<P: Program>(self, core: &Core<P>) {
        core.queue.close_to_guests();
        self.hall.closing.store(true, Ordering::Release);
        self.hall.bell.ring();
        let _ = self.thread.join();
        if is_found(self.socket, core) {
            let _ = std::fs::remove_file(&core.place.socket);
        }
        drop(self.lead);
    }
}

/// Whether others find this socket.
fn is_found<P: Program>(socket: FileId, core: &Core<P>) -> bool {
    FileId::at(&core.place.socket).is_ok_and(|there| there == socket)
}
