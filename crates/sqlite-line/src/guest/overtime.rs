//! A transaction that lasts too long is rolled back, also when its thread never comes back: others wait for it.

use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Instant;

use super::Host;
use super::seat::Seat;
use crate::timekeeper::Alarm;

/// Rings when a transaction has lasted too long.
struct Bell<H: Host> {
    seat: Weak<Seat<H>>,
    transaction: u64,
}

impl<H: Host> Wake for Bell<H> {
    /// Rolling back can take its time, and the timekeeper has others to wake.
    fn wake(self: Arc<Self>) {
        let Some(seat) = self.seat.upgrade() else {
            return;
        };
        let number = self.transaction;
        // Without a thread the transaction stays: its next statement looks at the clock itself.
        let _ = thread::Builder::new()
            .name("sqlite-line-overtime".into())
            .spawn(move || seat.end_overtime(number));
    }
}

/// Orders the end of a transaction.
pub(super) fn watch<H: Host>(seat: &Arc<Seat<H>>, transaction: u64, until: Instant) -> Alarm {
    let bell = Bell {
        seat: Arc::downgrade(seat),
        transaction,
    };
    Alarm::set(until, &Waker::from(Arc::new(bell)))
}
