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
        fs::metadata(path).map(|meta| Self::of(&meta))
    }
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
    match fs::metadata(path) {
        Ok(meta) if FileId::of(&meta) != known => Err("is another one".into()),
        Ok(meta) if meta.nlink() == 0 => Err("is deleted".into()),
        Ok(meta) => Ok(meta.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("is gone".into()),
        Err(error) => Err(format!("cannot be looked at: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
