//! The writer: the one place of this process that changes the database. It has a thread, and lends a caller who waits its
//! pen when it is idle.
//!
//! A turn: wait for calls, take the gate, look that the file is the same, `BEGIN IMMEDIATE`, take and apply what waits,
//! COMMIT, answer, checkpoint, leave the gate.

mod begin;
mod pen;
#[cfg_attr(
    any(gate_only, not(target_os = "linux")),
    path = "writer/side/absent.rs"
)]
mod side;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::batch::{self, Ending, EntryOf, Feed, Taken, Undone, forget};
use crate::checkpoint::Checkpointer;
use crate::connection::Station;
use crate::core::Core;
use crate::error::Error;
use crate::gate::{Gate, Held};
use crate::holder;
use crate::program::Program;
use crate::rhythm::Rhythm;
use crate::shared::Replies;
use crate::wake::WakeTree;
pub(crate) use pen::Pen;
use side::Side;
use turn::Turn;

/// A call that waited longer than this in line is worth a word.
const SLOW: Duration = Duration::from_millis(100);

pub(crate) struct Writer<P: Program> {
    core: Arc<Core<P>>,
    program: P,
    gate: Option<Gate>,
    /// The gate, while it is held.
    held: Option<Held>,
    /// Other processes stood at the gate when it was taken last.
    contended: bool,
    turn: Turn,
    /// Calls of one batch are run one by one: the gate stays closed between them.
    in_parts: bool,
    /// A caller has the pen: until when he may be kept waiting for SQLite's lock.
    lent_until: Option<Instant>,
    checkpointer: Checkpointer,
    rhythm: Rhythm,
    pulled: VecDeque<EntryOf<P>>,
    /// Size of the log at the latest look.
    wal_bytes: u64,
    /// The log was taken away while it was open: what went into a new one, beside the old index, would be lost.
    log_gone: Option<Error>,
    /// An outcome is unknown: the program must look at the file before anything is served.
    unsure: bool,
    side: Side,
    replies: Replies,
}

impl<P: Program> Writer<P> {
    pub(crate) fn new(core: Arc<Core<P>>, program: P) -> Self {
        let checkpointer = Checkpointer::new(core.options.checkpoint_frames);
        Self {
            core,
            program,
            gate: None,
            held: None,
            contended: false,
            turn: Turn::new(),
            in_parts: false,
            lent_until: None,
            checkpointer,
            rhythm: Rhythm::default(),
            pulled: VecDeque::new(),
            wal_bytes: 0,
            log_gone: None,
            unsure: false,
            side: Side::default(),
            replies: Replies::default(),
        }
    }

    /// What is to be done now that there are calls, or somebody wants to be heard.
    fn work(&mut self) {
        if self.core.bed.is_asked() {
            self.resign();
            self.core.bed.rest();
            return;
        }
        if self.follow() {
            return;
        }
        self.rhythm.gather(&self.core.queue);
        self.go_by_the_gate();
    }

    /// What happens while the gate is held.
    fn inside(&mut self) -> Result<(), Error> {
        let core = Arc::clone(&self.core);
        let until = self.lent_until;
        let somebody_waits = || {
            let now = Instant::now();
            until.is_none_or(|until| now < until) && core.queue.any_live(now)
        };
        let mut pulled = std::mem::take(&mut self.pulled);
        let mut feed = Feed::new(&core, &mut pulled, self.rhythm.most());
        let batch = if somebody_waits() {
            self.batch(&mut Vec::new(), somebody_waits, |taken| feed.next(taken))
        } else {
            Ok(false)
        };
        self.pulled = pulled;
        if !batch? && until.is_none() {
            self.give_up();
        }
        Ok(())
    }

    /// One transaction and its consequences; `taken` is empty after it. False: the write lock was not to be had while
    /// `patient`; then, as after an error, `taken` is as it was.
    fn batch(
        &mut self,
        taken: &mut Vec<Taken<P>>,
        patient: impl Fn() -> bool,
        next: impl FnMut(&mut Vec<Taken<P>>) -> Option<usize>,
    ) -> Result<bool, Error> {
        let Some(station) = self.take_station(&patient)? else {
            return Ok(false);
        };
        let Some(txn) = self.begin(&station, patient)? else {
            match self.lent_until.is_none() && holder::is_no_other(&self.core.place) {
                true => self.distrust(station), // what is left of its locks goes with the connections
                false => self.core.park(station),
            }
            return Ok(false);
        };
        let began = Instant::now();
        self.replies.begin(self.side.departed(), self.side.term());
        let (program, replies) = (&mut self.program, &mut self.replies);
        let ending = batch::run(&station, txn, program, replies, taken, next);
        let taken = std::mem::take(taken);
        let hold = began.elapsed();
        self.side.note_batch(hold);
        match ending {
            Ending::Nothing => self.keep(station),
            Ending::Done(commit) => self.done(station, taken, hold, commit),
            Ending::Undone(undone) if undone.is_damage() => {
                drop(station);
                self.damaged(taken, undone);
            }
            Ending::Undone(undone) => {
                if undone.is_io() {
                    drop(station); // opened again for the next try
                } else {
                    self.keep(station);
                }
                self.one_by_one(taken, undone);
            }
            Ending::Unknown(error) => {
                self.distrust(station);
                self.unknown(taken, &error);
            }
        }
        Ok(true)
    }

    /// Puts the connection back, unless a failed rollback has left a transaction in it.
    fn keep(&mut self, station: Station) {
        if station.conn.is_autocommit() {
            self.core.park(station);
        }
    }

    fn done(&mut self, station: Station, taken: Vec<Taken<P>>, hold: Duration, commit: Duration) {
        let waiting = self.core.queue.len();
        let frames = station.frames.load(Ordering::Relaxed);
        let slow = taken.iter().filter(|call| call.waited > SLOW);
        let slow = slow.map(|call| self.program.slow(&call.entry.command, call.waited));
        let slow = slow.count() as u64;
        let guests = taken.iter().filter(|call| call.entry.is_guest()).count() as u64;
        let made = taken.iter().map(|call| call.entry.made);
        self.rhythm.committed(made, waiting, guests > 0, commit);
        self.core.note(|figures| {
            figures.slow += slow;
            figures.calls += taken.len() as u64;
            figures.for_others += guests;
            figures.batches += 1;
            figures.batch_size.add(taken.len() as u64);
            taken
                .iter()
                .for_each(|call| figures.queue_wait.add_time(call.waited));
            figures.hold.add_time(hold);
            figures.commit.add_time(commit);
            figures.wal_frames = frames;
        });
        let idle = waiting == 0;
        let due = self.checkpointer.is_due(&station, self.wal_bytes, idle);
        if !due && !self.in_parts && !self.contended {
            // Before the callers are woken: a process that is stopped at its first answer should not stand in the gate.
            self.leave_gate();
        }
        self.rhythm
            .answer(taken.first().map(|call| call.entry.made));
        let mut tree = WakeTree::new(taken.len());
        for call in taken.into_iter().rev() {
            tree.answer(&call.entry.promise, call.answer.ok_or(Error::Closed));
        }
        tree.wake();
        if due {
            self.checkpoint(station, idle);
        } else {
            self.keep(station);
        }
    }

    fn checkpoint(&mut self, station: Station, idle: bool) {
        match self.checkpointer.run(&station, self.wal_bytes, idle) {
            Ok(()) => {
                self.core.note(|figures| figures.checkpoints += 1);
                self.keep(station);
            }
            // Those who were answered are on disk by the log; but after a failed fsync nothing may go on in place.
            Err(_) => self.distrust(station),
        }
    }

    /// The file is damaged. It is not written again, not even by the innocent calls: the line ends here, and whoever
    /// mends the file or puts a copy in its place opens a new one.
    fn damaged(&mut self, taken: Vec<Taken<P>>, undone: Undone) {
        self.core.note(|figures| figures.rollbacks += 1);
        let error = Error::from_sqlite(&self.core.place.path, undone.error);
        self.core.queue.close(error.clone());
        for call in taken {
            call.entry.refuse(error.clone());
        }
    }

    /// The batch was rolled back: each call again, alone, and the one that failed fails alone.
    fn one_by_one(&mut self, taken: Vec<Taken<P>>, undone: Undone) {
        self.core.note(|figures| figures.rollbacks += 1);
        let Undone { error, at, again } = undone;
        let blamed = at.filter(|_| !again);
        let mut error = Some(error);
        let only = taken.len() == 1;
        self.in_parts = true;
        for (index, call) in taken.into_iter().enumerate() {
            // A batch of one was alone already.
            match error.take_if(|_| only || blamed == Some(index)) {
                Some(error) => {
                    self.answer(call, Err(Error::from_sqlite(&self.core.place.path, error)))
                }
                None => self.alone(call),
            }
        }
        self.in_parts = false;
    }

    fn alone(&mut self, call: Taken<P>) {
        let deadline = call.entry.deadline;
        let patient = || deadline.is_none_or(|at| Instant::now() < at);
        let mut taken = vec![call];
        let mut once = Some(0);
        let batch = self.batch(&mut taken, patient, |_| once.take());
        for call in taken {
            let error = batch
                .as_ref()
                .err()
                .cloned()
                .unwrap_or_else(|| self.core.busy(call.entry.made));
            call.entry.refuse(error);
        }
    }

    fn answer(&self, call: Taken<P>, result: Result<P::Answer, Error>) {
        call.entry.promise.fulfil(result);
    }

    /// The connection is closed and the file looked at before anything else is served. Idle readers close too, so that
    /// nobody's memory of the log survives if we are the only process.
    fn distrust(&mut self, station: Station) {
        drop(station);
        self.core.readers.clear();
        forget(&mut self.program);
        self.unsure = true;
    }

    fn unknown(&mut self, taken: Vec<Taken<P>>, error: &rusqlite::Error) {
        self.core
            .note(|figures| figures.unknown += taken.len() as u64);
        let mut tree = WakeTree::new(taken.len());
        for call in taken.into_iter().rev() {
            tree.answer(
                &call.entry.promise,
                Err(Error::Unknown {
                    why: error.to_string(),
                }),
            );
        }
        tree.wake();
    }

    /// Nobody waits any more: whoever is late and has not noticed yet is told.
    fn give_up(&mut self) {
        let late: Vec<_> = self
            .core
            .queue
            .expire(Instant::now())
            .into_iter()
            .filter(|entry| entry.promise.hold())
            .collect();
        if late.is_empty() {
            return;
        }
        let holder = holder::find(&self.core.place);
        self.core.note(|figures| figures.busy += late.len() as u64);
        for entry in late {
            let waited = entry.made.elapsed();
            entry.promise.fulfil(Err(Error::Busy {
                waited,
                holder: holder.clone(),
            }));
        }
    }

    /// An error that concerns everybody in line. Nothing of theirs was begun.
    fn fail_all(&mut self, error: &Error) {
        for entry in self.core.queue.drain() {
            entry.refuse(error.clone());
        }
    }
}
