//! A guest's turn at the gate: taken before a transaction's first write, left when it is over.

use std::time::{Duration, Instant};

use rusqlite::ffi;

use super::Interrupt;
use super::error::SqlError;
use super::inside::{Mark, is_inside};
use crate::checkpoint::Checkpointer;
use crate::connection::Station;
use crate::gate::{Gate, Held};
use crate::identity::Place;

const WAITS_FOR_ITSELF: &str = "database is locked: this thread has a write transaction open on another connection, \
    and would wait for itself; commit or roll back there first";

/// See the module.
pub(super) struct Turn {
    gate: Option<Gate>,
    held: Option<(Held, Mark)>,
    checkpointer: Checkpointer,
    /// The log's size at the latest look.
    wal_bytes: u64,
}

impl Turn {
    pub fn new(checkpointer: Checkpointer) -> Self {
        Self {
            gate: None,
            held: None,
            checkpointer,
            wal_bytes: 0,
        }
    }

    pub fn is_taken(&self) -> bool {
        self.held.is_some()
    }

    /// Takes the gate, within the time that is left or until `interrupt` says that it is enough, and looks that the file
    /// is the one that was opened.
    pub fn take(
        &mut self,
        place: &Place,
        station: &mut Station,
        asked: Instant,
        wait: Duration,
        interrupt: &Interrupt,
    ) -> Result<(), SqlError> {
        if self.is_taken() {
            return Ok(());
        }
        if is_inside(place.file) {
            return Err(SqlError::coded(ffi::SQLITE_BUSY, WAITS_FOR_ITSELF));
        }
        let gate = match self.gate.take() {
            Some(gate) => gate,
            None => Gate::open(place)?,
        };
        let left = wait.saturating_sub(asked.elapsed());
        let Some(held) = gate.enter_unless(place, left, &**interrupt)? else {
            return Err(match interrupt() {
                true => SqlError::interrupted(),
                false => SqlError::busy(place, asked.elapsed()),
            });
        };
        self.wal_bytes = place.check_all(station.wal)?;
        station.guard.check(place)?;
        self.held = Some((held, Mark::set(place.file)));
        Ok(())
    }

    /// In a forked child: the gate stays the parent's, and whoever forked closes its descriptor.
    pub fn forget(&mut self) {
        std::mem::forget(self.held.take());
        std::mem::forget(self.gate.take());
    }

    /// Opens the gate for others, after a checkpoint when one is due: it belongs behind the gate.
    pub fn leave(&mut self, station: Option<&Station>) {
        let Some((held, mark)) = self.held.take() else {
            return;
        };
        if let Some(station) = station
            && self.checkpointer.is_due(station, self.wal_bytes, true)
        {
            // What was committed is on disk by the log; a checkpoint that failed is made by the next writer.
            let _ = self.checkpointer.run(station, self.wal_bytes, true);
        }
        drop(mark);
        self.gate = held.leave();
    }
}
