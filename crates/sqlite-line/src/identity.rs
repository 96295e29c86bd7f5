//! Which file is it? By device and inode, and only by `stat`: an `open()` of the database outside SQLite would drop this
//! process's POSIX locks when it is closed.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl FileId {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
        }
    }

    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        look(path).map(|look| look.file)
    }
}

/// What the line wants to know of a file again and again.
struct Look {
    file: FileId,
    links: u64,
    size: u64,
}

impl Look {
    fn of(meta: &Metadata) -> Self {
        Self {
            file: FileId::of(meta),
            links: meta.nlink(),
            size: meta.len(),
        }
    }
}

/// Looks at a file, and not at its times: a kernel that was asked for those since the last write gives the next write a
/// fine time of its own and makes the inode dirty (Linux 6.13, multigrain timestamps). On the log that is a write to the
/// disk more for every commit.
#[cfg(target_os = "linux")]
fn look(path: &Path) -> io::Result<Look> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
    let wanted = StatxFlags::INO | StatxFlags::NLINK | StatxFlags::SIZE;
    match statx(CWD, path, AtFlags::empty(), wanted) {
        Ok(seen) if seen.stx_mask & wanted.bits() == wanted.bits() => Ok(Look {
            file: FileId {
                device: makedev(seen.stx_dev_major, seen.stx_dev_minor),
                inode: seen.stx_ino,
            },
            links: u64::from(seen.stx_nlink),
            size: seen.stx_size,
        }),
        // A system, or a sandbox, that does not know the question.
        Ok(_) | Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
            fs::metadata(path).map(|meta| Look::of(&meta))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn look(path: &Path) -> io::Result<Look> {
    fs::metadata(path).map(|meta| Look::of(&meta))
}

/// A database file with its companions.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) wal: PathBuf,
    pub(crate) shm: PathBuf,
    pub(crate) gate: PathBuf,
    /// The lock of the process that leads the shared line, and its socket.
    pub(crate) lead: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) file: FileId,
}

impl Place {
    /// `path` is canonical, so that two names of a file lead to one gate.
    pub(crate) fn new(path: PathBuf, file: FileId) -> Self {
        let beside = |tail: &str| {
            let mut name = OsString::from(&path);
            name.push(tail);
            PathBuf::from(name)
        };
        let (wal, shm, gate) = (beside("-wal"), beside("-shm"), beside("-gate"));
        let (lead, socket) = (beside("-lead"), beside("-line"));
        Self {
            path,
            wal,
            shm,
            gate,
            lead,
            socket,
            file,
        }
    }

    /// Is the database still the file that was opened?
    pub(crate) fn check_file(&self) -> Result<(), Error> {
        same(&self.path, self.file)
            .map(|_| ())
            .map_err(|why| self.replaced(format!("the file {why}")))
    }

    /// Are database and log still the files that were opened? Gives the log's size in bytes.
    pub(crate) fn check_all(&self, wal: FileId) -> Result<u64, Error> {
        self.check_file()?;
        self.check_log(wal)
    }

    /// Is the log still the file that was opened? Gives its size in bytes.
    pub(crate) fn check_log(&self, wal: FileId) -> Result<u64, Error> {
        same(&self.wal, wal).map_err(|why| self.replaced(format!("its -wal {why}")))
    }

    fn replaced(&self, why: String) -> Error {
        Error::Replaced {
            path: self.path.clone(),
            why,
        }
    }
}

fn same(path: &Path, known: FileId) -> Result<u64, String> {
    match look(path) {
        Ok(look) if look.file != known => Err("is another one".into()),
        Ok(look) if look.links == 0 => Err("is deleted".into()),
        Ok(look) => Ok(look.size),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("is gone".into()),
        Err(error) => Err(format!("cannot be looked at: {error}")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An empty file to be a database.
    pub(crate) fn place(dir: impl AsRef<Path>) -> Place {
        let path = dir.as_ref().join("a.db");
        fs::write(&path, "").unwrap();
        Place::new(path.clone(), FileId::at(&path).unwrap())
    }

    #[test]
    fn sees_replacement_and_removal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        fs::write(&path, "1").unwrap();
        let place = Place::new(path.clone(), FileId::at(&path).unwrap());
        assert_eq!(place.gate, dir.path().join("a.db-gate"));
        place.check_file().unwrap();
        fs::write(dir.path().join("b"), "2").unwrap();
        fs::rename(dir.path().join("b"), &path).unwrap();
        assert!(
            matches!(place.check_file(), Err(Error::Replaced { why, .. }) if why.contains("another"))
        );
        fs::remove_file(&path).unwrap();
        assert!(
            matches!(place.check_file(), Err(Error::Replaced { why, .. }) if why.contains("gone"))
        );
    }
}
