//! Side files, the gate and the lead: who may write the database may open them, and nobody else. A lock needs no more than
//! an open file, so who may only read could keep all writers out.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::OFlags;

use crate::forked::Own;
use crate::identity::{FileId, Place};

/// A side file, open.
#[derive(Debug)]
pub(crate) struct SideFile {
    file: Own,
    id: FileId,
}

impl SideFile {
    /// Opens it, or makes it. `path` is one of `place`'s.
    pub(crate) fn open(path: &Path, place: &Place) -> io::Result<Self> {
        let file = Own::open(|| open(path, place))?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self { file, id })
    }

    /// Whether it is what lies at `path`. Somebody may have removed it: then others take the lock of a new one.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        FileId::at(path).is_ok_and(|there| there == self.id)
    }
}

impl Deref for SideFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

/// std opens close-on-exec. A link is not followed: it may lead to a file of another's that we could write and he could
/// not.
fn open(path: &Path, place: &Place) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let no_link = OFlags::NOFOLLOW.bits().cast_signed();
    options
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(no_link);
    match options.clone().create_new(true).open(path) {
        Ok(file) => fit(&file, place).map(|()| file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            options.create(true).truncate(false).open(path)
        }
        Err(error) => Err(error),
    }
}

/// Gives a file that we made the database's owner, when we are root, and its mode, as far as that is about writing.
fn fit(file: &File, place: &Place) -> io::Result<()> {
    let (database, mine) = (fs::metadata(&place.path)?, file.metadata()?);
    if mine.uid() == 0 && database.uid() != 0 {
        fchown(file, Some(database.uid()), Some(database.gid()))?;
    }
    let mode = of_writers(database.mode());
    if mine.mode() & 0o777 != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// The mode by which those may read and write who may write by `mode`, and its owner.
fn of_writers(mode: u32) -> u32 {
    let writes = mode & 0o222;
    0o600 | writes | writes << 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::tests::place;

    #[test]
    fn a_side_file_is_for_those_who_may_write() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        for (database, side) in [
            (0o600, 0o600),
            (0o644, 0o600),
            (0o664, 0o660),
            (0o666, 0o666),
            (0o444, 0o600),
        ] {
            fs::set_permissions(&place.path, Permissions::from_mode(database)).unwrap();
            let mode = open(&place.gate, &place)
                .unwrap()
                .metadata()
                .unwrap()
                .mode();
            assert_eq!(mode & 0o777, side, "{database:o}");
            fs::remove_file(&place.gate).unwrap();
        }
    }

    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        fs::write(dir.path().join("other"), "another's").unwrap();
        std::os::unix::fs::symlink(dir.path().join("other"), &place.lead).unwrap();
        open(&place.lead, &place).unwrap_err();
    }

    #[test]
    fn a_users_database_gets_a_users_side_files() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        if fs::metadata(&place.path).unwrap().uid() != 0 {
            return; // only root can give files away
        }
        std::os::unix::fs::chown(&place.path, Some(1234), Some(1234)).unwrap();
        open(&place.gate, &place).unwrap();
        assert_eq!(fs::metadata(&place.gate).unwrap().uid(), 1234);
    }
}
