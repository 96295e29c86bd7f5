//! Strangers: descriptors of a database in this process that are not this copy of SQLite's.
//!
//! Whoever opens the file beside us and closes it again drops our locks on it; see [`crate::guard`], which notices when it
//! has happened. Here it is noticed before. A descriptor is ours when it came while a connection of ours was opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::identity::FileId;
use crate::locks;

/// What is known of a file. One connection is opened at a time, so that what comes meanwhile is its own.
static FILES: Mutex<BTreeMap<FileId, Known>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Known {
    /// Our descriptors.
    ours: BTreeSet<u32>,
    /// Somebody was told of strangers.
    told: bool,
}

fn files() -> MutexGuard<'static, BTreeMap<FileId, Known>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known, held while this process forks.
pub(crate) struct Held(MutexGuard<'static, BTreeMap<FileId, Known>>);

/// Holds it.
pub(crate) fn hold() -> Held {
    Held(files())
}

impl Held {
    /// In a child no connection is open.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Stands beside a connection: when that was closed, its number may be anybody's next time.
#[derive(Debug)]
pub(crate) struct Ours(FileId);

impl Drop for Ours {
    fn drop(&mut self) {
        are_there(self.0);
    }
}

/// Opens a connection on the file, and remembers its descriptor.
pub(crate) fn among_ours<T>(file: FileId, open: impl FnOnce() -> T) -> (Ours, T) {
    let mut files = files();
    let before = descriptors(file);
    let opened = open();
    let mut after = descriptors(file);
    let known = &mut files.entry(file).or_default().ours;
    known.retain(|number| before.contains(number));
    after.retain(|number| known.contains(number) || !before.contains(number));
    *known = after;
    (Ours(file), opened)
}

/// Whether this process has the file open by other means than this copy of SQLite. False where the system does not tell.
pub(crate) fn are_there(file: FileId) -> bool {
    let mut files = files();
    let open = descriptors(file);
    let known = &mut files.entry(file).or_default().ours;
    known.retain(|number| open.contains(number));
    open.len() > known.len()
}

/// The same, and true only once for each file: for whoever tells people.
pub(crate) fn are_news(file: FileId) -> bool {
    are_there(file) && !std::mem::replace(&mut files().entry(file).or_default().told, true)
}

/// This process's descriptors of a file.
fn descriptors(file: FileId) -> BTreeSet<u32> {
    let all = locks::descriptors("self").into_iter();
    all.filter_map(|(number, of)| (of == file).then_some(number))
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_file_that_somebody_else_has_open_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        fs::write(&path, "").unwrap();
        let file = FileId::at(&path).unwrap();
        let (ours, mine) = among_ours(file, || Connection::open(&path).unwrap());
        let more = among_ours(file, || Connection::open(&path).unwrap());
        assert!(!are_there(file));
        let stranger = fs::File::open(&path).unwrap();
        assert!(are_there(file) && are_news(file) && !are_news(file));
        drop((stranger, more));
        assert!(!are_there(file));
        // The number of a connection that was closed is not trusted any more.
        drop(mine);
        drop(ours);
        let stranger = fs::File::open(&path).unwrap();
        assert!(are_there(file));
        let _mine = among_ours(file, || Connection::open(&path).unwrap());
        assert!(are_there(file));
        drop(stranger);
        assert!(!are_there(file));
    }
}
