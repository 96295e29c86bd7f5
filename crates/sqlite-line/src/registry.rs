//! The lines that are open in this process, by device and inode: two lines on one file share one writer.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::error::Error;
use crate::identity::FileId;

type Known = Weak<dyn Any + Send + Sync>;
type Lines = BTreeMap<FileId, Arc<Mutex<Option<Known>>>>;

/// Each file has a lock of its own, so that opening one slowly keeps nobody from another.
static LINES: Mutex<Lines> = Mutex::new(BTreeMap::new());

/// The register, held while this process forks.
pub(crate) struct Held(MutexGuard<'static, Lines>);

/// Holds the register.
pub(crate) fn hold() -> Held {
    Held(LINES.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Held {
    /// In a child no line is open. Nothing is dropped: the files' own locks may be held by threads that are not there.
    pub(crate) fn clear(&mut self) {
        std::mem::forget(std::mem::take(&mut *self.0));
    }
}

/// The line that is open on this file, else the one that `open` makes.
pub(crate) fn share<S: Send + Sync + 'static>(
    file: FileId,
    path: &Path,
    open: impl FnOnce() -> Result<S, Error>,
) -> Result<Arc<S>, Error> {
    let place = place_of(file);
    let mut known = place.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(line) = known.as_ref().and_then(Weak::upgrade) {
        return line.downcast().map_err(|_| {
            Error::path(path, "is open in this process for another kind of program; close that line first, or share its program")
        });
    }
    let line = Arc::new(open()?);
    let weak: Known = Arc::downgrade(&(Arc::clone(&line) as Arc<dyn Any + Send + Sync>));
    *known = Some(weak);
    Ok(line)
}

/// Whether a line is open on this file in this process.
pub(crate) fn is_open(file: FileId) -> bool {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lines.get(&file).map(Arc::clone);
    drop(lines);
    known.is_some_and(|place| {
        let known = place.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_some_and(|line| line.strong_count() > 0)
    })
}

fn place_of(file: FileId) -> Arc<Mutex<Option<Known>>> {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    // Entries nobody holds and whose line is gone. One that is being opened is held by its opener.
    lines.retain(|_, place| {
        Arc::strong_count(place) > 1
            || place
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_ref()
                .is_some_and(|line| line.strong_count() > 0)
    });
    Arc::clone(lines.entry(file).or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_while_held_and_only_with_its_own_kind() {
        let file = FileId {
            device: u64::MAX,
            inode: 1,
        };
        let path = Path::new("/x");
        let first = share(file, path, || Ok(5_u32)).unwrap();
        let second = share(file, path, || Ok(6_u32)).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert!(matches!(
            share(file, path, || Ok("other")),
            Err(Error::Path { .. })
        ));
        drop((first, second));
        assert_eq!(*share(file, path, || Ok(7_u8)).unwrap(), 7);
    }
}
