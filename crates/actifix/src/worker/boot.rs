//! Time that nobody moves and that goes on while the machine sleeps.

use std::time::Duration;

/// How long the machine has been up.
#[cfg(target_os = "linux")]
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// How long this process has asked; elsewhere a sleep of the machine may not be counted.
#[cfg(not(target_os = "linux"))]
pub fn now() -> Duration {
    static FIRST: crate::once::Once<std::time::Instant> = crate::once::Once::new();
    FIRST.get(std::time::Instant::now).elapsed()
}
