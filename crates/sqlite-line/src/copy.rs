//! Copying a whole database: one state of it, whatever others write meanwhile.
//!
//! All pages in one step. Taking them in pieces starts again whenever somebody commits, and under load never ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::connection::NAP;
use crate::error::Error;
use crate::strangers::among_ours;

/// All pages.
const ALL: i32 = -1;

/// Copies what `from` sees into the new file `to`: private, one file without a log beside it, and on disk. A file that
/// is there already is left alone; what is left of a failed copy is removed.
pub(crate) fn into_new_file(from: &Connection, to: &Path) -> Result<(), Error> {
    make_private(to)?;
    let copied = fill(from, to).and_then(|()| on_disk(to));
    if copied.is_err() {
        // Of no use to anybody; when it stays, its name says what it was to be.
        let _ = std::fs::remove_file(to);
    }
    copied
}

/// Copies the database file `from`, which may be one of any program, into the new file `to`: private, one file, on disk.
/// `from` is only read.
///
/// # Errors
/// [`Error::Path`] when `from` cannot be read or `to` exists or cannot be made, [`Error::NotADatabase`],
/// [`Error::Corrupt`], [`Error::Full`].
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), Error> {
    let from = from.as_ref();
    let place = crate::open::locate(from, false)?;
    let fail = |error| Error::from_sqlite(from, error);
    let (_ours, reading) = among_ours(place.file, || {
        Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)
    });
    let reading = reading.map_err(fail)?;
    // Looked at first: what is no database should not be blamed on the copy.
    reading
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(fail)?;
    into_new_file(&reading, to.as_ref())
}

fn make_private(to: &Path) -> Result<(), Error> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::path(
            to,
            "is there already and was left alone; give another path",
        )),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(Error::Full),
        Err(error) => Err(Error::io(
            to,
            "cannot be made; look at its folder and the permissions there",
            error,
        )),
    }
}

fn fill(from: &Connection, to: &Path) -> Result<(), Error> {
    let fail = |error| Error::from_sqlite(to, error);
    let mut copy =
        Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    pages(from, &mut copy, || true).map_err(fail)?;
    // The pages say that there is a log; a copy is one file, and can be read where nothing can be written.
    let mode: String = copy
        .query_row("PRAGMA journal_mode=DELETE", [], |row| row.get(0))
        .map_err(fail)?;
    match mode.as_str() {
        "delete" => copy.close().map_err(|(_, error)| fail(error)),
        other => Err(Error::path(
            to,
            format!("stays in journal mode {other}; copy to another disk"),
        )),
    }
}

/// All pages of `from` over those of `to`, in one transaction of `to`. False: others kept `to` locked while `patient`.
pub(crate) fn pages(
    from: &Connection,
    to: &mut Connection,
    patient: impl Fn() -> bool,
) -> rusqlite::Result<bool> {
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(ALL)? {
            StepResult::Done => return Ok(true),
            _ if patient() => thread::sleep(NAP),
            _ => return Ok(false),
        }
    }
}

/// SQLite has synced the file's pages; its name must be on disk too.
fn on_disk(to: &Path) -> Result<(), Error> {
    let synced = File::open(to).and_then(|file| file.sync_all());
    let folder = to.parent().filter(|folder| *folder != Path::new(""));
    synced
        .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all())
        .map_err(|error| Error::io(to, "cannot be brought to disk", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_whole_private_and_one_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let from = Connection::open(dir.path().join("a.db")).unwrap();
        from.execute_batch(
            "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1),(2)",
        )
        .unwrap();
        let to = dir.path().join("b.db");
        into_new_file(&from, &to).unwrap();
        let mode = std::fs::metadata(&to).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let copy = Connection::open_with_flags(&to, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let (rows, mode): (i64, String) = copy
            .query_row(
                "SELECT count(*), (SELECT * FROM pragma_journal_mode) FROM t",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!((rows, mode.as_str()), (2, "delete"));
        assert!(!dir.path().join("b.db-wal").exists());
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("b.db");
        std::fs::write(&to, "mine").unwrap();
        let from = Connection::open_in_memory().unwrap();
        let refused = into_new_file(&from, &to).unwrap_err();
        assert!(refused.to_string().contains("left alone"), "{refused}");
        assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    }
}
