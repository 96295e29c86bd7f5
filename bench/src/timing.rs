//! How long a short piece of work takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Microseconds of a processor's time that `work` takes: the median of repeated runs, for `span` in all. What other
/// programs do meanwhile does not count.
pub fn micros<T>(span: Duration, mut work: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 5 || (start.elapsed() < span && times.len() < 100_000) {
        let before = processor();
        black_box(work());
        times.push(processor() - before);
    }
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Microseconds that this thread has run.
fn processor() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
