//! Waiting for a condition instead of for a time.

use std::thread;
use std::time::{Duration, Instant};

/// The longest that anything is waited for. Only a failing test waits that long.
const BOUND: Duration = Duration::from_secs(120);

/// Polls `condition` until it gives a value.
///
/// # Panics
/// When it gives none for two minutes.
pub fn some<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < BOUND, "waited {BOUND:?} in vain: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Polls `condition` until it holds.
///
/// # Panics
/// When it does not for two minutes.
pub fn holds(what: &str, mut condition: impl FnMut() -> bool) {
    some(what, || condition().then_some(()));
}
