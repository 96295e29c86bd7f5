//! What SQLite means by each byte that it locks.

use serde::{Serialize, Serializer};

use super::table::Row;

/// In the `-shm` file: the first of the write-ahead log's locks.
const INDEX_BASE: u64 = 120;
/// In the `-shm` file: held in common by everybody who has it open.
const INDEX_OPEN: u64 = 128;
/// In the database: the first byte of SQLite's locks.
const PENDING: u64 = 0x4000_0000;
/// The bytes that readers lock in common.
const SHARED: (u64, u64) = (PENDING + 2, PENDING + 511);

/// One of SQLite's locks, or the gate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lock {
    /// Write-ahead log: the one writer (`-shm` byte 120).
    WalWrite,
    /// Write-ahead log: somebody copies it into the database (byte 121). Readers and writers go on.
    WalCheckpoint,
    /// Write-ahead log: somebody reads it again after a crash (byte 122). All wait.
    WalRecover,
    /// Write-ahead log: a reader's snapshot (bytes 123 to 127), by the number of its mark. Exclusive only for a moment.
    WalRead(u8),
    /// Write-ahead log: the file is open (byte 128).
    WalOpen,
    /// Rollback journal: a writer lets no new reader in (byte 0x40000000).
    Pending,
    /// Rollback journal: the one writer, still gathering its changes (0x40000001). Readers go on.
    Reserved,
    /// A reader, or in write-ahead mode anybody who has the file open (0x40000002 to 0x400001ff).
    Shared,
    /// Rollback journal: a writer writes the file, nobody reads (the same bytes, exclusively).
    Exclusive,
    /// The lock on the gate's file: a writer of ours, or in its line.
    Gate,
}

impl Lock {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::WalWrite => "write lock".into(),
            Self::WalCheckpoint => "checkpoint lock".into(),
            Self::WalRecover => "recovery lock".into(),
            Self::WalRead(mark) => format!("read mark {mark}"),
            Self::WalOpen => "open".into(),
            Self::Pending => "pending lock".into(),
            Self::Reserved => "reserved lock".into(),
            Self::Shared => "shared lock".into(),
            Self::Exclusive => "exclusive lock".into(),
            Self::Gate => "gate".into(),
        }
    }

    /// The byte or bytes, as SQLite's sources number them.
    #[must_use]
    pub fn bytes(self) -> String {
        match self {
            Self::WalWrite => "-shm 120".into(),
            Self::WalCheckpoint => "-shm 121".into(),
            Self::WalRecover => "-shm 122".into(),
            Self::WalRead(mark) => format!("-shm {}", INDEX_BASE + 3 + u64::from(mark)),
            Self::WalOpen => format!("-shm {INDEX_OPEN}"),
            Self::Pending => "0x40000000".into(),
            Self::Reserved => "0x40000001".into(),
            Self::Shared | Self::Exclusive => "0x40000002 to 0x400001ff".into(),
            Self::Gate => "-gate".into(),
        }
    }

    /// While somebody has it, nobody else can begin to write.
    #[must_use]
    pub fn keeps_writers_out(self) -> bool {
        matches!(
            self,
            Self::WalWrite
                | Self::WalRecover
                | Self::Pending
                | Self::Reserved
                | Self::Exclusive
                | Self::Gate
        )
    }
}

impl Serialize for Lock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

/// The locks that a row on the `-shm` file stands for: the kernel joins neighbours.
pub(super) fn of_index(row: &Row) -> Vec<Lock> {
    let all = [Lock::WalWrite, Lock::WalCheckpoint, Lock::WalRecover]
        .into_iter()
        .chain((0..5).map(Lock::WalRead));
    let mut found: Vec<Lock> = (INDEX_BASE..)
        .zip(all)
        .filter(|(byte, _)| row.covers(*byte, *byte))
        .map(|(_, lock)| lock)
        .collect();
    if row.covers(INDEX_OPEN, INDEX_OPEN) {
        found.push(Lock::WalOpen);
    }
    found
}

/// The locks that a row on the database stands for.
pub(super) fn of_database(row: &Row) -> Vec<Lock> {
    let mut found = Vec::new();
    if row.write && row.covers(PENDING, PENDING) {
        found.push(Lock::Pending);
    }
    if row.write && row.covers(PENDING + 1, PENDING + 1) {
        found.push(Lock::Reserved);
    }
    if row.covers(SHARED.0, SHARED.1) {
        found.push(if row.write {
            Lock::Exclusive
        } else {
            Lock::Shared
        });
    }
    found
}
