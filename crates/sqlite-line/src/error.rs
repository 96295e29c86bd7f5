//! What can go wrong, in words a caller can act on: each message says what became of the call and the next step.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::ErrorCode;

/// A process that stands in the way, as far as the system lets us see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number. For a gate it is the process that opened the lock's file.
    pub pid: u32,
    /// Its command line, arguments joined by blanks, at most 200 characters.
    pub command: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} ({})", self.pid, self.command)
    }
}

/// Every way in which a call, or opening a line, can fail.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The deadline passed while the call waited in line. Nothing was applied.
    #[error("waited {:.3} s for the write lock{}; nothing was applied, so call again (with a longer deadline if this holder is expected)", waited.as_secs_f64(), held_by(.holder.as_ref()))]
    Busy {
        /// How long the caller waited.
        waited: Duration,
        /// Who holds the lock, where the system tells (Linux). It may be this process: its own writer is at work.
        holder: Option<Process>,
    },
    /// The outcome of a commit is not known: it may be on disk or not.
    #[error(
        "it is not known whether this call was committed ({why}); repeat it with the same request id, or look first"
    )]
    Unknown {
        /// What came back instead of an answer.
        why: String,
    },
    /// This call failed and nothing of it was applied.
    #[error(
        "this call failed and nothing of it was applied: {0}; correct the cause and call again"
    )]
    Failed(Arc<rusqlite::Error>),
    /// No room on the disk. Nothing was applied.
    #[error("the disk is full and nothing was applied; make room and call again")]
    Full,
    /// The database or its log is no longer the file that was opened. Nothing was written.
    #[error("{} was replaced under the running program ({why}) and nothing was written; close it and open it again", path.display())]
    Replaced {
        /// The database.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// The file is damaged.
    #[error("{} is damaged ({why}); stop writing, copy the file with its -wal, and restore a backup", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The file is something else than a SQLite database.
    #[error("{} is not a SQLite database ({why}); give another path", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The file is a SQLite database of another program.
    #[error("{} belongs to another program ({what}); give another path", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
        /// What it seems to be.
        what: String,
    },
    /// A newer version of the program has upgraded the file.
    #[error("{} has schema version {found}, this program knows up to {known}; update the program", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Version found in the file.
        found: i32,
        /// Newest version this program knows.
        known: i32,
    },
    /// The path cannot be used.
    #[error("{} {why}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: String,
        /// What the system said.
        source: Option<Arc<io::Error>>,
    },
    /// The file system knows no locks, so several processes cannot share a database on it.
    #[error("the file system of {} has no file locks; put the database on a local disk", path.display())]
    NoLocks {
        /// The gate's file.
        path: PathBuf,
    },
    /// SQLite's locks of this process are gone, because it closed a descriptor of the database that was not SQLite's.
    /// Nothing of this call was applied; the line opens the file anew.
    #[error("SQLite's locks on {} were dropped: this process opened and closed the file, or its -shm, outside SQLite; nothing of this call was applied, so call again; find what opens the file (a backup, a checksum, a second SQLite), and verify the database if other programs write it", path.display())]
    LocksDropped {
        /// The database.
        path: PathBuf,
    },
    /// The calling thread is inside a write transaction of its own SQL on this database, for which the call would wait.
    #[error("this thread has a write transaction of its own SQL open on {}, and the call would wait for it, that is for itself; commit or roll back first", path.display())]
    Inside {
        /// The database.
        path: PathBuf,
    },
    /// One command is heavier than the whole queue may be.
    #[error(
        "the command weighs {got} bytes, the queue takes {limit}; split it, or raise queue_bytes"
    )]
    TooLarge {
        /// `Options::queue_bytes`.
        limit: usize,
        /// The command's weight in bytes.
        got: usize,
    },
    /// The SQLite library in use has a known bug that loses data.
    #[error(
        "SQLite {found} is too old, {needed} is needed (older ones can corrupt a database in WAL mode); link a newer library"
    )]
    OldLibrary {
        /// The library's version.
        found: String,
        /// The oldest that is accepted.
        needed: String,
    },
    /// The line was closed, or whoever was to answer is gone. Nothing was applied.
    #[error("the line is closed and nothing was applied; open it again")]
    Closed,
}

impl Error {
    /// The right word for what SQLite said about the file at `path`.
    #[must_use]
    pub fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error().copied() else {
            return Self::Failed(Arc::new(error));
        };
        let path = path.to_path_buf();
        let why = error.to_string();
        match code.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseCorrupt => Self::Corrupt { path, why },
            ErrorCode::NotADatabase => Self::NotADatabase { path, why },
            ErrorCode::CannotOpen => Self::path(
                &path,
                format!("cannot be opened ({why}); look at its folder and permissions"),
            ),
            _ if code.extended_code == rusqlite::ffi::SQLITE_READONLY_DBMOVED => {
                Self::Replaced { path, why }
            }
            ErrorCode::ReadOnly => Self::path(
                &path,
                format!("cannot be written ({why}); look at its permissions and its folder's"),
            ),
            _ => Self::Failed(Arc::new(error)),
        }
    }

    /// A path that cannot be used, without an error of the system.
    pub(crate) fn path(path: &Path, why: impl Into<String>) -> Self {
        Self::Path {
            path: path.to_path_buf(),
            why: why.into(),
            source: None,
        }
    }

    /// A path that cannot be used, with what the system said.
    pub(crate) fn io(path: &Path, why: impl Into<String>, source: io::Error) -> Self {
        Self::Path {
            path: path.to_path_buf(),
            why: why.into(),
            source: Some(Arc::new(source)),
        }
    }

    /// A failure of our own making (a panic, a refused statement) in SQLite's clothes, so that it fits `Failed`.
    pub(crate) fn own(code: i32, text: impl Into<String>) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), Some(text.into()))
    }
}

/// True for every kind of "locked", which all mean: wait and ask again.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

fn held_by(holder: Option<&Process>) -> String {
    holder
        .map(|process| format!(", held by {process}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_names_the_holder_and_the_next_step() {
        let holder = Some(Process {
            pid: 7,
            command: "sleeper --long".into(),
        });
        let text = Error::Busy {
            waited: Duration::from_millis(1500),
            holder,
        }
        .to_string();
        assert!(
            text.contains("1.500 s, held by") || text.contains("pid 7 (sleeper --long)"),
            "{text}"
        );
        assert!(text.contains("nothing was applied"), "{text}");
    }

    #[test]
    fn sqlite_codes_become_words() {
        let at = Path::new("/x.db");
        let full = Error::own(rusqlite::ffi::SQLITE_FULL, "full");
        assert!(matches!(Error::from_sqlite(at, full), Error::Full));
        let moved = Error::own(rusqlite::ffi::SQLITE_READONLY_DBMOVED, "moved");
        assert!(matches!(
            Error::from_sqlite(at, moved),
            Error::Replaced { .. }
        ));
        let constraint = Error::own(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, "unique");
        assert!(matches!(
            Error::from_sqlite(at, constraint),
            Error::Failed(_)
        ));
        assert!(is_busy(&Error::own(
            rusqlite::ffi::SQLITE_BUSY_SNAPSHOT,
            "busy"
        )));
    }
}
