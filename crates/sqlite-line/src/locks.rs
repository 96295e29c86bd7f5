//! Who holds SQLite's locks on a file, and who has it open: decoded from `/proc/locks` and `/proc/*/fd`, for any SQLite
//! file, whoever made it.
//!
//! Only `stat` and the kernel's tables are used. The database and its `-shm` are never opened here: closing such a
//! descriptor would drop the POSIX locks of this process, which is how committed rows get lost.
//!
//! What cannot be seen: processes of another pid namespace (the kernel shows them as pid 0), locks of other machines on
//! a network file system, and which of several connections of one process holds a lock. SQLite's own waiters poll, so
//! only the waiters at the gate stand in the kernel's table.

mod bytes;
mod openers;
mod process;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use bytes::Lock;
pub(crate) use openers::descriptors;
pub use openers::{Opener, open_here, openers};
pub use process::{State, command_of, own_pid, state_of};

use crate::identity::{FileId, Place};
use table::{Kind, rows};

/// The kernel hands its table out in pieces, and a lock that goes meanwhile makes others slip through: look again.
pub(crate) const LOOKS: usize = 5;

/// A database file with its companions, known by device and inode.
#[derive(Debug, Clone)]
pub struct Files {
    place: Place,
    log: Option<FileId>,
    shm: Option<FileId>,
    gate: Option<FileId>,
}

/// One lock, held or waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The process; none when it lives in another pid namespace, or when the lock belongs to an open file.
    pub pid: Option<u32>,
    /// Which lock.
    pub lock: Lock,
    /// Nobody else may have it at the same time.
    pub exclusive: bool,
    /// It is waited for, not held. Only the gate's waiters can be seen.
    pub waits: bool,
}

impl Files {
    /// Looks at the files by `stat`.
    ///
    /// # Errors
    /// What the system says about the database; its companions may be missing.
    pub fn of(database: &Path) -> io::Result<Self> {
        let path = std::fs::canonicalize(database)?;
        let file = FileId::at(&path)?;
        let place = Place::new(path, file);
        let there = |path: &Path| FileId::at(path).ok();
        let (log, shm, gate) = (there(&place.wal), there(&place.shm), there(&place.gate));
        Ok(Self {
            place,
            log,
            shm,
            gate,
        })
    }

    /// The database's canonical path.
    #[must_use]
    pub fn database(&self) -> &Path {
        &self.place.path
    }

    /// The write-ahead log's path, whether or not it is there.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.wal.clone()
    }

    /// The path of the index that processes share, whether or not it is there.
    #[must_use]
    pub fn shm(&self) -> PathBuf {
        self.place.shm.clone()
    }

    /// The locks on these files in one look at the kernel's table.
    ///
    /// # Errors
    /// Where there is no such table (anywhere but on Linux).
    pub fn holdings(&self) -> io::Result<Vec<Holding>> {
        let text = std::fs::read_to_string("/proc/locks")?;
        Ok(self.decode(&text))
    }

    /// The locks of several looks, each once: with many locks coming and going one look can miss some.
    ///
    /// # Errors
    /// As [`Files::holdings`].
    pub fn holdings_thoroughly(&self) -> io::Result<Vec<Holding>> {
        let mut all: Vec<Holding> = Vec::new();
        for _ in 0..LOOKS {
            for holding in self.holdings()? {
                if !all.contains(&holding) {
                    all.push(holding);
                }
            }
        }
        Ok(all)
    }

    /// The locks of this process, by what the kernel tells of its own descriptors. A look at the table of all processes
    /// takes some milliseconds.
    ///
    /// None where the system does not tell (anywhere but on Linux).
    pub(crate) fn held_here(&self) -> Vec<Lock> {
        let mut text = String::new();
        for (number, id) in descriptors("self") {
            let ours = id == self.place.file || Some(id) == self.shm;
            let info = format!("/proc/self/fdinfo/{number}");
            // One that was closed meanwhile has none.
            if ours && let Ok(told) = std::fs::read_to_string(info) {
                for lock in told.lines().filter_map(|line| line.strip_prefix("lock:")) {
                    text.push_str(lock.trim_start());
                    text.push('\n');
                }
            }
        }
        let held = self.decode(&text).into_iter();
        held.map(|holding| holding.lock).collect()
    }

    fn decode(&self, text: &str) -> Vec<Holding> {
        let name = |id: Option<FileId>| id.map(table::device_and_inode);
        let database = name(Some(self.place.file));
        let (shm, gate) = (name(self.shm), name(self.gate));
        let mut found = Vec::new();
        for row in rows(text) {
            let at = Some(&row.file);
            let locks = match row.kind {
                Kind::Posix if at == shm.as_ref() => bytes::of_index(&row),
                Kind::Posix if at == database.as_ref() => bytes::of_database(&row),
                Kind::Flock if at == gate.as_ref() => vec![Lock::Gate],
                _ => Vec::new(),
            };
            found.extend(locks.into_iter().map(|lock| Holding {
                pid: row.pid,
                lock,
                exclusive: row.write,
                waits: row.waits,
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let id = |inode| FileId {
            device: 0xfe00,
            inode,
        };
        Files {
            place: Place::new("/x/a.db".into(), id(70)),
            log: None,
            shm: Some(id(77)),
            gate: Some(id(78)),
        }
    }

    fn seen(text: &str) -> Vec<(Option<u32>, Lock, bool, bool)> {
        let found = files().decode(text);
        found
            .into_iter()
            .map(|h| (h.pid, h.lock, h.exclusive, h.waits))
            .collect()
    }

    #[test]
    fn a_wal_writer_a_reader_and_the_gates_line_are_told_apart() {
        let text = "\
1: POSIX  ADVISORY  READ 10 fe:00:77 124 124
2: POSIX  ADVISORY  WRITE 11 fe:00:77 120 122
3: FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF
3: -> FLOCK  ADVISORY  WRITE 13 fe:00:78 0 EOF
4: POSIX  ADVISORY  READ 14 fe:00:77 128 128
5: POSIX  ADVISORY  WRITE 15 fe:00:79 120 120
";
        assert_eq!(
            seen(text),
            [
                (Some(10), Lock::WalRead(1), false, false),
                (Some(11), Lock::WalWrite, true, false),
                (Some(11), Lock::WalCheckpoint, true, false),
                (Some(11), Lock::WalRecover, true, false),
                (Some(12), Lock::Gate, true, false),
                (Some(13), Lock::Gate, true, true),
                (Some(14), Lock::WalOpen, false, false),
            ]
        );
    }

    #[test]
    fn rollback_locks_are_decoded_also_when_the_kernel_has_joined_them() {
        let text = "\
1: POSIX  ADVISORY  WRITE 10 fe:00:70 1073741824 1073742335
2: POSIX  ADVISORY  READ 11 fe:00:70 1073741826 1073742335
3: POSIX  ADVISORY  WRITE 12 fe:00:70 1073741825 1073741825
4: OFDLCK ADVISORY  WRITE -1 fe:00:70 0 EOF
5: POSIX  ADVISORY  WRITE 0 fe:00:70 1073741825 1073741825
";
        assert_eq!(
            seen(text),
            [
                (Some(10), Lock::Pending, true, false),
                (Some(10), Lock::Reserved, true, false),
                (Some(10), Lock::Exclusive, true, false),
                (Some(11), Lock::Shared, false, false),
                (Some(12), Lock::Reserved, true, false),
                (None, Lock::Reserved, true, false),
            ]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_lock_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); BEGIN IMMEDIATE")
            .unwrap();
        let files = Files::of(&path).unwrap();
        let mine = |lock| {
            let all = files.holdings_thoroughly().unwrap();
            all.iter()
                .any(|h| h.lock == lock && h.pid == Some(std::process::id()))
        };
        assert!(mine(Lock::WalWrite) && mine(Lock::Shared));
        let here = files.held_here();
        let all = [Lock::WalWrite, Lock::WalOpen, Lock::Shared];
        assert!(all.iter().all(|lock| here.contains(lock)), "{here:?}");
        conn.execute_batch("COMMIT").unwrap();
        assert!(!mine(Lock::WalWrite));
        let open = openers(&files);
        assert!(
            open.iter()
                .any(|o| o.pid == std::process::id() && o.database)
        );
        assert!(open_here(&files));
    }
}
