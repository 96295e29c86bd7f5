//! The ear: who has it reads what the leader says. The line's thread has it as long as several callers come and go. When
//! the answers come one at a time, it lends the ear to the caller who waits for the next one anyway: woken by the leader
//! itself, he saves the thread's wake-up and his own.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use super::gather::Patience;
use super::{Answered, Follower, Left};
use crate::core::Core;
use crate::program::Program;
use crate::shared::link::Link;
use crate::shared::message::{Ask, Told};
use crate::shared::silence::{ASK_AFTER, Silence, Verdict};
use crate::slot::Slot;

/// After so many answers that came one at a time the ear is lent.
const ALONE: u32 = 4;
/// The most that it becomes where lending does not help.
const MOST_ALONE: u32 = 64;

/// The connection to the leader, as those use it who read from it.
#[derive(Default)]
pub(super) struct Ear {
    /// Locked by who listens. The line's thread keeps it locked, except while it lends it.
    link: Mutex<Option<Link>>,
    lent: AtomicBool,
    /// Answers that callers heard for themselves since it was lent.
    heard: AtomicU32,
}

impl Ear {
    pub(super) fn take(&self, link: Link) {
        *self.link() = Some(link);
    }

    pub(super) fn is_lent(&self) -> bool {
        self.lent.load(Ordering::Acquire)
    }

    fn link(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The link, unless somebody listens already.
    fn borrow(&self) -> Option<MutexGuard<'_, Option<Link>>> {
        match self.link.try_lock() {
            Ok(link) => Some(link),
            Err(TryLockError::Poisoned(broken)) => Some(broken.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// When the line's thread lends its ear.
struct Habit {
    /// Answers that came one at a time.
    alone: u32,
    /// How many it takes.
    wanted: u32,
}

impl Default for Habit {
    fn default() -> Self {
        Self {
            alone: 0,
            wanted: ALONE,
        }
    }
}

impl Habit {
    fn is_alone(&self) -> bool {
        self.alone >= self.wanted
    }

    fn answered(&mut self, count: usize) {
        match count {
            0 => {}
            1 => self.alone += 1,
            _ => self.alone = 0,
        }
    }

    /// The ear is back, and callers heard so many answers meanwhile.
    fn lent(&mut self, heard: u32) {
        self.alone = 0;
        self.wanted = match heard > self.wanted {
            true => ALONE,
            false => (self.wanted * 2).min(MOST_ALONE),
        };
    }
}

/// What the line's thread knows while it listens.
#[derive(Default)]
struct Mind {
    silence: Silence,
    habit: Habit,
    patience: Patience,
}

impl<P: Program> Follower<P> {
    /// Reads answers until something else is to be done.
    pub(crate) fn serve(&self, core: &Core<P>) -> Left {
        let mut mind = Mind::default();
        let mut ear = self.ear.link();
        let left = loop {
            let Some(link) = ear.as_mut() else {
                break Left::Gone;
            };
            match self.turn(core, link, &mut mind) {
                Ok(None) => {}
                Ok(Some(left)) => break left,
                Err(_) => break Left::Gone,
            }
            if mind.habit.is_alone() && !self.gathering.is_on() {
                ear = self.lend(core, ear, &mut mind.habit);
            }
        };
        if left != Left::Aside {
            *ear = None;
            self.unlink(core);
        }
        left
    }

    fn turn(&self, core: &Core<P>, link: &mut Link, mind: &mut Mind) -> io::Result<Option<Left>> {
        core.bed.rest();
        let now = Instant::now();
        let patience = mind.patience.left(now, self.gathering.is_on());
        if patience.is_none() {
            self.gathering.end();
            self.send_and_ring(core);
        }
        let (verdict, waits) = {
            let mut state = self.state();
            if !state.aside.is_empty() {
                return Ok(Some(Left::Aside));
            }
            let verdict = mind.silence.judge(state.waits_since, now);
            state.watched = patience.is_some() || mind.silence.watches(now);
            (verdict, state.waits_since.is_some())
        };
        if core.queue.is_closed() && !waits {
            // Its replies need not be kept.
            link.put(&Ask::<P::Command>::Bye)?;
            link.peer.flush();
            return Ok(Some(Left::Closed));
        }
        match verdict {
            Verdict::Fine => {}
            Verdict::Ask => link.put(&Ask::<P::Command>::Ping)?,
            Verdict::Stopped => return Ok(Some(Left::Silent(link.term))),
        }
        let next = mind.silence.next(now).into_iter().chain(patience).min();
        if link.exchange(next)? {
            mind.silence.heard();
        }
        let answered = self.hear_all(core, link)?;
        self.expect(&answered, mind);
        self.answer(core, answered);
        Ok(None)
    }

    /// What these callers, who are about to be answered, will do next.
    fn expect(&self, answered: &[Answered<P>], mind: &mut Mind) {
        mind.habit.answered(answered.len());
        let latest = answered.iter().map(|(entry, _)| entry.made).max();
        if let Some(latest) = latest.filter(|_| answered.len() > 1) {
            self.gathering.expect(answered.len());
            mind.patience.expect(Instant::now(), latest.elapsed());
        }
    }

    /// The answers that have come.
    fn hear_all(&self, core: &Core<P>, link: &mut Link) -> io::Result<Vec<Answered<P>>> {
        let mut answered = Vec::new();
        while let Some(told) = link.next::<Told<P::Answer>>()? {
            answered.extend(self.hear(core, told)?);
        }
        Ok(answered)
    }

    /// Lends the ear until somebody rings or the connection ends.
    fn lend<'a>(
        &'a self,
        core: &Core<P>,
        ear: MutexGuard<'a, Option<Link>>,
        habit: &mut Habit,
    ) -> MutexGuard<'a, Option<Link>> {
        let Some(peer) = ear.as_ref().map(|link| Arc::clone(&link.peer)) else {
            return ear;
        };
        self.ear.heard.store(0, Ordering::Relaxed);
        // Lent first, then looked: whoever sends after the look sees that it is lent, and rings.
        self.ear.lent.store(true, Ordering::Release);
        let quiet = !core.queue.is_closed() && !self.has_unheard();
        drop(ear);
        if quiet {
            peer.await_bell();
        }
        let ear = self.ear.link();
        self.ear.lent.store(false, Ordering::Release);
        habit.lent(self.ear.heard.load(Ordering::Relaxed));
        ear
    }

    /// Whether something is under way that only the line's thread sees to, if nobody listens.
    fn has_unheard(&self) -> bool {
        let state = self.state();
        !state.in_flight.is_empty() || !state.aside.is_empty()
    }

    /// Whether a caller who waits can hear his answer himself.
    pub(crate) fn is_heard_here(&self) -> bool {
        self.ear.is_lent()
    }

    /// Sends what waits in the queue and listens until the call of this slot is answered, if the ear is to be had. False:
    /// somebody else has it, or there is more to hear.
    pub(crate) fn hear_here(&self, core: &Core<P>, slot: &Slot<P::Answer>) -> bool {
        if !self.ear.is_lent() {
            return false;
        }
        let mut ear = self.ear.borrow();
        let link = ear.as_mut().and_then(|ear| ear.as_mut());
        link.is_some_and(|link| self.ear.is_lent() && self.listen(core, link, slot))
    }

    fn listen(&self, core: &Core<P>, link: &mut Link, slot: &Slot<P::Answer>) -> bool {
        if self.send_waiting(core).is_none_or(|sent| !sent.all) {
            return false;
        }
        while slot.is_taken() && self.state().aside.is_empty() {
            // Silence, and the end of the connection, are for the line's thread to judge.
            if !link.hear_within(ASK_AFTER).unwrap_or(false) {
                return false;
            }
            let Ok(answered) = self.hear_all(core, link) else {
                link.peer.hang_up();
                return false;
            };
            let count = answered.len();
            core.note(|figures| figures.heard_here += count as u64);
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.ear.heard.fetch_add(count, Ordering::Relaxed);
            self.answer(core, answered);
        }
        !self.has_unheard()
    }
}
