//! Reading: a few idle query-only connections, no snapshot open between reads. A read runs where it is waited for; an
//! awaited one runs on a reader thread, because a query must not block an executor.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use crate::call::{Call, Step};
use crate::connection::{Reader, read_failed};
use crate::error::Error;
use crate::forked;
use crate::identity::Place;
use crate::options::Options;
use crate::panics::caught;
use crate::txn::ReadTxn;

/// A reader thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The read connections of a line and the threads for awaited reads.
pub(crate) struct Readers {
    place: Arc<Place>,
    options: Options,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Reader>,
    jobs: VecDeque<Job>,
    threads: usize,
    waiting_threads: usize,
    closed: bool,
}

impl Readers {
    pub(crate) fn new(place: Arc<Place>, options: Options) -> Self {
        Self {
            place,
            options,
            state: Mutex::default(),
            work: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `f` on this thread in a read transaction. `f` is free in its error, so that our own words pass unchanged.
    pub(crate) fn run<T>(
        &self,
        f: impl FnOnce(&ReadTxn<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.place.check_file()?;
        let reader = self.get()?;
        let result = run_on(&reader, &self.place, f);
        if reader.conn.is_autocommit() {
            self.put(reader);
        }
        result
    }

    /// The same for users' code, whose errors are SQLite's.
    pub(crate) fn read<T>(
        &self,
        f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let since = Instant::now();
        self.run(|txn| f(txn).map_err(|error| read_failed(&self.place, since, error)))
    }

    fn get(&self) -> Result<Reader, Error> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::Closed);
        }
        match state.idle.pop() {
            Some(reader) => Ok(reader),
            None => {
                drop(state);
                Reader::open(&self.place, &self.options)
            }
        }
    }

    fn put(&self, reader: Reader) {
        let mut state = self.state();
        if !state.closed && !forked::is_resting() && state.idle.len() < self.options.readers {
            state.idle.push(reader);
        }
    }

    /// Closes the idle connections, so that the next read begins with the file as it is on disk.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut self.state().idle);
        drop(idle);
    }

    /// No further reads. Those that run end in peace.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let (idle, jobs) = (
            std::mem::take(&mut state.idle),
            std::mem::take(&mut state.jobs),
        );
        drop(state);
        self.work.notify_all();
        drop((idle, jobs));
    }

    /// Hands a job to a reader thread, a new one if all are at work and there may be more.
    fn hand_over(self: &Arc<Self>, job: Job) -> Result<(), Error> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::Closed);
        }
        state.jobs.push_back(job);
        if state.waiting_threads >= state.jobs.len() || state.threads >= self.options.readers.max(1)
        {
            drop(state);
            self.work.notify_one();
            return Ok(());
        }
        state.threads += 1;
        drop(state);
        let readers = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name("sqlite-line-read".into())
            .spawn(move || readers.work());
        if let Err(error) = spawned {
            let mut state = self.state();
            state.threads -= 1;
            if state.threads == 0 {
                let jobs = std::mem::take(&mut state.jobs);
                drop(state);
                drop(jobs);
                return Err(Error::io(
                    &self.place.path,
                    "cannot be read: no thread could be started",
                    error,
                ));
            }
        }
        Ok(())
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state();
                continue;
            }
            if state.closed {
                break;
            }
            state.waiting_threads += 1;
            let (next, waited) = self
                .work
                .wait_timeout(state, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            state = next;
            state.waiting_threads -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

/// One read transaction on one connection. The snapshot ends here, whatever `f` did.
pub(crate) fn run_on<T>(
    reader: &Reader,
    place: &Place,
    f: impl FnOnce(&ReadTxn<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let txn = ReadTxn::begin(&reader.conn, &reader.door)
        .map_err(|error| Error::from_sqlite(&place.path, error))?;
    let result = f(&txn);
    // When it fails the connection is seen to be inside a transaction and is closed.
    let _ = txn.end(&reader.door);
    result
}

/// A read that has not begun.
pub(crate) struct Reading<T> {
    readers: Arc<Readers>,
    state: ReadingState<T>,
}

/// What is to be read, once there is a reader for it.
type Read<T> = Box<dyn FnOnce(&Readers) -> Result<T, Error> + Send>;

enum ReadingState<T> {
    NotBegun(Read<T>),
    HandedOver(Call<T>),
    Done,
}

impl<T: Send + 'static> Reading<T> {
    pub(crate) fn new(
        readers: Arc<Readers>,
        f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Self {
        let read = move |readers: &Readers| readers.read(f);
        Self {
            readers,
            state: ReadingState::NotBegun(Box::new(read)),
        }
    }
}

impl Readers {
    /// Hands a read over to the thread that reads for those who await.
    fn begin<T: Send + 'static>(self: &Arc<Self>, read: Read<T>) -> Result<Call<T>, Error> {
        let (promise, call) = Call::pair();
        let readers = Arc::clone(self);
        let job = move || {
            if promise.hold() {
                let result = caught(|| read(&readers));
                promise.fulfil(result.unwrap_or_else(|error| Err(Error::Failed(Arc::new(error)))));
            }
        };
        self.hand_over(Box::new(job))?;
        Ok(call)
    }
}

impl<T: Send + 'static> Step<T> for Reading<T> {
    fn wait(self: Box<Self>) -> Result<T, Error> {
        match self.state {
            ReadingState::NotBegun(read) => read(&self.readers),
            ReadingState::HandedOver(call) => call.wait(),
            ReadingState::Done => Err(Error::Closed),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        match std::mem::replace(&mut self.state, ReadingState::Done) {
            ReadingState::NotBegun(read) => match self.readers.begin(read) {
                Ok(call) => self.state = ReadingState::HandedOver(call),
                Err(error) => return Poll::Ready(Err(error)),
            },
            begun => self.state = begun,
        }
        self.poll_handed_over(context)
    }

    fn cancel(self: Box<Self>) -> Option<Result<T, Error>> {
        None
    }
}

impl<T> Reading<T> {
    fn poll_handed_over(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let ReadingState::HandedOver(call) = &mut self.state else {
            return Poll::Ready(Err(Error::Closed));
        };
        let polled = std::pin::Pin::new(call).poll(context);
        if polled.is_ready() {
            self.state = ReadingState::Done;
        }
        polled
    }
}
