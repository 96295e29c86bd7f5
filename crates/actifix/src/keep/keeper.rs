//! A thread that applies the retention policy beside a program's own work, slowly.

use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Retained;
use crate::error::{Error, Result};
use crate::retention::Retention;
use crate::store::Store;

/// In whose name it removes and closes.
const ACTOR: &str = "actifix";
/// It rests so many times as long as its last step took, so that it has a small share of the disk.
const SHARE: u32 = 9;
/// The shortest and the longest rest between two steps.
const RESTS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// The longest that it goes without looking whether a run is due.
const LOOK: Duration = Duration::from_secs(600);
/// After a run that failed.
const AFTER_ERROR: Duration = Duration::from_secs(60);

/// Applies a policy in the background until it is dropped. Of all processes that have one, one at a time runs.
///
/// ```no_run
/// # fn main() -> actifix::Result<()> {
/// # let store = actifix::Store::open("actifix.db")?;
/// let policy = actifix::Retention { enabled: true, ..Default::default() };
/// let keeper = actifix::keep::Keeper::start(&store, policy, |came| println!("{came:?}"))?;
/// // … the program's own work …
/// drop(keeper);
/// # Ok(())
/// # }
/// ```
pub struct Keeper {
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread. `tell` hears what came of each run that was due.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a policy that makes no sense, [`Error::Storage`] when no thread can be started.
    pub fn start(
        store: &Store,
        policy: Retention,
        tell: impl Fn(&Result<Retained>) + Send + 'static,
    ) -> Result<Self> {
        policy.check()?;
        let store = store.credited_to(ACTOR)?;
        let (over, ended) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("actifix-keeper".to_owned())
            .spawn(move || keep(&store, &policy, &ended, &tell))
            .map_err(|error| Error::Storage {
                why: format!("no thread could be started: {error}"),
            })?;
        Ok(Self {
            over: Some(over),
            thread: Some(thread),
        })
    }
}

impl Drop for Keeper {
    /// Stops after the step that is under way, and waits for it.
    fn drop(&mut self) {
        self.over = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep(
    store: &Store,
    policy: &Retention,
    ended: &Receiver<()>,
    tell: &impl Fn(&Result<Retained>),
) {
    loop {
        let came = run(store, policy, ended);
        let pause = match &came {
            Ok(Retained::NotDue { next } | Retained::Elsewhere { until: next }) => {
                next.since(store.settings().clock.now())
            }
            Ok(_) => policy.every,
            Err(_) => AFTER_ERROR,
        };
        if !matches!(
            came,
            Ok(Retained::NotDue { .. } | Retained::Elsewhere { .. })
        ) {
            tell(&came);
        }
        if is_over(ended, pause.min(LOOK)) {
            return;
        }
    }
}

/// A run, if one is due, that rests after each step.
fn run(store: &Store, policy: &Retention, ended: &Receiver<()>) -> Result<Retained> {
    let mut begun: Option<Instant> = None;
    store.retain(policy, false, |_, _| {
        let took = begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        let stop = is_over(ended, (took * SHARE).clamp(RESTS.0, RESTS.1));
        begun = Some(Instant::now());
        if stop {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
}

/// Waits so long, or until the keeper is dropped.
fn is_over(ended: &Receiver<()>, span: Duration) -> bool {
    ended.recv_timeout(span) != Err(RecvTimeoutError::Timeout)
}
