//! One connection of a follower, as the leader sees it.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;

use super::Crossing;
use super::frame::{self, Inbox};
use super::leader::Hall;
use super::message::{Ask, Greeted, Hello, Outcome, Told, VERSION};
use super::peer::Peer;
use crate::batch::EntryOf;
use crate::call::Promise;
use crate::core::Core;
use crate::error::Error;
use crate::program::Program;
use crate::queue::{Entry, Refused};
use crate::slot::{Deliver, Slot};

/// Calls of one follower inside the leader at once; the others wait in its socket.
pub(crate) const MOST_INSIDE: usize = 256;
/// Bytes that a follower has not read, from which on it is not read either.
const MUCH_UNREAD: usize = 256 << 10;
/// Bytes unread at which a connection is cut.
const TOO_MUCH_UNREAD: usize = 2 * frame::TOLD;
/// The first word must come within this time.
const GREETING: Duration = Duration::from_secs(5);

pub(crate) struct Guest<P: Program> {
    id: u64,
    since: Instant,
    /// Of the leader's user, or root.
    is_friend: bool,
    session: Option<i64>,
    /// It may make calls; else it only looks.
    calls: bool,
    inbox: Inbox,
    /// A call for which the queue had no room.
    stalled: Option<EntryOf<P>>,
    desk: Arc<Desk<P::Answer>>,
    /// What the reception waits for on this connection.
    pub(crate) wants: EventFlags,
}

/// What the answers need: it outlives the connection.
struct Desk<A> {
    peer: Arc<Peer>,
    inside: Mutex<HashMap<u32, Inside<A>>>,
}

/// A call inside.
struct Inside<A> {
    slot: Arc<Slot<A>>,
    sequence: u64,
    again: bool,
    made: Instant,
    deadline: Option<Instant>,
}

/// Whether a connection goes on.
pub(crate) enum Judged {
    Stays(EventFlags),
    /// It ends; with the session that needs its replies no more.
    Parts(Option<i64>),
}

/// Why reading stopped.
enum Heard {
    NoMore,
    Bye,
}

impl<P: Program> Guest<P> {
    pub(crate) fn new(id: u64, peer: Peer, is_friend: bool) -> Self {
        let desk = Desk {
            peer: Arc::new(peer),
            inside: Mutex::default(),
        };
        Self {
            id,
            since: Instant::now(),
            is_friend,
            session: None,
            calls: false,
            inbox: Inbox::default(),
            stalled: None,
            desk: Arc::new(desk),
            wants: EventFlags::IN,
        }
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.desk.peer
    }

    /// Something of it has to be looked at from time to time.
    pub(crate) fn is_busy(&self) -> bool {
        self.session.is_none() || self.stalled.is_some() || !self.desk.inside().is_empty()
    }

    /// Sends and reads, as far as bounds allow.
    pub(crate) fn attend(&mut self, core: &Core<P>, hall: &Hall, scratch: &mut [u8]) -> Judged {
        match self.serve(core, hall, scratch) {
            Ok(Heard::NoMore) if self.is_rude() => Judged::Parts(None),
            Ok(Heard::NoMore) => {
                let (mut wants, unsent) = (EventFlags::empty(), self.peer().unsent());
                wants.set(EventFlags::IN, self.may_read(unsent));
                wants.set(EventFlags::OUT, unsent > 0);
                Judged::Stays(wants)
            }
            Ok(Heard::Bye) => Judged::Parts(self.session),
            Err(_) => Judged::Parts(None),
        }
    }

    fn is_rude(&self) -> bool {
        let silent = self.session.is_none() && self.since.elapsed() > GREETING;
        silent || self.peer().unsent() > TOO_MUCH_UNREAD
    }

    fn may_read(&self, unsent: usize) -> bool {
        self.stalled.is_none() && unsent < MUCH_UNREAD && self.desk.inside().len() < MOST_INSIDE
    }

    fn serve(&mut self, core: &Core<P>, hall: &Hall, scratch: &mut [u8]) -> io::Result<Heard> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        if let Some(entry) = self.stalled.take() {
            self.admit(core, entry);
        }
        let mut drained = false;
        loop {
            // First what has come already, then what lies in the socket.
            while self.may_read(self.peer().unsent()) {
                match self.hear(core, hall)? {
                    Some(Heard::Bye) => return Ok(Heard::Bye),
                    Some(Heard::NoMore) => {}
                    None => break,
                }
            }
            if !self.peer().flush() {
                return Err(gone());
            }
            if drained || !self.may_read(self.peer().unsent()) {
                return Ok(Heard::NoMore);
            }
            match self.peer().read(scratch) {
                Ok(0) => return Err(gone()),
                Ok(count) => {
                    self.inbox.add(&scratch[..count]);
                    drained = count < scratch.len(); // else a read more, only to be told so
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Heard::NoMore);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes one frame; `None` when no whole one is there.
    fn hear(&mut self, core: &Core<P>, hall: &Hall) -> io::Result<Option<Heard>> {
        let Some(session) = self.session else {
            return self.greet(core, hall);
        };
        match self.inbox.next::<Ask<P::Command>>(frame::ASKED)? {
            None => return Ok(None),
            Some(Ask::Bye) => return Ok(Some(Heard::Bye)),
            Some(Ask::Ping) => self.tell(&Told::Pong)?,
            Some(Ask::Look) => self.tell(&Told::Standing(hall.standing(core)))?,
            Some(Ask::Call { .. }) if !self.calls => {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Some(Ask::Call {
                slot,
                sequence,
                again,
                left,
                command,
            }) => {
                let crossing = Crossing::of_guest(self.id, session, slot, sequence, again);
                let entry = self.enter(crossing, left.map(Duration::from_micros), command)?;
                self.admit(core, entry);
            }
        }
        Ok(Some(Heard::NoMore))
    }

    fn greet(&mut self, core: &Core<P>, hall: &Hall) -> io::Result<Option<Heard>> {
        let Some(hello) = self.inbox.next::<Hello>(frame::ASKED)? else {
            return Ok(None);
        };
        let refused = |why: String| Greeted::Refused(why);
        let greeted = if !self.is_friend {
            refused("this leader serves its own user and root only".into())
        } else if hello.version != VERSION {
            refused(format!("this leader speaks version {VERSION}"))
        } else if hello.dialect.is_some() && hello.dialect != core.dialect {
            refused("this leader is another version of the program, or set otherwise".into())
        } else {
            Greeted::Welcome(hall.term)
        };
        self.peer().put(&greeted, frame::TOLD)?;
        self.session = Some(hello.session);
        match greeted {
            Greeted::Welcome(_) => {
                self.calls = hello.dialect.is_some();
                hall.guests
                    .fetch_add(usize::from(self.calls), Ordering::Relaxed);
                Ok(Some(Heard::NoMore))
            }
            Greeted::Refused(_) => {
                self.peer().flush();
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
    }

    fn tell(&self, told: &Told<P::Answer>) -> io::Result<()> {
        self.peer().put(told, frame::TOLD)
    }

    /// Notes a call as inside. A slot that is in use already is nonsense.
    fn enter(
        &self,
        crossing: Crossing,
        left: Option<Duration>,
        command: P::Command,
    ) -> io::Result<EntryOf<P>> {
        let made = Instant::now();
        let deadline = left.and_then(|left| made.checked_add(left));
        let (number, sequence, again) = (crossing.slot, crossing.sequence, crossing.again);
        let desk = Arc::clone(&self.desk);
        let deliver: Deliver<P::Answer> =
            Box::new(move |result| desk.deliver(number, sequence, again, result));
        let slot = Arc::new(Slot::delivering(deliver));
        let inside = Inside {
            slot: Arc::clone(&slot),
            sequence,
            again,
            made,
            deadline,
        };
        if self.desk.inside().insert(number, inside).is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Entry {
            weight: P::weight(&command),
            command,
            promise: Promise::from_slot(slot),
            made,
            deadline,
            crossing: Some(crossing),
        })
    }

    fn admit(&mut self, core: &Core<P>, entry: EntryOf<P>) {
        match core.queue.push_guest(entry) {
            Ok(()) => {}
            Err(Refused::Full(entry)) => self.stalled = Some(entry),
            // The lead is being given up: the connection ends soon, and the call is the follower's again.
            Err(Refused::Closed(_)) => {}
        }
    }

    /// Answers what has waited too long. Nothing of it was begun here.
    pub(crate) fn expire(&self, core: &Core<P>) {
        let now = Instant::now();
        let late: Vec<_> = {
            let inside = self.desk.inside();
            let late = |call: &&Inside<_>| {
                call.deadline.is_some_and(|at| at <= now) && call.slot.withdraw()
            };
            let late = inside.iter().filter(|(_, call)| late(call));
            late.map(|(slot, call)| (*slot, call.sequence, call.again, call.made))
                .collect()
        };
        for (slot, sequence, again, made) in late {
            core.queue.note_withdrawn();
            let _sent_by_the_next_attend =
                self.desk
                    .deliver(slot, sequence, again, Err(core.busy(made)));
        }
    }

    /// The connection ends. What was not taken is withdrawn before the other end can know, so that it may try elsewhere.
    pub(crate) fn part(self, core: &Core<P>, hall: &Hall) {
        hall.guests
            .fetch_sub(usize::from(self.calls), Ordering::Relaxed);
        let inside = std::mem::take(&mut *self.desk.inside());
        for call in inside.into_values() {
            if call.slot.withdraw() {
                core.queue.note_withdrawn();
            }
        }
        self.peer().hang_up();
    }
}

impl<A: serde::Serialize> Desk<A> {
    /// Puts an answer into the outbox, and says who sends it.
    fn deliver(
        &self,
        slot: u32,
        sequence: u64,
        again: bool,
        result: Result<A, Error>,
    ) -> Option<Waker> {
        let was_full = {
            let mut inside = self.inside();
            let full = inside.len() >= MOST_INSIDE;
            inside.remove(&slot);
            full
        };
        let outcome = Outcome::of(result, again);
        let told = |outcome| Told::Answer {
            slot,
            sequence,
            outcome,
        };
        if self.peer.put(&told(outcome), frame::TOLD).is_err() {
            let why = "the answer is too long to be handed over; look for what was done".into();
            let _ = self
                .peer
                .put(&told(Outcome::<A>::Unknown(why)), frame::TOLD);
        }
        if was_full {
            self.peer.ring(); // there is room to read on
        }
        Some(Waker::from(Arc::clone(&self.peer)))
    }
}

impl<A> Desk<A> {
    fn inside(&self) -> MutexGuard<'_, HashMap<u32, Inside<A>>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
