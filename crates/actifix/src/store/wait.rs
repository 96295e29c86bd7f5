//! Claims that wait for a ticket.
//!
//! One thread a store, alive only while somebody waits. Every 10 ms it asks SQLite whether the file has changed (a look
//! at shared memory, no snapshot stays open); on a change, and when a lease runs out or a ticket is due, it looks at the
//! head of `ready` by a read, and only then sends a claim for each waiter that can be served, the longest waiting first.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sqlite_line::Promise;

use super::sqlite::{Backend, Watch};
use super::{Call, Store};
use crate::error::Result;
use crate::lease::{Claim, Claimed};
use crate::time::Timestamp;

/// How often the file is asked for changes: well under the 50 ms in which a waiter is to wake, and less than a
/// thousandth of a core.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A claim that waits, and the handle it was made through.
struct Waiter {
    store: Store,
    claim: Claim,
    promise: Promise<Result<Claimed>>,
}

#[derive(Default)]
struct Line {
    waiters: VecDeque<Waiter>,
    /// Somebody came since the last look.
    news: bool,
    running: bool,
}

/// Those who wait.
pub(super) struct Waiting {
    backend: Weak<Backend>,
    line: Mutex<Line>,
    bell: Condvar,
}

impl Waiting {
    pub fn new(backend: Weak<Backend>) -> Self {
        Self {
            backend,
            line: Mutex::default(),
            bell: Condvar::new(),
        }
    }

    /// Waits for up to `span`; then the answer is that there was nothing.
    pub fn enter(self: &Arc<Self>, store: &Store, claim: Claim, span: Duration) -> Call<Claimed> {
        let (promise, call) = sqlite_line::Call::pair_within(span, || Ok(Ok(Claimed::default())));
        let mut line = self.lock();
        line.waiters.push_back(Waiter {
            store: store.clone(),
            claim: Claim {
                wait: None,
                ..claim
            },
            promise,
        });
        line.news = true;
        if line.running {
            self.bell.notify_one();
        } else {
            let waiting = Arc::clone(self);
            let started = std::thread::Builder::new()
                .name("actifix-wait".to_owned())
                .spawn(move || waiting.run());
            match started {
                Ok(_) => line.running = true,
                Err(error) => {
                    line.waiters.pop_back();
                    return Call::failed(crate::Error::Storage {
                        why: format!("no thread to wait in: {error}"),
                    });
                }
            }
        }
        Call::on(call)
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        if let Err(error) = self.serve() {
            let waiters = std::mem::take(&mut self.lock().waiters);
            for waiter in waiters {
                waiter.promise.fulfil(Ok(Err(error.clone())));
            }
        }
    }

    /// Serves until nobody waits. The last look and leaving are one step, so that nobody comes in between.
    fn serve(&self) -> Result<()> {
        let watch = self
            .backend
            .upgrade()
            .map(|backend| backend.watch())
            .transpose();
        let Ok(Some(mut watch)) = watch else {
            self.lock().running = false;
            return watch.map(|_| ());
        };
        let mut next_due = Timestamp::from_micros(i64::MAX);
        loop {
            let mut line = self.lock();
            line.waiters.retain(|waiter| !waiter.promise.is_abandoned());
            let Some(first) = line.waiters.front() else {
                line.running = false;
                return Ok(());
            };
            let due = first.store.settings().clock.now() >= next_due;
            let news = std::mem::take(&mut line.news);
            drop(line);
            let looked = watch
                .changed()
                .and_then(|changed| match changed || due || news {
                    true => self.look(&mut watch).map(|due| next_due = due),
                    false => Ok(()),
                });
            let line = self.lock();
            if let Err(error) = looked {
                drop(line);
                self.lock().running = false;
                return Err(error);
            }
            if !line.news {
                drop(self.bell.wait_timeout(line, LOOK_EVERY));
            }
        }
    }

    /// Serves whoever can be served. Answers when time itself will change something.
    fn look(&self, watch: &mut Watch) -> Result<Timestamp> {
        let claims = self
            .lock()
            .waiters
            .iter()
            .map(|waiter| waiter.claim.clone())
            .collect();
        let glance = watch.glance(claims)?;
        let now = self
            .lock()
            .waiters
            .front()
            .map(|waiter| waiter.store.settings().clock.now());
        let due = now.is_some_and(|now| now >= glance.next_due);
        // What is due is moved by the next batch, whoever's: a claim is one.
        let servable = |at: usize| due || glance.servable.get(at).copied().unwrap_or(false);
        let mut sent = Vec::new();
        {
            let mut line = self.lock();
            let waiters = std::mem::take(&mut line.waiters);
            for (at, waiter) in waiters.into_iter().enumerate() {
                // From here on its time cannot run out: a lease for nobody would be the worse for it.
                if servable(at) && waiter.promise.hold() {
                    sent.push((waiter.store.claim(waiter.claim.clone()), waiter));
                } else {
                    line.waiters.push_back(waiter);
                }
            }
        }
        let mut unserved = Vec::new();
        for (call, waiter) in sent {
            match call.wait() {
                Ok(claimed) if claimed.leases.is_empty() => {
                    waiter.promise.let_go();
                    unserved.push(waiter);
                }
                answer => {
                    waiter.promise.fulfil(Ok(answer));
                }
            }
        }
        let mut line = self.lock();
        for waiter in unserved.into_iter().rev() {
            line.waiters.push_front(waiter);
        }
        Ok(glance.next_due)
    }
}
