//! The gate: a lock on a side file that every writer takes before `BEGIN IMMEDIATE`. SQLite's own busy handler polls
//! with growing sleeps, and the unlucky starve; here the kernel keeps the line, and frees the gate of a dead process.
//!
//! The file is never removed: two processes could then hold two gates.

use std::fs::TryLockError;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::beside::SideFile;
use crate::error::Error;
use crate::identity::Place;

/// "No locks available" on a network file system: the number of ENOLCK.
const ENOLCK: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };

/// Between two questions whether to go on waiting.
const LOOK: Duration = Duration::from_millis(50);

/// The gate's file, not locked.
#[derive(Debug)]
pub(crate) struct Gate(SideFile);

/// The gate, held. Dropping it opens the gate by closing the file.
#[derive(Debug)]
pub(crate) struct Held(SideFile);

impl Gate {
    /// Opens the side file.
    pub(crate) fn open(place: &Place) -> Result<Self, Error> {
        let fail = |error| {
            Error::io(
                &place.gate,
                "cannot be opened; writing needs this file, so look at its permissions and its folder's",
                error,
            )
        };
        SideFile::open(&place.gate, place).map(Self).map_err(fail)
    }

    /// Waits at the gate as long as it takes: the deadline belongs to the callers.
    pub(crate) fn enter(self, place: &Place) -> Result<Held, Error> {
        let mut file = self.0;
        loop {
            match file.lock() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(lock_failed(place, error)),
            }
            if file.is_at(&place.gate) {
                return Ok(Held(file));
            }
            file = Self::open(place)?.0;
        }
    }

    /// Enters if nobody stands in it; else the gate is given back.
    pub(crate) fn enter_at_once(self, place: &Place) -> Result<Result<Held, Self>, Error> {
        match self.0.try_lock() {
            Ok(()) if self.0.is_at(&place.gate) => Ok(Ok(Held(self.0))),
            Ok(()) => Self::open(place).map(Err),
            Err(TryLockError::WouldBlock) => Ok(Err(self)),
            Err(TryLockError::Error(error)) => Err(lock_failed(place, error)),
        }
    }

    /// Waits at the gate for a bounded time. `None`: it did not open in time.
    pub(crate) fn enter_within(
        self,
        place: &Place,
        limit: Duration,
    ) -> Result<Option<Held>, Error> {
        self.enter_unless(place, limit, &|| false)
    }

    /// The same, given up as well when `interrupt` says so.
    pub(crate) fn enter_unless(
        self,
        place: &Place,
        limit: Duration,
        interrupt: &dyn Fn() -> bool,
    ) -> Result<Option<Held>, Error> {
        let shut = match self.enter_at_once(place)? {
            Ok(held) => return Ok(Some(held)),
            Err(gate) => gate,
        };
        // A thread of its own waits in the kernel's line, where polling would starve. When it comes too late nobody
        // takes the gate from it, and it opens it again.
        let copy = place.clone();
        let (give, take) = mpsc::sync_channel(0);
        let waiting = move || drop(give.send(Self::open(&copy).and_then(|gate| gate.enter(&copy))));
        drop(shut);
        thread::Builder::new()
            .name("sqlite-line-gate".into())
            .spawn(waiting)
            .map_err(|error| {
                Error::io(
                    &place.gate,
                    "cannot be waited for: no thread could be started",
                    error,
                )
            })?;
        let since = Instant::now();
        loop {
            let left = limit.saturating_sub(since.elapsed());
            match take.recv_timeout(left.min(LOOK)) {
                Ok(held) => return held.map(Some),
                Err(RecvTimeoutError::Timeout) if left > LOOK && !interrupt() => {}
                Err(_) => return Ok(None),
            }
        }
    }
}

impl Held {
    /// Opens the gate for others and keeps the file.
    pub(crate) fn leave(self) -> Option<Gate> {
        self.0.unlock().is_ok().then_some(Gate(self.0))
    }
}

fn lock_failed(place: &Place, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(ENOLCK) {
        return Error::NoLocks {
            path: place.gate.clone(),
        };
    }
    Error::io(&place.gate, "cannot be locked", error)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::identity::tests::place;

    #[test]
    fn one_at_a_time_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let held = Gate::open(&place).unwrap().enter(&place).unwrap();
        assert_eq!(
            fs::metadata(&place.gate).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let late = Gate::open(&place)
            .unwrap()
            .enter_within(&place, Duration::from_millis(20))
            .unwrap();
        assert!(late.is_none());
        let stopped = Gate::open(&place)
            .unwrap()
            .enter_unless(&place, Duration::MAX, &|| true)
            .unwrap();
        assert!(stopped.is_none());
        let gate = held.leave().unwrap();
        let other = Gate::open(&place)
            .unwrap()
            .enter_within(&place, Duration::from_secs(20))
            .unwrap();
        drop(other.unwrap());
        gate.enter(&place).unwrap();
    }

    #[test]
    fn a_removed_gate_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let gate = Gate::open(&place).unwrap();
        fs::remove_file(&place.gate).unwrap();
        let held = gate.enter(&place).unwrap();
        assert!(held.0.is_at(&place.gate));
    }
}
