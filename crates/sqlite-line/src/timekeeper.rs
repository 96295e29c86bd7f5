//! The timekeeper: one thread per process, started when first needed, that wakes tasks at their deadlines. (Threads
//! that wait keep their own time.) It only wakes; the task itself withdraws its call.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::Instant;

struct Timekeeper {
    alarms: Mutex<Alarms>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct Alarms {
    by_time: BTreeMap<(Instant, u64), Waker>,
    next_id: u64,
    keeper: Keeper,
}

/// The thread that keeps the time.
#[derive(Default, PartialEq, Eq)]
enum Keeper {
    #[default]
    Missing,
    /// It looks at the alarms before it sleeps.
    Awake,
    /// Until this moment, or until it is woken. The alarm it was meant for may be gone: most are, and waking the thread
    /// for each that comes would cost a call more than the call itself.
    Sleeps(Option<Instant>),
}

impl Keeper {
    /// Whether it has to be woken, to be there at this moment.
    fn misses(&self, at: Instant) -> bool {
        matches!(self, Self::Sleeps(until) if until.is_none_or(|until| at < until))
    }
}

static TIMEKEEPER: OnceLock<Timekeeper> = OnceLock::new();

fn timekeeper() -> &'static Timekeeper {
    TIMEKEEPER.get_or_init(|| Timekeeper {
        alarms: Mutex::default(),
        changed: Condvar::new(),
    })
}

/// The alarms, held while this process forks.
pub(crate) struct Held(MutexGuard<'static, Alarms>);

/// Holds the alarms.
pub(crate) fn hold() -> Held {
    Held(timekeeper().alarms())
}

impl Held {
    /// In a child nobody keeps the time yet, and those who wait are not there.
    pub(crate) fn clear(&mut self) {
        std::mem::forget(std::mem::take(&mut *self.0));
    }
}

/// A wake-up that was ordered; dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Alarm {
    key: (Instant, u64),
}

impl Alarm {
    /// Orders a wake-up.
    pub(crate) fn set(at: Instant, waker: &Waker) -> Self {
        let keeper = timekeeper();
        let mut alarms = keeper.alarms();
        let key = (at, alarms.next_id);
        alarms.next_id += 1;
        alarms.by_time.insert(key, waker.clone());
        if alarms.keeper == Keeper::Missing {
            let spawned = thread::Builder::new()
                .name("sqlite-line-time".into())
                .spawn(|| timekeeper().run());
            // When no thread can be had now, the next alarm tries again; the writer still answers late calls itself.
            if spawned.is_ok() {
                alarms.keeper = Keeper::Awake;
            }
        } else if alarms.keeper.misses(at) {
            alarms.keeper = Keeper::Awake;
            keeper.changed.notify_one();
        }
        Self { key }
    }

    /// The task may be polled by another executor each time.
    pub(crate) fn renew(&self, waker: &Waker) {
        if let Some(known) = timekeeper().alarms().by_time.get_mut(&self.key) {
            known.clone_from(waker);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let removed = timekeeper().alarms().by_time.remove(&self.key);
        drop(removed);
    }
}

impl Timekeeper {
    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut alarms = self.alarms();
        loop {
            let now = Instant::now();
            let Some((&key, _)) = alarms.by_time.first_key_value() else {
                alarms.keeper = Keeper::Sleeps(None);
                let slept = self.changed.wait(alarms);
                alarms = slept.unwrap_or_else(PoisonError::into_inner);
                alarms.keeper = Keeper::Awake;
                continue;
            };
            if key.0 > now {
                alarms.keeper = Keeper::Sleeps(Some(key.0));
                let slept = self.changed.wait_timeout(alarms, key.0 - now);
                alarms = slept.unwrap_or_else(PoisonError::into_inner).0;
                alarms.keeper = Keeper::Awake;
                continue;
            }
            let waker = alarms.by_time.remove(&key);
            drop(alarms);
            if let Some(waker) = waker {
                waker.wake();
            }
            alarms = self.alarms();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    struct Bell(AtomicBool);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn rings_in_time_and_not_after_cancelling() {
        let (kept, cancelled) = (
            Arc::new(Bell(AtomicBool::new(false))),
            Arc::new(Bell(AtomicBool::new(false))),
        );
        let soon = Instant::now() + Duration::from_millis(20);
        let _far = Alarm::set(
            soon + Duration::from_secs(600),
            &Waker::from(Arc::clone(&kept)),
        );
        let _alarm = Alarm::set(soon, &Waker::from(Arc::clone(&kept)));
        drop(Alarm::set(soon, &Waker::from(Arc::clone(&cancelled))));
        let until = Instant::now() + Duration::from_secs(20);
        while !kept.0.load(Ordering::SeqCst) {
            assert!(Instant::now() < until);
            thread::yield_now();
        }
        assert!(!cancelled.0.load(Ordering::SeqCst));
    }
}
