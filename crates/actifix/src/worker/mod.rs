//! The loop that claims, renews, runs, and completes or releases.
//!
//! A [`Worker`] has so many slots. Each claims a ticket, gives it to the handler, renews its lease at a third of its time
//! while the handler runs, and ends it by what the handler answers ([`Outcome`]). The handler is a function that blocks
//! ([`Worker::run`]) or one that answers a future ([`Worker::run_async`], in any executor: nothing here needs a runtime).
//!
//! A lease is trusted for less time than the store grants it, counted from the moment the claim or the renewal was
//! *sent*. When that time is over without an answer, or the store says that the lease is lost, the job is told
//! ([`Job::told`]) and its result is refused. A store that cannot be reached is waited for.
//!
//! ```
//! use actifix::{Evidence, Job, Outcome, Report, Store, Until, Worker};
//!
//! # let dir = tempfile::tempdir()?;
//! let store = Store::open(dir.path().join("actifix.db"))?;
//! store.record(Report::error("ValueError", "no such column: age")).wait()?;
//! let worker = Worker::new(&store, "agent-1")?.concurrency(4).until(Until::Drained);
//! let tally = worker.run(|job: &Job| {
//!     if job.told().is_some() {
//!         return Outcome::back("somebody else has it now");
//!     }
//!     Outcome::Done(Evidence {
//!         did: "Added the missing migration for the age column".into(),
//!         files: vec!["migrations/0007_age.sql".into()],
//!         tested: "pytest tests/test_people.py".into(),
//!         results: "31 passed, 0 failed".into(),
//!         ..Evidence::default()
//!     })
//! })?;
//! assert_eq!((tally.completed, tally.failed), (1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boot;
mod door;
mod ending;
mod floor;
mod job;
mod keeper;
mod keeping;
mod notice;
mod slot;
mod waits;
mod wire;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use ending::Outcome;
pub use floor::{Stopper, Tally};
pub use job::Job;
pub use keeping::Keeping;
pub use notice::{Doing, Notice};
pub use wire::Told;

use crate::error::Result;
use crate::lease::Claim;
use crate::limits::DEFAULT_LEASE;
use crate::store::Store;
use crate::ticket::{Kind, Priority};
use floor::Floor;
use slot::Handler;

/// How long a worker goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// Until it is stopped.
    #[default]
    Stopped,
    /// Until nothing can be claimed and none of its slots works.
    Drained,
    /// One ticket; none when there is none.
    One,
}

/// Claims tickets, keeps their leases while they are worked on, and ends them. See the module's example.
pub struct Worker {
    store: Store,
    claim: Claim,
    lease: Duration,
    slots: usize,
    until: Until,
    watch: Option<Arc<notice::Watch>>,
    floor: Arc<Floor>,
}

impl Worker {
    /// A worker called `name` with one slot, leases of an hour, and no end.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an empty or over-long name.
    pub fn new(store: &Store, name: &str) -> Result<Self> {
        Ok(Self {
            store: store.acting_as(name)?,
            claim: Claim::by(name),
            lease: DEFAULT_LEASE,
            slots: 1,
            until: Until::default(),
            watch: None,
            floor: Arc::default(),
        })
    }

    /// So many tickets at the same time.
    pub fn concurrency(mut self, slots: usize) -> Self {
        self.slots = slots.max(1);
        self
    }

    /// How long each lease lasts; it is renewed at a third of that.
    pub fn lease(mut self, span: Duration) -> Self {
        self.lease = span;
        self
    }

    /// Only tickets of these priorities.
    pub fn priorities(mut self, priorities: impl IntoIterator<Item = Priority>) -> Self {
        self.claim = self.claim.priorities(priorities);
        self
    }

    /// Only tickets of this project.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.claim = self.claim.project(project);
        self
    }

    /// Only tickets of this kind.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.claim = self.claim.kind(kind);
        self
    }

    /// When it ends by itself.
    pub fn until(mut self, until: Until) -> Self {
        self.until = until;
        self
    }

    /// Calls `watch` with everything that happens, from whichever thread it happens on.
    pub fn watch(mut self, watch: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// What ends the worker from elsewhere: a signal, another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper::of(&self.floor)
    }

    /// Works, each slot in a thread of its own, until the end that was set or a [`Stopper`].
    ///
    /// A handler that panics has failed; the worker goes on.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an absurd claim, [`crate::Error::Unsupported`] for a database of a newer version.
    pub fn run(self, handler: impl Fn(&Job) -> Outcome + Sync) -> Result<Tally> {
        let shift = self.shift()?;
        let handler = |job: Job| -> slot::Work<'_> { Box::pin(std::future::ready(handler(&job))) };
        let ends: Vec<Result<()>> = std::thread::scope(|scope| {
            let (shift, handler) = (&shift, &handler);
            let slots: Vec<_> = (0..shift.slots)
                .map(|number| scope.spawn(move || waits::block_on(shift.slot(number, handler))))
                .collect();
            slots.into_iter().map(waits::joined).collect()
        });
        shift.floor.closed();
        ends.into_iter().collect::<Result<()>>()?;
        Ok(shift.floor.tally())
    }

    /// Works in the future that this answers, all slots in it. When the lease is lost, or the worker is stopped and its
    /// time of grace is over, the handler's future is dropped where it stands. Should this future be dropped itself, what it
    /// held is not given back: its leases run out.
    ///
    /// # Errors
    /// As [`Worker::run`].
    pub async fn run_async<F>(self, handler: impl Fn(Job) -> F) -> Result<Tally>
    where
        F: Future<Output = Outcome>,
    {
        let shift = self.shift()?;
        let handler = |job: Job| -> slot::Work<'_> { Box::pin(handler(job)) };
        let handler: &Handler<'_> = &handler;
        let slots = (0..shift.slots).map(|number| shift.slot(number, handler));
        let ends = waits::all(slots.collect()).await;
        shift.floor.closed();
        ends.into_iter().collect::<Result<()>>()?;
        Ok(shift.floor.tally())
    }

    fn shift(self) -> Result<slot::Shift> {
        let claim = self.claim.lease(self.lease);
        claim.check()?;
        Ok(slot::Shift {
            door: Arc::new(door::Door::new(self.store)),
            claim,
            lease: self.lease,
            slots: if self.until == Until::One {
                1
            } else {
                self.slots
            },
            until: self.until,
            log: notice::Log::new(self.watch),
            floor: self.floor,
        })
    }
}
