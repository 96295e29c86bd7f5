//! Following: the calls of this process are handed to the leader over one connection, many at once.
//!
//! Callers send for themselves: whoever has put a call into the queue moves what waits there into the socket, unless he is not
//! the last who is expected (`gather`). The line's own thread reads the answers and watches whether the leader still
//! speaks; a caller who is alone hears his own (`ear`).

mod ear;
mod gather;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::frame;
use super::lead::Suspect;
use super::link::Link;
use super::message::{Ask, Greeted, Hello, Outcome, Told, VERSION};
use super::peer::Peer;
use super::session::Session;
use super::silence::PATIENCE;
use super::socket;
use crate::batch::EntryOf;
use crate::core::Core;
use crate::error::Error;
use crate::holder;
use crate::identity::FileId;
use crate::program::Program;
use crate::wake::WakeTree;
use ear::Ear;
use gather::Gathering;

/// A call in this process, and what became of it.
type Answered<P> = (EntryOf<P>, Result<<P as Program>::Answer, Error>);

/// Calls in flight at once; the others wait in this process's queue.
const MOST_IN_FLIGHT: usize = super::guest::MOST_INSIDE;

/// The follower's half of a line: it lives as long as the line, with or without a leader.
pub(crate) struct Follower<P: Program> {
    session: Session,
    linked: AtomicBool,
    gathering: Gathering,
    ear: Ear,
    state: Mutex<State<P>>,
}

struct State<P: Program> {
    peer: Option<Arc<Peer>>,
    in_flight: HashMap<u32, EntryOf<P>>,
    /// Since when there is always something in flight.
    waits_since: Option<Instant>,
    /// The line's thread looks often enough to notice that the leader falls silent.
    watched: bool,
    /// What the leader cannot take: it goes by the gate.
    aside: VecDeque<EntryOf<P>>,
    /// The line's thread goes by the gate meanwhile.
    paused: bool,
}

/// What became of the calls that waited in the queue.
struct Pumped {
    peer: Arc<Peer>,
    /// Nothing is left to be sent.
    all: bool,
    /// The line's thread will notice if no answer comes.
    watched: bool,
}

/// Why following stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Some calls have to go by the gate; the connection stays.
    Aside,
    /// The line is closed and all is answered.
    Closed,
    /// The leader is gone, or has hung up.
    Gone,
    /// The leader of this term does not answer.
    Silent(Option<u64>),
}

impl<P: Program> Follower<P> {
    pub(crate) fn new() -> Self {
        Self {
            session: Session::new(),
            linked: AtomicBool::new(false),
            gathering: Gathering::default(),
            ear: Ear::default(),
            state: Mutex::new(State {
                peer: None,
                in_flight: HashMap::new(),
                waits_since: None,
                watched: false,
                aside: VecDeque::new(),
                paused: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line's thread shall look: the line is closing, say.
    pub(crate) fn ring(&self) {
        if let Some(peer) = &self.state().peer {
            peer.ring();
        }
    }

    /// Connects to the leader. `Err(Some(…))`: there is one and it does not answer.
    pub(crate) fn connect(&self, core: &Core<P>) -> Result<(), Option<Suspect>> {
        let socket = FileId::at(&core.place.socket);
        let link = self.greet(core).map_err(|error| {
            if !is_passing(&error) {
                core.goes_alone(&error);
            }
            let silent = error.kind() == io::ErrorKind::TimedOut;
            socket.ok().filter(|_| silent).map(Suspect::Socket)
        })?;
        self.state().peer = Some(Arc::clone(&link.peer));
        self.linked.store(true, Ordering::Release);
        self.ear.take(link);
        self.gathering.end();
        self.send_and_ring(core);
        Ok(())
    }

    fn greet(&self, core: &Core<P>) -> io::Result<Link> {
        let mut link = Link::new(socket::connect(&core.place)?)?;
        let hello = Hello {
            version: VERSION,
            dialect: core.dialect.clone(),
            session: self.session.id,
        };
        link.put(&hello)?;
        match link.hear_until(Instant::now() + PATIENCE)? {
            Greeted::Welcome(term) => {
                link.term = Some(term);
                Ok(link)
            }
            Greeted::Refused(why) => Err(io::Error::new(io::ErrorKind::PermissionDenied, why)),
        }
    }

    /// A caller has put a call into the queue.
    pub(crate) fn pump(&self, core: &Core<P>) {
        if self.gathering.came() {
            self.send_and_ring(core);
        }
    }

    /// Moves calls from the queue to the leader, and sees to it that somebody reads the answers.
    fn send_and_ring(&self, core: &Core<P>) {
        if let Some(Pumped { peer, all, watched }) = self.send_waiting(core)
            && (!all || !watched || self.ear.is_lent())
        {
            peer.ring();
        }
    }

    /// Sends what waits in the queue, as much as may be in flight.
    fn send_waiting(&self, core: &Core<P>) -> Option<Pumped> {
        if !self.linked.load(Ordering::Acquire) || !core.is_of_this_process() {
            return None;
        }
        let mut state = self.state();
        let peer = state.peer.clone().filter(|_| !state.paused)?;
        let mut pulled = VecDeque::new();
        while state.in_flight.len() < MOST_IN_FLIGHT {
            core.queue.pull(1, &mut pulled);
            let Some(entry) = pulled.pop_front() else {
                break;
            };
            self.send(core, &mut state, &peer, entry);
        }
        let watched = state.watched || state.in_flight.is_empty();
        drop(state);
        let all = peer.flush() && peer.unsent() == 0;
        Some(Pumped { peer, all, watched })
    }

    fn send(&self, core: &Core<P>, state: &mut State<P>, peer: &Peer, mut entry: EntryOf<P>) {
        debug_assert!(!entry.is_guest(), "only our own calls are handed over");
        let now = Instant::now();
        if !entry.promise.hold() {
            return; // withdrawn
        }
        if entry.is_late(now) {
            let made = entry.made;
            entry.refuse(core.busy(made));
            return;
        }
        let crossing = entry.crossing.get_or_insert_with(|| self.session.name());
        let slot = crossing.slot;
        let ask = Ask::Call {
            slot,
            sequence: crossing.sequence,
            again: crossing.again,
            left: entry.deadline.map(|at| micros(at - now)),
            command: &entry.command,
        };
        if peer.put(&ask, frame::ASKED).is_ok() {
            state.waits_since.get_or_insert(now);
            state.in_flight.insert(slot, entry);
        } else {
            // Too long, or not to be written down.
            state.aside.push_back(entry);
            peer.ring();
        }
    }

    /// Which call is answered, and how.
    fn hear(&self, core: &Core<P>, told: Told<P::Answer>) -> io::Result<Option<Answered<P>>> {
        let Told::Answer {
            slot,
            sequence,
            outcome,
        } = told
        else {
            return Ok(None);
        };
        let mut state = self.state();
        let entry = state.in_flight.remove(&slot);
        if state.in_flight.is_empty() {
            state.waits_since = None;
        }
        drop(state);
        let named = |entry: &EntryOf<P>| {
            let crossing = entry.crossing.as_ref();
            crossing.is_some_and(|crossing| crossing.sequence == sequence)
        };
        let Some(entry) = entry.filter(named) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        match Outcome::result(outcome, || holder::find(&core.place)) {
            Some(result) => Ok(Some((entry, result))),
            None => {
                self.state().aside.push_back(entry);
                Ok(None)
            }
        }
    }

    /// Gives callers their answers.
    fn answer(&self, core: &Core<P>, answered: Vec<Answered<P>>) {
        let count = answered.len();
        if count == 0 {
            return;
        }
        core.note(|figures| {
            figures.handed += count as u64;
            let waited = answered.iter().map(|(entry, _)| entry.made.elapsed());
            waited.for_each(|waited| figures.handed_wait.add_time(waited));
        });
        let mut tree = WakeTree::new(count);
        for (entry, result) in answered {
            tree.answer(&entry.promise, result);
        }
        tree.wake();
    }

    /// What goes by the gate, to the head of the queue. Until [`resume`](Self::resume) nothing is sent.
    pub(crate) fn put_aside(&self, core: &Core<P>) {
        let mut state = self.state();
        state.paused = true;
        let aside = std::mem::take(&mut state.aside);
        drop(state);
        self.give_back(core, aside);
    }

    /// What the leader did not take, to the head of the queue.
    fn give_back(&self, core: &Core<P>, mut declined: VecDeque<EntryOf<P>>) {
        for entry in &declined {
            match entry.may_be_applied() {
                true => entry.promise.slot().doubt(),
                false => entry.promise.let_go(),
            }
        }
        core.queue.put_back(&mut declined);
    }

    /// Sends again.
    pub(crate) fn resume(&self) {
        self.state().paused = false;
    }

    /// The connection is over: what was in flight may be applied or not, and goes back to the head of the queue.
    fn unlink(&self, core: &Core<P>) {
        self.linked.store(false, Ordering::Release);
        let mut state = self.state();
        if let Some(peer) = state.peer.take() {
            peer.hang_up();
        }
        state.waits_since = None;
        let mut doubtful: Vec<_> = state.in_flight.drain().map(|(_, entry)| entry).collect();
        let declined = std::mem::take(&mut state.aside);
        drop(state);
        self.give_back(core, declined);
        doubtful.sort_by_key(|entry| entry.crossing.as_ref().map(|crossing| crossing.sequence));
        for entry in &mut doubtful {
            if let Some(crossing) = &mut entry.crossing {
                crossing.again = true;
            }
            entry.promise.slot().doubt();
        }
        core.queue.put_back(&mut doubtful.into());
    }
}

/// There is no leader, or none any more, or it has its hands full.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::NotFound
            | Kind::TimedOut
            | Kind::WouldBlock
            | Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::BrokenPipe
            | Kind::UnexpectedEof
    )
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
