//! Reports of a running program on their way to the store: a bounded queue and a thread behind it, so that the program
//! never waits. What the store cannot take goes into the spool; what the queue cannot take is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::spool::Spool;
use super::{is_ignored, prepare};
use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::store::Store;

/// Reports that wait at most.
const QUEUE: usize = 1_024;
/// Reports of one transaction.
const BATCH: usize = 64;
/// The end of a program waits so long.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the write lock is waited for before a report goes into the spool.
const BUSY: Duration = Duration::from_secs(2);
/// What waits in the spool is tried again so often.
const AGAIN: Duration = Duration::from_secs(10);

/// The way from a program to the store. Cheap to clone; when the handle that [`super::install`] gave is dropped, what waits
/// is recorded, for 3 s at most.
#[derive(Clone)]
pub struct Capture {
    shared: Arc<Shared>,
    to: SyncSender<Box<Report>>,
    origin: Arc<str>,
}

/// How many reports found the queue full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped(pub u64);

#[derive(Default)]
struct Shared {
    sent: AtomicU64,
    dropped: AtomicU64,
    done: Mutex<u64>,
    changed: Condvar,
}

impl Capture {
    /// A way to `store`, with a thread of its own.
    ///
    /// # Errors
    /// [`Error::Storage`] when there can be no thread more.
    pub fn to(store: &Store) -> Result<Self> {
        Self::from_origin(store, &program())
    }

    /// [`Capture::to`] for a program that its file does not name: a script, whose file is its interpreter's.
    ///
    /// # Errors
    /// As [`Capture::to`].
    pub fn from_origin(store: &Store, origin: &str) -> Result<Self> {
        let (to, from) = sync_channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let origin: Arc<str> = origin.into();
        let worker = Worker {
            // A program that ends waits for its reports for a while; by then they are in the store or in the spool.
            store: store.waiting_at_most(BUSY),
            shared: Arc::clone(&shared),
            origin: Arc::clone(&origin),
            told: 0,
            replayed: Instant::now(),
        };
        thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || worker.work(&from))
            .map_err(|error| Error::Storage {
                why: format!("no thread for reports: {error}"),
            })?;
        Ok(Self { shared, to, origin })
    }

    /// Hands a report over and goes on at once. False: the queue was full, and the report is counted as dropped.
    /// An error whose type `capture.ignore` names goes nowhere.
    pub fn report(&self, mut report: Report) -> bool {
        if is_ignored(&report) {
            return true;
        }
        report.origin = Some(self.origin.to_string());
        self.shared.sent.fetch_add(1, Ordering::SeqCst);
        match self.to.try_send(Box::new(report)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.shared.dropped.fetch_add(1, Ordering::SeqCst);
                self.shared.finished(1);
                false
            }
        }
    }

    /// Hands an error over, with the chain of its causes.
    ///
    /// ```
    /// # use actifix::Store;
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let store = Store::open(dir.path().join("actifix.db")).unwrap();
    /// let capture = actifix::capture::Capture::to(&store)?;
    /// let error = std::fs::read("/nowhere/at/all").unwrap_err();
    /// capture.error(&error);
    /// assert!(capture.flush(std::time::Duration::from_secs(10)));
    /// # Ok::<(), actifix::Error>(())
    /// ```
    pub fn error<E: std::error::Error + ?Sized>(&self, error: &E) -> bool {
        self.report(super::install::of_error(error, kind_of::<E>()))
    }

    /// How many reports found the queue full so far. A ticket tells of them too.
    pub fn dropped(&self) -> Dropped {
        Dropped(self.shared.dropped.load(Ordering::SeqCst))
    }

    /// Waits until everything handed over before is in the store or the spool. False: it was not within `patience`.
    pub fn flush(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let sent = self.shared.sent.load(Ordering::SeqCst);
        let mut done = self
            .shared
            .done
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while *done < sent {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            done = self
                .shared
                .changed
                .wait_timeout(done, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// [`Capture::flush`] at the end of a program.
    pub(super) fn flush_at_end(&self) {
        self.flush(PATIENCE);
    }
}

/// The type of an error, where it has one of its own.
fn kind_of<E: ?Sized>() -> Option<&'static str> {
    let name = std::any::type_name::<E>();
    (!name.starts_with("dyn ")).then(|| name.split('<').next().unwrap_or(name))
}

/// The name of the thread; what it says itself is no report.
pub(super) const THREAD: &str = "actifix-capture";

/// What reports here.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path
        .file_name()
        .map_or_else(|| "a program".into(), |name| name.to_string_lossy());
    name.chars().filter(|c| !c.is_control()).take(150).collect()
}

impl Shared {
    fn finished(&self, count: u64) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) += count;
        self.changed.notify_all();
    }
}

struct Worker {
    store: Store,
    shared: Arc<Shared>,
    origin: Arc<str>,
    /// Dropped reports that were told.
    told: u64,
    replayed: Instant,
}

impl Worker {
    fn work(mut self, from: &Receiver<Box<Report>>) {
        loop {
            match from.recv_timeout(AGAIN) {
                Ok(first) => {
                    let mut batch = vec![*first];
                    batch.extend(from.try_iter().take(BATCH - 1).map(|report| *report));
                    let count = batch.len() as u64;
                    self.take(
                        batch
                            .into_iter()
                            .map(|report| prepare(report, &[]))
                            .collect(),
                    );
                    self.tell_dropped();
                    self.shared.finished(count);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.bring_in();
        }
    }

    fn take(&self, reports: Vec<Clean<Report>>) {
        let answers = self.store.record_all(reports.clone()).wait();
        let answers =
            answers.unwrap_or_else(|error| reports.iter().map(|_| Err(error.clone())).collect());
        let spool = Spool::beside(self.store.path());
        for (report, answer) in reports.iter().zip(answers) {
            match answer {
                Ok(_) | Err(Error::Invalid { .. } | Error::TooLong { .. }) => {}
                // Its last place; where that cannot be written either there is nobody to tell.
                Err(_) => drop(spool.keep(report)),
            }
        }
    }

    /// A ticket tells how many reports the program had to drop.
    fn tell_dropped(&mut self) {
        let dropped = self.shared.dropped.load(Ordering::SeqCst);
        if dropped > self.told {
            let origin = &self.origin;
            let message = format!(
                "{} reports of {origin} were dropped: they came faster than they could be recorded",
                dropped - self.told
            );
            self.told = dropped;
            let report = Report::error("Dropped", message)
                .source(origin.to_string())
                .fingerprint(format!("actifix:dropped:{origin}"));
            self.take(vec![prepare(report, &[])]);
        }
    }

    fn bring_in(&mut self) {
        if self.replayed.elapsed() >= AGAIN {
            self.replayed = Instant::now();
            let spool = Spool::beside(self.store.path());
            if spool.path().exists() {
                // What cannot come in now is tried again.
                let _ = spool.replay(&self.store);
            }
        }
    }
}
