//! The leader's reception: one thread that waits for all connections, reads what followers ask, puts it into the queue,
//! and keeps their deadlines. Answers are sent by the writer itself; what a peer has no room for is sent from here.
//!
//! Everything a follower can make grow is bounded: connections, calls of each inside, bytes of a frame, bytes that it
//! does not read.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::process::{Resource, getrlimit};

use super::bell::timespec;
use super::guest::{Guest, Judged};
use super::leader::Hall;
use super::peer::{PIECE, Peer};
use super::socket;
use crate::core::Core;
use crate::forked::Own;
use crate::identity::FileId;
use crate::program::Program;

const LISTENER: u64 = 0;
const BELL: u64 = 1;
const FIRST_GUEST: u64 = 2;

/// Connections at once; a quarter of the process's descriptors, if those are fewer.
const MOST_GUESTS: u64 = 1024;
/// Between two looks at deadlines.
const TICK: Duration = Duration::from_millis(20);
/// The same while no call is inside.
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Reception<P: Program> {
    core: Arc<Core<P>>,
    hall: Arc<Hall>,
    listener: Own<UnixListener>,
    epoll: OwnedFd,
    guests: HashMap<u64, Guest<P>>,
    next: u64,
    most: u64,
    /// The listener is left alone until the next tick: there are no descriptors left.
    deaf: bool,
    ticked: Instant,
    /// The socket as we made it; gone from its place, we are no leader any more.
    socket: FileId,
    looked: Instant,
    scratch: Vec<u8>,
}

impl<P: Program> Reception<P> {
    pub(crate) fn new(
        core: Arc<Core<P>>,
        hall: Arc<Hall>,
        (listener, socket): (Own<UnixListener>, FileId),
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let into = epoll::EventFlags::IN;
        epoll::add(
            &epoll,
            &*listener,
            epoll::EventData::new_u64(LISTENER),
            into,
        )?;
        epoll::add(&epoll, &*hall.bell, epoll::EventData::new_u64(BELL), into)?;
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Ok(Self {
            core,
            hall,
            listener,
            epoll,
            guests: HashMap::new(),
            next: FIRST_GUEST,
            most: MOST_GUESTS.min(descriptors / 4),
            deaf: false,
            ticked: Instant::now(),
            socket,
            looked: Instant::now(),
            scratch: vec![0; PIECE],
        })
    }

    pub(crate) fn run(mut self) {
        let mut events = Vec::with_capacity(64);
        while !self.hall.closing.load(Ordering::Acquire) {
            events.clear();
            let busy = self.deaf || self.guests.values().any(Guest::is_busy);
            let time = timespec(if busy { TICK } else { IDLE });
            // Interrupted is like nothing.
            let _ = epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&time));
            let mut all = self.ticked.elapsed() >= TICK;
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept(),
                    BELL => {
                        self.hall.bell.hear();
                        all = true;
                    }
                    id => self.attend(id),
                }
            }
            if all {
                self.tick();
            }
        }
        let guests = std::mem::take(&mut self.guests);
        let part = |guest: Guest<P>| guest.part(&self.core, &self.hall);
        guests.into_values().for_each(part);
    }

    fn tick(&mut self) {
        self.ticked = Instant::now();
        if std::mem::take(&mut self.deaf) {
            self.listen(epoll::EventFlags::IN);
        }
        self.look_at_the_socket();
        let ids: Vec<u64> = self.guests.keys().copied().collect();
        for id in ids {
            if let Some(guest) = self.guests.get(&id) {
                guest.expire(&self.core);
            }
            self.attend(id);
        }
    }

    /// A leader that was deposed while it was stopped, and has nothing to write, would else never know.
    fn look_at_the_socket(&mut self) {
        if self.looked.elapsed() >= IDLE {
            self.looked = Instant::now();
            let there = FileId::at(&self.core.place.socket);
            if there.is_err() || there.is_ok_and(|there| there != self.socket) {
                self.core.queue.nudge();
            }
        }
    }

    fn listen(&self, flags: epoll::EventFlags) {
        let data = epoll::EventData::new_u64(LISTENER);
        let _ = epoll::modify(&self.epoll, &*self.listener, data, flags);
    }

    fn accept(&mut self) {
        loop {
            let accept = || self.listener.accept().map(|(stream, _)| stream);
            let stream = match Own::open(accept) {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.deaf = true;
                    self.listen(epoll::EventFlags::empty());
                    return;
                }
            };
            if self.guests.len() as u64 >= self.most {
                continue; // it goes by the gate
            }
            let is_friend = socket::is_friend(&*stream);
            let Ok(peer) = Peer::new(stream, Arc::clone(&self.hall.bell)) else {
                continue;
            };
            let id = self.next;
            let data = epoll::EventData::new_u64(id);
            if epoll::add(&self.epoll, &peer, data, epoll::EventFlags::IN).is_ok() {
                self.next += 1;
                self.guests.insert(id, Guest::new(id, peer, is_friend));
            }
        }
    }

    /// Sends what is to be sent and reads what there is, as far as bounds allow.
    fn attend(&mut self, id: u64) {
        let Some(guest) = self.guests.get_mut(&id) else {
            return;
        };
        let stays = match guest.attend(&self.core, &self.hall, &mut self.scratch) {
            Judged::Stays(wants) => {
                let same = guest.wants == wants;
                guest.wants = wants;
                let data = epoll::EventData::new_u64(id);
                same || epoll::modify(&self.epoll, guest.peer(), data, wants).is_ok()
            }
            Judged::Parts(departed) => {
                departed
                    .into_iter()
                    .for_each(|session| self.hall.depart(session));
                false
            }
        };
        if !stays && let Some(guest) = self.guests.remove(&id) {
            let _ = epoll::delete(&self.epoll, guest.peer());
            guest.part(&self.core, &self.hall);
        }
    }
}
