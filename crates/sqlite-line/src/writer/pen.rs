//! The pen: who has it writes. The writer's thread has it whenever it is awake. While that sleeps for want of calls, a
//! caller who waits anyway does his call himself: handing it over and back costs two wake-ups, as much as the commit does
//! on a good disk.
//!
//! A caller waits for nobody with the pen in his hand: what the gate, a leader, or several callers at once would make him
//! wait for is left to the thread.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use super::Writer;
use super::turn::COMEBACK;
use crate::program::Program;
use crate::queue::{Queue, Woken};

/// How long a caller stands at SQLite's own lock, which only programs that know no gate can keep from him.
const PATIENCE: Duration = Duration::from_millis(1);

/// `None` until the writer has begun, and when it has ended.
pub(crate) struct Pen<P: Program>(Mutex<Option<Writer<P>>>);

impl<P: Program> Pen<P> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// The life of the writer's thread.
    pub(crate) fn run(&self, queue: &QueueOf<P>, writer: Writer<P>) {
        *self.take() = Some(writer);
        while queue.wait() {
            let mut pen = self.take();
            let Some(writer) = pen.as_mut() else { return };
            writer.work();
            let mut stays_until = writer.stays_until();
            while let Some(until) = stays_until {
                drop(pen);
                let woken = self.stay(queue, until);
                pen = self.take();
                let Some(writer) = pen.as_mut() else { return };
                writer.look_again(woken);
                stays_until = writer.stays_until();
            }
        }
        let writer = self.take().take();
        if let Some(mut writer) = writer {
            writer.resign();
        }
    }

    /// With the gate held, sleeps until a call is to be done here, or the thread is wanted elsewhere, or it is time and
    /// nobody writes.
    fn stay(&self, queue: &QueueOf<P>, until: Instant) -> Woken {
        let mut woken = queue.stay(until);
        while woken == Woken::InTime && matches!(self.0.try_lock(), Err(TryLockError::WouldBlock)) {
            woken = queue.stay(Instant::now() + COMEBACK);
        }
        woken
    }

    fn take(&self) -> MutexGuard<'_, Option<Writer<P>>> {
        self.0.lock().unwrap_or_else(|broken| {
            // A caller's thread panicked in the middle of something: the writer ends, and with it the line.
            let mut pen = broken.into_inner();
            *pen = None;
            pen
        })
    }

    /// Does here what waits in line. False: somebody else has the pen, or would have to be waited for, or something is
    /// left.
    pub(crate) fn write_here(&self) -> bool {
        let mut pen = match self.0.try_lock() {
            Ok(pen) => pen,
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => return false,
        };
        pen.as_mut().is_some_and(Writer::write_here)
    }
}

type QueueOf<P> = Queue<<P as Program>::Command, <P as Program>::Answer>;

impl<P: Program> Writer<P> {
    fn write_here(&mut self) -> bool {
        if self.core.bed.is_asked() || self.has_news_to_see() || self.rhythm.has_company() {
            return false;
        }
        self.lent_until = Some(Instant::now() + PATIENCE);
        let turned = self.turn_at_once();
        self.lent_until = None;
        let done = turned.unwrap_or_else(|error| {
            self.fail_all(&error);
            true
        });
        done && self.core.queue.len() == 0
    }
}
