//! What the handles, the calls and the writer of one line share.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::connection::Station;
use crate::error::Error;
use crate::figures::Figures;
use crate::forked;
use crate::holder;
use crate::identity::Place;
use crate::options::Options;
use crate::program::Program;
use crate::queue::Queue;
use crate::readers::Readers;
use crate::rest::Bed;
use crate::shared::Follower;
use crate::writer::{Pen, Writer};

/// How long closing waits for the writer. One that hangs in the kernel's line at the gate is left behind.
const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) struct Core<P: Program> {
    pub(crate) place: Arc<Place>,
    pub(crate) options: Options,
    pub(crate) queue: Queue<P::Command, P::Answer>,
    pub(crate) readers: Arc<Readers>,
    /// What the program says of itself, where its calls may be committed by another process.
    pub(crate) dialect: Option<String>,
    pub(crate) follower: Follower<P>,
    pub(crate) bed: Bed,
    /// The writer's connection between its turns.
    parked: Mutex<Option<Station>>,
    generation: u32,
    figures: Mutex<Figures>,
    started: AtomicBool,
    pen: Pen<P>,
    /// It was said why this process commits for itself.
    told: AtomicBool,
    office: Mutex<Office<P>>,
    ended: Condvar,
}

/// The writer's state: a process that only reads never starts one.
struct Office<P> {
    /// Here until the writer has fetched it.
    program: Option<P>,
    writer: Option<ThreadId>,
    ended: bool,
}

impl<P: Program> Core<P> {
    pub(crate) fn new(
        place: Arc<Place>,
        options: Options,
        readers: Arc<Readers>,
        program: P,
    ) -> Self {
        let queue = Queue::new(options.queue_calls, options.queue_bytes);
        let dialect = program
            .dialect()
            .filter(|_| options.shared)
            .map(|dialect| format!("{} {dialect}", P::VERSION));
        let office = Mutex::new(Office {
            program: Some(program),
            writer: None,
            ended: false,
        });
        let (started, figures, ended) = (AtomicBool::new(false), Mutex::default(), Condvar::new());
        Self {
            place,
            options,
            queue,
            readers,
            dialect,
            follower: Follower::new(),
            bed: Bed::default(),
            parked: Mutex::default(),
            generation: forked::generation(),
            figures,
            started,
            pen: Pen::new(),
            told: AtomicBool::new(false),
            office,
            ended,
        }
    }

    /// Whether this process opened it, and not one that it was forked from.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.generation == forked::generation()
    }

    fn parked(&self) -> MutexGuard<'_, Option<Station>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the writer's connection until its next turn, unless the process is about to fork.
    pub(crate) fn park(&self, station: Station) {
        let mut parked = self.parked();
        if !forked::is_resting() {
            *parked = Some(station);
        }
    }

    /// The writer's connection, for its turn.
    pub(crate) fn unpark(&self) -> Option<Station> {
        self.parked().take()
    }

    fn office(&self) -> MutexGuard<'_, Office<P>> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the writer thread if it does not run yet.
    pub(crate) fn start_writer(self: &Arc<Self>) -> Result<(), Error> {
        if self.started.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut office = self.office();
        if office.writer.is_none() {
            let core = Arc::clone(self);
            let spawned = thread::Builder::new()
                .name("sqlite-line".into())
                .spawn(move || core.write());
            let thread = spawned.map_err(|error| {
                Error::io(
                    &self.place.path,
                    "cannot be written: no thread could be started",
                    error,
                )
            })?;
            office.writer = Some(thread.thread().id());
            self.started.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// The writer's life.
    fn write(self: Arc<Self>) {
        let _end = End(&self);
        let program = self.office().program.take();
        if let Some(program) = program {
            self.pen
                .run(&self.queue, Writer::new(Arc::clone(&self), program));
        }
    }

    /// Does on this thread what waits in line, if the writer is idle and nobody has to be waited for. False: it was not
    /// done, or not all of it.
    pub(crate) fn write_here(&self) -> bool {
        let started = self.started.load(Ordering::Acquire);
        started && self.is_of_this_process() && self.pen.write_here()
    }

    /// Has the writer leave gate and lead, and rest.
    pub(crate) fn lie_down(&self, within: Duration) {
        self.bed.ask();
        if self.started.load(Ordering::Acquire) {
            self.queue.nudge();
            self.follower.ring();
            self.bed.wait(within);
        }
    }

    /// No further calls. Waits, within bounds, until the writer has finished what it took and closed its connection.
    pub(crate) fn close(&self) {
        self.queue.close(Error::Closed);
        self.bed.wake();
        self.follower.ring();
        self.readers.close();
        let office = self.office();
        let Some(writer) = office.writer else { return };
        if writer == thread::current().id() {
            return; // the last handle lived in the program itself
        }
        let waited = self
            .ended
            .wait_timeout_while(office, FAREWELL, |office| !office.ended);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// There is no shared line for this process, and that will not change by itself: said once.
    pub(crate) fn goes_alone(&self, error: &dyn Display) {
        if !self.told.swap(true, Ordering::Relaxed) {
            let path = self.place.path.display();
            tracing::info!(target: "sqlite_line", %path, %error, "no shared line for this process; it commits for itself, by the gate");
        }
    }

    pub(crate) fn note(&self, f: impl FnOnce(&mut Figures)) {
        f(&mut self.figures.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn figures(&self) -> Figures {
        self.figures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The answer for a call whose time is up.
    pub(crate) fn busy(&self, made: Instant) -> Error {
        self.note(|figures| figures.busy += 1);
        Error::Busy {
            waited: made.elapsed(),
            holder: holder::find(&self.place),
        }
    }
}

impl<P: Program> forked::Rest for Core<P> {
    fn rest(&self) {
        self.readers.clear();
        drop(self.unpark());
    }
}

/// However the writer ends, nobody waits for it any longer.
struct End<'a, P: Program>(&'a Core<P>);

impl<P: Program> Drop for End<'_, P> {
    fn drop(&mut self) {
        self.0.queue.close(Error::Closed);
        drop(self.0.unpark());
        self.0.office().ended = true;
        self.0.ended.notify_all();
    }
}
