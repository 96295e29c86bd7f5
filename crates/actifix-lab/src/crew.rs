//! The workers of one process: threads that meet, are let go together, and write down how far they came.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::code::Refusal;
use crate::desk::{Attempt, Desk};
use crate::error::{LabError, Result};
use crate::job::{Job, Part, Task};
use crate::mode::Mode;
use crate::trace::{Point, Reached, Stopwatch, Tally, WorkerTrace, micros, unix_us};

/// A worker needs little; there can be many.
const STACK: usize = 512 << 10;

/// A moment at which somebody outside has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    /// All wait at the barrier. The answer is the moment when they were let go, in microseconds since 1970.
    Ready,
    /// All have tried; none has given back.
    Attempted,
}

/// Where the workers meet. Not a barrier of a fixed size: when a thread cannot be started the others must not wait.
#[derive(Default)]
struct Stage {
    state: Mutex<Meeting>,
    changed: Condvar,
    start_us: AtomicI64,
    midway: Mutex<usize>,
    met: Condvar,
}

#[derive(Default)]
struct Meeting {
    arrived: usize,
    phase: u32,
}

impl Stage {
    fn state(&self) -> MutexGuard<'_, Meeting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker waits for the others, and to be let go.
    fn arrive(&self) {
        let mut state = self.state();
        let phase = state.phase;
        state.arrived += 1;
        self.changed.notify_all();
        let waiting = self.changed.wait_while(state, |state| state.phase == phase);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until `all` have arrived.
    fn gather(&self, all: usize) {
        let state = self.state();
        let gathered = self.changed.wait_while(state, |state| state.arrived < all);
        gathered.unwrap_or_else(PoisonError::into_inner).arrived = 0;
    }

    /// Lets them go.
    fn go(&self) {
        self.state().phase += 1;
        self.changed.notify_all();
    }

    /// Between read and write, for those who force the scene. Bounded: one that was refused before never comes.
    fn meet_midway(&self, all: usize) {
        let mut here = self.midway.lock().unwrap_or_else(PoisonError::into_inner);
        *here += 1;
        self.met.notify_all();
        let met = self
            .met
            .wait_timeout_while(here, Duration::from_secs(2), |here| *here < all);
        drop(met.unwrap_or_else(PoisonError::into_inner));
    }
}

/// Plays the job in this process. `conduct` has a say at each cue.
pub fn play(job: &Job, conduct: &mut dyn FnMut(Cue) -> Result<i64>) -> Result<Vec<WorkerTrace>> {
    let stage = Stage::default();
    thread::scope(|scope| {
        let stage = &stage;
        let start = |part| {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, move || worker(job, part, stage))
        };
        let started: Vec<_> = job.parts.iter().map(start).collect();
        let threads: Vec<_> = started.into_iter().flatten().collect();
        let all = threads.len();
        stage.gather(all);
        let ready = conduct(Cue::Ready);
        stage
            .start_us
            .store(ready.as_ref().copied().unwrap_or(0), Ordering::SeqCst);
        stage.go();
        stage.gather(all);
        let attempted = conduct(Cue::Attempted);
        stage.go();
        let traces = threads.into_iter().map(|thread| {
            let trace = thread.join();
            trace.map_err(|_| LabError::worker("its thread panicked"))?
        });
        let traces = traces.collect::<Result<Vec<_>>>()?;
        ready?;
        attempted?;
        if all < job.parts.len() {
            return Err(LabError::worker(format!(
                "the system gave threads for {all} of {}; ask for fewer workers",
                job.parts.len()
            )));
        }
        Ok(traces)
    })
}

/// A worker's way, from its start to its end. Points are kept by the wall clock until the zero is known.
fn worker(job: &Job, part: &Part, stage: &Stage) -> Result<WorkerTrace> {
    let mut trace = WorkerTrace {
        worker: part.worker,
        pid: std::process::id(),
        ticket: part.ticket,
        ..WorkerTrace::default()
    };
    let mut points = vec![(Point::Started, unix_us())];
    let desk = Desk::open(job, part, Stopwatch::from(unix_us()));
    points.push((Point::AtBarrier, unix_us()));
    stage.arrive();
    points.push((Point::Passed, unix_us()));
    let start_us = stage.start_us.load(Ordering::SeqCst);
    let mut desk = desk;
    if let Ok(desk) = &mut desk {
        desk.set_watch(Stopwatch::from(start_us));
        points.push((Point::Attempting, unix_us()));
        attempt(job, desk, stage, &mut trace);
        trace.steps = desk.take();
        trace.attempt_steps = trace.steps.len();
        if trace.acquired {
            points.push((Point::Acquired, unix_us()));
        }
    }
    stage.arrive();
    let mut desk = desk?;
    if trace.acquired && job.task == Task::Lock && desk.free().refusal.is_none() {
        points.push((Point::Released, unix_us()));
    }
    trace.steps.extend(desk.take());
    points.push((Point::Completed, unix_us()));
    let reached = |(point, at): (Point, i64)| Reached {
        point,
        at_us: at - start_us,
    };
    trace.reached = points.into_iter().map(reached).collect();
    Ok(trace)
}

fn attempt(job: &Job, desk: &mut Desk, stage: &Stage, trace: &mut WorkerTrace) {
    let began = Instant::now();
    let first = std::cell::Cell::new(true);
    let meet = || {
        if job.force && first.replace(false) {
            stage.meet_midway(job.parts.len());
        }
    };
    match job.task {
        Task::Lock => {
            let attempt = desk.lock(&meet);
            trace.tries = attempt.tries;
            trace.refusal = attempt.refusal;
        }
        Task::Create(each) => {
            let mut tally = Tally::default();
            for number in 1..=each {
                let asked = Instant::now();
                let attempt = desk.create(number);
                trace.tries += attempt.tries;
                trace.refusal = trace.refusal.take().or(note(&mut tally, attempt, asked));
            }
            trace.tally = Some(tally);
        }
        Task::LockAgain(time) => {
            let mut tally = Tally::default();
            while began.elapsed() < time {
                let asked = Instant::now();
                let attempt = desk.lock(&meet);
                let got = attempt.refusal.is_none();
                tally.done_in_time += u64::from(got && began.elapsed() <= time);
                trace.tries += attempt.tries;
                note(&mut tally, attempt, asked);
                // The lab's own locks run out at once; the store's are given back.
                if got && job.mode == Mode::Actifix {
                    desk.free();
                }
                desk.take();
            }
            trace.tally = Some(tally);
        }
    }
    trace.waited_us = micros(began.elapsed());
    trace.acquired = trace.refusal.is_none();
}

/// Writes a call into the tally; gives its refusal.
fn note(tally: &mut Tally, attempt: Attempt, asked: Instant) -> Option<Refusal> {
    let waited = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
    tally.waits_us.push(waited);
    let got = u32::from(attempt.refusal.is_none());
    tally.wasted_tries += u64::from(attempt.tries - got.min(attempt.tries));
    tally.wasted_us += attempt.wasted_us;
    match &attempt.refusal {
        None => tally.done += 1,
        Some(refusal) => *tally.refused.entry(refusal.name.clone()).or_default() += 1,
    }
    attempt.refusal
}
