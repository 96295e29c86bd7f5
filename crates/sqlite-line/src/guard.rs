//! The guard: are SQLite's locks of this process still there?
//!
//! A POSIX lock goes when its process closes *any* descriptor of the file: a backup by hand, a checksum, a second copy of
//! SQLite in the process. SQLite does not notice, other programs then write under it, and commits that succeeded are lost.
//! So the line asks the kernel now and then, before it writes.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::identity::Place;
use crate::locks::{Files, Lock};

/// Between two looks: a look costs some 50 µs.
const EVERY: Duration = Duration::from_secs(1);

/// Watches over the locks of one connection.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    next: Option<Instant>,
    /// Systems that do not tell (odd file systems, kernels that are played by a program) are found out at the first look:
    /// then the guard sleeps, and no false alarm ever stops a writer.
    blind: bool,
}

impl Guard {
    /// Looks, when it is time to.
    pub(crate) fn check(&mut self, place: &Place) -> Result<(), Error> {
        let now = Instant::now();
        if self.blind || self.next.is_some_and(|next| now < next) {
            return Ok(());
        }
        let first = self.next.replace(now + EVERY).is_none();
        match (holds(place), first) {
            (true, _) => Ok(()),
            (false, true) => {
                self.blind = true;
                Ok(())
            }
            (false, false) => Err(Error::LocksDropped {
                path: place.path.clone(),
            }),
        }
    }
}

/// While a connection to a write-ahead database is open, its process has two locks all the time: one on the database and
/// one on the shared index.
fn holds(place: &Place) -> bool {
    let Ok(files) = Files::of(&place.path) else {
        return true; // a file that has gone is another check's finding
    };
    let held = files.held_here();
    held.contains(&Lock::Shared) && held.contains(&Lock::WalOpen)
}
