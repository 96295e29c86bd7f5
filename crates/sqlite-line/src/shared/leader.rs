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
        })
    }

    /// Whether this process still leads, and can be found. Call it with the gate held.
    pub(crate) fn is_current<P: Program>(&self, core: &Core<P>) -> bool {
        self.lead.is_current(&core.place)
            && FileId::at(&core.place.socket).is_ok_and(|there| there == self.socket)
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
        if FileId::at(&core.place.socket).is_ok_and(|there| there == self.socket) {
            let _ = std::fs::remove_file(&core.place.socket);
        }
        drop(self.lead);
    }
}
