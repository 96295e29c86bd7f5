//! The pen: who has it writes. The writer's thread has it whenever it is awake. While that sleeps for want of calls, a
//! caller who waits anyway does his call himself: handing it over and back costs two wake-ups, as much as the commit does
//! on a good disk.
//!
//! A caller waits for nobody with the pen in his hand: what the gate, a leader, or several callers at once would make him
//! wait for is left to the thread.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use super::Writer;
use crate::error::Error;
use crate::program::Program;
use crate::queue::Queue;

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
        }
        let writer = self.take().take();
        if let Some(mut writer) = writer {
            writer.resign();
        }
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
        let others = self.contended || self.rhythm.has_company();
        if others || self.core.bed.is_asked() || self.has_news_to_see() {
            return false;
        }
        match self.enter_at_once() {
            Ok(false) => return false,
            Ok(true) => {}
            Err(error) => {
                self.fail_all(&error);
                return true;
            }
        }
        self.lent_until = Some(Instant::now() + PATIENCE);
        if let Err(error) = self.behind_the_gate(Duration::ZERO) {
            self.fail_all(&error);
        }
        self.settle_sides();
        self.lent_until = None;
        self.core.queue.len() == 0
    }

    fn enter_at_once(&mut self) -> Result<bool, Error> {
        match self.take_gate()?.enter_at_once(&self.core.place)? {
            Ok(held) => {
                self.held = Some(held);
                Ok(true)
            }
            Err(gate) => {
                self.gate = Some(gate);
                Ok(false)
            }
        }
    }
}
