//! Checkpoints between batches, with the gate still held and after the callers have their answers. Only PASSIVE ones:
//! they wait for nobody. Since no writer of ours can come in between, the next batch then begins the log anew.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::MAIN_DB;
use rusqlite::wal::CheckpointMode;

use crate::connection::Station;
use crate::error::is_busy;

/// A log of this size has grown under a reader that kept its snapshot; once all is in the database it is cut.
const TOO_BIG: u64 = 64 << 20;
/// A checkpoint serves at least so many batches of the latest one's size: one that touches many pages (random keys in a
/// big index) would else wait for the database's fsync every third time. At 512 calls a batch this stays far under the
/// size at which a log is too big.
const BATCHES: u32 = 8;
/// Pause between two attempts to cut it.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Checkpointer {
    every: u32,
    /// Frames at which the next one is due. While a reader holds a snapshot it moves up, so that we do not try in vain
    /// after each batch.
    due: u32,
    last_cut: Option<Instant>,
    /// Frames in the log after the batch before.
    before: u32,
}

impl Checkpointer {
    pub(crate) fn new(every: u32) -> Self {
        let every = every.max(1);
        Self {
            every,
            due: every,
            last_cut: None,
            before: 0,
        }
    }

    /// After a batch: is there something to do? `idle`: nobody waits.
    pub(crate) fn is_due(&mut self, station: &Station, wal_bytes: u64, idle: bool) -> bool {
        let frames = station.frames.load(Ordering::Relaxed);
        if frames < self.every {
            self.due = self.every; // the log began anew
        }
        let batch = frames.saturating_sub(std::mem::replace(&mut self.before, frames));
        frames >= self.due.max(batch.saturating_mul(BATCHES)) || self.may_cut(wal_bytes, idle)
    }

    fn may_cut(&self, wal_bytes: u64, idle: bool) -> bool {
        idle && wal_bytes > TOO_BIG && self.last_cut.is_none_or(|at| at.elapsed() > PAUSE)
    }

    /// Does what is due.
    pub(crate) fn run(
        &mut self,
        station: &Station,
        wal_bytes: u64,
        idle: bool,
    ) -> rusqlite::Result<()> {
        let frames = station.frames.load(Ordering::Relaxed);
        if self.may_cut(wal_bytes, idle) {
            self.last_cut = Some(Instant::now());
            if self.checkpoint(station, CheckpointMode::TRUNCATE)? {
                self.due = self.every;
                return Ok(());
            }
        }
        if frames >= self.due {
            let complete = self.checkpoint(station, CheckpointMode::PASSIVE)?;
            self.due = if complete {
                self.every
            } else {
                frames.saturating_add(self.every)
            };
        }
        Ok(())
    }

    /// True when all frames are in the database now.
    fn checkpoint(&self, station: &Station, mode: CheckpointMode) -> rusqlite::Result<bool> {
        match station.conn.wal_checkpoint_v2(Some(MAIN_DB), mode) {
            Ok((frames, done)) => Ok(frames == done),
            Err(error) if is_busy(&error) => Ok(false),
            // No room to copy pages into the database: they stay in the log, and the next one tries again.
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
