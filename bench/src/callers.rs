//! Concurrent callers: threads that each claim and complete, or record, until the work is done.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Claim, Lease, Report, Store};

use crate::Answer;
use crate::tickets::evidence;

/// Cycles that are done before the clock starts: connections open, statements prepared, names known.
pub const WARM_UP: usize = 64;

/// When to stop: after so many, or after this time.
#[derive(Clone, Copy)]
pub struct Bound {
    /// Cycles or reports in all.
    pub most: usize,
    /// The time.
    pub time: Duration,
}

impl Bound {
    /// So many, but no longer than eight seconds.
    pub fn of(most: usize) -> Self {
        let time = Duration::from_secs(8);
        Self { most, time }
    }
}

/// What a run did.
pub struct Run {
    /// Cycles or reports.
    pub done: usize,
    /// From the common start to the end of the last.
    pub seconds: f64,
    /// How long each claim took, in milliseconds.
    pub waits: Vec<f64>,
}

impl Run {
    /// How many a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// `callers` threads claim one ticket and complete it, again and again.
pub fn cycles(store: &Store, callers: usize, bound: Bound) -> Answer<Run> {
    together(callers, bound, |caller, ask| {
        let holder = format!("agent-{caller}");
        let mut waits = Vec::new();
        while ask() {
            let start = Instant::now();
            let claimed = store.claim(Claim::by(&*holder)).wait()?;
            waits.push(start.elapsed().as_secs_f64() * 1e3);
            let lease = claimed.one().ok_or("nothing is left to claim")?;
            store
                .complete(&lease.ticket.id, lease.token, evidence())
                .wait()?;
        }
        Ok(waits)
    })
}

/// One caller claims `size` tickets in a call and completes them in a call, again and again.
pub fn batch_cycles(store: &Store, size: usize, bound: Bound) -> Answer<Run> {
    let start = Instant::now();
    let mut done = 0;
    while done < bound.most && start.elapsed() < bound.time {
        let leases = store.claim(Claim::by("agent-0").count(size)).wait()?.leases;
        if leases.len() < size {
            return Err("too little is left to claim".into());
        }
        let ended = leases
            .into_iter()
            .map(|Lease { ticket, token, .. }| (ticket.id, token, evidence()));
        for receipt in store.complete_all(ended).wait()? {
            receipt?;
        }
        done += size;
    }
    Ok(Run {
        done,
        seconds: start.elapsed().as_secs_f64(),
        waits: Vec::new(),
    })
}

/// `callers` threads record `reports`, one a call. Answers are judged by `fine`.
pub fn records(store: &Store, callers: usize, reports: Vec<Report>, new: bool) -> Answer<Run> {
    let bound = Bound::of(reports.len());
    let mut shares: Vec<Vec<Report>> = (0..callers).map(|_| Vec::new()).collect();
    for (at, report) in reports.into_iter().enumerate() {
        shares[at % callers].push(report);
    }
    let shares: Vec<_> = shares.into_iter().map(std::sync::Mutex::new).collect();
    together(callers, bound, |caller, ask| {
        let mut share = shares[caller].lock().map_err(|_| "a caller failed")?;
        for report in share.drain(..) {
            if !ask() {
                break;
            }
            if store.record(report).wait()?.new != new {
                return Err("a report was new, or was not".into());
            }
        }
        Ok(Vec::new())
    })
}

/// Runs `work` in `callers` threads that start together. Each asks before every piece of work whether there is more.
fn together<F>(callers: usize, bound: Bound, work: F) -> Answer<Run>
where
    F: Fn(usize, &dyn Fn() -> bool) -> Answer<Vec<f64>> + Sync,
{
    let taken = AtomicUsize::new(0);
    let ready = Barrier::new(callers + 1);
    let (answers, seconds) = thread::scope(|scope| {
        let (taken, ready, work) = (&taken, &ready, &work);
        let threads: Vec<_> = (0..callers)
            .map(|caller| {
                scope.spawn(move || {
                    ready.wait();
                    let until = Instant::now() + bound.time;
                    let ask = || {
                        Instant::now() < until && taken.fetch_add(1, Ordering::Relaxed) < bound.most
                    };
                    work(caller, &ask)
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        let answers: Vec<_> = threads
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        (answers, start.elapsed().as_secs_f64())
    });
    let mut waits = Vec::new();
    for answer in answers {
        waits.extend(answer.map_err(|_| "a caller panicked")??);
    }
    let done = taken.load(Ordering::Relaxed).min(bound.most);
    Ok(Run {
        done,
        seconds,
        waits,
    })
}

/// Opens the database at `path` and lets `callers` warm it up, each at least once.
pub fn warm(path: &Path, callers: usize) -> Answer<Store> {
    let store = crate::tickets::open(path)?;
    cycles(&store, callers, Bound::of(WARM_UP.max(callers)))?;
    Ok(store)
}

/// Tickets that [`warm`] and a bounded run of `most` take at the most.
pub fn needed(callers: usize, most: usize) -> usize {
    most + WARM_UP.max(callers)
}
